// Levels of alarm: which there are, and what each adds by the plan of the incident's type.
import { abilities } from "./names";
import { t } from "./strings";
import type { Incident, Need, Plan } from "./types";

export const LEVEL_MAX = 9;

export const levelOf = (i: Incident): number => i.level ?? 1;

/** The row of the plans that an incident follows. */
function planOf(plans: readonly Plan[], i: Incident): Plan | undefined {
  const fits = (p: Plan): boolean =>
    !i.priority || !p.from_priority || !p.to_priority
      ? true
      : i.priority >= p.from_priority && i.priority <= p.to_priority;
  return plans.find((p) => p.type === i.type && fits(p));
}

/** What is needed at a level beyond what the present one needs: the same capabilities once. */
export function addsOf(plans: readonly Plan[], i: Incident, level: number): Need[] {
  const levels = planOf(plans, i)?.levels ?? [];
  const found = new Map<string, Need>();
  for (let l = levelOf(i) + 1; l <= level; l++) {
    const needs = levels[Math.min(l - 2, levels.length - 1)]?.needs ?? [];
    for (const { capabilities, count } of needs) {
      const key = [...capabilities].sort().join(" ");
      found.set(key, { capabilities, count: count + (found.get(key)?.count ?? 0) });
    }
  }
  return [...found.values()];
}

/** The same in words, or that the plan adds nothing. */
export function addsText(plans: readonly Plan[], i: Incident, level: number): string {
  const needs = addsOf(plans, i, level).map((need) =>
    t("advice.need", { n: need.count, what: abilities(need.capabilities, " + ") }),
  );
  if (level < levelOf(i)) return t("level.lowers");
  return needs.length > 0 ? t("level.adds", { what: needs.join(", ") }) : t("level.addsNothing");
}

/** The levels it can be set to: the next one first, and last the way back. */
export function levelsFrom(i: Incident): number[] {
  const now = levelOf(i);
  const up = Array.from({ length: LEVEL_MAX - now }, (_, n) => now + 1 + n);
  const down = Array.from({ length: now - 1 }, (_, n) => now - 1 - n);
  return [...up, ...down];
}
