// Who works at this desk, and what this person may do: one row an act, with the permissions of
// which any one allows it. It decides what is offered; the server decides what is done.
import type { Identity, Permission } from "./accounttypes";

const rows = {
  read: ["read"],
  new: ["call"],
  edit: ["call"],
  acknowledge: ["call"],
  recommend: ["call"],
  note: ["note"],
  write: ["call"],
  send: ["dispatch"],
  release: ["dispatch"],
  close: ["dispatch"],
  reopen: ["dispatch"],
  merge: ["dispatch"],
  level: ["dispatch"],
  closure: ["dispatch"],
  transfer: ["dispatch"],
  warning: ["dispatch"],
  issueWarning: ["supervise"],
  aid: ["dispatch"],
  hospitalStatus: ["dispatch"],
  changeHospitals: ["supervise"],
  status: ["crew"],
  share: ["supervise"],
  hold: ["supervise"],
  export: ["supervise"],
  erase: ["admin"],
  people: ["supervise", "admin"],
  changePeople: ["admin"],
  audit: ["audit"],
  times: ["supervise"],
  past: ["supervise"],
} as const satisfies Record<string, readonly Permission[]>;

export type Act = keyof typeof rows;

/** How somebody is known who only sees the copy of this browser. */
export const COPY_FACTOR = "copy";

let current: Identity | null = null;

export function who(): Identity | null {
  return current;
}

export function setWho(identity: Identity | null): void {
  current = identity;
}

export function seesCopy(): boolean {
  return current?.factor === COPY_FACTOR;
}

export function may(act: Act): boolean {
  const allowing: readonly Permission[] = rows[act];
  return current !== null && allowing.some((p) => current?.may.includes(p));
}

/** A command of the keyboard that is not in the table is for everybody. */
export function mayRun(command: string): boolean {
  return !(command in rows) || may(command as Act);
}

/** An account that speaks for one crew sets the status of that one only. */
export function maySetStatus(unit: string): boolean {
  const mine = current?.unit ?? null;
  return may("status") && (mine === null || mine === unit);
}

/** An agency's account shares what is its own; what belongs to none is seen by all of them. */
export function mayShare(incident: { agency?: string | null }): boolean {
  const mine = current?.agency ?? null;
  const owner = incident.agency ?? null;
  return may("share") && owner !== null && (mine === null || mine === owner);
}
