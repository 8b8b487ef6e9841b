// How the bundle is kept small: plugins for esbuild, used by build.mjs.
import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import path from "node:path";

/** We use lit's templates and none of its elements, which `lit` brings along. */
export const litAlone = {
  name: "lit-alone",
  setup(bundle) {
    bundle.onResolve({ filter: /^lit$/ }, ({ importer, kind, resolveDir }) =>
      bundle.resolve("lit/html.js", { importer, kind, resolveDir }),
    );
  },
};

/** lang/en and lang/pt as the texts themselves, so that a desk loads one language and not all rows. */
export function ownTexts(here) {
  return {
    name: "own-texts",
    setup(bundle) {
      bundle.onLoad({ filter: /src\/lang\/(en|pt)\.ts$/ }, async ({ path: file }) => {
        const name = path.basename(file, ".ts");
        const made = await build({
          absWorkingDir: here,
          entryPoints: [file],
          bundle: true,
          format: "esm",
          write: false,
          external: ["./en", "./pt"].map((f) => path.join(here, "src/lang", f)),
        });
        const code = Buffer.from(made.outputFiles[0].contents).toString("base64");
        const texts = (await import(`data:text/javascript;base64,${code}`))[name];
        return { contents: `export const ${name} = ${JSON.stringify(texts)};`, loader: "js" };
      });
    },
  };
}

/**
 * What a bundle of `entry` alone would be made of: the pages fetched later, and the files that such
 * a page shares with the entry.
 */
export async function parts(here, entry) {
  const { metafile } = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    splitting: true,
    write: false,
    metafile: true,
    outdir: "dist",
    external: ["maplibre-gl"],
    plugins: [litAlone, ownTexts(here)],
  });
  const outputs = Object.values(metafile.outputs);
  const start = outputs.find((o) => o.entryPoint === entry);
  const later = outputs.filter((o) => o.entryPoint && o !== start);
  const needed = start.imports.filter((i) => i.kind === "import-statement");
  const shared = needed.flatMap((i) => Object.keys(metafile.outputs[i.path].inputs));
  const absolute = (file) => path.join(here, file);
  return {
    later: later.map((o) => absolute(o.entryPoint)).filter((f) => !f.includes("/lang/")),
    shared: [...new Set(shared)].map(absolute),
  };
}

/** Our own code, smaller: templates without their indentation, and all that later pages share with the
 * start in one file, which the bundler would cut into a dozen crumbs. */
export function smaller({ later, shared }) {
  const all = shared.map((file) => `import ${JSON.stringify(file)};`).join("\n");
  return {
    name: "smaller",
    setup(bundle) {
      const mark = "amparo-base";
      bundle.onResolve({ filter: new RegExp(`^${mark}$`) }, () => ({ path: mark, namespace: mark }));
      bundle.onLoad({ filter: /.*/, namespace: mark }, () => ({
        contents: all,
        resolveDir: path.dirname(later[0]),
      }));
      bundle.onLoad({ filter: /src\/\w+\.ts$/ }, async ({ path: file }) => {
        // the minifier takes the indentation from code, and not from the templates in it
        const source = (await readFile(file, "utf8")).replace(/\n[ \t]+/g, "\n");
        const more = later.includes(file) ? `\nimport "${mark}";` : "";
        return { contents: source + more, loader: "ts" };
      });
    },
  };
}

/** The minifier takes the indentation from code, and not from the templates in it. */
export const flat = {
  name: "flat",
  setup(bundle) {
    bundle.onLoad({ filter: /src\/crew\/\w+\.ts$/ }, async ({ path: file }) => ({
      contents: (await readFile(file, "utf8")).replace(/\n[ \t]+/g, "\n"),
      loader: "ts",
    }));
  },
};

/** Unit tests find the texts there, as the page does when it draws. */
export const inEnglish = {
  name: "in-english",
  setup(bundle) {
    bundle.onLoad({ filter: /test\/\w+\.test\.ts$/ }, async ({ path: file }) => ({
      contents: `import "./english";${await readFile(file, "utf8")}`,
      loader: "ts",
    }));
  },
};
