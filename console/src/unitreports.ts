// What the doors made of the positions of a crew: why it is where it is shown, or why it is stale.
import { type TemplateResult, html, nothing } from "lit";
import { get } from "./api";
import { readProblemText } from "./problems";
import { language, t, tn, tw } from "./strings";
import { formatMoment, spellDuration } from "./time";

export interface Reports {
  unit: string;
  state: string;
  heard?: string | null;
  taken?: string | null;
  delay_s?: number;
  last_dropped?: string | null;
  last_reason?: string;
  accepted: number;
  dropped: Record<string, number>;
}

const moment = (time: string): string => formatMoment(new Date(time), language());

/** The sentences of it, the one that answers "why is it stale" first. */
export function reportLines(r: Reports): string[] {
  const lines = [tw("reportState", r.state)];
  if (r.heard) lines.push(t("reports.heard", { time: moment(r.heard) }));
  if (r.taken) lines.push(t("reports.taken", { time: moment(r.taken) }));
  if (typeof r.delay_s === "number" && r.delay_s > 0) {
    lines.push(t("reports.delay", { time: spellDuration(r.delay_s) }));
  }
  if (r.last_dropped && r.last_reason) {
    const reason = tw("reportWhy", r.last_reason);
    lines.push(t("reports.dropped", { time: moment(r.last_dropped), reason }));
  }
  return lines;
}

/** Drops by reason, the commonest first. */
export function reportDrops(r: Reports): [reason: string, n: number][] {
  return Object.entries(r.dropped)
    .filter(([, n]) => n > 0)
    .sort(([, a], [, b]) => b - a);
}

/** Of the crew in the panel; asked for when it is opened, and again each time. */
export class UnitReports {
  private unit = "";
  private isOpen = false;
  private reports: Reports | null = null;
  private problem = "";
  private asked = 0;

  constructor(private readonly changed: () => void) {}

  private async load(): Promise<void> {
    const mine = ++this.asked;
    this.problem = "";
    try {
      const path = `/units/${encodeURIComponent(this.unit)}/reports`;
      const { reports } = await get<{ reports: Reports }>(path);
      if (mine !== this.asked) return;
      this.reports = reports;
    } catch (error) {
      if (mine !== this.asked) return;
      this.problem = readProblemText(error);
    }
    this.changed();
  }

  private toggle(): void {
    this.isOpen = !this.isOpen;
    if (this.isOpen) void this.load();
    this.changed();
  }

  view(unit: string): TemplateResult {
    if (unit !== this.unit) {
      this.unit = unit;
      this.isOpen = false;
      this.reports = null;
      this.problem = "";
      this.asked++;
    }
    return html`<section class="reports">
      <button
        type="button"
        aria-expanded=${String(this.isOpen)}
        aria-controls="unit-reports"
        @click=${() => this.toggle()}
      >
        ${t("reports.title")}
      </button>
      <div id="unit-reports" role="status">${this.isOpen ? this.body() : nothing}</div>
    </section>`;
  }

  private body(): TemplateResult {
    if (this.problem) return html`<p class="problem">${this.problem}</p>`;
    const r = this.reports;
    if (!r) return html`<p class="hint">${t("reports.loading")}</p>`;
    const drops = reportDrops(r);
    return html`${reportLines(r).map((line) => html`<p>${line}</p>`)}
      <p>${tn("reports.accepted", r.accepted)}</p>
      ${
        drops.length > 0
          ? html`<h4>${t("reports.drops")}</h4>
              <ul>
                ${drops.map(
                  ([reason, n]) =>
                    html`<li><span class="num">${n}</span> ${tw("reportWhy", reason)}</li>`,
                )}
              </ul>`
          : nothing
      }`;
  }
}
