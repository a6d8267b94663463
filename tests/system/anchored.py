#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""anchored.py LEAST - reads what `skerry witness anchors --json` says: is every segment recorded by every other core?

The last segment of each core is closed when all anchors are written, so nobody has recorded that one: its seal is in the
checkpoint. Says what is missing and exits 1.
"""
import json
import sys

segments = json.load(sys.stdin)["segments"]
cores = {s["core"] for s in segments}
last = {c: max(s["segment"] for s in segments if s["core"] == c) for c in cores}
missing = [(s["core"], s["segment"], sorted(cores - {s["core"]} - {v["core"] for v in s["vouched_by"]}))
           for s in segments if s["segment"] != last[s["core"]]]
missing = [m for m in missing if m[2]]
if any(min(s["segment"] for s in segments if s["core"] == c) for c in cores):
    print("the disk is too small: anchors may have gone with the oldest segments")
elif missing:
    print(f"{len(missing)} of {len(segments)} segments lack anchors, first: segment {missing[0][1]} of core {missing[0][0]} "
          f"is not recorded by cores {missing[0][2]}")
elif len(segments) < int(sys.argv[1]):
    print(f"only {len(segments)} segments")
else:
    sys.exit(0)
sys.exit(1)
