/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/share_log - what a program meets when the witness log of its core is full: for the programs `share`
 * (share.c) and `full` (full.c).
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"
#include "witness/log.h"

/* What every call of this core that changes something answered, as bits: LOG_FULL was not. */
enum log_try {
    TRY_COPY, TRY_MINT, TRY_MOVE, TRY_RETYPE, TRY_SLICE, TRY_EVENT, TRY_MAP, TRY_PROTECT, TRY_CONFIG, TRY_START, TRY_RESUME,
    TRY_SCHED, TRY_MEM, TRY_SPAWN, TRY_BIND, TRY_MERGE, TRY_SLOTS, TRY_RAM, TRY_READ, TRY_OBJECTS, TRY_SUSPEND, TRY_RECORDS
};

/* What the calls below work on; once, while there is room. */
MUST_CHECK status_t log_prepare(void);
/* Revokes are begun for log_spend to end: so many in all, enough for the reserve. They leave three records each. */
#define LOG_REVOKES (LOG_RESERVE - LOG_RESERVE_LAST + 16u)
MUST_CHECK status_t log_begin_revokes(unsigned up_to);
/* Copies made and deleted until that is refused: how often it went well. */
uint64_t log_fill(status_t *refused);
/* The last slices of revokes, until those are refused, too. By this program, or by the monitor for it. */
uint64_t log_spend(bool by_monitor, status_t *refused);
/* With a full log. 0: all is as it should be, else a bit for each that is not. */
uint64_t log_try(void);

/* For the program `share`, told by SHARE_LOG: word[0] is which of these, word[1] its argument; as the calls of share.h. */
enum log_order {
    LOG_PREPARE, LOG_FILL, LOG_SPEND, LOG_TRY, LOG_FAULT, LOG_FAULTS, LOG_CHILD, LOG_KILL_CHILD, LOG_CHILD_ENDED, LOG_BEGIN
};
void log_obey(uint64_t word[3]);

/* A task of our own runs up against nothing when told to: how often it has by now. */
MUST_CHECK status_t log_fault(void);
uint64_t log_faults(void);

/* A program `full child` in a space of its own, that ends by itself after so many ms, or is ended. */
MUST_CHECK status_t log_child(uint64_t ms);
MUST_CHECK status_t log_kill_child(void);
bool log_child_ended(void);
/* NEWS_EXIT, by who takes news itself. */
void log_news_exit(uint64_t id);
