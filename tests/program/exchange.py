#!/usr/bin/env python3
# Two servers hand an incident to each other and stay in step; peers that are down, deaf and hostile.
"""usage: tests/program/exchange.py AMPARO"""

import http.server
import json
import os
import threading
import time

import served
import tap
from centres import AMPARO, DIR, SCOPES, Centre, free_port, remove, two, wait_for


def there_and_back(by):
    north, south = two(by)
    call = north.post("/v1/calls", {"number": "+258841234567", "words": "smoke from the roof",
                                    "type": "structure-fire", "priority": 2, "lat": -19.84,
                                    "lon": 34.84, "place": "Rua 5"})
    here = call["incident"]["id"]
    told = north.get(f"/v1/incidents/{here}/eido")["incidentComponent"]
    assert told["incidentTypeCommonRegistryText"] == "FSTRU", told
    assert told["incidentTypeInternalText"] == "structure-fire", told
    north.post(f"/v1/incidents/{here}/notes", {"text": "two floors"})
    north.post("/v1/units", {"unit": "N1", "kind": "engine", "capabilities": ["fire-engine"]})
    south.post("/v1/units", {"unit": "S1", "kind": "engine", "capabilities": ["fire-engine"]})
    offered = north.post(f"/v1/incidents/{here}/transfer",
                         {"partner": "south", "reason": "in your district"})["incident"]
    assert offered["exchange"][0]["transfer"] == "offered"
    assert offered["exchange"][0]["direction"] == "out"
    there = wait_for("the incident arrives", south.open)[0]["id"]
    arrived = south.incident(there)
    assert arrived["exchange"][0]["transfer"] == "offered", arrived
    assert arrived["exchange"][0]["direction"] == "in"
    assert arrived["type"] == "structure-fire" and arrived["priority"] == 2, arrived
    assert arrived["calls"][0]["number"] == "+258841234567"
    assert abs(arrived["lat"] + 19.84) < 1e-6 and arrived["place"] == "Rua 5", arrived
    texts = [text for _, text in south.notes(there)]
    assert texts == ["in your district", "two floors", "smoke from the roof"] or set(texts) == {
        "in your district", "two floors", "smoke from the roof"}, texts
    # before it is accepted, nothing of ours goes back
    south.post(f"/v1/incidents/{there}/notes", {"text": "not for them yet"})
    south.post(f"/v1/incidents/{there}/transfer/answer",
               {"partner": "north", "outcome": "accepted"})
    wait_for("north hears yes", lambda: north.link(here)["transfer"] == "accepted")
    # notes, state and crews, both ways
    north.post(f"/v1/incidents/{here}/notes", {"text": "a child is missing"})
    south.post(f"/v1/incidents/{there}/notes", {"text": "hydrant at the corner"})
    south.post(f"/v1/incidents/{there}/assignments", {"unit": "S1"})
    north.post(f"/v1/incidents/{here}/assignments", {"unit": "N1"})
    wait_for("notes in the south", lambda: "a child is missing" in dict(
        (text, kind) for kind, text in south.notes(there)))
    wait_for("notes in the north", lambda: "hydrant at the corner" in dict(
        (text, kind) for kind, text in north.notes(here)))
    south.post("/v1/units/S1/status", {"status": "on-scene"})
    wait_for("their crew is on scene", lambda: [
        (unit["unit"], unit["status"]) for unit in north.link(here)["units"]] == [("S1", "on-scene")])
    wait_for("their state", lambda: north.link(here)["state"] == "ResourcesOnscene")
    wait_for("our crew, there", lambda: [
        unit["unit"] for unit in south.link(there)["units"]] == ["N1"])
    # a restart of one of the two loses nothing and repeats nothing
    before = sorted(text for _, text in north.notes(here))
    assert south.server.stop() == 0
    north.post(f"/v1/incidents/{here}/notes", {"text": "while you were away"})
    time.sleep(0.5)
    south.server = served.Server(AMPARO, DIR, south.name, "--partners",
                                 os.path.join(DIR, south.name + ".partners"), "--listen",
                                 f"127.0.0.1:{south.port}")
    south.server.token = south.server.user("token", "desk", "--scopes", SCOPES).stdout.strip()
    wait_for("what happened meanwhile", lambda: "while you were away" in dict(
        (text, kind) for kind, text in south.notes(there)))
    assert sorted(text for _, text in north.notes(here)) == sorted(before + ["while you were away"])
    assert len(south.open()) == 1 and len(north.open()) == 1
    # and back
    south.server.ask("DELETE", f"/v1/incidents/{there}/assignments/S1")
    wait_for("their crew is off", lambda: not north.link(here)["units"])
    south.post(f"/v1/incidents/{there}/transfer", {"partner": "north"})
    wait_for("it comes back", lambda: (north.link(here)["direction"],
                                       north.link(here)["transfer"]) == ("in", "offered"))
    assert len(north.open()) == 1, "the same incident, not another"
    north.post(f"/v1/incidents/{here}/transfer/answer",
               {"partner": "south", "outcome": "refused", "reason": "it burns with you"})
    wait_for("south hears no", lambda: south.link(there)["transfer"] == "refused")
    why = [entry["text"] for entry in south.incident(there)["timeline"]
           if entry["kind"] == "transfer-refused"]
    assert why == ["it burns with you"], why
    # nothing flows after that
    lines = len(north.incident(here)["timeline"])
    south.post(f"/v1/incidents/{there}/notes", {"text": "among us"})
    other = south.post("/v1/incidents", {"place": "what is told after that"})["incident"]["id"]
    south.post(f"/v1/incidents/{other}/transfer", {"partner": "north"})
    wait_for("what came later arrives", lambda: len(north.open()) == 2)
    assert len(north.incident(here)["timeline"]) == lines
    for centre in (north, south):
        assert centre.server.stop() == 0


def two_centres_hand_an_incident_over_and_stay_in_step():
    there_and_back("value")


def they_do_so_by_reference_too():
    there_and_back("reference")


def an_offer_that_does_not_arrive_fails_where_the_desk_sees_it():
    north = Centre("alone")
    north.start([("south", f"http://127.0.0.1:{free_port()}", "amp_nothing")],
                first=["offer-wait = 2"])
    here = north.post("/v1/incidents", {"place": "the mill"})["incident"]["id"]
    north.post(f"/v1/incidents/{here}/transfer", {"partner": "nobody"}, 404)
    north.post(f"/v1/incidents/{here}/transfer", {"partner": "south"})
    north.post(f"/v1/incidents/{here}/transfer", {"partner": "south"}, 409)
    asked = time.monotonic()
    wait_for("it has failed", lambda: north.link(here)["transfer"] == "failed")
    assert time.monotonic() - asked >= 1, "it was not tried again"
    assert north.journal(here)[-1] == "transfer-failed"
    north.post(f"/v1/incidents/{here}/transfer", {"partner": "south"})
    assert north.link(here)["transfer"] == "offered"
    assert north.server.stop() == 0


class Peer:
    """A centre of another make: it takes EIDOs and knows no transfers."""

    def __init__(self, status=200):
        self.heard, self.asked, self.gives, peer = [], [], b"", self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                length = int(self.headers.get("Content-Length") or 0)
                peer.heard.append((self.path, dict(self.headers), self.rfile.read(length)))
                self.send_response(status)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def do_GET(self):
                peer.asked.append((self.path, dict(self.headers)))
                self.send_response(200)
                self.send_header("Content-Type", 'application/emergency.eido+json; version="1"')
                self.send_header("Content-Length", str(len(peer.gives)))
                self.end_headers()
                self.wfile.write(peer.gives)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def a_peer_that_knows_no_transfers_has_accepted_by_taking_the_message():
    peer = Peer()
    north = Centre("plain")
    north.start([("other", peer.url, "its-token")])
    here = north.post("/v1/incidents", {"place": "the mill"})["incident"]["id"]
    north.post(f"/v1/incidents/{here}/transfer", {"partner": "other"})
    wait_for("accepted", lambda: north.link(here)["transfer"] == "accepted")
    path, head, body = peer.heard[0]
    assert path.startswith("/v1/eido?transfer=offered&offer="), path
    assert head["Authorization"] == "Bearer its-token"
    eido = json.loads(body)
    assert eido["$id"] == f"urn:emergency:uid:incidentid:I{int(here[2:]):010}:plain.example.org", eido["$id"]
    out = os.path.join(DIR, "out.json")
    with open(out, "wb") as file:
        file.write(body)
    served.run(AMPARO, "intake", "eido", out)
    assert north.server.stop() == 0


def an_eido_by_reference_goes_by_its_media_type_and_version():
    peer = Peer()
    north = Centre("refer")
    north.start([("south", peer.url, "its-token")])
    token = north.admit("south")
    here = north.post("/v1/incidents", {"place": "the mill"})["incident"]["id"]
    eido = north.get(f"/v1/incidents/{here}/eido")
    eido["$id"] = "urn:emergency:uid:incidentid:5:south.example.org"
    peer.gives = json.dumps(eido).encode()
    desk, north.server.token = north.server.token, token
    told = north.post("/v1/eido", {"eidoByReferenceUrl": f"{peer.url}/eido/5"})
    path, head = peer.asked[0]
    assert path == "/eido/5" and head["Authorization"] == "Bearer its-token", peer.asked
    assert head["Accept"].split(",")[0] == 'application/emergency.eido+json; version="1"', head
    north.server.token = desk
    north.post(f"/v1/incidents/{told['incident']}/transfer/answer", {"partner": "south", "outcome": "accepted"})
    north.server.token = token
    status, heads, text = north.server.exchange("GET", f"/v1/eido/{told['incident']}")
    assert status == 200 and json.loads(text)["$id"] == eido["$id"], text
    assert heads["Content-Type"] == 'application/emergency.eido+json; version="1"', heads
    status, heads, text = north.server.exchange("GET", "/v1/eido/I-99")
    assert status == 404 and heads["Content-Type"] == "application/problem+json", heads
    assert north.server.stop() == 0


def a_partner_sees_no_more_than_what_it_was_offered():
    north = Centre("guarded")
    north.start([("south", "http://127.0.0.1:1", "amp_x")])
    token = north.admit("south")
    stranger = north.server.user("add", "stranger", "--role", "partner", "--token", "--scopes",
                                 "exchange").stdout.strip()
    here = north.post("/v1/incidents", {"place": "the mill"})["incident"]["id"]
    desk = north.server.token
    eido = north.get(f"/v1/incidents/{here}/eido")
    north.server.token = token
    for path in (f"/v1/incidents/{here}", "/v1/incidents", "/v1/units", "/v1/events"):
        assert north.server.ask("GET", path)[0] == 403, path
    north.get(f"/v1/incidents/{here}/eido", 403)
    north.get(f"/v1/eido/{here}", 404)
    eido["$id"] = "urn:emergency:uid:incidentid:77:south.example.org"
    assert eido["incidentComponent"]["incidentTypeCommonRegistryText"] == "TROUBLE", "nobody said more"
    eido["incidentComponent"]["incidentTypeCommonRegistryText"] = "STROKE"
    first = north.post("/v1/eido", eido)
    again = north.post("/v1/eido", eido)
    assert first["incident"] == again["incident"] != here, (first, again)
    assert first["transfer"] == "offered"
    north.get(f"/v1/eido/{first['incident']}", 404)  # not before our desk says yes
    eido["$id"] = "urn:emergency:uid:incidentid:I-99:guarded.example.org"
    north.post("/v1/eido", eido, 404)
    north.post("/v1/eido", {"eidoByReferenceUrl": "http://127.0.0.1:9/elsewhere"}, 403)
    north.post("/v1/eido", {"no": "EIDO"}, 422)
    north.server.token = stranger
    north.post("/v1/eido", eido, 409)
    north.server.token = desk
    assert north.incident(first["incident"])["type"] == "stroke"
    north.post("/v1/eido", eido, 403)
    north.post(f"/v1/incidents/{first['incident']}/transfer/answer",
               {"partner": "south", "outcome": "accepted"})
    north.server.token = token
    assert north.get(f"/v1/eido/{first['incident']}")["$id"].endswith("south.example.org")
    assert north.server.stop() == 0


def settings_that_are_wrong_are_said_with_their_line():
    for text, says in (("centre = a b\n", "centre"), ("centre = a\nurl = http://a\nx = 1\n", "line 3"),
                       ("centre = a\nurl = http://a\noffer-wait = 0\n", "line 3"),
                       ("centre = a\nurl = http://a\npartner = p\nsubscribe = maybe\n", "line 4"),
                       ("centre = a\nurl = http://a\npartner = p\nurl = http://p\ntoken = t\nent = http://q\n",
                        '"ent" of p'),
                       ("centre = a\nurl = http://a\npartner = p\nurl = http://p\n", "token")):
        path = os.path.join(DIR, "wrong.partners")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        done = served.run(AMPARO, "serve", "--data", os.path.join(DIR, "wrong"), "--partners", path,
                          status=1)
        assert says in done.stderr, done.stderr


if __name__ == "__main__":
    try:
        tap.run([
            two_centres_hand_an_incident_over_and_stay_in_step,
            they_do_so_by_reference_too,
            an_offer_that_does_not_arrive_fails_where_the_desk_sees_it,
            a_peer_that_knows_no_transfers_has_accepted_by_taking_the_message,
            a_partner_sees_no_more_than_what_it_was_offered,
            an_eido_by_reference_goes_by_its_media_type_and_version,
            settings_that_are_wrong_are_said_with_their_line,
        ])
    finally:
        remove()
