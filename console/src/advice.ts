// The recommendation: ranked crews with reasons, sent with one key, a divert only when asked for.
// The list stays as it came until it is asked for again: numbers must not change under the fingers.
import { type TemplateResult, html, nothing } from "lit";
import { Problem, api } from "./api";
import { may } from "./may";
import { abilities } from "./names";
import { isUnsent } from "./outbox";
import { formatPercent } from "./percent";
import { readProblemText } from "./problems";
import { reasonsOf } from "./reasons";
import { shareKeys } from "./share";
import type { Store } from "./store";
import { t, tn, tw } from "./strings";
import { spellDuration } from "./time";
import type { AdvisedNeed, Incident, Ranked } from "./types";

export const MAX_KEYS = 8;

type Sending =
  { state: "sent" | "recorded" | "unsent" | "asked" } | { state: "failed"; detail: string };

/** A crew that is somewhere else: it is taken from there only after a yes. */
export interface Divert {
  unit: string;
  from: string | null;
  detail: string;
}

export interface AdviceHost {
  store: Store;
  /** Draw again. */
  changed: () => void;
  failed: (error: unknown) => void;
  /** A crew's dispatch was recorded. */
  sent: (incident: string, unit: string) => void;
}

export class AdviceView {
  private incident: string | null = null;
  private needs: AdvisedNeed[] | null = null;
  private level = 1;
  private asking = false;
  private problem = "";
  private readonly sending = new Map<string, Sending>();
  /** What is typed for an agency that has to be asked. */
  private readonly words = new Map<string, string>();
  divert: Divert | null = null;

  constructor(private readonly host: AdviceHost) {}

  clear(): void {
    this.incident = null;
    this.needs = null;
    this.level = 1;
    this.problem = "";
    this.asking = false;
    this.divert = null;
    this.sending.clear();
    this.words.clear();
  }

  get isShown(): boolean {
    return this.incident !== null;
  }

  async ask(incident: string): Promise<void> {
    this.clear();
    this.incident = incident;
    this.asking = true;
    this.host.changed();
    try {
      const advice = await api.recommendation(incident);
      if (this.incident !== incident) return;
      this.needs = shareKeys(advice.needs, MAX_KEYS);
      this.level = advice.level ?? 1;
    } catch (error) {
      if (this.incident !== incident) return;
      this.problem = readProblemText(error);
    }
    this.asking = false;
    this.host.changed();
  }

  /** The crews in the order of their keys. */
  private get ranked(): Ranked[] {
    return (this.needs ?? []).flatMap((n) => n.units);
  }

  /** The crew behind key 1..8. */
  sendNumber(n: number): void {
    const ranked = this.ranked[n - 1];
    if (ranked) this.choose(ranked);
  }

  /** Sends a free crew at once, or asks its agency for it; a busy one is shown with what it costs
   * first. */
  private choose(ranked: Ranked): void {
    const now = this.sending.get(ranked.unit)?.state;
    if (now && now !== "failed") return;
    if (ranked.aid?.how === "on-request") return void this.askFor(ranked, ranked.aid.agency);
    const unit = this.host.store.units.get(ranked.unit);
    const from = unit?.incident ?? ranked.from_incident ?? null;
    if (ranked.divert || (from && from !== this.incident)) {
      this.divert = { unit: ranked.unit, from, detail: "" };
      this.host.changed();
    } else void this.send(ranked.unit, false);
  }

  confirmDivert(): void {
    const divert = this.divert;
    this.divert = null;
    if (divert) void this.send(divert.unit, true);
  }

  cancelDivert(): void {
    this.divert = null;
    this.host.changed();
  }

  private async send(unit: string, divert: boolean): Promise<void> {
    const incident = this.incident;
    if (!incident) return;
    this.mark(unit, { state: "sent" });
    try {
      const answer = await api.assign(incident, unit, divert);
      this.host.store.putIncident(answer.incident);
      this.mark(unit, { state: "recorded" });
      if (!divert) this.host.sent(incident, unit);
    } catch (error) {
      const detail = error instanceof Problem ? error.detail : String(error);
      this.mark(unit, isUnsent(error) ? { state: "unsent" } : { state: "failed", detail });
      const busy = error instanceof Problem && error.status === 409 && !divert;
      const from = this.host.store.units.get(unit)?.incident ?? null;
      if (busy && from && from !== incident) this.divert = { unit, from, detail };
      else this.host.failed(error);
      this.host.changed();
    }
  }

  /** As many as are missing and that agency could lend for the need: it is asked once. */
  private async askFor(ranked: Ranked, agency: string): Promise<void> {
    const incident = this.incident;
    const need = (this.needs ?? []).find((n) => n.units.includes(ranked));
    if (!incident || !need || !may("aid")) return;
    const theirs = need.units.filter((u) => isAsked(u, agency));
    const text = (this.words.get(agency) ?? "").trim();
    for (const { unit } of theirs) this.mark(unit, { state: "sent" });
    try {
      const { incident: now } = await api.askAid(incident, {
        agency,
        capabilities: need.capabilities,
        crews: Math.max(1, Math.min(need.missing, theirs.length)),
        ...(text ? { text } : {}),
      });
      this.host.store.putIncident(now);
      for (const { unit } of theirs) this.mark(unit, { state: "asked" });
    } catch (error) {
      for (const { unit } of theirs) this.sending.delete(unit);
      this.host.failed(error);
      this.host.changed();
    }
  }

  private mark(unit: string, sending: Sending): void {
    this.sending.set(unit, sending);
    this.host.changed();
  }

  view(incident: Incident): TemplateResult {
    return html`<section class="advice" aria-labelledby="advice-title">
      <h3 id="advice-title">
        ${t("advice.title")}
        ${
          this.level > 1
            ? html`<span class="sub">${t("level.n", { n: this.level })}</span>`
            : nothing
        }
      </h3>
      ${this.asking ? html`<p class="hint" role="status">${t("advice.wait")}</p>` : nothing}
      ${this.problem ? html`<p class="problem" role="alert">${this.problem}</p>` : nothing}
      ${this.needsView()} ${this.divert ? this.divertView(incident, this.divert) : nothing}
    </section>`;
  }

  private needsView(): TemplateResult[] {
    let number = 0;
    return (this.needs ?? []).map((need) => {
      const first = number;
      number += need.units.length;
      const nobody = need.units.length === 0 && need.missing > 0;
      return html`<div class="need">
        <h4>
          ${t("advice.need", { n: need.count, what: abilities(need.capabilities, " + ") })}
          <span class="sub"
            >${need.missing > 0 ? t("advice.missing", { n: need.missing }) : t("advice.met")}</span
          >
        </h4>
        ${coveredView(need)} ${nobody ? html`<p class="hint">${t("advice.nobody")}</p>` : nothing}
        <ol>
          ${need.units.map((u, i) => this.rankedView(u, need, first + i + 1))}
        </ol>
      </div>`;
    });
  }

  private rankedView(r: Ranked, need: AdvisedNeed, number: number): TemplateResult {
    const asks = r.aid?.how === "on-request";
    const stands = asks && this.stands(r, need);
    const sending: Sending | undefined = stands ? { state: "asked" } : this.sending.get(r.unit);
    const done = sending !== undefined && sending.state !== "failed";
    const act = t(r.divert ? "act.divert" : asks ? "act.ask" : "act.send");
    return html`<li class=${r.divert ? "divert" : ""} data-aid=${r.aid?.how ?? nothing}>
      <kbd>${number}</kbd>
      <div class="ranked">
        <div class="top">
          <bdi class="unit">${r.unit}</bdi>
          <strong class="num">${t("advice.arrive", { time: spellDuration(r.arrive_s) })}</strong>
          ${r.divert ? html`<span class="tag warn">${t("advice.divert")}</span>` : nothing}
          ${
            r.aid
              ? html`<span class="tag"
                  >⇄ ${t("aid.of", { name: r.aid.label })} · ${t(`aid.how.${r.aid.how}`)}</span
                >`
              : nothing
          }
        </div>
        <div class="why">${reasonsOf(r).join(" · ")}</div>
        ${costView(r, need)} ${asks && !done && r.aid ? this.wordsView(r.aid) : nothing}
      </div>
      ${
        done
          ? html`<span class="sending ${sending.state}" role="status"
              >${tw("send", sending.state)}</span
            >`
          : may("send")
            ? html`<button
                type="button"
                aria-label="${act} ${r.unit}"
                @click=${() => this.choose(r)}
              >
                ${act}
              </button>`
            : nothing
      }
    </li>`;
  }

  /** A request of this need's capabilities to its agency stands: by the incident as it is now. */
  private stands(r: Ranked, need: AdvisedNeed): boolean {
    const incident = this.host.store.incidents.get(this.incident ?? "");
    const wanted = [...need.capabilities].sort().join(" ");
    return (incident?.aid ?? []).some(
      (a) =>
        a.state === "requested" &&
        a.agency === r.aid?.agency &&
        [...a.capabilities].sort().join(" ") === wanted,
    );
  }

  private wordsView({ agency, label }: NonNullable<Ranked["aid"]>): TemplateResult {
    if (!may("aid")) return html``;
    const name = t("aid.words", { name: label });
    return html`<input
      type="text"
      maxlength="1000"
      aria-label=${name}
      placeholder=${name}
      .value=${this.words.get(agency) ?? ""}
      @input=${(e: Event) => this.words.set(agency, (e.target as HTMLInputElement).value)}
    />`;
  }

  private divertView(incident: Incident, divert: Divert): TemplateResult {
    const from = divert.from ? this.host.store.incidents.get(divert.from) : undefined;
    const left = tn("divert.left", Math.max(0, (from?.units.length ?? 1) - 1));
    const place = from?.place ? ` (${from.place})` : "";
    return html`<div
      class="divert-ask"
      role="alertdialog"
      aria-labelledby="dv-t"
      aria-describedby="dv-d"
    >
      <h4 id="dv-t">${t("divert.title", { unit: divert.unit })}</h4>
      <p id="dv-d">
        ${t("divert.text", {
          unit: divert.unit,
          from: `${divert.from ?? "?"}${place}`,
          id: divert.from ?? "?",
          to: incident.id,
          left,
        })}
        ${divert.detail}
      </p>
      <p class="hint">${t("divert.confirm")}</p>
      <div class="acts">
        <button type="button" class="danger" data-first @click=${() => this.confirmDivert()}>
          ${t("act.divert")} <kbd>Enter</kbd>
        </button>
        <button type="button" @click=${() => this.cancelDivert()}>
          ${t("act.cancel")} <kbd>Esc</kbd>
        </button>
      </div>
    </div>`;
  }
}

const isAsked = (r: Ranked, agency: string): boolean =>
  r.aid?.agency === agency && r.aid.how === "on-request";

/** How much of the demand crews for this need cover now, in words. */
function coveredView(need: AdvisedNeed): TemplateResult | typeof nothing {
  if (!need.coverage) return nothing;
  const { minutes, share } = need.coverage;
  const words = t("advice.covered", { share: formatPercent(share), n: minutes });
  return html`<p class="hint">${words}</p>`;
}

/** What it costs in coverage if this crew goes, in numbers. */
function costView(r: Ranked, need: AdvisedNeed): TemplateResult | typeof nothing {
  if (!need.coverage || typeof r.coverage !== "number") return nothing;
  const from = formatPercent(need.coverage.share);
  const to = formatPercent(r.coverage);
  return from === to
    ? html`<div class="why">${t("advice.costsNothing", { from })}</div>`
    : html`<div class="why cost">${t("advice.costs", { from, to })}</div>`;
}
