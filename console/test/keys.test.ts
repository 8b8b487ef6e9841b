// The table of keys: no two meanings for one key, and typing stays typing.
import assert from "node:assert/strict";
import test from "node:test";
import { type Press, commandOf, keyRows, shownKey } from "../src/keys";

const press = (key: string, more: Partial<Press> = {}): Press => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...more,
});

test("no key has two meanings", () => {
  const keys = keyRows.flatMap((r) => r.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("every command has a key to show", () => {
  for (const row of keyRows) assert.notEqual(shownKey(row.command), "", row.command);
});

test("letters are commands in lists and letters in fields", () => {
  assert.equal(commandOf(press("n"), false), "new");
  assert.equal(commandOf(press("N"), false), "new");
  assert.equal(commandOf(press("n"), true), null);
  assert.equal(commandOf(press("/"), true), null);
});

test("one to eight send a crew, nine does not", () => {
  for (const key of "12345678") assert.equal(commandOf(press(key), false), "send");
  assert.equal(commandOf(press("9"), false), null);
  assert.equal(commandOf(press("1"), true), null);
});

test("F6 and Escape work while typing", () => {
  assert.equal(commandOf(press("F6"), true), "region");
  assert.equal(commandOf(press("Escape"), true), "back");
});

test("keys held with Ctrl, Alt or Meta belong to the browser", () => {
  assert.equal(commandOf(press("c", { ctrlKey: true }), false), null);
  assert.equal(commandOf(press("n", { metaKey: true }), false), null);
  assert.equal(commandOf(press("d", { altKey: true }), false), null);
});

test("keys that lists obey by themselves are only explained", () => {
  assert.equal(commandOf(press("Enter"), false), null);
  assert.equal(commandOf(press("ArrowDown"), false), null);
});
