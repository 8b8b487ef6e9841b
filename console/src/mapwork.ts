// What is done over the map and comes with it: coverage, trails, following a crew, measuring, and
// the symbols of hospitals.
import type { FeatureCollection } from "geojson";
import { Coverage } from "./coverage";
import { el, setText } from "./dom";
import { shownKey } from "./keys";
import { hospitalFeatures, positionOf } from "./mapdata";
import type { MapView } from "./map";
import { Measure } from "./measure";
import type { Store, Topic } from "./store";
import { t } from "./strings";
import { TRAIL_MIN, Trails } from "./trails";

export type MapCommand = "coverage" | "trails" | "follow" | "measure";
const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };

export interface MapWorkHost {
  store: Store;
  map: () => MapView | null;
  selectedUnit: () => string | null;
  /** The server's time, and one that never jumps. */
  now: () => number;
  steady: () => number;
  show: (region: "map") => void;
  say: (text: string, kind: "good" | "bad") => void;
}

export class MapWork {
  readonly coverage: Coverage;
  private readonly measure: Measure;
  private readonly trails = new Trails();
  private trailsShown = true;
  private followed: string | null = null;
  private readonly words = el("span", { role: "status" });
  private readonly stop = el("button", { type: "button" });
  readonly chip = el("div", { class: "map-follow", hidden: true }, this.words, this.stop);

  constructor(private readonly host: MapWorkHost) {
    const { store, map, selectedUnit, show } = host;
    const say = (text: string): void => host.say(text, "bad");
    this.coverage = new Coverage({ store, map, selectedUnit, now: host.steady, say });
    this.measure = new Measure({ map, show });
    this.stop.addEventListener("click", () => this.follow(null));
    map()?.onMoved(() => this.follow(null));
    this.sync(new Set<Topic>(["units", "positions", "hospitals"]));
  }

  run(command: MapCommand): void {
    if (command === "coverage") this.coverage.toggle();
    else if (command === "measure") this.measure.toggle();
    else if (command === "trails") this.toggleTrails();
    else this.followSelected();
    if (command !== "trails") this.host.show("map");
  }

  private toggleTrails(): void {
    this.trailsShown = !this.trailsShown;
    this.drawTrails();
    const said = this.trailsShown ? t("trail.shown", { n: TRAIL_MIN }) : t("trail.hidden");
    this.host.say(said, "good");
  }

  private drawTrails(): void {
    this.host.map()?.draw("trails", this.trailsShown ? this.trails.features() : EMPTY);
  }

  private followSelected(): void {
    const unit = this.host.selectedUnit();
    if (this.followed && (!unit || unit === this.followed)) this.follow(null);
    else if (unit) this.follow(unit);
    else this.host.say(t("follow.which"), "bad");
  }

  /** The map stays with this crew until it is moved by hand; null: no more. */
  follow(unit: string | null): void {
    if (unit === this.followed) return;
    this.followed = unit;
    this.relabel();
    if (unit) this.keepUp(true);
  }

  private keepUp(first: boolean): void {
    const unit = this.followed ? this.host.store.units.get(this.followed) : undefined;
    const pos = unit && !unit.position_stale ? positionOf(unit) : null;
    if (pos) this.host.map()?.pan(pos, first);
    this.retitle();
  }

  private retitle(): void {
    const id = this.followed;
    if (!id) return;
    const unit = this.host.store.units.get(id);
    const known = unit !== undefined && !unit.position_stale && positionOf(unit) !== null;
    setText(this.words, t(known ? "follow.on" : "follow.waiting", { unit: id }));
  }

  relabel(): void {
    this.coverage.relabel();
    this.chip.hidden = this.followed === null;
    this.stop.replaceChildren(t("follow.stop"), el("kbd", {}, shownKey("follow")));
    this.retitle();
  }

  sync(topics: ReadonlySet<Topic>): void {
    const { store } = this.host;
    this.coverage.sync(topics);
    if (topics.has("positions") || topics.has("units")) {
      this.trails.note(store.units.values(), this.host.now());
      this.drawTrails();
      if (this.followed) this.keepUp(false);
    }
    if (topics.has("hospitals")) {
      this.host.map()?.draw("hospitals", hospitalFeatures(store.hospitals.values()));
    }
  }
}
