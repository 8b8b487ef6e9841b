# For tests of partner centres: servers that know each other. Not a test itself.
"""Centre(name).start(...), or two() that are made known to each other."""

import json
import os
import shutil
import socket
import sys
import tempfile

import served

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-centres-test-")
WAIT_S = 90
SCOPES = "read,write,positions,intake,exchange"


def wait_for(what, condition):
    return served.wait_for(what, condition, WAIT_S)


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Centre:
    """A server that knows others; what it needs to know of them is said after all have a port."""

    def __init__(self, name):
        self.name, self.port = name, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.tokens, self.server = {}, None

    def start(self, partners=(), by="value", more=(), args=(), first=()):
        """partners: name, url, token; more: further lines for each, first: above all of them;
        args: of the server"""
        lines = [f"centre = {self.name}.example.org", f"url = {self.url}", *first]
        for name, url, token in partners:
            lines += [f"partner = {name}", f"url = {url}", f"token = {token}", f"by = {by}", *more]
        path = os.path.join(DIR, self.name + ".partners")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        os.chmod(path, 0o600)
        token = self.server.token if self.server else None
        self.server = served.Server(AMPARO, DIR, self.name, "--partners", path, "--listen",
                                    f"127.0.0.1:{self.port}", *args)
        if token:
            self.server.token = token
        else:
            self.server.desk(scopes=SCOPES)
        return self

    def admit(self, name):
        """An account for a partner, and the token that it shows."""
        done = self.server.user("add", name, "--role", "partner", "--token", "--scopes", "exchange")
        return done.stdout.strip()

    def get(self, path, want=200):
        status, text = self.server.ask("GET", path)
        assert status == want, (status, text)
        return json.loads(text)

    def post(self, path, body, want=None):
        status, text = self.server.ask("POST", path, body)
        assert status == want if want else status in (200, 201), (status, text)
        return json.loads(text)

    def incident(self, number):
        return self.get(f"/v1/incidents/{number}")["incident"]

    def open(self):
        return self.get("/v1/incidents")["incidents"]

    def link(self, number):
        links = self.incident(number)["exchange"]
        return links[0] if links else None

    def notes(self, number):
        return [(entry["kind"], entry["text"]) for entry in self.incident(number)["timeline"]
                if entry["kind"] in ("note-added", "partner-note")]

    def journal(self, number):
        return [entry["kind"] for entry in self.incident(number)["timeline"]]


def two(by="value"):
    """North and south, each with a token of the other's."""
    north, south = Centre("north-" + by), Centre("south-" + by)
    north.start()
    south.start()
    for_south, for_north = north.admit("south"), south.admit("north")
    for centre in (north, south):
        assert centre.server.stop() == 0
    north.start([("south", south.url, for_north)], by)
    south.start([("north", north.url, for_south)], by)
    return north, south


def remove():
    shutil.rmtree(DIR, ignore_errors=True)
