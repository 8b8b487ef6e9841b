// The texts of alarm levels.

type Row = readonly [en: string, pt: string];

export const levelWords = {
  "level.n": ["Alarm level {n}", "Nível de alarme {n}"],
  "act.level": ["Raise the alarm", "Subir o alarme"],
  "key.level": ["Raise the alarm level", "Subir o nível de alarme"],
  "level.title": ["Alarm level of {id}", "Nível de alarme de {id}"],
  "level.choose": ["New level", "Novo nível"],
  "level.why": ["Why (needed to lower it)", "Porquê (preciso para o baixar)"],
  "level.needsReason": [
    "To lower the level, say why: it stands in the record.",
    "Para baixar o nível, diga porquê: fica no registo.",
  ],
  "level.adds": ["Adds: {what}", "Acrescenta: {what}"],
  "level.addsNothing": ["The plan adds no crews.", "O plano não acrescenta meios."],
  "level.lowers": [
    "A correction: the plan asks no more for what the higher level added; crews stay.",
    "Correção: o plano deixa de pedir o que o nível mais alto acrescentou; os meios ficam.",
  ],
  "conflict.level": [
    "{by} set {incident} to alarm level {level} {age} ago",
    "{by} definiu o nível de alarme {level} em {incident} há {age}",
  ],
  "event.alarm-level-set": ["Alarm level set", "Nível de alarme definido"],
  "verb.level": ["Set the alarm level", "Definir o nível de alarme"],
  "line.level": ["{incident}: alarm level {level}", "{incident}: nível de alarme {level}"],
  "line.whichLevel": ["Which level, 1 to {most}?", "Que nível, de 1 a {most}?"],
  "line.sameLevel": [
    "{incident} is at alarm level {level} already",
    "{incident} já está no nível de alarme {level}",
  ],
} as const satisfies Record<string, Row>;
