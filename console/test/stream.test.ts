// The stream: resumes by number, drops repeats, resyncs, and says when the line is silent.
import assert from "node:assert/strict";
import test from "node:test";
import { REOPEN_AFTER_MS, STALE_AFTER_MS, type Source, Stream } from "../src/stream";
import type { Change } from "../src/types";

class FakeSource implements Source {
  readyState = 1;
  onerror = null;
  closed = false;
  private readonly listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(readonly url: string) {}

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.listeners.set(type, listener);
  }

  close(): void {
    this.closed = true;
    this.readyState = 2;
  }

  send(type: string, data: unknown): void {
    this.listeners.get(type)?.({ data: JSON.stringify(data) } as MessageEvent<string>);
  }
}

function change(seq: number): Change {
  return { seq, kind: "note-added", time: "2026-11-23T10:00:00Z" };
}

function rig(resyncTo: () => Promise<number> = () => Promise.resolve(100)) {
  const sources: FakeSource[] = [];
  const changes: number[] = [];
  const silence: [boolean, number][] = [];
  const maps: (string | null)[] = [];
  let now = 0;
  let ended = 0;
  let tick = (): void => assert.fail("not started");
  const stream = new Stream({
    open: (url) => {
      const source = new FakeSource(url);
      sources.push(source);
      return source;
    },
    now: () => now,
    every: (_ms, run) => (tick = run),
    onChange: (c) => changes.push(c.seq),
    onMoved: () => undefined,
    onHeartbeat: (_time, map) => maps.push(map),
    onResync: resyncTo,
    onSilence: (silent, forMs) => silence.push([silent, forMs]),
    onEnded: () => ended++,
  });
  const pass = (ms: number): void => {
    for (let done = 0; done < ms; done += 1000) {
      now += 1000;
      tick();
    }
  };
  const last = (): FakeSource => sources[sources.length - 1] as FakeSource;
  return { stream, maps, sources, changes, silence, pass, last, ended: () => ended };
}

test("it starts after the number of the snapshot", () => {
  const { stream, last } = rig();
  stream.start(42);
  assert.equal(last().url, "/v1/events?since=42");
});

test("a change that comes twice is applied once, in order", () => {
  const { stream, last, changes } = rig();
  stream.start(10);
  for (const seq of [10, 11, 12, 11, 12, 13]) last().send("change", change(seq));
  assert.deepEqual(changes, [11, 12, 13]);
  assert.equal(stream.last, 13);
});

test("a dead line is opened anew from the last number", () => {
  const { stream, sources, last, pass } = rig();
  stream.start(10);
  last().send("change", change(11));
  last().readyState = 2;
  pass(2000);
  assert.equal(sources.length, 2);
  assert.equal(last().url, "/v1/events?since=11");
});

test("silence is told after ten seconds and taken back at the first word", () => {
  const { stream, silence, last, pass } = rig();
  stream.start(0);
  pass(STALE_AFTER_MS);
  assert.deepEqual(silence, []);
  pass(1000);
  assert.deepEqual(silence, [[true, STALE_AFTER_MS + 1000]]);
  last().send("heartbeat", { seq: 0, time: "2026-11-23T10:00:00Z" });
  assert.deepEqual(silence.at(-1), [false, 0]);
});

test("a line that is open but mute is cut and opened anew", () => {
  const { stream, sources, pass } = rig();
  stream.start(7);
  pass(REOPEN_AFTER_MS);
  assert.equal(sources.length, 1);
  pass(1000);
  assert.equal(sources.length, 2);
  assert.equal(sources[0]?.closed, true);
});

test("a line that opens is a first word, but does not end a silence that was told", () => {
  const { stream, silence, last, pass } = rig();
  stream.start(0);
  last().send("open", null);
  assert.deepEqual(silence, [[false, 0]]);
  pass(REOPEN_AFTER_MS + 1000);
  assert.equal(silence.at(-1)?.[0], true);
  last().send("open", null);
  assert.equal(silence.at(-1)?.[0], true);
  last().send("positions", { time: "2026-11-23T10:00:00Z", units: [] });
  assert.deepEqual(silence.at(-1), [false, 0]);
});

test("a heartbeat keeps the line", () => {
  const { stream, sources, silence, last, pass } = rig();
  stream.start(7);
  for (let i = 0; i < 20; i++) {
    pass(5000);
    last().send("heartbeat", { seq: 7, time: "2026-11-23T10:00:00Z" });
  }
  assert.equal(sources.length, 1);
  assert.deepEqual(silence, [[false, 0]], "the first word, and never silent after it");
});

test("a heartbeat names the map in force", () => {
  const { stream, maps, last } = rig();
  stream.start(7);
  last().send("heartbeat", { seq: 7, time: "2026-11-23T10:00:00Z" });
  last().send("heartbeat", { seq: 7, time: "2026-11-23T10:00:01Z", map: "00000000000000a1" });
  assert.deepEqual(maps, [null, "00000000000000a1"]);
});

test("messages of a line already left are ignored", () => {
  const { stream, sources, changes, last, pass } = rig();
  stream.start(0);
  last().readyState = 2;
  pass(2000);
  sources[0]?.send("change", change(1));
  assert.deepEqual(changes, []);
});

test("a resync fetches everything and goes on from the new number", async () => {
  const { stream, sources, last, changes } = rig(() => Promise.resolve(500));
  stream.start(10);
  last().send("resync", { seq: 500 });
  await new Promise((done) => setImmediate(done));
  assert.equal(sources.length, 2);
  assert.equal(last().url, "/v1/events?since=500");
  last().send("change", change(400));
  last().send("change", change(501));
  assert.deepEqual(changes, [501]);
});

test("a resync that fails is tried again", async () => {
  const { stream, sources, last, pass } = rig(() => Promise.reject(new Error("no")));
  stream.start(10);
  last().send("resync", { seq: 500 });
  await new Promise((done) => setImmediate(done));
  pass(2000);
  assert.equal(sources.length, 2);
  assert.equal(last().url, "/v1/events?since=10");
});

test("the server's word that the session ended is passed on", () => {
  const { stream, last, ended } = rig();
  stream.start(0);
  last().send("session-ended", {});
  assert.equal(ended(), 1);
});

test("a line that was refused asks whether the session still holds", () => {
  const { stream, last, pass, ended } = rig();
  stream.start(0);
  last().readyState = 2;
  pass(2000);
  assert.equal(ended(), 1);
});

test("while it is paused no line is opened and no silence told; it goes on where it was", () => {
  const { stream, sources, silence, last, pass } = rig();
  stream.start(3);
  last().send("change", change(4));
  stream.pause();
  pass(60_000);
  assert.equal(sources.length, 1);
  assert.deepEqual(silence, [[false, 0]]);
  stream.start(stream.last);
  assert.equal(last().url, "/v1/events?since=4");
  pass(5000);
  assert.equal(sources.length, 2, "one clock, not two");
});
