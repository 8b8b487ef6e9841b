// Which server the end-to-end tests run against: one that runs (AMPARO_URL), the built binary with a
// fresh folder and a map, or the stand-in when there is no binary (or AMPARO_E2E=fake asks for it).
import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { startFake } from "../test/fake.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const START_LIMIT_MS = 60_000;
const MAP_LIMIT_MS = 120_000;

function binary() {
  const named = process.env["AMPARO_BIN"];
  if (named && !existsSync(named)) throw new Error(`there is no binary ${named}`);
  const file = named ?? path.join(root, "build/src/cli/amparo");
  return existsSync(file) ? file : null;
}

/** A map to run on: the one named by AMPARO_MAP, or the made-up town. Null if it cannot be made. */
function mapFor(bin, folder) {
  if (process.env["AMPARO_MAP"]) return process.env["AMPARO_MAP"];
  const osm = path.join(folder, "town.osm.pbf");
  const map = path.join(folder, "town.amap");
  const limit = { stdio: "ignore", timeout: MAP_LIMIT_MS };
  try {
    execFileSync(bin, ["map", "synth", "-o", osm, "--seed", "7"], limit);
    execFileSync(bin, ["map", "build", osm, "-o", map], limit);
    return map;
  } catch {
    return null;
  }
}

const ADDRESS = /http:\/\/[\w.:[\]]+:\d+/;
const CONSOLE = /console on http/;
const SETUP = /first set-up: (http:\/\/[\w.:[\]]+:\d+)\/#setup=(\S+)/;
/** Long, and of no real person: what every account of these tests has. */
export const PASSWORD = "correct horse battery";

/** Starts the binary and waits for what `found` makes of what it said, an object. */
function start(bin, args, found) {
  const child = spawn(bin, args, { stdio: ["ignore", "pipe", "pipe"] });
  return new Promise((done, fail) => {
    let said = "";
    const late = setTimeout(() => fail(new Error(`no address after ${said}`)), START_LIMIT_MS);
    const hear = (chunk) => {
      said += chunk;
      const answer = found(said);
      if (!answer) return;
      clearTimeout(late);
      done({ child, ...answer });
    };
    child.stderr.setEncoding("utf8").on("data", hear);
    child.stdout.setEncoding("utf8").on("data", hear);
    child.on("exit", (code) => fail(new Error(`${args[0]} ended with ${code}: ${said}`)));
  });
}

/** Asks a child to end (or makes it), and waits for it. */
function end(child, signal = "SIGTERM") {
  return new Promise((done) => {
    if (child.exitCode !== null || child.signalCode !== null) return done();
    child.once("exit", () => done());
    child.kill(signal);
  });
}

/** `amparo demo` in a hurry; null without a binary. */
export async function startDemo() {
  const bin = process.env["AMPARO_E2E"] === "fake" ? null : binary();
  if (!bin) return null;
  const data = mkdtempSync(path.join(tmpdir(), "amparo-e2e-"));
  const pace = ["--speed", "10", "--calls", "150", "--seed", "7", "--seconds", "300"];
  const args = ["demo", "--listen", "127.0.0.1:0", "--data", data, "--quiet", ...pace];
  const { child, url } = await start(bin, args, (said) => {
    const found = ADDRESS.exec(said);
    return found && { url: found[0] };
  });
  return {
    kind: "demo",
    url,
    hasMap: true,
    close: async () => {
      await end(child);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** The built-in plans with other timers, { undispatched: 1 } rings after a second, and more lines. */
function plansWith(timers, folder, lines = "") {
  const file = path.join(folder, "plans.txt");
  let text = readFileSync(path.join(root, "demo/plans.txt"), "utf8");
  for (const [name, seconds] of Object.entries(timers)) {
    text = text.replace(new RegExp(`^timer ${name} .*$`, "m"), `timer ${name} ${seconds}`);
  }
  writeFileSync(file, text + lines);
  return file;
}

/** What a first start says on stderr: where, and the one-time link of the first administrator. */
function firstSetup(said) {
  const found = SETUP.exec(said);
  return found && { url: found[1], setupToken: found[2] };
}

async function startReal(bin, { timers, lines, more = [] }) {
  const folder = mkdtempSync(path.join(tmpdir(), "amparo-e2e-"));
  const data = path.join(folder, "data");
  const map = mapFor(bin, folder);
  const args = ["serve", "--data", data, "--listen", "127.0.0.1:0", ...more];
  if (timers || lines) args.push("--plans", plansWith(timers ?? {}, folder, lines));
  const all = map ? [...args, "--map", map] : args;
  let { child, url, setupToken } = await start(bin, all, firstSetup);
  const stop = () => end(child);
  /** As a power cut does. */
  const kill = () => {
    child.kill("SIGKILL");
    return new Promise((done) => child.once("exit", () => done()));
  };
  return {
    /** At once, as a crash ends it. */
    kill: () => end(child, "SIGKILL"),
    /** Anew at the same address. */
    restart: async () => {
      all[all.indexOf("--listen") + 1] = new URL(url).host;
      ({ child } = await start(bin, all, (said) => CONSOLE.test(said) && {}));
    },
    kind: "real",
    url,
    setupToken,
    bin,
    data,
    hasMap: map !== null,
    stop,
    kill,
    close: async () => {
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Another process on the data of a server that has ended: its address, and how to stop it. */
export async function startAgain({ bin, data }) {
  const args = ["serve", "--data", data, "--listen", "127.0.0.1:0"];
  const { child, url } = await start(bin, args, (said) => {
    const found = ADDRESS.exec(said);
    return found && { url: found[0] };
  });
  return { url, stop: () => end(child) };
}

/** A server that runs already: AMPARO_LOGIN=ACCOUNT:PASSWORD, unless it is a demonstration. */
async function useRunning(url) {
  const server = { kind: "running", url, hasMap: true, close: async () => undefined };
  const [account, password] = (process.env["AMPARO_LOGIN"] ?? "").split(":");
  if (account) server.cookie = (await enter(server, "/v1/session", { account, password })).cookie;
  return server;
}

/**
 * A server whose first administrator is set up, with a supervisor "desk" whom `ask` and the consoles
 * of `openConsole` are logged in as.
 * @param options.timers of the response plans, where the server is ours to start
 * @param options.lines more lines of these plans
 * @param options.more arguments of the command that starts it
 * @param options.bare nobody is set up yet: `setupToken` is still good
 */
export async function startServer(options = {}) {
  const url = process.env["AMPARO_URL"];
  if (url) return useRunning(url);
  const server = await startOwn(options);
  if (!options.bare) {
    const admin = await setUpAdmin(server);
    server.cookie = (
      await addAccount(server, admin, { account: "desk", role: "supervisor" })
    ).cookie;
  }
  return server;
}

async function startOwn(options) {
  const bin = process.env["AMPARO_E2E"] === "fake" ? null : binary();
  if (bin) return startReal(bin, options);
  const fake = await startFake({ login: true });
  const { url, close } = fake;
  return { kind: "fake", url, setupToken: fake.setup.token, hasMap: true, close };
}

/** Enters by a password or a one-time link: who one is, with the cookie to send on. */
async function enter(server, route, body) {
  const answer = await post(server, route, body);
  const cookie = answer.headers.get("set-cookie")?.split(";")[0];
  if (!answer.ok || !cookie) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
  return { ...(await answer.json()), cookie };
}

function post(server, route, body) {
  const headers = { "Content-Type": "application/json" };
  return fetch(`${server.url}${route}`, { method: "POST", headers, body: JSON.stringify(body) });
}

/** Uses the one-time link of a first start. Returns the administrator with the cookie. */
export function setUpAdmin(server) {
  return enter(server, "/v1/setup", { token: server.setupToken, password: PASSWORD });
}

/** Logs in by the interface: who it is, with the cookie. */
export function enterAs(server, account) {
  return enter(server, "/v1/session", { account, password: PASSWORD });
}

/** Adds an account as `admin` and uses its link: who it is, with its cookie. */
export async function addAccount(server, admin, account) {
  const { setup } = await ask({ ...server, cookie: admin.cookie }, "POST", "/v1/accounts", account);
  return enter(server, "/v1/setup", { token: setup.token, password: PASSWORD });
}

/** Logs in with the keyboard on the page's own form, and waits for the console. */
export async function login(page, account, { password = PASSWORD, code } = {}) {
  await page.waitForSelector("dialog.gate[open] #gate-account");
  await page.fill("#gate-account", account);
  await page.fill("#gate-password", password);
  await page.keyboard.press("Enter");
  if (code !== undefined) {
    await page.waitForSelector("#gate-code");
    await page.fill("#gate-code", code);
    await page.keyboard.press("Enter");
  }
  await page.waitForSelector("html[data-ready]");
  await page.waitForSelector("dialog.gate", { state: "detached" });
}

/** A request to the interface; the JSON of the answer. Throws with the server's words. */
export async function ask(server, method, route, body, type = "application/json") {
  const text = type === "application/json" && body !== undefined ? JSON.stringify(body) : body;
  const headers = server.cookie ? { Cookie: server.cookie } : {};
  if (body !== undefined) headers["Content-Type"] = type;
  const answer = await fetch(`${server.url}${route}`, { method, headers, body: text });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${said}`);
  return said === "" ? {} : JSON.parse(said);
}

const CREWS = [
  ["M1", "ambulance", ["als", "bls"]],
  ["M2", "ambulance", ["als", "bls"]],
  ["M3", "ambulance", ["bls"]],
  ["F1", "fire-engine", ["fire-engine", "rescue"]],
];

/** A station and four crews round the middle of the map. Returns that middle. */
export async function seed(server) {
  const map = server.hasMap ? await ask(server, "GET", "/v1/map") : { center: [32.6, -25.95] };
  const [lon, lat] = map.center;
  const { units } = await ask(server, "GET", "/v1/units");
  const known = new Set(units.map((u) => u.id));
  if (known.size === 0) {
    const site = { lat: lat + 0.002, lon };
    await ask(server, "POST", "/v1/stations", { station: "S1", label: "Central", site });
  }
  for (const [unit, kind, capabilities] of CREWS) {
    if (known.has(unit)) continue;
    await ask(server, "POST", "/v1/units", { unit, kind, capabilities, station: "S1", crew: 2 });
  }
  await reportPositions(server, { lat, lon });
  return { lat, lon };
}

/** All crews report where they are, near the middle; far enough apart to have an order. */
export function reportPositions(server, middle) {
  const positions = CREWS.map(([unit], i) => ({
    unit,
    lat: middle.lat + 0.003 * (i + 1),
    lon: middle.lon + 0.002,
    heading_deg: 40 * i,
    speed_kmh: 0,
  }));
  return ask(server, "POST", "/v1/positions", { positions });
}

/** An AML text message (version 1) for a point. */
export function amlMessage(pos, radius_m) {
  const two = (n) => String(n).padStart(2, "0");
  const now = new Date();
  const top =
    `${now.getUTCFullYear()}${two(now.getUTCMonth() + 1)}${two(now.getUTCDate())}` +
    `${two(now.getUTCHours())}${two(now.getUTCMinutes())}${two(now.getUTCSeconds())}`;
  const part = (n, width) => `${n < 0 ? "-" : "+"}${Math.abs(n).toFixed(5).padStart(width, "0")}`;
  const body =
    `A"ML=1;lt=${part(pos.lat, 8)};lg=${part(pos.lon, 9)};rd=${radius_m};top=${top};lc=90;pm=G;` +
    "si=643010000000001;ei=353472104343540;mcc=643;mnc=01;ml=";
  return `${body}${body.length + 3}`;
}
