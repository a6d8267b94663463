# SPDX-License-Identifier: MIT OR Apache-2.0
"""The chain of a witness log (docs/spec/witness.md), written a second time: for forging logs that are consistent in themselves."""
import hashlib
import struct

RECORD = 64
OPEN, SEAL = 0x85, 0x86
START = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
MASK = 0xFFFFFFFF


def constants():
    primes, n = [], 2
    while len(primes) < 64:
        if all(n % p for p in primes):
            primes.append(n)
        n += 1

    def part(p):  # 32 bits of the fraction of the cube root, in whole numbers
        low, high = 0, 1 << 40
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if middle ** 3 <= p << 96 else (low, middle)
        return low & MASK
    return [part(p) for p in primes]


K = constants()


def turn(x, n):
    return (x >> n | x << (32 - n)) & MASK


def block(state, data):
    """The state of SHA-256 behind one more block: what hashlib does not show."""
    w = list(struct.unpack(">16I", data))
    for i in range(16, 64):
        x, y = w[i - 15], w[i - 2]
        w.append((w[i - 16] + (turn(x, 7) ^ turn(x, 18) ^ x >> 3) + w[i - 7] + (turn(y, 17) ^ turn(y, 19) ^ y >> 10)) & MASK)
    a, b, c, d, e, f, g, h = state
    for i in range(64):
        t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + K[i] + w[i]
        u = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t + u) & MASK, a, b, c, (d + t) & MASK, e, f, g
    return tuple((x + y) & MASK for x, y in zip(state, (a, b, c, d, e, f, g, h)))


def chained(log, before):
    """The records of a segment with their links made anew, behind the seal `before`, and its own seal."""
    out, state = bytearray(), START
    for at in range(0, len(log), RECORD):
        r = bytearray(log[at:at + RECORD])
        if r[16] == OPEN:
            r[48:64], r[24:32], r[40:48] = before[:16], before[16:24], before[24:]
        else:
            r[48:64] = struct.pack(">4I", *state[:4])
        state = block(state, bytes(r))
        out += r
    return bytes(out), hashlib.sha256(out).digest()
