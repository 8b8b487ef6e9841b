#!/usr/bin/env python3
# Calls without a voice over SIP, and crash data that are acknowledged: a telephone of our own at the door.
"""usage: tests/program/sip_message.py AMPARO"""

import json
import os
import re
import shutil
import socket
import subprocess

import served
import sip
import tap
from sip import Door, Phone, part, until

CAP = "application/EmergencyCallData.cap+xml"
OLD_CAP = "application/common-alerting-protocol+xml"
MSD_HEX = "011c0681d39e2955d438068e65a00010245b57ec360446a37f03f1384f016c010040100028"
VEDS = ("<v:AutomatedCrashNotification xmlns:v='http://www.veds.org/acn/3.1'><v:Crash>"
        "<v:VehicleFireIndicator>{fire}</v:VehicleFireIndicator></v:Crash></v:AutomatedCrashNotification>")
NO_VOICE = "no-voice"


def alert(identifier="a1", kind="Alert", references="", words="Smoke in hall 3", area=""):
    """A CAP message of a sensor."""
    about = f"<references>{references}</references>" if references else ""
    return (f"<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'><identifier>{identifier}</identifier>"
            f"<sender>sensor-7@example.org</sender><sent>2026-11-20T10:00:00-00:00</sent><status>Actual</status>"
            f"<msgType>{kind}</msgType><scope>Private</scope><addresses>sos</addresses>{about}<info>"
            f"<category>Fire</category><event>Smoke</event><urgency>Immediate</urgency><severity>Severe</severity>"
            f"<certainty>Observed</certainty><senderName>Mill, hall 3</senderName><headline>{words}</headline>"
            f"<description>Two detectors</description><instruction>Ask for the key at gate 2</instruction>{area}"
            f"</info></alert>")


def refers(identifier):
    return f"sensor-7@example.org,{identifier},2026-11-20T10:00:00-00:00"


def cap_mixed(text, pos="41.1500 -8.6100"):
    body = (part(CAP, text, "cap") + part("application/pidf+xml", sip.PIDF.format(pos=pos), "loc")
            + part("application/EmergencyCallData.ProviderInfo+xml", sip.PROVIDER) + "--edge--\r\n")
    return ("Content-Type: multipart/mixed; boundary=edge\r\nGeolocation: <cid:loc@example.org>\r\n"
            "Call-Info: <cid:cap@example.org>;purpose=EmergencyCallData.cap\r\n"), body


def says(door, fields, body="", status=200, phone=None, **more):
    """One MESSAGE of a telephone of its own, and its answer."""
    phone = phone or Phone(door, number="+258840000777", **more)
    phone.send("MESSAGE", fields, body)
    return phone.hear(status)


def story(door, n=0):
    status, text = door.server.ask("GET", "/v1/incidents/" + door.incidents()[n]["id"])
    assert status == 200, text
    return json.loads(text)["incident"]["timeline"]


def notes(door, n=0):
    return [entry["text"] for entry in story(door, n) if entry["kind"] == "note-added"]


def an_alert_of_a_sensor_is_a_call_without_a_voice():
    door = Door("alert")
    phone = Phone(door, number="sensor-7")
    fields, body = cap_mixed(alert())
    for _ in range(4):
        phone.send("MESSAGE", fields, body)  # heard again and again before the answer
    answer = phone.hear(200)
    assert "AlertMsg-Error" not in answer and "Geolocation-Error" not in answer, answer
    call = door.call_in("ended", lat=41.15, lon=-8.61, radius_m=30)
    lines = call["words"].split("\n")
    assert lines[:3] == ["Smoke in hall 3", "Two detectors", "Ask for the key at gate 2"], lines
    assert "CAP: Alert; event Smoke; urgency Immediate; severity Severe; certainty Observed; from Mill, hall 3" in lines[3], lines
    assert "Example Mobile" in lines[4], lines
    assert call["number"] == "sip:sensor-7@example.org", call
    incident, = door.incidents()
    assert incident["state"] == "new", incident
    assert any(entry["kind"] == "call-ended" and entry["text"] == NO_VOICE for entry in story(door)), story(door)
    says(door, fields, body)  # the same alert by another message
    says(door, *cap_mixed(alert(), "41.1600 -8.6100"))
    door.call_in("ended", lat=41.16)
    assert notes(door) == [], notes(door)
    door.close()


def what_refers_to_an_alert_goes_to_its_call():
    door = Door("chain")
    says(door, f"Content-Type: {CAP}\r\n", alert())
    says(door, f"Content-Type: {CAP}\r\n", alert("a2", "Update", refers("a1"), "Fire in hall 3"), tcp=True)
    says(door, f"Content-Type: {OLD_CAP}\r\n", alert("a3", "Update", refers("a2"), "Fire on the roof"))  # only the last
    says(door, f"Content-Type: {CAP}\r\n", alert("a4", "Cancel", refers("a1") + " " + refers("a3"), "Out"))
    door.call_in("ended")
    assert [note.split("\n")[0] for note in notes(door)] == ["Fire in hall 3", "Fire on the roof", "Out"], notes(door)
    says(door, f"Content-Type: {CAP}\r\n", alert("a4", "Cancel", refers("a1") + " " + refers("a3"), "Out"))
    assert len(notes(door)) == 3, notes(door)
    # a door that has just begun knows nothing of it; the first that is referred to is enough
    second = Door("chain", server=door.server)
    says(second, f"Content-Type: {CAP}\r\n", alert("a5", "Update", refers("a1") + " " + refers("a2"), "It burns again"))
    door.call_in("ended")
    assert notes(door)[3].startswith("It burns again"), notes(door)
    # what was never known: an update is a call, a cancel is not
    says(second, f"Content-Type: {CAP}\r\n", alert("b9", "Cancel", refers("b8")))
    assert len(door.calls()) == 1, door.calls()
    says(second, f"Content-Type: {CAP}\r\n", alert("c2", "Update", refers("c1")))
    until(lambda: [c["state"] for c in door.calls()] == ["ended"] * 2, door.calls)
    second.close()
    door.close()


def news_of_a_closed_matter_open_another():
    door = Door("closed")
    says(door, f"Content-Type: {CAP}\r\n", alert())
    status, text = door.server.ask("POST", f"/v1/incidents/{door.incidents()[0]['id']}/close", {"outcome": "other"})
    assert status == 200, text
    says(door, f"Content-Type: {CAP}\r\n", alert("a2", "Update", refers("a1"), "It burns again"))
    until(lambda: sorted(i["state"] for i in door.incidents()) == ["closed", "new"], door.incidents)
    assert [c["state"] for c in door.calls()] == ["ended"] * 2, door.calls()
    says(door, f"Content-Type: {CAP}\r\n", alert("a3", "Cancel", refers("a1")))
    assert len(door.calls()) == 2, door.calls()
    door.close()


def the_place_is_what_the_message_says_else_what_its_alert_says():
    door = Door("area")
    circle = "<area><areaDesc>Mill, north gate</areaDesc><circle>10.5,20.5 0.2</circle></area>"
    says(door, f"Content-Type: {CAP}\r\n", alert(area=circle))
    call = door.call_in("ended", lat=10.5, lon=20.5, radius_m=200)
    assert door.incidents()[0]["place"] == "Mill, north gate", (call, door.incidents())
    door.close()
    door = Door("both")
    says(door, *cap_mixed(alert(area=circle)))
    door.call_in("ended", lat=41.15)
    door.close()


def a_place_by_reference_is_asked_for():
    lis = sip.location_server()
    door = Door("reference", "--lis", "127.0.0.1")
    says(door, f"Geolocation: <http://127.0.0.1:{lis.server_address[1]}/loc/1>\r\nContent-Type: {CAP}\r\n", alert())
    door.call_in("ended", lat=10.5, lon=20.5)
    assert notes(door) == [], notes(door)
    lis.shutdown()
    lis.server_close()
    door.close()


def additional_data_by_reference_become_notes_one_after_the_other():
    lis = sip.location_server()
    door = Door("additional", "--lis", "127.0.0.1")
    where = f"http://127.0.0.1:{lis.server_address[1]}"
    refers_to = "".join(f"Call-Info: <{where}{path}>;purpose=EmergencyCallData.SubscriberInfo\r\n"
                        for path in ("/adr/2", "/adr/1"))
    says(door, f"Geolocation: <{where}/loc/1>\r\n{refers_to}Content-Type: {CAP}\r\n", alert())
    door.call_in("ended", lat=10.5, lon=20.5)
    until(lambda: any("contact.fn Dialysis at home" in note for note in notes(door)), lambda: notes(door))
    assert lis.asked == ["/loc/1", "/adr/2", "/adr/1"], lis.asked
    assert "was not to be had" in "".join(door.lines), door.lines
    lis.shutdown()
    lis.server_close()
    door.close()


def a_text_is_a_call_and_the_next_of_the_same_number_its_news():
    door = Door("text")
    says(door, "Content-Type: text/plain;charset=utf-8\r\n", "I cannot speak, come to the mill\nquickly")
    call = door.call_in("ended", number="+258840000777", words="I cannot speak, come to the mill\nquickly")
    says(door, "Content-Type: text/plain\r\n", "third floor", tcp=True)
    says(door, "Content-Type: text/plain\r\n", "third floor")  # somebody says it twice: so do we
    door.call_in("ended", words=call["words"])
    assert notes(door) == ["third floor"] * 2, notes(door)
    other = Phone(door, number="+258840000778")
    says(door, "Content-Type: multipart/mixed;boundary=edge\r\n",
         part("text/plain", "fire") + part("application/pidf+xml", sip.PIDF.format(pos="1.5 2.5")) + "--edge--",
         phone=other)
    until(lambda: len(door.calls()) == 2, door.calls)
    assert door.calls()[-1]["lat"] == 1.5 or door.calls()[0]["lat"] == 1.5, door.calls()
    door.close()


def words_within_a_call_are_its_news():
    door = Door("within")
    phone = Phone(door)
    phone.ring()
    phone.ack()
    phone.within("MESSAGE", "Content-Type: text/plain\r\n", "I have to be quiet")
    phone.send("MESSAGE", "Content-Type: text/plain\r\n", "I have to be quiet", branch=f"{phone.branch}-{phone.cseq}")
    phone.hear(200, "MESSAGE")
    until(lambda: notes(door) == ["I have to be quiet"], lambda: notes(door))
    door.call_in("open")
    phone.within("BYE")
    door.call_in("ended")
    assert notes(door) == ["I have to be quiet"], notes(door)
    door.close()


def what_cannot_be_taken_is_said_so_that_its_sender_can_do_something():
    door = Door("answers")
    hostile = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]><alert>&a;</alert>"
    for status, words, fields, body in (
            (425, 'AlertMsg-Error: 103;code="', f"Content-Type: {CAP}\r\n", "<alert"),
            (425, 'AlertMsg-Error: 100;code="', f"Content-Type: {CAP}\r\n",
             alert().replace("<event>Smoke</event>", "")),
            (400, "DOCTYPE", f"Content-Type: {CAP}\r\n", hostile), (400, "nothing", "", ""),
            (400, "boundary", "Content-Type: multipart/mixed\r\n", "x"),
            (415, "Accept: multipart/mixed, ", "Content-Type: image/png\r\n", "x"),
            (200, 'AlertMsg-Error: 103;code="Alert payload was corrupted"', *cap_mixed("<alert")),
            (200, "Geolocation-Error: 100", *cap_mixed(alert("z"), "here"))):
        answer = says(door, fields, body, status)
        assert words in answer, (status, words, answer)
    until(lambda: [c["state"] for c in door.calls()] == ["ended"] * 2, door.calls)
    assert any("alert came and could not be read" in c["words"] for c in door.calls()), door.calls()
    assert "MESSAGE" in Phone(door).within("OPTIONS")
    Phone(door).within("MESSAGE", "Content-Type: text/plain\r\n", "hello")  # the number's next
    stranger = Phone(door)
    stranger.to += ";tag=none"
    stranger.send("MESSAGE", "Content-Type: text/plain\r\n", "hello")
    stranger.hear(481)
    door.server.stop()
    answer = says(door, f"Content-Type: {CAP}\r\n", alert("down"), 503)
    assert "Retry-After: 5" in answer, answer
    door.server = served.Server(sip.AMPARO, sip.DIR, "answers").desk(name="again")
    says(door, f"Content-Type: {CAP}\r\n", alert("down"))
    until(lambda: len([c for c in door.calls() if c["state"] == "ended"]) == 4, door.calls)
    door.close()


def a_test_message_is_answered_and_opens_nothing():
    door = Door("tests")
    phone = Phone(door)
    phone.service = "urn:service:test.sos.fire"
    says(door, f"Content-Type: {CAP}\r\n", alert(), phone=phone)
    assert door.incidents() == [] and sip.test_calls(door) == 1
    door.close()
    door = Door("ring", "--mode", "ring")
    phone = Phone(door)
    phone.service = "urn:service:test.sos"
    says(door, f"Content-Type: {CAP}\r\n", alert(), 404, phone=phone)
    says(door, f"Content-Type: {CAP}\r\n", alert())
    door.call_in("ended")
    door.close()


def of_copies_nothing_is_answered():
    door = Door("copies", "--mode", "listen")
    desk = Phone(door)  # what goes the other way, by the same proxy
    desk.service, desk.to = "sip:ana@example.org", "<sip:ana@example.org>"
    desk.send("MESSAGE", "Content-Type: text/plain\r\n", "where are you?")
    phone = Phone(door)
    phone.send("MESSAGE", *cap_mixed(alert()))
    door.call_in("ended", lat=41.15)
    car = Phone(door)
    car.send("INVITE", *crash_mixed(VEDS.format(fire="true")))
    until(lambda: len(door.calls()) == 2, door.calls)
    car.to += ";tag=pbx"
    car.cseq += 1
    car.send("INFO", "Info-Package: EmergencyCallData.VEDS\r\n" + crash_mixed("")[0],
             crash_mixed(VEDS.format(fire="false"))[1], branch="z9hG4bK-info")
    until(lambda: any("fire no" in note for n in (0, 1) for note in notes(door, n)), lambda: story(door))
    for one in (phone, car):
        one.socket.settimeout(0.3)
        try:
            raise AssertionError(one.message())
        except socket.timeout:
            pass
    door.close()


def crash_mixed(data, kind="application/EmergencyCallData.VEDS+xml", name="crash"):
    body = part("application/sdp", sip.SDP) + part(kind, data, name) + "--edge--\r\n"
    return ("Content-Type: multipart/mixed; boundary=edge\r\nRecv-Info: EmergencyCallData.eCall.MSD, "
            "EmergencyCallData.VEDS\r\nAccept: application/sdp, application/EmergencyCallData.Control+xml\r\n"), body


def acks(text):
    """What a message acknowledges: Content-IDs with true or false; each block is named by a Call-Info."""
    found = re.findall(r'<EmergencyCallData.Control xmlns="urn:ietf:params:xml:ns:EmergencyCallData:control">'
                       r'<ack ref="([^"]*)" received="(true|false)"/></EmergencyCallData.Control>', text)
    named = re.findall(r"Call-Info: <cid:([^>]*)>;purpose=EmergencyCallData.Control\r\n", text)
    assert named == re.findall(r"Content-ID: <([^>]*@amparo)>", text) and len(named) == len(found), text
    return found


def a_vehicle_hears_whether_its_data_arrived():
    for tcp in (False, True):
        door = Door(f"acks{int(tcp)}")
        phone = Phone(door, tcp)
        phone.service = "urn:service:sos.ecall.automatic"
        answer = phone.ring(*crash_mixed(MSD_HEX, "application/EmergencyCallData.eCall.MSD", "m-1"))
        assert acks(answer) == [("m-1@example.org", "true")], answer
        assert "Recv-Info: EmergencyCallData.eCall.MSD, EmergencyCallData.VEDS" in answer, answer
        assert "a=inactive" in answer and answer.endswith("--amparo--\r\n"), answer
        phone.ack()
        door.call_in("open")
        assert "crash: " in door.calls()[0]["words"], door.calls()
        phone.within("INFO", "Info-Package: EmergencyCallData.VEDS\r\nContent-Disposition: Info-Package\r\n"
                     + crash_mixed("")[0], crash_mixed(VEDS.format(fire="true"), name="v-2")[1])
        for _ in range(1 if tcp else 2):  # over UDP until it is answered
            info = phone.message()
            assert info.startswith(f"INFO sip:caller@{phone.at} SIP/2.0\r\n"), info
            assert acks(info) == [("v-2@example.org", "true")], info
            assert "Info-Package: EmergencyCallData.VEDS\r\n" in info, info
            assert "Content-Disposition: Info-Package\r\n" in info, info
            assert f"To: \"Ana\" <sip:{phone.number}@example.org>;tag={phone.tag}\r\n" in info, info
            assert f"From: {phone.to}\r\n" in info, (phone.to, info)
        head = "".join(re.findall(r"((?:Via|From|To|Call-ID|CSeq): [^\r]*\r\n)", info))
        phone.socket.sendall(("SIP/2.0 200 OK\r\n" + head + "Content-Length: 0\r\n\r\n").encode())
        assert [note.split("\n")[0] for note in notes(door)] == ["crash: urgent fire; fire yes"], notes(door)
        phone.socket.settimeout(2.5)
        try:
            raise AssertionError(phone.message())
        except socket.timeout:
            phone.socket.settimeout(sip.WAIT_S)
        phone.within("BYE")
        door.call_in("ended")
        door.close()


def data_that_cannot_be_read_are_acknowledged_as_such():
    door = Door("unread")
    phone = Phone(door)
    assert acks(phone.ring(*crash_mixed("<v"))) == [("crash@example.org", "false")]
    phone.ack()
    door.call_in("open")
    assert "could not be read" in door.calls()[0]["words"], door.calls()
    for cseq in (2, 2):  # its answer was lost
        phone.cseq = cseq - 1
        answer = phone.within("INVITE", *crash_mixed(VEDS.format(fire="true"), name="again"))
        assert acks(answer) == [("again@example.org", "true")], answer
    until(lambda: len(notes(door)) == 1, lambda: notes(door))
    phone.ack()
    phone.within("BYE")
    door.call_in("ended")
    assert len(notes(door)) == 1, notes(door)
    # a body that comes alone is named by the message's own Content-ID; who takes no INFO gets none
    alone = Phone(door, number="+258840000779")
    answer = alone.ring("Content-Type: application/EmergencyCallData.VEDS+xml\r\nContent-ID: <one@example.org>\r\n",
                        VEDS.format(fire="true"))
    assert acks(answer) == [("one@example.org", "true")], answer
    alone.ack()
    alone.within("INFO", "Info-Package: EmergencyCallData.VEDS\r\nContent-Type: "
                 "application/EmergencyCallData.VEDS+xml\r\nContent-ID: <two@example.org>\r\n",
                 VEDS.format(fire="false"))
    until(lambda: any("fire no" in note for n in (0, 1) for note in notes(door, n)), lambda: story(door))
    alone.socket.settimeout(0.3)
    try:
        raise AssertionError(alone.message())
    except socket.timeout:
        alone.socket.settimeout(sip.WAIT_S)
    trial = Phone(door, number="+258840000781")
    trial.service = "urn:service:test.sos.ecall.automatic"
    assert acks(trial.ring(*crash_mixed(VEDS.format(fire="true"), name="t"))) == [("t@example.org", "true")]
    nameless = Phone(door, number="+258840000780")
    assert acks(nameless.ring("Content-Type: application/EmergencyCallData.VEDS+xml\r\n",
                              VEDS.format(fire="true"))) == []
    door.close()


SCENARIO = """<?xml version="1.0"?><scenario name="message"><send retrans="500"><![CDATA[
MESSAGE urn:service:sos SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:sensor-[call_number]@example.org>;tag=[call_number]
To: <urn:service:sos>
Call-ID: [call_id]
CSeq: 1 MESSAGE
Max-Forwards: 70
Content-Type: application/EmergencyCallData.cap+xml
Content-Length: [len]

{body}]]></send><recv response="200"/></scenario>
"""


def sipp_sends_alerts_over_udp_and_tcp():
    if shutil.which("sipp") is None:
        return "sipp (sip-tester) is not installed"
    door = Door("sipp")
    path = os.path.join(sip.DIR, "message.xml")
    for transport in ("u1", "t1"):
        with open(path, "w", encoding="utf-8") as file:
            file.write(SCENARIO.format(body=alert(f"{transport}-[call_number]")))
        done = subprocess.run(["sipp", f"127.0.0.1:{door.port}", "-sf", path, "-m", "20", "-r", "20", "-t",
                               transport, "-i", "127.0.0.1", "-timeout", "60s", "-nostdin"], cwd=sip.DIR,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        assert done.returncode == 0, done.stdout[-3000:]
    until(lambda: [c["state"] for c in door.calls()] == ["ended"] * 40, door.calls)
    door.close()
    return None


TESTS = [an_alert_of_a_sensor_is_a_call_without_a_voice,
         what_refers_to_an_alert_goes_to_its_call,
         news_of_a_closed_matter_open_another,
         the_place_is_what_the_message_says_else_what_its_alert_says,
         a_place_by_reference_is_asked_for,
         additional_data_by_reference_become_notes_one_after_the_other,
         a_text_is_a_call_and_the_next_of_the_same_number_its_news,
         words_within_a_call_are_its_news,
         what_cannot_be_taken_is_said_so_that_its_sender_can_do_something,
         a_test_message_is_answered_and_opens_nothing,
         of_copies_nothing_is_answered,
         a_vehicle_hears_whether_its_data_arrived,
         data_that_cannot_be_read_are_acknowledged_as_such,
         sipp_sends_alerts_over_udp_and_tcp]


if __name__ == "__main__":
    try:
        tap.run([sip.only_if_built(test) for test in TESTS])
    finally:
        shutil.rmtree(sip.DIR, ignore_errors=True)
