// A caller's link, from both ends: the desk sends it, a small phone on a slow network shares by it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import test, { after, before } from "node:test";
import { PATIENCE_MS, launch, openConsole, until, violations } from "./browser.mjs";
import { ask, startServer } from "./server.mjs";

const CALLER = "+258840000321";
/** 2G, as browsers' tools have it: 250 kbit/s and 300 ms. */
const SLOW = { offline: false, latency: 300, downloadThroughput: 31250, uploadThroughput: 31250 };
let server;
let browser;
let gateway;
let folder;
const taken = [];

before(async () => {
  gateway = http.createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      taken.push(JSON.parse(body));
      response.writeHead(200).end();
    });
  });
  await new Promise((done) => gateway.listen(0, "127.0.0.1", done));
  folder = mkdtempSync(path.join(tmpdir(), "amparo-link-"));
  const file = path.join(folder, "sms");
  const { port } = gateway.address();
  writeFileSync(file, `way = http\nurl = http://127.0.0.1:${port}/\n`, { mode: 0o600 });
  server = await startServer({ more: ["--sms", file, "--link-url", "http://sos.example"] });
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
  gateway?.close();
  rmSync(folder, { recursive: true, force: true });
});

const linkOf = async (id) => (await ask(server, "GET", `/v1/incidents/${id}`)).incident.links[0];

test("a link is sent from the panel, shared by on a slow small phone, and stopped", async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { incident } = await ask(server, "POST", "/v1/calls", { number: CALLER });
  const desk = await openConsole(browser, server);
  await desk.page.keyboard.press("/");
  await desk.page.keyboard.type(incident.id);
  await desk.page.waitForSelector(`[role="option"]:has-text("${incident.id}")`);
  await desk.page.keyboard.press("Enter");
  await desk.page.waitForSelector("#panel .links summary");
  await desk.page.focus("#panel .links summary");
  await desk.page.keyboard.press("Enter");
  await desk.page.focus("#panel .links form button");
  await desk.page.keyboard.press("Enter");
  const words = await until("the text with the link", () => taken[0]?.text);
  const where = /http:\/\/sos\.example(\/s\/[\w-]{24})/.exec(words)?.[1];
  assert.ok(where, words);
  await desk.page.waitForSelector('#panel .link-state:has-text("sent, not opened")');
  assert.deepEqual(await violations(desk.page), []);

  const context = await browser.newContext({
    viewport: { width: 360, height: 640 },
    geolocation: { latitude: -8.84, longitude: 13.23, accuracy: 11 },
    permissions: ["geolocation"],
    locale: "pt-PT",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const phone = await context.newPage();
  const errors = [];
  phone.on("pageerror", (error) => errors.push(error.message));
  const line = await context.newCDPSession(phone);
  await line.send("Network.enable");
  await line.send("Network.emulateNetworkConditions", SLOW);
  await phone.goto(server.url + where);
  assert.deepEqual(await violations(phone), []);
  assert.equal((await linkOf(incident.id)).state, "offered");
  await phone.click("button");
  await phone.waitForSelector('#where:has-text("Posição enviada")');
  await phone.fill("#text", "terceiro andar");
  await phone.click("#write button");
  await phone.waitForSelector('#shared li:has-text("Enviado")');
  assert.deepEqual(await violations(phone), []);
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(wide <= 360, `${wide} px`);

  // the network breaks in the middle, and the page is loaded again
  const pixel =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  const picture = Buffer.concat([Buffer.from(pixel, "base64"), Buffer.alloc(150_000, 7)]);
  await phone.setInputFiles('input[accept="image/*"]', {
    name: "a.png",
    mimeType: "image/png",
    buffer: picture,
  });
  await phone.waitForSelector("progress");
  await line.send("Network.emulateNetworkConditions", { ...SLOW, offline: true });
  await phone.waitForSelector('#shared li:has-text("À espera da rede")');
  await line.send("Network.emulateNetworkConditions", SLOW);
  await phone.reload();
  const medium = await until("the picture", async () => (await linkOf(incident.id)).media[0]);
  assert.equal(medium.bytes, picture.length);

  const button = desk.page.locator("#panel .links .medium");
  await button.focus();
  await desk.page.keyboard.press("Enter");
  await desk.page.waitForFunction(
    () => document.querySelector("#panel .medium-shown img")?.naturalWidth === 1,
  );
  await desk.page.waitForSelector('#panel .thread:has-text("terceiro andar")');
  assert.deepEqual(await violations(desk.page), []);
  await phone.click("#stop button");
  await phone.waitForSelector('main:has-text("A partilha terminou")');
  await desk.page.waitForSelector('#panel .link-state:has-text("stopped by the caller")');
  assert.deepEqual(desk.foreign, []);
  assert.deepEqual(desk.errors, []);
  assert.deepEqual(errors, []);
  await context.close();
  await desk.close();
});

test("without JavaScript the caller agrees, writes and stops by forms alone", async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { incident } = await ask(server, "POST", "/v1/calls", { number: "+258840000322" });
  const before = taken.length;
  await ask(server, "POST", `/v1/incidents/${incident.id}/links`, {
    scopes: ["position", "messages"],
    text: "{link}",
  });
  const words = await until("the text", () => taken[before]?.text);
  const context = await browser.newContext({ javaScriptEnabled: false, locale: "ar" });
  context.setDefaultTimeout(PATIENCE_MS);
  const phone = await context.newPage();
  await phone.goto(server.url + new URL(words).pathname);
  assert.equal(await phone.getAttribute("html", "dir"), "rtl");
  await phone.click("button");
  await phone.fill("#text", "help");
  await phone.click("#write button");
  const { incident: seen } = await ask(server, "GET", `/v1/incidents/${incident.id}`);
  assert.equal(seen.texts.find((x) => x.state === "received")?.text, "help");
  await phone.click("#stop button");
  assert.equal((await linkOf(incident.id)).outcome, "caller");
  await context.close();
});
