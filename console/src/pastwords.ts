// The texts of the page that looks back.
import type { words as english } from "./lang/past-en";
import { PageWords } from "./pagewords";
import type { Params } from "./strings";

export type PastKey = keyof typeof english;
export type PastWords = Readonly<Record<PastKey, string>>;

export const pastWords = new PageWords<PastKey>({
  en: () => import("./lang/past-en"),
  pt: () => import("./lang/past-pt"),
  es: () => import("./lang/past-es"),
  fr: () => import("./lang/past-fr"),
  sw: () => import("./lang/past-sw"),
  ar: () => import("./lang/past-ar"),
});

export const p = (key: PastKey, params: Params = {}): string => pastWords.text(key, params);
