// Levels of alarm: what each adds by the plans, in which order they are offered, and the command.
import assert from "node:assert/strict";
import test from "node:test";
import { addsOf, addsText, levelsFrom } from "../src/levels";
import { type World, suggest } from "../src/line";
import { setLanguage } from "../src/strings";
import type { Incident, Plan } from "../src/types";

void setLanguage("en");

const engine = { capabilities: ["fire-engine"], count: 2 };
const ladder = { capabilities: ["ladder", "rescue"], count: 1 };
const turned = { capabilities: ["rescue", "ladder"], count: 1 };
const row = (from: number, to: number, levels: Plan["levels"]): Plan =>
  ({
    type: "fire",
    label: "Fire",
    priority: 1,
    from_priority: from,
    to_priority: to,
    needs: [engine],
    ...(levels ? { levels } : {}),
  }) as Plan;
const plans = [
  row(1, 2, [
    { level: 2, needs: [engine, ladder] },
    { level: 3, needs: [turned] },
  ]),
  row(3, 5, [{ level: 2, needs: [] }]),
];
const fire = (level: number, priority = 1): Incident =>
  ({
    id: "I-204",
    state: "triaged",
    type: "fire",
    priority,
    level,
    units: [],
    calls: [],
  }) as unknown as Incident;

test("a level adds what the plan names, and one beyond the last the same as the last", () => {
  assert.deepEqual(addsOf(plans, fire(1), 2), [engine, ladder]);
  assert.deepEqual(addsOf(plans, fire(2), 3), [turned]);
  assert.deepEqual(addsOf(plans, fire(3), 5), [{ ...turned, count: 2 }]);
  assert.deepEqual(addsOf(plans, fire(1), 3), [engine, { ...turned, count: 2 }]);
});

test("the row of the plan follows the priority, and no plan adds nothing", () => {
  assert.deepEqual(addsOf(plans, fire(1, 4), 2), []);
  assert.deepEqual(addsOf([], fire(1), 2), []);
  assert.match(addsText(plans, fire(1, 4), 2), /no crews/);
  assert.match(addsText(plans, fire(1), 2), /2 × .*1 × /);
  assert.match(addsText(plans, fire(3), 2), /correction/);
});

test("the next level is offered first and the way back last", () => {
  assert.deepEqual(levelsFrom(fire(7)), [8, 9, 6, 5, 4, 3, 2, 1]);
  assert.equal(levelsFrom(fire(1))[0], 2);
});

const world: World = {
  units: [],
  incidents: [fire(2)],
  current: null,
  adds: (i, level) => addsText(plans, i, level),
};

test("alarm 3 I-204 says what it adds before it is done", () => {
  const [line] = suggest("alarm 3 I-204", world);
  assert.deepEqual(line?.deed, { do: "level", incident: "I-204", level: 3, text: "" });
  assert.match(line?.detail ?? "", /^Adds: 1 × /);
  assert.deepEqual(suggest("alarm 3", { ...world, current: "I-204" })[0]?.deed, line?.deed);
});

test("a lower level is only offered with a reason, and the same one not at all", () => {
  assert.equal(suggest("alarm 1 I-204", world)[0]?.deed, null);
  assert.deepEqual(suggest("alarm 1 I-204 smoke  only", world)[0]?.deed, {
    do: "level",
    incident: "I-204",
    level: 1,
    text: "smoke  only",
  });
  for (const text of ["alarm 2 I-204", "alarm 10 I-204", "alarm", "alarm x", "alarm 3 I-9"]) {
    assert.ok(
      suggest(text, world).every((s) => s.deed === null),
      text,
    );
    assert.ok(suggest(text, world).length > 0, text);
  }
});
