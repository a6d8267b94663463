/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/mmio_trap - a device model behind plain volatile accesses, on the host.
 *
 * For code that takes registers at an address, without functions in between: the pages are mapped to nobody, so each access
 * faults, the model answers, and the one instruction is done over. Reads and writes of four bytes, of eight where the
 * model says so, or of one where the instruction does. x86-64 only: elsewhere mmio_trap_open answers NULL, and there is nothing to test.
 */
#pragma once
#include "lib/base/types.h"

struct mmio_device {
    uint64_t (*read)(uint64_t offset);
    void (*write)(uint64_t offset, uint64_t value);
    bool (*is_wide)(uint64_t offset); /* eight bytes */
};

/* Where its registers are, `bytes` of whole pages. One device at a time. */
void *mmio_trap_open(const struct mmio_device *device, uint64_t bytes);
void mmio_trap_close(void);
/* Within read and write: how many bytes. */
unsigned mmio_trap_width(void);
