/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/ask - requests about a partition that another monitor answers, perhaps through a third one.
 *
 *     program --call--> its monitor --> the partition's home --> where it runs
 *             <-reply--             <--                      <--
 *
 * Who passes a request on keeps it here under a name of its own, which the answer brings back. Each has its patience: who does not
 * answer within it is suspected (core.h), and its death is the answer. Messages to the own core take the same way.
 */
#pragma once
#include "lib/rt/syscall.h"

struct ask {
    bool passed;        /* client is a name of the asker's monitor, else the id of a program here */
    core_id to, asker;
    uint64_t client;
    uint64_t part;
    uint32_t what;      /* enum part_ask                                                          */
};

/*
 * Kept; *ref is what the message to as->to has to bring back. `hops`: how many monitors are behind the next one, each with a patience
 * of its own; all of them together may take `ns` to do it. ST_TABLE_FULL.
 */
MUST_CHECK status_t ask_begin(const struct ask *as, unsigned hops, uint64_t ns, uint64_t *ref);

/* What `from` answers: not kept any more. False: nothing was asked of it by that name. */
bool ask_take(core_id from, uint64_t ref, struct ask *out);

/* To the program, or to the monitor that asked: w[0] status, w[1..5] as PART_SAID. */
void ask_answer(const struct ask *a, const struct rt_msg *m);

void ask_core_dead(core_id core);
/* To be called at the latest. */
uint64_t ask_turn(uint64_t now_ns);
