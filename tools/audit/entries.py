#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""entries.py FILE LOG [ELF] - the longest stay in a CPU driver, from what the plugin entries.c wrote.

LOG is the console of the same run, for where each core's copy of the CPU driver lies; ELF its symbols. Stays that begin
at a vector or behind the WFI count; the bring-up of a core, which ends with the first program, is told apart. Prints one
JSON object: {"instructions":n,"stays":n,"mean":n,"core":n,"bring_up":n,"how":"..."}.
"""
import bisect
import json
import pathlib
import subprocess
import sys

KERNEL_BASE = 0xFFFFFF8000000000


def symbols(elf):
    out = subprocess.run(["aarch64-linux-gnu-nm", "-n", elf], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in out.splitlines()]
    return [(int(r[0], 16), r[2]) for r in rows if len(r) == 3 and r[1] in "tT"]


def bases(log):
    """{core: where its private copy of the CPU driver runs}."""
    out = {}
    for line in pathlib.Path(log).read_bytes().split(b"\n"):
        if line[:1] == b"\x1e":
            r = json.loads(line[1:])
            if r.get("type") == "core" and "kernel" in r:
                out[r["index"]] = int(r["kernel"], 16) + KERNEL_BASE
    return out


def named(table, offset):
    i = bisect.bisect_right([a for a, _ in table], offset) - 1
    return table[i][1] if i >= 0 else hex(offset)


def path_of(pcs, table, base):
    """The functions of a path, each once, in the order of its first instruction."""
    return list(dict.fromkeys(named(table, pc - base) for pc in pcs))


def main():
    file, log = sys.argv[1:3]
    table = symbols(sys.argv[3] if len(sys.argv) > 3 else "build/cpudriver.elf")
    base, worst, n, total, bring_up = bases(log), None, 0, 0, 0
    for s in json.load(open(file))["stays"]:
        if s["cpu"] not in base:
            continue                                 # a core that never came to its monitor
        names = path_of(s["path"], table, base[s["cpu"]])
        if "cpudriver_entry" in names:
            bring_up = max(bring_up, s["longest"])
            continue
        n, total = n + s["n"], total + s["instructions"]
        if worst is None or s["longest"] > worst["longest"]:
            worst = {**s, "names": names}
    if worst is None:
        sys.exit("entries: no stay in a CPU driver was seen")
    print(json.dumps({"instructions": worst["longest"], "stays": n, "mean": total // n, "core": worst["cpu"],
                      "bring_up": bring_up, "how": " > ".join(worst["names"][:12])}))


if __name__ == "__main__":
    main()
