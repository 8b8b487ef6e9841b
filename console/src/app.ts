// The start of the console: puts the parts together, loads the state, and follows the stream.
import { accountApi } from "./accountapi";
import type { AidDesk } from "./aid";
import type { Identity } from "./accounttypes";
import { configAge, forgetAhead } from "./ahead";
import { Problem, api, onLost } from "./api";
import { Board } from "./board";
import { ClosureRoads } from "./closureroads";
import { ClosureList } from "./closures";
import type { ClosureWork } from "./closurework";
import { Cues, cueOf } from "./cues";
import { Deeds } from "./deeds";
import { DemoControls } from "./demo";
import { redrawDialogs } from "./dialog";
import { el } from "./dom";
import { Gate, SETUP_MARK, takeSetupToken } from "./gate";
import { Drafts, browserShelf, meetWindows, windowName } from "./drafts";
import { openHelp } from "./help";
import { type Command, commandOf, isPlain, setKeys, shownKey, takesText } from "./keys";
import { Lasting } from "./lasting";
import type { MapView } from "./map";
import type { MapCommand, MapWork } from "./mapwork";
import { may, mayRun, setWho, who } from "./may";
import { Menu, type MenuAct } from "./menu";
import { typeLabel } from "./names";
import { Panel, type PanelForm } from "./panel";
import { onPrefs, openPrefs, prefs } from "./prefs";
import { startPrint } from "./print";
import { readProblemText } from "./problems";
import { Alerts } from "./alerts";
import { Reach } from "./reach";
import { Search } from "./search";
import { isDark, nextTheme, onTheme, pickLanguage, startSettings } from "./settings";
import { browserLine } from "./sharedline";
import { type RegionName, Shell } from "./shell";
import { Splitters } from "./splitters";
import { Store } from "./store";
import { Stream } from "./stream";
import { type Language, t, tw } from "./strings";
import { ServerClock, spellDuration } from "./time";
import type { Change, DuplicateRule, LatLon } from "./types";
import type { OpenWarnings } from "./warnings";
import { Windows, windowRegion } from "./windows";

const BOOT_RETRY_MS = 2000;
const SECOND_MS = 1000;

let setupToken = takeSetupToken();
// before anything is waited for: a link may be opened in a page that is still starting
addEventListener("hashchange", () => {
  if (location.hash.startsWith(SETUP_MARK)) location.reload();
});
await startSettings();

const clock = new ServerClock();
const store = new Store((run) => requestAnimationFrame(run));
const root = document.getElementById("app") as HTMLElement;
const shell = new Shell(root, { run: (command) => void run(command), pickLanguage: relabel });
let map: MapView | null = null;
let mapWork: MapWork | null = null;
let aid: AidDesk | null = null;
let positionLimit_s = 120;
const lasting = new Lasting({ store, clock, shell, positionLimit_s: () => positionLimit_s });
let duplicateRule: DuplicateRule | null = null;
const drafts = new Drafts(browserShelf(), windowName());
const livingWindows = meetWindows(drafts.window);

const board = new Board(store, clock, {
  openIncident: (id) => openIncident(id),
  openUnit: (id) => openUnit(id),
  loadClosed: () => void loadClosed(),
});
shell.region("queue").tools.append(board.queueTools, board.queueBar.button);
shell.region("queue").body.before(board.queueBar.element);
shell.region("queue").body.append(board.queue.element);
const closureRoads = new ClosureRoads(store, () => map?.knows === true);
const now = (): number => clock.now();
const closures = new ClosureList(store, {
  zoom: (closure) => {
    shell.show("map");
    map?.look(closure);
  },
  change: (closure) => closing((work) => work.open(closure)),
  lift: (closure) => closing((work) => void work.lift(closure)),
  restore: (closure) => closing((work) => void work.restore(closure)),
  now,
});
const alerts = new Alerts({
  map: () => map,
  show: (region) => show(region),
  say: (text, kind) => shell.say(text, kind),
  openIncident: (id) => openIncident(id),
  openUnit: (id) => openUnit(id),
});
shell.region("queue").section.append(alerts.element, closures.element);
shell.region("crews").tools.append(board.crewTools, board.crewBar.button);
shell.region("crews").body.before(board.crewBar.element);
shell.region("crews").body.append(board.crews.element);

const near = (): LatLon | null => map?.center() ?? null;
const failed = (error: unknown): void => shell.say(readProblemText(error), "bad");

const preview = (pos: LatLon | null, name: string, byHand: boolean): void =>
  map?.preview(pos, name, byHand);
const show = (region: RegionName): void => shell.show(region);
function formInPanel(form: PanelForm | null): void {
  if (form) panel.openForm(form);
  else panel.closeForm();
}
/** Closing roads, which comes with the map or with its first use. */
let closureWork: Promise<ClosureWork> | null = null;
async function makeClosures(): Promise<ClosureWork> {
  try {
    const { ClosureWork: Work } = await import("./closurework");
    return new Work({
      store,
      map: () => map,
      now,
      panel: formInPanel,
      show,
      say: (text, kind, undo) => shell.say(text, kind, undo),
    });
  } catch (error) {
    closureWork = null; // it may come when the line is back
    throw error;
  }
}
function comeClosures(): Promise<ClosureWork> {
  closureWork ??= makeClosures();
  return closureWork;
}
function closing(act: (work: ClosureWork) => void): void {
  comeClosures().then(act).catch(failed);
}
const reach = new Reach({
  store,
  map: () => map,
  selected: () => ({ incident: panel.incidentId, unit: panel.unitId }),
  now: () => performance.now(),
  show,
  say: (text, kind) => shell.say(text, kind),
});

const panel = new Panel(shell.region("panel").body, {
  store,
  clock,
  drafts,
  duplicateRule: () => duplicateRule,
  near,
  selected: (incident, unit) => {
    board.queue.select(incident);
    board.crews.select(unit);
    map?.select(incident, unit);
    windows.chose(incident, unit);
    mapWork?.sync(new Set());
  },
  picking: (on, pos) => map?.pick(on, pos),
  leave: (from) => {
    const region = from === "unit" ? "crews" : "queue";
    focusRegion(region);
  },
  say: (text, kind, undo) => shell.say(text, kind, undo),
  preview,
});
const gate = new Gate(relabel);
const menu = new Menu(shell.menuBox, (act) => void openPage(act).catch(failed));
const demo = new DemoControls(shell.demoBox, failed);
const deeds = new Deeds({
  store,
  say: (text, kind, undo) => shell.say(text, kind, undo),
  openIncident: (id) => openIncident(id),
  follow: (unit) => {
    openUnit(unit);
    mapWork?.follow(unit);
  },
  run: (command) => void run(command),
});
const search = new Search(shell.searchBox, {
  store,
  near,
  openIncident: (id) => openIncident(id),
  openUnit: (id) => openUnit(id),
  openPlace: (pos, name) => {
    map?.mark(pos, name);
    shell.show("map");
  },
  current: () => panel.incidentId,
  obey: (deed, words) => void deeds.obey(deed, words),
  preview,
});

const splitters = new Splitters(shell);
const windows = new Windows({
  shell,
  only: windowRegion(new URLSearchParams(location.search)),
  follow: (incident, unit) => {
    if (panel.follow(incident, unit)) map?.goTo(incident, unit);
  },
  run: (command, key) => void run(command, key),
});
const cues = new Cues((id) => openIncident(id));
shell.floats.append(cues.element);
startPrint({ store, clock, incident: () => panel.shownIncident });
let ownKeys = "";
onPrefs(() => {
  const keys = JSON.stringify(prefs().keys);
  if (keys === ownKeys) return;
  ownKeys = keys;
  setKeys(prefs().keys);
  menu.relabel();
  shell.relabel();
  search.relabel();
  panel.draw();
});

function openIncident(id: string): void {
  shell.show("panel");
  panel.openIncident(id);
  map?.goTo(id, null);
}

function openUnit(id: string): void {
  shell.show("panel");
  panel.openUnit(id);
  map?.goTo(null, id);
}

async function openHospitals(chosen: string | null): Promise<void> {
  const { openHospitals: open } = await import("./pages");
  const look = (pos: LatLon, name: string): void => {
    map?.mark(pos, name);
    shell.show("map");
  };
  open({ store, look }, chosen);
}

let warnings: OpenWarnings | null = null;
async function openWarnings(): Promise<void> {
  const { openWarnings: open } = await import("./pages");
  warnings = await open({
    store,
    map: () => map,
    now,
    show,
    panel: formInPanel,
    say: (text, kind) => shell.say(text, kind),
  });
}

function runOnMap(command: MapCommand): void {
  if (!may("read")) return;
  if (mapWork && map?.knows) mapWork.run(command);
  else shell.say(t("map.none"), "bad");
}

async function loadClosed(): Promise<void> {
  try {
    const { incidents } = await api.incidents("closed");
    for (const incident of incidents) store.putIncident(incident);
  } catch (error) {
    failed(error);
  }
}

/** The pages that few need come with their first use. */
async function openPage(act: MenuAct): Promise<void> {
  if (act === "closure" || act === "reach" || act === "coverage") run(act);
  else if (act === "hospitals") await openHospitals(null);
  else if (act === "account") (await import("./pages")).openAccount();
  else if (act === "audit") (await import("./pages")).openAudit(clock.now());
  else if (act === "past") await (await import("./pages")).openPast(store, now);
  else if (act === "times") (await import("./pages")).openTimes(store, clock.now());
  else if (act === "desk") (await import("./pages")).openDesk({ board, cues });
  else if (act === "warnings") await openWarnings();
  else if (act === "logout") logout();
  else {
    const { openPeople } = await import("./pages");
    openPeople({
      units: () => [...store.units.keys()],
      agencies: () => store.agencies,
      agencyAdded: (agency) => store.putAgencies([...store.agencies, agency]),
    });
  }
}

async function relabel(language: Language): Promise<void> {
  try {
    await pickLanguage(language);
  } catch (error) {
    shell.say(readProblemText(error), "bad");
  }
  redrawDialogs();
  menu.relabel();
  shell.relabel();
  board.relabel();
  closures.show();
  panel.relabel();
  demo.relabel();
  search.relabel();
  if (closureWork) closing((work) => work.relabel());
  warnings?.relabel();
  splitters.relabel();
  windows.relabel();
  reach.relabel();
  void alerts.refresh();
  aid?.draw();
  mapWork?.relabel();
  map?.relabel();
  everySecond();
}

// Keys

function focusRegion(name: RegionName | null): void {
  if (name === null) {
    shell.focusBar();
    return;
  }
  shell.show(name);
  if (name === "queue" && board.queue.focus()) return;
  if (name === "crews" && board.crews.focus()) return;
  if (name === "map" && map?.focus()) return;
  shell.region(name).section.focus();
}

/** What a window without the panel does itself. */
const isHere: ReadonlySet<Command> = new Set<Command>([
  ...(["menu", "search", "help", "region", "queue", "crews", "theme", "back"] as const),
  ...(["closure", "reach", "filter", "desk", "print", "unsent"] as const),
  ...(["coverage", "hospitals", "trails", "follow", "measure", "aid"] as const),
]);

/** The filter of the table with the focus, or of the queue. */
function filterFocused(): void {
  const crews = shell.focusedRegion() === "crews";
  shell.show(crews ? "crews" : "queue");
  (crews ? board.crewBar : board.queueBar).open();
}

/** True when the command meant something now. */
function run(command: Command, key = "", backwards = false): boolean {
  if (command === "new" && !mayRun("new")) {
    shell.say(t("may.not", { role: tw("role", who()?.role ?? "") }), "bad");
    return true;
  }
  if (!windows.hasPanel && (command === "new" || !isHere.has(command))) {
    windows.hand(command, key);
    return true;
  }
  switch (command) {
    case "menu":
      if (!shell.menuBox.hidden) menu.open();
      return true;
    case "new":
      shell.show("panel");
      panel.newCall();
      return true;
    case "search":
      search.focus();
      return true;
    case "help":
      openHelp();
      return true;
    case "filter":
      filterFocused();
      return true;
    case "desk":
      void openPage("desk").catch(failed);
      return true;
    case "print":
      window.print();
      return true;
    case "unsent":
      lasting.openList();
      return true;
    case "region":
      focusRegion(shell.nextRegion(backwards));
      return true;
    case "queue":
    case "crews":
      focusRegion(command);
      return true;
    case "closure":
      if (may("closure")) closing((work) => work.open());
      else shell.say(t("may.not", { role: tw("role", who()?.role ?? "") }), "bad");
      return true;
    case "reach":
      if (may("read")) reach.toggle();
      return true;
    case "coverage":
    case "trails":
    case "follow":
    case "measure":
      runOnMap(command);
      return true;
    case "hospitals":
      if (may("read")) void openHospitals(null).catch(failed);
      return true;
    case "aid":
      shell.show("queue");
      if (!aid?.focus()) shell.say(t("aid.none"), "good");
      return true;
    case "theme":
      nextTheme();
      shell.relabel();
      return true;
    case "back":
      panel.back();
      return true;
    default:
      return panel.run(command, key);
  }
}

/** An arrow pressed where nothing has the focus, as after the page came, means the queue. */
function entersList(event: KeyboardEvent, at: Element | null): boolean {
  if (at !== document.body || !isPlain(event) || !/^Arrow(Up|Down)$/.test(event.key)) return false;
  focusRegion("queue");
  return true;
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const at = document.activeElement;
  const command = commandOf(event, takesText(at));
  if (command ? run(command, event.key, event.shiftKey) : entersList(event, at)) {
    event.preventDefault();
  }
});

// State

store.subscribe((topics) => {
  if (topics.has("plans")) panel.plansCame();
  if (topics.has("cards")) panel.cardsCame();
  if (topics.has("plans")) board.rename();
  else if (topics.has("incidents")) board.showIncidents();
  if (topics.has("units")) board.showUnits();
  if (topics.has("incidents") || topics.has("units") || topics.has("plans")) {
    shell.setCounts(board.counts());
    panel.sync();
  }
  if (topics.has("closures")) {
    closures.show();
    closureRoads.sync();
  }
  if (topics.has("agencies")) {
    board.rename();
    panel.draw();
  }
  map?.sync(topics);
  reach.sync(topics);
  mapWork?.sync(topics);
});

/** Everything from the server. */
function askAll() {
  return Promise.all([api.incidents("open"), api.units(), api.closures()]);
}

/** It is what there is now; the number after which the stream goes on. */
function putAll([incidents, units, closures]: Awaited<ReturnType<typeof askAll>>): number {
  store.replace({
    incidents: incidents.incidents,
    units: units.units,
    closures: closures.closures,
  });
  return Math.min(incidents.seq, units.seq);
}

async function loadAll(): Promise<number> {
  return putAll(await askAll());
}

/** What may not be missed is heard and seen. */
function giveCue(change: Change): void {
  const cue = cueOf(change, who()?.account ?? "", who()?.agency ?? null);
  if (!cue) return;
  if (cue === "aid" && change.aid) {
    const asked = change.kind === "aid-requested";
    const { asker_label, agency_label, incident } = change.aid;
    cues.give("aid", (asked ? asker_label : agency_label) ?? "", asked ? null : incident);
    return;
  }
  const i = change.incident ?? store.incidents.get(change.unit?.incident ?? "");
  const type = i ? `${i.id} ${typeLabel(store, i.type)}` : "";
  const words = cue === "arrived" ? `${change.unit?.id ?? ""} ${type}` : type;
  cues.give(cue, words.trim(), i?.id ?? null);
}

const line = browserLine();
let isSilent = false;
const stream = new Stream({
  open: (url) => line.open(url),
  now: () => performance.now(),
  every: (ms, tick) => void setInterval(tick, ms),
  onChange: (change) => {
    clock.heard(change.time);
    store.apply(change, who()?.agency ?? null);
    if (change.kind.startsWith("alert-")) void alerts.refresh();
    if (change.kind.startsWith("warning-")) void warnings?.heard();
    if (change.aid) aid?.heard(change);
    giveCue(change);
  },
  onMoved: (moved) => store.move(moved),
  onHeartbeat: (time, version) => {
    clock.heard(time);
    if (version !== null) map?.renew(version);
  },
  onResync: () => {
    void alerts.refresh();
    void aid?.refresh();
    return loadAll();
  },
  onEnded: () => void sessionLost(),
  onSilence: (silent, forMs) => {
    if (!silent) lasting.lineBack();
    else if (!isSilent) cues.give("lost", "", null);
    isSilent = silent;
    shell.setLine(silent ? "stale" : "live");
    shell.setBanner(silent ? t("stale.banner", { time: spellDuration(forMs / 1000) }) : "");
  },
});

function everySecond(): void {
  store.expire(clock.now(), positionLimit_s);
  shell.setClock(new Date(clock.now()));
  shell.setCounts(board.counts());
  board.tick();
  alerts.tick();
  aid?.tick();
  panel.draw();
  lasting.tick();
}

/** What may be done on the map, as buttons over it. */
function mapTools(): { words: string; sign: string; run: () => void }[] {
  const tool = (command: Command, words: string, sign: string) => ({
    words: `${words} (${shownKey(command)})`,
    sign,
    run: () => void run(command),
  });
  return [
    ...(may("closure") ? [tool("closure", t("closure.newHint"), "⊘")] : []),
    ...(may("read")
      ? [
          tool("reach", t("reach.show"), "◎"),
          tool("coverage", t("key.coverage"), "▦"),
          tool("measure", t("key.measure"), "↔"),
        ]
      : []),
  ];
}

async function loadMap(): Promise<void> {
  const { openMap } = await import("./map");
  const region = shell.region("map");
  region.body.querySelector(".empty")?.remove();
  map = await openMap(region.body, region.tools, {
    store,
    dark: isDark,
    openIncident,
    openUnit,
    openHospital: (id) => void openHospitals(id).catch(failed),
    picked: (pos) => panel.placeAt(pos),
    tools: mapTools,
  });
  const { MapWork } = await import("./mapwork");
  mapWork = new MapWork({
    store,
    map: () => map,
    selectedUnit: () => panel.unitId,
    now,
    steady: () => performance.now(),
    show,
    say: (text, kind) => shell.say(text, kind),
  });
  const legends = el("div", { class: "legends" }, reach.legend, mapWork.coverage.legend);
  region.body.append(legends, mapWork.chip);
  alerts.draw();
  closureRoads.sync();
  onTheme(() => map?.restyle());
  // here before its key is pressed, so that what is typed after it is not lost
  if (may("closure")) await comeClosures();
}

// Who works here

/** A crew with a phone has a page of its own. */
const PHONE_PX = 640;

function identify(identity: Identity): void {
  if (identity.role === "crew" && innerWidth <= PHONE_PX) location.replace("/crew");
  setWho(identity);
  openPrefs(identity.account);
  menu.relabel();
  shell.relabel();
  board.rename();
  closures.show();
  map?.relabel();
  panel.draw();
}

let checking = false;
/** Somebody logs out: that the session is over is no news. */
let leaving = false;

/** Something said that the session is over. If the server agrees, the log-in comes back. */
async function sessionLost(): Promise<void> {
  const before = who();
  if (checking || leaving || gate.isOpen || !before) return;
  checking = true;
  try {
    await accountApi.session();
  } catch (error) {
    if (error instanceof Problem && error.status === 401) await comeBack(before);
  } finally {
    checking = false;
  }
}

/** The same person goes on where the work was left; for another one everything starts anew. */
async function comeBack(before: Identity): Promise<void> {
  stream.pause();
  const identity = await gate.again(before.account);
  const standing = ["account", "role", "agency", "unit"] as const;
  if (standing.some((name) => identity[name] !== before[name])) return location.reload();
  identify(identity);
  lasting.identified(identity);
  if (may("read")) stream.start(stream.last);
}

function logout(): void {
  lasting.leave(async () => {
    leaving = true;
    try {
      await accountApi.logout();
    } catch (error) {
      leaving = false;
      throw error;
    }
    drafts.forget();
  });
}

/** Only where agencies lend each other crews. */
async function loadAid(): Promise<void> {
  if (aid || !may("aid")) return;
  const known = await api.aid().catch(() => null);
  if (!known || known.agreements.length + known.requests.length === 0) return;
  const { AidDesk: Desk } = await import("./aid");
  aid = new Desk({
    store,
    clock,
    say: (text, kind) => shell.say(text, kind),
    openIncident,
    look: (pos, name) => {
      map?.mark(pos, name);
      shell.show("map");
    },
  });
  shell.region("queue").section.append(aid.element);
  await aid.refresh(); // what came while it was on its way
}

/** What everything else is named by; then the state, and the line that keeps it. True in a demo. */
async function loadBoard(): Promise<boolean> {
  const asking = Promise.all([
    api.config(),
    api.plans(),
    api.stations(),
    api.hospitals(),
    accountApi.agencies().catch(() => ({ agencies: [] })),
    api.partners().catch(() => ({ partners: [] })),
    askAll(),
  ]);
  forgetAhead();
  const asked = await asking;
  const [config, { types }, { stations }, { hospitals }, agencies, { partners }, all] = asked;
  clock.heard(config.now, configAge());
  positionLimit_s = config.position_limit_s;
  duplicateRule = config.duplicates ?? null;
  store.putPlans(types);
  store.putStations(stations);
  for (const hospital of hospitals) store.putHospital(hospital);
  store.putAgencies(agencies.agencies);
  store.putPartners(partners);
  await line.start(() => {
    if (stream.last > 0) stream.start(stream.last);
  });
  stream.start(putAll(all));
  void alerts.refresh();
  void loadAid().catch(failed);
  return config.demo;
}

/** Not there at all, or a gateway that says so. */
function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.status === 0 || error.status >= 500);
}

/** A call can be taken without its card; a server that has none yet is no trouble. */
async function loadCards(): Promise<void> {
  try {
    store.putCards((await api.cards()).cards);
  } catch (error) {
    if (!(error instanceof Problem && error.status === 404)) failed(error);
  }
}

/** What was typed here and never sent. */
async function restoreDrafts(account: string): Promise<void> {
  drafts.open(account);
  const others = drafts.found(new Set()).some((kept) => kept.window !== drafts.window);
  panel.restore(drafts.found(others ? await livingWindows() : new Set()));
}

/** Until the server answers and somebody is logged in. True when it runs a demonstration. */
async function boot(): Promise<boolean> {
  for (;;) {
    try {
      const identity = await gate.enter(setupToken);
      setWho(identity);
      if (setupToken) forgetAhead();
      const board = may("read") ? loadBoard() : Promise.resolve(false);
      board.catch(() => undefined); // it is looked at below; until then the desk is drawn
      identify(identity);
      lasting.identified(identity);
      setupToken = null;
      const isDemo = await board;
      shell.setBanner("");
      return isDemo;
    } catch (error) {
      const copied = isGone(error) ? await lasting.showCopy() : null;
      if (copied) {
        identify(copied);
        shell.region("map").body.append(el("p", { class: "empty" }, t("copy.noMap")));
        shell.setLine("stale");
        everySecond();
      }
      shell.setBanner(t("boot.failed", { detail: readProblemText(error) }));
      await new Promise((done) => setTimeout(done, BOOT_RETRY_MS));
    }
  }
}

setInterval(everySecond, SECOND_MS);
everySecond();
const isDemo = await boot();
onLost(() => void sessionLost());
await restoreDrafts(who()?.account ?? "");
const unit = who()?.unit;
if (unit && store.units.has(unit)) openUnit(unit);
if (!may("read") && may("audit")) await openPage("audit").catch(failed);
if (may("read")) void loadCards();
await Promise.all([isDemo && demo.start(), may("read") && loadMap().catch(failed)]);
document.documentElement.dataset["ready"] = "true";
await lasting.keepShell();
