#!/usr/bin/env python3
# Kills the server at random moments under load: what it acknowledged is there afterwards, nothing else is.
"""usage: tests/program/kill9.py AMPARO [--times N] [--threads N] [--seed N]

Clients post calls and notes with idempotency keys and write down every acknowledgement. The server is
killed with SIGKILL and started again; a request that got no answer is repeated with its key. After each
restart:
  every acknowledged call and note is there, once;
  every call that is there was asked for;
  what was erased and acknowledged is erased, and says nothing any more.
Meanwhile the server makes snapshots all the time, and `amparo backup` copies it; every copy that says that
it is one verifies. At the end the record is verified by `amparo log verify`. Prints TAP.
"""

import argparse
import http.client
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

import served

START_S = 30
REQUEST_S = 20
SNAPSHOT_EVERY = 100  # records


class Server:
    """The program under test, started again and again on one directory."""

    def __init__(self, binary, data):
        self.binary, self.data, self.process, self.port = binary, data, None, 0
        self.token, self.admin = None, None

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--quiet",
             "--snapshot-every", str(SNAPSHOT_EVERY), *served.SANDBOX],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        lines = []
        for line in self.process.stderr:
            lines.append(line)
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found and "#setup=" not in line:
                self.port = int(found.group(1))
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return
        raise RuntimeError("the server did not start: " + "".join(lines))

    def account(self):
        """The desk that the clients are, and who erases, with tokens that outlive every kill."""
        self.token = self.token_of("desk", "dispatcher", "read,write")
        self.admin = self.token_of("keeper", "admin", "read,write,admin")

    def token_of(self, name, role, scopes):
        return subprocess.run(
            [self.binary, "user", "add", name, "--role", role, "--token", "--scopes", scopes,
             "--data", self.data], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=START_S)

    def ask(self, method, path, body=None, key=None, token=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=REQUEST_S)
        try:
            headers = {"Content-Type": "application/json", "Authorization": "Bearer " + (token or self.token)}
            if key:
                headers["Idempotency-Key"] = key
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()


class Client(threading.Thread):
    """One desk: keeps what it asked for and what was acknowledged, apart from the server."""

    def __init__(self, server, number, seed):
        super().__init__(daemon=True)
        self.server, self.number = server, number
        self.random = random.Random(seed * 1000 + number)
        self.asked = set()  # marks of calls
        self.calls = {}  # mark -> incident, acknowledged
        self.notes = {}  # mark -> incident, acknowledged
        self.pending = None  # (kind, mark, path, body): asked, no answer yet
        self.count, self.repeats = 0, 0
        self.run_on, self.pause = threading.Event(), threading.Event()
        self.idle = threading.Event()
        self.fault = None

    def next_request(self):
        self.count += 1
        mark = f"mark-{self.number}-{self.count}"
        if self.calls and self.random.random() < 0.4:
            incident = self.random.choice(list(self.calls.values()))
            return "note", mark, f"/v1/incidents/{incident}/notes", {"text": mark}
        self.asked.add(mark)
        return "call", mark, "/v1/calls", {"number": "+999 1", "words": mark}

    def step(self):
        if self.pending is None:
            self.pending = self.next_request()
        kind, mark, path, body = self.pending
        status, answer = self.server.ask("POST", path, body, key=mark)
        if status not in (200, 201):
            self.fault = f"{path} answered {status}: {answer}"
            return
        if kind == "call":
            self.calls[mark] = answer["incident"]["id"]
        else:
            self.notes[mark] = path.split("/")[3]
        self.pending = None

    def run(self):
        while not self.run_on.is_set():
            if self.pause.is_set():
                self.idle.set()
                time.sleep(0.002)
                continue
            self.idle.clear()
            try:
                self.step()
            except (OSError, http.client.HTTPException, ValueError):
                self.repeats += 1
                time.sleep(0.005)
            if self.fault:
                self.idle.set()
                return


class Eraser(Client):
    """Takes calls, closes them and has them erased: what was acknowledged as erased stays so."""

    def __init__(self, server, number, seed):
        super().__init__(server, number, seed)
        self.erased = set()  # incidents, acknowledged
        self.doomed = {}  # mark -> incident: an answer to its erasure is not there yet

    def next_request(self):
        self.count += 1
        mark = f"mark-{self.number}-{self.count}"
        if self.doomed:
            mark, incident = next(iter(self.doomed.items()))
            return "erase", mark, f"/v1/incidents/{incident}/erase", {"reason": "asked"}
        if self.calls:
            mark, incident = self.calls.popitem()
            self.doomed[mark] = incident
            return "close", mark, f"/v1/incidents/{incident}/close", {}
        self.asked.add(mark)
        return "call", mark, "/v1/calls", {"number": "+999 2", "words": mark}

    def step(self):
        if self.pending is None:
            self.pending = self.next_request()
        kind, mark, path, body = self.pending
        token = self.server.admin if kind == "erase" else None
        status, answer = self.server.ask("POST", path, body, key=f"{kind}-{mark}", token=token)
        if status not in (200, 201):
            self.fault = f"{path} answered {status}: {answer}"
            return
        if kind == "call":
            self.calls[mark] = answer["incident"]["id"]
        elif kind == "erase":
            self.erased.add(self.doomed.pop(mark))
        self.pending = None


class Copier(threading.Thread):
    """Makes backups, killed servers or not; a backup that was made is verified."""

    def __init__(self, server, where):
        super().__init__(daemon=True)
        self.server, self.where, self.made, self.fault = server, where, 0, None
        self.run_on = threading.Event()

    def run(self):
        out = os.path.join(self.where, "copy")
        while not self.run_on.wait(0.5) and not self.fault:
            done = subprocess.run([self.server.binary, "backup", "--data", self.server.data, "-o", out],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
            if done.returncode == 0:
                self.made += 1
                verify = subprocess.run([self.server.binary, "log", "verify", "--data", out],
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                        check=False)
                if verify.returncode != 0:
                    self.fault = "a backup does not verify: " + verify.stdout
            for name in os.listdir(self.where):
                shutil.rmtree(os.path.join(self.where, name), ignore_errors=True)


def number_of(incident):
    return int(incident.split("-")[1])


def check_old(server, clients, first):
    """What is older than the newest incidents, which the list ends with, is asked for one by one."""
    faults = []
    for client in clients:
        for mark, incident in client.calls.items():
            if number_of(incident) < first:
                _, answer = server.ask("GET", f"/v1/incidents/{incident}")
                words = [call["words"] for call in answer.get("incident", {}).get("calls", [])]
                if words != [mark]:
                    faults.append(f"acknowledged and lost: {mark} as {incident}, found {words}")
    return faults


def check(server, clients, old=False):
    """Compares the server with what the clients wrote down; a list of sentences, empty when all is well.
    The list shows the newest 10,000; each was checked while it was new, and all are once more at the end."""
    faults = [c.fault for c in clients if c.fault]
    status, answer = server.ask("GET", "/v1/incidents?state=all")
    if status != 200:
        return faults + [f"GET /v1/incidents answered {status}"]
    there = {}
    for incident in answer["incidents"]:
        for call in incident["calls"]:
            if call["words"] is not None:  # of an erased one there are none
                there.setdefault(call["words"], []).append(incident["id"])
    erased = set().union(*(c.erased for c in clients if isinstance(c, Eraser)))
    for incident in answer["incidents"]:
        gone = incident["erased"] is not None and all(c["words"] is None for c in incident["calls"])
        if incident["id"] in erased and not gone:
            faults.append(f"erased and there again: {incident['id']}")
    first = min([number_of(i["id"]) for i in answer["incidents"]], default=0)
    asked = set().union(*(c.asked for c in clients))
    for mark, incidents in there.items():
        if mark not in asked:
            faults.append(f"a call nobody made: {mark}")
        if len(incidents) > 1:
            faults.append(f"a call is there {len(incidents)} times: {mark}")
    for client in clients:
        for mark, incident in client.calls.items():
            if number_of(incident) >= first and there.get(mark) != [incident]:
                faults.append(f"acknowledged and lost: {mark} as {incident}, found {there.get(mark)}")
    return faults + (check_old(server, clients, first) if old else [])


def check_notes(server, clients):
    faults, wanted = [], {}
    for client in clients:
        for mark, incident in client.notes.items():
            wanted.setdefault(incident, set()).add(mark)
    for incident, marks in wanted.items():
        status, answer = server.ask("GET", f"/v1/incidents/{incident}")
        if status != 200:
            faults.append(f"{incident} is gone")
            continue
        texts = [e["text"] for e in answer["incident"]["timeline"] if e["kind"] == "note-added"]
        for mark in marks:
            if texts.count(mark) != 1:
                faults.append(f"note {mark} on {incident} is there {texts.count(mark)} times")
    return faults


def settle(clients, wait=True):
    for client in clients:
        client.idle.clear()
        client.pause.set()
    for client in clients:
        if wait and not client.idle.wait(REQUEST_S * 2):
            raise RuntimeError("a client hangs")


def rounds(server, clients, times, chance):
    faults = []
    for number in range(times):
        time.sleep(chance.uniform(0.02, 0.25))
        server.kill()
        settle(clients)
        server.start()
        faults += check(server, clients)
        if faults:
            print(f"# round {number + 1}: " + "; ".join(faults[:5]))
            break
        for client in clients:
            client.pause.clear()
    settle(clients)
    return faults


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("amparo")
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--threads", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    data = tempfile.mkdtemp(prefix="amparo-kill9-")
    server = Server(options.amparo, data)
    clients = [Client(server, i, options.seed) for i in range(options.threads)]
    eraser = Eraser(server, options.threads, options.seed)
    clients.append(eraser)
    copies = tempfile.mkdtemp(prefix="amparo-kill9-copies-")
    copier = Copier(server, copies)
    results = []
    try:
        server.start()
        server.account()
        for client in clients:
            client.start()
        copier.start()
        faults = rounds(server, clients, options.times, random.Random(options.seed))
        results.append((not faults, "what was acknowledged is there after every kill, and nothing else"))
        for client in clients:
            client.run_on.set()
            client.join(REQUEST_S * 2)
        copier.run_on.set()
        copier.join(REQUEST_S * 2)
        lost = sum("lost" in f or "again" in f for f in faults)
        doubled = sum("times" in f for f in faults)
        faults = check(server, clients, old=True)
        for fault in faults[:5]:
            print(f"# at the end: {fault}")
        results.append((not faults, "at the end all that was acknowledged is there, the oldest as well"))
        results.append((not check_notes(server, clients), "every acknowledged note is there once"))
        results.append((copier.fault is None, "every backup made meanwhile verifies"))
        results.append((len(eraser.erased) > 0, "what was erased and acknowledged stayed erased"))
        acknowledged = sum(len(c.calls) + len(c.notes) for c in clients) + 3 * len(eraser.erased)
        lost += sum("lost" in f or "again" in f for f in faults)
        doubled += sum("times" in f for f in faults)
        print(f"# {options.times} kills, {acknowledged} commands acknowledged ({len(eraser.erased)} "
              f"erasures), {lost} lost, {doubled} doubled; {sum(c.repeats for c in clients)} requests "
              f"broken off, {copier.made} backups")
        results.append((acknowledged >= options.times, "the load was real"))
        results.append((server.stop() == 0, "the server stops cleanly"))
        verify = subprocess.run([options.amparo, "log", "verify", "--data", data],
                                stdout=subprocess.PIPE, text=True, check=False)
        results.append((verify.returncode == 0, "the record verifies"))
    finally:
        if server.process and server.process.poll() is None:
            server.kill()
        shutil.rmtree(data, ignore_errors=True)
        shutil.rmtree(copies, ignore_errors=True)
    print(f"1..{len(results)}")
    for number, (good, sentence) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {sentence}")
    return 0 if all(good for good, _ in results) else 1


if __name__ == "__main__":
    sys.exit(main())
