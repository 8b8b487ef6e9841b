// The texts of the conversation with a caller.

type Row = readonly [en: string, pt: string];

export const textWords = {
  "texts.title": ["Texts", "Mensagens"],
  "texts.write": ["Text the caller", "Escrever a quem ligou"],
  "texts.to": ["To", "Para"],
  "texts.reply": ["Text to {number}", "Mensagem para {number}"],
  "texts.send": ["Send text", "Enviar mensagem"],
  "texts.erased": ["Erased", "Apagada"],
  "texts.missing.one": ["{n} part has not arrived", "{n} parte não chegou"],
  "texts.missing.other": ["{n} parts have not arrived", "{n} partes não chegaram"],
  "texts.parts.one": ["{n} message", "{n} mensagem"],
  "texts.parts.other": ["{n} messages", "{n} mensagens"],
  "texts.left.one": ["{n} character left", "{n} carácter livre"],
  "texts.left.other": ["{n} characters left", "{n} caracteres livres"],
  "texts.unicode": [
    "a character here makes messages short",
    "um carácter aqui encurta as mensagens",
  ],
  "textState.queued": ["waits to be sent", "à espera de envio"],
  "textState.sent": ["sent", "enviada"],
  "textState.delivered": ["delivered", "entregue"],
  "textState.failed": ["not delivered", "não entregue"],
  "textWhy.refused": ["refused by the gateway", "recusada pelo portal"],
  "textWhy.no-answer": ["the gateway did not answer in time", "o portal não respondeu a tempo"],
  "textWhy.not-fetched": ["no gateway fetched it in time", "nenhum portal a levantou a tempo"],
  "textWhy.undeliverable": ["the network could not deliver it", "a rede não a conseguiu entregar"],
  "textWhy.too-long": ["too long for the gateway", "demasiado longa para o portal"],
  "textWhy.erased": ["its number or words were erased", "o número ou o texto foram apagados"],
  "event.message-received": ["Text received", "Mensagem recebida"],
  "event.message-queued": ["Text written", "Mensagem escrita"],
  "event.message-sent": ["Text sent", "Mensagem enviada"],
  "event.message-delivered": ["Text delivered", "Mensagem entregue"],
  "event.message-failed": ["Text not delivered", "Mensagem não entregue"],
  "actor.gateway": ["gateway", "portal de mensagens"],
} as const satisfies Record<string, Row>;
