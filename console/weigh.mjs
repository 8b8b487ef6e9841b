// Weighs the bundle as it goes over the wire (gzip) and ends the build when it is above its bars.
// Counted for the bar is what a desk loads with its map, in one language (the largest): page, styles,
// worker, scripts. The rare pages (pages.ts, pastmap.ts, the words of two of them) are told
// beside it and count in the whole, as does the map engine (its script, its worker, its style).
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { gzipSync } from "node:zlib";

const OWN_BAR = 120_000;
const WHOLE_BAR = 600_000;
const SHOWN = 5;

const engine = /^maplibre-gl/; // its script, its worker, its style: by what they are made of
const language = /^assets\/(?:(warning|past)-)?(?:en|pt|es|fr|sw|ar)-/; // of the desk, and of pages
const rare = /^assets\/(pages|pastmap|past|warning)-/;
const uncounted = /^assets\/licenses-/;

/** What a file is made of: its sources, the largest first. */
function contents(results, file) {
  const outputs = results.flatMap((r) => Object.entries(r.metafile.outputs));
  const inputs = outputs.find(([name]) => name.endsWith(file))?.[1].inputs ?? {};
  const sizes = Object.entries(inputs).map(([name, { bytesInOutput: n }]) => [n, name]);
  const named = sizes.sort((a, b) => b[0] - a[0]).map(([, name]) => path.basename(name));
  const more = named.length > SHOWN ? ` and ${named.length - SHOWN} more` : "";
  return named.slice(0, SHOWN).join(" ") + more;
}

async function filesOf(folder) {
  const assets = (await readdir(path.join(folder, "assets"))).map((name) => `assets/${name}`);
  return ["index.html", "sw.js", ...assets.filter((name) => !uncounted.test(name))];
}

const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;

/** Prints the table of the files, and throws when a bar is passed. */
export async function weigh(dist, results) {
  const rows = [];
  for (const file of await filesOf(dist)) {
    const bytes = await readFile(path.join(dist, file));
    const packed = gzipSync(bytes, { level: 9 }).length;
    rows.push({ file, raw: bytes.length, packed, made: contents(results, file) });
  }
  rows.sort((a, b) => b.packed - a.packed);
  for (const { file, raw, packed, made } of rows) {
    const size = `${kB(packed).padStart(9)} of ${kB(raw).padStart(9)}`;
    console.log(`${size}  ${path.basename(file).padEnd(28)} ${made}`);
  }
  const sum = (some) => some.reduce((total, row) => total + row.packed, 0);
  const groups = new Map(); // rows come with the largest first: of each group that one counts
  for (const row of rows) {
    const [, of = ""] = language.exec(row.file) ?? [];
    if (language.test(row.file) && !groups.has(of)) groups.set(of, row);
  }
  const largest = groups.get("");
  const counted = [...groups.values()];
  const loaded = rows.filter((row) => !language.test(row.file) || counted.includes(row));
  const own = sum(loaded.filter((row) => !engine.test(row.made)));
  const desk = own - sum(loaded.filter((row) => rare.test(row.file)));
  const whole = sum(loaded);
  console.log(`own code, a desk with its map: ${kB(desk)} (bar ${kB(OWN_BAR)})`);
  console.log(`own code, all pages, ${largest.file.slice(7, 9)}: ${kB(own)}`);
  console.log(`with the map engine: ${kB(whole)} (bar ${kB(WHOLE_BAR)})`);
  if (desk > OWN_BAR || whole > WHOLE_BAR) throw new Error("the console is above its bar of size");
}
