// Where the crews on an incident drove in the last minutes: kept in this window alone, bounded, and
// gone with the incident. Only vehicles have trails, never persons.
import type { FeatureCollection } from "geojson";
import { positionOf } from "./mapdata";
import { metresBetween } from "./sketch";
import type { LatLon, Unit } from "./types";

export const TRAIL_MIN = 10;
const MINUTE_MS = 60_000;
const STEP_M = 15;
const POINTS_MAX = 240;

interface Step extends LatLon {
  at: number;
}

export class Trails {
  private readonly steps = new Map<string, Step[]>();

  /** Looks at all crews; `now` is the time of the server. */
  note(units: Iterable<Unit>, now: number): void {
    const busy = new Set<string>();
    for (const unit of units) {
      if (!unit.incident) continue;
      busy.add(unit.id);
      const pos = unit.position_stale ? null : positionOf(unit);
      if (pos) this.step(unit.id, { ...pos, at: now });
    }
    for (const [id, steps] of this.steps) {
      const young = steps.findIndex((s) => now - s.at <= TRAIL_MIN * MINUTE_MS);
      if (!busy.has(id) || young < 0) this.steps.delete(id);
      else if (young > 0) steps.splice(0, young);
    }
  }

  private step(id: string, step: Step): void {
    const steps = this.steps.get(id) ?? [];
    const last = steps[steps.length - 1];
    if (last && metresBetween(last, step) < STEP_M) return;
    steps.push(step);
    if (steps.length > POINTS_MAX) steps.shift();
    this.steps.set(id, steps);
  }

  features(): FeatureCollection {
    const features = [...this.steps].flatMap(([id, steps]) =>
      steps.length < 2
        ? []
        : [
            {
              type: "Feature" as const,
              properties: { id },
              geometry: {
                type: "LineString" as const,
                coordinates: steps.map((s) => [s.lon, s.lat]),
              },
            },
          ],
    );
    return { type: "FeatureCollection", features };
  }
}
