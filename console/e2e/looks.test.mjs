// How it looks and reads: themes, narrow screens, Portuguese, accessibility, and without WebGL2.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { PATIENCE_MS, TEST_MS, launch, openConsole, press, violations } from "./browser.mjs";
import { ask, reportPositions, seed, startDemo, startServer } from "./server.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const results = path.join(root, "console/test-results");
const DRAWN_MS = 1500;
/** How long the demonstration runs before it is looked at. */
const BUSY_MS = 15_000;
let server;
let browser;
let busy;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer();
  const middle = await seed(server);
  const { types } = await ask(server, "GET", "/v1/plans");
  const offsets = [0.004, -0.003, 0.001, -0.006];
  const ids = [];
  for (const [i, d] of offsets.entries()) {
    const plan = types[i % types.length];
    const pos = { lat: middle.lat + d, lon: middle.lon - d };
    const call = {
      words: "Caller says people need help",
      number: "+258840000001",
      pos,
      radius_m: 60,
    };
    const kind = i < 3 ? { type: plan.type, priority: i + 1, place: `Rua ${i + 1}` } : {};
    ids.push((await ask(server, "POST", "/v1/calls", { ...call, ...kind })).incident.id);
  }
  busy = ids[1];
  await ask(server, "POST", `/v1/incidents/${busy}/assignments`, { unit: "M1" });
  await ask(server, "POST", "/v1/units/M1/status", { status: "en-route" });
  await ask(server, "POST", "/v1/units/M3/status", { status: "out-of-service" });
  await reportPositions(server, middle);
  if (server.kind !== "fake") {
    const site = { lat: middle.lat, lon: middle.lon + 0.004 };
    await ask(server, "POST", "/v1/closures", { site, radius_m: 80, reason: "Flood" });
  }
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

const views = [
  { name: "dark", query: "?theme=dark" },
  { name: "light", query: "?theme=light" },
  { name: "portuguese", query: "?theme=light&lang=pt" },
  { name: "arabic", query: "?theme=light&lang=ar" },
  { name: "arabic, narrow", query: "?theme=dark&lang=ar", width: 360, height: 740 },
  { name: "spanish", query: "?theme=dark&lang=es", width: 1280 },
  { name: "french", query: "?theme=light&lang=fr", width: 1280 },
  { name: "swahili, narrow", query: "?theme=light&lang=sw", width: 360, height: 740 },
  { name: "narrow", query: "?theme=dark", width: 360, height: 740 },
  { name: "tablet", query: "?theme=light", width: 900, height: 1100 },
  { name: "wide", query: "?theme=dark", width: 2560, height: 1300 },
];

for (const view of views) {
  test(
    `${view.name}: no violations of axe, no sideways scrolling`,
    { timeout: TEST_MS },
    async () => {
      const { page, foreign, errors, close } = await openConsole(browser, server, view);
      const check = async (what) => {
        assert.deepEqual(await violations(page), [], `${view.name}: ${what}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(wide <= 0, `${view.name}: ${what} is ${wide} px too wide`);
      };
      if (server.kind !== "fake") {
        await page.waitForSelector(".closures li", { state: "attached" });
        await page.evaluate(() => (document.querySelector(".closures").open = true));
        assert.match(await page.textContent(".closures"), /Flood/);
      }
      await check("the board");
      await press(page, "q", "Home", "ArrowDown", "Enter");
      await page.waitForTimeout(DRAWN_MS);
      await page.screenshot({ path: path.join(results, `${view.name}.png`) });
      await check("an incident");
      await press(page, "c");
      await check("closing");
      await press(page, "Escape", "n");
      await check("a new call");
      await page.screenshot({ path: path.join(results, `${view.name}-call.png`) });
      await press(page, "Escape", "w", "Enter");
      await check("a crew");
      await press(page, "?");
      await check("the keys");
      assert.deepEqual(foreign, []);
      assert.deepEqual(errors, []);
      await close();
    },
  );
}

test("Portuguese is chosen by the browser's language and by the desk", async () => {
  const { page, close } = await openConsole(browser, server, { locale: "pt-PT" });
  assert.equal(await page.getAttribute("html", "lang"), "pt");
  assert.match(await page.textContent("#queue-title"), /Ocorrências/);
  await page.selectOption(".language", "en");
  await page.waitForFunction(() => document.documentElement.lang === "en");
  assert.match(await page.textContent("#queue-title"), /Incidents/);
  await page.reload();
  assert.equal(await page.getAttribute("html", "lang"), "en");
  await close();
});

test("Arabic runs from right to left, and English again from left to right", async () => {
  const { page, close } = await openConsole(browser, server, { locale: "ar-EG" });
  assert.equal(await page.getAttribute("html", "dir"), "rtl");
  assert.match(await page.textContent("#queue-title"), /البلاغات/);
  const left = async (id) => (await page.locator(id).boundingBox()).x;
  assert.ok((await left("#queue")) > (await left("#panel")), "the queue is on the right");
  await page.selectOption(".language", "en");
  await page.waitForFunction(() => document.documentElement.dir === "ltr");
  assert.ok((await left("#queue")) < (await left("#panel")));
  await close();
});

test("d changes the theme", async () => {
  const { page, close } = await openConsole(browser, server, { query: "?theme=light" });
  await press(page, "d");
  assert.equal(await page.getAttribute("html", "data-theme"), "dark");
  await close();
});

test("a map drawn on a click places a new call", { timeout: TEST_MS }, async () => {
  const { page, close } = await openConsole(browser, server);
  await press(page, "n");
  await page.mouse.click(700, 300);
  await page.waitForSelector(".hint.good");
  await close();
});

test("without WebGL2 the lists work and a notice says why", { timeout: TEST_MS }, async () => {
  const blind = await launch({ webgl: false });
  const { page, close } = await openConsole(blind, server);
  assert.match(await page.textContent("#map"), /WebGL2/);
  await press(page, "q", "Home", "Enter");
  await page.waitForSelector("#panel h2");
  await close();
  await blind.close();
});

test("a silent server is told of within seconds", { timeout: TEST_MS }, async () => {
  const { page, close } = await openConsole(browser, server);
  await page.waitForSelector(".line-live");
  await page.route("**/v1/events*", (route) => route.abort());
  await page.reload();
  await page.waitForSelector(".banner:not([hidden])");
  assert.match(await page.textContent(".banner"), /No word from the server/);
  await page.waitForSelector(".line-stale");
  await page.unroute("**/v1/events*");
  await page.waitForSelector(".banner[hidden]", { state: "attached" });
  await close();
});

/** A call of our own in the demonstration, that nobody but us dispatches. */
async function takeOver(demo) {
  const { center } = await ask(demo, "GET", "/v1/map");
  const { types } = await ask(demo, "GET", "/v1/plans");
  const plan = types.find((p) => p.needs.length > 1) ?? types[0];
  const pos = { lat: center[1] + 0.004, lon: center[0] - 0.003 };
  const words = "He collapsed at the bus stop, we are pressing on his chest";
  const call = { number: "+999 55 501 7700", words, pos, type: plan.type, priority: 1 };
  const place = (await ask(demo, "GET", `/v1/reverse?at=${pos.lat},${pos.lon}`)).text;
  return (await ask(demo, "POST", "/v1/calls", { ...call, place })).incident.id;
}

test("a demonstration moves, can be hurried and taken over", { timeout: TEST_MS }, async (t) => {
  const demo = await startDemo();
  if (!demo) return t.skip("needs the built binary");
  t.after(() => demo.close());
  const view = { query: "?theme=dark", width: 1600, height: 960 };
  const { page, foreign, errors, close } = await openConsole(browser, demo, view);
  await page.waitForSelector("#queue tr[data-id] .in-dispatched", { timeout: PATIENCE_MS });
  await page.waitForTimeout(BUSY_MS);
  const { incidents } = await ask(demo, "GET", "/v1/incidents?state=open");
  const helped = incidents.find((i) => i.units.length > 0);
  const { timeline } = (await ask(demo, "GET", `/v1/incidents/${helped.id}`)).incident;
  assert.equal(timeline.find((e) => e.kind === "unit-dispatched").actor, "auto");
  await page.uncheck("#demo-auto");
  await page.selectOption(".demo select", "2");
  await page.waitForTimeout(DRAWN_MS);
  const now = await ask(demo, "GET", "/v1/demo");
  assert.deepEqual([now.auto_dispatch, now.speed], [false, 2]);
  const id = await takeOver(demo);
  await press(page, "/");
  await page.keyboard.type(id);
  await press(page, "Enter");
  await page.waitForSelector(".advice li");
  await press(page, await page.textContent(".advice li:not(.divert) kbd"));
  await page.waitForSelector(".sending.recorded");
  await page.waitForTimeout(2 * DRAWN_MS);
  if (process.env["AMPARO_SCREENSHOT"]) {
    const folder = path.join(root, "docs/images");
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: path.join(folder, "console.png") });
  }
  assert.deepEqual(foreign, []);
  assert.deepEqual(errors, []);
  await close();
});
