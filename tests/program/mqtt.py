#!/usr/bin/env python3
# The gateway as a subscriber at a real broker: none lost, acknowledged when accepted, over TLS, after a crash.
"""usage: tests/program/mqtt.py AMPARO [--sustained N]

Needs Debian's mosquitto; without it each test is skipped, and says so. With --sustained it is a
benchmark: N positions of quality 1, of 1,000 devices, through broker and gateway into the server.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import gateway
import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-mqtt-test-")
BROKER = shutil.which("mosquitto", path=os.environ["PATH"] + ":/usr/sbin")
ABSENT = None if BROKER else "mosquitto is not installed"
DEVICES = 8


class Broker:
    """mosquitto with a free port, and a file for what it keeps."""

    def __init__(self, name, *lines, tls=False):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.dir = os.path.join(DIR, name)
        os.makedirs(self.dir)
        os.chmod(DIR, 0o755)
        self.config = os.path.join(self.dir, "mosquitto.conf")
        wanted = [f"listener {self.port} 127.0.0.1", "max_queued_messages 0", *lines]
        if not any("allow_anonymous" in line for line in lines):
            wanted.append("allow_anonymous true")
        if tls:
            wanted += [f"certfile {self.dir}/cert.pem", f"keyfile {self.dir}/key.pem"]
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
                            "-keyout", f"{self.dir}/key.pem", "-out", f"{self.dir}/cert.pem"],
                           check=True, stderr=subprocess.DEVNULL)
            os.chmod(f"{self.dir}/key.pem", 0o644)  # of a test: the broker gives up its rights first
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("\n".join(wanted) + "\n")
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen([BROKER, "-c", self.config], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        gateway.until("the broker", listens)

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=gateway.LONG_S)


class Publisher:
    """MQTT 3.1.1 by hand: publishes at quality 1 and counts what the broker acknowledges."""

    def __init__(self, broker):
        self.link = socket.create_connection(("127.0.0.1", broker.port), timeout=gateway.LONG_S)
        self.link.sendall(b"\x10\x0d\x00\x04MQTT\x04\x02\x00\x00\x00\x01p")
        assert self.link.recv(4) == b"\x20\x02\x00\x00"
        self.sent, self.acknowledged = 0, 0

    @staticmethod
    def message(topic, payload, number):
        topic, payload = topic.encode(), payload.encode()
        body = len(topic).to_bytes(2, "big") + topic + number.to_bytes(2, "big") + payload
        length, n = b"", len(body)
        while True:
            length += bytes([n % 128 | (0x80 if n >= 128 else 0)])
            n //= 128
            if n == 0:
                return b"\x32" + length + body

    def publish(self, messages, window=2000):
        for at in range(0, len(messages), 200):
            while self.sent - self.acknowledged > window:
                self.acknowledged += len(self.link.recv(65536)) / 4
            part = messages[at:at + 200]
            self.link.sendall(b"".join(self.message(topic, text, (self.sent + i) % 60000 + 1)
                                       for i, (topic, text) in enumerate(part)))
            self.sent += len(part)
        while self.acknowledged < self.sent:
            self.acknowledged += len(self.link.recv(65536)) / 4

    def close(self):
        self.link.close()


def positions(n, devices=DEVICES, start=0):
    """Of so many devices in turn, each a second after its last one, the newest now."""
    first = int(time.time()) - (start + n) // devices
    for i in range(start, start + n):
        yield (f"owntracks/fleet/D{i % devices}",
               json.dumps({"_type": "location", "lat": 41 + i % devices * 0.01,
                           "lon": round(-8 + i // devices * 1e-5, 7), "tst": first + i // devices,
                           "acc": 5, "vel": 40, "cog": 90, "tid": "zz"}))


def server_of(name, devices=DEVICES, prefix="D"):
    server = served.Server(AMPARO, DIR, name, "--quiet").desk()
    for i in range(devices):
        assert server.ask("POST", "/v1/units", {"unit": f"{prefix}{i}", "kind": "ambulance",
                                                "capabilities": []})[0] == 201
    return server


def accepted(server, devices=DEVICES):
    return sum(gateway.reports(server, f"D{i}")["accepted"] for i in range(devices))


def taken(server):
    status, text = server.ask("GET", "/metrics")
    assert status == 200, text
    line = [x for x in text.splitlines() if x.startswith("amparo_positions_total ")][0]
    return int(line.split()[1])


def gate_of(server, broker, *args):
    gate = gateway.Gateway(AMPARO, "--data", server.data, "--mqtt", f"mqtt://127.0.0.1:{broker.port}",
                           *args)
    gateway.until("the subscription", lambda: "subscribed with quality 1" in gate.words())
    return gate


def every_message_of_quality_1_is_accepted_and_counted():
    if ABSENT:
        return ABSENT
    broker, server = Broker("plain"), server_of("plain")
    gate = gate_of(server, broker)
    assert "MQTT 5.0" in gate.words()
    publisher = Publisher(broker)
    publisher.publish(list(positions(4000)))
    gateway.until("all accepted", lambda: accepted(server) == 4000)
    publisher.close()
    assert gate.stop() == 0
    assert server.stop() == 0
    broker.stop()
    return None


def what_was_sent_while_the_gateway_was_killed_comes_when_it_is_back():
    if ABSENT:
        return ABSENT
    broker, server = Broker("crash"), server_of("crash")
    gate = gate_of(server, broker)
    everything = list(positions(3000))
    publisher = Publisher(broker)
    publisher.publish(everything[:1000])
    gate.process.send_signal(signal.SIGKILL)
    gate.process.wait()
    publisher.publish(everything[1000:])
    again = gate_of(server, broker)
    gateway.until("all accepted", lambda: accepted(server) == 3000)
    publisher.close()
    assert again.stop() == 0
    assert server.stop() == 0
    broker.stop()
    return None


def nothing_is_acknowledged_while_the_server_is_away():
    if ABSENT:
        return ABSENT
    broker, server = Broker("away"), server_of("away")
    gate = gate_of(server, broker)
    token = server.token
    assert server.stop() == 0
    publisher = Publisher(broker)
    publisher.publish(list(positions(500)))
    gateway.until("the gateway to notice", lambda: "nothing more is read" in gate.words())
    gate.process.send_signal(signal.SIGKILL)  # what it had read is lost with it, but for the broker
    gate.process.wait()
    server = served.Server(AMPARO, DIR, "away", "--quiet")
    server.token = token
    again = gate_of(server, broker)
    gateway.until("all accepted", lambda: accepted(server) == 500)
    publisher.close()
    assert again.stop() == 0
    assert server.stop() == 0
    broker.stop()
    return None


def a_broker_that_restarts_is_found_again():
    if ABSENT:
        return ABSENT
    broker, server = Broker("restart"), server_of("restart")
    gate = gate_of(server, broker)
    broker.stop()
    broker.start()
    gateway.until("the second subscription", lambda: gate.words().count("subscribed with") == 2)
    publisher = Publisher(broker)
    publisher.publish(list(positions(100)))
    gateway.until("all accepted", lambda: accepted(server) == 100)
    publisher.close()
    assert gate.stop() == 0
    assert server.stop() == 0
    broker.stop()
    return None


def tls_is_spoken_with_a_name_and_password_and_a_stranger_is_not_believed():
    if ABSENT or not shutil.which("openssl"):
        return ABSENT or "openssl is not installed"
    secret = os.path.join(DIR, "login")
    with open(secret, "w", encoding="utf-8") as file:
        file.write("centre:a secret\n")
    passwords = os.path.join(DIR, "passwords")
    subprocess.run([os.path.join(os.path.dirname(shutil.which("mosquitto_passwd") or "/usr/bin/x"),
                                 "mosquitto_passwd"), "-c", "-b", passwords, "centre", "a secret"],
                   check=True)
    os.chmod(passwords, 0o644)
    broker = Broker("tls", "allow_anonymous false", f"password_file {passwords}", tls=True)
    server = server_of("tls")
    url = f"mqtts://localhost:{broker.port}"
    stranger = gateway.Gateway(AMPARO, "--data", server.data, "--mqtt", url)
    gateway.until("the refusal", lambda: "certificate" in stranger.words())
    assert stranger.stop() == 0
    gate = gateway.Gateway(AMPARO, "--data", server.data, "--mqtt", url, "--mqtt-ca",
                           os.path.join(broker.dir, "cert.pem"), "--mqtt-login", secret)
    gateway.until("the subscription", lambda: "subscribed with quality 1" in gate.words())
    assert "a secret" not in gate.words()
    assert gate.stop() == 0
    assert server.stop() == 0
    broker.stop()
    return None


def a_topic_says_whose_position_it_is_and_not_the_message():
    if ABSENT:
        return ABSENT
    broker, server = Broker("topic"), server_of("topic")
    devices = os.path.join(DIR, "phones.csv")
    with open(devices, "w", encoding="utf-8") as file:
        file.write("anna/phone,D1\n")
    gate = gate_of(server, broker, "--devices", devices)
    publisher = Publisher(broker)
    text = json.dumps({"_type": "location", "lat": 41.5, "lon": -8.5, "tst": int(time.time()),
                       "topic": "owntracks/x/D0", "tid": "D0"})
    publisher.publish([("owntracks/anna/phone", text)])
    gateway.until("it to arrive", lambda: gateway.reports(server, "D1")["accepted"] == 1)
    assert gateway.reports(server, "D0")["state"] == "never"
    publisher.close()
    assert gate.stop() == 0
    assert server.stop() == 0
    broker.stop()
    return None


def cpu_s(process):
    """What a process has used of a processor, in seconds."""
    with open(f"/proc/{process.pid}/stat", encoding="utf-8") as file:
        field = file.read().rsplit(")", 1)[1].split()
    return (int(field[11]) + int(field[12])) / os.sysconf("SC_CLK_TCK")


def sustained(n):
    devices = 1000
    broker, server = Broker("bench"), server_of("bench", devices)
    gate = gate_of(server, broker)
    messages = [Publisher.message(topic, text, i % 60000 + 1)
                for i, (topic, text) in enumerate(positions(n, devices))]
    before = taken(server)
    publisher = Publisher(broker)
    parts = {"broker": broker.process, "gateway": gate.process, "server": server.process}
    used = {name: cpu_s(process) for name, process in parts.items()}
    begin = time.monotonic()
    for at in range(0, n, 500):
        while publisher.sent - publisher.acknowledged > 20000:
            publisher.acknowledged += len(publisher.link.recv(1 << 20)) / 4
        publisher.link.sendall(b"".join(messages[at:at + 500]))
        publisher.sent += len(messages[at:at + 500])
    published = time.monotonic() - begin
    gateway.until("all accepted", lambda: taken(server) - before == n, 600)
    took = time.monotonic() - begin
    print(f"{n} positions at quality 1, {devices} devices: published in {published:.1f} s, "
          f"accepted in {took:.1f} s: {n / took:.0f}/s, lost {n - (taken(server) - before)}")
    for name, process in parts.items():
        print(f"  {name}: {(cpu_s(process) - used[name]) / n * 1e6:.1f} us of a core each")
    publisher.close()
    assert gate.stop() == 0
    assert server.stop() == 0
    broker.stop()


if "--sustained" in sys.argv:
    if ABSENT:
        sys.exit(ABSENT)
    sustained(int(sys.argv[sys.argv.index("--sustained") + 1]))
else:
    tap.run([
        every_message_of_quality_1_is_accepted_and_counted,
        what_was_sent_while_the_gateway_was_killed_comes_when_it_is_back,
        nothing_is_acknowledged_while_the_server_is_away,
        a_broker_that_restarts_is_found_again,
        tls_is_spoken_with_a_name_and_password_and_a_stranger_is_not_believed,
        a_topic_says_whose_position_it_is_and_not_the_message,
    ])
