// "This desk": layouts by name, columns, thresholds, cues and keys, each kept for the account.
import { type TemplateResult, html, nothing } from "lit";
import { type Board, crewColumns, queueColumns } from "./board";
import type { Cues } from "./cues";
import { Dialog, type Word, wordView } from "./dialog";
import { inputField, onSubmit, valuesOf } from "./fields";
import { type Command, keyProblem, keyRows, mayRemap, shownKey } from "./keys";
import { type Limit, type Limits, defaultLimits, timedStatuses } from "./limits";
import { LAYOUTS_MAX, cueNames, keepView, plainView, prefs, setPrefs } from "./prefs";
import { type Key, t, tw } from "./strings";

export interface DeskHost {
  board: Board;
  cues: Cues;
}

const columnWords: Readonly<Record<string, Key>> = { pri: "col.priority", what: "col.incident" };
const NAME_MAX = 40;
const LIMIT_MOST_MIN = 600;

class Desk {
  private word: Word | null = null;
  private capturing: Command | null = null;
  private readonly dialog: Dialog;

  constructor(private readonly host: DeskHost) {
    this.dialog = new Dialog({
      kind: "desk",
      title: () => t("desk.title"),
      view: () => this.view(),
    });
    this.dialog.element.addEventListener("keydown", (event) => this.captureKey(event), true);
  }

  show(): void {
    this.dialog.show();
  }

  private say(kind: Word["kind"], text: string): void {
    this.word = { kind, text };
    this.dialog.draw();
  }

  private view(): TemplateResult {
    return html`${wordView(this.word)}
      <div class="columns">
        <section>${this.layoutsView()} ${this.columnsView()} ${this.cuesView()}</section>
        <section>${this.limitsView()} ${this.keysView()}</section>
      </div>`;
  }

  // Layouts

  private layoutsView(): TemplateResult {
    const names = Object.keys(prefs().layouts).sort((a, b) => a.localeCompare(b));
    return html`<h3>${t("desk.layouts")}</h3>
      <p class="hint">${t("desk.layoutsHint")}</p>
      <ul class="cards">
        ${names.map(
          (name) =>
            html`<li>
              <strong dir="auto">${name}</strong>
              <span class="acts">
                <button
                  type="button"
                  aria-label="${t("desk.use")}: ${name}"
                  @click=${() => this.useLayout(name)}
                >
                  ${t("desk.use")}
                </button>
                <button
                  type="button"
                  aria-label="${t("desk.drop")}: ${name}"
                  @click=${() => this.dropLayout(name)}
                >
                  ${t("desk.drop")}
                </button>
              </span>
            </li>`,
        )}
      </ul>
      <form class="form" novalidate @submit=${onSubmit((form) => this.saveLayout(form))}>
        ${inputField("desk", "layout", t("desk.name"), { maxlength: NAME_MAX })}
        <div class="acts">
          <button type="submit">${t("desk.save")}</button>
          <button type="button" @click=${() => this.plain()}>${t("desk.plain")}</button>
        </div>
      </form>`;
  }

  private saveLayout(form: HTMLFormElement): void {
    const name = valuesOf(form)["layout"] ?? "";
    const { layouts } = prefs();
    if (name === "") return this.say("bad", t("desk.needsName"));
    if (!(name in layouts) && Object.keys(layouts).length >= LAYOUTS_MAX) {
      return this.say("bad", t("desk.full", { n: LAYOUTS_MAX }));
    }
    setPrefs({ layouts: { ...layouts, [name]: this.host.board.viewNow() } });
    form.reset();
    this.say("good", t("desk.saved", { name }));
  }

  private useLayout(name: string): void {
    const view = prefs().layouts[name];
    if (!view) return;
    keepView(view);
    this.host.board.applyView(view, true);
    this.say("good", t("desk.used", { name }));
  }

  private dropLayout(name: string): void {
    const { [name]: _, ...layouts } = prefs().layouts;
    setPrefs({ layouts });
    this.dialog.draw();
  }

  private plain(): void {
    keepView(plainView());
    this.host.board.applyView(plainView(), true);
    this.dialog.draw();
  }

  // Columns

  private columnsView(): TemplateResult {
    const tables = [
      ["queue", queueColumns],
      ["crews", crewColumns],
    ] as const;
    return html`<h3>${t("desk.columns")}</h3>
      ${tables.map(
        ([table, columns]) =>
          html`<fieldset class="ticks">
            <legend>${t(`region.${table}`)}</legend>
            ${columns.slice(1).map((column) => {
              const hidden = prefs().view[table].hidden;
              return html`<label class="tick">
                <input
                  type="checkbox"
                  .checked=${!hidden.includes(column)}
                  @change=${(e: Event) =>
                    this.showColumn(table, column, (e.target as HTMLInputElement).checked)}
                />
                ${t(columnWords[column] ?? (`col.${column}` as Key))}
              </label>`;
            })}
          </fieldset>`,
      )}`;
  }

  private showColumn(table: "queue" | "crews", column: string, shown: boolean): void {
    const view = this.host.board.viewNow();
    const others = view[table].hidden.filter((c) => c !== column);
    view[table] = { ...view[table], hidden: shown ? others : [...others, column] };
    keepView(view);
  }

  // Cues

  private cuesView(): TemplateResult {
    const flip = (cue: (typeof cueNames)[number], on: boolean): void => {
      const others = prefs().muted.filter((c) => c !== cue);
      setPrefs({ muted: on ? others : [...others, cue] });
      this.dialog.draw();
    };
    return html`<h3>${t("desk.cues")}</h3>
      <p class="hint">${t("desk.cuesHint")}</p>
      <ul class="cards">
        ${cueNames.map(
          (cue) =>
            html`<li>
              <label class="tick">
                <input
                  type="checkbox"
                  .checked=${!prefs().muted.includes(cue)}
                  @change=${(e: Event) => flip(cue, (e.target as HTMLInputElement).checked)}
                />
                ${t(`cue.${cue}`)}
              </label>
              <button
                type="button"
                aria-label="${t("desk.try")}: ${t(`cue.${cue}`)}"
                @click=${() => this.host.cues.play(cue)}
              >
                ${t("desk.try")}
              </button>
            </li>`,
        )}
      </ul>`;
  }

  // Thresholds

  private limitsView(): TemplateResult {
    const { limits } = prefs();
    const priorities = limits.waiting.map((limit, p) => {
      const name = p ? t("priority.n", { n: p }) : t("priority.none");
      return this.limitRow(`w${p}`, name, limit);
    });
    const statuses = timedStatuses.map((s) => {
      const limit = limits.status[s] ?? defaultLimits().status[s];
      return limit ? this.limitRow(s, tw("status", s), limit) : nothing;
    });
    const head = (what: string): TemplateResult =>
      html`<tr>
        <th scope="col">${what}</th>
        <th scope="col">◔ ${t("due.soon")}</th>
        <th scope="col">▲ ${t("due.late")}</th>
      </tr>`;
    return html`<h3>${t("desk.limits")}</h3>
      <p class="hint">${t("desk.limitsHint")}</p>
      <form novalidate @submit=${onSubmit((form) => this.saveLimits(form))}>
        <table class="limits">
          <tbody>
            ${head(t("desk.waiting"))} ${priorities} ${head(t("region.crews"))} ${statuses}
          </tbody>
        </table>
        <div class="acts">
          <button type="submit">${t("act.save")}</button>
          <button type="button" @click=${() => this.putLimits(defaultLimits())}>
            ${t("desk.defaults")}
          </button>
        </div>
      </form>`;
  }

  private limitRow(id: string, name: string, limit: Limit): TemplateResult {
    const field = (which: "soon" | "late", seconds: number): TemplateResult =>
      html`<td>
        <input
          name="${id}-${which}"
          type="number"
          min="0.5"
          max=${LIMIT_MOST_MIN}
          step="0.5"
          aria-label="${name}: ${t(`due.${which}`)}"
          .value=${String(seconds / 60)}
        />
      </td>`;
    return html`<tr>
      <th scope="row">${name}</th>
      ${field("soon", limit.soon_s)} ${field("late", limit.late_s)}
    </tr>`;
  }

  private saveLimits(form: HTMLFormElement): void {
    const values = valuesOf(form);
    const read = (id: string): Limit | null => {
      const soon_s = Number(values[`${id}-soon`]) * 60;
      const late_s = Number(values[`${id}-late`]) * 60;
      const fits = soon_s > 0 && late_s >= soon_s && late_s <= LIMIT_MOST_MIN * 60;
      return fits ? { soon_s, late_s } : null;
    };
    const waiting = prefs().limits.waiting.map((_, p) => read(`w${p}`));
    const status = timedStatuses.map((s) => [s, read(s)] as const);
    if (waiting.includes(null) || status.some(([, limit]) => !limit)) {
      return this.say("bad", t("desk.limitsOdd"));
    }
    this.putLimits({
      waiting: waiting as Limit[],
      status: Object.fromEntries(status) as Limits["status"],
    });
  }

  private putLimits(limits: Limits): void {
    setPrefs({ limits });
    this.say("good", t("desk.limitsSaved"));
  }

  // Keys

  private keysView(): TemplateResult {
    const rows = keyRows.filter(mayRemap);
    return html`<h3>${t("desk.keys")}</h3>
      <p class="hint">${t("desk.keysHint")}</p>
      <ul class="key-list">
        ${rows.map((row) => {
          const waits = this.capturing === row.command;
          return html`<li>
            <span>${t(row.label)}</span>
            <button
              type="button"
              data-key-of=${row.command}
              aria-pressed=${String(waits)}
              aria-label="${t(row.label)}: ${waits ? t("desk.press") : shownKey(row.command)}"
              @click=${() => this.capture(row.command)}
            >
              ${waits ? t("desk.press") : html`<kbd>${shownKey(row.command)}</kbd>`}
            </button>
          </li>`;
        })}
      </ul>
      <button type="button" @click=${() => this.putKeys({})}>${t("desk.defaults")}</button>`;
  }

  private capture(command: Command): void {
    this.capturing = command;
    this.word = null;
    this.dialog.draw();
  }

  /** The next key is the new one, unless it has another meaning; Escape leaves it as it was. */
  private captureKey(event: KeyboardEvent): void {
    const command = this.capturing;
    if (!command || ["Shift", "Control", "Alt", "Meta", "AltGraph"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    this.capturing = null;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "Escape") return this.dialog.draw();
    const taken = keyProblem(command, key);
    if (taken === "reserved") return this.say("bad", t("desk.keyReserved", { key }));
    if (taken) return this.say("bad", t("desk.keyTaken", { key, what: t(taken) }));
    this.putKeys({ ...prefs().keys, [command]: key });
  }

  private putKeys(keys: Partial<Record<Command, string>>): void {
    setPrefs({ keys });
    this.say("good", t("desk.keysSaved"));
  }
}

let desk: Desk | null = null;

export function openDesk(host: DeskHost): void {
  desk ??= new Desk(host);
  if (!document.querySelector("dialog.desk[open]")) desk.show();
}
