// Runs the end-to-end tests, all or those named: each file starts its own server (see server.mjs).
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runTests } from "../test/tap.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const chromium = process.env["AMPARO_CHROMIUM"] ?? "/usr/bin/chromium";
if (!existsSync(chromium)) {
  console.log(`1..0 # SKIP there is no ${chromium}: apt-get install chromium`);
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
