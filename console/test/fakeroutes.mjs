// The routes of the fake server about people, the log and the record, and who may ask for which.
import { Refusal } from "./fakestate.mjs";

/** An answer that is not simply 200 with JSON. */
export class Reply {
  constructor(status, { json, text, type, headers } = {}) {
    this.status = status;
    this.body = text ?? (json === undefined ? "" : JSON.stringify(json));
    this.type = type ?? (json === undefined ? "text/plain; charset=utf-8" : "application/json");
    this.headers = headers ?? {};
  }
}

const cookieOf = (value) => ({
  "Set-Cookie": `amparo=${value}; Path=/; HttpOnly; SameSite=Strict`,
});
const entered = ({ identity, cookie }) =>
  new Reply(200, { json: identity, headers: cookieOf(cookie) });
const nothing = () => new Reply(204);

/** The routes about people: method, pattern, permissions of which one is needed, answer. */
export function peopleRoutes(accounts) {
  const done = (run) => (input) => (run(input), nothing());
  const seers = ["supervise"];
  return [
    ["POST", /^\/session$/, [], ({ body }) => entered(accounts.login(body))],
    ["POST", /^\/setup$/, [], ({ body }) => entered(accounts.setup(body))],
    ["GET", /^\/session$/, null, ({ me }) => me],
    [
      "DELETE",
      /^\/session$/,
      null,
      ({ me }) => {
        accounts.end((s) => s.session === me.session);
        return new Reply(204, { headers: cookieOf("; Max-Age=0") });
      },
    ],
    ["GET", /^\/sessions$/, null, ({ me }) => accounts.sessionsOf(me)],
    [
      "DELETE",
      /^\/sessions\/([^/]+)$/,
      null,
      done(({ id }) => accounts.end((s) => s.session === id)),
    ],
    ["POST", /^\/password$/, null, done(({ me, body }) => accounts.changePassword(me, body))],
    ["POST", /^\/totp$/, null, ({ me, body }) => accounts.startTotp(me, body)],
    ["POST", /^\/totp\/confirm$/, null, done(({ me, body }) => accounts.confirmTotp(me, body))],
    ["DELETE", /^\/totp$/, null, done(({ me, body }) => accounts.removeTotp(me, body))],
    [
      "GET",
      /^\/accounts$/,
      seers,
      () => ({ accounts: [...accounts.accounts.values()].map((a) => accounts.view(a)) }),
    ],
    ["POST", /^\/accounts$/, ["admin"], ({ body }) => new Reply(201, { json: accounts.add(body) })],
    ["PATCH", /^\/accounts\/([^/]+)$/, ["admin"], ({ id, body }) => accounts.change(id, body)],
    ["POST", /^\/accounts\/([^/]+)\/reset$/, ["admin"], ({ id }) => accounts.reset(id)],
    ["GET", /^\/tokens$/, null, ({ me }) => accounts.tokensOf(me)],
    [
      "POST",
      /^\/tokens$/,
      null,
      ({ me, body }) => new Reply(201, { json: accounts.makeToken(me, body) }),
    ],
    ["DELETE", /^\/tokens\/([^/]+)$/, null, done(({ id }) => accounts.tokens.delete(id))],
    ["GET", /^\/agencies$/, null, () => ({ agencies: accounts.agencies })],
    [
      "POST",
      /^\/agencies$/,
      ["admin"],
      ({ body }) => {
        accounts.agencies.push(body);
        return new Reply(201, { json: body });
      },
    ],
  ];
}

/** The routes of the log and of the audit. */
export function logRoutes(log) {
  const text = (run) => (input) => new Reply(200, { text: run(input) });
  const readers = ["audit"];
  return [
    ["GET", /^\/log\/checkpoint$/, [], text(() => log.checkpoint())],
    ["GET", /^\/log\/key$/, [], text(() => log.key())],
    ["GET", /^\/log\/proof$/, [], text(({ query }) => log.proof(Number(query.get("seq"))))],
    [
      "GET",
      /^\/audit$/,
      readers,
      ({ query }) => log.days(query.get("from") ?? "", query.get("to") ?? ""),
    ],
    [
      "GET",
      /^\/audit\/records$/,
      readers,
      ({ query }) => log.records(...["day", "role", "kind"].map((name) => query.get(name) ?? "")),
    ],
  ];
}

/** What is done with the record of an incident. */
export function recordRoutes(state, on) {
  const sharers = ["supervise"];
  const holders = ["supervise"];
  return [
    [
      "POST",
      /^\/incidents\/([^/]+)\/shares$/,
      sharers,
      ({ id, body }) => on(id, (i) => state.share(i, body.agency)),
    ],
    [
      "DELETE",
      /^\/incidents\/([^/]+)\/shares\/([^/]+)$/,
      sharers,
      ({ id, second }) => on(id, (i) => state.unshare(i, second)),
    ],
    [
      "POST",
      /^\/incidents\/([^/]+)\/hold$/,
      holders,
      ({ id, body }) => on(id, (i) => state.hold(i, true, body.reason)),
    ],
    [
      "DELETE",
      /^\/incidents\/([^/]+)\/hold$/,
      holders,
      ({ id }) => on(id, (i) => state.hold(i, false)),
    ],
    ["POST", /^\/incidents\/([^/]+)\/erase$/, ["admin"], ({ id }) => on(id, (i) => state.erase(i))],
    [
      "GET",
      /^\/incidents\/([^/]+)\/export$/,
      ["supervise"],
      ({ id }) => {
        state.incident(id);
        const headers = { "Content-Disposition": `attachment; filename="${id}.zip"` };
        return new Reply(200, { text: "PK\x05\x06", type: "application/zip", headers });
      },
    ],
  ];
}

/** Who may ask for the routes of the board: whoever may read, unless the first that fits says more. */
const boardNeeds = [
  ["POST", /^\/calls$|\/acknowledge$/, ["call"]],
  ["POST", /^\/intake/, ["intake"]],
  ["PATCH", /^\/incidents/, ["call"]],
  ["GET", /\/recommendation$/, ["call"]],
  ["POST", /\/notes$/, ["note"]],
  ["POST", /^\/units\/.*\/status$/, ["crew"]],
  ["POST", /^\/positions$/, ["positions"]],
  ["POST", /^\/(stations|units)$/, ["supervise"]],
  ["GET", /^\/config$/, ["self"]],
  ["GET", /^\/(plans|cards|closures|map|geocode|reverse|route|isochrone)$/, ["map"]],
  ["GET", /\/location$/, ["call"]],
  ["POST", /^\/closures/, ["dispatch"]],
  ["PATCH", /^\/closures/, ["dispatch"]],
  ["DELETE", /^\/closures/, ["dispatch"]],
  ["POST", /^\/incidents/, ["dispatch"]],
  ["DELETE", /^\/incidents/, ["dispatch"]],
];

export function needsOf(method, pathname) {
  return boardNeeds.find(([m, pattern]) => m === method && pattern.test(pathname))?.[2] ?? ["read"];
}

/** Lets through whoever has one of the permissions; an empty list is for everybody. */
export function authorise(me, needs) {
  if (needs?.length === 0) return;
  if (!me) throw new Refusal(401, "Nobody is logged in.", "unauthenticated");
  if (needs === null || needs.some((p) => me.may.includes(p))) return;
  throw new Refusal(403, `The role ${me.role} may not do this.`, "forbidden");
}
