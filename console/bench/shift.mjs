// Memory over a shift: as many events as in eight hours, as fast as the page takes them, and the heap
// after a forced collection after each hour. The first hour fills caches and is what is compared with.
// Run after a build: node bench/shift.mjs [HOURS]
import process from "node:process";
import { launch, openConsole } from "../e2e/browser.mjs";
import { startBoard, step, tell } from "./board.mjs";

const HOURS = Number(process.argv[2] ?? 8);
const CREWS = 40;
const OPEN = 25;
const CALLS_PER_HOUR = 60;
const STEPS_PER_CALL = 60; // a position a second of each crew in each minute between two calls
const BAR_PERCENT = 20;
const PATIENCE_MS = 120_000;

/** A call from its first words to its end, at the desk and from elsewhere, and what crews do. */
async function work(page, fake, n) {
  const { state } = fake;
  const press = (key) => page.keyboard.press(key);
  await press("n");
  await page.keyboard.type(`Fall ${n}`);
  await press("Escape");
  const pos = { lat: -25.95 + (n % 40) / 1000, lon: 32.58 + (n % 37) / 1000 };
  const call = { words: `Shift ${n}`, pos, type: "fall", priority: 1 + (n % 5) };
  const { incident } = state.takeCall(call);
  const crew = [...state.units.values()].find((u) => u.status === "available");
  if (crew) state.assign(state.incident(incident.id), { unit: crew.id });
  await press("q");
  await press("ArrowDown");
  await press("Enter");
  await press("Escape");
  for (const status of ["en-route", "on-scene", "available"]) {
    if (crew) state.setStatus(crew.id, status);
  }
  if (n % 10 === 0) await help(page);
  for (let i = 0; i < STEPS_PER_CALL; i++) step(state);
  const open = [...state.incidents.values()].filter((i) => i.state !== "closed");
  for (const old of open.slice(0, Math.max(0, open.length - OPEN))) state.close(old, {});
  await caughtUp(page, state);
}

/** A handle of the driver would keep the dialog alive: it is let go. */
async function help(page) {
  await page.keyboard.press("?");
  await (await page.waitForSelector("dialog.help[open]")).dispose();
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog.help", { state: "detached" });
}

/** Until the page shows as many open incidents as there are, and has drawn them. */
async function caughtUp(page, state) {
  const open = [...state.incidents.values()].filter((i) => i.state !== "closed").length;
  const shown = (n) => document.querySelectorAll("#queue [data-id]").length === n;
  await page.waitForFunction(shown, open, { timeout: PATIENCE_MS });
}

/** What is left after a collection: bytes of the heap, nodes and listeners of the page. */
async function left(session) {
  for (let i = 0; i < 3; i++) await session.send("HeapProfiler.collectGarbage");
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (name) => metrics.find((m) => m.name === name).value;
  return { heap: of("JSHeapUsedSize"), nodes: of("Nodes"), listeners: of("JSEventListeners") };
}

const fake = await startBoard({ incidents: OPEN, crews: CREWS });
const browser = await launch();
const { page, context, errors } = await openConsole(browser, fake);
const session = await context.newCDPSession(page);
await session.send("Performance.enable");
const hours = [];
for (let hour = 0; hour < HOURS; hour++) {
  for (let i = 0; i < CALLS_PER_HOUR; i++) await work(page, fake, hour * CALLS_PER_HOUR + i);
  const now = await left(session);
  hours.push(now);
  const MB = (now.heap / 1e6).toFixed(2);
  console.log(`hour ${hour + 1}: ${MB} MB, ${now.nodes} nodes, ${now.listeners} listeners`);
}
await browser.close();
await fake.close();
const growth = (name) => (hours.at(-1)[name] / hours[0][name] - 1) * 100;
const more = `nodes ${growth("nodes").toFixed(1)} %, listeners ${growth("listeners").toFixed(1)} %`;
for (const error of new Set(errors)) console.log(`error of the page: ${error}`);
const moves = HOURS * CALLS_PER_HOUR * STEPS_PER_CALL * CREWS;
console.log(`${HOURS * CALLS_PER_HOUR} calls, ${moves} positions, ${errors.length} errors of the page`);
tell("growth of the heap after the first hour", growth("heap"), BAR_PERCENT, "%", more);
const most = Math.max(growth("heap"), growth("nodes"), growth("listeners"));
process.exitCode = most <= BAR_PERCENT && errors.length === 0 ? 0 : 1;
