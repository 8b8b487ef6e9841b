// Which open incidents a call may be about: near, recent, not closed; and how far they are.
import assert from "node:assert/strict";
import test from "node:test";
import { distance_m, findDuplicates } from "../src/duplicates";
import type { Incident } from "../src/types";

const NOW = Date.parse("2026-11-26T12:00:00Z");
const rule = { radius_m: 500, age_s: 1800, most: 2 };
const here = { lat: 41.15, lon: -8.61 };

const incident = (id: string, more: Partial<Incident> = {}): Incident => ({
  id,
  state: "new",
  opened: "2026-11-26T11:50:00Z",
  changed: "2026-11-26T11:50:00Z",
  seq: 1,
  calls: [],
  units: [],
  ...here,
  ...more,
});
const found = (...all: Incident[]): string[] =>
  findDuplicates(all, here, rule, NOW).map((d) => d.incident);

test("distances are those of the sphere", () => {
  assert.equal(distance_m(here, here), 0);
  const degree = distance_m({ lat: 0, lon: 0 }, { lat: 0, lon: 1 });
  assert.ok(Math.abs(degree - 111195) < 1);
  assert.ok(Math.abs(distance_m({ lat: 0, lon: 179.5 }, { lat: 0, lon: -179.5 }) - degree) < 1);
});

test("only open, near and recent incidents are possible duplicates", () => {
  assert.deepEqual(found(incident("I-1")), ["I-1"]);
  assert.deepEqual(found(incident("I-1", { state: "closed" })), []);
  assert.deepEqual(found(incident("I-1", { lat: null, lon: null })), []);
  assert.deepEqual(found(incident("I-1", { lat: 41.1544 })), ["I-1"]); // 489 m
  assert.deepEqual(found(incident("I-1", { lat: 41.1546 })), []); // 511 m
  assert.deepEqual(found(incident("I-1", { opened: "2026-11-26T11:30:00Z" })), ["I-1"]);
  assert.deepEqual(found(incident("I-1", { opened: "2026-11-26T11:29:58Z" })), []);
});

test("the newest are told, as many as the rule says", () => {
  assert.deepEqual(found(incident("I-9"), incident("I-11"), incident("I-10")), ["I-11", "I-10"]);
});
