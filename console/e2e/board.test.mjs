// The board of a shift when things break and when they do not: unsent acts, conflicts, the copy,
// tables sorted and filtered by keyboard, windows in step, the night theme, and paper.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
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
  until,
  violations,
} from "./browser.mjs";
import { addAccount, ask, enterAs, seed, startAgain, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
let server;
let browser;
let middle;
let type;
let second;

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer();
  middle = await seed(server);
  const { types } = await ask(server, "GET", "/v1/plans");
  type = types[0];
  second = await addAccount(server, await enterAs(server, "admin"), {
    account: "ana",
    role: "dispatcher",
  });
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** A line to the server that can be cut and mended. */
async function startLine() {
  let target = new URL(server.url);
  const sockets = new Set();
  let isCut = false;
  let pages = 0;
  const hold = (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  };
  const listener = createServer((near) => {
    hold(near);
    if (isCut) return near.destroy();
    near.on("data", (bytes) => {
      if (bytes.toString("latin1").startsWith("GET / HTTP")) pages++;
    });
    const far = connect(Number(target.port), target.hostname);
    hold(far);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise((done) => listener.listen(0, "127.0.0.1", done));
  return {
    ...server,
    url: `http://127.0.0.1:${listener.address().port}`,
    cut: () => {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => (isCut = false),
    /** From now on it leads to another server. */
    leadTo: (url) => (target = new URL(url)),
    /** How often the page itself was asked for. */
    pages: () => pages,
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => listener.close(done));
    },
  };
}

const gone = (page, selector) =>
  page.waitForSelector(selector, { state: "hidden", timeout: PATIENCE_MS });

async function call(words, more = {}) {
  const body = { words, pos: middle, type: type.type, priority: 2, ...more };
  return (await ask(server, "POST", "/v1/calls", body)).incident;
}

/** Another desk's session. */
function secondDesk() {
  return { ...server, cookie: second.cookie };
}

const incidentNow = async (id) => (await ask(server, "GET", `/v1/incidents/${id}`)).incident;

/** The ids of a table's rows, in order. */
const rowsOf = (page, region) =>
  page.$$eval(`#${region} tr[data-id]`, (rows) => rows.map((r) => r.dataset.id));

/** Opens an incident by its name, on the command line. */
async function openById(page, id) {
  await press(page, "/");
  await page.keyboard.type(id);
  await press(page, "Enter");
  await seeText(page, "#panel .head h2", id);
}

/** What is typed on the command line, done. */
async function obey(page, line) {
  await press(page, "/");
  await page.keyboard.type(line);
  await see(page, ".search [aria-selected=true]");
  await press(page, "Enter");
}

/** A test on one console, with a picture of what was there when it failed. */
function withConsole(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    const line = await startLine();
    if (options.ownSession) line.cookie = (await enterAs(server, "desk")).cookie;
    const console_ = await openConsole(browser, line, options);
    try {
      await run(console_, line, t);
      assert.deepEqual(console_.foreign, [], "requests to other hosts");
      // a cut line is reported by the browser and, by a shortened name, the map engine: as it should be
      const odd = console_.errors.filter((e) => !/Failed to load resource|^[\w$]{1,3}$/.test(e));
      assert.deepEqual(odd, [], "errors in the page");
    } catch (error) {
      const file = `${name.replace(/\W+/g, "-")}.png`;
      await console_.page.screenshot({ path: path.join(results, file) });
      throw error;
    } finally {
      await console_.close();
      await line.hangUp();
    }
  });
}

const inOrder = "acts of a cut line wait in a list, one is thrown away, the others go out in order";
withConsole(inOrder, {}, async ({ page }, line) => {
  const incident = await call("Line cut");
  await openById(page, incident.id);
  line.cut();
  await press(page, "a");
  await page.keyboard.type("first while away");
  await press(page, "Enter");
  await see(page, ".bar .unsent:not([hidden])");
  await page.waitForSelector("#act-text", { state: "detached" });
  await press(page, "a");
  await page.keyboard.type("second while away");
  await press(page, "Enter");
  await obey(page, `n ${incident.id} thrown away`);
  await seeText(page, ".bar .unsent", "3 unsent");
  await press(page, "Escape", "F6", "s");
  await seeText(page, "dialog.unsent li", "second while away");
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(results, "board-unsent.png") });
  assert.match(await page.textContent("dialog.unsent li"), /\d:\d\d old/);
  await page.focus("dialog.unsent li:nth-child(3) button");
  await press(page, "Enter");
  await page.waitForFunction(() => document.querySelectorAll("dialog.unsent li").length === 2);
  await press(page, "Escape");
  assert.equal((await incidentNow(incident.id)).notes ?? 0, 0);
  await press(page, "Shift+F6"); // the keyboard alone goes on
  line.mend();
  await gone(page, ".bar .unsent");
  const { timeline } = await incidentNow(incident.id);
  const notes = timeline.filter((e) => e.kind === "note-added").map((e) => e.text);
  assert.deepEqual(notes, ["first while away", "second while away"]);
});

/** The copies of the board that this browser keeps. */
const copies = (page) =>
  page.evaluate(async () => {
    const all = await indexedDB.databases();
    if (!all.some(({ name }) => name === "amparo")) return []; // asking would make it
    const opening = indexedDB.open("amparo");
    await new Promise((done) => (opening.onsuccess = opening.onerror = done));
    const shelf = opening.result.transaction("copy").objectStore("copy").getAll();
    await new Promise((done) => (shelf.onsuccess = done));
    opening.result.close();
    return shelf.result.map(({ kept }) => ({ kept }));
  });

withConsole(
  "without a server a reload opens the last board, read only with its age, and unsent acts live on",
  { worker: true, ownSession: true },
  async ({ page }, line) => {
    const incident = await call("Reload without a server");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await openById(page, incident.id);
    await seeText(page, "#queue", incident.id);
    const shown = await page.evaluate(() => Date.now());
    await ask(server, "POST", `/v1/incidents/${incident.id}/notes`, { text: "to be kept" });
    await until("a copy", async () => (await copies(page)).some(({ kept }) => kept > shown));
    line.cut();
    await press(page, "a");
    await page.keyboard.type("written without a server");
    await press(page, "Enter");
    await see(page, ".bar .unsent:not([hidden])");
    await page.reload();
    await see(page, "[data-copy]");
    await seeText(page, ".copy-age strong", "old");
    await seeText(page, "#queue", incident.id);
    assert.equal(await page.locator(".bar [data-command=new]").count(), 0, "read only");
    await see(page, ".bar .unsent:not([hidden])");
    assert.deepEqual(await violations(page), []);
    await press(page, "q", "Home", "Enter");
    await see(page, "#panel .head h2");
    await page.screenshot({ path: path.join(results, "board-copy.png") });
    line.mend();
    await page.waitForSelector("[data-copy]", { state: "detached", timeout: PATIENCE_MS });
    await see(page, "html[data-ready]");
    await gone(page, ".bar .unsent");
    const { timeline } = await incidentNow(incident.id);
    assert.equal(timeline.filter((e) => e.text === "written without a server").length, 1);
    const asked = line.pages();
    await page.reload();
    await see(page, "html[data-ready]");
    assert.ok(line.pages() > asked, "a server that is there gives the page, not the worker");
    const kept = await page.evaluate(async () => {
      const shelf = await caches.open((await caches.keys())[0]);
      return (await shelf.keys()).map((r) => new URL(r.url).pathname);
    });
    assert.ok(kept.includes("/") && !kept.some((k) => k.startsWith("/v1")), kept.join(" "));
    await press(page, "u", "End", "ArrowUp", "Enter");
    await see(page, "dialog.gate[open]");
    assert.deepEqual(await copies(page), [], "nothing is left after the log out");
  },
);

const notOnTheBoard = "an incident that the board does not have is opened by its number";
withConsole(notOnTheBoard, {}, async ({ page }) => {
  await page.route("**/v1/events*", (route) => route.abort());
  await page.reload();
  await see(page, "html[data-ready]");
  const incident = await call("Just opened");
  await openById(page, incident.id);
  await seeText(page, "#panel .timeline", "Just opened");
  const old = await call("Long closed");
  await ask(server, "POST", `/v1/incidents/${old.id}/close`, {});
  await obey(page, `n ${old.id} the coat is here`);
  await seeText(page, ".toast.good", "the coat is here");
  await openById(page, old.id);
  await seeText(page, "#panel .timeline", "the coat is here");
});

const whoWasFirst = "a conflict says who was there first, with what, and when";
withConsole(whoWasFirst, {}, async ({ page }, line) => {
  const mine = await call("Mine");
  const theirs = await call("Theirs", { pos: { lat: middle.lat + 0.01, lon: middle.lon } });
  const other = secondDesk();
  await openById(page, mine.id);
  line.cut();
  await obey(page, `d M1 > ${mine.id}`);
  await see(page, ".bar .unsent:not([hidden])");
  await ask(other, "POST", `/v1/incidents/${theirs.id}/assignments`, { unit: "M1" });
  line.mend();
  await seeText(page, ".toast", `M1 was sent to ${theirs.id} by ana`);
  await page.screenshot({ path: path.join(results, "board-conflict.png") });
  await press(page, "Escape", "F6", "s");
  await seeText(page, "dialog.unsent li.refused", "ago");
  await page.focus("dialog.unsent li.refused button:last-child");
  await press(page, "Enter");
  await gone(page, "dialog.unsent li");
  await ask(other, "DELETE", `/v1/incidents/${theirs.id}/assignments/M1`);
});

withConsole("what a key did is taken back by its button", {}, async ({ page }) => {
  const incident = await call("Undo");
  await openById(page, incident.id);
  await see(page, ".advice li");
  await press(page, await page.textContent(".advice li:not(.divert) kbd"));
  await see(page, ".sending.recorded");
  await page.focus(".toast [data-undo]");
  await press(page, "Enter");
  await page.waitForFunction(() => !document.querySelector("#panel .sent li"));
  await page.focus("#panel [data-head]");
  await press(page, "c", "Enter");
  await seeText(page, "#panel .head .chip", "Closed");
  await page.focus(".toast [data-undo]");
  await press(page, "Enter");
  await page.waitForFunction(
    () => !/Closed/.test(document.querySelector("#panel .head .chip")?.textContent),
  );
  assert.notEqual((await incidentNow(incident.id)).state, "closed");
});

const byKeyboard = "tables are sorted and filtered by keyboard alone, and a layout brings it back";
withConsole(byKeyboard, {}, async ({ page }) => {
  const near = await call("Sorted first", { priority: 1, place: "Zebra square" });
  const far = await call("Sorted last", { priority: 4, place: "Água street" });
  await seeText(page, "#queue", far.id);
  await press(page, "q", "Home", "ArrowUp");
  const column = () => document.activeElement.closest("th")?.dataset.column;
  assert.equal(await page.evaluate(column), "pri");
  await press(page, "Enter");
  assert.equal(await page.getAttribute("#queue th.c-pri", "aria-sort"), "ascending");
  await press(page, "Enter");
  assert.equal(await page.getAttribute("#queue th.c-pri", "aria-sort"), "descending");
  const down = await rowsOf(page, "queue");
  assert.ok(down.indexOf(far.id) < down.indexOf(near.id), down.join(" "));
  await press(page, "ArrowRight", "ArrowRight", "ArrowRight", "Enter", "ArrowDown");
  assert.equal(await page.getAttribute("#queue th.c-age", "aria-sort"), "ascending");
  const young = await rowsOf(page, "queue");
  assert.equal(young[0], far.id, "the youngest first");
  await press(page, "l");
  await page.keyboard.type("agua");
  await page.waitForFunction(() => document.querySelectorAll("#queue tr[data-id]").length === 1);
  assert.match(await page.textContent("#queue .filter-shown"), /1 of \d+ shown/);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(results, "board-filter.png") });
  await press(page, "Enter", "y");
  await see(page, "dialog.desk[open] #desk-layout");
  await page.focus("#desk-layout");
  await page.keyboard.type("Water only");
  await press(page, "Enter");
  await seeText(page, "dialog.desk .cards", "Water only");
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(results, "board-desk.png") });
  await press(page, "Escape", "l", "Escape");
  assert.ok((await rowsOf(page, "queue")).length > 1, "the filter is gone");
  await page.reload();
  await see(page, "html[data-ready]");
  assert.equal(await page.getAttribute("#queue th.c-age", "aria-sort"), "ascending", "kept");
  await press(page, "y");
  await page.focus("dialog.desk .cards button");
  await press(page, "Enter", "Escape");
  await page.waitForFunction(() => document.querySelectorAll("#queue tr[data-id]").length === 1);
  await press(page, "l", "Escape");
  const width = () => page.evaluate(() => document.querySelector("#queue").clientWidth);
  const before = await width();
  await page.focus(".edge-queue");
  await press(page, "ArrowRight", "ArrowRight");
  assert.ok((await width()) > before, "the edge moves");
  assert.equal(await page.evaluate(() => globalThis.pointerUses), 0, "the mouse was used");
});

withConsole("a threshold changes a running time's colour and its sign", {}, async ({ page }) => {
  const incident = await call("Waiting", { priority: 5, place: "Waiting room" });
  await seeText(page, "#queue", incident.id);
  const due = () => page.getAttribute(`#queue tr[data-id="${incident.id}"] td.c-age`, "data-due");
  assert.equal(await due(), null);
  await press(page, "q", "y");
  await see(page, "dialog.desk[open]");
  await page.fill("dialog.desk [name=w5-soon]", "0.02");
  await page.fill("dialog.desk [name=w5-late]", "0.03");
  await press(page, "Enter");
  await seeText(page, "dialog.desk .hint.good", "Thresholds saved");
  await press(page, "Escape");
  await see(page, `#queue tr[data-id="${incident.id}"] td[data-due="2"]`);
  const sign = await page.evaluate(
    (id) => {
      const cell = document.querySelector(`tr[data-id="${id}"] td.c-age`);
      return getComputedStyle(cell, "::before").content;
    },
    incident.id,
  );
  assert.match(sign, /▲/);
});

const inStep = "windows run in step on one line, and another takes the line over";
withConsole(inStep, {}, async ({ page, context }, line) => {
  const incident = await call("In step");
  const lines = [];
  context.on("request", (r) => r.url().includes("/v1/events") && lines.push(r.frame().page()));
  const [map] = await Promise.all([
    context.waitForEvent("page"),
    page.evaluate(() => document.querySelector("#map .own-window").click()),
  ]);
  await map.waitForSelector("html[data-ready]", { timeout: PATIENCE_MS });
  assert.ok(await map.isVisible("#map"));
  assert.ok(!(await map.isVisible("#queue")));
  assert.equal(lines.length, 0, "the new window has no line of its own");
  await openById(page, incident.id);
  await map.waitForFunction(
    (id) => document.querySelector(`#queue tr[data-id="${id}"][aria-selected="true"]`) !== null,
    incident.id,
    { timeout: PATIENCE_MS },
  );
  const board = await context.newPage();
  await board.goto(`${line.url}/?window=queue`);
  await board.waitForSelector("html[data-ready]", { timeout: PATIENCE_MS });
  await board.waitForSelector(".line-live", { timeout: PATIENCE_MS });
  const other = await call("Seen everywhere");
  for (const each of [page, map, board]) {
    const row = `#queue tr[data-id="${other.id}"]`;
    await each.waitForSelector(row, { state: "attached", timeout: PATIENCE_MS });
  }
  await board.focus(`#queue tr[data-id="${other.id}"]`);
  await board.keyboard.press("Enter");
  await seeText(page, "#panel .head h2", other.id);
  assert.equal(lines.length, 0);
  await page.close();
  const last = await call("After the first window");
  await board.waitForSelector(`#queue tr[data-id="${last.id}"]`, { timeout: PATIENCE_MS });
  await map.screenshot({ path: path.join(results, "board-window-map.png") });
  assert.equal(lines.length, 1, "one of the others took the line over");
});

const heardAndSeen = "cues are silent until a key is pressed, can be muted, and are always seen";
withConsole(heardAndSeen, {}, async ({ page }) => {
  const other = secondDesk();
  const calls = (words) => ask(other, "POST", "/v1/calls", { words, pos: middle, type: type.type });
  await page.evaluate(() => {
    globalThis.heard = []; // all of them: an alarm may ring in between
    const note = () => globalThis.heard.push(document.documentElement.dataset.sounded);
    const watch = { attributeFilter: ["data-sounded"] };
    new MutationObserver(note).observe(document.documentElement, watch);
  });
  const heard = () => page.evaluate(() => globalThis.heard);
  await calls("Nobody touched the page");
  await see(page, ".cue-call");
  assert.deepEqual(await heard(), []);
  await press(page, "q");
  await page.waitForTimeout(2000); // one cue in that time is one
  await calls("Touched");
  await page.waitForFunction(() => globalThis.heard.includes("call"));
  assert.match(await page.textContent(".cue-call"), /New call/);
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(results, "board-cue.png") });
  await press(page, "y");
  await see(page, "dialog.desk[open]");
  await page.uncheck("dialog.desk .cards .tick input >> nth=2");
  await press(page, "Escape");
  const incident = await call("Somebody arrives");
  await ask(other, "POST", `/v1/incidents/${incident.id}/assignments`, { unit: "M3" });
  await ask(other, "POST", "/v1/units/M3/status", { status: "on-scene" });
  await seeText(page, ".cue-arrived", "M3");
  assert.ok(!(await heard()).includes("arrived"), "arrivals are muted");
  await ask(other, "DELETE", `/v1/incidents/${incident.id}/assignments/M3`);
});

withConsole("a lost line is heard and seen", {}, async ({ page }, line) => {
  await press(page, "q");
  line.cut();
  await see(page, ".cue-lost");
  await page.waitForFunction(() => document.documentElement.dataset.sounded === "lost");
});

const otherKeys = "keys are given another meaning, not one that is taken, and the help shows it";
withConsole(otherKeys, {}, async ({ page }) => {
  const give = async (command, key) => {
    await page.focus(`dialog.desk [data-key-of=${command}]`);
    await press(page, "Enter", key);
  };
  await press(page, "q", "y");
  await see(page, "dialog.desk[open]");
  await give("new", "w");
  await seeText(page, "dialog.desk .problem", "is taken");
  await give("new", "1");
  await seeText(page, "dialog.desk .problem", "cannot be given away");
  await give("new", "b");
  await seeText(page, "dialog.desk .hint.good", "Keys saved");
  await press(page, "Escape", "n");
  assert.equal(await page.isVisible("#panel form"), false, "n is nothing now");
  await press(page, "?");
  await seeText(page, "dialog.help dt", "b");
  await press(page, "Escape", "b");
  await see(page, "#panel form");
  assert.match(await page.textContent(".bar [data-command=new]"), /b/);
  await page.reload();
  await see(page, "html[data-ready]");
  await press(page, "b");
  await see(page, "#panel form");
});

for (const view of [
  { name: "night-red", query: "?theme=night" },
  { name: "night-red, narrow", query: "?theme=night", width: 360, height: 740 },
  { name: "200 percent", query: "?theme=dark", width: 720, height: 450 },
]) {
  withConsole(`${view.name}: no violations of axe, nothing too wide`, view, async ({ page }) => {
    const check = async (what) => {
      assert.deepEqual(await violations(page), [], what);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `${what} is ${wide} px too wide`);
    };
    if (view.query.includes("night")) {
      assert.equal(await page.getAttribute("html", "data-theme"), "night");
    }
    const incident = await call("Looked at");
    await page.waitForSelector(`#queue tr[data-id="${incident.id}"]`, { state: "attached" });
    await check("the board");
    await openById(page, incident.id);
    await check("an incident");
    await page.screenshot({ path: path.join(results, `board-${view.name}.png`) });
    await press(page, "y");
    await see(page, "dialog.desk[open]");
    await check("this desk");
    await page.screenshot({ path: path.join(results, `board-${view.name}-desk.png`) });
    await press(page, "Escape", "q", "l");
    await check("a filter");
    await press(page, "Escape", "?");
    await check("the keys");
  });
}

/** The words of a PDF, where a program is there to read them; its title is read in any case. */
function wordsOfPdf(pdf, name) {
  const file = path.join(results, `${name}.pdf`);
  writeFileSync(file, pdf);
  if (!existsSync("/usr/bin/pdftotext")) return null;
  return execFileSync("/usr/bin/pdftotext", ["-layout", file, "-"], { encoding: "utf8" });
}

/** The title in a PDF's own record: plain, or as UTF-16. */
function titleOfPdf(pdf) {
  const bytes = pdf.toString("latin1");
  const plain = /\/Title \(((?:\\.|[^)\\])*)\)/.exec(bytes)?.[1];
  if (plain !== undefined) return plain;
  const hex = /\/Title <([0-9A-Fa-f]+)>/.exec(bytes)?.[1] ?? "";
  return Buffer.from(hex, "hex").swap16().toString("utf16le");
}

withConsole("a run sheet and the board print as paper, with when and who", {}, async ({ page }) => {
  const incident = await call("Printed", { place: "Printing press" });
  await ask(server, "POST", `/v1/incidents/${incident.id}/notes`, { text: "a note on paper" });
  await openById(page, incident.id);
  await seeText(page, "#panel .timeline", "a note on paper");
  const sheet = await page.evaluate(() => {
    dispatchEvent(new Event("beforeprint"));
    return document.querySelector(".paper").textContent;
  });
  const wanted = [incident.id, "a note on paper", "Printing press", "desk (supervisor)", "UTC"];
  for (const words of wanted) assert.ok(sheet.includes(words), words);
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.isVisible(".board"), false);
  await page.screenshot({ path: path.join(results, "board-paper-run.png") });
  await page.emulateMedia({ media: null });
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.equal(await page.locator(".paper").count(), 0);
  const run = await page.pdf({ format: "A4" });
  assert.ok(run.length > 5000);
  assert.ok(titleOfPdf(run).includes(incident.id), titleOfPdf(run));
  const words = wordsOfPdf(run, "board-run");
  if (words !== null) assert.ok(words.includes(incident.id) && words.includes("a note on paper"));
  await press(page, "Escape");
  const board = await page.pdf({ format: "A4" });
  assert.ok(board.length > 5000);
  const all = wordsOfPdf(board, "board-whole");
  if (all !== null) assert.ok(all.includes(incident.id) && all.includes("M1"));
});

// The last one: the server that all others use is gone after it.
const killed = "a server killed in the middle of a word loses nothing of it";
withConsole(killed, {}, async ({ page }, line, t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const incident = await call("Server killed");
  await openById(page, incident.id);
  await press(page, "a");
  await page.keyboard.type("half a sen");
  await server.kill();
  await see(page, ".banner:not([hidden])");
  await page.keyboard.type("tence");
  assert.equal(await page.inputValue("#act-text"), "half a sentence");
  await press(page, "Enter");
  await see(page, ".bar .unsent:not([hidden])");
  const again = await startAgain(server);
  t.after(() => again.stop());
  line.leadTo(again.url);
  await gone(page, ".bar .unsent");
  await see(page, ".line-live");
  await seeText(page, "#panel .timeline", "half a sentence");
  const now = { ...server, url: again.url };
  const { timeline } = (await ask(now, "GET", `/v1/incidents/${incident.id}`)).incident;
  assert.equal(timeline.filter((e) => e.text === "half a sentence").length, 1);
});
