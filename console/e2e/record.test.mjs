// What the console did stands in the record, sealed where it is personal; and a record of which one
// byte was changed is found out.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { launch, openConsole, press } from "./browser.mjs";
import { ask, seed, startServer } from "./server.mjs";

const WORDS = "Smoke from the roof of the market";
/** Of the record of that call: what is not personal, and so not sealed. */
const RECORD = "call-received";

/** `amparo log verify`: its exit status and what it printed. */
function verify(server) {
  const args = ["log", "verify", "--data", server.data];
  try {
    return { status: 0, said: execFileSync(server.bin, args, { encoding: "utf8", stdio: "pipe" }) };
  } catch (error) {
    return { status: error.status, said: `${error.stdout}${error.stderr}` };
  }
}

/** Where something stands in the files of the journal, or null. */
function find(folder, words) {
  for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((e) => e.isFile())) {
    const file = path.join(folder, name);
    const at = readFileSync(file).indexOf(words);
    if (at >= 0) return { file, at };
  }
  return null;
}

/** Flips one bit of the first record of a call in the files of the journal. */
function alterOneByte(folder) {
  const found = find(folder, RECORD);
  if (!found) return false;
  const bytes = readFileSync(found.file);
  bytes[found.at + 2] ^= 1;
  writeFileSync(found.file, bytes);
  return true;
}

test("the record of a call holds, and fails after one byte is changed", async (t) => {
  const server = await startServer();
  t.after(() => server.close());
  if (server.kind !== "real") return t.skip("needs the built binary");
  await seed(server);
  const browser = await launch({ webgl: false });
  t.after(() => browser.close());
  const { page, close } = await openConsole(browser, server);
  await press(page, "n");
  await page.keyboard.type(WORDS);
  await press(page, "Enter");
  await page.waitForSelector("#panel h2 bdi");
  const { seq } = await ask(server, "GET", "/v1/incidents");
  await close();
  await server.stop();

  const whole = verify(server);
  assert.equal(whole.status, 0, whole.said);
  assert.match(whole.said, /ok/);
  assert.equal(find(server.data, WORDS), null, "what a caller said stands nowhere unsealed");
  assert.ok(alterOneByte(server.data), "the record of the call stands in the journal");
  const altered = verify(server);
  assert.equal(altered.status, 1, altered.said);
  const named = [...altered.said.matchAll(/\d+/g)].map((m) => Number(m[0]));
  assert.ok(
    named.some((n) => n >= 1 && n <= seq),
    `a record is named: ${altered.said}`,
  );
});
