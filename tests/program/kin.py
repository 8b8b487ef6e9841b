#!/usr/bin/env python3
# `amparo dna kin` from outside: the published cases, conventions, pairs, power, mistakes.
"""usage: tests/program/kin.py AMPARO"""

import json
import os
import subprocess
import sys
import tempfile

import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-kin-")
FREQUENCIES = """marker,allele,frequency
M1,12,0.1
M1,13,0.2
M1,14,0.7
M2,8,0.5
M2,9,0.5
"""
TRIO = """A 1 0 0 1 12/13 8/8
A 2 0 0 2 0/0 0/0
A 3 1 2 1 12/14 8/9
B 1 0 0 1 12/13 8/8
B 3 0 0 1 12/14 8/9
"""


def data(rel):
    roots = [os.environ.get("AMPARO_DATA", "")]
    source = os.environ.get("AMPARO_SOURCE_ROOT", "")
    roots += [os.path.join(source, up, "shared/data") for up in ("..", "../..")]
    for root in roots:
        path = os.path.join(root, "dna", rel)
        if os.path.exists(path):
            return path
    return None


def kin(*args, status=0):
    done = subprocess.run([AMPARO, "dna", "kin", *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert done.returncode == status, f"{args}: {done.returncode}, not {status}\n{done.stderr}"
    return done


def as_json(*args):
    return json.loads(kin(*args, "--json").stdout)


def write(name, content):
    path = os.path.join(DIR, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def close(a, b, tolerance=1e-10):
    assert abs(a - b) <= tolerance * abs(b), f"{a} is not {b}"


def familias_files_have_their_published_ratios():
    cases = (("halfsib", "Ped 2", 224541343.367), ("sibship", "HS", 524764.234817),
             ("halfsib-test", "Ped 2", 0.326877870307), ("paternity", "H2", 1 / 0.00131519333526))
    for name, against, ratio in cases:
        path = data(f"pedsuite/{name}.fam")
        if not path:
            return "the published cases"
        found = as_json("--pedigree", path)
        close(found["lr"][0], ratio)
        assert found["lr"][1] == 1 and found["against"] == against
        assert found["conventions"]["untyped_founder"] == "mutate"
        total = sum(m["loglik"] for m in found["hypotheses"][0]["markers"])
        close(total, found["hypotheses"][0]["loglik"])
        assert "more probable if" in found["ratios"][0]["statement"]
    return None


def a_familias_file_is_written_again_with_the_same_ratio():
    path = data("pedsuite/paternity.fam")
    if not path:
        return "the published cases"
    again = os.path.join(DIR, "again.fam")
    first = as_json("--pedigree", path, "--write-fam", again)
    assert as_json("--pedigree", again)["lr"] == first["lr"]
    return None


def thirty_five_markers_have_the_published_likelihoods():
    people, genotypes = data("expected/kin_ped_structure.txt"), data("expected/kin_ped_genotypes.csv")
    table = data("freqs/NorwegianFrequencies.csv")
    if not people or not genotypes or not table:
        return "the published pedigree"
    with open(people, encoding="utf-8") as file:
        persons = [line.split()[1:] for line in file.read().splitlines()[1:]]
    with open(genotypes, encoding="utf-8") as file:
        rows = [line.replace('"', "").split(",")[1:] for line in file.read().splitlines()]
    lines = ["fid iid father mother sex " + " ".join(rows[0])]
    lines += [" ".join(["F", *p, *g]) for p, g in zip(persons, rows[1:])]
    ped = write("large.ped", "\n".join(lines) + "\n")
    for options, loglik in (((), -576.4109938763),
                            (("--mutation", "equal", "--rate", "0.001"), -576.5701108350),
                            (("--mutation", "proportional", "--rate", "0.001"), -576.5215023171),
                            (("--mutation", "stepwise", "--rate", "0.001", "--range", "0.1",
                              "--rate2", "1e-6"), -576.5645742089)):
        found = as_json("--pedigree", ped, "--frequencies", table, *options)
        close(found["hypotheses"][0]["loglik"], loglik)
    return None


def families_of_a_ped_file_are_hypotheses_and_unrelated_can_be_added():
    ped, table = write("trio.ped", TRIO), write("f.csv", FREQUENCIES)
    found = as_json("--pedigree", ped, "--frequencies", table, "--unrelated", "--against", "B")
    assert [h["name"] for h in found["hypotheses"]] == ["A", "B", "unrelated"]
    close(found["lr"][0], 2.5)
    close(found["lr"][2], 1)
    words = kin("--pedigree", ped, "--frequencies", table).stdout
    assert "Convention:" in words and "more probable if" in words


def an_impossible_pedigree_is_told_with_its_markers_and_what_was_not_modelled():
    ped = write("no.ped", TRIO.replace("A 1 0 0 1 12/13 8/8", "A 1 0 0 1 12/13 9/9")
                .replace("B 1 0 0 1 12/13 8/8", "B 1 0 0 1 12/13 9/9").replace("12/14 8/9", "12/14 8/8"))
    table = write("f.csv", FREQUENCIES)
    found = as_json("--pedigree", ped, "--frequencies", table)
    said = found["ratios"][0]["statement"]
    assert "This rests on 1 marker (M2) at which the genotypes are impossible" in said, said
    assert '"A", and no mutation is modelled there: a mutation, a lost or silent allele' in said, said
    found = as_json("--pedigree", ped, "--frequencies", table, "--mutation", "equal", "--rate", "0.002")
    assert "impossible" not in found["ratios"][0]["statement"]


def a_file_in_which_nobody_is_typed_is_refused():
    ped, table = write("nobody.ped", "A 1 0 0 1 0/0 0/0\nA 2 0 0 2 0/0 0/0\n"), write("f.csv", FREQUENCIES)
    assert "no person outside of a [DVI] section is typed" in kin("--pedigree", ped, "--frequencies", table,
                                                                  status=1).stderr


def a_report_is_one_page_and_the_same_each_time():
    ped, table = write("trio.ped", TRIO), write("f.csv", FREQUENCIES)
    pages = [os.path.join(DIR, name) for name in ("a.html", "b.html")]
    for page in pages:
        kin("--pedigree", ped, "--frequencies", table, "--report", page)
    assert read(pages[0]) == read(pages[1])
    text = read(pages[0]).decode()
    assert text.startswith("<!DOCTYPE html>") and "http" not in text.replace("http-equiv", "")
    assert "It does not say how probable a pedigree is" in text


def linked_markers_change_the_likelihood_and_are_named():
    ped, table = write("trio.ped", TRIO), write("f.csv", FREQUENCIES)
    linkage = write("map.csv", "marker,chromosome,cM\nM1,4,10\nM2,4,12\n")
    found = as_json("--pedigree", ped, "--frequencies", table, "--linkage", linkage)
    assert found["conventions"]["linked_groups"] == 1
    assert any("linked" in note for note in found["notes"])


def page_of(*args):
    """The page of a run, which is the same each time and fetches nothing."""
    path = os.path.join(DIR, "page.html")
    pages = []
    for _ in range(2):
        kin(*args, "--report", path)
        with open(path, encoding="utf-8") as file:
            pages.append(file.read())
    assert pages[0] == pages[1] and "<script" not in pages[0] and "://" not in pages[0]
    return pages[0]


def pairs_of_a_named_case_have_their_best_relation():
    table = write("f.csv", FREQUENCIES)
    refs = write("refs.csv", "SampleName,Marker,Allele1,Allele2\nA,M1,12,13\nB,M1,12,13\n")
    found = as_json("--pairs", refs, "--frequencies", table, "--case", "ferry")
    assert found["case"] == "ferry" and len(found["pairs"]) == 1
    ratios = {r["name"]: r["lr"] for r in found["pairs"][0]["relations"]}
    close(ratios["full siblings"], 0.25 + 0.5 * 0.3 / 0.08 + 0.25 / 0.04)
    assert found["pairs"][0]["best"] == "the same person or identical twins"
    assert "--case" in kin("--pairs", refs, "--frequencies", table, status=2).stderr
    odd = write("odd.csv", "SampleName,Marker,Allele1,Allele2\n<b>A,M1,12,13\nB,M1,12,13\n")
    more = write("more.csv", "SampleName,Marker,Allele1,Allele2\nA,M1,12,13\nA,M9,7,8\nB,M1,12,\nB,M9,7,7\n")
    few = write("few.csv", FREQUENCIES.replace("M1,14,0.7", "M1,14,0.67"))
    told = ["M9 is left out: the frequency table does not have it",
            "B has one allele written at 1 marker (M1): homozygous there",
            "marker M1: frequencies summing to 0.97, with 0 alleles that the table lacks, were scaled to 1"]
    args = ("--pairs", more, "--frequencies", few, "--case", "ferry")
    assert as_json(*args)["notes"] == told and found["notes"] == []
    assert all("Note: " + text in kin(*args).stdout and text in page_of(*args) for text in told)
    page = page_of("--pairs", odd, "--frequencies", table, "--case", "ferry")
    assert "&lt;b&gt;A" in page and "<b>A" not in page and "identical twins" in page
    assert "Case ferry: 2 persons" in page and "SHA-256" in page and "--case ferry" in page


def power_ranks_relatives_the_same_for_the_same_seed():
    ped = write("power.ped", "F 1 0 0 1 0/0 0/0\nF 2 0 0 2 0/0 0/0\nF 3 1 2 1 12/13 8/9\n"
                             "F 4 1 2 1 0/0 0/0\n")
    table = write("f.csv", FREQUENCIES)
    args = ("--power", "--pedigree", ped, "--frequencies", table, "--missing", "4",
            "--samples", "200")
    found = as_json(*args)
    assert found == as_json(*args)
    assert "does not name its columns" in found["notes"][0] and "Note: " in kin(*args).stdout
    assert "does not name its columns" in page_of(*args)
    names = [c["name"] for c in found["candidates"]]
    assert sorted(names) == ["1", "2"]
    assert found["candidates"][0]["expected_log10_lr"] > found["now"]["expected_log10_lr"]
    page = page_of(*args)
    assert "nobody more" in page and "%.3f" % found["candidates"][0]["expected_log10_lr"] in page
    assert page.index('"row">' + names[0]) < page.index('"row">' + names[1])


def mistakes_are_named():
    ped, table = write("trio.ped", TRIO), write("f.csv", FREQUENCIES)
    bad = write("bad.ped", "A 1 0 0 1 12/13 8/8\nA 2 9 0 1 0/0 0/0\n")
    assert "line 2" in kin("--pedigree", bad, "--frequencies", table, status=1).stderr
    assert "--frequencies" in kin("--pedigree", ped, status=2).stderr
    assert "models are" in kin("--pedigree", ped, "--frequencies", table, "--mutation", "x",
                               status=2).stderr
    assert "--rate" in kin("--pedigree", ped, "--frequencies", table, "--mutation", "equal",
                           status=2).stderr
    assert "no pedigree" in kin("--pedigree", ped, "--frequencies", table, "--against", "Z",
                                status=1).stderr
    cut = write("cut.fam", '"Output from Familias, version 3.3.1"\n""\n3.3.1\n""\n5\n')
    assert "cut.fam" in kin("--pedigree", cut, status=1).stderr


tap.run([
    familias_files_have_their_published_ratios,
    a_familias_file_is_written_again_with_the_same_ratio,
    thirty_five_markers_have_the_published_likelihoods,
    families_of_a_ped_file_are_hypotheses_and_unrelated_can_be_added,
    an_impossible_pedigree_is_told_with_its_markers_and_what_was_not_modelled,
    a_file_in_which_nobody_is_typed_is_refused,
    a_report_is_one_page_and_the_same_each_time,
    linked_markers_change_the_likelihood_and_are_named,
    pairs_of_a_named_case_have_their_best_relation,
    power_ranks_relatives_the_same_for_the_same_seed,
    mistakes_are_named,
])
