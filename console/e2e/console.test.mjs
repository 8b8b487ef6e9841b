// From a call for help to a crew on its way, in a real browser, with the keyboard alone.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { PATIENCE_MS, TEST_MS, launch, openConsole, press, see, seeText } from "./browser.mjs";
import { amlMessage, ask, reportPositions, seed, startServer } from "./server.mjs";

let server;
let browser;
let middle;
let type;

before(async () => {
  server = await startServer();
  middle = await seed(server);
  browser = await launch();
  const { types } = await ask(server, "GET", "/v1/plans");
  const wanted = (p) => p.needs.some((n) => n.capabilities.includes("als"));
  type = types.find((p) => /cardiac/i.test(p.label)) ?? types.find(wanted);
});

after(async () => {
  await browser?.close();
  await server?.close();
});

/** A test with a console of its own; at its end nothing foreign was asked and nothing went wrong. */
function withConsole(name, options, run) {
  test(`${name}`, { timeout: TEST_MS }, async (t) => {
    if (options.needsMap && !server.hasMap) return t.skip("this build has no map yet");
    t.diagnostic(`server: ${server.kind}`);
    if (options.timers && server.kind !== "real") return t.skip("needs a server of its own");
    const own = options.timers ? await startServer(options) : server;
    const console_ = await openConsole(browser, own, options);
    try {
      await run(console_.page, { ...console_, server: own });
      assert.deepEqual(console_.foreign, [], "requests to other hosts");
      assert.deepEqual(console_.errors, [], "errors in the page");
      const mouse = await console_.page.evaluate(() => globalThis.pointerUses);
      if (options.keyboardOnly) assert.equal(mouse, 0, "the mouse was used");
    } catch (error) {
      await console_.page.screenshot({ path: `test-results/${name.replace(/\W+/g, "-")}.png` });
      throw error;
    } finally {
      await console_.close();
      if (own !== server) await own.close();
    }
  });
}

/** The form below an incident is saved and gone; the stream may show its result a moment earlier. */
const formGone = (page) =>
  page.waitForSelector("#panel form:not(.reply)", { state: "detached", timeout: PATIENCE_MS });

withConsole("on a page just come, arrows mean the queue", { keyboardOnly: true }, async (page) => {
  const call = { words: "First of the day", priority: 4, pos: middle, place: "Arrow" };
  const { incident } = await ask(server, "POST", "/v1/calls", call);
  await see(page, `#queue tr[data-id="${incident.id}"]`);
  await press(page, "ArrowDown", "Enter");
  await see(page, "#panel .head h2");
});

/** Opens the incident by arrow keys and Enter from the queue. */
async function openFromQueue(page, id) {
  await see(page, `#queue tr[data-id="${id}"]`);
  await press(page, "q", "Home");
  for (let i = 0; i < 200; i++) {
    const at = await page.evaluate(() => document.activeElement?.dataset.id);
    if (at === id) break;
    await press(page, "ArrowDown");
  }
  await press(page, "Enter");
  await seeText(page, "#panel h2", id);
}

withConsole(
  "a posted AML message is triaged, dispatched, arrives and closes by keyboard alone",
  { keyboardOnly: true, needsMap: true },
  async (page) => {
    const from = encodeURIComponent(`+25884${Date.now() % 10_000_000}`);
    const message = amlMessage(middle, 40);
    const { incident } = await ask(
      server,
      "POST",
      `/v1/intake/aml?from=${from}`,
      message,
      "text/plain",
    );
    await openFromQueue(page, incident.id);
    await press(page, "t");
    const [first, ...more] = type.label;
    // longer than a browser's own list would remember the letter; then at once, however busy the page
    await Promise.all([page.keyboard.press(first), page.waitForTimeout(1200)]);
    await Promise.all(more.map((letter) => page.keyboard.press(letter)));
    await press(page, "Enter");
    await see(page, ".advice li");
    await reportPositions(server, middle);
    await press(page, "1");
    await see(page, ".advice .sending.recorded");
    const unit = (await ask(server, "GET", `/v1/incidents/${incident.id}`)).incident.units[0].unit;
    await seeText(page, ".sent li", unit);
    await ask(server, "POST", `/v1/units/${unit}/status`, { status: "en-route" });
    await seeText(page, ".sent li", "En route");
    await ask(server, "POST", `/v1/units/${unit}/status`, { status: "on-scene" });
    await seeText(page, "#panel .head .chip", "On scene");
    await press(page, "a");
    await page.keyboard.type("Patient conscious");
    await press(page, "Enter");
    await seeText(page, ".timeline li", "Patient conscious");
    await formGone(page);
    await press(page, "c");
    await page.keyboard.type("Taken");
    await press(page, "Enter");
    await seeText(page, "#panel .head .chip", "Closed");
    const { incident: end } = await ask(server, "GET", `/v1/incidents/${incident.id}`);
    assert.equal(end.state, "closed");
    assert.equal(end.outcome, "transported");
    assert.equal(end.type, type.type);
  },
);

withConsole(
  "a new call is placed by typing, saved and dispatched by keyboard alone",
  { keyboardOnly: true, needsMap: true },
  async (page) => {
    const { results } = await ask(server, "GET", "/v1/geocode?q=Rua&limit=1");
    assert.ok(results.length > 0, "the map has a street that begins with Rua");
    const name = results[0].name;
    await press(page, "n");
    await page.keyboard.type("Woman fell from a ladder");
    await press(page, "Tab");
    await page.keyboard.type(name.slice(0, 6));
    await see(page, ".choices li");
    await press(page, "ArrowDown", "ArrowUp", "Enter");
    await see(page, ".hint.good");
    await press(page, "Tab");
    await page.keyboard.type(type.label.slice(0, 12));
    await press(page, "Enter");
    await see(page, ".advice li");
    const id = await page.textContent("#panel h2 bdi");
    const { incident } = await ask(server, "GET", `/v1/incidents/${id}`);
    assert.equal(incident.type, type.type);
    assert.equal(incident.calls[0].words, "Woman fell from a ladder");
    assert.equal(typeof incident.lat, "number");
    await press(page, "1");
    await see(page, ".advice .sending.recorded");
    await press(page, "Escape");
    const back = await page.evaluate(() => document.activeElement?.closest("#queue") !== null);
    assert.ok(back, "Escape goes back to the queue");
  },
);

withConsole(
  "a busy crew is taken from its incident only after an explicit yes",
  { keyboardOnly: true, needsMap: true },
  async (page) => {
    const draft = (words) => ({ words, type: type.type, priority: 3, pos: middle, place: words });
    const first = (await ask(server, "POST", "/v1/calls", draft("First"))).incident.id;
    const urgent = { ...draft("Second"), priority: 1 };
    const second = (await ask(server, "POST", "/v1/calls", urgent)).incident.id;
    const { units } = await ask(server, "GET", "/v1/units");
    const able = units.filter((u) => u.capabilities.includes("als"));
    for (const unit of able.filter((u) => u.incident)) {
      await ask(server, "DELETE", `/v1/incidents/${unit.incident}/assignments/${unit.id}`);
    }
    for (const unit of able) {
      await ask(server, "POST", `/v1/incidents/${first}/assignments`, { unit: unit.id });
    }
    await reportPositions(server, middle);
    await openFromQueue(page, second);
    await see(page, ".advice li.divert");
    const key = await page.textContent(".advice li.divert kbd");
    await press(page, key);
    await seeText(page, ".divert-ask", first);
    await press(page, "Escape");
    const kept = await ask(server, "GET", `/v1/incidents/${second}`);
    assert.equal(kept.incident.units.length, 0, "Escape takes nobody");
    await press(page, key);
    await see(page, ".divert-ask");
    await press(page, "Enter");
    await see(page, ".advice .sending.recorded");
    const now = await ask(server, "GET", `/v1/incidents/${second}`);
    assert.equal(now.incident.units.length, 1);
  },
);

withConsole(
  "the command line sends, notes, closes and undoes, without the mouse and in a hurry",
  { keyboardOnly: true },
  async (page) => {
    const call = { words: "By the line", type: type.type, priority: 4, pos: middle, place: "Line" };
    const { incident } = await ask(server, "POST", "/v1/calls", call);
    const { units } = await ask(server, "GET", "/v1/units");
    const crew = units.find((u) => u.status === "available" && !u.incident);
    await see(page, `#queue tr[data-id="${incident.id}"]`);
    const now = async () => (await ask(server, "GET", `/v1/incidents/${incident.id}`)).incident;
    const type_ = async (text) => {
      await press(page, "/");
      await page.keyboard.type(text);
      await press(page, "Enter"); // before the list can have come
    };
    await type_(`d ${crew.id.toLowerCase()} > ${incident.id}`);
    await seeText(page, ".toast.good", `Send ${crew.id} to ${incident.id}`);
    assert.deepEqual(
      (await now()).units.map((u) => u.unit),
      [crew.id],
    );
    await page.focus(".toast [data-undo]");
    await press(page, "Enter");
    await seeText(page, `#crews tr[data-id="${crew.id}"]`, "Available");
    assert.equal((await now()).units.length, 0);
    await type_(`n ${incident.id} patient conscious`);
    await seeText(page, ".toast.good", "patient conscious");
    await type_("d M99999 I-1");
    await seeText(page, ".choices li", "There is no crew");
    await press(page, "Escape", "Escape");
    await type_(`close ${incident.id} no-need went home`);
    await seeText(page, ".toast.good", `Close ${incident.id}`);
    const closed = await now();
    assert.equal(closed.state, "closed");
    assert.equal(closed.outcome, "no-need");
  },
);

withConsole("a closed incident is reopened, and merged", { keyboardOnly: true }, async (page) => {
  const call = (words) => ({ words, type: type.type, priority: 4, pos: middle, place: words });
  const { incident } = await ask(server, "POST", "/v1/calls", call("To be merged"));
  const other = (await ask(server, "POST", "/v1/calls", call("The same"))).incident;
  await openFromQueue(page, incident.id);
  await press(page, "c");
  await see(page, "#act-choice");
  await press(page, "Enter");
  await seeText(page, "#panel .head .chip", "Closed");
  await formGone(page);
  await press(page, "o");
  await seeText(page, "#panel .head", "Reopened once");
  await press(page, "m");
  await see(page, "#act-choice");
  await page.keyboard.type(other.id);
  await press(page, "Enter");
  await seeText(page, "#panel .head", `Merged into ${other.id}`);
});

/** Tab (or back with Shift) until the focus is on what has this name. */
async function tabTo(page, name, key = "Tab") {
  const named = (wanted) => {
    const at = document.activeElement;
    return (at?.getAttribute("aria-label") ?? at?.textContent.trim()) === wanted;
  };
  for (let i = 0; i < 80; i++) {
    if (await page.evaluate(named, name)) return;
    await press(page, key);
  }
  throw new Error(`${key} does not reach ${name}`);
}

withConsole("a crew is released by keyboard", { keyboardOnly: true }, async (page) => {
  const call = { words: "Sent in error", type: type.type, priority: 3, pos: middle };
  const { incident } = await ask(server, "POST", "/v1/calls", call);
  const send = { unit: "M3", divert: true };
  await ask(server, "POST", `/v1/incidents/${incident.id}/assignments`, send);
  await openFromQueue(page, incident.id);
  await seeText(page, ".sent li", "M3");
  await tabTo(page, "Release M3");
  await press(page, "Enter");
  await seeText(page, ".sent", "No crew sent yet.");
  await seeText(page, ".timeline li", "Crew released");
  const now = await ask(server, "GET", `/v1/incidents/${incident.id}`);
  assert.equal(now.incident.units.length, 0);
});

withConsole("a crew's status is set by keyboard", { keyboardOnly: true }, async (page) => {
  const { incident } = (await ask(server, "GET", "/v1/units")).units.find((u) => u.id === "F1");
  if (incident) await ask(server, "DELETE", `/v1/incidents/${incident}/assignments/F1`);
  await see(page, '#crews tr[data-id="F1"]');
  await press(page, "w", "Home");
  for (let i = 0; i < 10; i++) {
    if ((await page.evaluate(() => document.activeElement?.dataset.id)) === "F1") break;
    await press(page, "ArrowDown");
  }
  await press(page, "Enter");
  await seeText(page, "#panel h2", "F1");
  for (const [words, status, key] of [
    ["Out of service", "out-of-service", "Tab"],
    ["Available", "available", "Shift+Tab"],
  ]) {
    await tabTo(page, words, key);
    await press(page, "Space");
    await seeText(page, "#panel .head .chip", words);
    const { units } = await ask(server, "GET", "/v1/units");
    assert.equal(units.find((u) => u.id === "F1").status, status);
  }
});

withConsole(
  "an alarm rings and is acknowledged by keyboard",
  { keyboardOnly: true, timers: { undispatched: 1 } },
  async (page, { server: own }) => {
    const call = { words: "Nobody comes", type: type.type, priority: 2, pos: middle };
    const { incident } = await ask(own, "POST", "/v1/calls", call);
    await openFromQueue(page, incident.id);
    await see(page, ".alarm-box");
    assert.match(await page.textContent(".alarm-box"), /nobody sent yet/);
    await seeText(page, `#queue tr[data-id="${incident.id}"] .alarm`, "nobody sent yet");
    await press(page, await page.textContent(".alarm-box kbd"));
    await page.waitForSelector(".alarm-box", { state: "detached", timeout: PATIENCE_MS });
    await seeText(page, ".timeline li", "Alarm noted");
    const now = await ask(own, "GET", `/v1/incidents/${incident.id}`);
    assert.equal(now.incident.alarm, null);
  },
);

withConsole(
  "a Portuguese desk reads types, crews, reasons and the record in Portuguese",
  { keyboardOnly: true, needsMap: true, query: "?lang=pt" },
  async (page) => {
    const call = { words: "Caiu na rua", type: type.type, priority: 1, pos: middle };
    const { incident } = await ask(server, "POST", "/v1/calls", call);
    await reportPositions(server, middle);
    await seeText(page, `#queue tr[data-id="${incident.id}"]`, type.labels.pt);
    await openFromQueue(page, incident.id);
    await seeText(page, "#panel h2", type.labels.pt);
    await see(page, ".advice li");
    assert.match(await page.textContent(".advice h4"), /suporte avançado de vida/);
    assert.match(await page.textContent(".advice .why"), /por estrada/);
    await seeText(page, ".timeline .said", type.labels.pt);
    await seeText(page, ".timeline .who", "sala");
    assert.match(await page.textContent('#crews tr[data-id="M1"]'), /Ambulância.*SAV, SBV/);
    await press(page, "t");
    await seeText(page, "#edit-type option", type.labels.pt);
  },
);

withConsole("news does not move the focus", { keyboardOnly: true }, async (page) => {
  const call = (words, priority) => ({ words, type: type.type, priority, pos: middle });
  const { incident } = await ask(server, "POST", "/v1/calls", call("Calm", 5));
  await see(page, `#queue tr[data-id="${incident.id}"]`);
  await press(page, "q", "End");
  const before_ = await page.evaluate(() => document.activeElement?.dataset.id);
  const urgent = (await ask(server, "POST", "/v1/calls", call("Urgent", 1))).incident;
  await see(page, `#queue tr[data-id="${urgent.id}"]`);
  assert.equal(await page.evaluate(() => document.activeElement?.dataset.id), before_);
  await press(page, "n");
  await page.keyboard.type("half a sen");
  const third = (await ask(server, "POST", "/v1/calls", call("Third", 2))).incident;
  await see(page, `#queue tr[data-id="${third.id}"]`);
  await page.keyboard.type("tence");
  assert.equal(await page.inputValue("#call-words"), "half a sentence");
});

withConsole("F6 walks the regions and ? shows the keys", { keyboardOnly: true }, async (page) => {
  await press(page, "q");
  const seen = [];
  for (let i = 0; i < 5; i++) {
    await press(page, "F6");
    seen.push(
      await page.evaluate(() => document.activeElement?.closest("section.region")?.id ?? "bar"),
    );
  }
  assert.deepEqual(seen, ["map", "crews", "panel", "bar", "queue"]);
  await press(page, "?");
  await see(page, "dialog.help[open]");
  await press(page, "Escape");
  await page.waitForSelector("dialog.help", { state: "detached" });
});
