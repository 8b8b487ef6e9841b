// What a desk chooses for itself: theme and language, kept in this browser.
import { type Language, chooseLanguage, direction, languages, setLanguage } from "./strings";

export type Theme = "auto" | "light" | "dark" | "night";
const themes: readonly Theme[] = ["auto", "light", "dark", "night"];

function read(name: string): string | null {
  try {
    return localStorage.getItem(`amparo.${name}`);
  } catch {
    return null; // storage forbidden: the choice lasts for this page
  }
}

function keep(name: string, value: string): void {
  try {
    localStorage.setItem(`amparo.${name}`, value);
  } catch {
    // as above
  }
}

const prefersDark = matchMedia("(prefers-color-scheme: dark)");
let theme: Theme = themes.find((t) => t === read("theme")) ?? "auto";
const listeners: (() => void)[] = [];

export function currentTheme(): Theme {
  return theme;
}

export function isDark(): boolean {
  return theme === "dark" || theme === "night" || (theme === "auto" && prefersDark.matches);
}

function applyTheme(): void {
  const shown = theme === "night" ? "night" : isDark() ? "dark" : "light";
  document.documentElement.dataset["theme"] = shown;
  for (const listener of listeners) listener();
}

export function onTheme(listener: () => void): void {
  listeners.push(listener);
}

export function nextTheme(): void {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length] ?? "auto";
  keep("theme", theme);
  applyTheme();
}

export async function pickLanguage(language: Language): Promise<void> {
  await applyLanguage(language);
  keep("language", language);
}

async function applyLanguage(language: Language): Promise<void> {
  await setLanguage(language);
  document.documentElement.lang = language;
  document.documentElement.dir = direction();
}

let started: Promise<void> | null = null;

/** Before anything is drawn; the first caller starts it. */
export function startSettings(): Promise<void> {
  started ??= readSettings(new URLSearchParams(location.search));
  return started;
}

/** `?lang=` and `?theme=` win, for kiosks and tests. */
async function readSettings(query: URLSearchParams): Promise<void> {
  const asked = themes.find((t) => t === query.get("theme"));
  if (asked) theme = asked;
  prefersDark.addEventListener("change", applyTheme);
  addEventListener("storage", (event) => {
    if (event.key !== "amparo.theme") return; // chosen in another window
    theme = themes.find((t) => t === event.newValue) ?? "auto";
    applyTheme();
  });
  const wanted = [query.get("lang"), read("language")].filter((l): l is string => l !== null);
  const known = wanted.find((l) => (languages as readonly string[]).includes(l));
  applyTheme();
  // without its texts a desk still works, in English
  const language = chooseLanguage(known ? [known] : navigator.languages);
  await applyLanguage(language).catch(() => applyLanguage("en"));
}
