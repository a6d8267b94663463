/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/caps_trio - monitor/caps between three cores, message by message.
 *
 * The kernels are the CPU driver's own code (tests/support/sim_core.h). Messages wait until `trio_pump`. What a program asks for has
 * a number, which names the client, and by it what comes of it.
 */
#pragma once
#include "cpudriver/cap.h"
#include "monitor/caps_priv.h"
#include "tests/support/sim_core.h"
#include <check.h>
#include <string.h>

#define CORES     3
#define CLIENTS   16
#define QUEUE     64
#define ANSWER_NS 100u

extern const struct sim_size trio_size;
extern struct trio {
    struct sim_core core[CORES];
    struct {
        core_id from, to;
        struct caps_msg m;
    } queue[QUEUE];
    unsigned nqueue, answers[CLIENTS], nsuspects;
    status_t answer[CLIENTS];
    handle_t got[CLIENTS]; /* what arrived, by tag, or was made, by client */
    core_id silent;        /* it takes no messages                         */
} trio;

void trio_setup(void);
void trio_teardown(void);

void trio_deliver(unsigned at);
/* Everything that can happen without time, but that `silent` takes no message: those are lost. */
void trio_pump(void);
/* The messages of a kind that wait for a core. */
unsigned trio_waiting(core_id to, enum peer_kind kind);

status_t trio_say(core_id to, core_id from, enum peer_kind kind, const void *payload, size_t bytes);
#define SAY(to, from, NAME, ...)                                                                   \
    trio_say(to, from, PEER_##NAME, &(struct peer_##NAME){__VA_ARGS__}, sizeof(struct peer_##NAME))

/* What programs do. */
status_t trio_give(core_id from, handle_t h, core_id to, unsigned how, uint64_t n);
handle_t trio_program(core_id id, enum cap_op op, uint64_t a, uint64_t b, uint64_t c);
handle_t trio_frame(core_id id);
status_t trio_revoke(core_id id, handle_t h, uint64_t n);

/* Entries of the tables of a core that are in use. */
void trio_use(core_id id, uint32_t nodes, uint32_t holds, uint32_t passes, uint32_t ops);
#define DONE(n, st)                                                                                \
    do {                                                                                           \
        ck_assert_uint_eq(trio.answers[n], 1);                                                     \
        ck_assert_int_eq(trio.answer[n], (st));                                                    \
    } while (0)
/* Not being given away: it can be deleted, which a BUSY one cannot. */
void trio_whole(core_id id, handle_t h, uint32_t own_free);

/* RAM of core 0 that core 1 holds; core 1 has passed it on to core 2 (client, tag 1 and 2). Its node. */
uint64_t trio_shared(void);
uint64_t trio_passed_on(void);

/* Nothing has changed in the tables of a core since. */
void trio_remember(core_id id);
void trio_unchanged(core_id id);
