// The board: the queue of incidents by priority and age, and the crews by state.
import type { ServerClock } from "./time";
import { formatTimer } from "./time";
import { bdi, el, setAttribute, setText } from "./dom";
import { FilterBar } from "./filterbar";
import { type Cells, Grid } from "./grid";
import { type Due, incidentDue, unitDue } from "./limits";
import { who } from "./may";
import { levelOf } from "./levels";
import { abilities, abilitiesShort, typeLabel } from "./names";
import { type TableView, type View, keepView, onPrefs, prefs } from "./prefs";
import { prioritySvg, statusSvg } from "./symbols";
import { type Store, compareIncidents, compareUnits } from "./store";
import { t, tn, tw } from "./strings";
import { type SortKey, holds, nextSort, sorted } from "./tablework";
import { type Incident, type Unit, type UnitStatus, incidentStates, unitStatuses } from "./types";

const FREE: ReadonlySet<UnitStatus> = new Set(["available", "returning"]);

export const isFree = (unit: Unit): boolean => FREE.has(unit.status);
export const isOpen = (incident: Incident): boolean => incident.state !== "closed";

export function placeText(incident: Pick<Incident, "place" | "lat" | "lon">): string {
  if (incident.place) return incident.place;
  if (typeof incident.lat !== "number" || typeof incident.lon !== "number") return t("place.none");
  return t("place.at", { lat: incident.lat.toFixed(5), lon: incident.lon.toFixed(5) });
}

const priorityName = (p: number): string => (p ? t("priority.n", { n: p }) : t("priority.none"));

/** A priority as shape and number, with its name for readers. */
export function priorityMark(priority: number | null | undefined): HTMLElement {
  const p = priority ?? 0;
  const mark = el("span", { class: `pri pri-${p}`, title: priorityName(p) }, prioritySvg(p));
  mark.append(el("span", { class: "sr" }, priorityName(p)));
  return mark;
}

/** A crew's status as shape, letter and words. */
export function statusChip(status: UnitStatus): HTMLElement {
  return el(
    "span",
    { class: `chip st-${status}` },
    statusSvg(status, tw("letter", status)),
    el("span", {}, tw("status", status)),
  );
}

export function stateChip(incident: Incident): HTMLElement {
  return el("span", { class: `chip in-${incident.state}` }, tw("state", incident.state));
}

/** Whose incident it is, where that is not this desk's own agency. */
function tagOf(words: string): (HTMLElement | string)[] {
  return words === "" ? [] : [" ", el("span", { class: "tag" }, bdi(words))];
}

/** A raised alarm, in front of all that a narrow column cuts off. */
function raised(i: Incident, words: string): (HTMLElement | string)[] {
  if (words === "") return [];
  const named = { role: "img", "aria-label": words, title: words };
  return [" ", el("span", { class: "tag warn", ...named }, `▲${levelOf(i)}`)];
}

/** Builds a cell's content anew only when what it shows has changed. */
function refill(cell: HTMLElement, signature: string, make: () => (Node | string)[]): void {
  if (cell.dataset["shown"] === signature) return;
  cell.dataset["shown"] = signature;
  cell.replaceChildren(...make());
}

/** A running time that is soon late or late: by colour, by sign, and in words. */
function markDue(cell: HTMLElement, due: Due): void {
  setAttribute(cell, "data-due", due || null);
  setAttribute(cell, "title", due === 0 ? null : t(due === 1 ? "due.soon" : "due.late"));
}

export const queueColumns = ["pri", "what", "state", "age"] as const;
export const crewColumns = ["crew", "state", "since", "at", "kind", "can", "position"] as const;

type QueueColumn = (typeof queueColumns)[number];
type CrewColumn = (typeof crewColumns)[number];

export interface BoardActions {
  openIncident(id: string): void;
  openUnit(id: string): void;
  loadClosed(): void;
}

export class Board {
  readonly queue: Grid<Incident, QueueColumn>;
  readonly crews: Grid<Unit, CrewColumn>;
  readonly queueTools = el("div", { class: "seg", role: "group" });
  readonly crewTools = el("div", { class: "seg", role: "group" });
  private queueFilter: "open" | "closed" = "open";
  private crewFilter: "all" | "free" | "busy" = "all";
  readonly queueBar = this.makeBar("queue", incidentStates, "state");
  readonly crewBar = this.makeBar("crews", unitStatuses, "status");
  private view: View = prefs().view;

  constructor(
    private readonly store: Store,
    private readonly clock: ServerClock,
    private readonly actions: BoardActions,
  ) {
    this.queue = this.makeQueue();
    this.crews = this.makeCrews();
    onPrefs(() => this.applyView(prefs().view, false));
    this.relabel();
  }

  private makeBar(table: "queue" | "crews", states: readonly string[], words: string): FilterBar {
    return new FilterBar({
      label: () => t(`region.${table}`),
      states: () =>
        states
          .filter((s) => s !== "closed")
          .map((value) => ({ value, words: tw(words, value) })),
      changed: () => (table === "queue" ? this.showIncidents() : this.showUnits()),
      leave: () => void (table === "queue" ? this.queue.focus() : this.crews.focus()),
    });
  }

  /** The tables as they are arranged now. */
  viewNow(): View {
    const table = (view: TableView, bar: FilterBar): TableView => ({
      ...view,
      text: bar.text,
      state: bar.state,
    });
    const { queue, crews } = this.view;
    const { sizes } = prefs().view;
    return { queue: table(queue, this.queueBar), crews: table(crews, this.crewBar), sizes };
  }

  /** Arranges the tables; with `filters`, what they hide as well. */
  applyView(view: View, filters: boolean): void {
    this.view = view;
    if (filters) {
      this.queueBar.set(view.queue.text, view.queue.state);
      this.crewBar.set(view.crews.text, view.crews.state);
    }
    this.queue.arrangeColumns(view.queue.sort, view.queue.hidden);
    this.crews.arrangeColumns(view.crews.sort, view.crews.hidden);
    this.showIncidents();
    this.showUnits();
    this.tick();
  }

  private sortBy(table: "queue" | "crews", column: string): void {
    const view = this.viewNow();
    view[table] = { ...view[table], sort: nextSort(view[table].sort, column) };
    this.view = view;
    keepView(view);
  }

  relabel(): void {
    this.queue.relabel();
    this.crews.relabel();
    this.tools();
    this.queueBar.relabel();
    this.crewBar.relabel();
    this.showIncidents();
    this.showUnits();
  }

  private tools(): void {
    const filter = <F extends string>(name: F, now: F, label: string, set: (f: F) => void) => {
      const pressed = String(name === now);
      const button = el(
        "button",
        { type: "button", "aria-pressed": pressed, "data-f": name },
        label,
      );
      button.addEventListener("click", () => {
        set(name);
        const box = button.parentElement;
        this.tools();
        box?.querySelector<HTMLElement>(`[data-f="${name}"]`)?.focus();
      });
      return button;
    };
    const queue = (f: "open" | "closed"): void => {
      this.queueFilter = f;
      if (f === "closed") this.actions.loadClosed();
      this.queue.relabel();
      this.showIncidents();
    };
    const crews = (f: "all" | "free" | "busy"): void => {
      this.crewFilter = f;
      this.showUnits();
    };
    this.queueTools.setAttribute("aria-label", t("region.queue"));
    this.queueTools.replaceChildren(
      filter("open", this.queueFilter, t("queue.open"), queue),
      filter("closed", this.queueFilter, t("queue.closed"), queue),
    );
    this.crewTools.setAttribute("aria-label", t("region.crews"));
    this.crewTools.replaceChildren(
      filter("all", this.crewFilter, t("crews.all"), crews),
      filter("free", this.crewFilter, t("crews.free"), crews),
      filter("busy", this.crewFilter, t("crews.busy"), crews),
    );
  }

  private makeQueue(): Grid<Incident, QueueColumn> {
    return new Grid<Incident, QueueColumn>({
      label: () => t("region.queue"),
      empty: () => t(this.queueFilter === "open" ? "queue.empty" : "queue.emptyClosed"),
      columns: [
        { name: "pri", title: () => t("col.priority"), width: "40px" },
        { name: "what", title: () => t("col.incident"), width: "minmax(0, 1fr)" },
        { name: "state", title: () => t("col.state"), width: "104px" },
        { name: "age", title: () => t("col.age"), width: "68px" },
      ],
      sortBy: (column) => this.sortBy("queue", column),
      patch: (incident, cells) => this.patchIncident(incident, cells),
      age: (incident, cells) => this.patchAge(incident, cells.age),
      open: (id) => this.actions.openIncident(id),
    });
  }

  private patchIncident(i: Incident, cells: Cells<QueueColumn>): void {
    const { pri, what, state } = cells;
    refill(pri, String(i.priority ?? 0), () => [priorityMark(i.priority)]);
    const type = typeLabel(this.store, i.type);
    const place = placeText(i);
    const other = i.agency && i.agency !== who()?.agency ? this.store.agencyName(i.agency) : "";
    const level = levelOf(i) > 1 ? t("level.n", { n: levelOf(i) }) : "";
    refill(what, `${type}|${place}|${other}|${level}`, () => {
      const words = [...raised(i, level), " ", el("strong", {}, type), ...tagOf(other)];
      return [
        el("span", { class: "line" }, bdi(i.id), ...words),
        el("span", { class: "line sub", dir: "auto" }, place),
      ];
    });
    const units = i.units.map((u) => u.unit).join(" ");
    refill(state, `${i.state}|${units}|${i.alarm ?? ""}`, () => this.stateCell(i, units));
  }

  private stateCell(i: Incident, units: string): HTMLElement[] {
    const first = el("span", { class: "line" }, stateChip(i));
    if (i.alarm) first.append(el("span", { class: "alarm" }, `! ${tw("alarm", i.alarm)}`));
    return [first, el("span", { class: "line sub" }, bdi(units))];
  }

  private patchAge(i: Incident, cell: HTMLElement): void {
    const age_s = this.clock.age(i.opened);
    const shown = i.closed ? (Date.parse(i.closed) - Date.parse(i.opened)) / 1000 : age_s;
    setText(cell, formatTimer(shown));
    markDue(cell, incidentDue(i, age_s, prefs().limits));
  }

  private makeCrews(): Grid<Unit, CrewColumn> {
    return new Grid<Unit, CrewColumn>({
      label: () => t("region.crews"),
      empty: () => t("crews.empty"),
      columns: [
        { name: "crew", title: () => t("col.crew"), width: "minmax(56px, 0.6fr)" },
        { name: "state", title: () => t("col.state"), width: "144px" },
        { name: "since", title: () => t("col.since"), width: "78px" },
        { name: "at", title: () => t("col.at"), width: "minmax(52px, 0.6fr)" },
        { name: "kind", title: () => t("col.kind"), width: "minmax(90px, 1.2fr)" },
        { name: "can", title: () => t("col.can"), width: "minmax(100px, 1.7fr)" },
        { name: "position", title: () => t("col.position"), width: "minmax(88px, 0.8fr)" },
      ],
      sortBy: (column) => this.sortBy("crews", column),
      patch: (unit, cells) => this.patchUnit(unit, cells),
      age: (unit, cells) => this.patchTimes(unit, cells),
      open: (id) => this.actions.openUnit(id),
    });
  }

  private patchUnit(u: Unit, cells: Cells<CrewColumn>): void {
    const { crew, state, at, kind, can } = cells;
    refill(crew, u.id, () => [el("strong", {}, bdi(u.id))]);
    refill(state, u.status, () => [statusChip(u.status)]);
    const where = u.incident ?? u.hospital ?? u.station ?? "";
    refill(at, where, () => [bdi(where)]);
    setText(kind, tw("kind", u.kind));
    setText(can, abilitiesShort(u.capabilities));
  }

  private patchTimes(u: Unit, { since, position }: Cells<CrewColumn>): void {
    const since_s = this.clock.age(u.since);
    setText(since, formatTimer(since_s));
    markDue(since, unitDue(u, since_s, prefs().limits));
    setText(position, this.positionText(u));
    position.classList.toggle("faint", u.position_stale || typeof u.lat !== "number");
  }

  private positionText(u: Unit): string {
    if (!u.position_time) return t("position.none");
    if (!u.position_stale) return t("position.now");
    return t("position.stale", { time: formatTimer(this.clock.age(u.position_time)) });
  }

  showIncidents(): void {
    const open = this.queueFilter === "open";
    const items = [...this.store.incidents.values()].filter((i) => isOpen(i) === open);
    if (open) items.sort(compareIncidents);
    else
      items.sort((a, b) => Date.parse(b.closed ?? b.changed) - Date.parse(a.closed ?? a.changed));
    const { text, state } = this.queueBar;
    const wanted = items.filter(
      (i) => (state === "" || i.state === state) && (text === "" || holds(this.wordsOf(i), text)),
    );
    this.queueBar.count(wanted.length, items.length);
    this.queue.show(sorted(wanted, this.view.queue.sort, (i, c) => this.incidentKey(i, c)));
  }

  /** All that a filter looks at. */
  private wordsOf(i: Incident): string {
    const units = i.units.map((u) => u.unit).join(" ");
    return `${i.id} ${typeLabel(this.store, i.type)} ${placeText(i)} ${units} ${i.agency ?? ""}`;
  }

  private incidentKey(i: Incident, column: string): SortKey {
    if (column === "pri") return i.priority ?? 0;
    if (column === "what") return `${typeLabel(this.store, i.type)} ${i.place ?? ""}`;
    if (column === "state") return incidentStates.indexOf(i.state);
    return -Date.parse(i.opened);
  }

  private unitKey(u: Unit, column: string): SortKey {
    if (column === "crew") return u.id;
    if (column === "state") return unitStatuses.indexOf(u.status);
    if (column === "since") return -Date.parse(u.since);
    if (column === "at") return u.incident ?? u.hospital ?? u.station ?? null;
    if (column === "kind") return tw("kind", u.kind);
    if (column === "can") return abilitiesShort(u.capabilities);
    return u.position_time ? -Date.parse(u.position_time) : null;
  }

  showUnits(): void {
    const group = this.crewFilter;
    const items = [...this.store.units.values()]
      .filter((u) => (group === "all" ? true : group === "free" ? isFree(u) : !isFree(u)))
      .sort(compareUnits);
    const { text, state } = this.crewBar;
    const words = (u: Unit): string =>
      [
        ...[u.id, tw("kind", u.kind), u.incident, u.station, u.hospital],
        ...[abilities(u.capabilities, " "), abilitiesShort(u.capabilities)],
      ].join(" ");
    const wanted = items.filter(
      (u) => (state === "" || u.status === state) && (text === "" || holds(words(u), text)),
    );
    this.crewBar.count(wanted.length, items.length);
    this.crews.show(sorted(wanted, this.view.crews.sort, (u, c) => this.unitKey(u, c)));
  }

  /** Once a second: the running times. The order depends on none of them. */
  tick(): void {
    this.queue.tick();
    this.crews.tick();
  }

  /** The plans came: types have other names now. */
  rename(): void {
    this.queue.forget();
    this.showIncidents();
  }

  counts(): string {
    const open = [...this.store.incidents.values()].filter(isOpen).length;
    const free = [...this.store.units.values()].filter(isFree).length;
    return `${tn("bar.open", open)} · ${tn("bar.free", free)}`;
  }
}
