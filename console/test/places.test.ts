// Typed coordinates, and what the map draws of the state.
import assert from "node:assert/strict";
import test from "node:test";
import { circle, crewFeatures, incidentFeatures } from "../src/mapdata";
import { choicesOf, parseLatLon } from "../src/places";
import type { Incident, Unit } from "../src/types";

test("coordinates are understood in the ways people type them", () => {
  assert.deepEqual(parseLatLon("-25.96, 32.58"), { lat: -25.96, lon: 32.58 });
  assert.deepEqual(parseLatLon("25.96S 32.58E"), { lat: -25.96, lon: 32.58 });
  assert.deepEqual(parseLatLon("41.15° N, 8.61° W"), { lat: 41.15, lon: -8.61 });
  assert.deepEqual(parseLatLon("0;0"), { lat: 0, lon: 0 });
});

test("what is not a position is not taken for one", () => {
  for (const text of ["", "Rua 25", "91, 0", "0, 181", "12", "1,2,3", "25 de Setembro 12"]) {
    assert.equal(parseLatLon(text), null, text);
  }
});

test("a circle closes and has its radius", () => {
  const ring = circle({ lat: 60, lon: 25 }, 1000).coordinates[0] ?? [];
  assert.deepEqual(ring[0], ring[ring.length - 1]);
  const north = Math.max(...ring.map((p) => p[1] ?? 0));
  const east = Math.max(...ring.map((p) => p[0] ?? 0));
  assert.ok(Math.abs((north - 60) * 111195 - 1000) < 5);
  assert.ok(Math.abs((east - 25) * 111195 * Math.cos(Math.PI / 3) - 1000) < 5);
});

test("a crew with a stale position is not drawn", () => {
  const unit = { id: "M1", status: "available", lat: 1, lon: 2 } as Unit;
  const fresh = { ...unit, position_stale: false };
  const stale = { ...unit, position_stale: true };
  assert.equal(crewFeatures([fresh, stale], null).features.length, 1);
});

test("a closed incident is drawn only while it is selected", () => {
  const closed = { id: "I-1", state: "closed", lat: 1, lon: 2 } as Incident;
  assert.equal(incidentFeatures([closed], null).features.length, 0);
  assert.equal(incidentFeatures([closed], "I-1").features.length, 1);
});

test("an incident without a position is not drawn at zero, zero", () => {
  const nowhere = { id: "I-1", state: "new", lat: null } as Incident;
  assert.equal(incidentFeatures([nowhere], null).features.length, 0);
});

test("a place says what it is, where, how far, and which words it did not need", () => {
  const shop = { name: "Shoprite", kind: "supermarket", lat: 1, lon: 2, score: 0.8 };
  const found = {
    results: [{ ...shop, context: "Matola", distance_m: 420, unused: ["behind", "the"] }],
    did_you_mean: "shoprite matola",
  };
  const [first, second] = choicesOf(found);
  assert.equal(first?.detail, "supermarket · Matola · 420 m · not used: behind the");
  assert.equal(first?.ask, undefined);
  assert.equal(second?.ask, "shoprite matola");
  assert.match(second?.title ?? "", /Did you mean shoprite matola/);
  assert.deepEqual(choicesOf({ results: [] }), []);
});
