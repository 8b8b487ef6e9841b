// One line to the server for all windows of this browser: the first window has it and hands on what
// it hears; when it is closed, another one takes over. A window that is not answered, and a browser
// without locks, has a line of its own.
import type { Source } from "./stream";

const LOCK = "amparo.stream";
const ANSWER_LIMIT_MS = 3000;
const KEPT_CHANGES = 2000;
const types = ["open", "change", "positions", "heartbeat", "resync", "session-ended"] as const;
type Type = (typeof types)[number];

type Word =
  | { kind: "ask"; from: string; since: number }
  /** `to`: the answer for the window that asked; otherwise for all. */
  | { kind: "heard"; type: Type; data: string; from: string; to?: string };

type Listener = (event: MessageEvent<string>) => void;

/** What is needed of a BroadcastChannel; tests give a fake one. */
export interface Channel {
  onmessage: ((event: MessageEvent) => unknown) | null;
  postMessage(word: unknown): void;
}

export interface SharedLineOptions {
  id: string;
  channel: Channel | null;
  openReal: (url: string) => Source;
  /** True once this window has the lock; otherwise `granted` runs when it gets it. */
  lock: (granted: () => void) => Promise<boolean>;
  later: (ms: number, run: () => void) => void;
}

const seqOf = (data: string): number => (JSON.parse(data) as { seq: number }).seq;

/** The source of this window, whoever feeds it. */
class Fed implements Source {
  onerror = null;
  real: Source | null = null;
  closed = false;
  /** The window that answered: only what follows its answer comes without a gap. */
  leader = "";
  seq = 0;
  private readonly listeners = new Map<string, Listener>();

  get readyState(): number {
    return this.real ? this.real.readyState : this.closed ? 2 : 1;
  }

  addEventListener(type: string, listener: Listener): void {
    this.listeners.set(type, listener);
  }

  give(type: string, data: string): void {
    if (type === "change") this.seq = Math.max(this.seq, seqOf(data));
    if (!this.closed) this.listeners.get(type)?.({ data } as MessageEvent<string>);
  }

  close(): void {
    this.closed = true;
    this.real?.close();
  }
}

export class SharedLine {
  private leads = false;
  private fed: Fed | null = null;
  private since = 0;
  private kept: { seq: number; data: string }[] = [];

  constructor(private readonly options: SharedLineOptions) {
    const { channel } = options;
    if (channel) channel.onmessage = (event) => this.word(event.data as Word);
  }

  /** Settled before the first `open`. `again` runs when this window takes the line over. */
  async start(again: () => void): Promise<void> {
    if (!this.options.channel) return;
    this.leads = await this.options.lock(() => {
      this.leads = true;
      again();
    });
  }

  /** As `new EventSource(url)`. */
  open(url: string): Source {
    const fed = new Fed();
    this.fed = fed;
    fed.seq = Number(/since=(\d+)/.exec(url)?.[1] ?? 0);
    if (this.leads || !this.options.channel) this.lead(fed);
    else this.ask(fed);
    return fed;
  }

  /** Of the window that has the line, what came after our number; in vain, of the server. */
  private ask(fed: Fed): void {
    const { id, channel, later } = this.options;
    fed.leader = "";
    channel?.postMessage({ kind: "ask", from: id, since: fed.seq });
    later(ANSWER_LIMIT_MS, () => {
      if (!fed.closed && !fed.real && fed.leader === "" && fed === this.fed) this.lead(fed);
    });
  }

  private lead(fed: Fed): void {
    this.since = fed.seq;
    this.kept = [];
    const { id, channel } = this.options;
    const real = this.options.openReal(`/v1/events?since=${fed.seq}`);
    fed.real = real;
    for (const type of types) {
      real.addEventListener(type, (event) => {
        const data = event.data ?? "";
        if (fed.closed) return;
        if (type === "change") this.keep(data);
        if (this.leads) channel?.postMessage({ kind: "heard", type, data, from: id });
        fed.give(type, data);
      });
    }
  }

  private keep(data: string): void {
    this.kept.push({ seq: seqOf(data), data });
    if (this.kept.length <= KEPT_CHANGES) return;
    this.since = this.kept.shift()?.seq ?? this.since;
  }

  private word(word: Word): void {
    const { fed } = this;
    if (word.kind === "ask") return this.answer(word.from, word.since);
    if (!fed || fed.real || fed.closed) return;
    if (word.to === this.options.id) fed.leader = word.from;
    else if (word.to !== undefined || fed.leader === "") return;
    else if (fed.leader !== word.from) return this.ask(fed); // another window took over
    fed.give(word.type, word.data);
  }

  /** Another window joins: what it missed, or that it has to ask for everything. */
  private answer(to: string, since: number): void {
    const { channel, id } = this.options;
    if (!this.leads || !this.fed?.real || this.fed.closed || !channel) return;
    const say = (type: Type, data: string): void =>
      channel.postMessage({ kind: "heard", type, data, from: id, to });
    if (since < this.since) return say("resync", "{}");
    say("open", "");
    for (const { seq, data } of this.kept) if (seq > since) say("change", data);
  }
}

/** The line of this browser's windows. */
export function browserLine(): SharedLine {
  const { locks } = navigator;
  const shared = Boolean(locks) && typeof BroadcastChannel !== "undefined";
  const forEver = (): Promise<void> => new Promise(() => undefined);
  return new SharedLine({
    id: String(crypto.getRandomValues(new Uint32Array(2))),
    channel: shared ? new BroadcastChannel("amparo.line") : null,
    openReal: (url) => new EventSource(url),
    lock: (granted) =>
      new Promise((settled) => {
        void locks.request(LOCK, { ifAvailable: true }, (lock) => {
          settled(lock !== null);
          if (lock) return forEver();
          void locks.request(LOCK, () => {
            granted();
            return forEver();
          });
          return undefined;
        });
      }),
    later: (ms, run) => void setTimeout(run, ms),
  });
}
