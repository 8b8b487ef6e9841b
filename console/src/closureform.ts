// The form of a closure: which roads (drawn on the map), which way, how much, why and until when.
import { compassPoints } from "./closuredata";
import { roadsText } from "./closureroads";
import { el, setText } from "./dom";
import { shownKey } from "./keys";
import { formatLatLon } from "./places";
import { type ClosureDraft, NO_REASON, RADIUS_MAX_M, Sketch, sketchOf } from "./sketch";
import { type Key, language, t, tn } from "./strings";
import { formatDistance, localeOf, spellDuration } from "./time";
import { type ClosedRoads, type Closure, type Shape, shapes } from "./types";

/** Percent of the usual time. */
const PACES = [150, 200, 300, 500, 1000] as const;
const SPANS_MIN = [30, 60, 120, 240, 480] as const;
const MINUTE_MS = 60_000;

export interface ClosureFormOptions {
  now: () => number;
  /** The drawing or how it will look changed. */
  changed: () => void;
  /** Another shape: the drawing begins anew. */
  draw: () => void;
  save: () => void;
  cancel: () => void;
}

/** A moment as an input of this desk's local time takes it. */
function localTime(ms: number): string {
  const time = new Date(ms);
  return new Date(ms - time.getTimezoneOffset() * MINUTE_MS).toISOString().slice(0, 16);
}

export class ClosureForm {
  readonly element = el("form", { class: "form closure-form", novalidate: true });
  sketch: Sketch;
  private readonly shape = el("select", { id: "closure-shape" });
  private readonly drawn = el("p", { class: "hint", role: "status" });
  /** Which roads the drawing comes to. */
  private readonly roads = el("p", { class: "hint", role: "status" });
  private readonly draw = el("button", { type: "button", "data-draw": true });
  private readonly radius = el("input", {
    id: "closure-radius",
    type: "number",
    min: 1,
    max: RADIUS_MAX_M,
    inputmode: "numeric",
  });
  private readonly radiusRow = el("div", { class: "field" });
  private readonly direction = el("select", { id: "closure-direction" });
  private readonly pace = el("select", { id: "closure-pace" });
  private readonly reason = el("input", { id: "closure-reason", maxlength: 250 });
  private readonly until = el("select", { id: "closure-until" });
  private readonly untilAt = el("input", { id: "closure-until-at", type: "datetime-local" });
  private readonly untilRow = el("div", { class: "field" });
  private readonly error = el("p", { class: "problem", role: "alert" });

  constructor(
    private readonly options: ClosureFormOptions,
    /** The one that is changed; null makes a new one. */
    readonly closure: Closure | null,
  ) {
    this.sketch = closure ? sketchOf(closure) : new Sketch("road");
    this.build();
    if (closure) this.load(closure);
    this.listen();
    this.show();
  }

  private listen(): void {
    const { options } = this;
    this.shape.addEventListener("change", () => {
      this.sketch = new Sketch(this.shape.value as Shape);
      this.radius.value = "";
      this.drew();
    });
    this.draw.addEventListener("click", () => options.draw());
    this.radius.addEventListener("input", () => {
      this.sketch.radius_m = Math.min(RADIUS_MAX_M, Math.max(0, Math.round(+this.radius.value)));
      this.show();
      options.changed();
    });
    for (const select of [this.direction, this.pace, this.until]) {
      select.addEventListener("change", () => {
        this.show();
        options.changed();
      });
    }
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      options.save();
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.target instanceof HTMLSelectElement)) return;
      event.preventDefault();
      if (event.target === this.shape && this.sketch.lacks) options.draw();
      else this.element.requestSubmit();
    });
  }

  private row(key: Key, field: HTMLElement, row = el("div", { class: "field" })): HTMLElement {
    row.replaceChildren(el("label", { for: field.id }, t(key)), field);
    return row;
  }

  private build(): void {
    const save = el("button", { type: "submit", class: "primary" });
    save.append(t(this.closure ? "act.save" : "closure.save"), el("kbd", {}, "Enter"));
    const cancel = el("button", { type: "button" }, t("act.cancel"));
    cancel.append(el("kbd", {}, shownKey("back")));
    cancel.addEventListener("click", () => this.options.cancel());
    const what = this.row("closure.shape", this.shape);
    what.append(this.draw, this.drawn, this.roads);
    this.element.replaceChildren(
      what,
      this.row("closure.radius", this.radius, this.radiusRow),
      this.row("closure.direction", this.direction),
      this.row("closure.pace", this.pace),
      this.row("closure.reason", this.reason),
      this.row("closure.until", this.until),
      this.row("closure.untilAt", this.untilAt, this.untilRow),
      this.error,
      el("div", { class: "acts" }, save, cancel),
    );
    this.fill();
  }

  private fill(): void {
    const option = (value: string | number, words: string): HTMLElement =>
      el("option", { value }, words);
    this.shape.replaceChildren(...shapes.map((s) => option(s, t(`closure.shape.${s}`))));
    this.shape.value = this.sketch.shape;
    this.fillPaces();
    this.until.replaceChildren(
      option("", t("closure.until.lasting")),
      ...SPANS_MIN.map((m) => option(m, t("closure.for", { time: spellDuration(m * 60) }))),
      option("at", t("closure.until.at")),
    );
    this.fillDirections();
  }

  private fillPaces(): void {
    const had = this.closure?.time_percent ?? 0;
    const number = new Intl.NumberFormat(localeOf(language()), { maximumFractionDigits: 1 });
    const paces: number[] = [...PACES];
    const odd = had > 0 && !paces.includes(had);
    this.pace.replaceChildren(
      el("option", { value: 0 }, t("closure.closed")),
      ...paces.map((p) =>
        el("option", { value: p }, t("closure.slower", { n: number.format(p / 100) })),
      ),
      ...(odd ? [el("option", { value: had }, t("closure.percent", { n: had }))] : []),
    );
  }

  /** A line has the way it was drawn; anything else the winds. */
  private fillDirections(): void {
    const held = this.direction.value;
    const had = this.closure?.heading_deg ?? null;
    const path = this.sketch.shape === "line";
    const odd = had !== null && had % 45 !== 0;
    this.direction.replaceChildren(
      el("option", { value: "" }, t("closure.both")),
      ...(path ? [el("option", { value: "along" }, t("closure.along"))] : []),
      ...(path ? [el("option", { value: "against" }, t("closure.against"))] : []),
      ...compassPoints.map(({ name, deg }) =>
        el("option", { value: deg }, t("closure.towards", { wind: t(`wind.${name}`) })),
      ),
      ...(odd ? [el("option", { value: had }, t("closure.heading", { deg: had }))] : []),
    );
    this.direction.value = held;
    if (this.direction.selectedIndex < 0) this.direction.value = "";
  }

  private load(closure: Closure): void {
    this.radius.value = closure.radius_m > 0 ? String(closure.radius_m) : "";
    this.direction.value = closure.heading_deg === null ? "" : String(closure.heading_deg);
    this.pace.value = String(closure.time_percent);
    this.reason.value = closure.reason ?? "";
    this.until.value = closure.until ? "at" : "";
    if (closure.until) this.untilAt.value = localTime(Date.parse(closure.until));
  }

  /** The texts anew; what was chosen stays. */
  relabel(): void {
    const fields = [this.direction, this.pace, this.until];
    const held = fields.map((f) => f.value);
    this.build();
    fields.forEach((field, i) => (field.value = held[i] ?? ""));
    this.show();
  }

  /** The drawing was changed on the map or by another shape. */
  drew(): void {
    if (this.sketch.shape === "circle" && this.sketch.radius_m > 0) {
      this.radius.value = String(this.sketch.radius_m);
    }
    this.fillDirections();
    this.show();
    this.options.changed();
  }

  private show(): void {
    this.radiusRow.hidden = this.sketch.shape !== "circle";
    this.untilRow.hidden = this.until.value !== "at";
    setText(this.drawn, this.drawnText());
    this.drawn.classList.toggle("good", this.sketch.lacks === null);
    const drawn = this.sketch.points.length > 0;
    setText(this.draw, t(drawn ? "closure.drawAgain" : "closure.draw"));
  }

  private drawnText(): string {
    const { sketch } = this;
    const [first] = sketch.points;
    if (!first || sketch.lacks === "crosses") return t(`closure.lack.${sketch.lacks ?? "point"}`);
    const place = t("place.at", formatLatLon(first));
    if (sketch.shape === "road") return t("closure.drawn.road", { place });
    if (sketch.isPath) return tn("closure.drawn.points", sketch.points.length);
    if (sketch.lacks) return t("closure.lack.radius");
    const radius = formatDistance(sketch.radius_m, language());
    return t("closure.drawn.circle", { radius, place });
  }

  get slows(): boolean {
    return this.pace.value !== "0";
  }

  get heading(): number | null {
    const { value } = this.direction;
    const along = this.sketch.along;
    if (value === "along") return along;
    if (value === "against") return along === null ? null : (along + 180) % 360;
    return value === "" ? null : Number(value);
  }

  private end(): { until?: string; lasting?: boolean } | null {
    const { value } = this.until;
    if (value === "") return this.closure?.until ? { lasting: true } : {};
    const ms =
      value === "at"
        ? Date.parse(this.untilAt.value)
        : this.options.now() + Number(value) * MINUTE_MS;
    return Number.isFinite(ms) ? { until: new Date(ms).toISOString() } : null;
  }

  /** What to send; null, with the reason shown, when something is missing. */
  draft(): ClosureDraft | null {
    const { lacks } = this.sketch;
    const end = this.end();
    if (lacks || !end) {
      this.fail(t(lacks ? `closure.lack.${lacks}` : "closure.lack.until"));
      return null;
    }
    this.fail("");
    const { heading } = this;
    const both = this.closure ? { both_ways: true } : {};
    const typed = this.reason.value.trim();
    const reason = typed === "" && this.closure?.reason ? NO_REASON : typed;
    return {
      ...this.sketch.body(),
      ...(heading === null ? both : { heading_deg: heading }),
      time_percent: Number(this.pace.value),
      ...end,
      ...(reason === "" ? {} : { reason }),
    };
  }

  /** What the map says about the drawing; null while it does not know. */
  told(roads: ClosedRoads | null): void {
    setText(this.roads, roads ? roadsText(roads) : "");
    this.roads.classList.toggle("problem", roads?.total === 0);
  }

  focus(drawn = false): void {
    (drawn ? this.pace : this.shape).focus();
  }

  fail(message: string): void {
    setText(this.error, message);
  }
}
