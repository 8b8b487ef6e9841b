#!/usr/bin/env python3
# Donors against non-donors on the real two-person mixtures of PROVEDIt, by `amparo dna sweep`.
"""usage: bench/provedit.py AMPARO [--all] [--profiles N]

Prints how often donors and non-donors get which LR, the time, and the bars: no donor below log10 LR 0 that
EuroForMix has above 3, and its 24 values. Needs the data folder (AMPARO_DATA). With --all every comparison is in
full; without, those that the screen of the sweep leaves."""

import csv
import glob
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time

DATA = os.path.join(os.environ.get("AMPARO_DATA", "../shared/data"), "dna")
TRACE = re.compile(r"RD14-0003-(\d+)-(\d+)-")


def evidence_write(path, limit):
    """All profiles as one table, so that one run has them all."""
    donors = {}
    with open(path, "w", encoding="utf-8", newline="") as out:
        table = csv.writer(out)
        table.writerow(["SampleName", "Marker"] + [f"Allele{i}" for i in range(1, 13)] +
                       [f"Height{i}" for i in range(1, 13)])
        for name in sorted(glob.glob(os.path.join(DATA, "provedit", "2p_real_sFRiman", "*.csv")))[:limit]:
            with open(name, encoding="utf-8") as file:
                for row in csv.DictReader(file):
                    alleles = [row[key] for key in row if key.startswith("Allele")]
                    heights = [row[key] for key in row if key.startswith("Height")]
                    pad = [""] * (12 - len(alleles))
                    table.writerow([row["SampleName"], row["Marker"], *alleles, *pad, *heights, *pad])
                    donors[row["SampleName"]] = ["c" + number for number in
                                                 TRACE.search(row["SampleName"]).groups()]
    return donors


def sweep(amparo, folder, more):
    args = [amparo, "dna", "sweep", "--case", "PROVEDIt", "--evidence", os.path.join(folder, "items.csv"),
            "--reference", os.path.join(DATA, "provedit", "genotypes.csv"), "--frequencies",
            os.path.join(DATA, "provedit", "NIST1036_Cauc.csv"), "--kit", "GlobalFiler", "--contributors", "2",
            "--theta", "0.01", "--drop-in", "0.05,0.01", "--degradation", "--threshold-dye",
            "B=35,G=65,Y=45,R=50,P=60", "--out", os.path.join(folder, "out.jsonl"), "--json", *more]
    start = time.monotonic()
    done = subprocess.run(args, stdout=subprocess.PIPE, check=True)
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    return json.loads(done.stdout), time.monotonic() - start, cpu.ru_utime + cpu.ru_stime


def rates_print(name, rows):
    full = sorted(row["log10_lr"] for row in rows if row["log10_lr"] is not None)
    print(f"{name}: {len(rows)} comparisons, {len(full)} in full, {sum(row['screened_out'] for row in rows)} "
          f"screened out, {sum('trouble' in row for row in rows)} with trouble")
    if full:
        marks = ", ".join(f"above {mark}: {sum(x > mark for x in full) / len(rows):.4f}" for mark in (0, 1, 2, 3, 6))
        print(f"  log10 LR {marks}; least {full[0]:.3f}, median {full[len(full) // 2]:.3f}, most {full[-1]:.3f}")


def rivals_check(found):
    """EuroForMix's values of the profiles that it was run on."""
    low, worst, n = [], 0, 0
    with open(os.path.join(DATA, "expected", "provedit_2p.tsv"), encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            ours = found.get((row["trace"], "c" + row["poi"]))
            if not ours or ours["log10_lr"] is None:
                low += [row["trace"]] if ours and float(row["log10LR"]) > 3 else []
                continue
            n += 1
            worst = max(worst, abs(ours["log10_lr"] - float(row["log10LR"])))
            low += [row["trace"]] if ours["log10_lr"] < 0 and float(row["log10LR"]) > 3 else []
    print(f"donors below 0 (or screened out) that EuroForMix has above 3: {len(low)} (bar 0)")
    print(f"largest difference of log10 LR from EuroForMix on {n}: {worst:.6f} (bar 0.002)")
    return not low and worst < 0.002


def main():
    amparo = os.path.abspath(sys.argv[1])
    limit = int(sys.argv[sys.argv.index("--profiles") + 1]) if "--profiles" in sys.argv else 10 ** 6
    with tempfile.TemporaryDirectory(prefix="amparo-provedit-") as folder:
        donors = evidence_write(os.path.join(folder, "items.csv"), limit)
        answer, wall, cpu = sweep(amparo, folder, ["--all"] if "--all" in sys.argv else [])
    found = {(row["item"], row["person"]): row for row in answer["results"]}
    true = [row for key, row in found.items() if key[1] in donors[key[0]]]
    false = [row for key, row in found.items() if key[1] not in donors[key[0]]]
    print(f"{len(donors)} profiles, {len(found)} comparisons: {wall:.1f} s, {cpu:.1f} s of processor")
    rates_print("donors", true)
    rates_print("non-donors", false)
    low = [row for row in true if row["log10_lr"] is None or row["log10_lr"] < 0]
    for row in low:
        print(f"  donor with log10 LR {row['log10_lr']}: {row['person']} in {row['item']}, matching "
              f"{row['matching_alleles']:.2f}, qualitative {row['qualitative_log10_lr']}")
    for row in sorted((row for row in false if row["log10_lr"] is not None), key=lambda row: -row["log10_lr"])[:3]:
        print(f"  highest of non-donors: {row['log10_lr']:.3f}, {row['person']} in {row['item']}")
    sys.exit(0 if rivals_check(found) else 1)


main()
