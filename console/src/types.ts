// The shapes of the HTTP interface (docs/openapi.yaml) that the console reads.
import type { FeatureCollection } from "geojson";

export type IncidentState = "new" | "triaged" | "dispatched" | "on-scene" | "closed";
export type UnitStatus =
  | "available"
  | "dispatched"
  | "en-route"
  | "on-scene"
  | "transporting"
  | "at-hospital"
  | "returning"
  | "out-of-service";

export const incidentStates: readonly IncidentState[] = [
  "new",
  "triaged",
  "dispatched",
  "on-scene",
  "closed",
];
export const unitStatuses: readonly UnitStatus[] = [
  "available",
  "dispatched",
  "en-route",
  "on-scene",
  "transporting",
  "at-hospital",
  "returning",
  "out-of-service",
];

export interface LatLon {
  lat: number;
  lon: number;
}

export interface Call {
  id: string;
  incident: string;
  state: string;
  received: string;
  number?: string | null;
  name?: string | null;
  words?: string | null;
  lat?: number | null;
  lon?: number | null;
  radius_m?: number | null;
  source?: string | null;
}

export interface Slot {
  unit: string;
  status: UnitStatus;
  dispatched: string;
  on_scene?: string | null;
  eta_s?: number | null;
}

export interface Entry {
  seq: number;
  time: string;
  kind: string;
  actor?: string | null;
  unit?: string | null;
  text?: string | null;
}

/** An alert in force, in the language that was asked for. */
export interface Alert {
  id: string;
  source?: string | null;
  sent: string;
  until: string;
  identifier: string;
  status: string;
  signature: "none" | "valid" | "unknown-key" | "invalid" | "unsupported";
  signed_by?: string;
  event?: string;
  headline?: string;
  description?: string;
  instruction?: string;
  urgency: string;
  severity: string;
  certainty: string;
  wider_m?: number;
  areas?: {
    desc: string;
    placed: "none" | "shape" | "geocode" | "name";
    unmatched: { name: string; value: string }[];
    polygons: [number, number][][];
    circles: { lat: number; lon: number; radius_m: number }[];
  }[];
  incidents?: string[];
  units?: string[];
}

/** What a partner centre has to do with an incident. */
export interface Link {
  partner: string;
  direction: "out" | "in";
  transfer: "offered" | "accepted" | "refused" | "failed";
  since: string;
  state?: string | null;
  units: { unit: string; status: UnitStatus; since: string }[];
}

/** What another agency was asked for. */
export interface AidRequest {
  /** The one that is asked. */
  agency: string;
  agency_label?: string | null;
  capabilities: string[];
  crews: number;
  state: "requested" | "agreed" | "refused" | "withdrawn";
  asked: string;
  /** An answer is awaited until then. */
  until?: string | null;
  settled?: string | null;
  actor?: string | null;
}

/** The same with what it takes to decide, for who is asked and does not see the incident. */
export interface AidAsked extends AidRequest {
  incident: string;
  asker?: string | null;
  asker_label?: string | null;
  type?: string | null;
  priority?: number;
  level?: number;
  place?: string | null;
  lat?: number;
  lon?: number;
  words?: string | null;
  reason?: string | null;
}

export interface AidList {
  agreements: { lender: string; asker: string; how: string }[];
  requests: AidAsked[];
}

export interface Partner {
  partner: string;
  label: string;
}

export type TextState = "received" | "queued" | "sent" | "delivered" | "failed";

/** A text from a caller or to one; the parts of a long one are one. */
export interface Text {
  id: number;
  call: string;
  state: TextState;
  time: string;
  since: string;
  actor?: string | null;
  /** Why it failed. */
  label?: string | null;
  parts: number;
  missing: number;
  text?: string | null;
}

export type LinkScope = "position" | "messages" | "media";

export interface Medium {
  id: number;
  type: string;
  bytes: number;
  time: string;
  /** Of what was sent; null once erased. */
  sha256?: string | null;
  /** Of a crew's: whose, by which account, and when it was taken. */
  unit?: string;
  actor?: string;
  taken?: string;
}

export interface CallerLink {
  id: number;
  call: string;
  state: "offered" | "taken" | "stopped";
  scope: LinkScope;
  offered: string;
  until: string;
  since: string;
  shared?: string | null;
  outcome?: string | null;
  media: Medium[];
}

export interface Incident {
  id: string;
  state: IncidentState;
  type?: string | null;
  priority?: number | null;
  /** Of alarm; 1 until somebody raises it. */
  level?: number;
  place?: string | null;
  lat?: number | null;
  lon?: number | null;
  radius_m?: number | null;
  confidence_pct?: number | null;
  source?: string | null;
  opened: string;
  changed: string;
  closed?: string | null;
  seq: number;
  calls: Call[];
  units: Slot[];
  into?: string | null;
  outcome?: string | null;
  reopened?: number;
  alarm?: string | null;
  alarm_unit?: string | null;
  notes?: number;
  timeline?: Entry[];
  texts?: Text[];
  links?: CallerLink[];
  /** What its crews took. */
  media?: Medium[];
  agency?: string | null;
  shared?: string[];
  held?: boolean;
  aid?: AidRequest[];
  exchange?: Link[];
  /** When its personal data were erased. */
  erased?: string | null;
}

export interface Unit {
  id: string;
  kind: string;
  agency?: string | null;
  capabilities: string[];
  station?: string | null;
  crew?: number | null;
  status: UnitStatus;
  since: string;
  incident?: string | null;
  hospital?: string | null;
  lat?: number | null;
  lon?: number | null;
  heading_deg?: number | null;
  speed_kmh?: number | null;
  position_time?: string | null;
  position_stale: boolean;
  seq: number;
}

export interface Station extends LatLon {
  id: string;
  label: string;
}

/** Whether a hospital takes what ambulances bring. */
export type Traffic = "unknown" | "normal" | "advisory" | "closed";

export interface Hospital extends LatLon {
  id: string;
  label: string;
  capabilities: string[];
  traffic: Traffic;
  note?: string | null;
  since?: string | null;
  actor?: string | null;
  disabled: boolean;
  seq: number;
  /** By road from where it was asked; null: there is no way. */
  road_s?: number | null;
}

/** What the map calls a hospital and the list has not. */
export interface Suggested extends LatLon {
  label: string;
}

export interface Coverage {
  minutes: number;
  /** Of the demand, 0 to 1. */
  share: number;
  crews: number;
  unplaced: number;
  if?: { unit: string; free: boolean; share: number };
  demand: { incidents: number; map_percent: number; by_hour: boolean };
  /** Size of a cell in degrees; cells are named by their south-west corner. */
  cell: LatLon;
  cells?: (LatLon & { demand: number; crews: number; lost?: boolean })[];
}

export type Shape = "road" | "circle" | "area" | "line";
export const shapes: readonly Shape[] = ["road", "circle", "area", "line"];

export interface Closure extends LatLon {
  id: string;
  shape: Shape;
  radius_m: number;
  /** [lat, lon] of an area's border or a line. */
  points: [number, number][];
  /** Only who drives that way; null: both ways. */
  heading_deg: number | null;
  /** Of the usual time; 0: closed. */
  time_percent: number;
  reason?: string | null;
  made: string;
  made_by?: string | null;
  until?: string | null;
  lifted?: string | null;
  lifted_by?: string | null;
  seq: number;
  /** The roads it changes, once they were asked for. */
  roads?: ClosedRoads;
}

/** Whole roads between two crossings, with their street; `total` though a part may be listed. */
export interface ClosedRoads extends FeatureCollection {
  total: number;
  length_m: number;
}

/** The answer to a write; `live`: every travel time knows it. */
export interface ClosureAnswer {
  seq: number;
  closure: Closure;
  live: boolean;
}

export interface Need {
  capabilities: string[];
  count: number;
}

export interface Plan {
  type: string;
  label: string;
  /** In other languages, by language tag. */
  labels?: Record<string, string>;
  priority: number;
  from_priority?: number;
  to_priority?: number;
  needs: Need[];
  /** What the second and each further alarm add; beyond the last one, the same as the last. */
  levels?: { level: number; needs: Need[] }[];
  tell?: string[];
}

export interface Reason {
  code: string;
  text: string;
  params?: Record<string, string | number | null>;
}

export interface Ranked {
  unit: string;
  status: UnitStatus | null;
  arrive_s: number;
  road_s?: number | null;
  distance_m?: number | null;
  straight_m?: number | null;
  basis: string | null;
  /** Another agency lends it; of where it is nothing is told then. */
  aid?: {
    agency: string;
    label: string;
    how: "automatic" | "on-request";
    kind: string;
    capabilities: string[];
  } | null;
  divert: boolean;
  from_incident?: string | null;
  /** The share of demand that is still covered if it goes; null: not known. */
  coverage?: number | null;
  reasons: Reason[];
}

export interface AdvisedNeed extends Need {
  missing: number;
  coverage?: { minutes: number; share: number } | null;
  units: Ranked[];
}

export interface Advice {
  incident: string;
  /** Of alarm: what the needs are for. */
  level?: number;
  needs: AdvisedNeed[];
  took_ms?: number;
}

export interface Place extends LatLon {
  name: string;
  kind: string;
  context?: string | null;
  score: number;
  distance_m?: number | null;
  /** Words of the question that this place did not need. */
  unused?: string[] | string | null;
  /** What it is called, where words were taken for mistyped. */
  suggestion?: string | null;
  /** How the question says it lies to this place: "behind", "near", ... */
  relation?: string | null;
}

export interface Found {
  results: Place[];
  /** How the question may have been meant, when it was not understood as typed. */
  did_you_mean?: string | string[] | null;
}

/** What a caller's region can mean; shares add up to 1 over all streets. */
export interface LocationAnswer {
  streets: (LatLon & {
    name: string;
    share: number;
    house_first?: string;
    house_last?: string;
  })[];
  landmarks: (LatLon & { name: string; kind: string; share: number; distance_m: number })[];
  /** Best mean first; times are null where there is no way. */
  crews?: {
    unit: string;
    mean_s: number | null;
    p10_s: number | null;
    p90_s: number | null;
    first_share?: number;
  }[];
  /** Another crew would be first in a part of it. */
  differs?: boolean;
  /** What to ask the caller: the answer decides who is sent. */
  ask?: {
    name: string;
    answers: { side?: string; nearer?: string; unit: string }[];
  };
  /** Of this place among the answers, where reports contradict each other. */
  weight?: number;
}

/** Most likely first. */
export interface LocationReport {
  answers: LocationAnswer[];
}

export interface Duplicate {
  incident: string;
  distance_m: number;
  age_s: number;
}

/** Which open incidents may be the same as a new call: so near, opened since, so many. */
export interface DuplicateRule {
  radius_m: number;
  age_s: number;
  most: number;
}

export interface MapInfo {
  bounds: [number, number, number, number];
  center: [number, number];
  attribution: string;
  version: string;
}

export interface Config {
  version: string;
  demo: boolean;
  position_limit_s: number;
  now: string;
  seq: number;
  duplicates?: DuplicateRule;
}

export interface Demo {
  speed: number;
  auto_dispatch: boolean;
  crews: number;
}

/** One journal event as pushed, with the objects as they are after it. */
export interface Change {
  seq: number;
  kind: string;
  time: string;
  actor?: string;
  incident?: Incident;
  incidents?: Incident[];
  unit?: Unit;
  units?: Unit[];
  closure?: Closure;
  station?: Station;
  hospital?: Hospital;
  call?: Call;
  /** About a request for aid; the incident is not told with it. */
  aid?: AidAsked;
}

/** [call sign, lat, lon, heading or null, speed or null, ...] */
export type MovedUnit = [string, number, number, (number | null)?, (number | null)?, ...unknown[]];

export interface Moved {
  time: string;
  units: MovedUnit[];
}
