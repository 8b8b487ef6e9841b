// The command line: what was typed so far, as acts that can be chosen or as words that complete it.
// Pure; who may do what, and doing it, is elsewhere (deeds.ts). Verbs are short and the same in
// every language, as on a radio; what they mean is said in the language of the desk.
import { outcomes } from "./actforms";
import type { Command } from "./keys";
import { compareUnits } from "./store";
import { type Key, t, tw } from "./strings";
import type { Hospital, Incident, Unit, UnitStatus } from "./types";

export type Deed =
  | { do: "send"; units: string[]; incident: string; divert: string[] }
  | { do: "status"; unit: string; status: UnitStatus; hospital?: string }
  | { do: "follow"; unit: string }
  | { do: "release"; unit: string; incident: string }
  | { do: "note"; incident: string; text: string }
  | { do: "close"; incident: string; outcome: string; text: string }
  | { do: "reopen"; incident: string }
  | { do: "acknowledge"; incident: string }
  | { do: "link"; incident: string }
  | { do: "merge"; incident: string; into: string }
  | { do: "priority"; incident: string; priority: number }
  | { do: "open"; incident: string }
  | { do: "key"; command: Command };

/** A line of the list: an act, or (with `ask`) a longer text to go on typing from. */
export interface Suggestion {
  title: string;
  detail: string;
  deed: Deed | null;
  ask?: string;
}

export interface World {
  units: readonly Unit[];
  incidents: readonly Incident[];
  hospitals?: readonly Hospital[];
  /** The incident that is open at this desk. */
  current: string | null;
}

type Shape =
  | "send"
  | "status"
  | "release"
  | "follow"
  | "note"
  | "close"
  | "one"
  | "merge"
  | "priority"
  | "key";

export interface VerbRow {
  readonly verbs: readonly [string, ...string[]];
  readonly shape: Shape;
  /** How it is written, for the help. */
  readonly usage: string;
  readonly label: Key;
  readonly status?: UnitStatus;
  readonly deed?: "reopen" | "acknowledge" | "link" | "open";
  readonly command?: Command;
  /** The row of may.ts that allows it. */
  readonly act: string;
}

export const verbRows: readonly VerbRow[] = [
  {
    verbs: ["d", "send"],
    shape: "send",
    usage: "d M12 M7 > I-204",
    label: "verb.send",
    act: "send",
  },
  status("en", "en-route"),
  status("os", "on-scene"),
  status("tr", "transporting"),
  status("ah", "at-hospital"),
  status("re", "returning"),
  status("av", "available"),
  status("oos", "out-of-service"),
  { verbs: ["off"], shape: "release", usage: "off M12", label: "verb.release", act: "release" },
  { verbs: ["n", "note"], shape: "note", usage: "n I-204 …", label: "verb.note", act: "note" },
  {
    verbs: ["p", "pri"],
    shape: "priority",
    usage: "p I-204 2",
    label: "verb.priority",
    act: "edit",
  },
  { verbs: ["close"], shape: "close", usage: "close I-204 …", label: "verb.close", act: "close" },
  {
    verbs: ["reopen"],
    shape: "one",
    usage: "reopen I-204",
    label: "verb.reopen",
    deed: "reopen",
    act: "reopen",
  },
  {
    verbs: ["merge"],
    shape: "merge",
    usage: "merge I-7 > I-204",
    label: "verb.merge",
    act: "merge",
  },
  {
    verbs: ["ack"],
    shape: "one",
    usage: "ack I-204",
    label: "verb.acknowledge",
    deed: "acknowledge",
    act: "acknowledge",
  },
  {
    verbs: ["link"],
    shape: "one",
    usage: "link I-204",
    label: "verb.link",
    deed: "link",
    act: "write",
  },
  { verbs: ["go"], shape: "one", usage: "go I-204", label: "verb.open", deed: "open", act: "read" },
  { verbs: ["call"], shape: "key", usage: "call", label: "key.new", command: "new", act: "new" },
  {
    verbs: ["closure"],
    shape: "key",
    usage: "closure",
    label: "key.closure",
    command: "closure",
    act: "closure",
  },
  {
    verbs: ["reach"],
    shape: "key",
    usage: "reach",
    label: "key.reach",
    command: "reach",
    act: "read",
  },
  { verbs: ["follow"], shape: "follow", usage: "follow M12", label: "verb.follow", act: "read" },
  mapVerb("measure"),
  mapVerb("coverage"),
  mapVerb("trails"),
  mapVerb("hospitals"),
  { verbs: ["help"], shape: "key", usage: "help", label: "key.help", command: "help", act: "read" },
];

function mapVerb(command: "measure" | "coverage" | "trails" | "hospitals"): VerbRow {
  return {
    verbs: [command],
    shape: "key",
    usage: command,
    label: `key.${command}`,
    command,
    act: "read",
  };
}

function status(verb: string, to: UnitStatus): VerbRow {
  return {
    verbs: [verb],
    shape: "status",
    usage: `${verb} M12`,
    label: `status.${to}`,
    status: to,
    act: "status",
  };
}

/** The word before a search for a place alone: "find hospital central". */
const FIND = "find ";
const ARROWS = new Set([">", "->", "→", "=>"]);
const SUGGESTIONS = 8;
/** What the server records when no outcome is said. */
export const HANDLED = "handled";
const PRIORITIES = 5;

/** The key that leads here, pressed once more within it, is no part of the text. */
const unslashed = (text: string): string => text.replace(/^\s*\//, "");

/** What is searched for: all of the text, or what follows "find". */
export function searchText(typed: string): string {
  const text = unslashed(typed);
  return text.toLowerCase().startsWith(FIND) ? text.slice(FIND.length).trim() : text;
}

export function verbOf(word: string): VerbRow | undefined {
  const wanted = word.toLowerCase();
  return verbRows.find((row) => row.verbs.includes(wanted));
}

const closed = (i: Incident): boolean => i.state === "closed";

function findIncident(word: string, world: World): Incident | undefined {
  const wanted = word.toLowerCase();
  return world.incidents.find(
    (i) => i.id.toLowerCase() === wanted || i.id.toLowerCase() === `i-${wanted}`,
  );
}

const findUnit = (word: string, world: World): Unit | undefined =>
  world.units.find((u) => u.id.toLowerCase() === word.toLowerCase());

const looksLikeIncident = (word: string): boolean => /^(i-)?\d+$/i.test(word);

const trouble = (title: string, ask: string): Suggestion => ({
  title,
  detail: "",
  deed: null,
  ask,
});

interface Parsed {
  row: VerbRow;
  /** The words after the verb, arrows left out. */
  words: string[];
  /** The text ends in a blank: the last word is complete. */
  ended: boolean;
  text: string;
}

function read(typed: string): Parsed | null {
  const text = unslashed(typed);
  const all = text.trimStart().split(/\s+/);
  const row = verbOf(all[0] ?? "");
  if (!row) return null;
  const words = all.slice(1).filter((w) => w !== "" && !ARROWS.has(w));
  return { row, words, ended: /\s$/.test(text), text };
}

/** Crews and incidents that the last word may become; the text with each of them. */
function completions(p: Parsed, world: World, units: boolean, incidents: boolean): Suggestion[] {
  const last = p.ended ? "" : (p.words[p.words.length - 1] ?? "");
  const stem = p.text.slice(0, p.text.length - last.length);
  const start = /\s$/.test(stem) ? stem : `${stem} `;
  const begins = (id: string): boolean => id.toLowerCase().startsWith(last.toLowerCase());
  const taken = new Set(p.words.map((w) => w.toLowerCase()));
  const found: Suggestion[] = [];
  if (units) {
    for (const unit of [...world.units].sort(compareUnits)) {
      if (begins(unit.id) && (!taken.has(unit.id.toLowerCase()) || unit.id === last)) {
        found.push({
          title: unit.id,
          detail: tw("status", unit.status),
          deed: null,
          ask: `${start}${unit.id} `,
        });
      }
    }
  }
  if (incidents) {
    for (const i of world.incidents) {
      const named = begins(i.id) || (last !== "" && i.id.toLowerCase().startsWith(`i-${last}`));
      if (named && !closed(i)) {
        found.push({ title: i.id, detail: i.place ?? "", deed: null, ask: `${start}${i.id} ` });
      }
    }
  }
  return found.slice(0, SUGGESTIONS);
}

/** The incident that is named, or the one that is open at the desk. */
function incidentOf(word: string | undefined, world: World): Incident | undefined {
  if (word !== undefined && looksLikeIncident(word)) return findIncident(word, world);
  return world.incidents.find((i) => i.id === world.current);
}

function send(p: Parsed, world: World): Suggestion[] {
  const last = p.words[p.words.length - 1];
  const named = last !== undefined && looksLikeIncident(last) && !findUnit(last, world);
  const names = named ? p.words.slice(0, -1) : p.words;
  const incident = incidentOf(named ? last : undefined, world);
  const units = names.map((name) => findUnit(name, world));
  const unknown = names.findIndex((_, i) => units[i] === undefined);
  const typing = !p.ended && !named && unknown === names.length - 1;
  if (names.length === 0 || typing) {
    const found = completions(p, world, true, false);
    if (found.length > 0) return found;
  }
  if (unknown >= 0) return [trouble(t("line.noUnit", { unit: names[unknown] ?? "" }), p.text)];
  if (named && !incident) return [trouble(t("line.noIncident", { incident: last ?? "" }), p.text)];
  if (!incident) {
    const found = completions({ ...p, ended: true }, world, false, true);
    return [trouble(t("line.whichIncident"), p.text), ...found];
  }
  if (closed(incident)) return [trouble(t("line.isClosed", { incident: incident.id }), p.text)];
  const known = units.filter((u): u is Unit => u !== undefined);
  const busy = known.filter((u) => u.incident && u.incident !== incident.id);
  const from = busy.map((u) => t("line.takes", { unit: u.id, incident: u.incident ?? "" }));
  const deed: Deed = {
    do: "send",
    units: known.map((u) => u.id),
    incident: incident.id,
    divert: busy.map((u) => u.id),
  };
  const words = t("line.send", { units: deed.units.join(", "), incident: incident.id });
  const more = named ? [] : completions({ ...p, ended: true }, world, true, true);
  return [{ title: words, detail: from.join("; ") || (incident.place ?? ""), deed }, ...more];
}

function ofUnit(p: Parsed, world: World): Suggestion[] {
  const unit = p.words[0] === undefined ? undefined : findUnit(p.words[0], world);
  if (!unit) {
    const found = p.ended && p.words.length > 0 ? [] : completions(p, world, true, false);
    const none = trouble(t("line.noUnit", { unit: p.words[0] ?? "" }), p.text);
    return found.length > 0 ? found : [none];
  }
  if (p.row.shape === "follow") {
    const title = t("line.follow", { unit: unit.id });
    return [{ title, detail: tw("status", unit.status), deed: { do: "follow", unit: unit.id } }];
  }
  const to = p.row.status;
  if (to === "transporting" && (world.hospitals ?? []).length > 0) return transport(p, unit, world);
  if (to) {
    const title = t("line.status", { unit: unit.id, status: tw("status", to) });
    const detail = tw("status", unit.status);
    return [{ title, detail, deed: { do: "status", unit: unit.id, status: to } }];
  }
  if (!unit.incident) return [trouble(t("line.notSent", { unit: unit.id }), p.text)];
  const title = t("line.release", { unit: unit.id, incident: unit.incident });
  return [{ title, detail: "", deed: { do: "release", unit: unit.id, incident: unit.incident } }];
}

/** "tr M12", and where to: by the short name of the hospital or the beginning of its name. */
function transport(p: Parsed, unit: Unit, world: World): Suggestion[] {
  const typed = p.words.slice(1).join(" ").toLowerCase();
  const to = tw("status", "transporting");
  const plain: Suggestion = {
    title: t("line.status", { unit: unit.id, status: to }),
    detail: tw("status", unit.status),
    deed: { do: "status", unit: unit.id, status: "transporting" },
  };
  const found = (world.hospitals ?? [])
    .filter((h) => !h.disabled)
    .filter((h) => `${h.id} ${h.label}`.toLowerCase().includes(typed))
    .slice(0, SUGGESTIONS - 1)
    .map(
      (h): Suggestion => ({
        title: t("line.statusTo", { unit: unit.id, status: to, hospital: h.label }),
        detail: [tw("traffic", h.traffic), h.note ?? ""].filter((s) => s !== "").join(" · "),
        deed: { do: "status", unit: unit.id, status: "transporting", hospital: h.label },
      }),
    );
  return typed === "" ? [plain, ...found] : found;
}

/** Verbs about one incident: it is the first word, or the open one. */
function ofIncident(p: Parsed, world: World): Suggestion[] {
  const first = p.words[0];
  const named = first !== undefined && looksLikeIncident(first);
  const incident = incidentOf(first, world);
  if (!incident) {
    const found = completions({ ...p, ended: p.ended || !named }, world, false, true);
    const words = named ? t("line.noIncident", { incident: first }) : t("line.whichIncident");
    return [...(p.words.length <= 1 ? found : []), trouble(words, p.text)].slice(0, SUGGESTIONS);
  }
  const bare = p.words.length === 0 && !p.ended;
  if (bare && (p.row.shape === "close" || p.row.shape === "one")) {
    const ask = `${p.text.trim()} ${incident.id} `; // one word alone may be the name of a place
    return [{ title: ask.trim(), detail: t(p.row.label), deed: null, ask }];
  }
  const rest = named ? p.words.slice(1) : p.words;
  return [deedOf(p, incident, rest, world)];
}

/** The text as it was typed, from its n-th word on: blanks inside a note stay. */
function tail(text: string, words: number): string {
  return text.trimStart().replace(new RegExp(`^(?:\\S+\\s+){${words}}`), "").trim();
}

function deedOf(p: Parsed, incident: Incident, rest: string[], world: World): Suggestion {
  const id = incident.id;
  const plain = (title: string, deed: Deed): Suggestion => ({
    title,
    detail: incident.place ?? "",
    deed,
  });
  const skipped = 1 + (p.words.length - rest.length);
  switch (p.row.shape) {
    case "note": {
      const text = rest.length > 0 ? tail(p.text, skipped) : "";
      if (text === "") return trouble(t("line.whatText", { incident: id }), p.text);
      return plain(t("line.note", { incident: id, text }), { do: "note", incident: id, text });
    }
    case "priority": {
      const priority = Number(rest[0]);
      if (!(Number.isInteger(priority) && priority >= 1 && priority <= PRIORITIES)) {
        return trouble(t("line.whichPriority", { most: PRIORITIES }), p.text);
      }
      const words = t("line.priority", { incident: id, priority });
      return plain(words, { do: "priority", incident: id, priority });
    }
    case "merge": {
      const into = rest[0] === undefined ? undefined : findIncident(rest[0], world);
      if (!into || into.id === id) return trouble(t("line.whichOther", { incident: id }), p.text);
      const words = t("line.merge", { incident: id, into: into.id });
      return plain(words, { do: "merge", incident: id, into: into.id });
    }
    case "close": {
      if (closed(incident)) return trouble(t("line.isClosed", { incident: id }), p.text);
      const outcome = outcomes.find((o) => o === rest[0]?.toLowerCase());
      const text = rest.length > (outcome ? 1 : 0) ? tail(p.text, skipped + (outcome ? 1 : 0)) : "";
      const chosen = outcome ?? HANDLED;
      const words = t("line.close", { incident: id, outcome: tw("outcome", chosen) });
      return plain(words, { do: "close", incident: id, outcome: chosen, text });
    }
    default: {
      const deed = p.row.deed ?? "open";
      return plain(t(`line.${deed}`, { incident: id }), { do: deed, incident: id });
    }
  }
}

/** What the text can mean as a command; empty when it is none. */
export function suggest(text: string, world: World): Suggestion[] {
  const p = read(text);
  if (!p) return [];
  const { shape, command } = p.row;
  if (shape === "key") {
    const whole = p.words.length === 0 && command !== undefined;
    return whole ? [{ title: t(p.row.label), detail: "", deed: { do: "key", command } }] : [];
  }
  if (shape === "send") return send(p, world);
  if (shape === "status" || shape === "release" || shape === "follow") return ofUnit(p, world);
  return ofIncident(p, world);
}

/** Whether the text is a command and nothing else: then places need not be searched. */
export function isCommand(text: string): boolean {
  const p = read(text);
  return p !== null && p.row.shape !== "key" && (p.words.length > 0 || p.ended);
}
