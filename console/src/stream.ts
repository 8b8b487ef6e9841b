// Live push: one EventSource, resumed where it broke, rebuilt when it dies, honest about silence.
import type { Change, Moved } from "./types";

export const STALE_AFTER_MS = 10_000;
/** A line silent for so long is cut and opened anew: a half-dead one never reports an error. */
export const REOPEN_AFTER_MS = 20_000;
const TICK_MS = 1000;

/** What the stream needs of an EventSource; tests give a fake one. */
export interface Source {
  readyState: number;
  onerror: ((event: Event) => unknown) | null;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

export interface StreamOptions {
  open: (url: string) => Source;
  now: () => number;
  every: (ms: number, run: () => void) => void;
  onChange: (change: Change) => void;
  onMoved: (moved: Moved) => void;
  /** `map` is the version of the map in force; null without one. */
  onHeartbeat: (time: string, map: string | null) => void;
  /** The server cannot continue from our number: fetch everything, then answer with the new one. */
  onResync: () => Promise<number>;
  /** The session may be over: the server said so, or refused the line. */
  onEnded: () => void;
  /** Called when the line turns silent or speaks again, and each second while it is silent. */
  onSilence: (silent: boolean, forMs: number) => void;
}

const CLOSED = 2;

export class Stream {
  private source: Source | null = null;
  private seq = 0;
  private heardAt = 0;
  private openedAt = 0;
  /** Until the first word it counts as silent, though nobody is told so for ten seconds. */
  private silent = true;
  /** Once silence was told, only words end it: a server may accept a line and still be dead. */
  private told = false;
  private resyncing = false;
  private ticking = false;
  private paused = false;

  constructor(private readonly options: StreamOptions) {}

  /** The last journal number seen. */
  get last(): number {
    return this.seq;
  }

  start(seq: number): void {
    this.seq = seq;
    this.heardAt = this.options.now();
    this.paused = false;
    this.open();
    if (!this.ticking) this.options.every(TICK_MS, () => this.tick());
    this.ticking = true;
  }

  /** No line until it is started again: nobody is logged in. */
  pause(): void {
    this.paused = true;
    this.source?.close();
    this.source = null;
  }

  private open(): void {
    this.source?.close();
    this.openedAt = this.options.now();
    const source = this.options.open(`/v1/events?since=${this.seq}`);
    this.source = source;
    source.addEventListener("open", () => {
      if (source === this.source && !this.told) this.heard();
    });
    this.listen(source, "change", (text) => this.change(JSON.parse(text) as Change));
    this.listen(source, "positions", (text) => this.options.onMoved(JSON.parse(text) as Moved));
    this.listen(source, "heartbeat", (text) => {
      const beat = JSON.parse(text) as { time: string; map?: string };
      this.options.onHeartbeat(beat.time, beat.map ?? null);
    });
    this.listen(source, "resync", () => void this.resync());
    this.listen(source, "session-ended", () => this.options.onEnded());
  }

  private listen(source: Source, type: string, take: (text: string) => void): void {
    source.addEventListener(type, (event) => {
      if (source !== this.source) return;
      this.heard();
      take(event.data);
    });
  }

  /** The browser resumes with the last id by itself, so a message may come twice: one counts. */
  private change(change: Change): void {
    if (change.seq <= this.seq) return;
    this.seq = change.seq;
    this.options.onChange(change);
  }

  private async resync(): Promise<void> {
    if (this.resyncing) return;
    this.resyncing = true;
    this.source?.close();
    try {
      this.seq = await this.options.onResync();
      if (!this.paused) this.open();
    } catch {
      this.source = null; // the next tick opens again, and the server asks again
    } finally {
      this.resyncing = false;
    }
  }

  private heard(): void {
    this.heardAt = this.options.now();
    if (this.silent) {
      this.silent = false;
      this.told = false;
      this.options.onSilence(false, 0);
    }
  }

  private tick(): void {
    if (this.paused) return;
    const now = this.options.now();
    const quiet = now - this.heardAt;
    if (quiet > STALE_AFTER_MS) {
      this.silent = true;
      this.told = true;
      this.options.onSilence(true, quiet);
    }
    if (this.resyncing) return;
    const dead = !this.source || this.source.readyState === CLOSED;
    const stuck = quiet > REOPEN_AFTER_MS && now - this.openedAt > REOPEN_AFTER_MS;
    if (!((dead && now - this.openedAt >= 2 * TICK_MS) || stuck)) return;
    // A browser gives a line up for good when the answer was a refusal.
    if (dead) this.options.onEnded();
    if (!this.paused) this.open();
  }
}
