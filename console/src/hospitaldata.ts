// Hospitals as lists show them: pure, so that it can be tested without a page.
import type { Hospital, Traffic } from "./types";

export const traffics: readonly Traffic[] = ["normal", "advisory", "closed", "unknown"];

/** Where to go: nearest by road first, then those without a way; the closed ones last. */
export function byRoad(hospitals: readonly Hospital[]): Hospital[] {
  const rank = (h: Hospital): number => (h.traffic === "closed" ? 1 : 0);
  const road = (h: Hospital): number => h.road_s ?? Infinity;
  return hospitals
    .filter((h) => !h.disabled)
    .sort(
      (a, b) =>
        rank(a) - rank(b) ||
        (road(a) === road(b) ? 0 : road(a) - road(b)) ||
        a.label.localeCompare(b.label),
    );
}

/** A short name of its own for a hospital: "HC" for "Hospital Central", with a number if taken. */
export function codeFor(label: string, taken: ReadonlySet<string>): string {
  const plain = label.normalize("NFKD").replace(/[^\p{L}\p{N} ]/gu, "");
  const initials = plain
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .join("")
    .replace(/[^A-Za-z0-9]/g, "")
    .toUpperCase()
    .slice(0, 6);
  const stem = initials === "" ? "H" : initials;
  for (let n = 1; ; n++) {
    const code = n === 1 && stem.length > 1 ? stem : `${stem}${n}`;
    if (!taken.has(code)) return code;
  }
}
