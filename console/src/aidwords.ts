// The texts about mutual aid: crews that other agencies lend, and requests for them.

type Row = readonly [en: string, pt: string];

export const aidWords = {
  "aid.title": ["Mutual aid", "Ajuda mútua"],
  "aid.of": ["aid: {name}", "ajuda: {name}"],
  "aid.how.automatic": ["automatic", "automática"],
  "aid.how.on-request": ["on request", "a pedido"],
  "aid.words": ["Words for {name}", "Palavras para {name}"],
  "aid.what": ["{n} × {what}", "{n} × {what}"],
  "aid.requested": ["{name} was asked for {what}", "Pediu-se a {name}: {what}"],
  "aid.agreed": ["{name} agreed: {what}", "{name} aceitou: {what}"],
  "aid.refused": ["{name} refused: {what}", "{name} recusou: {what}"],
  "aid.withdrawn": ["No longer asked of {name}: {what}", "Já não se pede a {name}: {what}"],
  "aid.due": ["answer by {time}", "resposta até {time}"],
  "aid.overdue": ["overdue for {time}", "em atraso há {time}"],
  "aid.withdraw": ["Ask no more", "Desistir do pedido"],
  "aid.count.one": ["{n} request for aid waits", "{n} pedido de ajuda à espera"],
  "aid.count.other": ["{n} requests for aid wait", "{n} pedidos de ajuda à espera"],
  "refused.aidNone": [
    "No agreement lends such crews of {lender} to {asker} for {id}.",
    "Nenhum acordo empresta tais viaturas de {lender} a {asker} para {id}.",
  ],
  "refused.aidUnit": [
    "No agreement lends {unit} of {lender} to {asker} for {id}.",
    "Nenhum acordo empresta {unit} de {lender} a {asker} para {id}.",
  ],
  "refused.aidFree": [
    "{unit} of {lender} is not free; only free crews are lent.",
    "{unit} de {lender} não está livre; só se emprestam viaturas livres.",
  ],
  "refused.aidKeeps": [
    "{lender} keeps {n} free crews that can do what {unit} does, and has no more: ask it.",
    "{lender} guarda {n} viaturas livres que fazem o que {unit} faz, e não tem mais: peça-lhe.",
  ],
  "refused.aidAsk": [
    "{unit} is lent on request only: ask {lender} for it.",
    "{unit} só se empresta a pedido: peça a {lender}.",
  ],
  "refused.aidAsked": [
    "{lender} was asked for this already; it has not answered.",
    "Já se pediu isto a {lender}; ainda não respondeu.",
  ],
  "aid.none": ["No request for aid waits for you.", "Nenhum pedido de ajuda à sua espera."],
  "aid.asks": ["{name} asks for {what}", "{name} pede {what}"],
  "aid.asksOf": ["{name} asks {lender} for {what}", "{name} pede a {lender}: {what}"],
  "aid.agree": ["Agree", "Aceitar"],
  "aid.refuse": ["Refuse", "Recusar"],
  "aid.answer": ["Words with the answer", "Palavras com a resposta"],
  "aid.nowSend": [
    "Agreed. {id} is shared with you: send your crew.",
    "Aceite. {id} é partilhada consigo: envie a sua viatura.",
  ],
  "aid.wasRefused": ["Refused: {id}", "Recusado: {id}"],
  "act.ask": ["Ask", "Pedir"],
  "send.asked": ["asked", "pedido"],
  "key.aid": ["Requests for aid", "Pedidos de ajuda"],
  "cue.aid": ["Aid", "Ajuda"],
  "reason.aid.automatic": [
    "lent by {name}, sent at once; own crews up to {time} later go first",
    "cedida por {name}, enviada já; as próprias até {time} mais tarde vão primeiro",
  ],
  "reason.aid.on-request": [
    "lent by {name} when it agrees; own crews up to {time} later go first",
    "cedida por {name} se aceitar; as próprias até {time} mais tarde vão primeiro",
  ],
  "reason.own-first": [
    "own crew first: {unit} of {name} would be there {time} earlier",
    "a própria primeiro: {unit} de {name} chegaria {time} antes",
  ],
  "said.away": ["called away by its own agency", "chamada pela própria entidade"],
  "event.aid-requested": ["Aid asked for", "Ajuda pedida"],
  "event.aid-agreed": ["Aid agreed", "Ajuda aceite"],
  "event.aid-refused": ["Aid refused", "Ajuda recusada"],
  "event.aid-withdrawn": ["Request for aid withdrawn", "Pedido de ajuda retirado"],
} as const satisfies Record<string, Row>;
