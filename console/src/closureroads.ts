// Which roads the closures in force come to: asked once for each state of each, kept in the store.
import { api } from "./api";
import type { Store } from "./store";
import { language, t, tn } from "./strings";
import { formatDistance } from "./time";
import type { ClosedRoads, Closure } from "./types";

/** More than so many at once are asked for together. */
const ONE_BY_ONE = 4;
const STREETS = 4;

/** The streets of some roads, each once, the first few. */
export function streetsOf(roads: ClosedRoads | undefined): string[] {
  const names = (roads?.features ?? []).map((f) => String(f.properties?.["street"] ?? ""));
  return [...new Set(names)].filter((name) => name !== "");
}

/** "12 roads, 1.4 km: Rua A, Rua B and 3 more streets" */
export function roadsText(roads: ClosedRoads): string {
  if (roads.total === 0) return t("closure.noRoad");
  const streets = streetsOf(roads);
  const more = streets.length - STREETS;
  const named = streets.slice(0, STREETS).join(", ");
  const length = formatDistance(roads.length_m, language());
  const count = `${tn("closure.roads", roads.total)}, ${length}`;
  const rest = more > 0 ? ` ${tn("closure.moreStreets", more)}` : "";
  return named === "" ? count : `${count}: ${named}${rest}`;
}

export class ClosureRoads {
  /** By id: the state that was asked about. */
  private readonly asked = new Map<string, number>();

  constructor(
    private readonly store: Store,
    /** Whether there is a map to ask. */
    private readonly canAsk: () => boolean,
  ) {}

  sync(): void {
    if (!this.canAsk()) return;
    const missing = [...this.store.closures.values()].filter(
      (c) => !c.lifted && !c.roads && this.asked.get(c.id) !== c.seq,
    );
    for (const c of missing) this.asked.set(c.id, c.seq);
    if (missing.length > ONE_BY_ONE) void this.askAll();
    else for (const c of missing) void this.ask(c.id);
  }

  private async askAll(): Promise<void> {
    try {
      for (const closure of (await api.closedRoads()).closures) this.keep(closure);
    } catch {
      // the shapes are drawn instead
    }
  }

  private async ask(id: string): Promise<void> {
    try {
      this.keep((await api.closedRoad(id)).closure);
    } catch {
      this.asked.delete(id); // asked again when something changes
    }
  }

  private keep(closure: Closure): void {
    if (closure.roads) this.store.putClosure(closure);
  }
}
