// Says a text of strings.ts in the language of the desk, whose texts are fetched when it is chosen.
import type { Key, Params, PluralKey } from "./strings";

export const languages = ["en", "pt", "es", "fr", "sw", "ar"] as const;
export type Language = (typeof languages)[number];

type Said = Readonly<Record<string, string>>;
const fetchers: Record<Language, () => Promise<Said>> = {
  en: async () => (await import("./lang/en")).en,
  pt: async () => (await import("./lang/pt")).pt,
  es: async () => (await import("./lang/es")).es,
  fr: async () => (await import("./lang/fr")).fr,
  sw: async () => (await import("./lang/sw")).sw,
  ar: async () => (await import("./lang/ar")).ar,
};

const followers: ((language: Language) => Promise<void>)[] = [];
/** Texts of their own, which come with the language before it is shown. */
export function followLanguage(follow: (language: Language) => Promise<void>): void {
  followers.push(follow);
}

const fetched = new Map<Language, Said>();
let current: Language = "en";
let texts: Said = {};
let rules = new Intl.PluralRules("en");

/** Changes the language of `t`; when its texts cannot be had, it stays as it is and throws. */
export async function setLanguage(language: Language): Promise<void> {
  const said = fetched.get(language) ?? (await fetchers[language]());
  if (followers.length > 0) await Promise.all(followers.map((follow) => follow(language)));
  texts = said;
  fetched.set(language, said);
  current = language;
  rules = new Intl.PluralRules(language);
}

export function language(): Language {
  return current;
}

/** How a language calls itself. */
export function languageName(language: Language): string {
  const names: Record<Language, string> = {
    en: "English",
    pt: "Português",
    es: "Español",
    fr: "Français",
    sw: "Kiswahili",
    ar: "العربية",
  };
  return names[language];
}

/** How its lines run. */
export function direction(): "ltr" | "rtl" {
  return current === "ar" ? "rtl" : "ltr";
}

/** The best of our languages for what the browser asks for. */
export function chooseLanguage(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const base = tag.toLowerCase().split("-")[0];
    const found = languages.find((l) => l === base);
    if (found) return found;
  }
  return "en";
}

/** A number with its unit or sign, which runs from the left also in a line that does not. */
export function ltr(text: string): string {
  return direction() === "rtl" ? `\u2066${text}\u2069` : text;
}

const RUNS_LEFT = /^(\d.*[A-Za-z]|[-+−]\d)/;

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => {
    const value = String(params[name] ?? mark);
    return RUNS_LEFT.test(value) ? ltr(value) : value;
  });
}

export function t(key: Key, params: Params = {}): string {
  return fill(texts[key] ?? key, params);
}

/** A text that depends on a number, in the plural forms of the language (`base.one`, `base.few`);
 * `base.zero`, where there is one, for none. */
export function tn(base: PluralKey, n: number): string {
  const form = n === 0 && `${base}.zero` in texts ? "zero" : rules.select(n);
  return fill(texts[`${base}.${form}`] ?? texts[`${base}.other`] ?? base, { n });
}

/** A text for a word of the server, or the word itself when this table does not know it. */
export function tw(prefix: string, word: string): string {
  const key = `${prefix}.${word}`;
  return key in texts ? t(key as Key) : word;
}
