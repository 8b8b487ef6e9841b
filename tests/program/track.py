#!/usr/bin/env python3
# The gateway of positions: GT06 trackers, NMEA, TAK clients and a serial line, as they speak in the field.
"""usage: tests/program/track.py AMPARO"""

import datetime
import json
import os
import socket
import struct
import sys
import tempfile
import time
import xml.etree.ElementTree as tree

import gateway
import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-track-test-")
IMEI = "752533678900242"
SERVER = served.Server(AMPARO, DIR, "server").desk()
DEVICES = os.path.join(DIR, "devices.csv")


LAST = [datetime.datetime.now(datetime.timezone.utc)]


def now():
    """Never the same second twice: a tracker tells whole ones, and a fix is heard once."""
    LAST[0] = max(datetime.datetime.now(datetime.timezone.utc),
                  LAST[0] + datetime.timedelta(seconds=1))
    return LAST[0]


def unit_of(name):
    return json.loads(SERVER.ask("GET", f"/v1/units/{name}")[1])["unit"]


def is_at(name, lat, lon):
    unit = unit_of(name)
    return "lat" in unit and abs(unit["lat"] - lat) < 1e-5 and abs(unit["lon"] - lon) < 1e-5


# ---- GT06, written here from the published documents ----

def crc_itu(data):
    crc = 0xffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x8408 if crc & 1 else 0)
    return crc ^ 0xffff


def gt06(number, content, serial):
    body = bytes([5 + len(content), number]) + content + serial.to_bytes(2, "big")
    return b"\x78\x78" + body + crc_itu(body).to_bytes(2, "big") + b"\r\n"


def gt06_place(lat, lon, when, fixed=True):
    status = (0x1000 if fixed else 0) | (0x0400 if lat >= 0 else 0) | (0x0800 if lon < 0 else 0) | 90
    raw = [round(abs(x) * 1800000).to_bytes(4, "big") for x in (lat, lon)]
    return (bytes([when.year - 2000, when.month, when.day, when.hour, when.minute, when.second, 0xcc])
            + raw[0] + raw[1] + bytes([60]) + status.to_bytes(2, "big")
            + bytes.fromhex("01CC00287D001F71000001"))


LOGIN = bytes.fromhex("78781101" + "0" + IMEI + "70003201000512790D0A")


def answer(door, n=10):
    got = b""
    while len(got) < n:
        piece = door.recv(n - len(got))
        assert piece, "the door was shut"
        got += piece
    return got


def connect(gate, door):
    link = socket.create_connection(("127.0.0.1", gate.port[door]), timeout=gateway.LONG_S)
    return link


def a_gt06_tracker_logs_in_is_answered_byte_by_byte_and_moves_its_crew():
    link = connect(GATE, "gt06")
    link.sendall(LOGIN[:7])
    link.sendall(LOGIN[7:])
    assert answer(link) == bytes.fromhex("7878050100059FF80D0A")
    link.sendall(bytes.fromhex("78780A134004040001000FDCEE0D0A"))  # a status
    assert answer(link) == gt06(0x13, b"", 15)
    link.sendall(gt06(0x22, gt06_place(41.15, -8.61, now()), 16))
    gateway.until("the crew at its place", lambda: is_at("M12", 41.15, -8.61))
    assert unit_of("M12")["speed_kmh"] == 60 and unit_of("M12")["heading_deg"] == 90
    link.close()


def incidents_of(crew):
    found = json.loads(SERVER.ask("GET", "/v1/incidents?state=open")[1])["incidents"]
    return [i for i in found if any((c.get("words") or "").startswith("SOS " + crew)
                                    for c in incident_of(i["id"])["calls"])]


def incident_of(name):
    return json.loads(SERVER.ask("GET", "/v1/incidents/" + name)[1])["incident"]


def sos_of(crew):
    gateway.until("the incident", lambda: incidents_of(crew))
    return incidents_of(crew)[0]


def an_alarm_of_a_tracker_is_told_answered_and_its_place_is_taken():
    link = connect(GATE, "gt06")
    link.sendall(LOGIN)
    answer(link)
    place = gt06_place(41.1501, -8.61, now())[:18]
    link.sendall(gt06(0x26, place + bytes.fromhex("0901CC00287D001F718004040102"), 7))
    assert answer(link) == gt06(0x26, b"", 7)
    gateway.until("the alarm", lambda: "M12 calls for help: sos" in GATE.words())
    incident = sos_of("M12")
    assert abs(incident["lat"] - 41.1501) < 1e-4 and incident["state"] == "new", incident
    gateway.until("the crew at its place", lambda: is_at("M12", 41.1501, -8.61))
    link.close()


def an_sos_without_a_place_and_one_of_a_status_are_told_and_move_nobody():
    link = connect(GATE, "gt06")
    link.sendall(LOGIN)
    answer(link)
    told = GATE.words().count("M12 calls for help: sos")
    link.sendall(gt06(0x19, bytes.fromhex("01CC00287D001F710403040102"), 20))
    assert answer(link) == gt06(0x19, b"", 20)
    time.sleep(1.1)  # within a second it would be the same call
    link.sendall(gt06(0x13, bytes.fromhex("6404040002"), 21))
    assert answer(link) == gt06(0x13, b"", 21)
    link.sendall(gt06(0x13, bytes.fromhex("6404040002"), 22))  # the button is still down
    assert answer(link) == gt06(0x13, b"", 22)
    gateway.until("both", lambda: GATE.words().count("M12 calls for help: sos") == told + 2)
    assert len(incidents_of("M12")) == 1, incidents_of("M12")
    assert is_at("M12", 41.1501, -8.61)
    link.close()


def a_tracker_without_a_fix_moves_nobody_and_says_why():
    link = connect(GATE, "gt06")
    link.sendall(LOGIN)
    answer(link)
    before = gateway.reports(SERVER, "M12")["dropped"].get("no-fix", 0)
    link.sendall(gt06(0x12, gt06_place(1, 1, now(), fixed=False), 8))
    gateway.until("it to be counted", lambda: gateway.reports(
        SERVER, "M12")["dropped"].get("no-fix", 0) == before + 1)
    assert unit_of("M12")["lat"] > 41
    link.close()


def a_device_that_does_not_say_who_it_is_is_shut_out():
    link = connect(GATE, "gt06")
    link.sendall(gt06(0x12, gt06_place(50, 50, now()), 1))
    assert link.recv(100) == b""


def a_device_that_comes_back_closes_its_old_connection():
    old = connect(GATE, "gt06")
    old.sendall(LOGIN)
    answer(old)
    new = connect(GATE, "gt06")
    new.sendall(LOGIN)
    answer(new)
    assert old.recv(100) == b""
    new.close()


def a_flood_from_one_device_does_not_hurt_another():
    mad = connect(GATE, "gt06")
    mad.sendall(gt06(0x01, bytes.fromhex("0490154203237518"), 1))
    answer(mad)
    when = now()
    for i in range(40):
        mad.sendall(b"".join(gt06(0x12, gt06_place(41.2, -8.7 + i * 1e-5, when), n)
                             for n in range(100)))
    good = connect(GATE, "gt06")
    good.sendall(LOGIN)
    answer(good)
    good.sendall(gt06(0x22, gt06_place(41.1502, -8.61, now()), 3))
    gateway.until("the other crew at its place", lambda: is_at("M12", 41.1502, -8.61))
    assert sum(gateway.reports(SERVER, "MAD")["dropped"].values()) <= 1300
    mad.close()
    good.close()


# ---- NMEA ----

def rmc(lat, lon, when, tag=""):
    def angle(value, digits):
        whole = int(abs(value))
        return f"{whole:0{digits}d}{(abs(value) - whole) * 60:09.6f}"
    body = (f"GPRMC,{when:%H%M%S},A,{angle(lat, 2)},{'N' if lat >= 0 else 'S'},{angle(lon, 3)},"
            f"{'E' if lon >= 0 else 'W'},20.0,45.0,{when:%d%m%y},,")

    def summed(text):
        value = 0
        for char in text:
            value ^= ord(char)
        return f"{text}*{value:02X}"
    front = "\\" + summed("s:" + tag) + "\\" if tag else ""
    return f"{front}${summed(body)}\r\n".encode()


def nmea_of_an_address_and_of_a_tag_block_move_their_crews():
    link = connect(GATE, "nmea")
    sentence = rmc(41.16, -8.62, now())
    link.sendall(b"$GPGSV,noise\r\n" + sentence[:20])
    link.sendall(sentence[20:] + rmc(41.17, -8.63, now(), "N2"))
    gateway.until("the address's crew", lambda: is_at("N1", 41.16, -8.62))
    gateway.until("the tag's crew", lambda: is_at("N2", 41.17, -8.63))
    link.close()


def a_line_without_end_costs_nothing_and_the_next_is_read():
    link = connect(GATE, "nmea")
    link.sendall(b"x" * 200000 + b"\n" + rmc(41.1601, -8.62, now()))
    gateway.until("the crew at its place", lambda: is_at("N1", 41.1601, -8.62))
    link.close()


def a_receiver_on_a_serial_line_moves_its_crew():
    master, slave = os.openpty()
    gate = gateway.Gateway(AMPARO, "--data", SERVER.data, "--serial", os.ttyname(slave), "--baud",
                           "9600", "--unit", "S1")
    os.write(master, rmc(41.18, -8.64, now()))
    gateway.until("the crew at its place", lambda: is_at("S1", 41.18, -8.64))
    os.close(slave)
    assert gate.stop() == 0
    os.close(master)


# ---- Cursor on Target ----

def cot(call_sign, lat, lon, kind="a-f-G-U-C"):
    stamp = now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return (f'<?xml version="1.0"?><event version="2.0" uid="ANDROID-{call_sign}" type="{kind}" '
            f'time="{stamp}" start="{stamp}" stale="{stamp}" how="m-g"><point lat="{lat}" '
            f'lon="{lon}" hae="10" ce="5" le="5"/><detail><contact callsign="{call_sign}"/>'
            f'<track course="10" speed="5"/></detail></event>').encode()


def events_of(link, see):
    """Reads events until one is what is looked for."""
    text = b""
    while True:
        piece = link.recv(65536)
        assert piece, "the door was shut"
        text += piece
        while b"</event>" in text:
            one, _, text = text.partition(b"</event>")
            event = tree.fromstring(one + b"</event>")
            if see(event):
                return event


def a_tak_client_is_seen_over_tcp_and_by_datagram():
    link = connect(GATE, "cot")
    event = cot("T1", 41.19, -8.65)
    link.sendall(event[:100])
    link.sendall(event[100:] + cot("ENEMY", 1, 1, "a-h-G"))
    gateway.until("the crew at its place", lambda: is_at("T1", 41.19, -8.65))
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.sendto(cot("T2", 41.2, -8.66), ("127.0.0.1", GATE.port["cot datagrams"]))
    gateway.until("the other at its place", lambda: is_at("T2", 41.2, -8.66))
    udp.close()
    link.close()


def tak(call_sign, lat, lon, kind="a-f-G-U-C"):
    """A message of the TAK protocol, version 1: fields of protocol buffers, written here."""
    def text(number, value):
        return bytes([number << 3 | 2, len(value)]) + value

    def real(number, value):
        return bytes([number << 3 | 1]) + struct.pack("<d", value)

    def whole(number, value):
        out = bytes([number << 3])
        while value > 127:
            out, value = out + bytes([value & 127 | 128]), value >> 7
        return out + bytes([value])

    detail = text(2, text(2, call_sign.encode()))
    event = (text(1, kind.encode()) + text(5, b"ANDROID-1") + whole(6, int(now().timestamp() * 1000))
             + text(9, b"m-g") + real(10, lat) + real(11, lon) + real(13, 5.0) + text(15, detail))
    return b"\xbf\x01\xbf" + bytes([2 << 3 | 2]) + bytes([len(event)]) + event


def a_tak_client_that_speaks_the_newer_protocol_is_seen_too():
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    at = ("127.0.0.1", GATE.port["cot datagrams"])
    udp.sendto(tak("T2", 41.21, -8.66)[:40], at)  # half of one takes no other along
    udp.sendto(tak("T2", 41.2001, -8.66), at)
    gateway.until("the crew at its place", lambda: is_at("T2", 41.2001, -8.66))
    udp.sendto(cot("T2", 41.2002, -8.66), at)
    gateway.until("the crew at its next place", lambda: is_at("T2", 41.2002, -8.66))
    udp.close()
    link = connect(GATE, "cot")
    link.sendall(tak("T1", 41.1902, -8.65) + cot("T1", 41.1903, -8.65))
    gateway.until("the other at its place", lambda: is_at("T1", 41.1903, -8.65))
    link.close()


def a_call_sign_with_a_blank_is_a_crew_that_the_file_names():
    link = connect(GATE, "cot")
    link.sendall(cot("Medic 3", 41.22, -8.67))
    gateway.until("the crew at its place", lambda: is_at("T3", 41.22, -8.67))
    link.close()


def a_call_for_help_of_a_tak_client_is_told():
    link = connect(GATE, "cot")
    link.sendall(cot("Medic 3-Alert", 41.2201, -8.67, "b-a-o-tbl"))
    gateway.until("the alarm", lambda: "T3 calls for help: emergency" in GATE.words())
    assert abs(sos_of("T3")["lat"] - 41.2201) < 1e-4
    gateway.until("the crew at its place", lambda: is_at("T3", 41.2201, -8.67))
    link.close()


def a_tak_client_sees_crews_and_open_incidents_and_nothing_personal():
    link = connect(GATE, "cot")
    link.sendall(cot("T1", 41.1901, -8.65))
    status, text = SERVER.ask("POST", "/v1/calls", {
        "number": "+351210000000", "name": "MARKNAME", "words": "MARKWORDS",
        "place": "MARKPLACE", "lat": 41.3, "lon": -8.5, "type": "cardiac-arrest"})
    assert status == 201, text
    incident = json.loads(text)["incident"]["id"]
    crew = events_of(link, lambda e: e.get("uid") == "amparo.unit.T1")
    assert crew.get("type") == "a-f-G-E-V-C"
    assert abs(float(crew.find("point").get("lat")) - 41.19) < 0.001
    assert crew.find("detail/contact").get("callsign") == "T1"
    assert crew.get("stale") > crew.get("time")
    shown = events_of(link, lambda e: e.get("uid") == "amparo.incident." + incident)
    assert shown.get("type") == "b-m-p-s-m"
    assert abs(float(shown.find("point").get("lat")) - 41.3) < 1e-6
    whole = tree.tostring(shown).decode()
    assert "cardiac-arrest" in whole and "MARK" not in whole and "351" not in whole
    status, text = SERVER.ask("POST", f"/v1/incidents/{incident}/close", {"outcome": "no-patient"})
    assert status == 200, text
    gone = events_of(link, lambda e: e.get("type") == "t-x-d-d")
    assert gone.find("detail/link").get("uid") == "amparo.incident." + incident
    link.close()


# ---- the server goes, and comes back ----

def what_came_while_the_server_was_away_is_handed_over_when_it_answers():
    alone = served.Server(AMPARO, DIR, "alone").desk()
    alone.ask("POST", "/v1/units", {"unit": "N1", "kind": "ambulance", "capabilities": []})
    gate = gateway.Gateway(AMPARO, "--data", alone.data, "--nmea", "127.0.0.1:0", "--devices", DEVICES)
    assert alone.stop() == 0
    link = connect(gate, "nmea")
    link.sendall(rmc(41.1, -8.6, now()))
    gateway.until("the gateway to notice", lambda: "nothing more is read" in gate.words())
    again = served.Server(AMPARO, DIR, "alone")
    again.token = alone.token
    gateway.until("the position", lambda: gateway.reports(again, "N1")["accepted"] == 1)
    link.close()
    assert gate.stop() == 0
    assert again.stop() == 0


for call_sign in ("M12", "MAD", "N1", "N2", "S1", "T1", "T2", "T3"):
    code, said = SERVER.ask("POST", "/v1/units", {"unit": call_sign, "kind": "ambulance", "capabilities": []})
    assert code == 201, said
with open(DEVICES, "w", encoding="utf-8") as file:
    file.write(f"# device,unit\n{IMEI},M12\n490154203237518,MAD\n127.0.0.1,N1\nMedic 3,T3\n")
GATE = gateway.Gateway(AMPARO, "--data", SERVER.data, "--devices", DEVICES, "--gt06", "127.0.0.1:0",
                       "--nmea", "127.0.0.1:0", "--cot", "127.0.0.1:0", "--cot-udp", "127.0.0.1:0",
                       "--tak-out", "--tak-every", "1")


def the_gateway_stops_when_told():
    assert GATE.stop() == 0, GATE.words()
    assert SERVER.stop() == 0


tap.run([
    a_gt06_tracker_logs_in_is_answered_byte_by_byte_and_moves_its_crew,
    an_alarm_of_a_tracker_is_told_answered_and_its_place_is_taken,
    an_sos_without_a_place_and_one_of_a_status_are_told_and_move_nobody,
    a_tracker_without_a_fix_moves_nobody_and_says_why,
    a_device_that_does_not_say_who_it_is_is_shut_out,
    a_device_that_comes_back_closes_its_old_connection,
    a_flood_from_one_device_does_not_hurt_another,
    nmea_of_an_address_and_of_a_tag_block_move_their_crews,
    a_line_without_end_costs_nothing_and_the_next_is_read,
    a_receiver_on_a_serial_line_moves_its_crew,
    a_tak_client_is_seen_over_tcp_and_by_datagram,
    a_tak_client_that_speaks_the_newer_protocol_is_seen_too,
    a_call_sign_with_a_blank_is_a_crew_that_the_file_names,
    a_call_for_help_of_a_tak_client_is_told,
    a_tak_client_sees_crews_and_open_incidents_and_nothing_personal,
    what_came_while_the_server_was_away_is_handed_over_when_it_answers,
    the_gateway_stops_when_told,
])
