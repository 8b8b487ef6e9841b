// Response times as the server gives them, and what the page makes of them: shares, words for
// limits, the table as CSV, the bars of the chart. Nothing here draws.
import { csvField } from "./csv";
import { formatTimer, localeOf } from "./time";

export const phases = [
  "triage",
  "queue",
  "processing",
  "turnout",
  "travel",
  "response",
  "scene",
  "transport",
  "hospital",
] as const;
export type Phase = (typeof phases)[number];

export const groupings = ["type", "priority", "hour", "area"] as const;
export type Grouping = (typeof groupings)[number];

export interface Limit {
  /** Null: the service's own. */
  standard: string | null;
  edition: string | null;
  basis: string;
  phase: string;
  limit_s: number;
  target_pct: number | null;
  measured: boolean;
}

export interface PhaseStat {
  phase: Phase;
  n: number;
  left_out: number;
  p50_s: number | null;
  p90_s: number | null;
  p99_s: number | null;
  within: { limit: number; n: number }[];
}

export interface Group {
  key: string | number | null;
  incidents: number;
  phases: PhaseStat[];
}

export interface Overdue {
  incident: string;
  phase: Phase;
  unit: string | null;
  for_s: number;
  limit_s: number;
}

export interface CrewTimes {
  unit: string;
  status: string;
  since: string;
  runs: number;
  committed_s: number;
  on_scene_s: number;
}

export interface Load {
  incidents: Record<string, number>;
  units: Record<string, number>;
  /** Callers on the line whose incident is not triaged. */
  calls_waiting: number;
  /** Open incidents that nobody is sent to, and of these the longest. */
  alone: number;
  alone_longest_s: number | null;
  /** Crews that can be sent. */
  free: number;
  /** Open incidents by priority: none, 1 to 5. */
  priorities: number[];
}

/** What a crew did in the days, whatever it did it for. */
export interface CrewHours {
  unit: string;
  on_duty_s: number;
  busy_s: number;
  at_hospital_s: number;
}

/** The server counts hours of so many days at most. */
export const HOURS_DAYS_MAX = 31;

export interface Statistics extends Record<Grouping, Group[]> {
  from: string;
  to: string;
  zone: string;
  /** When the server looked. */
  now: string;
  limits: Limit[];
  all: Group[];
  overdue_count: number;
  overdue: Overdue[];
  load: Load;
  crews: CrewTimes[];
  not_known: string[];
}

export interface Wanted {
  from: string;
  to: string;
  /** Seconds until the first crew is on scene; empty: no limit of one's own. */
  response: string;
  /** Empty: of all that one may count. */
  agency: string;
}

const PERCENT = 100;
const TARGET_PCT = 90;

/** The path to ask. */
export function statisticsPath(wanted: Wanted): string {
  const own = wanted.response === "" ? "" : `response:${wanted.response}:${TARGET_PCT}`;
  const query = new URLSearchParams({ from: wanted.from, to: wanted.to });
  if (own !== "") query.set("threshold", own);
  if (wanted.agency !== "") query.set("agency", wanted.agency);
  return `/statistics?${query.toString()}`;
}

export function statOf(group: Group | undefined, phase: Phase): PhaseStat | undefined {
  return group?.phases.find((p) => p.phase === phase);
}

/** "7:45"; a dash where nothing was measured. */
export function spellSeconds(seconds: number | null): string {
  return seconds === null ? "–" : formatTimer(Math.round(seconds));
}

/** "89.9 %", cut and not rounded: a share that misses its target never looks as if it met it. */
export function spellShare(n: number, of: number, language: string): string {
  const format = { style: "percent", maximumFractionDigits: 1 } as const;
  const share = Math.floor((n * PERCENT * 10) / of) / (PERCENT * 10);
  return new Intl.NumberFormat(localeOf(language), format).format(share);
}

/** Whether the target is met, in whole numbers; null where there is none or nothing counts. */
export function isMet(limit: Limit, n: number, of: number): boolean | null {
  if (limit.target_pct === null || of === 0) return null;
  return n * PERCENT >= limit.target_pct * of;
}

/** Groups in the order of reading: hours and priorities by number, types by their words. */
export function ordered(groups: readonly Group[], word: (group: Group) => string): Group[] {
  const byWord = new Intl.Collator("en");
  const isNumber = (g: Group): boolean => typeof g.key === "number";
  return [...groups].sort((a, b) => {
    if (a.key === null || b.key === null) return Number(a.key === null) - Number(b.key === null);
    if (isNumber(a) && isNumber(b)) return Number(a.key) - Number(b.key);
    return byWord.compare(word(a), word(b));
  });
}

/** All groups and phases, one a line: names as the server writes them, seconds with a point. */
export function csvOf(statistics: Statistics): string {
  const head = ["by", "key", "incidents", "phase", "n", "left_out", "p50_s", "p90_s", "p99_s"];
  const measured = statistics.limits
    .map((limit, at) => ({ limit, at }))
    .filter(({ limit }) => limit.measured);
  const limitName = (l: Limit): string =>
    [`within_${l.limit_s}_s`, l.standard ?? "own", l.edition ?? ""].join(" ").trim();
  const rows: (string | number | null)[][] = [
    [...head, ...measured.map(({ limit }) => limitName(limit))],
  ];
  for (const by of ["all", ...groupings] as const) {
    for (const group of statistics[by]) {
      for (const p of group.phases) {
        const start = [by, group.key, group.incidents, p.phase, p.n, p.left_out];
        const within = measured.map(({ at }) => p.within.find((w) => w.limit === at)?.n ?? null);
        rows.push([...start, p.p50_s, p.p90_s, p.p99_s, ...within]);
      }
    }
  }
  return rows.map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
}

/** One hour of the chart, in the units of its picture. */
export interface Bar {
  hour: number;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Where the line of P50 lies. */
  middle: number;
}

export interface Chart {
  width: number;
  height: number;
  bars: Bar[];
  /** Lines with their seconds, from the bottom. */
  lines: { y: number; seconds: number }[];
  /** Where the limit lies; null: there is none, or it is beyond the picture. */
  limitY: number | null;
}

const HOURS = 24;
const SLOT = 30;
const GAP = 6;
const PLOT = 160;
const TOP = 10;
const LINES = 4;
const STEPS_S = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/** P90 of one phase as a bar for each hour with P50 on it; in a script that runs from the right,
 * the day does, too. */
export function chartOf(
  hours: readonly Group[],
  phase: Phase,
  limit_s: number | null,
  rightToLeft: boolean,
): Chart {
  const stats = hours.flatMap((group) => {
    const stat = statOf(group, phase);
    return stat && stat.p90_s !== null && stat.p50_s !== null
      ? [{ hour: Number(group.key), p50: stat.p50_s, p90: stat.p90_s }]
      : [];
  });
  const highest = Math.max(1, ...stats.map((s) => s.p90));
  const step = STEPS_S.find((s) => s * LINES >= highest) ?? Math.ceil(highest / LINES);
  const most = step * LINES;
  const yOf = (seconds: number): number => TOP + PLOT - (seconds / most) * PLOT;
  const width = HOURS * SLOT;
  const bars = stats.map(({ hour, p50, p90 }) => {
    const left = hour * SLOT + GAP / 2;
    const barWidth = SLOT - GAP;
    const x = rightToLeft ? width - left - barWidth : left;
    const y = yOf(p90);
    return { hour, x, y, width: barWidth, height: TOP + PLOT - y, middle: yOf(p50) };
  });
  const lines = Array.from({ length: LINES + 1 }, (_, i) => ({
    y: yOf(i * step),
    seconds: i * step,
  }));
  const limitY = limit_s !== null && limit_s <= most ? yOf(limit_s) : null;
  return { width, height: TOP + PLOT, bars, lines, limitY };
}
