// The counts of the audit as a table: a row for each act of a role, a column for each day.
import type { AuditDay } from "./accounttypes";

export interface AuditRow {
  kind: string;
  /** One for each day of the table. */
  counts: number[];
  sum: number;
}

export interface AuditTable {
  /** Newest first. */
  days: string[];
  groups: { role: string; rows: AuditRow[] }[];
}

const byWords = new Intl.Collator("en");

/** Days with any count; rows whose role or act has the wanted words, in the desk's language. */
export function tableOf(
  given: readonly AuditDay[],
  wanted: string,
  word: (prefix: string, name: string) => string,
): AuditTable {
  const filled = given.filter((d) => d.counts.length > 0);
  const days = filled.map((d) => d.day).sort((a, b) => byWords.compare(b, a));
  const look = wanted.trim().toLowerCase();
  const groups = new Map<string, Map<string, number[]>>();
  for (const { day, counts } of filled) {
    for (const { role, kind, n } of counts) {
      const names = [word("role", role), word("event", kind), role, kind];
      if (!names.some((name) => name.toLowerCase().includes(look))) continue;
      const rows = groups.get(role) ?? new Map<string, number[]>();
      const row = rows.get(kind) ?? days.map(() => 0);
      const at = days.indexOf(day);
      row[at] = (row[at] ?? 0) + n;
      groups.set(role, rows.set(kind, row));
    }
  }
  const ordered = [...groups].map(([role, rows]) => ({
    role,
    rows: [...rows]
      .map(([kind, counts]) => ({ kind, counts, sum: counts.reduce((a, b) => a + b, 0) }))
      .sort((a, b) => byWords.compare(word("event", a.kind), word("event", b.kind))),
  }));
  ordered.sort((a, b) => byWords.compare(word("role", a.role), word("role", b.role)));
  return { days, groups: ordered };
}

export interface Checkpoint {
  origin: string;
  size: number;
  /** Base64. */
  root: string;
  /** The names on its signature lines: the log itself first, then its witnesses. */
  signers: string[];
}

/** The lines of a checkpoint (C2SP tlog-checkpoint), not verified here; null if it is none. */
export function parseCheckpoint(text: string): Checkpoint | null {
  const [origin = "", size = "", root = ""] = text.split("\n");
  if (origin === "" || !/^\d+$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) return null;
  const signers = [...text.matchAll(/^\u2014 (\S+) \S+$/gm)].map((found) => found[1] ?? "");
  return { origin, size: Number(size), root, signers };
}
