// From a key press to the picture it makes, and the time on the processor for each frame outside the
// map engine, with 500 incidents and 1,000 crews that move: each sends a position a second.
// Run after a build: node bench/press.mjs [INCIDENTS [CREWS [PRESSES]]]
import process from "node:process";
import { launch, openConsole } from "../e2e/browser.mjs";
import { quantile, startBoard, step, tell } from "./board.mjs";

const INCIDENTS = Number(process.argv[2] ?? 500);
const CREWS = Number(process.argv[3] ?? 1000);
const PRESSES = Number(process.argv[4] ?? 40);
const SETTLE_MS = 5000;
const PAUSE_MS = 150;
const FRAMES_MS = 10_000;
const PRESS_BAR_MS = 50;
const FRAME_BAR_MS = 16;
const RATE = 30;

/** In the page: for each key, from its event until the frame with what it did has been drawn. */
function watchKeys() {
  globalThis.pressed = [];
  const drawn = (then) => requestAnimationFrame(() => setTimeout(then));
  addEventListener(
    "keydown",
    (event) => {
      const since = event.timeStamp;
      const begun = performance.now();
      queueMicrotask(() => {
        const own = performance.now() - begun;
        drawn(() => globalThis.pressed.push({ whole: performance.now() - since, own }));
      });
    },
    true,
  );
}

/** In the page: when frames came, for so long. */
function watchFrames(forMs) {
  return new Promise((done) => {
    const times = [];
    const end = performance.now() + forMs;
    const each = (now) => {
      times.push(now);
      if (performance.now() < end) requestAnimationFrame(each);
      else done(times);
    };
    requestAnimationFrame(each);
  });
}

async function pressKeys(page) {
  const keys = ["n", "Escape", "q", "ArrowDown", "Enter", "Escape", "u", "ArrowDown", "ArrowDown"];
  for (let i = 0; i < PRESSES; i++) {
    await page.keyboard.press(keys[i % keys.length]);
    await page.waitForTimeout(PAUSE_MS);
  }
  return page.evaluate(() => globalThis.pressed.splice(0));
}

/** Which part of the busy samples is of the map engine (and what it calls), and which of all else.
 * Samples are taken by the wall clock, which a loaded machine stretches: only their ratio counts. */
function share(profile) {
  const engine = new Set();
  const idle = new Set();
  for (const node of profile.nodes) {
    const { url, functionName } = node.callFrame;
    if (url.includes(globalThis.engineFile)) engine.add(node.id);
    if (/^\((idle|root)\)$/.test(functionName)) idle.add(node.id);
  }
  // what the engine calls (drawing itself, garbage) is the engine's
  const mark = (node, inside) => {
    const is = inside || engine.has(node.id);
    if (is) engine.add(node.id);
    for (const child of node.children ?? []) mark(byId.get(child), is);
  };
  const byId = new Map(profile.nodes.map((node) => [node.id, node]));
  mark(profile.nodes[0], false);
  const sums = { engine: 0, own: 0 };
  for (const id of profile.samples) if (!idle.has(id)) sums[engine.has(id) ? "engine" : "own"]++;
  return sums.own / (sums.own + sums.engine);
}

async function measureFrames(page, session) {
  await session.send("Profiler.enable");
  await session.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find((m) => m.name === "ThreadTime").value * 1000;
  };
  const before = await busy();
  await session.send("Profiler.start");
  const times = await page.evaluate(watchFrames, FRAMES_MS);
  const { profile } = await session.send("Profiler.stop");
  const spent = (await busy()) - before;
  const own = share(profile) * spent;
  return { times, own, engine: spent - own };
}

async function measure(webgl) {
  const fake = await startBoard({ incidents: INCIDENTS, crews: CREWS });
  const browser = await launch({ webgl });
  const { page, context } = await openConsole(browser, fake);
  const session = await context.newCDPSession(page);
  globalThis.engineFile = await page.evaluate(() => {
    const files = performance.getEntriesByType("resource").filter((r) => r.name.endsWith(".js"));
    return files.sort((a, b) => b.decodedBodySize - a.decodedBodySize)[0].name;
  });
  await page.waitForTimeout(SETTLE_MS);
  const moving = setInterval(() => step(fake.state), 1000);
  await page.evaluate(watchKeys);
  const pressed = await pressKeys(page);
  const { times, engine, own } = await measureFrames(page, session);
  clearInterval(moving);
  await browser.close();
  await fake.close();
  const rate = ((times.length - 1) * 1000) / (times.at(-1) - times[0]);
  console.log(`${INCIDENTS} incidents, ${CREWS} crews on the move, ${webgl ? "with" : "without"} map`);
  const whole = quantile(pressed.map((p) => p.whole));
  const most = `P90 ${quantile(pressed.map((p) => p.whole), 0.9).toFixed(1)} ms`;
  const keys = quantile(pressed.map((p) => p.own), 0.9).toFixed(1);
  const holds = tell(`key to picture`, whole, PRESS_BAR_MS, "ms", `${most}, of it in the key's own code P90 ${keys} ms`);
  const seconds = FRAMES_MS / 1000;
  const second = `${(own / seconds).toFixed(0)} ms a second, map engine ${(engine / seconds).toFixed(0)}`;
  tell("frames a second", rate, null, "", `bar ${RATE}, or the time of a frame below`);
  const each = own / (times.length - 1);
  const light = tell("a frame, outside the map engine", each, FRAME_BAR_MS, "ms", second);
  return (rate >= RATE || light) && holds;
}

const held = [await measure(false), await measure(true)];
process.exitCode = held.every(Boolean) ? 0 : 1;
