#!/usr/bin/env python3
# Webhooks and exports through the whole program: receivers that are down, and what may leave.
"""usage: tests/program/webhook.py AMPARO"""

import csv
import hashlib
import hmac
import http.server
import io
import json
import os
import shutil
import sys
import tempfile
import threading

import served
import tap
from served import wait_for

AMPARO = os.path.abspath(sys.argv[1])
ROOT = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))
DIR = tempfile.mkdtemp(prefix="amparo-webhook-test-")


class Receiver:
    def __init__(self):
        self.heard, self.status = [], 204
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.heard.append((dict(self.headers), body))
                self.send_response(receiver.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/secret-path"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bodies(self):
        return [json.loads(body) for _, body in self.heard]


def place_of(name):
    place = served.Server(AMPARO, DIR, name)
    place.desk()
    place.admin = place.user("add", "chief", "--role", "admin", "--token", "--scopes",
                             "read,write,admin").stdout.strip()
    return place


def by_admin(place, method, path, body=None, status=200):
    got, text = place.ask(method, path, body, Authorization="Bearer " + place.admin)
    assert got == status, (got, text)
    return json.loads(text)


def call(place, words="a caller's words"):
    status, text = place.ask("POST", "/v1/calls", {"number": "+000111", "words": words,
                                                   "pos": {"lat": 1.5, "lon": -2.25},
                                                   "place": "=cmd()", "type": "fall"})
    assert status == 201, text
    return json.loads(text)["incident"]["id"]


def verified(secret, heads, body):
    """The recipe of docs/events.md."""
    text = heads["Amparo-Timestamp"].encode() + b"." + body
    wanted = "v1=" + hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return hmac.compare_digest(wanted, heads["Amparo-Signature"])


def events_are_told_signed_in_order_and_without_personal_data():
    receiver, place = Receiver(), place_of("signed")
    made = by_admin(place, "POST", "/v1/webhooks",
                    {"url": receiver.url, "kinds": ["incident", "call-received"], "label": "pager"},
                    201)
    call(place)
    place.ask("POST", "/v1/incidents/I-1/notes", {"text": "not asked for"})
    place.ask("POST", "/v1/incidents/I-1/close", {"text": "a private reason"})
    wait_for("three events", lambda: len(receiver.heard) >= 3)
    kinds = [event["kind"] for event in receiver.bodies()]
    assert kinds == ["incident-opened", "call-received", "incident-closed"], kinds
    seqs = [event["seq"] for event in receiver.bodies()]
    assert seqs == sorted(seqs)
    for heads, body in receiver.heard:
        assert verified(made["secret"], heads, body)
        assert not verified(made["secret"] + "x", heads, body)
        for word in (b"words", b"+000111", b"private", b"sealed", b"lat", b"place"):
            assert word not in body, body
        assert heads["Amparo-Delivery"] == f"{made['webhook']}-{json.loads(body)['seq']}"
    listed = by_admin(place, "GET", "/v1/webhooks")["webhooks"]
    assert len(listed) == 1 and "secret-path" not in json.dumps(listed), listed
    assert made["secret"] not in json.dumps(listed)
    assert place.ask("GET", "/v1/webhooks")[0] == 403
    place.stop()
    words = place.words()
    for secret in (made["secret"], "secret-path"):
        assert secret not in words
        for name in os.listdir(place.data):
            with open(os.path.join(place.data, name), "rb") as file:
                assert secret.encode() not in file.read(), name


def personal_data_go_only_where_an_admin_said_so():
    receiver, place = Receiver(), place_of("personal")
    by_admin(place, "POST", "/v1/webhooks",
             {"url": receiver.url, "kinds": ["all"], "personal": True}, 201)
    call(place)
    wait_for("the call", lambda: len(receiver.heard) >= 2)
    got = receiver.bodies()[1]
    assert got["number"] == "+000111" and got["words"] == "a caller's words", got
    place.stop()


def what_happened_while_either_was_away_is_told_after_a_restart():
    receiver, place = Receiver(), place_of("restart")
    receiver.status = 500
    by_admin(place, "POST", "/v1/webhooks", {"url": receiver.url, "kinds": ["incident-opened"]}, 201)
    call(place)
    wait_for("the first try", lambda: receiver.heard)
    place.kill()
    receiver.status, receiver.heard = 200, []
    place = served.Server(AMPARO, DIR, "restart")
    place.desk(name="later")
    call(place)
    wait_for("both", lambda: len(receiver.heard) >= 2)
    assert [event["incident"] for event in receiver.bodies()][:2] == ["I-1", "I-2"]
    place.stop()


def the_command_line_adds_shows_tries_again_and_removes():
    receiver, place = Receiver(), place_of("typed")

    def typed(*words, **more):
        return served.run(AMPARO, "webhook", *words, "--data", place.data, **more).stdout

    secret = typed("add", receiver.url, "--kinds", "incident, call-received", "--label",
                   "pager").strip()
    assert secret.startswith("whs_"), secret
    call(place)
    wait_for("two events", lambda: len(receiver.heard) >= 2)
    assert all(verified(secret, heads, body) for heads, body in receiver.heard)
    (hook,) = json.loads(typed("list", "--json"))["webhooks"]
    row = typed("list")
    assert row.startswith(hook["id"]) and "incident,call-received" in row, row
    assert "secret-path" not in row and secret not in row and "personal" not in row, row
    assert typed("dead", hook["id"]) == "" and typed("retry", hook["id"]) == ""
    typed("add", receiver.url, status=2)
    typed("add", status=2)
    typed("list", "more", status=2)
    typed("forget", hook["id"], status=2)
    typed("add", "ftp://example.org/", "--kinds", "all", status=1)
    typed("add", receiver.url, "--kinds", "no-such-kind", status=1)
    for wrong in ("../accounts", "0123456789abcdef"):
        typed("remove", wrong, status=1)
    typed("add", receiver.url, "--kinds", "all", "--personal")
    assert "all, personal data too" in typed("list")
    place.stop()
    typed("remove", hook["id"])  # the server is at rest
    (left,) = json.loads(typed("list", "--json"))["webhooks"]
    assert left["personal"] and left["id"] != hook["id"], left
    typed("add", receiver.url, "--kinds", "all", status=1)  # nobody is there who would tell it


def a_webhook_that_makes_no_sense_is_refused():
    place = place_of("refused")
    for body in ({"url": "ftp://x/", "kinds": ["all"]}, {"url": "http://x/", "kinds": []},
                 {"url": "http://x/", "kinds": ["incident-"]}, {"url": "http://x/", "kinds": ["x"]},
                 {"url": "http://x/ y", "kinds": ["all"]}, {"kinds": ["all"]}):
        status, text = place.ask("POST", "/v1/webhooks", body,
                                 Authorization="Bearer " + place.admin)
        assert status == 422, (body, status, text)
    made = by_admin(place, "POST", "/v1/webhooks", {"url": "http://x/", "kinds": ["all"]}, 201)
    assert by_admin(place, "GET", f"/v1/webhooks/{made['webhook']}/dead")["dead"] == []
    by_admin(place, "POST", f"/v1/webhooks/{made['webhook']}/retry")
    by_admin(place, "DELETE", f"/v1/webhooks/{made['webhook']}")
    assert by_admin(place, "GET", "/v1/webhooks")["webhooks"] == []
    place.stop()


def exports_say_no_more_than_was_asked_and_start_no_formula():
    place = place_of("export")
    call(place)
    status, text = place.ask("POST", "/v1/stations",
                             {"station": "S1", "label": "North", "lat": 1.5, "lon": 2.5})
    assert status == 201, text
    status, text = place.ask("POST", "/v1/units",
                             {"unit": "M1", "kind": "ambulance", "capabilities": ["als", "bls"],
                              "station": "S1", "crew": 2})
    assert status == 201, text
    _, heads, text = place.exchange("GET", "/v1/export/incidents.csv")
    assert heads["Content-Type"].startswith("text/csv"), heads
    assert "incidents.csv" in heads["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == 1 and rows[0]["id"] == "I-1" and rows[0]["type"] == "fall", rows
    assert rows[0]["opened"].endswith("Z") and "place" not in rows[0]
    _, text = place.ask("GET", "/v1/export/incidents.csv?personal=yes")
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["place"] == "'=cmd()" and row["lat"] == "1.5000000" and row["lon"] == "-2.2500000"
    _, text = place.ask("GET", "/v1/export/incidents.geojson")
    feature = json.loads(text)["features"][0]
    assert feature["geometry"] is None and "place" not in feature["properties"]
    _, text = place.ask("GET", "/v1/export/incidents.geojson?personal=yes")
    feature = json.loads(text)["features"][0]
    assert feature["geometry"]["coordinates"] == [-2.25, 1.5], feature
    _, text = place.ask("GET", "/v1/export/units.csv")
    row = next(csv.DictReader(io.StringIO(text)))
    assert row["capabilities"] == "als bls" and row["status"] == "available", row
    assert place.ask("GET", "/v1/export/units.geojson")[0] == 200
    assert place.ask("GET", "/v1/export/calls.csv")[0] == 404
    writer = place.user("token", "desk", "--scopes", "write").stdout.strip()
    status, _ = place.ask("GET", "/v1/export/incidents.csv?personal=yes",
                          Authorization="Bearer " + writer)
    assert status == 403
    _, audit = place.ask("GET", "/v1/audit")
    assert "log-viewed" in audit
    made = os.path.join(DIR, "made.csv")
    done = served.run(AMPARO, "export", "incidents", "--data", place.data, "--out", made)
    assert done.stdout == ""
    with open(made, encoding="utf-8") as file:
        assert file.read().startswith("id,state,type")
    assert json.loads(served.run(AMPARO, "export", "units", "--format", "geojson", "--data",
                                 place.data).stdout)["type"] == "FeatureCollection"
    served.run(AMPARO, "export", "calls", "--data", place.data, status=2)
    place.stop()


def every_kind_of_event_is_in_the_documentation():
    with open(os.path.join(ROOT, "src", "model", "event.c"), encoding="utf-8") as file:
        code = file.read().split("amp_command_rows")[0]
    names = [line.split('"')[1] for line in code.splitlines() if "ROW(\"" in line]
    with open(os.path.join(ROOT, "docs", "events.md"), encoding="utf-8") as file:
        text = file.read()
    missing = [name for name in names if f"`{name}`" not in text]
    assert len(names) > 40 and not missing, missing


if __name__ == "__main__":
    try:
        tap.run([
            events_are_told_signed_in_order_and_without_personal_data,
            personal_data_go_only_where_an_admin_said_so,
            what_happened_while_either_was_away_is_told_after_a_restart,
            the_command_line_adds_shows_tries_again_and_removes,
            a_webhook_that_makes_no_sense_is_refused,
            exports_say_no_more_than_was_asked_and_start_no_formula,
            every_kind_of_event_is_in_the_documentation,
        ])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
