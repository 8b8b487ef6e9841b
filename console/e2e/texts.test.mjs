// A conversation by text: it is seen, answered and followed from the panel, by keyboard alone.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { PATIENCE_MS, launch, openConsole, violations } from "./browser.mjs";
import { ask, startServer } from "./server.mjs";

const CALLER = "+258840000123";
const results = path.join(process.cwd(), "test-results");
let server;
let browser;
let gateway;
let folder;
const taken = [];
let answer = 200;

before(async () => {
  gateway = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      taken.push(JSON.parse(body));
      response.writeHead(answer).end();
    });
  });
  await new Promise((done) => gateway.listen(0, "127.0.0.1", done));
  folder = mkdtempSync(path.join(tmpdir(), "amparo-texts-"));
  const file = path.join(folder, "sms");
  const { port } = gateway.address();
  writeFileSync(file, `way = http\nurl = http://127.0.0.1:${port}/\n`, { mode: 0o600 });
  server = await startServer({ more: ["--sms", file] });
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
  gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

function text(words, id) {
  return ask(server, "POST", "/v1/sms", { from: CALLER, text: words, id });
}

async function openIncident(page, id) {
  await page.keyboard.press("/");
  await page.keyboard.type(id);
  await page.waitForSelector(`[role="option"]:has-text("${id}")`);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#panel .thread");
}

const inThread = (page, words) =>
  page.waitForFunction(
    (w) => document.querySelector("#panel .thread")?.textContent.includes(w),
    words,
    { timeout: PATIENCE_MS },
  );

test("a text is read, answered and followed until it is sent, by keyboard alone", async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { incident } = await text("House on fire, come <b>quickly</b>", "1");
  const { page, errors, close } = await openConsole(browser, server);
  await openIncident(page, incident);
  await inThread(page, "House on fire, come <b>quickly</b>");
  await text("Пожар на втором этаже", "2");
  await inThread(page, "втором");
  await page.waitForSelector(".cue-text", { timeout: PATIENCE_MS });

  await page.focus("#reply-text");
  await page.keyboard.type("Get out".padEnd(161, "."));
  await page.waitForFunction(() => /2 messages/.test(document.querySelector("#reply-size")?.textContent));
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Saia já 🚑");
  await page.waitForFunction(() => /60 char/.test(document.querySelector("#reply-size")?.textContent));
  assert.deepEqual(await violations(page), []);
  await page.screenshot({ path: path.join(results, "texts.png") });
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector("#panel .sms-sent", { timeout: PATIENCE_MS });
  assert.equal(taken[0].text, "Saia já 🚑");
  assert.equal(taken[0].to, CALLER);
  assert.equal(await page.inputValue("#reply-text"), "");

  answer = 400;
  await page.keyboard.type("refused");
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector("#panel .sms-failed", { timeout: PATIENCE_MS });
  await inThread(page, "refused by the gateway (400)");
  assert.deepEqual(errors, []);
  await close();
});

test("what is being written waits with its incident", async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { incident } = await text("one more", "3");
  const other = await ask(server, "POST", "/v1/sms", { from: "+258840000999", text: "hi", id: "4" });
  const { page, close } = await openConsole(browser, server);
  await openIncident(page, incident);
  await page.focus("#reply-text");
  await page.keyboard.type("half a sentence");
  await page.keyboard.press("Escape");
  await openIncident(page, other.incident);
  assert.equal(await page.inputValue("#reply-text"), "");
  await page.focus("#panel [data-head]");
  await openIncident(page, incident);
  assert.equal(await page.inputValue("#reply-text"), "half a sentence");
  await close();
});

test("who called by voice is written to when the desk wants that", async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { incident } = await ask(server, "POST", "/v1/calls", { number: "+258840000555" });
  const { page, close } = await openConsole(browser, server);
  await page.keyboard.press("/");
  await page.keyboard.type(incident.id);
  await page.waitForSelector(`[role="option"]:has-text("${incident.id}")`);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#panel details.texts");
  assert.equal(await page.locator("#reply-text").count(), 0);
  await page.focus("#panel details.texts summary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#reply-text");
  answer = 200;
  await page.focus("#reply-text");
  await page.keyboard.type("Can you speak?");
  await page.keyboard.press("Control+Enter");
  await page.waitForSelector("#panel .thread", { timeout: PATIENCE_MS });
  await page.waitForSelector("#panel .sms-sent", { timeout: PATIENCE_MS });
  await close();
});

for (const look of [
  { name: "narrow", query: "?theme=light", width: 360, height: 740 },
  { name: "dark, right to left", query: "?theme=dark&lang=ar" },
]) {
  test(`the thread is accessible: ${look.name}`, async (t) => {
    if (server.kind !== "real") return t.skip("needs the built binary");
    const { incident } = await text("and again", `look ${look.name}`);
    const { page, close } = await openConsole(browser, server, look);
    await openIncident(page, incident);
    await inThread(page, "and again");
    assert.deepEqual(await violations(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    assert.equal(wide, false, "nothing is cut off or scrolls sideways");
    await page.screenshot({ path: path.join(results, `texts-${look.name}.png`) });
    await close();
  });
}
