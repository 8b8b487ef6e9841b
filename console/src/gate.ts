// The way in: log-in and the first password of a one-time link, as a dialog over everything. It
// comes back when a session ends in the middle of work; what stood open below it stays as it is.
import { type TemplateResult, html, nothing, render } from "lit";
import { accountApi } from "./accountapi";
import type { Identity } from "./accounttypes";
import { Problem } from "./api";
import { el } from "./dom";
import { inputField, onSubmit, valuesOf } from "./fields";
import { readProblemText } from "./problems";
import { type Language, language, languages, t, languageName } from "./strings";
import { formatTimer } from "./time";

export const PASSWORD_MIN = 10;
/** The fragment of a one-time link: what follows is its token. */
export const SETUP_MARK = "#setup=";
const DEFAULT_WAIT_S = 30;
const SECOND_MS = 1000;

/** The token of a one-time link; it leaves the address bar and the history at once. */
export function takeSetupToken(): string | null {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(SETUP_MARK)) return null;
  history.replaceState(null, "", pathname + search);
  return hash.slice(SETUP_MARK.length) || null;
}

/** What is wrong with a password chosen twice; "" when nothing is. */
export function passwordProblem(first: string, again: string): string {
  if ([...first].length < PASSWORD_MIN) return t("gate.short", { n: PASSWORD_MIN });
  return first === again ? "" : t("gate.differ");
}

type Form = { kind: "login" } | { kind: "setup"; token: string };

export class Gate {
  private form: Form = { kind: "login" };
  private dialog: HTMLDialogElement | null = null;
  private done: ((identity: Identity) => void) | null = null;
  private notice = "";
  private problem = "";
  private account = "";
  private wantsCode = false;
  private shown = false;
  private busy = false;
  private openAt = 0;
  private timer = 0;

  constructor(private readonly pickLanguage: (language: Language) => Promise<void>) {}

  get isOpen(): boolean {
    return this.dialog !== null;
  }

  /** Who the server takes us for; asks for a log-in if it knows nobody. Throws what else fails. */
  async enter(token: string | null): Promise<Identity> {
    if (token) return this.ask({ kind: "setup", token });
    try {
      return await accountApi.session();
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 401) throw error;
      return this.ask({ kind: "login" });
    }
  }

  /** The session ended in the middle of work. */
  again(account: string): Promise<Identity> {
    this.account = account;
    return this.ask({ kind: "login" }, () => t("gate.ended"));
  }

  private ask(form: Form, notice: () => string = () => ""): Promise<Identity> {
    this.form = form;
    this.problem = "";
    this.wantsCode = false;
    this.notice = notice();
    this.openDialog();
    return new Promise((done) => (this.done = done));
  }

  private openDialog(): void {
    this.dialog?.remove();
    const dialog = el("dialog", { class: "gate", "aria-labelledby": "gate-title" });
    this.dialog = dialog;
    dialog.addEventListener("cancel", (event) => event.preventDefault());
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape") event.preventDefault();
    });
    // A browser may close it all the same: nobody is let in by that.
    dialog.addEventListener("close", () => {
      if (this.dialog === dialog && dialog.isConnected) dialog.showModal();
    });
    document.body.append(dialog);
    this.draw();
    dialog.showModal();
    this.focusFirst();
  }

  private finish(identity: Identity): void {
    const dialog = this.dialog;
    this.dialog = null;
    clearInterval(this.timer);
    dialog?.close();
    dialog?.remove();
    placeCaret();
    const { done } = this;
    this.done = null;
    done?.(identity);
  }

  private focusFirst(): void {
    const inputs = Array.from(this.dialog?.querySelectorAll<HTMLInputElement>("input") ?? []);
    const first = inputs.find((i) => i.value === "" && i.type !== "checkbox") ?? inputs[0];
    first?.focus();
  }

  private draw(): void {
    if (!this.dialog) return;
    const setup = this.form.kind === "setup";
    render(
      html`<div class="gate-box">
        <div class="gate-top">
          <strong class="gate-mark">Amparo</strong>
          ${this.languageView()}
        </div>
        <h1 id="gate-title">${t(setup ? "gate.setup" : "gate.login")}</h1>
        ${this.notice ? html`<p class="gate-notice" role="status">${this.notice}</p>` : nothing}
        ${setup ? this.setupView() : this.loginView()}
      </div>`,
      this.dialog,
    );
  }

  private languageView(): TemplateResult {
    const pick = async (event: Event): Promise<void> => {
      const hadNotice = this.notice !== "";
      await this.pickLanguage((event.target as HTMLSelectElement).value as Language);
      this.notice = hadNotice ? t("gate.ended") : "";
      this.problem = "";
      this.draw();
    };
    return html`<select class="language" aria-label=${t("bar.language")} @change=${pick}>
      ${languages.map((l) => {
        const name = languageName(l);
        return html`<option value=${l} lang=${l} ?selected=${l === language()}>${name}</option>`;
      })}
    </select>`;
  }

  /** The problem as a live line; while the log-in is locked, how long still. */
  private problemView(): TemplateResult {
    const left_s = this.leftSeconds();
    return html`<p class="problem" role="alert">${this.problem}</p>
      ${
        left_s > 0
          ? html`<p class="gate-wait num" role="timer">
              ${t("gate.wait", { time: formatTimer(left_s) })}
            </p>`
          : nothing
      }`;
  }

  private leftSeconds(): number {
    return Math.max(0, Math.ceil((this.openAt - performance.now()) / SECOND_MS));
  }

  private loginView(): TemplateResult {
    const locked = this.leftSeconds() > 0;
    return html`<form class="form" novalidate @submit=${onSubmit((f) => this.login(f))}>
      ${inputField("gate", "account", t("gate.account"), {
        autocomplete: "username",
        value: this.account,
        maxlength: 32,
      })}
      ${this.passwordView("password", "current-password")}
      ${
        this.wantsCode
          ? inputField("gate", "code", t("gate.code"), {
              autocomplete: "one-time-code",
              inputmode: "numeric",
              maxlength: 8,
              hint: t("gate.codeHint"),
            })
          : nothing
      }
      ${this.showView()} ${this.problemView()}
      <button type="submit" class="primary" ?disabled=${locked}>${t("gate.login")}</button>
    </form>`;
  }

  private setupView(): TemplateResult {
    return html`<p class="hint">${t("gate.link")}</p>
      <form class="form" novalidate @submit=${onSubmit((f) => this.setup(f))}>
        ${this.passwordView("password", "new-password", t("gate.rule", { n: PASSWORD_MIN }))}
        ${this.passwordView("again", "new-password")} ${this.showView()} ${this.problemView()}
        <button type="submit" class="primary">${t("gate.enter")}</button>
        <button type="button" class="link" @click=${() => this.toLogin()}>
          ${t("gate.toLogin")}
        </button>
      </form>`;
  }

  private passwordView(name: "password" | "again", complete: string, hint = ""): TemplateResult {
    const type = this.shown ? "text" : "password";
    return html`<div class="field">
      <label for="gate-${name}">${t(`gate.${name}`)}</label>
      <input
        id="gate-${name}"
        name=${name}
        type=${type}
        data-secret
        autocomplete=${complete}
        autocapitalize="none"
        spellcheck="false"
        maxlength="200"
        aria-describedby=${hint ? "gate-rule" : nothing}
      />
      ${hint ? html`<p class="hint" id="gate-rule">${hint}</p>` : nothing}
    </div>`;
  }

  private showView(): TemplateResult {
    const flip = (event: Event): void => {
      this.shown = (event.target as HTMLInputElement).checked;
      this.draw();
    };
    return html`<label class="tick">
      <input type="checkbox" .checked=${this.shown} @change=${flip} /> ${t("gate.show")}
    </label>`;
  }

  private toLogin(): void {
    this.form = { kind: "login" };
    this.problem = "";
    this.draw();
    this.focusFirst();
  }

  /** Sends a form once at a time; a problem is told below its fields. */
  private async send(
    run: () => Promise<Identity>,
    failed: (error: unknown) => string,
  ): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      this.finish(await run());
    } catch (error) {
      this.problem = failed(error);
      this.draw();
    } finally {
      this.busy = false;
    }
  }

  private login(form: HTMLFormElement): Promise<void> | void {
    if (this.leftSeconds() > 0) return;
    const { account = "", password = "", code = "" } = valuesOf(form);
    const who = { account, password, ...(code ? { code: code.replace(/\s/g, "") } : {}) };
    return this.send(
      () => accountApi.login(who),
      (error) => this.loginProblem(error, code !== ""),
    ).then(() => this.focusAfter());
  }

  /** After a refusal the focus goes where something is to be typed again. */
  private focusAfter(): void {
    const name = this.wantsCode ? "code" : "password";
    const field = this.dialog?.querySelector<HTMLInputElement>(`#gate-${name}`);
    field?.focus();
    field?.select();
  }

  private loginProblem(error: unknown, withCode: boolean): string {
    if (!(error instanceof Problem)) return String(error);
    if (error.status === 429) {
      this.lock(error.wait_s || DEFAULT_WAIT_S);
      return t("gate.locked");
    }
    if (error.code === "second-factor") {
      this.wantsCode = true;
      return withCode ? t("gate.codeWrong") : "";
    }
    return error.status === 401 ? t("gate.wrong") : readProblemText(error);
  }

  /** Counts down; nothing can be sent meanwhile. */
  private lock(seconds: number): void {
    this.openAt = performance.now() + seconds * SECOND_MS;
    clearInterval(this.timer);
    this.timer = window.setInterval(() => {
      if (this.leftSeconds() === 0) {
        clearInterval(this.timer);
        this.problem = "";
      }
      this.draw();
    }, SECOND_MS);
  }

  private setup(form: HTMLFormElement): Promise<void> | void {
    const { password = "", again = "" } = valuesOf(form);
    const wrong = passwordProblem(password, again);
    if (wrong || this.form.kind !== "setup") {
      this.problem = wrong;
      this.draw();
      return;
    }
    const { token } = this.form;
    return this.send(() => accountApi.setup(token, password), setupProblem);
  }
}

/** Chromium gives a field its focus back without its caret, and then nothing can be typed there. */
function placeCaret(): void {
  const at = document.activeElement;
  if (!(at instanceof HTMLInputElement || at instanceof HTMLTextAreaElement)) return;
  at.blur();
  at.focus();
}

function setupProblem(error: unknown): string {
  if (!(error instanceof Problem)) return String(error);
  if (error.status === 401) return t("gate.used");
  return readProblemText(error);
}
