/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/coherence/moves - what became of advice: what is still to be asked for, asked again, or not asked for any more.
 *
 *     WANTED --asked--> done
 *        ^        |---> not now (ST_BUSY, ST_TIMEOUT ..): again in the next epochs, MOVES_TRIES times; then it stays for STAYS_SHORT
 *        |        `---> not at all (ST_TYPE ..): it stays for STAYS_LONG epochs
 *
 * advise gives a move up by itself when it was not made after 8 epochs, which is later than we do. Pure.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define MOVES_MAX   16u
#define MOVES_TRIES 6u
#define STAYS_SHORT 64u
#define STAYS_LONG  1024u

struct moves {
    struct want {
        uint32_t node;
        core_id to;
        uint16_t tries;
    } want[MOVES_MAX];
    uint32_t n;
    uint64_t done, refused, again;
    uint64_t last; /* epoch of the last one done */
};

/* False: there is no room; advise gives it up. One that is wanted already goes to the new place. */
bool moves_want(struct moves *m, uint32_t node, core_id to);
void moves_forget(struct moves *m, uint32_t node);
/* How asking for the i-th ended. *stays: epochs in which it is not to be asked for again. True: it is off the list, and the last has its place. */
bool moves_answer(struct moves *m, uint32_t i, status_t st, uint64_t epoch, uint32_t *stays);
