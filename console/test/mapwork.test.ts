// Coverage as cells, trails that end, hospitals in the order to go to, and their short names.
import assert from "node:assert/strict";
import test from "node:test";
import { cellFeatures } from "../src/coverage";
import { byRoad, codeFor } from "../src/hospitaldata";
import { suggest } from "../src/line";
import { hospitalFeatures } from "../src/mapdata";
import { straightMetres } from "../src/measure";
import { TRAIL_MIN, Trails } from "../src/trails";
import type { Coverage, Hospital, Unit } from "../src/types";

const unit = (more: Partial<Unit>): Unit => ({
  id: "M1",
  kind: "ambulance",
  capabilities: ["bls"],
  status: "en-route",
  since: "2026-11-26T10:00:00Z",
  incident: "I-1",
  lat: 1,
  lon: 2,
  position_stale: false,
  seq: 1,
  ...more,
});

const hospital = (more: Partial<Hospital>): Hospital => ({
  id: "HC",
  label: "Hospital Central",
  lat: 1,
  lon: 2,
  capabilities: [],
  traffic: "normal",
  disabled: false,
  seq: 1,
  ...more,
});

test("each cell is a closed square that says how many crews are in time", () => {
  const answer: Coverage = {
    minutes: 8,
    share: 0.5,
    crews: 2,
    unplaced: 0,
    demand: { incidents: 0, map_percent: 100, by_hour: true },
    cell: { lat: 0.5, lon: 1 },
    cells: [
      { lat: 10, lon: 20, demand: 4, crews: 0 },
      { lat: 10, lon: 21, demand: 1, crews: 1 },
      { lat: 10, lon: 22, demand: 2, crews: 1, lost: true },
      { lat: 10, lon: 23, demand: 3, crews: 2 },
    ],
  };
  const { features } = cellFeatures(answer);
  const kinds = features.map((f) => f.properties?.["kind"]);
  assert.deepEqual(kinds, ["none", "single", "lost", "deep"]);
  const [first] = features;
  assert.deepEqual(first?.geometry, {
    type: "Polygon",
    coordinates: [
      [
        [20, 10],
        [21, 10],
        [21, 10.5],
        [20, 10.5],
        [20, 10],
      ],
    ],
  });
});

test("a trail has the places of a crew on an incident, and none of a free one", () => {
  const trails = new Trails();
  trails.note([unit({}), unit({ id: "M2", incident: null })], 0);
  trails.note([unit({ lat: 1.001 }), unit({ id: "M2", incident: null, lat: 1.1 })], 1000);
  trails.note([unit({ lat: 1.00101 })], 2000); // it stands
  const { features } = trails.features();
  assert.equal(features.length, 1);
  assert.equal(features[0]?.properties?.["id"], "M1");
  assert.deepEqual((features[0]?.geometry as { coordinates: number[][] }).coordinates, [
    [2, 1],
    [2, 1.001],
  ]);
});

test("a trail ends with its incident, with its age, and never has a stale place", () => {
  const trails = new Trails();
  trails.note([unit({})], 0);
  trails.note([unit({ lat: 1.001 })], 1000);
  trails.note([unit({ lat: 1.5, position_stale: true })], 2000);
  assert.equal(trails.features().features.length, 1);
  trails.note([unit({ incident: null })], 3000);
  assert.equal(trails.features().features.length, 0);
  trails.note([unit({})], 4000);
  trails.note([unit({ lat: 1.001 })], 5000);
  trails.note([unit({ lat: 1.001 })], 5001 + TRAIL_MIN * 60_000);
  assert.equal(trails.features().features.length, 0);
});

test("a trail stays bounded however long a crew drives", () => {
  const trails = new Trails();
  for (let i = 0; i < 2000; i++) trails.note([unit({ lat: 1 + i * 0.001 })], i);
  const [trail] = trails.features().features;
  const { coordinates } = trail?.geometry as { coordinates: number[][] };
  assert.equal(coordinates.length, 240);
  assert.deepEqual(coordinates[239], [2, 1 + 1999 * 0.001]);
});

test("the nearest hospital by road is first, and a closed one is last", () => {
  const order = byRoad([
    hospital({ id: "A", road_s: 300 }),
    hospital({ id: "B", road_s: 100, traffic: "closed" }),
    hospital({ id: "C", road_s: null }),
    hospital({ id: "D", road_s: 200, traffic: "advisory" }),
    hospital({ id: "E", road_s: 50, disabled: true }),
  ]);
  assert.deepEqual(
    order.map((h) => h.id),
    ["D", "A", "C", "B"],
  );
});

test("a hospital gets a short name that nobody has", () => {
  assert.equal(codeFor("Hospital Central", new Set()), "HC");
  assert.equal(codeFor("Hospital Central", new Set(["HC"])), "HC2");
  assert.equal(codeFor("Hôpital d’Ébène", new Set()), "HDE".slice(0, 1) + "D");
  assert.equal(codeFor("مستشفى", new Set()), "H1");
  assert.equal(codeFor("Hospital", new Set(["H1"])), "H2");
});

test("what is off the list is not on the map", () => {
  const { features } = hospitalFeatures([hospital({}), hospital({ id: "X", disabled: true })]);
  assert.deepEqual(
    features.map((f) => f.properties?.["id"]),
    ["HC"],
  );
});

test("a measured way is the sum of its legs", () => {
  const straight = straightMetres([
    { lat: 0, lon: 0 },
    { lat: 0.01, lon: 0 },
    { lat: 0.01, lon: 0.01 },
  ]);
  assert.ok(Math.abs(straight - 2223.9) < 1, String(straight));
  assert.equal(straightMetres([{ lat: 0, lon: 0 }]), 0);
});

test("the command line follows a crew, and says where one transports to", () => {
  const world = { units: [unit({})], incidents: [], hospitals: [hospital({})], current: null };
  assert.deepEqual(suggest("follow m1", world)[0]?.deed, { do: "follow", unit: "M1" });
  assert.deepEqual(suggest("tr M1 ", world).map((s) => s.deed), [
    { do: "status", unit: "M1", status: "transporting" },
    { do: "status", unit: "M1", status: "transporting", hospital: "Hospital Central" },
  ]);
  assert.deepEqual(suggest("tr M1 centr", world).map((s) => s.deed), [
    { do: "status", unit: "M1", status: "transporting", hospital: "Hospital Central" },
  ]);
  assert.deepEqual(suggest("measure", world)[0]?.deed, { do: "key", command: "measure" });
});
