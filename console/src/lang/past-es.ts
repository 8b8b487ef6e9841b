// The texts of the page that looks back, in Spanish.
import type { PastWords } from "../pastwords";

export const words = {
  title: "Mirar atrás",
  lead:
    "El tablero como estaba en cualquier momento, según el registro. Mirar también se registra.",
  from: "Desde",
  to: "Hasta",
  incident: "Solo este incidente (I-…)",
  show: "Mostrar",
  order: "El final debe ser posterior al comienzo y no posterior a ahora.",
  none: "No se registró nada en este tiempo.",
  many: "Se registró más de lo que se muestra: elija un tiempo más corto.",
  moment: "Momento",
  play: "Reproducir",
  pause: "Pausa",
  before: "Evento anterior",
  next: "Evento siguiente",
  speed: "Velocidad",
  times: "{n} veces",
  at: "{time}: evento {n} de {all}",
  start: "{time}: antes del primer evento",
  wait: "Reconstruyendo…",
  open: "Incidentes abiertos entonces",
  noOpen: "No había incidentes abiertos.",
  crews: "Unidades entonces",
  place: "Lugar",
  type: "Tipo",
  age: "Abierto hace",
  sinceThen: "Hace",
  erased: "borrado",
  unknown:
    "No se muestra dónde estaban las unidades: las posiciones no se guardan. En el mapa, una " +
    "unidad en el lugar está en su incidente.",
  map: "Mostrar en el mapa",
  mapName: "Mapa de los incidentes abiertos entonces",
  noMap: "El mapa no se puede dibujar aquí; las tablas contienen todo lo que mostraría.",
  timeline: "Cronología de {id} hasta entonces",
  saveCsv: "Guardar eventos (CSV)",
  saveJson: "Guardar este momento (JSON)",
  print: "Imprimir",
  keys:
    "En el control: las flechas mueven un segundo, Re Pág y Av Pág un minuto; , y . van por " +
    "evento, espacio reproduce.",
} satisfies PastWords;
