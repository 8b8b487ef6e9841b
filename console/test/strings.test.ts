// Every text exists in every language, with the same marks; and the plural forms are complete.
import assert from "node:assert/strict";
import test from "node:test";
import { keyRows } from "../src/keys";
import { chooseLanguage, languages, setLanguage, t, table, tn, tw } from "../src/strings";
import { incidentStates, unitStatuses } from "../src/types";

const marks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

test("every text is written in every language", () => {
  for (const [key, row] of Object.entries(table)) {
    assert.equal(row.length, languages.length, key);
    for (const text of row) assert.notEqual(text.trim(), "", key);
  }
});

test("a text has the same marks in every language", () => {
  for (const [key, row] of Object.entries(table)) {
    for (const text of row) assert.deepEqual(marks(text), marks(row[0] ?? ""), key);
  }
});

test("every plural has its other and its one", () => {
  for (const key of Object.keys(table)) {
    const base = /^(.*)\.(one|zero)$/.exec(key)?.[1];
    if (base) assert.ok(`${base}.other` in table, key);
    if (key.endsWith(".other")) {
      const outcome = key === "outcome.other";
      assert.ok(outcome || `${key.slice(0, -6)}.one` in table, key);
    }
  }
});

test("every state, status and its letter have words", () => {
  for (const state of incidentStates) assert.ok(`state.${state}` in table, state);
  for (const status of unitStatuses) {
    assert.ok(`status.${status}` in table, status);
    assert.ok(`letter.${status}` in table, status);
  }
});

test("no two crew states share a letter in any language", () => {
  for (const language of languages) {
    setLanguage(language);
    const letters = unitStatuses.map((s) => tw("letter", s));
    assert.equal(new Set(letters).size, letters.length, `${language}: ${letters.join("")}`);
  }
  setLanguage("en");
});

test("every key has words", () => {
  for (const row of keyRows) assert.ok(row.label in table, row.label);
});

test("marks are filled, and unknown words of the server stay as they are", () => {
  setLanguage("en");
  assert.equal(t("priority.n", { n: 2 }), "Priority 2");
  assert.equal(tw("status", "en-route"), "En route");
  assert.equal(tw("status", "on-the-moon"), "on-the-moon");
});

test("numbers choose the plural form", () => {
  setLanguage("en");
  assert.equal(tn("bar.free", 1), "1 free crew");
  assert.equal(tn("bar.free", 0), "0 free crews");
  assert.equal(tn("divert.left", 0), "no crew");
  setLanguage("pt");
  assert.equal(tn("bar.free", 2), "2 viaturas livres");
  setLanguage("en");
});

test("the browser's wishes choose the language, English is the last resort", () => {
  assert.equal(chooseLanguage(["pt-MZ", "en"]), "pt");
  assert.equal(chooseLanguage(["xx", "EN-gb"]), "en");
  assert.equal(chooseLanguage(["xx"]), "en");
});
