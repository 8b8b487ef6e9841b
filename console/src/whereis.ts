// What a caller's circle can mean: the streets and landmarks in it, how long crews take to it, and
// whether the best crew depends on where in it the caller is. Asked once for each circle.
import { type TemplateResult, html, nothing } from "lit";
import { api } from "./api";
import { language, t, tw } from "./strings";
import { formatDistance, spellDuration } from "./time";
import type { LatLon, LocationAnswer, LocationReport } from "./types";

/** A circle smaller than this says where it is by itself. */
export const CIRCLE_LEAST_M = 40;
const NAMES = 5;
const KEPT = 32;
const FRESH_MS = 30_000;
const ANSWERS = 3;

export interface Circle {
  /** Whose circle it is: all that its calls reported is taken together. */
  incident: string | null;
  pos: LatLon;
  radius_m: number;
  confidence_pct: number | null;
}

/** The circle of a call or an incident, if it is one worth asking about. */
export function circleOf(item: {
  id?: string;
  lat?: number | null;
  lon?: number | null;
  radius_m?: number | null;
  confidence_pct?: number | null;
}): Circle | null {
  const { id, lat, lon, radius_m, confidence_pct } = item;
  if (typeof lat !== "number" || typeof lon !== "number") return null;
  if (typeof radius_m !== "number" || radius_m < CIRCLE_LEAST_M) return null;
  const incident = id ?? null;
  return { incident, pos: { lat, lon }, radius_m, confidence_pct: confidence_pct ?? null };
}

const keyOf = (c: Circle): string =>
  `${c.incident},${c.pos.lat},${c.pos.lon},${c.radius_m},${c.confidence_pct ?? ""}`;

interface Known {
  report: LocationReport | null;
  askedAt: number;
}

export class WhereIs {
  /** Answers by circle; without a report while one is asked for, or when there is none. */
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly changed: () => void,
    private readonly ask: (circle: Circle) => Promise<LocationReport> = api.location,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Crews drive on: an answer is asked for anew after a while, and shown until then. */
  private of(circle: Circle): LocationReport | null {
    const key = keyOf(circle);
    const known = this.known.get(key);
    if (known && this.now() - known.askedAt < FRESH_MS) return known.report;
    const asked: Known = { report: known?.report ?? null, askedAt: this.now() };
    this.known.set(key, asked);
    if (this.known.size > KEPT) this.known.delete(this.known.keys().next().value ?? "");
    this.ask(circle)
      .then((report) => {
        asked.report = report;
        this.changed();
      })
      .catch(() => undefined); // without an answer the circle itself is still shown
    return asked.report;
  }

  view(circle: Circle | null): TemplateResult | typeof nothing {
    const answers = (circle && this.of(circle)?.answers) || [];
    if (answers.length === 0) return nothing;
    return html`${answers.slice(0, ANSWERS).map((answer) => answerView(answer, answers.length))}`;
  }
}

const percent = (share: number): string => {
  const n = share > 0 ? Math.max(1, Math.round(share * 100)) : 0;
  return t("circle.share", { n });
};

/** Streets with their house numbers, then landmarks, most likely first. */
export function namesIn(answer: LocationAnswer): { name: string; detail: string }[] {
  const streets = answer.streets.slice(0, NAMES).map((s) => {
    const houses =
      s.house_first && s.house_last && s.house_first !== s.house_last
        ? ` ${s.house_first}–${s.house_last}`
        : s.house_first
          ? ` ${s.house_first}`
          : "";
    return { name: s.name + houses, detail: percent(s.share) };
  });
  const marks = answer.landmarks.slice(0, NAMES).map((l) => ({
    name: l.name,
    detail: [tw("where", l.kind), formatDistance(l.distance_m, language())].join(" · "),
  }));
  return [...streets, ...marks];
}

/** How long the first crew takes over the circle, and who else may be first. */
export function timesIn(answer: LocationAnswer): string[] {
  const [first] = answer.crews ?? [];
  if (!first || first.mean_s === null) return [];
  const time = t("circle.time", {
    mean: spellDuration(first.mean_s),
    low: spellDuration(first.p10_s ?? first.mean_s),
    high: spellDuration(first.p90_s ?? first.mean_s),
  });
  const others = (answer.crews ?? []).filter((c) => (c.first_share ?? 0) > 0);
  const units = others.map((c) => `${c.unit} (${percent(c.first_share ?? 0)})`).join(", ");
  const best = answer.differs
    ? t("circle.differs", { units })
    : t("circle.same", { unit: first.unit });
  return [time, best];
}

/** What to ask the caller, with who goes then. */
export function questionIn(answer: LocationAnswer): string {
  const [a, b] = answer.ask?.answers ?? [];
  if (!answer.ask || !a || !b) return "";
  const units = { unitA: a.unit, unitB: b.unit };
  if (a.side && b.side) {
    const sides = { a: tw("side", a.side), b: tw("side", b.side) };
    return t("circle.askSide", { ...sides, ...units, name: answer.ask.name });
  }
  return t("circle.askNearer", { a: a.nearer ?? "", b: b.nearer ?? "", ...units });
}

function answerView(answer: LocationAnswer, of: number): TemplateResult {
  const names = namesIn(answer);
  const times = timesIn(answer);
  const question = questionIn(answer);
  const weight = Math.round((answer.weight ?? 1) * 100);
  const title = of > 1 ? t("circle.maybe", { n: weight }) : t("circle.title");
  return html`<section class="whereis" aria-label=${title}>
    <h3>${title}</h3>
    ${
      names.length === 0
        ? html`<p class="hint">${t("circle.none")}</p>`
        : html`<ul>
            ${names.map(
              (n) => html`<li><bdi>${n.name}</bdi> <span class="sub">${n.detail}</span></li>`,
            )}
          </ul>`
    }
    ${times.map((line, i) => html`<p class=${i === 1 && answer.differs ? "warn" : ""}>${line}</p>`)}
    ${question === "" ? nothing : html`<p class="warn">${question}</p>`}
  </section>`;
}
