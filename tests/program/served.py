# A server under test, started as a person starts it, and asked as a client asks it.
"""Used by the programs of this folder. Its data lie in a directory of its own below `top`."""

import atexit
import http.client
import json
import os
import re
import resource
import signal
import ssl
import subprocess
import threading
import time

WAIT_S = 30
SANITIZED = "AMPARO_SANITIZED" in os.environ
SANDBOX = ["--no-sandbox"] if SANITIZED else []  # a sanitizer needs what the sandbox refuses
ALL_SCOPES = "read,write,positions,intake,metrics"


def wait_for(what, condition, longest_s=60):
    """What the condition says as soon as it says something; fails after so long."""
    until = time.monotonic() + longest_s
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("in vain: " + what)


def peer(*command, **options):
    """A program of others that a test speaks with; `end_peers` ends it."""
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            start_new_session=True, **options)


def end_peers(*peers):
    """How a program of others ends is not what is tested: who does not end when told is killed,
    with all that it started."""
    for one in peers:
        one.terminate()
    for one in peers:
        try:
            one.wait(timeout=10)
        except subprocess.TimeoutExpired:
            os.killpg(one.pid, signal.SIGKILL)
            one.wait(timeout=WAIT_S)


def run(amparo, *args, status=0, text=None, env=None):
    """A command to its end; fails when it ends otherwise than it should."""
    done = subprocess.run([amparo, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          input=text, timeout=120, env=env, check=False)
    assert done.returncode == status, (f"{args}: {done.returncode}, not {status}\n"
                                       f"{done.stdout}{done.stderr}")
    return done


class Server:
    """One server on one directory; what it says is kept, and so is the one-time link of the first start."""

    def __init__(self, amparo, top, name, *args, file_bytes=None, env=None):
        self.amparo, self.data = amparo, os.path.join(top, name)
        self.token = None  # sent with each request once it is set
        self.scheme = "https" if "--tls-cert" in args else "http"

        def limit():
            if file_bytes is not None:
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails instead
                resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
        self.process = subprocess.Popen(
            [amparo, "serve", "--data", self.data, "--listen", "127.0.0.1:0", *SANDBOX, *args],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
            preexec_fn=limit, env=env)
        atexit.register(self.end)
        self.lines, self.port, self.link = [], 0, None
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.search(r"https?://127\.0\.0\.1:(\d+)", line)
            if found and "#setup=" in line:
                self.link = line.strip().split("#setup=")[1]
            elif found:
                self.port = int(found.group(1))
                break
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr),
                                       daemon=True)
        self.reader.start()

    def connect(self):
        if self.scheme == "http":
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=WAIT_S)
        trusting = ssl._create_unverified_context()  # pylint: disable=protected-access
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=WAIT_S, context=trusting)

    def exchange(self, method, path, body=None, **fields):
        """Status, header fields and text of the answer."""
        connection = self.connect()
        try:
            text = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            heads = {k.replace("_", "-"): v for k, v in fields.items()}
            if self.token and "Authorization" not in heads and "Cookie" not in heads:
                heads["Authorization"] = "Bearer " + self.token
            connection.request(method, path, text, heads)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def ask(self, method, path, body=None, **fields):
        status, _, text = self.exchange(method, path, body, **fields)
        return status, text

    def user(self, *args, **more):
        return run(self.amparo, "user", *args, "--data", self.data, **more)

    def desk(self, role="supervisor", name="desk", scopes=ALL_SCOPES):
        """From now on requests come from a new account of this role."""
        self.token = self.user("add", name, "--role", role, "--token", "--scopes",
                               scopes).stdout.strip()
        return self

    def words(self):
        self.reader.join(WAIT_S)
        return "".join(self.lines)

    def wait(self):
        return self.process.wait(timeout=WAIT_S)

    def stop(self):
        self.process.terminate()
        return self.wait()

    def end(self):
        """With the test its server ends, also where the test never came as far."""
        if self.process.poll() is None:
            self.process.kill()

    def kill(self):
        self.process.kill()
        return self.wait()
