// What the map draws of the state, as GeoJSON: pure, so that it can be tested without a map.
import type { Feature, FeatureCollection, Polygon } from "geojson";
import type { Hospital, Incident, LatLon, Unit } from "./types";

const EARTH_M = 6371008.8;
const CIRCLE_STEPS = 48;
/** A circle smaller than this is a point for all purposes of a map. */
const CIRCLE_MIN_M = 15;

const collection = (features: Feature[]): FeatureCollection => ({
  type: "FeatureCollection",
  features,
});

export function positionOf(item: { lat?: number | null; lon?: number | null }): LatLon | null {
  const { lat, lon } = item;
  return typeof lat === "number" && typeof lon === "number" ? { lat, lon } : null;
}

function point(pos: LatLon, properties: Record<string, unknown>): Feature {
  return {
    type: "Feature",
    properties,
    geometry: { type: "Point", coordinates: [pos.lon, pos.lat] },
  };
}

/** A circle of metres round a point, as a polygon; radius and step small against the Earth. */
export function circle(pos: LatLon, radius_m: number): Polygon {
  const dLat = (radius_m / EARTH_M) * (180 / Math.PI);
  const dLon = dLat / Math.max(0.01, Math.cos((pos.lat * Math.PI) / 180));
  const ring = Array.from({ length: CIRCLE_STEPS + 1 }, (_, i) => {
    const angle = (2 * Math.PI * (i % CIRCLE_STEPS)) / CIRCLE_STEPS;
    return [pos.lon + dLon * Math.cos(angle), pos.lat + dLat * Math.sin(angle)];
  });
  return { type: "Polygon", coordinates: [ring] };
}

/** A pointer only for crews that may be moving. */
function headingOf(unit: Unit): { heading?: number } {
  const stands = unit.status === "on-scene" || unit.status === "at-hospital";
  return typeof unit.heading_deg === "number" && !stands ? { heading: unit.heading_deg } : {};
}

/** Crews with a current position. A stale one is not drawn: the list says how old it is. */
export function crewFeatures(units: Iterable<Unit>, selected: string | null): FeatureCollection {
  const features: Feature[] = [];
  for (const unit of units) {
    const pos = positionOf(unit);
    if (!pos || unit.position_stale) continue;
    features.push(
      point(pos, {
        id: unit.id,
        status: unit.status,
        selected: unit.id === selected,
        ...headingOf(unit),
      }),
    );
  }
  return collection(features);
}

export function hospitalFeatures(hospitals: Iterable<Hospital>): FeatureCollection {
  const listed = [...hospitals].filter((h) => !h.disabled);
  return collection(
    listed.map((h) => point(h, { id: h.id, traffic: h.traffic, label: h.label })),
  );
}

export function incidentFeatures(
  incidents: Iterable<Incident>,
  selected: string | null,
): FeatureCollection {
  const features: Feature[] = [];
  for (const incident of incidents) {
    const pos = positionOf(incident);
    const chosen = incident.id === selected;
    if (!pos || (incident.state === "closed" && !chosen)) continue;
    const priority = incident.priority ?? 0;
    features.push(
      point(pos, { id: incident.id, priority, selected: chosen, rank: priority || 0.5 }),
    );
  }
  return collection(features);
}

/** The circles in which a caller or an incident is thought to be. */
export function circleFeatures(incidents: Iterable<Incident>): FeatureCollection {
  const features: Feature[] = [];
  for (const incident of incidents) {
    const pos = positionOf(incident);
    const radius = incident.radius_m ?? 0;
    if (!pos || incident.state === "closed" || radius < CIRCLE_MIN_M) continue;
    features.push({
      type: "Feature",
      properties: { id: incident.id },
      geometry: circle(pos, radius),
    });
  }
  return collection(features);
}

export function markFeatures(pos: LatLon | null, name: string): FeatureCollection {
  return collection(pos ? [point(pos, { name })] : []);
}
