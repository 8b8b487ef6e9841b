// Dialogs over the console: a title, a way out, the focus kept inside and given back at the end.
import { type TemplateResult, html, render } from "lit";
import { el, setText } from "./dom";
import { t } from "./strings";

const open = new Set<Dialog>();

export interface DialogOptions {
  /** Its class, the stem of its ids, and only one of a kind is open. */
  kind: string;
  title: () => string;
  view: () => TemplateResult;
  closed?: () => void;
}

export class Dialog {
  readonly element: HTMLDialogElement;
  private readonly title: HTMLElement;
  private readonly out = el("button", { type: "button", class: "quiet" }, "×");
  private readonly body = el("div", { class: "dialog-body" });

  constructor(private readonly options: DialogOptions) {
    const id = `${options.kind}-dialog-title`;
    this.title = el("h2", { id });
    this.out.addEventListener("click", () => this.close());
    this.element = el(
      "dialog",
      { class: `sheet ${options.kind}`, "aria-labelledby": id },
      el("div", { class: "dialog-head" }, this.title, this.out),
      this.body,
    );
    this.element.addEventListener("close", () => {
      open.delete(this);
      this.element.remove();
      this.options.closed?.();
    });
  }

  get isOpen(): boolean {
    return open.has(this);
  }

  show(): void {
    open.add(this);
    this.draw();
    document.body.append(this.element);
    this.element.showModal();
  }

  draw(): void {
    setText(this.title, this.options.title());
    this.out.setAttribute("aria-label", t("dialog.close"));
    render(this.options.view(), this.body);
  }

  close(): void {
    this.element.close();
  }

  /** The focus, to the first that matches. */
  focus(selector: string): void {
    this.element.querySelector<HTMLElement>(selector)?.focus();
  }
}

/** Texts anew, after the language changed. */
export function redrawDialogs(): void {
  for (const dialog of open) dialog.draw();
}

/** What a part of a dialog says about the last act: nothing, that it worked, or what went wrong. */
export interface Word {
  kind: "good" | "bad";
  text: string;
}

/** Both lines stand there from the start, so that readers hear what is written into them. */
export function wordView(word: Word | null): TemplateResult {
  const text = (kind: Word["kind"]): string => (word?.kind === kind ? word.text : "");
  return html`<p class="problem" role="alert">${text("bad")}</p>
    <p class="hint good" role="status">${text("good")}</p>`;
}

/** Text to be taken elsewhere: selected when it has the focus, with a copy button. */
export function copyView(id: string, label: string, text: string, rows = 1): TemplateResult {
  const copy = async (event: Event): Promise<void> => {
    const said = (event.currentTarget as Element).nextElementSibling;
    const field = document.getElementById(id) as HTMLTextAreaElement;
    field.select();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      document.execCommand("copy"); // not offered to pages without TLS
    }
    if (said) setText(said, t("dialog.copied"));
  };
  return html`<div class="field copy">
    <label for=${id}>${label}</label>
    <textarea
      id=${id}
      class=${rows === 1 ? "one" : ""}
      rows=${rows}
      readonly
      dir="ltr"
      spellcheck="false"
      .value=${text}
      @focus=${(e: Event) => (e.target as HTMLTextAreaElement).select()}
    ></textarea>
    <button type="button" @click=${copy}>${t("dialog.copy")}</button>
    <span class="hint good" role="status"></span>
  </div>`;
}

/** Saves bytes as a file of this computer. */
export function saveFile({ blob, name }: { blob: Blob; name: string }): void {
  const url = URL.createObjectURL(blob);
  const link = el("a", { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
