#!/usr/bin/env python3
# A partner subscribes to its incidents over WebSocket; centres that cannot reach each other both ways; hostile peers.
"""usage: tests/program/subscribe.py AMPARO"""

import http.server
import os
import shutil
import subprocess
import threading
import time

import tap
from centres import DIR, Centre, free_port, remove, wait_for
from websocket import Socket

FILTER = "application/emergency.eido+json; version=\"2,3\""


def guarded(name, url=None):
    """A centre with the partner south, whose address nobody answers; and south's token."""
    north = Centre(name)
    north.start([("south", url or f"http://127.0.0.1:{free_port()}", "amp_x")])
    return north, north.admit("south")


class Deaf:
    """A server that has trouble; it counts."""

    def __init__(self):
        self.asked, deaf = 0, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                deaf.asked += 1
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def offered(north, place="the mill"):
    here = north.post("/v1/incidents", {"place": place})["incident"]["id"]
    north.post(f"/v1/incidents/{here}/transfer", {"partner": "south"})
    return here


def notes_of(event):
    return [note["notesActionComments"] for note in event["notification"][0].get("notesComponent", [])]


def note_heard(peer, text):
    """Reads events until one has the note."""
    for _ in range(20):
        event = peer.event(transfer="heard")
        if event["notification"] and text in notes_of(event):
            return event
    raise AssertionError("in vain: " + text)


def a_partner_hears_each_change_of_what_it_was_offered():
    deaf = Deaf()
    north, token = guarded("heard", deaf.url)
    secret = north.post("/v1/incidents", {"place": "not for others"})["incident"]["id"]
    peer = Socket(north.server, token)
    assert peer.refused is None and "emergency-ent1.0" in peer.head, peer.head
    answer, subscription = peer.subscribe(expires=600)
    assert subscription and answer["statusCode"] == 200 and answer["requestId"] == "r1" and answer["expires"] == 600, answer
    assert peer.event()["notification"] == [], "nothing to tell is told, too"
    here = offered(north)
    event = peer.event()
    assert event["subscriptionId"] == subscription and event["transfer"] == "offered", event
    assert event["notification"][0]["$id"].endswith(f"incidentid:I{int(here[2:]):010}:heard.example.org"), event
    north.post(f"/v1/incidents/{here}/notes", {"text": "two floors"})
    north.post(f"/v1/incidents/{secret}/notes", {"text": "still not for others"})
    note_heard(peer, "two floors")
    # to hear of an offer is an answer where that is said; then nothing is posted to a door that does not open
    asked = deaf.asked
    time.sleep(4)
    assert deaf.asked <= asked + 1, (asked, deaf.asked)
    assert north.link(here)["transfer"] == "offered"
    # a second subscription, of this one alone, says at once how it stands
    name = event["notification"][0]["$id"]
    answer, single = peer.subscribe(requestSubType="single", incidentId=name, requestId="r2")
    assert answer["statusCode"] == 200 and single != subscription, answer
    assert peer.event()["subscriptionId"] == single
    assert peer.unsubscribe(subscription) == 200 and peer.unsubscribe(subscription) == 481
    north.post(f"/v1/incidents/{here}/notes", {"text": "a child is missing"})
    assert note_heard(peer, "a child is missing")["subscriptionId"] == single
    offered(north, "another")
    # renewed, and not by another's name
    answer, _ = peer.subscribe(requestType=None, requestSubType=None, requestAccepts=None,
                               subscriptionId=single, expires=1200)
    assert answer["statusCode"] == 200 and answer["expires"] == 1200, answer
    answer, _ = peer.subscribe(requestType=None, requestSubType=None, requestAccepts=None,
                               subscriptionId=subscription)
    assert answer["statusCode"] == 481, answer
    # pings are answered; the end is said back
    peer.frame(b"hello", 0x89)
    peer.frame(b"\x03\xe8", 0x88)
    assert peer.end() == 1000 and peer.pongs == 1
    # who comes back hears all again
    again = Socket(north.server, token)
    again.subscribe()
    assert len({again.event()["notification"][0]["$id"] for _ in range(2)}) == 2
    assert north.server.stop() == 0
    assert again.end() == 1001


def what_cannot_be_subscribed_to_is_said_with_its_code():
    north, token = guarded("refusing")
    peer = Socket(north.server, token)
    for more, code in (({"requestType": "LOG"}, 406), ({"requestAccepts": FILTER}, 406),
                       ({"qualFilter": "x"}, 406), ({"requestSubType": "old"}, 400),
                       ({"requestSubType": "single"}, 400), ({"minRate": -1}, 400),
                       ({"requestSubType": "single", "incidentId": "urn:nobody"}, 404),
                       ({"subscriptionId": "none"}, 481)):
        answer, subscription = peer.subscribe(**more)
        assert answer["statusCode"] == code and subscription in (None, "none"), (more, answer)
    for text in ("{", "[]", '{"subscribe":7}', '{"event":{"subscriptionId":"s","notification":[]}}', ""):
        peer.frame(text)
        assert peer.text()["subscribeResponse"]["statusCode"] == 400, text
    # one that has expired is over, and with the last one the connection
    answer, _ = peer.subscribe(expires=1)
    assert answer["expires"] == 1, answer
    assert peer.end() == 1000
    # minRate: a word after so many seconds of silence
    peer = Socket(north.server, token)
    answer, _ = peer.subscribe(minRate=1)
    assert answer["minRate"] == 1
    assert [peer.event()["notification"] for _ in range(3)] == [[], [], []]
    for _ in range(15):
        answer, _ = peer.subscribe(maxRate=3600, requestId="more")
        assert answer["statusCode"] == 200 and answer["maxRate"] == 3600, answer
    answer, _ = peer.subscribe(requestId="too many")
    assert answer["statusCode"] == 503, answer
    assert north.server.stop() == 0


def one_way():
    """South reaches north and north does not reach south, which subscribes."""
    north, south = Centre("north"), Centre("south")
    north.start()
    south.start()
    for_south, for_north = north.admit("south"), south.admit("north")
    for centre in (north, south):
        assert centre.server.stop() == 0
    north.start([("south", f"http://127.0.0.1:{free_port()}", for_north)])
    south.start([("north", north.url, for_south)], more=["subscribe = yes"])
    return north, south


def centres_stay_in_step_where_one_cannot_reach_the_other():
    north, south = one_way()
    here = offered(north)
    north.post(f"/v1/incidents/{here}/notes", {"text": "two floors"})
    there = wait_for("the incident arrives", south.open)[0]["id"]
    assert south.link(there)["transfer"] == "offered" and south.link(there)["direction"] == "in"
    south.post(f"/v1/incidents/{there}/transfer/answer", {"partner": "north", "outcome": "accepted"})
    wait_for("north hears yes", lambda: north.link(here)["transfer"] == "accepted")
    south.post(f"/v1/incidents/{there}/notes", {"text": "hydrant at the corner"})
    north.post(f"/v1/incidents/{here}/notes", {"text": "a child is missing"})
    wait_for("notes in the south", lambda: ("partner-note", "a child is missing") in south.notes(there))
    wait_for("notes in the north", lambda: ("partner-note", "hydrant at the corner") in north.notes(here))
    # a restart of who is subscribed to: the connection comes back, and nothing is lost or twice
    assert north.server.stop() == 0
    south.post(f"/v1/incidents/{there}/notes", {"text": "while you were away"})
    north.start([("south", f"http://127.0.0.1:{free_port()}", "amp_x")])
    north.post(f"/v1/incidents/{here}/notes", {"text": "back again"})
    wait_for("the connection comes back", lambda: ("partner-note", "back again") in south.notes(there))
    wait_for("what was said meanwhile",
             lambda: ("partner-note", "while you were away") in north.notes(here))
    said = [text for kind, text in south.notes(there) if kind == "partner-note"]
    assert len(said) == len(set(said)), said
    assert len(south.open()) == 1 and len(north.open()) == 1
    # and back, which north hears by the door and south by its connection
    south.post(f"/v1/incidents/{there}/transfer", {"partner": "north"})
    wait_for("it comes back", lambda: (north.link(here)["direction"],
                                       north.link(here)["transfer"]) == ("in", "offered"))
    north.post(f"/v1/incidents/{here}/transfer/answer",
               {"partner": "south", "outcome": "refused", "reason": "it burns with you"})
    wait_for("south hears no", lambda: south.link(there)["transfer"] == "refused")
    for centre in (south, north):
        assert centre.server.stop() == 0
    down = [line for line in south.server.lines if "subscription to north is down" in line]
    assert len(down) == 1, down


def only_a_partner_comes_in_and_not_with_a_page():
    north, token = guarded("door")
    stranger = north.server.user("add", "stranger", "--role", "partner", "--token", "--scopes",
                                 "exchange").stdout.strip()
    narrow = north.server.user("token", "south", "--scopes", "read").stdout.strip()
    for shown, status in ((None, 401), (north.server.token, 403), (stranger, 409), (narrow, 403)):
        assert Socket(north.server, shown).refused == status, shown
    for fields in ({"Upgrade": None}, {"Connection": "close"}, {"Sec_WebSocket_Key": "short"},
                   {"Sec_WebSocket_Version": "8"}):
        peer = Socket(north.server, token, **fields)
        assert peer.refused == 400 and "sec-websocket-version: 13" in peer.head.lower(), peer.head
    assert Socket(north.server, token, Origin="https://elsewhere.example.org").refused == 403
    plain = Socket(north.server, token, protocol=None)
    assert plain.refused is None and "sec-websocket-protocol" not in plain.head.lower(), plain.head
    # no more than a few connections each
    peers = [Socket(north.server, token) for _ in range(4)]
    assert [peer.refused for peer in peers] == [None, None, None, 503], [peer.refused for peer in peers]
    # a partner, as by other doors: it sees none but what it was offered
    status, _ = north.server.ask("GET", "/v1/eido/subscribe", Authorization="Bearer " + token)
    assert status == 400, status
    assert north.server.stop() == 0


def a_token_that_ends_cuts_the_connection():
    north, token = guarded("revoked")
    here = offered(north)
    peer = Socket(north.server, token)
    peer.subscribe()
    assert peer.event()["notification"]
    other = Socket(north.server, north.server.user("token", "south", "--scopes", "exchange").stdout.strip())
    other.subscribe()
    assert other.event()["notification"]
    north.server.user("disable", "south")
    assert peer.end() == 1008 and other.end() == 1008
    assert Socket(north.server, token).refused == 401
    north.post(f"/v1/incidents/{here}/notes", {"text": "nobody listens"})
    assert north.server.stop() == 0


def it_is_the_same_under_tls():
    if shutil.which("openssl") is None:
        return "there is no openssl to make a certificate with"
    cert, key = os.path.join(DIR, "tls.pem"), os.path.join(DIR, "tls.key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-keyout", key, "-out", cert, "-days", "30", "-subj", "/CN=tls", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    north = Centre("tls")
    north.start([("south", f"http://127.0.0.1:{free_port()}", "amp_x")], args=["--tls-cert", cert, "--tls-key", key])
    token = north.admit("south")
    here = offered(north)
    peer, other = Socket(north.server, token), Socket(north.server, token)
    for each in (peer, other):
        each.subscribe()
        assert each.event()["notification"]
    words = "w" * 8000
    for i in range(4):  # what does not fit into one piece of TLS, nor of a frame's shorter lengths
        north.post(f"/v1/incidents/{here}/notes", {"text": words + str(i)})
    note_heard(peer, words + "3")
    peer.frame(b"x", 0x82)
    assert peer.end() == 1003
    peer.close()
    for _ in range(6):  # who just goes away leaves no connection behind
        gone = wait_for("a place", lambda: (lambda p: None if p.refused else p)(Socket(north.server, token)))
        gone.close()
    assert north.server.stop() == 0
    assert other.end() == 1001
    return None


def who_breaks_the_rules_is_cut_off():
    north, token = guarded("rules")
    for data, first, masked, codes in ((b"{}", 0x81, False, (1002,)), (b"p", 0x09, True, (1002, 1005)),
                                       (b"p" * 126, 0x89, True, (1002, 1005)), (b"x", 0x82, True, (1003,)),
                                       (b"\xff", 0x81, True, (1007,)), (b"x", 0xc1, True, (1002,)),
                                       (b"{" * 65537, 0x81, True, (1009,))):
        peer = Socket(north.server, token)
        peer.frame(data, first, masked)
        code = peer.end()
        assert code in codes, (data[:9], first, code)
        peer.close()
    peer = Socket(north.server, token)
    try:  # more than a hundred texts a second; our answers do not make up for them
        for _ in range(5000):
            peer.say({"unsubscribe": {"requestId": "r", "subscriptionId": "s"}})
    except OSError:
        pass  # it is cut off already
    code = peer.end()
    assert code in (1008, None), code
    peer.close()
    # the head and the first message in one piece, and a message in two
    peer = Socket(north.server, token)
    peer.frame('{"unsubscribe":{"requestId":"r",', 0x01)
    peer.frame('"subscriptionId":"s"}}', 0x80)
    assert peer.text()["unsubscribeResponse"]["statusCode"] == 481
    # and the server is well
    assert north.get("/v1/incidents")["incidents"] == []
    assert north.server.stop() == 0


if __name__ == "__main__":
    try:
        tap.run([
            a_partner_hears_each_change_of_what_it_was_offered,
            centres_stay_in_step_where_one_cannot_reach_the_other,
            what_cannot_be_subscribed_to_is_said_with_its_code,
            only_a_partner_comes_in_and_not_with_a_page,
            a_token_that_ends_cuts_the_connection,
            it_is_the_same_under_tls,
            who_breaks_the_rules_is_cut_off,
        ])
    finally:
        remove()
