# SPDX-License-Identifier: MIT OR Apache-2.0
"""A disk whose power can be cut: a server of the NBD protocol on a Unix socket, over an image file.

As in a real disk, what is written stays in a volatile cache until it is flushed, and only then goes to the file. A cut leaves
of the cache all, nothing, or any part of it in sectors (one may be torn): KEEP, LOSE, SOME. It comes from
outside (cut()), or when the write or flush of a given number arrives (arm(): the next one), which is then not done and never answered.

    disk = CutDisk(image, socket, random, leave="some", at=("write", 17))
    ... -drive driver=nbd,if=none,id=d0,server.type=unix,server.path=<socket>
    disk.gone.wait(...)    then kill the machine; disk.cut() in any case
"""
import os
import socket
import struct
import threading

SECTOR = 512
MAGIC, OPTION, OPTION_REPLY = 0x4E42444D41474943, 0x49484156454F5054, 0x3E889045565A9
REQUEST, REPLY = 0x25609513, 0x67446698
EXPORT_NAME, ABORT, GO = 1, 2, 7
ACK, INFO, UNSUPPORTED = 1, 3, (1 << 31) | 1
READ, WRITE, DISCONNECT, FLUSH = 0, 1, 2, 3
FLAGS = 1 | 4 | 8  # has flags, flush, force unit access
FUA = 1
EINVAL = 22


class CutDisk:
    def __init__(self, image, path, random, leave="keep", at=None):
        self.random, self.leave, self.at = random, leave, at
        self.file = os.open(image, os.O_RDWR)
        self.size = os.fstat(self.file).st_size
        self.cache = {}  # number of a sector: its bytes, written and not flushed
        self.counts = {"write": 0, "flush": 0}
        self.lost = self.left = 0
        self.lock = threading.Lock()
        self.gone = threading.Event()
        if os.path.exists(path):
            os.unlink(path)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        threading.Thread(target=self.serve, daemon=True).start()

    # ---- the protocol ----

    def take(self, n):
        parts = []
        while n:
            part = self.peer.recv(n)
            if not part:
                raise ConnectionError
            parts.append(part)
            n -= len(part)
        return b"".join(parts)

    def negotiate(self):
        self.peer.sendall(struct.pack(">QQH", MAGIC, OPTION, 3))
        self.take(4)
        while True:
            magic, option, length = struct.unpack(">QII", self.take(16))
            self.take(length)
            if magic != OPTION or option == ABORT:
                raise ConnectionError
            if option == EXPORT_NAME:
                self.peer.sendall(struct.pack(">QH", self.size, FLAGS))
                return
            if option == GO:
                self.answer(option, INFO, struct.pack(">HQH", 0, self.size, FLAGS))
                self.answer(option, ACK)
                return
            self.answer(option, UNSUPPORTED)

    def answer(self, option, kind, data=b""):
        self.peer.sendall(struct.pack(">QIII", OPTION_REPLY, option, kind, len(data)) + data)

    def serve(self):
        try:
            self.peer, _ = self.listener.accept()
            self.negotiate()
            while self.request():
                pass
        except OSError:
            pass  # the machine is dead

    def request(self):
        magic, flags, kind, cookie, at, length = struct.unpack(">IHHQQI", self.take(28))
        data = self.take(length) if kind == WRITE else b""
        if magic != REQUEST or kind == DISCONNECT:
            return False
        with self.lock:
            if self.gone.is_set():
                return False
            out = self.serve_one(kind, flags, at, length, data)
            if self.gone.is_set():
                return False
        error = EINVAL if out is None else 0
        self.peer.sendall(struct.pack(">IIQ", REPLY, error, cookie) + (out or b""))
        return True

    def serve_one(self, kind, flags, at, length, data):
        if at % SECTOR or length % SECTOR or at + length > self.size:
            return None
        if kind == READ:
            return b"".join(self.read(s) for s in range(at // SECTOR, (at + length) // SECTOR))
        if kind not in (WRITE, FLUSH):
            return None
        name = "write" if kind == WRITE else "flush"
        self.counts[name] += 1
        for i in range(0, len(data), SECTOR):
            self.cache[(at + i) // SECTOR] = data[i:i + SECTOR]
        if self.at == (name, self.counts[name]):
            self.fall()
        elif kind == FLUSH or flags & FUA:
            self.flush()
        return b""

    # ---- the cache ----

    def read(self, sector):
        return self.cache.get(sector) or os.pread(self.file, SECTOR, sector * SECTOR)

    def flush(self):
        for sector, data in self.cache.items():
            os.pwrite(self.file, data, sector * SECTOR)
        self.cache.clear()

    def fall(self):
        """What is left of the cache when the power goes."""
        if self.leave != "keep":
            part = 0 if self.leave == "lose" else self.random.random()
            torn = self.random.choice([None, *self.cache]) if part else None
            for sector in list(self.cache):
                if sector == torn:
                    n = self.random.randrange(1, SECTOR)
                    self.cache[sector] = self.cache[sector][:n] + os.pread(self.file, SECTOR, sector * SECTOR)[n:]
                elif self.random.random() >= part:
                    del self.cache[sector]
                    self.lost += 1
        self.left = len(self.cache)
        self.flush()
        self.gone.set()

    def arm(self, name):
        with self.lock:
            self.at = (name, self.counts[name] + 1)

    def cut(self):
        with self.lock:
            if not self.gone.is_set():
                self.fall()

    def close(self):
        """After the machine is dead."""
        self.cut()
        self.listener.close()
        os.close(self.file)
