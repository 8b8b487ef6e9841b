// Cards: which question is next, what the answers make of type and priority, what is recorded.
import assert from "node:assert/strict";
import test from "node:test";
import {
  type Card,
  type CardAnswer,
  type CardQuestion,
  answerOf,
  inLanguage,
  reasonText,
  recordText,
  walk,
} from "../src/cards";
import { setLanguage } from "../src/strings";

const answer = (name: string, more: Partial<CardAnswer> = {}): CardAnswer => ({
  key: name[0] ?? "",
  name,
  text: { en: name, pt: `${name} (pt)` },
  then: null,
  ...more,
});
const ask = (name: string, ...answers: CardAnswer[]): CardQuestion => ({
  name,
  text: { en: `${name}?` },
  answers,
});
const card = (type: string, ...questions: CardQuestion[]): Card => ({
  type,
  version: "1",
  example: false,
  questions,
});

const cards = new Map(
  [
    card(
      "ill",
      ask(
        "awake",
        answer("yes", { priority: 3, then: "pain" }),
        answer("no", { priority: 1, means: { en: "unconscious" }, type: "out", card: "out" }),
      ),
      ask("pain", answer("yes", { priority: 2 }), answer("no", { priority: 4 })),
    ),
    card(
      "out",
      ask("awake", answer("yes"), answer("no", { priority: 1, then: "breathing" })),
      ask(
        "breathing",
        answer("yes"),
        answer("no", { priority: 1, means: { en: "not breathing" } }),
        answer("back", { type: "ill", card: "ill" }),
      ),
    ),
  ].map((c) => [c.type, c]),
);

test("a type without a card asks nothing", () => {
  const asked = walk(cards, "none", { awake: "no" });
  assert.deepEqual([asked.card, asked.next, asked.priority], [null, null, null]);
});

test("of all answers the most urgent sets the priority", () => {
  assert.equal(walk(cards, "ill", { awake: "yes" }).priority, 3);
  assert.equal(walk(cards, "ill", { awake: "yes", pain: "yes" }).priority, 2);
  const asked = walk(cards, "ill", { awake: "yes", pain: "no" });
  assert.equal(asked.priority, 3);
  assert.deepEqual(asked.because.map((s) => s.question.name), ["awake"]);
  assert.equal(asked.next, null);
});

test("another type goes on with its card and asks nothing twice", () => {
  const asked = walk(cards, "ill", { awake: "no" });
  assert.equal(asked.type, "out");
  assert.equal(asked.card?.type, "out");
  assert.equal(asked.next?.name, "breathing");
  const end = walk(cards, "ill", { awake: "no", breathing: "no" });
  assert.equal(end.next, null);
  assert.deepEqual(end.steps.map((s) => s.question.name), ["awake", "breathing"]);
  assert.equal(reasonText(end), "unconscious, not breathing");
});

test("cards that lead to each other end", () => {
  const asked = walk(cards, "ill", { awake: "no", breathing: "back" });
  assert.equal(asked.next, null);
  assert.equal(asked.type, "ill");
});

test("an answer that the card does not have is asked anew", () => {
  assert.equal(walk(cards, "ill", { awake: "perhaps" }).next?.name, "awake");
});

test("a key answers by its letter, its place on the keyboard, or the digit of its place", () => {
  const question = ask("q", answer("yes"), answer("no"));
  const by = (key: string, code: string): string | undefined =>
    answerOf(question, { key, code })?.name;
  assert.equal(by("y", "KeyY"), "yes");
  assert.equal(by("N", "KeyN"), "no");
  assert.equal(by("ى", "KeyN"), "no");
  assert.equal(by("2", "Digit2"), "no");
  assert.equal(by("&", "Digit1"), "yes"); // a French keyboard
  assert.equal(by("1", "Numpad1"), "yes");
  assert.equal(by("3", "Digit3"), undefined);
  assert.equal(by("0", "Digit0"), undefined);
  assert.equal(by("x", "KeyX"), undefined);
});

test("the record says what was asked, what was answered, and why the priority", () => {
  const asked = walk(cards, "ill", { awake: "no", breathing: "no" });
  assert.equal(
    recordText(asked, "Out", 1),
    "Card: Out (1)\nawake? no\nbreathing? no\nPriority 1: unconscious, not breathing",
  );
  assert.match(recordText(asked, "Out", 3), /\nPriority 3 was chosen by hand$/);
  assert.equal(recordText(walk(cards, "ill", {}), "Ill", 1), "");
});

test("a text is in the language of the desk, or as it was written", async () => {
  await setLanguage("pt");
  assert.equal(inLanguage({ en: "yes", pt: "sim" }), "sim");
  assert.equal(inLanguage({ en: "yes", "pt-MZ": "sim" }), "sim");
  assert.equal(inLanguage({ sw: "ndiyo", en: "yes" }), "ndiyo");
  await setLanguage("en");
});
