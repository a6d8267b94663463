/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/virtio_model - a block device of virtio as the specification describes it, both
 * versions: registers (it supplies drivers/mmio.h), a medium, requests done in any order - and, if
 * told to, answers that no device should give. It knows nothing of the driver's bookkeeping.
 */
#pragma once
#include <check.h>
#include "drivers/mmio.h"
#include "drivers/virtio_blk/blk.h"

#define BASE 0x40000000ull              /* physical: where the arena is */
#define ARENA (64 * 1024u)
#define DATA (BLK_SHARED_BYTES + 4096u) /* the client's buffer in it */
#define MEDIUM 64u                      /* sectors */

/* Check notes every ck_assert in a pipe: too slow where there are millions. */
#define must(x) do { if (!(x)) ck_abort_msg("%s", #x); } while (0)

enum lie { HONEST, NO_ANSWER, ODD_ANSWER, SHORT, IO_ERROR, NO_SUCH, TOO_LONG, TWICE };

struct virtio_model {
    uint32_t magic, version, kind;
    uint64_t offers, agreed;
    uint32_t offer_sel, agree_sel, queue_max, queue_num, status, interrupts;
    uint64_t desc, avail, used;
    bool ready, refuses, stuck, restless;   /* restless: its config never stands still */
    uint32_t page_size, generation;
    uint64_t sectors;
    uint16_t seen, given, taken[64];
    unsigned ntaken, notified, resets, odd; /* odd: what no driver should do */
    uint32_t steps[16];                     /* values written to Status */
    unsigned nsteps;
};
extern struct virtio_model dev;

extern uint8_t arena[ARENA];            /* all memory there is                */
extern uint8_t medium[MEDIUM * 512];
extern struct virtio_mmio page;         /* its registers: only the address is used */

/* As from the factory: version 2, which offers more than we want. */
void model_reset(void);

/* Takes what is there, does `n` of it in any order. */
void device_works(unsigned n, enum lie lie);

/* A word of the arena at a physical address. */
uint16_t get16(uint64_t at);
