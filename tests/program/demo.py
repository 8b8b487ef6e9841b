#!/usr/bin/env python3
# The demo by itself: callers ring, crews arrive, incidents close, and the record of it can be checked.
"""usage: tests/program/demo.py AMPARO"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-demo-test-")
DATA = os.path.join(DIR, "data")
LONGEST_S = 90
demo = {}


def get(path):
    with urllib.request.urlopen(demo["url"] + path, timeout=served.WAIT_S) as answer:
        return json.load(answer)


def wait_for(what, found):
    return served.wait_for(what, found, LONGEST_S)


def the_demo_starts_with_nothing_but_its_name():
    process = subprocess.Popen([AMPARO, "demo", "--listen", "127.0.0.1:0", "--speed", "60", "--data",
                                DATA, "--quiet"], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
                               text=True)
    demo["process"] = process
    for line in process.stderr:
        found = re.search(r"http://127\.0\.0\.1:\d+", line)
        if found:
            demo["url"] = found.group(0)
            threading.Thread(target=process.stderr.read, daemon=True).start()
            break
    crews = wait_for("crews", lambda: get("/v1/units")["units"])
    wait_for("all crews", lambda: len(get("/v1/units")["units"]) >= 30)
    assert crews and get("/v1/demo")["auto_dispatch"] is True


def crews_drive():
    def places():
        return {u["id"]: (u["lat"], u["lon"]) for u in get("/v1/units")["units"] if "lat" in u}
    before = wait_for("positions", places)
    wait_for("a crew that moved", lambda: [u for u, at in places().items() if before.get(u, at) != at])


def a_caller_is_helped_without_a_person_at_the_desk():
    def closed():
        return [i for i in get("/v1/incidents?state=closed")["incidents"] if i["outcome"] == "handled"]
    incident = wait_for("a closed incident", closed)[0]
    kinds = [e["kind"] for e in get("/v1/incidents/" + incident["id"])["incident"]["timeline"]]
    for kind in ("call-received", "incident-triaged", "unit-dispatched", "unit-status", "incident-closed"):
        assert kind in kinds, kinds


def a_person_can_take_over():
    request = urllib.request.Request(demo["url"] + "/v1/demo", method="PATCH",
                                     data=json.dumps({"auto_dispatch": False}).encode(),
                                     headers={"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=served.WAIT_S).close()
    assert get("/v1/demo")["auto_dispatch"] is False
    wait_for("a call that waits", lambda: [i for i in get("/v1/incidents?state=open")["incidents"]
                                           if i["state"] == "new"])


def it_stops_when_told():
    demo["process"].terminate()
    assert demo["process"].wait(timeout=30) == 0


def verify(status):
    done = subprocess.run([AMPARO, "log", "verify", "--data", DATA, "--json"], stdout=subprocess.PIPE,
                          text=True, check=False)
    assert done.returncode == status, done.stdout
    return json.loads(done.stdout)


def the_record_verifies():
    answer = verify(0)
    assert answer["ok"] is True and answer["records"] > 50


def one_altered_byte_is_found_and_named():
    base = sqlite3.connect(os.path.join(DATA, "journal.db"))
    tables = [r[0] for r in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    table = next(t for t in tables if "body" in [c[1] for c in base.execute(f"PRAGMA table_info({t})")])
    body = base.execute(f"SELECT body FROM {table} WHERE seq = 40").fetchone()[0]
    raw = bytearray(body if isinstance(body, bytes) else body.encode())
    raw[len(raw) // 2] ^= 1
    base.execute(f"UPDATE {table} SET body = ? WHERE seq = 40", (bytes(raw),))
    base.commit()
    base.close()
    answer = verify(1)
    assert answer["ok"] is False and answer["bad_seq"] == 40, answer


try:
    tap.run([the_demo_starts_with_nothing_but_its_name, crews_drive,
             a_caller_is_helped_without_a_person_at_the_desk, a_person_can_take_over,
             it_stops_when_told, the_record_verifies, one_altered_byte_is_found_and_named])
finally:
    if "process" in demo and demo["process"].poll() is None:
        demo["process"].kill()
    shutil.rmtree(DIR, ignore_errors=True)
