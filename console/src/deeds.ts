// Doing what the command line says: each act is a write, its answer is shown, and what can be taken
// back can be taken back.
import { api } from "./api";
import type { Command } from "./keys";
import { type Deed, HANDLED } from "./line";
import { scopesOf } from "./links";
import { mayRun, maySetStatus, who } from "./may";
import { isUnsent } from "./outbox";
import { problemText } from "./problems";
import type { Store } from "./store";
import { t, tw } from "./strings";
import type { Incident } from "./types";

type Write = Exclude<Deed, { do: "key" | "open" | "follow" }>;

export interface DeedHost {
  store: Store;
  say: (text: string, kind: "good" | "bad" | "warn", undo?: () => void) => void;
  openIncident: (id: string) => void;
  follow: (unit: string) => void;
  run: (command: Command) => void;
}

/** The row of may.ts for a deed. */
const rights: Record<Deed["do"], string> = {
  send: "send",
  status: "status",
  release: "release",
  note: "note",
  close: "close",
  reopen: "reopen",
  acknowledge: "acknowledge",
  link: "write",
  merge: "merge",
  priority: "edit",
  open: "read",
  follow: "read",
  key: "",
};

export class Deeds {
  constructor(private readonly host: DeedHost) {}

  private mayDo(deed: Deed): boolean {
    if (deed.do === "status") return maySetStatus(deed.unit);
    return mayRun(rights[deed.do]);
  }

  /** Does it, and says how it went; `words` is how it was offered. */
  async obey(deed: Deed, words: string): Promise<void> {
    if (deed.do === "key") return this.host.run(deed.command);
    if (!this.mayDo(deed)) {
      this.host.say(t("may.not", { role: tw("role", who()?.role ?? "") }), "bad");
      return;
    }
    if (deed.do === "open") return this.host.openIncident(deed.incident);
    if (deed.do === "follow") return this.host.follow(deed.unit);
    try {
      const undo = await this.write(deed);
      const back = undo ? (): void => void undo().catch((error) => this.fail(error)) : undefined;
      this.host.say(t("line.done", { what: words }), "good", back);
    } catch (error) {
      this.fail(error);
    }
  }

  private fail(error: unknown): void {
    this.host.say(problemText(error), isUnsent(error) ? "warn" : "bad");
  }

  private async put(answer: Promise<{ incident: Incident }>): Promise<void> {
    this.host.store.putIncident((await answer).incident);
  }

  /** The write, and how to take it back if that is possible. */
  private async write(deed: Write): Promise<(() => Promise<void>) | null> {
    const { store } = this.host;
    switch (deed.do) {
      case "send":
        return this.send(deed);
      case "status": {
        const before = store.units.get(deed.unit)?.status;
        store.putUnit((await api.setStatus(deed.unit, deed.status, deed.hospital)).unit);
        return before && before !== deed.status
          ? async () => store.putUnit((await api.setStatus(deed.unit, before)).unit)
          : null;
      }
      case "release":
        await this.put(api.release(deed.incident, deed.unit));
        return () => this.put(api.assign(deed.incident, deed.unit, false));
      case "note":
        await this.put(api.addNote(deed.incident, deed.text));
        return null;
      case "close": {
        const outcome = deed.outcome === HANDLED ? {} : { outcome: deed.outcome };
        const text = deed.text === "" ? {} : { text: deed.text };
        await this.put(api.close(deed.incident, { ...outcome, ...text }));
        return () => this.put(api.reopen(deed.incident));
      }
      case "reopen":
        await this.put(api.reopen(deed.incident));
        return null;
      case "acknowledge":
        await this.put(api.acknowledge(deed.incident));
        return null;
      case "link":
        await this.put(
          api.sendLink(deed.incident, scopesOf("media"), t("link.text", { link: "{link}" })),
        );
        return null;
      case "merge":
        await this.put(api.merge(deed.incident, deed.into));
        return null;
      case "priority": {
        const before = store.incidents.get(deed.incident)?.priority;
        await this.put(api.editIncident(deed.incident, { priority: deed.priority }));
        if (!before) return null;
        return () => this.put(api.editIncident(deed.incident, { priority: before }));
      }
    }
  }

  /** Crews one after the other: when one cannot be sent, those before it are on their way. */
  private async send(deed: Extract<Deed, { do: "send" }>): Promise<() => Promise<void>> {
    const sent: string[] = [];
    const undo = async (): Promise<void> => {
      for (const unit of sent) await this.put(api.release(deed.incident, unit));
    };
    for (const unit of deed.units) {
      try {
        await this.put(api.assign(deed.incident, unit, deed.divert.includes(unit)));
        sent.push(unit);
      } catch (error) {
        if (sent.length > 0) {
          const units = sent.join(", ");
          this.host.say(t("line.send", { units, incident: deed.incident }), "good", () => {
            void undo().catch((e) => this.fail(e));
          });
        }
        throw error;
      }
    }
    return undo;
  }
}
