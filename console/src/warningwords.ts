// The texts of the page that warns the public.
import type { words as english } from "./lang/warning-en";
import { PageWords } from "./pagewords";
import type { Params } from "./strings";

export type WarningKey = keyof typeof english;
export type WarningWords = Readonly<Record<WarningKey, string>>;

export const warningWords = new PageWords<WarningKey>({
  en: () => import("./lang/warning-en"),
  pt: () => import("./lang/warning-pt"),
  es: () => import("./lang/warning-es"),
  fr: () => import("./lang/warning-fr"),
  sw: () => import("./lang/warning-sw"),
  ar: () => import("./lang/warning-ar"),
});

export const w = (key: WarningKey, params: Params = {}): string => warningWords.text(key, params);
