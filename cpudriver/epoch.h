/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/epoch - every 10 ms what this core's scheduler did, in one record: SchedulerEpoch (docs/spec/witness.md).
 *
 *     busy   |----- epoch n -----|-- n+1 --|     idle      |-- m --|
 *                                R         R               ^ wakes: the epoch of that moment begins
 *
 * While a program runs the timer is never set for later than the end of the epoch. A core that becomes idle lets it fire
 * once more, for the record, and then sleeps as long as it likes: an idle core writes nothing. Nor does one where
 * nothing was switched to: one program that computes, alone.
 *
 * The record is a summary and nobody's right, so it never stands in the way: it is written while the log has room to
 * spare, and what is left out is counted in the next one. Nothing here costs a switch anything: partitions are
 * counted behind a mark in the list of spaces, which switches keep in the order of their last entry.
 */
#pragma once
#include "lib/base/list.h"
#include "lib/base/types.h"

struct kcb;

struct epoch {
    uint64_t length;             /* ticks; 0: no epochs                              */
    uint64_t begin, end;         /* of this one; end is UINT64_MAX without           */
    uint64_t switches, missed, idle, switching; /* of the core, when it began        */
    uint32_t skipped;            /* records left out since the last                  */
    struct list mark;            /* in kcb.asid_lru: behind it, what was entered since */
};

void epoch_init(struct kcb *k, uint64_t length_ticks);
/* It has ended: its record, if there is anything to say, and the next begins. */
void epoch_turn(struct kcb *k, uint64_t now);
/* The core was idle, and is not any more. */
void epoch_resume(struct kcb *k, uint64_t now);
