// Runs the bundled unit tests (node build.mjs --tests makes them).
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runTests } from "./tap.mjs";

const dir = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "build-tests");
const files = readdirSync(dir).filter((f) => f.endsWith(".test.mjs"));
process.exit(runTests(files.map((f) => path.join(dir, f))));
