#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""stopped.py DISK CORE KEY - the log of a core that was stopped in a run that ended well: how far is it vouched for?

It ends open where the signed checkpoint says, and nowhere else. Prints what is wrong and exits 1.
"""
import json
import os
import re
import shutil
import subprocess
import sys

disk, core, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]
OUT = f"{disk}.logs"
RECORD = 64


def run(*command):
    return subprocess.run(command, capture_output=True, text=True)


def put(file, data):
    path = os.path.join(OUT, file)
    if data is None:
        os.unlink(path)
    else:
        with open(path, "wb") as f:
            f.write(data)


def verify():
    done = run("build/skerry", "witness", "verify", "--json", "--key", f"{key}.pub", OUT)
    return done.returncode, json.loads(done.stdout)


def signed(text):
    """The checkpoint and its signature, by whoever has the key."""
    put("message", text)
    run("build/skerry", "keys", "sign", "--secret", f"{key}.sec", "--quiet", f"{OUT}/message").check_returncode()
    return {"checkpoint": text, "checkpoint.sig": open(f"{OUT}/message.sig", "rb").read()}


def refused(what, changes, *codes):
    for file, data in changes.items():
        put(file, data)
    status, said = verify()
    for file in changes:
        put(file, log[file])
    if status != 6 or said.get("code") not in codes:
        wrong.append(f"{what}: {'/'.join(codes)} expected: {status} {said.get('code')} {said.get('message')}")


wrong = []
shutil.rmtree(OUT, ignore_errors=True)
run("build/skerry", "witness", "export", disk, OUT).check_returncode()
log = {f: open(os.path.join(OUT, f), "rb").read() for f in os.listdir(OUT)}
status, said = verify()
mine = [c for c in said.get("cores", []) if c["core"] == core]
if status or not mine or not mine[0].get("stopped") or sum(c["open"] for c in said["cores"]) != 1:
    sys.exit(f"core {core} should have been stopped: {json.dumps(said)}")
segments = sorted(f for f in log if re.fullmatch(rf"core-{core:02}-\d+\.log", f))
last, data, text = segments[-1], log[segments[-1]], log["checkpoint"]
for left in {1, len(data) // RECORD // 2, len(data) // RECORD - 1}:
    refused(f"{left} records left", {last: data[:left * RECORD]}, "SK6008")
for byte in (0, 16, 24, 40, 63):  # no link follows the last record: only the checkpoint tells
    refused(f"byte {byte} of the last record", {last: data[:byte - RECORD] + bytes([data[byte - RECORD] ^ 4]) + data[len(data) - RECORD + byte + 1:]},
            "SK6008", "SK6003")
refused("its last segment gone", {last: None}, "SK6009")
for first in segments[:-1]:
    refused("a closed one before it has no seal", {first.replace(".log", ".seal"): None}, "SK6005")
line = next(c for c in text.split(b"\n") if c.startswith(b"core %d " % core))
refused("not said to be stopped", signed(text.replace(line, line[:-len(b" stopped")])), "SK6004")
refused("not said at all", signed(text.replace(line + b"\n", b"")), "SK6004")
# Who has the key cuts the log of a core that nobody stopped.
other = next(c for c in said["cores"] if c["core"] != core)
line = next(c for c in text.split(b"\n") if c.startswith(b"core %d " % other["core"]))
refused("a core stopped that ran on", signed(text.replace(line, line + b" stopped")), "SK6008")
end = f"core-{other['core']:02}-{other['segments'] - 1:06}"
keep = len(log[f"{end}.log"]) // RECORD - 2
cut = log[f"{end}.log"][:keep * RECORD]
put("message", cut)
sum_of = run("sha256sum", f"{OUT}/message").stdout.split()[0].encode()
parts = line.split()
parts[7], parts[9] = b"%d" % (other["next_sequence"] - 2), sum_of
refused("a core cut that ran on", {f"{end}.log": cut, f"{end}.seal": None, f"{end}.seal.sig": None,
                                   **signed(text.replace(line, b" ".join(parts) + b" stopped"))}, "SK6008", "SK6007")
shutil.rmtree(OUT)
sys.exit("; ".join(wrong) or 0)
