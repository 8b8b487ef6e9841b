// The texts of the page that looks back, in Portuguese.
import type { PastWords } from "../pastwords";

export const words = {
  title: "Olhar para trás",
  lead:
    "O quadro tal como estava em qualquer momento, a partir do registo. Ver também fica " +
    "registado.",
  from: "De",
  to: "Até",
  incident: "Só esta ocorrência (I-…)",
  show: "Mostrar",
  order: "O fim tem de ser depois do início e não depois de agora.",
  none: "Nada foi registado neste período.",
  many: "Foi registado mais do que se mostra: escolha um período mais curto.",
  moment: "Momento",
  play: "Reproduzir",
  pause: "Pausa",
  before: "Evento anterior",
  next: "Evento seguinte",
  speed: "Velocidade",
  times: "{n} vezes",
  at: "{time}: evento {n} de {all}",
  start: "{time}: antes do primeiro evento",
  wait: "A reconstruir…",
  open: "Ocorrências abertas nesse momento",
  noOpen: "Nenhuma ocorrência estava aberta.",
  crews: "Equipas nesse momento",
  place: "Lugar",
  type: "Tipo",
  age: "Aberta há",
  sinceThen: "Há",
  erased: "apagado",
  unknown:
    "Não se mostra onde estavam as equipas: as posições não são guardadas. No mapa, uma " +
    "equipa no local está na sua ocorrência.",
  map: "Mostrar no mapa",
  mapName: "Mapa das ocorrências abertas nesse momento",
  noMap: "O mapa não pode ser desenhado aqui; as tabelas têm tudo o que mostraria.",
  timeline: "Cronologia de {id} até então",
  saveCsv: "Guardar eventos (CSV)",
  saveJson: "Guardar este momento (JSON)",
  print: "Imprimir",
  keys:
    "No cursor: as setas movem um segundo, Page Up e Page Down um minuto; , e . vão por " +
    "evento, espaço reproduz.",
} satisfies PastWords;
