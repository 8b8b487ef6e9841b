// The board of a shift when things break and when they do not: unsent acts, conflicts, the copy,
// tables sorted and filtered by keyboard, windows in step, the night theme, and paper.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, connect } from "node:net";
import path from "node:path";
import test, { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { launch, openConsole, press, violations } from "./browser.mjs";
import { addAccount, ask, enterAs, seed, startServer } from "./server.mjs";

const results = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "test-results");
const PATIENCE_MS = 30_000;
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
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** A line to the server that can be cut and mended. */
async function startLine() {
  const target = new URL(server.url);
  const sockets = new Set();
  let isCut = false;
  const hold = (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => socket.destroy());
  };
  const listener = createServer((near) => {
    hold(near);
    if (isCut) return near.destroy();
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
    hangUp: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => listener.close(done));
    },
  };
}

const see = (page, selector) => page.waitForSelector(selector, { timeout: PATIENCE_MS });
const gone = (page, selector) =>
  page.waitForSelector(selector, { state: "hidden", timeout: PATIENCE_MS });
const seeText = (page, selector, text) =>
  page.waitForFunction(
    ([s, words]) => [...document.querySelectorAll(s)].some((e) => e.textContent.includes(words)),
    [selector, text],
    { timeout: PATIENCE_MS },
  );

async function call(words, more = {}) {
  const body = { words, pos: middle, type: type.type, priority: 2, ...more };
  return (await ask(server, "POST", "/v1/calls", body)).incident;
}

/** Another desk's session. */
function secondDesk() {
  return { ...server, cookie: second.cookie };
}

const incidentNow = async (id) => (await ask(server, "GET", `/v1/incidents/${id}`)).incident;

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
  test(name, { timeout: 180_000 }, async (t) => {
    const line = await startLine();
    const console_ = await openConsole(browser, line, options);
    try {
      await run(console_, line, t);
      assert.deepEqual(console_.foreign, [], "requests to other hosts");
      // a cut line is reported by the browser and the map engine, which is as it should be
      const odd = console_.errors.filter((e) => !/Failed to load resource|^nl$/.test(e));
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

withConsole("acts of a cut line wait in a list, one is thrown away, the others go out in order", {}, async ({ page }, line) => {
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

withConsole(
  "without a server a reload opens the last board, read only with its age, and unsent acts live on",
  { worker: true },
  async ({ page }, line) => {
    const incident = await call("Reload without a server");
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await openById(page, incident.id);
    await page.waitForFunction(
      async (id) => {
        const opening = indexedDB.open("amparo");
        await new Promise((done) => (opening.onsuccess = opening.onerror = done));
        const shelf = opening.result.transaction("copy").objectStore("copy").getAll();
        await new Promise((done) => (shelf.onsuccess = done));
        opening.result.close();
        return id && shelf.result.length === 1;
      },
      incident.id,
      { timeout: PATIENCE_MS, polling: 500 },
    );
    await page.waitForTimeout(16_000); // the copy is taken at such distances
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
    await see(page, "#panel h2");
    await page.screenshot({ path: path.join(results, "board-copy.png") });
    line.mend();
    await page.waitForSelector("[data-copy]", { state: "detached", timeout: PATIENCE_MS });
    await see(page, "html[data-ready]");
    await gone(page, ".bar .unsent");
    const { timeline } = await incidentNow(incident.id);
    assert.equal(timeline.filter((e) => e.text === "written without a server").length, 1);
    const kept = await page.evaluate(async () => {
      const shelf = await caches.open((await caches.keys())[0]);
      return (await shelf.keys()).map((r) => new URL(r.url).pathname);
    });
    assert.ok(kept.includes("/") && !kept.some((k) => k.startsWith("/v1")), kept.join(" "));
    await press(page, "u", "End", "ArrowUp", "Enter");
    await see(page, "dialog.gate[open]");
    const left = await page.evaluate(async () => {
      const opening = indexedDB.open("amparo");
      await new Promise((done) => (opening.onsuccess = done));
      const all = opening.result.transaction("copy").objectStore("copy").getAll();
      await new Promise((done) => (all.onsuccess = done));
      return all.result.length;
    });
    assert.equal(left, 0, "nothing is left after the log out");
  },
);

withConsole("a conflict says who was there first, with what, and when", {}, async ({ page }, line) => {
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
  await page.waitForFunction(() => !/Closed/.test(document.querySelector("#panel .head .chip")?.textContent));
  assert.notEqual((await incidentNow(incident.id)).state, "closed");
});
