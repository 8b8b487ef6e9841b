// The labelled fields of the dialogs' forms, and what was typed into them.
import { type TemplateResult, html, nothing } from "lit";

export interface FieldOptions {
  type?: string;
  autocomplete?: string;
  inputmode?: string;
  maxlength?: number;
  value?: string;
  hint?: string;
  required?: boolean;
}

/** An input with its label; `name` is also what the form calls it, `form` keeps ids apart. */
export function inputField(
  form: string,
  name: string,
  label: string,
  options: FieldOptions = {},
): TemplateResult {
  const id = `${form}-${name}`;
  const { type = "text", autocomplete = "off", inputmode, maxlength = 200, hint } = options;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input
      id=${id}
      name=${name}
      type=${type}
      autocomplete=${autocomplete}
      inputmode=${inputmode ?? nothing}
      maxlength=${maxlength}
      value=${options.value ?? nothing}
      autocapitalize="none"
      spellcheck="false"
      ?required=${options.required ?? false}
      aria-describedby=${hint ? `${id}-hint` : nothing}
    />
    ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
  </div>`;
}

export type Choice = readonly [value: string, words: string];

export function selectField(
  form: string,
  name: string,
  label: string,
  choices: readonly Choice[],
  chosen = "",
): TemplateResult {
  const id = `${form}-${name}`;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <select id=${id} name=${name}>
      ${choices.map(
        ([value, words]) =>
          html`<option value=${value} ?selected=${value === chosen}>${words}</option>`,
      )}
    </select>
  </div>`;
}

/** What was typed; passwords as they are, everything else without blanks around it. */
export function valuesOf(form: HTMLFormElement): Record<string, string> {
  const values: Record<string, string> = {};
  for (const field of Array.from(form.elements)) {
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement)) continue;
    if (field.name === "" || field.type === "checkbox") continue;
    const secret = field.dataset["secret"] !== undefined || field.type === "password";
    values[field.name] = secret ? field.value : field.value.trim();
  }
  return values;
}

/** The boxes that are ticked, by name. */
export function tickedOf(form: HTMLFormElement): string[] {
  return Array.from(form.elements)
    .filter((f): f is HTMLInputElement => f instanceof HTMLInputElement && f.type === "checkbox")
    .filter((box) => box.checked)
    .map((box) => box.name);
}

/** A submit handler that never leaves the page. */
export function onSubmit(run: (form: HTMLFormElement) => unknown): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    void run(event.currentTarget as HTMLFormElement);
  };
}
