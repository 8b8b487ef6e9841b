// Runs the end-to-end tests one file after the other; each starts its own server (see server.mjs).
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const chromium = process.env["AMPARO_CHROMIUM"] ?? "/usr/bin/chromium";
if (!existsSync(chromium)) {
  console.log(`1..0 # SKIP there is no ${chromium}: apt-get install chromium`);
  process.exit(0);
}
process.chdir(path.join(here, ".."));
mkdirSync("test-results", { recursive: true });
let status = 0;
for (const file of readdirSync(here).filter((f) => f.endsWith(".test.mjs"))) {
  const run = spawnSync(process.execPath, ["--test", path.join(here, file)], { stdio: "inherit" });
  status ||= run.status ?? 1;
}
process.exit(status);
