// When the map may draw: at once where drawing is quick; where it is slow, after keys and a rest.
import assert from "node:assert/strict";
import test from "node:test";
import { Pace } from "../src/pace";

function drawn(cost: number): Pace {
  const pace = new Pace();
  pace.drawn(1000, cost);
  return pace;
}

test("a map that is drawn quickly waits for nothing", () => {
  const pace = drawn(5);
  pace.pressed(1001);
  assert.equal(pace.isSlow, false);
  assert.equal(pace.wait(1001, false), 0);
});

test("a slow map rests three times as long as it drew, at most a second and a half", () => {
  assert.equal(drawn(200).wait(1100, false), 500);
  assert.equal(drawn(200).wait(1600, false), 0);
  assert.equal(drawn(5000).wait(1000, false), 1500);
});

test("moved by hand it does not rest", () => {
  assert.equal(drawn(200).wait(1000, true), 0);
});

test("a key goes before it, also while it is moved", () => {
  const pace = drawn(100);
  pace.pressed(2000);
  assert.equal(pace.wait(2050, false), 250);
  assert.equal(pace.wait(2050, true), 250);
  assert.equal(pace.wait(2300, false), 0);
});

test("who types without a pause still sees the map", () => {
  const pace = drawn(100);
  pace.pressed(3000);
  let now = 3000;
  while (pace.wait(now, false) > 0) pace.pressed((now += 50));
  assert.equal(now - 3000, 1500);
});
