// The page of response times, for who leads the room: phases against limits, what is overdue, load.
import { type TemplateResult, html, nothing } from "lit";
import { get } from "./api";
import { Dialog, type Word, copyView, saveFile, wordView } from "./dialog";
import { type Choice, onSubmit, selectField, valuesOf } from "./fields";
import { who } from "./may";
import { typeLabel } from "./names";
import { readProblemText } from "./problems";
import type { Store } from "./store";
import { t, tw } from "./strings";
import { dayOf } from "./time";
import {
  type CrewHours,
  type Grouping,
  HOURS_DAYS_MAX,
  type Phase,
  type Statistics,
  type Wanted,
  csvOf,
  groupings,
  phases,
  statisticsPath,
} from "./timesdata";
import {
  crewsView,
  groupsView,
  limitsView,
  loadView,
  number,
  overdueView,
  phasesView,
} from "./timesviews";

const DAY_MS = 86_400_000;
const DAYS_AT_FIRST = 7;
const LIMIT_MAX_S = 86_400;
const CSV_ROWS = 3;

class TimesDialog {
  private readonly dialog: Dialog;
  private wanted: Wanted;
  private by: Grouping = "hour";
  private phase: Phase = "response";
  private statistics: Statistics | null = null;
  private hours: CrewHours[] | null = null;
  private isLoading = true;
  private word: Word | null = null;
  /** The newest question: an older answer that comes late is not shown. */
  private asked = 0;

  constructor(
    private readonly store: Store,
    now: number,
  ) {
    const from = dayOf(now - (DAYS_AT_FIRST - 1) * DAY_MS);
    this.wanted = { from, to: dayOf(now), response: "", agency: "" };
    this.dialog = new Dialog({
      kind: "times",
      title: () => t("menu.times"),
      view: () => this.view(),
    });
    this.dialog.show();
    void this.load();
  }

  private async load(): Promise<void> {
    const asked = ++this.asked;
    this.isLoading = true;
    this.word = null;
    this.dialog.draw();
    try {
      const statistics = await get<Statistics>(statisticsPath(this.wanted));
      if (asked !== this.asked) return;
      this.statistics = statistics;
      void this.loadHours(asked);
    } catch (error) {
      if (asked !== this.asked) return;
      this.statistics = null;
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.isLoading = false;
    this.dialog.draw();
  }

  /** They are folded out of the record, and may come a little later. */
  private async loadHours(asked: number): Promise<void> {
    const { from, to } = this.wanted;
    this.hours = null;
    if ((Date.parse(to) - Date.parse(from)) / DAY_MS >= HOURS_DAYS_MAX) return;
    const query = new URLSearchParams({ from, to });
    try {
      const path = `/statistics/crews?${query.toString()}`;
      const { crews } = await get<{ crews: CrewHours[] }>(path);
      if (asked === this.asked) this.hours = crews;
    } catch (error) {
      if (asked === this.asked) this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.dialog.draw();
  }

  private view(): TemplateResult {
    return html`
      <p class="lead">${t("times.lead")}</p>
      ${this.rangeView()} ${wordView(this.word)}
      ${
        this.isLoading
          ? html`<p class="hint">${t("dialog.wait")}</p>`
          : this.statistics
            ? this.statisticsView(this.statistics)
            : nothing
      }
    `;
  }

  private rangeView(): TemplateResult {
    const date = (name: "from" | "to"): TemplateResult =>
      html`<div class="field">
        <label for="times-${name}">${t(`audit.${name}`)}</label>
        <input id="times-${name}" name=${name} type="date" required value=${this.wanted[name]} />
      </div>`;
    return html`<form class="form range" novalidate @submit=${onSubmit((f) => this.range(f))}>
      ${date("from")} ${date("to")}
      <div class="field">
        <label for="times-response">${t("times.own")}</label>
        <input
          id="times-response"
          name="response"
          inputmode="numeric"
          maxlength="5"
          autocomplete="off"
        />
      </div>
      ${this.agencyView()}
      <button type="submit">${t("audit.show")}</button>
    </form>`;
  }

  /** Of one agency alone: for who belongs to the whole service. */
  private agencyView(): TemplateResult | typeof nothing {
    const { agencies } = this.store;
    if (agencies.length === 0 || who()?.agency) return nothing;
    const rows = agencies.map((a): Choice => [a.agency, a.label]);
    const all: Choice = ["", t("crews.all")];
    return selectField("times", "agency", t("account.agency"), [all, ...rows], this.wanted.agency);
  }

  private range(form: HTMLFormElement): Promise<void> | void {
    const { from = "", to = "", response = "", agency = "" } = valuesOf(form);
    const own = response.trim();
    if (from === "" || to === "" || from > to) return this.complain(t("audit.order"));
    if (own !== "" && !(/^\d+$/.test(own) && Number(own) >= 1 && Number(own) <= LIMIT_MAX_S)) {
      return this.complain(t("times.ownBad"));
    }
    this.wanted = { from, to, response: own, agency };
    return this.load();
  }

  private complain(text: string): void {
    this.word = { kind: "bad", text };
    this.dialog.draw();
  }

  private statisticsView(s: Statistics): TemplateResult {
    const count = s.all[0]?.incidents ?? 0;
    return html`<p class="times-summary" role="status">
        ${t("times.summary", { n: number(count), zone: s.zone })}
      </p>
      ${
        count === 0
          ? html`<p class="empty">${t("times.none")}</p>`
          : html`${phasesView(s)} ${this.groupsView(s)}`
      }
      ${overdueView(s)} ${loadView(s)} ${crewsView(s, this.hours)} ${limitsView(s)}
      ${this.outView(s)}`;
  }

  private groupsView(s: Statistics): TemplateResult {
    const typeName = (type: string): string => typeLabel(this.store, type);
    return html`<h3 id="times-groups">${t("times.by")}</h3>
      <div class="form range">
        ${this.choice("by", t("times.by"), groupings, (name) => tw("times.by", name))}
        ${this.choice("phase", t("times.phase"), phases, (name) => tw("phase", name))}
      </div>
      ${groupsView(s, this.by, this.phase, typeName)}`;
  }

  private choice(
    name: "by" | "phase",
    label: string,
    values: readonly string[],
    word: (value: string) => string,
  ): TemplateResult {
    const change = (event: Event): void => {
      const value = (event.target as HTMLSelectElement).value;
      if (name === "by") this.by = value as Grouping;
      else this.phase = value as Phase;
      this.dialog.draw();
    };
    return html`<div class="field">
      <label for="times-${name}">${label}</label>
      <select id="times-${name}" @change=${change}>
        ${values.map(
          (value) =>
            html`<option value=${value} ?selected=${value === this[name]}>${word(value)}</option>`,
        )}
      </select>
    </div>`;
  }

  private outView(s: Statistics): TemplateResult {
    const csv = csvOf(s);
    const name = `response-times-${s.from}-${s.to}.csv`;
    const save = (): void =>
      saveFile({ blob: new Blob([csv], { type: "text/csv;charset=utf-8" }), name });
    return html`<div class="times-out">
      ${copyView("times-csv", t("times.csv"), csv, CSV_ROWS)}
      <button type="button" class="save" @click=${save}>${t("audit.download")}</button>
      <button type="button" @click=${() => print()}>${t("times.print")}</button>
    </div>`;
  }
}

/** Opens the dialog unless it is open; `now` is the server's time. */
export function openTimes(store: Store, now: number): void {
  if (!document.querySelector("dialog.times")) new TimesDialog(store, now);
}
