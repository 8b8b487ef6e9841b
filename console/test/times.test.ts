// Response times: what is asked, shares that never flatter, the CSV, and the bars of the chart.
import assert from "node:assert/strict";
import test from "node:test";
import {
  type Group,
  type Limit,
  type PhaseStat,
  type Statistics,
  chartOf,
  csvOf,
  isMet,
  ordered,
  spellSeconds,
  spellShare,
  statisticsPath,
} from "../src/timesdata";

const limit = (target_pct: number | null, more: Partial<Limit> = {}): Limit => ({
  standard: "NFPA 1225",
  edition: "2022",
  basis: "publisher",
  phase: "processing",
  limit_s: 60,
  target_pct,
  measured: true,
  ...more,
});

const stat = (p50_s: number | null, p90_s: number | null, n = 3): PhaseStat => ({
  phase: "processing",
  n,
  left_out: 0,
  p50_s,
  p90_s,
  p99_s: p90_s,
  within: [{ limit: 1, n: 2 }],
});

const group = (key: Group["key"], phase = stat(40, 90)): Group => ({
  key,
  incidents: 3,
  phases: [phase],
});

test("the own limit is asked for with its target, and left out when it is empty", () => {
  const days = { from: "2026-11-20", to: "2026-11-26", agency: "" };
  assert.equal(
    statisticsPath({ ...days, response: "480" }),
    "/statistics?from=2026-11-20&to=2026-11-26&threshold=response%3A480%3A90",
  );
  assert.ok(!/threshold|agency/.test(statisticsPath({ ...days, response: "" })));
  assert.match(statisticsPath({ ...days, response: "", agency: "fire" }), /&agency=fire$/);
});

test("seconds are read as minutes; what was not measured is a dash", () => {
  assert.equal(spellSeconds(465.4), "7:45");
  assert.equal(spellSeconds(0), "0:00");
  assert.equal(spellSeconds(3661), "1:01:01");
  assert.equal(spellSeconds(null), "–");
});

test("a share that misses its target by little is not rounded up to it", () => {
  assert.equal(spellShare(8999, 10_000, "en"), "89.9%");
  assert.equal(spellShare(9, 10, "en"), "90%");
  assert.match(spellShare(899, 1000, "pt"), /^89,9\s?%$/);
  assert.match(spellShare(1, 3, "ar"), /33\.3/);
});

test("a target is met in whole numbers, and there may be none", () => {
  assert.equal(isMet(limit(90), 9, 10), true);
  assert.equal(isMet(limit(90), 8999, 10_000), false);
  assert.equal(isMet(limit(null), 10, 10), null);
  assert.equal(isMet(limit(90), 0, 0), null);
});

test("hours stand by number, types by their words, what is not set at the end", () => {
  const keys = (groups: Group[]): Group["key"][] =>
    ordered(groups, (g) => String(g.key)).map((g) => g.key);
  assert.deepEqual(keys([group(10), group(9), group(null)]), [9, 10, null]);
  assert.deepEqual(keys([group(null), group("fall"), group("burns")]), ["burns", "fall", null]);
});

const statistics: Statistics = {
  from: "2026-11-20",
  to: "2026-11-26",
  zone: "UTC",
  now: "2026-11-26T12:00:00Z",
  limits: [limit(90, { phase: "answer", measured: false }), limit(90)],
  all: [group(null)],
  type: [group('=cmd,"x"', stat(null, null, 0))],
  priority: [],
  hour: [],
  area: [],
  overdue_count: 0,
  overdue: [],
  load: {
    incidents: {},
    units: {},
    calls_waiting: 0,
    alone: 0,
    alone_longest_s: null,
    free: 0,
    priorities: [0, 0, 0, 0, 0, 0],
  },
  crews: [],
  not_known: [],
};

test("the CSV has a line for each group and phase, and no formula", () => {
  const lines = csvOf(statistics).split("\r\n");
  assert.equal(
    lines[0],
    "by,key,incidents,phase,n,left_out,p50_s,p90_s,p99_s,within_60_s NFPA 1225 2022",
  );
  assert.equal(lines[1], "all,,3,processing,3,0,40,90,90,2");
  assert.equal(lines[2], `type,"'=cmd,""x""",3,processing,0,0,,,,2`);
  assert.deepEqual(lines.slice(3), [""]);
});

test("a bar is as high as its P90 of the highest line, with P50 on it", () => {
  const hours = [group(0, stat(30, 60)), group(23, stat(60, 120))];
  const chart = chartOf(hours, "processing", 60, false);
  assert.deepEqual(
    chart.lines.map((l) => l.seconds),
    [0, 30, 60, 90, 120],
  );
  const [first, last] = chart.bars;
  assert.ok(first && last);
  assert.equal(first.height * 2, last.height);
  assert.equal(last.y, chart.lines[4]?.y);
  assert.equal(first.middle, chart.lines[1]?.y);
  assert.equal(chart.limitY, first.y);
  assert.ok(first.x < last.x && last.x + last.width <= chart.width);
});

test("from the right, the day runs so, too; a limit beyond the picture is not drawn", () => {
  const chart = chartOf([group(0), group(23)], "processing", 100_000, true);
  const [first, last] = chart.bars;
  assert.ok(first && last && first.x > last.x && last.x >= 0);
  assert.equal(chart.limitY, null);
});

test("an hour without a value has no bar, and an empty day is an empty picture", () => {
  assert.deepEqual(chartOf([group(4, stat(null, null, 0))], "processing", null, false).bars, []);
  assert.equal(chartOf([], "response", null, false).lines.length, 5);
});
