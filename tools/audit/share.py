#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""share.py FILE LOG [ELF] - what the witness log takes of a CPU driver's instructions, from what the plugin entries.c wrote.

LOG is the console of the same run: where the copies of the CPU driver lie, and how many records each core wrote. Prints one JSON
object: {"kernel":n,"log":n,"block":n,"records":n,"functions":{name:n}}: instructions in the kernel, of those in the log's functions,
of those in the block of SHA-256; and the log's functions. What the compiler has put into others is counted with those.
"""
import json
import pathlib
import re
import sys

from entries import bases, named, symbols

LOG = re.compile(r"^(emit|emit_.*|log_.*|chain_.*|(open|close)_segment.*|sha_.*|br_sha2small_round|br_range_.*|portable_block)$")
BLOCK = re.compile(r"^(sha_.*|br_sha2small_round|br_range_.*|portable_block)$")


def records(log):
    n = 0
    for line in pathlib.Path(log).read_bytes().split(b"\n"):
        if line[:1] == b"\x1e" and json.loads(line[1:]).get("type") == "witness":
            n += json.loads(line[1:])["records"]
    return n


def main():
    file, log = sys.argv[1:3]
    table = symbols(sys.argv[3] if len(sys.argv) > 3 else "build/cpudriver.elf")
    starts = sorted(bases(log).values())
    by = {}
    for va, n in json.load(open(file))["places"]:
        base = max((b for b in starts if b <= va), default=None)
        if base is not None:
            name = named(table, va - base)
            by[name] = by.get(name, 0) + n
    ours = {k: v for k, v in sorted(by.items(), key=lambda kv: -kv[1]) if LOG.match(k)}
    n = records(log)
    if not ours or n == 0:
        sys.exit("share: the run wrote no records")
    print(json.dumps({"kernel": sum(by.values()), "log": sum(ours.values()), "records": n,
                      "block": sum(v for k, v in ours.items() if BLOCK.match(k)), "functions": ours}))


main()
