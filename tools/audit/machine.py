# SPDX-License-Identifier: MIT OR Apache-2.0
"""machine - boot Skerry for the audit and say what the machine is, from its own device tree."""
import json
import pathlib
import shlex
import struct
import subprocess
import time

from tables import Ranges


class Machine:
    """A QEMU of ours: started with the line that "skerry run --print" gives, plus `extra`."""

    def __init__(self, name, options=(), extra=(), skerry="build/skerry"):
        self.dir = pathlib.Path("out/audit")
        self.dir.mkdir(parents=True, exist_ok=True)
        self.log = self.dir / f"{name}.log"
        printed = subprocess.run([skerry, "run", "--print", *options], capture_output=True, text=True)
        if printed.returncode or not printed.stdout.strip():
            raise RuntimeError(f"skerry run --print: {printed.stderr.strip() or 'printed nothing'}")
        self.line = shlex.split(printed.stdout.strip().splitlines()[-1])
        self.extra = list(extra)
        self.qemu = None

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.qemu = subprocess.Popen(self.line + self.extra, stdin=subprocess.DEVNULL, stdout=log,
                                         stderr=subprocess.STDOUT)
        return self

    def __exit__(self, *_):
        if self.qemu.poll() is None:
            self.qemu.terminate()
            try:
                self.qemu.wait(5)
            except subprocess.TimeoutExpired:
                self.qemu.kill()
                self.qemu.wait()

    def records(self):
        out = []
        for line in self.log.read_bytes().split(b"\n"):
            if line.lstrip(b"\r")[:1] == b"\x1e":
                try:
                    out.append(json.loads(line.strip(b"\r\x1e")))
                except ValueError:
                    pass                      # the last line while it is being written
        return out

    def wait_for(self, kind, seconds):
        """The first record of this type, or an error that says how far the machine came."""
        end = time.monotonic() + seconds
        while True:
            for r in self.records():
                if r.get("type") == "panic":
                    raise RuntimeError(f"the machine panicked: {r.get('reason')} ({self.log})")
                if r.get("type") == kind:
                    return r
            if self.qemu.poll() is not None:
                raise RuntimeError(f"the machine ended before its '{kind}' record ({self.log})")
            if time.monotonic() > end:
                raise RuntimeError(f"no '{kind}' record within {seconds} s ({self.log})")
            time.sleep(0.02)

    def wait_end(self, seconds):
        try:
            status = self.qemu.wait(seconds)
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"the run did not end within {seconds} s ({self.log})") from None
        if status:
            raise RuntimeError(f"the run ended with status {status} ({self.log})")

    def tree(self):
        """The device tree of exactly this machine, as QEMU makes it."""
        dtb = self.dir / "machine.dtb"
        line = list(self.line)
        at = line.index("-M") + 1
        line[at] += f",dumpdtb={dtb}"
        subprocess.run(line, check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=30)
        return parse_tree(dtb.read_bytes())


def parse_tree(blob):
    """{path: {property: bytes}} of a flattened device tree."""
    magic, _, off_struct, off_strings = struct.unpack_from(">IIII", blob)
    if magic != 0xD00DFEED:
        raise RuntimeError("QEMU's device tree has no device-tree magic number")
    nodes, path, at = {}, [], off_struct
    while True:
        (token,) = struct.unpack_from(">I", blob, at)
        at += 4
        if token == 1:
            end = blob.index(b"\0", at)
            path.append(blob[at:end].decode())
            nodes["/".join(path) or "/"] = {}
            at = (end + 4) & ~3
        elif token == 2:
            path.pop()
        elif token == 3:
            length, name = struct.unpack_from(">II", blob, at)
            end = blob.index(b"\0", off_strings + name)
            nodes["/".join(path) or "/"][blob[off_strings + name:end].decode()] = blob[at + 8:at + 8 + length]
            at = (at + 8 + length + 3) & ~3
        elif token == 9:
            return nodes


def reg(node):
    """(base, size) pairs; the virt board has two cells each at the top."""
    return [struct.unpack_from(">QQ", node["reg"], i) for i in range(0, len(node["reg"]) // 16 * 16, 16)]


def named_devices(tree):
    """The device registers that two CPU drivers may both reach, by name. The list is explicit and short."""
    out = {}
    for node in tree.values():
        names = node.get("compatible", b"").split(b"\0")
        if b"arm,gic-v3" in names:
            out["GIC distributor"] = reg(node)[0]
        if b"arm,cortex-a15-gic" in names or b"arm,gic-400" in names:
            out["GIC distributor"] = reg(node)[0]
            out["GICv2 CPU interface (banked for each core by the hardware)"] = reg(node)[1]
        if b"arm,pl011" in names:
            out.setdefault("console UART (while booting, and in a panic)", reg(node)[0])
    return {name: Ranges([(base, base + size)]) for name, (base, size) in out.items()}


def ram(tree):
    return Ranges((b, b + n) for path, node in tree.items() if node.get("device_type") == b"memory\0"
                  for b, n in reg(node))


