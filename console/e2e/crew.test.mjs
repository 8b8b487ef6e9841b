// The crew page on a phone: a whole run with large buttons, presses without a line that go out in
// order with their times, sharing of positions that is seen and ends, and no violation in any look.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import path from "node:path";
import test, { after, before } from "node:test";
import { PATIENCE_MS, TEST_MS, launch, openConsole, seeText, until, violations } from "./browser.mjs";
import { PASSWORD, addAccount, ask, seed, setUpAdmin, startServer } from "./server.mjs";

const results = "test-results";
const phone = { width: 360, height: 740, ready: false, webgl: false };
let server;
let browser;
let crew;
let middle;

const post = (route, body) => ask(server, "POST", `/v1${route}`, body);
const unit = async () => (await ask(server, "GET", "/v1/units/M1")).unit;
const shot = (page, name) =>
  page.screenshot({ path: path.join(results, `crew-${name}.png`), fullPage: true });

before(async () => {
  mkdirSync(results, { recursive: true });
  server = await startServer({ bare: true });
  browser = await launch({ webgl: false });
  if (server.kind !== "real") return;
  const admin = await setUpAdmin(server);
  server.cookie = (await addAccount(server, admin, { account: "desk", role: "supervisor" })).cookie;
  middle = await seed(server);
  const one = await addAccount(server, admin, { account: "m1", role: "crew", unit: "M1" });
  crew = { ...server, cookie: one.cookie };
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** The crew page with the session of M1. */
async function openCrew(options = {}) {
  const opened = await openConsole(browser, crew, { ...phone, query: "crew", ...options });
  await opened.page.waitForSelector("html[data-stage]", { timeout: PATIENCE_MS });
  return opened;
}

function withCrew(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind !== "real") return t.skip("needs the built binary");
    const opened = await openCrew(options);
    try {
      await opened.page.waitForSelector("html[data-stage=work] .now[data-status]:not([data-status=''])");
      await run(opened);
      assert.deepEqual(opened.foreign, [], "requests to other hosts");
    } finally {
      await shot(opened.page, name.slice(0, 24).replaceAll(" ", "-"));
      await opened.close();
    }
  });
}

const shows = (page, status) =>
  page.waitForSelector(`.now[data-status="${status}"]`, { timeout: PATIENCE_MS });
const press = async (page, status) => {
  await page.focus(`button[data-status="${status}"]`);
  await page.keyboard.press("Enter");
};

let incident;

withCrew("an incident appears with its words, and its way from the crew", {}, async ({ page, errors }) => {
  assert.match(await page.textContent("main"), /No incident/);
  const pos = { lat: middle.lat + 0.006, lon: middle.lon + 0.006 };
  const call = { words: "Somebody fell from a ladder", number: "+258 84 000 001", type: "fall", pos };
  incident = (await post("/calls", { ...call, place: "Behind the market" })).incident.id;
  await post(`/incidents/${incident}/assignments`, { unit: "M1" });
  await page.waitForSelector(".incident", { timeout: PATIENCE_MS });
  const text = await page.textContent(".incident");
  assert.match(text, new RegExp(incident));
  assert.match(text, /Somebody fell from a ladder/);
  assert.match(text, /Behind the market/);
  assert.equal(await page.getAttribute("a.call", "href"), "tel:+25884000001");
  await shows(page, "dispatched");
  assert.equal(await page.getAttribute("button.first", "data-status"), "en-route");
  await page.focus(".way button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".turns li", { timeout: PATIENCE_MS });
  assert.match(await page.textContent(".turns"), /You are there/);
  await page.waitForSelector(".sketch polyline");
  await page.fill("#note", "Bring the stretcher");
  await page.focus(".notes button");
  await page.keyboard.press("Enter");
  await page.waitForFunction(
    () => document.querySelector(".notes ul")?.textContent.includes("Bring the stretcher"),
    null,
    { timeout: PATIENCE_MS },
  );
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${wide} px too wide`);
  assert.deepEqual(await violations(page), []);
  assert.deepEqual(errors, [], "errors in the page");
});

withCrew("a change that could not be fetched is fetched without another change", {}, async ({ page }) => {
  let isCut = true;
  let missed = 0;
  await page.route("**/v1/units/M1", (route) => {
    missed += Number(isCut);
    return isCut ? route.abort() : route.continue();
  });
  await post(`/incidents/${incident}/notes`, { text: "the gate is open" });
  await page.waitForTimeout(3000); // all that the stream had to say of it was said
  assert.ok(missed > 0, "it was asked for");
  isCut = false; // the page asks again each quarter of a minute; something else comes each minute
  await page.waitForSelector("main:has-text('the gate is open')", { timeout: 45_000 });
});

withCrew("presses without a line go out in order with their times", {}, async ({ page, context }) => {
  await shows(page, "dispatched");
  await context.setOffline(true);
  await press(page, "en-route");
  await shows(page, "en-route");
  await page.waitForSelector(".line[data-online=false]", { timeout: PATIENCE_MS });
  await new Promise((done) => setTimeout(done, 3500));
  await press(page, "on-scene");
  await shows(page, "on-scene");
  assert.equal(await page.locator(".unsent li").count(), 2);
  assert.match(await page.textContent(".unsent"), /En route, pressed at .*On scene, pressed at/s);
  assert.equal((await unit()).status, "dispatched", "nothing was sent");
  assert.deepEqual(await violations(page), []);
  await shot(page, "unsent");
  const pressed = Date.now();
  await new Promise((done) => setTimeout(done, 3500));
  await context.setOffline(false);
  await page.waitForSelector(".unsent", { state: "detached", timeout: PATIENCE_MS });
  const now = await unit();
  assert.equal(now.status, "on-scene");
  assert.ok(Date.parse(now.since) < pressed + 1500, "the time of pressing, not of sending");
  const told = await ask(server, "GET", `/v1/incidents/${incident}`);
  const steps = told.incident.timeline.filter((e) => e.kind === "unit-status");
  assert.deepEqual(
    steps.map((e) => e.text),
    ["en-route", "on-scene"],
  );
  assert.ok(Date.parse(steps[1].time) - Date.parse(steps[0].time) >= 3000);
});

/** A picture as a camera makes it: large, and with where it was taken written beside it. */
async function cameraPicture(page) {
  const url = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2400, 1800];
    const pen = canvas.getContext("2d");
    for (let i = 0; i < 400; i++) {
      pen.fillStyle = `hsl(${(i * 37) % 360} 80% 50%)`;
      pen.fillRect((i * 131) % 2400, (i * 71) % 1800, 300, 200);
    }
    return canvas.toDataURL("image/jpeg", 0.9);
  });
  const bare = Buffer.from(url.split(",")[1], "base64");
  const words = Buffer.from("Exif\0\0GPSLatitude 19 50 S");
  const length = Buffer.from([0xff, 0xe1, 0, words.length + 2]);
  return Buffer.concat([bare.subarray(0, 2), length, words, bare.subarray(2)]);
}

const mediaOf = async () => (await ask(server, "GET", `/v1/incidents/${incident}`)).incident.media;
const take = async (page, buffer) => {
  await page.setInputFiles(".take input", { name: "a.jpg", mimeType: "image/jpeg", buffer });
  await page.waitForSelector(".draft img", { timeout: PATIENCE_MS });
};
const sendDraft = async (page) => {
  await page.focus(".draft .accent");
  await page.keyboard.press("Enter");
};

withCrew("a picture is made small and bare, waits on the phone, and the desk sees it", {}, async ({ page, context, errors }) => {
  await shows(page, "on-scene");
  const camera = await cameraPicture(page);
  assert.ok(camera.includes("GPSLatitude"));
  await context.setOffline(true);
  await take(page, camera);
  assert.deepEqual(await violations(page), []);
  await shot(page, "draft");
  await sendDraft(page);
  await take(page, camera);
  await sendDraft(page);
  await page.waitForFunction(() => document.querySelectorAll(".unsent progress").length === 2);
  assert.match(await page.textContent(".unsent"), /Picture, \d+ kB, pressed at .*0 % sent/s);
  assert.deepEqual(await violations(page), []);
  await page.focus(".unsent li:last-child button"); // one of them was a mistake
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.querySelectorAll(".unsent li").length === 1);
  await context.setOffline(false);
  // the first piece arrives, the second does not, and the page is opened anew
  let pieces = 0;
  await page.route("**/v1/units/M1/media/**", (route) =>
    ++pieces > 1 ? route.abort() : route.continue(),
  );
  await page.waitForFunction(
    () => document.querySelector(".unsent progress")?.value > 0,
    null,
    { timeout: PATIENCE_MS },
  );
  assert.deepEqual(await mediaOf(), [], "half is not shown as whole");
  await page.unroute("**/v1/units/M1/media/**");
  await page.reload();
  await page.waitForSelector(".taken li", { timeout: PATIENCE_MS });
  assert.match(await page.textContent(".taken"), /Picture .*Recorded/);
  assert.equal(await page.locator(".unsent").count(), 0);
  const [medium, ...others] = await mediaOf();
  assert.deepEqual([medium.unit, medium.actor, medium.type, others.length], ["M1", "m1", "jpeg", 0]);
  const path = `/v1/incidents/${incident}/media/${medium.id}`;
  const answer = await fetch(server.url + path, { headers: { cookie: server.cookie } });
  const sent = Buffer.from(await answer.arrayBuffer());
  assert.ok(sent.length < camera.length && !sent.includes("Exif") && !sent.includes("GPS"));
  const left = await page.evaluate(async () => {
    const open = indexedDB.open("amparo-crew", 1);
    await new Promise((done) => (open.onsuccess = done));
    const keys = open.result.transaction("bytes").objectStore("bytes").getAllKeys();
    await new Promise((done) => (keys.onsuccess = done));
    return keys.result.length;
  });
  assert.equal(left, 0, "nothing stays on the phone");
  assert.deepEqual(errors.filter((e) => !/ERR_(FAILED|INTERNET)/.test(e)), []);

  await page.evaluate(() => {
    const silence = new AudioContext().createMediaStreamDestination();
    navigator.mediaDevices.getUserMedia = async () => silence.stream;
  });
  await page.focus(".pictures > button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".recording", { timeout: PATIENCE_MS });
  await new Promise((done) => setTimeout(done, 1200));
  await page.keyboard.press("Enter");
  await page.waitForSelector(".draft audio", { timeout: PATIENCE_MS });
  assert.deepEqual(await violations(page), []);
  await sendDraft(page);
  await page.waitForFunction(() => document.querySelectorAll(".taken li").length === 2, null, {
    timeout: PATIENCE_MS,
  });
  assert.match(await page.textContent(".taken"), /Voice note .*Recorded/);
  assert.equal((await mediaOf())[0].type, "webm");

  const desk = await openConsole(browser, server);
  await desk.page.keyboard.press("/");
  await desk.page.keyboard.type(incident);
  await desk.page.waitForSelector(`[role="option"]:has-text("${incident}")`);
  await desk.page.keyboard.press("Enter");
  await desk.page.locator("#panel .crew-media .medium").last().focus({ timeout: PATIENCE_MS });
  assert.match(await desk.page.textContent("#panel .crew-media"), /M1, Sound .*M1, Picture/s);
  await desk.page.keyboard.press("Enter");
  await desk.page.waitForFunction(
    () => document.querySelector("#panel .medium-shown img")?.naturalWidth === 1600,
    null,
    { timeout: PATIENCE_MS },
  );
  assert.deepEqual(await violations(desk.page), []);
  await desk.close();
});

withCrew("a press that a desk has overtaken is refused and shown", {}, async ({ page, context }) => {
  await shows(page, "on-scene");
  await context.setOffline(true);
  await press(page, "transporting");
  await page.waitForSelector(".unsent");
  await new Promise((done) => setTimeout(done, 6500)); // longer than the slack between two clocks
  await ask(server, "DELETE", `/v1/incidents/${incident}/assignments/M1`);
  await context.setOffline(false);
  await page.waitForSelector(".refused", { timeout: PATIENCE_MS });
  assert.match(await page.textContent(".refused"), /Transporting, pressed at/);
  assert.equal((await unit()).status, "available");
  assert.deepEqual(await violations(page), []);
  await page.focus(".refused button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".refused", { state: "detached" });
});

const place = () => ({ latitude: middle.lat, longitude: middle.lon, accuracy: 9 });

withCrew("a position is shared only while that is on, and ends with the duty", {}, async (opened) => {
  const { page, context } = opened;
  const posts = [];
  page.on("request", (r) => r.url().endsWith("/v1/positions") && posts.push(r.postDataJSON()));
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation(place());
  assert.match(await page.textContent(".sharing .state"), /^\s*Off\. Nobody is told/);
  assert.equal(posts.length, 0);
  await page.focus(".sharing [role=switch]");
  await page.keyboard.press("Space");
  await page.waitForFunction(
    () => document.querySelector(".sharing .state")?.textContent.includes("was told at"),
    null,
    { timeout: PATIENCE_MS },
  );
  assert.deepEqual(posts[0].positions.map((p) => p.unit), ["M1"]);
  assert.equal((await unit()).position_stale, false);
  await shot(page, "sharing");
  await press(page, "out-of-service");
  await page.waitForSelector(".sharing[data-on=false]");
  assert.match(await page.textContent(".sharing .state"), /your duty ended/);
  const before = posts.length;
  await context.setGeolocation({ ...place(), latitude: middle.lat + 0.01 });
  await new Promise((done) => setTimeout(done, 1500));
  assert.equal(posts.length, before, "nothing more is told");
  await shows(page, "out-of-service");
  assert.equal(await page.isDisabled(".sharing [role=switch]"), true);
  await press(page, "available");
  await page.waitForFunction(
    () => document.querySelector(".said")?.textContent.includes("Recorded"),
    null,
    { timeout: PATIENCE_MS },
  );
});

withCrew("a crew's own call for help is tried until the desk has it, with its place", {}, async ({ page, context }) => {
  await context.grantPermissions(["geolocation"]);
  await context.setGeolocation(place());
  await context.setOffline(true);
  await page.focus(".help button");
  await page.keyboard.press("Enter");
  assert.deepEqual(await violations(page), []);
  await shot(page, "help");
  await page.focus(".help .urgent");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".help[data-state=unsent]", { timeout: PATIENCE_MS });
  assert.deepEqual(await violations(page), []);
  await context.setOffline(false);
  await page.reload(); // a phone that was started again goes on
  await page.waitForSelector(".help[data-state=heard]", { timeout: PATIENCE_MS });
  const [id] = /I-\d+/.exec(await page.textContent(".help"));
  const known = async () => (await ask(server, "GET", `/v1/incidents/${id}`)).incident;
  const placed = await until("its place", async () => {
    const called = await known();
    return typeof called.lat === "number" ? called : null;
  });
  assert.match(placed.calls[0].words, /SOS M1/);
  assert.ok(Math.abs(placed.lat - middle.lat) < 0.0001);
  assert.deepEqual(await violations(page), []);
  await post(`/incidents/${id}/close`, { outcome: "no-need" });
});

for (const look of ["theme=dark", "theme=dark&lang=ar", "lang=sw", "lang=fr"]) {
  const options = { query: `crew?${look}` };
  withCrew(`${look.replace("&", " ")}: no violations of axe, no sideways scrolling`, options, async ({ page }) => {
    assert.deepEqual(await violations(page), []);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide`);
  });
}

test("the map comes when it is asked for, by keyboard, warns on a slow line, and is kept", { timeout: TEST_MS }, async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const pos = { lat: middle.lat + 0.004, lon: middle.lon - 0.004 };
  const { id } = (await post("/calls", { number: "+258 84 000 002", type: "fall", pos })).incident;
  await post(`/incidents/${id}/assignments`, { unit: "M1", divert: true });
  await post("/closures", { ...middle, radius_m: 60, shape: "circle", reason: "A fallen tree" });
  const drawing = await launch();
  const { page, context, errors, foreign, close } = await openConsole(drawing, crew, {
    ...phone,
    query: "crew",
  });
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await page.evaluate(() => {
    const line = { effectiveType: "2g", saveData: false };
    Object.defineProperty(navigator, "connection", { value: line, configurable: true });
  });
  await page.waitForSelector(".map button", { timeout: PATIENCE_MS });
  assert.match(await page.textContent(".map button"), /Map \(\d+ kB\)/);
  assert.match(await page.getAttribute(".way a.big", "href"), /^geo:-?\d+\.\d{6},-?\d+\.\d{6}\?q=/);
  await page.focus(".way button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".turns li", { timeout: PATIENCE_MS });
  await page.focus(".map button");
  await page.keyboard.press("Enter");
  assert.match(await page.textContent(".map [role=alert]"), /The line is slow/);
  assert.deepEqual(asked.filter((p) => /map|engine|tiles/.test(p)), [], "nothing of it so far");
  assert.deepEqual(await violations(page), []);
  await page.focus(".map button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".map-box[data-open=true] canvas", { timeout: PATIENCE_MS });
  await page.waitForFunction(() => !document.querySelector(".map [role=status]")?.textContent.trim());
  assert.match(await page.textContent(".closures"), /Closed: A fallen tree/);
  await page.focus(".map-box canvas");
  for (const key of ["ArrowRight", "ArrowRight", "+"]) await page.keyboard.press(key);
  await page.focus(".tools button:last-child");
  await page.keyboard.press("Enter");
  const tiles = () => asked.some((p) => p.startsWith("/v1/tiles/"));
  await until("the tiles that the desk has", tiles);
  assert.deepEqual(await violations(page), []);
  await shot(page, "map");
  const kept = () => page.evaluate(async () => (await (await caches.open("amparo-crew-map")).keys()).length);
  await until("what is kept of the map", async () => (await kept()) >= 4);
  await page.focus(".map > button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".map-box", { state: "detached" });
  assert.equal((await page.textContent(".map button")).trim(), "Map", "it costs nothing any more");
  assert.deepEqual([foreign, errors], [[], []]);
  await ask(server, "DELETE", `/v1/incidents/${id}/assignments/M1`);
  await context.close();
  await close();
  await drawing.close();
});

test("the page opens without a line once it was there", { timeout: TEST_MS }, async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { page, context, close } = await openCrew({ worker: true });
  await shows(page, "available");
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.unroute("**/*");
  await context.setOffline(true);
  await page.reload();
  await shows(page, "available");
  await seeText(page, ".line", "No line");
  await seeText(page, ".stale", "As of");
  await close();
});

test("signing in and out by keyboard; a desk's account is told that this is not its page", { timeout: TEST_MS }, async (t) => {
  if (server.kind !== "real") return t.skip("needs the built binary");
  const { page, close } = await openCrew({ stranger: true });
  await page.waitForSelector("#account", { timeout: PATIENCE_MS });
  assert.deepEqual(await violations(page), []);
  const enter = async (account) => {
    await page.fill("#account", account);
    await page.fill("#password", PASSWORD);
    await page.keyboard.press("Enter");
  };
  await enter("desk");
  await page.waitForSelector("html[data-stage=stranger]", { timeout: PATIENCE_MS });
  assert.match(await page.textContent("main"), /desk belongs to no crew/);
  assert.deepEqual(await violations(page), []);
  await page.focus("main button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("html[data-stage=left]");
  await page.keyboard.press("Tab");
  await page.focus("main button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#account");
  await enter("m1");
  await page.waitForSelector("html[data-stage=work]", { timeout: PATIENCE_MS });
  await page.focus("header button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("html[data-stage=left]", { timeout: PATIENCE_MS });
  assert.match(await page.textContent("main"), /sharing is off/);
  const kept = await page.evaluate(() => Object.keys(localStorage).join());
  assert.doesNotMatch(kept, /crew/);
  await close();
});
