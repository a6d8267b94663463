#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""tamper.py [--full] [--seed S] - changes a real witness log in many ways; `skerry witness verify` has to see each, and where it is.

Runs a machine (four cores, disk, key, tests/system/load.c), takes its log from the disk, and changes one thing at a time:

    bits         every bit of records of several kinds, first, in the middle and last of segments (without --full: all 512 bits of four
                 records, some bits of the others)
    records      dropped, swapped, inserted; tails cut off, with and without what stood behind them
    files        segments, seals, signatures, checkpoint, key: changed, taken away, from elsewhere
    forgeries    the log of a core made anew, consistent in itself: unsigned, signed with another key, signed with the right
                 key, and with the right checkpoint; with that one only the anchors of the other cores tell
    image        bytes of the disk: what verify still accepts is what was there before

What is refused must be refused with exit status 6 and the file, core and record that were changed; what is allowed to be
accepted (docs/protocols/witness-store.md) is tested, too, so that the list is known to be whole.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import shutil
import struct
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(__file__))
import sha_chain  # noqa: E402
from power_cut import ARGUMENTS, PUBLIC, bundle  # noqa: E402

OUT = "out/tamper"
SECRET = "build/keys/device.sec"
RECORD = 64
ANCHORS = (0x87, 0x88)
BITS, TAIL, SEAL, SIGNATURE, ANCHOR, CHECKPOINT, MISSING, ENDLESS, REPORT = (f"SK6{n:03}" for n in range(3, 12))

# changes: file -> bytes, or None: taken away. codes: any of these; core, file: None: not asked for; records: any of these sequences
Case = collections.namedtuple("Case", "kind what changes options codes core file records", defaults=((), (), None, None, None))


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, **more)


def name(core, segment, part="log"):
    return f"core-{core:02}-{segment:06}.{part}"


def sequence(record):
    return struct.unpack_from("<Q", record)[0]


class Log:
    """The files of the run, and what is in them."""

    def __init__(self, folder):
        self.files = {f: open(os.path.join(folder, f), "rb").read() for f in sorted(os.listdir(folder))}
        self.segments = collections.Counter(int(f[5:7]) for f in self.files if f.endswith(".log"))
        self.cores = sorted(self.segments)

    def records(self, core, segment):
        log = self.files[name(core, segment)]
        return [log[i:i + RECORD] for i in range(0, len(log), RECORD)]

    def without(self, *files):
        return {f: None for f in files if f in self.files}

    def anchored(self, core):
        """The segments of a core that others vouch for, and where: a power cut would have had to take those, too."""
        return {struct.unpack_from("<I", r, 32)[0] for c in self.cores if c != core for s in range(self.segments[c])
                for r in self.records(c, s) if r[16] in ANCHORS and struct.unpack_from("<H", r, 18)[0] == core}

    def parts(self, core, segment):
        return [name(core, segment, part) for part in ("log", "seal", "seal.sig")]


# ---- the cases ----

def sample(log, r, n):
    """Records of as many kinds and places as there are: (core, segment, index)."""
    last = log.segments[1] - 1
    places = [(1, s, i) for s in (0, last // 2, last) for i in (0, len(log.records(1, s)) // 2, len(log.records(1, s)) - 1)]
    seen = {log.records(*p[:2])[p[2]][16] for p in places}
    others = [(c, s, i) for c in log.cores for s in range(log.segments[c]) for i in range(len(log.records(c, s)))]
    r.shuffle(others)
    for c, s, i in others:
        kind = log.records(c, s)[i][16]
        if len(places) >= n:
            break
        if kind not in seen:
            seen.add(kind)
            places.append((c, s, i))
    return places


def bits(log, r, full):
    places = sample(log, r, 16)
    whole = set(places) if full else {places[0], places[4], places[8], places[9]}
    for core, segment, index in places:
        file, number = name(core, segment), sequence(log.records(core, segment)[index])
        kind = log.records(core, segment)[index][16]
        for bit in range(512) if (core, segment, index) in whole else sorted(r.sample(range(512), 12)):
            changed = bytearray(log.files[file])
            changed[index * RECORD + bit // 8] ^= 1 << bit % 8
            yield Case("bits", f"{file} record {index} (kind {kind:#x}) bit {bit}", {file: bytes(changed)}, (), (BITS,), core, file, (number,))


def records(log, r):
    core, last = 2, log.segments[2] - 1
    for segment in (0, last // 2, last):
        file, all_of = name(core, segment), log.records(core, segment)
        base, n = sequence(all_of[0]), len(all_of)
        for i in (0, 1, n // 2, n - 2):
            there = b"".join(all_of[:i] + all_of[i + 1:])
            yield Case("records", f"{file} without record {i}", {file: there}, (), (BITS,), core, file, (base + i, base + i + 1))
        for i, k in ((0, 1), (n // 2, n // 2 + 1), (1, n - 2), (n - 2, n - 1)):
            swapped = list(all_of)
            swapped[i], swapped[k] = swapped[k], swapped[i]
            yield Case("records", f"{file} records {i} and {k} swapped", {file: b"".join(swapped)}, (), (BITS,), core, file, (base + i,))
        for i in (1, n // 2, n):
            for what, extra in (("a copy", all_of[i - 1]), ("nonsense", r.randbytes(RECORD))):
                there = b"".join(all_of[:i] + [extra] + all_of[i:])
                yield Case("records", f"{file} with {what} inserted at {i}", {file: there}, (), (BITS,), core, file, (base + i, base + i - 1))


def tails(log):
    """With what stood behind it taken away, too, a tail is missed by the anchors of others, the next segment, or the checkpoint."""
    core, last = 3, log.segments[3] - 1
    for segment in (0, last):
        file, all_of = name(core, segment), log.records(core, segment)
        base, n = sequence(all_of[0]), len(all_of)
        for left in (n - 1, n // 2, 1):
            short = {file: b"".join(all_of[:left])}
            codes = (TAIL,)
            yield Case("tails", f"{file} cut to {left} records", short, (), codes, core, file, (base + left,))
            yield Case("tails", f"{file} cut to {left} records, --open", short, ("--open",), codes, core, file, (base + left,))
            bare = {**short, **log.without(*log.parts(core, segment)[1:])}
            yield Case("tails", f"{file} cut to {left} records, seal and signature gone", bare, (), codes, core, file, (base + left,))
        yield Case("tails", f"{file} cut inside a record", {file: log.files[file][:-20]}, (), (TAIL,), core, file, (base + n - 1,))
        yield Case("tails", f"{file} empty", {file: b""}, (), (TAIL,), core, file, (base,))
    # A power cut is claimed: no checkpoint, and --open.
    named = log.without("checkpoint", "checkpoint.sig")
    gone = log.without("checkpoint", "checkpoint.sig", "attestation", "attestation.sig")
    yield Case("tails", "no checkpoint, no --open", named, (), (ENDLESS,), None, "checkpoint")
    yield Case("tails", "no checkpoint, --open", named, ("--open",), ())
    yield Case("tails", "no checkpoint, no report, --open: that is what a power cut looks like", gone, ("--open",), ())
    for c in log.cores:
        end = log.segments[c] - 1
        short = {**log.without(*log.parts(c, end)[1:]), name(c, end): b"".join(log.records(c, end)[:-2])}
        told = end in log.anchored(c)
        yield Case("tails", f"the end of the last segment of core {c}, {'anchored' if told else 'that nobody vouches for'}, claimed to be a power cut",
                   {**gone, **short}, ("--open",), (ANCHOR,) if told else (), c if told else None)
        yield Case("tails", f"the same of core {c}, with the report", {**named, **short}, ("--open",), (ANCHOR if told else REPORT,), None,
                   None if told else "attestation")
    for keep in (last - 1, last // 2, 1):
        cut = {**gone, **log.without(*(f for s in range(keep, last + 1) for f in log.parts(core, s)))}
        yield Case("tails", f"core {core} cut to {keep} segments, claimed to be a power cut", cut, ("--open",), (ANCHOR,), core, None)
        shorter = {**gone, **log.without(*(f for s in range(keep, last + 1) for f in log.parts(core, s)),
                                         *log.parts(core, keep - 1)[1:])}
        shorter[name(core, keep - 1)] = b"".join(log.records(core, keep - 1)[:100])
        yield Case("tails", f"core {core} cut inside segment {keep - 1}, claimed to be a power cut", shorter, ("--open",), (ANCHOR,), core, None)


def files(log, r, full):
    for core in (0, 2):
        last = log.segments[core] - 1
        for segment in (0, last // 2, last):
            log_file, seal, signature = log.parts(core, segment)
            yield Case("files", f"segment {segment} of core {core} gone", log.without(log_file, seal, signature), (), (MISSING,), core, log_file)
            yield Case("files", f"{log_file} gone", log.without(log_file), (), (MISSING,), core, log_file)
            yield Case("files", f"{seal} gone", log.without(seal), (), (SEAL,), core, seal)
            yield Case("files", f"{signature} gone", log.without(signature), (), (SIGNATURE,), core, signature)
            for at in range(0, len(log.files[seal]), 1 if full else 9):
                yield Case("files", f"{seal} byte {at} changed", flipped(log, seal, at, r), (), (SEAL,), core, seal)
            begin = log.files[signature].index(b"\n") + 1
            for at in range(begin, len(log.files[signature]), 1 if full else 9):
                yield Case("files", f"{signature} byte {at} changed", flipped(log, signature, at, r), (), (SIGNATURE,), core, signature)
            other = name(core, (segment + 1) % (last + 1), "seal.sig")
            yield Case("files", f"{signature} is that of {other}", {signature: log.files[other]}, (), (SIGNATURE,), core, signature)
        everything = [f for s in range(last + 1) for f in log.parts(core, s)]
        yield Case("files", f"core {core} gone", log.without(*everything), (), (MISSING,), core, name(core, 0))
        yield Case("files", f"core {core} gone, claimed to be a power cut", log.without("checkpoint", "checkpoint.sig", *everything),
                   ("--open",), (ANCHOR,), core, None)
    for at in range(0, len(log.files["checkpoint"]), 1 if full else 7):
        yield Case("files", f"checkpoint byte {at} changed", flipped(log, "checkpoint", at, r), (), (SIGNATURE,), None, "checkpoint.sig")
    begin = log.files["checkpoint.sig"].index(b"\n") + 1
    for at in range(begin, len(log.files["checkpoint.sig"]), 1 if full else 9):
        yield Case("files", f"checkpoint.sig byte {at} changed", flipped(log, "checkpoint.sig", at, r), (), (SIGNATURE,), None, "checkpoint.sig")
    for at in range(0, len(log.files["attestation"]), 1 if full else 7):
        yield Case("files", f"attestation byte {at} changed", flipped(log, "attestation", at, r), (), (SIGNATURE,), None, "attestation")
    begin = log.files["attestation.sig"].index(b"\n") + 1
    for at in range(begin, len(log.files["attestation.sig"]), 1 if full else 9):
        yield Case("files", f"attestation.sig byte {at} changed", flipped(log, "attestation.sig", at, r), (), (SIGNATURE,), None, "attestation")
    yield Case("files", "attestation.sig gone", log.without("attestation.sig"), (), (REPORT,), None, "attestation")
    yield Case("files", "attestation gone", log.without("attestation"), (), (REPORT,), None, "attestation")
    yield Case("files", "checkpoint.sig gone", log.without("checkpoint.sig"), (), (SIGNATURE,), None, "checkpoint.sig")
    yield Case("files", "checkpoint gone", log.without("checkpoint"), (), (CHECKPOINT,), None, "checkpoint")


def flipped(log, file, at, r):
    data = bytearray(log.files[file])
    data[at] ^= 1 << r.randrange(8)
    return {file: bytes(data)}


# ---- forgeries ----

def sign(text, secret, scratch):
    file = os.path.join(scratch, "message")
    with open(file, "wb") as f:
        f.write(text)
    run("build/skerry", "keys", "sign", "--secret", secret, "--quiet", file, check=True)
    with open(f"{file}.sig", "rb") as f:
        return f.read()


def forge(log, core, segment, index):
    """The files of a core with one record made another, and all behind it made to fit. Also its last seal."""
    changes, before = {}, bytes(32)
    for s in range(log.segments[core]):
        data = bytearray(log.files[name(core, s)])
        if s == segment:
            data[index * RECORD + 24] ^= 0xFF  # target: as if it had been done to something else
        data, before = sha_chain.chained(bytes(data), before)
        changes[name(core, s)] = data
        changes[name(core, s, "seal")] = f"{before.hex()}  {name(core, s)}\n".encode()
    return changes, before


def signed(log, changes, secret, scratch):
    seals = {f: text for f, text in changes.items() if f.endswith(".seal") and text != log.files[f]}
    return {**changes, **{f"{f}.sig": sign(text, secret, scratch) for f, text in seals.items()}}


def forgeries(log, scratch):
    core, end = 1, log.segments[1] - 1
    unsigned = log.without(*(f for f in log.files if f.endswith(".sig") or f == "device.pub"))
    ended = log.without("checkpoint", "checkpoint.sig")
    run("build/skerry", "keys", "generate", f"{scratch}/other", "--quiet", check=True)
    for segment, index in ((0, 60), (end // 2, 3)):
        what = f"core {core} made anew from segment {segment}"
        changes, last = forge(log, core, segment, index)
        old = next(c for c in log.files["checkpoint"].split(b"\n") if c.startswith(b"core %d " % core))
        point = log.files["checkpoint"].replace(old, old[:-64] + last.hex().encode())
        seal = name(core, segment, "seal.sig")
        good = signed(log, changes, SECRET, scratch)
        pointed = {**good, "checkpoint": point, "checkpoint.sig": sign(point, SECRET, scratch)}
        first = name(core, segment)
        yield Case("forgeries", f"{what}, not signed", changes, (), (SIGNATURE,), core, seal)
        yield Case("forgeries", f"{what}, no signature at all", {**changes, **unsigned}, (), (CHECKPOINT,), core, name(core, end))
        yield Case("forgeries", f"{what}, no signature, checkpoint", {**changes, **unsigned, "checkpoint": point}, (), (ANCHOR,), core, first)
        yield Case("forgeries", f"{what}, no signature, asked with the key", {**changes, **unsigned, "checkpoint": point},
                   ("--key", PUBLIC), (SIGNATURE,), None, None)
        yield Case("forgeries", f"{what}, with another key", signed(log, changes, f"{scratch}/other.sec", scratch), (), (SIGNATURE,), core, seal)
        yield Case("forgeries", f"{what}, with the key", good, (), (CHECKPOINT,), core, name(core, end))
        yield Case("forgeries", f"{what}, with the key and the checkpoint", pointed, (), (ANCHOR,), core, first)
        yield Case("forgeries", f"{what}, with the key, claimed to be a power cut", {**good, **ended}, ("--open",), (ANCHOR,), core, first)
    untouched, _ = forge(log, core, -1, 0)
    yield Case("forgeries", "the same, made anew: the second chain is the first", untouched, (), ())


# ---- asking ----

class Copies:
    """A copy of the log for each thread; a case changes it and puts it back."""

    def __init__(self, log, source):
        self.log, self.source, self.own, self.lock, self.n = log, source, threading.local(), threading.Lock(), 0

    def folder(self):
        if not hasattr(self.own, "folder"):
            with self.lock:
                self.n += 1
                self.own.folder = f"{OUT}/copy{self.n}"
            shutil.copytree(self.source, self.own.folder)
        return self.own.folder

    def put(self, file, data):
        path = os.path.join(self.folder(), file)
        if data is None:
            os.unlink(path)
        else:
            with open(path, "wb") as f:
                f.write(data)

    def ask(self, case):
        """None, or what is wrong with the answer."""
        for file, data in case.changes.items():
            self.put(file, data)
        done = run("build/skerry", "witness", "verify", "--json", *case.options, self.folder())
        for file in case.changes:
            self.put(file, self.log.files[file])
        try:
            return judge(case, done.returncode, json.loads(done.stdout))
        except ValueError:
            return f"exit status {done.returncode}, {done.stdout[:200]}{done.stderr[:200]}"


def judge(case, status, said):
    place, at = said.get("place", {}), said.get("at", "")
    heard = f"exit status {status}, {said.get('code')}: {said.get('message')}; at {at!r}"
    if not case.codes:
        return None if status == 0 else f"refused: {heard}"
    if status != 6 or said.get("code") not in case.codes:
        return f"{'/'.join(case.codes)} expected: {heard}"
    if case.core is not None and place.get("core") != case.core:
        return f"core {case.core} expected: {heard}"
    if case.file is not None and (place.get("file") != case.file or not at.startswith(case.file)):
        return f"file {case.file} expected: {heard}"
    if case.records is not None and not any(re.search(rf"\bsequence {n}\b", at) for n in case.records):
        return f"record {' or '.join(map(str, case.records))} expected: {heard}"
    return None


# ---- the disk ----

def exported(image, to):
    shutil.rmtree(to, ignore_errors=True)
    if run("build/skerry", "witness", "export", image, to).returncode:
        return None
    return {f: open(os.path.join(to, f), "rb").read() for f in os.listdir(to)}


def image_bytes(image, r, n):
    """A byte of the disk is changed at a time. Three of four of a sector that was written."""
    with open(image, "rb") as f:
        data = f.read()
    used = [s for s in range(len(data) // 512) if any(data[s * 512:(s + 1) * 512])]
    copy, to = f"{OUT}/changed.img", f"{OUT}/changed"
    shutil.copyfile(image, copy)
    good, seen = exported(image, to), 0
    report = 4 + 2 * 38  # WSTORE_SLOT_ATTESTATION of witness/store_format.h: its first sector, behind it the text
    with open(copy, "r+b", buffering=0) as f:
        for _ in range(n):
            sector = r.choice(used) if r.random() < 0.75 else r.randrange(len(data) // 512)
            if r.random() < 0.05:
                sector = report + r.randrange(3)
            at, bit = sector * 512 + r.randrange(512), 1 << r.randrange(8)
            os.pwrite(f.fileno(), bytes([data[at] ^ bit]), at)
            done = run("build/skerry", "witness", "verify", "--key", PUBLIC, copy)
            why = None
            if done.returncode not in (0, 6):
                why = f"exit status {done.returncode}: {done.stderr[:200]}"
            elif done.returncode == 0 and exported(copy, to) != good:
                why = "accepted, and another log comes out"
            seen += done.returncode == 6
            os.pwrite(f.fileno(), data[at:at + 1], at)
            yield f"byte {at} of the disk, bit {bit:#x}", why
    yield f"{seen} of {n} changed bytes of the disk are seen", None if seen >= n // 3 else "too few"


# ---- all of it ----

def leave_log():
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(OUT)
    image, folder = f"{OUT}/disk.img", f"{OUT}/log"
    done = run("build/skerry", "run", "--cores", "4", "--disk", f"{image}:8M", "--append", ARGUMENTS, "--bundle", bundle("tamper"),
               "--log", f"{OUT}/console.log", "--no-report", "--quiet", "--timeout", "60")
    if done.returncode == 0:
        done = run("build/skerry", "witness", "export", image, folder)
    if done.returncode:
        sys.exit(f"not ok - there is no log: {done.stderr[:400]}")
    shutil.copyfile(PUBLIC, f"{folder}/device.pub")
    return image, folder


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--full", action="store_true")
    a.add_argument("--seed", default=os.environ.get("SKERRY_SEED", "1"))
    a = a.parse_args()
    r = random.Random(a.seed)
    image, folder = leave_log()
    log = Log(folder)
    copies = Copies(log, folder)
    cases = [Case("nothing", "what nobody changed is accepted", {}), *bits(log, r, a.full), *records(log, r), *tails(log), *files(log, r, a.full),
             *forgeries(log, OUT)]
    passed, failed = collections.Counter(), 0

    def count(kind, what, why):
        nonlocal failed
        if why is None:
            passed[kind] += 1
            return
        failed += 1
        print(f"not ok - {kind}: {what}: {why}", flush=True)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for case, why in zip(cases, pool.map(copies.ask, cases)):
            count(case.kind, case.what, why)
    for what, why in image_bytes(image, r, 3000 if a.full else 300):
        count("image", what, why)
    for kind, n in passed.items():
        print(f"ok - {kind}: {n} as expected")
    if failed:
        print(f"again: tests/system/tamper.py{' --full' if a.full else ''} --seed {a.seed}   (the log is another one each time: {folder} has this one)")
    print(f"{sum(passed.values())} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
