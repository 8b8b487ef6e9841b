// Acts on their way: each is kept in this browser until the server has answered, so that neither a
// cut line nor a closed browser loses one. What could not be sent waits, in order, and goes out
// with its own idempotency key when the server is back: recorded once, however often it was tried.
import { Problem } from "./problem";

/** After so long nobody's act is kept any more. */
export const KEEP_MS = 12 * 3600 * 1000;
/** What waited longer goes out only when a person says so: the world has moved on. */
export const STALE_MS = 15 * 60 * 1000;
export const WAITING_MAX = 200;
const PREFIX = "amparo.unsent.";
const TRY_AGAIN_MS = 400;

export interface Act {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
  /** Where it was tried before under a key; otherwise it gets one. */
  readonly key?: string;
}

export interface Kept extends Act {
  /** The idempotency key, and the place in the order. */
  readonly key: string;
  readonly at: number;
  readonly n: number;
  /** It was tried, and the server was not there. */
  unsent: boolean;
  /** What the server said when it did not want it. */
  refused?: string;
}

/** Not recorded yet: it waits in the list of unsent acts. */
export class Unsent extends Problem {
  constructor(readonly act: Kept) {
    super(0, "unsent", "");
  }
}

export const isUnsent = (error: unknown): error is Unsent => error instanceof Unsent;

export interface Keeper {
  readonly length: number;
  key(index: number): string | null;
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export interface OutboxOptions {
  keeper: Keeper | null;
  now: () => number;
  newKey: () => string;
  post: (act: Kept) => Promise<unknown>;
  /** Runs what only one window of this browser may do at a time. */
  alone: (run: () => Promise<void>) => Promise<void>;
  wait: (ms: number) => Promise<void>;
  /** The list is another one now. */
  changed: () => void;
  /** One that had waited was recorded. */
  recorded: (act: Kept, answer: unknown) => void;
  /** One that had waited was refused. */
  refused: (act: Kept) => void;
}

const isAway = (error: unknown): boolean => error instanceof Problem && error.status === 0;
/** The server is there but cannot take it now, or wants to know first who we are. */
const isLater = (error: unknown): boolean =>
  error instanceof Problem && (error.status === 401 || error.status === 429 || error.status >= 500);

export class Outbox {
  private account: string | null = null;
  private acts: Kept[] = [];
  private count = 0;
  /** What the storage did not take: it waits as long as this page is open. */
  private readonly loose = new Set<string>();
  private flushing: Promise<void> | null = null;

  constructor(private readonly options: OutboxOptions) {}

  /** What this account left unsent comes back; what anybody left too long ago is forgotten. */
  open(account: string): void {
    if (this.account === account) return;
    this.account = account;
    for (const [name, act] of this.stored("")) {
      if (this.options.now() - act.at > KEEP_MS) this.drop(name);
    }
    this.reload(true);
  }

  /** Nothing of this account stays behind. */
  forget(): void {
    for (const [name] of this.stored(this.prefix)) this.drop(name);
    this.acts = [];
    this.options.changed();
  }

  /** Another window kept or sent something. `mine`: whatever is there is ours to send. */
  reload(mine = false): void {
    if (this.account === null) return;
    const flying = this.acts.filter((a) => !a.unsent || this.loose.has(a.key));
    const stored = this.stored(this.prefix).map(([, act]) => act);
    for (const act of stored) if (mine) act.unsent = true;
    const known = new Set(flying.map((a) => a.key));
    const others = stored.filter((a) => !known.has(a.key));
    this.acts = [...flying, ...others].sort((a, b) => a.at - b.at || a.n - b.n);
    this.options.changed();
  }

  /** Those that could not be sent, oldest first. */
  get waiting(): readonly Kept[] {
    return this.acts.filter((a) => a.unsent);
  }

  private get prefix(): string {
    return `${PREFIX}${this.account}.`;
  }

  private stored(prefix: string): [string, Kept][] {
    const { keeper } = this.options;
    const found: [string, Kept][] = [];
    for (let i = 0; keeper && i < keeper.length; i++) {
      const name = keeper.key(i) ?? "";
      if (!name.startsWith(prefix || PREFIX)) continue;
      try {
        found.push([name, JSON.parse(keeper.getItem(name) ?? "") as Kept]);
      } catch {
        continue; // not ours
      }
    }
    return found;
  }

  private keep(act: Kept): void {
    const { keeper } = this.options;
    try {
      keeper?.setItem(this.prefix + act.key, JSON.stringify(act));
      if (keeper) this.loose.delete(act.key);
      else this.loose.add(act.key);
    } catch {
      this.loose.add(act.key); // full or forbidden
    }
  }

  private drop(name: string): void {
    this.options.keeper?.removeItem(name);
  }

  private remove(act: Kept): void {
    this.acts = this.acts.filter((a) => a.key !== act.key);
    this.loose.delete(act.key);
    this.drop(this.prefix + act.key);
  }

  private isBlocked(): boolean {
    return this.acts.some((a) => a.unsent && this.goesByItself(a));
  }

  private goesByItself(act: Kept): boolean {
    return act.refused === undefined && this.options.now() - act.at <= STALE_MS;
  }

  /** Whether it stays until somebody decides. */
  needsWord(act: Kept): boolean {
    return act.unsent && !this.goesByItself(act);
  }

  /** Does it now, or keeps it and throws Unsent. Other refusals are thrown as they are. */
  async run(act: Act): Promise<unknown> {
    if (this.acts.length >= WAITING_MAX) return this.options.post(this.make(act));
    const same = this.waiting.find((a) => this.goesByItself(a) && isSame(a, act));
    if (same) throw new Unsent(same);
    const kept = this.make(act);
    const behind = this.isBlocked();
    this.acts.push(kept);
    if (behind) {
      this.setAside(kept);
      void this.flush();
      throw new Unsent(kept);
    }
    this.keep(kept);
    try {
      const answer = await this.attempt(kept);
      this.remove(kept);
      return answer;
    } catch (error) {
      if (isAway(error)) {
        this.setAside(kept);
        throw new Unsent(kept);
      }
      this.remove(kept);
      throw error;
    }
  }

  private make(act: Act): Kept {
    const key = act.key ?? this.options.newKey();
    return { ...act, key, at: this.options.now(), n: ++this.count, unsent: false };
  }

  /** Once more at once: most breaks of a line are shorter than a breath. */
  private async attempt(act: Kept): Promise<unknown> {
    try {
      return await this.options.post(act);
    } catch (error) {
      if (!isAway(error)) throw error;
      await this.options.wait(TRY_AGAIN_MS);
      return this.options.post(act);
    }
  }

  private setAside(act: Kept): void {
    act.unsent = true;
    this.keep(act);
    this.options.changed();
  }

  /** Sends what waits, in order, until the server is gone again. */
  flush(): Promise<void> {
    if (this.account === null || !this.isBlocked()) return Promise.resolve();
    this.flushing ??= this.options
      .alone(() => this.sendAll())
      .finally(() => (this.flushing = null));
    return this.flushing;
  }

  private async sendAll(): Promise<void> {
    this.reload();
    for (const act of this.waiting) {
      if (this.goesByItself(act) && !(await this.sendKept(act))) return;
    }
  }

  /** One that waits for a word goes out now, whatever its age. */
  async sendNow(key: string): Promise<void> {
    const act = this.waiting.find((a) => a.key === key);
    if (act) await this.sendKept(act);
  }

  discard(key: string): void {
    const act = this.waiting.find((a) => a.key === key);
    if (!act) return;
    this.remove(act);
    this.options.changed();
  }

  /** False when there is no sense in going on with the next. */
  private async sendKept(act: Kept): Promise<boolean> {
    try {
      const answer = await this.options.post(act);
      this.remove(act);
      this.options.recorded(act, answer);
    } catch (error) {
      if (isAway(error) || isLater(error)) return false;
      act.refused = error instanceof Problem ? error.detail : String(error);
      this.keep(act);
      this.reload(); // another window may have read it anew meanwhile
      this.options.refused(act);
    }
    this.options.changed();
    return true;
  }
}

/** The same wish pressed again is one wish; two notes of the same words are two. */
function isSame(a: Act, b: Act): boolean {
  if (a.path.endsWith("/notes")) return false;
  const shape = (act: Act): string => JSON.stringify([act.method, act.path, act.body ?? null]);
  return shape(a) === shape(b);
}
