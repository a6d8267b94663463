#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""bench.py OUT [HOST-BENCH...] - collect the benchmark rows, write them to OUT, print them.

Host benches are programs that print one JSON object per line: name, unit, value and, measured in the same run, peer and
peer_value. Target benches are the `bench` records of one deterministic run of the machine (QEMU icount: one nanosecond
of virtual time is one instruction) with tests/bench/bench.start as its start file; their peers and goals are in
tests/bench/peers.txt, because they were measured elsewhere. Prints, never judges: a missed goal is said, and exits 0.
A bench that fails or says nothing exits 1.
"""
import json
import os
import pathlib
import subprocess
import sys

B = os.environ.get("B", "build")
FIELDS = ("name", "unit", "value", "peer", "peer_value", "provenance")


def peers():
    """{name: (goal, peer, peer_value)} of tests/bench/peers.txt: name | goal | peer | value | note."""
    out = {}
    path = pathlib.Path("tests/bench/peers.txt")
    for line in path.read_text().splitlines() if path.exists() else ():
        if line.strip() and not line.startswith("#"):
            cells = [c.strip() for c in line.split("|")] + [""] * 5
            out[cells[0]] = {"goal": number(cells[1]), "peer": cells[2] or None, "peer_value": number(cells[3]),
                             "note": cells[4] or None}
    return out


def number(text):
    return float(text) if "." in text else int(text) if text else None


def host(programs):
    rows, bad = [], []
    for p in programs:
        r = subprocess.run([p], capture_output=True, text=True, timeout=300)
        mine = [json.loads(line) for line in r.stdout.splitlines() if line.startswith("{")]
        if r.returncode or not mine:
            bad.append(f"{p}: status {r.returncode}, {len(mine)} rows: {r.stderr.strip()[:200]}")
        rows += [{"provenance": "host", **row} for row in mine]
    return rows, bad


def machine(start, log, *options, cores=2):
    """One deterministic run with this start file; a complaint, or None."""
    if not pathlib.Path(start).exists():
        return f"no {start}: the target is not measured"
    bundle = f"{B}/system/{pathlib.Path(start).stem}.cpio"
    pathlib.Path(bundle).parent.mkdir(parents=True, exist_ok=True)
    env = {**os.environ, "STRIP": "aarch64-linux-gnu-strip"}
    subprocess.run(["tools/bundle.sh", bundle, start, f"{B}/cpudriver.elf", *os.environ["BINS_ALL"].split()], check=True, env=env)
    r = subprocess.run(["build/skerry", "run", "--deterministic", "--cores", str(cores), "--mem", "512M" if cores <= 8 else "2G", "--quiet", "--no-report", "--timeout", "300",
                        "--bundle", bundle, "--log", log, *options], capture_output=True, text=True)
    if r.returncode:
        return f"the run of {start} ended with status {r.returncode} ({log}): {r.stderr.strip()[:300]}"
    return None


def target(log, start="tests/bench/bench.start", cores=2):
    bad = machine(start, log, cores=cores)
    if bad:
        return [], [bad]
    rows = []
    for line in pathlib.Path(log).read_bytes().split(b"\n"):
        if line[:1] == b"\x1e":
            record = json.loads(line[1:])
            if record.get("type") == "bench":
                rows.append({k: v for k, v in record.items() if k not in ("type", "core", "t_ns")})
    for row in rows:
        row["provenance"] = "emulated, icount: instructions, all cores"
    return rows, [] if rows else [f"no bench record in {log}"]


def moves(log):
    """What moving a program costs, by what it has; the row target.migrate has the whole as a sentence."""
    rows, bad = target(log, "tests/bench/moves.start", 4)
    value = {r["name"].removeprefix("target.migrate"): r["value"] for r in rows}
    for unit, what in (("instructions", ""), ("bytes of messages", "_bytes"), ("messages", "_msgs")):
        whole = [value.get(w + what) for w in ("", ".per_cap", ".per_region", ".per_channel")]
        if None in whole:
            return rows, bad + [f"{log} lacks rows of the model of a move"]
        note = "{} + {} x capabilities + {} x mapped pages + {} x channels".format(*whole)
        for row in rows:
            if row["name"] == "target.migrate" + what:
                row["note"] = f"{unit}: {note}" + ("; its memory stays where it is" if what == "_bytes" else "")
    return rows, bad


def capabilities(folder):
    """Between cores: every number of holders on eight, all others on machines of 2 to 32, 1024 in the simulation."""
    rows, bad = target(f"{folder}/caps.log", "tests/bench/caps.start", 8)
    for n in (2, 4, 8, 16, 32):
        more, worse = target(f"{folder}/caps-{n}.log", "tests/bench/caps-all.start", n)
        rows += [{**r, "name": r["name"].rsplit(".", 1)[0] + f".all.{n}"} for r in more]
        bad += worse
    r = subprocess.run([f"{B}/sim", "--curve", "--json"], capture_output=True, text=True)
    if r.returncode:
        bad.append(f"{B}/sim --curve: {r.stderr.strip()[:200]}")
    rows += [{"provenance": "simulated", **json.loads(line)} for line in r.stdout.splitlines() if line.startswith("{")]
    return rows, bad


def worst(log):
    """target.worst_kernel_entry: the plugin counts every stay in a CPU driver while a program makes them long."""
    seen = f"{log}.stays.json"
    bad = machine("tests/bench/worst.start", log, "--plugin", f"{B}/entries.so,out={seen}")
    if bad:
        return [], [bad]
    r = subprocess.run(["tools/audit/entries.py", seen, log, f"{B}/cpudriver.elf"], capture_output=True, text=True)
    if r.returncode:
        return [], [f"tools/audit/entries.py: {r.stderr.strip()}"]
    found = json.loads(r.stdout)
    note = f"the longest of {found['stays']} stays (mean {found['mean']}): {found['how']}"
    return [{"name": "target.worst_kernel_entry", "unit": "instructions", "value": found["instructions"], "n": found["stays"],
             "note": note, "provenance": "emulated, icount: instructions of the core that stays"}], []


def witness(folder):
    """What one record costs the CPU driver, and what of its instructions the log takes when programs do nothing but change things."""
    rows, bad = [], []
    for name, more in (("", ()), ("_portable", ("--append", "skerry.sha=portable"))):
        log = f"{folder}/mutate{name}.log"
        seen = f"{log}.places.json"
        wrong = machine("tests/bench/mutate.start", log, "--plugin", f"{B}/entries.so,out={seen}", *more, cores=1)
        if wrong:
            bad.append(wrong)
            continue
        r = subprocess.run(["tools/audit/share.py", seen, log, f"{B}/cpudriver.elf"], capture_output=True, text=True)
        if r.returncode:
            bad.append(f"tools/audit/share.py: {r.stderr.strip()}")
            continue
        found = json.loads(r.stdout)
        n, block = found["records"], round(found["block"] / found["records"])
        where = "emulated, icount: instructions of the CPU driver"
        rows.append({"name": f"target.witness_emit{name}", "unit": "instructions", "value": round(found["log"] / n), "n": n,
                     "peer": "the bare block of SHA-256", "peer_value": block, "provenance": where,
                     "note": "mean over a run, closing of segments included: " + ", ".join(f"{k} {round(v / n)}" for k, v in list(found["functions"].items())[:6])})
        rows.append({"name": f"target.witness_share{name}", "unit": "per cent", "value": round(100 * found["log"] / found["kernel"], 1),
                     "n": found["kernel"], "provenance": where, "note": "of the CPU driver's instructions while a program copies and deletes capabilities and does nothing else"})
    return rows, bad


def main():
    out, known = sys.argv[1], peers()
    pathlib.Path(out).parent.mkdir(parents=True, exist_ok=True)
    rows, bad = host(sys.argv[2:])
    more, worse = target(str(pathlib.Path(out).parent / "bench.log"))
    rows, bad = rows + more, bad + worse
    more, worse = capabilities(str(pathlib.Path(out).parent))
    rows, bad = rows + more, bad + worse
    more, worse = moves(str(pathlib.Path(out).parent / "moves.log"))
    rows, bad = rows + more, bad + worse
    more, worse = worst(str(pathlib.Path(out).parent / "worst.log"))
    rows, bad = rows + more, bad + worse
    more, worse = witness(str(pathlib.Path(out).parent))
    rows, bad = rows + more, bad + worse
    for row in rows:
        for k, v in known.get(row["name"], {}).items():
            if v is not None:
                row.setdefault(k, v)
        for k in FIELDS:
            row.setdefault(k, None)
    pathlib.Path(out).write_text(json.dumps(rows, indent=1) + "\n")
    for r in rows:
        goal = ""
        if r.get("goal") is not None:
            goal = f"  goal {r['goal']}" + ("" if r["value"] <= r["goal"] else "  MISSED")
        peer = f"  {r['peer']} {r['peer_value']}" if r["peer"] else ""
        print(f"  {r['name']:30} {r['value']:>14} {r['unit']:13}{goal}{peer}")
        if r.get("note"):
            print(f"  {'':26} {r['note']}")
    for b in bad:
        print(f"bench: {b}", file=sys.stderr)
    print(f"bench: {len(rows)} rows in {out}")
    return bool(bad)


sys.exit(main())
