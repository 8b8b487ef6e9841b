// Which open incidents a new call may be about, by the server's own rule (docs/openapi.yaml:
// Config), and the choice between them: a new incident, or joining one.
import { bdi, el, setText } from "./dom";
import { t } from "./strings";
import type { Duplicate, DuplicateRule, Incident, LatLon } from "./types";

const EARTH_RADIUS_M = 6371008.8;

/** The great circle, as the server reckons it (src/base/geo.c). */
export function distance_m(a: LatLon, b: LatLon): number {
  const rad = Math.PI / 180;
  const sinLat = Math.sin(((b.lat - a.lat) * rad) / 2);
  const sinLon = Math.sin(((b.lon - a.lon) * rad) / 2);
  const h =
    sinLat * sinLat + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * sinLon * sinLon;
  return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(h, 1)));
}

const numberOf = (id: string): number => Number(id.replace(/\D+/g, "")) || 0;

/** The newest first, as many as the rule tells. */
export function findDuplicates(
  incidents: Iterable<Incident>,
  pos: LatLon,
  rule: DuplicateRule,
  now: number,
): Duplicate[] {
  const found: Duplicate[] = [];
  for (const { id, state, lat, lon, opened } of incidents) {
    if (state === "closed" || typeof lat !== "number" || typeof lon !== "number") continue;
    const age_s = Math.floor((now - Date.parse(opened)) / 1000);
    const far = distance_m(pos, { lat, lon });
    if (age_s > rule.age_s || far > rule.radius_m) continue;
    found.push({ incident: id, distance_m: Math.round(far), age_s: Math.max(0, age_s) });
  }
  return found.sort((a, b) => numberOf(b.incident) - numberOf(a.incident)).slice(0, rule.most);
}

/** "Join I-4", with the number apart from the direction of the words. */
export function joinWords(id: string): (Node | string)[] {
  const [before = "", behind = ""] = t("dup.join", { id: "\n" }).split("\n");
  return [before, bdi(id), behind];
}

export class DuplicateChoice {
  readonly element = el("fieldset", { class: "dup-choice", hidden: true });
  private readonly legend = el("legend");
  private readonly fresh = el("span");
  private rows = new Map<string, HTMLElement>();

  /** @param changed another one was chosen, by hand or because the chosen one is gone */
  constructor(
    private readonly name: string,
    private readonly changed: () => void,
  ) {
    this.element.addEventListener("change", () => changed());
    this.build([]);
  }

  private row(value: string, ...words: (Node | string)[]): HTMLElement {
    const radio = el("input", { type: "radio", name: this.name, value });
    return el("label", { class: "tick" }, radio, el("span", {}, ...words));
  }

  private build(ids: readonly string[]): void {
    const chosen = this.chosen;
    this.rows = new Map(ids.map((id) => [id, el("span", { class: "sub" })]));
    const joins = ids.map((id) =>
      this.row(id, ...joinWords(id), " ", this.rows.get(id) as HTMLElement),
    );
    this.element.replaceChildren(this.legend, this.row("", this.fresh), ...joins);
    this.choose(chosen !== null && ids.includes(chosen) ? chosen : null);
    if (chosen !== this.chosen) this.changed();
  }

  private get radios(): HTMLInputElement[] {
    return [...this.element.querySelectorAll("input")];
  }

  /** The incident to join; null: a new one. */
  get chosen(): string | null {
    return this.radios.find((r) => r.checked)?.value || null;
  }

  choose(id: string | null): void {
    for (const radio of this.radios) radio.checked = radio.value === (id ?? "");
  }

  /** Shows what is possible now; `words` says what is known of one. */
  show(found: readonly Duplicate[], words: (d: Duplicate) => string): void {
    const ids = found.map((d) => d.incident);
    if (ids.join() !== [...this.rows.keys()].join()) {
      const held = this.element.contains(document.activeElement);
      this.build(ids);
      if (held) this.radios.find((r) => r.checked)?.focus();
    }
    setText(this.legend, t("dup.title"));
    setText(this.fresh, t("dup.fresh"));
    for (const d of found) {
      const row = this.rows.get(d.incident);
      if (row) setText(row, words(d));
    }
    this.element.hidden = found.length === 0;
  }
}
