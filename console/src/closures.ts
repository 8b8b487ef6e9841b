// The list of closed and slowed roads, below the queue: what the map hatches, in words, with the
// keys to look at one, change it, reopen it, or close it again.
import { type TemplateResult, html, nothing, render } from "lit";
import { compassOf } from "./closuredata";
import { roadsText, streetsOf } from "./closureroads";
import { el, setText } from "./dom";
import { may } from "./may";
import { formatLatLon } from "./places";
import type { Store } from "./store";
import { language, t, tn } from "./strings";
import { formatClock, formatDistance, formatMoment, localeOf } from "./time";
import type { Closure } from "./types";

const LATELY = 5;
const DAY_MS = 86_400_000;

export interface ClosureActions {
  zoom: (closure: Closure) => void;
  change: (closure: Closure) => void;
  lift: (closure: Closure) => void;
  restore: (closure: Closure) => void;
  now: () => number;
}

/** What it is called: its id and why, or its streets, or what was drawn. */
export function closureName(closure: Closure): string {
  const first = streetsOf(closure.roads).slice(0, 2).join(", ");
  const name = closure.reason ?? (first === "" ? t(`closure.shape.${closure.shape}`) : first);
  return `${closure.id} · ${name}`;
}

/** Closed or how much slower, and which way. */
function paceText(closure: Closure): string {
  const number = new Intl.NumberFormat(localeOf(language()), { maximumFractionDigits: 1 });
  const slower = t("closure.slower", { n: number.format(closure.time_percent / 100) });
  const pace = closure.time_percent > 0 ? slower : t("closure.closed");
  if (closure.heading_deg === null) return pace;
  const wind = t(`wind.${compassOf(closure.heading_deg)}`);
  return `${pace}, ${t("closure.oneWay", { wind })}`;
}

function timesText(closure: Closure, now: number): string {
  const clock = (time: string): string => {
    const far = Math.abs(Date.parse(time) - now) > DAY_MS;
    return (far ? formatMoment : formatClock)(new Date(time), language());
  };
  const by = closure.made_by ? t("closure.by", { who: closure.made_by }) : "";
  const until = closure.until ? t("closure.untilTime", { time: clock(closure.until) }) : "";
  return [`${clock(closure.made)} ${by}`.trim(), until].filter((s) => s !== "").join(" · ");
}

function whereText(closure: Closure): string {
  if (closure.roads) return roadsText(closure.roads);
  if (closure.shape !== "circle") return t("place.at", formatLatLon(closure));
  const radius = formatDistance(closure.radius_m, language());
  return t("closure.drawn.circle", { radius, place: t("place.at", formatLatLon(closure)) });
}

export class ClosureList {
  private readonly title = el("summary");
  private readonly list = el("div");
  readonly element = el("details", { class: "closures", hidden: true }, this.title, this.list);

  constructor(
    private readonly store: Store,
    private readonly actions: ClosureActions,
  ) {}

  show(): void {
    const all = [...this.store.closures.values()];
    const now = all.filter((c) => !c.lifted).reverse();
    const lately = all
      .filter((c) => c.lifted)
      .sort((a, b) => b.seq - a.seq)
      .slice(0, LATELY);
    this.element.hidden = now.length + lately.length === 0;
    setText(this.title, tn("map.closures", now.length));
    render(
      html`<ul>
          ${now.map((c) => this.row(c))}
        </ul>
        ${
          lately.length > 0
            ? html`<h3>${t("closure.lately")}</h3>
                <ul>
                  ${lately.map((c) => this.row(c))}
                </ul>`
            : nothing
        }`,
      this.list,
    );
  }

  private row(c: Closure): TemplateResult {
    const { actions } = this;
    const kind = c.time_percent > 0 ? "slowed" : "closed";
    const button = (words: string, run: () => void, sign: string): TemplateResult =>
      html`<button type="button" class="quiet" aria-label=${words} title=${words} @click=${run}>
        ${sign}
      </button>`;
    const acts = c.lifted
      ? button(t("closure.restore", { id: c.id }), () => actions.restore(c), t("act.undo"))
      : html`${button(t("closure.change", { id: c.id }), () => actions.change(c), "✎")}
        ${button(t("closure.lift", { id: c.id }), () => actions.lift(c), "×")}`;
    return html`<li data-closure=${c.id}>
      <span class="sign sign-${c.lifted ? "lifted" : kind}" aria-hidden="true"></span>
      <div>
        <button
          type="button"
          class="link"
          title=${t("closure.zoom", { id: c.id })}
          @click=${() => actions.zoom(c)}
        >
          <bdi>${closureName(c)}</bdi>
        </button>
        <div class="sub">${paceText(c)} · ${whereText(c)}</div>
        <div class="sub num">${timesText(c, actions.now())}</div>
      </div>
      ${may("closure") ? html`<span class="row-acts">${acts}</span>` : nothing}
    </li>`;
  }
}
