#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
#
# pi_log.py BUNDLE - what somebody with a board does, without the board: `skerry monitor` on a serial line, then the one file
# sent to somebody else, whose `skerry report` makes the same of it.
#
# The line is a pseudo-terminal. On it comes what a machine shaped like a Raspberry Pi 5 really said, the words of a firmware
# before; the first boot stops in the middle of a line (its watchdog reset it, or the cable was pulled), the second goes to
# its end. Pieces have odd sizes. Prints "ok - what" and "not ok - what"; exit status 1 if any is not.
import json, os, pathlib, pty, random, re, shutil, subprocess, sys, tempfile, time, tty

SKERRY = "build/skerry"
FIRMWARE = b"\r\n  1.23 RPi: BOOTSYS release VERSION:12345678\r\nMBR: 0x00002000,  122880 type: 0x0c\r\n\xff\xfeNOTICE:  BL31: v2.6\r\n"
bad = 0


def check(what, good, said=""):
    global bad
    print(("ok - " if good else "not ok - ") + what)
    if not good:
        bad = 1
        for line in str(said).splitlines()[-20:]:
            print("# " + line)


def run_machine(work, bundle):
    console = work / "console"
    did = subprocess.run([SKERRY, "run", "--quiet", "--no-report", "--bundle", bundle, "--cores", "4", "--gic", "2", "--el", "2", "--mem",
                          "6G", "--timeout", "120", "--append", "skerry.rounds=40 skerry.watchdog=10000", "--log", str(console)],
                         stdin=subprocess.DEVNULL, capture_output=True, text=True)
    check("the machine runs to its end", did.returncode == 0, did.stderr)
    return console.read_bytes()


def say(line, text, rng):
    at = 0
    while at < len(text):
        n = rng.randrange(1, 700)
        os.write(line, text[at:at + n])
        at += n
        time.sleep(0.002)


def listen(work, sent, rng):
    line, other = pty.openpty()
    tty.setraw(other)
    log = work / "pi5.log"
    did = subprocess.Popen([SKERRY, "monitor", os.ttyname(other), "--until-end", "--timeout", "60", "--log", str(log)],
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for _ in range(200):  # it has the line when it has begun the log
        if log.exists() and log.stat().st_size:
            break
        time.sleep(0.05)
    say(line, sent, rng)
    out, err = did.communicate(timeout=60)
    check("it stops by itself at the end record of the second boot", did.returncode == 0, err.decode(errors="replace"))
    os.close(line)
    os.close(other)
    return log


def figures(folder):
    """All of a report but the name of its log."""
    return {k: v for k, v in json.loads((folder / "latency.json").read_text()).items() if k != "log"}


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="pi_log."))
    rng = random.Random(7)
    console = run_machine(work, sys.argv[1])
    half = console[:console.index(b'"type":"latency"') + 60]  # in the middle of a record
    sent = FIRMWARE + half + FIRMWARE + console
    log = listen(work, sent, rng)
    mine = b"".join(l for l in log.read_bytes().splitlines(keepends=True) if not re.match(rb'.\{"type":"host"', l))
    check("without the listener's records it is the console, byte for byte", mine == sent, "%d bytes, %d sent" % (len(mine), len(sent)))
    check("the listener says with what it began, and the time", b'"type":"host"' in log.read_bytes())

    sent_on = work / "elsewhere" / "pi5.log"
    sent_on.parent.mkdir()
    sent_on.write_bytes(log.read_bytes())
    did = subprocess.run([os.path.abspath(SKERRY), "report", sent_on.name], cwd=sent_on.parent, capture_output=True, text=True)
    check("the file alone makes the report, elsewhere", did.returncode == 0, did.stderr)
    try:
        here, there = work / "pi5" / "boot-2", sent_on.parent
        check("of the last boot, the same as where it was heard", figures(here) == figures(there))
        check("its matrix has all 12 pairs", len(figures(there)["pairs"]) == 12)
        check("and says that nothing of it is a measurement of hardware", "EMULATED" in (there / "latency.html").read_text())
    except (OSError, KeyError) as e:
        check("its matrix has all 12 pairs", False, repr(e))
    shutil.rmtree(work)
    return bad


sys.exit(main())
