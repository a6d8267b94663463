/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/core_priv - what core.c knows and core_tell.c tells. Nobody else includes it. */
#pragma once
#include "monitor/core.h"

struct core {
    enum core_state state;
    uint64_t deadline_ns;
    uint64_t at_ns;             /* when it came into this state */
    const char *why;            /* it was suspected             */
    struct peer_HELLO hello;
    struct peer_ISLAND island;
};

extern struct core cores[CORES_MAX];
extern uint64_t all_joined_ns, self_settled_ns;

static inline uint64_t core_bit(core_id core)
{
    return 1ull << core;
}

/* The cores in one of these states, a bit each. */
uint64_t cores_mask(enum core_state a, enum core_state b, enum core_state c);
uint64_t cores_joined(void);

/* Records: the first monitor writes them, for all cores. */
void core_report(core_id index, const char *state, uint64_t at_ns, const char *why);
void core_report_all_joined(void);
