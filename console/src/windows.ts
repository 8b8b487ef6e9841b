// Several windows on several screens: a region in a window of its own, and the selection in step.
import { el } from "./dom";
import { icon } from "./icons";
import type { Command } from "./keys";
import type { RegionName, Shell } from "./shell";
import { t } from "./strings";

const regions: readonly RegionName[] = ["queue", "map", "crews", "panel"];

/** The one region of this window; null in a window with all. */
export function windowRegion(query: URLSearchParams): RegionName | null {
  return regions.find((r) => r === query.get("window")) ?? null;
}

type Word =
  | { kind: "select"; incident: string | null; unit: string | null }
  | { kind: "run"; command: Command; key: string };

export interface WindowsHost {
  shell: Shell;
  only: RegionName | null;
  /** Another window chose something. */
  follow: (incident: string | null, unit: string | null) => void;
  /** A key was pressed in a window without the panel. */
  run: (command: Command, key: string) => void;
}

export class Windows {
  private readonly channel =
    typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel("amparo.desk");
  private readonly buttons = new Map<RegionName, HTMLElement>();
  private following = false;

  constructor(private readonly host: WindowsHost) {
    const { shell, only } = host;
    if (only) {
      document.documentElement.dataset["window"] = only;
      shell.show(only);
    }
    if (this.channel) this.channel.onmessage = (event) => this.word(event.data as Word);
    for (const name of only ? [] : regions) {
      const button = el("button", { type: "button", class: "own-window" }, icon("window"));
      button.addEventListener("click", () => {
        const { search } = location;
        const query = new URLSearchParams(search);
        query.set("window", name);
        open(`/?${query.toString()}`, `amparo-${name}`, "popup,width=1000,height=800");
      });
      this.buttons.set(name, button);
      shell.region(name).tools.after(button);
    }
    this.relabel();
  }

  relabel(): void {
    for (const [name, button] of this.buttons) {
      const words = t("window.own", { what: t(`region.${name}`) });
      button.title = words;
      button.setAttribute("aria-label", words);
    }
  }

  /** This window has the panel, and with it the acts. */
  get hasPanel(): boolean {
    return this.host.only === null || this.host.only === "panel";
  }

  /** Something was chosen here: the other windows follow. */
  chose(incident: string | null, unit: string | null): void {
    if (!this.following) this.channel?.postMessage({ kind: "select", incident, unit });
  }

  /** An act for the window that has the panel. */
  hand(command: Command, key: string): void {
    this.channel?.postMessage({ kind: "run", command, key });
  }

  private word(word: Word): void {
    if (word.kind === "run") {
      if (this.hasPanel) this.host.run(word.command, word.key);
      return;
    }
    this.following = true;
    this.host.follow(word.incident, word.unit);
    this.following = false;
  }
}
