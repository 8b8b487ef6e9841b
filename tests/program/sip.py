#!/usr/bin/env python3
# Emergency calls over SIP: sipp and a telephone of our own ring at the door, the server's record is looked at.
"""usage: tests/program/sip.py AMPARO"""

import atexit
import http.server
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

import served
import tap
from certificates import who_asks

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-sip-test-")
WAIT_S = 30
HELP = subprocess.run([AMPARO, "sip"], capture_output=True, text=True, check=False)
ABSENT = "the program was built without libre" if "libre-dev" in HELP.stderr else None

PIDF = """<?xml version="1.0"?><presence xmlns="urn:ietf:params:xml:ns:pidf"
 xmlns:gml="http://www.opengis.net/gml" xmlns:gs="http://www.opengis.net/pidflo/1.0"
 xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" entity="pres:caller@example.org"><tuple id="t1"><status>
 <gp:geopriv><gp:location-info><gs:Circle srsName="urn:ogc:def:crs:EPSG::4326"><gml:pos>{pos}</gml:pos>
 <gs:radius uom="urn:ogc:def:uom:EPSG::9001">30</gs:radius></gs:Circle></gp:location-info>
 <gp:usage-rules/></gp:geopriv></status><timestamp>2026-11-20T10:00:00Z</timestamp></tuple></presence>"""
PROVIDER = """<EmergencyCallData.ProviderInfo xmlns="urn:ietf:params:xml:ns:EmergencyCallData:ProviderInfo">
 <DataProviderReference>r1@example.org</DataProviderReference>
 <DataProviderString>Example Mobile</DataProviderString><ProviderID>x</ProviderID>
 <ProviderIDSeries>NENA</ProviderIDSeries><TypeOfProvider>Client</TypeOfProvider>
 <ContactURI>tel:+15550199</ContactURI></EmergencyCallData.ProviderInfo>"""
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0 8\r\n"


def part(kind, body, name="x"):
    return f"--edge\r\nContent-Type: {kind}\r\nContent-ID: <{name}@example.org>\r\n\r\n{body}\r\n"


def mixed(pos="41.1500 -8.6100"):
    """Fields and body of the fullest shape: SDP, position and Additional Data."""
    body = (part("application/sdp", SDP) + part("application/pidf+xml", PIDF.format(pos=pos), "loc")
            + part("application/EmergencyCallData.ProviderInfo+xml", PROVIDER) + "--edge--\r\n")
    return ("Content-Type: multipart/mixed; boundary=edge\r\nGeolocation: <cid:loc@example.org>\r\n"
            "Geolocation-Routing: yes\r\n"), body


class Door:
    """A server and `amparo sip` beside it; another door of a server that is there, if one is given."""

    def __init__(self, name, *args, server=None):
        self.own = server is None
        self.server = server or served.Server(AMPARO, DIR, name).desk()
        self.process = subprocess.Popen(
            [AMPARO, "sip", "--data", self.server.data, "--listen", "127.0.0.1:0", *served.SANDBOX, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        atexit.register(self.process.kill)  # also where the test never came as far as its end
        self.lines, self.port = [], 0
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"SIP on 127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                break
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True)
        self.reader.start()

    def close(self):
        self.process.terminate()
        assert self.process.wait(timeout=WAIT_S) == 0, "".join(self.lines)
        if self.own:
            self.server.stop()

    def incidents(self):
        status, text = self.server.ask("GET", "/v1/incidents?state=all")
        assert status == 200, text
        return json.loads(text)["incidents"]

    def calls(self):
        return [call for incident in self.incidents() for call in incident["calls"]]

    def call_in(self, state, **members):
        """The only call, once it is in this state."""
        def there():
            calls = self.calls()
            assert len(calls) <= 1, calls
            good = calls and calls[0]["state"] == state
            return calls[0] if good and all(calls[0].get(k) == v for k, v in members.items()) else None
        return until(there, lambda: (state, members, self.incidents(), "".join(self.lines)))


def until(look, say):
    end = time.monotonic() + WAIT_S
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"it did not come to pass: {say()}")


class Phone:
    """Speaks SIP with the door over UDP or TCP, one dialog."""
    made = 0

    def __init__(self, door, tcp=False, call_id=None, number="+258841234567"):
        Phone.made += 1
        self.tcp, self.number, self.cseq = tcp, number, 1
        self.call_id = call_id or f"call-{Phone.made}-{os.getpid()}@127.0.0.1"
        self.tag, self.branch = f"tag{Phone.made}", f"z9hG4bK-{Phone.made}"
        self.service = "urn:service:sos"
        self.to, self.rest = "<urn:service:sos>", b""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(("127.0.0.1", door.port))
        self.at = "%s:%d" % self.socket.getsockname()

    def text(self, method, fields="", body="", length=None, branch=None):
        size = len(body.encode()) if length is None else length
        return (f"{method} {self.service} SIP/2.0\r\n"
                f"Via: SIP/2.0/{'TCP' if self.tcp else 'UDP'} {self.at};branch={branch or self.branch}\r\n"
                f"Max-Forwards: 70\r\nFrom: \"Ana\" <sip:{self.number}@example.org>;tag={self.tag}\r\n"
                f"To: {self.to}\r\nCall-ID: {self.call_id}\r\nCSeq: {self.cseq} {method}\r\n"
                f"Contact: <sip:caller@{self.at}>\r\n{fields}Content-Length: {size}\r\n\r\n{body}").encode()

    def send(self, method, fields="", body="", **more):
        self.socket.sendall(self.text(method, fields, body, **more))

    def message(self):
        if not self.tcp:
            return self.socket.recv(65536).decode()
        while b"\r\n\r\n" not in self.rest:
            self.rest += self.socket.recv(65536)
        head, _, rest = self.rest.partition(b"\r\n\r\n")
        size = int(re.search(rb"(?i)content-length: *(\d+)", head).group(1))
        while len(rest) < size:
            rest += self.socket.recv(65536)
        self.rest = rest[size:]
        return (head + b"\r\n\r\n" + rest[:size]).decode()

    def hear(self, status, method=None):
        """The answer with this status, past provisional ones and answers to others."""
        while True:
            text = self.message()
            got = int(text.split(" ")[1])
            if method and not re.search(rf"CSeq: \d+ {method}\r\n", text):
                continue
            found = re.search(r"\r\nTo: ([^\r]*)", text)
            if got > 100 and found and method is None:
                self.to = found.group(1)
            if got == status:
                return text
            assert got < 200, text

    def ring(self, fields=None, body="", status=200):
        if fields is None:
            fields, body = mixed()
        self.send("INVITE", fields, body)
        return self.hear(status)

    def ack(self):
        self.send("ACK", branch=self.branch + "a")

    def within(self, method, fields="", body="", status=200):
        self.cseq += 1
        self.send(method, fields, body, branch=f"{self.branch}-{self.cseq}")
        return self.hear(status, method)


def a_call_with_its_position_in_a_multipart_body_is_followed_to_its_end():
    door = Door("follow")
    phone = Phone(door)
    phone.ring("Call-Info: <urn:emergency:uid:callid:77:example.org>;purpose=emergency-CallId\r\n" + mixed()[0],
               mixed()[1])
    call = door.call_in("ringing", ref="urn:emergency:uid:callid:77:example.org")
    assert call["number"] == "+258841234567" and call["name"] == "Ana", call
    assert (call["lat"], call["lon"], call["radius_m"]) == (41.15, -8.61, 30), call
    assert "Example Mobile" in call["words"], call
    phone.ack()
    door.call_in("open")
    phone.within("INVITE", *mixed("41.2000 -8.7000"))  # the caller moves
    door.call_in("open", lat=41.2, lon=-8.7)
    phone.within("BYE")
    door.call_in("ended")
    phone.within("BYE")  # heard twice
    door.call_in("ended")
    door.close()


def all_shapes_of_a_location_are_taken_over_udp_and_tcp():
    door = Door("shapes")
    long = "X-Long: " + "x" * 200 + "\r\n"
    shapes = [("Content-Type: application/pidf+xml\r\n", PIDF.format(pos="1.5 2.5"), 1.5),
              (long * 60 + "Content-Type: application/pidf+xml\r\n", PIDF.format(pos="1.6 2.5"), 1.6),
              ("c: multipart/related;boundary=\"edge\"\r\n",
               part("application/pidf+xml", PIDF.format(pos="2.5 2.5")) + "--edge--", 2.5),
              ("Content-Type: multipart/mixed;boundary=out\r\n",
               "--out\r\nContent-Type: multipart/alternative;boundary=edge\r\n\r\n"
               + part("application/pidf+xml", PIDF.format(pos="3.5 2.5")) + "--edge--\r\n--out--\r\n", 3.5),
              ("Content-Type: application/sdp\r\n", SDP, None), ("", "", None),
              ("Content-Type: application/pidf+xml\r\n", "<presence>", None)]
    for tcp in (False, True):
        for number, (fields, body, _) in enumerate(shapes):
            phone = Phone(door, tcp, number=f"+2588400{int(tcp)}{number}")
            answer = phone.ring(fields, body)
            assert ("Geolocation-Error: 100" in answer) == (body == "<presence>"), answer
            assert "a=inactive" in answer, answer
            phone.ack()
            phone.socket.close()
    calls = {call["number"]: call for call in door.calls()}
    assert len(calls) == 2 * len(shapes), calls
    for number, (_, _, lat) in enumerate(shapes):
        for tcp in (0, 1):
            assert calls[f"+2588400{tcp}{number}"].get("lat") == lat, (number, calls)
    door.close()


def retransmissions_of_one_invite_make_one_call():
    door = Door("again")
    phone = Phone(door)
    for _ in range(5):
        phone.send("INVITE", *mixed())
    phone.hear(200)
    phone.to = "<urn:service:sos>"
    phone.send("INVITE", *mixed())
    phone.hear(200)
    phone.to = "<urn:service:sos>"
    phone.send("INVITE", *mixed(), branch="z9hG4bK-other-way")
    until(lambda: " 482 " in phone.message(), lambda: "482")
    door.call_in("ringing")
    door.close()


def who_hangs_up_before_an_answer_is_to_be_called_back():
    door = Door("cancel", "--mode", "ring")
    phone = Phone(door)
    phone.ring(status=180)
    phone.send("CANCEL", "Reason: SIP;cause=487;text=\"gone\"\r\n")
    phone.hear(200, "CANCEL")
    phone.hear(487, "INVITE")
    door.call_in("abandoned")
    incident, = door.incidents()
    assert incident["state"] == "new" and incident["alarm"] == "abandoned", incident
    status, text = door.server.ask("POST", f"/v1/incidents/{incident['id']}/alarm/acknowledge", {})
    assert status == 200, text
    assert door.incidents()[0]["alarm"] is None
    door.close()


def a_branch_of_a_fork_learns_that_somebody_else_answered():
    door = Door("fork", "--mode", "ring")
    phone = Phone(door)
    phone.ring(status=180)
    phone.send("CANCEL", "Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n")
    phone.hear(487, "INVITE")
    door.call_in("open")
    door.close()


def a_transfer_is_one_and_a_failed_transfer_is_none():
    door = Door("transfer")
    phone = Phone(door)
    phone.ring()
    phone.ack()
    phone.within("REFER", "Refer-To: <sip:fire@psap.example>\r\n", status=202)
    phone.within("NOTIFY", "Event: refer\r\nContent-Type: message/sipfrag\r\n", "SIP/2.0 503 No\r\n")
    door.call_in("open")
    phone.within("REFER", "Refer-To: <sip:fire2@psap.example>\r\n", status=202)
    phone.within("BYE")
    door.call_in("transferred")
    incident, = door.incidents()
    status, text = door.server.ask("GET", "/v1/incidents/" + incident["id"])
    assert status == 200 and "sip:fire2@psap.example" in text, text
    door.close()


def a_call_that_takes_the_place_of_another_is_the_same_call():
    door = Door("replaces")
    first = Phone(door)
    first.ring()
    first.ack()
    door.call_in("open")
    second = Phone(door)
    second.ring(f"Replaces: {first.call_id};to-tag=1;from-tag={first.tag}\r\n" + mixed()[0], mixed()[1])
    second.ack()
    door.call_in("open")
    door.close()


def what_cannot_be_taken_is_refused_with_its_reason_and_the_door_stays_open():
    door = Door("refused")
    fields, body = mixed()
    hostile = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><presence>&b;</presence>"
    for status, words, kind, text, length in (
            (400, "cut", fields, body, len(body) + 40), (400, "cut", fields, body[:900], None),
            (400, "boundary", "Content-Type: multipart/mixed\r\n", body, None),
            (400, "DOCTYPE", "Content-Type: application/pidf+xml\r\n", hostile, None),
            (400, "no Content-Type", "", "x", None),
            (415, "not read", "Content-Type: application/x-unknown\r\n", "x", None),
            (415, "Content-Encoding", "Content-Encoding: gzip\r\nContent-Type: application/sdp\r\n", "x", None)):
        phone = Phone(door)
        phone.send("INVITE", kind, text, length=length)
        answer = phone.hear(status)
        assert words in answer.split("\r\n")[0], answer
        assert status != 415 or "Accept: multipart/mixed" in answer, answer
    for garbage in (b"\r\n\r\n", b"\0" * 100, b"INVITE", b"INVITE sip:x SIP/2.0\r\n\r\n", b"\xff" * 60000,
                    Phone(door).text("INVITE")[:80], b"INVITE x SIP/2.0\r\n" + b"a:b\r\n" * 9000 + b"\r\n"):
        Phone(door).socket.send(garbage)
        phone = Phone(door, tcp=True)
        phone.socket.sendall(garbage)
        phone.socket.close()
    phone = Phone(door)
    assert "Allow: INVITE" in phone.within("OPTIONS")
    phone.within("PUBLISH", status=405)
    phone.within("BYE", status=481)
    phone.within("REFER", status=481)
    assert door.calls() == []
    phone = Phone(door)
    phone.ring()
    door.call_in("ringing")
    door.close()


def a_call_id_that_is_none_does_not_cost_the_call():
    door = Door("nameless")
    for call_id in ("", "a\x7fb@127.0.0.1", "\x01"):
        phone = Phone(door, call_id=call_id)
        phone.send("INVITE", *mixed())
        phone.hear(180)
    until(lambda: [call["state"] for call in door.calls()] == ["ringing"] * 3, lambda: door.calls())
    door.close()


def a_call_is_not_said_to_ring_while_the_record_cannot_be_written():
    door = Door("down")
    door.server.stop()
    phone = Phone(door)
    answer = phone.ring(status=503)
    assert "record cannot be written" in answer and "Retry-After" in answer, answer
    door.process.terminate()
    assert door.process.wait(timeout=WAIT_S) == 0


def named(call_id, incident):
    """What a network of NENA i3 calls a call and its incident."""
    return (f"Call-Info: <urn:emergency:uid:callid:{call_id}:example.org>;purpose=emergency-CallId,"
            f" <urn:emergency:uid:incidentid:{incident}:example.org>;purpose=emergency-IncidentId\r\n")


def a_call_of_an_incident_that_the_network_named_joins_it_while_it_is_open():
    door = Door("tracked")
    first, second = Phone(door), Phone(door, number="+258840000002")
    first.ring(named("a56e556d871", "b56e556d871") + mixed()[0], mixed()[1])
    call = door.call_in("ringing", tracking="urn:emergency:uid:incidentid:b56e556d871:example.org")
    assert call["ref"] == "urn:emergency:uid:callid:a56e556d871:example.org", call
    assert call["sip_call"] == first.call_id, call
    second.ring(named("a56e556d872", "b56e556d871") + mixed()[0], mixed()[1])
    until(lambda: len(door.calls()) == 2, door.incidents)
    assert {call["incident"] for call in door.calls()} == {"I-1"}, door.incidents()
    third = Phone(door, number="+258840000003")  # of one of ours, which came back
    third.ring("Call-Info: <urn:emergency:uid:incidentid:I0000000001:amparo.invalid>"
               ";purpose=emergency-IncidentId\r\n", "")
    until(lambda: len(door.calls()) == 3, door.incidents)
    assert {call["incident"] for call in door.calls()} == {"I-1"}, door.incidents()
    status, text = door.server.ask("POST", "/v1/incidents/I-1/close", {})
    assert status == 200, text
    late = Phone(door, number="+258840000004")
    late.ring(named("a56e556d874", "b56e556d871"), "")
    until(lambda: len(door.calls()) == 4, door.incidents)
    assert {call["incident"] for call in door.calls()} == {"I-1", "I-2"}, door.incidents()
    door.close()


def a_call_that_the_network_named_ends_though_the_door_was_started_anew():
    door = Door("anew")
    phone = Phone(door)
    phone.ring(named("a56e556d881", "b56e556d881") + mixed()[0], mixed()[1])
    phone.ack()
    door.call_in("open")
    door.process.kill()
    door.process.wait(timeout=WAIT_S)
    again = Door("anew", server=door.server)
    phone.socket.connect(("127.0.0.1", again.port))
    phone.within("BYE", status=481)  # of a dialog that is not known, and the call is
    door.call_in("ended")
    again.close()
    door.server.stop()


def an_end_that_the_server_missed_is_told_when_it_is_back():
    door = Door("restart")
    phone = Phone(door)
    phone.ring()
    phone.ack()
    door.call_in("open")
    door.server.stop()
    phone.within("BYE")
    door.server = served.Server(AMPARO, DIR, "restart").desk(name="again")
    door.call_in("ended")
    door.close()


SUBSCRIBER = ("<a:EmergencyCallData.SubscriberInfo xmlns:a='urn:ietf:params:xml:ns:EmergencyCallData:SubscriberInfo'"
              " xmlns:x='urn:ietf:params:xml:ns:vcard-4.0' privacyRequested='false'>"
              "<a:DataProviderReference>s-1@example.org</a:DataProviderReference><a:SubscriberData><x:vcard>"
              "<x:fn><x:text>Dialysis at home</x:text></x:fn></x:vcard></a:SubscriberData>"
              "</a:EmergencyCallData.SubscriberInfo>")


class Lis(http.server.BaseHTTPRequestHandler):
    """A server that knows one place, whatever is asked for, and one block of Additional Data."""

    def do_GET(self):  # pylint: disable=invalid-name
        self.server.asked.append(self.path)
        block = self.path.startswith("/adr/")
        body = {"/adr/1": SUBSCRIBER, "/adr/2": "<broken"}.get(self.path, PIDF.format(pos="10.5 20.5")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/EmergencyCallData.SubscriberInfo+xml" if block else
                         "application/pidf+xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def location_server(context=None):
    """One that runs; `asked` is what it was asked for."""
    lis = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lis)
    lis.asked = []
    if context:
        lis.socket = context.wrap_socket(lis.socket, server_side=True)
    threading.Thread(target=lis.serve_forever, daemon=True).start()
    return lis


def a_location_server_that_asks_for_a_certificate_is_shown_ours():
    if shutil.which("openssl") is None:
        return "there is no openssl to make certificates with"

    def here(name):
        return os.path.join(DIR, name)
    lis = location_server(who_asks(DIR))
    reference = f"Geolocation: <https://127.0.0.1:{lis.server_address[1]}/loc/1>\r\n"
    bare = Door("stranger-to-lis", "--lis", "127.0.0.1", "--lis-ca", here("network.pem"))
    Phone(bare).ring(reference)
    until(lambda: "sip-location" in "".join(bare.lines), lambda: bare.lines)
    assert lis.asked == [] and "lat" not in bare.call_in("ringing"), lis.asked
    bare.close()
    door = Door("known-to-lis", "--lis", "127.0.0.1", "--lis-ca", here("network.pem"), "--lis-cert",
                here("client.pem"), "--lis-key", here("client.key"))
    Phone(door).ring(reference)
    door.call_in("ringing", lat=10.5, lon=20.5)
    door.close()
    lis.shutdown()
    for wrong in (("--lis-cert", here("client.pem")), ("--lis-ca", here("nothing.pem")),
                  ("--lis-cert", here("client.pem"), "--lis-key", here("asks.key"))):
        done = subprocess.run([AMPARO, "sip", "--data", DIR, *wrong], capture_output=True, text=True,
                              timeout=WAIT_S, check=False)
        assert done.returncode in (1, 2) and done.stderr.startswith("amparo sip: "), (wrong, done)
    return None


def a_location_by_reference_is_fetched_from_servers_that_are_named():
    lis = location_server()
    door = Door("reference", "--lis", "127.0.0.1")
    phone = Phone(door)
    phone.ring(f"Geolocation: <http://127.0.0.1:{lis.server_address[1]}/loc/1>\r\n")
    door.call_in("ringing", lat=10.5, lon=20.5)
    phone.ack()
    stranger = Phone(door, number="+258840000001")
    stranger.ring(f"Geolocation: <http://localhost:{lis.server_address[1]}/loc/2>\r\n")
    until(lambda: "does not name it" in "".join(door.lines), lambda: door.lines)
    assert lis.asked == ["/loc/1"], lis.asked
    lis.shutdown()
    lis.server_close()
    door.close()


def additional_data_by_reference_become_a_note_of_the_call():
    lis = location_server()
    door = Door("additional", "--lis", "127.0.0.1")
    phone = Phone(door)
    where = f"http://127.0.0.1:{lis.server_address[1]}"
    phone.ring("".join(f"Call-Info: <{at}>;purpose=EmergencyCallData.SubscriberInfo\r\n" for at in (
        f"{where}/adr/1", f"{where}/adr/2", f"http://localhost:{lis.server_address[1]}/adr/3")))
    door.call_in("ringing")
    phone.ack()

    def notes():
        _, text = door.server.ask("GET", f"/v1/incidents/{door.incidents()[0]['id']}")
        return [e["text"] for e in json.loads(text)["incident"]["timeline"] if e["kind"] == "note-added"]
    until(lambda: any("contact.fn Dialysis at home" in note for note in notes()), notes)
    until(lambda: "was not to be had" in "".join(door.lines), lambda: door.lines)
    until(lambda: "does not name it" in "".join(door.lines), lambda: door.lines)
    assert sorted(lis.asked) == ["/adr/1", "/adr/2"] and len(notes()) == 1, (lis.asked, notes())
    lis.shutdown()
    lis.server_close()
    door.close()


def a_message_of_the_same_phone_and_its_call_are_one():
    door = Door("aml")
    text = ('A"ML=1;lt=41.14961;lg=-8.61099;rd=12;top=20261120100000;lc=90;pm=G;si=268010000000000;'
            'ei=353472104343540;mcc=268;mnc=01')
    text += f";ml={len(text) + 7}"
    status, answer = door.server.ask("POST", "/v1/intake/aml?from=%2B258841234567", text.encode())
    assert status == 201, answer
    phone = Phone(door)
    phone.ring("Content-Type: application/sdp\r\n", SDP)
    door.call_in("ringing", lat=41.14961)
    phone.ack()
    phone.within("BYE")
    door.call_in("ended")
    late = text.replace("41.14961", "41.14970").replace("100000;", "100300;")
    status, answer = door.server.ask("POST", "/v1/intake/aml?from=%2B258841234567", late.encode())
    assert status == 200, answer
    door.call_in("ended", lat=41.1497)
    door.close()


SCENARIO = """<?xml version="1.0"?><scenario name="call"><send retrans="500"><![CDATA[
INVITE urn:service:sos SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Ana" <sip:+25884[call_number]@example.org>;tag=[call_number]
To: <urn:service:sos>
Call-ID: [call_id]
CSeq: 1 INVITE
Contact: <sip:caller@[local_ip]:[local_port]>
Max-Forwards: 70
{fields}Content-Length: [len]

{body}]]></send>
<recv response="100" optional="true"/><recv response="180" optional="true"/><recv response="200" rrs="true"/>
<send><![CDATA[
ACK [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Ana" <sip:+25884[call_number]@example.org>;tag=[call_number]
To: <urn:service:sos>[peer_tag_param]
Call-ID: [call_id]
CSeq: 1 ACK
Content-Length: 0

]]></send><pause milliseconds="20"/>
<send retrans="500"><![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: "Ana" <sip:+25884[call_number]@example.org>;tag=[call_number]
To: <urn:service:sos>[peer_tag_param]
Call-ID: [call_id]
CSeq: 2 BYE
Content-Length: 0

]]></send><recv response="200"/></scenario>
"""


def sipp_rings_speaks_and_hangs_up_over_udp_and_tcp():
    if shutil.which("sipp") is None:
        return "sipp (sip-tester) is not installed"
    door = Door("sipp")
    fields, body = mixed()
    path = os.path.join(DIR, "call.xml")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SCENARIO.format(fields=fields.replace("\r\n", "\n"), body=body.replace("\r\n", "\n")))
    for transport in ("u1", "t1"):
        done = subprocess.run(["sipp", f"127.0.0.1:{door.port}", "-sf", path, "-m", "20", "-r", "20", "-t",
                               transport, "-i", "127.0.0.1", "-timeout", "60s", "-nostdin"], cwd=DIR,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]
    until(lambda: [c["state"] for c in door.calls()] == ["ended"] * 40, door.calls)
    assert all(call["lat"] == 41.15 for call in door.calls()), door.calls()
    door.close()
    return None


KAMAILIO = shutil.which("kamailio", path=os.environ.get("PATH", "") + ":/usr/sbin")
ANSWERER = """<?xml version="1.0"?><scenario name="pbx"><recv request="INVITE" rrs="true"/>
<send><![CDATA[
SIP/2.0 180 Ringing
[last_Via:]
[last_From:]
[last_To:];tag=pbx[call_number]
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
Contact: <sip:pbx@[local_ip]:[local_port]>
Content-Length: 0

]]></send><pause milliseconds="1500"/><send retrans="500"><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=pbx[call_number]
[last_Call-ID:]
[last_CSeq:]
[last_Record-Route:]
Contact: <sip:pbx@[local_ip]:[local_port]>
Content-Type: application/sdp
Content-Length: [len]

v=0
o=- 1 1 IN IP4 [local_ip]
s=-
c=IN IP4 [local_ip]
t=0 0
m=audio 7000 RTP/AVP 0
]]></send><recv request="ACK"/><recv request="BYE"/><send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send></scenario>
"""


def free_ports(n):
    """Ports that nobody has at the moment, for programs that cannot choose themselves."""
    held = [socket.socket(socket.AF_INET, socket.SOCK_STREAM) for _ in range(n)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


def kamailio_copies_calls_of_a_telephone_system_as_the_recipe_says():
    if shutil.which("sipp") is None or KAMAILIO is None:
        return "kamailio or sipp (sip-tester) is not installed"
    door = Door("kamailio", "--mode", "listen")
    proxy, pbx = free_ports(2)
    root = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))
    with open(os.path.join(root, "docs", "kamailio.cfg"), encoding="utf-8") as file:
        recipe = (file.read().replace("127.0.0.1:5060", f"127.0.0.1:{door.port}")
                  .replace("127.0.0.1:5070", f"127.0.0.1:{proxy}").replace("127.0.0.1:5080", f"127.0.0.1:{pbx}"))
    fields, body = mixed()
    texts = {"kamailio.cfg": recipe, "pbx.xml": ANSWERER, "caller.xml": SCENARIO.format(
        fields=fields.replace("\r\n", "\n"), body=body.replace("\r\n", "\n"))
        .replace('milliseconds="20"', 'milliseconds="1500"')
        .replace("To: <urn:service:sos>[peer_tag_param]\n", "[routes]To: <urn:service:sos>[peer_tag_param]\n")
        .replace("[routes]To", "[routes]\nTo")}
    for name, text in texts.items():
        with open(os.path.join(DIR, name), "w", encoding="utf-8") as file:
            file.write(text)
    kamailio = served.peer(KAMAILIO, "-f", "kamailio.cfg", "-DD", "-E", "-Y", DIR, "-P",
                           os.path.join(DIR, "kamailio.pid"), cwd=DIR)
    sipp = ["-m", "1", "-i", "127.0.0.1", "-timeout", "60s", "-nostdin"]
    answers = served.peer("sipp", "-sf", "pbx.xml", "-p", str(pbx), *sipp, cwd=DIR)
    try:
        until(lambda: listens(proxy) and listens(pbx, udp=True), lambda: "kamailio and sipp listen")
        calls = subprocess.Popen(["sipp", f"127.0.0.1:{proxy}", "-sf", "caller.xml", *sipp], cwd=DIR,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        door.call_in("ringing", lat=41.15)
        door.call_in("open")
        door.call_in("ended")
        said, _ = calls.communicate(timeout=60)
        assert calls.returncode == 0 and answers.wait(timeout=60) == 0, said[-3000:]
    finally:
        served.end_peers(kamailio, answers)
    door.close()
    return None


def listens(port, udp=False):
    kind = "udp" if udp else "tcp"
    with open(f"/proc/net/{kind}", encoding="utf-8") as file:
        return any(line.split()[1].endswith(f":{port:04X}") for line in list(file)[1:])


def test_calls(door):
    status, text = door.server.ask("GET", "/metrics")
    assert status == 200, text
    return int(re.search(r"^amparo_test_calls_total (\d+)$", text, re.M).group(1))


def a_test_call_is_answered_and_counted_and_opens_nothing():
    door = Door("tests")
    fields, body = mixed()
    phone = Phone(door)
    phone.service = "urn:service:test.sos"
    answer = phone.ring("Accept: application/sdp, multipart/mixed\r\n" + fields, body)
    assert "Content-Type: multipart/mixed" in answer and "a=inactive" in answer, answer
    assert "urn:service:test.sos\r\n41.1500000,-8.6100000 within 30 m" in answer, answer
    phone.ack()
    phone.within("BYE")
    plain = Phone(door, tcp=True)
    plain.service = "urn:service:test.sos.fire"
    assert "Content-Type: application/sdp" in plain.ring(fields, body)
    plain.ack()
    plain.within("BYE")
    assert door.incidents() == [] and test_calls(door) == 2
    real = Phone(door)
    real.ring()
    door.call_in("ringing")
    assert test_calls(door) == 2
    door.close()


def more_test_calls_than_a_few_at_a_time_are_busy_and_calls_are_not():
    door = Door("busy")
    for number in range(21):
        phone = Phone(door)
        phone.service = "urn:service:test.sos"
        phone.ring("", "", status=200 if number < 20 else 486)
        phone.ack()
    real = Phone(door)
    real.ring()
    door.call_in("ringing")
    door.close()


def where_only_ringing_is_answered_a_test_call_is_not_supported():
    door = Door("untested", "--mode", "ring")
    phone = Phone(door)
    phone.service = "urn:service:test.sos"
    phone.ring(status=404)
    assert door.incidents() == []
    door.close()


def crash_data_come_to_the_call_that_carries_them():
    door = Door("crash")
    veds = ("<v:AutomatedCrashNotification xmlns:v='http://www.veds.org/acn/3.1'><v:Crash>"
            "<v:VehicleFireIndicator>true</v:VehicleFireIndicator></v:Crash></v:AutomatedCrashNotification>")
    phone = Phone(door)
    phone.service = "urn:service:sos.ecall.automatic"
    phone.ring("Content-Type: multipart/mixed; boundary=edge\r\n",
               part("application/sdp", SDP) + part("application/EmergencyCallData.VEDS+xml", veds) + "--edge--\r\n")
    door.call_in("ringing", words="called: urn:service:sos.ecall.automatic\ncrash: urgent fire; fire yes")
    door.close()


def what_was_called_is_told_once():
    door = Door("called")
    phone = Phone(door)
    phone.service, phone.to = "sip:amparo@127.0.0.1", "<sip:117@example.org>"
    phone.ring("Content-Type: application/sdp\r\n", SDP)
    door.call_in("ringing", words="called: 117")
    phone.ack()
    phone.within("UPDATE", "Content-Type: application/pidf+xml\r\n", PIDF.format(pos="10.5 20.5"))
    door.call_in("open", lat=10.5, words="called: 117")
    _, text = door.server.ask("GET", f"/v1/incidents/{door.incidents()[0]['id']}")
    assert "note-added" not in text, text
    door.close()


def wrong_usage_is_named():
    for args in ([], ["--data", "x", "--server", "http://127.0.0.1:1"], ["--server", "http://example.org"],
                 ["--server", "http://127.0.0.1.example.org"], ["--data", "x", "--mode", "other"]):
        assert "--help" in served.run(AMPARO, "sip", *args, status=2).stderr, args


TESTS = [a_call_with_its_position_in_a_multipart_body_is_followed_to_its_end,
         all_shapes_of_a_location_are_taken_over_udp_and_tcp,
         retransmissions_of_one_invite_make_one_call,
         who_hangs_up_before_an_answer_is_to_be_called_back,
         a_branch_of_a_fork_learns_that_somebody_else_answered,
         a_transfer_is_one_and_a_failed_transfer_is_none,
         a_call_that_takes_the_place_of_another_is_the_same_call,
         what_cannot_be_taken_is_refused_with_its_reason_and_the_door_stays_open,
         a_call_id_that_is_none_does_not_cost_the_call,
         a_call_is_not_said_to_ring_while_the_record_cannot_be_written,
         a_call_of_an_incident_that_the_network_named_joins_it_while_it_is_open,
         a_call_that_the_network_named_ends_though_the_door_was_started_anew,
         an_end_that_the_server_missed_is_told_when_it_is_back,
         a_location_by_reference_is_fetched_from_servers_that_are_named,
         a_location_server_that_asks_for_a_certificate_is_shown_ours,
         additional_data_by_reference_become_a_note_of_the_call,
         a_message_of_the_same_phone_and_its_call_are_one,
         sipp_rings_speaks_and_hangs_up_over_udp_and_tcp,
         kamailio_copies_calls_of_a_telephone_system_as_the_recipe_says,
         a_test_call_is_answered_and_counted_and_opens_nothing,
         more_test_calls_than_a_few_at_a_time_are_busy_and_calls_are_not,
         where_only_ringing_is_answered_a_test_call_is_not_supported,
         crash_data_come_to_the_call_that_carries_them,
         what_was_called_is_told_once,
         wrong_usage_is_named]


def only_if_built(test):
    def tested():
        return ABSENT or test()
    tested.__name__ = test.__name__
    return tested


if __name__ == "__main__":
    try:
        tap.run([only_if_built(test) for test in TESTS])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
