// What a person sets up for the work: thresholds, muted cues, keys, the tables, layouts by name;
// kept in this browser for each account. It holds no personal data but the account's name.
import type { Command } from "./keys";
import { type Limits, defaultLimits } from "./limits";

export const cueNames = ["call", "alarm", "arrived", "text", "lost", "aid"] as const;
export type CueName = (typeof cueNames)[number];

export interface TableView {
  sort: { column: string; down: boolean } | null;
  text: string;
  state: string;
  hidden: string[];
}

export const sizeNames = ["queue", "panel", "map"] as const;
/** Pixels of the queue's and the panel's width and of the map's height, where they were changed. */
export type Sizes = Partial<Record<(typeof sizeNames)[number], number>>;

export interface View {
  queue: TableView;
  crews: TableView;
  sizes: Sizes;
}

export interface Prefs {
  limits: Limits;
  muted: CueName[];
  keys: Partial<Record<Command, string>>;
  view: View;
  layouts: Record<string, View>;
}

export const LAYOUTS_MAX = 20;

const plainTable = (): TableView => ({ sort: null, text: "", state: "", hidden: [] });
export const plainView = (): View => ({ queue: plainTable(), crews: plainTable(), sizes: {} });

function plain(): Prefs {
  return { limits: defaultLimits(), muted: [], keys: {}, view: plainView(), layouts: {} };
}

let account: string | null = null;
let current = plain();
const listeners: (() => void)[] = [];

export function prefs(): Readonly<Prefs> {
  return current;
}

/** Runs after every change, here or in another window. */
export function onPrefs(listener: () => void): void {
  listeners.push(listener);
}

const nameOf = (who: string): string => `amparo.desk.${who}`;

function read(): void {
  try {
    const kept = JSON.parse(localStorage.getItem(nameOf(account ?? "")) ?? "{}") as Partial<Prefs>;
    current = { ...plain(), ...kept };
  } catch {
    current = plain(); // forbidden, or not ours
  }
  for (const listener of listeners) listener();
}

/** From now on this account's. What was typed into a filter yesterday hides nothing today. */
export function openPrefs(who: string): void {
  if (account === who) return;
  account = who;
  read();
}

export function setPrefs(change: Partial<Prefs>): void {
  current = { ...current, ...change };
  try {
    if (account !== null) localStorage.setItem(nameOf(account), JSON.stringify(current));
  } catch {
    // it lasts as long as the page
  }
  for (const listener of listeners) listener();
}

/** The tables as they are now, for the next time; filters are not kept but in a named layout. */
export function keepView(view: View): void {
  const calm = (table: TableView): TableView => ({ ...table, text: "", state: "" });
  setPrefs({ view: { ...view, queue: calm(view.queue), crews: calm(view.crews) } });
}

if (typeof addEventListener === "function") {
  addEventListener("storage", (event) => {
    if (account !== null && event.key === nameOf(account)) read();
  });
}
