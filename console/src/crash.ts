// What a vehicle tells of its own crash: the line "crash: ..." in the words of a call
// (src/intake/crash.h), in plain words. It is advice; nothing follows from it by itself.
import { type TemplateResult, html, nothing } from "lit";
import { type Key, language, t, tw } from "./strings";
import { formatMoment } from "./time";

/** Its parts in their order: a key and a value. */
export type Crash = ReadonlyMap<string, string>;

const START = "crash: ";

/** The crashes told in the words of a call, and what else was said. */
export function readCrashes(words: string): { crashes: Crash[]; rest: string } {
  const lines = words.split("\n");
  const told = lines.filter((line) => line.startsWith(START));
  const crashes = told.map(
    (line) =>
      new Map(
        line
          .slice(START.length)
          .split("; ")
          .map((part): [string, string] => {
            const at = part.indexOf(" ");
            return at < 0 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
          }),
      ),
  );
  return { crashes, rest: lines.filter((line) => !told.includes(line)).join("\n") };
}

/** Several words of the table in one text. */
const listOf = (prefix: string, value: string): string =>
  value
    .split(" ")
    .map((word) => tw(prefix, word))
    .join(", ");

const moment = (value: string): string => {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? value : formatMoment(time, language());
};

type Said = readonly [part: string, text: (value: string) => string];

const numbered =
  (key: Key) =>
  (n: string): string =>
    t(key, { n });
const worded =
  (prefix: string) =>
  (value: string): string => {
    const text = tw(prefix, value);
    return text === value ? "" : text;
  };

/** What is shown, in the order in which it matters. */
const said: readonly Said[] = [
  ["fire", worded("crashFire")],
  ["leak", worded("crashLeak")],
  ["injury", worded("crashInjury")],
  ["fuel", (value) => t("crash.fuel", { n: listOf("crashFuel", value) })],
  ["occupants", numbered("crash.occupants")],
  ["belts", numbered("crash.belts")],
  ["rollover", worded("crashRollover")],
  ["turns", numbered("crash.turns")],
  ["rest", worded("crashRest")],
  ["delta-v", numbered("crash.deltaV")],
  ["impacts", worded("crashImpacts")],
  ["airbags", numbered("crash.airbags")],
  ["body", worded("crashBody")],
  ["vehicle", (value) => value],
  ["heading", numbered("crash.heading")],
  ["time", (value) => t("crash.time", { n: moment(value) })],
  ["by", worded("crashBy")],
  ["unsure", numbered("crash.unsure")],
  ["vin", numbered("crash.vin")],
];

/** The lines of one crash; what this console does not know is not shown. */
export function crashLines(crash: Crash): string[] {
  return said
    .map(([part, text]) => {
      const value = crash.get(part);
      return value ? text(value) : "";
    })
    .filter((line) => line !== "");
}

export function crashView(crash: Crash): TemplateResult {
  const urgent = crash.get("urgent");
  const test = crash.get("test") === "yes";
  return html`<div class="crash">
    <p>
      <strong>${t("crash.title")}</strong>
      ${test ? html`<span class="tag warn">${t("crash.test")}</span>` : nothing}
    </p>
    ${
      urgent
        ? html`<p class="tag warn">${t("crash.urgent", { n: listOf("crashUrgent", urgent) })}</p>`
        : nothing
    }
    <ul>
      ${crashLines(crash).map((line) => html`<li>${line}</li>`)}
    </ul>
  </div>`;
}
