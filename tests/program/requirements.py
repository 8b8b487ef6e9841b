#!/usr/bin/env python3
# docs/requirements.md claims nothing without a test: each one it names exists.
"""usage: tests/program/requirements.py AMPARO"""

import os
import re

import tap

ROOT = os.environ.get("AMPARO_SOURCE_ROOT", os.path.join(os.path.dirname(__file__), "..", ".."))

OF_PROGRAM = r"tests/program/(\w+)\.py: `(\w+)`"


def page():
    with open(os.path.join(ROOT, "docs", "requirements.md"), encoding="utf-8") as file:
        return file.read()


def each_test_that_the_requirements_name_exists():
    named = re.findall(r"`(\w+)/(\w+): (\w+)`", page())
    assert len(named) > 10
    absent = []
    for folder, test, sentence in named:
        path = os.path.join(ROOT, "src", folder, test + "_test.c")
        text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        if not re.search(r"static void " + sentence + r"\(", text):
            absent.append(f"{folder}/{test}: {sentence}")
    for test, sentence in re.findall(OF_PROGRAM, page()):
        path = os.path.join(ROOT, "tests", "program", test + ".py")
        text = open(path, encoding="utf-8").read() if os.path.exists(path) else ""
        if f"def {sentence}(" not in text:
            absent.append(f"{test}.py: {sentence}")
    assert not absent, absent


def nothing_is_called_met_without_a_test():
    for line in page().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if "met" in cells:
            assert re.search(r"`\w+/\w+: \w+`", line) or re.search(OF_PROGRAM, line), line


tap.run([each_test_that_the_requirements_name_exists, nothing_is_called_met_without_a_test])
