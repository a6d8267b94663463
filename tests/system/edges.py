#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""edges.py DISK MOVES - what the logs say of channels whose programs change core: does it come out even?

On each core every CommEdgeDestroy ends an end that a CommEdgeCreate began, with the same two names, and none begins twice.
An end that arrives with a program (CommEdgeCreate ARRIVED, before Migrate ARRIVED) has left elsewhere (CommEdgeDestroy
ARRIVED, behind Migrate), and the other end has heard of it. At the end of the run each end that is there is known to its other
end by the name it has. Prints what is wrong and exits 1.
"""
import collections
import json
import subprocess
import sys

CREATE, DESTROY, MIGRATE, ARRIVED = 0x30, 0x31, 0x09, 1


def records(kind):
    done = subprocess.run(["build/skerry", "witness", "query", sys.argv[1], "--kind", hex(kind), "--json"], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def number(r, field):
    return int(r[field], 0) if isinstance(r[field], str) else r[field]


def key(r):
    return number(r, "target"), number(r, "payload")


wrong, there, count = [], collections.defaultdict(dict), collections.Counter()
logs = collections.defaultdict(list)
for r in records(CREATE) + records(DESTROY) + records(MIGRATE):
    logs[r["core"]].append(r)
for core, log in logs.items():
    for r in sorted(log, key=lambda r: r["sequence"]):
        where = f"core {core}, record {r['sequence']}"
        if r["kind"] == MIGRATE:
            count["came" if r["flags"] & ARRIVED else "left"] += 1
        elif r["kind"] == CREATE:
            if number(r, "target") in {t for t, _ in there[core]}:
                wrong.append(f"{where}: this end is there already")
            there[core][key(r)] = r["flags"]
            count["create"] += bool(r["flags"] & ARRIVED)
        elif key(r) not in there[core]:
            wrong.append(f"{where}: an end goes that never came, or had other names")
        else:
            del there[core][key(r)]
            count["destroy"] += bool(r["flags"] & ARRIVED)
for core in there:
    for target, payload in there[core]:
        other = payload >> 48
        if (payload & (1 << 48) - 1, core << 48 | target) not in there[other]:
            wrong.append(f"core {core}: the other end of {target:#x} on core {other} has other names, or is not there")
if count["left"] < int(sys.argv[2]) or count["came"] != count["left"]:
    wrong.append(f"{count['left']} programs left and {count['came']} came")
if count["create"] != count["destroy"] or count["create"] < 2 * count["left"]:
    wrong.append(f"{count['create']} ends came with them, {count['destroy']} left")
print("; ".join(wrong[:5]) or f"{dict(count)}, {sum(map(len, there.values()))} ends are there")
sys.exit(bool(wrong))
