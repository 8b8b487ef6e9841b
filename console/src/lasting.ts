// What outlasts the server and the page: the queue of unsent acts, the last known board, and the
// shell that a worker keeps. It ties outbox.ts, copy.ts and sw.ts to the page.
import type { Identity } from "./accounttypes";
import { explained, wordsOf } from "./actwords";
import { actThrough, nextKey, post } from "./api";
import { type BoardCopy, dropCopy, dropOthers, keepCopy, lastCopy } from "./copy";
import { isOpen } from "./board";
import { COPY_FACTOR } from "./may";
import { Outbox } from "./outbox";
import { readProblemText } from "./problems";
import type { Shell } from "./shell";
import type { Store } from "./store";
import { language, t } from "./strings";
import { type ServerClock, formatClock, formatMoment, spellDuration } from "./time";
import type { Incident, Unit } from "./types";
import { UnsentList, unsentText } from "./unsentlist";

const COPY_EVERY_MS = 15_000;
const FLUSH_EVERY_MS = 2000;
const IDLE_LIMIT_MS = 5000;

export interface LastingHost {
  store: Store;
  clock: ServerClock;
  shell: Shell;
  positionLimit_s: () => number;
}

/** The storage of this browser, unless it is forbidden. */
function keeper(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

/** When the page has nothing better to do: a key press never waits for the copy. */
function idle(): Promise<unknown> {
  if (document.hidden || typeof requestIdleCallback === "undefined") return Promise.resolve();
  return new Promise((done) => requestIdleCallback(done, { timeout: IDLE_LIMIT_MS }));
}

async function alone(run: () => Promise<void>): Promise<void> {
  if (!navigator.locks) return run();
  await navigator.locks.request("amparo.unsent", run);
}

export class Lasting {
  readonly outbox: Outbox;
  private readonly list: UnsentList;
  private identity: Identity | null = null;
  private copy: BoardCopy | null = null;
  private isChanged = false;
  private keptAt = -Infinity;
  private keeping = Promise.resolve();
  private flushedAt = -Infinity;

  constructor(private readonly host: LastingHost) {
    const { store, clock, shell } = host;
    const age = (time: string): number => clock.age(time);
    this.outbox = new Outbox({
      keeper: keeper(),
      now: Date.now,
      newKey: nextKey,
      post: (act) =>
        post(act).catch(async (error: unknown) => {
          throw await explained(act, error, age);
        }),
      alone,
      wait: (ms) => new Promise((done) => setTimeout(done, ms)),
      changed: () => this.draw(),
      recorded: (act, answer) => {
        const { incident, unit } = answer as { incident?: Incident; unit?: Unit };
        if (incident) store.putIncident(incident);
        if (unit) store.putUnit(unit);
        shell.say(t("unsent.sent", { what: wordsOf(act) }), "good");
      },
      refused: (act) => {
        const facts = { what: wordsOf(act), detail: act.refused ?? "" };
        shell.say(t("unsent.failed", facts), "bad");
      },
    });
    this.list = new UnsentList(this.outbox);
    actThrough((act) => this.outbox.run(act));
    store.subscribe(() => (this.isChanged = true));
    addEventListener("storage", (event) => {
      if (event.key?.startsWith("amparo.unsent.")) this.outbox.reload();
    });
    addEventListener("online", () => void this.outbox.flush());
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.keeping = this.keep();
    });
  }

  /** Somebody works here now, with the server's word for it. */
  identified(identity: Identity): void {
    if (this.copy && this.copy.identity.account !== identity.account) {
      void dropOthers(identity.account).then(() => location.reload());
      return;
    }
    this.identity = identity;
    this.copy = null;
    this.host.shell.setCopy("", "");
    this.outbox.open(identity.account);
    void dropOthers(identity.account).catch(() => undefined);
    void this.outbox.flush();
  }

  /** The line speaks again. */
  lineBack(): void {
    void this.outbox.flush();
  }

  openList(): void {
    this.list.open();
  }

  /** Logs out at once, or after a yes when unsent acts would be lost. Nothing is left here, even
   * when the server is not there to be told. */
  leave(logout: () => Promise<void>): void {
    const run = async (): Promise<void> => {
      const account = (this.identity ?? this.copy?.identity)?.account ?? "";
      this.identity = null;
      this.outbox.forget();
      await this.keeping; // a copy under way would outlast the drop
      await dropCopy(account).catch(() => undefined);
      await logout();
      location.reload();
    };
    const failed = (error: unknown): void => this.host.shell.say(readProblemText(error), "bad");
    if (this.outbox.waiting.length === 0) void run().catch(failed);
    else this.list.openBefore(() => void run().catch(failed));
  }

  /** Once a second. */
  tick(): void {
    const now = performance.now();
    if (now - this.flushedAt > FLUSH_EVERY_MS) {
      this.flushedAt = now;
      void this.outbox.flush();
    }
    if (now - this.keptAt > COPY_EVERY_MS) this.keeping = this.keep();
    this.draw();
    this.drawCopy();
  }

  private draw(): void {
    this.host.shell.setUnsent(unsentText(this.outbox));
    this.list.draw();
  }

  private drawCopy(): void {
    if (!this.copy) return;
    const { clock, shell } = this.host;
    const at = new Date(this.copy.at);
    const age = spellDuration((clock.now() - this.copy.at) / 1000);
    const time = `${formatMoment(at, language())} (${formatClock(at, language())})`;
    shell.setCopy(t("copy.age", { time: age }), t("copy.words", { time }));
  }

  /** Seals what is shown now, when something has changed since. */
  private async keep(): Promise<void> {
    const { store, clock } = this.host;
    const reads = this.identity?.may.includes("read");
    if (!reads || this.copy || !this.isChanged) return;
    this.keptAt = performance.now();
    this.isChanged = false;
    await idle();
    if (!this.identity) return; // logged out meanwhile
    await keepCopy({
      at: clock.now(),
      identity: this.identity,
      positionLimit_s: this.host.positionLimit_s(),
      incidents: [...store.incidents.values()].filter(isOpen),
      units: [...store.units.values()],
      closures: [...store.closures.values()],
      stations: [...store.stations.values()],
      hospitals: [...store.hospitals.values()],
      plans: store.plans,
      agencies: store.agencies,
    }).catch(() => undefined); // no room: the board goes on without a copy
  }

  /** The last board that this browser kept, read only; null when there is none. */
  async showCopy(): Promise<Identity | null> {
    if (this.copy || this.identity) return null;
    const copy = await lastCopy().catch(() => null);
    if (!copy) return null;
    const { store } = this.host;
    this.copy = copy;
    store.putPlans(copy.plans);
    store.putStations(copy.stations);
    for (const hospital of copy.hospitals) store.putHospital(hospital);
    store.putAgencies(copy.agencies);
    const units = copy.units.map((u) => ({ ...u, position_stale: true }));
    store.replace({ ...copy, units });
    this.outbox.open(copy.identity.account);
    this.drawCopy();
    return { ...copy.identity, factor: COPY_FACTOR, may: ["read"] };
  }

  /** The worker that keeps the shell; and if an old shell was opened, the new one takes over. */
  async keepShell(): Promise<void> {
    const { serviceWorker } = navigator;
    if (!serviceWorker) return;
    if (serviceWorker.controller && (await isOldShell())) location.reload();
    else await serviceWorker.register("/sw.js").catch(() => undefined);
  }
}

/** Whether the server has another page than the one that runs here; asked past every cache. */
async function isOldShell(): Promise<boolean> {
  const mine = document.querySelector<HTMLScriptElement>("script[type=module]");
  try {
    const page = await (await fetch("/", { cache: "no-store" })).text();
    return !page.includes(new URL(mine?.src ?? "").pathname);
  } catch {
    return false; // gone again
  }
}
