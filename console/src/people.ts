// People: the accounts of everybody and the agencies. An administrator changes them, a supervisor
// sees them.
import { type TemplateResult, html, nothing } from "lit";
import { accountApi } from "./accountapi";
import {
  type Account,
  type AccountChange,
  type AccountDraft,
  type Agency,
  type Setup,
  roles,
} from "./accounttypes";
import { Dialog, type Word, copyView, wordView } from "./dialog";
import { type Choice, inputField, onSubmit, selectField, valuesOf } from "./fields";
import { may, who } from "./may";
import { readProblemText } from "./problems";
import { language, t, tw } from "./strings";
import { formatMoment } from "./time";

export interface PeopleHost {
  units: () => string[];
  agencies: () => Agency[];
  /** There is one agency more. */
  agencyAdded: (agency: Agency) => void;
}

/** What the server takes for no agency or no crew any more. */
const NONE = "-";

/** What of an account is open below its row. */
type Opened = { account: string; what: "change" | "disable" | "reset" };

class PeopleDialog {
  private readonly dialog: Dialog;
  private accounts: Account[] | null = null;
  private opened: Opened | null = null;
  private link: { account: string; setup: Setup } | null = null;
  private wanted = "";
  private listWord: Word | null = null;
  private addWord: Word | null = null;
  private agencyWord: Word | null = null;

  constructor(private readonly host: PeopleHost) {
    this.dialog = new Dialog({
      kind: "people",
      title: () => t("menu.people"),
      view: () => this.view(),
    });
    this.dialog.show();
    void this.load();
  }

  private async load(): Promise<void> {
    try {
      this.accounts = (await accountApi.accounts()).accounts;
    } catch (error) {
      this.accounts ??= [];
      this.listWord = { kind: "bad", text: readProblemText(error) };
    }
    this.dialog.draw();
  }

  private get canChange(): boolean {
    return may("changePeople");
  }

  private view(): TemplateResult {
    return html`
      ${this.canChange ? nothing : html`<p class="hint">${t("people.readOnly")}</p>`}
      ${this.linkView()}
      <section aria-labelledby="people-accounts-title">
        <h3 id="people-accounts-title" tabindex="-1">${t("people.accounts")}</h3>
        ${this.findView()} ${wordView(this.listWord)} ${this.listView()}
        ${this.canChange ? this.addView() : nothing}
      </section>
      ${this.agenciesView()}
    `;
  }

  private linkView(): TemplateResult | typeof nothing {
    if (!this.link) return nothing;
    const { account, setup } = this.link;
    const time = formatMoment(new Date(setup.expires), language());
    return html`<div class="once">
      ${copyView("people-link", t("people.link", { account }), location.origin + setup.path)}
      <p>${t("people.linkHint", { time })}</p>
    </div>`;
  }

  private findView(): TemplateResult {
    const find = (event: Event): void => {
      this.wanted = (event.target as HTMLInputElement).value.trim().toLowerCase();
      this.dialog.draw();
    };
    return html`<div class="field find">
      <label for="people-find">${t("people.find")}</label>
      <input id="people-find" type="search" autocomplete="off" @input=${find} />
    </div>`;
  }

  private listView(): TemplateResult {
    if (this.accounts === null) return html`<p class="hint">${t("dialog.wait")}</p>`;
    const found = this.accounts.filter((a) =>
      [a.account, a.role, tw("role", a.role), a.agency, a.unit].some((word) =>
        word?.toLowerCase().includes(this.wanted),
      ),
    );
    return html`<ul class="cards people-list">
      ${found.map((a) => this.accountView(a))}
    </ul>`;
  }

  private accountView(a: Account): TemplateResult {
    const state = a.disabled ? "disabled" : a.password ? "active" : "invited";
    const isMe = a.account === who()?.account;
    const seen = a.seen ? formatMoment(new Date(a.seen), language()) : t("dialog.never");
    return html`<li>
      <div>
        <strong><bdi>${a.account}</bdi></strong>
        ${isMe ? html`<span class="tag">${t("people.you")}</span>` : nothing}
        <div>
          ${tw("role", a.role)}
          ${a.agency ? html`· <bdi>${this.agencyName(a.agency)}</bdi>` : nothing}
          ${a.unit ? html`· <bdi class="unit">${a.unit}</bdi>` : nothing}
        </div>
        <div class="sub">
          <span class="tag ${a.disabled ? "warn" : ""}">${t(`people.${state}`)}</span>
          ${a.totp ? html`<span class="tag">${t("people.totp")}</span>` : nothing}
          ${t("people.seen")} ${seen}
        </div>
      </div>
      ${this.canChange ? this.actsView(a) : nothing}
      ${this.opened?.account === a.account ? this.openedView(a, this.opened.what) : nothing}
    </li>`;
  }

  private agencyName(id: string): string {
    return this.host.agencies().find((a) => a.agency === id)?.label ?? id;
  }

  private actsView(a: Account): TemplateResult {
    const button = (words: string, run: () => void): TemplateResult =>
      html`<button type="button" aria-label="${words} ${a.account}" @click=${run}>
        ${words}
      </button>`;
    return html`<div class="acts">
      ${button(t("people.change"), () => this.open(a, "change"))}
      ${button(t("people.reset"), () => this.open(a, "reset"))}
      ${
        a.disabled
          ? button(t("people.enable"), () => void this.change(a, { disabled: false }))
          : button(t("people.disable"), () => this.open(a, "disable"))
      }
    </div>`;
  }

  private open(a: Account, what: Opened["what"]): void {
    this.opened = { account: a.account, what };
    this.listWord = null;
    this.dialog.draw();
    this.dialog.focus(".opened select, .opened button");
  }

  private shut(): void {
    const account = this.opened?.account;
    this.opened = null;
    this.dialog.draw();
    if (account) this.dialog.focus(`button[aria-label="${t("people.change")} ${account}"]`);
  }

  private openedView(a: Account, what: Opened["what"]): TemplateResult {
    const cancel = html`<button type="button" @click=${() => this.shut()}>
      ${t("act.cancel")}
    </button>`;
    if (what === "change") {
      return html`<form
        class="form opened"
        novalidate
        aria-label=${t("people.changeOne", { account: a.account })}
        @submit=${onSubmit((f) => this.saveChange(a, f))}
      >
        ${this.standingFields("change", a)}
        <div class="acts">
          <button type="submit" class="primary">${t("act.save")}</button>
          ${cancel}
        </div>
      </form>`;
    }
    const sure = (): void =>
      void (what === "reset" ? this.reset(a) : this.change(a, { disabled: true }));
    return html`<div class="opened ask">
      <p>${t(what === "reset" ? "people.resetHint" : "people.disableHint")}</p>
      <div class="acts">
        <button type="button" class="danger" @click=${sure}>
          ${t(what === "reset" ? "people.reset" : "people.disable")} <bdi>${a.account}</bdi>
        </button>
        ${cancel}
      </div>
    </div>`;
  }

  /** Role, agency and crew. */
  private standingFields(form: string, a?: Account): TemplateResult {
    const none: Choice = ["", t("dialog.none")];
    const agencies = this.host.agencies().map((x): Choice => [x.agency, x.label]);
    const units = this.host.units().map((unit): Choice => [unit, unit]);
    if (a?.unit && !units.some(([unit]) => unit === a.unit)) units.push([a.unit, a.unit]);
    const roleChoices = roles.map((role): Choice => [role, tw("role", role)]);
    return html`<div class="trio">
      ${selectField(form, "role", t("account.role"), roleChoices, a?.role ?? "call-taker")}
      ${selectField(form, "agency", t("account.agency"), [none, ...agencies], a?.agency ?? "")}
      ${selectField(form, "unit", t("account.unit"), [none, ...units], a?.unit ?? "")}
    </div>`;
  }

  private put(account: Account): void {
    const others = (this.accounts ?? []).filter((a) => a.account !== account.account);
    const name = new Intl.Collator("en", { numeric: true });
    this.accounts = [...others, account].sort((a, b) => name.compare(a.account, b.account));
  }

  private async saveChange(a: Account, form: HTMLFormElement): Promise<void> {
    const { role = "", agency = "", unit = "" } = valuesOf(form);
    if (role === "crew" && unit === "") return this.say("list", "bad", t("people.unitNeeded"));
    const change: AccountChange = {};
    if (role !== a.role) change.role = role;
    if (agency !== (a.agency ?? "")) change.agency = agency || NONE;
    if (unit !== (a.unit ?? "")) change.unit = unit || NONE;
    if (Object.keys(change).length === 0) return this.shut();
    await this.change(a, change);
  }

  private async change(a: Account, change: AccountChange): Promise<void> {
    try {
      this.put((await accountApi.changeAccount(a.account, change)).account);
      this.listWord = { kind: "good", text: t("dialog.saved") };
      this.opened ??= { account: a.account, what: "change" };
      this.shut();
    } catch (error) {
      this.say("list", "bad", readProblemText(error));
    }
  }

  private async reset(a: Account): Promise<void> {
    try {
      const { setup } = await accountApi.resetAccount(a.account);
      this.put({ ...a, password: false, totp: false });
      this.shut();
      this.showLink(a.account, setup);
    } catch (error) {
      this.say("list", "bad", readProblemText(error));
    }
  }

  private showLink(account: string, setup: Setup): void {
    this.link = { account, setup };
    this.dialog.draw();
    this.dialog.focus("#people-link");
  }

  private addView(): TemplateResult {
    return html`<form
      class="form boxed"
      novalidate
      aria-labelledby="people-add-title"
      @submit=${onSubmit((f) => this.add(f))}
    >
      <h4 id="people-add-title">${t("people.add")}</h4>
      ${inputField("add", "account", t("gate.account"), {
        maxlength: 32,
        hint: t("people.nameRule"),
      })}
      ${this.standingFields("add")} ${wordView(this.addWord)}
      <div class="acts"><button type="submit" class="primary">${t("people.add")}</button></div>
    </form>`;
  }

  private async add(form: HTMLFormElement): Promise<void> {
    const { account = "", role = "", agency = "", unit = "" } = valuesOf(form);
    if (!/^[\w.-]{1,32}$/.test(account)) return this.say("add", "bad", t("people.nameRule"));
    if (role === "crew" && unit === "") return this.say("add", "bad", t("people.unitNeeded"));
    const draft: AccountDraft = { account, role };
    if (agency) draft.agency = agency;
    if (unit) draft.unit = unit;
    try {
      const made = await accountApi.addAccount(draft);
      form.reset();
      this.put(made.account);
      this.addWord = null;
      this.showLink(made.account.account, made.setup);
    } catch (error) {
      this.say("add", "bad", readProblemText(error));
    }
  }

  private say(where: "list" | "add" | "agency", kind: Word["kind"], text: string): void {
    this[`${where}Word`] = { kind, text };
    this.dialog.draw();
  }

  private agenciesView(): TemplateResult {
    const agencies = this.host.agencies();
    return html`<section aria-labelledby="people-agencies-title">
      <h3 id="people-agencies-title">${t("people.agencies")}</h3>
      ${agencies.length === 0 ? html`<p class="hint">${t("people.noAgencies")}</p>` : nothing}
      <ul class="cards">
        ${agencies.map(
          (a) =>
            html`<li>
              <div>
                <strong><bdi>${a.label}</bdi></strong> <bdi class="sub">${a.agency}</bdi>
              </div>
            </li>`,
        )}
      </ul>
      ${this.canChange ? this.addAgencyView() : nothing}
    </section>`;
  }

  private addAgencyView(): TemplateResult {
    return html`<form
      class="form boxed"
      novalidate
      aria-labelledby="people-agency-title"
      @submit=${onSubmit((f) => this.addAgency(f))}
    >
      <h4 id="people-agency-title">${t("people.addAgency")}</h4>
      <div class="pair">
        ${inputField("agency", "agency", t("people.agencyId"), {
          maxlength: 32,
          hint: t("people.nameRule"),
        })}
        ${inputField("agency", "label", t("people.agencyLabel"), { maxlength: 120 })}
      </div>
      ${wordView(this.agencyWord)}
      <div class="acts"><button type="submit">${t("people.addAgency")}</button></div>
    </form>`;
  }

  private async addAgency(form: HTMLFormElement): Promise<void> {
    const { agency = "", label = "" } = valuesOf(form);
    if (!/^[\w.-]{1,32}$/.test(agency)) return this.say("agency", "bad", t("people.nameRule"));
    try {
      const made = { agency, label: label || agency };
      await accountApi.addAgency(made);
      this.host.agencyAdded(made);
      form.reset();
      this.say("agency", "good", t("dialog.saved"));
    } catch (error) {
      this.say("agency", "bad", readProblemText(error));
    }
  }
}

/** Opens the dialog unless it is open. */
export function openPeople(host: PeopleHost): void {
  if (!document.querySelector("dialog.people")) new PeopleDialog(host);
}
