// The line that narrows a table down: words and a state; it says how much it hides, always.
import { el, setText } from "./dom";
import { icon } from "./icons";
import { t } from "./strings";

export interface FilterHost {
  label: () => string;
  states: () => { value: string; words: string }[];
  /** The words or the state are others now. */
  changed: () => void;
  /** The focus goes to the table. */
  leave: () => void;
}

export class FilterBar {
  readonly element = el("div", { class: "filter", role: "search", hidden: true });
  readonly button = el("button", { type: "button", class: "filter-open" }, icon("find"));
  private readonly input = el("input", { type: "search", maxlength: 80 });
  private readonly select = el("select");
  private readonly shown = el("span", { class: "filter-shown num", role: "status" });
  private readonly clear = el("button", { type: "button" });

  constructor(private readonly host: FilterHost) {
    this.element.append(this.input, this.select, this.shown, this.clear);
    this.input.addEventListener("input", () => this.host.changed());
    this.select.addEventListener("change", () => this.host.changed());
    this.clear.addEventListener("click", () => this.close());
    this.button.addEventListener("click", () => this.open());
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.relabel();
  }

  relabel(): void {
    const label = t("filter.of", { what: this.host.label() });
    this.element.setAttribute("aria-label", label);
    this.button.setAttribute("aria-label", label);
    this.button.title = label;
    this.input.setAttribute("aria-label", t("filter.words"));
    this.input.placeholder = t("filter.words");
    this.select.setAttribute("aria-label", t("filter.state"));
    const chosen = this.select.value;
    const all = { value: "", words: t("filter.all") };
    this.select.replaceChildren(
      ...[all, ...this.host.states()].map((s) => el("option", { value: s.value }, s.words)),
    );
    this.select.value = chosen;
    setText(this.clear, t("filter.clear"));
  }

  get text(): string {
    return this.input.value;
  }

  get state(): string {
    return this.select.value;
  }

  get isActive(): boolean {
    return this.text.trim() !== "" || this.state !== "";
  }

  set(text: string, state: string): void {
    this.input.value = text;
    this.select.value = state;
    this.element.hidden = !this.isActive && !this.element.contains(document.activeElement);
  }

  open(): void {
    this.element.hidden = false;
    this.input.focus();
  }

  /** How many of all are seen; a filter that hides something is never out of sight. */
  count(shown: number, all: number): void {
    const words = this.isActive ? t("filter.shown", { shown, all }) : "";
    setText(this.shown, words);
    this.shown.classList.toggle("hides", shown < all);
    if (this.isActive) this.element.hidden = false;
  }

  private close(): void {
    this.set("", "");
    this.element.hidden = true;
    this.host.changed();
    this.host.leave();
  }

  private key(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      event.preventDefault();
      this.close();
    } else if (event.target === this.input && ["Enter", "ArrowDown"].includes(event.key)) {
      event.preventDefault();
      this.host.leave();
    }
  }
}
