// Reasons are told in the desk's language from the numbers; unknown ones in the server's words.
import assert from "node:assert/strict";
import test from "node:test";
import { reasonsOf } from "../src/reasons";
import { setLanguage } from "../src/strings";
import type { Ranked, Reason } from "../src/types";

function ranked(reasons: Reason[], more: Partial<Ranked> = {}): Ranked {
  return {
    unit: "M1",
    status: "available",
    arrive_s: 310,
    road_s: 250,
    distance_m: 2440,
    basis: "position",
    divert: false,
    reasons,
    ...more,
  };
}

const byRoad: Reason = { code: "by-road", text: "4 min 10 s by road" };

test("the way by road is told with its length and the time to leave", () => {
  setLanguage("en");
  assert.deepEqual(reasonsOf(ranked([byRoad])), [
    "4 min 10 s by road (2.4 km), plus 1 min to leave",
  ]);
  setLanguage("pt");
  assert.deepEqual(reasonsOf(ranked([byRoad])), [
    "4 min 10 s por estrada (2,4 km), mais 1 min até sair",
  ]);
  setLanguage("en");
});

test("a crew on the move has no time to leave, and a length may be missing", () => {
  const moving = ranked([byRoad], { arrive_s: 250, distance_m: null });
  assert.deepEqual(reasonsOf(moving), ["4 min 10 s by road"]);
});

test("a crew that a straight line would choose is named", () => {
  const text = "M7 is nearest by straight line (0.4 km) but would take 7 min 30 s by road";
  const [words] = reasonsOf(ranked([{ code: "straight-line-misleads", text }]));
  assert.match(words ?? "", /^M7 /);
});

test("without numbers, and for an unknown reason, the server's words stand", () => {
  const odd: Reason = { code: "lunar-phase", text: "the moon is full" };
  assert.deepEqual(reasonsOf(ranked([byRoad, odd], { road_s: null })), [byRoad.text, odd.text]);
});
