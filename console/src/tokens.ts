// The tokens with which programs act for one's own account: listed, made (shown once), revoked.
import { type TemplateResult, html, nothing } from "lit";
import { accountApi } from "./accountapi";
import { type Token, type TokenDraft, scopes } from "./accounttypes";
import { type Word, copyView, wordView } from "./dialog";
import { inputField, onSubmit, tickedOf, valuesOf } from "./fields";
import { may } from "./may";
import { readProblemText } from "./problems";
import { language, t, tw } from "./strings";
import { formatMoment } from "./time";
import type { PartHost } from "./totp";

const DEFAULT_DAYS = "365";

export class TokenPart {
  private tokens: Token[] | null = null;
  private secret = "";
  private word: Word | null = null;

  constructor(private readonly host: PartHost) {}

  async load(): Promise<void> {
    try {
      this.tokens = (await accountApi.tokens()).tokens;
    } catch (error) {
      this.tokens ??= [];
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.host.draw();
  }

  view(): TemplateResult {
    return html`<section aria-labelledby="tokens-title">
      <h3 id="tokens-title" tabindex="-1">${t("tokens.title")}</h3>
      <p class="hint">${t("tokens.hint")}</p>
      ${this.listView()}
      ${
        this.secret
          ? html`<div class="once">
              <p>${t("tokens.once")}</p>
              ${copyView("token-secret", t("tokens.secret"), this.secret)}
            </div>`
          : nothing
      }
      ${this.formView()}
    </section>`;
  }

  private listView(): TemplateResult {
    if (this.tokens === null) return html`<p class="hint">${t("dialog.wait")}</p>`;
    if (this.tokens.length === 0) return html`<p class="hint">${t("tokens.none")}</p>`;
    return html`<ul class="cards">
      ${this.tokens.map((token) => this.tokenView(token))}
    </ul>`;
  }

  private tokenView(token: Token): TemplateResult {
    const when = (time: string): string => formatMoment(new Date(time), language());
    return html`<li>
      <div>
        <strong><bdi>${token.label}</bdi></strong>
        <div class="sub">${token.scopes.map((s) => tw("scope", s)).join(", ")}</div>
        <div class="sub">${t("tokens.made")} ${when(token.made)}</div>
        ${
          token.expires
            ? html`<div class="sub">${t("tokens.until")} ${when(token.expires)}</div>`
            : nothing
        }
      </div>
      <button
        type="button"
        aria-label=${t("tokens.revokeOne", { label: token.label })}
        @click=${() => this.revoke(token.token)}
      >
        ${t("sessions.revoke")}
      </button>
    </li>`;
  }

  private formView(): TemplateResult {
    const offered = scopes.filter((s) => s !== "admin" || may("changePeople"));
    return html`<form class="form" novalidate @submit=${onSubmit((f) => this.make(f))}>
      ${inputField("token", "label", t("tokens.label"), { maxlength: 60 })}
      <fieldset>
        <legend>${t("tokens.scopes")}</legend>
        ${offered.map(
          (s) =>
            html`<label class="tick"><input type="checkbox" name=${s} /> ${tw("scope", s)}</label>`,
        )}
      </fieldset>
      ${inputField("token", "days", t("tokens.expires"), {
        inputmode: "numeric",
        maxlength: 4,
        value: DEFAULT_DAYS,
      })}
      ${wordView(this.word)}
      <div class="acts"><button type="submit">${t("tokens.make")}</button></div>
    </form>`;
  }

  private async make(form: HTMLFormElement): Promise<void> {
    const { label = "", days = "" } = valuesOf(form);
    const draft: TokenDraft = { label, scopes: tickedOf(form) };
    if (Number(days) > 0) draft.expires_days = Math.floor(Number(days));
    this.word = null;
    this.secret = "";
    if (label === "" || draft.scopes.length === 0) {
      this.word = { kind: "bad", text: t("tokens.pick") };
      return this.host.draw();
    }
    try {
      const { token, secret } = await accountApi.makeToken(draft);
      this.tokens = [...(this.tokens ?? []), token];
      this.secret = secret;
      form.reset();
    } catch (error) {
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.host.draw();
    if (this.secret) this.host.focus("#token-secret");
  }

  private async revoke(id: string): Promise<void> {
    try {
      await accountApi.revokeToken(id);
      this.tokens = (this.tokens ?? []).filter((token) => token.token !== id);
      this.word = { kind: "good", text: t("tokens.revoked") };
    } catch (error) {
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.host.draw();
    this.host.focus("#tokens-title");
  }
}
