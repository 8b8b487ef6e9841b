// The audit's table: days newest first, acts by role, what the filter leaves; and the lines of a
// checkpoint.
import assert from "node:assert/strict";
import test from "node:test";
import type { AuditDay } from "../src/accounttypes";
import { parseCheckpoint, tableOf } from "../src/audittable";
import { tw } from "../src/strings";
import { dayOf, formatDay, formatMoment } from "../src/time";

const day = (name: string, counts: [string, string, number][]): AuditDay => ({
  day: name,
  first: 1,
  last: 9,
  counts: counts.map(([role, kind, n]) => ({ role, kind, n })),
});

const days = [
  day("2026-11-25", [
    ["dispatcher", "unit-dispatched", 3],
    ["dispatcher", "incident-viewed", 12],
  ]),
  day("2026-11-26", [
    ["admin", "incident-viewed", 1],
    ["dispatcher", "incident-viewed", 5],
  ]),
  day("2026-11-27", []),
];

test("days stand newest first and empty days are left out", () => {
  assert.deepEqual(tableOf(days, "", tw).days, ["2026-11-26", "2026-11-25"]);
});

test("a row has a count for every day and their sum", () => {
  const { groups } = tableOf(days, "", tw);
  assert.deepEqual(
    groups.map((g) => g.role),
    ["admin", "dispatcher"],
  );
  const rows = groups[1]?.rows ?? [];
  assert.deepEqual(rows, [
    { kind: "unit-dispatched", counts: [0, 3], sum: 3 },
    { kind: "incident-viewed", counts: [5, 12], sum: 17 },
  ]);
});

test("the filter looks at the words shown and at the server's own", () => {
  const rolesOf = (wanted: string): string[] => tableOf(days, wanted, tw).groups.map((g) => g.role);
  assert.deepEqual(rolesOf("Crew sent"), ["dispatcher"]);
  assert.deepEqual(rolesOf("incident-v"), ["admin", "dispatcher"]);
  assert.deepEqual(rolesOf("administrator"), ["admin"]);
  assert.deepEqual(rolesOf("nothing like it"), []);
});

test("a checkpoint gives its name, size, root and signers; anything else gives nothing", () => {
  const root = `${"A".repeat(43)}=`;
  const signed = "\u2014 amparo.example/log AAAA\n\u2014 w.example BBBB\n";
  const text = `amparo.example/log\n4711\n${root}\n\n${signed}`;
  const signers = ["amparo.example/log", "w.example"];
  assert.deepEqual(parseCheckpoint(text), {
    origin: "amparo.example/log",
    size: 4711,
    root,
    signers,
  });
  for (const bad of ["", "x\n", "x\nfour\n" + root, "x\n4\nshort\n", "<html>\n</html>\n"]) {
    assert.equal(parseCheckpoint(bad), null, bad);
  }
});

test("days are those of the record (UTC), moments those of the desk", () => {
  assert.equal(dayOf(Date.parse("2026-11-26T23:59:00Z")), "2026-11-26");
  assert.equal(formatDay("2026-11-26", "en"), "26 Nov");
  const moment = new Date("2026-11-26T12:03:00Z");
  assert.equal(formatMoment(moment, "en", "Africa/Maputo"), "26 Nov 2026, 14:03");
  assert.match(formatMoment(moment, "pt", "Africa/Maputo"), /26.*nov.*2026.*14:03/);
});
