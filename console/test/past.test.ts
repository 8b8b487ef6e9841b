// Looking back: which event counts at a moment, what is asked, the list as CSV, and its texts.
import assert from "node:assert/strict";
import test from "node:test";
import {
  type PastEvent,
  type PastEvents,
  countAt,
  csvOfEvents,
  eventsPath,
  fetchEvents,
  pastPath,
  seqAt,
} from "../src/pastdata";
import { p, pastWords } from "../src/pastwords";
import { sameWords } from "./pagewords";
import { setLanguage } from "../src/strings";

const START = Date.parse("2026-11-26T20:00:00Z");
const event = (seq: number, seconds: number, more: Partial<PastEvent> = {}): PastEvent => ({
  seq,
  time: new Date(START + seconds * 1000).toISOString(),
  kind: "unit-status",
  actor: "ana",
  ...more,
});

test("the last event at or before a moment counts, as by looking at each", () => {
  const events: PastEvent[] = [];
  for (let i = 0, at = 0; i < 60; i++, at += (i * 7) % 5) events.push(event(100 + i, at));
  for (let s = -2; s < 130; s++) {
    const ms = START + s * 1000;
    const slow = events.filter((e) => Date.parse(e.time) <= ms).length;
    assert.equal(countAt(events, ms), slow, `${s} s`);
  }
  assert.equal(countAt([], START), 0);
});

test("before the first event the board is that of the record before it", () => {
  const found: PastEvents = { before: 41, events: [event(44, 0), event(50, 5)], more: false };
  assert.deepEqual(
    [0, 1, 2].map((n) => seqAt(found, n)),
    [41, 44, 50],
  );
});

test("all events of a range are fetched, in as many answers as it takes", async () => {
  const asked: string[] = [];
  const range = { from: START, to: START + 1000, incident: "I-3" };
  const found = await fetchEvents(range, async (path) => {
    asked.push(path);
    const first = asked.length === 1;
    return { before: 7, events: [event(first ? 8 : 9, 0)], more: first };
  });
  assert.deepEqual(
    found.events.map((e) => e.seq),
    [8, 9],
  );
  assert.equal(found.more, false);
  assert.match(asked[0] ?? "", /^\/past\/events\?from=2026-11-26T20%3A00%3A00\.000Z&to=.*I-3$/);
  assert.match(asked[1] ?? "", /after=8/);
  assert.equal(pastPath(5, ""), "/past?seq=5");
  assert.equal(eventsPath({ from: START, to: START, incident: "" }, 0).includes("after"), false);
});

test("a table of events is one line each, and no formula in it is one", () => {
  const csv = csvOfEvents([event(8, 0, { unit: "M1", status: "on-scene", actor: "=ana,b" })]);
  const lines = csv.split("\r\n");
  assert.match(lines[0] ?? "", /^seq,time,kind,incident,into,unit,status,/);
  assert.match(lines[1] ?? "", /^8,2026-11-26T20:00:00\.000Z,unit-status,,,M1,on-scene,,,,/);
  assert.match(lines[1] ?? "", /"'=ana,b"/);
  assert.equal(lines.length, 3);
});

test("every text of the page is there in every language, and follows the desk's", async () => {
  await sameWords(pastWords);
  await pastWords.load();
  assert.equal(p("times", { n: 10 }), "10 times");
  await setLanguage("pt");
  assert.equal(p("times", { n: 10 }), "10 vezes");
  await setLanguage("en");
});
