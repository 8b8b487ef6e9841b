// Texts of a part that is fetched when it is first opened: all languages in one table beside it, so
// that nobody who never opens it fetches them.
import { type Params, language, languages } from "./strings";

export type SixRow = readonly [
  en: string,
  pt: string,
  es: string,
  fr: string,
  sw: string,
  ar: string,
];

/** The `t` of a table. */
export function sixTexts<Key extends string>(
  rows: Readonly<Record<Key, SixRow>>,
): (key: Key, params?: Params) => string {
  return (key, params = {}) => {
    const row = rows[key];
    const text = row[languages.indexOf(language())] ?? row[0];
    return text.replace(/\{(\w+)\}/g, (mark, name: string) => String(params[name] ?? mark));
  };
}
