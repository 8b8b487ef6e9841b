// The console's requests about people, against the stand-in: what the contract says comes back.
import assert from "node:assert/strict";
import test, { type TestContext } from "node:test";
import { accountApi } from "../src/accountapi";
import { Problem, api, onLost } from "../src/api";
import { passwordProblem } from "../src/gate";
import { passwordRefusal, problemText, readProblemText } from "../src/problems";
import { setLanguage, t } from "../src/strings";
import { grouped } from "../src/totp";
import { totpCode } from "./fakeaccounts.mjs";
import { startFake } from "./fake.mjs";

const PASSWORD = "correct horse battery";

/** A fake server, and `fetch` with relative addresses and one cookie, as a page has it. */
async function page(t_: TestContext) {
  const fake = await startFake({ login: true });
  const real = globalThis.fetch;
  let cookie = "";
  globalThis.fetch = async (url, options = {}) => {
    const headers = new Headers(options.headers);
    if (cookie) headers.set("Cookie", cookie);
    const answer = await real(`${fake.url}${String(url)}`, { ...options, headers });
    cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? cookie;
    return answer;
  };
  t_.after(async () => {
    globalThis.fetch = real;
    onLost(() => undefined);
    await fake.close();
  });
  const forget = (): void => void (cookie = "");
  return { fake, forget, enter: () => accountApi.setup(fake.setup?.token ?? "", PASSWORD) };
}

const problem = (status: number, code?: string) => (error: unknown) =>
  error instanceof Problem && error.status === status && (!code || error.code === code);

test("without a session the answer is 401, and who listens hears of it", async (t_) => {
  await page(t_);
  let heard = 0;
  onLost(() => heard++);
  await assert.rejects(accountApi.session(), problem(401, "unauthenticated"));
  await assert.rejects(api.units(), problem(401));
  assert.equal(heard, 2);
});

test("a set-up link works once, and only with a password long enough", async (t_) => {
  const { fake, enter } = await page(t_);
  await assert.rejects(accountApi.setup(fake.setup?.token ?? "", "short"), problem(422));
  const me = await enter();
  assert.deepEqual([me.account, me.role], ["admin", "admin"]);
  assert.equal((await accountApi.session()).account, "admin");
  await assert.rejects(enter(), problem(401));
});

test("a wrong password is refused, and too many tell how long to wait", async (t_) => {
  const { enter, forget } = await page(t_);
  await enter();
  forget();
  const wrong = { account: "admin", password: "not this one" };
  await assert.rejects(accountApi.login(wrong), problem(401, "unauthenticated"));
  await assert.rejects(accountApi.login(wrong), problem(401));
  await assert.rejects(
    accountApi.login(wrong),
    (e: unknown) => problem(429, "too-many")(e) && (e as Problem).wait_s > 0,
  );
});

test("the second factor is confirmed by its code, asked for, and removed", async (t_) => {
  const { enter, forget } = await page(t_);
  await enter();
  const { secret, uri } = await accountApi.startTotp(PASSWORD);
  assert.match(uri, /^otpauth:\/\/totp\//);
  await assert.rejects(accountApi.confirmTotp("000000"), Problem);
  await accountApi.confirmTotp(totpCode(secret));
  forget();
  const who = { account: "admin", password: PASSWORD };
  let heard = 0;
  onLost(() => heard++);
  await assert.rejects(accountApi.login(who), problem(401, "second-factor"));
  assert.equal(heard, 0, "no session was lost");
  assert.equal((await accountApi.login({ ...who, code: totpCode(secret) })).factor, "totp");
  await accountApi.removeTotp(PASSWORD);
  assert.equal((await accountApi.session()).totp, false);
});

test("the code is that of RFC 6238", () => {
  const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"; // "12345678901234567890"
  assert.equal(totpCode(secret, 59_000), "287082");
  assert.equal(totpCode(secret, 1_111_111_109_000), "081804");
});

test("accounts, agencies and tokens are made, changed and taken away", async (t_) => {
  const { enter } = await page(t_);
  await enter();
  await accountApi.addAgency({ agency: "inem", label: "INEM" });
  assert.deepEqual(await accountApi.agencies(), { agencies: [{ agency: "inem", label: "INEM" }] });
  const { setup } = await accountApi.addAccount({ account: "rui", role: "dispatcher" });
  assert.match(setup.path, /^\/#setup=/);
  const { account } = await accountApi.changeAccount("rui", { disabled: true, agency: "inem" });
  assert.deepEqual([account.disabled, account.agency], [true, "inem"]);
  assert.equal((await accountApi.accounts()).accounts.length, 2);
  const { token, secret } = await accountApi.makeToken({ label: "radio", scopes: ["positions"] });
  assert.match(secret, /^amp_/);
  await accountApi.revokeToken(token.token);
  assert.deepEqual(await accountApi.tokens(), { tokens: [] });
});

test("logging out ends the session", async (t_) => {
  const { enter } = await page(t_);
  await enter();
  await accountApi.logout();
  await assert.rejects(accountApi.session(), problem(401));
});

test("an export is a file with the name that the server gives", async (t_) => {
  const { fake, enter } = await page(t_);
  await enter();
  const { incident } = fake.state.takeCall({ words: "Fire" });
  const file = await api.exported(incident.id);
  assert.equal(file.name, `${incident.id}.zip`);
  assert.equal(file.blob.type, "application/zip");
});

test("what is held is not erased; what was erased says when", async (t_) => {
  const { fake, enter } = await page(t_);
  await enter();
  const { id } = fake.state.takeCall({ words: "Fire", number: "+258840000001" }).incident;
  fake.state.close(fake.state.incident(id), { outcome: "other" });
  await api.hold(id, "inquiry");
  await assert.rejects(api.erase(id, "deadline"), problem(409));
  await api.lift(id);
  const { incident } = await api.erase(id, "deadline");
  assert.equal(typeof incident.erased, "string");
  assert.equal(incident.calls[0]?.words, null);
});

test("problems are told in sentences", () => {
  void setLanguage("en");
  assert.match(problemText(new Problem(0, "", "")), /cannot be reached/);
  assert.match(problemText(new Problem(401, "unauthenticated", "")), /session has ended/);
  const no = new Problem(403, "forbidden", "The role auditor may not do this.");
  assert.match(problemText(no), /The role auditor may not do this\./);
  assert.equal(passwordRefusal(no), t("account.passwordWrong"));
});

test("a password is chosen twice alike and has ten characters", () => {
  assert.match(passwordProblem("123456789", "123456789"), /at least 10/);
  assert.match(passwordProblem("1234567890", "1234567891"), /differ/);
  assert.equal(passwordProblem("1234567890", "1234567890"), "");
});

test("a secret is shown in groups of four", () => {
  assert.equal(grouped("JBSWY3DPEHPK3PXPA"), "JBSW Y3DP EHPK 3PXP A");
});

test("a part of the page that does not come is said as a server that is not reached", () => {
  for (const words of [
    "Failed to fetch dynamically imported module: http://localhost/assets/mapwork.js",
    "error loading dynamically imported module: http://localhost/assets/mapwork.js",
    "Importing a module script failed.",
  ]) {
    assert.equal(readProblemText(new TypeError(words)), t("error.unreached"));
  }
  const slip = new TypeError("x is undefined");
  assert.equal(readProblemText(slip), String(slip));
});
