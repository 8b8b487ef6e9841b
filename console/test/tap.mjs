// Runs test files with the test runner of Node and prints TAP, whichever Node it is.
import { spawnSync } from "node:child_process";

/** The runner of Node 18 prints TAP to a pipe; later ones have to be told. */
const FIRST_TOLD = 20;

/** Every file is named: the versions of Node differ in how they take folders. Returns the status. */
export function runTests(files) {
  const told = Number(process.versions.node.split(".")[0]) >= FIRST_TOLD;
  const args = ["--test", ...(told ? ["--test-reporter=tap"] : []), ...files];
  return spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
}
