#!/usr/bin/env python3
# `amparo dna profiles` and `kits`: what is read and how, and what is refused, from outside.
"""usage: tests/program/dna_input.py AMPARO"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile

import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-dna-input-")


def amparo(*args, status=0, text=None):
    done = subprocess.run([AMPARO, "dna", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, input=text, timeout=60, check=False)
    assert done.returncode == status, f"{args}: {done.returncode}, not {status}\n{done.stderr}"
    return done


def write(name, content):
    path = os.path.join(DIR, name)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(content)
    return path


def a_stain_is_shown_with_how_it_was_read():
    content = ("Sample Name;Marker;Allele 1;Allele 2;Height 1;Height 2;Comment\n"
               "S;TH01;7;9,3;100;250,5;-\nS;FGA;OL;;90;;-\n")
    path = write("stain.csv", content)
    shown = json.loads(amparo("profiles", path, "--json").stdout)
    assert (shown["format"], shown["separator"], shown["decimal"]) == ("table", "semicolon", "comma")
    assert shown["sha256"] == hashlib.sha256(content.encode()).hexdigest()
    assert shown["encoding"] == "UTF-8" and shown["lines"] == 3 and shown["file"] == path
    assert len(shown["notes"]) == 2 and '"Comment"' in shown["notes"][0]
    sample = shown["samples"][0]
    assert (sample["name"], sample["kind"], sample["peaks"]) == ("S", "stain", 3)
    assert (sample["lowest"], sample["highest"]) == (90, 250.5)
    assert sample["markers"][0] == {"name": "TH01", "line": 2, "alleles": ["7", "9.3"],
                                    "heights": [100, 250.5]}
    words = amparo("profiles", path, "--markers").stdout
    assert "cut by semicolon, decimal comma" in words and "9.3 (250.5)" in words
    assert amparo("profiles", "-", text=content).stdout.startswith("-: table")


def frequencies_are_shown_with_sums_and_counts():
    path = write("freq.csv", "marker,allele,counts\nTH01,7,30\nTH01,9.3,70\nFGA,22,50\n")
    shown = json.loads(amparo("profiles", "--frequencies", path, "--json").stdout)
    assert shown["format"] == "frequencies-long" and shown["smallest"] == 0.3
    assert shown["markers"][0] == {"name": "TH01", "sum": 1, "alleles_counted": 100,
                                   "alleles": ["7", "9.3"], "frequencies": [0.3, 0.7]}
    assert "of 50 counted" in amparo("profiles", "--frequencies", path).stdout


def a_mistake_is_named_with_file_line_and_marker():
    path = write("bad.csv", "Sample Name,Marker,Allele 1,Height 1\nS,TH01,7,\n")
    done = amparo("profiles", path, "--json", status=1)
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "syntax"
    assert error["detail"] == f"{path} line 2, marker TH01: allele 7 has no height; fill or empty the cell"
    assert "line 2" in done.stderr
    amparo("profiles", os.path.join(DIR, "absent.csv"), status=1)
    amparo("profiles", status=2)


def kits_are_listed_and_shown():
    kits = json.loads(amparo("kits", "--json").stdout)["kits"]
    assert any(k["name"] == "GlobalFiler" for k in kits)
    kit = json.loads(amparo("kits", "globalfiler", "--json").stdout)
    marker = next(m for m in kit["markers"] if m["name"] == "TH01")
    assert marker["repeat_bp"] == 4 and len(marker["alleles"]) > 5
    assert "blue" in amparo("kits", "PowerPlex ESX 17").stdout
    assert "GlobalFiler" in amparo("kits", "nothing", status=1).stderr
    own = write("kit.txt", "Panel\tMarker\tAllele\tSize\tColor\tRepeat\nOurs\tTH01\t7\t171.5\tred\t4\n")
    kit = json.loads(amparo("kits", "--file", own, "--json").stdout)
    assert kit["name"] == "Ours" and kit["markers"][0]["alleles"] == [{"name": "7", "size_bp": 171.5}]


try:
    tap.run([a_stain_is_shown_with_how_it_was_read, frequencies_are_shown_with_sums_and_counts,
             a_mistake_is_named_with_file_line_and_marker, kits_are_listed_and_shown])
finally:
    shutil.rmtree(DIR, ignore_errors=True)
