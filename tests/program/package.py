#!/usr/bin/env python3
# The Debian package: what is in it, who may do what, that it runs, and that its service is hardened.
"""usage: tests/program/package.py AMPARO"""

import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile

import served
import tap

AMPARO = os.path.abspath(sys.argv[1])
ROOT = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))
DIR = tempfile.mkdtemp(prefix="amparo-package-")
ROOM = os.path.join(DIR, "unpacked")
EXPOSURE_MAX = 1.5
SCRIPTS = ("postinst", "prerm", "postrm")
made = {}


def run(*args, **more):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=300,
                          check=False, **more)
    assert done.returncode == 0, f"{args}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def package(out):
    return run(os.path.join(ROOT, "tools", "package"), "--binary", AMPARO, "--out", out).strip()


def read(*names):
    with open(os.path.join(ROOM, *names), encoding="utf-8") as file:
        return file.read()


def the_package_is_built_and_the_same_each_time():
    made["deb"] = package(os.path.join(DIR, "one"))
    again = package(os.path.join(DIR, "two"))
    with open(made["deb"], "rb") as a, open(again, "rb") as b:
        assert a.read() == b.read()
    run("dpkg-deb", "-R", made["deb"], ROOM)


def it_holds_what_it_should_with_the_right_modes():
    modes = {}
    for line in run("dpkg-deb", "-c", made["deb"]).splitlines():
        mode, owner, *_, path = line.split()
        assert owner == "root/root", line
        assert mode[5] == "-" and mode[8] == "-", "others may write: " + line
        assert "s" not in mode, "it changes its user: " + line
        modes[path[1:]] = mode
    assert modes["/usr/bin/amparo"] == "-rwxr-xr-x"
    for path in ("/lib/systemd/system/amparo.service",
                 "/lib/systemd/system/amparo-sip.service", "/usr/lib/sysusers.d/amparo.conf", "/etc/default/amparo",
                 "/usr/share/doc/amparo/copyright", "/usr/share/doc/amparo/README.md.gz"):
        assert modes[path] == "-rw-r--r--", path
    files = [path for path, mode in modes.items() if mode[0] != "d"]
    assert not [path for path in files if path.startswith(("/var", "/home", "/tmp", "/root"))]


def it_says_what_it_is_and_what_it_needs():
    fields = {name: run("dpkg-deb", "-f", made["deb"], name).strip()
              for name in ("Package", "Version", "Architecture", "Depends", "Description")}
    assert fields["Package"] == "amparo"
    assert fields["Version"] == run(AMPARO, "version").split()[1]
    assert fields["Architecture"] == run("dpkg", "--print-architecture").strip()
    for library in ("libc6", "libmicrohttpd12", "libgnutls30", "libsqlite3-0", "libssl3"):
        assert re.search(r"\b" + library + r" \(>= [\d:]", fields["Depends"]), library
    assert "systemd | adduser" in fields["Depends"]
    assert "cmocka" not in fields["Depends"]


def its_options_are_a_file_that_an_update_asks_about():
    assert read("DEBIAN", "conffiles").split() == ["/etc/default/amparo"]
    assert re.search(r'^AMPARO_OPTIONS=""$', read("etc", "default", "amparo"), re.M)


def the_sums_of_its_files_are_right():
    lines = read("DEBIAN", "md5sums").splitlines()
    assert len(lines) >= 6
    run("md5sum", "--quiet", "-c", "DEBIAN/md5sums", cwd=ROOM)


def its_scripts_are_sound_and_switch_nothing_on():
    for script in SCRIPTS:
        path = os.path.join(ROOM, "DEBIAN", script)
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o755
        run("sh", "-n", path)
        text = read("DEBIAN", script)
        done = re.sub(r'echo "[^"]*"', "", text)
        assert not re.search(r"systemctl[^\n]* (enable|start|restart)\b", done), script
        assert "rm -rf" not in text and "/var/lib/amparo/" not in text, script


def the_program_in_it_runs():
    inside = os.path.join(ROOM, "usr", "bin", "amparo")
    assert run(inside, "version") == run(AMPARO, "version")
    assert os.path.getsize(inside) <= os.path.getsize(AMPARO)


def its_service_runs_as_its_own_user_with_what_the_default_file_says():
    unit = read("lib", "systemd", "system", "amparo.service")
    assert re.search(r"^ExecStart=/usr/bin/amparo serve --data /var/lib/amparo \$AMPARO_OPTIONS$", unit, re.M)
    assert re.search(r"^User=amparo$", unit, re.M)
    assert re.search(r"^u amparo ", read("usr", "lib", "sysusers.d", "amparo.conf"), re.M)


def the_service_manager_hears_that_it_is_ready_lives_and_stops():
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(os.path.join(DIR, "notify"))
    manager.settimeout(60)
    env = dict(os.environ, NOTIFY_SOCKET=os.path.join(DIR, "notify"), WATCHDOG_USEC="150000")
    server = subprocess.Popen([os.path.join(ROOM, "usr", "bin", "amparo"), "serve", "--data",
                               os.path.join(DIR, "data"), "--listen", "127.0.0.1:0", *served.SANDBOX], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        assert manager.recv(64) == b"READY=1"
        assert manager.recv(64) == b"WATCHDOG=1"
        assert manager.recv(64) == b"WATCHDOG=1"
        server.send_signal(signal.SIGTERM)
        while (said := manager.recv(64)) != b"STOPPING=1":
            assert said == b"WATCHDOG=1", said
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.wait()
        manager.close()


def its_service_is_hardened():
    if shutil.which("systemd-analyze") is None:
        return "systemd-analyze is not here"
    unit = os.path.join(ROOM, "lib", "systemd", "system", "amparo.service")
    said = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
    found = re.search(r"exposure level for amparo\.service: ([\d.]+)", said)
    assert found, said
    assert float(found.group(1)) <= EXPOSURE_MAX, said
    return None


def no_line_of_its_service_is_unknown():
    if shutil.which("systemd-analyze") is None:
        return "systemd-analyze is not here"
    said = subprocess.run(["systemd-analyze", "verify", os.path.join(ROOM, "lib", "systemd", "system",
                                                                     "amparo.service")],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          check=False).stdout
    ours = [line for line in said.splitlines() if "amparo.service" in line and "not executable" not in line]
    assert not ours, "\n".join(ours)
    return None


def its_user_can_be_made():
    if shutil.which("systemd-sysusers") is None:
        return "systemd-sysusers is not here"
    system = os.path.join(DIR, "system")
    os.makedirs(os.path.join(system, "etc"))
    for name in ("passwd", "group"):
        with open(os.path.join(system, "etc", name), "w", encoding="utf-8") as file:
            file.write("root:x:0:0::/root:/bin/sh\n" if name == "passwd" else "root:x:0:\n")
    run("systemd-sysusers", "--root=" + system, os.path.join(ROOM, "usr", "lib", "sysusers.d", "amparo.conf"))
    with open(os.path.join(system, "etc", "passwd"), encoding="utf-8") as file:
        assert re.search(r"^amparo:.*:/var/lib/amparo:/usr/sbin/nologin$", file.read(), re.M)
    return None


try:
    for tool in ("dpkg-deb", "dpkg-shlibdeps", "strip"):
        if shutil.which(tool) is None:
            print(f"1..0 # SKIP {tool} is not here")
            sys.exit(0)
    tap.run([
        the_package_is_built_and_the_same_each_time,
        it_holds_what_it_should_with_the_right_modes,
        it_says_what_it_is_and_what_it_needs,
        its_options_are_a_file_that_an_update_asks_about,
        the_sums_of_its_files_are_right,
        its_scripts_are_sound_and_switch_nothing_on,
        the_program_in_it_runs,
        its_service_runs_as_its_own_user_with_what_the_default_file_says,
        the_service_manager_hears_that_it_is_ready_lives_and_stops,
        its_service_is_hardened,
        no_line_of_its_service_is_unknown,
        its_user_can_be_made,
    ])
finally:
    shutil.rmtree(DIR, ignore_errors=True)
