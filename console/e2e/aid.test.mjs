// Mutual aid: lent crews in the recommendation, sent or asked for with one key, and the request on
// the other agency's desk; in a real browser against the real server, by keyboard alone.
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
import { addAccount, ask, setUpAdmin, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
const AGREEMENTS = `
aid cross to fire types cardiac-arrest automatic keep 1
aid cross to fire types structure-fire on-request
`;
const CREWS = [
  ["F1", "fire", ["als", "bls"], 0.02],
  ["X1", "cross", ["als", "bls"], 0.002],
  ["X2", "cross", ["als", "bls"], 0.01],
  ["X3", "cross", ["fire-engine", "rescue"], 0.003],
];
let server;
let browser;
let middle;
const desks = {};
const consoles = {};

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer({ bare: true, timers: { "aid-answer": 2 }, lines: AGREEMENTS });
  if (server.kind !== "real") return;
  const admin = await setUpAdmin(server);
  const asAdmin = { ...server, cookie: admin.cookie };
  await ask(asAdmin, "POST", "/v1/agencies", { agency: "fire", label: "Fire brigade" });
  await ask(asAdmin, "POST", "/v1/agencies", { agency: "cross", label: "Red Cross" });
  const chief = await addAccount(server, admin, { account: "chief", role: "supervisor" });
  for (const agency of ["fire", "cross"]) {
    const account = { account: `${agency}-desk`, role: "dispatcher", agency };
    const { cookie } = await addAccount(server, admin, account);
    desks[agency] = { ...server, cookie };
  }
  server.cookie = chief.cookie;
  const [lon, lat] = server.hasMap ? (await ask(server, "GET", "/v1/map")).center : [32.6, -25.95];
  middle = { lat, lon };
  await ask(server, "POST", "/v1/stations", { station: "S1", label: "S", site: middle });
  for (const [unit, agency, capabilities] of CREWS) {
    const crew = { unit, kind: "ambulance", capabilities, station: "S1", agency };
    await ask(server, "POST", "/v1/units", crew);
  }
  const positions = CREWS.map(([unit, , , north]) => ({ unit, lat: lat + north, lon }));
  await ask(server, "POST", "/v1/positions", { positions });
  browser = await launch({ webgl: false }); // two desks at once, and no map is needed
  if (!server.hasMap) return;
  for (const agency of ["fire", "cross"]) consoles[agency] = await openConsole(browser, desks[agency]);
});

after(async () => {
  await browser?.close();
  await server?.close();
});

const incidentOf = async (desk, id) => (await ask(desk, "GET", `/v1/incidents/${id}`)).incident;

async function call(type) {
  const body = { words: "MARKWORDS", type, place: "Rua 5", ...middle };
  return (await ask(desks.fire, "POST", "/v1/calls", body)).incident.id;
}

/** A test with the consoles of both desks; at its end nothing foreign was asked, nothing went wrong. */
function withDesks(name, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real" || !server.hasMap) return t.skip("needs a server and a map of its own");
    const { fire, cross } = consoles;
    try {
      await run(fire.page, cross.page);
      for (const { page, foreign, errors } of [fire, cross]) {
        assert.deepEqual(foreign, [], "requests to other hosts");
        assert.deepEqual(errors, [], "errors in the page");
        assert.equal(await page.evaluate(() => globalThis.pointerUses), 0, "the mouse");
      }
    } catch (error) {
      for (const [desk, { page }] of Object.entries(consoles)) {
        const file = `aid-${desk}-${name.replace(/\W+/g, "-").slice(0, 60)}.png`;
        await page.screenshot({ path: path.join(results, file) });
      }
      throw error;
    }
  });
}

/** The command line: opens it, types, and takes the first line once it says this. */
async function open(page, id) {
  await onBoard(page, id);
  await press(page, "/");
  await page.keyboard.type(`go ${id}`);
  await seeText(page, "[role=option]", id);
  await press(page, "Enter");
  await seeText(page, "#panel h2", id);
}

withDesks("a lent crew is marked in words and sent with its key", async (fire, cross) => {
  const id = await call("cardiac-arrest");
  await open(fire, id);
  await see(fire, '.advice li[data-aid="automatic"]');
  await seeText(fire, ".advice .tag", "⇄ aid: Red Cross · automatic");
  await seeText(fire, ".advice .why", "lent by Red Cross, sent at once");
  assert.equal(await fire.locator("#crews").getByText("X1").count(), 0, "it is not in the list");
  assert.deepEqual(await violations(fire), []);
  await fire.screenshot({ path: path.join(results, "aid-advice.png") });
  const rows = await fire.$$eval(".advice li .unit", (all) => all.map((e) => e.textContent));
  await press(fire, String(rows.indexOf("X1") + 1));
  await see(fire, ".advice .sending.recorded");
  await seeText(cross, "#queue", id); // it is on their board now
  assert.equal((await incidentOf(desks.cross, id)).units[0].unit, "X1");
  await seeText(fire, "#crews", "X1");
  await ask(desks.fire, "POST", `/v1/incidents/${id}/close`, { outcome: "treated" });
  const gone = (words) => !document.querySelector("#crews").textContent.includes(words);
  await fire.waitForFunction(gone, "X1", { timeout: PATIENCE_MS }); // it is theirs alone again
});

withDesks("a crew on request is asked for with one key, and the request is agreed to with one", async (fire, cross) => {
  const id = await call("structure-fire");
  await open(fire, id);
  await see(fire, '.advice li[data-aid="on-request"]');
  const field = 'input[aria-label="Words for Red Cross"]';
  await fire.locator(field).first().focus();
  await fire.keyboard.type("two floors burn");
  await fire.locator("[data-head]").focus();
  const rows = await fire.$$eval(".advice li .unit", (all) => all.map((e) => e.textContent));
  await press(fire, String(rows.indexOf("X3") + 1));
  await see(fire, '[data-aid-state="requested"]');
  await see(fire, ".advice .sending.asked");
  await see(cross, "[data-aid-request]");
  await see(cross, ".cue-aid");
  await seeText(cross, ".aids strong", "Fire brigade asks for 1 ×");
  await seeText(cross, ".aids", "Rua 5");
  await seeText(cross, ".aids .said", "two floors burn");
  assert.ok(!(await cross.content()).includes("MARKWORDS"), "what the caller said is not told");
  await seeText(cross, ".aids .tag.warn", "▲ overdue");
  await seeText(fire, '[data-aid-state="requested"] .tag.warn', "▲ overdue");
  assert.deepEqual(await violations(cross), []);
  await cross.screenshot({ path: path.join(results, "aid-request.png") });
  await press(cross, "z");
  await press(cross, "a");
  await seeText(cross, "#panel h2", id);
  await see(fire, '[data-aid-state="agreed"]');
  await see(fire, ".cue-aid");
  await see(cross, ".advice li");
  await press(cross, "1");
  await seeText(fire, "#panel .sent", "X3");
  await ask(desks.fire, "POST", `/v1/incidents/${id}/close`, { outcome: "extinguished" });
});

withDesks("a request is refused with a word, and withdrawn by who asked", async (fire, cross) => {
  const id = await call("structure-fire");
  const asked = { agency: "cross", capabilities: ["fire-engine"], text: "please" };
  await open(fire, id);
  await ask(desks.fire, "POST", `/v1/incidents/${id}/aid`, asked);
  await see(cross, "[data-aid-request]");
  await press(cross, "z");
  await cross.locator(".aids input").first().focus();
  await cross.keyboard.type("none left");
  await press(cross, "Tab", "r");
  await cross.waitForSelector("[data-aid-request]", { state: "detached" });
  await see(fire, '[data-aid-state="refused"]');
  await seeText(fire, ".timeline .ev-aid-refused", "none left");
  await ask(desks.fire, "POST", `/v1/incidents/${id}/aid`, asked);
  await see(cross, "[data-aid-request]");
  await fire.locator('[data-aid-state="requested"] button').focus();
  await press(fire, "Enter");
  await cross.waitForSelector("[data-aid-request]", { state: "detached" });
  assert.equal((await incidentOf(desks.fire, id)).aid[0].state, "withdrawn");
  await press(cross, "z");
  await seeText(cross, "body", "No request for aid waits for you.");
});
