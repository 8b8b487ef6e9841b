// The conversation with a caller by text: what was said, how far each answer came, the next one.
import { type TemplateResult, html, nothing } from "lit";
import { live } from "lit/directives/live.js";
import { isOpen } from "./board";
import { may } from "./may";
import { smsSize } from "./smscount";
import { language, t, tn, tw } from "./strings";
import { formatClock } from "./time";
import type { Call, Incident, Text } from "./types";

const LONGEST = 2000;

export interface TextsHost {
  send: (text: string, call: string) => Promise<boolean>;
  changed: () => void;
}

/** Only what a telephone network can reach can be written to. */
export function isReachable(call: Call): boolean {
  return /^[+\d][\d .()/-]*$/.test(call.number ?? "");
}

export class TextsView {
  /** What is being written, by incident: it waits while the dispatcher looks elsewhere. */
  private readonly drafts = new Map<string, string>();
  /** Where somebody is about to write the first text. */
  private readonly opened = new Set<string>();
  private readonly chosen = new Map<string, string>();
  private sending = false;
  private last = "";

  constructor(private readonly host: TextsHost) {}

  view(i: Incident, detail: Incident | null): TemplateResult | typeof nothing {
    const texts = [...(detail?.texts ?? [])].sort((a, b) => a.id - b.id);
    const calls = i.calls.filter(isReachable);
    const writes = isOpen(i) && may("write") && calls.length > 0;
    if (texts.length === 0 && !writes) return nothing;
    const form = writes ? this.form(i, calls, texts) : nothing;
    if (texts.length === 0) {
      const opened = this.opened.has(i.id);
      const toggled = (event: Event): void => {
        if ((event.target as HTMLDetailsElement).open) this.opened.add(i.id);
        else this.opened.delete(i.id);
        if (this.opened.has(i.id) !== opened) this.host.changed();
      };
      return html`<details class="texts" .open=${opened} @toggle=${toggled}>
        <summary>${t("texts.write")}</summary>
        ${opened ? form : nothing}
      </details>`;
    }
    return html`<section class="texts" aria-labelledby="texts-title">
      <h3 id="texts-title">${t("texts.title")}</h3>
      <div class="thread" role="log" aria-labelledby="texts-title" tabindex="0">
        <ol>
          ${texts.map((text) => this.textView(text, i))}
        </ol>
      </div>
      ${form}
    </section>`;
  }

  /** After a drawing: the newest is in sight when there is one more, or another thread. */
  settle(panel: HTMLElement): void {
    const thread = panel.querySelector<HTMLElement>(".thread");
    const last = thread?.querySelector("li:last-child")?.textContent ?? "";
    if (thread && last !== this.last) thread.scrollTop = thread.scrollHeight;
    this.last = last;
  }

  private textView(text: Text, i: Incident): TemplateResult {
    const number = i.calls.find((c) => c.id === text.call)?.number ?? "";
    const mine = text.state !== "received";
    const from = mine ? tw("actor", text.actor ?? "") : number;
    return html`<li class=${mine ? "mine" : "theirs"}>
      <span class="who"><bdi>${from}</bdi></span>
      <p dir="auto">${text.text ?? t("texts.erased")}</p>
      ${text.missing > 0 ? html`<p class="hint">${tn("texts.missing", text.missing)}</p>` : nothing}
      <span class="how">
        <time datetime=${text.time}>${formatClock(new Date(text.time), language())}</time>
        ${mine ? this.stateView(text) : nothing}
      </span>
      ${text.label ? html`<p class="problem">${whyText(text.label)}</p>` : nothing}
    </li>`;
  }

  private stateView(text: Text): TemplateResult {
    return html`<span class="sms-${text.state}">${tw("textState", text.state)}</span>`;
  }

  /** The caller chosen, else who wrote last, else who called last. */
  private answered(i: Incident, calls: readonly Call[], texts: readonly Text[]): Call | undefined {
    const wanted = this.chosen.get(i.id);
    const last = [...texts].reverse().find((x) => calls.some((c) => c.id === x.call))?.call;
    return calls.find((c) => c.id === (wanted ?? last)) ?? calls[calls.length - 1];
  }

  private form(i: Incident, calls: readonly Call[], texts: readonly Text[]): TemplateResult {
    const to = this.answered(i, calls, texts);
    const draft = this.drafts.get(i.id) ?? "";
    const choose = (event: Event): void => {
      this.chosen.set(i.id, (event.target as HTMLSelectElement).value);
      this.host.changed();
    };
    const write = (event: Event): void => {
      this.drafts.set(i.id, (event.target as HTMLTextAreaElement).value);
      this.host.changed();
    };
    const keys = (event: KeyboardEvent): void => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void this.send(i.id, to);
    };
    const submit = (event: Event): void => {
      event.preventDefault();
      void this.send(i.id, to);
    };
    return html`<form class="reply" novalidate @submit=${submit}>
      ${
        calls.length > 1
          ? html`<div class="field">
              <label for="reply-to">${t("texts.to")}</label>
              <select id="reply-to" @change=${choose}>
                ${calls.map(
                  (c) =>
                    html`<option value=${c.id} ?selected=${c.id === to?.id}>${c.number}</option>`,
                )}
              </select>
            </div>`
          : nothing
      }
      <div class="field">
        <label for="reply-text">${t("texts.reply", { number: to?.number ?? "" })}</label>
        <textarea
          id="reply-text"
          rows="2"
          dir="auto"
          maxlength=${LONGEST}
          aria-describedby="reply-size"
          .value=${live(draft)}
          @input=${write}
          @keydown=${keys}
        ></textarea>
      </div>
      <p class="hint" id="reply-size">${sizeText(draft)}</p>
      <button type="submit" class="primary" ?disabled=${this.sending}>
        ${t("texts.send")} <kbd>Ctrl Enter</kbd>
      </button>
    </form>`;
  }

  private async send(incident: string, to: Call | undefined): Promise<void> {
    const text = (this.drafts.get(incident) ?? "").trim();
    if (text === "" || !to || this.sending) return;
    this.sending = true;
    this.host.changed();
    const done = await this.host.send(text, to.id);
    this.sending = false;
    if (done) this.drafts.delete(incident);
    this.host.changed();
  }
}

/** "refused-403": a word, and what the gateway answered. */
export function whyText(label: string): string {
  const [, word, status] = /^([a-z-]+?)(?:-(\d+))?$/.exec(label) ?? [];
  if (!word) return label;
  return status ? `${tw("textWhy", word)} (${status})` : tw("textWhy", word);
}

/** "1 message, 120 characters left". */
function sizeText(draft: string): string {
  const size = smsSize(draft);
  const words = [tn("texts.parts", Math.max(1, size.parts)), tn("texts.left", size.left)];
  if (size.ucs2) words.push(t("texts.unicode"));
  return words.join(" · ");
}
