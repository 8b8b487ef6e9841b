// What the map draws of closures, those in force and the one being drawn, as GeoJSON. Pure.
import type { Feature, FeatureCollection, Geometry, Position } from "geojson";
import { circle } from "./mapdata";
import { Sketch, sketchOf, unwrapped } from "./sketch";
import type { Closure, LatLon } from "./types";

/** A road without its geometry is shown by a circle as large. */
const ROAD_M = 15;

type Properties = Record<string, unknown>;
const feature = (geometry: Geometry, properties: Properties): Feature => ({
  type: "Feature",
  properties,
  geometry,
});
const at = (p: LatLon): Position => [p.lon, p.lat];

function shapeOf(sketch: Sketch, cursor: LatLon | null): Geometry | null {
  const points = unwrapped(cursor && sketch.isPath ? [...sketch.points, cursor] : sketch.points);
  const [first] = points;
  if (!first) return null;
  if (sketch.shape === "road") return circle(first, ROAD_M);
  if (sketch.shape === "circle") {
    const open = new Sketch("circle");
    open.points = [first];
    open.radius_m = sketch.radius_m;
    if (open.radius_m === 0 && cursor) open.add(cursor);
    return open.radius_m > 0 ? circle(first, open.radius_m) : null;
  }
  if (points.length < 2) return null;
  if (sketch.shape === "line" || points.length === 2) {
    return { type: "LineString", coordinates: points.map(at) };
  }
  return { type: "Polygon", coordinates: [[...points, first].map(at)] };
}

/** Where its sign stands: the middle point of a line, the site of all else. */
function signAt(closure: Closure): LatLon {
  const middle = closure.points[Math.floor(closure.points.length / 2)];
  if (closure.shape !== "line" || !middle) return closure;
  return { lat: middle[0], lon: middle[1] };
}

/** Each closure in force: its shape, the roads it changes, a sign, and an arrow for one way. */
export function closureFeatures(closures: Iterable<Closure>): FeatureCollection {
  const features: Feature[] = [];
  for (const closure of closures) {
    if (closure.lifted) continue;
    const kind = closure.time_percent > 0 ? "slowed" : "closed";
    const properties = { id: closure.id, kind };
    const geometry = shapeOf(sketchOf(closure), null);
    const roads = closure.roads?.features ?? [];
    for (const road of roads) features.push(feature(road.geometry, { ...properties, road: true }));
    const outlines = closure.shape === "area" || closure.shape === "circle" || roads.length === 0;
    const border = roads.length > 0 ? { border: true } : {}; // the roads themselves say the rest
    if (geometry && outlines) features.push(feature(geometry, { ...properties, ...border }));
    const oneWay = typeof closure.heading_deg === "number" ? { heading: closure.heading_deg } : {};
    const sign: Geometry = { type: "Point", coordinates: at(signAt(closure)) };
    features.push(feature(sign, { ...properties, ...oneWay, sign: true }));
  }
  return { type: "FeatureCollection", features };
}

/** The drawing so far, to the cursor; `heading` shows the one direction that is meant, `roads` what
 * it comes to. */
export function draftFeatures(
  sketch: Sketch | null,
  cursor: LatLon | null,
  kind: "closed" | "slowed",
  heading: number | null,
  roads: FeatureCollection | null = null,
): FeatureCollection {
  const features: Feature[] = [];
  if (sketch) {
    for (const road of roads?.features ?? []) {
      features.push(feature(road.geometry, { road: kind }));
    }
    const geometry = shapeOf(sketch, cursor);
    if (geometry) features.push(feature(geometry, { kind }));
    for (const p of sketch.points) {
      features.push(feature({ type: "Point", coordinates: at(p) }, { point: true }));
    }
    const last = sketch.points[sketch.points.length - 1];
    if (last && heading !== null) {
      const arrow: Geometry = { type: "Point", coordinates: at(last) };
      features.push(feature(arrow, { heading }));
    }
  }
  return { type: "FeatureCollection", features };
}

/** [west, south, east, north] of a closure, to look at all of it. */
export function boundsOf(closure: Closure): [number, number, number, number] {
  const geometry = shapeOf(sketchOf(closure), null);
  const ring =
    geometry?.type === "Polygon"
      ? (geometry.coordinates[0] ?? [])
      : geometry?.type === "LineString"
        ? geometry.coordinates
        : [at(closure)];
  const lon = ring.map((p) => p[0] ?? 0);
  const lat = ring.map((p) => p[1] ?? 0);
  return [Math.min(...lon), Math.min(...lat), Math.max(...lon), Math.max(...lat)];
}

const compass = ["n", "ne", "e", "se", "s", "sw", "w", "nw"] as const;
export type Compass = (typeof compass)[number];
export const compassPoints: readonly { name: Compass; deg: number }[] = compass.map((name, i) => ({
  name,
  deg: i * 45,
}));

/** The nearest of the eight winds. */
export function compassOf(deg: number): Compass {
  return compass[Math.round((((deg % 360) + 360) % 360) / 45) % 8] as Compass;
}
