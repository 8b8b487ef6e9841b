// The command line: what a text means, what completes it, and what is never done by accident.
import assert from "node:assert/strict";
import test from "node:test";
import { type Deed, type World, isCommand, searchText, suggest, verbRows } from "../src/line";
import { setLanguage } from "../src/strings";
import type { Incident, Unit, UnitStatus } from "../src/types";

void setLanguage("en");

const unit = (id: string, status: UnitStatus = "available", incident: string | null = null): Unit =>
  ({ id, status, incident, kind: "ambulance", capabilities: [] }) as unknown as Unit;
const incident = (id: string, state = "triaged", place = ""): Incident =>
  ({ id, state, place, units: [], calls: [] }) as unknown as Incident;

const world: World = {
  units: [unit("M7"), unit("M12"), unit("M13", "on-scene", "I-201"), unit("E1", "out-of-service")],
  incidents: [incident("I-201"), incident("I-204", "new", "Rua 5"), incident("I-9", "closed")],
  current: null,
};
const first = (text: string, w: World = world): Deed | null => suggest(text, w)[0]?.deed ?? null;
const open = (id: string): World => ({ ...world, current: id });

test("crews are sent to the incident that is named, whatever the arrow and the case", () => {
  const wanted = { do: "send", units: ["M12", "M7"], incident: "I-204", divert: [] };
  for (const text of [
    "d M12 M7 → I-204",
    "d m12 m7 > 204",
    "send M12 M7 i-204",
    "D M12  M7 -> I-204 ",
  ]) {
    assert.deepEqual(first(text), wanted, text);
  }
});

test("without a name it is the incident that is open, and without one it is asked for", () => {
  assert.deepEqual(first("d M12", open("I-201")), {
    do: "send",
    units: ["M12"],
    incident: "I-201",
    divert: [],
  });
  const asked = suggest("d M12 ", world);
  assert.equal(asked[0]?.deed, null);
  assert.ok(asked.some((s) => s.ask === "d M12 I-204 "));
});

test("a crew that is elsewhere is taken from there, and that is said", () => {
  const [line] = suggest("d M13 I-204", world);
  assert.deepEqual(line?.deed, { do: "send", units: ["M13"], incident: "I-204", divert: ["M13"] });
  assert.match(line?.detail ?? "", /M13 is taken from I-201/);
});

test("half a call sign offers the crews it may be, free ones first", () => {
  const offered = suggest("d M1", world).map((s) => s.ask);
  assert.deepEqual(offered, ["d M12 ", "d M13 "]);
  assert.ok(suggest("d M1", world).every((s) => s.deed === null));
  assert.equal(first("en "), null);
  assert.equal(suggest("en ", world).length, 4);
});

test("a crew or an incident that does not exist is never guessed", () => {
  const texts = ["d M99 I-204", "d M12 I-999", "en M99", "n I-999 hello", "merge I-201 I-999"];
  for (const text of texts) {
    assert.ok(
      suggest(text, world).every((s) => s.deed === null),
      text,
    );
    assert.ok(suggest(text, world).length > 0, text);
  }
});

test("a closed incident takes no crew and is not closed twice", () => {
  assert.equal(first("d M12 I-9"), null);
  assert.equal(first("close I-9"), null);
  assert.deepEqual(first("reopen I-9"), { do: "reopen", incident: "I-9" });
});

test("a status is set by its own verb", () => {
  assert.deepEqual(first("en M12"), { do: "status", unit: "M12", status: "en-route" });
  assert.deepEqual(first("os m12"), { do: "status", unit: "M12", status: "on-scene" });
  assert.deepEqual(first("oos E1"), { do: "status", unit: "E1", status: "out-of-service" });
});

test("a note keeps its words and blanks", () => {
  assert.deepEqual(first("n I-204 patient  conscious, 2 > 1"), {
    do: "note",
    incident: "I-204",
    text: "patient  conscious, 2 > 1",
  });
  assert.deepEqual(first("n patient conscious", open("I-204")), {
    do: "note",
    incident: "I-204",
    text: "patient conscious",
  });
  assert.equal(first("n I-204"), null);
});

test("closing takes an outcome and words, or neither", () => {
  assert.deepEqual(first("close I-204"), {
    do: "close",
    incident: "I-204",
    outcome: "handled",
    text: "",
  });
  assert.deepEqual(first("close 204 false-alarm a barbecue"), {
    do: "close",
    incident: "I-204",
    outcome: "false-alarm",
    text: "a barbecue",
  });
});

test("one word alone never closes or reopens: it may be the name of a place", () => {
  assert.equal(first("close", open("I-204")), null);
  assert.equal(suggest("close", open("I-204"))[0]?.ask, "close I-204 ");
  assert.equal(isCommand("close"), false);
  assert.equal(isCommand("close "), true);
});

test("a priority is a number from one to five", () => {
  assert.deepEqual(first("p I-204 2"), { do: "priority", incident: "I-204", priority: 2 });
  for (const text of ["p I-204", "p I-204 0", "p I-204 6", "p I-204 two", "p I-204 1.5"]) {
    assert.equal(first(text), null, text);
  }
});

test("two incidents are merged in the order in which they are said", () => {
  assert.deepEqual(first("merge I-204 > I-201"), { do: "merge", incident: "I-204", into: "I-201" });
  assert.equal(first("merge I-204 I-204"), null);
});

test("a crew is taken off the incident it is on", () => {
  assert.deepEqual(first("off M13"), { do: "release", unit: "M13", incident: "I-201" });
  assert.equal(first("off M12"), null);
});

test("what is no command is searched for, and find searches for the rest", () => {
  assert.deepEqual(suggest("hospital central", world), []);
  assert.equal(isCommand("hospital central"), false);
  assert.equal(isCommand("call centre"), false);
  assert.equal(searchText("find hospital central"), "hospital central");
  assert.equal(searchText("hospital"), "hospital");
  assert.equal(searchText("/hospital"), "hospital");
  assert.deepEqual(first("/en M12"), { do: "status", unit: "M12", status: "en-route" });
});

test("no two verbs are the same word", () => {
  const verbs = verbRows.flatMap((r) => r.verbs);
  assert.equal(new Set(verbs).size, verbs.length);
});
