// The keys 1 to 8 are shared among the needs of an incident.
import assert from "node:assert/strict";
import test from "node:test";
import { shareKeys } from "../src/share";
import type { AdvisedNeed, Ranked } from "../src/types";

function need(name: string, n: number): AdvisedNeed {
  const units = Array.from({ length: n }, (_, i) => ({ unit: `${name}${i}` }) as Ranked);
  return { capabilities: [name], count: 1, missing: 1, units };
}

const counts = (needs: AdvisedNeed[]): number[] => needs.map((n) => n.units.length);

test("one need takes all keys", () => {
  assert.deepEqual(counts(shareKeys([need("a", 12)], 8)), [8]);
});

test("two needs take half each, the best of each first", () => {
  const shared = shareKeys([need("a", 8), need("b", 8)], 8);
  assert.deepEqual(counts(shared), [4, 4]);
  assert.deepEqual(
    shared[1]?.units.map((u) => u.unit),
    ["b0", "b1", "b2", "b3"],
  );
});

test("what one need cannot use, the others get", () => {
  assert.deepEqual(counts(shareKeys([need("a", 1), need("b", 8), need("c", 8)], 8)), [1, 4, 3]);
});

test("nobody for anything is no endless turn", () => {
  assert.deepEqual(counts(shareKeys([need("a", 0), need("b", 2)], 8)), [0, 2]);
  assert.deepEqual(shareKeys([], 8), []);
});
