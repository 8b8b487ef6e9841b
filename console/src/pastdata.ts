// The past as the server gives it, and how one goes through it: which event counts at a moment,
// what is asked then, and the list of events as CSV. Nothing here draws.
import { csvField } from "./csv";
import type { Closure, Incident, Unit } from "./types";

/** A record that changed the board; nothing personal. */
export interface PastEvent {
  seq: number;
  time: string;
  kind: string;
  actor: string;
  incident?: string;
  into?: string;
  unit?: string;
  status?: string;
  type?: string;
  priority?: number;
  alarm?: string;
  happened?: string;
}

export interface PastEvents {
  /** The record before the first. */
  before: number;
  events: PastEvent[];
  more: boolean;
}

/** The board behind a record. */
export interface Past {
  seq: number;
  last: number;
  at?: string;
  time?: string;
  incidents: Incident[];
  incident?: Incident | null;
  units: Unit[];
  closures: Closure[];
  /** Whose personal data are gone. */
  erased: string[];
  not_known: string[];
}

export interface Range {
  /** In ms. */
  from: number;
  to: number;
  /** Empty: all of them. */
  incident: string;
}

/** More than this in one range are not fetched. */
export const EVENTS_MAX = 20_000;

const rfc = (ms: number): string => new Date(ms).toISOString();

export function eventsPath({ from, to, incident }: Range, after: number): string {
  const query = new URLSearchParams({ from: rfc(from), to: rfc(to) });
  if (after > 0) query.set("after", String(after));
  if (incident !== "") query.set("incident", incident);
  return `/past/events?${query.toString()}`;
}

export function pastPath(seq: number, incident: string): string {
  const query = new URLSearchParams({ seq: String(seq) });
  if (incident !== "") query.set("incident", incident);
  return `/past?${query.toString()}`;
}

/** All events of a range, in as many answers as it takes. */
export async function fetchEvents(
  range: Range,
  ask: (path: string) => Promise<PastEvents>,
): Promise<PastEvents> {
  const all = await ask(eventsPath(range, 0));
  while (all.more && all.events.length < EVENTS_MAX) {
    const next = await ask(eventsPath(range, all.events[all.events.length - 1]?.seq ?? 0));
    all.events.push(...next.events);
    all.more = next.more;
  }
  return all;
}

/** How many events were over at a moment: the last of them counts. */
export function countAt(events: readonly PastEvent[], ms: number): number {
  let low = 0;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Date.parse(events[middle]?.time ?? "") <= ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The record behind which the board is shown, when `count` events are over. */
export function seqAt({ events, before }: PastEvents, count: number): number {
  return count === 0 ? before : (events[count - 1]?.seq ?? before);
}

const columns = [
  "seq",
  "time",
  "kind",
  "incident",
  "into",
  "unit",
  "status",
  "type",
  "priority",
  "alarm",
  "actor",
  "happened",
] as const satisfies readonly (keyof PastEvent)[];

/** One event a line, words and times as the server writes them. */
export function csvOfEvents(events: readonly PastEvent[]): string {
  const rows = events.map((e) => columns.map((c) => csvField(e[c] ?? null)).join(","));
  return [columns.join(","), ...rows].map((row) => `${row}\r\n`).join("");
}

/** "2026-11-26T22:15" of this desk, as an input of the kind datetime-local has it. */
export function localText(ms: number): string {
  const at = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, "0");
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
