/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/caps_trio.h"

const struct sim_size trio_size = {.own_slots = 24,
                                   .prog_slots = 24,
                                   .pages = 8,
                                   .pool = 2,
                                   .nodes = 6,
                                   .holds = 6,
                                   .passes = 3,
                                   .ops = 4};
struct trio trio;

/* ---- the world ---- */

static void w_send(void *w, core_id to, const struct caps_msg *m)
{
    ck_assert_uint_lt(trio.nqueue, QUEUE);
    trio.queue[trio.nqueue].from = ((struct sim_core *)w)->id;
    trio.queue[trio.nqueue].to = to;
    trio.queue[trio.nqueue++].m = *m;
}

static status_t w_receiver(void *w, uint64_t to, handle_t *table)
{
    *table = ((struct sim_core *)w)->table;
    return to == 0 ? ST_OK : ST_NO_SLOT;
}

static void w_arrived(void *w, uint64_t to, handle_t given, uint64_t tag)
{
    (void)w;
    (void)to;
    trio.got[tag] = given;
}

static void w_answer(void *w, uint64_t client, status_t st, handle_t given,
                     const struct cap_desc *d)
{
    (void)w;
    (void)d;
    trio.answers[client]++;
    trio.answer[client] = st;
    if (given)
        trio.got[client] = given;
}

static void w_suspect(void *w, core_id dead)
{
    (void)w;
    (void)dead;
    trio.nsuspects++;
}

void trio_setup(void)
{
    static struct caps_env env;

    env = sim_kernel_env;
    env.send = w_send;
    env.receiver = w_receiver;
    env.arrived = w_arrived;
    env.answer = w_answer;
    env.suspect = w_suspect;
    trio.nqueue = trio.nsuspects = 0;
    trio.silent = CAPS_NO_CORE;
    memset(trio.answers, 0, sizeof trio.answers);
    memset(trio.got, 0, sizeof trio.got);
    for (core_id i = 0; i < CORES; i++) {
        sim_core_make(&trio.core[i], i, CORES, &trio_size);
        trio.core[i].caps.env = &env;
        trio.core[i].caps.answer_ns = ANSWER_NS;
        caps_init(&trio.core[i].caps);
    }
}

void trio_teardown(void)
{
    for (core_id i = 0; i < CORES; i++)
        sim_core_free(&trio.core[i]);
}

void trio_deliver(unsigned at)
{
    core_id from = trio.queue[at].from, to = trio.queue[at].to;
    struct caps_msg m = trio.queue[at].m;

    memmove(&trio.queue[at], &trio.queue[at + 1], (--trio.nqueue - at) * sizeof trio.queue[0]);
    if (to != trio.silent)
        ck_assert_int_eq(caps_message(&trio.core[to].caps, from, &m), ST_OK);
}

void trio_pump(void)
{
    for (bool more = true; more;) {
        uint64_t next;

        more = trio.nqueue > 0;
        if (more)
            trio_deliver(0);
        for (core_id i = 0; i < CORES; i++) {
            caps_look(&trio.core[i].caps);
            more = (i != trio.silent && caps_turn(&trio.core[i].caps, &next)) || more;
        }
    }
}

unsigned trio_waiting(core_id to, enum peer_kind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < trio.nqueue; i++)
        n += trio.queue[i].to == to && trio.queue[i].m.kind == kind;
    return n;
}

status_t trio_say(core_id to, core_id from, enum peer_kind kind, const void *payload, size_t bytes)
{
    struct caps_msg m = {.kind = kind};

    memcpy(m.word, payload, bytes);
    return caps_message(&trio.core[to].caps, from, &m);
}

status_t trio_give(core_id from, handle_t h, core_id to, unsigned how, uint64_t n)
{
    return caps_give(&trio.core[from].caps, n, (struct cap_at){trio.core[from].table, h},
                     RIGHTS_ALL, how, to, 0, n);
}

handle_t trio_program(core_id id, enum cap_op op, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x[8] = {a, b, c};

    ck_assert_int_eq(sim_program(&trio.core[id], op, x), ST_OK);
    return x[1];
}

handle_t trio_frame(core_id id)
{
    return trio_program(id, CAP_RETYPE, trio.core[id].ram, CAP_FRAME, PAGE_BYTES);
}

status_t trio_revoke(core_id id, handle_t h, uint64_t n)
{
    return caps_revoke(&trio.core[id].caps, n, (struct cap_at){trio.core[id].table, h});
}

void trio_use(core_id id, uint32_t nodes, uint32_t holds, uint32_t passes, uint32_t ops)
{
    uint32_t in[4];

    caps_in_use(&trio.core[id].caps, in);
    ck_assert_uint_eq(in[0], nodes);
    ck_assert_uint_eq(in[1], holds);
    ck_assert_uint_eq(in[2], passes);
    ck_assert_uint_eq(in[3], ops);
}

void trio_whole(core_id id, handle_t h, uint32_t own_free)
{
    ck_assert_uint_eq(trio.core[id].own->nfree, own_free);
    trio_program(id, CAP_DELETE, h, 0, 0);
}

uint64_t trio_shared(void)
{
    ck_assert_int_eq(trio_give(0, trio.core[0].ram, 1, CAP_COPY_OF, 1), ST_OK);
    trio_pump();
    DONE(1, ST_OK);
    return node_id(&trio.core[0].caps, &trio.core[0].caps.node[0]);
}

uint64_t trio_passed_on(void)
{
    trio_shared();
    ck_assert_int_eq(trio_give(1, trio.got[1], 2, CAP_COPY_OF, 2), ST_OK);
    trio_pump();
    DONE(2, ST_OK);
    return node_id(&trio.core[0].caps, &trio.core[0].caps.node[1]);
}

static struct caps_node was_node[6];
static struct caps_hold was_hold[6];
static struct caps_pass was_pass[3];

void trio_remember(core_id id)
{
    memcpy(was_node, trio.core[id].caps.node, sizeof was_node);
    memcpy(was_hold, trio.core[id].caps.hold, sizeof was_hold);
    memcpy(was_pass, trio.core[id].caps.pass, sizeof was_pass);
}

void trio_unchanged(core_id id)
{
    ck_assert_mem_eq(was_node, trio.core[id].caps.node, sizeof was_node);
    ck_assert_mem_eq(was_hold, trio.core[id].caps.hold, sizeof was_hold);
    ck_assert_mem_eq(was_pass, trio.core[id].caps.pass, sizeof was_pass);
}
