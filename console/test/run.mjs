// Runs the bundled unit tests with the test runner of Node, which since 18 differs in how it takes
// folders: so every file is named.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const dir = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "build-tests");
const files = readdirSync(dir).filter((f) => f.endsWith(".test.mjs"));
const run = spawnSync(process.execPath, ["--test", ...files.map((f) => path.join(dir, f))], {
  stdio: "inherit",
});
process.exit(run.status ?? 1);
