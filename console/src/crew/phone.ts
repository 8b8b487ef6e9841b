// What a phone keeps and chooses for itself: the last crew, what was seen; theme and language under
// the same names as at a desk.
import { type Language, direction, languages, setLanguage } from "./words";

const SETUP_MARK = "#setup=";

function stored(of: () => Storage): Storage | null {
  try {
    return of();
  } catch {
    return null; // forbidden: everything lasts for this page
  }
}

export const lasting = stored(() => localStorage);
export const passing = stored(() => sessionStorage);

export function remember(keeper: Storage | null, name: string, value: unknown): void {
  try {
    if (value === null) keeper?.removeItem(name);
    else keeper?.setItem(name, JSON.stringify(value));
  } catch {
    // full: it is not remembered
  }
}

export function recall<T>(keeper: Storage | null, name: string): T | null {
  try {
    return JSON.parse(keeper?.getItem(name) ?? "null") as T | null;
  } catch {
    return null;
  }
}

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `crew-${Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("")}`;
}

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export function isDark(): boolean {
  return document.documentElement.dataset["theme"] === "dark";
}

function setTheme(dark: boolean): void {
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

export function flipTheme(event: Event): void {
  const dark = (event.target as HTMLInputElement).checked;
  setTheme(dark);
  keepText("theme", dark ? "dark" : "light");
}

function keepText(name: string, value: string): void {
  try {
    lasting?.setItem(`amparo.${name}`, value);
  } catch {
    // full: the choice lasts for this page
  }
}

function useLanguage(to: Language): void {
  setLanguage(to);
  document.documentElement.lang = to;
  document.documentElement.dir = direction();
}

export function pickLanguage(event: Event, draw: () => void): void {
  const to = (event.target as HTMLSelectElement).value as Language;
  useLanguage(to);
  keepText("language", to);
  draw();
}

export function applySettings(): void {
  const query = new URLSearchParams(location.search);
  const theme = query.get("theme") ?? lasting?.getItem("amparo.theme");
  setTheme(theme === "dark" || (theme !== "light" && prefersDark.matches));
  const wanted = [query.get("lang"), lasting?.getItem("amparo.language"), ...navigator.languages];
  const bases = wanted.map((tag) => tag?.toLowerCase().split("-")[0]);
  const found = bases.flatMap((base) => languages.find((l) => l === base) ?? []);
  useLanguage(found[0] ?? "en");
}

/** The token of a one-time link leaves the address bar and the history at once. */
export function takeSetupToken(): string | null {
  const { hash, pathname, search } = location;
  if (!hash.startsWith(SETUP_MARK)) return null;
  history.replaceState(null, "", pathname + search);
  return hash.slice(SETUP_MARK.length) || null;
}
