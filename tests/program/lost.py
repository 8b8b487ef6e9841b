#!/usr/bin/env python3
# Which centre serves a place (LoST), and where somebody is (HELD): client, server and table, from outside.
"""usage: tests/program/lost.py AMPARO"""

import http.server
import json
import os
import shutil
import sys
import tempfile
import threading

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-lost-test-")
TABLE = os.path.join(DIR, "centres")
TEXT = """# who serves where
source lost.example
area north polygon 41.2,-8.7 41.2,-8.5 41.1,-8.5 41.1,-8.7
area north civic country=PT A1=Porto
service urn:service:sos north sip:112@north.example 112 North centre
service urn:service:sos * sip:112@else.example 112 Everywhere else
"""
with open(TABLE, "w", encoding="utf-8") as table_file:
    table_file.write(TEXT)


def lost(whom, *args, status=0):
    done = served.run(AMPARO, "lost", whom, *args, status=status)
    return json.loads(done.stdout) if status == 0 else done.stderr


def questions_are_answered(whom):
    at = lost(whom, "find", "--at", "41.15,-8.6", "--boundary")["mappings"][0]
    assert at["uris"] == ["sip:112@north.example"] and at["number"] == "112", at
    assert at["display_name"] == "North centre" and "boundary" in json.dumps(at), at
    other = lost(whom, "find", "--at", "0,0")["mappings"][0]
    assert other["uris"] == ["sip:112@else.example"], other
    civic = lost(whom, "find", "--civic", "country=PT", "--civic", "A1=porto", "--civic", "A6=Rua", "--validate")
    assert civic["mappings"][0]["uris"] == ["sip:112@north.example"], civic
    assert lost(whom, "list")["services"] == ["urn:service:sos"]
    assert lost(whom, "list-at", "--at", "41.15,-8.6")["services"] == ["urn:service:sos"]
    assert "41.2" in served.run(AMPARO, "lost", whom, "boundary", "--key", "north", "--xml").stdout
    assert lost(whom, "find", "--at", "0,0", "--service", "urn:service:x")["error"] == "serviceNotImplemented"


def a_table_answers_without_a_server():
    questions_are_answered(TABLE)


def a_server_answers_from_its_table():
    server = served.Server(AMPARO, DIR, "server", "--lost", TABLE)
    questions_are_answered(f"http://127.0.0.1:{server.port}/lost")
    status, heads, text = server.exchange("POST", "/lost", b"<garbled")
    assert status == 200 and heads["Content-Type"] == "application/lost+xml" and "badRequest" in text, text
    server.stop()
    server = served.Server(AMPARO, DIR, "without")
    assert server.ask("POST", "/lost", b"<x/>")[0] == 404
    server.stop()


def a_wrong_table_is_named_with_its_line():
    path = os.path.join(DIR, "wrong")
    with open(path, "w", encoding="utf-8") as file:
        file.write("source x\narea a polygon 1,1 2,2\n")
    assert "wrong: line 2: a polygon" in lost(path, "find", "--at", "0,0", status=1)
    done = served.run(AMPARO, "serve", "--store", "memory", "--listen", "127.0.0.1:0", "--lost", path, status=1)
    assert "line 2: a polygon" in done.stderr, done.stderr


class Lis(http.server.BaseHTTPRequestHandler):
    asked = []
    PIDF = """<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:g="http://www.opengis.net/gml"
 xmlns:p="urn:ietf:params:xml:ns:pidf:geopriv10" entity="pres:a@x"><tuple id="t"><status><p:geopriv>
 <p:location-info><g:Point srsName="urn:ogc:def:crs:EPSG::4326"><g:pos>41.15 -8.6</g:pos></g:Point>
 </p:location-info><p:usage-rules/></p:geopriv></status></tuple></presence>"""

    def answer(self, kind, body):
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):  # pylint: disable=invalid-name
        self.answer("application/pidf+xml", self.PIDF if self.path == "/loc" else "")

    def do_POST(self):  # pylint: disable=invalid-name
        Lis.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.answer("application/held+xml", f'<locationResponse xmlns="urn:ietf:params:xml:ns:geopriv:held">'
                    f'{self.PIDF}</locationResponse>')

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def a_location_server_is_asked_and_its_answer_read():
    lis = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lis)
    threading.Thread(target=lis.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{lis.server_address[1]}"
    said = json.loads(served.run(AMPARO, "held", url + "/loc").stdout)
    assert (said["lat"], said["lon"]) == (41.15, -8.6) and Lis.asked == [], said
    said = json.loads(served.run(AMPARO, "held", url, "--device", "tel:+1555&<0100", "--type", "geodetic").stdout)
    assert said["located"], said
    question = os.path.join(DIR, "question.xml")
    with open(question, "w", encoding="utf-8") as file:
        file.write(Lis.asked[0])
    seen = json.loads(served.run(AMPARO, "intake", "held", question).stdout)
    assert seen["device"] == [{"name": "uri", "value": "tel:+1555&<0100"}] and seen["types"] == ["geodetic"], seen
    assert seen["purpose"] == "emergencyDispatch", seen
    assert "answered with 404" in served.run(AMPARO, "held", url + "/none", status=1).stderr
    lis.shutdown()
    lis.server_close()
    assert "did not answer" in served.run(AMPARO, "held", url, status=1).stderr


def wrong_usage_is_named():
    for args in (["lost", TABLE], ["lost", TABLE, "what"], ["lost", TABLE, "find"], ["lost", TABLE, "boundary"],
                 ["lost", TABLE, "find", "--civic", "<=x"], ["held"], ["held", "x", "--type", "odd"]):
        assert "--help" in served.run(AMPARO, *args, status=2).stderr, args


if __name__ == "__main__":
    try:
        tap.run([a_table_answers_without_a_server, a_server_answers_from_its_table,
                 a_wrong_table_is_named_with_its_line, a_location_server_is_asked_and_its_answer_read,
                 wrong_usage_is_named])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
