// What the tables cost with 500 incidents and 2,000 crews: the page's own figures over some seconds,
// at rest and while crews report. Run after a build: node bench/tables.mjs [INCIDENTS [CREWS]]
import process from "node:process";
import { launch, openConsole } from "../e2e/browser.mjs";
import { startFake } from "../test/fake.mjs";

const INCIDENTS = Number(process.argv[2] ?? 500);
const CREWS = Number(process.argv[3] ?? 2000);
const MEASURE_MS = 10_000;
const CHANGE_EVERY_MS = 200;
const SETTLE_MS = 4000;
const SHOWN = ["TaskDuration", "ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];

/** The page's running totals, in seconds. */
async function totals(session) {
  const { metrics } = await session.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map((m) => [m.name, m.value]));
}

/** Milliseconds of work in each second of `MEASURE_MS`, in a line. */
async function measure(page, session, what) {
  const before = await totals(session);
  await page.waitForTimeout(MEASURE_MS);
  const after = await totals(session);
  const each = SHOWN.map((name) => {
    const ms = ((after[name] - before[name]) * 1e6) / MEASURE_MS;
    return `${name.replace("Duration", "").toLowerCase()} ${ms.toFixed(1)}`;
  });
  console.log(`${what}: ${each.join(", ")} ms a second`);
}

const fake = await startFake();
for (let i = fake.state.units.size + 1; i <= CREWS; i++) fake.state.addUnit(i);
for (let i = 0; i < INCIDENTS; i++) {
  const pos = { lat: -25.95 + (i % 40) / 1000, lon: 32.58 + (i % 37) / 1000 };
  const kind = { type: "fall", priority: 1 + (i % 5), place: `Rua ${i}` };
  fake.state.takeCall({ words: "Bench", pos, ...kind });
}
const browser = await launch({ webgl: false });
const { page, context } = await openConsole(browser, fake);
const session = await context.newCDPSession(page);
await session.send("Performance.enable");
await page.waitForTimeout(SETTLE_MS);
const rows = (id) => page.evaluate((s) => document.querySelectorAll(`#${s} tr[data-id]`).length, id);
console.log(`${await rows("queue")} incidents, ${await rows("crews")} crews`);
await measure(page, session, "at rest");
let turn = 0;
const ids = [...fake.state.units.keys()];
const statuses = ["out-of-service", "available"];
const timer = setInterval(() => {
  fake.state.setStatus(ids[(turn * 7) % ids.length], statuses[turn % 2]);
  turn++;
}, CHANGE_EVERY_MS);
await measure(page, session, `${1000 / CHANGE_EVERY_MS} changes a second`);
clearInterval(timer);
await browser.close();
await fake.close();
