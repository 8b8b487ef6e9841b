// The board as a tool: order and filters, thresholds, keys of one's own, cues, and the shared line.
import assert from "node:assert/strict";
import test from "node:test";
import { cueOf, sounds } from "../src/cues";
import { commandOf, keyProblem, keyRows, mayRemap, setKeys, shownKey } from "../src/keys";
import { defaultLimits, dueOf, incidentDue, unitDue } from "../src/limits";
import { type Channel, SharedLine } from "../src/sharedline";
import type { Source } from "../src/stream";
import { type SortKey, holds, nextSort, sorted } from "../src/tablework";
import type { Change, Incident, Unit } from "../src/types";

const press = (key: string) => ({ key, ctrlKey: false, metaKey: false, altKey: false });

test("a sort keeps equal rows in the usual order; what is missing comes last either way", () => {
  const items = [
    { id: "b", at: 2 },
    { id: "c", at: null },
    { id: "a", at: 1 },
    { id: "d", at: 1 },
  ];
  const by = (item: (typeof items)[number]): SortKey => item.at;
  const ids = (down: boolean) => sorted(items, { column: "at", down }, by).map((i) => i.id);
  assert.deepEqual(ids(false), ["a", "d", "b", "c"]);
  assert.deepEqual(ids(true), ["b", "a", "d", "c"]);
  assert.deepEqual(sorted(items, null, by), items);
});

test("a sort agrees with a plain one on random numbers", () => {
  let seed = 7;
  const chance = (): number => (seed = (seed * 48271) % 2147483647);
  for (let round = 0; round < 50; round++) {
    const numbers = Array.from({ length: 40 }, () => chance() % 20);
    const up = sorted(numbers, { column: "", down: false }, (n) => n);
    assert.deepEqual(up, [...numbers].sort((a, b) => a - b));
    const down = sorted(numbers, { column: "", down: true }, (n) => n);
    assert.deepEqual(down, [...numbers].sort((a, b) => b - a));
  }
});

test("call signs are sorted by their numbers", () => {
  const up = sorted(["M10", "M9", "F2"], { column: "", down: false }, (id) => id);
  assert.deepEqual(up, ["F2", "M9", "M10"]);
});

test("a column is sorted up, then down, then not", () => {
  const up = nextSort(null, "age");
  const down = nextSort(up, "age");
  assert.deepEqual([up?.down, down?.down, nextSort(down, "age")], [false, true, null]);
  assert.deepEqual(nextSort(down, "pri"), { column: "pri", down: false });
});

test("a filter asks for every word, without case and accents", () => {
  assert.ok(holds("I-7 Queda, Rua da Água", "agua QUEDA"));
  assert.ok(!holds("I-7 Queda, Rua da Água", "agua fogo"));
  assert.ok(holds("anything", "  "));
});

test("a time is in time, soon late, late", () => {
  const limit = { soon_s: 60, late_s: 120 };
  assert.deepEqual([60, 61, 120, 121].map((s) => dueOf(s, limit)), [0, 1, 1, 2]);
  assert.equal(dueOf(1e6, undefined), 0);
});

test("only an incident that waits for a crew is late, by its priority", () => {
  const limits = defaultLimits();
  const incident = (more: Partial<Incident>) => ({ state: "triaged", ...more }) as Incident;
  assert.equal(incidentDue(incident({ priority: 1 }), 61, limits), 2);
  assert.equal(incidentDue(incident({ priority: 5 }), 61, limits), 0);
  assert.equal(incidentDue(incident({ priority: 1, state: "dispatched" }), 1e6, limits), 0);
  assert.equal(incidentDue(incident({}), 61, limits), 2, "nobody judged it yet");
  assert.equal(unitDue({ status: "available" } as Unit, 1e6, limits), 0);
  assert.equal(unitDue({ status: "dispatched" } as Unit, 121, limits), 2);
});

test("a key of one's own takes the place of the usual one, in the help and on buttons, too", () => {
  setKeys({ new: "b" });
  assert.equal(commandOf(press("b"), false), "new");
  assert.equal(commandOf(press("n"), false), null);
  assert.equal(shownKey("new"), "b");
  setKeys({});
  assert.equal(commandOf(press("n"), false), "new");
  assert.equal(shownKey("send"), "1–8");
});

test("a key that means something already, types or leads out is not given away", () => {
  setKeys({ new: "b" });
  assert.equal(keyProblem("theme", "b"), "key.new");
  assert.equal(keyProblem("theme", "n"), null, "free by now");
  setKeys({});
  assert.equal(keyProblem("new", "n"), null, "its own");
  for (const key of ["1", "Enter", "Escape", "Tab", " ", "ArrowUp", "F5", "F11"]) {
    assert.equal(keyProblem("new", key), "reserved", key);
  }
  assert.equal(keyProblem("new", "F4"), null);
  assert.ok(!keyRows.filter(mayRemap).some((r) => r.command === "send" || r.command === "back"));
});

test("no two cues sound alike: number, pitch and length of their tones differ", () => {
  const shapes = Object.values(sounds).map((tones) =>
    JSON.stringify([tones.length, tones[0]?.from_hz, tones[0]?.for_s]),
  );
  assert.equal(new Set(shapes).size, shapes.length);
});

test("cues are for what others did; an alarm is for everybody", () => {
  const change = (more: Partial<Change>) => ({ seq: 1, time: "", kind: "", ...more }) as Change;
  assert.equal(cueOf(change({ kind: "call-received", actor: "rui" }), "ana"), "call");
  assert.equal(cueOf(change({ kind: "call-received", actor: "ana" }), "ana"), null);
  assert.equal(cueOf(change({ kind: "alarm-raised", actor: "ana" }), "ana"), "alarm");
  const unit = { status: "on-scene" } as Unit;
  assert.equal(cueOf(change({ kind: "unit-status", unit }), "ana"), "arrived");
  assert.equal(cueOf(change({ kind: "message-received", actor: "ana" }), "ana"), "text");
  assert.equal(cueOf(change({ kind: "note-added" }), "ana"), null);
  const aid = { agency: "cross", asker: "fire" } as Change["aid"] & object;
  const asked = change({ kind: "aid-requested", actor: "rui", aid });
  assert.equal(cueOf(asked, "ana", "cross"), "aid");
  assert.equal(cueOf(asked, "ana", "fire"), null, "a request is for who is asked");
  assert.equal(cueOf({ ...asked, kind: "aid-agreed" }, "ana", "fire"), "aid");
  assert.equal(cueOf({ ...asked, kind: "aid-withdrawn" }, "ana", "cross"), null);
});

// The shared line

class Real implements Source {
  readyState = 1;
  onerror = null;
  private readonly heard = new Map<string, (event: MessageEvent<string>) => void>();
  constructor(readonly url: string) {}
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.heard.set(type, listener);
  }
  close(): void {
    this.readyState = 2;
  }
  send(type: string, data: unknown): void {
    this.heard.get(type)?.({ data: JSON.stringify(data) } as MessageEvent<string>);
  }
}

/** Windows of one browser, with a lock and a channel between them. */
function browser() {
  const channels = new Set<Channel>();
  const waiting: (() => void)[] = [];
  let isHeld = false;
  const windowOf = (id: string) => {
    const reals: Real[] = [];
    const late: (() => void)[] = [];
    const channel: Channel = {
      onmessage: null,
      postMessage: (data) => {
        for (const other of channels) {
          // as a browser does: never before the one who speaks is done
          if (other !== channel) setImmediate(() => other.onmessage?.({ data } as MessageEvent));
        }
      },
    };
    channels.add(channel);
    const line = new SharedLine({
      id,
      channel,
      openReal: (url) => {
        const real = new Real(url);
        reals.push(real);
        return real;
      },
      lock: (granted) => {
        if (isHeld) waiting.push(granted);
        const mine = !isHeld;
        isHeld = true;
        return Promise.resolve(mine);
      },
      later: (_ms, run) => void late.push(run),
    });
    const heard: string[] = [];
    const listen = (since: number): Source => {
      const source = line.open(`/v1/events?since=${since}`);
      for (const type of ["open", "change", "resync"]) {
        source.addEventListener(type, (event) => heard.push(`${type} ${event.data}`));
      }
      return source;
    };
    return { line, reals, late, heard, listen, leave: () => channels.delete(channel) };
  };
  return { windowOf, pass: () => waiting.shift()?.() };
}

/** Until every word between windows has been heard, and its answer. */
async function settled(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((done) => setImmediate(done));
}

test("the second window has no line, hears what it missed and what comes", async () => {
  const { windowOf } = browser();
  const first = windowOf("a");
  const second = windowOf("b");
  await first.line.start(() => undefined);
  first.listen(5);
  first.reals[0]?.send("change", { seq: 6 });
  first.reals[0]?.send("change", { seq: 7 });
  await second.line.start(() => undefined);
  second.listen(6);
  assert.equal(second.reals.length, 0);
  await settled();
  first.reals[0]?.send("change", { seq: 8 });
  await settled();
  assert.deepEqual(second.heard, ["open ", 'change {"seq":7}', 'change {"seq":8}']);
});

test("what is said before the answer does not hide what the answer brings", async () => {
  const { windowOf } = browser();
  const first = windowOf("a");
  const second = windowOf("b");
  await first.line.start(() => undefined);
  await second.line.start(() => undefined);
  first.listen(0);
  first.reals[0]?.send("change", { seq: 1 });
  await settled();
  second.listen(0); // its question is on its way while this is said:
  first.reals[0]?.send("change", { seq: 2 });
  await settled();
  const changes = second.heard.filter((h) => h.startsWith("change"));
  assert.deepEqual(changes, ['change {"seq":1}', 'change {"seq":2}']);
});

test("when another window takes over, nothing between is lost", async () => {
  const { windowOf, pass } = browser();
  const [first, second, third] = [windowOf("a"), windowOf("b"), windowOf("c")];
  await first.line.start(() => undefined);
  first.listen(0);
  await second.line.start(() => second.listen(1));
  await third.line.start(() => undefined);
  second.listen(0);
  third.listen(0);
  await settled();
  first.reals[0]?.send("change", { seq: 1 });
  await settled();
  first.leave();
  pass();
  second.reals[0]?.send("change", { seq: 2 });
  second.reals[0]?.send("change", { seq: 3 });
  await settled();
  second.reals[0]?.send("change", { seq: 4 });
  await settled();
  const changes = third.heard.filter((h) => h.startsWith("change"));
  assert.deepEqual(changes, [1, 2, 3, 4].map((seq) => `change {"seq":${seq}}`));
});

test("what the first window cannot hand on any more is asked for anew", async () => {
  const { windowOf } = browser();
  const first = windowOf("a");
  const second = windowOf("b");
  await first.line.start(() => undefined);
  first.listen(50);
  await second.line.start(() => undefined);
  const source = second.line.open("/v1/events?since=10");
  let asked = 0;
  source.addEventListener("resync", () => asked++);
  await settled();
  assert.equal(asked, 1);
});

test("when the first window goes, another one opens the line", async () => {
  const { windowOf, pass } = browser();
  const first = windowOf("a");
  const second = windowOf("b");
  await first.line.start(() => undefined);
  first.listen(1);
  let again = 0;
  await second.line.start(() => {
    again++;
    second.listen(3);
  });
  second.listen(1);
  first.leave();
  pass();
  assert.equal(again, 1);
  assert.equal(second.reals[0]?.url, "/v1/events?since=3");
});

test("a window that nobody answers has a line of its own", async () => {
  const { windowOf } = browser();
  const first = windowOf("a");
  const second = windowOf("b");
  await first.line.start(() => undefined); // it holds the lock and says nothing
  await second.line.start(() => undefined);
  second.listen(4);
  second.late.forEach((run) => run());
  assert.equal(second.reals.length, 1);
});
