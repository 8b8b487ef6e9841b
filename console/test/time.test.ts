// Durations, timers, distances and the clock, in fixed zones.
import assert from "node:assert/strict";
import test from "node:test";
import {
  ServerClock,
  formatClock,
  formatDistance,
  formatTimer,
  spellDuration,
  zoneName,
} from "../src/time";

test("durations are spelled in the largest fitting units", () => {
  assert.equal(spellDuration(0), "0 s");
  assert.equal(spellDuration(-4), "0 s");
  assert.equal(spellDuration(59.4), "59 s");
  assert.equal(spellDuration(59.6), "1 min");
  assert.equal(spellDuration(250), "4 min 10 s");
  assert.equal(spellDuration(3600), "1 h 00 min");
  assert.equal(spellDuration(7509), "2 h 05 min");
});

test("timers run without jumps of width", () => {
  assert.equal(formatTimer(7.9), "0:07");
  assert.equal(formatTimer(754), "12:34");
  assert.equal(formatTimer(11109), "3:05:09");
  assert.equal(formatTimer(-1), "0:00");
});

test("distances are rounded as one reads them, in the numbers of the language", () => {
  assert.equal(formatDistance(347, "en"), "350 m");
  assert.equal(formatDistance(996, "en"), "1 km");
  assert.equal(formatDistance(2440, "en"), "2.4 km");
  assert.equal(formatDistance(2440, "pt"), "2,4 km");
});

test("the clock shows the desk's zone, 24 hours", () => {
  const time = new Date("2026-11-23T23:05:09Z");
  assert.equal(formatClock(time, "en", "UTC"), "23:05:09");
  assert.equal(formatClock(time, "pt", "Africa/Maputo"), "01:05:09");
  assert.equal(zoneName(time, "en", "UTC"), "UTC");
});

test("ages follow the server's clock, not the desk's", () => {
  let local = Date.parse("2020-01-01T00:00:00Z");
  const clock = new ServerClock(() => local);
  clock.heard("2026-11-23T10:00:00Z");
  local += 5000;
  assert.equal(clock.age("2026-11-23T10:00:01Z"), 4);
  assert.equal(clock.age("2026-11-23T11:00:00Z"), 0, "never negative");
  clock.heard("not a time");
  assert.equal(clock.age("2026-11-23T10:00:01Z"), 4);
});

test("what comes late does not put the clock back, and a clock that was set is followed", () => {
  let local = Date.parse("2026-11-23T10:00:00Z");
  const clock = new ServerClock(() => local);
  const ahead = () => clock.now() - local;
  const hear = (late: number) => clock.heard(new Date(local + 7000 - late).toISOString());
  hear(500);
  hear(100);
  assert.equal(ahead(), 6900);
  hear(30_000); // a change of half a minute ago, told again after a break of the line
  assert.equal(ahead(), 6900);
  local += 50_000;
  hear(300);
  assert.equal(ahead(), 6900);
  local += 20_000;
  hear(400);
  assert.equal(ahead(), 6700, "the best of the last minute");
  for (const jump of [3_600_000, -3_600_000]) {
    local += jump;
    clock.heard(new Date(local + 7000 - jump).toISOString());
    assert.equal(ahead(), 7000 - jump, "this desk's clock was set");
    local -= jump;
    clock.heard(new Date(local + 7000).toISOString());
    assert.equal(ahead(), 7000);
  }
});
