// The form of a warning: what it is, in which languages, where, and how long.
import { type TemplateResult, html, nothing } from "lit";
import { type Choice, selectField } from "./fields";
import type { Store } from "./store";
import { type Key, language, t } from "./strings";
import { formatMoment, spellDuration } from "./time";
import {
  type WarningArea,
  type WarningContent,
  type WarningInfo,
  areaOfClosure,
  around,
  capTime,
  categories,
  certainties,
  hasShape,
  placed,
  responses,
  severities,
  shapesIn,
  statuses,
  urgencies,
} from "./warningdata";
import { type WarningKey, w } from "./warningwords";

const SPANS_H = [1, 3, 6, 12, 24, 48, 72] as const;
const HOUR_MS = 3_600_000;
const AROUND_KM = [0.5, 1, 2, 5] as const;
const FORM = "warning";

export interface FormActs {
  changed: () => void;
  from: (choice: string) => void;
  draw: () => void;
  addLanguage: () => void;
  removeLanguage: (at: number) => void;
  submit: (form: HTMLFormElement) => void;
  cancel: () => void;
}

const choices = (
  values: readonly string[],
  words: (value: string) => string,
): readonly Choice[] => values.map((v) => [v, words(v)]);

/** The places that an area can be taken from, besides drawing. */
export function areaChoices(store: Store): Choice[] {
  const found: Choice[] = [];
  for (const i of store.incidents.values()) {
    if (i.state === "closed" || !placed(i)) continue;
    for (const km of AROUND_KM) {
      found.push([`i:${km}:${i.id}`, w("from.around", { km, id: i.id })]);
    }
  }
  for (const c of store.closures.values()) {
    if (!c.lifted && areaOfClosure(c)) found.push([`x:${c.id}`, w("from.closure", { id: c.id })]);
  }
  return found;
}

/** What a choice of these means now; null when it is none any more. */
export function areaChosen(store: Store, choice: string): WarningArea | null {
  const [kind, a = "", b = ""] = choice.split(":");
  const closure = kind === "x" ? store.closures.get(a) : undefined;
  if (closure) return areaOfClosure(closure);
  const i = kind === "i" ? store.incidents.get(b) : undefined;
  if (!i || !placed(i)) return null;
  return around({ lat: i.lat as number, lon: i.lon as number }, Number(a) * 1000);
}

export const geocodeText = (areas: readonly WarningArea[]): string =>
  areas.flatMap((a) => (a.geocode ?? []).map((g) => `${g.name}=${g.value}`)).join(" ");

function geocodesOf(text: string): { name: string; value: string }[] {
  const words = text.split(/\s+/).filter((word) => /^[^=]+=.+$/.test(word));
  return words.map((word) => {
    const at = word.indexOf("=");
    return { name: word.slice(0, at), value: word.slice(at + 1) };
  });
}

function textField(
  n: number,
  name: keyof WarningInfo,
  label: string,
  value: string,
  rows = 0,
): TemplateResult {
  const id = `${FORM}-${name}-${n}`;
  const field =
    rows > 0
      ? html`<textarea id=${id} name="${name}-${n}" rows=${rows} .value=${value}></textarea>`
      : html`<input id=${id} name="${name}-${n}" maxlength="200" .value=${value} />`;
  return html`<div class="field"><label for=${id}>${label}</label>${field}</div>`;
}

function languageView(info: WarningInfo, n: number, many: boolean, acts: FormActs): TemplateResult {
  const name = info.language ?? "";
  return html`<fieldset class="warning-language">
    <legend>${name || w("language")}</legend>
    ${textField(n, "language", w("language"), name)}
    ${textField(n, "event", w("event"), info.event ?? "")}
    ${textField(n, "headline", w("headline"), info.headline ?? "")}
    ${textField(n, "description", w("description"), info.description ?? "", 3)}
    ${textField(n, "instruction", w("instruction"), info.instruction ?? "", 3)}
    ${many
      ? html`<button type="button" class="quiet" @click=${() => acts.removeLanguage(n)}>
          ${w("removeLanguage", { language: name || String(n + 1) })}
        </button>`
      : nothing}
  </fieldset>`;
}

function areaView(
  areas: readonly WarningArea[],
  others: readonly Choice[],
  chosen: string,
  acts: FormActs,
): TemplateResult {
  const drawn: Choice[] = [
    ...(hasShape(areas) ? [["keep", w("from.keep")] as const] : []),
    ["area", w("from.area")],
    ["circle", w("from.circle")],
    ...others,
  ];
  const draws = chosen === "area" || chosen === "circle";
  return html`<div
      @change=${(e: Event) => acts.from((e.target as HTMLSelectElement).value)}
    >
      ${selectField(FORM, "from", w("areaFrom"), drawn, chosen)}
    </div>
    ${draws
      ? html`<button type="button" data-draw @click=${acts.draw}>${w("draw")}</button>`
      : nothing}
    <p class="hint" role="status">
      ${hasShape(areas) ? w("shapes", { ...shapesIn(areas) }) : w("noShape")}
    </p>`;
}

function expiresChoices(had: string | undefined): readonly Choice[] {
  const spans = SPANS_H.map((h): Choice => [String(h), spellDuration(h * 3600)]);
  const time = had ? formatMoment(new Date(had), language()) : "";
  return had ? [["had", w("asBefore", { time })], ...spans] : spans;
}

export function formView(
  content: WarningContent,
  areas: readonly WarningArea[],
  from: string,
  store: Store,
  acts: FormActs,
): TemplateResult {
  const infos = content.info ?? [];
  const first = infos[0] ?? {};
  const cap = (kind: string, v: string): string => t(`${kind}.${v}` as Key);
  const own = (kind: string) => (v: string): string => w(`${kind}.${v}` as WarningKey);
  const grade = (
    kind: "urgency" | "severity" | "certainty",
    values: readonly string[],
  ): TemplateResult => {
    const words = choices(values, (v) => cap(kind, v));
    return selectField(FORM, kind, w(kind), words, first[kind]);
  };
  const category = choices(categories, own("category"));
  const response = choices(["", ...responses], own("response"));
  const until = expiresChoices(first.expires);
  const status = content.status ?? "Actual";
  const submit = (e: Event): void => {
    e.preventDefault();
    acts.submit(e.currentTarget as HTMLFormElement);
  };
  return html`<form class="form warning-form" novalidate @submit=${submit}>
    <div @change=${acts.changed}>
      ${selectField(FORM, "status", w("status"), choices(statuses, own("status")), status)}
    </div>
    ${status === "Exercise"
      ? html`<div class="field">
          <label for="warning-note">${w("note")}</label>
          <input id="warning-note" name="note" maxlength="200" .value=${content.note ?? ""} />
        </div>`
      : nothing}
    ${selectField(FORM, "category", w("category"), category, first.category?.[0])}
    <div class="trio">
      ${grade("urgency", urgencies)} ${grade("severity", severities)}
      ${grade("certainty", certainties)}
    </div>
    ${selectField(FORM, "response", w("response"), response, first.responseType?.[0] ?? "")}
    ${infos.map((info, n) => languageView(info, n, infos.length > 1, acts))}
    <div class="acts">
      <button type="button" @click=${acts.addLanguage}>${w("addLanguage")}</button>
    </div>
    <div class="field">
      <label for="warning-areaDesc">${w("areaDesc")}</label>
      <input
        id="warning-areaDesc"
        name="areaDesc"
        maxlength="200"
        .value=${areas[0]?.areaDesc ?? ""}
      />
    </div>
    ${areaView(areas, areaChoices(store), from, acts)}
    <div class="field">
      <label for="warning-geocodes">${w("geocodes")}</label>
      <input id="warning-geocodes" name="geocodes" dir="ltr" .value=${geocodeText(areas)} />
    </div>
    ${selectField(FORM, "expires", w("expires"), until, first.expires ? "had" : "6")}
    <div class="acts">
      <button type="submit" class="primary">${w("look")}<kbd>Enter</kbd></button>
      <button type="button" @click=${acts.cancel}>${w("back")}</button>
    </div>
  </form>`;
}

/** The content as the form has it now; the shapes of the area are not the form's. */
export function contentOf(
  form: HTMLFormElement,
  before: WarningContent,
  areas: readonly WarningArea[],
  now: number,
): WarningContent {
  const data = new FormData(form);
  const value = (name: string): string => String(data.get(name) ?? "").trim();
  const [first, ...rest] = areas;
  const { geocode: _, ...shape } = first ?? {};
  const geocode = geocodesOf(value("geocodes"));
  const area: WarningArea[] = [
    { ...shape, areaDesc: value("areaDesc"), ...(geocode.length > 0 ? { geocode } : {}) },
    ...rest.map(({ geocode: __, ...other }) => other),
  ];
  const span = value("expires");
  const info = (before.info ?? []).map((had, n): WarningInfo => {
    const expires = span === "had" ? had.expires : capTime(now + Number(span) * HOUR_MS);
    const { responseType: ___, ...kept } = had;
    return {
      ...kept,
      language: value(`language-${n}`),
      category: [value("category"), ...(had.category ?? []).slice(1)],
      event: value(`event-${n}`),
      ...(value("response") ? { responseType: [value("response")] } : {}),
      urgency: value("urgency"),
      severity: value("severity"),
      certainty: value("certainty"),
      ...(expires ? { expires } : {}),
      headline: value(`headline-${n}`),
      description: value(`description-${n}`),
      instruction: value(`instruction-${n}`),
      area,
    };
  });
  const note = value("note") || before.note;
  return { ...before, status: value("status"), ...(note ? { note } : {}), info };
}
