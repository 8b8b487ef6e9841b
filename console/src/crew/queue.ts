// What a crew pressed, until the server has answered: kept on the phone in the order of pressing,
// each with its time and its own idempotency key, so that it is recorded once however often it was
// tried. A picture goes out piece by piece, and what need not wait for it goes before its next one.

/** A picture or sound; its bytes are kept apart (bytes.ts). */
export interface Medium {
  readonly kind: "picture" | "sound";
  readonly incident: string;
  readonly bytes: number;
  /** So many of them are with the server. */
  readonly sent: number;
}

export interface Press {
  /** The idempotency key. */
  readonly key: string;
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
  /** The server's time when it was pressed, in ms. */
  readonly at: number;
  /** The new status; absent for a note. */
  readonly status?: string;
  readonly medium?: Medium;
}

export interface Refused extends Press {
  readonly detail: string;
}

/** `later`: the server was not there, or cannot take it now. `part`: so many bytes are there. */
export type Outcome =
  | { readonly kind: "done"; readonly answer: unknown }
  | { readonly kind: "part"; readonly sent: number }
  | { readonly kind: "later" }
  | { readonly kind: "refused"; readonly detail: string };

export interface Keeper {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
}

export interface QueueOptions {
  /** Null: nothing can be kept beyond this page. */
  keeper: Keeper | null;
  send: (press: Press) => Promise<Outcome>;
  changed: () => void;
  recorded: (press: Press, answer: unknown) => void;
  /** The keys of what waits now: bytes of others are not needed any more. */
  settled?: (account: string, keys: readonly string[]) => void;
}

export const WAITING_MAX = 100;
const PREFIX = "amparo.crew.unsent.";

interface Stored {
  waiting: Press[];
  refused: Refused[];
}

/** Ends the crew's part in the incident, after which no picture of it is taken. */
export const LEAVING: readonly string[] = ["available", "returning", "out-of-service"];

export class Queue {
  private account = "";
  private presses: Press[] = [];
  private refusals: Refused[] = [];
  private sending: Promise<void> | null = null;

  constructor(private readonly options: QueueOptions) {}

  get waiting(): readonly Press[] {
    return this.presses;
  }

  get refused(): readonly Refused[] {
    return this.refusals;
  }

  /** Where the last press leads, if one that waits is a status. */
  get lastStatus(): string | null {
    for (let i = this.presses.length - 1; i >= 0; i--) {
      const status = this.presses[i]?.status;
      if (status) return status;
    }
    return null;
  }

  /** What this account left unsent comes back. */
  open(account: string): void {
    this.account = account;
    this.presses = [];
    this.refusals = [];
    try {
      const text = this.options.keeper?.getItem(PREFIX + account) ?? null;
      const stored = text === null ? null : (JSON.parse(text) as Stored);
      this.presses = stored?.waiting ?? [];
      this.refusals = stored?.refused ?? [];
    } catch {
      // what cannot be read was not kept by us
    }
    this.settle();
    this.options.changed();
  }

  /** Nothing of this account stays on the phone. */
  forget(): void {
    this.presses = [];
    this.refusals = [];
    this.keep();
    this.settle();
    this.account = "";
  }

  private settle(): void {
    if (this.account === "") return;
    const keys = this.presses.filter((p) => p.medium).map((p) => p.key);
    this.options.settled?.(this.account, keys);
  }

  /** Throws when too much waits. */
  add(press: Press): void {
    if (this.presses.length >= WAITING_MAX) throw new Error("too many wait");
    this.presses = [...this.presses, press];
    this.keep();
    this.options.changed();
    void this.flush();
  }

  /** What was not sent as a whole is as if it had not been pressed. */
  takeBack(key: string): void {
    this.presses = this.presses.filter((p) => p.key !== key);
    this.keep();
    this.settle();
    this.options.changed();
  }

  /** The oldest; before a picture's next piece what comes after it, up to what ends the crew's part
   * in the incident: that waits for the picture, which would not be taken any more. */
  private get next(): Press | undefined {
    const first = this.presses[0];
    if (!first?.medium) return first;
    const other = this.presses.find((p) => !p.medium);
    return !other || LEAVING.includes(other.status ?? "") ? first : other;
  }

  private part(key: string, sent: number): void {
    this.presses = this.presses.map((p) =>
      p.key === key && p.medium ? { ...p, medium: { ...p.medium, sent } } : p,
    );
    this.keep();
    this.options.changed();
  }

  dismiss(key: string): void {
    this.refusals = this.refusals.filter((r) => r.key !== key);
    this.keep();
    this.options.changed();
  }

  /** Sends what waits, the oldest first and never two at a time; stops where the line breaks. */
  flush(): Promise<void> {
    this.sending ??= this.run().finally(() => (this.sending = null));
    return this.sending;
  }

  private async run(): Promise<void> {
    const { account } = this;
    for (let { next } = this; next; next = this.next) {
      const press = next;
      const outcome = await this.options.send(press);
      if (this.account !== account || outcome.kind === "later") return;
      if (outcome.kind === "part") {
        this.part(press.key, outcome.sent);
        continue;
      }
      const wanted = this.presses.some((p) => p.key === press.key);
      this.presses = this.presses.filter((p) => p.key !== press.key);
      if (outcome.kind === "refused" && wanted) {
        this.refusals = [...this.refusals, { ...press, detail: outcome.detail }];
      }
      this.keep();
      if (press.medium) this.settle();
      if (outcome.kind === "done") this.options.recorded(press, outcome.answer);
      this.options.changed();
    }
  }

  private keep(): void {
    if (this.account === "") return;
    const empty = this.presses.length === 0 && this.refusals.length === 0;
    const stored: Stored = { waiting: this.presses, refused: this.refusals };
    try {
      if (empty) this.options.keeper?.removeItem(PREFIX + this.account);
      else this.options.keeper?.setItem(PREFIX + this.account, JSON.stringify(stored));
    } catch {
      // storage is full or forbidden: it is kept for as long as this page lives
    }
  }
}
