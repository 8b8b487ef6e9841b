// Where: what a person types becomes places, and a point becomes words.
import { api } from "./api";
import type { Choice } from "./combobox";
import { language, t, tw } from "./strings";
import { formatDistance } from "./time";
import type { Found, LatLon, Place } from "./types";

/** "-25.96, 32.58" or "25.96S 32.58E" typed as a position; null when it is something else. */
export function parseLatLon(text: string): LatLon | null {
  const number = "([+-]?\\d{1,3}(?:\\.\\d+)?)\\s*°?\\s*";
  const found = new RegExp(`^${number}([NS])?\\s*[,; ]\\s*${number}([EW])?$`, "i").exec(
    text.trim(),
  );
  if (!found) return null;
  const lat = Number(found[1]) * (found[2]?.toUpperCase() === "S" ? -1 : 1);
  const lon = Number(found[3]) * (found[4]?.toUpperCase() === "W" ? -1 : 1);
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

export function formatLatLon(pos: LatLon): { lat: string; lon: string } {
  return { lat: pos.lat.toFixed(5), lon: pos.lon.toFixed(5) };
}

/** A word of the answer, or several. */
function wordsOf(words: string | string[] | null | undefined): string[] {
  const all = typeof words === "string" ? [words] : (words ?? []);
  return all.filter((word) => word !== "");
}

function choiceOf(place: Place): Choice<LatLon> {
  const far =
    typeof place.distance_m === "number" ? formatDistance(place.distance_m, language()) : "";
  const unused = wordsOf(place.unused).join(" ");
  const left = unused === "" ? "" : t("search.unused", { words: unused });
  const meant = place.suggestion ? t("search.meant", { words: place.suggestion }) : "";
  const relation = place.relation ? tw("relation", place.relation) : "";
  const parts = [meant, relation, tw("where", place.kind), place.context ?? "", far, left];
  const detail = parts.filter((s) => s !== "").join(" · ");
  return { title: place.name, detail, value: { lat: place.lat, lon: place.lon } };
}

/** The places that fit what was typed, best first, near the middle of the map. */
export async function findPlaces(
  query: string,
  near: LatLon | null,
  signal: AbortSignal,
): Promise<Choice<LatLon>[]> {
  const typed = parseLatLon(query);
  if (typed) return [{ title: t("place.at", formatLatLon(typed)), detail: "", value: typed }];
  return choicesOf(await api.geocode(query, near, signal));
}

/** What was found, and behind it how the question may have been meant. */
export function choicesOf(found: Found): Choice<LatLon>[] {
  const choices = found.results.map(choiceOf);
  const value = choices[0]?.value ?? { lat: 0, lon: 0 };
  for (const words of wordsOf(found.did_you_mean)) {
    choices.push({ title: t("search.meant", { words }), detail: "", value, ask: words });
  }
  return choices;
}

/** The first string under one of these names, looked for in the answer and its first result. */
function nameIn(answer: Record<string, unknown>): string {
  const results = answer["results"];
  const first = Array.isArray(results) ? (results[0] as Record<string, unknown> | undefined) : null;
  for (const source of [answer, first ?? {}]) {
    for (const field of ["text", "name", "street"]) {
      const value = source[field];
      if (typeof value === "string" && value !== "") return value;
    }
  }
  return "";
}

/** Words for a point on the map; empty when nothing is known there or no one answers. */
export async function nameOf(pos: LatLon): Promise<string> {
  try {
    return nameIn(await api.reverse(pos));
  } catch {
    return "";
  }
}
