#!/usr/bin/env python3
# Positions over MQTT at quality 1 into the server: through the gateway's own door, and through a broker, in one run.
"""usage: bench/mqtt_bench.py AMPARO [SECONDS [CONNECTIONS]]     (defaults: 20 seconds, 500 connections)

Each connection is a name that speaks for 20 devices, as a radio network's gateway does, and each device reports no
oftener than five times a second, which is what the flood filter lets pass for ever. Publishing takes as long as the
acknowledgements do: at most 200 messages of a connection are on their way. At the end every message must have been
accepted by the server. The broker is Debian's mosquitto, with one publisher, as in tests/program/mqtt.py."""

import json
import multiprocessing
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time

ARGS = sys.argv[1:]
if not ARGS:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
AMPARO = os.path.abspath(ARGS[0])
SECONDS = float(ARGS[1]) if len(ARGS) > 1 else 20.0
CONNECTIONS = int(ARGS[2]) if len(ARGS) > 2 else 500
SPEAKS_FOR = 20
WINDOW = 200
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "program"))
import gateway  # noqa: E402  pylint: disable=wrong-import-position
import served  # noqa: E402  pylint: disable=wrong-import-position

DIR = tempfile.mkdtemp(prefix="amparo-mqtt-bench-")


def text(content):
    return len(content).to_bytes(2, "big") + content


def frame(first, body):
    n = len(body)
    return bytes([first, n] if n < 128 else [first, n % 128 | 0x80, n // 128]) + body


def cpu_s(process):
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        field = file.read().rsplit(")", 1)[1].split()
    return (int(field[11]) + int(field[12])) / os.sysconf("SC_CLK_TCK")


def taken(server):
    status, metrics = server.ask("GET", "/metrics")
    assert status == 200, metrics
    return int([x for x in metrics.splitlines() if x.startswith("amparo_positions_total ")][0].split()[1])


class Link:
    """One connection and what it is about to send: each of its devices in turn, a second later every time round."""

    def __init__(self, port, number, password):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        name = f"r{number}".encode()
        body = text(b"MQTT") + b"\4\xc2\0\0" + text(b"bench" + name) + text(name) + text(password.encode())
        self.socket.sendall(bytes([0x10, len(body)]) + body)
        assert self.socket.recv(4) == b"\x20\2\0\0"
        self.socket.setblocking(False)
        self.first = int(time.time()) - 80000
        self.number, self.sent, self.acknowledged, self.rest, self.half = number, 0, 0, b"", 0

    def fill(self):
        """More to send, as far as the window goes."""
        parts = []
        while self.sent - self.acknowledged < WINDOW and len(parts) < 50:
            device, turn = self.sent % SPEAKS_FOR, self.sent // SPEAKS_FOR
            payload = (f'{{"_type":"location","lat":{41 + device * 0.01:.2f},"lon":{-8 + turn * 1e-5:.5f},'
                       f'"tst":{self.first + turn},"acc":5,"vel":40,"cog":90,"tid":"zz"}}').encode()
            self.sent += 1
            parts.append(frame(0x32, text(b"owntracks/r%d/d%d" % (self.number, device)) +
                               (self.sent % 60000 + 1).to_bytes(2, "big") + payload))
        self.rest += b"".join(parts)

    def write(self):
        if self.rest:
            try:
                self.rest = self.rest[self.socket.send(self.rest):]
            except BlockingIOError:
                pass

    def read(self):
        try:
            got = self.half + len(self.socket.recv(1 << 16))
        except BlockingIOError:
            return
        self.acknowledged += got // 4
        self.half = got % 4


def publish(port, passwords, seconds, result):
    """All connections, in a process of its own; tells how many messages were acknowledged, and how long it took."""
    links = [Link(port, i, password) for i, password in enumerate(passwords)]
    poll = selectors.DefaultSelector()
    for link in links:
        poll.register(link.socket, selectors.EVENT_READ, link)
    begin = time.monotonic()
    while True:
        late = time.monotonic() - begin > seconds
        waits = False
        for link in links:
            if not late and link.sent - link.acknowledged <= WINDOW // 2:
                link.fill()
            link.write()
            waits = waits or link.rest or link.acknowledged < link.sent
        if late and not waits:
            break
        for key, _ in poll.select(0.01):
            key.data.read()
    result.put((sum(link.acknowledged for link in links), time.monotonic() - begin))


def server_of(name, units):
    server = served.Server(AMPARO, DIR, name, "--quiet").desk()
    for unit in units:
        assert server.ask("POST", "/v1/units", {"unit": unit, "kind": "ambulance", "capabilities": []})[0] == 201
    return server


def door():
    units = [f"r{i}d{k}" for i in range(CONNECTIONS) for k in range(SPEAKS_FOR)]
    server = server_of("door", units)
    users, devices = os.path.join(DIR, "users"), os.path.join(DIR, "devices.csv")
    passwords = [subprocess.run([AMPARO, "track", "--mqtt-users", users, "--mqtt-add", f"r{i}"], check=True,
                                capture_output=True, text=True).stdout.strip() for i in range(CONNECTIONS)]
    with open(devices, "w", encoding="utf-8") as file:
        file.writelines(f"r{i}/d{k},r{i}d{k}\n" for i in range(CONNECTIONS) for k in range(SPEAKS_FOR))
    gate = gateway.Gateway(AMPARO, "--data", server.data, "--mqtt-listen", "127.0.0.1:0", "--mqtt-users", users,
                           "--devices", devices)
    parts = {"gateway": gate.process, "server": server.process}
    used = {name: cpu_s(process) for name, process in parts.items()}
    result = multiprocessing.Queue()
    publisher = multiprocessing.Process(target=publish, args=(gate.port["mqtt"], passwords, SECONDS, result))
    publisher.start()
    n, took = result.get()
    publisher.join()
    gateway.until("all accepted", lambda: taken(server) == n, 60)
    print(f"own door: {n} positions of {len(units)} devices over {CONNECTIONS} connections in {took:.1f} s: "
          f"{n / took:.0f}/s, lost {n - taken(server)}")
    for name, process in parts.items():
        print(f"  {name}: {(cpu_s(process) - used[name]) / n * 1e6:.1f} us of a core each")
    assert gate.stop() == 0
    assert server.stop() == 0


door()
subprocess.run([sys.executable, os.path.join(os.path.dirname(gateway.__file__), "mqtt.py"), AMPARO, "--sustained",
                "200000"], check=True)
