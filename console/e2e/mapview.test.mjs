// The map as a tool: coverage of demand, hospitals and the choice of one, following, measuring,
// trails, and what a recommendation costs in coverage; by keyboard alone and in other languages.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import {
  PATIENCE_MS,
  TEST_MS,
  launch,
  onBoard,
  openConsole,
  press,
  see,
  seeText,
  violations,
} from "./browser.mjs";
import { ask, reportPositions, seed, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
const DRAWN_MS = 1500;
let server;
let browser;
let middle;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer();
  middle = await seed(server);
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** A test with a console of its own; at its end nothing foreign was asked and nothing went wrong. */
function withConsole(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (!server.hasMap || server.kind === "fake") return t.skip("this needs the server and a map");
    await reportPositions(server, middle); // or they are stale on a slow machine
    const console_ = await openConsole(browser, server, options);
    try {
      await run(console_.page);
      assert.deepEqual(console_.foreign, [], "requests to other hosts");
      assert.deepEqual(console_.errors, [], "errors in the page");
      const mouse = await console_.page.evaluate(() => globalThis.pointerUses);
      if (options.keyboardOnly) assert.equal(mouse, 0, "the mouse was used");
    } catch (error) {
      await picture(console_.page, `failed-${name.replace(/\W+/g, "-")}`);
      throw error;
    } finally {
      await console_.close();
    }
  });
}

const picture = (page, name) => page.screenshot({ path: path.join(results, `${name}.png`) });

/** Types a command after `/` and obeys its first line. */
async function command(page, text) {
  await press(page, "/");
  await page.keyboard.type(text);
  await press(page, "Enter");
}

async function unitOf(id) {
  return (await ask(server, "GET", `/v1/units/${id}`)).unit;
}

withConsole("coverage is drawn and said, now and if a crew goes", { keyboardOnly: true }, async (page) => {
  const setAll = (status) =>
    Promise.all(
      ["M2", "M3", "F1"].map((u) => ask(server, "POST", `/v1/units/${u}/status`, { status })),
    );
  await setAll("out-of-service");
  await press(page, "v");
  await seeText(page, ".legend strong", "of demand within 8 min of a free crew");
  await seeText(page, ".legend .hint", "Demand");
  await command(page, "M1");
  await seeText(page, ".legend strong", "If M1 goes: 0%");
  await seeText(page, ".legend li", "nobody if M1 goes");
  await page.waitForTimeout(DRAWN_MS);
  await picture(page, "mapview-coverage");
  assert.deepEqual(await violations(page), []);
  await setAll("available"); // and the layer learns it by itself
  await page.waitForFunction(
    () => /If M1 goes: [1-9]/.test(document.querySelector(".legend strong")?.textContent ?? ""),
    null,
    { timeout: PATIENCE_MS },
  );
  await picture(page, "mapview-coverage-more");
  await press(page, "v");
  await page.waitForSelector(".legend", { state: "hidden" });
});

withConsole("a hospital of the map is put on the list, and its state is set", { keyboardOnly: true }, async (page) => {
  await press(page, "h");
  await see(page, "dialog.hospitals[open]");
  const add = page.locator('dialog.hospitals button[aria-label^="Add "]');
  await add.first().waitFor({ timeout: PATIENCE_MS });
  while ((await add.count()) > 0) {
    const left = await add.count();
    await add.first().focus();
    await press(page, "Enter");
    await page.waitForFunction(
      (n) => document.querySelectorAll('button[aria-label^="Add "]').length < n,
      left,
      { timeout: PATIENCE_MS },
    );
  }
  const { hospitals } = await ask(server, "GET", "/v1/hospitals");
  assert.ok(hospitals.length >= 1);
  await page.locator('dialog.hospitals button[aria-label^="Set the state"]').first().focus();
  await press(page, "Enter");
  await see(page, "#hospital-traffic");
  await page.selectOption("#hospital-traffic", "advisory");
  await page.fill("#hospital-reason", "Scanner out of order");
  await press(page, "Enter");
  await seeText(page, ".hospital-state", "Busy: ask first");
  await picture(page, "mapview-hospitals");
  assert.deepEqual(await violations(page), []);
  await press(page, "Escape");
  const after_ = (await ask(server, "GET", "/v1/hospitals")).hospitals;
  const said = after_.filter((h) => h.traffic === "advisory");
  assert.deepEqual(
    said.map((h) => h.note),
    ["Scanner out of order"],
  );
});

withConsole("another desk sees the new state of a hospital at once", {}, async (page) => {
  const [first] = (await ask(server, "GET", "/v1/hospitals")).hospitals;
  await press(page, "h");
  await see(page, `[data-hospital="${first.id}"]`);
  await ask(server, "POST", `/v1/hospitals/${first.id}/status`, { traffic: "closed" });
  await seeText(page, `[data-hospital="${first.id}"] .hospital-state`, "Closed");
  await ask(server, "POST", `/v1/hospitals/${first.id}/status`, { traffic: "normal" });
  await seeText(page, `[data-hospital="${first.id}"] .hospital-state`, "Accepting");
});

withConsole("a recommendation says what it costs in coverage, and a transport asks where to", { keyboardOnly: true }, async (page) => {
  await ask(server, "POST", "/v1/calls", {
    type: "cardiac-arrest",
    pos: { lat: middle.lat, lon: middle.lon },
    words: "not breathing",
  });
  await onBoard(page, "I-1");
  await command(page, "go I-1");
  await see(page, ".advice .ranked");
  // In haste the server leaves coverage out; asked again, it has it.
  const covered = page.locator(".advice .hint", { hasText: "of demand is within 8 min" });
  for (let i = 0; i < 50 && (await covered.count()) === 0; i++) {
    await press(page, "r");
    await page.waitForTimeout(300);
  }
  await seeText(page, ".advice .hint", "of demand is within 8 min");
  await seeText(page, ".advice .why", "coverage");
  await page.waitForTimeout(DRAWN_MS);
  await picture(page, "mapview-advice");
  await press(page, "1");
  await see(page, ".advice .sending.recorded");
  const sent = (await ask(server, "GET", "/v1/incidents/I-1")).incident.units[0].unit;
  await ask(server, "POST", `/v1/units/${sent}/status`, { status: "en-route" });
  await ask(server, "POST", `/v1/units/${sent}/status`, { status: "on-scene" });
  await command(page, sent);
  await page.locator(".statuses button", { hasText: "Transporting" }).focus();
  await press(page, "Enter");
  await see(page, ".hospital-choice");
  await seeText(page, ".hospital-choice .sub", "by road");
  await picture(page, "mapview-transport");
  assert.deepEqual(await violations(page), []);
  await press(page, "Enter"); // the first of the list has the focus
  await page.waitForSelector(".hospital-choice", { state: "detached" });
  await seeText(page, "#panel .chip, #panel header", "Transporting");
  const unit = await unitOf(sent);
  assert.equal(unit.status, "transporting");
  const names = (await ask(server, "GET", "/v1/hospitals")).hospitals.map((h) => h.label);
  assert.ok(names.includes(unit.hospital), unit.hospital);
});

withConsole("a crew is followed until the map is moved by hand", { keyboardOnly: true }, async (page) => {
  await command(page, "follow M3");
  await seeText(page, ".map-follow", "Following M3");
  await reportPositions(server, { lat: middle.lat + 0.004, lon: middle.lon + 0.004 });
  await page.waitForTimeout(DRAWN_MS);
  await picture(page, "mapview-follow");
  await page.focus("#map canvas");
  await press(page, "ArrowLeft");
  await page.waitForSelector(".map-follow", { state: "hidden" });
  await press(page, "f"); // M3 is still selected
  await seeText(page, ".map-follow", "Following M3");
  await press(page, "f");
  await page.waitForSelector(".map-follow", { state: "hidden" });
});

withConsole("a way is measured with the cross, straight and by road", { keyboardOnly: true }, async (page) => {
  await page.waitForTimeout(DRAWN_MS);
  await command(page, "measure");
  await seeText(page, ".map-aim", "Measure: choose points");
  await page.focus("#map canvas");
  await press(page, "ArrowRight", "Enter");
  await page.waitForTimeout(DRAWN_MS);
  await press(page, "ArrowDown", "ArrowDown", "Enter");
  await seeText(page, ".map-aim", "straight");
  await seeText(page, ".map-aim", "by road");
  await page.waitForFunction(
    () => !document.querySelector(".map-aim")?.textContent?.includes("…"),
    null,
    { timeout: PATIENCE_MS },
  );
  await picture(page, "mapview-measure");
  assert.deepEqual(await violations(page), []);
  await press(page, "Escape");
  await page.waitForSelector(".map-aim", { state: "hidden" });
});

withConsole("a crew under way leaves a trail, which a key hides", {}, async (page) => {
  await ask(server, "POST", "/v1/incidents", {
    type: "fall",
    pos: { lat: middle.lat + 0.01, lon: middle.lon + 0.01 },
  });
  const { incidents } = await ask(server, "GET", "/v1/incidents?state=open");
  const id = incidents.find((i) => i.type === "fall").id;
  await ask(server, "POST", `/v1/incidents/${id}/assignments`, { unit: "M3" });
  await ask(server, "POST", "/v1/units/M3/status", { status: "en-route" });
  await command(page, "M3");
  for (let i = 1; i <= 5; i++) {
    const at = { lat: middle.lat + 0.004 + 0.0015 * i, lon: middle.lon + 0.004 + 0.001 * i };
    await reportPositions(server, at);
    await page.waitForTimeout(DRAWN_MS);
  }
  await picture(page, "mapview-trail");
  await press(page, "j");
  await seeText(page, ".toast", "Trails are hidden");
  await press(page, "j");
  await seeText(page, ".toast", "Trails of the last 10 min are shown");
});

withConsole("coverage in Arabic on a narrow dark screen", { width: 360, height: 740, query: "?lang=ar&theme=dark" }, async (page) => {
  await press(page, "v");
  await see(page, ".legend strong");
  await page.waitForTimeout(DRAWN_MS);
  await picture(page, "mapview-coverage-ar");
  assert.deepEqual(await violations(page), []);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `${wide} px wide`);
  await press(page, "h");
  await see(page, "dialog.hospitals[open]");
  await picture(page, "mapview-hospitals-ar");
  assert.deepEqual(await violations(page), []);
});
