// The texts about alerts of weather and civil-protection services.

type Row = readonly [en: string, pt: string];

export const alertWords = {
  "menu.warnings": ["Public warning", "Aviso à população"],
  "alerts.count.one": ["{n} alert in force", "{n} alerta em vigor"],
  "alerts.count.other": ["{n} alerts in force", "{n} alertas em vigor"],
  "alerts.until": ["until {time}", "até {time}"],
  "alerts.inside": ["Inside: {names}", "Dentro: {names}"],
  "alerts.show": ["Show {name} on the map", "Mostrar {name} no mapa"],
  "alerts.exercise": ["not real: {status}", "não é real: {status}"],
  "alerts.unverified": ["signed, signature not verified", "assinado, assinatura não verificada"],
  "alerts.new": ["New alert: {name}", "Novo alerta: {name}"],
  "urgency.Immediate": ["immediate", "imediata"],
  "urgency.Expected": ["soon", "em breve"],
  "urgency.Future": ["later", "mais tarde"],
  "urgency.Past": ["past", "passada"],
  "urgency.Unknown": ["urgency unknown", "urgência desconhecida"],
  "severity.Extreme": ["extreme", "extremo"],
  "severity.Severe": ["severe", "grave"],
  "severity.Moderate": ["moderate", "moderado"],
  "severity.Minor": ["minor", "ligeiro"],
  "severity.Unknown": ["severity unknown", "gravidade desconhecida"],
  "certainty.Observed": ["observed", "observado"],
  "certainty.Likely": ["likely", "provável"],
  "certainty.Possible": ["possible", "possível"],
  "certainty.Unlikely": ["unlikely", "improvável"],
  "certainty.Unknown": ["certainty unknown", "certeza desconhecida"],
  "scope.alerts": ["bring alerts", "entregar alertas"],
} as const satisfies Record<string, Row>;
