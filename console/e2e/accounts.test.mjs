// Who may come in and what they may do: set-up link, log-in, second factor, people, audit, erasing.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import test, { after, before } from "node:test";
import {
  PATIENCE_MS,
  TEST_MS,
  launch,
  openConsole,
  press,
  see,
  seeText,
  violations,
} from "./browser.mjs";
import { PASSWORD, addAccount, ask, enterAs, login, seed, startServer } from "./server.mjs";

const STEP_MS = 30_000;
const TRIES_MAX = 30;
let server;
let browser;
let middle;
let type;
/** Who asks the interface for the tests. */
let admin;
let desk;
/** What the server called the administrator of the first set-up. */
let adminName;

before(async () => {
  server = await startServer({ bare: true });
  browser = await launch({ webgl: false });
});

after(async () => {
  await browser?.close();
  await server?.close();
});

const gone = (page, selector) =>
  page.waitForSelector(selector, { state: "detached", timeout: PATIENCE_MS });
const as = (who) => ({ ...server, cookie: who.cookie });

/** A test with a browser that nobody is logged in with; `run` gets the page. */
function withStranger(name, options, run) {
  test(name, { timeout: TEST_MS }, async (t) => {
    if (server.kind === "running") return t.skip("needs a server of its own");
    t.diagnostic(`server: ${server.kind}`);
    const opened = await openConsole(browser, server, { stranger: true, ready: false, ...options });
    try {
      await run(opened.page, opened);
      assert.deepEqual(opened.foreign, [], "requests to other hosts");
      assert.deepEqual(opened.errors, [], "errors in the page");
      const mouse = await opened.page.evaluate(() => globalThis.pointerUses);
      if (options.keyboardOnly) assert.equal(mouse, 0, "the mouse was used");
    } catch (error) {
      await opened.page.screenshot({ path: `test-results/${name.replace(/\W+/g, "-")}.png` });
      throw error;
    } finally {
      await opened.close();
    }
  });
}

/** Opens one of the pages of the menu by the keyboard. */
async function openPage(page, act) {
  await press(page, "u");
  for (let i = 0; i < 20; i++) {
    if ((await page.evaluate(() => document.activeElement?.dataset.act)) === act) break;
    await press(page, "ArrowDown");
  }
  await press(page, "Enter");
}

async function openDialog(page, act) {
  await openPage(page, act);
  await see(page, `dialog.${act}[open]`);
}

async function choosePassword(page, first, again = first) {
  await see(page, "#gate-again");
  await page.fill("#gate-password", first);
  await page.fill("#gate-again", again);
  await press(page, "Enter");
}

/** RFC 6238 with its defaults: SHA-1, 30 seconds, six digits; RFC 4226 cuts the digits out. */
function codeAt(secret, now_ms) {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const c of secret.replace(/[\s=]/g, "")) {
    bits += alphabet.indexOf(c).toString(2).padStart(5, "0");
  }
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(now_ms / STEP_MS)));
  const mac = createHmac("sha1", key).update(counter).digest();
  const word = mac.readUInt32BE(mac[mac.length - 1] & 15) & 0x7fffffff;
  return String(word % 1_000_000).padStart(6, "0");
}

/** A code that the server has not seen: one that was used opens nothing again. */
async function freshCode(secret, used) {
  let code = codeAt(secret, Date.now());
  while (code === used) {
    await new Promise((done) => setTimeout(done, STEP_MS - (Date.now() % STEP_MS) + 50));
    code = codeAt(secret, Date.now());
  }
  return code;
}

test("the code is that of the vectors of RFC 6238", () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  assert.equal(codeAt(secret, 59_000), "287082");
  assert.equal(codeAt(secret, 1_234_567_890_000), "005924");
});

withStranger(
  "the first set-up link chooses a password, lets in, and works once",
  { keyboardOnly: true },
  async (page) => {
    await see(page, "dialog.gate[open] #gate-account");
    await page.goto(`${server.url}/#setup=${server.setupToken}`);
    await choosePassword(page, "short");
    await seeText(page, ".gate .problem", "at least 10");
    await choosePassword(page, PASSWORD, `${PASSWORD}!`);
    await seeText(page, ".gate .problem", "differ");
    assert.equal(new URL(page.url()).hash, "", "the token left the address bar");
    await choosePassword(page, PASSWORD);
    await see(page, "html[data-ready]");
    await seeText(page, ".menu", "administrator");
    adminName = await page.textContent(".menu bdi");
    await page.goto(`${server.url}/?again#setup=${server.setupToken}`);
    await choosePassword(page, PASSWORD);
    await seeText(page, ".gate .problem", "was used already");
  },
);

test("the tests' own accounts are made by the administrator", async (t) => {
  if (server.kind === "running") return t.skip("needs a server of its own");
  admin = await enterAs(server, adminName);
  desk = await addAccount(server, admin, { account: "desk", role: "supervisor" });
  middle = await seed(as(desk));
  const { types } = await ask(as(desk), "GET", "/v1/plans");
  const wanted = (p) => p.needs.some((n) => n.capabilities.includes("als"));
  type = types.find((p) => /cardiac/i.test(p.label)) ?? types.find(wanted);
  await addAccount(server, admin, { account: "auditor", role: "auditor" });
  await addAccount(server, admin, { account: "second", role: "dispatcher" });
  await addAccount(server, admin, { account: "locked", role: "dispatcher" });
  await addAccount(server, admin, { account: "crew-m1", role: "crew", unit: "M1" });
});

withStranger(
  "a wrong password is refused, the right one lets in, and logging out closes the door",
  { keyboardOnly: true },
  async (page) => {
    await see(page, "#gate-account");
    await page.fill("#gate-account", "desk");
    await page.fill("#gate-password", "not the password");
    await press(page, "Enter");
    await seeText(page, ".gate .problem", "Account or password is wrong");
    await login(page, "desk");
    await see(page, '#crews tr[data-id="M1"]');
    await openPage(page, "logout");
    await see(page, "dialog.gate[open] #gate-account");
    await page.reload();
    await see(page, "dialog.gate[open] #gate-account");
    assert.equal(await page.locator("#crews tr[data-id]").count(), 0, "nothing is left to see");
  },
);

withStranger(
  "a second factor is enrolled, asked for at the next log-in, and removed",
  { keyboardOnly: true },
  async (page) => {
    await login(page, "second");
    await openDialog(page, "account");
    await page.fill("#totp-password", PASSWORD);
    await press(page, "Enter");
    await see(page, ".account svg.qr path");
    const secret = await page.inputValue("#totp-secret");
    assert.match(secret, /^([A-Z2-7]{4} )+[A-Z2-7]{1,4}$/, "groups of four");
    assert.match(await page.inputValue("#totp-uri"), /^otpauth:\/\/totp\//);
    assert.deepEqual(await violations(page), []);
    const used = await freshCode(secret);
    await page.fill("#totp-code", used);
    await press(page, "Enter");
    await seeText(page, ".account .hint.good", "second factor is on");
    await press(page, "Escape");
    await openPage(page, "logout");
    await see(page, "dialog.gate[open] #gate-account");
    await login(page, "second", { code: await freshCode(secret, used) });
    await openDialog(page, "account");
    await seeText(page, ".account", "a log-in asks for a code");
    await page.fill("#totp-password", PASSWORD);
    await press(page, "Enter");
    await seeText(page, ".account .hint.good", "second factor is off");
  },
);

withStranger(
  "an administrator adds a dispatcher, who takes a call and dispatches by keyboard",
  { keyboardOnly: true },
  async (page) => {
    await login(page, admin.account);
    await openDialog(page, "people");
    await page.fill("#add-account", "ana");
    await page.selectOption("#add-role", "dispatcher");
    await page.focus("#add-account");
    await press(page, "Enter");
    await see(page, "#people-link");
    const link = await page.inputValue("#people-link");
    assert.ok(link.startsWith(`${server.url}/#setup=`), link);
    assert.deepEqual(await violations(page), []);
    await press(page, "Escape");
    const own = await openConsole(browser, server, { stranger: true, ready: false });
    try {
      await own.page.goto(link);
      await choosePassword(own.page, PASSWORD);
      await see(own.page, "html[data-ready]");
      await takeAndDispatch(own.page);
      const mouse = await own.page.evaluate(() => globalThis.pointerUses);
      assert.equal(mouse, 0, "the mouse was used");
    } finally {
      await own.close();
    }
  },
);

/** A call typed in, placed by the interface, and the first crew recommended sent. */
async function takeAndDispatch(page) {
  await press(page, "n");
  await page.keyboard.type("Man fell down at the market");
  await press(page, "Enter");
  await see(page, "#panel h2 bdi");
  const id = await page.textContent("#panel h2 bdi");
  const edit = { type: type.type, priority: 1, pos: middle };
  await ask(as(desk), "PATCH", `/v1/incidents/${id}`, edit);
  await seeText(page, "#panel h2", type.label);
  await press(page, "r");
  await see(page, ".advice li:not(.divert)");
  await press(page, await page.textContent(".advice li:not(.divert) kbd"));
  await see(page, ".advice .sending.recorded");
  const { incident } = await ask(as(desk), "GET", `/v1/incidents/${id}`);
  assert.equal(incident.units.length, 1);
  const sent = incident.timeline.find((e) => e.kind === "unit-dispatched");
  assert.equal(sent.actor, "ana", "the record says who");
}

withStranger(
  "an administrator reads an incident and dispatches nobody",
  { keyboardOnly: true },
  async (page) => {
    const call = { words: "To be seen", type: type.type, priority: 1, pos: middle };
    const { incident } = await ask(as(desk), "POST", "/v1/calls", call);
    await login(page, admin.account);
    assert.equal(await page.locator('[data-command="new"]').count(), 0);
    await see(page, `#queue tr[data-id="${incident.id}"]`);
    await press(page, "q", "Home", "Enter");
    await seeText(page, "#panel .hint", "you read this incident");
    assert.equal(await page.locator("#panel .advice").count(), 0);
    await press(page, "r");
    await seeText(page, ".toast", "Not for the role administrator");
    await press(page, "n");
    assert.equal(await page.locator("#call-words").count(), 0);
    assert.deepEqual(await violations(page), []);
  },
);

withStranger(
  "an auditor sees the audit and cannot dispatch",
  { keyboardOnly: true },
  async (page) => {
    await login(page, "auditor");
    assert.equal(await page.locator('[data-command="new"]').count(), 0);
    assert.equal(await page.locator("#queue tr[data-id]").count(), 0, "no incident is shown");
    if ((await page.locator("dialog.audit[open]").count()) === 0) await openDialog(page, "audit");
    await see(page, ".counts-table td button");
    assert.deepEqual(await violations(page), [], "the counts");
    await page.focus(".counts-table td button");
    await press(page, "Enter");
    await see(page, ".records-table tbody tr");
    const seq = Number(await page.textContent(".records-table tbody th"));
    const leaf = (await page.textContent(".records-table code")).trim();
    assert.ok(seq >= 1 && leaf.length >= 43, `${seq} ${leaf}`);
    assert.deepEqual(await violations(page), [], "the records of a count");
    await page.focus(".records-table tbody button");
    const [file] = await Promise.all([page.waitForEvent("download"), press(page, "Enter")]);
    assert.match(file.suggestedFilename(), /\d/);
    await seeText(page, ".audit pre.note", "\u2014 ");
    await page.fill("#audit-filter", "no act has such a name");
    await seeText(page, ".audit .empty", "Nothing matches");
  },
);

withStranger("a supervisor reads the accounts and changes none", {}, async (page) => {
  await login(page, "desk");
  await openDialog(page, "people");
  await seeText(page, ".people-list", "auditor");
  await seeText(page, ".people .hint", "an administrator changes them");
  assert.equal(await page.locator(".people button").count(), 1, "only the way out");
});

withStranger("a crew sees its own vehicle and sets that status only", {}, async (page) => {
  await login(page, "crew-m1");
  await seeText(page, "#panel h2", "M1");
  assert.ok((await page.locator(".statuses button").count()) > 3);
  assert.equal(await page.locator('[data-command="new"]').count(), 0);
  const other = '#crews tr[data-id="M2"]';
  if ((await page.locator(other).count()) === 0) return;
  await page.click(other);
  await seeText(page, "#panel .hint", "Its own crew and dispatchers");
  assert.equal(await page.locator(".statuses button").count(), 0);
});

/** Ends every session of an account but that of the tests themselves. */
async function revokeAll(account) {
  const { sessions } = await ask(as(account), "GET", "/v1/sessions");
  for (const s of sessions.filter((one) => !one.current)) {
    await ask(as(account), "DELETE", `/v1/sessions/${s.session}`);
  }
}

withStranger(
  "a session revoked in the middle of work asks to log in again and keeps what was typed",
  { keyboardOnly: true },
  async (page) => {
    await login(page, "desk");
    await see(page, ".line-live");
    await press(page, "n");
    await page.keyboard.type("Half of what the cal");
    await revokeAll(desk);
    await seeText(page, ".gate-notice", "Your session has ended");
    assert.deepEqual(await violations(page), []);
    await press(page, "Escape", "Escape");
    assert.equal(await page.locator("dialog.gate[open]").count(), 1, "no way round it");
    await page.fill("#gate-password", PASSWORD);
    await press(page, "Enter");
    await gone(page, "dialog.gate");
    assert.equal(await page.inputValue("#call-words"), "Half of what the cal");
    await page.keyboard.type("ler said");
    await press(page, "Enter");
    await seeText(page, ".calls .said", "Half of what the caller said");
    await see(page, ".line-live");
  },
);

withStranger("another person at the desk starts anew", {}, async (page) => {
  await login(page, "desk");
  await see(page, ".line-live");
  await press(page, "n");
  await page.keyboard.type("Not for other eyes");
  await revokeAll(desk);
  await see(page, ".gate-notice");
  await page.evaluate(() => (globalThis.sameLoad = true));
  await page.fill("#gate-account", "second");
  await page.fill("#gate-password", PASSWORD);
  await press(page, "Enter");
  await page.waitForFunction(() => !("sameLoad" in globalThis), null, { timeout: PATIENCE_MS });
  await see(page, "html[data-ready]");
  await press(page, "n");
  assert.equal(await page.inputValue("#call-words"), "");
});

withStranger("a token is made, works, is shown once and revoked", {}, async (page) => {
  await login(page, "desk");
  await openDialog(page, "account");
  await page.fill("#token-label", "radio gateway");
  await page.check('.account input[name="read"]');
  await page.focus("#token-label");
  await press(page, "Enter");
  await see(page, "#token-secret");
  const secret = await page.inputValue("#token-secret");
  const status = async () => {
    const headers = { Authorization: `Bearer ${secret}` };
    return (await fetch(`${server.url}/v1/units`, { headers })).status;
  };
  if (server.kind === "real") assert.equal(await status(), 200);
  await press(page, "Escape");
  await openDialog(page, "account");
  await seeText(page, ".account .cards", "radio gateway");
  assert.equal(await page.locator("#token-secret").count(), 0, "shown once");
  await page.click('[aria-label="Revoke the token radio gateway"]');
  await seeText(page, ".account .hint.good", "The token was revoked");
  assert.equal(await status(), 401);
});

withStranger("an incident is shared, held, exported and erased", {}, async (page) => {
  for (const [agency, label] of [
    ["fire", "Fire brigade"],
    ["ambulance", "Ambulance service"],
  ]) {
    await ask(as(admin), "POST", "/v1/agencies", { agency, label });
  }
  const owner = { account: "owner", role: "supervisor", agency: "ambulance" };
  const own = as(await addAccount(server, admin, owner));
  const call = { words: "Please forget me", number: "+258840000042", pos: middle, place: "Rua 9" };
  const { incident } = await ask(own, "POST", "/v1/calls", { ...call, type: type.type });
  await ask(own, "POST", `/v1/incidents/${incident.id}/close`, { outcome: "other" });
  await login(page, admin.account);
  await page.click('[data-f="closed"]');
  await page.click(`#queue tr[data-id="${incident.id}"]`);
  const act = (words) => page.click(`#panel .acts button:text-is("${words}")`);
  await act("Share");
  await page.selectOption("#act-choice", "fire");
  await press(page, "Enter");
  await seeText(page, ".badges", "Shared with Fire brigade");
  await seeText(page, ".badges", "Agency Ambulance service");
  await page.click('[aria-label="Stop sharing with Fire brigade"]');
  await gone(page, '[aria-label="Stop sharing with Fire brigade"]');
  await act("Hold");
  await page.fill("#act-text", "inquiry");
  await press(page, "Enter");
  await seeText(page, ".badges", "On hold");
  assert.equal(await page.locator('#panel .acts button:text-is("Erase")').count(), 0);
  assert.deepEqual(await violations(page), []);
  const [file] = await Promise.all([page.waitForEvent("download"), act("Export")]);
  assert.match(file.suggestedFilename(), /\.zip$/);
  await act("Lift hold");
  await gone(page, "#panel .badges .warn");
  await act("Erase");
  await page.fill("#act-text", "asked for by the caller");
  await page.fill("#act-confirm", "I-0");
  await page.click("#panel form button.danger");
  await seeText(page, "#panel form .problem", "nothing was erased");
  await page.fill("#act-confirm", incident.id);
  await page.click("#panel form button.danger");
  await seeText(page, "#panel .erased", "were erased on");
  assert.equal(await page.locator("#panel .caller").count(), 0);
  const after_ = JSON.stringify(await ask(as(admin), "GET", `/v1/incidents/${incident.id}`));
  assert.ok(!after_.includes("forget me") && !after_.includes("+258840000042"), after_);
});

const views = [
  { name: "light", query: "?theme=light" },
  { name: "dark", query: "?theme=dark" },
  { name: "narrow, Portuguese", query: "?theme=dark&lang=pt", width: 360, height: 740 },
  { name: "right to left", query: "?theme=light", rtl: true },
];

for (const { rtl, ...view } of views) {
  withStranger(`${view.name}: no violations of axe, no sideways scrolling`, view, async (page) => {
    const turn = () => rtl && page.evaluate(() => (document.documentElement.dir = "rtl"));
    const check = async (what) => {
      assert.deepEqual(await violations(page), [], `${view.name}: ${what}`);
      const wide = await page.evaluate(() => {
        const boxes = [document.documentElement, ...document.querySelectorAll("dialog[open]")];
        return Math.max(...boxes.map((box) => box.scrollWidth - box.clientWidth));
      });
      assert.ok(wide <= 0, `${view.name}: ${what} is ${wide} px too wide`);
      await page.screenshot({
        path: `test-results/${view.name}-${what}.png`.replace(/[ ,]+/g, "-"),
      });
    };
    await see(page, "dialog.gate[open] #gate-account");
    await turn();
    await check("log-in");
    await login(page, admin.account);
    await turn();
    await press(page, "u");
    await check("the menu");
    await press(page, "Escape");
    await openDialog(page, "account");
    await see(page, ".account .cards li");
    await check("my account");
    await press(page, "Escape");
    await openDialog(page, "people");
    await see(page, ".people-list li");
    await page.locator(".people-list .acts button").first().press("Enter");
    await check("people");
    await press(page, "Escape");
    await openDialog(page, "audit");
    await see(page, ".counts-table td button");
    await see(page, "#audit-root");
    await check("audit");
    await page.goto(`${server.url}/${view.query}&again#setup=no-such-token`);
    await see(page, "#gate-again");
    await turn();
    await check("set-up");
  });
}

withStranger("too many wrong passwords say how long to wait", {}, async (page) => {
  await see(page, "#gate-account");
  await page.fill("#gate-account", "locked");
  let tries = 0;
  while ((await page.locator(".gate-wait").count()) === 0) {
    assert.ok(tries++ < TRIES_MAX, "no end of attempts");
    const answer = page.waitForResponse((r) => r.url().endsWith("/v1/session"));
    await page.fill("#gate-password", `wrong ${tries}`);
    await press(page, "Enter");
    await answer;
    await page.waitForFunction(() => document.querySelector(".gate .problem").textContent !== "");
  }
  await seeText(page, ".gate .problem", "Too many attempts");
  assert.match(await page.textContent(".gate-wait"), /Again in \d+:\d\d/);
  assert.ok(await page.isDisabled(".gate button[type=submit]"));
  assert.deepEqual(await violations(page), []);
});
