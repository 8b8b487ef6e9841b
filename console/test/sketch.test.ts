// Closures while they are drawn: points, what is lacking, what is sent, and what the map shows.
import assert from "node:assert/strict";
import test from "node:test";
import { boundsOf, closureFeatures, compassOf, draftFeatures } from "../src/closuredata";
import { roadsText } from "../src/closureroads";
import {
  POINTS_MAX,
  Sketch,
  bearingOf,
  draftOf,
  metresBetween,
  ringCrosses,
  sketchOf,
} from "../src/sketch";
import type { Closure, LatLon, Shape } from "../src/types";

const p = (lat: number, lon: number): LatLon => ({ lat, lon });

function drawn(shape: Shape, ...points: LatLon[]): Sketch {
  const sketch = new Sketch(shape);
  for (const point of points) sketch.add(point);
  return sketch;
}

function closure(more: Partial<Closure> = {}): Closure {
  return {
    id: "X-1",
    shape: "road",
    lat: 1,
    lon: 2,
    radius_m: 0,
    points: [],
    heading_deg: null,
    time_percent: 0,
    made: "2026-11-23T10:00:00Z",
    seq: 1,
    ...more,
  };
}

test("a road is one point, and the next click is another road", () => {
  const road = drawn("road", p(1, 2));
  assert.equal(road.lacks, null);
  road.add(p(3, 4));
  assert.deepEqual(road.body(), { shape: "road", site: p(3, 4) });
});

test("a circle is its middle and its edge, and then begins anew", () => {
  const circle = drawn("circle", p(1, 2));
  assert.equal(circle.lacks, "radius");
  circle.add(p(1.001, 2));
  assert.equal(circle.radius_m, 111);
  assert.deepEqual(circle.body(), { shape: "circle", site: p(1, 2), radius_m: 111 });
  assert.ok(circle.undo());
  assert.equal(circle.lacks, "radius");
  circle.add(p(2, 2));
  assert.equal(circle.radius_m, 50_000, "no wider than the roads can know");
  circle.add(p(5, 5));
  assert.deepEqual([circle.points, circle.radius_m], [[p(5, 5)], 0]);
});

test("an area needs three corners that do not cross", () => {
  const area = drawn("area", p(0, 0), p(0, 1), p(0, 1));
  assert.equal(area.points.length, 2, "a point that stands twice is one");
  assert.equal(area.lacks, "points");
  area.add(p(1, 1));
  assert.equal(area.lacks, null);
  assert.equal(drawn("area", p(0, 0), p(1, 1), p(0, 1), p(1, 0)).lacks, "crosses");
  assert.deepEqual(area.body().points?.[2], [1, 1]);
});

test("points are taken back one by one, and there is a most", () => {
  const line = new Sketch("line");
  assert.equal(line.undo(), false);
  for (let i = 0; i < POINTS_MAX + 5; i++) line.add(p(i / 1000, 0));
  assert.equal(line.points.length, POINTS_MAX);
  assert.ok(line.undo());
  assert.equal(line.points.length, POINTS_MAX - 1);
});

test("a line knows which way it was drawn", () => {
  assert.equal(drawn("line", p(0, 0), p(0, 1)).along, 90);
  assert.equal(drawn("line", p(0, 0), p(-1, 0)).along, 180);
  assert.equal(drawn("line", p(0, 0)).along, null);
  assert.equal(drawn("road", p(0, 0)).along, null);
  assert.equal(bearingOf(p(0, 179.9), p(0, -179.9)), 90);
});

test("distances and crossings hold across the antimeridian", () => {
  assert.ok(Math.abs(metresBetween(p(0, 179.999), p(0, -179.999)) - 222.4) < 0.5);
  assert.equal(ringCrosses([p(0, 179.9), p(0, -179.9), p(0.1, -179.9), p(0.1, 179.9)]), false);
  assert.equal(ringCrosses([p(0, 179.9), p(0.1, -179.9), p(0.1, 179.9), p(0, -179.9)]), true);
});

test("what is closed can be drawn again and given back as it was", () => {
  const area = closure({
    shape: "area",
    points: [
      [0, 0],
      [0, 1],
      [1, 1],
    ],
    heading_deg: 45,
    time_percent: 200,
    until: "2026-11-23T12:00:00Z",
  });
  assert.equal(sketchOf(area).lacks, null);
  assert.deepEqual(draftOf(area), {
    shape: "area",
    points: area.points,
    heading_deg: 45,
    time_percent: 200,
    until: "2026-11-23T12:00:00Z",
    reason: "-",
  });
  const circle = closure({ shape: "circle", radius_m: 80, reason: "Flood" });
  assert.deepEqual(draftOf(circle), {
    shape: "circle",
    site: p(1, 2),
    radius_m: 80,
    both_ways: true,
    time_percent: 0,
    lasting: true,
    reason: "Flood",
  });
});

test("a lifted closure is gone from the map, one in force has its shape and a sign", () => {
  const lifted = closure({ lifted: "2026-11-23T11:00:00Z" });
  assert.equal(closureFeatures([lifted]).features.length, 0);
  const { features } = closureFeatures([closure({ shape: "circle", radius_m: 50 })]);
  assert.deepEqual(
    features.map((f) => f.geometry.type),
    ["Polygon", "Point"],
  );
  assert.equal(features[0]?.properties?.["kind"], "closed");
});

test("one way shows an arrow, slower roads are another kind", () => {
  const line = closure({
    shape: "line",
    points: [
      [0, 0],
      [0, 1],
      [0, 2],
    ],
    heading_deg: 0,
    time_percent: 300,
  });
  const [shape, sign] = closureFeatures([line]).features;
  assert.equal(shape?.properties?.["kind"], "slowed");
  assert.equal(sign?.properties?.["heading"], 0);
  assert.deepEqual(sign?.geometry, { type: "Point", coordinates: [1, 0] });
});

test("known roads are drawn instead of a guess at them", () => {
  const road = {
    type: "Feature" as const,
    properties: { street: "Rua 1" },
    geometry: {
      type: "LineString" as const,
      coordinates: [
        [0, 0],
        [1, 1],
      ],
    },
  };
  const roads = {
    type: "FeatureCollection" as const,
    features: [road, road],
    total: 3,
    length_m: 1234,
  };
  assert.equal(roadsText(roads), "3 stretches of road, 1.2 km: Rua 1");
  assert.match(roadsText({ ...roads, features: [], total: 0 }), /would change nothing/);
  roads.features.pop();
  const types = (c: Closure): string[] => closureFeatures([c]).features.map((f) => f.geometry.type);
  assert.deepEqual(types(closure({ roads })), ["LineString", "Point"]);
  assert.deepEqual(types(closure({ roads, shape: "circle", radius_m: 9 })), [
    "LineString",
    "Polygon",
    "Point",
  ]);
});

test("a drawing is shown up to the cursor", () => {
  const types = (s: Sketch, cursor: LatLon | null): string[] =>
    draftFeatures(s, cursor, "closed", null).features.map((f) => f.geometry.type);
  assert.deepEqual(types(drawn("area", p(0, 0)), p(0, 1)), ["LineString", "Point"]);
  assert.deepEqual(types(drawn("area", p(0, 0), p(0, 1)), p(1, 1)), ["Polygon", "Point", "Point"]);
  assert.deepEqual(types(drawn("circle", p(0, 0)), p(0, 0.001)), ["Polygon", "Point"]);
  assert.deepEqual(types(drawn("circle", p(0, 0)), null), ["Point"]);
  assert.deepEqual(draftFeatures(null, p(0, 0), "closed", null).features, []);
});

test("the box of a closure holds all of it", () => {
  assert.deepEqual(boundsOf(closure({ shape: "line", points: [[3, 4], [1, 9]] })), [4, 1, 9, 3]);
  const [west, south, east, north] = boundsOf(closure({ shape: "circle", radius_m: 1000 }));
  assert.ok(west < 2 && east > 2 && south < 1 && north > 1);
});

test("headings have their winds", () => {
  assert.deepEqual([0, 22, 23, 180, 359, -90].map(compassOf), ["n", "n", "ne", "s", "n", "w"]);
});
