#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""placement.py OUT LOG... - what placement by communication is worth, from console logs, as one JSON file.

A log has a record `placement` (who talks was where it was started, then where coherence moved it, in one run), which must show a
fifth less between cores and 100 epochs without a move at its end. Of workload `mixed` it has records `trips` as well: round trips of
deadline tasks, whose 99th percentile must be a fifth shorter. Or it has records `shift`: each change of the traffic must be followed
by moves, and then by 100 epochs without one. Beside LOG, LOG.run.json says whether time was the host's or counted in instructions.
Prints tables. Exit status 1 if a log has none of these, or a figure is not good enough; the file is written in any case.
"""
import json
import pathlib
import sys

LEAST_FALL, GOAL_FALL, QUIET = 20.0, 50.0, 100
CLOCK = {True: "instructions", False: "host"}


def records(path):
    out = []
    for line in path.read_bytes().split(b"\n"):
        if line.startswith(b"\x1e"):
            try:
                out.append(json.loads(line[1:]))
            except ValueError:
                pass  # of a run that was cut off
    return out


def clock(path):
    run = pathlib.Path(f"{path}.run.json")
    return CLOCK[run.exists() and "--deterministic" in json.loads(run.read_text())["command"]]


def fall(before, after):
    return round(100 * (before - after) / before, 1) if before else 0.0


def placement(r, time, bad):
    name = f'{r["workload"]} {r["start"]} ({time})'
    if r["fall_bp"] / 100 < LEAST_FALL:
        bad.append(f'{name}: only {r["fall_bp"] / 100} % less between cores')
    if not r["settled"] or r["quiet_epochs"] < QUIET:
        bad.append(f"{name}: it does not settle")
    return {
        "name": r["workload"], "start": r["start"], "time": time,
        "before": r["before_per_s"], "after": r["after_per_s"],
        "before_share": r["before_bp"] / 100, "after_share": r["after_bp"] / 100,
        "said_before": r["said_before_per_s"], "said_after": r["said_after_per_s"],
        "fall": r["fall_bp"] / 100, "moves": r["moves"], "refused": r["refused"],
        "settled_epoch": r["settled_epochs"], "quiet_epochs": r["quiet_epochs"], "settled": r["settled"],
    }


def trips(r, time, bad):
    row = {"name": "mixed", "start": r["start"], "class": r["class"], "time": time}
    for what, key in (("trip", ""), ("release_to_answer", "done_")):
        before, after = r[f"{key}before_ns"], r[f"{key}after_ns"]
        row[what] = {
            "before_ns": {k: before[k] for k in ("n", "p50", "p99", "max")},
            "after_ns": {k: after[k] for k in ("n", "p50", "p99", "max")},
            "before_hist": before["hist"], "after_hist": after["hist"],
            "p50_fall": fall(before["p50"], after["p50"]), "p99_fall": fall(before["p99"], after["p99"]),
        }
    if r["class"] == "deadline" and row["trip"]["p99_fall"] < LEAST_FALL:
        bad.append(f'mixed {r["start"]} ({time}): p99 of deadline tasks only {row["trip"]["p99_fall"]} % shorter')
    return row


def shift(r, time, bad):
    if not r["moves"] or not r["settled"] or r["quiet_epochs"] < QUIET:
        bad.append(f'shift {r["number"]} ({time}): {r["moves"]} moves, {r["quiet_epochs"]} epochs without one')
    return {"number": r["number"], "time": time, "just_after_share": r["just_after_bp"] / 100, "settled_share": r["settled_bp"] / 100,
            "moves": r["moves"], "follow_epochs": r["follow_epochs"], "quiet_epochs": r["quiet_epochs"], "settled": r["settled"]}


def show(found):
    print(f'{"workload":12} {"start":8} {"time":12} {"before/s":>9} {"after/s":>9} {"share":>15} {"fall":>7} {"moves":>6} {"settled":>8}')
    for r in found["rows"]:
        goal = "" if r["fall"] >= GOAL_FALL else f"  (goal {GOAL_FALL:.0f} %)"
        print(f'{r["name"]:12} {r["start"]:8} {r["time"]:12} {r["before"]:9} {r["after"]:9} {r["before_share"]:6.1f} -> {r["after_share"]:5.1f} '
              f'{r["fall"]:6.1f}% {r["moves"]:6} {r["settled_epoch"]:8}{goal}')
    if found["trips"]:
        print(f'\n{"round trips":12} {"start":8} {"time":12} {"p50 us":>19} {"p99 us":>21} {"fall":>7} {"max us":>21}')
    for r in found["trips"]:
        b, a = r["trip"]["before_ns"], r["trip"]["after_ns"]
        print(f'{r["class"]:12} {r["start"]:8} {r["time"]:12} {b["p50"] / 1000:8.1f} -> {a["p50"] / 1000:7.1f} {b["p99"] / 1000:9.1f} -> {a["p99"] / 1000:8.1f} '
              f'{r["trip"]["p99_fall"]:6.1f}% {b["max"] / 1000:9.1f} -> {a["max"] / 1000:8.1f}')
    for r in found["shifts"]:
        print(f'shift {r["number"]}, {r["time"]}: {r["just_after_share"]:.1f} % between cores, then {r["settled_share"]:.1f} %; '
              f'{r["moves"]} moves within {r["follow_epochs"]} epochs, then none for {r["quiet_epochs"]}')


def main():
    out, logs = sys.argv[1], [pathlib.Path(a) for a in sys.argv[2:]]
    found, bad = {"rows": [], "trips": [], "shifts": []}, []
    makers = {"placement": ("rows", placement), "trips": ("trips", trips), "shift": ("shifts", shift)}
    for log in logs:
        mine = [r for r in records(log) if r.get("type") in makers] if log.exists() else []
        if not mine:
            bad.append(f"{log} has no record of type placement or shift")
        for r in mine:
            where, make = makers[r["type"]]
            found[where].append(make(r, clock(log), bad))
        if any(r.get("workload") == "mixed" for r in mine) and not any(r["type"] == "trips" for r in mine):
            bad.append(f"{log} has no round trips")
    pathlib.Path(out).write_text(json.dumps({
        "what": "messages between cores a second, agents where they were started and where coherence moved them, in one run; share and "
                "fall in percent of what is said; epochs of coherence until the last move, and without one then. trips: of workload "
                "mixed, from question to answer each period, the same before and after. time: the host's, of a machine whose cores are "
                "threads of it, or counted in instructions (one thread, the same in every run: then one core waits for the others' "
                "turns, and a figure is no duration)",
        "least_fall": LEAST_FALL, "goal_fall": GOAL_FALL, **found}, indent=1) + "\n")
    show(found)
    for b in bad:
        print("placement: " + b)
    return bool(bad)


if __name__ == "__main__":
    sys.exit(main())
