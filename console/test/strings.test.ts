// Every text exists in every language, with the same marks; and the plural forms are complete.
import assert from "node:assert/strict";
import test from "node:test";
import { keyRows } from "../src/keys";
import { ar } from "../src/lang/ar";
import { es } from "../src/lang/es";
import { fr } from "../src/lang/fr";
import { sw } from "../src/lang/sw";
import {
  chooseLanguage,
  direction,
  languages,
  setLanguage,
  t,
  table,
  tn,
  tw,
} from "../src/strings";
import { incidentStates, unitStatuses } from "../src/types";

const marks = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

const own: Readonly<Record<string, readonly string[]>> = table;
const fetched: Readonly<Record<string, Readonly<Record<string, string>>>> = { es, fr, sw, ar };

test("every text is written in every language", () => {
  for (const [key, row] of Object.entries(own)) {
    assert.equal(row.length + Object.keys(fetched).length, languages.length, key);
    for (const text of row) assert.notEqual(text.trim(), "", key);
    for (const [name, texts] of Object.entries(fetched)) {
      assert.notEqual((texts[key] ?? "").trim(), "", `${name}: ${key}`);
    }
  }
});

/** "One crew" may do without its {n}. */
const counts = (key: string): boolean => /\.(zero|one|two)$/.test(key);

test("a text has the same marks in every language", () => {
  for (const [key, row] of Object.entries(own)) {
    const wanted = marks(row[0] ?? "");
    for (const text of row) assert.deepEqual(marks(text), wanted, key);
    for (const [name, texts] of Object.entries(fetched)) {
      const found = marks(texts[key] ?? "");
      const fits = counts(key) && found.length === 0 ? wanted : found;
      assert.deepEqual(fits, wanted, `${name}: ${key}`);
    }
  }
});

test("every plural has the forms that each language needs", () => {
  const bases = Object.keys(own).flatMap((k) => /^(.*)\.one$/.exec(k)?.[1] ?? []);
  assert.ok(bases.length > 5);
  for (const base of bases) {
    for (const form of new Intl.PluralRules("ar").resolvedOptions().pluralCategories) {
      assert.ok(`${base}.${form}` in (fetched["ar"] ?? {}), `${base}.${form}`);
    }
    for (const name of ["es", "fr", "sw"]) {
      assert.ok(`${base}.one` in (fetched[name] ?? {}), `${name}: ${base}`);
    }
  }
});

test("a number chooses the form of its language", async () => {
  await setLanguage("ar");
  assert.equal(tn("bar.free", 0), "لا فرق متاحة");
  assert.equal(tn("bar.free", 1), "فرقة متاحة واحدة");
  assert.equal(tn("bar.free", 2), "فرقتان متاحتان");
  assert.equal(tn("bar.free", 5), "5 فرق متاحة");
  assert.equal(tn("bar.free", 11), "11 فرقة متاحة");
  assert.equal(tn("bar.free", 100), "100 فرقة متاحة");
  assert.equal(direction(), "rtl");
  await setLanguage("fr");
  assert.equal(tn("bar.free", 0), "0 équipage libre");
  assert.equal(direction(), "ltr");
  await setLanguage("en");
  assert.equal(tn("bar.free", 0), "0 free crews");
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

test("no two crew states share a letter in any language", async () => {
  for (const language of languages) {
    await setLanguage(language);
    const letters = unitStatuses.map((s) => tw("letter", s));
    assert.equal(new Set(letters).size, letters.length, `${language}: ${letters.join("")}`);
  }
  void setLanguage("en");
});

test("every key has words", () => {
  for (const row of keyRows) assert.ok(row.label in table, row.label);
});

test("marks are filled, and unknown words of the server stay as they are", () => {
  void setLanguage("en");
  assert.equal(t("priority.n", { n: 2 }), "Priority 2");
  assert.equal(tw("status", "en-route"), "En route");
  assert.equal(tw("status", "on-the-moon"), "on-the-moon");
});

test("numbers choose the plural form", () => {
  void setLanguage("en");
  assert.equal(tn("bar.free", 1), "1 free crew");
  assert.equal(tn("bar.free", 0), "0 free crews");
  assert.equal(tn("divert.left", 0), "no crew");
  void setLanguage("pt");
  assert.equal(tn("bar.free", 2), "2 viaturas livres");
  void setLanguage("en");
});

test("the browser's wishes choose the language, English is the last resort", () => {
  assert.equal(chooseLanguage(["pt-MZ", "en"]), "pt");
  assert.equal(chooseLanguage(["xx", "EN-gb"]), "en");
  assert.equal(chooseLanguage(["xx"]), "en");
});

test("a number with a unit or a sign keeps its direction in Arabic, and only there", async () => {
  await setLanguage("ar");
  assert.ok(t("place.circle", { distance: "10 m" }).includes("\u206610 m\u2069"));
  assert.ok(t("place.at", { lat: "-19.9", lon: "34.8" }).startsWith("\u2066-19.9\u2069"));
  assert.ok(!tn("bar.free", 5).includes("\u2066"));
  await setLanguage("en");
  assert.equal(t("place.circle", { distance: "10 m" }), "within 10 m");
});
