#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""judge.py migration.json console.log [--aborts] [--goal] - what a run of "make stress" has shown.

Adds to migration.json what was injected, where moves were undone and whether their source was restored exactly, and says it all
in a few lines. Exit status 1: a partition was not restored. With --aborts also: not at every step a move was undone by what was
injected (from 500 moves on: fewer need not meet every step); with --goal: not a hundred times at every step. What the machine itself found wrong is its own exit status.
"""
import json
import sys

STEPS = ["SERIALIZING", "PAUSING", "TRANSFERRING", "EDGES", "GRAPH", "VERIFYING", "SWITCHING"]
# Who is asked at a step, and says no; and whose answer then does not come.
POINTS = {"DEST_OFFER": "SERIALIZING", "DEST_READY": "SERIALIZING", "FAR_HOLD": "PAUSING", "FAR_HELD": "PAUSING",
          "DEST_MAPPED": "TRANSFERRING", "DEST_BUILT": "EDGES", "DEST_CHECK": "VERIFYING", "FAR_SWITCHED": "SWITCHING"}
ABORTS_FROM = 500
FAULTS = ["none", "cancel", "refuse", "timeout", "mismatch", "lost"]


def records(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        for line in f:
            at = line.find('{"type":"')
            if at < 0:
                continue
            try:
                yield json.loads(line[at:])
            except ValueError:
                continue


def ms(b, key):
    return f"{b.get(key, 0) / 1e6:.1f} ms"


def count(console):
    undone = {s: {"undone": 0, "not_restored": 0, "injected": {}} for s in STEPS}
    answers, left, shapes = {}, [], {}
    for r in records(console):
        if r["type"] == "migration" and r.get("step") in undone:
            undone[r["step"]]["undone"] += 1
            undone[r["step"]]["not_restored"] += r.get("restored") != "yes"
        elif r["type"] == "injected":
            where = undone.get(POINTS.get(r["step"], r["step"]))
            if where is not None:
                name = f'{r["step"]}:{FAULTS[r["fault"]]}'
                where["injected"][name] = where["injected"].get(name, 0) + 1
        elif r["type"] == "stress_answers":
            answers.setdefault(r["asked"], {})[r["status"]] = r["n"]
        elif r["type"] in ("stress_left", "stress_shapes"):
            row = {k: v for k, v in r.items() if k not in ("type", "core", "t_ns")}
            if r["type"] == "stress_left":
                left.append(row)
            else:
                shapes = row
    return undone, answers, left, shapes


def main():
    path, console = sys.argv[1:3]
    with open(path, encoding="utf-8") as f:
        d = json.load(f)
    d["undone"], d["answers"], d["left"], d["shapes"] = count(console)
    with open(path, "w", encoding="utf-8") as f:
        json.dump(d, f, indent=1)
    b, s = d["blackout_ns"], d.get("stress", {})
    get = lambda key: s.get(key, "?")
    print(f"stress  {d['done']} moves of {get('parts')} partitions, {d['not_done']} not done; "
          f"blackout p50 {ms(b, 'p50')}, p99 {ms(b, 'p99')}, max {ms(b, 'max')}")
    print(f"        {get('messages')} messages, lost {get('lost')}, doubled {get('doubled')}, out of order {get('reordered')}, "
          f"changed {get('bad')}; {get('caps_given')} capabilities given, lost {get('caps_lost')}; "
          f"wrong {get('wrong')} + {get('wrong_core')} + {get('wrong_answers')}")
    if d["shapes"]:
        print("        twins: " + ", ".join(f"{n} {what}" for what, n in d["shapes"].items()))
    for what, of in d["answers"].items():
        print(f"        {what}: " + ", ".join(f"{n} {why}" for why, n in of.items()))
    bad = []
    for step, u in d["undone"].items():
        n = sum(u["injected"].values())
        print(f"        undone in {step:12} {u['undone']:5}, restored {u['undone'] - u['not_restored']:5}, injected {n:5}: "
              + ", ".join(f"{k.lower()} {v}" for k, v in sorted(u["injected"].items())))
        if u["not_restored"]:
            bad.append(f"{u['not_restored']} undone in {step} were not restored")
        least = 100 if "--goal" in sys.argv else 1 if "--aborts" in sys.argv and int(s.get("moves", 0)) >= ABORTS_FROM else 0
        if min(n, u["undone"]) < least:
            bad.append(f"only {min(n, u['undone'])} were undone in {step}, not {least}")
    for why in bad:
        print("        " + why)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
