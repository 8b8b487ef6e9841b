// The short forms below an incident: a note, the closing with its outcome, the merge into another,
// and what is done with its record: shared, held, erased.
import type { Agency } from "./accounttypes";
import { el, setText } from "./dom";
import { shownKey } from "./keys";
import { type Key, t, tn, tw } from "./strings";
import { spellDuration } from "./time";
import type { Partner } from "./types";

export type ActKind =
  "note" | "close" | "merge" | "share" | "hold" | "erase" | "transfer" | "refuse";

export const outcomes = [
  "treated",
  "transported",
  "extinguished",
  "no-need",
  "false-alarm",
  "not-found",
  "other",
] as const;

export interface ActOptions {
  incident: string;
  /** Crews that closing would release. */
  crews: number;
  /** Open incidents to merge into, nearest first, with the words to show. */
  others: { id: string; words: string }[];
  /** Agencies to share with. */
  agencies: Agency[];
  /** Centres to hand it over to. */
  partners: Partner[];
  save: (values: { text: string; choice: string }) => void;
  cancel: () => void;
  /** What was typed here before and not sent, and how long ago. */
  kept?: { text: string; choice: string; age_s: number } | null;
  changed?: (values: { text: string; choice: string }) => void;
  discard?: () => void;
}

export interface ActForm {
  element: HTMLFormElement;
  focus: () => void;
  fail: (message: string) => void;
}

const titles: Record<ActKind, Key> = {
  note: "note.text",
  close: "close.title",
  merge: "merge.title",
  share: "share.title",
  hold: "hold.title",
  erase: "erase.title",
  transfer: "exchange.transferTitle",
  refuse: "exchange.refuseTitle",
};

const choiceLabels: Partial<Record<ActKind, Key>> = {
  close: "close.outcome",
  merge: "merge.into",
  share: "share.with",
  transfer: "exchange.partner",
};

/** A reason that goes to another centre is a line. */
const short: ReadonlySet<ActKind> = new Set(["transfer", "refuse"]);

const textLabels: Partial<Record<ActKind, Key>> = {
  note: "note.title",
  close: "close.text",
  hold: "hold.reason",
  erase: "hold.reason",
  transfer: "exchange.reason",
  refuse: "exchange.reason",
};

function chooser(kind: ActKind, options: ActOptions): HTMLSelectElement | null {
  if (!choiceLabels[kind]) return null;
  const select = el("select", { id: "act-choice" });
  if (kind === "close") {
    select.append(...outcomes.map((o) => el("option", { value: o }, tw("outcome", o))));
  } else if (kind === "share") {
    select.append(...options.agencies.map((a) => el("option", { value: a.agency }, a.label)));
  } else if (kind === "transfer") {
    select.append(...options.partners.map((p) => el("option", { value: p.partner }, p.label)));
  } else {
    select.append(...options.others.map((o) => el("option", { value: o.id }, o.words)));
  }
  return select;
}

/** A labelled field of a form. */
function field(id: string, label: string, control: HTMLElement): HTMLElement {
  return el("div", { class: "field" }, el("label", { for: id }, label), control);
}

/** What is to be known before: crews that go free, what a hold does, that erasing is for ever. */
function hintOf(kind: ActKind, options: ActOptions): HTMLElement | null {
  if (kind === "close" && options.crews > 0) {
    return el("p", { class: "hint" }, tn("close.frees", options.crews));
  }
  if (kind === "hold") return el("p", { class: "hint" }, t("hold.hint"));
  return kind === "erase" ? el("p", { class: "ask" }, t("erase.hint")) : null;
}

/** The id typed anew: the act that cannot be undone is not done by a slip. */
function confirmField(kind: ActKind): HTMLInputElement | null {
  if (kind !== "erase") return null;
  return el("input", { id: "act-confirm", autocomplete: "off", spellcheck: "false", dir: "ltr" });
}

/** Why the form cannot be sent yet, or "". */
function missing(kind: ActKind, incident: string, text: string, typed: string): string {
  if (kind === "erase" && typed.toUpperCase() !== incident.toUpperCase()) {
    return t("erase.mismatch", { id: incident });
  }
  return (kind === "hold" || kind === "erase") && text === "" ? t("hold.needsReason") : "";
}

function submitButton(kind: ActKind): HTMLButtonElement {
  const erase = kind === "erase";
  const save = el(
    "button",
    { type: "submit", class: erase ? "danger" : "primary" },
    t(erase ? "erase.act" : "act.save"),
  );
  if (!erase) save.append(el("kbd", {}, "Enter"));
  return save;
}

/** What was typed before stands there again, is kept on, and can be thrown away. */
function giveBack(
  form: HTMLElement,
  acts: HTMLElement,
  the: ActOptions & { text: HTMLTextAreaElement; select: HTMLSelectElement | null },
): void {
  const { kept, text, select } = the;
  const discard = el("button", { type: "button" }, t("draft.discard"));
  discard.addEventListener("click", () => the.discard?.());
  discard.hidden = !kept;
  acts.append(discard);
  if (kept) {
    text.value = kept.text;
    if (select && kept.choice !== "") select.value = kept.choice;
    const words = t("draft.kept", { time: spellDuration(kept.age_s) });
    text.before(el("p", { class: "kept", role: "status" }, words));
  }
  form.addEventListener("input", () => {
    discard.hidden = text.value.trim() === "";
    the.changed?.({ text: text.value, choice: select?.value ?? "" });
  });
}

export function makeActForm(kind: ActKind, options: ActOptions): ActForm {
  const select = chooser(kind, options);
  const textLabel = textLabels[kind];
  const maxlength = short.has(kind) ? 200 : 2000;
  const text = textLabel ? el("textarea", { id: "act-text", rows: 2, maxlength }) : null;
  const confirm = confirmField(kind);
  const error = el("p", { class: "problem", role: "alert" });
  const form = el("form", { class: "form", novalidate: true });
  form.append(el("h3", {}, t(titles[kind], { id: options.incident })));
  const hint = hintOf(kind, options);
  if (hint) form.append(hint);
  const choiceLabel = choiceLabels[kind];
  if (select && choiceLabel) form.append(field("act-choice", t(choiceLabel), select));
  if (text && textLabel) form.append(field("act-text", t(textLabel), text));
  const asked = t("erase.confirm", { id: options.incident });
  if (confirm) form.append(field("act-confirm", asked, confirm));
  const save = submitButton(kind);
  const cancel = el("button", { type: "button" }, t("act.cancel"));
  cancel.append(el("kbd", {}, shownKey("back")));
  cancel.addEventListener("click", options.cancel);
  const acts = el("div", { class: "acts" }, save, cancel);
  form.append(error, acts);
  if (text && options.changed) giveBack(form, acts, { ...options, text, select });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const words = text?.value.trim() ?? "";
    const lacks = missing(kind, options.incident, words, confirm?.value.trim() ?? "");
    setText(error, lacks);
    if (lacks === "") options.save({ text: words, choice: select?.value ?? "" });
  });
  form.addEventListener("keydown", (event) => {
    const plain = kind !== "erase" && (event.target === text || event.target === select);
    if (event.key === "Enter" && !event.shiftKey && plain) {
      event.preventDefault();
      form.requestSubmit();
    }
  });
  return {
    element: form,
    focus: () => (select ?? text)?.focus(),
    fail: (message) => setText(error, message),
  };
}
