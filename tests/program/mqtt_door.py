#!/usr/bin/env python3
# Phones and trackers publish to the gateway itself: who they are, what is acknowledged, and when.
"""usage: tests/program/mqtt_door.py AMPARO

The client is written here from the standard; where Debian's mosquitto_pub is installed it is tried too."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import gateway
import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-mqtt-door-test-")
SERVER = served.Server(AMPARO, DIR, "server", "--quiet").desk()
USERS = os.path.join(DIR, "users")
DEVICES = os.path.join(DIR, "devices.csv")
TOPIC = "owntracks/M12/phone"


def password_of(name):
    return subprocess.run([AMPARO, "track", "--mqtt-users", USERS, "--mqtt-add", name], check=True,
                          capture_output=True, text=True).stdout.strip()


for unit in ("M12", "M14", "R1", "R2"):
    assert SERVER.ask("POST", "/v1/units", {"unit": unit, "kind": "ambulance", "capabilities": []})[0] == 201
SECRET = {name: password_of(name) for name in ("M12", "M14", "radio")}
OLD_RADIO = SECRET["radio"]
with open(DEVICES, "w", encoding="utf-8") as rows:
    rows.write("radio/one,R1\nradio/two,R2\n")


def text(content):
    return len(content).to_bytes(2, "big") + content


def frame(first, body):
    length, n = b"", len(body)
    while True:
        length += bytes([n % 128 | (0x80 if n >= 128 else 0)])
        n //= 128
        if n == 0:
            return bytes([first]) + length + body


class Phone:
    """A client of MQTT 3.1.1 or 5.0; `answer` is what CONNACK said: session present, code."""

    def __init__(self, gate, name, password=None, version=4, clean=True, client="phone", keepalive=60, tls=None):
        self.version = version
        self.link = socket.create_connection(("127.0.0.1", gate.port["mqtt"]), timeout=gateway.LONG_S)
        if tls:
            self.link = tls.wrap_socket(self.link, server_hostname="localhost")
        flags = (0x02 if clean else 0) | 0xc0
        body = (text(b"MQTT") + bytes([version, flags]) + keepalive.to_bytes(2, "big") +
                (b"\0" if version == 5 else b"") + text(client.encode()) + text(name.encode()) +
                text((SECRET.get(name, "") if password is None else password).encode()))
        self.link.sendall(frame(0x10, body))
        self.kind, content = self.packet()
        self.answer = tuple(content[:2])
        self.number = 0

    def bytes(self, n):
        got = b""
        while len(got) < n:
            part = self.link.recv(n - len(got))
            if not part:
                raise EOFError
            got += part
        return got

    def packet(self):
        first = self.bytes(1)[0]
        n, shift = 0, 0
        while True:
            byte = self.bytes(1)[0]
            n |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return first, self.bytes(n)

    def send(self, payload, quality=1, topic=TOPIC, number=None, again=False):
        self.number = number or self.number + 1
        body = (text(topic.encode()) + (self.number.to_bytes(2, "big") if quality else b"") +
                (b"\0" if self.version == 5 else b"") + payload.encode())
        self.link.sendall(frame(0x30 | quality << 1 | (8 if again else 0), body))
        return self.number

    def publish(self, payload, quality=1, topic=TOPIC):
        """And waits until it is acknowledged, as its quality has it."""
        number = self.send(payload, quality, topic).to_bytes(2, "big")
        if quality == 1:
            assert self.packet() == (0x40, number)
        elif quality == 2:
            assert self.packet() == (0x50, number)
            self.link.sendall(b"\x62\x02" + number)
            assert self.packet() == (0x70, number)

    def ping(self):
        self.link.sendall(b"\xc0\x00")
        assert self.packet() == (0xd0, b"")

    def ended(self):
        try:
            return self.link.recv(1) == b""
        except ConnectionError:
            return True

    def close(self):
        self.link.close()


CLOCK = [int(time.time()) - 20000]


def place(lat=41.5, lon=-8.5, **more):
    CLOCK[0] += 1  # never the same second twice
    return json.dumps({"_type": "location", "lat": lat, "lon": lon, "tst": CLOCK[0], "tid": "M14",
                       "topic": "owntracks/M14/x", **more})


def gate_of(*args, server=None):
    return gateway.Gateway(AMPARO, "--data", (server or SERVER).data, "--mqtt-listen", "127.0.0.1:0",
                           "--mqtt-users", USERS, "--devices", DEVICES, *args)


def accepted(unit, server=None):
    return gateway.reports(server or SERVER, unit)["accepted"]


def comes(unit, n, server=None):
    gateway.until(f"{n} of {unit}", lambda: accepted(unit, server) == n)


def every_quality_is_accepted_in_both_versions_and_the_name_says_who_it_is():
    gate = gate_of()
    n = accepted("M12")
    for version in (4, 5):
        phone = Phone(gate, "M12", version=version)
        assert phone.answer == (0, 0)
        for quality in (1, 2, 0):
            phone.publish(place(), quality)
        phone.ping()
        n += 3
        comes("M12", n)
        phone.close()
    assert accepted("M14") == 0  # neither the topic nor `tid` is believed
    other = Phone(gate, "M12")
    other.publish(place(), topic="owntracks/M14/phone")
    comes("M12", n + 1)
    assert accepted("M14") == 0
    other.close()
    assert gate.stop() == 0


def strangers_are_refused_and_what_is_not_mqtt_is_shut():
    gate = gate_of()
    for name, password, version, answer in (("M12", "wrong", 4, (0, 4)), ("M99", "", 4, (0, 4)), ("", "", 4, (0, 4)),
                                            ("M12", SECRET["M14"], 5, (0, 0x86)), ("M12", None, 6, (0, 1))):
        phone = Phone(gate, name, password, version=version)
        assert phone.answer == answer, (name, version, phone.answer)
        assert phone.ended()
    for garbage in (b"GET / HTTP/1.1\r\n\r\n", b"\x30\x05\0\1aBC", b"\x10\xff\xff\xff\x7f"):
        with socket.create_connection(("127.0.0.1", gate.port["mqtt"]), timeout=gateway.LONG_S) as link:
            link.sendall(garbage)
            try:
                assert link.recv(16) == b""
            except ConnectionError:
                pass
    phone = Phone(gate, "M12")
    phone.publish(place())
    assert gate.stop() == 0
    words = gate.words()
    assert "5 strangers" in words, words
    assert not any(secret in words for secret in SECRET.values())


def what_can_hold_no_position_is_acknowledged_and_passed_over():
    gate = gate_of()
    n = accepted("M12")
    phone = Phone(gate, "M12", version=5)
    for payload, topic in (('{"_type":"lwt","tst":1}', TOPIC), ("", TOPIC), ("no JSON", TOPIC),
                           (place(), "owntracks/M12/phone/event"), (place(), "other/M12/phone")):
        phone.publish(payload, topic=topic)
    phone.link.sendall(frame(0x82, b"\0\1\0" + text(b"owntracks/+/+/cmd") + b"\1"))
    assert phone.packet() == (0x90, b"\0\1\0\0")
    phone.publish(place())
    comes("M12", n + 1)
    phone.close()
    assert gate.stop() == 0


def one_name_speaks_for_the_devices_that_the_file_gives_it():
    gate = gate_of()
    radio = Phone(gate, "radio")
    radio.publish(place(41.1), topic="owntracks/radio/one")
    radio.publish(place(41.2), topic="owntracks/radio/two")
    comes("R1", 1)
    comes("R2", 1)
    radio.close()
    assert gate.stop() == 0


def nothing_is_acknowledged_before_the_server_has_it_and_nothing_acknowledged_is_lost():
    server = served.Server(AMPARO, DIR, "away", "--quiet").desk()
    assert server.ask("POST", "/v1/units", {"unit": "M12", "kind": "ambulance", "capabilities": []})[0] == 201
    token = server.token
    gate = gate_of(server=server)
    phone = Phone(gate, "M12", clean=False)
    assert phone.answer == (0, 0)
    phone.publish(place())
    assert server.stop() == 0
    waiting = [place() for _ in range(20)]
    first = phone.number + 1
    for payload in waiting:
        phone.send(payload)
    gateway.until("the gateway to notice", lambda: "nothing more is read" in gate.words())
    phone.link.settimeout(0.5)
    try:
        assert phone.link.recv(1) is None
    except TimeoutError:
        pass
    gate.process.send_signal(signal.SIGKILL)
    gate.process.wait()
    server = served.Server(AMPARO, DIR, "away", "--quiet")
    server.token = token
    again = gate_of(server=server)
    phone = Phone(again, "M12", clean=False)
    for i, payload in enumerate(waiting):  # as a client does with what was not acknowledged
        phone.send(payload, number=first + i, again=True)
    for i in range(len(waiting)):
        assert phone.packet() == (0x40, (first + i).to_bytes(2, "big"))
    comes("M12", len(waiting), server)
    phone.close()
    assert again.stop() == 0
    assert server.stop() == 0


def a_message_needs_no_name_of_its_own():
    gate = gate_of()
    n = accepted("M12")
    phone = Phone(gate, "M12")
    assert phone.answer == (0, 0)
    for more in ({"tid": "", "topic": ""}, {"tid": "é", "topic": "owntracks/a name of two words"}):
        phone.publish(place(**more))
        n += 1
        comes("M12", n)
    phone.close()
    assert gate.stop() == 0, gate.words()


def a_batch_that_is_longer_than_a_request_goes_in_pieces():
    units = [f"X{i}" for i in range(30)]
    for unit in units:
        assert SERVER.ask("POST", "/v1/units", {"unit": unit, "kind": "ambulance", "capabilities": []})[0] == 201
    with open(DEVICES, "a", encoding="utf-8") as file:
        file.writelines(f"radio/{unit},{unit}\n" for unit in units)
    gate = gate_of()
    phones = [Phone(gate, "radio", client=unit) for unit in units]
    SERVER.process.send_signal(signal.SIGSTOP)
    phones[0].send(place(), topic="owntracks/radio/X0")  # which the gateway waits with
    time.sleep(0.2)
    for unit, phone in zip(units, phones):
        for _ in range(300):
            phone.send(place(), topic=f"owntracks/radio/{unit}")
    SERVER.process.send_signal(signal.SIGCONT)
    for i, phone in enumerate(phones):
        for _ in range(301 if i == 0 else 300):
            assert phone.packet()[0] == 0x40
    assert sum(accepted(unit) for unit in units) == 9001
    assert gate.stop() == 0
    assert "lost" not in gate.words()


def a_client_that_comes_back_finds_its_session_and_ends_its_old_connection():
    gate = gate_of()
    old = Phone(gate, "M12", clean=False)
    assert old.answer == (0, 0)
    new = Phone(gate, "M12", clean=False)
    assert new.answer == (1, 0)
    assert old.ended()
    new.ping()
    other = Phone(gate, "M14", clean=False)  # the same name of a client, of another user
    assert other.answer == (0, 0)
    new.ping()
    clean = Phone(gate, "M12", clean=True)
    assert clean.answer == (0, 0)
    assert Phone(gate, "M12", clean=False).answer == (0, 0)
    nameless = Phone(gate, "M12", client="", version=5)
    assert nameless.answer == (0, 0)
    assert gate.stop() == 0


def who_is_silent_for_longer_than_it_said_is_shut():
    gate = gate_of()
    silent = Phone(gate, "M12", client="a", keepalive=1)
    patient = Phone(gate, "M12", client="b", keepalive=60)
    begin = time.monotonic()
    assert silent.ended()
    assert time.monotonic() - begin >= 1.4
    patient.ping()
    assert gate.stop() == 0


def certificate():
    cert, key = os.path.join(DIR, "cert.pem"), os.path.join(DIR, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "200", "-subj",
                    "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
                   check=True, stderr=subprocess.DEVNULL)
    return cert, key


def over_tls_nobody_hears_the_password():
    if not shutil.which("openssl"):
        return "openssl is not installed"
    cert, key = certificate()
    gate = gate_of("--mqtt-cert", cert, "--mqtt-key", key)
    n = accepted("M12")
    context = ssl.create_default_context(cafile=cert)
    phone = Phone(gate, "M12", tls=context)
    for _ in range(50):
        phone.send(place(note="x" * 2000))
    for _ in range(50):
        assert phone.packet()[0] == 0x40
    comes("M12", n + 50)
    with socket.create_connection(("127.0.0.1", gate.port["mqtt"]), timeout=gateway.LONG_S) as plain:
        plain.sendall(frame(0x10, text(b"MQTT") + b"\4\2\0\x3c" + text(b"x")))
        try:
            got = plain.recv(64)
        except ConnectionError:
            got = b""
        assert not got.startswith(b"\x20"), got  # an alert of TLS, or nothing
    with socket.create_connection(("127.0.0.1", gate.port["mqtt"]), timeout=gateway.LONG_S):
        phone.ping()  # who says nothing hurts nobody
    phone.close()
    assert gate.stop() == 0
    return None


def put(path, content):
    """In place of what is there, as `--mqtt-add` and those who renew certificates do."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(content)
    os.rename(path + ".new", path)


def content_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def hung_up(gate, *words):
    """Tells the gateway to read its files again, and waits until it has said all of these."""
    begin = len(gate.lines)
    gate.process.send_signal(signal.SIGHUP)
    gateway.until(words, lambda: all(word in "".join(gate.lines[begin:]) for word in words))


def a_hangup_reads_names_and_devices_again_and_cuts_nobody_off_who_is_still_there():
    names, devices = content_of(USERS), content_of(DEVICES)
    gate = gate_of()
    stays, leaves, changes = Phone(gate, "M12"), Phone(gate, "M14", client="b"), Phone(gate, "radio", client="c")
    assert Phone(gate, "M15", "").answer == (0, 4)
    before, one, two = accepted("M12"), accepted("R1"), accepted("R2")
    try:
        SECRET["M15"], SECRET["radio"] = password_of("M15"), password_of("radio")
        put(USERS, "".join(row for row in content_of(USERS).splitlines(True) if not row.startswith("M14:")))
        put(DEVICES, "radio/one,R2\nM15,R1\n")
        hung_up(gate, "3 read again; 2 connections are ended", "event=devices")
        assert leaves.ended() and changes.ended()
        stays.publish(place())
        comes("M12", before + 1)
        assert Phone(gate, "M14").answer == (0, 4)
        Phone(gate, "M15", client="d").publish(place())
        Phone(gate, "radio", client="e").publish(place(), topic="owntracks/x/one")
        comes("R1", one + 1)
        comes("R2", two + 1)
        for path, bad, says in ((USERS, "M12:00\n", "line 1"), (DEVICES, "radio/one\n", "event=devices detail=\"line 1")):
            put(path, bad)
            hung_up(gate, says, "what was read before stays in force")
        stays.publish(place())
        Phone(gate, "M15", client="d").publish(place())
        comes("R1", one + 2)
    finally:
        put(USERS, names)
        put(DEVICES, devices)
        SECRET["radio"] = OLD_RADIO
    assert gate.stop() == 0


def a_renewed_certificate_is_shown_to_who_comes_and_the_others_go_on():
    if not shutil.which("openssl"):
        return "openssl is not installed"
    cert, key = certificate()
    gate = gate_of("--mqtt-cert", cert, "--mqtt-key", key)
    phone = Phone(gate, "M12", tls=ssl.create_default_context(cafile=cert))
    first = content_of(cert)
    os.unlink(cert)
    hung_up(gate, "no certificate at", "what was read before stays in force")
    put(cert, first)
    Phone(gate, "M14", client="b", tls=ssl.create_default_context(cafile=cert)).close()
    os.unlink(cert)
    os.unlink(key)
    certificate()
    assert content_of(cert) != first
    hung_up(gate, "event=certificate")
    assert Phone(gate, "M14", client="b", tls=ssl.create_default_context(cafile=cert)).answer == (0, 0)
    n = accepted("M12")
    phone.publish(place())
    comes("M12", n + 1)
    assert gate.stop() == 0
    return None


def mosquitto_pub_is_understood():
    if not shutil.which("mosquitto_pub"):
        return "mosquitto_pub is not installed"
    gate = gate_of()
    n = accepted("M12")
    common = ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(gate.port["mqtt"]), "-u", "M12", "-t", TOPIC]
    for version in ("mqttv31", "mqttv311", "mqttv5"):
        for quality in ("1", "2"):
            subprocess.run([*common, "-V", version, "-q", quality, "-r", "-P", SECRET["M12"], "-m", place()],
                           check=True, timeout=gateway.LONG_S)
            n += 1
    comes("M12", n)
    wrong = subprocess.run([*common, "-P", "wrong", "-m", place()], check=False, timeout=gateway.LONG_S,
                           capture_output=True, text=True)
    assert wrong.returncode != 0 and "user" in wrong.stderr, wrong
    assert gate.stop() == 0
    return None


def names_are_made_and_replaced_and_bad_files_are_refused():
    users = os.path.join(DIR, "others")

    def track(*args):
        return subprocess.run([AMPARO, "track", *served.SANDBOX, *args], check=False, capture_output=True, text=True,
                              timeout=gateway.LONG_S)
    one = track("--mqtt-users", users, "--mqtt-add", "V1")
    two = track("--mqtt-users", users, "--mqtt-add", "V2")
    three = track("--mqtt-users", users, "--mqtt-add", "V1")
    assert (one.returncode, two.returncode, three.returncode) == (0, 0, 0)
    assert len({one.stdout, two.stdout, three.stdout}) == 3
    with open(users, encoding="utf-8") as file:
        assert [row.split(":")[0] for row in file.read().splitlines()] == ["V2", "V1"]
    assert os.stat(users).st_mode & 0o077 == 0
    for bad in ("", "a b", "a/b", "a:b", "#x", "x" * 200):
        assert track("--mqtt-users", users, "--mqtt-add", bad).returncode == 2, bad
    for content in ("V1", "V1:00", "V1:" + "0" * 64 + "\nV1:" + "1" * 64):
        with open(users, "w", encoding="utf-8") as file:
            file.write(content)
        answer = track("--data", SERVER.data, "--mqtt-listen", "127.0.0.1:0", "--mqtt-users", users)
        assert answer.returncode == 1 and users in answer.stderr, answer
        assert track("--mqtt-users", users, "--mqtt-add", "V3").returncode == 1  # and is not written over
        with open(users, encoding="utf-8") as file:
            assert file.read() == content
    lacking = track("--data", SERVER.data, "--mqtt-listen", "127.0.0.1:0")
    assert lacking.returncode == 2 and "--mqtt-users" in lacking.stderr


tap.run([
    every_quality_is_accepted_in_both_versions_and_the_name_says_who_it_is,
    strangers_are_refused_and_what_is_not_mqtt_is_shut,
    what_can_hold_no_position_is_acknowledged_and_passed_over,
    one_name_speaks_for_the_devices_that_the_file_gives_it,
    nothing_is_acknowledged_before_the_server_has_it_and_nothing_acknowledged_is_lost,
    a_message_needs_no_name_of_its_own,
    a_batch_that_is_longer_than_a_request_goes_in_pieces,
    a_client_that_comes_back_finds_its_session_and_ends_its_old_connection,
    who_is_silent_for_longer_than_it_said_is_shut,
    over_tls_nobody_hears_the_password,
    a_hangup_reads_names_and_devices_again_and_cuts_nobody_off_who_is_still_there,
    a_renewed_certificate_is_shown_to_who_comes_and_the_others_go_on,
    mosquitto_pub_is_understood,
    names_are_made_and_replaced_and_bad_files_are_refused,
])
