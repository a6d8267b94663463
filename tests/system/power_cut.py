#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""power_cut.py N [--first K --disk IMAGE] [--seed S] - cuts the power N times while the witness log is being stored.

Four cores make records without end (tests/system/load.c), the keeper stores them, QEMU is killed (SIGKILL), N times on the same
disk image, and once more nothing is cut. A third of the disks are the image file itself, which keeps what QEMU has
written; the others are a disk with a volatile cache of which a cut leaves all, nothing or a part (cut_disk.py). When: while
the store is formatted (by the number of a write), in the first 100 ms, while the boot is marked, somewhere, and soon after something was
said to be durable. After each cut

    verify      `skerry witness verify --open` accepts the image (or nothing was stored in it, and nothing said so)
    durable     of each core every record is there that a `stored` record on the console said was durable
    same        if the boot did not come to its mark, the log of the boot before is as it was
    next        the boot has the number after the last one, on the same store; no error record, no panic

Every cut draws from a random source of its own, of the seed (SKERRY_SEED) and its number; the image as it was before is kept when one
fails, and the line says how to do that one again. When the processors take their turns nobody can repeat: it may take several.
"""
import argparse
import collections
import hashlib
import json
import os
import random
import shlex
import shutil
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import cut_disk  # noqa: E402

OUT = "out/cuts"
IMAGE, SOCKET, CONSOLE = f"{OUT}/disk.img", f"{OUT}/disk.sock", f"{OUT}/console.log"
PUBLIC = "build/keys/device.pub"
SIZE = 16 << 20
EXTENTS = (SIZE // 512 - 128) // 128
ARGUMENTS = "skerry.segment=256"
PROGRAMS = ("monitor", "pl011", "virtio_blk", "keeper", "load")
LINGER = 0.03   # seconds that the machine goes on without its disk: what it has said already comes to the console
PATIENCE = 20  # seconds until a boot that stores nothing has failed

Plan = collections.namedtuple("Plan", "phase disk at seconds after")


class Failed(Exception):
    pass


def bundle(name):
    """The bundle of a start file, with the key, so that seals are signed."""
    b, to = os.environ.get("B", "build"), f"build/system/{name}.cpio"
    os.makedirs(os.path.dirname(to), exist_ok=True)
    subprocess.run(["tools/bundle.sh", to, f"tests/system/{name}.start", f"{b}/cpudriver.elf", *(f"{b}/bin/{p}" for p in PROGRAMS)],
                   check=True, env={**os.environ, "KEY": "build/keys/device.sec", "STRIP": "aarch64-linux-gnu-strip"})
    return to


def machine(start):
    """The QEMU line of four cores with the disk."""
    printed = subprocess.run(["build/skerry", "run", "--print", "--cores", "4", "--disk", IMAGE, "--append", ARGUMENTS,
                              "--bundle", bundle(start)], capture_output=True, text=True, check=True)
    return shlex.split(printed.stdout.strip().splitlines()[-1])


# ---- what is found afterwards ----

def console():
    """The records of the console; the last line may have been cut."""
    with open(CONSOLE, "rb") as f:
        lines = f.read().replace(b"\x1e", b"").split(b"\n")
    for line in lines[:-1]:
        if line.startswith(b"{"):
            try:
                yield json.loads(line)
            except ValueError:
                raise Failed(f"a broken line on the console: {line[:120]!r}") from None


def whole_sector(f, sector):
    """A sector of the store (docs/protocols/witness-store.md), if it is whole: (type, id, boot)."""
    f.seek(sector * 512)
    data = f.read(512)
    magic, ident = struct.unpack_from("<II", data, 448)
    if magic != 0x31574B53 or hashlib.sha256(data[:488]).digest()[:24] != data[488:]:
        return None
    return data[487], ident, struct.unpack_from("<I", data, 472)[0]


def store():
    """(id of the store, newest boot) by its first sectors; (None, 0): there is no store."""
    with open(IMAGE, "rb") as f:
        supers = [x for x in (whole_sector(f, s) for s in (0, 1)) if x and x[0] == 1]
        if not supers:
            return None, 0
        marks = [x for x in (whole_sector(f, s) for s in (2, 3)) if x and x[0] == 2 and x[1] == supers[0][1]]
    return supers[0][1], max([m[2] for m in marks], default=0)


def verify(*options):
    done = subprocess.run(["build/skerry", "witness", "verify", *options, "--key", PUBLIC, "--json", IMAGE],
                          capture_output=True, text=True)
    try:
        return done.returncode, json.loads(done.stdout)
    except ValueError:
        raise Failed(f"verify: exit status {done.returncode}, {done.stdout[:200]}{done.stderr[:200]}") from None


class Disk:
    """What is known of the image: the boot it was at, and what verify said of that one."""

    def __init__(self):
        self.ident, self.boot = store()
        self.accepted = verify("--open")[1] if self.boot else None

    def check(self):
        """After one cut. Returns a few words about it."""
        stored = {}
        for r in console():
            if r["type"] in ("error", "panic") or (r["type"] == "test" and not r["ok"]):
                raise Failed(f"the console says: {json.dumps(r)}")
            if r["type"] == "stored":
                if r["boot"] != self.boot + 1:
                    raise Failed(f"boot {r['boot']} follows boot {self.boot}")
                stored[r["core"]] = max(r["records"], stored.get(r["core"], 0))
        ident, boot = store()
        if boot not in (self.boot, self.boot + 1) or (stored and boot == self.boot):
            raise Failed(f"the disk is at boot {boot}; it was at {self.boot}, and {len(stored)} cores were said to be stored")
        if self.boot and ident != self.ident:
            raise Failed("there is another store in the place of the one that was there")
        status, said = verify("--open")
        words = self.judge(boot, stored, status, said, ident)
        if boot > self.boot:
            self.ident, self.boot, self.accepted = ident, boot, said
        return words

    def judge(self, boot, stored, status, said, ident):
        if boot == self.boot and self.boot:
            if said != self.accepted:
                raise Failed(f"boot {boot} was not begun again, and its log is another: exit status {status}, {json.dumps(said)}")
            return "before its mark"
        if status != 0 and not stored and (status == 3 if ident is None else status == 2):
            return "no store yet" if ident is None else "nothing stored"
        if status != 0:
            raise Failed(f"verify --open: exit status {status}, {json.dumps(said)}")
        there = {c["core"]: c for c in said["cores"]}
        room = sum(c["segments"] for c in there.values()) < EXTENTS * 3 // 4
        for core, records in stored.items():
            if core not in there or there[core]["next_sequence"] < records:
                raise Failed(f"core {core}: {records} records were durable, there are {there.get(core, {}).get('next_sequence', 0)}")
            if room and (there[core]["first"] or there[core]["records"] != there[core]["next_sequence"]):
                raise Failed(f"core {core}: the oldest of its segments are gone, and there was room")
        return f"{sum(stored.values())} durable, {said['records']} there, {said['anchors']['agree']} anchors"


# ---- one cut ----

def plan(r, k, cuts):
    """When and how. The first of a new disk fall while it is formatted."""
    disk = r.choice(("file", "keep", "lose", "lose", "some", "some"))
    if k < max(2, cuts // 8):
        at = ("flush", r.choice((1, 2, 3, 3))) if r.random() < 0.6 else ("write", r.randint(1, 500))
        return Plan("format", r.choice(("keep", "lose", "some", "some")), at, PATIENCE, None)
    phase = r.choice(("early", "mark", "count", "count", "any", "stored", "stored", "stored"))
    if phase == "early":
        return Plan(phase, disk, None, r.uniform(0, 0.1), None)
    if phase in ("mark", "count") and disk == "file":
        disk = "keep"
    if phase == "mark":
        return Plan(phase, disk, (r.choice(("write", "flush")), r.randint(1, 6)), PATIENCE, None)
    if phase == "count":
        at = ("flush", r.randint(1, 80)) if r.random() < 0.6 else ("write", r.randint(1, 600))
        return Plan(phase, disk, at, PATIENCE, None)
    if phase == "any":
        return Plan(phase, disk, None, r.uniform(0.1, 1.5), None)
    at = None if disk == "file" or r.random() < 0.4 else r.choice(("flush", "flush", "write"))
    return Plan(phase, disk, at, PATIENCE, r.choice((r.uniform(0, 0.03), r.uniform(0, 1.2))))


def said_stored():
    with open(CONSOLE, "rb") as f:
        return b'"type":"stored"' in f.read()


def wait(p, began, disk, qemu):
    """Until the power goes."""
    until = began + p.seconds
    told, due = p.after is None, None
    while time.monotonic() < until:
        if qemu.poll() is not None:
            raise Failed(f"QEMU ended with status {qemu.returncode}; see {CONSOLE}")
        if not told and said_stored():
            told, until = True, time.monotonic() + p.after
            due = until
        if p.phase == "stored" and p.at and due and time.monotonic() + 0.005 >= due:
            disk.arm(p.at)
            due, until = None, time.monotonic() + PATIENCE
        step = min(0.004, max(0, until - time.monotonic()))
        if disk is None:
            time.sleep(step)
        elif disk.gone.wait(step):
            time.sleep(LINGER)
            return
    if p.at or not told:
        raise Failed(f"nothing came to its cut ({p.at or 'a stored record'}) within {PATIENCE} s; see {CONSOLE}")


def cut(p, line, r):
    disk = None
    if p.disk != "file":
        disk = cut_disk.CutDisk(IMAGE, SOCKET, r, p.disk, p.at)
        nbd = f"driver=nbd,if=none,id=d0,server.type=unix,server.path={SOCKET}"
        line = [nbd if word.startswith("if=none,id=d0") else word for word in line]
    try:
        with open(CONSOLE, "wb") as log:
            qemu = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait(p, time.monotonic(), disk, qemu)
            if disk:
                disk.cut()
        finally:
            qemu.kill()
            qemu.wait()
    finally:
        if disk:
            disk.close()
    return f"{disk.lost} sectors lost, {disk.left} not flushed and kept" if disk else "what QEMU wrote"


def end_in_order(disk):
    """Nothing is cut: the run ends, and the log says so."""
    done = subprocess.run(["build/skerry", "run", "--cores", "4", "--disk", IMAGE, "--append", ARGUMENTS, "--bundle", bundle("tamper"),
                           "--log", CONSOLE, "--no-report", "--quiet", "--timeout", "60"], capture_output=True, text=True)
    if done.returncode:
        raise Failed(f"the run that was not cut: {done.stderr[:300]}")
    status, said = verify()
    if status or said["boot"] != disk.boot + 1:
        raise Failed(f"after the run that was not cut: exit status {status}, {json.dumps(said)}")
    return f"boot {said['boot']}, {said['records']} records, {said['signatures']} signatures"


def new_image():
    with open(IMAGE, "wb") as f:
        f.truncate(SIZE)


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("cuts", type=int)
    a.add_argument("--first", type=int, default=0)
    a.add_argument("--disk")
    a.add_argument("--seed", default=os.environ.get("SKERRY_SEED", "1"))
    a = a.parse_args()
    os.makedirs(OUT, exist_ok=True)
    shutil.copyfile(a.disk, IMAGE) if a.disk else new_image()
    line, before, failed = machine("cuts"), f"{OUT}/before.img", 0
    disk, phases = Disk(), collections.Counter()
    began = time.monotonic()
    for k in range(a.first, a.first + (1 if a.disk else a.cuts)):
        r = random.Random(f"{a.seed}:{k}")
        p = plan(r, k, a.cuts)
        phases[p.phase] += 1
        shutil.copyfile(IMAGE, before)
        what = f"cut {k}: {p.phase}, {p.disk}{f', {p.at}' if p.at else ''}"
        try:
            how = cut(p, line, r)
            print(f"ok - {what}: {disk.check()} ({how})", flush=True)
        except Failed as e:
            failed += 1
            kept = f"{OUT}/failed-{a.seed}-{k}.img"
            shutil.copyfile(before, kept)
            shutil.copyfile(IMAGE, f"{kept}.after")
            print(f"not ok - {what}: {e}\n  again: tests/system/power_cut.py {a.cuts} --seed {a.seed} --first {k} --disk {kept}\n"
                  f"  look:  build/skerry witness verify --open --key {PUBLIC} {kept}.after", flush=True)
            shutil.copyfile(before, IMAGE)
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{k + 1} of {a.first + a.cuts} cuts, {failed} failed, {time.monotonic() - began:.0f} s ")
    passed = sum(phases.values()) - failed
    if not a.disk:
        try:
            print(f"ok - the run that is not cut: {end_in_order(disk)}")
            passed += 1
        except Failed as e:
            failed += 1
            print(f"not ok - {e}")
    print(f"{dict(phases)}; {time.monotonic() - began:.0f} s\n{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
