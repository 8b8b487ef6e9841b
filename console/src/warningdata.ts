// Warnings to the public as the page handles them: what is composed, its area, its times. Pure.
import type { Feature, FeatureCollection, Position } from "geojson";
import { circle } from "./mapdata";
import type { Sketch } from "./sketch";
import type { Closure, Incident, LatLon } from "./types";

export interface WarningArea {
  areaDesc?: string;
  polygon?: [number, number][][];
  circle?: { lat: number; lon: number; radius_km: number }[];
  geocode?: { name: string; value: string }[];
}

/** With the names of CAP; what is not listed here stays as it came. */
export interface WarningInfo {
  language?: string;
  category?: string[];
  event?: string;
  responseType?: string[];
  urgency?: string;
  severity?: string;
  certainty?: string;
  onset?: string;
  expires?: string;
  headline?: string;
  description?: string;
  instruction?: string;
  area?: WarningArea[];
}

export interface WarningContent {
  status?: string;
  msgType?: string;
  note?: string;
  about?: string;
  info?: WarningInfo[];
}

export interface Warning {
  id: string;
  state: "draft" | "in-force" | "updated" | "cancelled" | "expired" | "discarded";
  cancels: boolean;
  drafted_by: string | null;
  drafted: string;
  issued_by?: string | null;
  issued?: string;
  until?: string;
  status?: string;
  message?: string;
  event?: string;
  headline?: string;
  severity?: string;
  content?: WarningContent;
  problem?: string | null;
}

export interface WarningList {
  ready: boolean;
  two: boolean;
  feed: string | null;
  warnings: Warning[];
}

interface InsideList {
  total: number;
  first: { name: string; kind?: string; lat?: number; lon?: number }[];
}

export interface WarningPreview {
  km2: number;
  coded: boolean;
  incidents: string[];
  units: string[];
  centres: { name: string; area: string; number?: string }[] | null;
  map: {
    places: InsideList;
    landmarks: InsideList;
    streets: InsideList;
    kinds: { kind: string; n: number }[];
    addresses: number;
    more: boolean;
  } | null;
  check: { problem: string | null };
}

export const statuses = ["Actual", "Exercise", "Test"] as const;
export const categories = [
  "Geo",
  "Met",
  "Safety",
  "Security",
  "Rescue",
  "Fire",
  "Health",
  "Env",
  "Transport",
  "Infra",
  "CBRNE",
  "Other",
] as const;
export const urgencies = ["Immediate", "Expected", "Future", "Past", "Unknown"] as const;
export const severities = ["Extreme", "Severe", "Moderate", "Minor", "Unknown"] as const;
export const certainties = ["Observed", "Likely", "Possible", "Unlikely", "Unknown"] as const;
export const responses = [
  "Shelter",
  "Evacuate",
  "Prepare",
  "Execute",
  "Avoid",
  "Monitor",
  "Assess",
  "AllClear",
  "None",
] as const;

export function blank(language: string): WarningContent {
  const info: WarningInfo = {
    language,
    category: ["Safety"],
    urgency: "Immediate",
    severity: "Severe",
    certainty: "Observed",
    area: [],
  };
  return { status: "Actual", msgType: "Alert", info: [info] };
}

/** An update or a cancellation begins with what is in force. */
export function following(id: string, content: WarningContent, msgType: string): WarningContent {
  const { about: _, ...rest } = content;
  return { ...rest, msgType, about: id };
}

/** As CAP writes a moment: seconds, and the zone of this desk. */
export function capTime(ms: number, offset_min = -new Date(ms).getTimezoneOffset()): string {
  const local = new Date(ms + offset_min * 60_000).toISOString().slice(0, 19);
  const size = Math.abs(offset_min);
  const two = (n: number): string => String(n).padStart(2, "0");
  const sign = offset_min < 0 || size === 0 ? "-" : "+"; // -00:00 is UTC
  return `${local}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** What was drawn, as a part of an area; null while it is none. */
export function areaOf(sketch: Sketch): WarningArea | null {
  const [first] = sketch.points;
  if (sketch.lacks || !first) return null;
  if (sketch.shape === "circle") return around(first, sketch.radius_m);
  const ring = sketch.points.map((p): [number, number] => [p.lat, p.lon]);
  return { polygon: [[...ring, [first.lat, first.lon]]] };
}

export function around(pos: LatLon, radius_m: number): WarningArea {
  return { circle: [{ lat: pos.lat, lon: pos.lon, radius_km: radius_m / 1000 }] };
}

/** The area of a closure that has one. */
export function areaOfClosure(closure: Closure): WarningArea | null {
  const [first] = closure.points;
  if (closure.shape === "circle") return around(closure, closure.radius_m);
  return closure.shape === "area" && first ? { polygon: [[...closure.points, first]] } : null;
}

export const placed = (i: Incident): boolean =>
  typeof i.lat === "number" && typeof i.lon === "number";

export const hasShape = (areas: readonly WarningArea[]): boolean =>
  areas.some((a) => (a.polygon ?? []).length + (a.circle ?? []).length > 0);

export function shapesIn(areas: readonly WarningArea[]): { polygons: number; circles: number } {
  const sum = (of: (a: WarningArea) => number): number => areas.reduce((n, a) => n + of(a), 0);
  return {
    polygons: sum((a) => (a.polygon ?? []).length),
    circles: sum((a) => (a.circle ?? []).length),
  };
}

/** For the map, as a drawing. */
export function areaFeatures(areas: readonly WarningArea[]): FeatureCollection {
  const properties = { kind: "slowed" };
  const features: Feature[] = areas.flatMap((area) => [
    ...(area.polygon ?? []).map((ring): Feature => {
      const coordinates = [ring.map(([lat, lon]): Position => [lon, lat])];
      return { type: "Feature", properties, geometry: { type: "Polygon", coordinates } };
    }),
    ...(area.circle ?? []).map(
      (c): Feature => ({ type: "Feature", properties, geometry: circle(c, c.radius_km * 1000) }),
    ),
  ]);
  return { type: "FeatureCollection", features };
}

/** All corners, [lon, lat]. */
export function cornersOf(areas: readonly WarningArea[]): Position[] {
  return areaFeatures(areas).features.flatMap((f) =>
    f.geometry.type === "Polygon" ? (f.geometry.coordinates[0] ?? []) : [],
  );
}
