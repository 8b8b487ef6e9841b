// Reasons are told in the desk's language from their facts; unknown ones in the server's words.
import assert from "node:assert/strict";
import test from "node:test";
import { reasonsOf } from "../src/reasons";
import { setLanguage } from "../src/strings";
import type { Ranked, Reason } from "../src/types";

type Facts = NonNullable<Reason["params"]>;

function ranked(...reasons: Reason[]): Ranked {
  const crew = { unit: "M1", status: "available", arrive_s: 310, basis: "position" } as const;
  return { ...crew, divert: false, reasons };
}

/** What both languages say of a reason with these facts. */
function told(code: string, params: Facts): [string | undefined, string | undefined] {
  const reason = { code, text: "the server's words", params };
  const [en] = reasonsOf(ranked(reason));
  void setLanguage("pt");
  const [pt] = reasonsOf(ranked(reason));
  void setLanguage("en");
  return [en, pt];
}

test("the way by road is told with its length and the time to leave", () => {
  assert.deepEqual(told("by-road", { road_s: 250, distance_m: 2440, turnout_s: 60 }), [
    "4 min 10 s by road (2.4 km), plus 1 min to leave",
    "4 min 10 s por estrada (2,4 km), mais 1 min até sair",
  ]);
});

test("a crew on the move has no time to leave, and a length may be missing", () => {
  const [en] = told("by-road", { road_s: 250, distance_m: null, turnout_s: 0 });
  assert.equal(en, "4 min 10 s by road");
});

test("a position that is old or missing is told with its age", () => {
  assert.deepEqual(told("from-station", { age_s: 400 }), [
    "no position for 6 min 40 s: counted from its station",
    "sem posição há 6 min 40 s: contado a partir do quartel",
  ]);
  assert.deepEqual(told("from-station", { age_s: null }), [
    "no position known: counted from its station",
    "posição desconhecida: contado a partir do quartel",
  ]);
});

test("a busy crew is told with its incident", () => {
  assert.deepEqual(told("divert", { incident: "I-7", priority: 4 }), [
    "now on I-7 (priority 4)",
    "agora em I-7 (prioridade 4)",
  ]);
});

test("a crew that a straight line would choose is named with its time, or with no way", () => {
  assert.deepEqual(
    told("straight-line-misleads", { unit: "M7", straight_m: 1400, road_s: 450 }),
    [
      "M7 is nearest by straight line (1.4 km) but would take 7 min 30 s by road",
      "M7 está mais perto em linha reta (1,4 km), mas levaria 7 min 30 s por estrada",
    ],
  );
  assert.deepEqual(
    told("straight-line-misleads", { unit: "M7", straight_m: 400, road_s: null }),
    [
      "M7 is nearest by straight line (400 m) but has no way by road",
      "M7 está mais perto em linha reta (400 m), mas não tem caminho por estrada",
    ],
  );
});

test("without facts, and for an unknown reason, the server's words stand", () => {
  const bare: Reason = { code: "by-road", text: "4 min 10 s by road" };
  const none: Reason = { ...bare, params: { road_s: null } };
  const odd: Reason = { code: "lunar-phase", text: "the moon is full", params: { unit: "M1" } };
  assert.deepEqual(reasonsOf(ranked(bare, none, odd)), [bare.text, bare.text, odd.text]);
});

test("what is lent is told with how, and an own crew says who would be earlier", () => {
  assert.deepEqual(told("aid", { agency: "Red Cross", how: "on-request", margin_s: 120 }), [
    "lent by Red Cross when it agrees; own crews up to 2 min later go first",
    "cedida por Red Cross se aceitar; as próprias até 2 min mais tarde vão primeiro",
  ]);
  const facts = { unit: "X1", agency: "Red Cross", earlier_s: 80 };
  const [en] = told("own-first", facts);
  assert.equal(en, "own crew first: X1 of Red Cross would be there 1 min 20 s earlier");
  const odd = { agency: "Red Cross", how: "somehow", margin_s: 1 };
  assert.equal(told("aid", odd)[0], "the server's words");
});
