// What a vehicle tells of its crash, and what was made of a crew's positions, in the panel.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { PATIENCE_MS, launch, openConsole, violations } from "./browser.mjs";
import { ask, startServer } from "./server.mjs";

const results = path.join(process.cwd(), "test-results");
const WORDS =
  "crash: urgent leak rollover; by automatic; leak yes; delta-v 40; rollover yes; rest roof; " +
  "occupants 3; belts 1/2; fuel electric; vehicle <b>red</b> Example; vin WEXAMPLE000000001\nhelp";
let server;
let browser;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer({});
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function open(page, what) {
  await page.keyboard.press("/");
  await page.keyboard.type(what);
  await page.waitForSelector(`[role="option"]:has-text("${what}")`);
  await page.keyboard.press("Enter");
}

test("a crash is told in plain words in the panel, and right to left", async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { incident } = await ask(server, "POST", "/v1/calls", { words: WORDS });
  for (const look of [{}, { locale: "ar-EG", width: 360, height: 780 }]) {
    const { page, errors, close } = await openConsole(browser, server, look);
    await open(page, incident.id);
    await page.waitForSelector("#panel .crash");
    const text = await page.textContent("#panel .crash");
    assert.match(text, look.locale ? /بطارية عالية الجهد/ : /Energy on board: high-voltage battery/);
    assert.match(text, /<b>red<\/b> Example/);
    assert.equal(await page.textContent("#panel .said"), "help");
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(errors, []);
    await close();
  }
});

test("why a crew is stale is told in its panel, by keyboard alone", async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  await ask(server, "POST", "/v1/units", { unit: "Z9", kind: "ambulance", capabilities: ["als"] });
  const { page, errors, close } = await openConsole(browser, server);
  await open(page, "Z9");
  await page.waitForSelector("#panel .reports button");
  await page.focus("#panel .reports button");
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    () => /Nothing was heard/.test(document.querySelector("#unit-reports")?.textContent ?? ""),
    null,
    { timeout: PATIENCE_MS },
  );
  assert.equal(await page.getAttribute("#panel .reports button", "aria-expanded"), "true");
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelector("#unit-reports")?.textContent.trim() === "");
  assert.deepEqual(errors, []);
  await close();
});
