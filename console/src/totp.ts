// The second factor of one's own account: set up with a secret shown three ways, then confirmed;
// and removed.
import { type TemplateResult, html, nothing, svg } from "lit";
import { accountApi } from "./accountapi";
import { Problem } from "./api";
import { type Word, copyView, wordView } from "./dialog";
import { inputField, onSubmit, valuesOf } from "./fields";
import { passwordRefusal, readProblemText } from "./problems";
import { qrPath } from "./qr";
import { t } from "./strings";

export interface PartHost {
  draw: () => void;
  focus: (selector: string) => void;
}

interface TotpHost extends PartHost {
  changed: (on: boolean) => void;
}

/** "JBSW Y3DP EHPK": in groups of four, as people read and type it. */
export function grouped(secret: string): string {
  return (secret.match(/.{1,4}/g) ?? []).join(" ");
}

export class TotpPart {
  private offer: { secret: string; uri: string } | null = null;
  private word: Word | null = null;

  constructor(private readonly host: TotpHost) {}

  view(on: boolean): TemplateResult {
    return html`<section aria-labelledby="totp-title">
      <h3 id="totp-title" tabindex="-1">${t("totp.title")}</h3>
      ${this.offer ? this.offerView(this.offer) : this.passwordView(on)} ${wordView(this.word)}
    </section>`;
  }

  /** Both ways ask for the password: an unlocked screen must not be enough. */
  private passwordView(on: boolean): TemplateResult {
    const submit = onSubmit((f) => (on ? this.remove(f) : this.start(f)));
    return html`<p class=${on ? "" : "hint"}>${t(on ? "totp.on" : "totp.off")}</p>
      <form class="form" novalidate @submit=${submit}>
        ${inputField("totp", "password", t("account.old"), {
          type: "password",
          autocomplete: "current-password",
        })}
        <div class="acts">
          <button type="submit">${t(on ? "totp.remove" : "totp.start")}</button>
        </div>
      </form>`;
  }

  private offerView({ secret, uri }: { secret: string; uri: string }): TemplateResult {
    return html`<p>${t("totp.scan")}</p>
      ${this.pictureView(uri)} ${copyView("totp-secret", t("totp.secret"), grouped(secret), 2)}
      ${copyView("totp-uri", t("totp.address"), uri, 3)}
      <form class="form" novalidate @submit=${onSubmit((f) => this.confirm(f))}>
        ${inputField("totp", "code", t("gate.code"), {
          autocomplete: "one-time-code",
          inputmode: "numeric",
          maxlength: 8,
          hint: t("gate.codeHint"),
        })}
        <div class="acts">
          <button type="submit" class="primary">${t("totp.confirm")}</button>
          <button type="button" @click=${() => this.cancel()}>${t("act.cancel")}</button>
        </div>
      </form>`;
  }

  private pictureView(uri: string): TemplateResult | typeof nothing {
    let drawn: ReturnType<typeof qrPath>;
    try {
      drawn = qrPath(uri);
    } catch {
      return nothing; // too long for a picture: the secret and the address are there
    }
    const { size, path } = drawn;
    return html`<svg
      class="qr"
      role="img"
      aria-label=${t("totp.picture")}
      viewBox="0 0 ${size} ${size}"
      shape-rendering="crispEdges"
    >
      ${svg`<rect width=${size} height=${size} class="qr-light"></rect>
        <path d=${path} class="qr-dark"></path>`}
    </svg>`;
  }

  private async start(form: HTMLFormElement): Promise<void> {
    await this.run(async () => {
      this.offer = await accountApi.startTotp(valuesOf(form)["password"] ?? "");
      this.word = null;
    }, passwordRefusal);
    if (this.offer) this.host.focus("#totp-code");
  }

  private async confirm(form: HTMLFormElement): Promise<void> {
    const code = (valuesOf(form)["code"] ?? "").replace(/\s/g, "");
    await this.run(async () => {
      await accountApi.confirmTotp(code);
      this.ended("totp.confirmed", true);
    }, confirmRefusal);
    this.host.focus(this.offer ? "#totp-code" : "#totp-title");
  }

  private async remove(form: HTMLFormElement): Promise<void> {
    await this.run(async () => {
      await accountApi.removeTotp(valuesOf(form)["password"] ?? "");
      this.ended("totp.removed", false);
    }, passwordRefusal);
    this.host.focus("#totp-title");
  }

  private cancel(): void {
    this.offer = null;
    this.word = null;
    this.host.draw();
    this.host.focus("#totp-title");
  }

  private ended(key: "totp.confirmed" | "totp.removed", on: boolean): void {
    this.offer = null;
    this.word = { kind: "good", text: t(key) };
    this.host.changed(on);
  }

  private async run(act: () => Promise<void>, refusal: (e: unknown) => string): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.word = { kind: "bad", text: refusal(error) };
    }
    this.host.draw();
  }
}

function confirmRefusal(error: unknown): string {
  const wrong = error instanceof Problem && error.status >= 400 && error.status < 429;
  return wrong ? t("gate.codeWrong") : readProblemText(error);
}
