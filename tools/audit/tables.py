# SPDX-License-Identifier: MIT OR Apache-2.0
"""tables - walk the translation tables of a stopped machine as the hardware would.

VMSAv8-64 with 4 KiB granules, any start level. Knows nothing of how Skerry builds tables: only
the system registers and the bytes in physical memory count.
"""
import collections

PAGE = 4096
Mapping = collections.namedtuple("Mapping", "va pa size write user execute")
Regime = collections.namedtuple("Regime", "el ttbr0 ttbr1 tcr")


def bits(value, high, low):
    return value >> low & ((1 << (high - low + 1)) - 1)


def regime(gdb):
    """The translation registers that this virtual CPU's kernel uses: EL1's, or EL2's under VHE."""
    hcr = gdb.register("HCR_EL2") or 0
    el = 2 if hcr >> 34 & 1 and hcr >> 27 & 1 else 1
    values = [gdb.register(f"{r}_EL{el}") for r in ("TTBR0", "TTBR1", "TCR")]
    if None in values:
        raise RuntimeError(f"QEMU does not show TTBR0_EL{el}, TTBR1_EL{el} and TCR_EL{el}")
    return Regime(el, *values)


class Walker:
    def __init__(self, gdb):
        self.gdb, self.seen = gdb, {}

    def _table(self, pa, entries):
        if (pa, entries) not in self.seen:
            raw = self.gdb.physical(pa, entries * 8)
            self.seen[pa, entries] = [int.from_bytes(raw[i:i + 8], "little") for i in range(0, len(raw), 8)]
        return self.seen[pa, entries]

    def half(self, r, which):
        """Every mapping under TTBR0 (which = 0) or TTBR1 (1); none if walks there are off."""
        tcr, ttbr = r.tcr, (r.ttbr0, r.ttbr1)[which]
        size = bits(tcr, 21, 16) if which else bits(tcr, 5, 0)
        if bits(tcr, 23, 23) if which else bits(tcr, 7, 7):
            return []
        granule = bits(tcr, 31, 30) == 2 if which else bits(tcr, 15, 14) == 0
        if not granule:
            raise RuntimeError(f"TTBR{which} does not use 4 KiB granules (TCR {tcr:#x})")
        width = 64 - size
        level = 4 - -(-(width - 12) // 9)
        entries = 1 << (width - 12 - 9 * (3 - level))
        base = (1 << 64) - (1 << width) if which else 0
        out = []
        root = bits(ttbr, 47, 0) & ~1 & ~(entries * 8 - 1)
        self._walk(root, entries, level, base, True, True, out)
        return out

    def _walk(self, pa, entries, level, va, may_write, may_user, out):
        span = 1 << (12 + 9 * (3 - level))
        for i, d in enumerate(self._table(pa, entries)):
            if not d & 1 or level == 3 and not d & 2:
                continue
            at = va + i * span
            if level < 3 and d & 2:
                self._walk(d & 0xFFFFFFFFF000, 512, level + 1, at, may_write and not d >> 62 & 1,
                           may_user and not d >> 61 & 1, out)
                continue
            # AP[2] clear or the dirty-bit modifier set: stores can succeed.
            write = may_write and (not d >> 7 & 1 or bool(d >> 51 & 1))
            user = may_user and bool(d >> 6 & 1)
            execute = not (d >> 54 & 1 if user else d >> 53 & 1)
            out.append(Mapping(at, d & 0xFFFFFFFFF000 & ~(span - 1), span, write, user, execute))


class Ranges:
    """A set of bytes as sorted, disjoint [low, high) pairs."""

    def __init__(self, pairs=()):
        self.pairs = []
        for low, high in sorted(p for p in pairs if p[0] < p[1]):
            if self.pairs and low <= self.pairs[-1][1]:
                self.pairs[-1] = (self.pairs[-1][0], max(high, self.pairs[-1][1]))
            else:
                self.pairs.append((low, high))

    def __and__(self, other):
        out, i, j = [], 0, 0
        while i < len(self.pairs) and j < len(other.pairs):
            (a, b), (c, d) = self.pairs[i], other.pairs[j]
            if max(a, c) < min(b, d):
                out.append((max(a, c), min(b, d)))
            if b < d:
                i += 1
            else:
                j += 1
        return Ranges(out)

    def __sub__(self, other):
        out = []
        for low, high in self.pairs:
            for c, d in other.pairs:
                if d <= low or c >= high:
                    continue
                out.append((low, c))
                low = max(low, d)
            out.append((low, high))
        return Ranges(out)

    def __or__(self, other):
        return Ranges(self.pairs + other.pairs)

    def __bool__(self):
        return bool(self.pairs)

    def __str__(self):
        return ", ".join(f"{a:#x}+{b - a:#x}" for a, b in self.pairs) or "nothing"

    def pages(self):
        return sum((b + PAGE - 1) // PAGE - a // PAGE for a, b in self.pairs)

    def bytes(self):
        return sum(b - a for a, b in self.pairs)
