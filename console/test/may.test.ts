// What a role is offered follows from the permissions that the server names, and from nothing else.
import assert from "node:assert/strict";
import test from "node:test";
import { type Identity, type Permission, roles } from "../src/accounttypes";
import { keyRows } from "../src/keys";
import { may, mayRun, maySetStatus, mayShare, setWho } from "../src/may";
import { table } from "../src/strings";

function be(permissions: Permission[], more: Partial<Identity> = {}): void {
  const base = { seq: 1, account: "ana", role: "dispatcher", agency: null, unit: null };
  const rest = { session: "s", demo: false, factor: "password", totp: false };
  setWho({ ...base, ...rest, may: permissions, ...more });
}

test("before anybody is known nothing is offered", () => {
  setWho(null);
  assert.equal(may("read"), false);
  assert.equal(mayRun("send"), false);
  assert.equal(mayRun("help"), true, "what changes nothing is for everybody");
});

test("an auditor audits, and acts on no incident", () => {
  be(["self", "audit", "metrics"], { role: "auditor" });
  const acts = keyRows.filter((r) => r.group === "incident").map((r) => r.command);
  for (const act of acts) assert.equal(mayRun(act), false, act);
  assert.equal(may("audit"), true);
  assert.equal(may("export"), false);
  assert.equal(may("people"), false);
});

test("a dispatcher dispatches for every crew, but shares, holds and erases nothing", () => {
  be(["read", "call", "note", "dispatch", "crew"]);
  assert.ok(may("send") && may("new") && maySetStatus("M1"));
  assert.ok(!may("share") && !may("hold") && !may("erase") && !may("audit") && !may("people"));
});

test("a crew sets its own status only", () => {
  be(["read", "note", "crew"], { role: "crew", unit: "M2" });
  assert.equal(maySetStatus("M2"), true);
  assert.equal(maySetStatus("M1"), false);
  assert.equal(mayRun("note"), true);
  assert.equal(mayRun("send"), false);
});

test("an agency shares what is its own; who belongs to none shares everything", () => {
  be(["read", "supervise"], { agency: "bombeiros" });
  assert.equal(mayShare({ agency: "bombeiros" }), true);
  assert.equal(mayShare({ agency: "inem" }), false);
  assert.equal(mayShare({}), false);
  be(["read", "supervise"]);
  assert.equal(mayShare({ agency: "inem" }), true);
});

test("a supervisor sees the people, an administrator changes them", () => {
  be(["read", "supervise"]);
  assert.ok(may("people") && !may("changePeople"));
  be(["read", "supervise", "admin"]);
  assert.ok(may("people") && may("changePeople") && may("erase"));
});

test("every role has words", () => {
  for (const role of roles) assert.ok(`role.${role}` in table, role);
});
