#!/usr/bin/env python3
# Who comes in, from outside: the first link, accounts by command, the master key, TLS, the sandbox.
"""usage: tests/program/accounts.py AMPARO"""

import json
import os
import pty
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-accounts-test-")
PASSWORD = "correct horse battery"
RUN = {}  # the server that the first tests share


def amparo(*args, **more):
    return served.run(AMPARO, *args, **more)


def user(*args, **more):
    return amparo("user", *args, "--data", os.path.join(DIR, "town"), **more)


def accounts():
    answer = json.loads(user("list", "--json").stdout)["accounts"]
    return {account["account"]: account for account in answer}


def start(name="town", *args, **more):  # pylint: disable=keyword-arg-before-vararg
    return served.Server(AMPARO, DIR, name, *args, **more)


def set_up(server, token, password=PASSWORD):
    return server.exchange("POST", "/v1/setup", {"token": token, "password": password})


def cookie_of(heads):
    return heads["Set-Cookie"].split(";")[0]


def link_in(text):
    return re.search(r"/#setup=([\w-]{43})\b", text).group(1)


def the_first_start_prints_a_link_that_works_once():
    server = RUN["server"] = start()
    said = "".join(server.lines)
    assert re.search(r"^amparo: first set-up: http://127\.0\.0\.1:\d+/#setup=[\w-]{43}$", said, re.M), said
    assert "new master key" in said and "public key" in said, said
    assert os.stat(os.path.join(server.data, "master.key")).st_mode & 0o777 == 0o600
    assert os.stat(server.data).st_mode & 0o777 == 0o700
    status, heads, text = set_up(server, server.link)
    assert status == 200 and json.loads(text)["role"] == "admin", text
    assert set_up(server, server.link)[0] == 401
    RUN["admin"] = cookie_of(heads)
    assert server.exchange("GET", "/v1/accounts", Cookie=RUN["admin"])[0] == 200
    assert server.exchange("GET", "/v1/accounts")[0] == 401


def accounts_are_kept_by_command_while_it_runs():
    kept_by_command("running")


def accounts_are_kept_by_command_at_rest():
    assert RUN["server"].stop() == 0
    kept_by_command("resting")
    RUN["server"] = start()
    assert RUN["server"].link is None  # somebody can log in


def kept_by_command(name):
    """add, list, change, disable, enable, reset, token, tokens, revoke, agency."""
    link = link_in(user("add", name, "--role", "dispatcher").stdout)
    assert accounts()[name]["role"] == "dispatcher" and not accounts()[name]["password"]
    assert "already" in user("add", name, "--role", "dispatcher", status=1).stderr
    assert "already" in user("add", name, "--role", "dispatcher", status=1).stderr
    user("add", name + "2", status=2)  # needs a role
    assert user("add", name + "2", "--role", "boss", status=1).stderr.strip()
    user("agency", "fire-" + name, "--label", "Fire brigade")
    assert user("change", name, "--agency", "none-" + name, status=1).stderr.strip()
    user("change", name, "--role", "supervisor", "--agency", "fire-" + name)
    assert accounts()[name]["agency"] == "fire-" + name
    user("change", name, "--agency", "-")
    assert accounts()[name]["agency"] is None
    user("disable", name)
    assert accounts()[name]["disabled"] is True
    user("enable", name)
    assert accounts()[name]["disabled"] is False
    again = link_in(user("reset", name).stdout)
    assert again != link
    token = user("token", name, "--label", "feed", "--scopes", "read", "--days", "2").stdout.strip()
    assert re.fullmatch(r"amp_[\w-]{43}", token), token
    rows = json.loads(user("tokens", "--json").stdout)["tokens"]
    row = next(row for row in rows if row["account"] == name)
    assert row["label"] == "feed" and row["scopes"] == ["read"] and row["expires"]
    assert token not in user("tokens").stdout
    user("revoke", row["token"])
    user("revoke", row["token"], status=1)
    user("nonsense", status=2)
    user("reset", "nobody-here", status=1)
    RUN[name] = (again, token, link)


def what_the_commands_said_holds_in_the_server():
    server = RUN["server"]
    for name in ("running", "resting"):
        again, token, link = RUN[name]
        assert server.exchange("GET", "/v1/session", Authorization="Bearer " + token)[0] == 401
        assert set_up(server, link)[0] == 401  # disabling took it, and the reset made another
        status, heads, text = set_up(server, again)
        assert status == 200 and json.loads(text)["role"] == "supervisor", text
        RUN[name] = cookie_of(heads)
        assert accounts()[name]["password"] is True
        user("disable", name)
        assert server.exchange("GET", "/v1/session", Cookie=RUN[name])[0] == 401


def every_change_by_command_is_a_record_of_the_local_admin():
    token = user("add", "aud", "--role", "auditor", "--token", "--scopes", "read").stdout.strip()
    status, text = RUN["server"].ask("GET", "/v1/audit", Authorization="Bearer " + token)
    counts = {(c["role"], c["kind"]): c["n"] for day in json.loads(text)["days"] for c in day["counts"]}
    assert status == 200 and counts[("admin", "account-added")] >= 3, counts
    assert counts[("admin", "agency-added")] == 2 and counts[("admin", "token-revoked")] == 2, counts


def a_session_is_there_after_a_kill_and_the_socket_is_made_again():
    server = RUN["server"]
    path = os.path.join(server.data, "amparo.sock")
    assert os.stat(path).st_mode & 0o777 == 0o600, oct(os.stat(path).st_mode)
    server.kill()
    assert os.path.exists(path)  # nobody took it away
    assert "aud" in accounts()  # and nobody listens: the journal is asked at rest
    server = RUN["server"] = start()
    assert server.exchange("GET", "/v1/session", Cookie=RUN["admin"])[0] == 200
    user("add", "later", "--role", "dispatcher")
    assert "later" in accounts()
    assert server.exchange("GET", "/v1/accounts", Cookie=RUN["admin"])[2].count('"later"') == 1


def typed(text, *args):
    """The command at a terminal where somebody types the text."""
    main, side = pty.openpty()
    process = subprocess.Popen([AMPARO, *args], stdin=side, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    os.close(side)
    os.write(main, text.encode())
    out, err = process.communicate(timeout=served.WAIT_S)
    os.close(main)
    return process.returncode, out, err


def erasing_asks_first():
    server = RUN["server"]
    server.desk("dispatcher", "eraser")
    data = ("--data", server.data)
    assert server.ask("POST", "/v1/calls", {"number": "+99955", "words": "MARKWORDS"})[0] == 201
    assert "--yes" in amparo("erase", "I-1", *data, status=1).stderr
    assert "close" in amparo("erase", "I-1", "--yes", *data, status=1).stderr  # it is open
    assert server.ask("POST", "/v1/incidents/I-1/close", {"outcome": "handled"})[0] == 200
    code, _, err = typed("no\n", "erase", "I-1", *data)
    assert code == 1 and "type I-1" in err, err
    assert "MARKWORDS" in server.ask("GET", "/v1/incidents/I-1")[1]
    code, out, err = typed("I-1\n", "erase", "I-1", "--reason", "asked", *data)
    assert code == 0 and "I-1 is erased" in out, (out, err)
    assert "MARKWORDS" not in server.ask("GET", "/v1/incidents/I-1")[1]
    amparo("erase", "I-1", "--yes", *data, status=1)
    amparo("erase", "I-77", "--yes", *data, status=1)
    amparo("log", "verify", *data)
    assert server.ask("POST", "/v1/calls", {"words": "MARKSECOND"})[0] == 201
    assert server.ask("POST", "/v1/incidents/I-2/close", {"outcome": "handled"})[0] == 200
    assert server.stop() == 0
    assert json.loads(amparo("erase", "I-2", "--yes", "--json", *data).stdout)["incident"] == "I-2"
    token, server = server.token, start()
    RUN["server"], server.token = server, token
    assert "MARKSECOND" not in server.ask("GET", "/v1/incidents/I-2")[1]
    assert server.stop() == 0


def refused(name, *args, **more):
    server = start(name, *args, **more)
    assert server.wait() == 1, server.words()
    return server.words()


def a_master_key_that_is_wrong_open_or_missing_is_refused_with_a_sentence():
    key = os.path.join(DIR, "town", "master.key")
    with open(key, encoding="ascii") as file:
        right = file.read()
    wrong, readable = os.path.join(DIR, "wrong.key"), os.path.join(DIR, "open.key")
    for path, text, mode in ((wrong, "ab" * 32 + "\n", 0o600), (readable, right, 0o644)):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, mode)
    assert "not the one that this journal was sealed with" in refused("town", "--master-key", wrong)
    assert "chmod 600" in refused("town", "--master-key", readable)
    assert "cannot be read" in refused("town", "--master-key", os.path.join(DIR, "none.key"))
    assert "64 hexadecimal digits" in refused("town", "--master-key-command", "echo no")
    assert "failed" in refused("town", "--master-key-command", "cat " + key + "; exit 3")
    assert "not the one" in user("list", "--master-key", wrong, status=1).stderr
    os.rename(key, key + ".away")
    assert "--master-key" in refused("town")  # no new one is made beside a journal
    assert not os.path.exists(key)
    assert "--master-key" in user("list", status=1).stderr
    assert "aud" in user("list", "--master-key-command", "cat " + key + ".away").stdout
    server = start("town", "--master-key-command", "cat " + key + ".away")
    assert server.port and server.stop() == 0, server.words()
    manager = os.path.join(DIR, "credentials")
    os.mkdir(manager)
    shutil.copy(key + ".away", os.path.join(manager, "master.key"))
    server = start("town", env=dict(os.environ, CREDENTIALS_DIRECTORY=manager))
    assert server.port and server.stop() == 0, server.words()
    os.rename(key + ".away", key)
    for path in (key, wrong):
        assert right.strip() not in "".join(server.lines), path


def certificate(name):
    cert, key = os.path.join(DIR, name + ".pem"), os.path.join(DIR, name + ".key")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", key, "-out", cert, "-days", "30", "-subj", "/CN=" + name,
                    "-addext", "subjectAltName=IP:127.0.0.1"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
    return cert, key


def shown(port):
    """The certificate that the server shows."""
    with socket.create_connection(("127.0.0.1", port), timeout=served.WAIT_S) as plain:
        trusting = ssl._create_unverified_context()  # pylint: disable=protected-access
        with trusting.wrap_socket(plain) as connection:
            return ssl.DER_cert_to_PEM_cert(connection.getpeercert(True))


def read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def tls_is_built_in_and_its_certificate_is_renewed_without_a_restart():
    if shutil.which("openssl") is None:
        return "there is no openssl to make a certificate with"
    cert, key = certificate("first")
    server = start("tls", "--tls-cert", cert, "--tls-key", key)
    assert server.link and "https://" in "".join(server.lines), server.lines
    status, heads, text = set_up(server, server.link)
    assert status == 200, text
    assert heads["Set-Cookie"].startswith("__Host-amparo=") and "; Secure" in heads["Set-Cookie"]
    assert heads["Strict-Transport-Security"]
    session = cookie_of(heads)
    assert server.exchange("GET", "/v1/session", Cookie=session)[0] == 200
    assert shown(server.port).split() == read(cert).split()
    for old, new in zip((cert, key), certificate("second")):
        os.replace(new, old)
    server.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + served.WAIT_S
    while shown(server.port).split() != read(cert).split():
        assert time.monotonic() < until, server.lines
        time.sleep(0.05)
    with open(cert, "w", encoding="ascii") as file:
        file.write("spoilt")
    server.process.send_signal(signal.SIGHUP)
    while not any("stays in force" in line for line in server.lines):
        assert time.monotonic() < until, server.lines
        time.sleep(0.05)
    assert server.exchange("GET", "/v1/session", Cookie=session)[0] == 200
    assert server.stop() == 0
    return None


def with_aes_256_only_a_client_without_it_is_refused():
    if shutil.which("openssl") is None:
        return "there is no openssl to make a certificate with"
    cert, key = certificate("strict")
    amparo("serve", "--data", os.path.join(DIR, "strict-clear"), "--tls-aes256-only", status=2)
    server = start("strict", "--tls-cert", cert, "--tls-key", key, "--tls-aes256-only")
    for cipher, served_so in (("ECDHE-ECDSA-AES128-GCM-SHA256", False), ("ECDHE-ECDSA-AES256-GCM-SHA384", True)):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(cipher)
        with socket.create_connection(("127.0.0.1", server.port), timeout=served.WAIT_S) as link:
            try:
                with context.wrap_socket(link) as secure:
                    got = secure.cipher()[0] == cipher
            except (ssl.SSLError, ConnectionError):
                got = False
        assert got == served_so, cipher
    assert server.stop() == 0
    return None


def what_others_reach_needs_tls():
    for address in ("0.0.0.0:0", "[::]:0"):
        done = amparo("serve", "--data", os.path.join(DIR, "wide"), "--listen", address, status=1)
        assert "--tls-cert" in done.stderr and "--behind-proxy" in done.stderr, done.stderr
        done = amparo("demo", "--listen", address, status=1)
        assert "127.0.0.1" in done.stderr, done.stderr
    amparo("serve", "--data", os.path.join(DIR, "wide"), "--tls-cert", "x", status=2)


def the_process_gives_up_what_it_does_not_need():
    if served.SANITIZED:
        return "a sanitizer needs what the sandbox refuses"
    server = start("box")
    said = "".join(server.lines)
    with open(f"/proc/{server.process.pid}/status", encoding="ascii") as file:
        status = file.read()
    missing = "event=sandbox" in said
    if missing:
        print("# " + [line for line in server.lines if "event=sandbox" in line][0].strip())
    assert re.search(r"^NoNewPrivs:\s*1$", status, re.M), status
    if "seccomp" not in said:
        assert re.search(r"^Seccomp:\s*2$", status, re.M), status
    for task in os.listdir(f"/proc/{server.process.pid}/task"):  # each thread is in it
        with open(f"/proc/{server.process.pid}/task/{task}/status", encoding="ascii") as file:
            assert re.search(r"^NoNewPrivs:\s*1$", file.read(), re.M), task
    assert server.ask("GET", "/healthz")[0] == 200
    assert server.stop() == 0
    server = start("box", "--no-sandbox")
    assert any("not entered" in line for line in server.lines), server.lines
    assert server.stop() == 0
    return None


def a_server_of_no_journal_is_said_to_be_none():
    nowhere = os.path.join(DIR, "nowhere")
    assert "amparo serve" in amparo("user", "list", "--data", nowhere, status=1).stderr
    assert "amparo serve" in amparo("erase", "I-1", "--yes", "--data", nowhere, status=1).stderr
    assert not os.path.exists(nowhere)


TESTS = [the_first_start_prints_a_link_that_works_once, accounts_are_kept_by_command_while_it_runs,
         accounts_are_kept_by_command_at_rest, what_the_commands_said_holds_in_the_server,
         every_change_by_command_is_a_record_of_the_local_admin,
         a_session_is_there_after_a_kill_and_the_socket_is_made_again, erasing_asks_first,
         a_master_key_that_is_wrong_open_or_missing_is_refused_with_a_sentence,
         tls_is_built_in_and_its_certificate_is_renewed_without_a_restart, with_aes_256_only_a_client_without_it_is_refused,
         what_others_reach_needs_tls,
         the_process_gives_up_what_it_does_not_need, a_server_of_no_journal_is_said_to_be_none]

try:
    tap.run(TESTS)
finally:
    if "server" in RUN and RUN["server"].process.poll() is None:
        RUN["server"].kill()
    shutil.rmtree(DIR, ignore_errors=True)
