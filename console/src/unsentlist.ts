// The list of acts that could not be sent yet: what, how old, why; each can be thrown away.
import { type TemplateResult, html, nothing } from "lit";
import { wordsOf } from "./actwords";
import { Dialog } from "./dialog";
import type { Kept, Outbox } from "./outbox";
import { t, tn } from "./strings";
import { formatTimer } from "./time";

export class UnsentList {
  private dialog: Dialog | null = null;
  private leaving: (() => void) | null = null;

  constructor(private readonly outbox: Outbox) {}

  open(): void {
    if (this.dialog?.isOpen) return;
    this.dialog = new Dialog({
      kind: "unsent",
      title: () => t("unsent.title"),
      view: () => this.view(),
      closed: () => (this.leaving = null),
    });
    this.dialog.show();
  }

  /** Somebody wants to log out while acts wait: what that costs is asked first. */
  openBefore(leave: () => void): void {
    this.leaving = leave;
    this.open();
    this.draw();
  }

  /** Ages run on. */
  draw(): void {
    if (this.dialog?.isOpen) this.dialog.draw();
  }

  private view(): TemplateResult {
    const acts = this.outbox.waiting;
    const leave = this.leaving;
    return html`
      <p class="lead">${t(acts.length === 0 ? "unsent.none" : "unsent.lead")}</p>
      ${
        leave
          ? html`<div class="ask" role="alert">
              <p>${t("unsent.leave")}</p>
              <button type="button" class="danger" @click=${leave}>${t("unsent.leaveAct")}</button>
            </div>`
          : nothing
      }
      <ol class="cards unsent-acts">
        ${acts.map((act) => this.actView(act))}
      </ol>
    `;
  }

  private actView(act: Kept): TemplateResult {
    const age_s = (Date.now() - act.at) / 1000;
    const held = this.outbox.needsWord(act);
    const words = wordsOf(act);
    const state = act.refused
      ? t("unsent.refused", { detail: act.refused })
      : t(held ? "unsent.old" : "unsent.waits");
    return html`<li class=${act.refused ? "refused" : ""}>
      <div>
        <strong>${words}</strong>
        <p class="sub">
          <span class="num">${t("unsent.age", { time: formatTimer(age_s) })}</span> · ${state}
        </p>
      </div>
      <div class="acts">
        ${
          held
            ? html`<button
                type="button"
                aria-label="${t("unsent.send")}: ${words}"
                @click=${() => void this.outbox.sendNow(act.key)}
              >
                ${t("unsent.send")}
              </button>`
            : nothing
        }
        <button
          type="button"
          aria-label="${t("unsent.discard")}: ${words}"
          @click=${() => this.outbox.discard(act.key)}
        >
          ${t("unsent.discard")}
        </button>
      </div>
    </li>`;
  }
}

/** "2 unsent 1:05": what the top bar shows; "" when nothing waits. */
export function unsentText(outbox: Outbox): string {
  const [oldest] = outbox.waiting;
  if (!oldest) return "";
  const age_s = (Date.now() - oldest.at) / 1000;
  return `${tn("unsent.count", outbox.waiting.length)} · ${formatTimer(age_s)}`;
}
