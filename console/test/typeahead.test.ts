// Which choice letters mean.
import assert from "node:assert/strict";
import test from "node:test";
import { meant } from "../src/typeahead";

const labels = [
  "Not triaged",
  "Cardiac arrest",
  "Chest pain",
  "Água na rua",
  "Fire: car",
  "Car crash",
];
const at = (typed: string, now = 0): string => labels[meant(labels, typed, now)] ?? "";

test("the beginning of a choice, without case and accents", () => {
  assert.equal(at("ch"), "Chest pain");
  assert.equal(at("CARD"), "Cardiac arrest");
  assert.equal(at("agua n"), "Água na rua");
  assert.equal(at("car "), "Car crash");
});

test("else the beginning of a word in it", () => {
  assert.equal(at("arr"), "Cardiac arrest");
  assert.equal(at("pain"), "Chest pain");
  assert.equal(at("x"), "");
  assert.equal(at("rdiac"), "");
});

test("one letter again goes on to the next that begins with it, and round", () => {
  assert.equal(at("c"), "Cardiac arrest");
  assert.equal(at("c", 1), "Chest pain");
  assert.equal(at("ccc", 2), "Car crash");
  assert.equal(at("c", 5), "Cardiac arrest");
  assert.equal(at("p"), "Chest pain", "a letter that begins none is looked for in words");
});
