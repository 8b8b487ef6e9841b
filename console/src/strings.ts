// Every text of the console in every language: English and Portuguese a row here and in the *words
// files, the others in lang/, fetched when they are chosen. A missing one does not compile; an
// empty one, or one with other {marks} than its neighbour, fails the test.

import { accountWords } from "./accountwords";
import { auditWords } from "./auditwords";
import { alertWords } from "./alertwords";
import { boardWords } from "./boardwords";
import { closureWords } from "./closurewords";
import { crashWords } from "./crashwords";
import { levelWords } from "./levelwords";
import { exchangeWords } from "./exchangewords";
import { lineWords } from "./linewords";
import { linkWords } from "./linkwords";
import { takingWords } from "./takingwords";
import { textWords } from "./textwords";
import { mapWords } from "./mapwords";
import { timesWords } from "./timeswords";
import { words } from "./words";

export const languages = ["en", "pt", "es", "fr", "sw", "ar"] as const;
export type Language = (typeof languages)[number];

type Row = readonly [en: string, pt: string];

const own = {
  "app.title": ["Amparo dispatch console", "Consola de despacho Amparo"],
  "app.skip": ["Skip to the incident queue", "Saltar para a fila de ocorrências"],
  "region.bar": ["Top bar", "Barra superior"],
  "region.queue": ["Incidents", "Ocorrências"],
  "region.map": ["Map", "Mapa"],
  "region.crews": ["Crews", "Viaturas"],
  "region.panel": ["Details", "Detalhes"],
  "bar.new": ["New call", "Nova chamada"],
  "bar.search": [
    "Find a place, incident or crew; or a command",
    "Procurar lugar, ocorrência ou viatura; ou um comando",
  ],
  "bar.theme": ["Theme: {mode}", "Tema: {mode}"],
  "theme.auto": ["automatic", "automático"],
  "theme.light": ["light", "claro"],
  "theme.dark": ["dark", "escuro"],
  "bar.language": ["Language", "Idioma"],
  "bar.help": ["Keys", "Teclas"],
  "bar.open.one": ["{n} open incident", "{n} ocorrência aberta"],
  "bar.open.other": ["{n} open incidents", "{n} ocorrências abertas"],
  "bar.free.one": ["{n} free crew", "{n} viatura livre"],
  "bar.free.other": ["{n} free crews", "{n} viaturas livres"],
  "line.connecting": ["Connecting", "A ligar"],
  "line.live": ["Live", "Em linha"],
  "line.stale": ["No news", "Sem notícias"],
  "stale.banner": [
    "No word from the server for {time}. What is shown may be old, and nothing is recorded.",
    "Sem notícias do servidor há {time}. O que se vê pode ser antigo, e nada fica registado.",
  ],
  "boot.failed": [
    "The server does not answer ({detail}). Trying again.",
    "O servidor não responde ({detail}). Nova tentativa em curso.",
  ],
  "queue.open": ["Open", "Abertas"],
  "queue.closed": ["Closed", "Fechadas"],
  "queue.empty": ["No open incidents.", "Nenhuma ocorrência aberta."],
  "queue.emptyClosed": ["No closed incidents.", "Nenhuma ocorrência fechada."],
  "col.priority": ["Pri", "Pri"],
  "col.incident": ["Incident", "Ocorrência"],
  "col.state": ["State", "Estado"],
  "col.age": ["Age", "Idade"],
  "col.crew": ["Crew", "Viatura"],
  "col.kind": ["Kind", "Tipo"],
  "col.can": ["Can do", "Capacidades"],
  "col.since": ["Since", "Há"],
  "col.at": ["At", "Em"],
  "col.position": ["Position", "Posição"],
  "crews.empty": ["No crews yet.", "Ainda não há viaturas."],
  "crews.all": ["All", "Todas"],
  "crews.free": ["Free", "Livres"],
  "crews.busy": ["Busy", "Ocupadas"],
  "position.now": ["live", "atual"],
  "position.stale": ["stale {time}", "antiga {time}"],
  "position.none": ["unknown", "desconhecida"],
  "state.new": ["New", "Nova"],
  "state.triaged": ["Triaged", "Triada"],
  "state.dispatched": ["Dispatched", "Despachada"],
  "state.on-scene": ["On scene", "No local"],
  "state.closed": ["Closed", "Fechada"],
  "status.available": ["Available", "Disponível"],
  "status.dispatched": ["Dispatched", "Despachada"],
  "status.en-route": ["En route", "A caminho"],
  "status.on-scene": ["On scene", "No local"],
  "status.transporting": ["Transporting", "Em transporte"],
  "status.at-hospital": ["At hospital", "No hospital"],
  "status.returning": ["Returning", "A regressar"],
  "status.out-of-service": ["Out of service", "Fora de serviço"],
  "letter.available": ["A", "D"],
  "letter.dispatched": ["D", "C"],
  "letter.en-route": ["E", "M"],
  "letter.on-scene": ["S", "L"],
  "letter.transporting": ["T", "T"],
  "letter.at-hospital": ["H", "H"],
  "letter.returning": ["R", "R"],
  "letter.out-of-service": ["X", "X"],
  "priority.n": ["Priority {n}", "Prioridade {n}"],
  "priority.none": ["No priority yet", "Ainda sem prioridade"],
  "type.none": ["Not triaged", "Por triar"],
  "place.none": ["Place unknown", "Local desconhecido"],
  "place.circle": ["within {distance}", "num raio de {distance}"],
  "place.at": ["{lat}, {lon}", "{lat}, {lon}"],
  "panel.empty": [
    "Choose an incident or a crew, or press {key} for a new call.",
    "Escolha uma ocorrência ou uma viatura, ou carregue em {key} para uma nova chamada.",
  ],
  "panel.opened": ["Opened {time}, {age} ago", "Aberta às {time}, há {age}"],
  "panel.into": ["Merged into {id}", "Fundida em {id}"],
  "panel.outcome": ["Outcome: {outcome}", "Desfecho: {outcome}"],
  "panel.reopened.one": ["Reopened once", "Reaberta uma vez"],
  "panel.reopened.other": ["Reopened {n} times", "Reaberta {n} vezes"],
  "panel.caller": ["Caller", "Chamador"],
  "panel.calls": ["Calls", "Chamadas"],
  "panel.assigned": ["Crews sent", "Viaturas enviadas"],
  "panel.noneSent": ["No crew sent yet.", "Nenhuma viatura enviada."],
  "panel.eta": ["ETA {time}", "Chega em {time}"],
  "panel.arrived": ["there since {time}", "no local desde {time}"],
  "panel.release": ["Release {unit}", "Libertar {unit}"],
  "panel.timeline": ["Timeline", "Cronologia"],
  "panel.alarm": ["Alarm: {alarm}", "Alarme: {alarm}"],
  "panel.alarmUnit": ["Alarm: {alarm} ({unit})", "Alarme: {alarm} ({unit})"],
  "act.acknowledge": ["Acknowledge", "Tomar nota"],
  "act.edit": ["Triage", "Triar"],
  "act.recommend": ["Recommend", "Recomendar"],
  "act.note": ["Note", "Nota"],
  "act.close": ["Close", "Fechar"],
  "act.reopen": ["Reopen", "Reabrir"],
  "act.merge": ["Merge", "Fundir"],
  "act.save": ["Save", "Guardar"],
  "act.cancel": ["Cancel", "Cancelar"],
  "act.send": ["Send", "Enviar"],
  "act.divert": ["Divert", "Desviar"],
  "act.back": ["Back", "Voltar"],
  "act.follow": ["Show on map", "Ver no mapa"],
  "call.title": ["New call", "Nova chamada"],
  "call.words": ["What is happening", "O que se passa"],
  "call.place": ["Where", "Onde"],
  "call.placeHint": [
    "Type a street or place, or click the map",
    "Escreva uma rua ou lugar, ou clique no mapa",
  ],
  "call.placed": ["On the map: {lat}, {lon}", "No mapa: {lat}, {lon}"],
  "call.unplaced": ["Not on the map yet", "Ainda não está no mapa"],
  "call.type": ["Type", "Tipo"],
  "call.choose": ["Choose", "Escolher"],
  "call.priority": ["Priority", "Prioridade"],
  "call.number": ["Number", "Número"],
  "call.name": ["Name", "Nome"],
  "call.saved": ["Recorded as {id}", "Registada como {id}"],
  "call.lead": [
    "Enter saves. Everything can be completed later.",
    "Enter guarda. Tudo pode ser completado depois.",
  ],
  "dup.title": ["Possibly the same as", "Talvez a mesma que"],
  "dup.row": ["{distance} away, {age} ago", "a {distance}, há {age}"],
  "edit.title": ["Triage {id}", "Triar {id}"],
  "advice.title": ["Recommended crews", "Viaturas recomendadas"],
  "advice.need": ["{n} × {what}", "{n} × {what}"],
  "advice.met": ["met", "satisfeito"],
  "advice.missing": ["{n} missing", "faltam {n}"],
  "advice.nobody": ["No crew can do this now.", "Nenhuma viatura disponível agora."],
  "advice.needsPlace": [
    "Set place and type first ({key}).",
    "Indique primeiro local e tipo ({key}).",
  ],
  "advice.wait": ["Asking for crews", "A procurar viaturas"],
  "advice.arrive": ["there in {time}", "chega em {time}"],
  "advice.divert": ["busy: divert", "ocupada: desviar"],
  "reason.by-road": ["{time} by road{distance}", "{time} por estrada{distance}"],
  "reason.turnout": ["{road}, plus {time} to leave", "{road}, mais {time} até sair"],
  "reason.station": [
    "no position for {time}: counted from its station",
    "sem posição há {time}: contado a partir do quartel",
  ],
  "reason.unheard": [
    "no position known: counted from its station",
    "posição desconhecida: contado a partir do quartel",
  ],
  "reason.divert": ["now on {id} (priority {priority})", "agora em {id} (prioridade {priority})"],
  "reason.straight": [
    "{unit} is nearest by straight line ({distance}) but would take {time} by road",
    "{unit} está mais perto em linha reta ({distance}), mas levaria {time} por estrada",
  ],
  "reason.noWay": [
    "{unit} is nearest by straight line ({distance}) but has no way by road",
    "{unit} está mais perto em linha reta ({distance}), mas não tem caminho por estrada",
  ],
  "send.sent": ["sent", "enviado"],
  "send.recorded": ["recorded", "registado"],
  "send.failed": ["not recorded", "não registado"],
  "divert.title": ["Divert {unit}?", "Desviar {unit}?"],
  "divert.text": [
    "{unit} is on {from}. Sending it to {to} takes it away from there: {id} then has {left}.",
    "{unit} está em {from}. Enviá-la para {to} retira-a de lá: {id} fica com {left}.",
  ],
  "divert.left.zero": ["no crew", "nenhuma viatura"],
  "divert.left.one": ["{n} crew", "{n} viatura"],
  "divert.left.other": ["{n} crews", "{n} viaturas"],
  "divert.confirm": ["Enter diverts, Escape keeps it", "Enter desvia, Escape mantém"],
  "note.title": ["Note", "Nota"],
  "note.text": ["Note for {id}", "Nota para {id}"],
  "close.title": ["Close {id}", "Fechar {id}"],
  "close.outcome": ["Outcome", "Desfecho"],
  "close.text": ["Remark", "Observação"],
  "close.frees.one": ["This releases {n} crew.", "Isto liberta {n} viatura."],
  "close.frees.other": ["This releases {n} crews.", "Isto liberta {n} viaturas."],
  "merge.title": ["Merge {id}", "Fundir {id}"],
  "merge.into": ["Into which incident", "Em que ocorrência"],
  "merge.none": ["There is no other open incident.", "Não há outra ocorrência aberta."],
  "unit.status": ["Set status", "Mudar estado"],
  "unit.station": ["Station {name}", "Quartel {name}"],
  "unit.crew.one": ["{n} on board", "{n} a bordo"],
  "unit.crew.other": ["{n} on board", "{n} a bordo"],
  "unit.on": ["On {id}", "Em {id}"],
  "demo.title": ["Demo", "Demonstração"],
  "demo.speed": ["Speed", "Velocidade"],
  "demo.auto": ["Automatic dispatcher", "Despachante automático"],
  "map.none": [
    "No map is loaded. Lists and search by coordinates work.",
    "Nenhum mapa carregado. As listas funcionam.",
  ],
  "map.noWebgl": [
    "This browser cannot draw the map (WebGL2 is missing). All lists work.",
    "Este navegador não desenha o mapa (falta WebGL2). Todas as listas funcionam.",
  ],
  "map.label": ["Map of incidents and crews", "Mapa de ocorrências e viaturas"],
  "map.pick": [
    "Click the map, or move it with the arrow keys and press Enter, to place the incident",
    "Clique no mapa, ou mova-o com as setas e carregue em Enter, para situar a ocorrência",
  ],
  "map.zoomIn": ["Zoom in", "Aproximar"],
  "map.zoomOut": ["Zoom out", "Afastar"],
  "map.fit": ["Show everything", "Mostrar tudo"],
  "map.legend": ["Symbols", "Símbolos"],
  "map.mark": ["Marked place", "Lugar marcado"],
  "map.closures.one": ["{n} road closure", "{n} via cortada"],
  "map.closures.other": ["{n} road closures", "{n} vias cortadas"],
  "search.incident": ["incident", "ocorrência"],
  "search.unit": ["crew", "viatura"],
  "search.none": ["Nothing found", "Nada encontrado"],
  "search.found.one": ["{n} result", "{n} resultado"],
  "search.found.other": ["{n} results", "{n} resultados"],
  "help.title": ["Keys", "Teclas"],
  "help.close": ["Close help", "Fechar ajuda"],
  "help.everywhere": ["Everywhere", "Em todo o lado"],
  "help.incident": ["With an incident open", "Com uma ocorrência aberta"],
  "help.lists": ["In lists and forms", "Em listas e formulários"],
  "key.new": ["New call", "Nova chamada"],
  "key.search": ["Search, command line", "Procurar, linha de comando"],
  "key.help": ["This help", "Esta ajuda"],
  "key.region": ["Next region (Shift: previous)", "Região seguinte (Shift: anterior)"],
  "key.back": ["Go back", "Voltar atrás"],
  "key.theme": ["Change theme", "Mudar tema"],
  "key.queue": ["Go to the queue", "Ir para a fila"],
  "key.crews": ["Go to the crews", "Ir para as viaturas"],
  "key.recommend": ["Recommend crews", "Recomendar viaturas"],
  "key.send": ["Send that crew", "Enviar essa viatura"],
  "key.edit": ["Triage: place, type, priority", "Triar: local, tipo, prioridade"],
  "key.note": ["Add a note", "Acrescentar nota"],
  "key.close": ["Close the incident", "Fechar a ocorrência"],
  "key.reopen": ["Reopen the incident", "Reabrir a ocorrência"],
  "key.merge": ["Merge into another", "Fundir noutra"],
  "key.acknowledge": ["Acknowledge the alarm", "Tomar nota do alarme"],
  "key.move": ["Move", "Mover"],
  "key.open": ["Open; save a form", "Abrir; guardar um formulário"],
  "key.next": ["Next field or region", "Campo ou região seguinte"],
  "error.offline": [
    "The server cannot be reached: not recorded.",
    "Não se chega ao servidor: não registado.",
  ],
  "error.refused": ["Refused: {detail}", "Recusado: {detail}"],
  "toast.dismiss": ["Dismiss", "Dispensar"],
  "said.closed": ["{id} was closed", "{id} foi fechada"],
  "said.diverted": ["diverted to {id}", "desviada para {id}"],
  "event.incident-opened": ["Incident opened", "Ocorrência aberta"],
  "event.call-received": ["Call received", "Chamada recebida"],
  "event.call-located": ["Caller located", "Chamador localizado"],
  "event.call-ended": ["Call ended", "Chamada terminada"],
  "event.call-line": ["Telephone", "Telefone"],
  "event.incident-triaged": ["Triaged", "Triada"],
  "event.incident-placed": ["Placed", "Situada"],
  "event.note-added": ["Note", "Nota"],
  "event.unit-dispatched": ["Crew sent", "Viatura enviada"],
  "event.unit-released": ["Crew released", "Viatura libertada"],
  "event.unit-status": ["Crew status", "Estado da viatura"],
  "event.incident-closed": ["Closed", "Fechada"],
  "event.incident-reopened": ["Reopened", "Reaberta"],
  "event.incident-merged": ["Merged", "Fundida"],
  "event.alarm-raised": ["Alarm", "Alarme"],
  "event.alarm-acknowledged": ["Alarm noted", "Alarme anotado"],
} as const satisfies Record<string, Row>;

const rows = {
  ...own,
  ...words,
  ...accountWords,
  ...auditWords,
  ...alertWords,
  ...boardWords,
  ...closureWords,
  ...crashWords,
  ...levelWords,
  ...exchangeWords,
  ...lineWords,
  ...takingWords,
  ...textWords,
  ...linkWords,
  ...mapWords,
  ...timesWords,
};

export type Key = keyof typeof rows;
type PluralBase<K> = K extends `${infer Base}.other` ? Base : never;
export type PluralKey = PluralBase<Key>;
export type Params = Readonly<Record<string, string | number>>;

export const table: Readonly<Record<string, Row>> = rows;

/** A language of its own file: every key, and the plural forms that only it has. */
export type Texts = Readonly<Record<Key, string>>;
export type ManyForms = Readonly<
  Partial<Record<`${PluralKey}.${"zero" | "two" | "few" | "many"}`, string>>
>;

type Fetched = Exclude<Language, "en" | "pt">;
const fetchers: Record<Fetched, () => Promise<Texts>> = {
  es: async () => (await import("./lang/es")).es,
  fr: async () => (await import("./lang/fr")).fr,
  sw: async () => (await import("./lang/sw")).sw,
  ar: async () => (await import("./lang/ar")).ar,
};

let current: Language = "en";
let fetched: Readonly<Record<string, string>> | null = null;
let rules = new Intl.PluralRules("en");

/** Changes the language of `t`; when its texts cannot be had, it stays as it is and throws. */
export async function setLanguage(language: Language): Promise<void> {
  const own = language === "en" || language === "pt";
  fetched = own ? null : await fetchers[language]();
  current = language;
  rules = new Intl.PluralRules(language);
}

export function language(): Language {
  return current;
}

/** How a language calls itself. */
export function languageName(language: Language): string {
  const names: Record<Language, string> = {
    en: "English",
    pt: "Português",
    es: "Español",
    fr: "Français",
    sw: "Kiswahili",
    ar: "العربية",
  };
  return names[language];
}

/** How its lines run. */
export function direction(): "ltr" | "rtl" {
  return current === "ar" ? "rtl" : "ltr";
}

/** The text under a key that may not be there. */
function textOf(key: string): string | undefined {
  return fetched ? fetched[key] : table[key]?.[languages.indexOf(current)];
}

/** The best of our languages for what the browser asks for. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    const found = languages.find((l) => l === base);
    if (found) return found;
  }
  return "en";
}

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => String(params[name] ?? mark));
}

export function t(key: Key, params: Params = {}): string {
  return fill(textOf(key) ?? rows[key][0], params);
}

/** A text that depends on a number, in the plural forms of the language (`base.one`, `base.few`);
 * `base.zero`, where there is one, for none. */
export function tn(base: PluralKey, n: number): string {
  const form = n === 0 && textOf(`${base}.zero`) !== undefined ? "zero" : rules.select(n);
  const key = `${base}.${form}`;
  return fill(textOf(key) ?? textOf(`${base}.other`) ?? rows[`${base}.other` as Key][0], { n });
}

/** A text for a word of the server, or the word itself when this table does not know it. */
export function tw(prefix: string, word: string): string {
  const key = `${prefix}.${word}`;
  return key in rows ? t(key as Key) : word;
}
