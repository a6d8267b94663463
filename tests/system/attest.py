#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""attest.py CONSOLE DISK PUBLIC - the attestation reports of a run: those on the console, made on request, and the one on the disk.

Each is accepted with its nonce, by `skerry witness attest`, on the disk and on a directory exported from it. Refused are:
another nonce, measurement, key; a report with any word changed, under the signature as it was; signed anew with the right key: a
seal, segment, sequence that is not the log's, a core left out or invented, another boot or measurement; the report of another run.
Says what went wrong and exits 1.
"""
import base64
import json
import os
import re
import subprocess
import sys
import tempfile

console, disk, public = sys.argv[1:]
secret = public.removesuffix(".pub") + ".sec"
wrong = []


def skerry(*words):
    r = subprocess.run(["build/skerry", *words], capture_output=True, text=True, timeout=60, check=False)
    return r.returncode, r.stdout, r.stderr


def attest(report, where, *more):
    return skerry("witness", "attest", where, *(["--report", report] if report else []), "--key", public, *more)


def write(folder, name, text, signature=None):
    path = os.path.join(folder, name)
    with open(path, "w", encoding="ascii") as f:
        f.write(text)
    if signature is None:
        status, _, err = skerry("keys", "sign", "--secret", secret, path)
        assert status == 0, err
    else:
        with open(path + ".sig", "w", encoding="ascii") as f:
            f.write("untrusted comment: report\n" + base64.b64encode(bytes.fromhex(signature)).decode() + "\n")
    return path


def accepted(what, said):
    if said[0] != 0:
        wrong.append(f"{what}: refused: {said[2][:300]}")


def refused(what, said, code, words=""):
    if said[0] != 6 or f"error[{code}]" not in said[2] or words not in said[2]:
        wrong.append(f"{what}: status {said[0]}, not refused with {code} {words}: {(said[1] + said[2])[:300]}")


def on_console():
    """(text, signature) of each report, in order."""
    reports, lines = [], []
    with open(console, encoding="utf-8", errors="replace") as f:
        for line in f:
            if '"type":"attestation"' not in line:
                continue
            r = json.loads(line.lstrip("\x1e"))
            lines = lines[: r["line"]] + [r["text"] + "\n"]
            assert len(lines) == r["line"] + 1, "a line of a report is missing"
            if "signature" in r:
                reports.append(("".join(lines), r["signature"]))
    return reports


def changes(text):
    """What a liar with the key could write, and how it must be answered."""
    core = re.search(r"core 1 segment (\d+) sequence (\d+) seal (\w+)\n", text)
    other = re.search(r"core 2 segment \d+ sequence \d+ seal (\w+)\n", text).group(1)
    seg, seq, seal = core.groups()

    def instead(new):
        return text.replace(core.group(0), new)

    yield "another seal", instead(f"core 1 segment {seg} sequence {seq} seal {other}\n"), "another seal"
    yield "a bit of a seal", instead(f"core 1 segment {seg} sequence {seq} seal {int(seal[0], 16) ^ 1:x}{seal[1:]}\n"), "another seal"
    yield "a segment that is not there", instead(f"core 1 segment 999 sequence {seq} seal {seal}\n"), "not among"
    yield "another end", instead(f"core 1 segment {seg} sequence {int(seq) + 1} seal {seal}\n"), "ends elsewhere"
    yield "a core left out", instead(""), "does not name it"
    yield "a core invented", text + f"core 9 segment {seg} sequence {seq} seal {seal}\n", "not among"
    yield "another measurement", re.sub(r"measurement ..", lambda m: "measurement " + ("00" if m[0][-2:] != "00" else "11"), text), "another boot"
    yield "another run", re.sub(r"boot \d+", "boot 99", text), "another run"
    yield "a line too many", text + "x\n", "cannot be read"
    yield "another version", text.replace("attestation 1", "attestation 2"), "cannot be read"


def main():
    reports = on_console()
    if len(reports) != 3:
        wrong.append(f"{len(reports)} reports on the console instead of 3")
        return
    with tempfile.TemporaryDirectory() as to:
        logs = os.path.join(to, "logs")
        status, _, err = skerry("witness", "export", disk, logs)
        if status:
            wrong.append(err)
            return
        made = [write(to, f"r{i}", *r) for i, r in enumerate(reports)]
        nonces = [re.search(r"nonce (\w+)", r[0]).group(1) for r in reports]
        measurement = re.search(r"measurement (\w+)", reports[0][0]).group(1)
        for where in (disk, logs):
            accepted("the one at the end", attest(None, where, "--nonce", "5eed", "--measurement", measurement))
            for path, nonce in zip(made, nonces):
                accepted(f"on request, {nonce}", attest(path, where, "--nonce", nonce, "--measurement", measurement))
        refused("another nonce", attest(None, logs, "--nonce", "5eee"), "SK6011", "nonce")
        refused("the nonce of the other", attest(made[0], logs, "--nonce", nonces[1]), "SK6011", "nonce")
        refused("another measurement", attest(None, logs, "--measurement", "0" * 64), "SK6011", "measurement")
        skerry("keys", "generate", os.path.join(to, "other"))
        refused("another key", skerry("witness", "attest", logs, "--key", os.path.join(to, "other.pub")), "SK6006")
        text, signature = reports[0]
        for i, c in enumerate(text):
            if i % 7 == 0 and c not in "\n":
                path = write(to, "changed", text[:i] + ("0" if c != "0" else "1") + text[i + 1:], signature)
                refused(f"byte {i} changed", attest(path, logs), "SK6006")
        refused("the signature of another", attest(write(to, "mixed", text, reports[1][1]), logs), "SK6006")
        for what, changed, words in changes(text):
            refused(f"signed anew: {what}", attest(write(to, "anew", changed), logs), "SK6011", words)
        os.remove(os.path.join(logs, "attestation.sig"))
        refused("no signature", attest(None, logs), "SK6011", "no attestation report")


main()
print("; ".join(wrong[:3]))
sys.exit(1 if wrong else 0)
