#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""say.py migration.json - a line for people about a run of "make stress"."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    d = json.load(f)
b, s = d["blackout_ns"], d.get("stress", {})
ms = lambda key: f"{b.get(key, 0) / 1e6:.1f} ms"
print(f"stress  {d['done']} moves of {s.get('parts', '?')} partitions, {d['not_done']} not done; "
      f"blackout p50 {ms('p50')}, p99 {ms('p99')}, max {ms('max')}; {s.get('messages', '?')} messages, "
      f"lost {s.get('lost', '?')}, doubled {s.get('doubled', '?')}, out of order {s.get('reordered', '?')}; "
      f"wrong {s.get('wrong', '?')}")
for why, n in sorted(d["refused"].items(), key=lambda x: -x[1]):
    print(f"        {n:6} not done: {why}")
