#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""idle_host.py BUNDLE [SKERRY-RUN-OPTION...] - what a machine that has nothing to do costs its host.

Boots the bundle of the row `idle` (eight cores, a window in which all of them sleep) and reads the processor time of
QEMU when the console says that the window begins and ends. Prints "ok" or "not ok": under 2 % of one host core. The guest's
own figures cannot tell this: a CPU driver that spins in its idle loop counts that as idle, too.
"""
import os
import shlex
import subprocess
import sys
import time

LIMIT = 0.02


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    bundle, options = sys.argv[1], sys.argv[2:] or ["--cores", "8"]
    printed = subprocess.run(["build/skerry", "run", "--print", "--bundle", bundle, *options], capture_output=True, text=True)
    if printed.returncode:
        print(f"not ok - skerry run --print: {printed.stderr.strip()}")
        return 1
    qemu = subprocess.Popen(shlex.split(printed.stdout.strip().splitlines()[-1]), stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    began = ended = None
    try:
        for line in qemu.stdout:
            if line.startswith(b"idle: the window begins"):
                began = time.monotonic(), cpu_seconds(qemu.pid)
            if line.startswith(b"idle: the window ends"):
                ended = time.monotonic(), cpu_seconds(qemu.pid)
                break
    finally:
        qemu.kill()
        qemu.wait()
    if began is None or ended is None:
        print("not ok - the machine did not come to its idle window")
        return 1
    part = (ended[1] - began[1]) / (ended[0] - began[0])
    print(f"{'ok' if part < LIMIT else 'not ok'} - idle cores cost {part * 100:.2f} % of one host core over "
          f"{ended[0] - began[0]:.1f} s (limit {LIMIT * 100:.0f} %)")
    return part >= LIMIT


sys.exit(main())
