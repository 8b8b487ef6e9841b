// A small stand-in for the server, built from the HTTP contract: the console's own tests run against
// it where the real binary is not at hand. Run it by hand with: node test/fake.mjs [PORT [--login]]
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FakeAccounts } from "./fakeaccounts.mjs";
import { FakeLog } from "./fakelog.mjs";
import { Reply, authorise, logRoutes, needsOf, peopleRoutes, recordRoutes } from "./fakeroutes.mjs";
import { FakeState, Refusal } from "./fakestate.mjs";
import { tile, townBounds } from "./faketiles.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const dist = path.join(here, "..", "dist");
const HEARTBEAT_MS = 5000;
const CSP =
  "default-src 'self'; worker-src 'self'; img-src 'self' data: blob:; media-src blob:; style-src 'self'; connect-src 'self'";
const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const streets = [
  "Avenida da Paz",
  "Rua do Porto",
  "Rua das Flores",
  "Praça Central",
  "Avenida Norte",
];

function geocode(query) {
  const wanted = query.toLowerCase();
  return streets
    .map((name, i) => ({ name, i }))
    .filter(
      ({ name }) =>
        name
          .toLowerCase()
          .split(" ")
          .some((w) => w.startsWith(wanted)) || name.toLowerCase().startsWith(wanted),
    )
    .map(({ name, i }) => ({
      name,
      kind: "street",
      context: "Vila Nova",
      lat: -25.95 + i * 0.004,
      lon: 32.6 + i * 0.004,
      score: 1 - i / 10,
      distance_m: 500 + i * 100,
    }));
}

/** Squares for circles: enough to be drawn. */
function isochrone(query) {
  const [lat, lon] = (query.get("from") ?? "-25.95,32.58").split(",").map(Number);
  const bands = query.get("minutes").split(",").map(Number);
  const features = bands.reverse().map((minutes) => {
    const d = minutes / 1000;
    const ring = [
      [lon - d, lat - d],
      [lon + d, lat - d],
      [lon + d, lat + d],
      [lon - d, lat + d],
      [lon - d, lat - d],
    ];
    const geometry = { type: "MultiPolygon", coordinates: [[ring]] };
    return { type: "Feature", properties: { minutes }, geometry };
  });
  return { type: "FeatureCollection", features };
}

/** One stretch of road through a point. */
function roadsAt([lat, lon]) {
  const line = [-0.001, 0.001].map((d) => [Number(lon) + d, Number(lat)]);
  const properties = { street: "Rua do Porto", along: true, against: true, length_m: 210 };
  const geometry = { type: "LineString", coordinates: line };
  const features = [{ type: "Feature", properties, geometry }];
  return { type: "FeatureCollection", total: 1, length_m: 210, features };
}

const location = {
  streets: [
    { name: "Rua do Porto", share: 0.61, lat: -25.946, lon: 32.604, house_first: "2", house_last: "18" },
    { name: "Avenida da Paz", share: 0.22, lat: -25.95, lon: 32.6 },
  ],
  landmarks: [
    { name: "Shoprite", kind: "supermarket", lat: -25.945, lon: 32.6, share: 0.2, distance_m: 90 },
  ],
  crews: [
    { unit: "M1", mean_s: 190, p10_s: 150, p90_s: 260, first_share: 0.7 },
    { unit: "M2", mean_s: 230, p10_s: 160, p90_s: 300, first_share: 0.3 },
  ],
  differs: true,
};

/** The few fields of an AML message that the console's tests need. */
function aml(text, from) {
  const field = (name) => new RegExp(`[";]${name}=([^;]+)`).exec(text)?.[1];
  const lat = Number(field("lt"));
  const lon = Number(field("lg"));
  if (!Number.isFinite(lat) || !Number.isFinite(lon)) throw new Refusal(400, "Not an AML message.");
  const radius_m = Math.round(Number(field("rd") ?? 0));
  return { number: from ?? null, pos: { lat, lon }, radius_m, source: "aml" };
}

/** One row a route of the board: method, pattern, answer. */
function routesOf(state, options) {
  const done = (incident) => ({ seq: state.seq, incident: state.view(incident) });
  const on = (id, act) => {
    const incident = state.incident(id);
    act(incident);
    return done(incident);
  };
  return [
    [
      "GET",
      /^\/config$/,
      () => ({
        version: "fake",
        demo: !options.login,
        position_limit_s: 120,
        duplicates: { radius_m: 500, age_s: 1800, most: 5 },
        now: state.now(),
        seq: state.seq,
      }),
    ],
    ["GET", /^\/plans$/, () => ({ types: state.plans })],
    ["GET", /^\/cards$/, () => ({ cards: [] })],
    ["GET", /^\/stations$/, () => ({ stations: state.stations })],
    ["GET", /^\/hospitals$/, () => ({ hospitals: [] })],
    ["GET", /^\/partners$/, () => ({ partners: [] })],
    ["GET", /^\/alerts$/, () => ({ alerts: [] })],
    ["GET", /^\/aid$/, () => ({ agreements: [], requests: [] })],
    [
      "GET",
      /^\/closures$/,
      ({ query }) => ({
        seq: state.seq,
        closures: state.closures.filter((c) => query.get("all") === "1" || !c.lifted),
      }),
    ],
    [
      "GET",
      /^\/closures\/preview$/,
      ({ query }) => ({ seq: state.seq, roads: roadsAt((query.get("at") ?? query.get("points")).split(",")) }),
    ],
    [
      "GET",
      /^\/closures\/([^/]+)$/,
      ({ id }) => {
        const closure = state.closure(id);
        return { seq: state.seq, closure: { ...closure, roads: roadsAt([closure.lat, closure.lon]) } };
      },
    ],
    ["POST", /^\/closures$/, ({ body }) => state.makeClosure(body)],
    ["PATCH", /^\/closures\/([^/]+)$/, ({ id, body }) => state.changeClosure(id, body)],
    ["DELETE", /^\/closures\/([^/]+)$/, ({ id }) => state.liftClosure(id, true)],
    ["POST", /^\/closures\/([^/]+)\/restore$/, ({ id }) => state.liftClosure(id, false)],
    ["GET", /^\/isochrone$/, ({ query }) => isochrone(query)],
    ["GET", /^\/location$/, () => ({ answers: [location] })],
    ["GET", /^\/incidents\/([^/]+)\/location$/, () => ({ answers: [location] })],
    ["GET", /^\/units$/, () => ({ seq: state.seq, units: [...state.units.values()] })],
    ["GET", /^\/demo$/, () => state.demo],
    ["PATCH", /^\/demo$/, ({ body }) => Object.assign(state.demo, body)],
    [
      "GET",
      /^\/map$/,
      () => {
        if (options.noMap) throw new Refusal(404, "No map is loaded.");
        return {
          bounds: townBounds,
          center: [32.58, -25.95],
          attribution: "(c) OpenStreetMap contributors",
          version: "0123456789abcdef",
        };
      },
    ],
    ["GET", /^\/geocode$/, ({ query }) => ({ results: geocode(query.get("q") ?? "") })],
    [
      "GET",
      /^\/route$/,
      ({ query }) => {
        const ends = ["from", "to"].map((n) => query.get(n).split(",").map(Number).reverse());
        return { time_s: 60, distance_m: 500, legs: [], passes: [], line: ends };
      },
    ],
    ["GET", /^\/reverse$/, () => ({ name: "Rua 12", distance_m: 8 })],
    [
      "GET",
      /^\/incidents$/,
      ({ query }) => {
        const wanted = query.get("state") ?? "all";
        const all = [...state.incidents.values()].filter(
          (i) => wanted === "all" || (i.state === "closed") === (wanted === "closed"),
        );
        return { seq: state.seq, incidents: all.map((i) => state.view(i)) };
      },
    ],
    [
      "GET",
      /^\/incidents\/([^/]+)$/,
      ({ id }) => ({ seq: state.seq, incident: state.view(state.incident(id), true) }),
    ],
    [
      "GET",
      /^\/incidents\/([^/]+)\/recommendation$/,
      ({ id }) => state.recommend(state.incident(id)),
    ],
    ["POST", /^\/calls$/, ({ body }) => state.takeCall(body)],
    [
      "POST",
      /^\/intake\/aml$/,
      ({ text, query }) => state.takeCall(aml(text, query.get("from")), "aml"),
    ],
    ["PATCH", /^\/incidents\/([^/]+)$/, ({ id, body }) => on(id, (i) => state.edit(i, body))],
    [
      "POST",
      /^\/incidents\/([^/]+)\/notes$/,
      ({ id, body }) => on(id, (i) => state.record(i, "note-added", { text: body.text })),
    ],
    [
      "POST",
      /^\/incidents\/([^/]+)\/close$/,
      ({ id, body }) => on(id, (i) => state.close(i, body)),
    ],
    [
      "POST",
      /^\/incidents\/([^/]+)\/reopen$/,
      ({ id }) =>
        on(id, (i) => {
          Object.assign(i, { state: "triaged", closed: null, reopened: i.reopened + 1 });
          state.record(i, "incident-reopened");
        }),
    ],
    [
      "POST",
      /^\/incidents\/([^/]+)\/merge$/,
      ({ id, body }) =>
        on(id, (i) => {
          state.incident(body.into).calls.push(...i.calls);
          i.into = body.into;
          state.close(i, { outcome: null });
          state.record(state.incident(body.into), "incident-merged", { text: id });
        }),
    ],
    [
      "POST",
      /^\/incidents\/([^/]+)\/alarm\/acknowledge$/,
      ({ id }) =>
        on(id, (i) => {
          i.alarm = i.alarm_unit = null;
          state.record(i, "alarm-acknowledged");
        }),
    ],
    [
      "POST",
      /^\/incidents\/([^/]+)\/assignments$/,
      ({ id, body }) => state.assign(state.incident(id), body),
    ],
    [
      "DELETE",
      /^\/incidents\/([^/]+)\/assignments\/([^/]+)$/,
      ({ id, second }) => on(id, (i) => state.release(i, second)),
    ],
    ["POST", /^\/stations$/, ({ body }) => ({ seq: state.seq, station: body })],
    ["POST", /^\/units$/, ({ body }) => ({ seq: state.seq, unit: body })],
    ["POST", /^\/units\/([^/]+)\/status$/, ({ id, body }) => state.setStatus(id, body.status)],
    ["POST", /^\/positions$/, ({ body }) => state.move(body.positions)],
  ];
}

async function readBody(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function answerJson(response, status, value, type = "application/json") {
  response.writeHead(status, { "Content-Type": type });
  response.end(JSON.stringify(value));
}

async function serveFile(pathname, response) {
  const name = pathname === "/" ? "/index.html" : pathname;
  const file = path.join(dist, path.normalize(name));
  if (!file.startsWith(dist)) throw new Refusal(404, "Not found.");
  const bytes = await readFile(file).catch(() => {
    throw new Refusal(404, `${name} is not here.`);
  });
  const type = TYPES[path.extname(file)] ?? "application/octet-stream";
  response.writeHead(200, { "Content-Type": type, "Content-Security-Policy": CSP });
  response.end(bytes);
}

function serveEvents(state, me, response, sockets) {
  authorise(me, ["read"]);
  response.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  const send = (event, data, id) =>
    response.write(`${id ? `id: ${id}\n` : ""}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  const beat = () => send("heartbeat", { seq: state.seq, time: state.now() });
  const listener = (event, data) => send(event, data, data.seq);
  state.listeners.add(listener);
  beat();
  const timer = setInterval(beat, HEARTBEAT_MS);
  const end = () => {
    clearInterval(timer);
    state.listeners.delete(listener);
  };
  response.session = me.session;
  response.endSession = () => {
    send("session-ended", {});
    response.end();
  };
  sockets.add(response);
  response.on("close", end);
}

function serveTile(pathname, response) {
  const [z, x, y] = pathname.match(/\d+/g).slice(1).map(Number);
  const bytes = tile(z, x, y);
  if (!bytes) response.writeHead(204);
  else {
    response.writeHead(200, {
      "Content-Type": "application/vnd.mapbox-vector-tile",
      "Content-Encoding": "gzip",
    });
  }
  response.end(bytes ?? undefined);
}

function answer(response, value) {
  if (!(value instanceof Reply)) return answerJson(response, 200, value);
  response.writeHead(value.status, { "Content-Type": value.type, ...value.headers });
  response.end(value.body);
}

async function serveApi(routes, state, url, request, response) {
  const pathname = url.pathname.slice(3);
  const text = await readBody(request);
  const key = request.headers["idempotency-key"];
  if (key && state.keys.has(key)) return answer(response, state.keys.get(key));
  const me = state.accounts.identify(request);
  for (const [method, pattern, needs, act] of routes) {
    const found = pattern.exec(pathname);
    if (!found || method !== request.method) continue;
    authorise(me, needs === undefined ? needsOf(method, pathname) : needs);
    const json = text !== "" && request.headers["content-type"]?.includes("json");
    const [, id, second] = found.map((part) => part && decodeURIComponent(part));
    const body = json ? JSON.parse(text) : {};
    state.actor = me?.account ?? "desk";
    state.agency = me?.agency ?? null;
    const value = act({ id, second, me, query: url.searchParams, text, body });
    if (key) state.keys.set(key, value);
    return answer(response, value);
  }
  throw new Refusal(404, `No such route: ${request.method} ${url.pathname}`);
}

/** Starts it on a free port of the loopback; `url`, `state`, and `close()`. */
export async function startFake(options = {}) {
  const state = new FakeState(options.realTime ?? true);
  const accounts = new FakeAccounts(state, options.login ?? false);
  state.accounts = accounts;
  const board = routesOf(state, options).map(([method, pattern, act]) => [
    method,
    pattern,
    undefined,
    act,
  ]);
  const on = (id, act) => {
    const incident = state.incident(id);
    act(incident);
    return { seq: state.seq, incident: state.view(incident) };
  };
  const log = new FakeLog(state);
  const routes = [
    ...peopleRoutes(accounts),
    ...logRoutes(log),
    ...recordRoutes(state, on),
    ...board,
  ];
  const streams = new Set();
  accounts.ended = (session) => {
    for (const stream of streams) if (stream.session === session) stream.endSession();
  };
  const server = createServer(async (request, response) => {
    const url = new URL(request.url, "http://localhost");
    try {
      if (url.pathname === "/v1/events") {
        serveEvents(state, accounts.identify(request), response, streams);
      } else if (url.pathname.startsWith("/v1/tiles/")) serveTile(url.pathname, response);
      else if (url.pathname.startsWith("/v1/")) {
        await serveApi(routes, state, url, request, response);
      } else await serveFile(url.pathname, response);
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 500;
      const { code = "", message: detail } = error;
      const problem = { type: "about:blank", title: "Refused", status, code, detail };
      for (const [name, value] of Object.entries(error.headers ?? {})) {
        response.setHeader(name, value);
      }
      answerJson(response, status, problem, "application/problem+json");
    }
  });
  await new Promise((done) => server.listen(options.port ?? 0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    state,
    accounts,
    /** With `login`: the way in of the first administrator. */
    setup: accounts.firstSetup,
    close: () => {
      for (const stream of streams) stream.end();
      server.closeAllConnections();
      return new Promise((done) => server.close(done));
    },
  };
}

// A bundle with tests has this file in it, and is not meant.
if (path.basename(process.argv[1] ?? "") === "fake.mjs") {
  const login = process.argv.includes("--login");
  const fake = await startFake({ port: Number(process.argv[2] ?? 8113), login });
  fake.state.takeCall({
    words: "Man down",
    type: "cardiac-arrest",
    place: "Rua do Porto",
    pos: { lat: -25.946, lon: 32.604 },
  });
  console.log(`fake server on ${fake.url}${fake.setup?.path ?? ""}`);
}
