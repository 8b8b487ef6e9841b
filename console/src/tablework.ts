// How the tables are ordered and narrowed down: pure, so that it can be tried on any list.
import type { TableView } from "./prefs";

const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** What a column is sorted by: numbers as numbers, "" and null at the end whichever way. */
export type SortKey = string | number | null;

const isNothing = (key: SortKey): boolean => key === null || key === "" || Number.isNaN(key);

function compareKeys(a: SortKey, b: SortKey): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return collator.compare(String(a), String(b));
}

/** A new list; what is equal keeps the order it came in. */
export function sorted<T>(
  items: readonly T[],
  sort: TableView["sort"],
  keyOf: (item: T, column: string) => SortKey,
): T[] {
  if (!sort) return [...items];
  const keyed = items.map((item) => ({ item, key: keyOf(item, sort.column) }));
  keyed.sort((a, b) => {
    const lacking = Number(isNothing(a.key)) - Number(isNothing(b.key));
    if (lacking !== 0 || isNothing(a.key)) return lacking;
    return sort.down ? compareKeys(b.key, a.key) : compareKeys(a.key, b.key);
  });
  return keyed.map((k) => k.item);
}

/** Without case and accents: "Agua" finds "Água". */
export function folded(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Whether every word is in the text. */
export function holds(text: string, words: string): boolean {
  const all = folded(words).split(/\s+/).filter(Boolean);
  if (all.length === 0) return true;
  const hay = folded(text);
  return all.every((word) => hay.includes(word));
}

/** The next way a column is sorted: up, down, and the usual order again. */
export function nextSort(now: TableView["sort"], column: string): TableView["sort"] {
  if (now?.column !== column) return { column, down: false };
  return now.down ? null : { column, down: true };
}
