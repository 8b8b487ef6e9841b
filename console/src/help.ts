// The overlay that shows every key, made from the table of keys.
import { el } from "./dom";
import { type KeyRow, keyRows, shownKey } from "./keys";
import { verbRows } from "./line";
import { mayRun } from "./may";
import { type Key, t } from "./strings";

const groups: readonly [KeyRow["group"], Key][] = [
  ["everywhere", "help.everywhere"],
  ["incident", "help.incident"],
  ["lists", "help.lists"],
];

function groupList(group: KeyRow["group"], title: Key): HTMLElement {
  const list = el("dl");
  for (const row of keyRows.filter((r) => r.group === group)) {
    list.append(el("dt", {}, el("kbd", {}, shownKey(row.command))), el("dd", {}, t(row.label)));
  }
  return el("section", {}, el("h3", {}, t(title)), list);
}

/** What can be typed after "/", of what this person may do. */
function lineList(): HTMLElement {
  const list = el("dl");
  for (const row of verbRows.filter((r) => mayRun(r.act))) {
    list.append(el("dt", {}, el("kbd", {}, row.usage)), el("dd", {}, t(row.label)));
  }
  list.append(el("dt", {}, el("kbd", {}, "find …")), el("dd", {}, t("verb.find")));
  return el("section", {}, el("h3", {}, t("help.line")), list);
}

/** Opens the overlay; Escape and its button close it, and the focus returns where it was. */
export function openHelp(): void {
  if (document.querySelector("dialog.help")) return;
  const dialog = el("dialog", { class: "help", "aria-labelledby": "help-title" });
  const close = el("button", { type: "button", "aria-label": t("help.close") }, "×");
  close.addEventListener("click", () => dialog.close());
  dialog.append(
    el("div", { class: "region-head" }, el("h2", { id: "help-title" }, t("help.title")), close),
    el(
      "div",
      { class: "help-groups" },
      ...groups.map(([g, title]) => groupList(g, title)),
      lineList(),
    ),
  );
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
