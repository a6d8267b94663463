# SPDX-License-Identifier: MIT OR Apache-2.0
"""gdb - just enough of the GDB remote protocol to read a stopped QEMU from outside.

Connecting stops the machine; closing the connection lets it run on. Nothing is written into
the machine. Registers are found by the names QEMU gives in its target description, which
holds the system registers too.
"""
import re
import socket
import time


class Gdb:
    def __init__(self, path, seconds=20):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(seconds)
        end = time.monotonic() + seconds
        while True:
            try:
                self.sock.connect(path)
                break
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > end:
                    raise RuntimeError(f"QEMU's debugger port {path} does not answer")
                time.sleep(0.05)
        self.buf = b""
        self.ask("qSupported:xmlRegisters=arm")
        self.ask("?")
        self.number = self._registers()

    def close(self):
        self._send("D")
        self.sock.close()

    # -- packets -------------------------------------------------------------------------------

    def _byte(self):
        if not self.buf:
            self.buf = self.sock.recv(65536)
            if not self.buf:
                raise RuntimeError("QEMU closed the debugger port")
        b, self.buf = self.buf[:1], self.buf[1:]
        return b

    def _send(self, text):
        data = text.encode()
        self.sock.sendall(b"$" + data + b"#" + b"%02x" % (sum(data) & 0xFF))
        while self._byte() != b"+":
            pass

    def _receive(self):
        while self._byte() != b"$":
            pass
        body = bytearray()
        while (b := self._byte()) != b"#":
            if b == b"}":
                body.append(self._byte()[0] ^ 0x20)
            elif b == b"*":
                body += body[-1:] * (self._byte()[0] - 29)
            else:
                body += b
        self._byte(), self._byte()
        self.sock.sendall(b"+")
        return bytes(body)

    def ask(self, text):
        self._send(text)
        return self._receive()

    # -- registers and threads -----------------------------------------------------------------

    def _document(self, name):
        text, at = b"", 0
        while True:
            part = self.ask(f"qXfer:features:read:{name}:{at:x},7f0")
            text += part[1:]
            at += len(part) - 1
            if part[:1] != b"m":
                return text.decode()

    def _registers(self):
        number, n = {}, 0
        for name in re.findall(r'href="([^"]+)"', self._document("target.xml")):
            for reg in re.findall(r"<reg\b[^>]*>", self._document(name)):
                m = re.search(r'regnum="(\d+)"', reg)
                n = int(m[1]) if m else n
                number[re.search(r'name="([^"]+)"', reg)[1]] = n
                n += 1
        return number

    def cpus(self):
        """Thread names in the order of the virtual CPUs."""
        names, part = [], self.ask("qfThreadInfo")
        while part[:1] == b"m":
            names += part[1:].decode().split(",")
            part = self.ask("qsThreadInfo")
        return sorted(names, key=lambda t: [int(x, 16) for x in re.findall(r"[0-9a-f]+", t)])

    def select(self, cpu):
        if self.ask(f"Hg{cpu}") != b"OK":
            raise RuntimeError(f"QEMU does not know virtual CPU {cpu}")

    def register(self, name):
        """Its value, or None if this CPU has no such register."""
        if name not in self.number:
            return None
        answer = self.ask(f"p{self.number[name]:x}")
        if not answer or answer[:1] == b"E":
            return None
        return int.from_bytes(bytes.fromhex(answer.decode()), "little")

    # -- physical memory -----------------------------------------------------------------------

    def physical(self, address, length):
        if self.ask("Qqemu.PhyMemMode:1") != b"OK":
            raise RuntimeError("this QEMU cannot show physical memory to a debugger")
        out = b""
        while len(out) < length:
            n = min(1024, length - len(out))
            answer = self.ask(f"m{address + len(out):x},{n:x}")
            if not answer or answer[:1] == b"E" and len(answer) == 3:
                raise RuntimeError(f"no memory at {address + len(out):#x}")
            out += bytes.fromhex(answer.decode())
        return out
