// The texts of the page that looks back, in Swahili.
import type { PastWords } from "../pastwords";

export const words = {
  title: "Kuangalia nyuma",
  lead: "Ubao ulivyokuwa wakati wowote, kutoka kwenye kumbukumbu. Kuangalia pia hurekodiwa.",
  from: "Kuanzia",
  to: "Hadi",
  incident: "Tukio hili tu (I-…)",
  show: "Onyesha",
  order: "Mwisho lazima uwe baada ya mwanzo, na usiwe baada ya sasa.",
  none: "Hakuna kilichorekodiwa katika muda huu.",
  many: "Kuna mengi zaidi ya yanayoonyeshwa: chagua muda mfupi zaidi.",
  moment: "Wakati",
  play: "Cheza",
  pause: "Simamisha",
  before: "Tukio lililotangulia",
  next: "Tukio linalofuata",
  speed: "Kasi",
  times: "mara {n}",
  at: "{time}: tukio {n} kati ya {all}",
  start: "{time}: kabla ya tukio la kwanza",
  wait: "Inaunda…",
  open: "Matukio yaliyokuwa wazi wakati huo",
  noOpen: "Hakukuwa na tukio lililo wazi.",
  crews: "Vikosi wakati huo",
  place: "Mahali",
  type: "Aina",
  age: "Wazi kwa",
  sinceThen: "Kwa",
  erased: "imefutwa",
  unknown:
    "Vikosi vilipokuwa haionyeshwi: mahali hapahifadhiwi. Kwenye ramani kikosi kilicho eneo " +
    "la tukio kiko kwenye tukio lake.",
  map: "Onyesha kwenye ramani",
  mapName: "Ramani ya matukio yaliyokuwa wazi",
  noMap: "Ramani haiwezi kuchorwa hapa; majedwali yana yote.",
  timeline: "Mfuatano wa {id} hadi wakati huo",
  saveCsv: "Hifadhi matukio (CSV)",
  saveJson: "Hifadhi wakati huu (JSON)",
  print: "Chapisha",
  keys:
    "Kwenye kitelezi: mishale husogeza sekunde moja, Page Up na Page Down dakika moja; , na . " +
    "kwa tukio, nafasi hucheza.",
} satisfies PastWords;
