#!/usr/bin/env python3
# Warnings to the public: written, looked at, issued, read by the world, updated, cancelled, over.
"""usage: tests/program/public_warning.py AMPARO"""

import datetime
import http.server
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-warnings-test-")
SCOPES = "read,write,positions,alerts"
SCHEMA = os.path.join(os.environ.get("AMPARO_DATA", ""), "messages", "cap", "cap12.xsd")
CAP = "{urn:oasis:names:tc:emergency:cap:1.2}"
ATOM = "{http://www.w3.org/2005/Atom}"
WORLD = "https://warn.example.org"
RING = [[-19.80, 34.80], [-19.80, 34.90], [-19.90, 34.90], [-19.90, 34.80], [-19.80, 34.80]]


def moment(seconds):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return now.strftime("%Y-%m-%dT%H:%M:%S-00:00")


def info(language="pt-MZ", until=3600, headline="Aviso de cheia", **more):
    return {"language": language, "category": ["Met"], "event": "Cheia & vento <forte>",
            "responseType": ["Evacuate"], "urgency": "Immediate", "severity": "Severe",
            "certainty": "Observed", "expires": moment(until), "headline": headline,
            "description": "O rio sobe.", "instruction": "Vá para um lugar alto.",
            "area": [{"areaDesc": "Munhava", "polygon": [RING],
                      "circle": [{"lat": -19.85, "lon": 34.95, "radius_km": 1.5}],
                      "geocode": [{"name": "ISO3166-2", "value": "MZ-S"}]}]} | more


def warning(*infos, message="Alert", status="Actual", **more):
    return {"status": status, "msgType": message, "info": list(infos) or [info()]} | more


def settings(name, *lines):
    path = os.path.join(DIR, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(("sender = alert@centre.example.org", *lines, "")))
    return path


def serve(name, *lines, options=()):
    place = served.Server(AMPARO, DIR, name, "--warnings", settings(name + ".conf", *lines),
                          *options)
    return place.desk(name="sofia", scopes=SCOPES)


def ask(place, method, path, body=None, want=200, **fields):
    status, text = place.ask(method, path, body, **fields)
    assert status == want, (method, path, status, text)
    return json.loads(text) if text.startswith("{") else text


def draft(place, body, **fields):
    return ask(place, "POST", "/v1/warnings", body, 201, **fields)["warning"]


def issue(place, found, want=200):
    answer = ask(place, "POST", f"/v1/warnings/{found['id']}/issue", {"drafted": found["drafted"]},
                 want)
    return answer.get("warning", answer)


def listed(place):
    return {w["id"]: w for w in ask(place, "GET", "/v1/warnings")["warnings"]}


def public(place, path, want=200):
    token, place.token = place.token, None
    try:
        status, _, text = place.exchange("GET", path)
        assert status == want, (path, status, text)
        return text
    finally:
        place.token = token


def valid(text):
    """The official schema says so, where it is here."""
    path = os.path.join(DIR, "out.cap")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    if os.path.exists(SCHEMA) and shutil.which("xmllint"):
        done = subprocess.run(["xmllint", "--noout", "--schema", SCHEMA, path], check=False,
                              stderr=subprocess.PIPE, text=True)
        assert done.returncode == 0, done.stderr
    read = json.loads(served.run(AMPARO, "intake", "cap", path).stdout)
    assert read.get("warnings", []) == [], read
    return read


def what_is_issued_is_valid_cap_and_the_world_reads_it():
    place = serve("issued", "feed = " + WORLD + "/", "name = Centro & Província")
    wanted = info()
    made = draft(place, warning(wanted, info("en", headline="Flood warning")))
    assert (made["id"], made["state"], made["problem"]) == ("W-1", "draft", None), made
    assert ask(place, "GET", "/v1/warnings/W-1.cap", want=404)["detail"] == "a draft is no message yet"
    assert f"{ATOM}entry" not in public(place, "/warnings.atom")
    public(place, "/warnings/W-1.cap", 404)
    issued = issue(place, made)
    assert (issued["state"], issued["issued_by"]) == ("in-force", "sofia"), issued
    text = ask(place, "GET", "/v1/warnings/W-1.cap")
    read = valid(text)
    assert read["identifier"].startswith("W-1-") and read["sender"] == "alert@centre.example.org"
    assert read["scope"] == "Public" and read["status"] == "Actual"
    for name in ("event", "headline", "instruction", "urgency", "severity", "certainty",
                 "expires", "category", "responseType"):
        assert read["info"][0][name] == wanted[name], (name, read["info"][0])
    area = read["info"][0]["area"][0]
    assert area["polygon"] == [RING] and area["circle"][0]["radius_km"] == 1.5, area
    assert area["geocode"] == wanted["area"][0]["geocode"]
    assert read["info"][0]["senderName"] == "Centro & Província"
    assert public(place, "/warnings/W-1.cap") == text
    feed = ET.fromstring(public(place, "/warnings.atom"))
    entry, = feed.findall(ATOM + "entry")
    assert entry.find(ATOM + "title").text == "Aviso de cheia"
    assert entry.find(ATOM + "link").get("href") == WORLD + "/warnings/W-1.cap"
    assert "sofia" not in public(place, "/warnings.atom") + text
    again = ask(place, "GET", "/v1/warnings/W-1?language=en")["warning"]
    assert again["headline"] == "Flood warning" and again["languages"] == ["pt-MZ", "en"]
    assert place.stop() == 0
    place = served.Server(AMPARO, DIR, "issued")  # without the settings nothing is public any more
    public(place, "/warnings.atom", 404)
    public(place, "/warnings/W-1.cap", 404)
    place.desk(name="later", scopes=SCOPES)
    assert ask(place, "GET", "/v1/warnings/W-1.cap") == text
    assert place.stop() == 0


def an_update_and_a_cancellation_are_messages_of_their_own():
    place = serve("ends", "feed = " + WORLD)
    listener = Listener(place)
    first = issue(place, draft(place, warning()))
    update = warning(info(headline="Cheia maior"), message="Update", about="W-1")
    second = issue(place, draft(place, update))
    assert listed(place)["W-1"]["state"] == "updated"
    read = valid(ask(place, "GET", "/v1/warnings/W-2.cap"))
    assert read["msgType"] == "Update" and read["references"] == first["reference"], read
    late = draft(place, update)
    assert "W-1 is not in force" in issue(place, late, 409)["detail"]
    ask(place, "DELETE", f"/v1/warnings/{late['id']}")
    cancel = draft(place, warning(message="Cancel", about="W-2"))
    issue(place, cancel)
    found = listed(place)
    assert found["W-2"]["state"] == "cancelled" and found["W-4"]["cancels"] is True, found
    assert "W-3" not in found
    read = valid(ask(place, "GET", "/v1/warnings/W-4.cap"))
    assert read["references"] == first["reference"] + " " + second["reference"], read
    feed = ET.fromstring(public(place, "/warnings.atom"))
    assert [e.find(ATOM + "id").text for e in feed.findall(ATOM + "entry")] == [
        WORLD + "/warnings/W-4.cap"]
    public(place, "/warnings/W-1.cap")  # who heard of it may still come for it
    again = issue(place, draft(place, warning(message="Cancel", about="W-4")), 409)
    assert "W-4 is not in force any more" in again["detail"], again
    short = issue(place, draft(place, warning(info(until=3))))
    served.wait_for("the end", lambda: listed(place)[short["id"]]["state"] == "expired")
    assert listener.kinds(14) == [
        "warning-drafted", "warning-issued", "warning-drafted", "warning-ended", "warning-issued",
        "warning-drafted", "warning-ended", "warning-drafted", "warning-ended", "warning-cancelled",
        "warning-drafted", "warning-drafted", "warning-issued", "warning-ended"], listener.kinds(14)
    told = [e for e in listener.heard if e["kind"] == "warning-cancelled"][0]
    assert told["document"] == ask(place, "GET", "/v1/warnings/W-4.cap"), told
    assert told["warning"] == 4 and told["label"].startswith("alert@centre.example.org,W-4-")
    assert place.stop() == 0


class Listener:
    """Another system that is told of warnings."""

    def __init__(self, place):
        self.heard, listener = [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                listener.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        chief = place.user("add", "chief", "--role", "admin", "--token", "--scopes",
                           "read,write,admin").stdout.strip()
        ask(place, "POST", "/v1/webhooks",
            {"url": f"http://127.0.0.1:{server.server_address[1]}/", "kinds": ["warning"]}, 201,
            Authorization="Bearer " + chief)

    def kinds(self, n):
        served.wait_for("what is told", lambda: len(self.heard) >= n)
        return [event["kind"] for event in self.heard]


def the_own_door_for_alerts_takes_what_was_issued():
    place = serve("both")
    made = issue(place, draft(place, warning(info(), info("en", headline="Flood warning"))))
    text = ask(place, "GET", "/v1/warnings/W-1.cap")
    assert ask(place, "POST", "/v1/alerts", text.encode())["alerts"] == 1
    alert, = ask(place, "GET", "/v1/alerts?language=en")["alerts"]
    assert alert["id"] == made["reference"] and alert["headline"] == "Flood warning", alert
    assert alert["until"] == made["until"] and alert["areas"][0]["polygons"][0] == RING
    issue(place, draft(place, warning(message="Cancel", about="W-1")))
    ask(place, "POST", "/v1/alerts", ask(place, "GET", "/v1/warnings/W-2.cap").encode())
    assert ask(place, "GET", "/v1/alerts")["alerts"] == []
    assert place.stop() == 0


def a_broken_rule_is_said_at_the_draft_and_refused_at_the_issue():
    place = serve("rules")
    for body, words in (
            (warning(info(until=-5)), "is past"),
            (warning(info(area=[{"areaDesc": "x", "polygon": [RING[:4]]}])), "not closed"),
            (warning(info(), info()), "language is there twice"),
            (warning(status="Exercise"), "note that says which"),
            (warning(info(area=[{"areaDesc": "x"}])), "no polygon"),
            (warning(info(headline="")), "headline is missing"),
            (warning(message="Update"), "which it is about")):
        made = draft(place, body)
        assert words in made["problem"], made
        assert words in issue(place, made, 422)["detail"]
        ask(place, "DELETE", f"/v1/warnings/{made['id']}")
    for body, want, words in (({"status": "Maybe"}, 422, "Actual"), ({"sender": "x"}, 400, "issued"),
                              ({"info": 7}, 400, "array"), ([], 400, "object")):
        assert words in ask(place, "POST", "/v1/warnings", body, want)["detail"]
    assert listed(place) == {}
    assert place.stop() == 0
    bare = served.Server(AMPARO, DIR, "bare").desk(name="sofia", scopes=SCOPES)
    assert ask(bare, "GET", "/v1/warnings")["ready"] is False
    assert "--warnings" in issue(bare, draft(bare, warning()), 422)["detail"]
    assert bare.stop() == 0
    path = settings("wrong.conf", "feed = nowhere")
    done = served.run(AMPARO, "serve", "--data", os.path.join(DIR, "wrong"), "--warnings", path,
                      status=1)
    assert "line 2" in done.stderr, done.stderr


def a_draft_is_nobodys_but_the_desks_and_a_second_person_issues():
    place = serve("two", "feed = " + WORLD, "two = yes")
    sofia = place.token
    made = draft(place, warning())
    assert "another person" in issue(place, made, 403)["detail"]
    place.desk(role="dispatcher", name="dina", scopes=SCOPES)
    changed = ask(place, "PATCH", "/v1/warnings/W-1", warning(info(headline="Outro")))["warning"]
    assert changed["drafted_by"] == "dina"
    ask(place, "POST", "/v1/warnings/W-1/issue", {"drafted": changed["drafted"]}, 403)
    place.token = sofia
    assert "changed since" in issue(place, made, 409)["detail"]
    public(place, "/warnings/W-1.cap", 404)
    assert issue(place, changed)["state"] == "in-force"
    assert "no draft any more" in issue(place, changed, 409)["detail"]
    ask(place, "PATCH", "/v1/warnings/W-1", warning(), 409)
    place.desk(role="auditor", name="aida", scopes="read")
    ask(place, "GET", "/v1/warnings", want=403)
    assert place.stop() == 0


def the_same_key_is_one_draft_and_one_issue():
    place = serve("keys")
    body = warning()
    made = draft(place, body, Idempotency_Key="d1")
    ask(place, "POST", "/v1/warnings", body, 201, Idempotency_Key="d1")
    assert len(listed(place)) == 1
    for _ in range(2):
        answer = ask(place, "POST", "/v1/warnings/W-1/issue", {"drafted": made["drafted"]},
                     Idempotency_Key="i1")
        assert answer["warning"]["state"] == "in-force"
    assert place.stop() == 0


def exercises_and_tests_never_reach_the_world():
    place = serve("exercise", "feed = " + WORLD)
    for status in ("Exercise", "Test"):
        made = issue(place, draft(place, warning(status=status, note="Simulacro 7")))
        assert made["status"] == status
        valid(ask(place, "GET", f"/v1/warnings/{made['id']}.cap"))
        public(place, f"/warnings/{made['id']}.cap", 404)
    assert "<entry>" not in public(place, "/warnings.atom")
    assert "status of the one" in issue(
        place, draft(place, warning(message="Cancel", about="W-1")), 422)["detail"]
    assert place.stop() == 0


LOST = """source lost.example.org
area west polygon {0},{1} {0},{2} {3},{2} {3},{1}
area far polygon 50,50 50,51 51,51
service urn:service:sos west sip:112@west.example 112 West centre
service urn:service:sos.fire west sip:fire@west.example 118 West fire
service urn:service:sos far sip:112@far.example 112 Far centre
service urn:service:sos * sip:112@all.example 112 Everywhere
"""


def a_preview_says_what_lies_inside_and_writes_nothing():
    osm, amap = os.path.join(DIR, "town.osm.pbf"), os.path.join(DIR, "town.amap")
    served.run(AMPARO, "map", "synth", "-o", osm, "--seed", "7")
    served.run(AMPARO, "map", "build", osm, "-o", amap)
    hospital = json.loads(served.run(AMPARO, "geocode", "--map", amap, "hospital",
                                     "--json").stdout)["results"][0]
    lat, lon = hospital["lat"], hospital["lon"]
    table = os.path.join(DIR, "lost.conf")
    with open(table, "w", encoding="utf-8") as file:
        file.write(LOST.format(lat - 0.01, lon - 0.05, lon, lat + 0.01))
    place = serve("preview", options=("--map", amap, "--lost", table))
    for n, shift in enumerate((0, 0.001, 0.2)):
        ask(place, "POST", "/v1/incidents", {"lat": lat + shift, "lon": lon, "place": "x"}, 201)
        ask(place, "POST", "/v1/units", {"unit": f"M{n}", "kind": "ambulance",
                                         "capabilities": ["als"]}, 201)
        place.ask("POST", "/v1/positions", {"positions": [
            {"unit": f"M{n}", "lat": lat + shift, "lon": lon}]})
    circle = [{"areaDesc": "x", "circle": [{"lat": lat, "lon": lon, "radius_km": 2}]}]
    body = warning(info(area=circle), info("en", area=circle))
    before = ask(place, "GET", "/v1/warnings")["seq"]
    seen = ask(place, "POST", "/v1/warnings/preview", body)
    assert abs(seen["km2"] - 12.566) < 0.05, seen["km2"]
    assert seen["incidents"] == ["I-1", "I-2"] and sorted(seen["units"]) == ["M0", "M1"], seen
    assert [c["name"] for c in seen["centres"]] == ["West centre", "West fire"], seen["centres"]
    inside = seen["map"]
    assert hospital["name"] in [t["name"] for t in inside["landmarks"]["first"]], inside["landmarks"]
    assert {k["kind"]: k["n"] for k in inside["kinds"]}["hospital"] >= 1
    assert inside["streets"]["total"] > 3 and inside["more"] is False
    assert seen["check"]["problem"] is None, seen["check"]
    wide = [{"areaDesc": "x", "circle": [{"lat": lat, "lon": lon, "radius_km": 1900}]}]
    started = time.monotonic()
    far = ask(place, "POST", "/v1/warnings/preview", warning(info(area=wide)))
    assert time.monotonic() - started < 10
    assert far["map"]["streets"]["total"] >= inside["streets"]["total"]
    assert len(far["map"]["streets"]["first"]) <= 200
    none = warning(info(area=[{"areaDesc": "x", "geocode": [{"name": "a", "value": "b"}]}]))
    assert "no polygon" in ask(place, "POST", "/v1/warnings/preview", none, 422)["detail"]
    assert ask(place, "GET", "/v1/warnings")["seq"] == before
    assert place.stop() == 0


if __name__ == "__main__":
    try:
        tap.run([
            what_is_issued_is_valid_cap_and_the_world_reads_it,
            an_update_and_a_cancellation_are_messages_of_their_own,
            the_own_door_for_alerts_takes_what_was_issued,
            a_broken_rule_is_said_at_the_draft_and_refused_at_the_issue,
            a_draft_is_nobodys_but_the_desks_and_a_second_person_issues,
            the_same_key_is_one_draft_and_one_issue,
            exercises_and_tests_never_reach_the_world,
            a_preview_says_what_lies_inside_and_writes_nothing,
        ])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
