// The form for a new call and for triage: words, place by typing or by the map, type, priority.
import { render } from "lit";
import type { CallDraft, IncidentEdit } from "./api";
import { Combobox } from "./combobox";
import { el, setText } from "./dom";
import { findPlaces, formatLatLon, nameOf } from "./places";
import { shownKey } from "./keys";
import { planLabel } from "./names";
import { type Key, t } from "./strings";
import type { Incident, LatLon, Plan } from "./types";
import { type Circle, type WhereIs, circleOf } from "./whereis";

const PRIORITIES = [1, 2, 3, 4, 5] as const;

export interface FormOptions {
  /** A new call asks for the caller too; triage only for place, type and priority. */
  kind: "call" | "edit";
  plans: () => Plan[];
  near: () => LatLon | null;
  save: () => void;
  cancel: () => void;
  /** The point was set or taken away: show it on the map. */
  placed: (pos: LatLon | null) => void;
  /** The place that is highlighted in the list; null takes it off the map. */
  preview: (pos: LatLon | null, name: string, byHand: boolean) => void;
  /** The answer about the circle of the incident was asked for or came. */
  where: WhereIs;
}

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

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
  private readonly circleBox = el("div");
  private circle: Circle | null = null;
  private pos: LatLon | null = null;
  private source: "typed" | "map" | null = null;
  private priorityByHand = false;

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
    this.element = el("form", { class: "form", novalidate: true });
    this.build();
    this.element.addEventListener("submit", (event) => {
      event.preventDefault();
      options.save();
    });
    this.element.addEventListener("keydown", (event) => this.key(event));
    this.type.addEventListener("change", () => this.typeChosen());
    this.priority.addEventListener("change", () => (this.priorityByHand = true));
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
    const what = el(
      "div",
      { class: "pair" },
      row("call.type", this.type),
      row("call.priority", this.priority),
    );
    const who = el(
      "div",
      { class: "pair" },
      row("call.number", this.number),
      row("call.name", this.name),
    );
    const save = el("button", { type: "submit", class: "primary" }, t("act.save"));
    save.append(el("kbd", {}, "Enter"));
    const cancel = el("button", { type: "button" }, t("act.cancel"));
    cancel.append(el("kbd", {}, shownKey("back")));
    cancel.addEventListener("click", () => this.options.cancel());
    const end = el("div", { class: "acts" }, save, cancel);
    const parts = call
      ? [row("call.words", this.words), where, what, who, this.error, end]
      : [what, where, this.error, end];
    this.element.replaceChildren(...parts);
    this.fillTypes();
    this.showPlaced();
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

  private typeChosen(): void {
    const plan = this.options.plans().find((p) => p.type === this.type.value);
    if (plan && !this.priorityByHand) this.priority.value = String(plan.priority);
  }

  private key(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    const target = event.target;
    if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) {
      event.preventDefault();
      this.element.requestSubmit();
    }
  }

  private setPos(pos: LatLon | null, source: "typed" | "map" | null): void {
    this.pos = pos;
    this.source = source;
    this.circle = null; // what is typed or clicked is a point
    this.showPlaced();
    this.options.placed(pos);
  }

  /** What the circle of the incident can mean, as long as no point was given instead. */
  drawWhere(): void {
    render(this.options.where.view(this.circle), this.circleBox);
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
  }

  get point(): LatLon | null {
    return this.pos;
  }

  load(incident: Incident): void {
    this.type.value = incident.type ?? "";
    this.priority.value = incident.priority ? String(incident.priority) : "";
    this.priorityByHand = Boolean(incident.priority);
    this.place.text = incident.place ?? "";
    const known = typeof incident.lat === "number" && typeof incident.lon === "number";
    this.pos = known ? { lat: incident.lat as number, lon: incident.lon as number } : null;
    this.source = null;
    this.circle = circleOf(incident);
    this.fail("");
    this.showPlaced();
  }

  clear(): void {
    for (const field of [this.words, this.number, this.name, this.type, this.priority]) {
      field.value = "";
    }
    this.place.text = "";
    this.priorityByHand = false;
    this.fail("");
    this.setPos(null, null);
  }

  focus(): void {
    (this.options.kind === "call" ? this.words : this.type).focus();
  }

  fail(message: string): void {
    setText(this.error, message);
  }

  /** What was filled in, as a call to post. */
  draft(): CallDraft {
    const draft: CallDraft = { ...this.edit() };
    const texts = { words: this.words, number: this.number, name: this.name };
    for (const [name, field] of Object.entries(texts)) {
      const text = field.value.trim();
      if (text !== "") draft[name as keyof typeof texts] = text;
    }
    return draft;
  }

  /** Type, priority and place, as far as they differ from the incident's own. */
  edit(before?: Incident): IncidentEdit {
    const edit: IncidentEdit = {};
    const type = this.type.value;
    const priority = Number(this.priority.value);
    if (type !== "" && (type !== before?.type || priority !== before?.priority)) edit.type = type;
    if (priority > 0 && (edit.type || priority !== before?.priority)) edit.priority = priority;
    const place = this.place.text;
    if (place !== "" && place !== before?.place) edit.place = place;
    if (this.pos && this.source !== null) {
      edit.pos = this.pos;
      edit.source = this.source;
    }
    return edit;
  }
}
