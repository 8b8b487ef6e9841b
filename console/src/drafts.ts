// What was typed and not sent, kept in this browser alone so that a crash loses nothing: for each
// account and window, for some hours, until it is sent, thrown away, or the account logs out.

const PREFIX = "amparo.draft.";
/** Longer than a shift nobody needs it, and it holds personal data. */
export const KEPT_MS = 8 * 3600_000;
const ANSWER_MS = 250;

/** A form: a new call, or one below an incident. */
export type Slot = "call" | `${"note" | "close" | "edit"}:${string}`;

export interface Kept<T = unknown> {
  account: string;
  window: string;
  slot: Slot;
  /** When it was typed last, on this machine's clock. */
  time: number;
  values: T;
}

type Shelf = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export class Drafts {
  private account = "";

  constructor(
    private readonly shelf: Shelf | null,
    readonly window: string,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whose they are from here on; what is too old goes, whoever left it. */
  open(account: string): void {
    this.account = account;
    for (const [name, kept] of this.all()) if (!kept) this.remove(name);
  }

  private name(slot: Slot, window = this.window): string {
    return `${PREFIX}${this.account}/${window}/${slot}`; // no account has a slash
  }

  private remove(name: string): void {
    try {
      this.shelf?.removeItem(name);
    } catch {
      // storage is forbidden: there is nothing
    }
  }

  /** All that is kept by anybody; null for what is too old or not ours to read. */
  private all(): [string, Kept | null][] {
    const names: string[] = [];
    try {
      for (let i = 0; i < (this.shelf?.length ?? 0); i++) names.push(this.shelf?.key(i) ?? "");
    } catch {
      return [];
    }
    return names.filter((n) => n.startsWith(PREFIX)).map((n) => [n, this.read(n)]);
  }

  private read(name: string): Kept | null {
    try {
      const kept = JSON.parse(this.shelf?.getItem(name) ?? "null") as Kept | null;
      const age = this.now() - (kept?.time ?? -Infinity);
      return age >= -KEPT_MS && age <= KEPT_MS ? kept : null;
    } catch {
      return null;
    }
  }

  /** False when this browser keeps nothing (storage is forbidden, or full). */
  keep(slot: Slot, values: unknown): boolean {
    const { account, window } = this;
    const kept: Kept = { account, window, slot, time: this.now(), values };
    try {
      this.shelf?.setItem(this.name(slot), JSON.stringify(kept));
      return this.shelf !== null;
    } catch {
      return false;
    }
  }

  drop(slot: Slot): void {
    this.remove(this.name(slot));
  }

  /** What this window keeps under a name. */
  at<T>(slot: Slot): Kept<T> | null {
    return this.read(this.name(slot)) as Kept<T> | null;
  }

  /** This account's, of this window and of those that live no more, newest first. */
  found(living: ReadonlySet<string>): Kept[] {
    return this.all()
      .map(([, kept]) => kept)
      .filter((k): k is Kept => k !== null && k.account === this.account)
      .filter((k) => k.window === this.window || !living.has(k.window))
      .sort((a, b) => b.time - a.time);
  }

  /** From another window into this one, with its age. */
  adopt(kept: Kept): void {
    if (kept.window === this.window) return;
    this.remove(this.name(kept.slot, kept.window));
    try {
      const mine = JSON.stringify({ ...kept, window: this.window });
      this.shelf?.setItem(this.name(kept.slot), mine);
    } catch {
      // it stays in the form alone
    }
  }

  /** All of this account: it logs out. */
  forget(): void {
    for (const [name] of this.all()) {
      if (name.startsWith(`${PREFIX}${this.account}/`)) this.remove(name);
    }
  }
}

/** Windows of this browser that are open: each answers who asks. Returns how to ask. */
export function meetWindows(own: string): () => Promise<Set<string>> {
  return "locks" in navigator ? windowsByLock(own) : windowsByAnswer(own);
}

/** Each window holds a lock of its name as long as it lives, asleep in the background or not. */
function windowsByLock(own: string): () => Promise<Set<string>> {
  const mark = "amparo.window.";
  void navigator.locks.request(mark + own, () => new Promise<void>(() => undefined));
  return async () => {
    const { held = [] } = await navigator.locks.query();
    const names = held.map(({ name = "" }) => name).filter((name) => name.startsWith(mark));
    return new Set(names.map((name) => name.slice(mark.length)).filter((name) => name !== own));
  };
}

/** Where the page is not on a secure line there are no locks: each that is awake answers. */
function windowsByAnswer(own: string): () => Promise<Set<string>> {
  const living = new Set<string>();
  if (typeof BroadcastChannel === "undefined") return async () => living;
  const channel = new BroadcastChannel("amparo.windows");
  channel.addEventListener("message", ({ data }: MessageEvent<{ ask?: true; own?: string }>) => {
    if (data.ask) channel.postMessage({ own });
    else if (data.own) living.add(data.own);
  });
  return async () => {
    living.clear();
    channel.postMessage({ ask: true });
    await new Promise((done) => setTimeout(done, ANSWER_MS));
    return living;
  };
}

/** What is kept of a form below an incident. */
export interface ActKept {
  text: string;
  choice: string;
  /** Of this text: sent twice, it is recorded once. */
  key: string;
}

export function keptAct(text: string, choice = ""): ActKept {
  return { text, choice, key: chanceWord() };
}

/** A word that no other window or call has. */
export function chanceWord(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}

/** The name of this window, which a reload keeps. */
export function windowName(): string {
  const name = "amparo.window";
  try {
    const known = sessionStorage.getItem(name) ?? chanceWord();
    sessionStorage.setItem(name, known);
    return known;
  } catch {
    return chanceWord();
  }
}

/** The shelf of this browser; null where storage is forbidden. */
export function browserShelf(): Shelf | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
