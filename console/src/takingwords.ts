// The texts of taking a call: protocol cards, possible duplicates, what was typed and kept, and why
// the server refuses what a desk does.

type Row = readonly [en: string, pt: string];

export const takingWords = {
  "card.title": ["Questions for the caller", "Perguntas a quem chama"],
  "card.example": [
    "Example card: not an approved protocol",
    "Ficha de exemplo: não é um protocolo aprovado",
  ],
  "card.say": ["Say: {words}", "Diga: {words}"],
  "card.back": ["Take back the last answer", "Retirar a última resposta"],
  "card.because": ["Priority {n}: {reason}", "Prioridade {n}: {reason}"],
  "card.byHand": ["Priority {n} was chosen by hand", "A prioridade {n} foi escolhida à mão"],
  "card.record": ["Card: {label} ({version})", "Ficha: {label} ({version})"],
  "dup.fresh": ["A new incident", "Uma nova ocorrência"],
  "dup.join": ["Join {id}", "Juntar a {id}"],
  "draft.kept": [
    "Typed {time} ago and not sent. It is kept in this browser only.",
    "Escrito há {time} e não enviado. Só está guardado neste navegador.",
  ],
  "draft.discard": ["Throw away", "Deitar fora"],
  "draft.gone": ["Thrown away", "Deitado fora"],
  "draft.more": [
    "Another call was typed and not sent: a new call brings it back",
    "Há outra chamada escrita e não enviada: uma nova chamada devolve-a",
  ],
  "refused.closed": ["{id} is closed; reopen it first", "{id} está fechada; reabra-a primeiro"],
  "refused.closedAlready": ["{id} is closed already", "{id} já está fechada"],
  "refused.merged": [
    "{id} was merged into {into}; use that one",
    "{id} foi fundida em {into}; use essa",
  ],
  "refused.sent": ["{unit} is on {id} already ({status})", "{unit} já está em {id} ({status})"],
  "refused.out": [
    "{unit} is out of service; make it available first",
    "{unit} está fora de serviço; ponha-a disponível primeiro",
  ],
  "refused.busy": [
    "{unit} is busy with {id} ({status}); release it, or divert it",
    "{unit} está ocupada com {id} ({status}); liberte-a ou desvie-a",
  ],
  "refused.free": [
    "{unit} is on no incident ({status})",
    "{unit} não está em nenhuma ocorrência ({status})",
  ],
  "refused.isSo": ["{unit} is {status} already", "{unit} já está: {status}"],
  "refused.cannot": [
    "{unit} is {status} and cannot become {to}",
    "{unit} está: {status}; não pode passar a: {to}",
  ],
  "key.answer": ["Answer a question of the card", "Responder a uma pergunta da ficha"],
} as const satisfies Record<string, Row>;
