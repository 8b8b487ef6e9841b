#!/usr/bin/env python3
# The server against a hostile night: full disk, spoilt journal, a rival on its directory, haste, and curious logs.
"""usage: tests/program/serve.py AMPARO"""

import base64
import hmac
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
ROOT = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))
DIR = tempfile.mkdtemp(prefix="amparo-serve-test-")
WAIT_S = 30


def Server(name, **more):  # pylint: disable=invalid-name
    return served.Server(AMPARO, DIR, name, **more)


def at_once(n, do):
    answers = []
    threads = [threading.Thread(target=lambda i=i: answers.append(do(i))) for i in range(n)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT_S)
    return answers


def routes():
    path = None
    with open(os.path.join(ROOT, "docs", "openapi.yaml"), encoding="utf-8") as file:
        for line in file:
            found = re.match(r"  (/\S*):", line)
            path = found.group(1) if found else path
            found = re.match(r"    (get|post|patch|delete):", line)
            if found and path != "/v1/events":
                yield found.group(1).upper(), path


class Marks:
    """What was sent and must not be found: as it is, as hexadecimal digits, as base64."""

    def __init__(self):
        self.texts = {}

    def add(self, name, text):
        self.texts[name] = text.encode()
        return text

    def forms(self):
        for name, text in self.texts.items():
            yield name, text
            yield name + " in hexadecimal", text.hex().encode()
            for shift in range(3):
                whole = base64.b64encode(b"x" * shift + text)
                part = whole[4 if shift else 0:len(whole) // 4 * 4 - 4]
                if len(part) >= 8:
                    yield name + " in base64", part

    def secret(self, name, text):
        """Something that is shown: the text, and the bytes that it stands for."""
        self.add(name, text)
        if text.startswith("amp_"):
            text = text[4:]
        raw = (base64.b32decode(text) if re.fullmatch(r"[A-Z2-7]{32}", text)
               else base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        self.texts[name + " (bytes)"] = raw

    def absent(self, where, content):
        for name, form in self.forms():
            assert form not in content, f"{name} is in {where}"


MARKED = {"number": "+99910777001", "name": "MARKNAME", "words": "MARKWORDS", "place": "MARKPLACE",
          "pos": {"lat": 12.3459876, "lon": 23.4569876}}
BODIES = [MARKED, {"text": "MARKTEXT"}, {"reason": "MARKREASON"}, {"outcome": "false", "text": "MARKTEXT"},
          {"unit": "U8", "kind": "car", "capabilities": []}, {"reason": "MARKREASON", "status": "out-of-service"},
          {"site": {"lat": 41.1, "lon": -8.6}, "reason": "MARKREASON"}, {"device": "MARKDEVICE"},
          {"url": "http://127.0.0.1:9/MARKTEXT", "kinds": ["incident"]},
          {"from": "+99910777001", "text": "MARKTEXT"},
          {"account": "MARKNAME", "password": "MARKPASSWORD"}, {"unit": "U8"},
          b'{"words":"MARKWORDS', b'A"ML=1;MARKWORDS', b'A"ML=1;lt=+12.3459876;lg=23.4569876;rd=5']
QUERY = ("?from=%2B99910777001&q=MARKPLACE&at=12.3459876,23.4569876&id=U8&lat=12.3459876&lon=23.4569876"
         "&reason=MARKREASON")
VALUES = {"incident": "I-1", "unit": "U8", "call": "C-1", "closure": "X-1", "format": "aml",
          "z": "1", "x": "1", "y": "1", "file": "MARKNAME.js", "path": "0/000", "account": "none",
          "session": "0", "token": "0", "agency": "none", "webhook": "0",
          "hospital": "none", "link": "1", "medium": "1", "upload": "1", "what": "text", "warning": "W-1"}


def everything_is_sent(server, tokens):
    """Every route, every body, every role; the count of requests."""
    asked = 0
    others = [("GET", "/MARKNAME"), ("PUT", "/v1/units/MARKNAME"), ("GET", "/v1/incidents/MARKNAME")]
    for method, path in list(routes()) + others:
        filled = re.sub(r"\{(\w+)\*?\}", lambda m: VALUES[m.group(1)], path) + QUERY
        for body in BODIES:
            for token in tokens:
                status, text = server.ask(method, filled, body, Authorization="Bearer " + token)
                assert status != 429 or path in ("/v1/session", "/v1/setup"), text
                asked += 1
    return asked


def credentials_are_used(server, marks):
    """Links, passwords, sessions, tokens and second factors, the right and the wrong ones."""
    def json_of(answer):
        status, heads, text = answer
        assert status in (200, 201), (status, text)
        return heads, json.loads(text)
    marks.secret("the first link", server.link)
    for wrong in ("MARKPASSWORD", marks.add("a password", "MARKPASSWORD-right")):
        server.ask("POST", "/v1/session", {"account": wrong, "password": "MARKPASSWORD-wrong"})
    heads, _ = json_of(server.exchange("POST", "/v1/setup", {"token": server.link,
                                                             "password": "MARKPASSWORD-right"}))
    cookie = heads["Set-Cookie"].split(";")[0]
    marks.secret("a session", cookie.split("=")[1])
    _, made = json_of(server.exchange("POST", "/v1/accounts", {"account": "ana", "role": "dispatcher"},
                                      Cookie=cookie))
    marks.secret("a link", made["setup"]["token"])
    _, made = json_of(server.exchange("POST", "/v1/tokens", {"label": "x", "scopes": ["read", "admin"]},
                                      Cookie=cookie))
    marks.secret("a token", made["secret"])
    server.ask("GET", "/v1/units?token=" + made["secret"])
    _, offered = json_of(server.exchange("POST", "/v1/totp", {"password": "MARKPASSWORD-right"},
                                         Cookie=cookie))
    marks.secret("a second factor", offered["secret"])
    code = totp(offered["secret"])
    assert server.ask("POST", "/v1/totp/confirm", {"code": code}, Cookie=cookie)[0] == 204
    server.ask("POST", "/v1/password", {"old": "MARKPASSWORD-right", "new": "MARKPASSWORD-newer"},
               Cookie=cookie)
    return [made["secret"]]


def totp(secret):
    now = int(time.time()) // 30
    mac = hmac.new(base64.b32decode(secret), now.to_bytes(8, "big"), "sha1").digest()
    at = mac[-1] & 15
    return f"{(int.from_bytes(mac[at:at + 4], 'big') & 0x7fffffff) % 1000000:06}"


def files_of(data):
    for folder, _, names in os.walk(data):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    yield name, file.read()


def nothing_personal_reaches_the_log_the_counters_or_a_file_in_clear():
    marks = Marks()
    for text in ("99910777001", "MARKNAME", "MARKWORDS", "MARKPLACE", "MARKTEXT", "MARKREASON",
                 "MARKDEVICE", "MARKPASSWORD", "12.3459", "23.4569", "123459876", "234569876"):
        marks.add(text, text)
    server = Server("marks")
    tokens = credentials_are_used(server, marks)
    for role in ("supervisor", "dispatcher", "auditor"):
        tokens.append(server.user("add", role, "--role", role, "--token", "--scopes",
                                  served.ALL_SCOPES).stdout.strip())
    for number, token in enumerate(tokens):
        marks.secret(f"token {number}", token)
    server.token = tokens[1]
    server.ask("POST", "/v1/calls", dict(MARKED, device="MARKDEVICE"))
    asked = everything_is_sent(server, tokens)
    _, counters = server.ask("GET", "/metrics")
    _, told = server.ask("GET", "/v1/incidents?state=all")
    assert "MARKWORDS" in told and "99910777001" in told  # who may know is told
    for name, content in files_of(server.data):
        marks.absent(name, content)
    assert server.stop() == 0
    assert asked > 3000 and "amparo_" in counters, asked
    for name, content in files_of(server.data):
        marks.absent(name, content)
    said = server.words().replace(server.link, "").encode()  # told once, to who started it
    marks.absent("the log", said)
    marks.absent("the counters", counters.encode())
    print(f"# {asked} requests, {len(list(marks.forms()))} forms of marks")


def ten_megabytes_get_an_answer():
    server = Server("long").desk()
    status, text = server.ask("POST", "/v1/calls", b'{"words":"' + b"a" * 10_000_000 + b'"}')
    assert status == 413 and json.loads(text)["code"] == "limit", (status, text)
    assert server.stop() == 0


def one_key_from_many_connections_is_one_call():
    server = Server("key").desk()
    answers = at_once(20, lambda i: server.ask("POST", "/v1/calls", {"words": "x"},
                                               Idempotency_Key="k"))
    assert len(answers) == 20
    assert {(s, json.loads(t)["call"]["id"]) for s, t in answers} == {(201, "C-1")}
    assert server.stop() == 0


def one_crew_that_many_desks_send_goes_to_one_incident():
    server = Server("crew").desk()
    server.ask("POST", "/v1/units", {"unit": "M1", "kind": "ambulance", "capabilities": []})
    for _ in range(20):
        server.ask("POST", "/v1/incidents", {})
    answers = at_once(20, lambda i: server.ask("POST", f"/v1/incidents/I-{i + 1}/assignments",
                                               {"unit": "M1"})[0])
    assert sorted(answers) == [200] + [409] * 19, answers
    assert server.stop() == 0


def a_full_disk_is_said_and_loses_nothing():
    server = Server("full", file_bytes=1 << 20).desk()
    taken, status, text = [], 201, ""
    while status == 201 and len(taken) < 5000:
        status, text = server.ask("POST", "/v1/calls", {"words": "w" * 4000})
        if status == 201:
            taken.append(json.loads(text)["call"]["id"])
    assert taken and status == 503, (len(taken), status, text)
    assert server.wait() == 1 and "stopping" in server.words()
    token, server = server.token, Server("full")
    server.token = token
    status, text = server.ask("GET", "/v1/incidents?state=all")
    there = {call["id"] for incident in json.loads(text)["incidents"] for call in incident["calls"]}
    assert there >= set(taken) and len(there) <= len(taken) + 1, (len(there), len(taken))
    assert server.ask("POST", "/v1/calls", {})[0] == 201
    assert server.stop() == 0
    subprocess.run([AMPARO, "log", "verify", "--data", server.data], check=True,
                   stdout=subprocess.DEVNULL)


def a_second_server_on_the_directory_is_refused():
    first = Server("rival").desk()
    second = Server("rival")
    assert second.wait() == 1 and "another amparo" in second.words()
    assert first.ask("POST", "/v1/calls", {})[0] == 201
    assert first.stop() == 0


def a_journal_that_is_none_is_refused():
    server = Server("spoilt").desk()
    server.ask("POST", "/v1/calls", {})
    server.stop()
    for content in (os.urandom(8192), b""):
        with open(os.path.join(server.data, "journal.db"), "wb") as file:
            file.write(content)
        again = Server("spoilt")
        assert again.wait() == 1 and "journal.db" in again.words(), again.words()


def map_made(seed):
    town, made = os.path.join(DIR, "town.osm.pbf"), os.path.join(DIR, "made.amap")
    served.run(AMPARO, "map", "synth", "-o", town, "--seed", str(seed))
    served.run(AMPARO, "map", "build", town, "-o", made)
    return made


def a_new_map_comes_into_force_at_a_signal_and_a_bad_one_does_not():
    live = os.path.join(DIR, "live.amap")
    os.rename(map_made(1), live)
    server = served.Server(AMPARO, DIR, "moved", "--map", live).desk()
    version = lambda: json.loads(server.ask("GET", "/v1/map")[1])["version"]
    before = version()
    os.rename(map_made(2), live)
    server.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + WAIT_S
    while version() == before:
        assert time.monotonic() < until, server.lines
        time.sleep(0.05)
    after = version()
    with open(live + ".bad", "wb") as file:
        file.write(b"no map at all" * 1000)
    os.rename(live + ".bad", live)
    server.process.send_signal(signal.SIGHUP)
    while not any("stays in force" in line for line in server.lines):
        assert time.monotonic() < until, server.lines
        time.sleep(0.05)
    assert version() == after
    assert server.stop() == 0


TESTS = [nothing_personal_reaches_the_log_the_counters_or_a_file_in_clear, ten_megabytes_get_an_answer,
         one_key_from_many_connections_is_one_call,
         one_crew_that_many_desks_send_goes_to_one_incident, a_full_disk_is_said_and_loses_nothing,
         a_second_server_on_the_directory_is_refused, a_journal_that_is_none_is_refused,
         a_new_map_comes_into_force_at_a_signal_and_a_bad_one_does_not]

try:
    tap.run(TESTS)
finally:
    shutil.rmtree(DIR, ignore_errors=True)
