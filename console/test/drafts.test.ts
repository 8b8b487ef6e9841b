// What was typed and not sent: kept for its account and window, found again, and gone in time.
import assert from "node:assert/strict";
import test from "node:test";
import { Drafts, KEPT_MS, keptAct } from "../src/drafts";
import { Shelf } from "./shelf";

const none = new Set<string>();

function desk(
  shelf: Shelf | null,
  window: string,
  account: string,
  now = (): number => 1e12,
): Drafts {
  const drafts = new Drafts(shelf, window, now);
  drafts.open(account);
  return drafts;
}

test("what was typed is found by the same account after a crash, with its age", () => {
  const shelf = new Shelf();
  assert.equal(desk(shelf, "w1", "ana").keep("call", { words: "fire" }), true);
  const [kept] = desk(shelf, "w2", "ana").found(none);
  assert.deepEqual(kept?.values, { words: "fire" });
  assert.equal(kept?.time, 1e12);
});

test("another account does not see it, and its log-out leaves it", () => {
  const shelf = new Shelf();
  desk(shelf, "w1", "ana").keep("call", {});
  const other = desk(shelf, "w1", "an");
  assert.deepEqual(other.found(none), []);
  other.forget();
  assert.equal(shelf.length, 1);
});

test("a log-out deletes what the account kept in every window", () => {
  const shelf = new Shelf();
  desk(shelf, "w1", "ana").keep("call", {});
  desk(shelf, "w2", "ana").keep("note:I-1", keptAct("x"));
  shelf.setItem("amparo.theme", "dark");
  desk(shelf, "w3", "ana").forget();
  assert.equal(shelf.key(0), "amparo.theme");
  assert.equal(shelf.length, 1);
});

test("after some hours it is gone, whoever comes", () => {
  const shelf = new Shelf();
  desk(shelf, "w1", "ana").keep("call", {});
  assert.equal(desk(shelf, "w1", "ben", () => 1e12 + KEPT_MS).found(none).length, 0);
  assert.equal(shelf.length, 1);
  desk(shelf, "w1", "ben", () => 1e12 + KEPT_MS + 1);
  assert.equal(shelf.length, 0);
});

test("what a living window keeps is left to it", () => {
  const shelf = new Shelf();
  desk(shelf, "w1", "ana").keep("call", {});
  assert.equal(desk(shelf, "w2", "ana").found(new Set(["w1"])).length, 0);
  assert.equal(desk(shelf, "w1", "ana").found(new Set(["w1"])).length, 1);
});

test("adopted, it belongs to this window and keeps its age", () => {
  const shelf = new Shelf();
  desk(shelf, "w1", "ana").keep("call", { words: "x" });
  const drafts = desk(shelf, "w2", "ana", () => 1e12 + 1000);
  const [kept] = drafts.found(none);
  assert.ok(kept);
  drafts.adopt(kept);
  assert.equal(drafts.at("call")?.time, 1e12);
  assert.equal(shelf.length, 1);
  drafts.drop("call");
  assert.equal(shelf.length, 0);
});

test("without a shelf, or with a full one, the form works and nothing is kept", () => {
  const shelf = new Shelf();
  shelf.full = true;
  for (const drafts of [desk(null, "w", "ana"), desk(shelf, "w", "ana")]) {
    assert.equal(drafts.keep("call", {}), false);
    assert.equal(drafts.at("call"), null);
    assert.deepEqual(drafts.found(none), []);
  }
});

test("what is damaged on the shelf is thrown away", () => {
  const shelf = new Shelf();
  shelf.setItem("amparo.draft.ana/w/call", "{");
  assert.deepEqual(desk(shelf, "w", "ana").found(none), []);
  assert.equal(shelf.length, 0);
});
