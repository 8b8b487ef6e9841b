// The ways of crews: asked for the selected incident only, once, and anew after a while.
import assert from "node:assert/strict";
import test from "node:test";
import { RouteLines } from "../src/routes";
import { Store } from "../src/store";
import type { Incident, Unit } from "../src/types";

function rig() {
  const store = new Store(() => undefined);
  const asked: string[] = [];
  const drawn: number[] = [];
  let now = 0;
  const lines = new RouteLines({
    store,
    ask: (from) => {
      asked.push(String(from.lat));
      return Promise.resolve([
        [0, 0],
        [1, 1],
      ]);
    },
    now: () => now,
    draw: (features) => drawn.push(features.features.length),
  });
  const slot = (unit: string) => ({ unit, status: "en-route", dispatched: "" });
  const base = { capabilities: [], since: "", kind: "", position_stale: false, seq: 1, lon: 0 };
  const units = [
    { ...base, id: "M1", status: "en-route", lat: 1, incident: "I-1" },
    { ...base, id: "M2", status: "on-scene", lat: 2, incident: "I-1" },
    { ...base, id: "M3", status: "dispatched", lat: 3, incident: "I-1", position_stale: true },
  ];
  const incident = { id: "I-1", state: "dispatched", lat: 5, lon: 5, seq: 1 };
  for (const unit of units) store.putUnit(unit as unknown as Unit);
  const slots = ["M1", "M2", "M3"].map(slot);
  store.putIncident({ ...incident, units: slots } as unknown as Incident);
  return { lines, asked, drawn, pass: (ms: number) => (now += ms) };
}

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

test("only crews on their way, whose position is current, get a line", async () => {
  const { lines, asked, drawn } = rig();
  lines.update("I-1", null);
  await settled();
  assert.deepEqual(asked, ["1"]);
  assert.deepEqual(drawn, [0, 1]);
});

test("it is asked anew after a while, not at every move", () => {
  const { lines, asked, pass } = rig();
  for (let i = 0; i < 10; i++) lines.update("I-1", null);
  assert.equal(asked.length, 1);
  pass(11_000);
  lines.update("I-1", null);
  assert.equal(asked.length, 2);
});

test("nothing selected, nothing asked; and a late answer is not drawn", async () => {
  const { lines, asked, drawn } = rig();
  lines.update(null, null);
  assert.deepEqual([asked.length, drawn.length], [0, 0]);
  lines.update("I-1", null);
  lines.update(null, null);
  await settled();
  assert.equal(drawn.at(-1), 0);
});

test("a selected crew shows its own way", async () => {
  const { lines, asked } = rig();
  lines.update(null, "M1");
  assert.deepEqual(asked, ["1"]);
});
