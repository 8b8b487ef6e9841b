// The texts of the audit page, and the names of what the record counts.

type Row = readonly [en: string, pt: string];

export const auditWords = {
  "audit.lead": [
    "How often each role did what, day by day. No names and no personal data: only counts, and " +
      "each count stands on records of the log.",
    "Quantas vezes cada papel fez o quê, dia a dia. Sem nomes nem dados pessoais: só contagens, " +
      "e cada contagem assenta em registos do diário.",
  ],
  "audit.from": ["From", "De"],
  "audit.to": ["To", "Até"],
  "audit.filter": ["Only roles or acts with", "Só papéis ou ações com"],
  "audit.show": ["Show", "Mostrar"],
  "audit.table": ["Counts by day, role and act", "Contagens por dia, papel e ação"],
  "audit.what": ["Act", "Ação"],
  "audit.sum": ["Sum", "Soma"],
  "audit.none": ["Nothing was recorded in these days.", "Nada foi registado nestes dias."],
  "audit.noMatch": ["Nothing matches the filter.", "Nada corresponde ao filtro."],
  "audit.order": ["The first day comes after the last.", "O primeiro dia é posterior ao último."],
  "audit.cell": ["{n}: {role}, {kind}, {day}", "{n}: {role}, {kind}, {day}"],
  "audit.records": ["{role}, {kind}, {day}: the records", "{role}, {kind}, {day}: os registos"],
  "audit.seq": ["Record", "Registo"],
  "audit.time": ["Time", "Hora"],
  "audit.leaf": ["Leaf hash", "Resumo da folha"],
  "audit.proof": ["Proof", "Prova"],
  "audit.proofOf": ["Download the proof of record {seq}", "Descarregar a prova do registo {seq}"],
  "audit.more": ["Show {n} more", "Mostrar mais {n}"],
  "audit.capped": [
    "The server lists at most {n} records of one count.",
    "O servidor lista no máximo {n} registos de uma contagem.",
  ],
  "audit.means": [
    "A proof shows that this record stands at this place in the log that the checkpoint below " +
      "signs, unchanged since. Keep the checkpoint: a later log that does not contain this one " +
      "gives itself away. It does not show that everything that happened was recorded, nor " +
      "what the record says: that stays sealed.",
    "Uma prova mostra que este registo está neste lugar do diário que o ponto de controlo abaixo " +
      "assina, sem mudança desde então. Guarde o ponto de controlo: um diário posterior que não " +
      "o contenha denuncia-se. Não mostra que tudo o que aconteceu foi registado, nem o que " +
      "o registo diz: isso fica selado.",
  ],
  "audit.check": [
    "Anyone can check it without this server: {command}",
    "Qualquer pessoa o verifica sem este servidor: {command}",
  ],
  "audit.checkpoint": ["Checkpoint", "Ponto de controlo"],
  "audit.log": ["The log now", "O diário agora"],
  "audit.origin": ["Name", "Nome"],
  "audit.size": ["Records", "Registos"],
  "audit.root": ["Root", "Raiz"],
  "audit.key": ["Public key", "Chave pública"],
  "audit.signatures.one": ["Signed by", "Assinado por"],
  "audit.signatures.other": ["{n} signatures", "{n} assinaturas"],
  "audit.download": ["Download", "Descarregar"],
  "event.incident-viewed": ["Incident viewed", "Ocorrência consultada"],
  "event.incident-shared": ["Shared", "Partilhada"],
  "event.incident-unshared": ["No longer shared", "Já não partilhada"],
  "event.hold-placed": ["Put on hold", "Retida"],
  "event.hold-lifted": ["Hold lifted", "Retenção levantada"],
  "event.incident-erased": ["Personal data erased", "Dados pessoais apagados"],
  "event.unit-added": ["Crew added", "Viatura acrescentada"],
  "event.unit-changed": ["Crew changed", "Viatura alterada"],
  "event.station-added": ["Station added", "Quartel acrescentado"],
  "event.closure-made": ["Road closed", "Via cortada"],
  "event.closure-lifted": ["Road opened", "Via reaberta"],
  "event.closure-changed": ["Closure changed", "Corte alterado"],
  "event.closure-restored": ["Road closed again", "Via de novo cortada"],
  "event.map-replaced": ["Map replaced", "Mapa substituído"],
  "event.hospital-added": ["Hospital added", "Hospital acrescentado"],
  "event.hospital-changed": ["Hospital changed", "Hospital alterado"],
  "event.hospital-status-set": ["State of a hospital set", "Estado de um hospital definido"],
  "event.message-discarded": ["Message not usable", "Mensagem não utilizável"],
  "event.agency-added": ["Agency added", "Agência acrescentada"],
  "event.account-added": ["Account added", "Conta acrescentada"],
  "event.account-changed": ["Account changed", "Conta alterada"],
  "event.credential-set": ["Log-in set or removed", "Acesso definido ou retirado"],
  "event.session-opened": ["Logged in", "Sessão iniciada"],
  "event.session-ended": ["Session ended", "Sessão terminada"],
  "event.login-failed": ["Log-in refused", "Acesso recusado"],
  "event.token-made": ["Token made", "Chave criada"],
  "event.token-revoked": ["Token revoked", "Chave revogada"],
  "event.log-viewed": ["List or audit viewed", "Lista ou auditoria consultada"],
  "event.log-key-set": ["Key of the log set", "Chave do diário definida"],
  "event.witness-added": ["Witness added", "Testemunha acrescentada"],
} as const satisfies Record<string, Row>;
