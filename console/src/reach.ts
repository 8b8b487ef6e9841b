// How far by road in so many minutes: from the selected crew, the free crews, or a chosen point;
// on the map as bands, with their legend.
import type { Feature, FeatureCollection } from "geojson";
import { api } from "./api";
import { el, setText } from "./dom";
import type { MapView } from "./map";
import { positionOf } from "./mapdata";
import { shownKey } from "./keys";
import { problemText } from "./problems";
import { metresBetween } from "./sketch";
import type { Store, Topic } from "./store";
import { t } from "./strings";
import type { LatLon } from "./types";

export const REACH_MINUTES = [4, 8, 12] as const;
/** A crew's bands may lag behind it by as much. */
const REFRESH_MS = 8_000;
const MOVED_M = 80;
const STRENGTHS = [0.16, 0.12, 0.1] as const;
const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

/** From where: a crew, all free crews, or a point. */
export type ReachFrom = { unit: string } | { units: "available" } | { pos: LatLon };

/** The bands as the map draws them: the longest first, the nearest the strongest. */
export function bandFeatures(answer: FeatureCollection): FeatureCollection {
  const minutes = (f: Feature): number => Number(f.properties?.["minutes"] ?? 0);
  const bands = [...answer.features].sort((a, b) => minutes(b) - minutes(a));
  const features = bands.map((band, i) => {
    const rank = bands.length - 1 - i;
    const properties = {
      minutes: minutes(band),
      name: t("reach.band", { n: minutes(band) }),
      rank: i,
      strength: STRENGTHS[rank] ?? STRENGTHS[STRENGTHS.length - 1],
    };
    return { ...band, properties };
  });
  return { type: "FeatureCollection", features };
}

export interface ReachHost {
  store: Store;
  map: () => MapView | null;
  selected: () => { incident: string | null; unit: string | null };
  now: () => number;
  show: (region: "map") => void;
  say: (text: string, kind: "bad") => void;
}

export class Reach {
  readonly legend = el("section", { class: "legend", hidden: true });
  private readonly title = el("strong");
  private from: ReachFrom | null = null;
  private asked: LatLon | null = null;
  private askedAt = -Infinity;
  private asking: AbortController | null = null;

  constructor(private readonly host: ReachHost) {}

  get isShown(): boolean {
    return this.from !== null;
  }

  /** Its key or its button: on for what is selected, or off. */
  toggle(): void {
    if (this.from) return this.hide();
    if (!this.host.map()) return this.host.say(t("closure.noMap"), "bad");
    this.host.show("map");
    const { incident, unit } = this.host.selected();
    if (unit) {
      const at = this.host.store.units.get(unit);
      if (at && !at.position_stale && positionOf(at)) return this.start({ unit });
      return this.host.say(t("reach.noPosition", { unit }), "bad");
    }
    const item = incident ? this.host.store.incidents.get(incident) : undefined;
    const pos = item ? positionOf(item) : null;
    if (pos) this.start({ pos });
    else this.choosePoint();
  }

  private choosePoint(): void {
    const map = this.host.map();
    map?.aim({
      hint: () => t("draw.reach"),
      add: (pos) => {
        map.aim(null);
        this.start({ pos });
        return "";
      },
      cancel: () => map.aim(null),
    });
    map?.focus();
  }

  private start(from: ReachFrom): void {
    this.from = from;
    this.relabel();
    void this.ask();
  }

  hide(): void {
    this.from = null;
    this.asked = null;
    this.asking?.abort();
    this.legend.hidden = true;
    this.host.map()?.draw("bands", EMPTY);
  }

  private origin(): LatLon | null {
    const { from } = this;
    if (!from || "units" in from) return null;
    if ("pos" in from) return from.pos;
    const unit = this.host.store.units.get(from.unit);
    return unit && !unit.position_stale ? positionOf(unit) : null;
  }

  private async ask(): Promise<void> {
    const { from } = this;
    const pos = this.origin();
    if (!from || (!pos && !("units" in from))) return this.hide();
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.asked = pos;
    this.askedAt = this.host.now();
    try {
      const answer = await api.isochrone(pos, REACH_MINUTES, asking.signal);
      if (asking.signal.aborted) return;
      this.host.map()?.draw("bands", bandFeatures(answer));
    } catch (error) {
      if (asking.signal.aborted) return;
      this.hide();
      this.host.say(t("reach.failed", { detail: problemText(error) }), "bad");
    }
  }

  /** The crew drove on, or roads were closed. */
  sync(topics: ReadonlySet<Topic>): void {
    if (!this.from) return;
    const old = this.host.now() - this.askedAt > REFRESH_MS;
    const pos = this.origin();
    const moved = pos && this.asked ? metresBetween(pos, this.asked) > MOVED_M : false;
    const crews = "units" in this.from && (topics.has("units") || topics.has("positions"));
    if (topics.has("closures") || (old && (moved || crews))) void this.ask();
  }

  private titleText(): string {
    const { from } = this;
    if (!from) return "";
    if ("unit" in from) return t("reach.title.unit", { unit: from.unit });
    return t("units" in from ? "reach.title.units" : "reach.title.point");
  }

  relabel(): void {
    if (!this.from) return;
    setText(this.title, this.titleText());
    this.legend.hidden = false;
    this.legend.setAttribute("aria-label", t("reach.show"));
    const button = (words: string, run: () => void, key = ""): HTMLElement => {
      const made = el("button", { type: "button" }, words);
      if (key !== "") made.append(el("kbd", {}, key));
      made.addEventListener("click", run);
      return made;
    };
    const bands = REACH_MINUTES.map((n, i) =>
      el(
        "li",
        {},
        el("span", { class: `band band-${i}`, "aria-hidden": "true" }),
        t("reach.band", { n }),
      ),
    );
    this.legend.replaceChildren(
      this.title,
      el("ul", {}, ...bands),
      button(t("reach.units"), () => this.start({ units: "available" })),
      button(t("reach.point"), () => this.choosePoint()),
      button(t("reach.hide"), () => this.hide(), shownKey("reach")),
    );
  }
}
