// The roads that the crews on their way will take: asked for what is selected, anew as they move.
import type { Feature, FeatureCollection } from "geojson";
import { positionOf } from "./mapdata";
import type { Store } from "./store";
import type { LatLon, UnitStatus } from "./types";

/** The way drawn may lag behind the crew by as much. */
const REFRESH_MS = 6_000;
const LINES_MAX = 6;
const UNDER_WAY: ReadonlySet<UnitStatus> = new Set(["dispatched", "en-route"]);

interface Way {
  unit: string;
  from: LatLon;
  to: LatLon;
}

type Line = [number, number][];

export interface RoutesHost {
  store: Store;
  ask: (from: LatLon, to: LatLon) => Promise<Line>;
  now: () => number;
  draw: (lines: FeatureCollection) => void;
}

export class RouteLines {
  private shown = "";
  private askedAt = -Infinity;
  private generation = 0;

  constructor(private readonly host: RoutesHost) {}

  /** The crews under way to the selected incident, or the selected crew itself. */
  private ways(incidentId: string | null, unitId: string | null): Way[] {
    const { store } = this.host;
    const id = incidentId ?? store.units.get(unitId ?? "")?.incident;
    const incident = id ? store.incidents.get(id) : undefined;
    const to = incident ? positionOf(incident) : null;
    if (!incident || !to || incident.state === "closed") return [];
    const ways: Way[] = [];
    for (const { unit: name } of incident.units) {
      const unit = store.units.get(name);
      const from = unit && !unit.position_stale ? positionOf(unit) : null;
      if (!unit || !from || !UNDER_WAY.has(unit.status)) continue;
      if (unitId === null || unitId === name) ways.push({ unit: name, from, to });
    }
    return ways.slice(0, LINES_MAX);
  }

  update(incident: string | null, unit: string | null): void {
    const ways = this.ways(incident, unit);
    const wanted = ways.map((w) => `${w.unit}:${w.to.lat},${w.to.lon}`).join(" ");
    const old = this.host.now() - this.askedAt > REFRESH_MS;
    if (wanted === this.shown && (wanted === "" || !old)) return;
    if (wanted !== this.shown) this.host.draw({ type: "FeatureCollection", features: [] });
    this.shown = wanted;
    this.askedAt = this.host.now();
    if (ways.length > 0) void this.fetch(ways);
  }

  private async fetch(ways: Way[]): Promise<void> {
    const mine = ++this.generation;
    const lines = await Promise.all(
      ways.map((w) => this.host.ask(w.from, w.to).catch((): Line => [])),
    );
    if (mine !== this.generation || this.shown === "") return;
    const features = lines
      .filter((line) => line.length > 1)
      .map((coordinates): Feature => ({
        type: "Feature",
        properties: {},
        geometry: { type: "LineString", coordinates },
      }));
    this.host.draw({ type: "FeatureCollection", features });
  }
}
