#!/usr/bin/env python3
# `amparo dna eval` from outside: values, text and JSON, vectors that are none.
"""usage: tests/program/dna_eval.py AMPARO"""

import json
import math
import os
import subprocess
import sys
import tempfile

import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-eval-")
# one known contributor of genotype A/A, one allele, no theta: the density alone, by hand below
ONE = """1 1 1 1000 0.5 1 0 0
TH01 1 0 1 -1 50 0 0 0 0 1 0 -8
A 1 0 0 -1 -1 -1 -1 2100 -1e+100
"""


def write(name, text):
    path = os.path.join(DIR, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def run(*args, status=0):
    done = subprocess.run([AMPARO, "dna", "eval", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, check=False)
    assert done.returncode == status, f"{args}: {done.returncode}, not {status}\n{done.stderr}"
    return done


def one_homozygote_is_one_gamma_density():
    shape, scale, height = 2 / 0.5 ** 2, 1000 * 0.5 ** 2, 2100
    wanted = (shape - 1) * math.log(height) - height / scale - math.lgamma(shape) - shape * math.log(scale)
    answer = json.loads(run(write("one.dump", ONE), "--json").stdout)
    assert abs(answer["loglik"] - wanted) < 1e-10, f"{answer['loglik']}, not {wanted}"
    assert [m["name"] for m in answer["markers"]] == ["TH01"]
    assert abs(answer["markers"][0]["loglik"] - wanted) < 1e-10
    assert answer["markers"][0]["expected"] == -8


def the_text_shows_the_expected_value_and_the_difference():
    lines = run(write("one.dump", ONE)).stdout.splitlines()
    assert lines[0].split() == ["marker", "log-likelihood", "expected", "difference"], lines
    assert lines[1].split()[0] == "TH01" and len(lines[1].split()) == 4, lines
    assert lines[-1].split()[0] == "all", lines
    bare = run(write("bare.dump", ONE.replace(" -8\n", "\n"))).stdout.splitlines()
    assert len(bare[1].split()) == 2, bare


def a_broken_vector_is_refused_with_its_line():
    path = write("broken.dump", ONE.replace("2100", "high"))
    done = run(path, "--json", status=1)
    assert "line 3, marker TH01" in done.stderr, done.stderr
    assert json.loads(done.stdout)["error"]["code"] == "syntax", done.stdout
    run(os.path.join(DIR, "none.dump"), status=1)


def a_vector_whose_parameters_make_no_mixture_is_refused():
    done = run(write("odd.dump", ONE.replace("1000 0.5", "1000 0")), status=1)
    assert "odd.dump" in done.stderr, done.stderr


def it_wants_one_vector():
    run(status=2)
    assert "VECTOR.dump" in run("--help").stdout


tap.run([
    one_homozygote_is_one_gamma_density,
    the_text_shows_the_expected_value_and_the_difference,
    a_broken_vector_is_refused_with_its_line,
    a_vector_whose_parameters_make_no_mixture_is_refused,
    it_wants_one_vector,
])
