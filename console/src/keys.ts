// The keys, in one table: what is pressed, where it counts, and what it is called in the help.
import type { Key } from "./strings";

export type Command =
  | "new"
  | "search"
  | "help"
  | "region"
  | "back"
  | "theme"
  | "menu"
  | "queue"
  | "crews"
  | "closure"
  | "reach"
  | "unsent"
  | "filter"
  | "desk"
  | "print"
  | "coverage"
  | "hospitals"
  | "trails"
  | "follow"
  | "measure"
  | "aid"
  | "recommend"
  | "send"
  | "edit"
  | "note"
  | "close"
  | "reopen"
  | "merge"
  | "level"
  | "acknowledge"
  | "move"
  | "open"
  | "next"
  | "answer";

export interface KeyRow {
  /** As KeyboardEvent.key; several keys that do the same. */
  readonly keys: readonly string[];
  /** How the help shows it. */
  readonly shown: string;
  readonly command: Command;
  readonly label: Key;
  readonly group: "everywhere" | "incident" | "lists";
  /** Works while typing in a field, too. */
  readonly typing?: boolean;
  /** Only explained: the lists and forms themselves obey it. */
  readonly native?: boolean;
}

export const keyRows: readonly KeyRow[] = [
  { keys: ["n"], shown: "n", command: "new", label: "key.new", group: "everywhere" },
  { keys: ["/"], shown: "/", command: "search", label: "key.search", group: "everywhere" },
  { keys: ["q"], shown: "q", command: "queue", label: "key.queue", group: "everywhere" },
  { keys: ["w"], shown: "w", command: "crews", label: "key.crews", group: "everywhere" },
  { keys: ["x"], shown: "x", command: "closure", label: "key.closure", group: "everywhere" },
  { keys: ["i"], shown: "i", command: "reach", label: "key.reach", group: "everywhere" },
  { keys: ["v"], shown: "v", command: "coverage", label: "key.coverage", group: "everywhere" },
  { keys: ["h"], shown: "h", command: "hospitals", label: "key.hospitals", group: "everywhere" },
  { keys: ["f"], shown: "f", command: "follow", label: "key.follow", group: "everywhere" },
  { keys: ["e"], shown: "e", command: "measure", label: "key.measure", group: "everywhere" },
  { keys: ["j"], shown: "j", command: "trails", label: "key.trails", group: "everywhere" },
  { keys: ["z"], shown: "z", command: "aid", label: "key.aid", group: "everywhere" },
  {
    keys: ["F6"],
    shown: "F6",
    command: "region",
    label: "key.region",
    group: "everywhere",
    typing: true,
  },
  {
    keys: ["Escape"],
    shown: "Esc",
    command: "back",
    label: "key.back",
    group: "everywhere",
    typing: true,
  },
  { keys: ["d"], shown: "d", command: "theme", label: "key.theme", group: "everywhere" },
  { keys: ["s"], shown: "s", command: "unsent", label: "key.unsent", group: "everywhere" },
  { keys: ["l"], shown: "l", command: "filter", label: "key.filter", group: "everywhere" },
  { keys: ["p"], shown: "p", command: "print", label: "key.print", group: "everywhere" },
  { keys: ["y"], shown: "y", command: "desk", label: "key.desk", group: "everywhere" },
  { keys: ["u"], shown: "u", command: "menu", label: "key.menu", group: "everywhere" },
  { keys: ["?"], shown: "?", command: "help", label: "key.help", group: "everywhere" },
  { keys: ["t"], shown: "t", command: "edit", label: "key.edit", group: "incident" },
  { keys: ["r"], shown: "r", command: "recommend", label: "key.recommend", group: "incident" },
  {
    keys: ["1", "2", "3", "4", "5", "6", "7", "8"],
    shown: "1–8",
    command: "send",
    label: "key.send",
    group: "incident",
  },
  { keys: ["a"], shown: "a", command: "note", label: "key.note", group: "incident" },
  { keys: ["c"], shown: "c", command: "close", label: "key.close", group: "incident" },
  { keys: ["o"], shown: "o", command: "reopen", label: "key.reopen", group: "incident" },
  { keys: ["m"], shown: "m", command: "merge", label: "key.merge", group: "incident" },
  { keys: ["g"], shown: "g", command: "level", label: "key.level", group: "incident" },
  { keys: ["k"], shown: "k", command: "acknowledge", label: "key.acknowledge", group: "incident" },
  {
    keys: ["ArrowUp", "ArrowDown", "Home", "End"],
    shown: "↑ ↓",
    command: "move",
    label: "key.move",
    group: "lists",
    native: true,
  },
  {
    keys: ["Enter"],
    shown: "Enter",
    command: "open",
    label: "key.open",
    group: "lists",
    native: true,
  },
  {
    keys: [],
    shown: "1–9",
    command: "answer",
    label: "key.answer",
    group: "lists",
    native: true,
  },
  { keys: ["Tab"], shown: "Tab", command: "next", label: "key.next", group: "lists", native: true },
];

/** The keys of this account, where they are not the usual ones. */
let own: Partial<Record<Command, string>> = {};

export function setKeys(keys: Partial<Record<Command, string>>): void {
  own = keys;
}

/** Whether a row can have another key: one key, and not one that everything else relies on. */
export function mayRemap(row: KeyRow): boolean {
  return !row.native && row.keys.length === 1 && row.keys[0] !== "Escape";
}

function keysOf(row: KeyRow): readonly string[] {
  const key = own[row.command];
  return key && mayRemap(row) ? [key] : row.keys;
}

/** Letters, signs and function keys may be given away; what moves, types or leaves may not. */
const givable = /^([^\s\d]|F([1-46-9]|10))$/u;

/** Why a command cannot have a key: what it means already, or that it is not to be had. */
export function keyProblem(command: Command, key: string): Key | "reserved" | null {
  if (!givable.test(key)) return "reserved";
  const other = keyRows.find((r) => r.command !== command && keysOf(r).includes(key));
  return other ? other.label : null;
}

/** What of a key press matters here; a real KeyboardEvent is one. */
export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Without a key that makes it another key. */
export function isPlain(press: Press): boolean {
  return !press.ctrlKey && !press.metaKey && !press.altKey;
}

/** The command of a key press, or null: modified keys and plain typing are left alone. */
export function commandOf(press: Press, typing: boolean): Command | null {
  if (!isPlain(press)) return null;
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key;
  const row = keyRows.find((r) => !r.native && keysOf(r).includes(key));
  if (!row || (typing && !row.typing)) return null;
  return row.command;
}

/** Whether the element takes text, so that letters are not commands there. */
export function takesText(element: Element | null): boolean {
  if (!element) return false;
  const tag = element.tagName;
  if (tag === "TEXTAREA" || tag === "SELECT") return true;
  if (tag === "INPUT") {
    const type = (element as HTMLInputElement).type;
    return type !== "checkbox" && type !== "radio" && type !== "button" && type !== "range";
  }
  return (element as HTMLElement).isContentEditable === true;
}

/** The key that the help and the buttons show for a command. */
export function shownKey(command: Command): string {
  const row = keyRows.find((r) => r.command === command);
  if (!row) return "";
  const [key] = keysOf(row);
  return key === undefined || row.keys.includes(key) ? row.shown : key;
}
