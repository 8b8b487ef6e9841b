// Letters choose in a list of choices: with time to think between them, without accents, and by any
// word ("arrest" finds "Cardiac arrest"). The browser's own forgets after a second, takes a space
// then for a wish to open the list, and knows first words only.
import { folded } from "./tablework";

const PAUSE_MS = 3000;

/** Which choice is meant, or -1; a letter again and again goes through those that begin with it. */
export function meant(labels: readonly string[], typed: string, now: number): number {
  const all = labels.map(folded);
  const wanted = folded(typed);
  const [letter = ""] = wanted;
  const again = wanted === letter.repeat(wanted.length);
  const order = all.map((_, i) => (again ? (now + 1 + i) % all.length : i));
  const where = (fits: (label: string) => boolean) => order.find((i) => fits(all[i] ?? ""));
  const begin = again ? letter : wanted;
  return where((l) => l.startsWith(begin)) ?? where((l) => l.includes(` ${wanted}`)) ?? -1;
}

/** Gives a list the letters; a choice by them is one by hand, as far as its listeners know. */
export function takeLetters(list: HTMLSelectElement): void {
  let typed = "";
  let last = -Infinity;
  list.addEventListener("keydown", (event) => {
    const early = event.timeStamp - last < PAUSE_MS;
    const letter = event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!letter || event.isComposing || (event.key === " " && !(early && typed))) {
      typed = "";
      return;
    }
    event.preventDefault();
    last = event.timeStamp;
    const labels = Array.from(list.options, (o) => (o.disabled ? "" : o.label));
    const word = (early ? typed : "") + event.key;
    const at = meant(labels, word, list.selectedIndex);
    if (at < 0) return;
    typed = word;
    if (at === list.selectedIndex) return;
    list.selectedIndex = at;
    for (const kind of ["input", "change"]) list.dispatchEvent(new Event(kind, { bubbles: true }));
  });
}
