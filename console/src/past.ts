// The page that looks back: a slider over a shift or one incident, played at speed or by event,
// with the board as it was in tables and on a map, to be saved and printed.
import { type TemplateResult, html, nothing } from "lit";
import { guard } from "lit/directives/guard.js";
import { get } from "./api";
import { priorityMark, statusChip } from "./board";
import { Dialog, type Word, saveFile, wordView } from "./dialog";
import { onSubmit, valuesOf } from "./fields";
import { typeLabel } from "./names";
import {
  type Past,
  type PastEvent,
  type PastEvents,
  type Range,
  countAt,
  csvOfEvents,
  fetchEvents,
  localText,
  pastPath,
  seqAt,
} from "./pastdata";
import type { PastMap } from "./pastmap";
import { p, pastWords } from "./pastwords";
import { readProblemText } from "./problems";
import type { Store } from "./store";
import { language, t, tw } from "./strings";
import { formatClock, formatMoment, spellDuration } from "./time";
import { timelineView } from "./timeline";
import type { Incident, Unit } from "./types";

const HOUR_MS = 3_600_000;
const SHIFT_H = 8;
const SECOND_MS = 1000;
const MINUTE_S = 60;
const TICK_MS = 200;
const KEPT_MAX = 200;
const speeds = [1, 2, 5, 10, 30, 60] as const;

class PastDialog {
  private readonly dialog: Dialog;
  private range: Range;
  private found: PastEvents | null = null;
  private at: number;
  private past: Past | null = null;
  /** Boards that were asked for, by record. */
  private readonly kept = new Map<number, Past>();
  private wanted = -1;
  private isAsking = false;
  private isLoading = false;
  private speed: (typeof speeds)[number] = 10;
  private timer = 0;
  private tickedAt = 0;
  private word: Word | null = null;
  private map: PastMap | null = null;
  private hasMap = false;

  constructor(
    private readonly store: Store,
    private readonly now: () => number,
  ) {
    this.range = { from: now() - SHIFT_H * HOUR_MS, to: now(), incident: "" };
    this.at = this.range.to;
    this.dialog = new Dialog({
      kind: "past",
      title: () => p("title"),
      view: () => this.view(),
      closed: () => this.end(),
    });
    this.dialog.show();
    this.dialog.element.addEventListener("keydown", (event) => this.key(event));
    void this.load();
  }

  private end(): void {
    this.pause();
    this.map?.close();
    this.map = null;
  }

  /* ---- what is asked ---- */

  private async load(): Promise<void> {
    const { range } = this;
    this.pause();
    this.isLoading = true;
    this.found = null;
    this.past = null;
    this.kept.clear();
    this.word = null;
    this.dialog.draw();
    try {
      const found = await fetchEvents(range, (path) => get<PastEvents>(path));
      if (range !== this.range) return;
      this.found = found;
      this.focusOn(found);
    } catch (error) {
      if (range !== this.range) return;
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.isLoading = false;
    this.dialog.draw();
    if (this.found) this.goTo(this.range.from);
  }

  /** One incident is looked at from its first event to its last. */
  private focusOn({ events }: PastEvents): void {
    const first = events[0];
    const last = events[events.length - 1];
    if (this.range.incident === "" || !first || !last) return;
    this.range.from = Date.parse(first.time);
    this.range.to = Date.parse(last.time) + SECOND_MS;
  }

  private count(): number {
    return this.found ? countAt(this.found.events, this.at) : 0;
  }

  private goTo(ms: number): void {
    if (!this.found) return;
    this.at = Math.min(this.range.to, Math.max(this.range.from, ms));
    this.wanted = seqAt(this.found, this.count());
    const kept = this.kept.get(this.wanted);
    if (kept) this.show(kept);
    else void this.ask();
    this.dialog.draw();
  }

  /** One question at a time; when it is answered, what is wanted by then. */
  private async ask(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    const { range } = this;
    try {
      while (this.dialog.isOpen && this.past?.seq !== this.wanted && range === this.range) {
        const past = await get<Past>(pastPath(this.wanted, range.incident));
        if (range !== this.range) break;
        if (this.kept.size >= KEPT_MAX) this.kept.clear();
        this.kept.set(past.seq, past);
        this.show(past);
      }
    } catch (error) {
      this.word = { kind: "bad", text: readProblemText(error) };
      this.pause();
    } finally {
      this.isAsking = false;
      this.dialog.draw();
    }
  }

  private show(past: Past): void {
    this.past = past;
    this.map?.show(past);
    this.dialog.draw();
  }

  private step(by: 1 | -1): void {
    const events = this.found?.events ?? [];
    const to = this.count() + by;
    if (to <= 0) return this.goTo(this.range.from);
    const event = events[to - 1];
    if (!event) return;
    // Several may have one time: the last of them is gone to, or the one before the first.
    this.goTo(Date.parse(event.time));
    if (by < 0 && this.count() > to) this.goTo(Date.parse(event.time) - 1);
  }

  /* ---- playing ---- */

  private get plays(): boolean {
    return this.timer !== 0;
  }

  private play(): void {
    if (this.plays || !this.found) return;
    if (this.at >= this.range.to) this.goTo(this.range.from);
    this.tickedAt = performance.now();
    this.timer = window.setInterval(() => this.tick(), TICK_MS);
    this.dialog.draw();
  }

  private pause(): void {
    clearInterval(this.timer);
    this.timer = 0;
  }

  private tick(): void {
    const now = performance.now();
    this.goTo(this.at + (now - this.tickedAt) * this.speed);
    this.tickedAt = now;
    if (this.at >= this.range.to) this.pause();
    this.dialog.draw();
  }

  private flip(): void {
    if (this.plays) this.pause();
    else this.play();
    this.dialog.draw();
  }

  private key(event: KeyboardEvent): void {
    if (!(event.target instanceof HTMLInputElement) || event.target.type !== "range") return;
    const acts: Record<string, () => void> = {
      " ": () => this.flip(),
      ",": () => this.step(-1),
      ".": () => this.step(1),
      PageDown: () => this.goTo(this.at - MINUTE_S * SECOND_MS),
      PageUp: () => this.goTo(this.at + MINUTE_S * SECOND_MS),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /* ---- how it looks ---- */

  private view(): TemplateResult {
    return html`<p class="lead">${p("lead")}</p>
      ${this.rangeView()} ${wordView(this.word)}
      ${this.isLoading ? html`<p class="hint">${t("dialog.wait")}</p>` : nothing}
      ${this.found ? this.foundView(this.found) : nothing}`;
  }

  private rangeView(): TemplateResult {
    const time = (name: "from" | "to"): TemplateResult =>
      html`<div class="field">
        <label for="past-${name}">${p(name)}</label>
        <input
          id="past-${name}"
          name=${name}
          type="datetime-local"
          required
          value=${localText(this.range[name])}
        />
      </div>`;
    return html`<form class="form range" novalidate @submit=${onSubmit((f) => this.choose(f))}>
      ${time("from")} ${time("to")}
      <div class="field">
        <label for="past-incident">${p("incident")}</label>
        <input id="past-incident" name="incident" maxlength="12" autocomplete="off" />
      </div>
      <button type="submit">${p("show")}</button>
    </form>`;
  }

  private choose(form: HTMLFormElement): Promise<void> | void {
    const { from = "", to = "", incident = "" } = valuesOf(form);
    const start = Date.parse(from);
    const end = Math.min(Date.parse(to) + MINUTE_S * SECOND_MS, this.now());
    const id = incident.trim().toUpperCase();
    if (!(start < end) && id === "") {
      this.word = { kind: "bad", text: p("order") };
      this.dialog.draw();
      return;
    }
    this.range = { from: id ? 0 : start, to: id ? this.now() : end, incident: id };
    return this.load();
  }

  private foundView(found: PastEvents): TemplateResult {
    if (found.events.length === 0) return html`<p class="empty">${p("none")}</p>`;
    return html`${found.more ? html`<p class="hint">${p("many")}</p>` : nothing}
      ${this.sliderView(found)} ${this.mapView()}
      ${this.past ? this.boardGuarded(this.past) : html`<p class="hint">${p("wait")}</p>`}
      ${this.outView(found)}`;
  }

  private momentText(found: PastEvents): string {
    const time = `${formatMoment(new Date(this.at), language())}:${two(this.at)}`;
    const n = this.count();
    return n === 0 ? p("start", { time }) : p("at", { time, n, all: found.events.length });
  }

  private sliderView(found: PastEvents): TemplateResult {
    const { from, to } = this.range;
    const event = found.events[this.count() - 1];
    const seconds = Math.round((this.at - from) / SECOND_MS);
    const slide = (e: Event): void =>
      this.goTo(from + Number((e.target as HTMLInputElement).value) * SECOND_MS);
    const pick = (e: Event): void => {
      this.speed = Number((e.target as HTMLSelectElement).value) as typeof this.speed;
    };
    return html`<div class="past-run">
        <button type="button" class="past-play" @click=${() => this.flip()}>
          ${p(this.plays ? "pause" : "play")}
        </button>
        <button type="button" class="past-back" @click=${() => this.step(-1)}>
          ${p("before")}
        </button>
        <button type="button" class="past-on" @click=${() => this.step(1)}>${p("next")}</button>
        <label for="past-speed">${p("speed")}</label>
        <select id="past-speed" @change=${pick}>
          ${speeds.map(
            (n) =>
              html`<option value=${n} ?selected=${n === this.speed}>${p("times", { n })}</option>`,
          )}
        </select>
      </div>
      <input
        id="past-slider"
        type="range"
        min="0"
        max=${Math.max(1, Math.ceil((to - from) / SECOND_MS))}
        step="1"
        .value=${String(seconds)}
        aria-label=${p("moment")}
        aria-valuetext=${this.momentText(found)}
        aria-describedby="past-keys"
        @input=${slide}
      />
      <p class="past-moment num">${this.momentText(found)}</p>
      <p class="past-event">${event ? eventText(event) : nothing}</p>
      <p class="hint" id="past-keys">${p("keys")}</p>`;
  }

  private mapView(): TemplateResult {
    return html`${
        this.hasMap
          ? nothing
          : html`<button type="button" class="past-map-open" @click=${() => void this.openMap()}>
              ${p("map")}
            </button>`
      }
      <div class="past-map" ?hidden=${!this.hasMap}></div>
      <p class="hint">${p("unknown")}</p>`;
  }

  private async openMap(): Promise<void> {
    this.hasMap = true;
    this.dialog.draw();
    try {
      const { PastMap } = await import("./pastmap");
      const box = this.dialog.element.querySelector<HTMLElement>(".past-map");
      if (!box || !this.dialog.isOpen) return;
      this.map = await PastMap.open(box, p("mapName"));
      if (this.past) this.map.show(this.past);
    } catch {
      this.hasMap = false;
      this.word = { kind: "bad", text: p("noMap") };
      this.dialog.draw();
    }
  }

  /** The tables anew when the board is another, and else once a second of the wall clock. */
  private boardGuarded(past: Past): unknown {
    const beat = Math.floor(this.at / (SECOND_MS * (this.plays ? this.speed : 1)));
    return guard([past, beat, language()], () => this.boardView(past));
  }

  private boardView(past: Past): TemplateResult {
    const at = Date.parse(past.time ?? "") > this.at ? Date.parse(past.time ?? "") : this.at;
    const typeName = (type: string): string => typeLabel(this.store, type);
    const open = [...past.incidents].sort(
      (a, b) => (a.priority ?? 9) - (b.priority ?? 9) || a.opened.localeCompare(b.opened),
    );
    const one = past.incident ?? null;
    return html`<div class="past-board" data-seq=${past.seq}>
      <section aria-labelledby="past-open">
        <h3 id="past-open">${p("open")}: <span class="num">${open.length}</span></h3>
        ${
          open.length === 0
            ? html`<p class="empty">${p("noOpen")}</p>`
            : this.incidentsView(open, past, at)
        }
      </section>
      <section aria-labelledby="past-crews">
        <h3 id="past-crews">${p("crews")}</h3>
        ${crewsView(past.units, at)}
      </section>
      ${
        one
          ? html`<section class="past-timeline" aria-labelledby="past-timeline">
              <h3 id="past-timeline">${p("timeline", { id: one.id })}</h3>
              ${timelineView(one.timeline ?? [], typeName)}
            </section>`
          : nothing
      }
    </div>`;
  }

  private incidentsView(open: Incident[], past: Past, at: number): TemplateResult {
    const erased = new Set(past.erased);
    return html`<div class="scroll" role="group" tabindex="0" aria-labelledby="past-open">
      <table class="times-table past-incidents">
        <thead>
          <tr>
            <th scope="col">${t("col.priority")}</th>
            <th scope="col">${t("col.incident")}</th>
            <th scope="col">${p("type")}</th>
            <th scope="col">${p("place")}</th>
            <th scope="col">${t("col.state")}</th>
            <th scope="col">${t("col.crew")}</th>
            <th scope="col" class="num">${p("age")}</th>
          </tr>
        </thead>
        <tbody>
          ${open.map(
            (i) =>
              html`<tr data-id=${i.id}>
                <td>${priorityMark(i.priority)}</td>
                <th scope="row"><bdi>${i.id}</bdi></th>
                <td>${typeLabel(this.store, i.type)}</td>
                <td>
                  ${erased.has(i.id) ? html`<em>${p("erased")}</em>` : html`<bdi>${i.place}</bdi>`}
                </td>
                <td>${tw("state", i.state)}</td>
                <td><bdi>${i.units.map((slot) => slot.unit).join(", ")}</bdi></td>
                <td class="num">${spellSince(i.opened, at)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>`;
  }

  private outView({ events }: PastEvents): TemplateResult {
    const stem = this.range.incident || localText(this.range.from).replace(":", "");
    const csv = (): void => {
      const blob = new Blob([csvOfEvents(events)], { type: "text/csv;charset=utf-8" });
      saveFile({ blob, name: `events-${stem}.csv` });
    };
    const json = (): void => {
      const text = JSON.stringify(this.past, null, 1);
      const blob = new Blob([text], { type: "application/json" });
      saveFile({ blob, name: `board-${this.past?.seq ?? 0}.json` });
    };
    return html`<div class="past-out">
      <button type="button" class="past-csv" @click=${csv}>${p("saveCsv")}</button>
      <button type="button" class="past-json" ?disabled=${!this.past} @click=${json}>
        ${p("saveJson")}
      </button>
      <button type="button" @click=${() => print()}>${p("print")}</button>
    </div>`;
  }
}

const two = (ms: number): string => String(new Date(ms).getSeconds()).padStart(2, "0");

function spellSince(time: string, at: number): string {
  return spellDuration((at - Date.parse(time)) / SECOND_MS);
}

function eventText(e: PastEvent): TemplateResult {
  const what = e.status ? tw("status", e.status) : e.alarm ? tw("alarm", e.alarm) : "";
  return html`<time datetime=${e.time}>${formatClock(new Date(e.time), language())}</time>
    ${tw("event", e.kind)} <bdi>${[e.unit, e.incident, e.into].filter(Boolean).join(" → ")}</bdi>
    ${what} <span class="who"><bdi>${tw("actor", e.actor)}</bdi></span>`;
}

function crewsView(units: Unit[], at: number): TemplateResult {
  return html`<div class="scroll" role="group" tabindex="0" aria-labelledby="past-crews">
    <table class="times-table past-crews">
      <thead>
        <tr>
          <th scope="col">${t("col.crew")}</th>
          <th scope="col">${t("col.state")}</th>
          <th scope="col" class="num">${p("sinceThen")}</th>
          <th scope="col">${t("col.incident")}</th>
        </tr>
      </thead>
      <tbody>
        ${units.map(
          (u) =>
            html`<tr data-id=${u.id} data-status=${u.status}>
              <th scope="row"><bdi>${u.id}</bdi></th>
              <td>${statusChip(u.status)}</td>
              <td class="num">${spellSince(u.since, at)}</td>
              <td><bdi>${u.incident ?? ""}</bdi></td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

/** Opens the page unless it is open; `now` is the server's time. */
export async function openPast(store: Store, now: () => number): Promise<void> {
  await pastWords.load();
  if (!document.querySelector("dialog.past")) new PastDialog(store, now);
}
