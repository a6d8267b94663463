# SPDX-License-Identifier: MIT OR Apache-2.0
"""stores - run the whole system under the plugin stores.c and judge what it saw."""
import json

from machine import Machine, named_devices
from tables import Ranges


def audit(plugin, elf, ncores=8, options=(), seconds=240):
    out = "out/audit/stores.json"
    m = Machine("stores", ("--cores", str(ncores), *options), ("-plugin", f"{plugin},out={out}"))
    named = named_devices(m.tree())
    with m:
        m.wait_end(seconds)
    joined = [r for r in m.records() if r.get("type") == "all_joined"]
    seen = json.load(open(out))
    bad, lines, addresses, device_bytes = [], [], 0, 0
    if not joined or joined[0].get("cores") != ncores:
        bad.append(f"the run did not bring up {ncores} cores ({m.log})")
    if len(seen["cpus"]) != ncores:
        bad.append(f"kernel stores of {len(seen['cpus'])} cores seen, expected {ncores}; nothing was proved for the rest")
    for c in seen["cpus"]:
        if c["unknown"]:
            bad.append(f"core {c['cpu']}: {c['unknown']} kernel stores whose physical address is not known")
    for s in seen["shared"]:
        r = Ranges([(s["from"], s["from"] + s["bytes"])])
        name = next((n for n, d in named.items() if not r - d), None)
        if name and s["io"]:
            device_bytes += s["bytes"]
            lines.append(f"device register by name: {name}, {s['from']:#x}+{s['bytes']}, stored to by cores {s['cpus']}")
        else:
            addresses += s["bytes"]
            pcs = ", ".join(f"core {c} near {pc - s_base(m, c):#x}" for c, pc in zip(s["cpus"], s["pc"]))
            bad.append(f"stored to by the kernels of cores {s['cpus']}: {s['from']:#x}+{s['bytes']}"
                       f"{' (device ' + s['device'] + ')' if s['io'] else ''}; {pcs} in {elf}")
    total = sum(c["stores"] for c in seen["cpus"])
    lines.insert(0, f"{total} kernel stores of {len(seen['cpus'])} cores, whole run: {addresses} addresses stored to by two kernels "
                    f"apart from {device_bytes} bytes of named device registers")
    figures = {"cores": len(seen["cpus"]), "kernel_stores": total, "addresses_stored_by_two": addresses,
               "named_device_bytes": device_bytes, "stores_per_core": [c["stores"] for c in seen["cpus"]]}
    return figures, lines, bad


def s_base(m, core):
    """Where this core's private copy of the CPU driver runs, so that a pc can be looked up in the ELF file."""
    for r in m.records():
        if r.get("type") == "core" and r.get("index") == core and "kernel" in r:
            return int(r["kernel"], 16) + 0xFFFFFF8000000000
    return 0
