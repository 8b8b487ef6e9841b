// The timeline of an incident: every recorded event, oldest first, with who and what.
import { type TemplateResult, html, nothing } from "lit";
import { crashView, readCrashes } from "./crash";
import { language, t, tw } from "./strings";
import { whyText } from "./texts";
import { formatClock } from "./time";
import type { Entry } from "./types";

/** "fall, priority 3" or "fall", with the plan's words for the type. */
function triageText(text: string, typeName: (type: string) => string): string {
  const [, type, priority] = /^([\w.-]+)(?:, priority (\d))?$/.exec(text) ?? [];
  if (!type) return text;
  return priority ? `${typeName(type)}, ${t("priority.n", { n: priority })}` : typeName(type);
}

/** What the server says itself: "M1 was diverted to I-2", "I-1 was closed", "... called away". */
function releaseText(text: string): string {
  if (/^\S+ was called away by its agency$/.test(text)) return t("said.away");
  const [, into, closed] = /^\S+ was diverted to (I-\d+)$|^(I-\d+) was closed$/.exec(text) ?? [];
  if (into) return t("said.diverted", { id: into });
  return closed ? t("said.closed", { id: closed }) : text;
}

/** The words of an entry: known words of the server are translated, notes stay as written. */
function entryText(entry: Entry, typeName: (type: string) => string): string {
  const text = entry.text ?? "";
  if (entry.kind === "partner-state") return tw("partnerState", text);
  if (entry.kind === "unit-status") return tw("status", text);
  if (entry.kind === "incident-closed") return tw("outcome", text);
  if (entry.kind === "message-failed") return whyText(text);
  if (entry.kind === "call-line" || entry.kind === "call-ended") return tw("phone", text);
  if (entry.kind === "link-offered") return tw("linkScope", text);
  if (entry.kind === "link-stopped") return tw("linkState", text);
  if (entry.kind === "alarm-level-set") return t("level.n", { n: text });
  if (entry.kind === "unit-released") return releaseText(text);
  if (entry.kind === "alarm-raised" || entry.kind === "alarm-acknowledged") {
    return tw("alarm", text);
  }
  if (entry.kind === "incident-triaged" || entry.kind === "incident-opened") {
    return triageText(text, typeName);
  }
  return text;
}

/** A note may be the next report of a vehicle; those of people have no such line. */
function saidView(e: Entry, typeName: (type: string) => string): TemplateResult {
  const { crashes, rest } = readCrashes(e.kind === "note-added" ? (e.text ?? "") : "");
  if (crashes.length === 0) return html`<span class="said">${entryText(e, typeName)}</span>`;
  return html`<div class="said">${rest} ${crashes.map(crashView)}</div>`;
}

export function timelineView(
  entries: readonly Entry[],
  typeName: (type: string) => string,
): TemplateResult {
  return html`<ol class="timeline">
    ${entries.map(
      (e) =>
        html`<li class="ev-${e.kind}">
          <time datetime=${e.time}>${formatClock(new Date(e.time), language())}</time>
          <span class="what">
            ${tw("event", e.kind)} ${e.unit ? html`<bdi class="unit">${e.unit}</bdi>` : nothing}
          </span>
          ${e.actor ? html`<span class="who"><bdi>${tw("actor", e.actor)}</bdi></span>` : nothing}
          ${e.text ? saidView(e, typeName) : nothing}
        </li>`,
    )}
  </ol>`;
}
