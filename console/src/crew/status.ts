// What a crew can report from where it is, the usual next step first. The server's table of lives
// (src/model/life.c) decides; this one only decides what is offered.
import type { UnitStatus } from "../types";

const steps: Readonly<Record<UnitStatus, readonly UnitStatus[]>> = {
  available: ["returning", "out-of-service"],
  dispatched: ["en-route", "on-scene", "available", "returning", "out-of-service"],
  "en-route": ["on-scene", "available", "returning", "out-of-service"],
  "on-scene": ["transporting", "available", "returning", "out-of-service"],
  transporting: ["at-hospital", "available", "returning", "out-of-service"],
  "at-hospital": ["available", "returning", "out-of-service"],
  returning: ["available", "out-of-service"],
  "out-of-service": ["available"],
};

/** Of a crew without an incident only what needs none. */
export function nextOf(status: UnitStatus, hasIncident: boolean): readonly UnitStatus[] {
  const free: readonly UnitStatus[] = ["available", "returning", "out-of-service"];
  return hasIncident ? steps[status] : steps[status].filter((to) => free.includes(to));
}
