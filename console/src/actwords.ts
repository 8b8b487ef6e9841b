// An act in words, and a refusal in words: who was there first, with what, and how long ago.
import { get } from "./api";
import type { Act } from "./outbox";
import { Problem } from "./problem";
import { t, tw } from "./strings";
import { spellDuration } from "./time";
import type { Entry, Incident, Unit } from "./types";

interface Parts {
  incident: string;
  unit: string;
  what: string;
}

/** What an act is about, from its path: "/incidents/I-2/assignments/M1". */
export function partsOf(act: Act): Parts {
  const [kind = "", name = "", what = "", last = ""] = act.path
    .slice(1)
    .split("/")
    .map(decodeURIComponent);
  const body = bodyOf(act);
  if (kind === "units") return { incident: "", unit: name, what };
  return { incident: name, unit: last || (body["unit"] ?? ""), what };
}

function bodyOf(act: Act): Record<string, string> {
  return (act.body ?? {}) as Record<string, string>;
}

/** "Send M12 to I-204", as the command line says it. */
export function wordsOf(act: Act): string {
  const { incident, unit, what } = partsOf(act);
  const { text = "", status = "", outcome = "handled", into = "" } = bodyOf(act);
  switch (`${act.method} ${what}`) {
    case "POST assignments":
      return t("line.send", { units: unit, incident });
    case "DELETE assignments":
      return t("line.release", { unit, incident });
    case "POST notes":
      return t("line.note", { incident, text });
    case "POST status":
      return t("line.status", { unit, status: tw("status", status) });
    case "POST close":
      return t("line.close", { incident, outcome: tw("outcome", outcome) });
    case "POST reopen":
      return t("line.reopen", { incident });
    case "POST merge":
      return t("line.merge", { incident, into });
    case "POST level":
      return t("line.level", { incident, level: bodyOf(act)["level"] ?? "" });
    case "POST alarm":
      return t("line.acknowledge", { incident });
    default:
      return t("unsent.change", { incident });
  }
}

type Age = (time: string) => number;

const lastOf = (log: readonly Entry[], fits: (e: Entry) => boolean): Entry | undefined =>
  [...log].reverse().find(fits);

async function timelineOf(incident: string): Promise<{ incident: Incident; log: Entry[] }> {
  const answer = await get<{ incident: Incident }>(`/incidents/${encodeURIComponent(incident)}`);
  return { incident: answer.incident, log: answer.incident.timeline ?? [] };
}

/** Who did it and when: "by ana, 3 s ago". */
function byWhom(entry: Entry, age: Age): { by: string; age: string } {
  return { by: tw("actor", entry.actor ?? "?"), age: spellDuration(age(entry.time)) };
}

/** A crew is elsewhere already: who sent it where. */
async function whoSent(unit: string, age: Age): Promise<string | null> {
  const { units } = await get<{ units: Unit[] }>("/units");
  const at = units.find((u) => u.id === unit)?.incident;
  if (!at) return null;
  const { log } = await timelineOf(at);
  const entry = lastOf(log, (e) => e.kind === "unit-dispatched" && e.unit === unit);
  return entry ? t("conflict.sent", { unit, incident: at, ...byWhom(entry, age) }) : null;
}

/** An incident is not as it was when the act was thought of. */
async function whoClosed(id: string, age: Age): Promise<string | null> {
  const { incident, log } = await timelineOf(id);
  const kind = incident.state === "closed" ? "incident-closed" : "incident-reopened";
  const entry =
    lastOf(log, (e) => e.kind === kind) ?? lastOf(log, (e) => e.kind === "incident-merged");
  if (!entry) return null;
  const facts = { incident: id, ...byWhom(entry, age) };
  if (incident.state !== "closed") return t("conflict.reopened", facts);
  return incident.into
    ? t("conflict.merged", { ...facts, into: incident.into })
    : t("conflict.closed", facts);
}

/** The alarm is at this level already. */
async function whoRaised(id: string, age: Age): Promise<string | null> {
  const { incident, log } = await timelineOf(id);
  const entry = lastOf(log, (e) => e.kind === "alarm-level-set");
  if (!entry || incident.state === "closed") return null;
  return t("conflict.level", { incident: id, level: entry.text ?? "", ...byWhom(entry, age) });
}

/** The refusal of an act that met another one, in words; the error itself where there are none. */
export async function explained(act: Act, error: unknown, age: Age): Promise<unknown> {
  if (!(error instanceof Problem) || (error.status !== 409 && error.status !== 404)) return error;
  const { incident, unit, what } = partsOf(act);
  try {
    const sent = what === "assignments" && act.method === "POST" && unit !== "";
    const words =
      (sent ? await whoSent(unit, age) : null) ??
      (what === "level" ? await whoRaised(incident, age) : null) ??
      (incident ? await whoClosed(incident, age) : null);
    return words ? new Problem(error.status, error.code, words, error.wait_s) : error;
  } catch {
    return error; // the bare refusal is all there is
  }
}
