#!/usr/bin/env python3
# Texts to and from callers through the whole program: gateways that are down, slow, forgetful and repetitive.
"""usage: tests/program/sms.py AMPARO"""

import base64
import http.server
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

import served
import tap
from served import wait_for

AMPARO = os.path.abspath(sys.argv[1])
ROOT = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))
DIR = tempfile.mkdtemp(prefix="amparo-sms-test-")
ADAPTERS = os.path.join(ROOT, "packaging", "sms")
WAIT_S = 60
CALLER = "+000 84 777 1"
PLAIN = "+000847771"


class Gateway:
    """What a gateway hears; it answers as `status` says, and not at all while `deaf`."""

    def __init__(self):
        self.heard, self.status, self.body = [], 202, b"0: Accepted for delivery"
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self):
                length = int(self.headers.get("Content-Length") or 0)
                gateway.heard.append((self.command, self.path, dict(self.headers),
                                      self.rfile.read(length)))
                self.send_response(gateway.status)
                self.send_header("Content-Length", str(len(gateway.body)))
                self.end_headers()
                self.wfile.write(gateway.body)

            do_GET = do_POST = answer

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def queries(self):
        return [dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(path).query))
                for _, path, _, _ in self.heard]


def settings(name, *lines, mode=0o600):
    path = os.path.join(DIR, name + ".sms")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    os.chmod(path, mode)
    return path


def server(name, *args):
    return served.Server(AMPARO, DIR, name, *args)


def taken(place, **fields):
    status, text = place.ask("POST", "/v1/sms", urllib.parse.urlencode(fields).encode())
    assert status in (200, 201), (status, text)
    return json.loads(text)


def incident(place, number):
    status, text = place.ask("GET", f"/v1/incidents/{number}")
    assert status == 200, text
    return json.loads(text)["incident"]


def texts(place, number):
    return incident(place, number)["texts"][::-1]


def states(place, number):
    return [text["state"] for text in texts(place, number)]


def write(place, number, text, status=201):
    got, answer = place.ask("POST", f"/v1/incidents/{number}/texts", {"text": text})
    assert got == status, answer
    return json.loads(answer)


def a_text_opens_an_incident_later_ones_join_it_and_each_counts_once():
    place = server("joins").desk()
    first = taken(place, **{"from": CALLER, "text": "fire at the mill", "id": "a1"})
    again = taken(place, **{"from": CALLER, "text": "fire at the mill", "id": "a1"})
    assert first["incident"] == again["incident"], again
    second = taken(place, **{"from": "00" + PLAIN[1:], "text": "it spreads", "time": "1700000000"})
    taken(place, **{"from": "00" + PLAIN[1:], "text": "it spreads", "time": "1700000000"})
    for _ in range(3):  # neither id nor time
        taken(place, **{"from": CALLER, "text": "hurry"})
    assert second["incident"] == first["incident"]
    assert [t["text"] for t in texts(place, first["incident"])] == [
        "fire at the mill", "it spreads", "hurry"]
    other = taken(place, **{"from": "+000555", "text": "help", "id": "a1"})
    assert other["incident"] != first["incident"]
    place.ask("POST", f"/v1/incidents/{first['incident']}/close", {})
    third = taken(place, **{"from": CALLER, "text": "again", "id": "a9"})
    assert third["incident"] not in (first["incident"], other["incident"])
    place.stop()
    place = server("joins")  # and nothing of it is forgotten
    place.desk(name="later")
    assert len(texts(place, first["incident"])) == 3
    assert taken(place, **{"from": CALLER, "text": "fire at the mill", "id": "a1"})[
        "incident"] == first["incident"]
    assert len(texts(place, first["incident"])) == 3
    place.stop()


def a_gateway_that_asks_a_url_is_heard_in_every_alphabet_and_answered_with_nothing():
    place = server("kannel-in").desk()
    token = place.user("token", "desk", "--scopes", "intake").stdout.strip()
    place.token, desk = None, place.token

    def ask(query):
        status, text = place.ask("GET", f"/v1/sms?token={token}&from=%2B000111&" + query)
        assert (status, text) == (200, ""), (status, text)

    def part(ref, total, index, words):
        udh = "".join(f"%{byte:02X}" for byte in (5, 0, 3, ref, total, index))
        raw = urllib.parse.quote(words.encode("utf-16-be"))
        ask(f"coding=2&udh={udh}&id=p{index}&text={raw}")
    ask("coding=0&id=k1&text=" + urllib.parse.quote("[é€] plain"))
    part(7, 3, 3, "🚑!")
    part(7, 3, 1, "Пожар, ")
    place.token = desk
    assert [(t["text"], t["missing"]) for t in texts(place, "I-1")] == [
        ("[é€] plain", 0), ("Пожар, …🚑!", 1)]
    place.token = None
    part(7, 3, 2, "火事です")
    part(7, 3, 2, "火事です")
    place.token = desk
    assert [t["text"] for t in texts(place, "I-1")] == ["[é€] plain", "Пожар, 火事です🚑!"]
    place.token = None
    assert place.ask("GET", "/v1/sms?token=amp_wrong&from=1&text=x")[0] == 401
    assert place.ask("GET", "/v1/sms?from=1&text=x")[0] == 401
    status, _ = place.ask("GET", f"/v1/incidents?token={token}")
    assert status == 401, "the token opens nothing but the door"
    place.stop()


def an_aml_message_at_this_door_places_the_caller():
    place = server("aml").desk()
    taken(place, **{"from": PLAIN, "text": "help", "id": "1"})
    aml = ('A"ML=1;lt=+41.14961;lg=-8.61099;rd=20;top=20261123100000;lc=90;pm=G;'
           'si=000000000000000;ei=000000000000000;mcc=268;mnc=01;ml=')
    aml += str(len(aml) + 3)
    status, text = place.ask("POST", "/v1/sms",
                             urllib.parse.urlencode({"from": PLAIN, "text": aml, "id": "2"}).encode())
    assert status == 200, text
    got = incident(place, "I-1")
    assert abs(got["lat"] - 41.14961) < 1e-5, got
    assert len(got["texts"]) == 1 and len(got["calls"]) == 1, got
    place.stop()


def an_answer_is_sent_retried_while_the_gateway_is_down_and_reported():
    kannel = Gateway()
    kannel.status = 503
    path = settings("kannel", "way = kannel", f"url = http://127.0.0.1:{kannel.port}/cgi-bin/sendsms",
                    "username = amparo", "password = se cret&", "from = 112",
                    "dlr-url = http://127.0.0.1:1/v1/sms/delivery?token=t")
    place = server("out", "--sms", path).desk()
    taken(place, **{"from": CALLER, "text": "help", "id": "1"})
    write(place, "I-1", "Onde está? 🚑")
    wait_for("the first try", lambda: kannel.heard)
    assert states(place, "I-1") == ["received", "queued"]
    kannel.status = 202
    wait_for("sent", lambda: states(place, "I-1") == ["received", "sent"])
    last = kannel.queries()[-1]
    assert last["to"] == PLAIN and last["text"] == "Onde está? 🚑" and last["coding"] == "2", last
    assert last["password"] == "se cret&" and last["charset"] == "UTF-8", last
    assert last["dlr-url"].endswith("&message=2&status=%d") and last["dlr-mask"] == "27", last
    write(place, "I-1", "a plain text")
    wait_for("sent", lambda: states(place, "I-1")[2] == "sent")
    assert kannel.queries()[-1]["coding"] == "0"
    for _ in range(2):
        assert place.ask("GET", "/v1/sms/delivery?message=2&status=1")[0] == 200
    assert place.ask("GET", "/v1/sms/delivery?message=3&status=16")[0] == 200
    assert states(place, "I-1") == ["received", "delivered", "failed"]
    kannel.status = 403
    write(place, "I-1", "refused")
    wait_for("refused", lambda: states(place, "I-1")[3] == "failed")
    assert texts(place, "I-1")[3]["label"] == "refused-403"
    words = []
    place.stop()
    words.append(place.words())
    for secret in ("se cret", "se%20cret", PLAIN, "Onde"):
        assert secret not in words[0], words[0]


def what_was_written_while_the_program_was_killed_is_sent_after_the_start():
    gateway = Gateway()
    gateway.status = 500
    path = settings("http", "way = http", f"url = http://127.0.0.1:{gateway.port}/send",
                    "token = abc")
    place = server("killed", "--sms", path).desk()
    taken(place, **{"from": CALLER, "text": "help", "id": "1"})
    write(place, "I-1", "stay where you are")
    wait_for("the first try", lambda: gateway.heard)
    place.kill()
    gateway.status, gateway.heard = 200, []
    place = server("killed", "--sms", path).desk(name="later")
    wait_for("sent", lambda: states(place, "I-1") == ["received", "sent"])
    _, _, heads, body = gateway.heard[0]
    assert heads["Authorization"] == "Bearer abc"
    assert heads["Idempotency-Key"] == "amparo-text-2", heads
    assert json.loads(body) == {"id": 2, "to": PLAIN, "text": "stay where you are", "parts": 1}
    place.stop()


def the_courier_is_started_again_when_it_dies():
    gateway = Gateway()
    path = settings("dies", "way = http", f"url = http://127.0.0.1:{gateway.port}/send")
    place = server("dies", "--sms", path).desk()
    taken(place, **{"from": CALLER, "text": "help", "id": "1"})

    def children(pid):
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            return [int(child) for child in file.read().split()]
    try:
        keeper = children(place.process.pid)[0]
        worker = wait_for("the courier", lambda: children(keeper))[0]
    except (FileNotFoundError, IndexError):
        place.stop()
        return "this kernel does not list children"
    os.kill(worker, 9)
    write(place, "I-1", "are you there?")
    wait_for("sent", lambda: states(place, "I-1") == ["received", "sent"])
    place.kill()
    wait_for("the courier's end", lambda: not os.path.exists(f"/proc/{keeper}"))
    return None


def settings_that_others_may_read_or_that_make_no_sense_stop_the_start():
    url = "url = http://127.0.0.1:9/x"
    for name, lines, mode in (("open", ("way = http", url), 0o644),
                              ("way", ("way = pigeon", url), 0o600),
                              ("nowhere", ("way = kannel",), 0o600),
                              ("file", ("way = http", "url = file:///etc/passwd"), 0o600)):
        path = settings("bad-" + name, *lines, mode=mode)
        done = subprocess.run([AMPARO, "serve", "--data", os.path.join(DIR, "bad-" + name), "--listen",
                               "127.0.0.1:0", "--sms", path, *served.SANDBOX], capture_output=True,
                              text=True, timeout=WAIT_S, check=False)
        assert done.returncode == 1, (name, done.stderr)


def environment(place, spool, **more):
    return {**os.environ, "AMPARO_URL": f"http://127.0.0.1:{place.port}", "AMPARO_TOKEN": place.token,
            "AMPARO_SPOOL": spool, **more}


def adapter(name, env, *args):
    return subprocess.run([os.path.join(ADAPTERS, name), *args], env=env, capture_output=True,
                          text=True, timeout=WAIT_S, check=False)


def spooled(spool):
    return [name for name in os.listdir(spool) if not name.startswith(".")]


def the_hook_of_gammu_smsd_loses_nothing_while_the_server_is_away():
    if not shutil.which("curl"):
        return "there is no curl"
    place = server("gammu").desk()
    spool = os.path.join(DIR, "spool")
    away = environment(place, spool, AMPARO_URL="http://127.0.0.1:9", SMS_MESSAGES="1",
                       SMS_1_NUMBER=PLAIN, SMS_1_TEXT="first & é", PHONE_ID="usb0",
                       DECODED_PARTS="0")
    done = adapter("amparo-gammu-receive", away, "IN20261126_100000_00_X_00.txt")
    assert done.returncode == 0, done.stderr
    assert len(spooled(spool)) == 1
    assert stat.S_IMODE(os.stat(spool).st_mode) == 0o700
    two = environment(place, spool, SMS_MESSAGES="2", SMS_1_NUMBER=PLAIN, SMS_1_TEXT="a long",
                      SMS_2_NUMBER=PLAIN, SMS_2_TEXT=" one", PHONE_ID="usb0", DECODED_PARTS="1",
                      DECODED_1_TEXT="a long one")
    done = adapter("amparo-gammu-receive", two, "IN2.txt", "IN3.txt")
    assert done.returncode == 0, done.stderr
    assert not spooled(spool), spooled(spool)
    assert [t["text"] for t in texts(place, "I-1")] == ["first & é", "a long one"]
    adapter("amparo-gammu-receive", two, "IN2.txt", "IN3.txt")  # once more
    assert len(texts(place, "I-1")) == 2
    # gammu-smsd found parts, and no text in them: what it has of each message is kept
    odd = environment(place, spool, SMS_MESSAGES="1", SMS_1_NUMBER=PLAIN, SMS_1_TEXT="a card",
                      PHONE_ID="usb0", DECODED_PARTS="1", DECODED_1_TEXT="",
                      SMS_1_TIMESTAMP=str(int(time.time()) - 1800))
    done = adapter("amparo-gammu-receive", odd, "IN4.txt")
    assert done.returncode == 0, done.stderr
    last = texts(place, "I-1")[-1]
    assert last["text"] == "a card", last
    place.stop()
    return None


def the_outbox_is_emptied_by_gammu_smsd_inject():
    if not shutil.which("curl"):
        return "there is no curl"
    place = server("outbox").desk()
    taken(place, **{"from": CALLER, "text": "help", "id": "1"})
    write(place, "I-1", "Vem já; \"fica\" $HOME 🚑")
    _, text = place.ask("GET", "/v1/sms/outbox")
    number, to, alphabet, words = text.split()
    assert (number, to, alphabet) == ("2", PLAIN, "ucs2")
    assert base64.b64decode(words).decode() == "Vem já; \"fica\" $HOME 🚑"
    program = os.path.join(DIR, "inject")
    with open(program, "w", encoding="utf-8") as file:
        file.write('#!/bin/sh\nprintf "%s\\n" "$@" >>"$0.args"\ncat >>"$0.args"\n')
    os.chmod(program, 0o700)
    env = environment(place, os.path.join(DIR, "spool2"), AMPARO_INJECT=program)
    done = adapter("amparo-gammu-send", env, "--once")
    assert done.returncode == 0, done.stderr
    with open(program + ".args", encoding="utf-8") as file:
        said = file.read()
    assert said.splitlines()[:2] == ["TEXT", PLAIN] and "Vem já; \"fica\" $HOME 🚑" in said, said
    assert "-unicode" in said
    assert states(place, "I-1") == ["received", "sent"]
    assert place.ask("GET", "/v1/sms/outbox") == (200, "")
    place.stop()
    return None


GAMMU = """[gammu]
connection = none
device = {top}/phone
model = dummy
[smsd]
service = files
logfile = {top}/log
inboxpath = {top}/in/
outboxpath = {top}/out/
sentsmspath = {top}/sent/
errorsmspath = {top}/err/
phoneid = usb0
runonreceive = {hook}
loopsleep = 1
commtimeout = 1
receivefrequency = 1
checksecurity = 0
checkbattery = 0
checksignal = 0
"""
# A message as it lies in the memory of a telephone.
BACKUP = """[SMSBackup000]
SMSC = "+000"
State = UnRead
Number = "{number}"
Coding = Unicode_No_Compression
Folder = 1
Length = {length}
Class = -1
ReplySMSC = False
RejectDuplicates = False
Sent = 20261126T100000
Text00 = {text}
"""


def a_real_gammu_smsd_carries_texts_both_ways():
    if not shutil.which("gammu-smsd") or not shutil.which("curl"):
        return "there is no gammu-smsd"
    place = server("real-gammu").desk()
    top = os.path.join(DIR, "gammu")
    for name in ("phone/sms/1", "in", "out", "sent", "err"):
        os.makedirs(os.path.join(top, name))
    conf = os.path.join(top, "conf")
    with open(conf, "w", encoding="utf-8") as file:
        file.write(GAMMU.format(top=top, hook=os.path.join(ADAPTERS, "amparo-gammu-receive")))
    words = "Fogo! Пожар 🚑"
    with open(os.path.join(top, "phone/sms/1/1"), "w", encoding="utf-8") as file:
        raw = words.encode("utf-16-be")
        file.write(BACKUP.format(number=PLAIN, length=len(raw) // 2, text=raw.hex().upper()))
    inject = os.path.join(top, "inject")
    with open(inject, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nexec gammu-smsd-inject -c {conf} "$@"\n')
    os.chmod(inject, 0o700)
    env = environment(place, os.path.join(top, "spool"), AMPARO_INJECT=inject, LC_ALL="C.UTF-8")
    with subprocess.Popen(["gammu-smsd", "-c", conf], env=env, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as daemon:
        try:
            wait_for("the text", lambda: place.ask("GET", "/v1/incidents/I-1")[0] == 200)
            assert [t["text"] for t in texts(place, "I-1")] == [words]
            write(place, "I-1", "Vem já 🚑")
            done = adapter("amparo-gammu-send", env, "--once")
            assert done.returncode == 0, done.stderr
            assert states(place, "I-1") == ["received", "sent"]
            sent = wait_for("the answer", lambda: os.listdir(os.path.join(top, "sent")))
            with open(os.path.join(top, "sent", sent[0]), encoding="utf-8") as file:
                said = file.read()
            assert PLAIN in said and "Vem já 🚑".encode("utf-16-be").hex().upper() in said, said
        finally:
            daemon.terminate()
    place.stop()
    return None


KANNEL = """group = core
admin-port = {ports[0]}
admin-password = x
smsbox-port = {ports[1]}
dlr-storage = internal
box-allow-ip = "127.0.0.1"

group = smsc
smsc = fake
smsc-id = fake
port = {ports[2]}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {ports[3]}

group = sms-service
keyword = default
catch-all = true
max-messages = 0
omit-empty = true
get-url = "http://127.0.0.1:{port}/v1/sms?token={token}&gateway=kannel&{query}"

group = sendsms-user
username = amparo
password = pw
max-messages = 30
concatenation = true
"""
QUERY = "from=%p&to=%P&id=%I&time=%T&coding=%c&charset=%C&udh=%u&text=%b"


def free_ports(n):
    taken_now = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [one.getsockname()[1] for one in taken_now]
    for one in taken_now:
        one.close()
    return ports


def connected(port):
    try:
        return socket.create_connection(("127.0.0.1", port))
    except OSError:
        return None


def a_real_kannel_carries_texts_both_ways_and_reports():
    bearerbox, smsbox = (shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
                         for name in ("bearerbox", "smsbox"))
    if not bearerbox or not smsbox:
        return "there is no Kannel"
    ports = free_ports(5)
    path = settings("real", "way = kannel", f"url = http://127.0.0.1:{ports[3]}/cgi-bin/sendsms",
                    "username = amparo", "password = pw", "from = 112",
                    f"dlr-url = http://127.0.0.1:{ports[4]}/v1/sms/delivery?token=TOKEN")
    place = server("real-kannel").desk()  # only to make the token
    token = place.user("token", "desk", "--scopes", "intake").stdout.strip()
    place.stop()
    with open(path, encoding="utf-8") as file:
        lines = file.read().replace("TOKEN", token)
    with open(path, "w", encoding="utf-8") as file:
        file.write(lines)
    desk = place.token
    place = server("real-kannel", "--sms", path, "--listen", f"127.0.0.1:{ports[4]}")
    place.token = desk
    conf = os.path.join(DIR, "kannel.conf")
    with open(conf, "w", encoding="utf-8") as file:
        file.write(KANNEL.format(ports=ports, port=place.port, token=token, query=QUERY))
    boxes = []
    try:
        for box, port in ((bearerbox, ports[1]), (smsbox, ports[3])):
            boxes.append(served.peer(box, conf))
            wait_for(box, lambda port=port: connected(port)).close()
        carrier = wait_for("the carrier", lambda: connected(ports[2]))
        carrier.sendall(f"{PLAIN} 112 text hello é world\n".encode())
        wait_for("the text", lambda: place.ask("GET", "/v1/incidents/I-1")[0] == 200)
        assert [t["text"] for t in texts(place, "I-1")] == ["hello é world"]
        write(place, "I-1", "Vem já 🚑")
        carrier.settimeout(WAIT_S)
        line = b""
        while not line.endswith(b"\n"):
            line += carrier.recv(4096)
        assert line.startswith(b"112 +000847771 ucs-2 "), line
        raw = urllib.parse.unquote_to_bytes(line.split()[3].replace(b"+", b" "))
        assert raw.decode("utf-16-be") == "Vem já 🚑", line
        wait_for("the report", lambda: states(place, "I-1") == ["received", "delivered"])
        carrier.close()
    finally:
        served.end_peers(*boxes[::-1])
    place.stop()
    return None


def erased_texts_are_gone_and_who_may_not_sees_none():
    place = server("erased").desk()
    taken(place, **{"from": CALLER, "text": "a secret of a caller", "id": "1"})
    crew = place.user("add", "helper", "--role", "call-taker", "--token", "--scopes",
                      "read").stdout.strip()
    status, _ = place.ask("POST", "/v1/incidents/I-1/texts", {"text": "x"},
                          Authorization="Bearer " + crew)
    assert status == 403
    place.ask("POST", "/v1/incidents/I-1/close", {})
    served.run(AMPARO, "erase", "I-1", "--data", place.data, "--yes")
    got = incident(place, "I-1")["texts"]
    assert [t["text"] for t in got] == [None], got
    place.stop()


if __name__ == "__main__":
    try:
        tap.run([
            a_text_opens_an_incident_later_ones_join_it_and_each_counts_once,
            a_gateway_that_asks_a_url_is_heard_in_every_alphabet_and_answered_with_nothing,
            an_aml_message_at_this_door_places_the_caller,
            an_answer_is_sent_retried_while_the_gateway_is_down_and_reported,
            what_was_written_while_the_program_was_killed_is_sent_after_the_start,
            the_courier_is_started_again_when_it_dies,
            settings_that_others_may_read_or_that_make_no_sense_stop_the_start,
            the_hook_of_gammu_smsd_loses_nothing_while_the_server_is_away,
            the_outbox_is_emptied_by_gammu_smsd_inject,
            a_real_gammu_smsd_carries_texts_both_ways,
            a_real_kannel_carries_texts_both_ways_and_reports,
            erased_texts_are_gone_and_who_may_not_sees_none,
        ])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
