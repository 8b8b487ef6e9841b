// A field with type-ahead (WAI-ARIA combobox with list): arrows choose, Enter takes, Escape closes.
import { el } from "./dom";
import { t, tn } from "./strings";

const DEBOUNCE_MS = 110;

export interface Choice<V> {
  title: string;
  detail: string;
  value: V;
  /** Not a result but another question: choosing it asks that. */
  ask?: string;
}

export interface ComboboxOptions<V> {
  id: string;
  find: (query: string, signal: AbortSignal) => Promise<Choice<V>[]>;
  pick: (choice: Choice<V>) => void;
  /** The text was changed by hand. */
  edited?: (text: string) => void;
  /** The one that is highlighted, or none; `byHand`: by a key, not because it is the first. */
  preview?: (choice: Choice<V> | null, byHand: boolean) => void;
  /** Escape; without it, Escape closes the list, and means what it means around the field next. */
  leave?: () => void;
}

export class Combobox<V> {
  readonly input: HTMLInputElement;
  readonly element: HTMLElement;
  private readonly list: HTMLUListElement;
  private readonly count: HTMLElement;
  private choices: Choice<V>[] = [];
  private active = -1;
  private timer = 0;
  private asking: AbortController | null = null;
  private takeFirst = false;

  constructor(private readonly options: ComboboxOptions<V>) {
    const listId = `${options.id}-list`;
    this.input = el("input", {
      id: options.id,
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": listId,
    });
    this.list = el("ul", { id: listId, role: "listbox", class: "choices", hidden: true });
    this.count = el("span", { class: "sr", role: "status" });
    this.element = el("div", { class: "combobox" }, this.input, this.list, this.count);
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => this.close());
    this.list.addEventListener("pointerdown", (event) => this.press(event));
    this.list.addEventListener("pointermove", (event) => {
      const index = indexOf(event);
      if (index !== null && index !== this.active) this.activate(index, false);
    });
    this.relabel();
  }

  relabel(): void {
    this.list.setAttribute("aria-label", t("bar.search"));
  }

  get text(): string {
    return this.input.value.trim();
  }

  set text(value: string) {
    this.input.value = value;
    this.close();
  }

  private typed(): void {
    this.options.edited?.(this.text);
    this.stop();
    if (this.text === "") {
      this.close();
      return;
    }
    this.timer = window.setTimeout(() => void this.ask(), DEBOUNCE_MS);
  }

  private async ask(): Promise<void> {
    this.timer = 0;
    const asking = new AbortController();
    this.asking = asking;
    let found: Choice<V>[] = [];
    try {
      found = await this.options.find(this.text, asking.signal);
    } catch {
      found = []; // a search that fails must not stop a call from being taken
    }
    if (asking.signal.aborted) return;
    this.asking = null;
    this.show(found);
    const first = found.findIndex((c) => c.ask === undefined);
    if (this.takeFirst && first >= 0) this.take(first);
    this.takeFirst = false;
  }

  private stop(): void {
    window.clearTimeout(this.timer);
    this.timer = 0;
    this.asking?.abort();
    this.asking = null;
    this.takeFirst = false;
  }

  private show(choices: Choice<V>[]): void {
    this.choices = choices;
    const items = choices.map((choice, i) =>
      el(
        "li",
        { id: `${this.options.id}-${i}`, role: "option", "data-i": i, "aria-selected": "false" },
        el("span", { class: "line" }, choice.title),
        el("span", { class: "line sub" }, choice.detail),
      ),
    );
    this.list.replaceChildren(...items);
    this.list.hidden = choices.length === 0;
    this.input.setAttribute("aria-expanded", String(choices.length > 0));
    const none = choices.length === 0;
    this.count.textContent = none ? t("search.none") : tn("search.found", choices.length);
    this.activate(none ? -1 : 0, false);
  }

  private activate(index: number, byHand: boolean): void {
    const choice = this.choices[index];
    const shown = choice && choice.ask === undefined ? choice : null;
    if (index >= 0 || this.active >= 0) this.options.preview?.(shown, byHand);
    this.active = index;
    Array.from(this.list.children).forEach((item, i) => {
      item.setAttribute("aria-selected", String(i === index));
      if (i === index) item.scrollIntoView({ block: "nearest" });
    });
    if (index >= 0) {
      this.input.setAttribute("aria-activedescendant", `${this.options.id}-${index}`);
    } else this.input.removeAttribute("aria-activedescendant");
  }

  get isOpen(): boolean {
    return !this.list.hidden;
  }

  close(): void {
    this.stop();
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.activate(-1, false);
    this.count.textContent = "";
  }

  private take(index: number): void {
    const choice = this.choices[index];
    if (!choice) return;
    if (choice.ask !== undefined) {
      this.text = choice.ask;
      this.typed();
      return;
    }
    this.text = choice.title;
    this.options.pick(choice);
  }

  private key(event: KeyboardEvent): void {
    const n = this.choices.length;
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && this.isOpen) this.activate((this.active + step + n) % n, true);
    // while the answer to the text is still to come, the list shown is that of an older text
    else if (event.key === "Enter" && (this.timer !== 0 || this.asking)) this.takeFirst = true;
    else if (event.key === "Enter" && this.isOpen && this.active >= 0) this.take(this.active);
    else if (event.key === "Escape" && (this.isOpen || this.options.leave)) {
      this.close();
      this.options.leave?.();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private press(event: PointerEvent): void {
    const index = indexOf(event);
    if (index === null) return;
    event.preventDefault(); // the field keeps the focus
    this.take(index);
  }
}

/** Which of the choices is under the pointer. */
function indexOf(event: Event): number | null {
  const item = event.target instanceof Element ? event.target.closest<HTMLElement>("li") : null;
  return item ? Number(item.dataset["i"]) : null;
}
