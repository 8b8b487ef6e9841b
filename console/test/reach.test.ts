// How far crews get, and what a caller's circle can mean: answers as they are shown.
import assert from "node:assert/strict";
import test from "node:test";
import { bandFeatures } from "../src/reach";
import { setLanguage } from "../src/strings";
import type { LocationAnswer } from "../src/types";
import { WhereIs, circleOf, namesIn, questionIn, timesIn } from "../src/whereis";

const band = (minutes: number) => ({
  type: "Feature" as const,
  properties: { minutes },
  geometry: { type: "MultiPolygon" as const, coordinates: [] },
});

test("the longest band lies below, the nearest is the strongest", () => {
  const { features } = bandFeatures({
    type: "FeatureCollection",
    features: [band(8), band(4), band(12)],
  });
  assert.deepEqual(
    features.map((f) => f.properties?.["minutes"]),
    [12, 8, 4],
  );
  const strengths = features.map((f) => Number(f.properties?.["strength"]));
  assert.ok(strengths[0]! < strengths[1]! && strengths[1]! < strengths[2]!);
  assert.equal(features[2]?.properties?.["name"], "4 min");
});

test("only a circle that says little by itself is asked about", () => {
  assert.equal(circleOf({ lat: 1, lon: 2, radius_m: 10 }), null);
  assert.equal(circleOf({ lat: 1, lon: 2 }), null);
  assert.equal(circleOf({ radius_m: 100 }), null);
  assert.deepEqual(circleOf({ lat: 1, lon: 2, radius_m: 100, confidence_pct: 95 }), {
    incident: null,
    pos: { lat: 1, lon: 2 },
    radius_m: 100,
    confidence_pct: 95,
  });
});

const answer: LocationAnswer = {
  streets: [
    { name: "Rua A", share: 0.61, lat: 1, lon: 2, house_first: "2", house_last: "18" },
    { name: "Rua B", share: 0.002, lat: 1, lon: 2 },
  ],
  landmarks: [
    { name: "Shoprite", kind: "supermarket", lat: 1, lon: 2, share: 0.1, distance_m: 90 },
  ],
  crews: [
    { unit: "M1", mean_s: 190, p10_s: 150, p90_s: 260, first_share: 0.7 },
    { unit: "M2", mean_s: 230, p10_s: 160, p90_s: 300, first_share: 0.3 },
  ],
  differs: true,
};

test("streets come with houses and shares, landmarks with what they are", () => {
  void setLanguage("en");
  assert.deepEqual(
    namesIn(answer).map((n) => `${n.name} | ${n.detail}`),
    ["Rua A 2–18 | 61 %", "Rua B | 1 %", "Shoprite | supermarket · 90 m"],
  );
});

test("times say how sure they are, and whether another crew may be first", () => {
  const [time, best] = timesIn(answer);
  assert.match(time ?? "", /3 min 10 s, 2 min 30 s to 4 min 20 s/);
  assert.match(best ?? "", /M1 \(70 %\), M2 \(30 %\)/);
  assert.match(timesIn({ ...answer, differs: false })[1] ?? "", /M1 is best wherever/);
  assert.deepEqual(timesIn({ ...answer, crews: [] }), []);
});

test("the question to the caller says who goes then", () => {
  const sides = [
    { side: "north", unit: "M1" },
    { side: "south-west", unit: "M2" },
  ];
  assert.equal(
    questionIn({ ...answer, ask: { name: "Rua A", answers: sides } }),
    "Ask: north or south-west of Rua A? north: M1; south-west: M2",
  );
  const nearer = [
    { nearer: "Rua A", unit: "M1" },
    { nearer: "Rua B", unit: "M2" },
  ];
  const ask = { name: "Rua A", answers: nearer };
  assert.match(questionIn({ ...answer, ask }), /nearer to Rua A/);
  assert.equal(questionIn(answer), "");
});

test("a circle is asked about once, and again when crews have driven on", async () => {
  let now = 0;
  let asked = 0;
  let changes = 0;
  const ask = async () => {
    asked++;
    return { answers: [answer] };
  };
  const where = new WhereIs(() => changes++, ask, () => now);
  const circle = circleOf({ id: "I-1", lat: 1, lon: 2, radius_m: 100 });
  where.view(circle);
  where.view(circle);
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual([asked, changes], [1, 1]);
  now = 31_000;
  where.view(circle);
  assert.equal(asked, 2);
  where.view(null);
  assert.equal(asked, 2);
});
