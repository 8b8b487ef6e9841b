// Names of what the plans and the crews bring, in the desk's language.
import type { Store } from "./store";
import { language, t, tw } from "./strings";
import type { Plan } from "./types";

/** The plan's own label in this language ("pt", or else the first "pt-..."), or its plain one. */
export function planLabel(plan: Plan): string {
  const labels = plan.labels ?? {};
  const wanted = language();
  const region = Object.keys(labels).find((tag) => tag.startsWith(`${wanted}-`));
  return labels[wanted] ?? (region === undefined ? undefined : labels[region]) ?? plan.label;
}

export function typeLabel(store: Store, type: string | null | undefined): string {
  if (!type) return t("type.none");
  const plan = store.plan(type);
  return plan ? planLabel(plan) : type;
}

/** Capabilities in full, for headings and details. */
export function abilities(capabilities: readonly string[], between: string): string {
  return capabilities.map((word) => tw("can", word)).join(between);
}

/** Capabilities for a narrow column: those that have one, by their abbreviation. */
export function abilitiesShort(capabilities: readonly string[]): string {
  const short = (word: string): string => {
    const found = tw("short", word);
    return found === word ? tw("can", word) : found;
  };
  return capabilities.map(short).join(", ");
}
