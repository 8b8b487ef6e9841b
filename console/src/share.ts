// Eight keys for the crews of several needs: no need may take all of them.
import type { AdvisedNeed } from "./types";

/** The needs with as many crews as get a key, best first, given out in turns. */
export function shareKeys(needs: readonly AdvisedNeed[], keys: number): AdvisedNeed[] {
  const given = needs.map(() => 0);
  let left = keys;
  for (let turn = 0; left > 0 && needs.some((n) => n.units.length > turn); turn++) {
    needs.forEach((need, i) => {
      if (left === 0 || need.units.length <= turn) return;
      given[i] = turn + 1;
      left--;
    });
  }
  return needs.map((need, i) => ({ ...need, units: need.units.slice(0, given[i]) }));
}
