#!/usr/bin/env python3
# Calls over SIP and TLS, with and without certificates of who connects: a telephone of our own at the door.
"""usage: tests/program/sip_tls.py AMPARO"""

import os
import re
import shutil
import socket
import ssl
import time
import warnings

import sip
import served
import tap
from certificates import AUTHORITY, certificate

DIR = sip.DIR


def here(name):
    return os.path.join(DIR, name)


def certificates_make():
    """An authority, two that it certifies, and one who certifies himself."""
    if not os.path.exists(here("centre.pem")):
        for name, by in (("root", "root"), ("centre", "root"), ("network", "root"), ("stranger", "stranger")):
            certificate(DIR, name, by, AUTHORITY if name == by else "subjectAltName=IP:127.0.0.1\n")


def door_of(name, *args):
    certificates_make()
    door = sip.Door(name, "--tls", "127.0.0.1:0", "--tls-cert", here("centre.pem"), "--tls-key",
                    here("centre.key"), *args)
    found = sip.until(lambda: re.search(r"SIP on 127\.0\.0\.1:(\d+), over TLS", "".join(door.lines)),
                      lambda: door.lines)
    door.tls_port = int(found.group(1))
    return door


def context(shown=None):
    out = ssl.create_default_context(cafile=here("root.pem"))
    if shown:
        out.load_cert_chain(here(shown + ".pem"), here(shown + ".key"))
    return out


def up_to(version, ciphers):
    out = context()
    out.minimum_version = min(out.minimum_version, version)
    out.maximum_version = version
    out.set_ciphers(ciphers)
    return out


class Phone(sip.Phone):
    """Speaks over TLS, and believes the root alone."""

    def __init__(self, door, how):
        super().__init__(door, tcp=True)
        self.socket.close()
        plain = socket.create_connection(("127.0.0.1", door.tls_port), timeout=sip.WAIT_S)
        self.socket = how.wrap_socket(plain, server_hostname="127.0.0.1")

    def text(self, *args, **more):
        return super().text(*args, **more).replace(b"SIP/2.0/TCP", b"SIP/2.0/TLS")


def a_call_over_tls_is_followed_to_its_end_beside_one_in_the_clear():
    door = door_of("tls")
    phone = Phone(door, context())
    phone.ring()
    assert phone.socket.version() == "TLSv1.3"
    call = door.call_in("ringing")
    assert (call["lat"], call["lon"]) == (41.15, -8.61), call
    phone.ack()
    door.call_in("open")
    phone.within("INVITE", *sip.mixed("41.2000 -8.7000"))
    door.call_in("open", lat=41.2)
    phone.within("BYE")
    door.call_in("ended")
    clear = sip.Phone(door, number="+258840000009")
    clear.ring()
    sip.until(lambda: len(door.calls()) == 2, door.calls)
    door.close()


def only_safe_forms_of_tls_are_spoken():
    door = door_of("forms")
    warnings.simplefilter("ignore", DeprecationWarning)  # of the old one, which is the matter
    refused(door, up_to(ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0"))
    refused(door, up_to(ssl.TLSVersion.TLSv1_2, "AES128-SHA:AES256-SHA256:ECDHE-ECDSA-AES128-SHA"))
    assert "GCM" in Phone(door, up_to(ssl.TLSVersion.TLSv1_2, "ALL")).socket.cipher()[0]
    door.close()
    door = door_of("strong", "--tls-aes256-only")
    assert Phone(door, context()).socket.cipher()[0] == "TLS_AES_256_GCM_SHA384"
    refused(door, up_to(ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-GCM-SHA256"))
    door.close()


def refused(door, how):
    """Nobody who shakes hands so is heard; with TLS 1.3 that is seen at the first answer."""
    try:
        Phone(door, how).ring()
    except OSError:
        return
    raise AssertionError("it was taken")


def where_authorities_are_given_nobody_else_is_heard():
    door = door_of("clients", "--tls-clients", here("root.pem"))
    refused(door, context())
    refused(door, context("stranger"))
    assert not door.calls()
    Phone(door, context("network")).ring()
    door.call_in("ringing")
    door.close()


def who_shakes_no_hands_keeps_nobody_waiting():
    door = door_of("silent")
    silent = [socket.create_connection(("127.0.0.1", door.tls_port)) for _ in range(30)]
    silent[0].sendall(b"INVITE urn:service:sos SIP/2.0\r\n\r\n" * 100)
    silent[1].sendall(b"\x16\x03\x01\x40\x00" + b"\x01" * 500)
    begun = time.monotonic()
    Phone(door, context()).ring()
    assert time.monotonic() - begun < sip.WAIT_S
    door.call_in("ringing")
    for each in silent:
        each.close()
    door.close()


def what_cannot_be_used_is_said_before_it_listens():
    certificates_make()
    pem = here("centre.pem")
    for args, words in ((["--tls-cert", pem, "--tls-key", here("network.key")], "key"),
                        (["--tls-cert", here("root.ext"), "--tls-key", here("centre.key")], "root.ext"),
                        (["--tls-cert", pem, "--tls-key", here("none.key")], "none.key"),
                        (["--tls-cert", pem, "--tls-key", here("centre.key"), "--tls-clients", here("root.ext")],
                         "root.ext")):
        done = served.run(AMPARO, "sip", "--data", DIR, "--tls", "127.0.0.1:0", "--listen", "127.0.0.1:0", *args,
                          status=1)
        assert words in done.stderr and "SIP on" not in done.stderr, done.stderr
    for args in (["--tls", "127.0.0.1:0"], ["--tls-cert", pem], ["--tls-aes256-only"],
                 ["--tls", "127.0.0.1:0", "--tls-cert", pem]):
        assert "--tls-key" in served.run(AMPARO, "sip", "--data", DIR, *args, status=2).stderr, args


AMPARO = sip.AMPARO
TESTS = [a_call_over_tls_is_followed_to_its_end_beside_one_in_the_clear,
         only_safe_forms_of_tls_are_spoken,
         where_authorities_are_given_nobody_else_is_heard,
         who_shakes_no_hands_keeps_nobody_waiting,
         what_cannot_be_used_is_said_before_it_listens]

if __name__ == "__main__":
    try:
        tap.run([sip.only_if_built(test) for test in TESTS])
    finally:
        shutil.rmtree(DIR, ignore_errors=True)
