// The board: the queue of incidents by priority and age, and the crews by state.
import type { ServerClock } from "./time";
import { formatTimer } from "./time";
import { bdi, el, setAttribute, setText } from "./dom";
import { type Cells, Grid } from "./grid";
import { who } from "./may";
import { abilitiesShort, typeLabel } from "./names";
import { prioritySvg, statusSvg } from "./symbols";
import { type Store, compareIncidents, compareUnits } from "./store";
import { t, tn, tw } from "./strings";
import type { Incident, Unit, UnitStatus } from "./types";

/** Seconds after which an incident that nobody was sent to is shown as waiting, by priority. */
const WAITING_AFTER_S: readonly number[] = [60, 60, 120, 300, 600, 1200];
const FREE: ReadonlySet<UnitStatus> = new Set(["available", "returning"]);

export const isFree = (unit: Unit): boolean => FREE.has(unit.status);
export const isOpen = (incident: Incident): boolean => incident.state !== "closed";

export function placeText(incident: Incident): string {
  if (incident.place) return incident.place;
  if (typeof incident.lat !== "number" || typeof incident.lon !== "number") return t("place.none");
  return t("place.at", { lat: incident.lat.toFixed(5), lon: incident.lon.toFixed(5) });
}

export function isWaiting(incident: Incident, age_s: number): boolean {
  const judged = incident.state === "new" || incident.state === "triaged";
  return judged && age_s > (WAITING_AFTER_S[incident.priority ?? 0] ?? 600);
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
function tagOf(agency: string): (HTMLElement | string)[] {
  return agency === "" ? [] : [" ", el("span", { class: "tag" }, bdi(agency))];
}

/** Builds a cell's content anew only when what it shows has changed. */
function refill(cell: HTMLElement, signature: string, make: () => (Node | string)[]): void {
  if (cell.dataset["shown"] === signature) return;
  cell.dataset["shown"] = signature;
  cell.replaceChildren(...make());
}

type QueueColumn = "pri" | "what" | "state" | "age";
type CrewColumn = "crew" | "state" | "since" | "at" | "kind" | "can" | "position";

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

  constructor(
    private readonly store: Store,
    private readonly clock: ServerClock,
    private readonly actions: BoardActions,
  ) {
    this.queue = this.makeQueue();
    this.crews = this.makeCrews();
    this.relabel();
  }

  relabel(): void {
    this.queue.relabel();
    this.crews.relabel();
    this.tools();
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
        { name: "pri", title: () => t("col.priority") },
        { name: "what", title: () => t("col.incident") },
        { name: "state", title: () => t("col.state") },
        { name: "age", title: () => t("col.age") },
      ],
      patch: (incident, cells) => this.patchIncident(incident, cells),
      age: (incident, cells, row) => this.patchAge(incident, cells.age, row),
      open: (id) => this.actions.openIncident(id),
    });
  }

  private patchIncident(i: Incident, cells: Cells<QueueColumn>): void {
    const { pri, what, state } = cells;
    refill(pri, String(i.priority ?? 0), () => [priorityMark(i.priority)]);
    const type = typeLabel(this.store, i.type);
    const place = placeText(i);
    const other = i.agency && i.agency !== who()?.agency ? this.store.agencyName(i.agency) : "";
    refill(what, `${type}|${place}|${other}`, () => [
      el("span", { class: "line" }, bdi(i.id), " ", el("strong", {}, type), ...tagOf(other)),
      el("span", { class: "line sub", dir: "auto" }, place),
    ]);
    const units = i.units.map((u) => u.unit).join(" ");
    refill(state, `${i.state}|${units}|${i.alarm ?? ""}`, () => this.stateCell(i, units));
  }

  private stateCell(i: Incident, units: string): HTMLElement[] {
    const first = el("span", { class: "line" }, stateChip(i));
    if (i.alarm) first.append(el("span", { class: "alarm" }, `! ${tw("alarm", i.alarm)}`));
    return [first, el("span", { class: "line sub" }, bdi(units))];
  }

  private patchAge(i: Incident, cell: HTMLElement, row: HTMLElement): void {
    const age_s = this.clock.age(i.opened);
    const shown = i.closed ? (Date.parse(i.closed) - Date.parse(i.opened)) / 1000 : age_s;
    setText(cell, formatTimer(shown));
    setAttribute(row, "data-waiting", isOpen(i) && isWaiting(i, age_s));
  }

  private makeCrews(): Grid<Unit, CrewColumn> {
    return new Grid<Unit, CrewColumn>({
      label: () => t("region.crews"),
      empty: () => t("crews.empty"),
      columns: [
        { name: "crew", title: () => t("col.crew") },
        { name: "state", title: () => t("col.state") },
        { name: "since", title: () => t("col.since") },
        { name: "at", title: () => t("col.at") },
        { name: "kind", title: () => t("col.kind") },
        { name: "can", title: () => t("col.can") },
        { name: "position", title: () => t("col.position") },
      ],
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
    setText(since, formatTimer(this.clock.age(u.since)));
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
    this.queue.show(items);
  }

  showUnits(): void {
    const wanted = this.crewFilter;
    const items = [...this.store.units.values()].filter((u) =>
      wanted === "all" ? true : wanted === "free" ? isFree(u) : !isFree(u),
    );
    this.crews.show(items.sort(compareUnits));
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
