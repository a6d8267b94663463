/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/asks - requests that another monitor answers, perhaps through a third one: kept until it does.
 *
 *     program --call--> its monitor --> the partition's home --> where it runs
 *             <-reply--             <--                      <--
 *
 * Who passes a request on keeps it under a name of its own, which the answer brings back. Each has its patience: who does not answer
 * within it is suspected (core.h), and its death is the answer. Messages to the own core take the same way. Used by ask.c for what is
 * asked about a partition, by mover_home.c for moves. Pure.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

struct ask {
    bool passed;        /* client is a name of the asker's monitor, else the id of a program here */
    core_id to, asker;
    uint64_t client;
    uint64_t part;
    uint32_t what;      /* enum part_ask                                                          */
};

struct ask_kept {
    struct ask is;
    uint32_t number; /* raised each time: an answer that comes late is for nobody */
    bool used;
    uint64_t deadline_ns;
};

struct asks {
    struct ask_kept *kept; /* the caller's, `size` of them, cleared                  */
    unsigned size, n;
    uint32_t asked;
};

/* Kept; *ref is what the message to as->to has to bring back. ST_TABLE_FULL. */
MUST_CHECK status_t asks_begin(struct asks *a, const struct ask *as, uint64_t deadline_ns, uint64_t *ref);
/* What `from` answers: not kept any more. False: nothing was asked of it by that name. */
bool asks_take(struct asks *a, core_id from, uint64_t ref, struct ask *out);
/* The next that was asked of a core that is dead: not kept any more. False: none. */
bool asks_take_dead(struct asks *a, core_id dead, struct ask *out);
/*
 * The next whose deadline has passed; false: none. It is kept, with the deadline `again_ns`, because its death is the answer;
 * what was asked of the own core is not kept any more.
 */
bool asks_late(struct asks *a, core_id own, uint64_t now_ns, uint64_t again_ns, struct ask *out);
/* The first deadline; UINT64_MAX. */
uint64_t asks_next(const struct asks *a);
