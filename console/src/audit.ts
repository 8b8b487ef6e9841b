// The audit: how often each role did what, day by day; what a count stands on, with proofs.
import { type TemplateResult, html, nothing } from "lit";
import { accountApi } from "./accountapi";
import type { AuditDay, AuditRecord } from "./accounttypes";
import { type AuditTable, parseCheckpoint, tableOf } from "./audittable";
import { Dialog, type Word, copyView, saveFile, wordView } from "./dialog";
import { onSubmit, valuesOf } from "./fields";
import { readProblemText } from "./problems";
import { language, t, tn, tw } from "./strings";
import { dayOf, formatDay, formatMoment, localeOf } from "./time";

const DAY_MS = 86_400_000;
const DAYS_AT_FIRST = 7;
const RECORDS_AT_ONCE = 50;
/** What the server lists of one count at most. */
const RECORDS_MAX = 10_000;

/** The count that was chosen. */
interface Chosen {
  day: string;
  role: string;
  kind: string;
  records: AuditRecord[] | null;
  checkpoint: string;
  shown: number;
}

class AuditDialog {
  private readonly dialog: Dialog;
  private from: string;
  private to: string;
  private wanted = "";
  private days: AuditDay[] | null = null;
  private chosen: Chosen | null = null;
  private word: Word | null = null;
  private log: { checkpoint: string; key: string } | null = null;

  constructor(now: number) {
    this.to = dayOf(now);
    this.from = dayOf(now - (DAYS_AT_FIRST - 1) * DAY_MS);
    this.dialog = new Dialog({
      kind: "audit",
      title: () => t("menu.audit"),
      view: () => this.view(),
    });
    this.dialog.show();
    void this.load();
    void this.loadLog();
  }

  private async load(): Promise<void> {
    this.word = null;
    this.chosen = null;
    try {
      this.days = (await accountApi.audit(this.from, this.to)).days;
    } catch (error) {
      this.days ??= [];
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.dialog.draw();
  }

  private async loadLog(): Promise<void> {
    try {
      const [checkpoint, key] = await Promise.all([accountApi.checkpoint(), accountApi.logKey()]);
      this.log = { checkpoint, key: key.trim() };
    } catch (error) {
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    this.dialog.draw();
  }

  private view(): TemplateResult {
    return html`
      <p class="lead">${t("audit.lead")}</p>
      ${this.rangeView()} ${wordView(this.word)} ${this.tableView()} ${this.chosenView()}
      ${this.logView()}
    `;
  }

  private rangeView(): TemplateResult {
    const filter = (event: Event): void => {
      this.wanted = (event.target as HTMLInputElement).value;
      this.dialog.draw();
    };
    const date = (name: "from" | "to", value: string): TemplateResult =>
      html`<div class="field">
        <label for="audit-${name}">${t(`audit.${name}`)}</label>
        <input id="audit-${name}" name=${name} type="date" required value=${value} />
      </div>`;
    return html`<form class="form range" novalidate @submit=${onSubmit((f) => this.range(f))}>
      ${date("from", this.from)} ${date("to", this.to)}
      <button type="submit">${t("audit.show")}</button>
      <div class="field">
        <label for="audit-filter">${t("audit.filter")}</label>
        <input id="audit-filter" type="search" autocomplete="off" @input=${filter} />
      </div>
    </form>`;
  }

  private range(form: HTMLFormElement): Promise<void> | void {
    const { from = "", to = "" } = valuesOf(form);
    if (from === "" || to === "" || from > to) {
      this.word = { kind: "bad", text: t("audit.order") };
      return this.dialog.draw();
    }
    this.from = from;
    this.to = to;
    return this.load();
  }

  private tableView(): TemplateResult {
    if (this.days === null) return html`<p class="hint">${t("dialog.wait")}</p>`;
    const table = tableOf(this.days, this.wanted, tw);
    if (table.groups.length === 0) {
      const empty = this.days.every((d) => d.counts.length === 0);
      return html`<p class="empty">${t(empty ? "audit.none" : "audit.noMatch")}</p>`;
    }
    return html`<div class="scroll" role="region" tabindex="0" aria-label=${t("audit.table")}>
      <table class="counts-table">
        <caption class="sr">
          ${t("audit.table")}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t("audit.what")}</th>
            ${table.days.map(
              (day) => html`<th scope="col" class="num">${formatDay(day, language())}</th>`,
            )}
            <th scope="col" class="num">${t("audit.sum")}</th>
          </tr>
        </thead>
        ${this.groupsView(table)}
      </table>
    </div>`;
  }

  private groupsView(table: AuditTable): TemplateResult[] {
    return table.groups.map(
      ({ role, rows }) =>
        html`<tbody>
          <tr class="group">
            <th scope="rowgroup" colspan=${table.days.length + 2}>
              <span>${tw("role", role)}</span>
            </th>
          </tr>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row">${tw("event", row.kind)}</th>
                ${row.counts.map((n, i) => this.cellView(n, table.days[i] ?? "", role, row.kind))}
                <td class="num sum">${this.number(row.sum)}</td>
              </tr>`,
          )}
        </tbody>`,
    );
  }

  private number(n: number): string {
    return new Intl.NumberFormat(localeOf(language())).format(n);
  }

  private names(day: string, role: string, kind: string): Record<string, string> {
    return { day: formatDay(day, language()), role: tw("role", role), kind: tw("event", kind) };
  }

  private cellView(n: number, day: string, role: string, kind: string): TemplateResult {
    if (n === 0) return html`<td class="num faint">·</td>`;
    const c = this.chosen;
    const isChosen = c !== null && c.day === day && c.role === role && c.kind === kind;
    return html`<td class="num">
      <button
        type="button"
        class="link"
        aria-pressed=${String(isChosen)}
        aria-label=${t("audit.cell", { n: this.number(n), ...this.names(day, role, kind) })}
        @click=${() => this.choose(day, role, kind)}
      >
        ${this.number(n)}
      </button>
    </td>`;
  }

  private async choose(day: string, role: string, kind: string): Promise<void> {
    const chosen: Chosen = {
      day,
      role,
      kind,
      records: null,
      checkpoint: "",
      shown: RECORDS_AT_ONCE,
    };
    this.chosen = chosen;
    this.dialog.draw();
    try {
      Object.assign(chosen, await accountApi.auditRecords(day, role, kind));
    } catch (error) {
      chosen.records = [];
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    if (this.chosen !== chosen) return;
    this.dialog.draw();
    this.dialog.focus("#audit-records-title");
  }

  private chosenView(): TemplateResult | typeof nothing {
    const c = this.chosen;
    if (!c) return nothing;
    return html`<section class="boxed" aria-labelledby="audit-records-title">
      <h3 id="audit-records-title" tabindex="-1">
        ${t("audit.records", this.names(c.day, c.role, c.kind))}
      </h3>
      ${
        c.records === null
          ? html`<p class="hint">${t("dialog.wait")}</p>`
          : this.recordsView(c, c.records)
      }
    </section>`;
  }

  private recordsView(c: Chosen, records: AuditRecord[]): TemplateResult {
    const rest = records.length - c.shown;
    const more = (): void => {
      c.shown += RECORDS_AT_ONCE;
      this.dialog.draw();
    };
    return html`<p>${t("audit.means")}</p>
      <p>${t("audit.check", { command: "amparo log check PROOF" })}</p>
      <div class="scroll" role="group" tabindex="0" aria-labelledby="audit-records-title">
        <table class="records-table">
          <thead>
            <tr>
              <th scope="col" class="num">${t("audit.seq")}</th>
              <th scope="col">${t("audit.time")}</th>
              <th scope="col">${t("audit.leaf")}</th>
              <th scope="col">${t("audit.proof")}</th>
            </tr>
          </thead>
          <tbody>
            ${records.slice(0, c.shown).map((r) => this.recordView(r))}
          </tbody>
        </table>
      </div>
      ${
        rest > 0
          ? html`<button type="button" @click=${more}>
              ${t("audit.more", { n: Math.min(rest, RECORDS_AT_ONCE) })}
            </button>`
          : nothing
      }
      ${
        records.length >= RECORDS_MAX
          ? html`<p class="hint">${t("audit.capped", { n: this.number(RECORDS_MAX) })}</p>`
          : nothing
      }
      ${this.checkpointView(c.checkpoint)}`;
  }

  private recordView(r: AuditRecord): TemplateResult {
    return html`<tr>
      <th scope="row" class="num">${r.seq}</th>
      <td><time datetime=${r.time}>${formatMoment(new Date(r.time), language())}</time></td>
      <td><code dir="ltr">${r.leaf}</code></td>
      <td>
        <button
          type="button"
          aria-label=${t("audit.proofOf", { seq: r.seq })}
          @click=${() => this.saveProof(r.seq)}
        >
          ${t("audit.download")}
        </button>
      </td>
    </tr>`;
  }

  private async saveProof(seq: number): Promise<void> {
    try {
      saveFile(await accountApi.proof(seq));
    } catch (error) {
      this.word = { kind: "bad", text: readProblemText(error) };
      this.dialog.draw();
    }
  }

  private checkpointView(text: string): TemplateResult | typeof nothing {
    if (text === "") return nothing;
    const size = parseCheckpoint(text)?.size ?? 0;
    const save = (): void =>
      saveFile({ blob: new Blob([text], { type: "text/plain" }), name: `checkpoint-${size}.txt` });
    return html`<h4>${t("audit.checkpoint")}</h4>
      <pre class="note" dir="ltr" tabindex="0" aria-label=${t("audit.checkpoint")}>${text}</pre>
      <button type="button" @click=${save}>${t("audit.download")}</button>`;
  }

  private logView(): TemplateResult {
    const parsed = this.log ? parseCheckpoint(this.log.checkpoint) : null;
    const row = (label: string, value: string): TemplateResult =>
      html`<div>
        <dt>${label}</dt>
        <dd><bdi>${value}</bdi></dd>
      </div>`;
    return html`<section aria-labelledby="audit-log-title">
      <h3 id="audit-log-title">${t("audit.log")}</h3>
      ${
        parsed && this.log
          ? html`<dl class="facts">
                ${row(t("audit.origin"), parsed.origin)}
                ${row(t("audit.size"), this.number(parsed.size))}
                ${row(tn("audit.signatures", parsed.signers.length), parsed.signers.join(", "))}
              </dl>
              ${copyView("audit-root", t("audit.root"), parsed.root)}
              ${copyView("audit-key", t("audit.key"), this.log.key)}
              ${this.chosen?.checkpoint ? nothing : this.checkpointView(this.log.checkpoint)}`
          : html`<p class="hint">${t("dialog.wait")}</p>`
      }
    </section>`;
  }
}

/** Opens the dialog unless it is open; `now` is the server's time. */
export function openAudit(now: number): void {
  if (!document.querySelector("dialog.audit")) new AuditDialog(now);
}
