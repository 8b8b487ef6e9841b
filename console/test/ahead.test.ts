// What is asked for ahead is taken once, and by nobody after the desk has begun to ask for itself.
import assert from "node:assert/strict";
import test from "node:test";
import { askAhead, configAge, forgetAhead, takeAhead } from "../src/ahead";

test("the board is asked for when the session may read it, and is taken once", async () => {
  const asked: string[] = [];
  globalThis.fetch = (url) => {
    asked.push(String(url));
    const body = asked.length === 1 ? { account: "ana", may: ["read", "call"] } : { seq: 7 };
    return Promise.resolve(new Response(JSON.stringify(body)));
  };
  await askAhead();
  assert.equal(asked.length, 10);
  assert.equal(new Set(asked).size, 10);
  const session = await takeAhead("/v1/session");
  assert.equal(((await session?.json()) as { account: string }).account, "ana");
  assert.equal(takeAhead("/v1/session"), null);
  assert.equal(configAge(), 0, "nobody took the configuration");
  assert.ok(takeAhead("/v1/config"));
  await new Promise((done) => setTimeout(done, 5));
  assert.ok(configAge() > 0);
  assert.equal(takeAhead("/v1/config"), null);
  assert.equal(configAge(), 0, "this one is fresh");
  assert.ok(takeAhead("/v1/units"));
  forgetAhead();
  assert.equal(takeAhead("/v1/plans"), null);
});

test("a stranger's session is asked for, and nothing else", async () => {
  const asked: string[] = [];
  globalThis.fetch = (url) => {
    asked.push(String(url));
    return Promise.resolve(new Response("{}", { status: 401 }));
  };
  await askAhead();
  assert.deepEqual(asked, ["/v1/session"]);
  assert.equal((await takeAhead("/v1/session"))?.status, 401);
  forgetAhead();
});
