// The store: newest wins, one message a frame, the order of queue and crews, positions that age.
import assert from "node:assert/strict";
import test from "node:test";
import { Store, type Topic, compareIncidents, compareUnits } from "../src/store";
import type { Incident, Unit } from "../src/types";

function incident(id: string, more: Partial<Incident> = {}): Incident {
  const opened = "2026-11-23T10:00:00Z";
  return { id, state: "new", opened, changed: opened, seq: 1, calls: [], units: [], ...more };
}

function unit(id: string, more: Partial<Unit> = {}): Unit {
  return {
    id,
    kind: "ambulance",
    capabilities: [],
    status: "available",
    since: "2026-11-23T10:00:00Z",
    position_stale: true,
    seq: 1,
    ...more,
  };
}

/** A store whose frames are run by hand. */
function framed(): { store: Store; frame: () => void; frames: () => number } {
  const queue: (() => void)[] = [];
  let asked = 0;
  const store = new Store((run) => {
    asked++;
    queue.push(run);
  });
  return { store, frame: () => queue.splice(0).forEach((run) => run()), frames: () => asked };
}

test("an older object never replaces a newer one", () => {
  const { store } = framed();
  store.putIncident(incident("I-1", { seq: 5, state: "dispatched" }));
  store.putIncident(incident("I-1", { seq: 4, state: "new" }));
  assert.equal(store.incidents.get("I-1")?.state, "dispatched");
});

test("many changes are told once, on the next frame", () => {
  const { store, frame, frames } = framed();
  const heard: Topic[][] = [];
  store.subscribe((topics) => heard.push([...topics].sort()));
  for (let seq = 1; seq <= 50; seq++) store.putIncident(incident("I-1", { seq }));
  store.putUnit(unit("M1"));
  assert.equal(frames(), 1);
  assert.deepEqual(heard, []);
  frame();
  assert.deepEqual(heard, [["incidents", "positions", "units"]]);
  frame();
  assert.equal(heard.length, 1);
});

test("a change while listeners are told is told on the frame after", () => {
  const { store, frame } = framed();
  let told = 0;
  store.subscribe(() => {
    if (++told === 1) store.putUnit(unit("M2"));
  });
  store.putUnit(unit("M1"));
  frame();
  frame();
  assert.equal(told, 2);
});

test("a change of the journal updates all objects it brings", () => {
  const { store } = framed();
  store.apply({
    seq: 9,
    kind: "unit-dispatched",
    time: "2026-11-23T10:00:00Z",
    incident: incident("I-1", { seq: 9 }),
    unit: unit("M1", { seq: 9, status: "dispatched" }),
    units: [unit("M2", { seq: 9, status: "returning" })],
  });
  assert.equal(store.incidents.get("I-1")?.seq, 9);
  assert.equal(store.units.get("M1")?.status, "dispatched");
  assert.equal(store.units.get("M2")?.status, "returning");
});

test("a snapshot drops what is gone and keeps closed incidents already seen", () => {
  const { store } = framed();
  store.putIncident(incident("I-1"));
  store.putIncident(incident("I-2", { state: "closed" }));
  store.putUnit(unit("M1"));
  store.replace({ incidents: [incident("I-3")], units: [unit("M2")], closures: [] });
  assert.deepEqual([...store.incidents.keys()].sort(), ["I-2", "I-3"]);
  assert.deepEqual([...store.units.keys()], ["M2"]);
});

test("a snapshot after a resync may carry smaller numbers and still counts", () => {
  const { store } = framed();
  store.putIncident(incident("I-1", { seq: 90, state: "on-scene" }));
  store.replace({ incidents: [incident("I-1", { seq: 3 })], units: [], closures: [] });
  assert.equal(store.incidents.get("I-1")?.state, "new");
});

test("positions move known crews only", () => {
  const { store } = framed();
  store.putUnit(unit("M1"));
  store.move({
    time: "2026-11-23T10:00:00Z",
    units: [
      ["M1", 1, 2, 90, 50],
      ["M9", 3, 4],
    ],
  });
  const moved = store.units.get("M1");
  assert.deepEqual([moved?.lat, moved?.lon, moved?.heading_deg], [1, 2, 90]);
  assert.equal(moved?.position_stale, false);
  assert.equal(store.units.has("M9"), false);
});

test("a position older than the limit becomes stale without a word from the server", () => {
  const { store } = framed();
  const time = "2026-11-23T10:00:00Z";
  store.putUnit(unit("M1", { lat: 1, lon: 2, position_time: time, position_stale: false }));
  store.expire(Date.parse(time) + 120_000, 120);
  assert.equal(store.units.get("M1")?.position_stale, false);
  store.expire(Date.parse(time) + 120_001, 120);
  assert.equal(store.units.get("M1")?.position_stale, true);
});

test("the queue shows the unjudged first, then by priority, then by age", () => {
  const early = "2026-11-23T09:00:00Z";
  const list = [
    incident("I-10", { priority: 2 }),
    incident("I-2", { priority: 2 }),
    incident("I-3", { priority: 1 }),
    incident("I-4", { priority: null }),
    incident("I-5", { priority: 2, opened: early }),
  ];
  const order = list.sort(compareIncidents).map((i) => i.id);
  assert.deepEqual(order, ["I-4", "I-3", "I-5", "I-2", "I-10"]);
});

test("crews are shown free ones first, numbers in call signs as numbers", () => {
  const list = [
    unit("M10"),
    unit("M2"),
    unit("M1", { status: "out-of-service" }),
    unit("M3", { status: "en-route" }),
  ];
  assert.deepEqual(
    list.sort(compareUnits).map((u) => u.id),
    ["M2", "M10", "M3", "M1"],
  );
});

test("a desk forgets what its agency may see no more: a lent crew, and its incident", () => {
  const { store } = framed();
  const change = (seq: number, kind: string, more: object) => ({ seq, kind, time: "", ...more });
  const slot = { unit: "X1", status: "dispatched" as const, dispatched: "2026-11-23T10:00:00Z" };
  const on = incident("I-1", { seq: 2, agency: "fire", units: [slot] });
  const off = incident("I-1", { seq: 3, agency: "fire" });
  const busy = unit("X1", { seq: 2, agency: "cross", incident: "I-1", status: "dispatched" });
  const free = unit("X1", { seq: 3, agency: "cross" });
  for (const [mine, incidents, units] of [
    ["fire", 1, 0],
    ["cross", 0, 1],
    [null, 1, 1],
  ] as const) {
    store.replace({ incidents: [], units: [], closures: [] });
    store.apply(change(2, "unit-dispatched", { incident: on, unit: busy }), mine);
    assert.equal(store.incidents.size + store.units.size, 2, String(mine));
    store.apply(change(3, "unit-released", { incident: off, unit: free }), mine);
    assert.deepEqual([store.incidents.size, store.units.size], [incidents, units], String(mine));
  }
  const shared = { incident: { ...off, seq: 4, shared: ["cross"] } };
  store.apply(change(4, "incident-shared", shared), "cross");
  assert.ok(store.incidents.has("I-1"), "it is shared");
  store.apply(change(5, "incident-unshared", { incident: { ...off, seq: 5 } }), "cross");
  assert.ok(!store.incidents.has("I-1"), "and is no longer");
});
