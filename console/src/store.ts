// What the console knows: objects by id, replaced whole when a newer one comes; listeners hear of
// many changes once, on the next animation frame.
import type { Agency } from "./accounttypes";
import type { Card } from "./cards";
import type {
  Change,
  Closure,
  Hospital,
  Incident,
  Moved,
  Partner,
  Plan,
  Station,
  Unit,
} from "./types";

export type Topic =
  | "incidents"
  | "units"
  | "positions"
  | "closures"
  | "stations"
  | "hospitals"
  | "plans"
  | "cards"
  | "agencies";

export interface Snapshot {
  incidents: Incident[];
  units: Unit[];
  closures: Closure[];
}

type Listener = (topics: ReadonlySet<Topic>) => void;

/** Keep what is newer: a late answer must not undo what the stream already told. */
function take<T extends { id: string; seq: number }>(map: Map<string, T>, item: T): boolean {
  const known = map.get(item.id);
  if (known && known.seq > item.seq) return false;
  map.set(item.id, item);
  return true;
}

export class Store {
  readonly incidents = new Map<string, Incident>();
  readonly units = new Map<string, Unit>();
  readonly closures = new Map<string, Closure>();
  readonly stations = new Map<string, Station>();
  readonly hospitals = new Map<string, Hospital>();
  plans: Plan[] = [];
  /** What to ask the caller, by type. */
  cards: ReadonlyMap<string, Card> = new Map();
  agencies: Agency[] = [];
  partners: Partner[] = [];
  private readonly planByType = new Map<string, Plan>();
  private readonly listeners: Listener[] = [];
  private dirty = new Set<Topic>();

  constructor(private readonly schedule: (run: () => void) => void) {}

  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Tells the listeners of the topic on the next frame. */
  touch(topic: Topic): void {
    if (this.dirty.size === 0) this.schedule(() => this.flush());
    this.dirty.add(topic);
  }

  private flush(): void {
    const topics = this.dirty;
    this.dirty = new Set();
    for (const listener of this.listeners) listener(topics);
  }

  /** Everything anew: what is not in the snapshot is gone. Closed incidents already seen stay. */
  replace(snapshot: Snapshot): void {
    for (const [id, incident] of this.incidents) {
      if (incident.state !== "closed") this.incidents.delete(id);
    }
    this.units.clear();
    this.closures.clear();
    for (const incident of snapshot.incidents) this.incidents.set(incident.id, incident);
    for (const unit of snapshot.units) this.units.set(unit.id, unit);
    for (const closure of snapshot.closures) this.closures.set(closure.id, closure);
    this.touch("incidents");
    this.touch("units");
    this.touch("closures");
  }

  putIncident(incident: Incident): void {
    if (take(this.incidents, incident)) this.touch("incidents");
  }

  putUnit(unit: Unit): void {
    if (take(this.units, unit)) {
      this.touch("units");
      this.touch("positions");
    }
  }

  putClosure(closure: Closure): void {
    if (take(this.closures, closure)) this.touch("closures");
  }

  putHospital(hospital: Hospital): void {
    if (take(this.hospitals, hospital)) this.touch("hospitals");
  }

  putStations(stations: Station[]): void {
    for (const station of stations) this.stations.set(station.id, station);
    this.touch("stations");
  }

  putPlans(plans: Plan[]): void {
    this.plans = plans;
    this.planByType.clear();
    for (const plan of plans) {
      if (!this.planByType.has(plan.type)) this.planByType.set(plan.type, plan);
    }
    this.touch("plans");
  }

  putCards(cards: readonly Card[]): void {
    this.cards = new Map(cards.map((card) => [card.type, card]));
    this.touch("cards");
  }

  putAgencies(agencies: Agency[]): void {
    this.agencies = agencies;
    this.touch("agencies");
  }

  putPartners(partners: Partner[]): void {
    this.partners = partners;
    this.touch("agencies");
  }

  agencyName(id: string): string {
    return this.agencies.find((a) => a.agency === id)?.label ?? id;
  }

  /** `mine`: the agency of this desk; what it may see no more after the change is forgotten. */
  apply(change: Change, mine: string | null = null): void {
    for (const incident of change.incidents ?? []) this.putIncident(incident);
    if (change.incident) this.putIncident(change.incident);
    for (const unit of change.units ?? []) this.putUnit(unit);
    if (change.unit) this.putUnit(change.unit);
    if (change.closure) this.putClosure(change.closure);
    if (change.station) this.putStations([change.station]);
    if (change.hospital) this.putHospital(change.hospital);
    if (mine !== null) this.forget(change, mine);
  }

  /** As the server's rule has it (src/server/sight.h): an agency sees its own and nobody's, what is
   * shared with it and where a crew of its own is; and the crews there. */
  private forget(change: Change, mine: string): void {
    const isOthers = ({ agency }: { agency?: string | null }): boolean =>
      Boolean(agency) && agency !== mine;
    const i = change.incident && this.incidents.get(change.incident.id);
    const isThere = (unit: string): boolean => this.units.get(unit)?.agency === mine;
    if (i && isOthers(i) && !i.shared?.includes(mine) && !i.units.some((s) => isThere(s.unit))) {
      this.incidents.delete(i.id);
      this.touch("incidents");
    }
    const touched = [change.unit, ...(change.units ?? [])].map((u) => u?.id);
    for (const id of [...touched, ...(i?.units ?? []).map((s) => s.unit)]) {
      const unit = this.units.get(id ?? "");
      if (!unit || !isOthers(unit) || this.incidents.has(unit.incident ?? "")) continue;
      this.units.delete(unit.id);
      this.touch("units");
      this.touch("positions");
    }
  }

  move(moved: Moved): void {
    for (const [id, lat, lon, heading, speed] of moved.units) {
      const unit = this.units.get(id);
      if (!unit) continue;
      unit.lat = lat;
      unit.lon = lon;
      unit.heading_deg = heading ?? null;
      unit.speed_kmh = speed ?? null;
      unit.position_time = moved.time;
      unit.position_stale = false;
    }
    if (moved.units.length > 0) this.touch("positions");
  }

  /** A position older than the limit is not shown as current, even if no one tells us. */
  expire(now: number, limit_s: number): void {
    for (const unit of this.units.values()) {
      if (unit.position_stale || !unit.position_time) continue;
      if (now - Date.parse(unit.position_time) > limit_s * 1000) {
        unit.position_stale = true;
        this.touch("positions");
        this.touch("units");
      }
    }
  }

  plan(type: string | null | undefined): Plan | undefined {
    return type ? this.planByType.get(type) : undefined;
  }
}

/** The order of the queue: most urgent first, unset priority before all (nobody judged it yet). */
export function compareIncidents(a: Incident, b: Incident): number {
  const urgency = (a.priority ?? 0) - (b.priority ?? 0);
  if (urgency !== 0) return urgency;
  return Date.parse(a.opened) - Date.parse(b.opened) || numberOf(a.id) - numberOf(b.id);
}

const numberOf = (id: string): number => Number(id.replace(/\D+/g, "")) || 0;

const statusRank: Record<Unit["status"], number> = {
  available: 0,
  returning: 1,
  dispatched: 2,
  "en-route": 3,
  "on-scene": 4,
  transporting: 5,
  "at-hospital": 6,
  "out-of-service": 7,
};

const collator = new Intl.Collator("en", { numeric: true });

/** Crews by state (the free ones first), then by call sign with its numbers as numbers. */
export function compareUnits(a: Unit, b: Unit): number {
  return statusRank[a.status] - statusRank[b.status] || collator.compare(a.id, b.id);
}
