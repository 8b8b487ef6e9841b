// Measuring on the map: points chosen by mouse or by the cross, the way between them straight and
// by road, told in words and drawn.
import type { Feature, FeatureCollection } from "geojson";
import { Problem, api } from "./api";
import type { MapView } from "./map";
import { metresBetween } from "./sketch";
import { language, t } from "./strings";
import { formatDistance, spellDuration } from "./time";
import type { LatLon } from "./types";

const POINTS_MAX = 50;

/** A leg by road; null: there is no way; undefined: not known yet. */
type Leg = { distance_m: number; time_s: number; line: [number, number][] } | null | undefined;

export function straightMetres(points: readonly LatLon[]): number {
  return points.slice(1).reduce((sum, p, i) => sum + metresBetween(points[i] as LatLon, p), 0);
}

const line = (coordinates: number[][], road: boolean): Feature => ({
  type: "Feature",
  properties: { road },
  geometry: { type: "LineString", coordinates },
});

export interface MeasureHost {
  map: () => MapView | null;
  show: (region: "map") => void;
}

export class Measure {
  private points: LatLon[] = [];
  private legs: Leg[] = [];
  private isOn = false;

  constructor(private readonly host: MeasureHost) {}

  toggle(): void {
    const map = this.host.map();
    if (this.isOn || !map) return this.stop();
    this.isOn = true;
    this.points = [];
    this.legs = [];
    this.host.show("map");
    map.aim({
      hint: () => this.text(),
      add: (pos) => this.add(pos),
      undo: () => this.undo(),
      cancel: () => this.stop(),
    });
    map.focus();
  }

  private stop(): void {
    if (!this.isOn) return;
    this.isOn = false;
    this.points = [];
    this.legs = [];
    this.host.map()?.aim(null);
    this.draw();
  }

  private add(pos: LatLon): string {
    const before = this.points[this.points.length - 1];
    if (this.points.length >= POINTS_MAX) return this.text();
    this.points.push(pos);
    if (before) {
      this.legs.push(undefined);
      void this.ask(this.legs.length - 1, before, pos);
    }
    this.draw();
    return this.text();
  }

  private undo(): string {
    this.points.pop();
    this.legs.pop();
    this.draw();
    return this.text();
  }

  private async ask(at: number, from: LatLon, to: LatLon): Promise<void> {
    const { points } = this;
    let leg: Leg = null;
    try {
      const { distance_m, time_s, line: drawn } = await api.route(from, to);
      leg = { distance_m, time_s, line: drawn ?? [] };
    } catch (error) {
      if (!(error instanceof Problem)) throw error; // no way, no map: the straight line stands
    }
    if (points !== this.points || points[at] !== from || points[at + 1] !== to) return;
    this.legs[at] = leg;
    this.draw();
  }

  private roadText(): string {
    if (this.legs.some((leg) => leg === undefined)) return t("measure.wait");
    let metres = 0;
    let seconds = 0;
    for (const leg of this.legs) {
      if (!leg) return t("measure.noRoad");
      metres += leg.distance_m;
      seconds += leg.time_s;
    }
    const distance = formatDistance(metres, language());
    return t("measure.road", { distance, time: spellDuration(seconds) });
  }

  private text(): string {
    if (this.points.length < 2) return t("measure.start");
    const distance = formatDistance(straightMetres(this.points), language());
    return `${t("measure.straight", { distance })} · ${this.roadText()}`;
  }

  private draw(): void {
    const map = this.host.map();
    const straight = this.points.map((p) => [p.lon, p.lat]);
    const features: Feature[] = [
      ...this.legs.flatMap((leg) => (leg && leg.line.length > 1 ? [line(leg.line, true)] : [])),
      ...(straight.length > 1 ? [line(straight, false)] : []),
      ...straight.map(
        (coordinates): Feature => ({
          type: "Feature",
          properties: {},
          geometry: { type: "Point", coordinates },
        }),
      ),
    ];
    const drawn: FeatureCollection = { type: "FeatureCollection", features };
    map?.draw("measure", drawn);
    if (this.isOn) map?.retitle();
  }
}
