// The short forms below an incident: a note, the closing with its outcome, the merge into another.
import { el, setText } from "./dom";
import { shownKey } from "./keys";
import { type Key, t, tn, tw } from "./strings";

export type ActKind = "note" | "close" | "merge";

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
  save: (values: { text: string; choice: string }) => void;
  cancel: () => void;
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
};

function chooser(kind: ActKind, options: ActOptions): HTMLSelectElement | null {
  if (kind === "note") return null;
  const select = el("select", { id: "act-choice" });
  if (kind === "close") {
    select.append(...outcomes.map((o) => el("option", { value: o }, tw("outcome", o))));
  } else {
    select.append(...options.others.map((o) => el("option", { value: o.id }, o.words)));
  }
  return select;
}

/** A labelled field of a form. */
function field(id: string, label: string, control: HTMLElement): HTMLElement {
  return el("div", { class: "field" }, el("label", { for: id }, label), control);
}

export function makeActForm(kind: ActKind, options: ActOptions): ActForm {
  const select = chooser(kind, options);
  const text = kind === "merge" ? null : el("textarea", { id: "act-text", rows: 2 });
  const error = el("p", { class: "problem", role: "alert" });
  const form = el("form", { class: "form", novalidate: true });
  form.append(el("h3", {}, t(titles[kind], { id: options.incident })));
  if (kind === "close" && options.crews > 0) {
    form.append(el("p", { class: "hint" }, tn("close.frees", options.crews)));
  }
  if (select) {
    form.append(field("act-choice", t(kind === "close" ? "close.outcome" : "merge.into"), select));
  }
  if (text) form.append(field("act-text", t(kind === "note" ? "note.title" : "close.text"), text));
  const save = el("button", { type: "submit", class: "primary" }, t("act.save"));
  save.append(el("kbd", {}, "Enter"));
  const cancel = el("button", { type: "button" }, t("act.cancel"));
  cancel.append(el("kbd", {}, shownKey("back")));
  cancel.addEventListener("click", options.cancel);
  form.append(error, el("div", { class: "acts" }, save, cancel));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    options.save({ text: text?.value.trim() ?? "", choice: select?.value ?? "" });
  });
  form.addEventListener("keydown", (event) => {
    const plain = event.target === text || event.target === select;
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
