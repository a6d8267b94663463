# SPDX-License-Identifier: MIT OR Apache-2.0
"""code_check - what the CPU driver's own bytes say: no exclusive, LSE or lock code, no writable data.

Reads the linked image (objdump, readelf, nm) and the link map. The linked image is what runs: C library
parts and everything the compiler added are in it.
"""
import re
import subprocess

CROSS = "aarch64-linux-gnu-"

EXCLUSIVE = r"(ldx|stx|ldax|stlx)(r|p)[bh]?"
LSE = (r"cas(a|l|al)?[bh]?|casp(a|l|al)?|swp(a|l|al)?[bh]?"
       r"|(ld|st)(add|clr|eor|set|smax|smin|umax|umin)(a|l|al)?[bh]?")
# Written through helpers that tools/audit/stores.c cannot see; and the wait for another core.
UNSEEN = r"dc\s+(zva|gva|gzva)|st2?z?2?g|stzgm|stgm|ld64b|st64b\w*"
WAIT = r"wfe|sevl?"
HELPERS = r"__aarch64_(cas|swp|ld)\w*|__atomic_\w+|__sync_\w+|(\w+_)?(spin_?lock|mutex|trylock|unlock|semaphore)\w*"

# Input sections that may hold writable bytes only until boot has relocated them; afterwards read-only.
RELOCATED = (".data.rel.ro", ".got", ".got.plt", ".dynamic")
WRITABLE = (".data", ".bss", ".sdata", ".sbss", ".tdata", ".tbss", "COMMON", ".init_array", ".fini_array")


def run(tool, *args):
    return subprocess.run([CROSS + tool, *args], check=True, capture_output=True, text=True).stdout


def disassembly(elf):
    """(instructions, functions, violations)"""
    where, n, functions, bad = "?", 0, 0, []
    kinds = [("exclusive", re.compile(EXCLUSIVE + "$")), ("LSE atomic", re.compile(f"({LSE})$")),
             ("event wait", re.compile(f"({WAIT})$"))]
    unseen = re.compile(f"({UNSEEN})")
    found = {"exclusive": 0, "LSE atomic": 0, "event wait": 0, "unseen store": 0, "lock helper": 0}
    for line in run("objdump", "-d", "--no-show-raw-insn", elf).splitlines():
        if m := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            where = m[1]
            functions += 1
            if re.fullmatch(HELPERS, where):
                found["lock helper"] += 1
                bad.append(f"{elf}: contains {where}")
        elif m := re.match(r"\s+[0-9a-f]+:\s+(\S+)(.*)", line):
            n += 1
            for kind, pattern in kinds:
                if pattern.match(m[1]):
                    found[kind] += 1
                    if kind != "event wait":
                        bad.append(f"{elf}: {kind} instruction in {where}: {line.strip()}")
            if unseen.match(f"{m[1]} {m[2].strip()}"):
                found["unseen store"] += 1
                bad.append(f"{elf}: a store the audit cannot follow in {where}: {line.strip()}")
    if n < 1000:
        bad.append(f"{elf}: only {n} instructions disassembled; nothing was proved")
    return n, functions, found, bad


def segments(elf):
    """Violations: a loadable segment with writable bytes in the file's own terms."""
    bad, writable, relocated, objects = [], 0, 0, 0
    for line in run("readelf", "-SW", elf).splitlines():
        m = re.match(r"\s*\[\s*\d+\]\s+(\S+)\s+(\S+)\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)\s+\S+\s+([A-Za-z]*)\s", line)
        if not m or "A" not in m[4] or "W" not in m[4]:
            continue
        size = int(m[3], 16)
        if m[1].startswith(RELOCATED):
            relocated += size
        elif size:
            writable += size
            bad.append(f"{elf}: section {m[1]} is writable, {size} bytes")
    for line in run("nm", "-S", "--defined-only", elf).splitlines():
        m = re.match(r"[0-9a-f]+ ([0-9a-f]+) ([bBdDcCsSgG]) (\S+)", line)
        if m and int(m[1], 16) and not in_relocated(elf, line):
            objects += int(m[1], 16)
            bad.append(f"{elf}: writable object {m[3]}, {int(m[1], 16)} bytes, outside the control block")
    return max(writable, objects), relocated, bad


def in_relocated(elf, line, cache={}):
    """Is the symbol of this nm line inside .data.rel.ro or .got?"""
    if elf not in cache:
        cache[elf] = [(int(m[2], 16), int(m[2], 16) + int(m[3], 16))
                      for m in re.finditer(r"\]\s+(\.\S+)\s+\S+\s+([0-9a-f]+)\s+[0-9a-f]+\s+([0-9a-f]+)",
                                           run("readelf", "-SW", elf)) if m[1].startswith(RELOCATED)]
    at = int(line.split()[0], 16)
    return any(a <= at < b for a, b in cache[elf])


def link_map(path):
    """Writable input sections that the linker kept, whatever output section they went to."""
    text = open(path).read()
    kept = text[text.index("Linker script and memory map"):]
    bad, total = [], 0
    for m in re.finditer(r"^ (\.\S+|COMMON)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)\s+(\S+)$", kept, re.M):
        name, size = m[1], int(m[3], 16)
        if size and not name.startswith(RELOCATED) and any(name == w or name.startswith(w + ".") for w in WRITABLE):
            total += size
            bad.append(f"{path}: {name} of {m[4]} is writable, {size} bytes")
    if ".text" not in kept:
        bad.append(f"{path}: no code in the link map; nothing was proved")
    return total, bad


def audit(build="build"):
    elf = f"{build}/cpudriver.elf"
    n, functions, found, bad = disassembly(elf)
    writable, relocated, more = segments(elf)
    bad += more
    in_map, more = link_map(f"{build}/cpudriver.map")
    bad += more
    writable = max(writable, in_map)
    lines = [f"{n} instructions in {functions} functions of the CPU driver: {found['exclusive']} exclusive, "
             f"{found['LSE atomic']} LSE, {found['lock helper']} lock helpers, {found['event wait']} event waits, "
             f"{found['unseen store']} stores that cannot be followed",
             f"{writable} writable bytes outside the control block ({relocated} bytes are constants that boot relocates "
             "and maps read-only)"]
    figures = {"instructions": n, "functions": functions, "exclusive": found["exclusive"], "lse": found["LSE atomic"],
               "lock_helpers": found["lock helper"], "writable_bytes_outside_kcb": writable, "relocated_constant_bytes": relocated}
    return figures, lines, bad
