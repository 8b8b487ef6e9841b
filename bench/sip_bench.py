#!/usr/bin/env python3
# Calls over SIP: from an INVITE with its position to the incident on the push stream, at a fixed rate.
"""usage: bench/sip_bench.py AMPARO [CALLS [RATE]]     (defaults: 600 calls, 20 a second)

Server and door share one core; this program has another, if there is one. The schedule waits for no answer: a call's
time counts from when it was due. Each call rings, is acknowledged and ends, as calls do; only its ring is timed."""

import json
import os
import socket
import sys
import tempfile
import threading
import time

ARGS = sys.argv[1:]
if not ARGS:
    print(__doc__, file=sys.stderr)
    sys.exit(2)
CALLS, RATE = int(ARGS[1]) if len(ARGS) > 1 else 600, float(ARGS[2]) if len(ARGS) > 2 else 20.0
CORES = sorted(os.sched_getaffinity(0))
sys.argv = [sys.argv[0], ARGS[0]]
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "tests", "program"))
import sip  # noqa: E402  pylint: disable=wrong-import-position


def listen(door, seen):
    connection = door.server.connect()
    connection.request("GET", "/v1/events", headers={"Authorization": "Bearer " + door.server.token})
    stream = connection.getresponse()
    for line in stream:
        now = time.monotonic()
        if line.startswith(b"data:") and b'"kind":"call-received"' in line:
            number = json.loads(line[5:])["call"]["number"]
            seen.setdefault(number, now)


def hear(phones, answered):
    """Acknowledges and ends what was answered, as a caller does."""
    while True:
        try:
            text = phones[0].socket.recv(65536).decode()
        except socket.timeout:
            return
        if text.startswith("SIP/2.0 200") and "INVITE" in text.split("CSeq:")[1].split("\r\n")[0]:
            phone = phones[int(text.split("Call-ID: bench-")[1].split("@")[0])]
            if not phone.number in answered:
                answered[phone.number] = time.monotonic()
                phone.ack()
                phone.cseq += 1
                phone.send("BYE", branch=phone.branch + "-bye")


def main():
    os.sched_setaffinity(0, {CORES[0]})
    door = sip.Door("bench", "--quiet")
    os.sched_setaffinity(0, {CORES[-1]})
    seen, answered, due = {}, {}, {}
    threading.Thread(target=listen, args=(door, seen), daemon=True).start()
    phones = [sip.Phone(door, call_id=f"bench-{n}@127.0.0.1", number=f"+2588{n:07d}") for n in range(CALLS)]
    for phone in phones[1:]:
        phone.socket.close()
        phone.socket, phone.at = phones[0].socket, phones[0].at
    threading.Thread(target=hear, args=(phones, answered), daemon=True).start()
    fields, body = sip.mixed()
    time.sleep(1)
    begun = time.monotonic()
    for n, phone in enumerate(phones):
        due[phone.number] = begun + n / RATE
        time.sleep(max(0.0, due[phone.number] - time.monotonic()))
        phone.send("INVITE", fields, body)
    sip.until(lambda: len(seen) == CALLS and len(answered) == CALLS, lambda: (len(seen), len(answered)))
    print(f"{CALLS} calls at {RATE:g} a second, server and door on one core\n")
    print("| from the INVITE to | P50 ms | P99 ms | most ms |\n|---|---|---|---|")
    for what, at in (("the incident on the push stream", seen), ("its 200", answered)):
        took = sorted((at[number] - due[number]) * 1000 for number in due)
        print(f"| {what} | {took[CALLS // 2]:.1f} | {took[min(CALLS - 1, CALLS * 99 // 100)]:.1f} | {took[-1]:.1f} |")
    door.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="amparo-sip-bench-") as sip.DIR:
        main()
