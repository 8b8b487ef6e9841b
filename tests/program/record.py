#!/usr/bin/env python3
# The record from outside: verified, damaged, backed up under load, restored, proved and checked.
"""usage: tests/program/record.py AMPARO"""

import hashlib
import http.client
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import zipfile

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
TOP = tempfile.mkdtemp(prefix="amparo-record-")
DATA = os.path.join(TOP, "data")
START_S = 30
JPEG = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 200


def amparo(*args, status=0):
    done = subprocess.run([AMPARO, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=120, check=False)
    assert done.returncode == status, f"{args}: {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
    return done


def as_json(*args, **more):
    return json.loads(amparo(*args, "--json", **more).stdout)


class Server:
    """A server on a directory, until the end of the with."""

    def __init__(self, data):
        self.data, self.process, self.port = data, None, 0

    def __enter__(self):
        self.process = subprocess.Popen(
            [AMPARO, "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--quiet",
             *served.SANDBOX],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found.group(1))
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                self.token = self.token_make()
                return self
        raise RuntimeError("the server did not start")

    def token_make(self, name="desk", role="dispatcher", *more):
        """Of an account that there may be from an earlier time, or in the backup."""
        known = as_json("user", "list", "--data", self.data)["accounts"]
        if name in [account["account"] for account in known]:
            return as_json("user", "token", name, "--data", self.data)["secret"]
        return amparo("user", "add", name, "--role", role, "--token", "--data", self.data,
                      *more).stdout.strip()

    def ask(self, method, path, body=None, token=None):
        """Status and bytes of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        if not isinstance(body, (bytes, type(None))):
            body = json.dumps(body)
        connection.request(method, path, body, {"Authorization": f"Bearer {token or self.token}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text

    def picture(self, incident, whole):
        """Of a crew that is sent there."""
        chief = self.token_make("chief", "supervisor")
        self.ask("POST", "/v1/units", {"unit": "M1", "kind": "ambulance", "capabilities": ["bls"]},
                 chief)
        crew = self.token_make("m1", "crew", "--unit", "M1")
        self.ask("DELETE", f"/v1/incidents/{incident}/assignments/M1")
        status, text = self.ask("POST", f"/v1/incidents/{incident}/assignments",
                                {"unit": "M1", "divert": True})
        assert status in (200, 201), text
        name = hashlib.sha256(whole + incident.encode()).hexdigest()[:32]
        status, text = self.ask(
            "POST", f"/v1/units/M1/media/{name}?incident={incident}&offset=0&total={len(whole)}",
            whole, crew)
        assert status == 200 and json.loads(text)["done"], text

    def __exit__(self, *_):
        self.process.terminate()
        assert self.process.wait(timeout=START_S) == 0

    def call(self, words):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        connection.request("POST", "/v1/calls", json.dumps({"words": words}),
                           {"Content-Type": "application/json",
                            "Authorization": "Bearer " + self.token})
        status = connection.getresponse().status
        connection.close()
        assert status == 201, status


def damaged(name, sql):
    """A copy of the data with statements run on it by force."""
    copy = os.path.join(TOP, name)
    shutil.copytree(DATA, copy)
    with sqlite3.connect(os.path.join(copy, "journal.db")) as database:
        database.execute(sql)
    return copy


def a_log_verifies_beside_the_server_that_writes_it():
    with Server(DATA) as server:
        for i in range(30):
            server.call(f"call {i}")
            if i % 10 == 0:
                assert as_json("log", "verify", "--data", DATA)["ok"] is True
    after = as_json("log", "verify", "--data", DATA)
    assert after["records"] >= 30 and after["root"] == as_json("log", "root", "--data", DATA)["root"]


def each_kind_of_damage_is_found_and_named():
    cases = {"body": "UPDATE record SET body = x'7b7d' WHERE seq = 5",
             "salt": "UPDATE record SET salt = randomblob(32) WHERE seq = 5",
             "leaf": "UPDATE record SET leaf = randomblob(32) WHERE seq = 5",
             "gone": "DELETE FROM record WHERE seq = 5"}
    for name, sql in cases.items():
        told = as_json("log", "verify", "--data", damaged(name, sql), status=1)
        assert told["ok"] is False and told["bad_seq"] == 5 and told["error"], (name, told)
    told = as_json("log", "verify", "--data", damaged("root", "UPDATE head SET root = randomblob(32)"),
                   status=1)
    assert told["ok"] is False and told["error"]


def a_backup_under_load_verifies_and_restores():
    backup, back = os.path.join(TOP, "backup"), os.path.join(TOP, "back")
    with Server(DATA) as server:
        stop = threading.Event()

        def load():
            while not stop.is_set():
                server.call("load")

        threads = [threading.Thread(target=load, daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        before = as_json("log", "root", "--data", DATA)["records"]
        made = as_json("backup", "--data", DATA, "-o", backup)
        stop.set()
        for thread in threads:
            thread.join()
        assert made["records"] >= before and made["last_record_at"]
    assert sorted(n for n in os.listdir(backup) if "-" not in n) == ["journal.db", "journal.mark"]
    amparo("backup", "--data", DATA, "-o", backup, status=1)
    assert as_json("log", "verify", "--data", backup)["root"] == made["root"]
    put = as_json("restore", "--from", backup, "--data", back)
    assert (put["records"], put["root"]) == (made["records"], made["root"])
    amparo("restore", "--from", backup, "--data", back, status=1)
    shutil.copy(os.path.join(DATA, "master.key"), back)  # no backup has it
    with Server(back) as server:
        amparo("restore", "--from", backup, "--data", back, "--force", status=1)
        server.call("after the restore")
    after = as_json("log", "verify", "--data", back)
    assert after["ok"] and after["records"] > made["records"]
    moved = as_json("restore", "--from", backup, "--data", back, "--force")["moved_aside_to"]
    assert as_json("log", "verify", "--data", moved)["records"] == after["records"]


def a_torn_backup_is_refused_with_a_sentence():
    torn = damaged("torn", "UPDATE record SET body = x'00' WHERE seq = 9")
    done = amparo("restore", "--from", torn, "--data", os.path.join(TOP, "nowhere"), status=1)
    assert "record 9" in done.stderr and not os.path.exists(os.path.join(TOP, "nowhere"))
    done = amparo("restore", "--from", TOP, "--data", os.path.join(TOP, "nowhere"), status=1)
    assert "no backup" in done.stderr


def media_in(folder):
    folder = os.path.join(folder, "media")
    names = os.listdir(folder) if os.path.isdir(folder) else []
    return sorted(name for name in names if len(name) == 64)


def a_backup_has_the_media_that_its_records_name_and_a_restore_looks_at_them():
    backup, back = os.path.join(TOP, "backup-media"), os.path.join(TOP, "back-media")
    alone, again = os.path.join(TOP, "backup-alone"), os.path.join(TOP, "again-media")
    with Server(DATA) as server:
        for incident in ("I-2", "I-3", "I-4"):
            server.picture(incident, JPEG + incident.encode())
        server.ask("POST", "/v1/incidents/I-4/close", {})
        amparo("erase", "I-4", "--data", DATA, "--yes")
        made = as_json("backup", "--data", DATA, "-o", backup)
        assert "media" not in as_json("backup", "--data", DATA, "-o", alone, "--without-media")
        server.picture("I-2", JPEG + b"later")
    assert (made["media"], made["media_missing"], made["media_damaged"]) == (2, 0, 0), made
    kept = media_in(backup)
    assert len(kept) == 2 and set(kept) < set(media_in(DATA)), "neither the erased one nor a later"
    for name in kept:
        with open(os.path.join(backup, "media", name), "rb") as file:
            sealed = file.read()
        assert hashlib.sha256(sealed).hexdigest() == name and JPEG[:64] not in sealed
    put = as_json("restore", "--from", backup, "--data", back)
    assert put["media"] == 2 and media_in(back) == kept
    shutil.copy(os.path.join(DATA, "master.key"), back)
    with Server(back) as server:
        status, text = server.ask("GET", "/v1/incidents/I-2")
        media = json.loads(text)["incident"]["media"]
        assert len(media) == 1, media
        status, text = server.ask("GET", f"/v1/incidents/I-2/media/{media[0]['id']}")
        assert status == 200 and text == JPEG + b"I-2"
    # what is lost or changed is said, and hinders nothing else
    os.remove(os.path.join(backup, "media", kept[0]))
    with open(os.path.join(backup, "media", kept[1]), "r+b") as file:
        file.seek(100)
        file.write(b"other")
    done = amparo("restore", "--from", backup, "--data", again, status=1)
    for name, how in ((kept[0], "missing"), (kept[1], "damaged")):
        assert re.search(rf"record \d+ \(I-\d\) is {how}: media/{name}", done.stderr), done.stderr
    assert "the journal is whole" in done.stderr and media_in(again) == []
    assert as_json("log", "verify", "--data", again)["root"] == made["root"]
    told = as_json("backup", "--data", again, "-o", os.path.join(TOP, "backup-less"), status=1)
    assert (told["media"], told["media_missing"]) == (0, 2), told
    # over what is there: the media that the backup lacks come from where they were moved to
    shutil.rmtree(os.path.join(backup, "media"))
    put = as_json("restore", "--from", backup, "--data", back, "--force")
    assert put["media"] == 2 and media_in(back) == kept and media_in(put["moved_aside_to"]) == kept


def a_bundle_names_the_media_and_has_them_for_who_may_look():
    folder = os.path.join(TOP, "bundle-media")

    def unpacked(*more):
        shutil.rmtree(folder, ignore_errors=True)
        path = os.path.join(TOP, "media.zip")
        if os.path.exists(path):
            os.remove(path)
        amparo("log", "export", "I-2", "--data", DATA, "-o", path, *more)
        with zipfile.ZipFile(path) as file:
            file.extractall(folder)
        with open(os.path.join(folder, "media.json"), encoding="utf-8") as file:
            return json.load(file)

    def check():
        return subprocess.run([sys.executable, os.path.join(folder, "verify.py")], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    with Server(DATA) as server:
        named = unpacked()
        assert len(named) == 2 and not os.path.exists(os.path.join(folder, "media"))
        assert {one["absent"] for one in named} == {"not asked for"}
        sums = {hashlib.sha256(JPEG + tail).hexdigest() for tail in (b"I-2", b"later")}
        assert {one["sha256"] for one in named} == sums
        assert {one["sha256_sealed"] for one in named} <= set(media_in(DATA))
        admin = server.token_make("root", "admin", "--scopes", "read,write,admin")
        assert server.ask("GET", "/v1/incidents/I-2/export", token=admin)[0] == 200
        assert server.ask("GET", "/v1/incidents/I-2/export?media=yes", token=admin)[0] == 403
        assert server.ask("GET", "/v1/incidents/I-2/export?media=all", token=admin)[0] == 422
        named = unpacked("--media")
        with sqlite3.connect(f"file:{DATA}/journal.db?mode=ro", uri=True) as database:
            looks = database.execute("SELECT count(*) FROM record WHERE instr(body, ?)",
                                     (b'"look":"export-media"',)).fetchone()[0]
        assert looks == 1, "a look is a record"
    done = check()
    assert done.returncode == 0 and done.stdout.count("is what its record tells of") == 2, done
    with open(os.path.join(folder, named[0]["file"]), "ab") as file:
        file.write(b"more")
    done = check()
    assert done.returncode != 0 and "is not what was sent" in done.stderr, done


def a_proof_of_a_record_holds_with_nothing_but_the_key():
    key = amparo("log", "key", "--data", DATA).stdout.strip()
    path = os.path.join(TOP, "five.tlog-proof")
    amparo("log", "prove", "5", "--data", DATA, "-o", path, "--with-record")
    told = as_json("log", "check", path, "--key", key)
    assert told["ok"] and told["seq"] == 5 and json.loads(told["body"])
    amparo("log", "prove", "5", "--data", DATA, "-o", path)
    alone = as_json("log", "check", path, "--key", key)
    assert alone["ok"] and alone["leaf"] == told["leaf"] and "body" not in alone
    assert as_json("log", "check", path, "--key", key, "--leaf", told["leaf"])["ok"]
    amparo("log", "check", path, "--key", key, "--leaf", "00" * 32, status=1)


def a_bundle_for_a_court_is_checked_without_the_program():
    bundle, folder = os.path.join(TOP, "I-1.zip"), os.path.join(TOP, "bundle")
    amparo("log", "export", "I-1", "--data", DATA, "-o", bundle)
    with zipfile.ZipFile(bundle) as file:
        assert file.testzip() is None
        file.extractall(folder)
    records = os.path.join(folder, "records.jsonl")
    with open(records, encoding="utf-8") as file:
        text = file.read()
    assert "call 0" in text and "incident-opened" in text

    def check():
        return subprocess.run([sys.executable, os.path.join(folder, "verify.py")], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    done = check()
    assert done.returncode == 0 and "records are in the log" in done.stdout, done.stderr
    with open(records, "w", encoding="utf-8") as file:
        file.write(text.replace("incident-opened", "incident-closed", 1))
    done = check()
    assert done.returncode != 0 and "was altered" in done.stderr, done.stdout + done.stderr
    amparo("log", "export", "I-1", "--data", DATA, "-o", bundle, status=1)
    amparo("log", "export", "I-99999", "--data", DATA, status=1)
    amparo("log", "export", "../x", "--data", DATA, status=2)


def what_is_no_proof_is_refused_and_wrong_usage_told():
    path = os.path.join(TOP, "no.tlog-proof")
    with open(path, "w", encoding="utf-8") as file:
        file.write("c2sp.org/tlog-proof@v1\nindex 0\n\nnothing\n")
    key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    assert amparo("log", "check", path, "--key", key, status=1).stderr.strip()
    assert amparo("log", "check", path, "--key", key + "x", status=1).stderr.strip()
    for args in (["log"], ["log", "prove", "--data", DATA], ["log", "prove", "x", "--data", DATA],
                 ["log", "check", path], ["log", "verify"], ["log", "mend", "--data", DATA],
                 ["log", "check", path, "--key", key, "--leaf", "00"]):
        assert amparo(*args, status=2).stderr.strip(), args


try:
    tap.run([a_log_verifies_beside_the_server_that_writes_it, each_kind_of_damage_is_found_and_named,
             a_backup_under_load_verifies_and_restores, a_torn_backup_is_refused_with_a_sentence,
             a_backup_has_the_media_that_its_records_name_and_a_restore_looks_at_them,
             a_bundle_names_the_media_and_has_them_for_who_may_look,
             a_proof_of_a_record_holds_with_nothing_but_the_key,
             a_bundle_for_a_court_is_checked_without_the_program,
         what_is_no_proof_is_refused_and_wrong_usage_told])
finally:
    shutil.rmtree(TOP, ignore_errors=True)
