#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""placement.py OUT LOG... - the records `placement` of console logs, as one JSON file.

Each log must have one, with what is said between cores less by a fifth or more, and 100 epochs without a move at its end.
Prints a table. Exit status 1 if a log has none, or a figure is not good enough; the file is written in any case.
"""
import json
import pathlib
import sys

LEAST_FALL, QUIET = 20.0, 100


def record(path):
    for line in pathlib.Path(path).read_text(errors="replace").split("\n"):
        if line.startswith("\x1e") and '"type":"placement"' in line:
            return json.loads(line[1:])
    return None


def main():
    out, logs = sys.argv[1], sys.argv[2:]
    rows, bad = [], []
    for log in logs:
        r = record(log) if pathlib.Path(log).exists() else None
        if r is None:
            bad.append(f"{log} has no record of type placement")
            continue
        rows.append({
            "name": r["workload"], "start": r["start"],
            "before": r["before_per_s"], "after": r["after_per_s"],
            "before_share": r["before_bp"] / 100, "after_share": r["after_bp"] / 100,
            "said_before": r["said_before_per_s"], "said_after": r["said_after_per_s"],
            "fall": r["fall_bp"] / 100, "moves": r["moves"], "refused": r["refused"],
            "settled_epoch": r["settled_epochs"], "quiet_epochs": r["quiet_epochs"], "settled": r["settled"],
        })
        name = f'{r["workload"]} {r["start"]}'
        if r["fall_bp"] / 100 < LEAST_FALL:
            bad.append(f'{name}: only {r["fall_bp"] / 100} % less between cores')
        if not r["settled"] or r["quiet_epochs"] < QUIET:
            bad.append(f"{name}: it does not settle")
    pathlib.Path(out).write_text(json.dumps({
        "what": "messages between cores a second, agents where they were started and where coherence moved them, in one run; "
                "share and fall in percent of what is said; epochs of coherence until the last move, and without one then",
        "least_fall": LEAST_FALL, "rows": rows}, indent=1) + "\n")
    print(f'{"workload":12} {"start":8} {"before/s":>9} {"after/s":>9} {"share":>15} {"fall":>7} {"moves":>6} {"settled":>8}')
    for r in rows:
        print(f'{r["name"]:12} {r["start"]:8} {r["before"]:9} {r["after"]:9} {r["before_share"]:6.1f} -> {r["after_share"]:5.1f} '
              f'{r["fall"]:6.1f}% {r["moves"]:6} {r["settled_epoch"]:8}')
    for b in bad:
        print("placement: " + b)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
