// A closure while it is drawn: its shape and points, and whether it can be one. Pure.
import type { Closure, LatLon, Shape } from "./types";

const EARTH_M = 6371008.8;
const RAD = Math.PI / 180;
export const POINTS_MAX = 256;
export const RADIUS_MAX_M = 50_000;
/** What a click apart from another is not: metres between two points that count as one. */
const SAME_M = 0.3;

export function metresBetween(a: LatLon, b: LatLon): number {
  const lat = Math.sin(((b.lat - a.lat) * RAD) / 2);
  const lon = Math.sin(((b.lon - a.lon) * RAD) / 2);
  const h = lat * lat + Math.cos(a.lat * RAD) * Math.cos(b.lat * RAD) * lon * lon;
  return 2 * EARTH_M * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** From north over east, 0 to 359. */
export function bearingOf(a: LatLon, b: LatLon): number {
  const dLon = (b.lon - a.lon) * RAD;
  const y = Math.sin(dLon) * Math.cos(b.lat * RAD);
  const x =
    Math.cos(a.lat * RAD) * Math.sin(b.lat * RAD) -
    Math.sin(a.lat * RAD) * Math.cos(b.lat * RAD) * Math.cos(dLon);
  return (Math.round(Math.atan2(y, x) / RAD) + 360) % 360;
}

const turn = (a: LatLon, b: LatLon, c: LatLon): number =>
  Math.sign((b.lon - a.lon) * (c.lat - a.lat) - (b.lat - a.lat) * (c.lon - a.lon));

/** Whether two pieces cross; pieces that only touch are left for the server to judge. */
function cross(a: LatLon, b: LatLon, c: LatLon, d: LatLon): boolean {
  return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}

/** The same points on the side of the antimeridian where the first one is. */
export function unwrapped(points: readonly LatLon[]): LatLon[] {
  const first = points[0]?.lon ?? 0;
  return points.map(({ lat, lon }) => ({
    lat,
    lon: lon - first > 180 ? lon - 360 : first - lon > 180 ? lon + 360 : lon,
  }));
}

export function ringCrosses(points: readonly LatLon[]): boolean {
  const ring = unwrapped(points);
  const n = ring.length;
  for (let i = 0; i < n; i++) {
    for (let k = i + 2; k < n; k++) {
      const ends = [ring[i], ring[(i + 1) % n], ring[k], ring[(k + 1) % n]] as const;
      if (cross(...(ends as [LatLon, LatLon, LatLon, LatLon]))) return true;
    }
  }
  return false;
}

/** What the drawing lacks. */
export type Lack = "point" | "radius" | "points" | "crosses" | null;

export class Sketch {
  points: LatLon[] = [];
  radius_m = 0;

  constructor(readonly shape: Shape) {}

  /** Whether clicks go on adding points to it. */
  get isPath(): boolean {
    return this.shape === "area" || this.shape === "line";
  }

  /** A point more. Where nothing more can be added the drawing begins anew. */
  add(pos: LatLon): void {
    const last = this.points[this.points.length - 1];
    if (this.isPath) {
      const same = last !== undefined && metresBetween(last, pos) < SAME_M;
      if (!same && this.points.length < POINTS_MAX) this.points.push(pos);
    } else if (this.shape === "circle" && last && this.radius_m === 0) {
      this.radius_m = Math.min(RADIUS_MAX_M, Math.round(metresBetween(last, pos)));
    } else {
      this.points = [pos];
      this.radius_m = 0;
    }
  }

  /** Takes the last thing back; false when there is nothing. */
  undo(): boolean {
    if (this.radius_m > 0) this.radius_m = 0;
    else if (this.points.pop() === undefined) return false;
    return true;
  }

  get lacks(): Lack {
    const n = this.points.length;
    if (n === 0) return "point";
    if (this.shape === "circle" && this.radius_m < 1) return "radius";
    if (n < (this.shape === "area" ? 3 : this.shape === "line" ? 2 : 1)) return "points";
    return this.shape === "area" && ringCrosses(this.points) ? "crosses" : null;
  }

  /** The direction in which a line was drawn; null for every other shape. */
  get along(): number | null {
    const [first, last] = [this.points[0], this.points[this.points.length - 1]];
    if (this.shape !== "line" || !first || !last || first === last) return null;
    return bearingOf(first, last);
  }

  length_m(): number {
    let sum = 0;
    for (let i = 1; i < this.points.length; i++) {
      sum += metresBetween(this.points[i - 1] as LatLon, this.points[i] as LatLon);
    }
    return sum;
  }

  /** As the server wants it. */
  body(): ShapeBody {
    const [site] = this.points;
    if (this.isPath || !site) {
      return { shape: this.shape, points: this.points.map((p) => [p.lat, p.lon]) };
    }
    const radius = this.shape === "circle" ? { radius_m: this.radius_m } : {};
    return { shape: this.shape, site, ...radius };
  }
}

export interface ShapeBody {
  shape: Shape;
  site?: LatLon;
  radius_m?: number;
  points?: [number, number][];
}

/** A drawing of what is closed already. */
export function sketchOf(closure: Closure): Sketch {
  const sketch = new Sketch(closure.shape);
  sketch.points = sketch.isPath
    ? closure.points.map(([lat, lon]) => ({ lat, lon }))
    : [{ lat: closure.lat, lon: closure.lon }];
  sketch.radius_m = closure.shape === "circle" ? closure.radius_m : 0;
  return sketch;
}

/** What the server calls a reason that is none any more. */
export const NO_REASON = "-";

export interface ClosureDraft extends ShapeBody {
  heading_deg?: number;
  both_ways?: boolean;
  time_percent: number;
  until?: string;
  lasting?: boolean;
  reason?: string;
}

/** All of a closure, to make it what it was. */
export function draftOf(closure: Closure): ClosureDraft {
  const { heading_deg, until } = closure;
  return {
    ...sketchOf(closure).body(),
    ...(heading_deg === null ? { both_ways: true } : { heading_deg }),
    time_percent: closure.time_percent,
    ...(until ? { until } : { lasting: true }),
    reason: closure.reason ?? NO_REASON,
  };
}
