// The menu of the person at the desk: who is logged in, the other pages, and the way out.
import { el } from "./dom";
import { shownKey } from "./keys";
import { may, seesCopy, who } from "./may";
import { type Key, t, tw } from "./strings";

export type MenuAct =
  | "closure"
  | "reach"
  | "coverage"
  | "hospitals"
  | "warnings"
  | "desk"
  | "account"
  | "people"
  | "audit"
  | "times"
  | "past"
  | "logout";

const labels: Readonly<Record<MenuAct, Key>> = {
  closure: "closure.newHint",
  reach: "reach.show",
  coverage: "key.coverage",
  hospitals: "key.hospitals",
  warnings: "menu.warnings",
  desk: "desk.title",
  account: "menu.account",
  people: "menu.people",
  audit: "menu.audit",
  times: "menu.times",
  past: "menu.past",
  logout: "menu.logout",
};

/** Nobody logged in to a demonstration, and so nobody has a password there or can log out. */
function offered(): MenuAct[] {
  const isGuest = who()?.factor === "demo";
  const acts = Object.keys(labels) as MenuAct[];
  const reads: readonly MenuAct[] = ["reach", "coverage", "hospitals", "desk"];
  return acts.filter((act) => {
    if (act === "closure") return may("closure");
    if (act === "warnings") return may("warning");
    if (reads.includes(act)) return may("read");
    if (act === "people") return may("people");
    if (act === "audit" || act === "times" || act === "past") return may(act);
    if (act === "account" && seesCopy()) return false;
    return !isGuest;
  });
}

export class Menu {
  private readonly button = el("button", { type: "button", "aria-expanded": "false" });
  private readonly list = el("ul", { class: "menu-list", id: "menu-list", hidden: true });

  constructor(
    private readonly box: HTMLElement,
    private readonly run: (act: MenuAct) => void,
  ) {
    box.append(this.button, this.list);
    this.button.setAttribute("aria-controls", "menu-list");
    this.button.addEventListener("click", () => this.toggle(this.list.hidden));
    box.addEventListener("keydown", (event) => this.key(event));
    box.addEventListener("focusout", (event) => {
      if (!box.contains(event.relatedTarget as Node | null)) this.toggle(false);
    });
  }

  relabel(): void {
    const identity = who();
    this.box.hidden = identity === null || offered().length === 0;
    if (!identity) return;
    const role = tw("role", identity.role);
    this.button.replaceChildren(
      el("bdi", {}, identity.account),
      el("span", { class: "menu-role" }, ` ${role}`),
      el("kbd", {}, shownKey("menu")),
    );
    this.button.title = t("menu.title", { account: identity.account, role });
    this.list.replaceChildren(
      ...offered().map((act) => {
        const item = el("button", { type: "button", "data-act": act }, t(labels[act]));
        item.addEventListener("click", () => this.pick(act));
        return el("li", {}, item);
      }),
    );
  }

  /** Opened by its key: the focus goes to the first item. */
  open(): void {
    this.toggle(true);
    this.list.querySelector("button")?.focus();
  }

  private toggle(open: boolean): void {
    this.list.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
  }

  private pick(act: MenuAct): void {
    this.button.focus();
    this.toggle(false);
    this.run(act);
  }

  private key(event: KeyboardEvent): void {
    if (this.list.hidden) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.button.focus();
      this.toggle(false);
    }
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const items = Array.from(this.list.querySelectorAll("button"));
    const at = items.indexOf(document.activeElement as HTMLButtonElement);
    const step = event.key === "ArrowDown" ? 1 : items.length - 1;
    items[(Math.max(at, event.key === "ArrowDown" ? -1 : 0) + step) % items.length]?.focus();
  }
}
