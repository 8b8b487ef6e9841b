// Unsent acts: kept in order with their keys, sent once, refused aloud, forgotten when too old.
import assert from "node:assert/strict";
import test from "node:test";
import { post } from "../src/api";
import { KEEP_MS, type Kept, Outbox, STALE_MS, Unsent, isUnsent } from "../src/outbox";
import { Problem } from "../src/problem";
import { Shelf } from "./shelf";

const away = new Problem(0, "unreachable", "");

function rig(shelf = new Shelf(), session = "s") {
  const posted: Kept[] = [];
  const recorded: string[] = [];
  const refused: string[] = [];
  let keys = 0;
  const world = { now: 1_000_000, answer: (_: Kept): unknown => ({}) };
  const outbox = new Outbox({
    keeper: shelf,
    now: () => world.now,
    newKey: () => `${session}-${++keys}`,
    post: async (act) => {
      posted.push({ ...act });
      return world.answer(act);
    },
    alone: (run) => run(),
    wait: () => Promise.resolve(),
    changed: () => undefined,
    recorded: (act) => recorded.push(act.key),
    refused: (act) => refused.push(act.refused ?? ""),
  });
  outbox.open("ana");
  const away_ = (): void => void (world.answer = () => Promise.reject(away));
  const back = (): void => void (world.answer = () => ({}));
  return { outbox, shelf, posted, recorded, refused, world, away: away_, back };
}

const note = (text: string) => ({ method: "POST", path: "/incidents/I-1/notes", body: { text } });
const send = (unit: string) => ({
  method: "POST",
  path: "/incidents/I-1/assignments",
  body: { unit },
});

test("an act that is answered leaves nothing behind", async () => {
  const { outbox, shelf, posted } = rig();
  await outbox.run(note("a"));
  assert.equal(posted.length, 1);
  assert.equal(shelf.length, 0);
  assert.equal(outbox.waiting.length, 0);
});

test("an act is kept before it is sent, so that a dying browser loses nothing", async () => {
  const { outbox, shelf, world } = rig();
  let kept = 0;
  world.answer = () => (kept = shelf.length);
  await outbox.run(note("a"));
  assert.equal(kept, 1);
});

test("an answer that was cut off, or is another's page, is none: it is asked again", async (t) => {
  const cut = new ReadableStream({ start: (c) => c.error(new TypeError("network error")) });
  for (const body of ['{"seq":1', "<html>Welcome to the hotel</html>", cut]) {
    t.mock.method(globalThis, "fetch", async () => new Response(body, { status: 200 }));
    const problem = await post({ method: "POST", path: "/x", key: "k" }).catch((e: unknown) => e);
    assert.ok(problem instanceof Problem && problem.status === 0, String(problem));
  }
});

test("unsent acts go out in order, each with the key of its first try", async () => {
  const { outbox, posted, recorded, away, back } = rig();
  away();
  for (const text of ["a", "b", "c"]) await assert.rejects(outbox.run(note(text)), isUnsent);
  assert.deepEqual(outbox.waiting.map((a) => (a.body as { text: string }).text), ["a", "b", "c"]);
  back();
  posted.length = 0;
  await outbox.flush();
  assert.deepEqual(posted.map((a) => a.key), ["s-1", "s-2", "s-3"]);
  assert.deepEqual(recorded, ["s-1", "s-2", "s-3"]);
  assert.equal(outbox.waiting.length, 0);
});

test("an act behind waiting ones does not overtake them", async () => {
  const { outbox, posted, away, back } = rig();
  away();
  await assert.rejects(outbox.run(note("first")), isUnsent);
  back();
  posted.length = 0;
  await assert.rejects(outbox.run(note("second")), isUnsent);
  await outbox.flush();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(posted.map((a) => a.key), ["s-1", "s-2"]);
});

test("they survive the page, for the same account only", async () => {
  const first = rig();
  first.away();
  await assert.rejects(first.outbox.run(send("M1")), isUnsent);
  const other = rig(first.shelf, "x");
  assert.equal(other.outbox.waiting[0]?.key, "s-1");
  const { outbox } = rig(new Shelf());
  outbox.open("rui");
  assert.equal(outbox.waiting.length, 0);
});

test("too old is forgotten, and what is old waits for a word", async () => {
  const first = rig();
  first.away();
  await assert.rejects(first.outbox.run(send("M1")), isUnsent);
  first.back();
  first.world.now += STALE_MS + 1;
  await first.outbox.flush();
  const [act] = first.outbox.waiting;
  assert.ok(act && first.outbox.needsWord(act));
  const later = rig(first.shelf);
  assert.equal(later.outbox.waiting.length, 1);
  await first.outbox.sendNow("s-1");
  assert.deepEqual(first.recorded, ["s-1"]);
  const shelf = new Shelf();
  const old: Kept = { ...send("M2"), key: "k", at: 1_000_000 - KEEP_MS - 1, n: 1, unsent: true };
  shelf.setItem("amparo.unsent.rui.k", JSON.stringify(old));
  rig(shelf);
  assert.equal(shelf.length, 0, "whoever left it");
});

test("a refusal stays in the list with its reason, and the next goes on", async () => {
  const { outbox, refused, recorded, world, away } = rig();
  away();
  await assert.rejects(outbox.run(send("M1")), isUnsent);
  await assert.rejects(outbox.run(send("M2")), isUnsent);
  await outbox.flush(); // the one that the second act began
  world.answer = (act) =>
    act.key === "s-1" ? Promise.reject(new Problem(409, "conflict", "busy")) : {};
  await outbox.flush();
  assert.deepEqual(refused, ["busy"]);
  assert.deepEqual(recorded, ["s-2"]);
  assert.equal(outbox.waiting[0]?.refused, "busy");
  outbox.discard("s-1");
  assert.equal(outbox.waiting.length, 0);
});

test("a session that ended stops the queue and loses nothing", async () => {
  const { outbox, recorded, world, away, back } = rig();
  away();
  await assert.rejects(outbox.run(send("M1")), isUnsent);
  world.answer = () => Promise.reject(new Problem(401, "unauthenticated", ""));
  await outbox.flush();
  assert.equal(outbox.waiting[0]?.refused, undefined);
  back();
  await outbox.flush();
  assert.deepEqual(recorded, ["s-1"]);
});

test("the same wish twice is one, two equal notes are two", async () => {
  const { outbox, away } = rig();
  away();
  for (const act of [send("M1"), send("M1"), note("a"), note("a")]) {
    await assert.rejects(outbox.run(act), isUnsent);
  }
  assert.equal(outbox.waiting.length, 3);
});

test("what is refused at once is told at once and not kept", async () => {
  const { outbox, shelf, world } = rig();
  world.answer = () => Promise.reject(new Problem(409, "conflict", "busy"));
  const plain = (e: unknown): boolean => e instanceof Problem && !(e instanceof Unsent);
  await assert.rejects(outbox.run(send("M1")), plain);
  assert.equal(shelf.length, 0);
});

test("where nothing can be stored unsent acts still wait and go out in order", async () => {
  const shelf = new Shelf();
  shelf.setItem = () => {
    throw new Error("full");
  };
  const { outbox, recorded, away, back } = rig(shelf);
  away();
  await assert.rejects(outbox.run(send("M1")), isUnsent);
  await assert.rejects(outbox.run(send("M2")), isUnsent);
  await outbox.flush();
  assert.equal(outbox.waiting.length, 2);
  back();
  await outbox.flush();
  assert.deepEqual(recorded, ["s-1", "s-2"]);
});

test("at log out nothing of the account stays", async () => {
  const { outbox, shelf, away } = rig();
  const others = { ...send("M2"), key: "k", at: 1_000_000, n: 1 };
  shelf.setItem("amparo.unsent.rui.k", JSON.stringify(others));
  away();
  await assert.rejects(outbox.run(send("M1")), isUnsent);
  outbox.forget();
  assert.deepEqual([...shelf.items.keys()], ["amparo.unsent.rui.k"]);
});
