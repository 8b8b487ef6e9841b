// The frame of the page: top bar, regions, banners and messages; nothing in it knows of incidents.
import { el, setText } from "./dom";
import { type Command, shownKey } from "./keys";
import { may, mayRun } from "./may";
import { currentTheme } from "./settings";
import { type Key, type Language, language, languageName, languages, t } from "./strings";
import { formatClock, zoneName } from "./time";

export type RegionName = "queue" | "map" | "crews" | "panel";

/** Also the order in which F6 walks. */
const regionNames: readonly RegionName[] = ["queue", "map", "crews", "panel"];
const TOAST_MS = 6000;
const UNDO_MS = 15000;

interface Region {
  section: HTMLElement;
  title: HTMLElement;
  tools: HTMLElement;
  body: HTMLElement;
  tab: HTMLButtonElement;
}

export interface ShellActions {
  run: (command: Command) => void;
  pickLanguage: (language: Language) => Promise<void>;
}

export class Shell {
  readonly searchBox = el("div", { class: "search" });
  readonly demoBox = el("div", { class: "demo", hidden: true });
  /** What floats over a corner for a while. */
  readonly floats = el("div", { class: "floats" });
  readonly menuBox = el("div", { class: "menu", hidden: true });
  private readonly regions = new Map<RegionName, Region>();
  private readonly line = el("span", { class: "chip line-connecting", role: "status" });
  private readonly unsent = el("button", { type: "button", class: "unsent", hidden: true });
  private readonly copyAge = el("div", { class: "copy-age", role: "status", hidden: true });
  private readonly counts = el("span", { class: "counts num" });
  private readonly clock = el("time", { class: "clock num" });
  private readonly banner = el("div", { class: "banner", role: "alert", hidden: true });
  private readonly toasts = el("div", { class: "toasts", role: "status", "aria-live": "polite" });
  private readonly bar = el("header", { class: "bar" });
  private readonly skip = el("a", { class: "skip", href: "#queue" });
  private lineState: "connecting" | "live" | "stale" = "connecting";

  constructor(
    private readonly root: HTMLElement,
    private readonly actions: ShellActions,
  ) {
    const main = el("main", { class: "board" });
    const tabs = el("nav", { class: "tabs" });
    for (const name of regionNames) {
      const region = this.makeRegion(name);
      main.append(region.section);
      tabs.append(region.tab);
    }
    this.unsent.addEventListener("click", () => this.actions.run("unsent"));
    const notices = el("div", { class: "notices" }, this.copyAge, this.banner);
    root.append(this.skip, this.bar, notices, main, tabs, this.toasts, this.floats);
    this.show("queue");
    this.relabel();
  }

  private makeRegion(name: RegionName): Region {
    const title = el("h2", { id: `${name}-title` });
    const tools = el("div", { class: "tools" });
    const body = el("div", { class: "body" });
    const section = el(
      "section",
      { id: name, class: `region r-${name}`, "aria-labelledby": `${name}-title`, tabindex: -1 },
      el("div", { class: "region-head" }, title, tools),
      body,
    );
    const tab = el("button", { type: "button" });
    tab.addEventListener("click", () => this.show(name));
    const region = { section, title, tools, body, tab };
    this.regions.set(name, region);
    return region;
  }

  region(name: RegionName): Region {
    return this.regions.get(name) as Region;
  }

  relabel(): void {
    for (const [name, region] of this.regions) {
      const words = t(`region.${name}` satisfies Key);
      setText(region.title, words);
      setText(region.tab, words);
    }
    setText(this.skip, t("app.skip"));
    this.bar.setAttribute("aria-label", t("region.bar"));
    document.title = t("app.title");
    const mark = el("h1", {}, "Amparo");
    this.bar.replaceChildren(
      mark,
      this.line,
      this.unsent,
      this.counts,
      ...(mayRun("new") ? [this.button("new", t("bar.new"), "primary")] : []),
      this.searchBox,
      this.demoBox,
      this.clock,
      this.languageChoice(),
      this.button("theme", "◐", "quiet", t("bar.theme", { mode: t(`theme.${currentTheme()}`) })),
      this.button("help", "", "quiet", t("bar.help")),
      this.menuBox,
    );
    this.line.hidden = !may("read");
    this.setLine(this.lineState);
  }

  /** A button with its key; `name` names it where the sign alone does not. */
  private button(command: Command, sign: string, kind: string, name?: string): HTMLButtonElement {
    const attributes = { type: "button", class: kind, "data-command": command, title: name };
    const shown = el("span", { "aria-hidden": name !== undefined && "true" }, sign);
    const button = el("button", attributes, shown);
    if (name !== undefined) button.append(el("span", { class: "sr" }, name));
    button.append(el("kbd", {}, shownKey(command)));
    button.addEventListener("click", () => this.actions.run(command));
    return button;
  }

  private languageChoice(): HTMLSelectElement {
    const select = el("select", { class: "language", "aria-label": t("bar.language") });
    for (const l of languages) {
      const name = languageName(l);
      select.append(el("option", { value: l, lang: l, selected: l === language() }, name));
    }
    select.addEventListener("change", () => {
      void this.actions
        .pickLanguage(select.value as Language)
        .then(() => this.bar.querySelector<HTMLElement>(".language")?.focus());
    });
    return select;
  }

  setLine(state: "connecting" | "live" | "stale"): void {
    this.lineState = state;
    this.line.className = `chip line-${state}`;
    setText(this.line, t(`line.${state}` satisfies Key));
  }

  /** What waits for the server; an empty text takes it away. */
  setUnsent(text: string): void {
    this.unsent.hidden = text === "";
    if (text === "") return;
    if (!this.unsent.firstElementChild) this.unsent.append(el("span"), el("kbd"));
    setText(this.unsent.firstElementChild as Element, `▲ ${text}`);
    setText(this.unsent.lastElementChild as Element, shownKey("unsent"));
  }

  /** How old the copy is that is shown instead of the board; "" when the board itself is. */
  setCopy(age: string, words: string): void {
    this.copyAge.hidden = age === "";
    if (!this.copyAge.firstElementChild) this.copyAge.append(el("strong"), el("span"));
    setText(this.copyAge.firstElementChild as Element, age);
    setText(this.copyAge.lastElementChild as Element, words);
    this.root.toggleAttribute("data-copy", age !== "");
  }

  setCounts(text: string): void {
    setText(this.counts, text);
  }

  setClock(now: Date): void {
    setText(this.clock, `${formatClock(now, language())} ${zoneName(now, language())}`);
    this.clock.dateTime = now.toISOString();
  }

  /** The one warning over everything; an empty text takes it away. */
  setBanner(text: string): void {
    setText(this.banner, text);
    this.banner.hidden = text === "";
  }

  /** A message; with `undo`, a button that takes back what it tells of. */
  say(text: string, kind: "good" | "bad" | "warn", undo?: () => void): void {
    const toast = el("div", { class: `toast ${kind}` }, text);
    if (undo) {
      const back = el("button", { type: "button", "data-undo": true }, t("act.undo"));
      back.addEventListener("click", () => {
        toast.remove();
        undo();
      });
      toast.append(back);
    }
    const dismiss = el("button", { type: "button", "aria-label": t("toast.dismiss") }, "×");
    dismiss.addEventListener("click", () => toast.remove());
    toast.append(dismiss);
    this.toasts.append(toast);
    if (kind !== "bad") window.setTimeout(() => toast.remove(), undo ? UNDO_MS : TOAST_MS);
    while (this.toasts.childElementCount > 4) this.toasts.firstElementChild?.remove();
  }

  /** On a narrow screen one region is seen at a time. */
  show(name: RegionName): void {
    this.root.dataset["view"] = name;
    for (const [other, region] of this.regions) {
      region.tab.setAttribute("aria-pressed", String(other === name));
    }
  }

  /** The region that holds the focus, or null. */
  focusedRegion(): RegionName | null {
    const active = document.activeElement;
    return regionNames.find((n) => this.region(n).section.contains(active)) ?? null;
  }

  /** F6: the region after (or before) the one with the focus; null is the top bar. */
  nextRegion(backwards: boolean): RegionName | null {
    const ring: (RegionName | null)[] = [null, ...regionNames];
    const now = ring.indexOf(this.focusedRegion());
    const step = backwards ? ring.length - 1 : 1;
    return ring[(now + step) % ring.length] ?? null;
  }

  focusBar(): void {
    const seen = [...this.bar.querySelectorAll("button")].find((button) => button.offsetParent);
    seen?.focus();
  }
}
