#!/usr/bin/env python3
# Mutual aid between the agencies of one server, over HTTP: what each may do, sees, and does not see.
"""usage: tests/program/aid.py AMPARO"""

import json
import os
import shutil
import signal
import sys
import tempfile
import threading

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-aid-test-")
PLANS = """
type cardiac-arrest 1 Cardiac arrest
  need 1 als
type structure-fire 2 Fire
  need 1 fire-engine
timer aid-answer 1
aid cross to fire types cardiac-arrest automatic keep 1
aid cross to fire types structure-fire capabilities fire-engine on-request
"""
PLACE = {"lat": -19.9989, "lon": 35.9993}
SECRETS = ("+258840000001", "MARKWORDS", "MARKNOTE")  # of the caller and of the desk: the incident's own
RUN = {}


class Desk:
    """A dispatcher of one agency, of the whole service without one."""

    def __init__(self, name, agency=None, role="dispatcher"):
        more = ["--agency", agency] if agency else []
        self.token = RUN["server"].user("add", name, "--role", role, *more, "--token", "--scopes",
                                        served.ALL_SCOPES).stdout.strip()
        self.heard, self.listening = [], None

    def ask(self, method, path, body=None):
        return RUN["server"].ask(method, path, body, Authorization="Bearer " + self.token)

    def get(self, path, want=200):
        status, text = self.ask("GET", path)
        assert status == want, (path, status, text)
        return json.loads(text)

    def post(self, path, body, want=(200, 201)):
        status, text = self.ask("POST", path, body)
        assert status in (want if isinstance(want, tuple) else (want,)), (path, status, text)
        return json.loads(text)

    def sees_incident(self, number):
        listed = any(row["id"] == number for row in self.get("/v1/incidents?state=all")["incidents"])
        status, _ = self.ask("GET", "/v1/incidents/" + number)
        assert (status == 200) == listed, (status, listed)
        return listed

    def sees_unit(self, name):
        listed = any(row["id"] == name for row in self.get("/v1/units")["units"])
        assert (self.ask("GET", "/v1/units/" + name)[0] == 200) == listed
        return listed

    def advised(self, number):
        needs = self.get(f"/v1/incidents/{number}/recommendation")["needs"]
        return [row for need in needs for row in need["units"]]

    def listen(self):
        """All that the stream tells from now on, in `heard`."""
        connection = RUN["server"].connect()
        connection.request("GET", "/v1/events", headers={"Authorization": "Bearer " + self.token})
        answer = connection.getresponse()
        assert answer.status == 200

        def follow():
            try:
                for line in answer:
                    self.heard.append(line.decode())
            except (OSError, ValueError, AttributeError):
                pass  # the server stopped
        self.listening = threading.Thread(target=follow, daemon=True)
        self.listening.start()
        return self

    def hears(self, kind):
        served.wait_for(kind, lambda: any(f'"kind":"{kind}"' in line for line in self.heard), 20)
        return next(json.loads(line[len("data: "):]) for line in reversed(self.heard)
                    if f'"kind":"{kind}"' in line)


def unit(name, agency, capabilities, north_m):
    body = {"unit": name, "kind": "ambulance", "capabilities": capabilities, "station": "S"}
    if agency:
        body["agency"] = agency
    RUN["chief"].post("/v1/units", body)
    where(name, north_m)


def where(name, north_m):
    status, text = RUN["chief"].ask("POST", "/v1/positions", {"positions": [
        {"unit": name, "lat": PLACE["lat"] + north_m / 111e3, "lon": PLACE["lon"]}]})
    assert status in (200, 202), text


def start():
    town, made = os.path.join(DIR, "town.osm.pbf"), os.path.join(DIR, "town.amap")
    plans = RUN["plans"] = os.path.join(DIR, "plans.txt")
    served.run(AMPARO, "map", "synth", "-o", town, "--seed", "1", "--size", "1")
    served.run(AMPARO, "map", "build", town, "-o", made)
    with open(plans, "w", encoding="utf-8") as file:
        file.write(PLANS)
    server = RUN["server"] = served.Server(AMPARO, DIR, "city", "--map", made, "--plans", plans)
    for code, label in (("fire", "Fire brigade"), ("cross", "Red Cross"), ("sea", "Coast guard")):
        server.user("agency", code, "--label", label)
    RUN["chief"] = Desk("chief", role="supervisor")
    RUN["chief"].post("/v1/stations", {"station": "S", "label": "S", "site": PLACE})
    unit("F1", "fire", ["als"], 1700)
    unit("X1", "cross", ["als"], 150)
    unit("X2", "cross", ["als"], 1200)
    unit("X3", "cross", ["fire-engine"], 150)
    unit("Y1", "sea", ["als", "fire-engine"], 100)
    for name in ("fire", "cross", "sea"):
        RUN[name] = Desk("d-" + name, name)
    RUN["cross"].listen()
    RUN["sea"].listen()


def opened(kind):
    incident = RUN["fire"].post("/v1/calls", {
        "number": SECRETS[0], "words": SECRETS[1], "type": kind, "pos": PLACE, "place": "Rua 5"})
    number = incident["incident"]["id"]
    RUN["fire"].post(f"/v1/incidents/{number}/notes", {"text": SECRETS[2]})
    return number


def plain(desk):
    """Nothing that belongs to the incident alone was told to this desk."""
    said = "".join(desk.heard)
    for secret in SECRETS:
        assert secret not in said, (secret, said)


def without_an_agreement_nothing_is_lent():
    number = RUN["first"] = opened("cardiac-arrest")
    fire, sea = RUN["fire"], RUN["sea"]
    assert "Y1" not in [row["unit"] for row in fire.advised(number)]
    assert "there is no unit Y1" in fire.post(f"/v1/incidents/{number}/assignments", {"unit": "Y1"},
                                              404)["detail"]
    asked = {"agency": "sea", "capabilities": ["als"]}
    assert "no agreement" in fire.post(f"/v1/incidents/{number}/aid", asked, 403)["detail"]
    assert not sea.sees_incident(number)
    # not the other way round, either
    theirs = sea.post("/v1/incidents", {"type": "cardiac-arrest", "pos": PLACE})["incident"]["id"]
    assert [row["unit"] for row in sea.advised(theirs)] == ["Y1"]
    sea.post(f"/v1/incidents/{theirs}/assignments", {"unit": "X1"}, 404)
    sea.post(f"/v1/incidents/{theirs}/close", {"outcome": "false"})


def of_a_lent_crew_no_more_is_told_than_its_name_and_when_it_is_there():
    fire, number = RUN["fire"], RUN["first"]
    rows = {row["unit"]: row for row in fire.advised(number)}
    assert set(rows) == {"F1", "X1"}, rows  # of X1 and X2 one stays: keep 1
    lent = rows["X1"]
    assert lent["aid"] == {"agency": "cross", "label": "Red Cross", "how": "automatic",
                           "kind": "ambulance", "capabilities": ["als"]}, lent
    assert lent["arrive_s"] > 0
    for hidden in ("status", "road_s", "distance_m", "straight_m", "basis", "from_incident"):
        assert lent[hidden] is None, (hidden, lent)
    assert [reason["code"] for reason in lent["reasons"]] == ["aid"], lent
    assert rows["F1"]["aid"] is None and rows["F1"]["distance_m"] > 0
    for name in ("X1", "X2", "X3", "Y1"):
        assert not fire.sees_unit(name), name
    assert "X1" not in json.dumps(fire.get("/v1/nearest?to=-19.9989,35.9993&k=10"))


def own_crews_that_are_hardly_later_go_first_and_it_says_so():
    fire, number = RUN["fire"], RUN["first"]
    own, lent = fire.advised(number)
    assert (own["unit"], lent["unit"]) == ("F1", "X1")
    assert 0 < own["arrive_s"] - lent["arrive_s"] <= 120, (own, lent)
    reason = next(row for row in own["reasons"] if row["code"] == "own-first")
    assert reason["params"]["unit"] == "X1" and "Red Cross" in reason["text"], reason
    fire.post("/v1/units/F1/status", {"status": "out-of-service"})
    assert [row["unit"] for row in fire.advised(number)] == ["X1"]


def an_automatic_crew_is_sent_and_both_see_what_it_is_on_until_it_leaves():
    fire, cross, number = RUN["fire"], RUN["cross"], RUN["first"]
    assert not cross.sees_incident(number)
    sent = fire.post(f"/v1/incidents/{number}/assignments", {"unit": "X1"})
    assert sent["unit"]["incident"] == number and sent["unit"]["agency"] == "cross"
    assert fire.sees_unit("X1") and abs(fire.get("/v1/units/X1")["unit"]["lon"] - PLACE["lon"]) < 1e-6
    assert cross.sees_incident(number)
    assert not fire.sees_unit("X2")
    # the last one is kept, and what is busy elsewhere is only "not free"
    refused = fire.post(f"/v1/incidents/{number}/assignments", {"unit": "X2"}, 409)["detail"]
    assert "keeps 1" in refused, refused
    theirs = cross.post("/v1/incidents", {"type": "cardiac-arrest", "pos": PLACE})["incident"]["id"]
    cross.post(f"/v1/incidents/{theirs}/assignments", {"unit": "X2"})
    for more in ({}, {"divert": True}):
        refused = fire.post(f"/v1/incidents/{number}/assignments", {"unit": "X2", **more}, 409)["detail"]
        assert "not free" in refused and theirs not in refused, refused
    fire.post(f"/v1/incidents/{theirs}/assignments", {"unit": "F1"}, 404)
    cross.post(f"/v1/incidents/{theirs}/close", {"outcome": "helped"})
    assert fire.post(f"/v1/incidents/{number}/assignments",
                     {"unit": "X2", "agency": "cross"}, 400)  # for whom one sends is not one's to say
    # its own agency calls the crew away: what for is not told to who had it
    theirs = cross.post("/v1/incidents", {"type": "cardiac-arrest", "pos": PLACE})["incident"]["id"]
    fire.listen()
    cross.post(f"/v1/incidents/{theirs}/assignments", {"unit": "X1", "divert": True})
    told = fire.hears("unit-released")
    assert told["incident"]["id"] == number and theirs not in json.dumps(told), told
    assert "called away" in fire.get(f"/v1/incidents/{number}")["incident"]["timeline"][-2]["text"]
    assert not fire.sees_unit("X1") and not fire.sees_incident(theirs)
    assert not any(theirs in line for line in fire.heard), fire.heard
    cross.post(f"/v1/incidents/{theirs}/close", {"outcome": "helped"})
    fire.post(f"/v1/incidents/{number}/assignments", {"unit": "X1"})
    # freed: neither sees any more
    assert fire.ask("DELETE", f"/v1/incidents/{number}/assignments/X1")[0] == 200
    assert not fire.sees_unit("X1") and not cross.sees_incident(number)
    fire.post(f"/v1/incidents/{number}/close", {"outcome": "helped"})


def a_request_tells_the_lender_what_it_needs_and_not_the_incident():
    fire, cross, sea = RUN["fire"], RUN["cross"], RUN["sea"]
    cross.heard.clear()
    sea.heard.clear()
    number = RUN["second"] = opened("structure-fire")
    rows = fire.advised(number)
    assert [(row["unit"], row["aid"]["how"]) for row in rows] == [("X3", "on-request")], rows
    refused = fire.post(f"/v1/incidents/{number}/assignments", {"unit": "X3"}, 403)["detail"]
    assert "on request" in refused, refused
    asked = {"agency": "cross", "capabilities": ["fire-engine"], "crews": 2, "text": "two floors burn"}
    mine = fire.post(f"/v1/incidents/{number}/aid", asked)["incident"]["aid"]
    assert [(row["agency"], row["state"], row["crews"]) for row in mine] == [("cross", "requested", 2)]
    assert "already" in fire.post(f"/v1/incidents/{number}/aid", asked, 409)["detail"]
    heard = cross.hears("aid-requested")
    assert "incident" not in heard, heard
    request = heard["aid"]
    assert (request["incident"], request["asker"], request["agency"]) == (number, "fire", "cross")
    assert request["type"] == "structure-fire" and request["priority"] == 2
    assert request["place"] == "Rua 5" and request["words"] == "two floors burn"
    assert abs(request["lat"] - PLACE["lat"]) < 1e-6
    plain(cross)
    assert not cross.sees_incident(number)
    for path in ("notes", "close", "level", "assignments"):
        cross.post(f"/v1/incidents/{number}/{path}", {"unit": "X3"} if path == "assignments" else
                   {"text": "x"} if path == "notes" else {"level": 2} if path == "level" else {}, 404)
    listed = cross.get("/v1/aid")
    assert len(listed["requests"]) == 1 and listed["requests"][0]["words"] == "two floors burn"
    assert "MARK" not in json.dumps(listed) and SECRETS[0] not in json.dumps(listed)
    assert [row["how"] for row in listed["agreements"]] == ["automatic", "on-request"]
    served.wait_for("the answer is overdue", lambda: cross.get("/v1/aid")["now"] >
                    cross.get("/v1/aid")["requests"][0]["until"], 10)
    # nobody else knows of it, nor answers it
    assert sea.get("/v1/aid")["requests"] == [] and sea.get("/v1/aid")["agreements"] == []
    assert not any("aid-requested" in line for line in sea.heard)
    sea.post(f"/v1/incidents/{number}/aid/answer", {"outcome": "agreed"}, 404)
    fire.post(f"/v1/incidents/{number}/aid/answer", {"outcome": "agreed"}, 409)  # not for itself
    cross.post(f"/v1/incidents/{number}/aid/withdraw", {"agency": "cross"}, 404)


def agreeing_shares_the_incident_and_the_lender_sends_its_own():
    fire, cross, number = RUN["fire"], RUN["cross"], RUN["second"]
    agreed = cross.post(f"/v1/incidents/{number}/aid/answer", {"outcome": "agreed", "reason": "X3 goes"})
    assert agreed["incident"]["id"] == number and agreed["incident"]["shared"] == ["cross"]
    assert cross.sees_incident(number) and cross.get("/v1/aid")["requests"] == []
    assert not fire.sees_unit("X3")
    refused = fire.post(f"/v1/incidents/{number}/assignments", {"unit": "X3"}, 403)["detail"]
    assert "on request" in refused, refused  # agreed or not: it sends them itself
    cross.post(f"/v1/incidents/{number}/assignments", {"unit": "X3"})
    assert fire.sees_unit("X3")
    kinds = [entry["kind"] for entry in fire.get(f"/v1/incidents/{number}")["incident"]["timeline"]]
    assert kinds[-4:] == ["aid-requested", "aid-agreed", "incident-shared", "unit-dispatched"], kinds
    # X3 leaves; the sharing stays until the owner ends it, as ever
    cross.ask("DELETE", f"/v1/incidents/{number}/assignments/X3")
    assert cross.sees_incident(number) and not fire.sees_unit("X3")
    RUN["chief"].ask("DELETE", f"/v1/incidents/{number}/shares/cross")
    assert not cross.sees_incident(number)
    fire.post(f"/v1/incidents/{number}/close", {"outcome": "helped"})


def a_request_is_refused_withdrawn_and_ends_with_its_incident():
    fire, cross = RUN["fire"], RUN["cross"]
    number = opened("structure-fire")
    asked = {"agency": "cross", "capabilities": ["fire-engine"], "text": "please"}
    fire.post(f"/v1/incidents/{number}/aid", asked)
    cross.heard.clear()
    told = cross.post(f"/v1/incidents/{number}/aid/answer", {"outcome": "refused", "reason": "none left"})
    assert "incident" not in told, told
    assert cross.hears("aid-refused")["aid"]["state"] == "refused"
    assert not cross.sees_incident(number)
    mine = fire.get(f"/v1/incidents/{number}")["incident"]
    assert mine["aid"][0]["state"] == "refused" and mine["timeline"][-1]["text"] == "none left"
    fire.post(f"/v1/incidents/{number}/aid", asked)
    fire.post(f"/v1/incidents/{number}/aid/withdraw", {"agency": "cross"})
    cross.post(f"/v1/incidents/{number}/aid/answer", {"outcome": "agreed"}, 404)
    fire.post(f"/v1/incidents/{number}/aid", asked)
    fire.post(f"/v1/incidents/{number}/close", {"outcome": "helped"})
    assert cross.hears("aid-withdrawn")["aid"]["incident"] == number
    assert cross.get("/v1/aid")["requests"] == []
    plain(cross)
    assert "MARK" not in "".join(RUN["sea"].heard)
    assert RUN["server"].stop() == 0


def a_request_without_an_answer_rings_at_the_desk_that_asked_and_there_alone():
    fire, cross = RUN["fire"], RUN["cross"]
    number = opened("structure-fire")
    cross.heard.clear()
    fire.post(f"/v1/incidents/{number}/aid", {"agency": "cross", "capabilities": ["fire-engine"]})

    def alarm():
        return fire.get(f"/v1/incidents/{number}")["incident"]["alarm"]

    served.wait_for("the alarm", lambda: alarm() == "aid-overdue")
    fire.post(f"/v1/incidents/{number}/aid/withdraw", {"agency": "cross"})
    assert alarm() is None
    assert cross.hears("aid-withdrawn")["aid"]["incident"] == number
    assert "alarm-raised" not in "".join(cross.heard), cross.heard
    plain(cross)
    fire.post(f"/v1/incidents/{number}/close", {"outcome": "helped"})


def an_agreement_counts_from_the_hangup_on_and_a_wrong_one_changes_nothing():
    fire, cross = RUN["fire"], RUN["cross"]
    asked = {"agency": "cross", "capabilities": ["fire-engine"]}
    path = f"/v1/incidents/{opened('structure-fire')}/aid"

    def plans(text, says):
        with open(RUN["plans"] + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(RUN["plans"] + ".new", RUN["plans"])
        before = len(RUN["server"].lines)
        RUN["server"].process.send_signal(signal.SIGHUP)
        served.wait_for(says, lambda: any(says in line for line in RUN["server"].lines[before:]), 60)

    without = "".join(line for line in PLANS.splitlines(True) if "on-request" not in line)
    plans(without, "event=plans")
    fire.post(path, asked, 403)
    plans(PLANS + "aid cross to cross automatic\n", "two agencies")
    fire.post(path, asked, 403)
    plans(without.replace("type structure-fire 2 Fire\n  need 1 fire-engine\n", ""), "the old ones stay in force")
    assert any(row["type"] == "structure-fire" for row in fire.get("/v1/plans")["types"])
    plans(PLANS, "read again")
    fire.post(path, asked)
    cross.post(path + "/answer", {"outcome": "refused"})


def a_wrong_agreement_is_named_by_its_line():
    path = os.path.join(DIR, "wrong.txt")
    for line, says in (("aid a to a automatic", "two agencies"), ("aid a to b", "automatic or"),
                       ("aid a to b types nothing automatic", "no type called"),
                       ("aid a to b automatic keep many", "whole number")):
        with open(path, "w", encoding="utf-8") as file:
            file.write("# one\n" + line + "\n")
        done = served.run(AMPARO, "serve", "--data", os.path.join(DIR, "w"), "--plans", path, status=1)
        assert "line 2" in done.stderr and says in done.stderr, done.stderr


if __name__ == "__main__":
    try:
        start()
        tap.run([
            without_an_agreement_nothing_is_lent,
            of_a_lent_crew_no_more_is_told_than_its_name_and_when_it_is_there,
            own_crews_that_are_hardly_later_go_first_and_it_says_so,
            an_automatic_crew_is_sent_and_both_see_what_it_is_on_until_it_leaves,
            a_request_tells_the_lender_what_it_needs_and_not_the_incident,
            agreeing_shares_the_incident_and_the_lender_sends_its_own,
            a_request_without_an_answer_rings_at_the_desk_that_asked_and_there_alone,
            an_agreement_counts_from_the_hangup_on_and_a_wrong_one_changes_nothing,
            a_request_is_refused_withdrawn_and_ends_with_its_incident,
            a_wrong_agreement_is_named_by_its_line,
        ])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
