#!/usr/bin/env python3
# Alerts come in, are matched against incidents and crews, are updated, cancelled and forgotten.
"""usage: tests/program/alerts.py AMPARO"""

import base64
import datetime
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

import certificates
import served
import tap
from certificates import AUTHORITY as CERTIFIES, openssl

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-alerts-test-")
WAIT_S = 60
SCOPES = "read,write,positions,alerts"
RING = "-19.80,34.80 -19.80,34.90 -19.90,34.90 -19.90,34.80 -19.80,34.80"


def moment(seconds):
    now = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return now.strftime("%Y-%m-%dT%H:%M:%S-00:00")


def alert(identifier, kind="Alert", until=3600, refers=None, event="Flood", area=None, sent=None):
    area = area or f"<polygon>{RING}</polygon>"
    references = f"<references>{refers}</references>" if refers else ""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>
<sender>met@example.org</sender><sent>{sent or moment(0)}</sent><status>Actual</status>
<msgType>{kind}</msgType><scope>Public</scope>{references}
<info><language>en</language><category>Met</category><event>{event}</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
<expires>{moment(until)}</expires><headline>Flood warning</headline>
<area><areaDesc>Munhava</areaDesc>{area}</area></info>
<info><language>pt-MZ</language><category>Met</category><event>Cheia</event>
<urgency>Immediate</urgency><severity>Severe</severity><certainty>Observed</certainty>
<expires>{moment(until)}</expires><headline>Aviso de cheia</headline>
<area><areaDesc>Munhava</areaDesc>{area}</area></info>
</alert>""".encode()


def post(place, body, want=200):
    status, text = place.ask("POST", "/v1/alerts", body)
    assert status == want, (status, text)
    return json.loads(text)


def in_force(place, query=""):
    status, text = place.ask("GET", "/v1/alerts" + query)
    assert status == 200, text
    return json.loads(text)["alerts"]


def an_alert_in_force_says_what_it_warns_of_and_who_is_inside():
    place = served.Server(AMPARO, DIR, "inside").desk(scopes=SCOPES)
    for lat, lon in ((-19.85, 34.85), (-19.95, 34.85)):
        place.ask("POST", "/v1/incidents", {"lat": lat, "lon": lon, "place": "x"})
    for unit, lat in (("M1", -19.85), ("M2", -19.95)):
        place.ask("POST", "/v1/units", {"unit": unit, "kind": "ambulance", "capabilities": ["als"]})
        status, text = place.ask("POST", "/v1/positions", {"positions": [
            {"unit": unit, "lat": lat, "lon": 34.85}]})
        assert status in (200, 202), text
    assert post(place, alert("W-1")) | {"seq": 0} == {"seq": 0, "alerts": 1, "new": True}
    found, = in_force(place)
    assert (found["event"], found["severity"], found["urgency"]) == ("Flood", "Severe", "Immediate")
    assert found["incidents"] == ["I-1"] and found["units"] == ["M1"], found
    assert found["areas"][0]["polygons"][0][0] == [-19.8, 34.8], found["areas"]
    assert found["signature"] == "none" and found["source"] == "desk"
    assert in_force(place, "?language=pt")[0]["headline"] == "Aviso de cheia"
    body = alert("W-1", sent=found["sent"][:19] + "-00:00")
    assert post(place, body)["new"] is False
    assert len(in_force(place)) == 1
    assert place.stop() == 0
    place = served.Server(AMPARO, DIR, "inside")
    place.desk(name="later", scopes=SCOPES)
    assert [a["identifier"] for a in in_force(place)] == ["W-1"]
    assert place.stop() == 0


def updates_and_cancels_end_what_they_refer_to_and_time_ends_the_rest():
    place = served.Server(AMPARO, DIR, "ends").desk(scopes=SCOPES)
    sent = moment(-5)
    post(place, alert("W-1", sent=sent))
    post(place, alert("W-2", "Update", refers=f"met@example.org,W-1,{sent}", sent=sent))
    assert [a["identifier"] for a in in_force(place)] == ["W-2"]
    post(place, alert("W-3", "Cancel", refers=f"met@example.org,W-2,{sent}"))
    assert in_force(place) == []
    post(place, alert("W-4", until=3))
    until = time.monotonic() + WAIT_S
    while in_force(place):
        assert time.monotonic() < until, "it never ended"
        time.sleep(0.3)
    assert place.stop() == 0


MAP = """<osm version="0.6">
<node id="1" lat="-20" lon="34.7"/><node id="2" lat="-20" lon="35"/>
<node id="3" lat="-19.7" lon="35"/><node id="4" lat="-19.7" lon="34.7"/>
<node id="5" lat="-19.85" lon="34.85"/><node id="6" lat="-19.851" lon="34.851"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/></way>
<way id="2"><nd ref="5"/><nd ref="6"/><tag k="highway" v="residential"/><tag k="name" v="Rua"/></way>
<relation id="1"><member type="way" ref="1" role="outer"/><tag k="type" v="boundary"/>
<tag k="boundary" v="administrative"/><tag k="admin_level" v="4"/><tag k="name" v="Sofala"/>
<tag k="ISO3166-2" v="MZ-S"/></relation></osm>"""


def an_area_that_is_only_a_code_has_its_place_by_the_table_or_the_map():
    def code(scheme, value):
        return f"<geocode><valueName>{scheme}</valueName><value>{value}</value></geocode>"
    osm, amap, table = (os.path.join(DIR, n) for n in ("m.osm", "m.amap", "areas"))
    with open(osm, "w", encoding="utf-8") as file:
        file.write(MAP)
    with open(table, "w", encoding="utf-8") as file:
        file.write(f"# ours\nSAME 006037 = polygon {RING}\nUGC MZZ1 = level 4 Sofala\n")
    served.run(AMPARO, "map", "build", osm, "-o", amap)
    with open(table + ".bad", "w", encoding="utf-8") as file:
        file.write("SAME 1 = polygon 1,1 2,2 1,1\n")
    said = served.run(AMPARO, "serve", "--store", "memory", "--alert-areas", table + ".bad", status=1)
    assert "line 1 is none of" in said.stderr, said.stderr
    place = served.Server(AMPARO, DIR, "coded", "--map", amap, "--alert-areas", table)
    place.desk(scopes=SCOPES)
    place.ask("POST", "/v1/incidents", {"lat": -19.85, "lon": 34.85, "place": "x"})
    for name, area in (("W-1", code("SAME", "006037")), ("W-2", code("UGC", "MZZ1")),
                       ("W-3", code("ISO3166-2", "MZ-S")), ("W-4", code("EMMA_ID", "MZ1"))):
        post(place, alert(name, area=area))
    post(place, alert("W-5", area=code("EMMA_ID", "MZ1")).replace(b"Munhava", b"Sofala"))
    found = {a["identifier"]: a for a in in_force(place)}
    how = {name: (a["areas"][0]["placed"], a["incidents"]) for name, a in found.items()}
    assert how == {"W-1": ("geocode", ["I-1"]), "W-2": ("geocode", ["I-1"]),
                   "W-3": ("geocode", ["I-1"]), "W-4": ("none", []), "W-5": ("name", ["I-1"])}, how
    assert found["W-3"]["areas"][0]["polygons"][0][0] in (
        [-20.0, 34.7], [-20.0, 35.0], [-19.7, 35.0], [-19.7, 34.7])
    assert found["W-4"]["areas"][0]["unmatched"] == [{"name": "EMMA_ID", "value": "MZ1"}]
    assert place.stop() == 0


class Service:
    """A weather service: a list that names alerts, with ETag; what was asked is kept."""

    def __init__(self):
        self.asked, self.pages, self.tokens, self.broken, service = [], {}, {}, False, self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                service.asked.append((self.path, self.headers.get("If-None-Match")))
                service.tokens[self.path] = self.headers.get("Authorization")
                page = service.pages.get(self.path)
                tag = f'"{hash(page)}"'
                same = page and self.headers.get("If-None-Match") == tag
                status = 503 if service.broken else 404 if not page else 304 if same else 200
                self.send_response(status)
                body = page if status == 200 else b""
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def a_feed_is_asked_again_and_only_what_is_new_is_fetched():
    service = Service()
    entry = "<entry><updated>{}</updated><link type='application/cap+xml' href='{}'/></entry>"
    listed = [entry.format(1, service.url + "/1.cap"), entry.format(1, "http://127.0.0.1:1/x.cap")]
    service.pages = {"/list": ("<feed xmlns='http://www.w3.org/2005/Atom'>" + "".join(listed)
                               + "</feed>").encode(),
                     "/1.cap": alert("W-1"), "/alone": alert("W-2")}
    path = os.path.join(DIR, "feeds")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"feed = met\nurl = {service.url}/list\nevery = 30\n"
                   f"feed = sea\nurl = {service.url}/alone\nevery = 30\n")
    os.chmod(path, 0o600)
    place = served.Server(AMPARO, DIR, "fed", "--alert-feeds", path).desk(scopes=SCOPES)
    until = time.monotonic() + WAIT_S
    while len(in_force(place)) < 2:
        assert time.monotonic() < until, (in_force(place), service.asked)
        time.sleep(0.3)
    assert sorted((a["identifier"], a["source"]) for a in in_force(place)) == [
        ("W-1", "met"), ("W-2", "sea")]
    until = time.monotonic() + WAIT_S  # the second time it says what it has
    while not [1 for path, tag in service.asked if path == "/list" and tag]:
        assert time.monotonic() < until, service.asked
        time.sleep(0.5)
    assert [path for path, _ in service.asked].count("/1.cap") == 1, service.asked
    assert place.stop() == 0


def alerts_of_a_list_lie_beside_it_or_at_hosts_that_are_named():
    met, store, stranger = Service(), Service(), Service()
    links = ("r/1.cap", "/2.cap?x=1", store.url + "/3.cap", stranger.url + "/4.cap", "#top", "mailto:a@b.example")
    met.pages = {"/cap/list": ("<feed xmlns='http://www.w3.org/2005/Atom'>" + "".join(
        f"<entry><link href='{link}'/></entry>" for link in links) + "</feed>").encode(),
        "/cap/r/1.cap": alert("R-1"), "/2.cap?x=1": alert("R-2")}
    store.pages = {"/3.cap": alert("R-3")}
    stranger.pages = {"/4.cap": alert("R-4")}
    path = os.path.join(DIR, "hosts-feeds")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"feed = met\nurl = {met.url}/cap/list\nevery = 30\ntoken = secret\nalso = {store.url}/\n")
    os.chmod(path, 0o600)
    place = served.Server(AMPARO, DIR, "hosts", "--alert-feeds", path).desk(scopes=SCOPES)
    until = time.monotonic() + WAIT_S
    while len(in_force(place)) < 3:
        assert time.monotonic() < until, (in_force(place), met.asked, store.asked)
        time.sleep(0.3)
    assert sorted(a["identifier"] for a in in_force(place)) == ["R-1", "R-2", "R-3"]
    assert met.tokens == dict.fromkeys(met.pages, "Bearer secret"), met.tokens
    assert store.tokens == {"/3.cap": None} and stranger.asked == [], (store.tokens, stranger.asked)
    assert place.stop() == 0
    log = "".join(place.lines)
    assert log.count("lie elsewhere") == 1 and f"also = {stranger.url} in" in log and "secret" not in log, log
    for wrong in (f"also = {store.url}/path", "also = ftp://x", "also = x"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"feed = met\nurl = {met.url}/cap/list\n{wrong}\n")
        done = served.run(AMPARO, "serve", "--store", "memory", "--alert-feeds", path, status=1)
        assert "line 3 of the feeds' settings" in done.stderr, done.stderr


def an_alert_of_any_length_that_is_kept_is_taken_and_there_after_a_restart():
    place = served.Server(AMPARO, DIR, "length", "--snapshot-every", "3").desk(scopes=SCOPES)
    lengths = (200, 8000, 16400, 33000, 47000)
    for length in lengths:
        long = f"<description>{'water ' * (length // 6)}</description>"
        whole = alert(f"S-{length}").decode().replace("<area>", long + "<area>", 1)
        assert post(place, whole.encode())["new"], length
    assert len(in_force(place)) == len(lengths)
    assert place.stop() == 0
    place = served.Server(AMPARO, DIR, "length").desk(name="other", scopes=SCOPES)
    told = {a["identifier"]: a for a in in_force(place)}
    assert len(told) == len(lengths) and "water water" in json.dumps(told["S-47000"])
    assert place.stop() == 0


def a_long_list_and_an_alert_that_carries_a_file_are_taken_and_what_has_no_room_waits():
    service = Service()
    entry = "<entry><updated>1</updated><summary>{}</summary><link href='{}'/></entry>"
    count = 300  # more than wait at once
    spoken = ("<resource><resourceDesc>spoken</resourceDesc><mimeType>audio/mpeg</mimeType>"
              f"<derefUri>{'QUJD' * 100000}</derefUri></resource><area>")
    service.pages = {f"/{i}.cap": alert(f"L-{i}") for i in range(count)}
    service.pages["/7.cap"] = alert("L-7").decode().replace("<area>", spoken, 1)
    service.pages["/list"] = ("<feed xmlns='http://www.w3.org/2005/Atom'>" + "".join(
        entry.format("the river rises " * 40, f"{service.url}/{i}.cap") for i in range(count))
        + "</feed>")
    service.pages = {path: page if isinstance(page, bytes) else page.encode()
                     for path, page in service.pages.items()}
    assert len(service.pages["/list"]) > 200000 and len(service.pages["/7.cap"]) > 400000
    path = os.path.join(DIR, "long-feeds")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"feed = met\nurl = {service.url}/list\nevery = 3600\n")
    os.chmod(path, 0o600)
    place = served.Server(AMPARO, DIR, "long", "--alert-feeds", path).desk(scopes=SCOPES)
    until = time.monotonic() + 3 * WAIT_S
    while len(in_force(place)) < count:
        assert time.monotonic() < until, (len(in_force(place)), service.asked[-3:])
        time.sleep(0.5)
    assert place.stop() == 0


# ---- signatures ----

DSIG = "http://www.w3.org/2000/09/xmldsig#"
MORE = "http://www.w3.org/2001/04/xmldsig-more#"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"


def here(name):
    return os.path.join(DIR, name)


def keys_make():
    """An RSA key with a certificate, one whose certificate has expired, an elliptic one, a stranger's."""
    for name, days in (("met", "30"), ("old", "0"), ("other", "30")):
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout",
                here(name + ".key"), "-out", here(name + ".csr"))
        openssl("x509", "-req", "-in", here(name + ".csr"), "-signkey", here(name + ".key"), "-days",
                days, "-out", here(name + ".pem"))
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", here("sea.key"))
    openssl("ec", "-in", here("sea.key"), "-pubout", "-out", here("sea.pem"))


def signed(text, key, method="rsa-sha256", digest="http://www.w3.org/2001/04/xmlenc#sha256",
           uri="", canon=EXCLUSIVE, transforms=None, option="--privkey-pem"):
    """The alert with a signature at its end, made by the xmlsec1 program."""
    transforms = transforms or (f'<Transform Algorithm="{DSIG}enveloped-signature"/>'
                                f'<Transform Algorithm="{canon}"/>')
    method = method if ":" in method else MORE + method
    template = (f'<Signature xmlns="{DSIG}"><SignedInfo><CanonicalizationMethod Algorithm="{canon}"/>'
                f'<SignatureMethod Algorithm="{method}"/><Reference URI="{uri}"><Transforms>'
                f'{transforms}</Transforms><DigestMethod Algorithm="{digest}"/><DigestValue/>'
                f'</Reference></SignedInfo><SignatureValue/></Signature></alert>').encode()
    with open(here("unsigned.xml"), "wb") as file:
        file.write(text.replace(b"</alert>", template))
    done = subprocess.run(["xmlsec1", "--sign", "--id-attr:Id", "alert", option, here(key), "--output",
                           here("signed.xml"), here("unsigned.xml")], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    with open(here("signed.xml"), "rb") as file:
        return file.read()


def wrapped(old):
    """The classic: another alert around, with the old one where the signature still finds it."""
    begin, end = old.index(b"<Signature"), old.index(b"</Signature>")
    inner = old[old.index(b"<alert"):begin] + b"</alert>"
    signature = old[begin:end] + b"<Object>" + inner + b"</Object></Signature>"
    evil = alert("S-evil", event="Evacuate")
    return evil.replace(b"</alert>", signature + b"</alert>")


def verdict(place, body, want=200):
    """What is said of its signature once it is in force, and by whom."""
    name = re.search(rb"<identifier>([^<]*)<", body).group(1).decode()
    post(place, body, want)
    found = [a for a in in_force(place) if a["identifier"] == name]
    return (found[0]["signature"], found[0].get("signed_by")) if found else None


def signing(name, rule):
    """A server that knows the keys of whoever sends."""
    path = here(name + ".feeds")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"sender = desk\nsigned = {rule}\n" + "".join(
            f"key = {key} {here(key)}.pem\n" for key in ("met", "old", "sea")))
    os.chmod(path, 0o600)
    return served.Server(AMPARO, DIR, name, "--alert-feeds", path)


def a_signature_is_looked_at_and_said_where_keys_are_given():
    keys_make()
    place = signing("checked", "checked").desk(scopes=SCOPES)
    assert verdict(place, alert("S-1")) == ("none", None)
    good = signed(alert("S-2"), "met.key")
    assert verdict(place, good) == ("valid", "met")
    ec = signed(alert("S-3"), "sea.key", "ecdsa-sha256", canon=INCLUSIVE)
    assert verdict(place, ec) == ("valid", "sea")
    strong = signed(alert("S-4"), "met.key", "rsa-sha512",
                    "http://www.w3.org/2001/04/xmlenc#sha512")
    assert verdict(place, strong) == ("valid", "met")
    changed = signed(alert("S-5"), "met.key").replace(b"Munhava", b"Everywhere")
    assert verdict(place, changed) == ("invalid", None)
    assert verdict(place, signed(alert("S-6"), "other.key")) == ("unknown-key", None)
    time.sleep(1.1)  # the certificate was good for the second in which it was made
    assert verdict(place, signed(alert("S-7"), "old.key")) == ("unknown-key", None)
    for name, body in (
            ("S-8", dict(key="met.key", method=DSIG + "rsa-sha1")),
            ("S-9", dict(key="met.key", digest=DSIG + "sha1")),
            ("S-10", dict(key="secret", method=MORE + "hmac-sha256", option="--hmackey")),
            ("S-11", dict(key="met.key", transforms=(
                f'<Transform Algorithm="{DSIG}enveloped-signature"/><Transform Algorithm='
                '"http://www.w3.org/TR/1999/REC-xpath-19991116"><XPath>self::text()</XPath></Transform>')))):
        with open(here("secret"), "wb") as file:
            file.write(b"x" * 32)
        assert verdict(place, signed(alert(name), **body)) == ("unsupported", None), name
    whole = alert("S-4").replace(b"<alert ", b'<alert Id="all" ')
    for old in (good, signed(whole, "met.key", uri="#all")):
        evil = wrapped(old)
        assert verdict(place, evil) == ("unsupported", None)
        bare = re.sub(rb"<Object>.*</Object>", b"", evil, flags=re.S).replace(b"S-evil", b"S-evil-2")
        assert verdict(place, bare)[0] in ("invalid", "unsupported")
    moved = good.replace(b"<identifier>S-2<", b"<identifier>S-12<")
    assert verdict(place, moved) == ("invalid", None)
    assert place.stop() == 0
    place = signing("checked", "checked").desk(name="later", scopes=SCOPES)
    assert {a["identifier"]: a["signature"] for a in in_force(place)}["S-2"] == "valid"
    assert place.stop() == 0


def a_feed_of_unsigned_alerts_brings_none():
    service = Service()
    service.pages = {"/good": signed(alert("F-1"), "sea.key", "ecdsa-sha256"), "/bad": alert("F-2")}
    path = here("strict.feeds")
    with open(path, "w", encoding="utf-8") as file:
        for name in ("bad", "good"):
            file.write(f"feed = {name}\nurl = {service.url}/{name}\nsigned = required\n"
                       f"key = sea {here('sea.pem')}\n")
    os.chmod(path, 0o600)
    place = served.Server(AMPARO, DIR, "strict", "--alert-feeds", path).desk(scopes=SCOPES)
    found = served.wait_for("the signed one", lambda: in_force(place))
    assert [(a["identifier"], a["signed_by"]) for a in found] == [("F-1", "sea")], found
    served.wait_for("the refusal", lambda: [n for n in place.lines if "bad: refused" in n])
    assert place.stop() == 0


def where_a_signature_is_required_nothing_else_is_taken_and_the_journal_says_why():
    place = signing("required", "required").desk(scopes=SCOPES)
    good = signed(alert("R-1"), "met.key")
    assert verdict(place, good) == ("valid", "met")
    for body in (alert("R-2"), signed(alert("R-3"), "other.key"),
                 signed(alert("R-4"), "met.key").replace(b"Severe", b"Minor")):
        status, text = place.ask("POST", "/v1/alerts", body)
        assert status == 403 and "signature" in json.loads(text)["detail"], (status, text)
    sent = in_force(place)[0]["id"]
    post(place, alert("R-5", "Cancel", refers=sent), 403)
    assert [a["identifier"] for a in in_force(place)] == ["R-1"]
    post(place, signed(alert("R-6", "Cancel", refers=sent), "met.key"))
    assert in_force(place) == []
    assert place.stop() == 0
    said = []
    for folder, _, names in os.walk(place.data):  # the journal, as it lies there
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                said += re.findall(rb'"kind":"alert-refused"[^}]*"outcome":"([^"]*)"', file.read())
    assert sorted(said) == [b"invalid", b"none", b"none", b"unknown-key"], said
    a_feed_of_unsigned_alerts_brings_none()
    path = here("bad.feeds")
    for lines, words in (("sender = desk\nsigned = required\n", "needs a line"),
                         ("sender = desk\nkey = met\n", "line 2"),
                         ("sender = desk\nurl = https://x/\n", "line 2"),
                         (f"sender = desk\nkey = met {here('met.csr')}\n", "no certificate")):
        with open(path, "w", encoding="utf-8") as file:
            file.write(lines)
        os.chmod(path, 0o600)
        done = served.run(AMPARO, "serve", "--store", "memory", "--alert-feeds", path, status=1)
        assert words in done.stderr, done.stderr


# ---- signatures by certificates that come with them ----

WARNS = "subjectAltName=email:warn@met.example.org"
SIGNS = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\n"


def certificate(*args, **more):
    certificates.certificate(DIR, *args, **more)


def certificates_make():
    certificate("root", "root", CERTIFIES)
    certificate("between", "root", CERTIFIES)
    certificate("late", "between", SIGNS + WARNS, days="0")  # good for this second
    certificate("good", "between", SIGNS + WARNS, rsa=True)
    certificate("renewed", "between", SIGNS + WARNS)
    certificate("neighbour", "between", SIGNS + "subjectAltName=email:warn@sea.example.org")
    certificate("sealer", "between", "keyUsage=critical,keyEncipherment\n" + WARNS)
    certificate("alone", "alone", SIGNS + WARNS)
    certificate("root2", "root2", CERTIFIES)
    certificate("foreign", "root2", SIGNS + WARNS)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-keyout", here("thief.key"),
            "-out", here("thief.csr"))
    openssl("pkey", "-in", here("neighbour.key"), "-pubout", "-out", here("pinned.pem"))


def base64_of(name):
    with open(here(name + ".pem"), encoding="utf-8") as file:
        return re.sub("-----[^-]*-----", "", file.read()).strip()


def x509(*names, more=""):
    inner = "".join(f"<X509Certificate>{base64_of(n)}</X509Certificate>" for n in names)
    return f"<X509Data>{more}{inner}</X509Data>"


def key_value(key):
    """An RSA key as it is written in KeyInfo."""
    said = subprocess.run(["openssl", "rsa", "-noout", "-modulus", "-in", here(key)], check=True,
                          capture_output=True, text=True).stdout.strip().split("=")[1]
    modulus = base64.b64encode(bytes.fromhex(said)).decode()
    return (f"<KeyValue><RSAKeyValue><Modulus>{modulus}</Modulus><Exponent>AQAB</Exponent>"
            "</RSAKeyValue></KeyValue>")


def certified(identifier, key, info, **more):
    """An alert signed by a key, with this as its KeyInfo (which no signature covers)."""
    method = "rsa-sha256" if key in ("good", "thief") else "ecdsa-sha256"
    text = signed(alert(identifier, **more), key + ".key", method).decode()
    return text.replace("</SignatureValue>", f"</SignatureValue><KeyInfo>{info}</KeyInfo>").encode()


def certifying(name, rule, lines=""):
    """A server that knows an authority, and whom it has to have certified."""
    path = here(name + ".feeds")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"sender = desk\nsigned = {rule}\n{lines}ca = met-ca {here('root.pem')}\n"
                   "signer = email warn@met.example.org\n")
    os.chmod(path, 0o600)
    return served.Server(AMPARO, DIR, name, "--alert-feeds", path)


def a_certificate_that_comes_along_counts_where_it_leads_to_the_authority_and_is_of_the_signer():
    certificates_make()
    made = time.monotonic()
    place = certifying("authority", "checked", f"key = pinned {here('pinned.pem')}\n")
    place.desk(scopes=SCOPES)
    chain = x509("good", "between")
    subject = "<X509SubjectName>CN=whoever</X509SubjectName>"
    crlf = x509("between", "good", "root", more=subject).replace("\n", "&#13;\n")
    for name, key, info, who in (
            ("C-1", "good", chain, "met-ca"),
            ("C-2", "good", key_value("good.key") + crlf + "<KeyName>x</KeyName>", "met-ca"),
            ("C-3", "renewed", x509("renewed", "between"), "met-ca"),
            ("C-4", "neighbour", "<MgmtData>x</MgmtData>", "pinned")):  # given: KeyInfo is not read
        assert verdict(place, certified(name, key, info)) == ("valid", who), (name, place.lines[-3:])
    changed = certified("C-10", "good", chain).replace(b"Munhava", b"Everywhere")
    assert verdict(place, changed) == ("invalid", None)
    no_key = (
        ("C-20", "good", x509("good"), "unknown issuer"),
        ("C-21", "foreign", x509("foreign", "root2"), "unknown issuer"),
        ("C-22", "alone", x509("alone", "root"), "unknown issuer"),
        ("C-23", "sealer", x509("sealer", "between"), "not for signing"),
        ("C-24", "between", chain, "not by the key of its certificate"),
        ("C-25", "renewed", x509("neighbour", "between"), "another signer"),
        ("C-26", "thief", chain, "not by the key of its certificate"),
        ("C-27", "thief", key_value("thief.key") + chain, "not by the key of its certificate"),
        ("C-28", "thief", chain + key_value("thief.key"), "not by the key of its certificate"),
        ("C-29", "good", key_value("good.key"), "no certificate came"),
        ("C-30", "good", x509(more=subject), "no certificate came"),
        ("C-31", "good", "<KeyName>good</KeyName>", "no certificate came"),
        ("C-32", "late", x509("late", "between"), "its certificate has expired"))
    other_form = (
        ("C-40", "between", x509("between"), "none of a signer"),
        ("C-41", "good", x509("good", "foreign", "between"), "several signers"),
        ("C-42", "good", x509("good") + x509("between"), "KeyInfo holds something"),
        ("C-43", "good", f"<RetrievalMethod URI='{here('good.pem')}'/>" + chain, "KeyInfo holds"),
        ("C-44", "good", chain + "<EncryptedKey/>", "KeyInfo holds"),
        ("C-45", "good", x509("good", "between", more="<X509CRL>AAAA</X509CRL>"), "X509Data holds"),
        ("C-46", "good", x509("between", more="<X509Certificate><![CDATA[" + base64_of("good") +
                              "]]></X509Certificate>"), "X509Data holds"),
        ("C-47", "good", x509("between", more="<X509Certificate>AAAA</X509Certificate>"),
         "cannot be read"),
        ("C-48", "good", chain.replace("<X509Data>", "<X509Data xmlns='urn:x'>"), "KeyInfo holds"),
        ("C-49", "good", x509("good", *["between"] * 8), "more certificates"),
        ("C-50", "good", f"<Signature>{chain}</Signature>", "more than one signature"))
    time.sleep(max(0.0, made + 1.1 - time.monotonic()))  # "late" was good for the second it was made
    for cases, want in ((no_key, "unknown-key"), (other_form, "unsupported")):
        for name, key, info, why in cases:
            before = len(place.lines)
            found = verdict(place, certified(name, key, info))
            assert found == (want, None), (name, found)
            served.wait_for(name, lambda: [n for n in place.lines[before:] if why in n])
    assert place.stop() == 0
    place = certifying("insisting", "required").desk(scopes=SCOPES)
    assert verdict(place, certified("C-60", "good", chain)) == ("valid", "met-ca")
    for name, key, info, why in (("C-61", "late", x509("late", "between"), "has expired"),
                                 ("C-62", "neighbour", x509("neighbour", "between"), "another signer")):
        status, text = place.ask("POST", "/v1/alerts", certified(name, key, info))
        assert status == 403 and why in json.loads(text)["detail"], (status, text)
    assert [a["identifier"] for a in in_force(place)] == ["C-60"]
    assert place.stop() == 0
    path = here("bad-ca.feeds")
    for lines, words in ((f"ca = met {here('root.pem')}\n", "needs a line"),
                         (f"ca = met {here('root.pem')}\nsigner = warn@met.example.org\n", "line 3"),
                         (f"ca = met {here('good.pem')}\nsigner = any\n", "none of an authority")):
        with open(path, "w", encoding="utf-8") as file:
            file.write("sender = desk\n" + lines)
        os.chmod(path, 0o600)
        done = served.run(AMPARO, "serve", "--store", "memory", "--alert-feeds", path, status=1)
        assert words in done.stderr, done.stderr


def what_is_no_alert_is_refused_and_who_may_not_brings_none():
    place = served.Server(AMPARO, DIR, "refused").desk(scopes=SCOPES)
    post(place, b"<alert/>", 400)
    post(place, b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", 415)
    post(place, alert("W-1").replace(b"Severe", b"Awful"), 422)
    post(place, alert("W-1", event="x" * 70000), 413)
    assert in_force(place) == []
    place.token = place.user("token", "desk", "--scopes", "read").stdout.strip()
    post(place, alert("W-1"), 403)
    assert place.stop() == 0


SIGNED = [a_signature_is_looked_at_and_said_where_keys_are_given,
          a_certificate_that_comes_along_counts_where_it_leads_to_the_authority_and_is_of_the_signer,
          where_a_signature_is_required_nothing_else_is_taken_and_the_journal_says_why]


def can_sign():
    """Whether xmlsec1 is here, and this program looks at signatures; else it is said."""
    built = "without" not in served.run(AMPARO, "verifier", "--help").stdout
    if shutil.which("xmlsec1") and built:
        return True
    print("# signatures are left out: no xmlsec1, or a program without libxmlsec1")
    return False


if __name__ == "__main__":
    try:
        tap.run([
            an_alert_in_force_says_what_it_warns_of_and_who_is_inside,
            updates_and_cancels_end_what_they_refer_to_and_time_ends_the_rest,
            an_area_that_is_only_a_code_has_its_place_by_the_table_or_the_map,
            a_feed_is_asked_again_and_only_what_is_new_is_fetched,
            alerts_of_a_list_lie_beside_it_or_at_hosts_that_are_named,
            an_alert_of_any_length_that_is_kept_is_taken_and_there_after_a_restart,
            a_long_list_and_an_alert_that_carries_a_file_are_taken_and_what_has_no_room_waits,
            *(SIGNED if can_sign() else []),
            what_is_no_alert_is_refused_and_who_may_not_brings_none,
        ])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
