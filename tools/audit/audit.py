#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""audit.py - the four proofs that CPU drivers share nothing, on the real image.

  code     the disassembly has no exclusive, LSE or lock instruction; the link map no writable byte
  pages    the live page tables of all CPU drivers are disjoint apart from named device pages; also on a machine
           with a GICv2 (pages-gic2) and on one entered at EL2 (pages-el2)
  stores   no physical byte was stored to by two kernels during a whole run, apart from named device registers

Prints the figures, writes them to out/audit.json, exits 1 on any violation (each is printed), 2 if something
could not be looked at: what was not looked at is not passed.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import code_check
import pages
import stores


def main():
    p = argparse.ArgumentParser(description="Prove that no two CPU drivers share memory.")
    p.add_argument("--cores", type=int, default=8)
    p.add_argument("--only", choices=("code", "pages", "pages-gic2", "pages-el2", "stores"), action="append", help="one proof (may be repeated)")
    p.add_argument("--build", default="build")
    p.add_argument("--plugin", default="build/stores.so")
    p.add_argument("--out", default="out/audit.json")
    p.add_argument("option", nargs="*", help="after --: options of \"skerry run\"")
    a = p.parse_args()
    options = (*a.option, "--image", f"{a.build}/skerry.img", "--bundle", f"{a.build}/bundle.cpio")
    proofs = {"code": lambda: code_check.audit(a.build),
              "pages": lambda: pages.audit("pages", a.cores, options),
              "pages-gic2": lambda: pages.audit("pages-gic2", min(a.cores, 8), (*options, "--gic", "2")),
              "pages-el2": lambda: pages.audit("pages-el2", a.cores, (*options, "--el", "2")),
              "stores": lambda: stores.audit(a.plugin, f"{a.build}/cpudriver.elf", a.cores, options)}
    result, bad, blind = {"schema": "skerry.audit/1", "cores": a.cores}, 0, 0
    for name in a.only or proofs:
        try:
            figures, lines, violations = proofs[name]()
        except (RuntimeError, OSError, KeyError, ValueError, subprocess.SubprocessError) as e:
            figures, lines, violations = {}, [], []
            print(f"audit: {name}: could not look: {e}")
            blind += 1
            result[name] = {"error": str(e)}
            continue
        for line in lines:
            print(f"  {name:10} {line}")
        for v in violations[:20]:
            print(f"  {name:10} VIOLATION {v}")
        if len(violations) > 20:
            print(f"  {name:10} ... and {len(violations) - 20} more")
        bad += len(violations)
        result[name] = {**figures, "violations": violations}
    result["violations"] = bad
    pathlib.Path(a.out).parent.mkdir(parents=True, exist_ok=True)
    pathlib.Path(a.out).write_text(json.dumps(result, indent=1) + "\n")
    looked = [r for n, r in result.items() if n.startswith("pages") and "moments" in r]
    if looked:
        print(f"audit: {max(f['pages_writable_by_two'] for f in looked)} pages writable by two CPU drivers, "
              f"{max(f['private_pages_readable'] for f in looked)} private pages readable by another "
              f"({len(looked)} machines, {sum(f['moments'] for f in looked)} moments)")
    if "stores" in result and "addresses_stored_by_two" in result["stores"]:
        print(f"audit: {result['stores']['addresses_stored_by_two']} addresses stored to by two kernels")
    if "code" in result and "exclusive" in result["code"]:
        f = result["code"]
        print(f"audit: {f['exclusive']} exclusive, {f['lse']} LSE, {f['lock_helpers']} lock instructions; "
              f"{f['writable_bytes_outside_kcb']} writable bytes outside the control block")
    print(f"audit: {bad} violations" + (f", {blind} of the proofs could not be made" if blind else "") + f" ({a.out})")
    return 2 if blind else bad > 0


sys.exit(main())
