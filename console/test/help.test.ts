// A crew's own call for help: tried until the centre has it, whatever else the page does.
import assert from "node:assert/strict";
import test from "node:test";
import { HELP_AGAIN_MS, HELP_ASKED_MS, Help } from "../src/crew/help";
import type { Fix } from "../src/crew/sharing";
import { Shelf } from "./shelf";

const place = { lat: -25.9, lon: 32.6, accuracy_m: 9 };

function makeHelp(answer: () => readonly string[] | Error, store = new Shelf()) {
  const posted: (Fix | null)[] = [];
  const found: ((place: Fix | null) => void)[] = [];
  const known: { fix: Fix | null } = { fix: null };
  const help = new Help({
    keeper: store,
    post: async (at) => {
      posted.push(at);
      const told = answer();
      if (told instanceof Error) throw told;
      return told;
    },
    here: () => known.fix,
    find: () => new Promise((done) => found.push(done)),
    changed: () => undefined,
  });
  help.open("m1");
  return { help, posted, found, known, store };
}

/** What was promised is done, timers aside. */
const settle = async () => {
  for (let i = 0; i < 20; i++) await Promise.resolve();
};

test("one press asks, and goes back by itself; only the second one calls", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { help, posted } = makeHelp(() => ["I-7"]);
  help.ask();
  assert.equal(help.state, "asked");
  t.mock.timers.tick(HELP_ASKED_MS);
  assert.equal(help.state, "idle");
  help.ask();
  help.call();
  await settle();
  t.mock.timers.tick(HELP_ASKED_MS);
  assert.deepEqual([help.state, help.incident, posted.length], ["heard", "I-7", 1]);
});

test("it is tried until the centre names an incident, and then no more", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const answers: (readonly string[] | Error)[] = [new Error("no line"), [], ["I-3"]];
  const { help, posted, store } = makeHelp(() => answers.shift() ?? ["I-9"]);
  help.ask();
  help.call();
  await settle();
  assert.deepEqual([help.state, store.items.size], ["unsent", 1]);
  t.mock.timers.tick(HELP_AGAIN_MS);
  await settle();
  assert.equal(help.state, "unsent");
  t.mock.timers.tick(HELP_AGAIN_MS);
  await settle();
  assert.deepEqual([help.state, help.incident, store.items.size], ["heard", "I-3", 0]);
  t.mock.timers.tick(10 * HELP_AGAIN_MS);
  await settle();
  assert.equal(posted.length, 3);
});

test("it waits for no place, and brings it when the phone has found it", async () => {
  const { help, posted, found, known } = makeHelp(() => ["I-1"]);
  help.call();
  await settle();
  assert.deepEqual([help.state, posted], ["heard", [null]]);
  found[0]?.(place);
  await settle();
  assert.deepEqual(posted, [null, place]);
  help.takeBack();
  known.fix = place;
  help.call();
  await settle();
  assert.deepEqual([posted[2], found.length], [place, 1]);
});

test("a page that was loaded again goes on with it; another account does not", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const first = makeHelp(() => new Error("no line"));
  first.help.call();
  await settle();
  const later = makeHelp(() => ["I-2"], first.store);
  await settle();
  assert.equal(later.help.state, "heard");
  first.help.open("m2");
  const before = first.posted.length;
  t.mock.timers.tick(10 * HELP_AGAIN_MS);
  await settle();
  assert.deepEqual([first.help.state, first.posted.length], ["idle", before]);
});

test("who calls while another account's call is under way is heard, too", async () => {
  const { help, posted } = makeHelp(() => ["I-5"]);
  help.call();
  help.open("m2");
  help.call();
  await settle();
  assert.deepEqual([help.state, posted.length], ["heard", 2]);
});

test("what was taken back goes out no more, also when a place is found later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { help, posted, found, store } = makeHelp(() => new Error("no line"));
  help.call();
  await settle();
  help.takeBack();
  found[0]?.(place);
  t.mock.timers.tick(10 * HELP_AGAIN_MS);
  await settle();
  assert.deepEqual([help.state, posted.length, store.items.size], ["idle", 1, 0]);
});
