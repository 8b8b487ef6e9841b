// Warnings to the public: what is composed, where it is, and that every language has every text.
import assert from "node:assert/strict";
import test from "node:test";
import { Sketch } from "../src/sketch";
import {
  areaFeatures,
  areaOf,
  areaOfClosure,
  around,
  blank,
  capTime,
  cornersOf,
  following,
  hasShape,
  shapesIn,
} from "../src/warningdata";
import { warningWords } from "../src/warningwords";
import { sameWords } from "./pagewords";
import type { Closure } from "../src/types";

test("every text of the page is there in every language, with the same marks", () =>
  sameWords(warningWords));

test("a drawn polygon is closed, a drawn circle has its radius in kilometres", () => {
  const ring = new Sketch("area");
  assert.equal(areaOf(ring), null);
  for (const [lat, lon] of [
    [0, 0],
    [0, 1],
    [1, 1],
  ] as const) {
    ring.add({ lat, lon });
  }
  assert.deepEqual(areaOf(ring), {
    polygon: [
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [0, 0],
      ],
    ],
  });
  const circle = new Sketch("circle");
  circle.add({ lat: 2, lon: 3 });
  circle.radius_m = 1500;
  assert.deepEqual(areaOf(circle), { circle: [{ lat: 2, lon: 3, radius_km: 1.5 }] });
});

test("an area is taken from a closure that has one", () => {
  const closure = { shape: "area", points: [[0, 0], [0, 1], [1, 0]], lat: 0, lon: 0, radius_m: 0 };
  const area = areaOfClosure(closure as unknown as Closure);
  assert.deepEqual(area?.polygon?.[0]?.at(-1), [0, 0]);
  assert.equal(area?.polygon?.[0]?.length, 4);
  assert.equal(areaOfClosure({ ...closure, shape: "road" } as unknown as Closure), null);
});

test("what the map draws has every shape, and a frame for it", () => {
  const areas = [around({ lat: 1, lon: 2 }, 1000), { polygon: [[[0, 0], [0, 1], [1, 1], [0, 0]]] }];
  const typed = areas as Parameters<typeof areaFeatures>[0];
  assert.equal(areaFeatures(typed).features.length, 2);
  assert.deepEqual(shapesIn(typed), { polygons: 1, circles: 1 });
  assert.ok(cornersOf(typed).length > 8);
  assert.equal(hasShape([{ geocode: [{ name: "a", value: "b" }] }]), false);
});

test("a moment is written as CAP wants it, in the zone of the desk", () => {
  const ms = Date.parse("2026-11-27T18:00:00.500Z");
  assert.equal(capTime(ms, 120), "2026-11-27T20:00:00+02:00");
  assert.equal(capTime(ms, 0), "2026-11-27T18:00:00-00:00");
  assert.equal(capTime(ms, -210), "2026-11-27T14:30:00-03:30");
});

test("an update keeps what was said and names what it is about", () => {
  const first = { ...blank("pt"), about: "W-1" };
  const update = following("W-2", first, "Update");
  assert.equal(update.about, "W-2");
  assert.equal(update.msgType, "Update");
  assert.deepEqual(update.info, first.info);
});
