// When a running time calls for attention: soon, then late. Incidents that wait for a crew by
// priority, crews by status. The defaults are ours; a desk sets its own.
import type { Incident, Unit, UnitStatus } from "./types";

export interface Limit {
  soon_s: number;
  late_s: number;
}

export interface Limits {
  /** Until somebody is sent, by priority; 0: not judged yet. */
  waiting: Limit[];
  status: Partial<Record<UnitStatus, Limit>>;
}

/** 0: in time, 1: soon late, 2: late. */
export type Due = 0 | 1 | 2;

export const timedStatuses = [
  "dispatched",
  "en-route",
  "on-scene",
  "transporting",
  "at-hospital",
] as const satisfies readonly UnitStatus[];

export function defaultLimits(): Limits {
  const minutes = (soon: number, late: number): Limit => ({ soon_s: soon * 60, late_s: late * 60 });
  return {
    waiting: [0.5, 0.5, 1, 2.5, 5, 10].map((soon) => minutes(soon, 2 * soon)),
    status: {
      dispatched: minutes(1, 2),
      "en-route": minutes(8, 15),
      "on-scene": minutes(30, 60),
      transporting: minutes(30, 60),
      "at-hospital": minutes(20, 40),
    },
  };
}

export function dueOf(age_s: number, limit: Limit | undefined): Due {
  if (!limit) return 0;
  return age_s > limit.late_s ? 2 : age_s > limit.soon_s ? 1 : 0;
}

/** Of an open incident that nobody was sent to. */
export function incidentDue(incident: Incident, age_s: number, limits: Limits): Due {
  const waits = incident.state === "new" || incident.state === "triaged";
  return waits ? dueOf(age_s, limits.waiting[incident.priority ?? 0]) : 0;
}

export function unitDue(unit: Unit, age_s: number, limits: Limits): Due {
  return dueOf(age_s, limits.status[unit.status]);
}
