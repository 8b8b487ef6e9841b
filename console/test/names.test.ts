// Types, kinds and capabilities have names in the desk's language, or keep the word they came with.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { outcomes } from "../src/actforms";
import { abilities, abilitiesShort, planLabel, typeLabel } from "../src/names";
import { Store } from "../src/store";
import { setLanguage, table } from "../src/strings";
import type { Plan } from "../src/types";

function plan(labels?: Record<string, string>): Plan {
  return { type: "fall", label: "Fall", priority: 3, needs: [], ...(labels ? { labels } : {}) };
}

test("a type is named in the desk's language, in a region's, or as the plans name it", () => {
  void setLanguage("pt");
  assert.equal(planLabel(plan({ "pt-MZ": "Caiu", pt: "Queda" })), "Queda");
  assert.equal(planLabel(plan({ "pt-MZ": "Caiu" })), "Caiu");
  assert.equal(planLabel(plan({ fr: "Chute" })), "Fall");
  assert.equal(planLabel(plan()), "Fall");
  void setLanguage("en");
  assert.equal(planLabel(plan({ pt: "Queda" })), "Fall");
});

test("an unknown type keeps its word", () => {
  const store = new Store((run) => run());
  store.putPlans([plan({ pt: "Queda" })]);
  assert.equal(typeLabel(store, "fall"), "Fall");
  assert.equal(typeLabel(store, "meteorite"), "meteorite");
  assert.equal(typeLabel(store, null), "Not triaged");
});

test("capabilities are spelled out, abbreviated, or kept as they came", () => {
  void setLanguage("pt");
  assert.equal(abilities(["als", "x-ray"], " + "), "suporte avançado de vida + x-ray");
  assert.equal(abilitiesShort(["als", "rescue", "x-ray"]), "SAV, salvamento, x-ray");
  void setLanguage("en");
});

test("every capability of the built-in plans and every outcome has words", () => {
  const plans = readFileSync("../demo/plans.txt", "utf8");
  const needs = [...plans.matchAll(/^\s*need \d+ (.+?)\s*$/gm)].flatMap((m) => m[1]!.split(" "));
  assert.ok(needs.length > 50, `${needs.length} needs`);
  for (const word of new Set(needs)) assert.ok(`can.${word}` in table, word);
  for (const word of [...outcomes, "handled"]) assert.ok(`outcome.${word}` in table, word);
  for (const word of ["unacknowledged", "silent", "undispatched"]) {
    assert.ok(`alarm.${word}` in table, word);
  }
});
