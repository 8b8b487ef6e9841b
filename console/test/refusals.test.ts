// Refusals of the server in the language of the desk.
import assert from "node:assert/strict";
import test from "node:test";
import { refusalText } from "../src/refusals";
import { languages, setLanguage } from "../src/strings";

/** As src/response writes them. */
const sentences = [
  "I-4 is closed; reopen it first",
  "I-4 is closed already",
  "I-4 was merged into I-2; use I-2",
  "M1 is on I-4 already (en-route)",
  "M1 is out of service; make it available first",
  "M1 is busy with I-4 (en-route); release it, or divert it",
  "M1 is on no incident (available)",
  "M1 is available already",
  "M1 is available and cannot become on-scene; it can report available, out-of-service",
  "no agreement lends such crews of cross to fire for I-4 (fall)",
  "M1 belongs to cross, and no agreement lends it to fire for I-4 (no type yet)",
  "M1 of cross is not free; only free crews are lent",
  "cross keeps 2 free crews that can do what M1 does, and has no more; ask it",
  "M1 is lent on request only: ask cross for it, which sends it itself",
  "cross was asked for this already; it has not answered",
];

test("a refusal that desks meet is worded in every language, with its numbers", async () => {
  for (const language of languages) {
    await setLanguage(language);
    for (const said of sentences) {
      const text = refusalText(said);
      if (language !== "en") assert.notEqual(text, said, `${language}: ${said}`);
      assert.doesNotMatch(text, /[{}]/);
      for (const id of said.match(/\b(?:I-4|M1)\b/g) ?? []) assert.ok(text.includes(id), text);
    }
  }
  await setLanguage("en");
});

test("any other refusal is shown as the server says it", () => {
  assert.equal(refusalText("the sky is not blue"), "the sky is not blue");
  assert.equal(refusalText("I-4 is closed already, or so"), "I-4 is closed already, or so");
});
