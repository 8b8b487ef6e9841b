// A warning to the public: written by keyboard alone, looked at, issued, read by the world, cancelled;
// drawn on the map as an exercise; and who may only draft.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { TEST_MS, launch, openConsole, press, see, seeText, violations } from "./browser.mjs";
import { addAccount, ask, seed, setUpAdmin, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
const DRAWN_MS = 1200;
let folder;
let server;
let browser;
let middle;
let dispatcher;

before(async () => {
  mkdirSync(results, { recursive: true });
  folder = mkdtempSync(path.join(tmpdir(), "amparo-warn-"));
  const file = path.join(folder, "warnings.conf");
  writeFileSync(file, "sender = alert@centre.example.org\nfeed = https://warn.example.org\n");
  server = await startServer({ bare: true, more: ["--warnings", file] });
  if (server.kind !== "real") return;
  const admin = await setUpAdmin(server);
  server.cookie = (await addAccount(server, admin, { account: "desk", role: "supervisor" })).cookie;
  dispatcher = await addAccount(server, admin, { account: "dina", role: "dispatcher" });
  middle = await seed(server);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

const list = async () => (await ask(server, "GET", "/v1/warnings")).warnings;
const world = async (route) => fetch(`${server.url}${route}`);

/** A test with a console of its own; at its end nothing foreign was asked and nothing went wrong. */
function withConsole(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real" || !server.hasMap) return t.skip("needs a server and a map of its own");
    const as = options.as ? { ...server, cookie: options.as().cookie } : server;
    const opened = await openConsole(browser, as, options);
    try {
      await run(opened.page);
      assert.deepEqual([opened.foreign, opened.errors], [[], []]);
      const mouse = await opened.page.evaluate(() => globalThis.pointerUses);
      if (options.keyboardOnly) assert.equal(mouse, 0, "the mouse was used");
    } catch (error) {
      const file = `warning-${name.replace(/\W+/g, "-").slice(0, 40)}.png`;
      await opened.page.screenshot({ path: path.join(results, file) });
      throw error;
    } finally {
      await opened.close();
    }
  });
}

/** By the menu, whose key opens it at its first item. */
async function openPage(page) {
  await press(page, "u");
  await page.focus('.menu-list [data-act="warnings"]');
  await press(page, "Enter");
  await see(page, ".warnings [data-first]");
}

async function write(page, words) {
  for (const [id, text] of Object.entries(words)) {
    await page.focus(`#warning-${id}`);
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  }
}

const words = {
  "event-0": "Gas leak",
  "headline-0": "Leave the streets round the mill",
  "instruction-0": "Walk away against the wind",
  areaDesc: "Round the mill",
};

withConsole("written, looked at and issued by keyboard alone, and read by the world", { keyboardOnly: true }, async (page) => {
  const { incident } = await ask(server, "POST", "/v1/incidents", { place: "Mill", ...middle });
  await see(page, "#queue [data-id]");
  await openPage(page);
  await press(page, "Enter");
  await see(page, ".warning-form");
  await write(page, words);
  await page.focus("#warning-from");
  await page.selectOption("#warning-from", `i:1:${incident.id}`);
  await seeText(page, ".warning-form [role=status]", "circles: 1");
  assert.deepEqual(await violations(page), [], "the form");
  await page.focus("#warning-areaDesc");
  await press(page, "Enter");
  await see(page, "[data-issue]");
  await seeText(page, ".warning-facts", incident.id);
  await seeText(page, ".warning-facts", "km²");
  await page.waitForTimeout(DRAWN_MS);
  await page.screenshot({ path: path.join(results, "warning.png") });
  assert.deepEqual(await violations(page), [], "whom it reaches");
  assert.equal((await world("/warnings/W-1.cap")).status, 404, "a draft is never public");
  assert.equal(await page.isDisabled("[data-issue]"), true, "before it was read");
  await page.focus("#warning-read");
  await press(page, "Space");
  await page.focus("[data-issue]");
  await press(page, "Enter");
  await seeText(page, ".warnings .hint.good", "W-1 is issued");
  const message = await world("/warnings/W-1.cap");
  assert.equal(message.status, 200);
  assert.match(await message.text(), /Leave the streets round the mill/);
  assert.match(await (await world("/warnings.atom")).text(), /W-1\.cap/);
  assert.equal((await list())[0].state, "in-force");
});

withConsole("cancelled from the list, in another language", { query: "?lang=ar&theme=dark", keyboardOnly: true }, async (page) => {
  await openPage(page);
  const acts = page.locator('[data-warning="W-1"] button');
  await acts.nth(2).focus();
  await press(page, "Enter");
  await see(page, ".warning-form");
  await write(page, { "headline-0": "It is over" });
  assert.deepEqual(await violations(page), [], "the form in Arabic");
  await press(page, "Enter");
  await see(page, "#warning-read");
  await page.focus("#warning-read");
  await press(page, "Space");
  await page.focus("[data-issue]");
  await press(page, "Enter");
  await see(page, '[data-warning="W-2"]');
  const [cancel, first] = await list();
  assert.deepEqual([cancel.message, first.state], ["Cancel", "cancelled"]);
  assert.match(await (await world("/warnings/W-2.cap")).text(), /<references>/);
});

withConsole("an exercise is drawn on the map, marked large, kept and thrown away", {}, async (page) => {
  await page.waitForTimeout(DRAWN_MS);
  const box = await page.locator("#map canvas").boundingBox();
  const at = (dx, dy) => [box.x + box.width / 2 + dx, box.y + box.height / 2 + dy];
  await openPage(page);
  await press(page, "Enter");
  await page.selectOption("#warning-status", "Exercise");
  await see(page, '.warning-big[data-status="Exercise"]');
  await write(page, { note: "Drill 7", ...words });
  await page.click("[data-draw]");
  await page.mouse.click(...at(-60, -40));
  await page.mouse.click(...at(60, -40));
  await page.mouse.dblclick(...at(0, 60));
  await seeText(page, ".warning-form [role=status]", "Polygons: 1");
  await page.click('.warning-form button[type="submit"]');
  await see(page, "#warning-read");
  await seeText(page, ".warning-big", "EXERCISE");
  await page.screenshot({ path: path.join(results, "warning-exercise.png") });
  // the panel is needed for something else: the draft is there, and what is typed comes back
  await page.getByRole("button", { name: "Change it" }).click();
  await write(page, { "headline-0": "Half typed" });
  await press(page, "Tab");
  await page.locator("#queue [data-id]").first().click();
  await page.waitForSelector(".warning-form", { state: "detached" });
  await openPageAgain(page);
  assert.equal(await page.inputValue("#warning-headline-0"), "Half typed");
  await page.click('.warning-form button[type="submit"]');
  await page.getByRole("button", { name: "Discard the draft" }).click();
  await see(page, '.warning-list [data-warning="W-2"]');
  assert.ok(!(await list()).some((w) => w.id === "W-3"));
});

async function openPageAgain(page) {
  await press(page, "u");
  await page.focus('.menu-list [data-act="warnings"]');
  await press(page, "Enter");
  await see(page, ".warning-form");
}

withConsole("a dispatcher drafts, and a supervisor issues", { as: () => dispatcher }, async (page) => {
  await openPage(page);
  await press(page, "Enter");
  await see(page, ".warning-form");
  await write(page, words);
  const [choice] = await page.locator('#warning-from option[value^="i:"]').all();
  await page.selectOption("#warning-from", await choice.getAttribute("value"));
  await page.click('.warning-form button[type="submit"]');
  await seeText(page, ".warnings .hint", "A supervisor issues it");
  assert.equal(await page.locator("[data-issue]").count(), 0);
  await page.getByRole("button", { name: "Keep as a draft" }).click();
  await seeText(page, ".warnings .hint.good", "kept as a draft");
  const [kept] = await list();
  assert.equal(kept.state, "draft");
  await page.getByRole("button", { name: `Open: ${kept.id}` }).click();
  await see(page, ".warning-facts");
  assert.equal((await list())[0].drafted, kept.drafted, "looking is not writing");
});
