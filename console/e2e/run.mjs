// Runs the end-to-end tests, all or those named: each file starts its own server (see server.mjs).
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runTests } from "../test/tap.mjs";
import { CHROMIUM } from "./browser.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
if (!CHROMIUM) {
  console.log("1..0 # SKIP there is no Chromium: apt-get install chromium-headless-shell");
  process.exit(0);
}
process.chdir(path.join(here, ".."));
mkdirSync("test-results", { recursive: true });
const named = process.argv.slice(2);
const all = readdirSync(here).filter((f) => f.endsWith(".test.mjs"));
const wanted = named.length > 0 ? named.map((n) => `${n}.test.mjs`) : all;
let status = 0;
for (const file of wanted) status = runTests([path.join(here, file)]) || status;
process.exit(status);
