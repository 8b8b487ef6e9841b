// The supervisor's page of response times: opened by keyboard, right in its numbers, readable in
// every theme and from the right, printed and taken away; and not there for a dispatcher.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { PATIENCE_MS, TEST_MS, launch, openConsole, press, violations } from "./browser.mjs";
import { addAccount, ask, enterAs, seed, setUpAdmin, startServer } from "./server.mjs";

const STEP_MS = 1200;
const results = "test-results";
let server;
let browser;
let dispatcher;
/** What the interface says, to be found on the page. */
let truth;

const pause = () => new Promise((done) => setTimeout(done, STEP_MS));
const post = (route, body) => ask(server, "POST", `/v1${route}`, body);

/** Two crews drive to the first incident; the second waits; the third is merged into the first. */
async function makeIncidents() {
  const first = (await post("/calls", { words: "Somebody fell", number: "+1" })).incident.id;
  await pause();
  await ask(server, "PATCH", `/v1/incidents/${first}`, { type: "fall" });
  await post(`/incidents/${first}/assignments`, { unit: "M1" });
  await post(`/incidents/${first}/assignments`, { unit: "M2" });
  await pause();
  await post("/units/M1/status", { status: "en-route" });
  await post("/units/M2/status", { status: "en-route" });
  await pause();
  await post("/units/M1/status", { status: "on-scene" });
  const second = (await post("/calls", { words: "Trouble breathing", type: "breathing" })).incident;
  const third = (await post("/calls", { words: "The same fall" })).incident.id;
  await post(`/incidents/${third}/merge`, { into: first });
  await post("/units/M1/status", { status: "available" });
  return { first, second: second.id };
}

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer({ bare: true });
  browser = await launch({ webgl: false });
  if (server.kind !== "real") return;
  const admin = await setUpAdmin(server);
  server.cookie = (await addAccount(server, admin, { account: "desk", role: "supervisor" })).cookie;
  await addAccount(server, admin, { account: "desk-2", role: "dispatcher" });
  dispatcher = { ...server, cookie: (await enterAs(server, "desk-2")).cookie };
  const agency = { agency: "fire", label: "Fire brigade" };
  await ask({ ...server, cookie: admin.cookie }, "POST", "/v1/agencies", agency);
  await seed(server);
  await makeIncidents();
  truth = await ask(server, "GET", "/v1/statistics");
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** The acts that the menu offers, and the focus on the wanted one. */
async function openMenu(page, act) {
  await press(page, "u");
  const acts = await page.$$eval("#menu-list [data-act]", (all) => all.map((a) => a.dataset.act));
  for (let i = 0; i < acts.indexOf(act); i++) await press(page, "ArrowDown");
  return acts;
}

async function openTimes(page) {
  await openMenu(page, "times");
  await press(page, "Enter");
  await page.waitForSelector("dialog.times[open] .times-table", { timeout: PATIENCE_MS });
}

const cells = (page, selector) =>
  page.$$eval(`${selector} > td`, (all) => all.map((td) => td.textContent.trim()));
const spell = (s) => `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}`;

function withTimes(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real") return t.skip("needs the built binary");
    const opened = await openConsole(browser, server, options);
    try {
      await openTimes(opened.page);
      await run(opened.page);
      assert.deepEqual(opened.foreign, [], "requests to other hosts");
      assert.deepEqual(opened.errors, [], "errors in the page");
    } finally {
      await opened.page.screenshot({ path: path.join(results, `times-${name.slice(0, 20)}.png`) });
      await opened.close();
    }
  });
}

withTimes("the page shows what the interface says, by keyboard alone", {}, async (page) => {
  const { phases, incidents } = truth.all[0];
  assert.equal(incidents, 2, "what was merged counts once");
  assert.match(await page.textContent(".times-summary"), /2\. .*UTC|2\. /);
  const turnout = phases.find((p) => p.phase === "turnout");
  assert.ok(turnout.n === 2 && turnout.p50_s >= STEP_MS / 1000);
  for (const stat of phases) {
    const shown = await cells(page, `.phases [data-phase="${stat.phase}"]`);
    assert.equal(Number(shown[0]), stat.n, stat.phase);
    if (stat.n > 0) assert.equal(shown[2], spell(Math.round(stat.p90_s)), stat.phase);
    else assert.equal(shown[2], "–", stat.phase);
  }
  const share = await page.textContent('.phases [data-phase="processing"] .shares');
  assert.match(share, /100% in 1:00, NFPA 1225 \(2022\)\s*✓\s*target 90%: met/);
  assert.match(await page.textContent(".times-table.limits"), /NENA-STA-020\.1 \(2020\)/);
  assert.match(await page.textContent(".times-table.limits"), /not measured/);
  const m1 = await cells(page, '.crews [data-unit="M1"]');
  assert.equal(m1[1], "1");
  // the hours of the crews come out of the record, a little later
  await page.waitForFunction(
    () => /^\d/.test(document.querySelector('.crews [data-hours="on_duty_s"]')?.textContent ?? ""),
    null,
    { timeout: PATIENCE_MS },
  );
  const load = (fact) => page.textContent(`[data-fact="${fact}"] dd`);
  assert.equal(await load("free"), String(truth.load.free));
  assert.equal(await load("alone"), String(truth.load.alone));
  assert.match(await load("oldest"), /^\d+:\d\d$/);
  // another limit of one's own, typed and sent
  await page.focus("#times-response");
  await page.keyboard.type("1");
  await press(page, "Enter");
  await page.waitForFunction(
    () => document.querySelector('[data-phase="response"] .shares')?.textContent.includes("missed"),
    null,
    { timeout: PATIENCE_MS },
  );
  const own = await page.textContent('.phases [data-phase="response"] .shares');
  assert.match(own, /0% in 0:01, own limit/);
  assert.equal(await page.evaluate(() => globalThis.pointerUses), 0, "the mouse was used");
  await press(page, "Escape");
  await page.waitForSelector("dialog.times", { state: "detached" });
});

withTimes("by type and by hour, with a chart beside the table", {}, async (page) => {
  const hour = truth.hour[0].key;
  await page.waitForSelector(`.times-chart .bar[data-hour="${hour}"]`);
  assert.match(await page.getAttribute(".times-chart", "aria-label"), /by hour/);
  await page.focus("#times-by");
  await page.selectOption("#times-by", "type");
  await page.waitForSelector('.groups [data-key="fall"]');
  assert.deepEqual((await cells(page, '.groups [data-key="fall"]')).slice(0, 2), ["1", "1"]);
  assert.match(await page.textContent('.groups [data-key="breathing"] th'), /Trouble breathing/);
  assert.equal(await page.$(".times-chart"), null);
  await page.selectOption("#times-by", "area");
  await page.waitForSelector(".groups [data-key]");
  const areas = truth.area.map((group) => String(group.key));
  const keys = await page.$$eval(".groups [data-key]", (all) => all.map((tr) => tr.dataset.key));
  assert.deepEqual(keys.sort(), areas.sort());
});

withTimes("of one agency alone, for who belongs to none", {}, async (page) => {
  await page.focus("#times-agency");
  await page.selectOption("#times-agency", "fire");
  await page.focus("#times-from");
  await press(page, "Enter");
  await page.waitForFunction(
    () => document.querySelector(".times-summary")?.textContent.includes("Incidents: 0."),
    null,
    { timeout: PATIENCE_MS },
  );
  assert.equal(await page.$(".times-table.phases"), null);
  assert.equal(await page.inputValue("#times-agency"), "fire");
});

withTimes("the CSV has the numbers, and the print nothing but the page", {}, async (page) => {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.$eval(".times-out .save", (button) => button.click()),
  ]);
  assert.match(download.suggestedFilename(), /^response-times-.*\.csv$/);
  const csv = readFileSync(await download.path(), "utf8");
  assert.match(csv, /^by,key,incidents,phase,n,/);
  const turnout = truth.all[0].phases.find((p) => p.phase === "turnout");
  const line = `all,,2,turnout,2,0,${turnout.p50_s},${turnout.p90_s},${turnout.p99_s},`;
  assert.ok(csv.includes(line), csv);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isVisible("#queue, .region"), false);
  assert.equal(await page.isVisible("dialog.times .phases"), true);
  assert.equal(await page.isVisible("dialog.times form"), false);
  const pdf = await page.pdf({ format: "A4" });
  assert.ok(pdf.length > 10_000);
});

const views = [
  { name: "light", query: "?theme=light" },
  { name: "dark", query: "?theme=dark" },
  { name: "arabic", query: "?theme=light&lang=ar" },
  { name: "arabic, dark and narrow", query: "?theme=dark&lang=ar", width: 360, height: 740 },
];
for (const view of views) {
  withTimes(`${view.name}: no violations of axe, no sideways scrolling`, view, async (page) => {
    assert.deepEqual(await violations(page), []);
    const wide = await page.$eval("dialog.times", (d) => d.scrollWidth - d.clientWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
    await page.$eval(".times-chart", (chart) => chart.scrollIntoView());
    assert.deepEqual(await violations(page), []);
  });
}

test("a dispatcher is not offered the page", { timeout: TEST_MS }, async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { page, close } = await openConsole(browser, dispatcher);
  const acts = await openMenu(page, "account");
  assert.ok(acts.includes("account") && !acts.includes("times"));
  await assert.rejects(ask(dispatcher, "GET", "/v1/statistics"), /403/);
  await close();
});
