#!/usr/bin/env python3
# A caller's link through the whole program: sent by SMS, tapped once, shared by, broken off, stopped.
"""usage: tests/program/link.py AMPARO"""

import hashlib
import http.server
import json
import os
import re
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading

import served
import tap
from served import wait_for

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-link-test-")
CALLER = "+000 84 777 1"
ALL = ["position", "messages", "media"]
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 1200
PIECE = 65536
PAGE_MAX = 30000


class Gateway:
    """Takes each text as `way = http` hands it over."""

    def __init__(self):
        self.heard = []
        gateway = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                gateway.heard.append(json.loads(body))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


GATEWAY = Gateway()
SETTINGS = os.path.join(DIR, "gateway.sms")
with open(SETTINGS, "w", encoding="utf-8") as file:
    file.write(f"way = http\nurl = http://127.0.0.1:{GATEWAY.port}/\n")
os.chmod(SETTINGS, 0o600)


def server(name, *more):
    return served.Server(AMPARO, DIR, name, "--sms", SETTINGS, "--link-url",
                         "https://sos.example.org/", *more)


def detail(place, number):
    status, text = place.ask("GET", f"/v1/incidents/{number}")
    assert status == 200, text
    return json.loads(text)["incident"]


def called(place):
    status, text = place.ask("POST", "/v1/calls", {"number": CALLER})
    assert status == 201, text
    return json.loads(text)["incident"]["id"]


def offered(place, number, scopes=None):
    """Sends a link and reads its path out of the text that the gateway heard."""
    before = len(GATEWAY.heard)
    status, text = place.ask("POST", f"/v1/incidents/{number}/links",
                             {"scopes": scopes or ALL, "text": "Open {link} please"})
    assert status == 201, text
    sent = wait_for("the text with the link", lambda: GATEWAY.heard[before:])[0]["text"]
    found = re.fullmatch(r"Open https://sos\.example\.org(/s/[A-Za-z0-9_-]{24}) please", sent)
    assert found, sent
    return found.group(1)


class Phone:
    """A browser: it keeps its cookie and goes where it is sent."""

    def __init__(self, place, language="en"):
        self.place, self.cookie, self.language = place, "", language

    def go(self, method, path, body=None, kind=None):
        fields = {"Accept_Language": self.language, "Cookie": self.cookie or "none=1"}
        if kind:
            fields["Content_Type"] = kind
        status, heads, text = self.place.exchange(method, path, body, **fields)
        if heads.get("Set-Cookie"):
            self.cookie = heads["Set-Cookie"].split(";")[0]
        return status, heads, text

    def tap(self, path):
        self.go("GET", path)
        status, heads, _ = self.go("POST", path, b"do=take", "application/x-www-form-urlencoded")
        assert status == 303 and heads["Location"] == path, (status, heads)
        return self.go("GET", path)[2]

    def share(self, path, what, body):
        return self.go("POST", f"{path}/{what}", body, "application/json")

    def have(self, path, upload):
        status, _, text = self.go("GET", f"{path}/media/{upload}")
        assert status == 200, text
        return json.loads(text)["offset"]

    def piece(self, path, upload, whole, at, size=PIECE):
        return self.go("POST", f"{path}/media/{upload}?offset={at}&total={len(whole)}",
                       whole[at:at + size], "application/octet-stream")

    def upload(self, path, upload, whole):
        at = self.have(path, upload)
        while at < len(whole):
            status, _, text = self.piece(path, upload, whole, at)
            assert status == 200, text
            at = json.loads(text)["offset"]
        assert json.loads(text)["done"], text


def media_files(place):
    folder = os.path.join(place.data, "media")
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def everything_on_disk(place):
    for base, _, names in os.walk(place.data):
        for name in names:
            if not os.path.isfile(os.path.join(base, name)):
                continue
            with open(os.path.join(base, name), "rb") as one:
                yield name, one.read()


def a_preview_of_the_link_does_not_consume_it_and_a_second_phone_hears_that_it_is_taken():
    place = server("tap").desk()
    number = called(place)
    path = offered(place, number)
    for _ in range(5):
        status, heads, text = Phone(place).go("GET", path)
        assert status == 200 and "I agree" in text, text
        assert heads["Cache-Control"] == "no-store" and heads["Referrer-Policy"] == "no-referrer"
        assert "default-src 'none'" in heads["Content-Security-Policy"]
        assert "unsafe" not in heads["Content-Security-Policy"]
    assert detail(place, number)["links"][0]["state"] == "offered"
    first, second = Phone(place), Phone(place)
    assert "You are sharing" in first.tap(path)
    assert "in use on another phone" in second.tap(path)
    assert "You are sharing" in first.tap(path)
    assert second.share(path, "text", {"text": "not me"})[0] == 403
    assert Phone(place).go("GET", "/s/" + "A" * 24)[0] == 404
    assert detail(place, number)["links"][0]["state"] == "taken"
    place.stop()


def position_and_words_arrive_at_the_call_and_the_form_works_without_a_script():
    place = server("words").desk()
    number = called(place)
    path = offered(place, number)
    phone = Phone(place)
    phone.tap(path)
    status, _, text = phone.share(path, "position", {"lat": 1.5, "lon": 2.5, "accuracy": 12})
    assert status == 200, text
    assert phone.share(path, "position", {"lat": 1.5, "lon": 2.5})[0] == 429
    assert phone.share(path, "position", {"lat": 91, "lon": 2.5})[0] == 422
    for _ in range(2):  # once, however often a poor network has it sent
        assert phone.share(path, "text", {"text": "third floor", "key": "abc"})[0] == 200
    assert phone.go("POST", path, b"do=text&text=back+door", "application/x-www-form-urlencoded")[0] == 303
    seen = detail(place, number)
    assert (seen["lat"], seen["lon"], seen["radius_m"]) == (1.5, 2.5, 12), seen
    heard = [t["text"] for t in seen["texts"] if t["state"] == "received"][::-1]
    assert heard == ["third floor", "back door"], heard
    assert "{link}" in seen["texts"][-1]["text"]
    place.stop()


def a_picture_comes_by_pieces_over_breaks_and_a_kill_and_is_seen_by_the_desk_alone():
    place = server("media").desk()
    number = called(place)
    path = offered(place, number)
    phone = Phone(place)
    phone.tap(path)
    assert phone.have(path, "picture-1") == 0
    assert phone.piece(path, "picture-1", JPEG, 0)[0] == 200
    status, _, text = phone.piece(path, "picture-1", JPEG, 2 * PIECE)  # a gap
    assert status == 409 and json.loads(text)["offset"] == PIECE, text
    assert phone.piece(path, "picture-1", JPEG, 0)[0] == 200  # its answer was lost
    assert phone.have(path, "picture-1") == PIECE
    place.process.send_signal(signal.SIGKILL)
    place.process.wait()
    half = [name for name in media_files(place) if name.startswith("up-")][0]
    with open(os.path.join(place.data, "media", half), "ab") as torn:
        torn.write(b"\x00\x00\x01\x00torn")
    token = place.token
    place = server("media")
    place.token = token
    phone.place = place
    assert phone.have(path, "picture-1") == PIECE
    assert detail(place, number)["links"][0]["media"] == [], "half is not shown as whole"
    phone.upload(path, "picture-1", JPEG)
    assert json.loads(phone.piece(path, "picture-1", JPEG, 0)[2])["done"]  # and once more
    media = detail(place, number)["links"][0]["media"]
    assert len(media) == 1 and media[0]["type"] == "jpeg" and media[0]["bytes"] == len(JPEG), media
    assert media[0]["sha256"] == hashlib.sha256(JPEG).hexdigest()
    looked = f"/v1/incidents/{number}/media/{media[0]['id']}"
    connection = place.connect()
    connection.request("GET", looked, headers={"Authorization": "Bearer " + place.token})
    answer = connection.getresponse()
    assert answer.read() == JPEG and answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    connection.close()
    assert place.exchange("GET", looked, Cookie="none=1")[0] == 401
    assert Phone(place).go("GET", looked)[0] == 401
    kinds = [entry["kind"] for entry in detail(place, number)["timeline"]]
    assert "medium-shared" in kinds, kinds
    place.stop()


def crewed(place, number, unit="M1"):
    """A crew on the incident, and a server as its phone sees it."""
    if place.ask("GET", f"/v1/units/{unit}")[0] == 404:
        body = {"unit": unit, "kind": "ambulance", "capabilities": ["bls"]}
        assert place.ask("POST", "/v1/units", body)[0] == 201
        place.crew = place.user("add", unit.lower(), "--role", "crew", "--unit", unit, "--token",
                                "--scopes", "read,write").stdout.strip()
    status, text = place.ask("POST", f"/v1/incidents/{number}/assignments", {"unit": unit})
    assert status in (200, 201), text
    return place.crew


def crew_piece(place, token, number, upload, whole, at, **more):
    query = f"incident={number}&offset={at}&total={len(whole)}"
    query += "".join(f"&{name}={value}" for name, value in more.items())
    return place.ask("POST", f"/v1/units/M1/media/{upload}?{query}", whole[at:at + PIECE],
                     Authorization="Bearer " + token, Content_Type="application/octet-stream")


def looked_at(place, look):
    """How many records tell of that look."""
    with sqlite3.connect(f"file:{place.data}/journal.db?mode=ro", uri=True) as database:
        return database.execute("SELECT count(*) FROM record WHERE instr(body, ?)",
                                (f'"look":"{look}"'.encode(),)).fetchone()[0]


def a_crews_picture_comes_by_pieces_and_only_of_the_incident_that_it_is_on():
    place = server("crew").desk()
    number, other = called(place), called(place)
    token = crewed(place, number)
    name, at, text = "0123456789abcdef", 0, ""
    assert crew_piece(place, token, other, name, JPEG, 0)[0] == 404, "not on that one"
    assert crew_piece(place, place.token, number, name, JPEG, 0)[0] == 403, "a desk is no crew"
    assert crew_piece(place, token, number, "short", JPEG, 0)[0] == 422
    assert crew_piece(place, token, number, name, JPEG, 0, taken="2001-01-01T00:00:00Z")[0] == 409
    assert media_files(place) == []
    status, text = crew_piece(place, token, number, name, JPEG, 2 * PIECE)
    assert status == 409 and json.loads(text)["offset"] == 0, text
    while at < len(JPEG):
        status, text = crew_piece(place, token, number, name, JPEG, at)
        assert status == 200, text
        at = json.loads(text)["offset"]
        status, told = place.ask("GET", f"/v1/units/M1/media/{name}?incident={number}",
                                 Authorization="Bearer " + token)
        assert status == 200 and json.loads(told)["offset"] == at, told
    assert json.loads(text)["done"], text
    assert json.loads(crew_piece(place, token, number, name, JPEG, PIECE)[1])["done"], "once more"
    page = b"<!doctype html><script>1</script>"
    assert crew_piece(place, token, number, "a-page-of-it", page, 0)[0] == 415
    seen = detail(place, number)
    medium = seen["media"][0]
    assert len(seen["media"]) == 1 and medium["type"] == "jpeg" and medium["unit"] == "M1", medium
    assert medium["actor"] == "m1" and medium["sha256"] == hashlib.sha256(JPEG).hexdigest(), medium
    assert [e["unit"] for e in seen["timeline"] if e["kind"] == "medium-taken"] == ["M1"]
    for file, data in everything_on_disk(place):
        assert JPEG[:64] not in data, file
    look = f"/v1/incidents/{number}/media/{medium['id']}"
    assert place.ask("GET", look)[0] == 200
    assert place.ask("GET", f"/v1/incidents/{other}/media/{medium['id']}")[0] == 404
    assert place.ask("GET", look, Authorization="Bearer " + token)[0] == 403, "the desk's alone"
    assert looked_at(place, f"medium-{medium['id']}") == 1, "a look is a record"
    assert crew_piece(place, token, number, "half-of-one", JPEG, 0)[0] == 200
    assert place.ask("DELETE", f"/v1/incidents/{number}/assignments/M1")[0] == 200
    assert crew_piece(place, token, number, "half-of-one", JPEG, PIECE)[0] == 404
    assert place.ask("POST", f"/v1/incidents/{number}/close", {})[0] == 200
    place.stop()
    token, place = place.token, server("crew")  # what belongs to nothing is swept away
    place.token = token
    wait_for("the half to be gone", lambda: len(media_files(place)) == 1)
    assert place.ask("GET", look)[0] == 200
    served.run(AMPARO, "erase", number, "--data", place.data, "--yes")
    assert place.ask("GET", look)[0] == 404
    assert detail(place, number)["media"][0]["sha256"] is None
    place.stop()
    place = server("crew")
    wait_for("the file to be gone", lambda: media_files(place) == [])
    place.stop()


def nothing_but_pictures_videos_and_sounds_is_kept_and_no_more_than_may_be():
    place = server("kinds").desk()
    number = called(place)
    path = offered(place, number)
    phone = Phone(place)
    phone.tap(path)
    status, _, text = phone.piece(path, "a-page-1", b"<!doctype html><script>1</script>", 0)
    assert status == 415, text
    assert media_files(place) == [], media_files(place)
    assert phone.go("POST", f"{path}/media/too-big-1?offset=0&total={33 << 20}", b"x")[0] == 413
    assert phone.go("POST", f"{path}/media/..%2fx?offset=0&total=9", b"x")[0] in (400, 404, 422)
    assert phone.go("POST", f"{path}/media/short?offset=0&total=9", b"x")[0] == 422
    alone = offered(place, number, ["position"])
    phone.tap(alone)
    assert phone.share(alone, "text", {"text": "a"})[0] == 403
    assert phone.piece(alone, "picture-2", JPEG, 0)[0] == 403
    assert "replaced" in [link["outcome"] for link in detail(place, number)["links"]]
    assert phone.share(path, "text", {"text": "a"})[0] == 404
    place.stop()


def the_caller_the_desk_and_the_end_of_the_incident_stop_it():
    place = server("stops").desk()
    number = called(place)
    for outcome in ("caller", "desk", "closed"):
        path = offered(place, number)
        phone = Phone(place)
        phone.tap(path)
        if outcome == "caller":
            assert phone.share(path, "stop", {})[0] == 200
        elif outcome == "desk":
            link = detail(place, number)["links"][0]["id"]
            assert place.ask("DELETE", f"/v1/incidents/{number}/links/{link}")[0] == 200
        else:
            assert place.ask("POST", f"/v1/incidents/{number}/close", {"outcome": "done"})[0] == 200
        link = detail(place, number)["links"][0]
        assert (link["state"], link["outcome"]) == ("stopped", outcome), link
        assert phone.share(path, "position", {"lat": 1, "lon": 1})[0] == 404
        assert "Sharing has ended" in phone.go("GET", path)[2]
        assert "not valid any more" in Phone(place).go("GET", path)[2]
    place.stop()


def the_token_is_in_no_file_and_no_log_and_erasing_makes_the_picture_unreadable():
    place = server("erased").desk()
    number = called(place)
    path = offered(place, number)
    wait_for("the text to be settled",
             lambda: detail(place, number)["texts"][0]["state"] == "sent")
    phone = Phone(place)
    phone.tap(path)
    phone.upload(path, "picture-1", JPEG)
    token, held = path[3:].encode(), phone.cookie.split("=")[1].encode()
    for name, data in everything_on_disk(place):
        assert token not in data and held not in data and JPEG[:64] not in data, name
    assert token.decode() not in "".join(place.lines)
    assert token.decode() not in place.ask("GET", "/metrics")[1]
    medium = detail(place, number)["links"][0]["media"][0]["id"]
    assert place.ask("POST", f"/v1/incidents/{number}/close", {})[0] == 200
    served.run(AMPARO, "erase", number, "--data", place.data, "--yes")
    assert place.ask("GET", f"/v1/incidents/{number}/media/{medium}")[0] == 404
    assert detail(place, number)["links"][0]["media"][0]["sha256"] is None
    place.stop()


def the_page_with_all_it_needs_is_under_thirty_kilobytes_in_every_language():
    place = server("small").desk()
    path = offered(place, called(place))
    phone = Phone(place)
    phone.tap(path)
    for language, direction in (("en-GB", "ltr"), ("pt", "ltr"), ("es", "ltr"), ("fr;q=0.9, xx", "ltr"),
                                ("sw", "ltr"), ("ar", "rtl")):
        phone.language = language
        _, heads, text = phone.go("GET", path)
        assert f'lang="{language[:2]}" dir="{direction}"' in text, text[:80]
        total = len(str(heads)) + len(text.encode())
        files = re.findall(r'(?:src|href)="(/[^"]+)"', text)
        assert len(files) == 2, files
        for file in files:
            status, heads, more = phone.go("GET", file)
            assert status == 200 and "immutable" in heads["Cache-Control"]
            assert heads.get("Content-Encoding") is None
            total += len(str(heads)) + len(more.encode())
        assert total < PAGE_MAX, total
        assert not re.search(r"<(script|style)(?![^>]*src)[^>]*>|style=|onclick", text), text
        assert "http" not in text.replace("Referrer", ""), "nothing from elsewhere"
    print(f"# {total} bytes")
    place.stop()


if __name__ == "__main__":
    try:
        tap.run([a_preview_of_the_link_does_not_consume_it_and_a_second_phone_hears_that_it_is_taken,
                 position_and_words_arrive_at_the_call_and_the_form_works_without_a_script,
                 a_picture_comes_by_pieces_over_breaks_and_a_kill_and_is_seen_by_the_desk_alone,
                 a_crews_picture_comes_by_pieces_and_only_of_the_incident_that_it_is_on,
                 nothing_but_pictures_videos_and_sounds_is_kept_and_no_more_than_may_be,
                 the_caller_the_desk_and_the_end_of_the_incident_stop_it,
                 the_token_is_in_no_file_and_no_log_and_erasing_makes_the_picture_unreadable,
                 the_page_with_all_it_needs_is_under_thirty_kilobytes_in_every_language])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
