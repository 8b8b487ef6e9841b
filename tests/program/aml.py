#!/usr/bin/env python3
# Advanced Mobile Location from outside: signed forms over HTTPS, and several messages of one call.
"""usage: tests/program/aml.py AMPARO"""

import hashlib
import hmac
import json
import os
import shutil
import sys
import tempfile
import time
import urllib.parse

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-aml-test-")
KEY = os.path.join(DIR, "aml.key")
with open(KEY, "w", encoding="utf-8") as key_file:
    key_file.write("a shared secret\n")
os.chmod(KEY, 0o600)


def form(lat, number="+258841234567", key="a shared secret", **more):
    fields = {"v": "3", "device_number": number, "location_latitude": lat, "location_longitude": "-8.61",
              "location_accuracy": "12.5", "location_source": "gps", **more}
    text = urllib.parse.urlencode(fields)
    if key:
        text += "&hmac=" + hmac.new(key.encode(), text.encode(), hashlib.sha1).hexdigest()
    return text.encode()


def post(server, body, query=""):
    status, text = server.ask("POST", "/v1/intake/aml" + query, body)
    return status, json.loads(text)


def at(server):
    _, text = server.ask("GET", "/v1/incidents?state=all")
    return [(call["number"], call.get("lat")) for i in json.loads(text)["incidents"] for call in i["calls"]]


def only_signed_forms_count_where_there_is_a_key():
    server = served.Server(AMPARO, DIR, "signed", "--aml-key", KEY).desk()
    status, answer = post(server, form("41.15"))
    assert status == 201 and answer["call"]["lat"] == 41.15, answer
    good = form("41.16")
    for wrong in (form("41.16", key=None), form("41.16", key="another"), good.replace(b"41.16", b"41.26"),
                  good + b"0", good[:-1], good[:-1] + b"g", good + b"&v=3", b"v=3&hmac="):
        status, answer = post(server, wrong)
        assert status == 202 and "not signed" in answer["discarded"], (wrong, answer)
    assert post(server, good.replace(good[-40:], good[-40:].upper()))[0] == 200
    text = 'A"ML=1;lt=41.14961;lg=-8.61099;rd=12;top=20261120100000;lc=90;pm=G'
    assert post(server, text.encode(), "?from=%2B258840000009")[0] == 201  # a text message has no signature
    assert sorted(at(server)) == [("+258840000009", 41.14961), ("+258841234567", 41.16)], at(server)
    server.stop()
    with open(os.path.join(server.data, "journal.db"), "rb") as file:
        assert b"a shared secret" not in file.read()


def without_a_key_forms_need_no_signature():
    server = served.Server(AMPARO, DIR, "open").desk()
    assert post(server, form("41.15", key=None))[0] == 201
    assert post(server, form("41.16"))[0] == 200
    server.stop()


def messages_of_one_call_are_fused_by_number_and_device_whatever_their_order():
    server = served.Server(AMPARO, DIR, "fused").desk()
    now = int(time.time() * 1000)
    # a cell first, then satellites, then an older fix that was late, then a cell again
    for lat, accuracy, age_s, want in (("41.10", "2000", 60, 41.10), ("41.15", "10", 40, 41.15),
                                       ("41.12", "900", 50, 41.15), ("41.19", "3000", 0, 41.15)):
        status, answer = post(server, form(lat, key=None, location_accuracy=accuracy, device_imei="353472104343540",
                                           location_time=str(now - age_s * 1000)))
        assert status in (200, 201) and answer["incident"]["lat"] == want, answer
    text = 'A"ML=1;lt=41.15100;lg=-8.61000;rd=8;lc=90;pm=G;ei=353472104343540;ml=71'
    status, answer = post(server, text.encode())  # without a number: by the device
    assert status == 200 and answer["incident"]["id"] == "I-1", answer
    status, answer = post(server, form("41.15", number="00258841234567", key=None))
    assert status == 200 and answer["incident"]["id"] == "I-1", answer
    status, answer = post(server, form("41.15", number="+258849999999", key=None))
    assert status == 201 and answer["incident"]["id"] == "I-2", answer
    server.stop()


def a_late_message_finds_a_call_that_is_over_and_its_incident_open():
    server = served.Server(AMPARO, DIR, "late").desk()
    assert post(server, form("41.15", key=None))[0] == 201
    assert server.ask("POST", "/v1/calls/C-1/end", {})[0] == 200
    status, answer = post(server, form("41.16", key=None))
    assert status == 200 and answer["call"]["id"] == "C-1" and answer["call"]["lat"] == 41.16, answer
    assert server.ask("POST", "/v1/incidents/I-1/close", {"outcome": "no-need"})[0] == 200
    assert post(server, form("41.17", key=None))[0] == 201
    server.stop()


def a_key_that_others_can_read_is_refused():
    path = os.path.join(DIR, "loose.key")
    with open(path, "w", encoding="utf-8") as file:
        file.write("x")
    os.chmod(path, 0o644)
    serve = ["serve", "--store", "memory", "--listen", "127.0.0.1:0", "--aml-key"]
    assert "chmod 600" in served.run(AMPARO, *serve, path, status=1).stderr
    os.chmod(path, 0o600)
    os.truncate(path, 0)
    assert "empty" in served.run(AMPARO, *serve, path, status=1).stderr


if __name__ == "__main__":
    try:
        tap.run([only_signed_forms_count_where_there_is_a_key, without_a_key_forms_need_no_signature,
                 messages_of_one_call_are_fused_by_number_and_device_whatever_their_order,
                 a_late_message_finds_a_call_that_is_over_and_its_incident_open,
                 a_key_that_others_can_read_is_refused])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
