#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""shapes.py DISK MERGES SPLITS LESS MISSING - what the logs say of partitions that became one, or two.

A merge is two PartitionMerge with COMMIT, of two partitions into the same one, and its PartitionCreate; a split one PartitionSplit with COMMIT and two.
What has become another is never named again as one that lives; its capabilities became less behind the record of the split, to
READ at most (CapabilityAttenuated, REPLACE), at least LESS of them. Every refusal names what was missing, all of them together
the needs MISSING (hexadecimal; 0: whatever they are). Prints what is wrong and exits 1.
"""
import collections
import json
import subprocess
import sys

CREATE, DESTROY, SUSPEND, RESUME, SPLIT, MERGE, LESS = 1, 2, 3, 4, 5, 6, 0x14
COMMIT, CANCEL, REPLACE, READ = 0x40, 0x80, 0x40, 1


def records(kind):
    done = subprocess.run(["build/skerry", "witness", "query", sys.argv[1], "--kind", hex(kind), "--json"], capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def number(r, field):
    return int(r[field], 0) if isinstance(r[field], str) else r[field]


wrong, count, missing = [], collections.Counter(), 0
logs = collections.defaultdict(list)
for k in (CREATE, DESTROY, SUSPEND, RESUME, SPLIT, MERGE, LESS):
    for r in records(k):
        logs[r["core"]].append(r)
for core, log in logs.items():
    alive, ended, coming, parts, split = set(), {}, set(), collections.defaultdict(list), False
    for r in sorted(log, key=lambda r: r["sequence"]):
        where = f"core {core}, record {r['sequence']}"
        kind, flags, target, payload = r["kind"], r["flags"], number(r, "target"), number(r, "payload")
        if kind == LESS:
            if flags & REPLACE:
                count["less"] += 1
                if not split:
                    wrong.append(f"{where}: rights go before anything is split")
                if payload >> 8 & 0xff & ~READ:
                    wrong.append(f"{where}: more than READ is left")
            continue
        if target in ended:
            wrong.append(f"{where}: {target:#x} became another in record {ended[target]}")
        if kind == CREATE:
            alive.add(target)
            coming.discard(target)
        elif kind == MERGE and flags & CANCEL:
            count["refused"] += 1
            missing |= payload >> 32
            if payload >> 32 == 0:
                wrong.append(f"{where}: a refusal without a reason")
        elif kind in (MERGE, SPLIT) and flags & COMMIT:
            if target not in alive:
                wrong.append(f"{where}: {target:#x} was never made")
            ended[target] = r["sequence"]
            if r.get("proof_tier", r.get("tier", 2)) != 2:
                wrong.append(f"{where}: not proved")
            if kind == SPLIT:
                count["split"] += 1
                split = True
                coming |= {payload & 0xffffffff, payload >> 32}
            else:
                parts[payload].append(target)
                coming.add(payload)
    count["merge"] += sum(len(p) == 2 and p[0] != p[1] for p in parts.values())
    wrong += [f"core {core}: {one:#x} was made of {len(p)}" for one, p in parts.items() if len(p) != 2]
    wrong += [f"core {core}: {p:#x} was said to come and has no PartitionCreate" for p in coming]
want = {"merge": int(sys.argv[2]), "split": int(sys.argv[3])}
wrong += [f"{count[k]} of {k}, not {n}" for k, n in want.items() if count[k] != n]
if count["less"] < int(sys.argv[4]):
    wrong.append(f"{count['less']} capabilities became less")
if int(sys.argv[5], 16) not in (0, missing):
    wrong.append(f"the refusals name {missing:#x}")
print("; ".join(wrong[:5]) or dict(count))
sys.exit(bool(wrong))
