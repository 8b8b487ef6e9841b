// Taking a call: its card, possible duplicates, what is kept when browser or server die, and how
// many keys it takes; in a real browser against the real server.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { PATIENCE_MS, TEST_MS, launch, openConsole, see, seeText, violations } from "./browser.mjs";
import { addAccount, ask, login, reportPositions, seed, setUpAdmin, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
let server;
let browser;
let middle;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer({ bare: true });
  const admin = await setUpAdmin(server);
  for (const account of ["ana", "ben"]) {
    await addAccount(server, admin, { account, role: "dispatcher" });
  }
  server.cookie = (await addAccount(server, admin, { account: "desk", role: "supervisor" })).cookie;
  middle = await seed(server);
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

const picture = (page, name) => page.screenshot({ path: path.join(results, `${name}.png`) });

/** The browser itself reports requests that met no server. */
const unexpected = (errors) => errors.filter((e) => !/net::ERR_/.test(e));

/** A test with a console of its own; at its end nothing foreign was asked and nothing went wrong. */
function withConsole(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real") return t.skip("needs a server of its own");
    if (options.needsMap && !server.hasMap) return t.skip("this build has no map");
    const console_ = await openConsole(browser, server, options);
    const keys = { n: 0 };
    const press = async (...all) => {
      for (const key of all) {
        keys.n++;
        await console_.page.keyboard.press(key);
      }
    };
    try {
      await run(console_.page, { ...console_, press, keys });
      assert.deepEqual(console_.foreign, [], "requests to other hosts");
      assert.deepEqual(unexpected(console_.errors), [], "errors in the page");
    } catch (error) {
      await picture(console_.page, name.replace(/\W+/g, "-"));
      throw error;
    } finally {
      await console_.close();
    }
  });
}

const listed = async () => (await ask(server, "GET", "/v1/incidents?state=all")).incidents;
const incident = async (id) => (await ask(server, "GET", `/v1/incidents/${id}`)).incident;
const shown = (page) => page.textContent("#panel h2 bdi");

/** A street of the map. */
const address = async () => (await ask(server, "GET", "/v1/geocode?q=Rua&limit=1")).results[0];
let far = 0;
/** On the map, and never as near to another as a possible duplicate is. */
const elsewhere = () => ({
  lat: middle.lat + 0.01 * ((far % 3) - 1),
  lon: middle.lon + 0.01 * (Math.floor(far++ / 3) - 1),
});
const typed = (pos) => `${pos.lat.toFixed(5)}, ${pos.lon.toFixed(5)}`;

/** Opens the form and gives the place as coordinates; the focus is on the place then. */
async function newCall(page, press, words, pos) {
  await press("n");
  await see(page, "#call-words");
  await page.keyboard.type(words);
  await press("Tab");
  await page.keyboard.type(typed(pos));
  await see(page, "#call-place-list li");
  await press("Enter");
  await see(page, "#panel .hint.good");
}

withConsole(
  "from ringing to dispatched a known address takes at most 12 keys, with the card answered",
  { needsMap: true },
  async (page, { press, keys }) => {
    await reportPositions(server, middle);
    const { name } = await address();
    await press("n");
    await see(page, "#call-words");
    await press("Tab");
    await page.keyboard.type(name.slice(0, 8)); // the address itself is not counted
    await see(page, "#call-place-list li");
    await press("Enter");
    await see(page, "#panel .hint.good");
    await press("Tab", "U"); // "Unconscious person"
    assert.equal(await page.inputValue("#call-type"), "unconscious");
    await see(page, ".protocol [role=group]");
    await press("Tab", "2", "3"); // not awake, not breathing
    await seeText(page, ".protocol .because", "Priority 1: unconscious, not breathing");
    await press("Enter");
    await see(page, ".advice li");
    await press("1");
    await see(page, ".advice .sending.recorded");
    const id = await shown(page);
    const made = await incident(id);
    assert.equal(made.type, "cardiac-arrest");
    assert.equal(made.priority, 1);
    assert.equal(made.units.length, 1);
    assert.ok(keys.n <= 12, `${keys.n} keys`);
    const pointers = await page.evaluate(() => globalThis.pointerUses);
    assert.equal(pointers, 0, "the mouse was used");
  },
);

withConsole(
  "the answers of a card set type and priority, and the record says why",
  {},
  async (page, { press }) => {
    await newCall(page, press, "He fell down", elsewhere());
    await press("Tab");
    await page.selectOption("#call-type", "chest-pain");
    await press("Tab");
    await seeText(page, ".protocol .question", "awake");
    await press("2");
    assert.equal(await page.inputValue("#call-type"), "unconscious");
    assert.equal(await page.inputValue("#call-priority"), "1");
    await seeText(page, ".protocol .question", "breathing as usual");
    await press("Backspace");
    await seeText(page, ".protocol .question", "awake");
    await press("2", "2");
    await seeText(page, ".protocol .say.newest", "lay them flat");
    await seeText(page, ".protocol .tag", "not an approved protocol");
    assert.equal(await page.evaluate(() => document.activeElement?.id), "call-priority");
    await page.waitForTimeout(300);
    await picture(page, "taking-card");
    assert.deepEqual(await violations(page), []);
    await press("2"); // the caller-taker decides otherwise
    assert.equal(await page.inputValue("#call-priority"), "2");
    await press("Enter");
    await see(page, "#panel .log");
    const made = await incident(await shown(page));
    assert.equal(made.priority, 2);
    const note = made.timeline.find((e) => e.kind === "note-added");
    assert.match(note.text, /^Card: Unconscious person \(example-1\)\n/);
    assert.match(note.text, /answer when you speak to them\? No\n/);
    assert.match(note.text, /Priority 1: unconscious, not breathing normally\n/);
    assert.match(note.text, /Priority 2 was chosen by hand$/);
    await seeText(page, ".timeline li", "Priority 2 was chosen by hand");
  },
);

withConsole("a card answered in triage is recorded with it", {}, async (page, { press }) => {
  const pos = elsewhere();
  const { incident: made } = await ask(server, "POST", "/v1/calls", { words: "smoke", pos });
  await page.reload();
  await see(page, "html[data-ready]");
  await see(page, `#queue tr[data-id="${made.id}"]`);
  await press("q", "Home");
  for (let i = 0; i < 50; i++) {
    if ((await page.evaluate(() => document.activeElement?.dataset.id)) === made.id) break;
    await press("ArrowDown");
  }
  await press("Enter");
  await seeText(page, "#panel h2", made.id);
  await press("t");
  await page.selectOption("#edit-type", "structure-fire");
  await press("Tab");
  await see(page, ".protocol [role=group]:focus");
  await press("1", "2");
  await press("Enter");
  await page.waitForSelector("#panel form:not(.reply)", { state: "detached", timeout: PATIENCE_MS });
  const after_ = await incident(made.id);
  assert.deepEqual([after_.type, after_.priority], ["structure-fire", 1]);
  assert.ok(after_.timeline.some((e) => e.kind === "note-added" && /people inside/.test(e.text)));
});

withConsole(
  "possible duplicates are shown before anything is sent, and a call joins one by keyboard",
  {},
  async (page, { press }) => {
    const pos = elsewhere();
    const near = { lat: pos.lat + 0.001, lon: pos.lon };
    const far_ = { lat: pos.lat + 0.006, lon: pos.lon };
    const first = await ask(server, "POST", "/v1/calls", { type: "fall", priority: 3, pos: near });
    await ask(server, "POST", "/v1/calls", { type: "fall", pos: far_ });
    const told = await ask(server, "POST", "/v1/calls", { type: "fever", pos });
    const id = first.incident.id;
    await newCall(page, press, "An old man on the ground", pos);
    await seeText(page, ".dup-choice label", `Join ${id}`);
    await seeText(page, ".dup-choice label", "Fall · Triaged");
    const offered = await page.$$eval(".dup-choice input", (all) => all.map((i) => i.value));
    const server_ = [told.incident.id, ...told.duplicates.map((d) => d.incident)];
    assert.deepEqual(offered, ["", ...server_], "the server's own rule");
    await seeText(page, ".dup-choice label", "110 m away");
    const before_ = (await listed()).length;
    await press("Tab", "ArrowDown", "ArrowDown");
    await seeText(page, "#panel button.primary", `Join ${id}`);
    await picture(page, "taking-duplicates");
    assert.deepEqual(await violations(page), []);
    await press("Tab");
    await press("U", "Tab", "2", "3", "Enter");
    await seeText(page, "#panel h2", id);
    assert.equal((await listed()).length, before_, "no incident was opened");
    const joined = await incident(id);
    assert.equal(joined.calls.length, 2);
    assert.equal(joined.calls[1].words, "An old man on the ground");
    assert.deepEqual([joined.type, joined.priority], ["fall", 1], "more urgent, and still a fall");
    assert.ok(joined.timeline.some((e) => /not breathing/.test(e.text ?? "")));
  },
);

withConsole(
  "a duplicate that is closed in the meantime is not joined unseen",
  {},
  async (page, { press }) => {
    const pos = elsewhere();
    const { incident: made } = await ask(server, "POST", "/v1/calls", { type: "fall", pos });
    await newCall(page, press, "Fallen", pos);
    await press("Tab", "ArrowDown");
    await seeText(page, "#panel button.primary", `Join ${made.id}`);
    await ask(server, "POST", `/v1/incidents/${made.id}/close`, {});
    await page.waitForFunction(() => document.querySelector(".dup-choice")?.hidden, null, {
      timeout: PATIENCE_MS,
    });
    await seeText(page, "#panel button.primary", "Save");
  },
);

/** A console in which somebody logged in by the form, so that the account is ours to check. */
async function stranger(account) {
  const console_ = await openConsole(browser, server, { stranger: true, ready: false });
  await login(console_.page, account);
  return console_;
}

test("what is typed survives the browser, for its account alone, until the log-out", { timeout: TEST_MS }, async (t) => {
  if (server.kind !== "real") return t.skip("needs a server of its own");
  const { page, context, close } = await stranger("ana");
  const press = (...all) => all.reduce((p, k) => p.then(() => page.keyboard.press(k)), Promise.resolve());
  await newCall(page, press, "A boy in the river", elsewhere());
  await press("Tab");
  await press("U", "Tab", "2");
  await seeText(page, ".protocol .question", "breathing as usual");
  // a reload, as after a crash of the page
  await page.reload();
  await see(page, "html[data-ready]");
  await seeText(page, "#panel .kept", "ago and not sent");
  assert.equal(await page.inputValue("#call-words"), "A boy in the river");
  assert.equal(await page.inputValue("#call-type"), "unconscious");
  assert.equal(await page.inputValue("#call-priority"), "1");
  await seeText(page, ".protocol .question", "breathing as usual");
  await seeText(page, "#panel .hint.good", "On the map");
  await picture(page, "taking-restored");
  // another window, while this one lives, leaves it alone; when it is gone, brings it back
  const second = await context.newPage();
  await second.goto(`${server.url}/`);
  await see(second, "html[data-ready]");
  assert.equal(await second.isVisible("#call-words"), false);
  await second.close();
  await page.close();
  const third = await context.newPage();
  await third.goto(`${server.url}/`);
  await see(third, "html[data-ready]");
  assert.equal(await third.inputValue("#call-words"), "A boy in the river");
  // thrown away, it does not come back
  await third.click("#panel form > .acts button:last-child");
  assert.equal(await third.inputValue("#call-words"), "");
  await third.reload();
  await see(third, "html[data-ready]");
  assert.equal(await third.isVisible("#call-words"), false);
  // a log-out deletes what is there
  await third.keyboard.press("n");
  await third.keyboard.type("Smoke from a roof");
  const kept = () => third.evaluate(() => Object.keys(localStorage).filter((k) => k.includes("draft")));
  assert.equal((await kept()).length, 1);
  await third.keyboard.press("Escape");
  await third.keyboard.press("u");
  await third.keyboard.press("ArrowUp");
  await third.keyboard.press("Enter");
  await see(third, "dialog.gate[open] #gate-account");
  assert.deepEqual(await kept(), []);
  await close();
});

withConsole("a note that was not sent comes back with its age", {}, async (page, { press }) => {
  const { incident: made } = await ask(server, "POST", "/v1/calls", { pos: elsewhere() });
  await see(page, `#queue tr[data-id="${made.id}"]`);
  await page.click(`#queue tr[data-id="${made.id}"]`);
  await seeText(page, "#panel h2", made.id);
  await press("a");
  await page.keyboard.type("The gate is locked");
  await page.reload();
  await see(page, "html[data-ready]");
  await see(page, "#act-text");
  assert.equal(await page.inputValue("#act-text"), "The gate is locked");
  await seeText(page, "#panel .kept", "ago and not sent");
  await press("Enter");
  await seeText(page, ".timeline li", "The gate is locked");
  const kept = await page.evaluate(() => Object.keys(localStorage).filter((k) => k.includes("draft")));
  assert.deepEqual(kept, []);
});

withConsole(
  "the server killed while a call is typed loses nothing, and the call is recorded once",
  {},
  async (page, { press }) => {
    const before_ = (await listed()).length;
    await press("n");
    await see(page, "#call-words");
    await page.keyboard.type("Car in the ditch, ");
    await server.kill();
    await page.keyboard.type("two people");
    await press("Enter");
    await seeText(page, "#panel .problem", "cannot be reached");
    assert.equal(await page.inputValue("#call-words"), "Car in the ditch, two people");
    await server.restart();
    await page.keyboard.type(" and a dog"); // the call may be recorded already: this goes after it
    await press("Enter");
    await see(page, "#panel .log");
    assert.equal((await listed()).length, before_ + 1);
    const made = await incident(await shown(page));
    assert.equal(made.calls[0].words, "Car in the ditch, two people");
    assert.ok(made.timeline.some((e) => /two people and a dog/.test(e.text ?? "")));
  },
);

withConsole(
  "an answer that was lost, and a reload after it, do not record the call twice",
  {},
  async (page, { press }) => {
    const before_ = (await listed()).length;
    await press("n");
    await see(page, "#call-words");
    await page.keyboard.type("Man down at the mill");
    let lost = 0;
    await page.route("**/v1/calls", async (route) => {
      await route.fetch(); // the server has it, and the desk does not hear
      lost++;
      await route.abort();
    });
    await press("Enter");
    await seeText(page, "#panel .problem", "cannot be reached");
    assert.ok(lost > 0);
    assert.equal((await listed()).length, before_ + 1);
    await page.unroute("**/v1/calls");
    await page.reload();
    await see(page, "html[data-ready]");
    assert.equal(await page.inputValue("#call-words"), "Man down at the mill");
    await page.focus("#call-words");
    await press("Enter");
    await see(page, "#panel .log");
    assert.equal((await listed()).length, before_ + 1);
    assert.equal((await incident(await shown(page))).calls.length, 1);
  },
);

withConsole(
  "in Arabic on a narrow screen the card and the choice are readable",
  { width: 360, height: 900, query: "?lang=ar" },
  async (page, { press }) => {
    const pos = elsewhere();
    await ask(server, "POST", "/v1/calls", { type: "fall", priority: 3, pos });
    await newCall(page, press, "سقط رجل", pos);
    await see(page, ".dup-choice:not([hidden])");
    await page.selectOption("#call-type", "breathing");
    await page.focus(".protocol [role=group]");
    await press("1", "2");
    await see(page, ".protocol .because");
    assert.match(await page.textContent(".protocol .because"), /^الأولوية 1/);
    assert.match(await page.textContent("#call-type option:checked"), /صعوبة في التنفس/);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(wide <= 360, `${wide} px wide`);
    await page.screenshot({ path: path.join(results, "taking-ar-360.png"), fullPage: true });
    await page.locator(".protocol").screenshot({ path: path.join(results, "taking-ar-card.png") });
    assert.deepEqual(await violations(page), []);
  },
);
