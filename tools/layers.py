#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Check that every #include goes where the folder's module.mk says it may.

Reads '<folder>.uses := ...' from each module.mk given, then every project
include ("folder/file.h") in that folder. Prints the graph; exits 1 on a
direction that is not declared, on a cycle, or on a rule of docs/style.md
that a script can see:

  - the path in quotes is the path from the root and exists
  - no .c is included (but by tests), and a *_priv.h only from its own folder and the tests
  - a .c includes its own header first
  - code folders that have files have a module.mk
  - some arrows must stay absent, whatever a module.mk says (FORBIDDEN)
  - pure folders have no volatile, no inline assembly and no lib/aarch64 (PURE)
  - there is no main.h
"""
import pathlib
import re
import sys

TOP = ("boot", "cpudriver", "monitor", "skb", "urpc", "partition", "coherence", "witness", "drivers", "services", "lib")
FORBIDDEN = {
    "cpudriver": ("urpc", "monitor", "boot", "lib/rt",        # the kernel cannot speak to another core,
                  "partition"),                               # and a partition is a thing of all cores (decision 0008)
    "boot": ("cpudriver", "monitor", "urpc", "lib/rt"),       # the hand-over is bootinfo.h and nothing else
    "monitor": ("cpudriver", "boot"),                         # it asks by system call like everyone
    "partition": ("lib/aarch64", "lib/rt", "urpc"),           # it decides; who performs it tells it what the rings say
    "urpc": ("cpudriver", "lib/rt", "lib/aarch64"),           # rings are memory, not system calls
    "lib/base": ("lib/abi", "lib/rt", "urpc"),
    "services": ("cpudriver", "boot", "drivers"),             # they send messages
    "drivers": ("cpudriver", "boot", "services"),
}

PURE = ("lib/base", "lib/abi", "lib/load", "urpc", "witness", "partition", "coherence")   # what the host can run as it is

uses, bad = {}, []
for mk in sys.argv[1:]:
    text = pathlib.Path(mk).read_text().replace("\\\n", " ")
    for name, deps in re.findall(r"^(\S+)\.uses\s*:?=(.*)$", text, re.M):
        uses[name] = deps.split("#")[0].split()


def owner(path):
    return max((m for m in uses if path.startswith(m + "/")), key=len, default=None)


def reaches(a, b, seen=None):
    seen = set() if seen is None else seen
    for d in uses.get(a, ()):
        if d == b:
            return True
        if d not in seen:
            seen.add(d)
            if reaches(d, b, seen):
                return True
    return False


def under(name, tops):
    return any(name == t or name.startswith(t + "/") for t in tops)


bad += [f"cycle through {m}" for m in uses if reaches(m, m)]
for m, deps in uses.items():
    for top, never in FORBIDDEN.items():
        if under(m, (top,)):
            bad += [f"{m}/module.mk: {m} must not use {d}" for d in deps if under(d, never)]

files = 0
for top in TOP + ("tools", "tests"):
    for f in sorted(pathlib.Path(top).rglob("*.[chS]")):
        me, path = owner(str(f)), str(f)
        files += 1
        if me is None:
            if top in TOP:
                bad.append(f"{path}: no module.mk covers this folder")
            me = top
        text = f.read_text()
        includes = re.findall(r'^\s*#\s*include\s+"([^"]+)"', text, re.M)
        if under(me, PURE):
            code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
            bad += [f"{path}: {w} in a pure folder" for w in ("volatile", "asm", "__asm__") if re.search(rf"\b{w}\b", code)]
            bad += [f"{path}: includes {i} in a pure folder" for i in includes if i.startswith("lib/aarch64/")]
        if f.name == "main.h":
            bad.append(f"{path}: a program's main.c has no header")
        for inc in includes:
            o = owner(inc)
            if not pathlib.Path(inc).exists():
                bad.append(f"{path}: includes {inc}, which is not a path from the root")
            if inc.endswith(".c") and top != "tests":   # a model may put its own words into the code it walks
                bad.append(f"{path}: includes a .c, {inc}")
            if inc.endswith("_priv.h") and pathlib.Path(inc).parent != f.parent and top != "tests":
                bad.append(f"{path}: {inc} is private to its folder")
            if o and o != me and me in uses and o not in uses[me]:
                bad.append(f"{path}: includes {inc}, but {me}.uses has no {o}")
        own = f.with_suffix(".h")
        private = str(own)[:-2] + "_priv.h"               # which includes the public one, first in its turn
        if f.suffix == ".c" and own.exists() and includes[:1] not in ([str(own)], [private]):
            bad.append(f"{path}: does not include its own header first")

for m, d in sorted(uses.items()):
    print(f"{m:18} -> {' '.join(d) or '(nothing)'}")
if bad:
    print("\n".join(bad))
print(f"layers: {len(uses)} folders, {files} files, " + (f"{len(bad)} wrong" if bad else "ok"))
sys.exit(bool(bad))
