# `amparo track` under test: started as a person starts it, with its ports and its words.
"""Used by the programs of this folder beside served.py."""

import json
import re
import subprocess
import threading
import time

import served

LONG_S = 60


def until(what, see, wait_s=LONG_S):
    """The first true answer of `see`; fails when none comes."""
    end = time.monotonic() + wait_s
    while time.monotonic() < end:
        found = see()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"in vain waited for: {what}")


class Gateway:
    """One gateway; `port` by the name of the door, `words` what it says."""

    def __init__(self, amparo, *args):
        self.process = subprocess.Popen([amparo, "track", *served.SANDBOX, *args],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True)
        self.lines, self.port = [], {}
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.match(r"amparo: (.*) on port (\d+)", line)
            if found:
                self.port[found.group(1)] = int(found.group(2))
            if line.startswith("amparo: positions go to"):
                break
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr),
                                       daemon=True)
        self.reader.start()

    def words(self):
        return "".join(self.lines)

    def stop(self):
        self.process.terminate()
        status = self.process.wait(timeout=LONG_S)
        self.reader.join(LONG_S)
        return status


def reports(server, unit):
    status, text = server.ask("GET", f"/v1/units/{unit}/reports")
    assert status == 200, text
    return json.loads(text)["reports"]
