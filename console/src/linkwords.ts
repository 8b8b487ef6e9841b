// The texts of a caller's link: what may be shared by it, how far it is, and how it ended.

type Row = readonly [en: string, pt: string];

export const linkWords = {
  "link.title": ["Caller's link", "Ligação para quem ligou"],
  "link.send": ["Send link", "Enviar ligação"],
  "link.scope": ["The caller may share", "Quem ligou pode partilhar"],
  "link.stop": ["Stop link", "Parar a ligação"],
  "link.save": ["Save", "Guardar"],
  "link.img": ["Picture", "Fotografia"],
  "link.video": ["Video", "Vídeo"],
  "link.audio": ["Sound", "Som"],
  "link.text": [
    "Emergency centre: tap to share where you are: {link}",
    "Central de emergencia: toque para partilhar onde esta: {link}",
  ],
  "linkScope.position": ["position", "posição"],
  "linkScope.messages": ["position and messages", "posição e mensagens"],
  "linkScope.media": ["position, messages, pictures", "posição, mensagens, imagens"],
  "linkState.sent": ["sent, not opened", "enviada, não aberta"],
  "linkState.opened": ["opened, nothing shared yet", "aberta, ainda nada partilhado"],
  "linkState.sharing": ["sharing", "a partilhar"],
  "linkState.caller": ["stopped by the caller", "parada por quem ligou"],
  "linkState.desk": ["stopped by the desk", "parada pela sala"],
  "linkState.expired": ["expired", "expirou"],
  "linkState.replaced": ["replaced by another", "substituída por outra"],
  "linkState.closed": ["ended with the incident", "terminou com a ocorrência"],
  "textWhy.link-over": ["its link is over", "a sua ligação terminou"],
  "event.link-offered": ["Link sent", "Ligação enviada"],
  "event.link-taken": ["Caller opened the link", "Quem ligou abriu a ligação"],
  "event.link-stopped": ["Link ended", "Ligação terminada"],
  "event.medium-shared": ["Caller shared", "Quem ligou partilhou"],
  "event.medium-taken": ["Crew took", "Equipa captou"],
  "link.crews": ["From crews", "Das equipas"],
} as const satisfies Record<string, Row>;
