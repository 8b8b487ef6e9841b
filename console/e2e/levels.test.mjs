// Levels of alarm: a fire outgrows its crews; in a real browser against the real server, by keyboard
// alone.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import {
  TEST_MS,
  launch,
  onBoard,
  openConsole,
  press,
  see,
  seeText,
  until,
  violations,
} from "./browser.mjs";
import { ask, reportPositions, seed, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
let server;
let browser;
let middle;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer();
  middle = await seed(server);
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

const picture = (page, name) => page.screenshot({ path: path.join(results, `${name}.png`) });
const get = async (id) => (await ask(server, "GET", `/v1/incidents/${id}`)).incident;

/** A fire in the middle of the map. */
async function fire(words) {
  const body = { words, type: "structure-fire", ...middle };
  const { incident } = await ask(server, "POST", "/v1/calls", body);
  return incident.id;
}

/** A test with a console of its own; at its end nothing foreign was asked and nothing went wrong. */
function withConsole(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real") return t.skip("needs a server of its own");
    if (options.needsMap && !server.hasMap) return t.skip("this build has no map");
    const opened = await openConsole(browser, server, options);
    try {
      await run(opened.page);
      assert.deepEqual(opened.foreign, [], "requests to other hosts");
      const errors = opened.errors.filter((e) => !/status of 409/.test(e));
      assert.deepEqual(errors, [], "errors in the page");
      assert.equal(await opened.page.evaluate(() => globalThis.pointerUses), 0, "the mouse");
    } catch (error) {
      await picture(opened.page, `level-${name.replace(/\W+/g, "-")}`);
      throw error;
    } finally {
      await opened.close();
    }
  });
}

/** The command line: once the board has the incident, types, and takes the first line once it says this. */
async function command(page, text, id, offered = id) {
  await onBoard(page, id);
  await press(page, "/");
  await page.keyboard.type(text);
  await seeText(page, "[role=option]", offered);
  await press(page, "Enter");
}

withConsole(
  "a second alarm is seen before it is raised, raised with one key and Enter, and a crew is sent",
  { needsMap: true },
  async (page) => {
    await reportPositions(server, middle);
    const id = await fire("Smoke from the roof");
    await ask(server, "POST", `/v1/incidents/${id}/assignments`, { unit: "F1" });
    await ask(server, "POST", `/v1/incidents/${id}/assignments`, { unit: "M3" });
    await command(page, `go ${id}`, id);
    await seeText(page, "#panel h2", id);
    await press(page, "g");
    await see(page, "#act-choice");
    assert.equal(await page.inputValue("#act-choice"), "2");
    await seeText(page, "#act-adds", "2 ×");
    await seeText(page, "#act-adds", "1 ×");
    assert.equal((await get(id)).level, 1, "seeing it does nothing");
    assert.deepEqual(await violations(page), []);
    await picture(page, "level-asked");
    await press(page, "Enter");
    await seeText(page, "#panel .head .tag", "2");
    await see(page, ".advice li"); // the second ambulance that the level asks for
    assert.equal((await get(id)).level, 2);
    assert.deepEqual(await violations(page), []);
    await picture(page, "level-raised");
    await press(page, "1");
    await see(page, ".advice .sending.recorded");
    const sent = await get(id);
    assert.equal(sent.units.length, 3);
    const raised = sent.timeline.find((e) => e.kind === "alarm-level-set");
    assert.equal(raised.actor, "desk");
    await seeText(page, ".timeline .ev-alarm-level-set", "2");
    await see(page, '[role=grid] .tag[aria-label="Alarm level 2"]');
  },
);

withConsole(
  "the alarm is lowered only with a reason, which stands in the timeline",
  { locale: "pt-PT" },
  async (page) => {
    const id = await fire("Smoke again");
    await ask(server, "POST", `/v1/incidents/${id}/level`, { level: 3 });
    await command(page, `go ${id}`, id);
    await seeText(page, "#panel .head .tag", "3");
    await press(page, "g");
    await see(page, "#act-choice");
    await press(page, "End"); // the last one is the way back to the first alarm
    assert.equal(await page.inputValue("#act-choice"), "1");
    await press(page, "Enter");
    await seeText(page, "#panel [role=alert]", "porquê");
    assert.equal((await get(id)).level, 3);
    await press(page, "Tab");
    await page.keyboard.type("So fumo");
    await press(page, "Enter");
    await seeText(page, ".timeline .said", "So fumo");
    assert.equal((await get(id)).level, 1);
  },
);

withConsole("who raised the alarm first is said to who comes second", {}, async (page) => {
  const id = await fire("Two desks");
  await command(page, `go ${id}`, id);
  await seeText(page, "#panel h2", id);
  await press(page, "g");
  await see(page, "#act-choice");
  await ask(server, "POST", `/v1/incidents/${id}/level`, { level: 2 });
  await press(page, "Enter");
  await seeText(page, "#panel .form [role=alert]", `desk set ${id} to alarm level 2`);
  const { timeline } = await get(id);
  assert.equal(timeline.filter((e) => e.kind === "alarm-level-set").length, 1);
});

withConsole(
  "the command line raises the alarm and says what that adds first, in Arabic on a narrow screen",
  { locale: "ar", width: 360, height: 740 },
  async (page) => {
    const id = await fire("A third time");
    await command(page, `alarm 2 ${id}`, id, "2 ×");
    await until("level 2", async () => (await get(id)).level === 2);
    await command(page, `go ${id}`, id);
    await seeText(page, "#panel .head .tag", "2");
    await press(page, "g");
    await see(page, "#act-choice");
    assert.deepEqual(await violations(page), []);
    await picture(page, "level-arabic");
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} px wide`);
  },
);
