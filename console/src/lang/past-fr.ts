// The texts of the page that looks back, in French.
import type { PastWords } from "../pastwords";

export const words = {
  title: "Retour en arrière",
  lead:
    "Le tableau tel qu'il était à tout moment, d'après le registre. Le consulter y est aussi " +
    "noté.",
  from: "De",
  to: "À",
  incident: "Seulement cette intervention (I-…)",
  show: "Afficher",
  order: "La fin doit suivre le début et ne pas dépasser maintenant.",
  none: "Rien n'a été enregistré pendant cette période.",
  many: "Il y a plus d'enregistrements que ceux affichés : choisissez une période plus courte.",
  moment: "Moment",
  play: "Lire",
  pause: "Pause",
  before: "Événement précédent",
  next: "Événement suivant",
  speed: "Vitesse",
  times: "{n} fois",
  at: "{time} : événement {n} sur {all}",
  start: "{time} : avant le premier événement",
  wait: "Reconstruction…",
  open: "Interventions ouvertes alors",
  noOpen: "Aucune intervention n'était ouverte.",
  crews: "Équipages alors",
  place: "Lieu",
  type: "Type",
  age: "Ouverte depuis",
  sinceThen: "Depuis",
  erased: "effacé",
  unknown:
    "La position des équipages n'est pas montrée : elle n'est pas conservée. Sur la carte, un " +
    "équipage sur place est à son intervention.",
  map: "Afficher sur la carte",
  mapName: "Carte des interventions ouvertes alors",
  noMap: "La carte ne peut pas être dessinée ici ; les tableaux contiennent tout.",
  timeline: "Chronologie de {id} jusque-là",
  saveCsv: "Enregistrer les événements (CSV)",
  saveJson: "Enregistrer ce moment (JSON)",
  print: "Imprimer",
  keys:
    "Dans le curseur : les flèches avancent d'une seconde, Page préc. et suiv. d'une minute ; " +
    ", et . par événement, espace lit.",
} satisfies PastWords;
