# SPDX-License-Identifier: MIT OR Apache-2.0
"""pages - prove from the live page tables that no two CPU drivers share memory.

Boots the machine, waits until every monitor has joined, stops all virtual CPUs at once from outside and
reads, per CPU, the translation registers and the tables they point to. What the system says about itself
(the `core` records, each core's bootinfo) is compared with that, never believed.

What is proved at that moment, and again at each of a few later ones:

  W  no page outside the named device pages is writable by two CPU drivers
  P  no page of one core's share is readable by another core's CPU driver, nor mapped for its programs
  R  nothing in RAM is mapped by two CPU drivers at all
  X  no page of a kernel half is writable and executable, none is open to programs
  U  what programs of two cores both map is the mesh of exactly these two, the bundle or the device tree
"""
import itertools
import os
import struct
import tempfile
import time

from gdb import Gdb
from machine import Machine, named_devices, ram
from tables import PAGE, Ranges, Walker, regime

BOOTINFO_MAGIC = 0x30544F4F42595245


class Core:
    def __init__(self, gdb, walker):
        self.regime = regime(gdb)
        low, high = walker.half(self.regime, 0), walker.half(self.regime, 1)
        kernel = high + [m for m in low if not m.user]
        span = lambda maps: Ranges((m.pa, m.pa + m.size) for m in maps)
        self.read = span(kernel)                                   # mapped at all: readable by the CPU driver
        self.write = span(m for m in kernel if m.write)
        self.write_execute = span(m for m in kernel if m.write and m.execute)
        self.open = span(m for m in high if m.user)
        self.user = span(m for m in low if m.user)
        self.user_write = span(m for m in low if m.user and m.write)


def bootinfo(gdb, base):
    """The fields of struct bootinfo (lib/abi/bootinfo.h) that say what memory is common."""
    raw = gdb.physical(base, 160)
    magic, version, _, core, ncores, _ = struct.unpack_from("<QIIHHI", raw)
    if magic != BOOTINFO_MAGIC or version != 2:
        raise RuntimeError(f"no bootinfo of version 2 at the start of the share at {base:#x}")
    words = struct.unpack_from("<15Q", raw, 24)
    pair = lambda i: Ranges([(words[i], words[i] + words[i + 1])])
    shares = [pair(i) for i in (0, 2, 4, 6)]
    return {"core": core, "ncores": ncores, "share": shares[0] | shares[1] | shares[2] | shares[3],
            "mesh": pair(8), "pair_bytes": words[10], "bundle": pair(11), "dtb": pair(13)}


def mesh_of(info, a, b):
    low, high = min(a, b), max(a, b)
    start = info["mesh"].pairs[0][0] + (high * (high - 1) // 2 + low) * info["pair_bytes"]
    return Ranges([(start, start + info["pair_bytes"])])


def outward(r):
    """Whole pages: the bundle and the device tree end within one."""
    return Ranges((a // PAGE * PAGE, -(-b // PAGE) * PAGE) for a, b in r.pairs)


def judge(cores, infos, devices, memory):
    """(figures, violations) of one moment."""
    named = Ranges()
    for r in devices.values():
        named = named | r
    bad, two_write, foreign, both_ram = [], Ranges(), Ranges(), Ranges()
    for i, c in enumerate(cores):
        if c.open:
            bad.append(f"core {i}: kernel half open to programs: {c.open}")
        if c.write_execute:
            bad.append(f"core {i}: writable and executable in the kernel: {c.write_execute}")
        if outside := (c.read & memory) - infos[i]["share"]:
            bad.append(f"core {i}: its CPU driver maps RAM outside its share: {outside}")
    for i, j in itertools.combinations(range(len(cores)), 2):
        a, b = cores[i], cores[j]
        if w := (a.write & b.write) - named:
            bad.append(f"cores {i} and {j}: both CPU drivers can write {w}")
            two_write = two_write | w
        if r := a.read & b.read & memory:
            bad.append(f"cores {i} and {j}: both CPU drivers map RAM {r}")
            both_ram = both_ram | r
        for x, y in ((i, j), (j, i)):
            if p := (cores[x].read | cores[x].user) & infos[y]["share"]:
                bad.append(f"core {x} can read the share of core {y}: {p}")
                foreign = foreign | p
        common = a.user & b.user
        allowed = mesh_of(infos[i], i, j) | outward(infos[i]["bundle"]) | outward(infos[i]["dtb"])
        if u := common - allowed:
            bad.append(f"cores {i} and {j}: programs share {u}, which is no mesh of these two, bundle or device tree")
        if u := (a.user_write & b.user) - mesh_of(infos[i], i, j):
            bad.append(f"cores {i} and {j}: programs of {i} can write what {j} maps, outside their mesh: {u}")
    for i, c in enumerate(cores):
        mine = Ranges()
        for j in range(len(cores)):
            if j != i:
                mine = mine | mesh_of(infos[i], i, j)
        if u := (c.user & infos[i]["mesh"]) - mine:
            bad.append(f"core {i}: programs map mesh of other cores: {u}")
    return two_write.pages(), foreign.pages(), both_ram.pages(), bad


def audit(name, ncores=8, options=(), moments=8):
    """Boot, look, and give (figures, lines to print, violations)."""
    bad, lines = [], []
    with tempfile.TemporaryDirectory() as tmp:
        path = os.path.join(tmp, "gdb")
        m = Machine(name, ("--cores", str(ncores), *options), ("-gdb", f"unix:{path},server=on,wait=off"))
        tree = m.tree()
        devices, memory = named_devices(tree), ram(tree)
        with m:
            m.wait_for("all_joined", 60)
            said = {r["index"]: r for r in m.records() if r.get("type") == "core" and "share" in r}
            two = foreign = both = looked = 0
            programs = {i: Ranges() for i in range(ncores)}       # what programs of each core mapped, over all moments
            for moment in range(moments):
                gdb = Gdb(path)
                walker = Walker(gdb)
                cores = []
                for cpu in gdb.cpus():
                    gdb.select(cpu)
                    cores.append(Core(gdb, walker))
                infos = []
                for i in range(len(cores)):
                    if i not in said:
                        raise RuntimeError(f"no 'core' record with a share for core {i} ({m.log})")
                    infos.append(bootinfo(gdb, int(said[i]["share"], 16)))
                    if infos[i]["core"] != i:
                        bad.append(f"core {i}: its bootinfo says it is core {infos[i]['core']}")
                    if cores[i].regime.ttbr1 & 0xFFFFFFFFF000 != int(said[i]["root"], 16):
                        bad.append(f"core {i}: TTBR1 is {cores[i].regime.ttbr1:#x}, it says {said[i]['root']}")
                    if not cores[i].write or not cores[i].read & memory:
                        bad.append(f"core {i}: no kernel mapping found; nothing was proved")
                if len(cores) != ncores:
                    bad.append(f"{len(cores)} virtual CPUs, expected {ncores}")
                for i, c in enumerate(cores):
                    programs[i] = programs.get(i, Ranges()) | c.user
                gdb.close()
                w, p, r, b = judge(cores, infos, devices, memory)
                two, foreign, both, looked = max(two, w), max(foreign, p), max(both, r), looked + 1
                bad += [x for x in b if x not in bad]
                time.sleep(0.1)
                if m.qemu.poll() is not None:
                    break
        for i, c in enumerate(cores):
            lines.append(f"core {i}: EL{c.regime.el}, tables at {c.regime.ttbr1 & 0xFFFFFFFFF000:#x}, "
                         f"{c.read.pages()} pages mapped, {c.write.pages()} writable, share {infos[i]['share']}; "
                         f"programs: {programs[i].pages()} pages seen")
        if sum(bool(r) for r in programs.values()) < min(2, ncores):
            bad.append("no program's space was seen on two cores; nothing was proved of what programs share")
        for name, r in devices.items():
            who = [i for i, c in enumerate(cores) if c.read & r]
            lines.append(f"device page by name: {name}, {r}, mapped by the CPU drivers of cores {who}")
    figures = {"cores": len(cores), "moments": looked, "pages_writable_by_two": two, "private_pages_readable": foreign,
               "ram_pages_mapped_by_two": both,
               "program_pages": sum(r.pages() for r in programs.values()), "kernel_pages": sum(c.read.pages() for c in cores),
               "writable_pages": sum(c.write.pages() for c in cores),
               "named_devices": {n: [hex(a) for a, _ in r.pairs] for n, r in devices.items()}}
    return figures, lines, bad
