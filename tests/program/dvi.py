#!/usr/bin/env python3
# `amparo dna dvi` from outside: the JSON that others script against, reports, mistakes.
"""usage: tests/program/dvi.py AMPARO"""

import json
import math
import os
import subprocess
import sys
import tempfile

import tap

AMPARO = os.path.abspath(sys.argv[1])
DIR = tempfile.mkdtemp(prefix="amparo-dvi-")
PEOPLE = """kind\tfamily\tid\tfid\tmid\tsex\tL1\tmissing
victim\t-\tV1\t0\t0\t1\t1/1\t0
victim\t-\tV2\t0\t0\t1\t1/2\t0
victim\t-\tV3\t0\t0\t2\t3/4\t0
family\tA\tM1\t0\t0\t1\t-/-\t1
family\tA\tR1\t0\t0\t2\t2/2\t0
family\tA\tM2\tM1\tR1\t1\t-/-\t1
family\tB\tR2\t0\t0\t1\t3/3\t0
family\tB\tmother\t0\t0\t2\t-/-\t0
family\tB\tM3\tR2\tmother\t2\t-/-\t1
"""
MARKERS = "marker\tallele\tfrequency\n" + "".join(f"L1\t{a}\t0.1\n" for a in range(1, 11))


def data(name):
    roots = [os.environ.get("AMPARO_DATA", "")]
    source = os.environ.get("AMPARO_SOURCE_ROOT", "")
    roots += [os.path.join(source, up, "shared/data") for up in ("..", "../..")]
    for root in roots:
        path = os.path.join(root, "dna/dvi", name)
        if os.path.isdir(path):
            return path
    return None


def folder(name, people=PEOPLE, markers=MARKERS, mutation="L1 : none\n"):
    path = os.path.join(DIR, name)
    os.makedirs(path, exist_ok=True)
    for file, text in (("people.tsv", people), ("markers.tsv", markers), ("mutation.txt", mutation)):
        if text is not None:
            with open(os.path.join(path, file), "w", encoding="utf-8") as out:
                out.write(text)
    return path


def amparo(*args, status=0):
    done = subprocess.run([AMPARO, "dna", "dvi", *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=120, check=False)
    assert done.returncode == status, f"{args}: {done.returncode}, not {status}\n{done.stdout}{done.stderr}"
    return done


def as_json(*args):
    return json.loads(amparo(*args, "--json").stdout)


def close(a, b, rel=1e-9):
    assert math.isclose(a, b, rel_tol=rel), f"{a} is not {b}"


def a_small_case_worked_by_hand_comes_out():
    got = as_json(folder("hand"))
    close(got["pairwise"]["V2"]["M2"], 5)
    assert got["pairwise"]["V1"]["M2"] == 0 and got["pairwise"]["V1"]["M3"] is None
    assert got["joint_summary"]["assignments"] == 14 and len(got["joint"]) == 10
    best = got["joint"][0]
    assert best["assignment"] == {"V1": "M1", "V2": "M2", "V3": "M3"}
    close(best["loglik"], math.log(0.1**2 * 0.1**2 * 0.1**2 * 0.1))  # M1, R1, R2 homozygous; the 4
    close(best["lr"], 250)
    close(sum(row["posterior"] for row in got["joint"]), 1)
    close(got["marginals"]["V3"]["M3"], 5 / 6)
    close(got["marginals"]["V3"]["*"], 1 / 6)
    close(got["not_found"]["M3"], 1 / 6)
    assert [row["conclusion"] for row in got["matches"]] == ["Inconclusive"] * 3
    close(got["matches"][1]["glr"], 50)


def every_row_of_marginals_sums_to_one_and_agrees_with_the_list():
    got = as_json(folder("hand"))
    for victim, row in got["marginals"].items():
        close(sum(row.values()), 1)
        for missing, p in row.items():
            listed = sum(one["posterior"] for one in got["joint"]
                         if one["assignment"][victim] == missing)
            close(p, listed) if p else None


def the_joint_posterior_of_planecrash_is_dvir_s():
    path = data("planecrash")
    if not path:
        return "no dna/dvi/planecrash"
    got = as_json(path, "--limit", "20000")
    close(got["marginals"]["V1"]["M1"], 9.9882189e-01, 6e-9)
    close(got["marginals"]["V4"]["*"], 4.6711750e-08, 2e-8)
    assert got["joint_summary"]["assignments"] == 19081 and len(got["joint"]) == 19081
    assert got["joint_summary"]["all_possible_listed"] and got["joint_summary"]["exact"]
    close(sum(row["posterior"] for row in got["joint"]), 1)
    return None


def threads_change_no_byte_of_result_and_report():
    path = data("symmetricSibs") or folder("hand")
    pages = []
    for threads in ("1", "2", "5"):
        page = os.path.join(DIR, f"page{threads}.html")
        out = amparo(path, "--json", "--threads", threads, "--report", page).stdout
        with open(page, "rb") as file:
            pages.append((out, file.read()))
    assert pages[0] == pages[1] == pages[2]


def a_report_is_whole_and_escapes_names():
    people = PEOPLE.replace("R2", "<script>alert(1)</script>").replace("V3", "<b>V3</b>")
    page = os.path.join(DIR, "escaped.html")
    amparo(folder("escaped", people), "--report", page, "--case", "a & b")
    with open(page, encoding="utf-8") as file:
        text = file.read()
    assert "<script" not in text and "<b>V3" not in text and "&lt;b&gt;V3" in text
    assert "a &amp; b" in text and text.rstrip().endswith("</html>")
    assert "Posterior probabilities" in text and "SHA-256" in text


def samples_of_one_person_are_put_together_unless_told_not_to():
    rows = "".join(f"victim\t-\t{name}\t0\t0\t1\t1/2\t1/2\t0\n" for name in ("arm", "leg"))
    people = ("kind\tfamily\tid\tfid\tmid\tsex\tL1\tL2\tmissing\n" + rows +
              "family\tA\tM1\t0\t0\t1\t-/-\t-/-\t1\nfamily\tA\tson\tM1\tmum\t1\t1/1\t2/2\t0\n"
              "family\tA\tmum\t0\t0\t2\t-/-\t-/-\t0\n")
    path = folder("parts", people, MARKERS + MARKERS.replace("L1", "L2").split("\n", 1)[1],
                  "* : none\n")
    got = as_json(path, "--threshold", "1000")
    assert got["merged"][0]["into"] == "arm" and got["merged"][0]["parts"] == ["leg"]
    assert list(got["joint"][0]["assignment"]) == ["arm"]
    assert got["pairwise"]["leg"] == got["pairwise"]["arm"]
    apart = as_json(path, "--threshold", "1000", "--merge", "off")
    assert apart["merged"] == [] and len(apart["joint"][0]["assignment"]) == 2


def mistakes_are_told_with_file_line_and_what_to_do():
    bad = amparo(folder("allele", PEOPLE.replace("3/4", "3/14")), status=1)
    assert "people.tsv:4: marker L1: allele \"14\"" in bad.stderr and bad.stdout == ""
    told = amparo(folder("allele"), "--json", status=0)
    assert json.loads(told.stdout)["warnings"] == []
    impossible = PEOPLE.replace("-/-\t0\nfamily\tB\tM3", "5/5\t0\nfamily\tB\tM3")
    got = amparo(folder("family", impossible + "family\tB\tkid\tR2\tmother\t1\t7/7\t0\n"), "--json",
                 status=1)
    assert "family B: marker L1" in json.loads(got.stdout)["error"]["detail"]
    assert "no folder" not in amparo(os.path.join(DIR, "nowhere"), status=1).stderr
    amparo(folder("hand"), "--merge", "sometimes", status=2)
    amparo(status=2)


def no_mutation_file_means_no_mutation_and_says_so():
    got = amparo(folder("plain", mutation=None), "--json")
    assert "no mutation" in got.stderr
    assert any("mutation.txt" in note for note in json.loads(got.stdout)["warnings"])


def options_change_what_they_say():
    path = folder("hand")
    odds = as_json(path, "--match-odds", "0.001")
    assert odds["marginals"]["V3"]["*"] > 0.99
    assert "joint" not in as_json(path, "--no-joint")
    assert as_json(path, "--ignore-sex")["pairwise"]["V1"]["M3"] is not None
    assert len(as_json(path, "--limit", "2")["joint"]) == 2
    assert as_json(path, "--drop-out", "0.1")["pairwise"]["V1"]["M2"] > 0


FAM = """"Output from Familias, version 3.4"
"DO NOT EDIT!"
3.4 (DVI)
""
0
"Known relations"
0
0
0
0
#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: {theta} )
1
#TRUE#
"db"
"L1"
0
0
0
0
10
0.1
0.1
0
0
#FALSE#
0
10\t(DatabaseSize = 100 , Dropout probability = 0 , Minor allele frequency = 0 )
{alleles}

[DVI]
[[Unidentified persons]]
nPersons= 3
{victims}[[Notes]]
nFamilies= 2

[[Reference Families]]
nFamilies= 2
[[[Family 1 ]]]
Name= A
[[[[Persons]]]]
nPersons= 2
[[[[[Person 1]]]]]
Name= R1
Gender= Female
[[[[[[DNA data]]]]]]
nSystems= 1
SystemName= L1
Allele1= 2
Allele2= 2
[[[[[Person 2]]]]]
Name= Missing M2
Gender= Male
[[[[[[DNA data]]]]]]
nSystems= 0
[[[[Pedigrees]]]]
nPedigrees= 1
[[[[[Pedigree 1]]]]]
Name= a
nRelations= 2
Parent= R1
Child= Missing M2
Parent= Missing M1
Child= Missing M2
[[[Family 2 ]]]
Name= B
[[[[Persons]]]]
nPersons= 2
[[[[[Person 1]]]]]
Name= R2
Gender= Male
[[[[[[DNA data]]]]]]
nSystems= 1
SystemName= L1
Allele1= 3
Allele2= 3
[[[[[Person 2]]]]]
Name= Missing female 1
Gender= Female
[[[[[[DNA data]]]]]]
nSystems= 0
[[[[Pedigrees]]]]
nPedigrees= 2
[[[[[Pedigree 1]]]]]
Name= Reference pedigree
nRelations= 0
[[[[[Pedigree 2]]]]]
Name= b
nRelations= 1
Parent= {parent}
Child= {child}
[Prior]
UseList= Yes
"""


def familias(name, theta=0, parent="R2", child="Missing M3"):
    """The case worked by hand, as Familias has it."""
    victims = "".join(
        f"[[[Person {i} ]]]\nName= V{i}\nGender= {sex}\n[[[[DNA data]]]]\nnSystems= 1\nSystemName= L1\n"
        f"Allele1= {a}\nAllele2= {b}\n" for i, sex, a, b in ((1, "Male", 1, 1), (2, "Male", 1, 2), (3, "Female", 3, 4)))
    path = os.path.join(DIR, name)
    with open(path, "w", encoding="utf-8") as out:
        out.write(FAM.format(theta=theta, parent=parent, child=child, victims=victims,
                             alleles="\n".join(f'"{a}"\n0.1' for a in range(1, 11))))
    return path


def a_familias_file_is_the_case_that_it_describes():
    path = familias("hand.fam")
    by_hand = as_json(folder("hand2"))
    got = as_json(path)
    assert [f["file"] for f in got["files"]] == ["hand.fam"], got["files"]
    lrs = {tuple(m.replace("Missing ", "") for m in row["assignment"].values()): row["lr"] for row in got["joint"]}
    assert len(lrs) == len(by_hand["joint"]), lrs
    for row in by_hand["joint"]:
        close(lrs[tuple(row["assignment"].values())], row["lr"])
    assert any("taken to be female" in note for note in got["warnings"]), got["warnings"]

    to = os.path.join(DIR, "written")
    assert "taken to be female" in amparo(path, "--to", to).stdout
    again = as_json(to)
    assert again["pairwise"] == got["pairwise"] and again["joint"] == got["joint"]
    assert "is there already" in amparo(path, "--to", to, status=1).stderr
    assert "writes a Familias file" in amparo(to, "--to", os.path.join(DIR, "x"), status=2).stderr


def what_a_familias_file_leaves_open_is_asked_for():
    path = familias("open.fam", parent="Missing M3", child="R2")
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("Name= Missing female 1", "Name= Sister")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    told = amparo(path, status=1).stderr
    assert "whether Missing M3 is the father or the mother" in told and "--to FOLDER" in told, told
    assert "note: family B" in amparo(path, "--to", os.path.join(DIR, "opened")).stdout


def what_is_wrong_in_a_familias_file_is_told_of_it():
    path = familias("wrong.fam")
    with open(path, encoding="utf-8") as file:
        text = file.read().replace("Allele2= 4", "Allele2= 44")
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    told = amparo(path, status=1).stderr
    assert "wrong.fam, as people.tsv:4: marker L1: allele \"44\" is not in wrong.fam, as markers.tsv" in told, told


def a_familias_file_s_theta_counts_unless_another_is_given():
    path = familias("theta.fam", theta=0.02)
    assert as_json(path)["settings"]["theta"] == 0.02
    assert as_json(path, "--theta", "0")["settings"]["theta"] == 0
    assert as_json(path)["pairwise"] != as_json(path, "--theta", "0")["pairwise"]
    assert "--theta 0.02" in amparo(path, "--to", os.path.join(DIR, "thetas")).stdout
    assert as_json(path, "--to", os.path.join(DIR, "thetas2"))["theta"] == 0.02


tap.run([
    a_familias_file_is_the_case_that_it_describes,
    what_a_familias_file_leaves_open_is_asked_for,
    what_is_wrong_in_a_familias_file_is_told_of_it,
    a_familias_file_s_theta_counts_unless_another_is_given,
    a_small_case_worked_by_hand_comes_out,
    every_row_of_marginals_sums_to_one_and_agrees_with_the_list,
    the_joint_posterior_of_planecrash_is_dvir_s,
    threads_change_no_byte_of_result_and_report,
    a_report_is_whole_and_escapes_names,
    samples_of_one_person_are_put_together_unless_told_not_to,
    mistakes_are_told_with_file_line_and_what_to_do,
    no_mutation_file_means_no_mutation_and_says_so,
    options_change_what_they_say,
])
