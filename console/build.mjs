// Bundles the console into dist/: content-hashed files, an index.html without inline code, and
// (with --tests) the unit tests into build-tests/, so that they run on any Node from 18 on.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { flat, inEnglish, litAlone, ownTexts, parts, smaller } from "./bundle.mjs";
import { weigh } from "./weigh.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "dist");
const target = ["es2022"];

const common = {
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target,
  legalComments: "none",
  charset: "utf8",
  logLevel: "warning",
};

const CREW_BAR_KB = 30;
const ENGINE = "src/engine.ts";
const WORKER = "node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs";

/** What the script of the page needs at once is asked for together with it. */
const preload = (file) => `<link rel="modulepreload" href="/${file}" />`;

/** The output path (relative to dist) that esbuild gave to the entry point `entry`. */
function outputOf(result, entry) {
  for (const [file, info] of Object.entries(result.metafile.outputs)) {
    if (info.entryPoint === entry) {
      return { file: path.relative(dist, path.resolve(here, file)), css: info.cssBundle };
    }
  }
  throw new Error(`no output for ${entry}`);
}

/** Fills the {{name}} marks of a page; a mark without a value is a mistake. */
async function writePage(values, from = "src/index.html", to = "index.html") {
  const page = await readFile(path.join(here, from), "utf8");
  const filled = page.replace(/\{\{(\w+)\}\}/g, (mark, name) => {
    if (!(name in values)) throw new Error(`${from}: no value for ${mark}`);
    return values[name];
  });
  await writeFile(path.join(dist, to), filled);
}

/** Copies a file that needs no bundling, under a name with the hash of its content. */
async function copyHashed(name, extension) {
  const bytes = await readFile(path.join(here, "src", name + extension));
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 8);
  const file = `assets/${name}-${hash}${extension}`;
  await writeFile(path.join(dist, file), bytes);
  return `/${file}`;
}

/** The licences of every package that went into the bundles, as their terms ask. */
async function writeLicences(results) {
  const packages = new Set();
  for (const input of results.flatMap((r) => Object.keys(r.metafile.inputs))) {
    const found = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input);
    if (found) packages.add(found[1]);
  }
  let text = "";
  for (const name of [...packages].sort()) {
    const folder = path.join(here, "node_modules", name);
    const { version } = JSON.parse(await readFile(path.join(folder, "package.json"), "utf8"));
    const file = (await readdir(folder)).find((f) => /^licen[cs]e/i.test(f));
    if (!file) throw new Error(`${name}: no licence file; find its terms before it is bundled`);
    text += `${name} ${version}\n\n${await readFile(path.join(folder, file), "utf8")}\n\n`;
  }
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const name = `assets/licenses-${hash}.txt`;
  await writeFile(path.join(dist, name), text);
  return `/${name}`;
}

async function buildApp() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const made = {
    ...common,
    outdir: "dist/assets",
    minify: true,
    metafile: true,
    entryNames: "[name]-[hash]",
    chunkNames: "[name]-[hash]",
  };
  const look = await build({ ...made, entryPoints: ["src/app.css", "src/map.css"] });
  const worker = await build({ ...made, entryPoints: [WORKER] });
  const urls = {
    WORKER_URL: JSON.stringify(`/${outputOf(worker, WORKER).file}`),
    MAP_STYLE_URL: JSON.stringify(`/${outputOf(look, "src/map.css").file}`),
  };
  const plugins = [litAlone, ownTexts(here), smaller(await parts(here, "src/app.ts"))];
  const app = await build({
    ...made,
    entryPoints: ["src/start.ts", "src/app.ts", ENGINE],
    splitting: true,
    define: urls,
    plugins,
  });
  const script = outputOf(app, "src/start.ts");
  const first = outputOf(app, "src/app.ts");
  const needed = app.metafile.outputs[`dist/${first.file}`].imports
    .filter((i) => i.kind === "import-statement")
    .map((i) => path.relative("dist", i.path));
  await writePage({
    script: `/${script.file}`,
    preloads: [...needed, first.file].map(preload).join("\n    "),
    style: `/${outputOf(look, "src/app.css").file}`,
    icon: await copyHashed("icon", ".svg"),
    licences: await writeLicences([look, worker, app]),
  });
  await buildWorker(`/${script.file}`);
  await weigh(dist, [look, worker, app]);
  return { urls, engine: withImports(app, outputOf(app, ENGINE).file) };
}

/** The file (relative to dist) and all that it imports, as addresses. */
function withImports(result, file) {
  const found = new Set();
  const visit = (name) => {
    if (found.has(name)) return;
    found.add(name);
    for (const one of result.metafile.outputs[`dist/${name}`].imports) {
      if (one.kind === "import-statement") visit(path.relative("dist", one.path));
    }
  };
  visit(file);
  return [...found].map((name) => `/${name}`);
}

/** The worker that keeps the shell knows all its files; the first is the script of the page. */
async function buildWorker(script) {
  const names = (await readdir(path.join(dist, "assets"))).sort().map((n) => `/assets/${n}`);
  const files = [script, ...names.filter((n) => n !== script && !n.includes("/licenses-"))];
  const version = createHash("sha256").update(files.join()).digest("hex").slice(0, 12);
  await build({
    ...common,
    outfile: "dist/sw.js",
    minify: true,
    entryPoints: ["src/sw.ts"],
    define: { SHELL_FILES: JSON.stringify(files), SHELL_VERSION: JSON.stringify(version) },
  });
}

const sizeOf = async (url) => gzipSync(await readFile(path.join(dist, url)), { level: 9 }).length;

/** The map of the crew page, on the engine of the desk's: fetched when somebody asks for it. */
async function buildCrewMap({ urls, engine }, made) {
  const map = await build({
    ...made,
    entryPoints: ["src/crew/map.ts"],
    entryNames: "crewmap-[hash]",
    external: ["/assets/*"],
    define: { ...urls, ENGINE_URL: JSON.stringify(engine[0]) },
  });
  const url = `/${outputOf(map, "src/crew/map.ts").file}`;
  const files = [url, ...engine, ...Object.values(urls).map((text) => JSON.parse(text))];
  const sizes = await Promise.all(files.map(sizeOf));
  const kB = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1000);
  return {
    MAP_URL: JSON.stringify(url),
    MAP_FILES: JSON.stringify(files),
    MAP_KB: JSON.stringify(kB),
  };
}

/** The page of crews: one script and one style of its own, and the worker that keeps them. */
async function buildCrew(desk) {
  const made = { ...common, minify: true, metafile: true, charset: "utf8", outdir: "dist/assets" };
  const map = await buildCrewMap(desk, made);
  const pageEntries = ["src/crew/page.ts", "src/crew/page.css"];
  const entryNames = "crew-[hash]";
  const external = ["/assets/*"];
  const more = { external, define: map, plugins: [flat] };
  const page = await build({ ...made, entryPoints: pageEntries, entryNames, ...more });
  const script = `/${outputOf(page, "src/crew/page.ts").file}`;
  const style = `/${outputOf(page, "src/crew/page.css").file}`;
  const icon = await copyHashed("icon", ".svg");
  await writePage({ script, style, icon }, "src/crew/page.html", "crew.html");
  const files = [script, style, icon];
  const sizes = await Promise.all([...files, "/crew.html"].map(sizeOf));
  const kB = (sizes.reduce((sum, size) => sum + size, 0) / 1000).toFixed(1);
  console.log(`the page of crews: ${kB} kB (bar ${CREW_BAR_KB} kB); its map: ${map.MAP_KB} kB more`);
  if (Number(kB) > CREW_BAR_KB) throw new Error("the page of crews is above its bar of size");
  const text = await readFile(path.join(dist, "crew.html"));
  const version = createHash("sha256").update(text).digest("hex").slice(0, 12);
  await build({
    ...common,
    minify: true,
    outfile: "dist/crew/worker.js",
    entryPoints: ["src/crew/worker.ts"],
    define: {
      SHELL_FILES: JSON.stringify(files),
      SHELL_VERSION: JSON.stringify(version),
      MAP_FILES: map.MAP_FILES,
    },
  });
}

async function buildTests() {
  const out = path.join(here, "build-tests");
  await rm(out, { recursive: true, force: true });
  const names = (await readdir(path.join(here, "test"))).filter((f) => f.endsWith(".test.ts"));
  await build({
    ...common,
    platform: "node",
    outdir: out,
    outExtension: { ".js": ".mjs" },
    entryPoints: names.map((n) => `test/${n}`),
    sourcemap: "inline",
    plugins: [inEnglish],
    define: { WORKER_URL: '"/assets/worker.js"', MAP_STYLE_URL: '"/assets/map.css"' },
  });
}

await (process.argv.includes("--tests") ? buildTests() : buildApp().then(buildCrew));
