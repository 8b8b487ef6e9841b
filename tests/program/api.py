#!/usr/bin/env python3
# What docs/api.md promises to other systems that hand in calls.
"""usage: tests/program/api.py AMPARO"""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
ROOT = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))
DIR = tempfile.mkdtemp(prefix="amparo-api-test-")
CALL = {"number": "+258840000017", "words": "Smoke", "pos": {"lat": -25.9692, "lon": 32.5732}, "radius_m": 40,
        "confidence_pct": 90, "source": "web"}


def form(name):
    """A server, and the account of the recipe."""
    return served.Server(AMPARO, DIR, name).desk("call-taker", "townform", scopes="write")


def take(server, body, key=None, status=201):
    fields = {"Idempotency_Key": key} if key else {}
    got, heads, text = server.exchange("POST", "/v1/calls", body, **fields)
    assert got == status, (got, text)
    return heads.get("Idempotent-Replay") == "true", text


def incidents(server):
    reader = server.user("add", "reader", "--role", "supervisor", "--token", "--scopes", "read").stdout.strip()
    status, text = server.ask("GET", "/v1/incidents", Authorization="Bearer " + reader)
    assert status == 200, text
    return json.loads(text)["incidents"]


def the_recipe_as_it_is_written_opens_one_incident_however_often_it_is_run():
    if shutil.which("curl") is None:
        return "curl is not installed"
    server = form("recipe")
    with open(os.path.join(ROOT, "docs", "api.md"), encoding="utf-8") as file:
        recipe, = re.findall(r"```sh\n(.*?)```", file.read(), re.S)
    env = dict(os.environ, SERVER=f"http://127.0.0.1:{server.port}", TOKEN=server.token)
    answers = [subprocess.run(["sh", "-c", recipe], env=env, capture_output=True, text=True, timeout=served.WAIT_S,
                              check=True).stdout for _ in range(2)]
    assert answers[0] == answers[1], answers
    answer = json.loads(answers[0])
    call, incident = answer["call"], answer["incident"]
    assert (call["lat"], call["lon"], call["radius_m"], call["confidence_pct"]) == (-25.9692, 32.5732, 40, 90), call
    assert (call["source"], call["fix_time"]) == ("web", "2026-11-20T10:00:00Z"), call
    assert incident["place"] == "Central market, north gate" and answer["duplicates"] == [], answer
    assert [i["id"] for i in incidents(server)] == [incident["id"]]
    server.stop()
    return None


def the_same_key_gives_the_first_answer_also_after_a_restart():
    server = form("again")
    replayed, first = take(server, CALL, "k-1")
    assert not replayed
    assert take(server, CALL, "k-1") == (True, first)
    token = server.token
    server.stop()
    server = served.Server(AMPARO, DIR, "again")
    server.token = token
    replayed, text = take(server, CALL, "k-1")
    assert replayed and json.loads(text)["call"]["id"] == json.loads(first)["call"]["id"], text
    assert len(incidents(server)) == 1
    server.stop()


def without_a_key_each_request_is_a_call_and_the_near_one_is_named():
    server = form("keyless")
    _, first = take(server, CALL)
    _, second = take(server, CALL)
    incident = json.loads(first)["incident"]["id"]
    answer = json.loads(second)
    assert answer["incident"]["id"] != incident
    assert [d["incident"] for d in answer["duplicates"]] == [incident], answer
    _, third = take(server, dict(CALL, incident=incident))
    assert json.loads(third)["incident"]["id"] == incident
    server.stop()


def what_cannot_be_is_refused_with_its_reason_and_opens_nothing():
    server = form("refused")
    take(server, CALL, "k")
    for body, key, status, words in (
            ({"words": "another"}, "k", 422, "used for another request"),
            ({"pos": {"lat": 99, "lon": 0}}, None, 422, "lat 99"), ({"radius_m": -1}, None, 422, "radius_m"),
            ({"fix_time": "yesterday"}, None, 400, "fix_time"), (b"{", None, 400, "JSON"),
            ({"words": "x"}, "k" * 65, 422, "Idempotency-Key")):
        got, _, text = server.exchange("POST", "/v1/calls", body, **({"Idempotency_Key": key} if key else {}))
        assert words in text and got == status, (body, got, text)
    assert len(incidents(server)) == 1
    server.stop()


def the_token_of_the_recipe_takes_calls_and_reads_no_list():
    server = form("scope")
    for method, path, body in (("GET", "/v1/incidents", None), ("GET", "/v1/units", None),
                               ("POST", "/v1/units", {"unit": "Z1", "kind": "ambulance"}),
                               ("POST", "/v1/incidents/I-1/assignments", {"unit": "Z1"})):
        assert server.ask(method, path, body)[0] == 403, path
    server.token = None
    take(server, CALL, status=401)
    server.token = "amp_no-such-token"
    take(server, CALL, status=401)
    server.stop()


if __name__ == "__main__":
    try:
        tap.run([the_recipe_as_it_is_written_opens_one_incident_however_often_it_is_run,
                 the_same_key_gives_the_first_answer_also_after_a_restart,
                 without_a_key_each_request_is_a_call_and_the_near_one_is_named,
                 what_cannot_be_is_refused_with_its_reason_and_opens_nothing,
                 the_token_of_the_recipe_takes_calls_and_reads_no_list])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
