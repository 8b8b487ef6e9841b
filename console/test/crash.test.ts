// What a vehicle tells of its crash, and why a crew's position is stale, in plain words.
import assert from "node:assert/strict";
import test from "node:test";
import { crashLines, readCrashes } from "../src/crash";
import { reportDrops, reportLines } from "../src/unitreports";

const LINE =
  "crash: urgent leak rollover; by automatic; fire no; leak yes; delta-v 40; rollover yes; " +
  "rest roof; occupants 3; belts 1/2; fuel gasoline electric; vehicle red Example 2024; " +
  "heading 0; novelty 7; vin WEXAMPLE000000001";

test("the line of a crash is taken out of what was said", () => {
  const { crashes, rest } = readCrashes(`DeviceInfo: a car\n${LINE}\nhelp`);
  assert.equal(rest, "DeviceInfo: a car\nhelp");
  assert.equal(crashes.length, 1);
  assert.equal(crashes[0]?.get("delta-v"), "40");
  assert.equal(crashes[0]?.get("vehicle"), "red Example 2024");
});

test("words without a crash stay as they are", () => {
  assert.deepEqual(readCrashes("a car crash: two cars"), {
    crashes: [],
    rest: "a car crash: two cars",
  });
  assert.deepEqual(readCrashes(""), { crashes: [], rest: "" });
});

test("a crash is told in plain words, the worst first, and nothing that is unknown", () => {
  const [crash] = readCrashes(LINE).crashes;
  assert.deepEqual(crash && crashLines(crash), [
    "No fire reported",
    "Fuel is leaking",
    "Energy on board: petrol, high-voltage battery",
    "People inside: 3",
    "Belts fastened: 1/2",
    "Rolled over",
    "Rests on its roof",
    "Change of speed: 40 km/h",
    "red Example 2024",
    "Was heading 0°",
    "Sent by its sensors",
    "VIN WEXAMPLE000000001",
  ]);
});

test("a line that is broken shows what it can", () => {
  const [crash] = readCrashes("crash: ; fire; time never; injury yes").crashes;
  assert.deepEqual(crash && crashLines(crash), ["Severe injury is likely", "Crashed never"]);
});

test("reports say first why a position is stale, and count drops, commonest first", () => {
  const reports = {
    unit: "M12",
    state: "dropping",
    heard: null,
    delay_s: 0,
    last_dropped: "2026-11-20T10:00:00Z",
    last_reason: "jump",
    accepted: 4,
    dropped: { jump: 2, late: 0, flood: 9 },
  };
  const lines = reportLines(reports);
  assert.equal(lines.length, 2);
  assert.equal(lines[0], "Stale because what arrives is dropped.");
  assert.match(lines[1] ?? "", /a jump: nothing moves that fast$/);
  assert.deepEqual(reportDrops(reports), [
    ["flood", 9],
    ["jump", 2],
  ]);
});
