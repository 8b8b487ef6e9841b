// The texts of the page that looks back, in English.

export const words = {
  title: "Looking back",
  lead: "The board as it was at any moment, from the record. Looking is recorded, too.",
  from: "From",
  to: "To",
  incident: "Only this incident (I-…)",
  show: "Show",
  order: "The end must come after the beginning, and not later than now.",
  none: "Nothing was recorded in this time.",
  many: "More was recorded than is shown: choose a shorter time.",
  moment: "Moment",
  play: "Play",
  pause: "Pause",
  before: "Event before",
  next: "Next event",
  speed: "Speed",
  times: "{n} times",
  at: "{time}: event {n} of {all}",
  start: "{time}: before the first event",
  wait: "Folding…",
  open: "Incidents open then",
  noOpen: "No incident was open.",
  crews: "Crews then",
  place: "Place",
  type: "Type",
  age: "Open for",
  sinceThen: "For",
  erased: "erased",
  unknown:
    "Where crews were is not shown: positions are not kept. On the map a crew on scene stands " +
    "at its incident.",
  map: "Show on the map",
  mapName: "Map of the incidents open then",
  noMap: "The map cannot be drawn here; the tables hold all it would show.",
  timeline: "Timeline of {id} until then",
  saveCsv: "Save events (CSV)",
  saveJson: "Save this moment (JSON)",
  print: "Print",
  keys:
    "In the slider: arrows move by a second, Page Up and Page Down by a minute; , and . go by " +
    "event, space plays.",
} as const;
