// First paint usable: cold, on a line of 1 Mbit/s and 40 ms, with a processor 4 times slower, until
// the queue is shown and a key has opened a call. Against the binary, several times; the median.
// The clock decides. Beside it stands what a loaded machine cannot spoil: the bytes over the line, its
// round trips, and the thread's own time on the processor without the brake, times 4, as if nothing
// of these overlapped.
// Run after a build: node bench/firstpaint.mjs [INCIDENTS [CREWS [TIMES]]]
import process from "node:process";
import { launch } from "../e2e/browser.mjs";
import { ask, startServer } from "../e2e/server.mjs";
import { quantile, tell } from "./board.mjs";

const INCIDENTS = Number(process.argv[2] ?? 30);
const CREWS = Number(process.argv[3] ?? 40);
const TIMES = Number(process.argv[4] ?? 5);
const BAR_MS = 3000;
const LATENCY_MS = 40;
const BYTES_PER_S = 1_000_000 / 8;
const SLOWER = 4;
/** One after the other at most: connecting, page, scripts, session, state on six connections twice. */
const ROUND_TRIPS = 7;
const AT_ONCE = 8;
const LOOK_MS = 20;

async function inTurns(n, act) {
  for (let i = 0; i < n; i += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, n - i) }, (_, k) => act(i + k));
    await Promise.all(some);
  }
}

async function fill(server) {
  const [lon, lat] = server.hasMap ? (await ask(server, "GET", "/v1/map")).center : [32.6, -25.95];
  await ask(server, "POST", "/v1/stations", { station: "S1", label: "Central", site: { lat, lon } });
  const kind = { kind: "ambulance", capabilities: ["als", "bls"], station: "S1", crew: 2 };
  await inTurns(CREWS, (i) => ask(server, "POST", "/v1/units", { unit: `M${i + 1}`, ...kind }));
  await inTurns(INCIDENTS, (i) => {
    const pos = { lat: lat + ((i % 21) - 10) / 1000, lon: lon + ((i % 17) - 8) / 1000 };
    const call = { words: `Somebody fell on the stairs, floor ${i}`, pos, type: "fall" };
    return ask(server, "POST", "/v1/calls", { ...call, priority: 1 + (i % 5) });
  });
}

/** In the page: when what we wait for had been drawn. The browser's driver could wait, too, but brings a
 * large script of its own along, which a slow processor spends a quarter of a second on. */
function watchFirst() {
  const waits = { queue: "#queue [data-id]", form: "#panel form", ready: "html[data-ready]" };
  globalThis.first = {};
  new MutationObserver((_, observer) => {
    for (const [name, selector] of Object.entries(waits)) {
      if (!document.querySelector(selector)) continue;
      delete waits[name];
      requestAnimationFrame(() => setTimeout(() => (globalThis.first[name] = performance.now())));
    }
    if (Object.keys(waits).length === 0) observer.disconnect();
  }).observe(document, { subtree: true, childList: true, attributes: true });
}

/** One cold start: when things were, in milliseconds of the page, and what went over the line. */
async function start(browser, server, slower) {
  const context = await browser.newContext({ serviceWorkers: "block", locale: "en-GB" });
  const [name, ...value] = server.cookie.split("=");
  await context.addCookies([{ name, value: value.join("="), url: server.url, httpOnly: true }]);
  const page = await context.newPage();
  await page.addInitScript(watchFirst);
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  await session.send("Network.setCacheDisabled", { cacheDisabled: true });
  await session.send("Network.emulateNetworkConditions", {
    offline: false,
    latency: LATENCY_MS,
    downloadThroughput: BYTES_PER_S,
    uploadThroughput: BYTES_PER_S,
  });
  await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  await session.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((m) => m.name === "ThreadTime").value * 1000;
  };
  let bytes = 0;
  let requests = 0;
  session.on("Network.requestWillBeSent", () => requests++);
  session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
  const when = async (name) => {
    for (;;) {
      const expression = `globalThis.first?.${name} ?? null`;
      const { result } = await session.send("Runtime.evaluate", { expression }).catch(() => ({}));
      if (result?.value) return result.value;
      await new Promise((done) => setTimeout(done, LOOK_MS));
    }
  };
  await page.goto(`${server.url}/`, { waitUntil: "commit" });
  const seen = await when("queue");
  await page.keyboard.press("n");
  const usable = await when("form");
  const early = { bytes, requests, busy: await busy() };
  const ready = await when("ready");
  await context.close();
  return { seen, usable, ready, ...early, all: bytes };
}

const server = await startServer();
await fill(server);
const browser = await launch();
const runs = [];
const free = [];
for (let i = 0; i < TIMES; i++) {
  runs.push(await start(browser, server, SLOWER));
  free.push(await start(browser, server, 1));
}
await browser.close();
await server.close();
const of = (name, from = runs) => quantile(from.map((run) => run[name]));
const kB = (name) => `${Math.round(of(name) / 1000)} kB`;
const line = (of("bytes") / BYTES_PER_S) * 1000 + ROUND_TRIPS * LATENCY_MS;
const busy = of("busy", free);
console.log(`${INCIDENTS} incidents, ${CREWS} crews, medians of ${TIMES} cold starts`);
tell("the queue is shown, by the clock", of("seen"), null, "ms");
const holds = tell("a key has opened a call, by the clock", of("usable"), BAR_MS, "ms");
tell("the map is there, too, by the clock", of("ready"), null, "ms", `${kB("all")} in all`);
const parts = `line ${line.toFixed(0)} ms for ${kB("bytes")} in ${of("requests")} requests`;
const sum = line + SLOWER * busy;
tell("usable, line and processor", sum, null, "ms", `${parts}, busy ${busy.toFixed(0)} ms`);
process.exitCode = holds ? 0 : 1;
