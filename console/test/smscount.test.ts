// How many messages a text takes, at the edges of the standard; the server counts the same.
import assert from "node:assert/strict";
import test from "node:test";
import { smsSize } from "../src/smscount";

const parts = (text: string): number => smsSize(text).parts;

test("a message of the 7-bit alphabet holds 160, a part of a long one 153", () => {
  assert.equal(parts(""), 0);
  assert.deepEqual(smsSize("a".repeat(160)), { ucs2: false, parts: 1, left: 0 });
  assert.equal(parts("a".repeat(161)), 2);
  assert.equal(parts("a".repeat(306)), 2);
  assert.equal(parts("a".repeat(307)), 3);
});

test("characters of the extension table take two, and are not divided", () => {
  assert.equal(parts("€".repeat(80)), 1);
  assert.equal(parts(`${"€".repeat(80)}a`), 2);
  assert.equal(parts("€".repeat(152)), 2);
  assert.equal(parts("€".repeat(153)), 3);
});

test("one character that the alphabet lacks makes all of it UCS-2: 70, then 67", () => {
  assert.equal(smsSize("ç").ucs2, true);
  assert.equal(smsSize("Ç").ucs2, false);
  assert.equal(parts("ж".repeat(70)), 1);
  assert.equal(parts("ж".repeat(71)), 2);
  assert.equal(parts("ж".repeat(134)), 2);
  assert.equal(parts("ж".repeat(135)), 3);
});

test("a pair of surrogates is not divided", () => {
  assert.equal(parts("🚑".repeat(35)), 1);
  assert.equal(parts("🚑".repeat(66)), 2);
  assert.equal(parts("🚑".repeat(67)), 3);
});
