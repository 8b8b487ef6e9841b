# A WebSocket client of our own for the tests (RFC 6455): it can also do what a client must not. Not a test itself.
"""Socket(server, token): text() gives the next message, say() sends one; `refused` is the status without an upgrade."""

import base64
import hashlib
import json
import os
import socket
import ssl
import struct

WAIT_S = 60
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Ended(Exception):
    """The other end closed: its code, or None when the connection just ended."""

    def __init__(self, code, reason=""):
        super().__init__(f"closed: {code} {reason}")
        self.code = code


class Socket:
    def __init__(self, server, token=None, path="/v1/eido/subscribe", protocol="emergency-ent1.0", **fields):
        self.raw = socket.create_connection(("127.0.0.1", server.port), timeout=WAIT_S)
        if server.scheme == "https":
            self.raw = ssl._create_unverified_context().wrap_socket(self.raw)  # pylint: disable=protected-access
        self.kept, self.pongs, self.code, self.waiting = b"", 0, None, []
        key = base64.b64encode(os.urandom(16)).decode()
        heads = {"Host": f"127.0.0.1:{server.port}", "Upgrade": "websocket", "Connection": "Upgrade",
                 "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": protocol}
        if token:
            heads["Authorization"] = "Bearer " + token
        heads.update({name.replace("_", "-"): value for name, value in fields.items()})
        lines = [f"{name}: {value}\r\n" for name, value in heads.items() if value is not None]
        self.raw.sendall((f"GET {path} HTTP/1.1\r\n" + "".join(lines) + "\r\n").encode())
        while b"\r\n\r\n" not in self.kept:
            more = self.raw.recv(65536)
            assert more, self.kept
            self.kept += more
        head, self.kept = self.kept.split(b"\r\n\r\n", 1)
        self.head = head.decode()
        status = int(self.head.split()[1])
        self.refused = status if status != 101 else None
        if not self.refused:
            proof = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            assert "sec-websocket-accept: " + proof.lower() in self.head.lower(), self.head

    def take(self, n):
        while len(self.kept) < n:
            more = self.raw.recv(65536)
            if not more:
                raise Ended(self.code)
            self.kept += more
        taken, self.kept = self.kept[:n], self.kept[n:]
        return taken

    def frame(self, data, first=0x81, masked=True):
        """Any frame, also a wrong one."""
        data = data.encode() if isinstance(data, str) else data
        bit, n = (0x80 if masked else 0), len(data)
        head = bytes([first]) + (bytes([bit | n]) if n < 126 else bytes([bit | 126]) + struct.pack(">H", n)
                                 if n < 65536 else bytes([bit | 127]) + struct.pack(">Q", n))
        mask = os.urandom(4)
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(data)) if masked else data
        self.raw.sendall(head + (mask if masked else b"") + body)

    def say(self, message):
        self.frame(json.dumps(message))

    def text(self):
        """The next message, as JSON; pings are answered in between."""
        whole = b""
        while True:
            first, second = self.take(2)
            assert second < 128, "a server's frame is not masked"
            n = second
            if n == 126:
                n = struct.unpack(">H", self.take(2))[0]
            elif n == 127:
                n = struct.unpack(">Q", self.take(8))[0]
            data = self.take(n)
            if first & 15 == 8:
                code = struct.unpack(">H", data[:2])[0] if n >= 2 else 1005
                raise Ended(code, data[2:].decode())
            if first & 15 == 9:
                self.frame(data, 0x8a)
            elif first & 15 == 10:
                self.pongs += 1
            else:
                whole += data
                if first & 0x80:
                    return json.loads(whole)

    def end(self):
        """The code with which the other end closes; what comes before is passed over."""
        try:
            while True:
                self.text()
        except Ended as ended:
            return ended.code
        except (ConnectionError, ssl.SSLError):
            return None

    def close(self):
        self.raw.close()

    # ---- NENA-STA-024.1a ----

    def answer(self, name):
        """The response of that name; events before it are kept."""
        while True:
            message = self.text()
            if name in message:
                return message[name]
            self.waiting.append(message["event"])

    def unsubscribe(self, subscription):
        self.say({"unsubscribe": {"requestId": "r", "subscriptionId": subscription}})
        return self.answer("unsubscribeResponse")["statusCode"]

    def subscribe(self, **more):
        """The response, and the subscription's id."""
        body = {"requestId": "r1", "requestType": "EIDO", "requestSubType": "new",
                "requestAccepts": 'application/emergency.eido+json; version="1"'}
        body.update(more)
        self.say({"subscribe": {name: value for name, value in body.items() if value is not None}})
        answer = self.answer("subscribeResponse")
        return answer, answer.get("subscriptionId")

    def event(self, **more):
        """The next event, acknowledged."""
        event = self.waiting.pop(0) if self.waiting else self.text()["event"]
        self.say({"eventResponse": {"transactionId": event["transactionId"], "statusCode": 200,
                                    "statusText": "OK", **more}})
        return event
