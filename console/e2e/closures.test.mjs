// Roads are closed by drawing on the map, by mouse and by keyboard, changed, reopened and given back;
// how far crews get; and what a search found is seen on the map.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import {
  PATIENCE_MS,
  TEST_MS,
  launch,
  openConsole,
  press,
  see,
  seeText,
  violations,
} from "./browser.mjs";
import { PASSWORD, ask, seed, setUpAdmin, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
const DRAWN_MS = 1200;
let server;
let browser;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer();
  await seed(server);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function inForce() {
  return (await ask(server, "GET", "/v1/closures")).closures;
}

/** The newest closure in force. */
async function newest() {
  const all = await inForce();
  return all[all.length - 1];
}

/** A test with a console of its own; at its end nothing foreign was asked and nothing went wrong. */
function withConsole(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (!server.hasMap) return t.skip("this build has no map");
    const console_ = await openConsole(browser, server, options);
    try {
      await run(console_.page);
      assert.deepEqual(console_.foreign, [], "requests to other hosts");
      assert.deepEqual(console_.errors, [], "errors in the page");
      const mouse = await console_.page.evaluate(() => globalThis.pointerUses);
      if (options.keyboardOnly) assert.equal(mouse, 0, "the mouse was used");
    } catch (error) {
      const file = `${name.replace(/\W+/g, "-")}.png`;
      await console_.page.screenshot({ path: path.join(results, file) });
      throw error;
    } finally {
      await console_.close();
    }
  });
}

/** The middle of the map on the page, and a step away from it. */
async function mapSpots(page) {
  await page.waitForTimeout(DRAWN_MS);
  const box = await page.locator("#map canvas").boundingBox();
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  return (dx, dy) => [middle.x + dx, middle.y + dy];
}

const clickAt = (page, spot) => page.mouse.click(spot[0], spot[1]);

withConsole("a road is closed with a click, and undone from the message", {}, async (page) => {
  const at = await mapSpots(page);
  await press(page, "x");
  await see(page, ".closure-form");
  await clickAt(page, at(10, 10));
  await see(page, ".closure-form .hint.good");
  await page.fill("#closure-reason", "Burst pipe");
  await press(page, "Enter");
  await seeText(page, ".toast", "is in force");
  const closure = await newest();
  assert.deepEqual([closure.shape, closure.time_percent, closure.reason], ["road", 0, "Burst pipe"]);
  await seeText(page, ".closures summary", "1 road closure");
  await page.click(".toast [data-undo]");
  await seeText(page, ".toast", "Reopened X-");
  assert.equal((await inForce()).length, 0);
});

withConsole("an area is drawn with clicks, ended by a double click, slowed one way", {}, async (page) => {
  const at = await mapSpots(page);
  await press(page, "x");
  await page.selectOption("#closure-shape", "area");
  await clickAt(page, at(-60, -40));
  await clickAt(page, at(60, -40));
  await page.mouse.dblclick(...at(0, 60));
  await seeText(page, ".closure-form .hint.good", "3 points");
  await page.selectOption("#closure-pace", "300");
  await page.selectOption("#closure-direction", "90");
  await page.selectOption("#closure-until", "60");
  await page.fill("#closure-reason", "Street market");
  await page.waitForTimeout(DRAWN_MS);
  await page.screenshot({ path: path.join(results, "closure-area.png") });
  await press(page, "Enter");
  await seeText(page, ".toast", "is in force");
  const closure = await newest();
  assert.equal(closure.points.length, 3);
  assert.deepEqual([closure.heading_deg, closure.time_percent], [90, 300]);
  assert.ok(Math.abs(Date.parse(closure.until) - Date.now() - 3600_000) < 60_000);
});

withConsole("a circle is dragged out, changed from the list and given back", {}, async (page) => {
  const at = await mapSpots(page);
  await press(page, "x");
  await page.selectOption("#closure-shape", "circle");
  await page.mouse.move(...at(20, 20));
  await page.mouse.down();
  await page.mouse.move(...at(60, 20), { steps: 4 });
  await page.mouse.move(...at(90, 20), { steps: 4 });
  await page.mouse.up();
  await see(page, ".closure-form .hint.good");
  const dragged = Number(await page.inputValue("#closure-radius"));
  assert.ok(dragged > 10, `a radius of ${dragged} m`);
  await page.fill("#closure-radius", "120");
  await press(page, "Enter");
  await seeText(page, ".toast", "is in force");
  const made = await newest();
  assert.equal(made.radius_m, 120);
  await page.evaluate(() => (document.querySelector(".closures").open = true));
  await press(page, "x"); // a form that is open gives way to another one
  await see(page, ".closure-form");
  await page.click(`[data-closure="${made.id}"] [aria-label="Change ${made.id}"]`);
  await seeText(page, "#panel h2", `Change ${made.id}`);
  await page.selectOption("#closure-pace", "200");
  await page.click(".closure-form [type=submit]");
  await page.waitForSelector(".closure-form", { state: "detached", timeout: PATIENCE_MS });
  assert.equal((await newest()).time_percent, 200);
  await page.locator(".toast [data-undo]").last().click();
  await seeText(page, `[data-closure="${made.id}"]`, "Closed");
  const back = await newest();
  assert.deepEqual([back.time_percent, back.radius_m], [0, 120]);
});

withConsole(
  "a line is drawn, reopened and given back by keyboard alone",
  { keyboardOnly: true },
  async (page) => {
    await page.waitForTimeout(DRAWN_MS);
    await press(page, "x");
    await see(page, ".closure-form");
    await press(page, "ArrowDown", "ArrowDown", "ArrowDown"); // along a line
    await press(page, "Enter"); // to the map
    const onMap = () =>
      page.evaluate(() => document.activeElement?.classList.contains("maplibregl-canvas"));
    assert.ok(await onMap(), "the map has the focus");
    await see(page, ".cross:not([hidden])");
    await press(page, "Enter", "ArrowRight");
    await seeText(page, "#map .sr", "Cross at");
    await press(page, "Enter", "ArrowUp", "Enter"); // on its way: where it comes to rest
    await seeText(page, ".closure-form .hint.good", "3 points"); // what is said goes by
    await press(page, "Backspace");
    await seeText(page, ".closure-form .hint.good", "2 points");
    await press(page, "Enter", "Enter"); // the same point again ends it
    await seeText(page, ".closure-form .hint.good", "3 points");
    await page.waitForFunction(() => document.activeElement?.id === "closure-pace");
    await press(page, "Enter");
    await seeText(page, ".toast", "is in force");
    const made = await newest();
    assert.equal(made.shape, "line");
    assert.equal(made.points.length, 3);
    await page.evaluate(() => document.querySelector(".closures summary").focus());
    await press(page, "Enter");
    const reach = async (label) => {
      for (let i = 0; i < 60; i++) {
        await press(page, "Tab");
        const now = await page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
        if (now === label) return;
      }
      assert.fail(`${label} is not reached by Tab`);
    };
    await reach(`Reopen ${made.id}`);
    await press(page, "Enter");
    await seeText(page, ".toast", `Reopened ${made.id}`);
    await page.evaluate(() => document.querySelector(".closures summary").focus());
    await reach(`Close ${made.id} again`);
    await press(page, "Enter");
    await seeText(page, ".toast", "is closed again");
    assert.equal((await newest()).lifted, null);
  },
);

withConsole("Escape gives a drawing up", { keyboardOnly: true }, async (page) => {
  const before = (await inForce()).length;
  await page.waitForTimeout(DRAWN_MS);
  await press(page, "x", "Enter", "Enter");
  await see(page, ".closure-form .hint.good");
  await press(page, "Escape");
  await page.waitForSelector(".closure-form", { state: "detached" });
  assert.equal(await page.isHidden(".map-aim"), true);
  assert.equal((await inForce()).length, before);
});

withConsole("how far crews get is shown and hidden by its key", {}, async (page) => {
  const known = await fetch(`${server.url}/v1/isochrone?from=0,0&minutes=4`, {
    headers: { Cookie: server.cookie },
  });
  await page.waitForTimeout(DRAWN_MS);
  await press(page, "w", "Home", "Enter");
  await see(page, "#panel h2");
  if (known.status === 404) return; // this server does not answer it
  await press(page, "i");
  await see(page, ".legend:not([hidden])");
  await seeText(page, ".legend", "8 min");
  assert.deepEqual(await violations(page), [], "the legend");
  await page.waitForTimeout(DRAWN_MS);
  await page.screenshot({ path: path.join(results, "reach.png") });
  await press(page, "i");
  await page.waitForSelector(".legend", { state: "hidden" });
});

withConsole("a search answers from the first letter", { keyboardOnly: true }, async (page) => {
  await press(page, "/");
  await page.keyboard.type("R");
  await see(page, "#search-list li");
  await press(page, "ArrowDown");
  const chosen = await page.getAttribute("#search", "aria-activedescendant");
  assert.ok(chosen);
  await page.keyboard.type("ua");
  await see(page, "#search-list li");
  await press(page, "Escape");
  await page.waitForSelector("#search-list", { state: "hidden" });
  await press(page, "q", "/");
  await page.keyboard.type("R");
  await see(page, "#search-list li");
  await press(page, "Escape");
  await page.waitForSelector("#search-list", { state: "hidden" });
  const region = await page.evaluate(() => document.activeElement.closest("section")?.id);
  assert.equal(region, "queue", "Escape leaves the field for what was at hand");
});

const looks = [
  { name: "dark", query: "?theme=dark" },
  { name: "light, Portuguese", query: "?theme=light&lang=pt" },
  { name: "narrow", query: "?theme=dark", width: 360, height: 740 },
  { name: "right to left", query: "?theme=light", rtl: true },
];
for (const look of looks) {
  withConsole(`${look.name}: form and list are without violations of axe`, look, async (page) => {
    if (look.rtl) await page.evaluate(() => (document.documentElement.dir = "rtl"));
    const check = async (what) => {
      assert.deepEqual(await violations(page), [], `${look.name}: ${what}`);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${look.name}: ${what} is ${wide} px too wide`);
    };
    await page.waitForTimeout(DRAWN_MS);
    await page.waitForSelector(".closures li", { state: "attached", timeout: PATIENCE_MS });
    await page.evaluate(() => (document.querySelector(".closures").open = true));
    await check("the list");
    await press(page, "x");
    await see(page, ".closure-form");
    await page.selectOption("#closure-shape", "circle");
    await page.selectOption("#closure-until", "at");
    await check("the form");
    await page.click(".closure-form [data-draw]");
    await page.waitForSelector(".map-aim:not([hidden])", { state: "attached" });
    await page.waitForTimeout(DRAWN_MS);
    await check("the map while it is drawn on");
    await page.screenshot({ path: path.join(results, `closures-${look.name.split(",")[0]}.png`) });
  });
}

test("who may not close roads is not offered it", { timeout: TEST_MS }, async (t) => {
  if (server.kind === "running") return t.skip("needs a server of its own");
  const own = await startServer({ bare: true });
  t.after(() => own.close());
  const admin = await setUpAdmin(own);
  own.cookie = admin.cookie;
  const { setup } = await ask(own, "POST", "/v1/accounts", { account: "ivo", role: "call-taker" });
  const body = JSON.stringify({ token: setup.token, password: PASSWORD });
  const headers = { "Content-Type": "application/json" };
  const entered = await fetch(`${own.url}/v1/setup`, { method: "POST", headers, body });
  own.cookie = entered.headers.get("set-cookie").split(";")[0];
  const { page, close } = await openConsole(browser, own);
  await press(page, "x");
  await seeText(page, ".toast", "Not for the role");
  assert.equal(await page.locator(".closure-form").count(), 0);
  await close();
});
