// My account: password, second factor, sessions and the tokens of programs, in one dialog.
import { type TemplateResult, html, nothing } from "lit";
import { accountApi } from "./accountapi";
import type { Identity, SessionRow } from "./accounttypes";
import { Dialog, type Word, wordView } from "./dialog";
import { inputField, onSubmit, valuesOf } from "./fields";
import { PASSWORD_MIN, passwordProblem } from "./gate";
import { setWho, who } from "./may";
import { passwordRefusal, readProblemText } from "./problems";
import { language, t, tw } from "./strings";
import { formatMoment } from "./time";
import { TokenPart } from "./tokens";
import { TotpPart } from "./totp";

class AccountDialog {
  private readonly dialog: Dialog;
  private sessions: SessionRow[] | null = null;
  private passwordWord: Word | null = null;
  private sessionWord: Word | null = null;
  private readonly totp: TotpPart;
  private readonly tokens: TokenPart;

  constructor() {
    const draw = (): void => this.dialog.draw();
    this.totp = new TotpPart({
      draw,
      focus: (selector) => this.dialog.focus(selector),
      changed: (on) => this.factorChanged(on),
    });
    this.tokens = new TokenPart({ draw, focus: (selector) => this.dialog.focus(selector) });
    this.dialog = new Dialog({
      kind: "account",
      title: () => t("menu.account"),
      view: () => this.view(),
    });
    this.dialog.show();
    void this.load();
    void this.tokens.load();
  }

  private async load(): Promise<void> {
    try {
      this.sessions = (await accountApi.sessions()).sessions;
    } catch (error) {
      this.sessions ??= [];
      this.sessionWord = { kind: "bad", text: readProblemText(error) };
    }
    this.dialog.draw();
  }

  private factorChanged(on: boolean): void {
    const identity = who();
    if (identity) setWho({ ...identity, totp: on });
    void this.load();
  }

  private view(): TemplateResult {
    const identity = who();
    if (!identity) return html``;
    return html`
      ${this.whoView(identity)}
      <div class="columns">
        ${this.passwordView()} ${this.totp.view(identity.totp)} ${this.sessionsView()}
        ${this.tokens.view()}
      </div>
    `;
  }

  private whoView(identity: Identity): TemplateResult {
    const row = (label: string, value: string): TemplateResult =>
      html`<div>
        <dt>${label}</dt>
        <dd><bdi>${value}</bdi></dd>
      </div>`;
    return html`<dl class="facts">
      ${row(t("gate.account"), identity.account)}
      ${row(t("account.role"), tw("role", identity.role))}
      ${identity.agency ? row(t("account.agency"), identity.agency) : nothing}
      ${identity.unit ? row(t("account.unit"), identity.unit) : nothing}
    </dl>`;
  }

  private passwordView(): TemplateResult {
    return html`<section aria-labelledby="account-password-title">
      <h3 id="account-password-title">${t("account.password")}</h3>
      <form class="form" novalidate @submit=${onSubmit((f) => this.changePassword(f))}>
        ${inputField("account", "old", t("account.old"), {
          type: "password",
          autocomplete: "current-password",
        })}
        ${inputField("account", "new", t("account.new"), {
          type: "password",
          autocomplete: "new-password",
          hint: t("gate.rule", { n: PASSWORD_MIN }),
        })}
        ${inputField("account", "again", t("gate.again"), {
          type: "password",
          autocomplete: "new-password",
        })}
        ${wordView(this.passwordWord)}
        <div class="acts"><button type="submit">${t("account.change")}</button></div>
      </form>
    </section>`;
  }

  private async changePassword(form: HTMLFormElement): Promise<void> {
    const { old = "", new: fresh = "", again = "" } = valuesOf(form);
    const wrong = passwordProblem(fresh, again);
    this.passwordWord = wrong ? { kind: "bad", text: wrong } : null;
    this.dialog.draw();
    if (wrong) return;
    try {
      await accountApi.changePassword(old, fresh);
      form.reset();
      this.passwordWord = { kind: "good", text: t("account.changed") };
      void this.load();
    } catch (error) {
      this.passwordWord = { kind: "bad", text: passwordRefusal(error) };
    }
    this.dialog.draw();
  }

  private sessionsView(): TemplateResult {
    return html`<section aria-labelledby="account-sessions-title">
      <h3 id="account-sessions-title" tabindex="-1">${t("sessions.title")}</h3>
      ${
        this.sessions === null
          ? html`<p class="hint">${t("dialog.wait")}</p>`
          : html`<ul class="cards">
              ${this.sessions.map((s) => this.sessionView(s))}
            </ul>`
      }
      ${wordView(this.sessionWord)}
    </section>`;
  }

  private sessionView(s: SessionRow): TemplateResult {
    const short = s.session.slice(0, 8);
    const when = (time: string): string => formatMoment(new Date(time), language());
    return html`<li>
      <div>
        <strong><bdi>${short}</bdi></strong>
        ${s.current ? html`<span class="tag">${t("sessions.current")}</span>` : nothing}
        <div class="sub">${t("sessions.opened")} ${when(s.opened)}</div>
        <div class="sub">${t("sessions.seen")} ${when(s.seen)}</div>
        <div class="sub">${t("sessions.factor")} ${tw("factor", s.factor)}</div>
      </div>
      ${
        s.current
          ? nothing
          : html`<button
              type="button"
              aria-label=${t("sessions.revokeOne", { session: short })}
              @click=${() => this.revoke(s.session)}
            >
              ${t("sessions.revoke")}
            </button>`
      }
    </li>`;
  }

  private async revoke(session: string): Promise<void> {
    try {
      await accountApi.revokeSession(session);
      this.sessions = (this.sessions ?? []).filter((s) => s.session !== session);
      this.sessionWord = { kind: "good", text: t("sessions.revoked") };
    } catch (error) {
      this.sessionWord = { kind: "bad", text: readProblemText(error) };
    }
    this.dialog.draw();
    this.dialog.focus("#account-sessions-title");
  }
}

/** Opens the dialog unless it is open. */
export function openAccount(): void {
  if (!document.querySelector("dialog.account")) new AccountDialog();
}
