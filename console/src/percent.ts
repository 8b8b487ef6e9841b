// Shares as "83 %", in the numbers of the language at the desk.
import { language } from "./strings";
import { localeOf } from "./time";

export function formatPercent(share: number): string {
  const options = { style: "percent", maximumFractionDigits: 0 } as const;
  return new Intl.NumberFormat(localeOf(language()), options).format(share);
}
