// Accounts, sessions, tokens and agencies of the fake server, as far as the console sees them; the
// passwords are kept plain, for nothing here is secret.
import { createHmac, randomBytes } from "node:crypto";
import { Refusal } from "./fakestate.mjs";

export const SETUP_LIMIT_MS = 48 * 3_600_000;
const PASSWORD_MIN = 10;
const TRIES = 3;
const LOCK_S = 3;
const STEP_S = 30;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

const callTaker = ["self", "map", "read", "call", "note"];
const dispatcher = [...callTaker, "dispatch", "crew", "positions", "intake"];

/** What a role may, as the server has it (src/server/permit.c). */
const may = {
  "call-taker": callTaker,
  dispatcher,
  crew: ["self", "map", "read", "note", "crew", "positions"],
  supervisor: [...dispatcher, "supervise", "train", "audit", "metrics"],
  trainer: ["self", "map", "train"],
  laboratory: ["self", "laboratory"],
  auditor: ["self", "audit", "metrics"],
  admin: ["self", "map", "read", "supervise", "audit", "metrics", "admin"],
};

function base32(bytes) {
  const bits = [...bytes].map((b) => b.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[parseInt(five, 2)]).join("");
}

function unbase32(text) {
  const bits = [...text].map((c) => BASE32.indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((eight) => parseInt(eight, 2)));
}

/** The code of RFC 6238 (SHA-1, 30 seconds, six digits) for a secret in base 32. */
export function totpCode(secret, now_ms = Date.now()) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now_ms / 1000 / STEP_S)));
  const mac = createHmac("sha1", unbase32(secret)).update(counter).digest();
  const at = mac[19] & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** A code is good for the step after its own, too: people type slowly. */
const codeFits = (secret, code) =>
  [0, STEP_S * 1000].some((ms) => totpCode(secret, Date.now() - ms) === code);

const token = () => randomBytes(16).toString("base64url");

export class FakeAccounts {
  accounts = new Map();
  sessions = new Map();
  setups = new Map();
  tokens = new Map();
  agencies = [];
  audit = [];

  /** @param login whether people have to log in; otherwise everybody is the desk of a demo */
  constructor(state, login) {
    this.state = state;
    this.login_ = login;
    if (login) this.firstSetup = this.invite(this.put({ account: "admin", role: "admin" }));
  }

  put({ account, role, agency = null, unit = null }) {
    const row = { account, role, agency, unit, disabled: false, seen: null };
    Object.assign(row, { secret: null, totp: null, offer: null, failed: 0, lockedUntil: 0 });
    this.accounts.set(account, row);
    return row;
  }

  invite(account) {
    const setup = {
      token: token(),
      expires: new Date(Date.now() + SETUP_LIMIT_MS).toISOString(),
    };
    this.setups.set(setup.token, account.account);
    return { ...setup, path: `/#setup=${setup.token}` };
  }

  view({ account, role, agency, unit, disabled, seen, secret, totp }) {
    return { account, role, agency, unit, disabled, seen, password: !!secret, totp: !!totp };
  }

  account(name) {
    const found = this.accounts.get(name);
    if (!found) throw new Refusal(404, `There is no account ${name}.`);
    return found;
  }

  /** Who a request comes from, or null. */
  identify(request) {
    if (!this.login_) return this.desk();
    const cookie = /(?:^|; )amparo=([^;]+)/.exec(request.headers.cookie ?? "")?.[1];
    const session = this.sessions.get(cookie);
    if (!session) return null;
    session.seen = new Date().toISOString();
    return this.identity(session);
  }

  desk() {
    const account = { account: "desk", role: "supervisor", agency: null, unit: null };
    const rest = { session: "demo", demo: true, factor: "demo", totp: false };
    return { seq: this.state.seq, ...account, ...rest, may: may.supervisor };
  }

  identity(session) {
    const { account, role, agency, unit, totp } = this.accounts.get(session.account);
    const rest = { session: session.session, demo: false, factor: session.factor, totp: !!totp };
    return { seq: this.state.seq, account, role, agency, unit, ...rest, may: may[role] };
  }

  open(account, factor) {
    const now = new Date().toISOString();
    const session = { session: randomBytes(8).toString("hex"), account: account.account, factor };
    Object.assign(session, { opened: now, seen: now });
    const cookie = token();
    this.sessions.set(cookie, session);
    account.seen = now;
    return { identity: this.identity(session), cookie };
  }

  login({ account: name, password, code }) {
    const account = this.accounts.get(name);
    const left_ms = (account?.lockedUntil ?? 0) - Date.now();
    if (left_ms > 0) throw this.locked(Math.ceil(left_ms / 1000));
    const right = account?.secret && account.secret === password && !account.disabled;
    const second = Boolean(account?.totp);
    const codeRight = !second || codeFits(account.totp, code);
    if (right && codeRight) {
      account.failed = 0;
      return this.open(account, second ? "totp" : "password");
    }
    if (account && (!right || code) && ++account.failed >= TRIES) {
      account.failed = 0;
      account.lockedUntil = Date.now() + LOCK_S * 1000;
      throw this.locked(LOCK_S);
    }
    if (right) throw new Refusal(401, "A code of the second factor is needed.", "second-factor");
    throw new Refusal(401, "Account or password is wrong.", "unauthenticated");
  }

  locked(seconds) {
    const refusal = new Refusal(429, "Too many attempts.", "too-many");
    refusal.headers = { "Retry-After": String(seconds) };
    return refusal;
  }

  setup({ token: key, password }) {
    const name = this.setups.get(key);
    if (!name) throw new Refusal(401, "The link was used or has expired.", "unauthenticated");
    this.checkPassword(password);
    this.setups.delete(key);
    const account = this.account(name);
    account.secret = password;
    return this.open(account, "password");
  }

  checkPassword(password) {
    if (password.length >= PASSWORD_MIN) return;
    throw new Refusal(422, `A password has at least ${PASSWORD_MIN} characters.`, "invalid");
  }

  /** Ends the sessions for which the test holds, and tells their streams. */
  end(test) {
    for (const [cookie, session] of this.sessions) {
      if (!test(session)) continue;
      this.sessions.delete(cookie);
      this.ended?.(session.session);
    }
  }

  sessionsOf(me) {
    const own = [...this.sessions.values()].filter((s) => s.account === me.account);
    return { sessions: own.map((s) => ({ ...s, current: s.session === me.session })) };
  }

  own(me, password) {
    const account = this.account(me.account);
    if (account.secret !== password) throw new Refusal(403, "The password is wrong.", "forbidden");
    return account;
  }

  changePassword(me, { old, new: fresh }) {
    const account = this.own(me, old);
    this.checkPassword(fresh);
    account.secret = fresh;
    this.end((s) => s.account === me.account && s.session !== me.session);
  }

  startTotp(me, { password }) {
    const account = this.own(me, password);
    account.offer = base32(randomBytes(20));
    const label = `Amparo:${me.account}`;
    const uri = `otpauth://totp/${label}?secret=${account.offer}&issuer=Amparo`;
    return { secret: account.offer, uri };
  }

  confirmTotp(me, { code }) {
    const account = this.account(me.account);
    if (!account.offer || !codeFits(account.offer, code)) {
      throw new Refusal(422, "That is not the code.", "invalid");
    }
    [account.totp, account.offer] = [account.offer, null];
  }

  removeTotp(me, { password }) {
    this.own(me, password).totp = null;
  }

  add(body) {
    if (this.accounts.has(body.account))
      throw new Refusal(409, `${body.account} exists.`, "exists");
    if (!may[body.role]) throw new Refusal(422, `There is no role ${body.role}.`, "invalid");
    const account = this.put(body);
    return { account: this.view(account), setup: this.invite(account) };
  }

  change(name, body) {
    const account = this.account(name);
    for (const [field, value] of Object.entries(body)) {
      account[field] = value === "-" ? null : value;
    }
    if (body.disabled) this.end((s) => s.account === name);
    return { account: this.view(account) };
  }

  reset(name) {
    const account = this.account(name);
    Object.assign(account, { secret: null, totp: null });
    this.end((s) => s.account === name);
    return { setup: this.invite(account) };
  }

  makeToken(me, { label, scopes, expires_days }) {
    const made = new Date().toISOString();
    const ends = expires_days && new Date(Date.now() + expires_days * 86_400_000).toISOString();
    const row = { token: token().slice(0, 8), account: me.account, label, scopes, made };
    row.expires = ends ?? null;
    this.tokens.set(row.token, row);
    return { token: row, secret: `amp_${token()}` };
  }

  tokensOf(me) {
    return { tokens: [...this.tokens.values()].filter((row) => row.account === me.account) };
  }
}
