// The browser of the end-to-end tests: Debian's Chromium, drawing in software, watched for requests to
// other hosts, errors, and any use of the mouse.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const require = createRequire(import.meta.url);
/** Without a window it starts sooner; the other one will do. */
const installed = ["/usr/bin/chromium-headless-shell", "/usr/bin/chromium"];
/** Undefined: there is none. */
export const CHROMIUM = process.env["AMPARO_CHROMIUM"] ?? installed.find(existsSync);
const quiet = [
  "--no-sandbox",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];
const drawing = [
  "--use-angle=swiftshader-webgl",
  "--enable-unsafe-swiftshader",
  "--ignore-gpu-blocklist",
];

/** How long a test waits for what must come; longer than any machine should need. */
export const PATIENCE_MS = 60_000;
/** And how long one test may take in all. */
export const TEST_MS = 300_000;

export function launch({ webgl = true } = {}) {
  const args = [...quiet, ...(webgl ? drawing : ["--disable-gpu", "--disable-3d-apis"])];
  return chromium.launch({ executablePath: CHROMIUM, args });
}

/** Counts what a mouse or a finger would cause; a click made by a key has detail 0. */
function countPointers() {
  globalThis.pointerUses = 0;
  for (const type of ["pointerdown", "mousedown", "touchstart", "wheel"]) {
    addEventListener(type, () => globalThis.pointerUses++, true);
  }
  addEventListener("click", (event) => event.detail > 0 && globalThis.pointerUses++, true);
}

/** The browser gets the session of the tests' own requests, so that nobody has to log in. */
async function lendSession(context, server) {
  const [name, ...value] = server.cookie.split("=");
  await context.addCookies([{ name, value: value.join("="), url: server.url, httpOnly: true }]);
}

/** Opens the console; `foreign` and `errors` fill while it runs. `stranger`: with no session;
 * `worker`: with the worker that keeps the shell. */
export async function openConsole(browser, server, options = {}) {
  const { width = 1440, height = 900, query = "", locale = "en-GB", ready = true } = options;
  const serviceWorkers = options.worker ? "allow" : "block";
  const context = await browser.newContext({
    viewport: { width, height },
    locale,
    serviceWorkers,
  });
  if (server.cookie && !options.stranger) await lendSession(context, server);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const foreign = [];
  const errors = [];
  const own = new URL(server.url).host;
  await page.addInitScript(countPointers);
  await page.route("**/*", (route) => {
    const url = new URL(route.request().url());
    const inside = url.host === own || url.protocol === "data:" || url.protocol === "blob:";
    if (inside) return route.continue();
    foreign.push(url.href);
    return route.abort();
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    // The browser itself reports refusals, which are what the pages before a log-in are about.
    const refused = options.stranger && /status of (401|403|409|422|429)/.test(message.text());
    if (message.type() === "error" && !refused) errors.push(message.text());
  });
  await page.goto(`${server.url}/${query}`);
  if (ready) await page.waitForSelector("html[data-ready]", { timeout: PATIENCE_MS });
  const close = () => context.close();
  return { page, context, foreign, errors, close };
}

export const see = (page, selector) => page.waitForSelector(selector, { timeout: PATIENCE_MS });

/** Waits until the board has heard of an incident, seen or not. */
export const onBoard = (page, incident) =>
  page.waitForSelector(`#queue tr[data-id="${incident}"]`, { state: "attached" });

/** Waits until one of the elements holds these words. */
export const seeText = (page, selector, text) =>
  page.waitForFunction(
    ([s, words]) => [...document.querySelectorAll(s)].some((e) => e.textContent.includes(words)),
    [selector, text],
    { timeout: PATIENCE_MS },
  );

/** Waits for what takes a while to be answered, which the browser's own waiting takes for true; what
 * was found. */
export async function until(what, condition) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = await condition();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`in vain: ${what}`);
}

/** Types keys one after the other, as a person does: never the mouse. */
export async function press(page, ...keys) {
  for (const key of keys) await page.keyboard.press(key);
}

/** The violations of axe on the page as it is, in few words. */
export async function violations(page) {
  const { source } = require("axe-core");
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(source);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document, { resultTypes: ["violations"] });
    return violations.map(
      (v) => `${v.id}: ${v.nodes.map((n) => n.html.slice(0, 160)).join(" | ")}`,
    );
  });
  return found;
}
