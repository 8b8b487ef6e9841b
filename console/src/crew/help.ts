// A crew calls for help for itself: two presses, then it is tried until the centre has it. It waits
// for nothing else, not for what was pressed before it and not for the phone to find its place.
import { type TemplateResult, html, nothing } from "lit/html.js";
import type { Keeper } from "./queue";
import type { Fix } from "./sharing";
import { t } from "./words";

/** `asked`: pressed once. `unsent`: the line was gone at the last try. */
export type HelpState = "idle" | "asked" | "sending" | "unsent" | "heard";

export interface HelpOptions {
  /** Null: nothing can be kept beyond this page. */
  keeper: Keeper | null;
  /** The incidents that the centre has of it; none: it does not have it. */
  post: (place: Fix | null) => Promise<readonly string[]>;
  /** Where we are as far as it is known already. */
  here: () => Fix | null;
  /** Asks the phone; null where it does not say. */
  find: () => Promise<Fix | null>;
  changed: () => void;
}

export const HELP_AGAIN_MS = 3000;
export const HELP_ASKED_MS = 10_000;
const PREFIX = "amparo.crew.help.";

export class Help {
  state: HelpState = "idle";
  /** The incident that it is at the centre. */
  incident = "";
  private account = "";
  private place: Fix | null = null;
  private isPosting = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: HelpOptions) {}

  /** What this account called before the page was loaded again is tried on. */
  open(account: string): void {
    if (this.account === account && this.isCalling) return;
    this.close();
    this.account = account;
    let kept: string | null = null;
    try {
      kept = this.options.keeper?.getItem(PREFIX + account) ?? null;
    } catch {
      // forbidden: nothing was kept
    }
    if (kept !== null) this.begin();
  }

  /** Somebody else has the phone, or nobody: nothing more goes out. */
  close(): void {
    clearTimeout(this.timer);
    this.account = "";
    this.place = null;
    this.state = "idle";
  }

  private get isCalling(): boolean {
    return this.state === "sending" || this.state === "unsent";
  }

  ask(): void {
    this.enter("asked");
    this.later(HELP_ASKED_MS, () => this.state === "asked" && this.enter("idle"));
  }

  call(): void {
    this.keep(true);
    this.begin();
  }

  /** Not needed after all; the centre may have it all the same. */
  takeBack(): void {
    this.keep(false);
    clearTimeout(this.timer);
    this.enter("idle");
  }

  private begin(): void {
    const { account } = this;
    this.place = this.options.here();
    this.enter("sending");
    void this.attempt();
    if (this.place) return;
    void this.options.find().then((place) => {
      if (!place || account !== this.account || this.state === "idle") return;
      this.place = place;
      void this.attempt(); // also when it was heard: now it has a place
    });
  }

  private async attempt(): Promise<void> {
    if (this.isPosting) return;
    const { account, place } = this;
    clearTimeout(this.timer);
    this.isPosting = true;
    const called = await this.options.post(place).catch(() => []);
    this.isPosting = false;
    if (account !== this.account && this.isCalling) return this.attempt(); // its own waited
    if (account !== this.account || this.state === "idle") return;
    const [incident] = called;
    if (incident !== undefined) {
      this.incident = incident;
      this.keep(false);
      this.enter("heard");
      if (place !== this.place) void this.attempt();
    } else {
      if (this.state !== "heard") this.enter("unsent");
      this.later(HELP_AGAIN_MS, () => void this.attempt());
    }
  }

  private later(ms: number, run: () => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(run, ms);
  }

  private enter(state: HelpState): void {
    this.state = state;
    this.options.changed();
  }

  private keep(on: boolean): void {
    try {
      if (on) this.options.keeper?.setItem(PREFIX + this.account, "1");
      else this.options.keeper?.removeItem(PREFIX + this.account);
    } catch {
      // full: it is tried for as long as this page lives
    }
  }

  view(): TemplateResult {
    const { state } = this;
    const said = {
      idle: "",
      asked: t("helpAsked"),
      sending: t("helpSending"),
      unsent: t("helpUnsent"),
      heard: t("helpHeard", { incident: this.incident }),
    }[state];
    const back = html`<button @click=${() => this.takeBack()}>
      ${t(state === "heard" ? "dismiss" : "takeBack")}
    </button>`;
    return html`<section class="help" data-state=${state} aria-label=${t("help")}>
      ${
        state === "idle"
          ? html`<button class="danger" @click=${() => this.ask()}>${t("help")}</button>`
          : nothing
      }
      <p role="alert">${said}</p>
      ${
        state === "asked"
          ? html`<button class="danger urgent" @click=${() => this.call()}>${t("helpNow")}</button>`
          : nothing
      }
      ${state === "idle" ? nothing : back}
    </section>`;
  }
}
