#!/usr/bin/env python3
# Which centre serves a place (LoST), and where somebody is (HELD): client, server and table, from outside.
"""usage: tests/program/lost.py AMPARO"""

import http.server
import json
import os
import shutil
import signal
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


# A map of areas, as an extract has them: name, admin_level, then its squares (south, west, side), holes as well.
VALE = ("Vale", 6, (1, 1, 1), (1.4, 1.4, 0.2))
VILA = ("Vila", 8, (1.4, 1.4, 0.2))
OTHER = ("Vila", 6, (5, 5, 1))


def map_of(name, *areas):
    """An .amap file of these areas and a road."""
    osm, amap = os.path.join(DIR, name + ".osm"), os.path.join(DIR, name + ".amap")
    nodes, ways, relations = [(1.2, 1.2), (1.21, 1.21)], [(1, 2, "<tag k='highway' v='primary'/>")], ""
    for number, (label, level, *squares) in enumerate(areas):
        members = ""
        for index, (south, west, side) in enumerate(squares):
            first = len(nodes) + 1
            nodes += [(south, west), (south, west + side), (south + side, west + side), (south + side, west)]
            ways.append((*range(first, first + 4), first, ""))
            members += f"<member type='way' ref='{len(ways)}' role='{'inner' if index else 'outer'}'/>"
        relations += (f"<relation id='{number + 1}'>{members}<tag k='boundary' v='administrative'/>"
                      f"<tag k='name' v='{label}'/><tag k='admin_level' v='{level}'/></relation>")
    with open(osm, "w", encoding="utf-8") as file:
        file.write("<osm version='0.6'>" + "".join(
            f"<node id='{n + 1}' lat='{lat:.6f}' lon='{lon:.6f}'/>" for n, (lat, lon) in enumerate(nodes)))
        file.write("".join(f"<way id='{n + 1}'>" + "".join(f"<nd ref='{ref}'/>" for ref in way[:-1]) + way[-1] +
                           "</way>" for n, way in enumerate(ways)) + relations + "</osm>")
    served.run(AMPARO, "map", "build", osm, "-o", amap)
    return amap


MAPPED = """source lost.example
area vale map Vale
service urn:service:sos vale sip:112@vale.example 112 Centre of Vale
service urn:service:sos "level 8 Vila" sip:112@vila.example 112 Centre of Vila
"""


def table_of(name, text):
    path = os.path.join(DIR, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def who(whom, at, *more):
    said = lost(whom, "find", "--at", at, *more)
    return said["mappings"][0]["display_name"] if "error" not in said else said["error"]


def a_table_names_areas_of_a_map():
    table, amap = table_of("mapped", MAPPED), map_of("first", VALE, VILA, OTHER)
    assert who(table, "1.1,1.1", "--map", amap) == "Centre of Vale"
    assert who(table, "1.5,1.5", "--map", amap) == "Centre of Vila"  # in the hole of Vale
    assert who(table, "5.5,5.5", "--map", amap) == "notFound"
    told = served.run(AMPARO, "lost", table, "find", "--at", "1.1,1.1", "--boundary", "--map", amap, "--xml").stdout
    assert told.count("<serviceBoundary ") == 1 and told.count("<gml:interior>") == 1, told
    key = lost(table, "find", "--at", "1.1,1.1", "--map", amap)["mappings"][0]["boundary_key"]
    for name in (key, "vale"):
        told = served.run(AMPARO, "lost", table, "boundary", "--key", name, "--map", amap, "--xml").stdout
        assert "1.4000000 1.6000000" in told, told
    assert 'mapped: line 2: "Vale" is an area of the map, and there is no map' in lost(
        table, "find", "--at", "1,1", status=1)
    vague = table_of("vague", "source x\n\narea a map Vila\n")
    said = lost(vague, "list", "--map", amap, status=1)
    assert 'vague: line 3: "Vila" is 2 areas of the map' in said and "map level 8 Vila; map level 6 Vila" in said, said
    said = lost(table_of("unknown", "source x\narea a map Monte\n"), "list", "--map", amap, status=1)
    assert 'unknown: line 2: no area of the map is called "Monte"' in said, said
    assert "--map goes with a table" in served.run(
        AMPARO, "lost", "http://127.0.0.1:9/lost", "list", "--map", amap, status=2).stderr


def centres_warned(server, south, west):
    corners = [(south, west), (south, west + 0.1), (south + 0.1, west + 0.1), (south + 0.1, west), (south, west)]
    body = {"status": "Actual", "msgType": "Alert", "info": [{
        "language": "en", "category": ["Met"], "event": "Flood", "urgency": "Immediate", "severity": "Severe",
        "certainty": "Observed", "expires": "2099-01-01T00:00:00+00:00", "headline": "Flood",
        "area": [{"areaDesc": "x", "polygon": [corners]}]}]}
    status, text = server.ask("POST", "/v1/warnings/preview", body)
    assert status == 200, text
    return [centre["name"] for centre in json.loads(text)["centres"]]


def a_server_puts_its_table_on_every_map():
    table, live = table_of("served", MAPPED), os.path.join(DIR, "live.amap")
    shutil.copy(map_of("before", VALE, VILA), live)
    server = served.Server(AMPARO, DIR, "mapped-server", "--lost", table, "--map", live)
    url = f"http://127.0.0.1:{server.port}/lost"
    server.desk()
    assert who(url, "1.1,1.1") == "Centre of Vale" and who(url, "1.5,1.5") == "Centre of Vila"
    assert who(url, "1.1,3.1") == "notFound"
    key = lost(url, "find", "--at", "1.1,1.1")["mappings"][0]["boundary_key"]
    assert centres_warned(server, 1.45, 1.45) == ["Centre of Vila"]  # in the hole of Vale, not of it
    assert centres_warned(server, 1.35, 1.35) == ["Centre of Vale", "Centre of Vila"]
    assert centres_warned(server, 1.35, 3) == []

    moved = ("Vale", 6, (1, 3, 1), (1.4, 3.4, 0.2))
    os.rename(map_of("after", moved, VILA), live)
    server.process.send_signal(signal.SIGHUP)
    served.wait_for("the new map", lambda: who(url, "1.1,3.1") == "Centre of Vale")
    assert who(url, "1.1,1.1") == "notFound" and centres_warned(server, 1.35, 3) == ["Centre of Vale"]
    assert lost(url, "find", "--at", "1.1,3.1")["mappings"][0]["boundary_key"] != key
    assert lost(url, "boundary", "--key", key)["error"] == "notFound"  # another border, another key

    os.rename(map_of("without", VALE), live)
    server.desk("admin", "chief", "read,write,admin")
    status, text = server.ask("POST", "/v1/map/reload")
    assert status == 409 and 'the table of --lost: line 4: no area of the map is called' in text, (status, text)
    assert who(url, "1.1,3.1") == "Centre of Vale" and who(url, "1.5,1.5") == "Centre of Vila"
    assert server.stop() == 0
    done = served.run(AMPARO, "serve", "--store", "memory", "--listen", "127.0.0.1:0", "--lost", table, status=1)
    assert 'the table of --lost: line 2: "Vale" is an area of the map, and there is no map' in done.stderr, done.stderr
    done = served.run(AMPARO, "serve", "--store", "memory", "--listen", "127.0.0.1:0", "--lost", table, "--map", live,
                      status=1)
    assert 'the table of --lost: line 4: no area of the map is called "Vila"' in done.stderr, done.stderr


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
                 a_wrong_table_is_named_with_its_line, a_table_names_areas_of_a_map,
                 a_server_puts_its_table_on_every_map, a_location_server_is_asked_and_its_answer_read,
                 wrong_usage_is_named])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
