#!/usr/bin/env python3
# The server against a hostile night: full disk, spoilt journal, a rival on its directory, haste, and curious logs.
"""usage: tests/program/serve.py AMPARO"""

import http.client
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import tap

AMPARO = os.path.abspath(sys.argv[1])
ROOT = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))
DIR = tempfile.mkdtemp(prefix="amparo-serve-test-")
WAIT_S = 30


class Server:
    """One server on one directory; what it says is kept in a file."""

    def __init__(self, name, file_bytes=None):
        self.data, self.said = os.path.join(DIR, name), os.path.join(DIR, name + ".said")

        def limit():
            if file_bytes is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails instead
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        self.process = subprocess.Popen(
            [AMPARO, "serve", "--data", self.data, "--listen", "127.0.0.1:0"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=limit)
        self.lines = []
        self.port = 0
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr),
                                       daemon=True)
        self.reader.start()

    def ask(self, method, path, body=None, **fields):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        try:
            text = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            connection.request(method, path, text, {k.replace("_", "-"): v for k, v in fields.items()})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def words(self):
        self.reader.join(WAIT_S)
        return "".join(self.lines)

    def wait(self):
        return self.process.wait(timeout=WAIT_S)

    def stop(self):
        self.process.terminate()
        return self.wait()


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


def nothing_personal_reaches_the_log_or_the_counters():
    marks = {"number": "+99910MARK1", "name": "MARK2", "words": "MARK3", "place": "MARK4",
             "pos": {"lat": 12.3459876, "lon": 23.4569876}}
    bodies = [marks, {"text": "MARK5"}, {"reason": "MARK6"}, {"outcome": "mark7", "text": "MARK5"},
              {"unit": "MARK8", "kind": "car", "capabilities": []}, b'{"words":"MARK3', b'A"ML=1;MARK9']
    query = "?from=%2B99910MARK1&q=MARK4&at=12.3459876,23.4569876&id=MARK8&lat=12.3459876&lon=23.4569876"
    values = {"incident": "I-1", "unit": "MARK8", "call": "C-1", "closure": "X-1", "format": "aml",
              "z": "1", "x": "1", "y": "1", "file": "MARK2.js"}
    server = Server("marks")
    asked = 0
    for method, path in list(routes()) + [("GET", "/MARK2"), ("PUT", "/v1/units/MARK2")]:
        for body in bodies:
            server.ask(method, re.sub(r"\{(\w+)\}", lambda m: values[m.group(1)], path) + query, body)
            asked += 1
    _, counters = server.ask("GET", "/metrics")
    assert server.stop() == 0
    assert asked > 200 and "amparo_" in counters
    for mark in ("MARK", "mark7", "12.345", "23.456", "99910"):
        assert mark not in counters, mark
        assert mark not in server.words(), mark


def ten_megabytes_get_an_answer():
    server = Server("long")
    status, text = server.ask("POST", "/v1/calls", b'{"words":"' + b"a" * 10_000_000 + b'"}')
    assert status == 413 and json.loads(text)["code"] == "limit", (status, text)
    assert server.stop() == 0


def one_key_from_many_connections_is_one_call():
    server = Server("key")
    answers = at_once(20, lambda i: server.ask("POST", "/v1/calls", {"words": "x"},
                                               Idempotency_Key="k"))
    assert len(answers) == 20
    assert {(s, json.loads(t)["call"]["id"]) for s, t in answers} == {(201, "C-1")}
    assert server.stop() == 0


def one_crew_that_many_desks_send_goes_to_one_incident():
    server = Server("crew")
    server.ask("POST", "/v1/units", {"unit": "M1", "kind": "ambulance", "capabilities": []})
    for _ in range(20):
        server.ask("POST", "/v1/incidents", {})
    answers = at_once(20, lambda i: server.ask("POST", f"/v1/incidents/I-{i + 1}/assignments",
                                               {"unit": "M1"})[0])
    assert sorted(answers) == [200] + [409] * 19, answers
    assert server.stop() == 0


def a_full_disk_is_said_and_loses_nothing():
    server = Server("full", file_bytes=1 << 20)
    taken, status, text = [], 201, ""
    while status == 201 and len(taken) < 5000:
        status, text = server.ask("POST", "/v1/calls", {"words": "w" * 4000})
        if status == 201:
            taken.append(json.loads(text)["call"]["id"])
    assert taken and status == 503, (len(taken), status, text)
    assert server.wait() == 1 and "stopping" in server.words()
    server = Server("full")
    status, text = server.ask("GET", "/v1/incidents?state=all")
    there = {call["id"] for incident in json.loads(text)["incidents"] for call in incident["calls"]}
    assert there >= set(taken) and len(there) <= len(taken) + 1, (len(there), len(taken))
    assert server.ask("POST", "/v1/calls", {})[0] == 201
    assert server.stop() == 0
    subprocess.run([AMPARO, "log", "verify", "--data", server.data], check=True,
                   stdout=subprocess.DEVNULL)


def a_second_server_on_the_directory_is_refused():
    first = Server("rival")
    second = Server("rival")
    assert second.wait() == 1 and "another amparo" in second.words()
    assert first.ask("POST", "/v1/calls", {})[0] == 201
    assert first.stop() == 0


def a_journal_that_is_none_is_refused():
    server = Server("spoilt")
    server.ask("POST", "/v1/calls", {})
    server.stop()
    for content in (os.urandom(8192), b""):
        with open(os.path.join(server.data, "journal.db"), "wb") as file:
            file.write(content)
        again = Server("spoilt")
        assert again.wait() == 1 and "journal.db" in again.words(), again.words()


TESTS = [nothing_personal_reaches_the_log_or_the_counters, ten_megabytes_get_an_answer,
         one_key_from_many_connections_is_one_call,
         one_crew_that_many_desks_send_goes_to_one_incident, a_full_disk_is_said_and_loses_nothing,
         a_second_server_on_the_directory_is_refused, a_journal_that_is_none_is_refused]

try:
    tap.run(TESTS)
finally:
    shutil.rmtree(DIR, ignore_errors=True)
