// The form for a new call and for triage: words, place by typing or by the map, type, the questions
// of its card, priority; and whether the call is about an incident that is open already.
import { render } from "lit";
import type { CallDraft, IncidentEdit } from "./api";
import { type Answers, type Asked, type Cards, recordText } from "./cards";
import { CardView } from "./cardview";
import { Combobox } from "./combobox";
import { el, setText } from "./dom";
import { DuplicateChoice, joinWords } from "./duplicates";
import { findPlaces, formatLatLon, nameOf } from "./places";
import { shownKey } from "./keys";
import { planLabel } from "./names";
import { type Key, t } from "./strings";
import { spellDuration } from "./time";
import { takeLetters } from "./typeahead";
import type { Duplicate, Incident, LatLon, Plan } from "./types";
import { type Circle, type WhereIs, circleOf } from "./whereis";

const PRIORITIES = [1, 2, 3, 4, 5] as const;

export interface FormOptions {
  /** A new call asks for the caller too; triage only for place, type and priority. */
  kind: "call" | "edit";
  plans: () => Plan[];
  cards: () => Cards;
  near: () => LatLon | null;
  save: () => void;
  cancel: () => void;
  /** All that was typed is to be forgotten. */
  discard: () => void;
  /** Something was typed, chosen or answered. */
  changed: () => void;
  /** Open incidents that a call from there may be about; what to say of one; one by its id. */
  duplicates: (pos: LatLon) => Duplicate[];
  duplicateText: (duplicate: Duplicate) => string;
  incident: (id: string) => Incident | undefined;
  /** The point was set or taken away: show it on the map. */
  placed: (pos: LatLon | null) => void;
  /** The place that is highlighted in the list; null takes it off the map. */
  preview: (pos: LatLon | null, name: string, byHand: boolean) => void;
  /** The answer about the circle of the incident was asked for or came. */
  where: WhereIs;
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;
type Source = "typed" | "map" | null;

/** All that a person put in, to be kept and given back. */
export interface FormState {
  texts: Record<"words" | "number" | "name" | "type" | "priority" | "place", string>;
  byHand: boolean;
  pos: LatLon | null;
  source: Source;
  card: { type: string; answers: Answers };
  join: string | null;
}

export class CallForm {
  readonly element: HTMLFormElement;
  private readonly place: Combobox<LatLon>;
  private readonly words = el("textarea", { rows: 2, maxlength: 8000 });
  private readonly number = el("input", { type: "tel", maxlength: 60, autocomplete: "off" });
  private readonly name = el("input", { type: "text", maxlength: 250, autocomplete: "off" });
  private readonly type = el("select");
  private readonly priority = el("select");
  private readonly placed = el("p", { class: "hint", role: "status" });
  private readonly error = el("p", { class: "problem", role: "alert" });
  private readonly kept = el("p", { class: "kept", role: "status" });
  private readonly circleBox = el("div");
  private readonly what = el("div", { class: "pair what" });
  private readonly saveLabel = el("span");
  private discardButton = el("button");
  private readonly card: CardView;
  private readonly join: DuplicateChoice;
  private circle: Circle | null = null;
  private pos: LatLon | null = null;
  private source: Source = null;
  private priorityByHand = false;
  /** The incident has one: another type does not change it, an answer does. */
  private priorityKnown = false;

  constructor(private readonly options: FormOptions) {
    const prefix = options.kind;
    this.place = new Combobox<LatLon>({
      id: `${prefix}-place`,
      find: (query, signal) => findPlaces(query, options.near(), signal),
      pick: (choice) => this.setPos(choice.value, "typed"),
      preview: (choice, byHand) =>
        options.preview(choice?.value ?? null, choice?.title ?? "", byHand),
      edited: () => {
        if (this.source === "typed") this.setPos(null, null);
      },
    });
    this.card = new CardView({
      id: prefix,
      cards: options.cards,
      answered: (asked) => this.answered(asked),
      done: () => this.priority.focus(),
    });
    this.join = new DuplicateChoice(`${prefix}-join`, () => this.showSave());
    this.element = el("form", { class: "form", novalidate: true });
    this.build();
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      options.save();
    });
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.type.addEventListener("change", () => this.typeChosen());
    takeLetters(this.type);
    this.priority.addEventListener("change", () => (this.priorityByHand = true));
    for (const kind of ["input", "change"] as const) {
      this.element.addEventListener(kind, () => this.touched());
    }
  }

  private build(): void {
    const call = this.options.kind === "call";
    const row = (key: Key, field: Field, box: HTMLElement = field): HTMLElement => {
      if (!field.id) field.id = `${this.options.kind}-${key.split(".")[1] ?? ""}`;
      return el("div", { class: "field" }, el("label", { for: field.id }, t(key)), box);
    };
    this.place.input.placeholder = t("call.placeHint");
    const where = row("call.place", this.place.input, this.place.element);
    where.append(this.placed, this.circleBox);
    this.what.replaceChildren(
      row("call.type", this.type),
      this.card.element,
      row("call.priority", this.priority),
    );
    const who = el(
      "div",
      { class: "pair" },
      row("call.number", this.number),
      row("call.name", this.name),
    );
    const parts = call
      ? [this.kept, row("call.words", this.words), where, this.join.element, this.what, who]
      : [this.kept, this.what, where];
    this.element.replaceChildren(...parts, this.error, this.acts());
    this.fillTypes();
    this.card.draw();
    this.showPlaced();
    this.showDuplicates();
  }

  private acts(): HTMLElement {
    const save = el("button", { type: "submit", class: "primary" }, this.saveLabel);
    save.append(el("kbd", {}, "Enter"));
    const cancel = el("button", { type: "button" }, t("act.cancel"));
    cancel.append(el("kbd", {}, shownKey("back")));
    cancel.addEventListener("click", () => this.options.cancel());
    this.discardButton = el("button", { type: "button" }, t("draft.discard"));
    this.discardButton.addEventListener("click", () => this.options.discard());
    this.showSave();
    return el("div", { class: "acts" }, save, cancel, this.discardButton);
  }

  /** What saving would do, and whether there is anything to throw away. */
  private showSave(): void {
    const id = this.join.chosen;
    this.saveLabel.replaceChildren(...(id ? joinWords(id) : [t("act.save")]));
    this.discardButton.hidden = this.isEmpty && this.kept.textContent === "";
  }

  /** The cards came, while somebody may be typing already. */
  cardsCame(): void {
    this.card.draw();
    this.drawWhat();
  }

  /** The choices anew: the plans came, or the language changed. */
  relabel(): void {
    const held = [this.type.value, this.priority.value] as const;
    this.build();
    [this.type.value, this.priority.value] = held;
  }

  private fillTypes(): void {
    const none = (): HTMLOptionElement => el("option", { value: "" }, t("call.choose"));
    const seen = new Set<string>();
    const types = this.options.plans().filter((p) => !seen.has(p.type) && seen.add(p.type));
    this.type.replaceChildren(
      none(),
      ...types.map((p) => el("option", { value: p.type }, planLabel(p))),
    );
    this.priority.replaceChildren(
      none(),
      ...PRIORITIES.map((p) => el("option", { value: p }, t("priority.n", { n: p }))),
    );
  }

  // Type, card and priority

  private typeChosen(): void {
    this.card.open(this.type.value);
    this.propose(this.card.asked, !this.priorityKnown);
    this.drawWhat();
  }

  private answered(asked: Asked): void {
    if (asked.type !== "") this.type.value = asked.type;
    this.propose(asked, true);
    this.drawWhat();
    this.touched();
  }

  /** The priority of the answers, or else of the plan, unless a person chose one here. */
  private propose(asked: Asked, byPlan: boolean): void {
    const plan = byPlan && this.options.plans().find((p) => p.type === this.type.value);
    const priority = asked.priority ?? (plan ? plan.priority : null);
    if (priority !== null && !this.priorityByHand) this.priority.value = String(priority);
  }

  private drawWhat(): void {
    this.what.classList.toggle("asking", !this.card.element.hidden);
  }

  private get planOfType(): Plan | undefined {
    return this.options.plans().find((p) => p.type === this.type.value);
  }

  /** What was asked and answered, for the record; "" without answers. */
  private get record(): string {
    const plan = this.planOfType;
    const chosen = Number(this.priority.value) || null;
    return recordText(this.card.asked, plan ? planLabel(plan) : this.type.value, chosen);
  }

  /** Enter saves from everywhere but a button; a digit chooses the priority. */
  private key(event: KeyboardEvent): void {
    if (event.target === this.priority && /^[1-5]$/.test(event.key)) {
      event.preventDefault();
      this.priority.value = event.key;
      this.priority.dispatchEvent(new Event("change", { bubbles: true }));
    }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    const target = event.target;
    const question = target instanceof HTMLElement && target.getAttribute("role") === "group";
    if (
      question ||
      target instanceof HTMLTextAreaElement ||
      target instanceof HTMLSelectElement
    ) {
      event.preventDefault();
      this.element.requestSubmit();
    }
  }

  private touched(): void {
    this.showSave();
    this.options.changed();
  }

  // The place, and who else called from there

  private setPos(pos: LatLon | null, source: Source): void {
    this.pos = pos;
    this.source = source;
    this.circle = null; // what is typed or clicked is a point
    this.showPlaced();
    this.showDuplicates();
    this.options.placed(pos);
    this.touched();
  }

  /** What the circle of the incident can mean, as long as no point was given instead. */
  drawWhere(): void {
    render(this.options.where.view(this.circle), this.circleBox);
  }

  /** Time passes, and incidents come and go. */
  showDuplicates(): void {
    const call = this.options.kind === "call" && this.pos !== null;
    const found = call && this.pos ? this.options.duplicates(this.pos) : [];
    this.join.show(found, this.options.duplicateText);
  }

  private showPlaced(): void {
    const text = this.pos ? t("call.placed", formatLatLon(this.pos)) : t("call.unplaced");
    setText(this.placed, text);
    this.drawWhere();
    this.placed.classList.toggle("good", this.pos !== null);
  }

  /** A point chosen on the map; its name fills an empty field. */
  async placeAt(pos: LatLon): Promise<void> {
    this.setPos(pos, "map");
    const empty = this.place.text === "";
    const name = empty ? await nameOf(pos) : "";
    if (name !== "" && this.place.text === "") this.place.text = name;
    this.touched();
  }

  get point(): LatLon | null {
    return this.pos;
  }

  load(incident: Incident): void {
    this.type.value = incident.type ?? "";
    this.priority.value = incident.priority ? String(incident.priority) : "";
    this.priorityKnown = Boolean(incident.priority);
    this.card.open(incident.type ?? "", {});
    this.place.text = incident.place ?? "";
    const known = typeof incident.lat === "number" && typeof incident.lon === "number";
    this.pos = known ? { lat: incident.lat as number, lon: incident.lon as number } : null;
    this.source = null;
    this.circle = circleOf(incident);
    this.fail("");
    this.drawWhat();
    this.showPlaced();
  }

  clear(): void {
    for (const field of [this.words, this.number, this.name, this.type, this.priority]) {
      field.value = "";
    }
    this.place.text = "";
    this.priorityByHand = false;
    this.card.clear();
    this.join.choose(null);
    this.fail("");
    this.showKept(null);
    this.drawWhat();
    this.setPos(null, null);
  }

  focus(): void {
    (this.options.kind === "call" ? this.words : this.type).focus();
  }

  fail(message: string): void {
    setText(this.error, message);
  }

  // Kept and given back

  /** Since how long it has been typed and not sent; null: not said. */
  showKept(age_s: number | null): void {
    setText(this.kept, age_s === null ? "" : t("draft.kept", { time: spellDuration(age_s) }));
    this.showSave();
  }

  get isEmpty(): boolean {
    const texts = Object.values(this.state.texts);
    return this.pos === null && texts.every((text) => text.trim() === "");
  }

  get state(): FormState {
    const { words, number, name, type, priority, pos, source } = this;
    return {
      texts: {
        words: words.value,
        number: number.value,
        name: name.value,
        type: type.value,
        priority: priority.value,
        place: this.place.text,
      },
      byHand: this.priorityByHand,
      pos,
      source,
      card: this.card.state,
      join: this.join.chosen,
    };
  }

  restore(state: FormState): void {
    const { texts } = state;
    this.fillTypes(); // the plans may have come this moment
    this.words.value = texts.words;
    this.number.value = texts.number;
    this.name.value = texts.name;
    this.type.value = texts.type;
    this.priority.value = texts.priority;
    this.place.text = texts.place;
    this.priorityByHand = state.byHand;
    this.pos = state.pos;
    this.source = state.source;
    if (state.source !== null) this.circle = null;
    this.card.open(state.card.type, state.card.answers);
    this.drawWhat();
    this.showPlaced();
    this.showDuplicates();
    this.join.choose(state.join);
    this.showDuplicates();
    this.showSave();
  }

  // What is sent

  /** What was filled in, as a call to post. */
  draft(): CallDraft {
    const into = this.join.chosen;
    const draft: CallDraft = { ...(into ? this.joined(into) : this.edit()) };
    const texts = { words: this.words, number: this.number, name: this.name };
    for (const [name, field] of Object.entries(texts)) {
      const text = field.value.trim();
      if (text !== "") draft[name as keyof typeof texts] = text;
    }
    const record = this.record;
    if (record !== "") draft.text = record;
    return draft;
  }

  /** A call about an open incident adds what is not known there, and makes it no less urgent. */
  private joined(id: string): CallDraft {
    const known = this.options.incident(id);
    const { type, priority, place, ...rest } = this.edit();
    const draft: CallDraft = { ...rest, incident: id };
    const urgent = priority !== undefined && priority < (known?.priority ?? Infinity);
    if (type !== undefined && !known?.type) draft.type = type;
    if (urgent || draft.type !== undefined) draft.priority = priority ?? known?.priority ?? 0;
    if (!draft.priority) delete draft.priority;
    if (place !== undefined && !known?.place) draft.place = place;
    return draft;
  }

  /** Type, priority and place, as far as they differ from the incident's own. */
  edit(before?: Incident): IncidentEdit {
    const edit: IncidentEdit = {};
    const type = this.type.value;
    const priority = Number(this.priority.value);
    const record = before ? this.record : "";
    const other = type !== before?.type || priority !== before?.priority || record !== "";
    if (type !== "" && other) edit.type = type;
    if (priority > 0 && (edit.type || priority !== before?.priority)) edit.priority = priority;
    if (edit.type && record !== "") edit.text = record;
    const place = this.place.text;
    if (place !== "" && place !== before?.place) edit.place = place;
    if (this.pos && this.source !== null) {
      edit.pos = this.pos;
      edit.source = this.source;
    }
    return edit;
  }
}
