// The page that warns the public: what there is, a form, whom it reaches, and the step that issues.
import { type TemplateResult, html, nothing, render } from "lit";
import { get, write } from "./api";
import { type Word, wordView } from "./dialog";
import { el } from "./dom";
import type { MapView } from "./map";
import { may, who } from "./may";
import type { PanelForm } from "./panel";
import { formatLatLon } from "./places";
import { problemText, readProblemText } from "./problems";
import { Sketch } from "./sketch";
import type { Store } from "./store";
import { language, t, tw } from "./strings";
import { formatMoment, localeOf } from "./time";
import {
  type Warning,
  type WarningArea,
  type WarningContent,
  type WarningList,
  type WarningPreview,
  areaFeatures,
  areaOf,
  blank,
  cornersOf,
  following,
  hasShape,
} from "./warningdata";
import { areaChosen, contentOf, formView } from "./warningform";
import { type WarningKey, w, warningWords } from "./warningwords";

export interface WarningHost {
  store: Store;
  map: () => MapView | null;
  now: () => number;
  panel: (form: PanelForm | null) => void;
  show: (region: "map" | "panel") => void;
  say: (text: string, kind: "good" | "bad") => void;
}

type Mode = "list" | "edit" | "review";

/** What was typed when the panel was needed for something else. */
let unsaved: { content: WarningContent; draft: Warning | null } | null = null;

class WarningPage {
  readonly element = el("div", { class: "warnings" });
  private mode: Mode = "list";
  private list: WarningList | null = null;
  private word: Word | null = null;
  /** What is being written, where it is, and the draft it is kept as. */
  private content: WarningContent = {};
  private areas: WarningArea[] = [];
  private from = "area";
  private draft: Warning | null = null;
  private preview: WarningPreview | null = null;
  private confirmed = false;
  private busy = false;
  private gone = false;
  /** The first list. */
  private readonly came: Promise<void>;

  constructor(private readonly host: WarningHost) {
    this.came = this.load();
    this.draw();
  }

  title(): string {
    return w("title");
  }

  /** The language changed. */
  relabel(): void {
    if (this.gone) return;
    this.keep();
    this.draw();
  }

  async heard(): Promise<void> {
    if (!this.gone) await this.load();
  }

  /** The panel shows something else: what was typed is kept for the next time. */
  left(): void {
    this.keep();
    unsaved = this.mode === "edit" ? { content: this.content, draft: this.draft } : null;
    this.gone = true;
    this.clear();
  }

  private clear(): void {
    this.host.map()?.aim(null);
    this.trace([]);
  }

  /** In the panel now: at what was left, or at the list. */
  async begun(): Promise<void> {
    if (unsaved) this.edit(unsaved.content, unsaved.draft);
    unsaved = null;
    await this.came;
    if (this.mode === "list") this.element.querySelector<HTMLElement>("[data-first]")?.focus();
  }

  private async load(): Promise<void> {
    try {
      this.list = await get<WarningList>(`/warnings?language=${language()}`);
    } catch (error) {
      this.word = { kind: "bad", text: readProblemText(error) };
    }
    if (this.mode === "list") this.draw();
  }

  private draw(): void {
    const views = {
      list: () => this.listView(),
      edit: () => this.editView(),
      review: () => this.reviewView(),
    };
    render(html`${wordView(this.word)}${views[this.mode]()}`, this.element);
  }

  private turn(mode: Mode, word: Word | null = null): void {
    this.mode = mode;
    this.word = word;
    this.draw();
    this.host.show("panel");
    this.element
      .querySelector<HTMLElement>(mode === "edit" ? "select" : "[data-first]")
      ?.focus();
  }

  private trace(areas: readonly WarningArea[], frame = false): void {
    const map = this.host.map();
    map?.draw("draft", areaFeatures(areas));
    const corners = cornersOf(areas);
    if (frame && corners.length > 0) map?.frame(corners);
  }

  private fail(error: unknown): void {
    this.word = { kind: "bad", text: problemText(error) };
    this.draw();
  }

  /** One deed at a time. */
  private async run(deed: () => Promise<void>): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    try {
      await deed();
    } catch (error) {
      this.fail(error);
    } finally {
      this.busy = false;
    }
  }

  // The list

  private listView(): TemplateResult {
    const { list } = this;
    if (!list) return html`<p class="lead">${w("lead")}</p>`;
    const { feed } = list;
    const where = feed ? w("published", { url: `${feed}/warnings.atom` }) : w("notPublished");
    return html`<p class="lead">${w("lead")}</p>
      <p class="hint">${list.ready ? where : w("notReady")}</p>
      ${may("warning")
        ? html`<div class="acts">
            <button type="button" class="primary" data-first @click=${() => this.begin()}>
              ${w("fresh")}
            </button>
          </div>`
        : nothing}
      ${list.warnings.length === 0 ? html`<p class="empty">${w("none")}</p>` : nothing}
      <ul class="warning-list">
        ${list.warnings.map((one) => this.row(one))}
      </ul>`;
  }

  private row(one: Warning): TemplateResult {
    const end = one.until ? formatMoment(new Date(one.until), language()) : "";
    const time = end && w("until", { time: end });
    const by = one.issued_by ?? one.drafted_by ?? "";
    const words = [
      w(`state.${one.state}` as WarningKey),
      one.message ? w(`message.${one.message}` as WarningKey) : "",
      time,
      by && w("by", { who: by }),
    ];
    const act = (key: WarningKey, run: () => void): TemplateResult =>
      html`<button type="button" @click=${run} aria-label="${w(key)}: ${one.id}">
        ${w(key)}
      </button>`;
    const follows = one.state === "in-force" && !one.cancels && may("warning");
    const follow = (key: "update" | "cancel", msgType: string): TemplateResult =>
      act(key, () => void this.run(() => this.follow(one.id, msgType)));
    return html`<li data-warning=${one.id}>
      ${this.big(one.status)}
      <strong><bdi>${one.headline ?? one.event ?? one.id}</bdi></strong>
      <span class="sub">${one.id}</span>
      <div class="sub">${words.filter((word) => word !== "").join(" · ")}</div>
      <div class="acts">
        ${one.state === "draft" && may("warning")
          ? act("open", () => void this.run(() => this.open(one.id)))
          : act("show", () => void this.run(() => this.look(one.id)))}
        ${follows ? follow("update", "Update") : nothing}
        ${follows ? follow("cancel", "Cancel") : nothing}
      </div>
    </li>`;
  }

  /** What is not real is said in large letters. */
  private big(status: string | undefined): TemplateResult | typeof nothing {
    if (!status || status === "Actual") return nothing;
    return this.bigView(status);
  }

  private bigView(status: string): TemplateResult {
    const words = w(`big.${status}` as WarningKey);
    return html`<p class="warning-big" data-status=${status}>${words}</p>`;
  }

  private async one(id: string): Promise<Warning> {
    const { warning } = await get<{ warning: Warning }>(`/warnings/${id}`);
    return warning;
  }

  private async look(id: string): Promise<void> {
    const { content } = await this.one(id);
    this.host.show("map");
    this.trace(content?.info?.[0]?.area ?? [], true);
  }

  private begin(): void {
    this.edit(blank(language()), null);
  }

  private async open(id: string): Promise<void> {
    const draft = await this.one(id);
    this.edit(draft.content ?? blank(language()), draft);
    if (hasShape(this.areas)) await this.reviewKept(draft);
  }

  private async follow(id: string, msgType: string): Promise<void> {
    const { content } = await this.one(id);
    this.edit(following(id, content ?? {}, msgType), null);
  }

  private edit(content: WarningContent, draft: Warning | null): void {
    this.content = content;
    this.areas = [...(content.info?.[0]?.area ?? [])];
    this.from = hasShape(this.areas) ? "keep" : "area";
    this.draft = draft;
    this.trace(this.areas, true);
    this.turn("edit");
  }

  // The form

  private form(): HTMLFormElement | null {
    return this.element.querySelector("form");
  }

  /** What was typed so far. */
  private keep(): void {
    const form = this.form();
    if (this.mode !== "edit" || !form) return;
    this.content = contentOf(form, this.content, this.areas, this.host.now());
    this.areas = [...(this.content.info?.[0]?.area ?? this.areas)];
  }

  private again(): void {
    this.keep();
    this.draw();
  }

  private editView(): TemplateResult {
    const about = this.content.about ? `${this.content.about}: ` : "";
    const kind = w(`message.${this.content.msgType ?? "Alert"}` as WarningKey);
    return html`<p class="lead">${about}${kind}</p>
      ${this.big(this.content.status)}
      ${formView(this.content, this.areas, this.from, this.host.store, {
        changed: () => this.again(),
        from: (choice) => this.take(choice),
        draw: () => this.aim(),
        addLanguage: () => this.addLanguage(),
        removeLanguage: (at) => this.removeLanguage(at),
        submit: () => void this.run(() => this.review()),
        cancel: () => this.back(),
      })}`;
  }

  private back(): void {
    this.clear();
    this.turn("list");
    void this.load();
  }

  private addLanguage(): void {
    this.keep();
    const [first] = this.content.info ?? [];
    const { headline: _, description: __, instruction: ___, event: ____, ...shared } = first ?? {};
    this.content = {
      ...this.content,
      info: [...(this.content.info ?? []), { ...shared, language: "" }],
    };
    this.draw();
    const n = (this.content.info ?? []).length - 1;
    this.element.querySelector<HTMLElement>(`#warning-language-${n}`)?.focus();
  }

  private removeLanguage(at: number): void {
    this.keep();
    this.content = { ...this.content, info: (this.content.info ?? []).filter((_, n) => n !== at) };
    this.draw();
    this.element.querySelector<HTMLElement>("#warning-language-0")?.focus();
  }

  /** Another source of the area. */
  private take(choice: string): void {
    this.keep();
    this.from = choice;
    const taken = areaChosen(this.host.store, choice);
    if (taken) this.put(taken, true);
    this.draw();
  }

  private put(shape: WarningArea, frame: boolean): void {
    const { areaDesc, geocode } = this.areas[0] ?? {};
    const words = { ...(areaDesc ? { areaDesc } : {}), ...(geocode ? { geocode } : {}) };
    this.areas = [{ ...words, ...shape }];
    this.trace(this.areas, frame);
  }

  private aim(): void {
    const map = this.host.map();
    if (!map) return this.fail(t("closure.noMap"));
    this.keep();
    const sketch = new Sketch(this.from === "circle" ? "circle" : "area");
    const again = (): void => {
      const shape = areaOf(sketch);
      if (shape) this.put(shape, false);
      else this.traceOpen(sketch);
    };
    const done = (): string => {
      const { lacks } = sketch;
      if (lacks) return t(`closure.lack.${lacks}`);
      this.drawn();
      return "";
    };
    map.aim({
      hint: () => t(`draw.${sketch.shape}`),
      drags: () => sketch.shape === "circle" && sketch.points.length === 0,
      add: (pos) => {
        sketch.add(pos);
        again();
        const n = sketch.points.length;
        if (!sketch.isPath && sketch.lacks === null) this.drawn();
        return t("draw.added", { n, place: t("place.at", formatLatLon(pos)) });
      },
      undo: () => {
        if (!sketch.undo()) return "";
        again();
        return t("draw.removed", { n: sketch.points.length });
      },
      done,
      cancel: () => this.drawn(),
    });
    this.trace([]);
    this.host.show("map");
    map.focus();
  }

  /** Fewer points than make an area. */
  private traceOpen(sketch: Sketch): void {
    this.host.map()?.draw("draft", {
      type: "FeatureCollection",
      features: sketch.points.map((p) => ({
        type: "Feature",
        properties: { point: true },
        geometry: { type: "Point", coordinates: [p.lon, p.lat] },
      })),
    });
  }

  private drawn(): void {
    this.host.map()?.aim(null);
    this.trace(this.areas);
    this.draw();
    this.host.show("panel");
    this.element.querySelector<HTMLElement>("#warning-geocodes")?.focus();
  }

  // Whom it reaches

  /** Kept as a draft first: what is looked at is what is issued. */
  private async review(): Promise<void> {
    this.keep();
    const preview = await write<WarningPreview>("POST", "/warnings/preview", this.content);
    const path = this.draft ? `/warnings/${this.draft.id}` : "/warnings";
    const { warning } = await write<{ warning: Warning }>(
      this.draft ? "PATCH" : "POST",
      path,
      this.content,
    );
    this.reached(preview, warning);
  }

  /** As somebody left it: whoever only looks is not the one who wrote it last. */
  private async reviewKept(draft: Warning): Promise<void> {
    const body = draft.content;
    this.reached(await write<WarningPreview>("POST", "/warnings/preview", body), draft);
  }

  private reached(preview: WarningPreview, draft: Warning): void {
    this.preview = preview;
    this.draft = draft;
    this.content = draft.content ?? this.content;
    this.confirmed = false;
    this.trace(this.areas, true);
    this.turn("review");
  }

  private reviewView(): TemplateResult {
    const { draft, preview } = this;
    if (!draft || !preview) return html``;
    const status = this.content.status ?? "Actual";
    return html`${this.bigView(status)}
      ${(this.content.info ?? []).map((info) => this.textView(info))}
      <h3 tabindex="-1" data-first>${w("reaches")}</h3>
      ${this.insideView(preview)}
      ${draft.problem
        ? html`<p class="problem">${w("lacks", { problem: draft.problem })}</p>`
        : this.confirmView(draft)}
      <div class="acts">
        <button type="button" @click=${() => this.turn("edit")}>${w("edit")}</button>
        <button type="button" @click=${() => this.keepDraft()}>${w("keep")}</button>
        <button type="button" @click=${() => void this.run(() => this.discard())}>
          ${w("discard")}
        </button>
      </div>`;
  }

  private textView(info: NonNullable<WarningContent["info"]>[number]): TemplateResult {
    const grades = (["severity", "urgency", "certainty"] as const)
      .map((kind) => tw(kind, info[kind] ?? ""))
      .filter((word) => word !== "");
    return html`<section class="warning-text" lang=${info.language ?? nothing} dir="auto">
      <h3>${info.headline ?? ""} <span class="tag">${info.language ?? ""}</span></h3>
      <p class="sub">${[info.event ?? "", ...grades].join(" · ")}</p>
      ${info.description ? html`<p>${info.description}</p>` : nothing}
      ${info.instruction ? html`<p><strong>${info.instruction}</strong></p>` : nothing}
    </section>`;
  }

  private insideView(preview: WarningPreview): TemplateResult {
    const number = new Intl.NumberFormat(localeOf(language()));
    const { map } = preview;
    const row = (key: WarningKey, value: unknown): TemplateResult =>
      html`<dt>${w(key)}</dt>
        <dd>${value}</dd>`;
    const names = (list: { total: number; first: { name: string }[] }): string => {
      const shown = list.first.slice(0, 12).map((one) => one.name).filter((name) => name !== "");
      return `${number.format(list.total)}${shown.length > 0 ? `: ${shown.join(", ")}` : ""}`;
    };
    const kindText = (k: { kind: string; n: number }): string =>
      `${tw("where", k.kind)} ${number.format(k.n)}`;
    const kinds = map?.kinds.slice(0, 12).map(kindText);
    const centres = preview.centres?.map((c) => c.name).join(", ");
    const ids = (all: readonly string[]): string =>
      `${number.format(all.length)}${all.length > 0 ? `: ${all.slice(0, 12).join(", ")}` : ""}`;
    return html`<dl class="warning-facts">
        ${row("size", `${number.format(preview.km2)} km²`)}
        ${map ? row("places", names(map.places)) : nothing}
        ${map ? row("landmarks", names(map.landmarks)) : nothing}
        ${kinds && kinds.length > 0 ? row("kinds", kinds.join(", ")) : nothing}
        ${map ? row("streets", names(map.streets)) : nothing}
        ${map ? row("addresses", number.format(map.addresses)) : nothing}
        ${row("incidents", ids(preview.incidents))} ${row("units", ids(preview.units))}
        ${row("centres", preview.centres ? centres || number.format(0) : w("noCentres"))}
      </dl>
      <p class="hint">
        ${map ? w("people") : w("noMap")} ${map?.more ? w("more") : ""}
        ${preview.coded ? w("coded") : ""}
      </p>`;
  }

  private confirmView(draft: Warning): TemplateResult {
    if (!may("issueWarning")) return html`<p class="hint">${w("onlySupervisors")}</p>`;
    if (!this.list?.ready) return html`<p class="hint">${w("notReady")}</p>`;
    if (this.list.two && draft.drafted_by === who()?.account) {
      return html`<p class="hint">${w("another", { who: draft.drafted_by ?? "" })}</p>`;
    }
    const tick = (e: Event): void => {
      this.confirmed = (e.target as HTMLInputElement).checked;
      this.draw();
    };
    return html`<div class="warning-confirm form">
      <label class="tick">
        <input type="checkbox" id="warning-read" .checked=${this.confirmed} @change=${tick} />
        ${w("read")}
      </label>
      <button
        type="button"
        class="primary"
        data-issue
        ?disabled=${!this.confirmed}
        @click=${() => void this.run(() => this.issue())}
      >
        ${w("issue")}
      </button>
    </div>`;
  }

  private keepDraft(): void {
    const id = this.draft?.id ?? "";
    this.clear();
    this.turn("list", { kind: "good", text: w("saved", { id }) });
    void this.load();
  }

  private async discard(): Promise<void> {
    if (this.draft) await write("DELETE", `/warnings/${this.draft.id}`);
    this.draft = null;
    this.back();
  }

  private async issue(): Promise<void> {
    const { draft } = this;
    if (!draft || !this.confirmed) return;
    const body = { drafted: draft.drafted };
    const path = `/warnings/${draft.id}/issue`;
    const { warning } = await write<{ warning: Warning }>("POST", path, body);
    this.draft = null;
    this.clear();
    this.turn("list", { kind: "good", text: w("issued", { id: warning?.id ?? draft.id }) });
    this.host.say(w("issued", { id: draft.id }), "good");
    await this.load();
  }
}

export interface OpenWarnings {
  relabel: () => void;
  heard: () => Promise<void>;
}

/** Into the panel. */
export async function openWarnings(host: WarningHost): Promise<OpenWarnings> {
  await warningWords.load();
  const page = new WarningPage(host);
  host.show("panel");
  host.panel({ title: () => page.title(), element: page.element, left: () => page.left() });
  void page.begun();
  return page;
}
