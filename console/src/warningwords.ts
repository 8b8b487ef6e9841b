// The texts of the page that warns the public: one file a language, fetched with the page.
import type { words as english } from "./lang/warning-en";
import { type Language, type Params, language } from "./strings";

export type WarningKey = keyof typeof english;
export type WarningWords = Readonly<Record<WarningKey, string>>;

export const warningFiles: Readonly<Record<Language, () => Promise<{ words: WarningWords }>>> = {
  en: () => import("./lang/warning-en"),
  pt: () => import("./lang/warning-pt"),
  es: () => import("./lang/warning-es"),
  fr: () => import("./lang/warning-fr"),
  sw: () => import("./lang/warning-sw"),
  ar: () => import("./lang/warning-ar"),
};

let table: WarningWords | null = null;

/** Before the first text, and after the language changed. */
export async function loadWarningWords(): Promise<void> {
  table = (await warningFiles[language()]()).words;
}

export function w(key: WarningKey, params: Params = {}): string {
  const text = table?.[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (mark, name: string) => String(params[name] ?? mark));
}
