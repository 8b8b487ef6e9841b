// Looking back: a shift is played from the record by keyboard, on tables and map; it says what it
// does not know, is saved and printed, and keeps erased what was erased.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { PATIENCE_MS, TEST_MS, launch, openConsole, press, violations } from "./browser.mjs";
import { addAccount, ask, seed, setUpAdmin, startServer } from "./server.mjs";

const STEP_MS = 1300;
const results = "test-results";
let server;
let browser;
let admin;
let first;

const pause = () => new Promise((done) => setTimeout(done, STEP_MS));
const post = (route, body) => ask(server, "POST", `/v1${route}`, body);

/** A call, a crew sent, on scene, done; and another call that stays. */
async function makeShift() {
  const middle = await seed(server);
  const pos = { lat: middle.lat + 0.004, lon: middle.lon };
  const call = { words: "Somebody fell", number: "+258 84 1", type: "fall", pos };
  first = (await post("/calls", { ...call, place: "Market" })).incident.id;
  await pause();
  await post(`/incidents/${first}/assignments`, { unit: "M1" });
  await pause();
  await post("/units/M1/status", { status: "on-scene" });
  await pause();
  await post(`/incidents/${first}/close`, {});
  await pause();
  await post("/calls", { words: "Smoke", type: "breathing", pos, place: "Harbour" });
}

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer({ bare: true });
  browser = await launch();
  if (server.kind !== "real") return;
  admin = await setUpAdmin(server);
  server.cookie = (await addAccount(server, admin, { account: "desk", role: "supervisor" })).cookie;
  await makeShift();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

async function openPast(page) {
  await press(page, "u");
  const acts = await page.$$eval("#menu-list [data-act]", (all) => all.map((a) => a.dataset.act));
  for (let i = 0; i < acts.indexOf("past"); i++) await press(page, "ArrowDown");
  await press(page, "Enter");
  await page.waitForSelector("dialog.past[open] .past-board", { timeout: PATIENCE_MS });
}

function withPast(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real") return t.skip("needs the built binary");
    const opened = await openConsole(browser, server, options);
    try {
      await openPast(opened.page);
      await run(opened.page);
      assert.deepEqual(opened.foreign, [], "requests to other hosts");
      assert.deepEqual(opened.errors, [], "errors in the page");
    } finally {
      const file = `past-${name.slice(0, 20).replaceAll(" ", "-")}.png`;
      await opened.page.screenshot({ path: path.join(results, file) });
      await opened.close();
    }
  });
}

/** One event on, and the board that belongs to it. */
async function on(page, key = ".") {
  const before = await page.textContent(".past-moment");
  await press(page, key);
  await page.waitForFunction(
    (old) => document.querySelector(".past-moment")?.textContent !== old,
    before,
    { timeout: PATIENCE_MS },
  );
}
const crewIs = (page, status) =>
  page.waitForSelector(`.past-crews tr[data-id="M1"][data-status="${status}"]`, {
    timeout: PATIENCE_MS,
  });

/** Only the first incident, from its first event. */
async function only(page, incident) {
  await page.fill("#past-incident", incident);
  await press(page, "Enter");
  await page.waitForSelector(".past-timeline .ev-incident-opened", { timeout: PATIENCE_MS });
  await page.focus("#past-slider");
}

withPast("an incident is gone through event by event, by keyboard alone", {}, async (page) => {
  await only(page, first);
  await crewIs(page, "available");
  assert.equal(await page.locator(".past-incidents tbody tr").count(), 1);
  assert.match(await page.textContent(`.past-incidents tr[data-id="${first}"]`), /Market/);
  while (!/Crew sent/.test(await page.textContent(".past-event"))) await on(page);
  await crewIs(page, "dispatched");
  while (!/On scene/.test(await page.textContent(".past-event"))) await on(page);
  await crewIs(page, "on-scene");
  await on(page, ",");
  await crewIs(page, "dispatched");
  await press(page, "End");
  await page.waitForSelector(".past-timeline .ev-incident-closed", { timeout: PATIENCE_MS });
  await crewIs(page, "available");
  assert.match(await page.textContent("dialog.past"), /positions are not kept/);
  await press(page, "Home");
  await page.waitForSelector(".past-timeline .ev-incident-closed", { state: "detached" });
  await press(page, "PageUp");
  assert.equal(await page.evaluate(() => globalThis.pointerUses), 0, "the mouse was used");
});

withPast("playing comes to the end of the range and stops there", {}, async (page) => {
  await only(page, first);
  await page.selectOption("#past-speed", "2");
  await page.focus("#past-slider");
  await press(page, "Space");
  await page.waitForFunction(
    () => document.querySelector(".past-play")?.textContent.includes("Pause"),
  );
  await page.waitForSelector(".past-timeline .ev-incident-closed", { timeout: PATIENCE_MS });
  await page.waitForFunction(
    () => document.querySelector(".past-play")?.textContent.includes("Play"),
    null,
    { timeout: PATIENCE_MS },
  );
});

withPast("a shift is seen on the map, with the crew on scene at its incident", {}, async (page) => {
  await only(page, first);
  await page.focus(".past-map-open");
  await press(page, "Enter");
  await page.waitForSelector(".past-map canvas", { timeout: PATIENCE_MS });
  await page.focus("#past-slider");
  while (!/On scene/.test(await page.textContent(".past-event"))) await on(page);
  await crewIs(page, "on-scene");
  const seq = await page.getAttribute(".past-board", "data-seq");
  await page.waitForSelector(`.past-map[data-seq="${seq}"]`, { timeout: PATIENCE_MS });
  await new Promise((done) => setTimeout(done, 3000)); // the picture is for the eye alone
  await page.screenshot({ path: path.join(results, "past-map.png") });
  assert.deepEqual(await violations(page), []);
});

withPast("events and the board are saved, and the print has the page alone", {}, async (page) => {
  await only(page, first);
  await press(page, "End");
  await page.waitForSelector(".past-timeline .ev-incident-closed", { timeout: PATIENCE_MS });
  const save = async (button) => {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.$eval(button, (b) => b.click()),
    ]);
    return readFileSync(await download.path(), "utf8");
  };
  const csv = await save(".past-csv");
  assert.match(csv, /^seq,time,kind,incident,/);
  assert.match(csv, /unit-status,I-\d+,,M1,on-scene/);
  assert.doesNotMatch(csv, /Market|Somebody|258/);
  const board = JSON.parse(await save(".past-json"));
  assert.equal(board.incident.id, first);
  assert.ok(board.incident.timeline.length > 3);
  assert.deepEqual(board.not_known, ["positions"]);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isVisible("#queue, .region"), false);
  assert.equal(await page.isVisible("dialog.past .past-crews"), true);
  assert.equal(await page.isVisible("#past-slider"), false);
  assert.ok((await page.pdf({ format: "A4" })).length > 5000);
});

const views = [
  { name: "light", query: "?theme=light" },
  { name: "dark", query: "?theme=dark" },
  { name: "arabic, dark and narrow", query: "?theme=dark&lang=ar", width: 360, height: 740 },
];
for (const view of views) {
  withPast(`${view.name}: no violations of axe, no sideways scrolling`, view, async (page) => {
    assert.deepEqual(await violations(page), []);
    const wide = await page.$eval("dialog.past", (d) => d.scrollWidth - d.clientWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
  });
}

withPast("what was erased is erased at every moment before", {}, async (page) => {
  const all = { ...server, cookie: admin.cookie };
  await ask(all, "POST", `/v1/incidents/${first}/erase`, { reason: "asked for" });
  await only(page, first);
  const row = `.past-incidents tr[data-id="${first}"]`;
  await page.waitForSelector(row);
  assert.match(await page.textContent(row), /erased/);
  assert.doesNotMatch(await page.textContent("dialog.past"), /Market/);
});

test("a dispatcher is not offered the page", { timeout: TEST_MS }, async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const desk = await addAccount(server, admin, { account: "desk-2", role: "dispatcher" });
  const dispatcher = { ...server, cookie: desk.cookie };
  const { page, close } = await openConsole(browser, dispatcher);
  await press(page, "u");
  const acts = await page.$$eval("#menu-list [data-act]", (all) => all.map((a) => a.dataset.act));
  assert.ok(acts.includes("account") && !acts.includes("past"));
  await assert.rejects(ask(dispatcher, "GET", "/v1/past?seq=1"), /403/);
  await close();
});
