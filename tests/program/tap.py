# Test points in TAP for the programs of this folder.
"""Each test is a function whose name is the sentence it proves; an exception is its failure.

One that cannot be made here returns why, and counts as skipped."""

import sys
import traceback


def run(tests):
    print(f"1..{len(tests)}")
    failed = 0
    for number, test in enumerate(tests, 1):
        name = test.__name__.replace("_", " ")
        try:
            absent = test()  # what the test needs and is not here, if it says so
            print(f"ok {number} - {name}" + (f" # SKIP {absent}" if absent else ""), flush=True)
        except Exception:  # pylint: disable=broad-except  # every failure is a test point
            failed += 1
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            print(f"not ok {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)
