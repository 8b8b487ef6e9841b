#!/usr/bin/env python3
# LogEvents of NENA i3 through the whole program: two logging services, signed, unsigned, away.
"""usage: tests/program/log_events.py AMPARO

What is asked of a LogEvent is what test descriptions CHFE_007 and CHFE_013 of the ng911-dev suite
ask, and the required members of NENA's schemas; signatures are checked by openssl."""

import base64
import http.server
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse

import served
import tap
from certificates import AUTHORITY, certificate, openssl, who_asks
from served import wait_for

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-log-events-test-")
AGENCY, ELEMENT = "north.example.org", "cad.north.example.org"
TRACKING = "urn:emergency:uid:incidentid:b56e556d871:esrp.example.org"
CALL_ID = "urn:emergency:uid:callid:a56e556d871:esrp.example.org"
UID = r"urn:emergency:uid:%s:[A-Za-z0-9]{10,32}:" + re.escape(AGENCY)
ABSENT = None if shutil.which("openssl") else "there is no openssl to make keys with"


class Logger:
    """A logging service: takes LogEvents as JWS, answers 201 with an id."""

    def __init__(self, status=201, context=None):
        self.heard, self.status = [], status
        logger = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answer = b'"urn:emergency:uid:logid:1234567890:logger.example.org"'
                if logger.status == 201:
                    logger.heard.append((self.path, self.headers["Content-Type"], body))
                self.send_response(logger.status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.url = (f"http{'s' if context else ''}://127.0.0.1:{self.server.server_address[1]}"
                    "/Logging/v1/LogEvents")
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def events(self, n):
        """The first n, once they came; all that is asked of the envelope is checked. One that came
        again, which it may, has the same name."""
        def different():
            events = [opened(*one)[1] for one in list(self.heard)]
            return list({event["clientAssignedIdentifier"]: event for event in events}.values())
        wait_for(f"{n} LogEvents", lambda: len(different()) >= n)
        return different()[:n]

    def types(self, n):
        return [event["logEventType"] for event in self.events(n)]


def raw(text):
    assert re.fullmatch("[A-Za-z0-9_-]*", text), text
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def opened(path, kind, body):
    """Header and LogEvent of a JWS in the flattened serialization."""
    jws = json.loads(body)
    assert path == "/Logging/v1/LogEvents" and kind == "application/json", (path, kind)
    assert sorted(jws) == ["payload", "protected", "signature"], jws
    event = json.loads(raw(jws["payload"]))
    assert event["elementId"] == ELEMENT and event["agencyId"] == AGENCY, event
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", event["timestamp"]), event
    assert re.fullmatch(r"\d+\.\d:" + re.escape(ELEMENT), event["clientAssignedIdentifier"]), event
    return json.loads(raw(jws["protected"])), event


def chain(name, by=None, algorithm="ed448"):
    """NAME.key and NAME.pem with whoever signed it behind; NAME.key must be the owner's alone."""
    def here(end):
        return os.path.join(DIR, end)
    openssl("genpkey", "-algorithm", algorithm, "-out", here(name + ".key"))
    openssl("req", "-new", "-key", here(name + ".key"), "-subj", f"/CN={name}.example.org", "-out",
            here(name + ".csr"))
    issuer = ("-signkey", here(name + ".key")) if by is None else (
        "-CA", here(by + ".pem"), "-CAkey", here(by + ".key"), "-CAcreateserial")
    with open(here(name + ".ext"), "w", encoding="ascii") as file:
        file.write(AUTHORITY if by is None else "basicConstraints=critical,CA:FALSE\n")
    openssl("x509", "-req", "-in", here(name + ".csr"), *issuer, "-days", "30", "-extfile",
            here(name + ".ext"), "-out", here(name + ".pem"))
    if by is not None:
        with open(here(by + ".pem"), encoding="ascii") as file:
            behind = file.read()
        with open(here(name + ".pem"), "a", encoding="ascii") as file:
            file.write(behind)
    return here(name + ".pem"), here(name + ".key")


def settings(name, *pair, lines=()):
    path = os.path.join(DIR, name + ".i3")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"# who logs\nelement = {ELEMENT}\nagency = {AGENCY}\n")
        file.write("".join(f"{k} = {v}\n" for k, v in zip(("certificate", "key"), pair)))
        file.write("".join(line + "\n" for line in lines))
    return path


def server(name, *args):
    return served.Server(AMPARO, DIR, name, *args)


def told(place, logger, *words):
    served.run(AMPARO, "webhook", "add", logger.url, "--form", "i3", *words, "--data", place.data)


def done(place, method, path, body=None, status=(200, 201)):
    got, text = place.ask(method, path, body)
    assert got in status, (got, text)
    return json.loads(text)


def rung(place, line="ringing", ref=CALL_ID, **more):
    return done(place, "POST", "/v1/calls/line", {"ref": ref, "line": line, "source": "sip",
                                                  "number": "+258841234567", **more})


def signed_by(body, pem):
    """openssl verifies the signature with the key of the first certificate of the header."""
    jws = json.loads(body)
    head = json.loads(raw(jws["protected"]))
    with open(pem, encoding="ascii") as file:
        own = re.findall("-----BEGIN CERTIFICATE-----(.*?)-----END", file.read(), re.S)
    assert head["alg"] == "EdDSA" and set(head) == {"alg", "x5c"}, head
    assert head["x5c"] == ["".join(one.split()) for one in own], head
    paths = {name: os.path.join(DIR, "check." + name) for name in ("der", "pub", "sig", "text")}
    for name, data in (("der", base64.b64decode(head["x5c"][0])), ("sig", raw(jws["signature"])),
                       ("text", f"{jws['protected']}.{jws['payload']}".encode())):
        with open(paths[name], "wb") as file:
            file.write(data)
    openssl("x509", "-inform", "DER", "-in", paths["der"], "-noout", "-pubkey", "-out", paths["pub"])
    verify = subprocess.run(["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", paths["pub"],
                             "-rawin", "-in", paths["text"], "-sigfile", paths["sig"]],
                            capture_output=True, check=False)
    return verify.returncode == 0


def a_call_is_logged_from_its_start_to_its_end_by_two_services_signed():
    chain("authority")
    pem, key = chain("centre", by="authority")
    place = server("signed", "--i3", settings("signed", pem, key)).desk()
    first, second = Logger(), Logger()
    told(place, first, "--personal")
    told(place, second, "--personal")
    incident = rung(place, sip_call="3848276298220188511@caller.example.org",
                    tracking=TRACKING)["incident"]["id"]
    rung(place, "answered")
    rung(place, "ended")
    for logger in (first, second):
        start, merge, end = logger.events(3)
        assert start["logEventType"] == "CallStartLogEvent", start
        assert end["logEventType"] == "CallEndLogEvent", end
        for event in (start, end):
            assert event["callId"] == CALL_ID and event["direction"] == "incoming", event
            assert event["callIdSip"] == "3848276298220188511@caller.example.org", event
            assert event["standardPrimaryCallType"] == "emergency", event
            assert event["from"] == "+258841234567", event
        assert start["incidentId"] == TRACKING, start
        assert re.fullmatch(UID % "incidentid", end["incidentId"]), end
        assert merge["logEventType"] == "IncidentMergeLogEvent", merge
        assert merge["incidentId"] == end["incidentId"], merge
        assert merge["mergeIncidentId"] == TRACKING, merge
        assert all(signed_by(body, pem) for _, _, body in logger.heard)
        altered = json.loads(first.heard[0][2])
        altered["payload"] = altered["payload"][:-4] + "AAAA"
        assert not signed_by(json.dumps(altered), pem)
    assert incident == "I-1" and ":I0000000001:" in end["incidentId"], end
    place.stop()


def a_call_that_its_location_announced_starts_again_by_the_names_of_the_network():
    place = server("announced", "--i3", settings("announced")).desk()
    whole, bare = Logger(), Logger()
    told(place, whole, "--personal")
    told(place, bare)
    text = 'A"ML=1;lt=-25.96553;lg=+32.58322;rd=12;top=20261120100000;lc=90;pm=G;ml=071'
    status, answer = place.ask("POST", "/v1/intake/aml?from=%2B258841234567", text.encode())
    assert status == 201, answer
    for line in ("ringing", "answered", "ended"):
        rung(place, line, sip_call="1@caller.example.org", tracking=TRACKING)
    announced, start, merge, end = whole.events(4)
    assert [event["logEventType"] for event in (announced, start, merge, end)] == [
        "CallStartLogEvent", "CallStartLogEvent", "IncidentMergeLogEvent", "CallEndLogEvent"]
    assert re.fullmatch(UID % "callid", announced["callId"]), announced
    assert start["callId"] == merge["callId"] == end["callId"] == CALL_ID, start
    assert start["incidentId"] == merge["mergeIncidentId"] == TRACKING, start
    assert announced["incidentId"] == merge["incidentId"] == end["incidentId"], merge
    assert bare.types(3) == ["CallStartLogEvent", "IncidentMergeLogEvent", "CallEndLogEvent"]
    assert len({event["callId"] for event in bare.events(3)}) == 1
    place.stop()


def a_transferred_call_is_logged_with_its_target():
    place = server("transfer", "--i3", settings("transfer")).desk()
    whole, bare = Logger(), Logger()
    told(place, whole, "--personal")
    told(place, bare)
    rung(place)
    rung(place, "answered")
    rung(place, "transferred", reason="sip:desk@south.example.org")
    transfer, end = whole.events(3)[1:]
    assert transfer["logEventType"] == "CallTransferLogEvent", transfer
    assert transfer["target"] == "sip:desk@south.example.org", transfer
    assert end["logEventType"] == "CallEndLogEvent", end
    assert transfer["callId"] == end["callId"] == CALL_ID, transfer
    assert bare.types(2) == ["CallStartLogEvent", "CallEndLogEvent"]
    place.stop()


def without_the_word_personal_nobody_is_named_and_nothing_is_quoted():
    place = server("bare", "--i3", settings("bare")).desk()
    logger = Logger()
    told(place, logger)
    rung(place)
    done(place, "POST", "/v1/sms", urllib.parse.urlencode(
        {"from": "+258840000001", "text": "fire at the mill", "id": "1"}).encode())
    events = logger.events(3)
    assert [e["logEventType"] for e in events] == ["CallStartLogEvent"] * 2 + ["MessageLogEvent"]
    assert re.fullmatch(UID % "callid", events[0]["callId"]), events
    assert "from" not in events[0] and "callIdSip" not in events[0], events
    assert events[2]["text"] == "" and events[2]["direction"] == "incoming", events
    for _, _, body in logger.heard:
        jws = json.loads(body)
        assert json.loads(raw(jws["protected"])) == {"alg": "none"} and jws["signature"] == "", jws
        for secret in (b"25884", b"mill", b"a56e556d871"):
            assert secret not in raw(jws["payload"]), jws
    place.stop()


def texts_and_the_life_of_an_incident_are_logged():
    place = server("life", "--i3", settings("life")).desk()
    logger = Logger()
    told(place, logger, "--personal")
    done(place, "POST", "/v1/sms", urllib.parse.urlencode(
        {"from": "+258840000001", "text": "fire at the mill", "id": "1"}).encode())
    done(place, "POST", "/v1/incidents/I-1/texts", {"text": "Vem já 🚑"})
    done(place, "POST", "/v1/sms/delivery", {"message": 2, "outcome": "sent"})
    rung(place, ref="3848276298220188511@caller.example.org")
    done(place, "POST", "/v1/incidents/I-2/close", {})
    done(place, "POST", "/v1/incidents/I-2/reopen", {})
    done(place, "POST", "/v1/incidents/I-2/merge", {"into": "I-1"})
    start, came, went, sip, clear, again, merge = logger.events(7)
    assert start["logEventType"] == "CallStartLogEvent", start
    for event, text, way in ((came, "fire at the mill", "incoming"), (went, "Vem já 🚑", "outgoing")):
        assert event["logEventType"] == "MessageLogEvent", event
        assert (event["text"], event["direction"]) == (text, way), event
        assert event["callId"] == start["callId"], event
    assert sip["callIdSip"] == "3848276298220188511@caller.example.org", sip
    assert re.fullmatch(UID % "callid", sip["callId"]), sip
    assert clear["logEventType"] == "IncidentClearLogEvent", clear
    assert clear["incidentId"] == again["incidentId"] == sip["incidentId"], again
    assert clear["agencyAgentId"] == "desk@" + AGENCY, clear
    assert again["logEventType"] == "IncidentReopenLogEvent", again
    assert merge["logEventType"] == "IncidentMergeLogEvent", merge
    assert merge["incidentId"] == start["incidentId"], merge
    assert merge["mergeIncidentId"] == sip["incidentId"], merge
    place.stop()


def a_service_that_is_away_holds_nobody_up_and_gets_all_in_order():
    path = settings("away")
    place = server("away", "--i3", path).desk()
    token = place.token
    there, away = Logger(), Logger(status=503)
    told(place, there, "--personal")
    told(place, away, "--personal")
    rung(place)
    assert there.types(1) == ["CallStartLogEvent"] and away.heard == []
    place.stop()
    away.status, wanted = 201, ["CallStartLogEvent", "CallEndLogEvent"]
    place = server("away")  # without its settings nothing is told, and nothing lost
    place.token = token
    rung(place, "ended")
    hooks = done_by_admin(place)
    assert [hook["form"] for hook in hooks] == ["i3", "i3"] and hooks[0]["kinds"] == ["i3"], hooks
    place.stop()
    assert "LogEvents" in place.words() and there.types(1) == wanted[:1] and away.heard == []
    place = server("away", "--i3", path)
    assert away.types(2) == wanted and there.types(2) == wanted
    place.stop()


def what_a_service_will_never_take_is_put_aside_and_holds_nothing_up():
    place = server("refusing", "--i3", settings("refusing")).desk()
    logger = Logger(status=460)
    told(place, logger)
    rung(place)
    (hook,) = wait_for("put aside", lambda: [h for h in done_by_admin(place) if h["dead"] == 1])
    logger.status = 201
    rung(place, "ended")
    assert logger.types(1) == ["CallEndLogEvent"]
    served.run(AMPARO, "webhook", "retry", hook["id"], "--data", place.data)
    assert logger.types(2) == ["CallEndLogEvent", "CallStartLogEvent"]
    place.stop()


def done_by_admin(place):
    done_ = served.run(AMPARO, "webhook", "list", "--json", "--data", place.data)
    return json.loads(done_.stdout)["webhooks"]


def a_renewed_certificate_is_taken_and_another_kind_of_key_is_not():
    pem, key = chain("renewed")
    place = server("renewed", "--i3", settings("renewed", pem, key)).desk()
    logger = Logger()
    told(place, logger)
    rung(place)
    logger.events(1)
    assert signed_by(logger.heard[0][2], pem)
    chain("renewed")  # at the same place
    place.process.send_signal(signal.SIGHUP)
    wait_for("the word of it", lambda: any("read again" in line for line in place.lines))
    rung(place, "ended")
    logger.events(2)
    assert signed_by(logger.heard[1][2], pem)
    chain("renewed", algorithm="ed25519")
    place.process.send_signal(signal.SIGHUP)
    wait_for("the word of it", lambda: any("is no Ed448 key" in line for line in place.lines))
    done(place, "POST", "/v1/incidents/I-1/close", {})
    logger.events(3)
    jws = [json.loads(body) for _, _, body in logger.heard]
    assert jws[1]["protected"] == jws[2]["protected"] != jws[0]["protected"]
    place.stop()


def a_service_that_asks_for_a_certificate_is_shown_one():
    def here(name):
        return os.path.join(DIR, name)
    logger = Logger(context=who_asks(DIR))
    path = settings("mutual")
    place = server("mutual", "--i3", path, "--peer-ca", here("network.pem")).desk()
    told(place, logger)
    rung(place)
    wait_for("a try", lambda: done_by_admin(place)[0]["tries"] > 0)
    assert logger.heard == [] and done_by_admin(place)[0]["last_status"] == 0
    place.stop()
    pair = ("--peer-cert", here("client.pem"), "--peer-key", here("client.key"))
    place = server("mutual", "--i3", path, "--peer-ca", here("network.pem"), *pair)
    assert logger.types(1) == ["CallStartLogEvent"]
    place.stop()
    for wrong in (pair[:2], ("--peer-ca", here("nothing.pem")), (*pair[:2], "--peer-key", here("asks.key"))):
        place = server("mutual", *wrong)
        assert place.wait() != 0 and place.words().startswith("amparo serve: "), place.words()


def what_is_shown_to_those_that_ask_is_read_again():
    def here(name):
        return os.path.join(DIR, name)

    def show(cert, key):
        shutil.copyfile(here(cert), here("shown.pem"))
        shutil.copyfile(here(key), here("shown.key"))
    logger = Logger(context=who_asks(DIR))
    certificate(DIR, "stranger", "stranger", AUTHORITY)
    show("stranger.pem", "stranger.key")
    place = server("shown", "--i3", settings("shown"), "--peer-ca", here("network.pem"), "--peer-cert",
                   here("shown.pem"), "--peer-key", here("shown.key")).desk()
    told(place, logger)
    rung(place)
    wait_for("a try", lambda: done_by_admin(place)[0]["tries"] > 0)
    assert logger.heard == []
    show("client.pem", "client.key")
    place.process.send_signal(signal.SIGHUP)
    assert logger.types(1) == ["CallStartLogEvent"]
    show("client.pem", "asks.key")
    place.process.send_signal(signal.SIGHUP)
    wait_for("the word of it", lambda: any("old one stays in force" in line for line in place.lines))
    rung(place, "ended")
    assert logger.types(2)[1] == "CallEndLogEvent"
    place.stop()


def settings_and_subscriptions_that_make_no_sense_are_refused():
    wrong = chain("wrong", algorithm="ed25519")
    for name, path, words in (
            ("kind", settings("kind", *wrong), "no Ed448 key"),
            ("half", settings("half", wrong[0]), "go together"),
            ("line", settings("line", lines=["colour = blue"]), "line 4"),
            ("name", settings("name", lines=["agency = two words"]), "each a domain"),
            ("none", os.path.join(DIR, "nothing.i3"), "nothing.i3")):
        place = server(name, "--i3", path)
        assert place.wait() != 0 and words in place.words(), (name, place.words())
    logger = Logger()
    place = server("asked", "--i3", settings("asked")).desk()
    served.run(AMPARO, "webhook", "add", logger.url, "--form", "i3", "--kinds", "all", "--data",
               place.data, status=1)
    served.run(AMPARO, "webhook", "add", logger.url, "--form", "xml", "--kinds", "all", "--data",
               place.data, status=1)
    place.stop()
    place = server("bare-of-it").desk()
    refused = served.run(AMPARO, "webhook", "add", logger.url, "--form", "i3", "--data", place.data,
                         status=1)
    assert "--i3 FILE" in refused.stderr, refused.stderr
    place.stop()


def tested(test):
    def run():
        return ABSENT or test()
    run.__name__ = test.__name__
    return run


try:
    tap.run([tested(test) for test in (
        a_call_is_logged_from_its_start_to_its_end_by_two_services_signed,
        a_call_that_its_location_announced_starts_again_by_the_names_of_the_network,
        a_transferred_call_is_logged_with_its_target,
        without_the_word_personal_nobody_is_named_and_nothing_is_quoted,
        texts_and_the_life_of_an_incident_are_logged,
        a_service_that_is_away_holds_nobody_up_and_gets_all_in_order,
        what_a_service_will_never_take_is_put_aside_and_holds_nothing_up,
        a_renewed_certificate_is_taken_and_another_kind_of_key_is_not,
        a_service_that_asks_for_a_certificate_is_shown_one,
        what_is_shown_to_those_that_ask_is_read_again,
        settings_and_subscriptions_that_make_no_sense_are_refused)])
finally:
    shutil.rmtree(DIR, ignore_errors=True)
