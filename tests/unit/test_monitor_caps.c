/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/caps between three cores, message by message: senders that have no say, tables that are full, rights, and
 * what a dead core said. Every order of what honest monitors say is in tests/model/model_caps.c.
 *
 * The kernel below is the CPU driver's own code (tests/support/sim_core.h). Messages wait until `pump`.
 */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "monitor/caps_priv.h"
#include "tests/support/sim_core.h"

#define CORES 3
#define CLIENTS 16
#define QUEUE 64
#define ANSWER_NS 100u

static const struct sim_size size = { .own_slots = 24, .prog_slots = 24, .pages = 8, .pool = 2,
                                      .nodes = 6, .holds = 6, .passes = 3, .ops = 4 };
static struct sim_core core[CORES];
static struct {
    core_id from, to;
    struct caps_msg m;
} queue[QUEUE];
static unsigned nqueue, answers[CLIENTS], nsuspects;
static status_t answer[CLIENTS];
static handle_t got[CLIENTS];       /* what arrived, by tag, or was made, by client */
static core_id silent;              /* it takes no messages                         */

/* ---- the world ---- */

static void w_send(void *w, core_id to, const struct caps_msg *m)
{
    ck_assert_uint_lt(nqueue, QUEUE);
    queue[nqueue].from = ((struct sim_core *)w)->id;
    queue[nqueue].to = to;
    queue[nqueue++].m = *m;
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
    got[tag] = given;
}

static void w_answer(void *w, uint64_t client, status_t st, handle_t given, const struct cap_desc *d)
{
    (void)w;
    (void)d;
    answers[client]++;
    answer[client] = st;
    if (given)
        got[client] = given;
}

static void w_suspect(void *w, core_id dead)
{
    (void)w;
    (void)dead;
    nsuspects++;
}

static void setup(void)
{
    static struct caps_env env;

    env = sim_kernel_env;
    env.send = w_send;
    env.receiver = w_receiver;
    env.arrived = w_arrived;
    env.answer = w_answer;
    env.suspect = w_suspect;
    nqueue = nsuspects = 0;
    silent = CAPS_NO_CORE;
    memset(answers, 0, sizeof answers);
    memset(got, 0, sizeof got);
    for (core_id i = 0; i < CORES; i++) {
        sim_core_make(&core[i], i, CORES, &size);
        core[i].caps.env = &env;
        core[i].caps.answer_ns = ANSWER_NS;
        caps_init(&core[i].caps);
    }
}

static void teardown(void)
{
    for (core_id i = 0; i < CORES; i++)
        sim_core_free(&core[i]);
}

static void deliver(unsigned at)
{
    core_id from = queue[at].from, to = queue[at].to;
    struct caps_msg m = queue[at].m;

    memmove(&queue[at], &queue[at + 1], (--nqueue - at) * sizeof queue[0]);
    if (to != silent)
        ck_assert_int_eq(caps_message(&core[to].caps, from, &m), ST_OK);
}

/* Everything that can happen without time, but that `silent` takes no message: those are lost. */
static void pump(void)
{
    for (bool more = true; more;) {
        uint64_t next;

        more = nqueue > 0;
        if (more)
            deliver(0);
        for (core_id i = 0; i < CORES; i++) {
            caps_look(&core[i].caps);
            more = (i != silent && caps_turn(&core[i].caps, &next)) || more;
        }
    }
}

/* The messages of a kind that wait for a core. */
static unsigned waiting(core_id to, enum peer_kind kind)
{
    unsigned n = 0;

    for (unsigned i = 0; i < nqueue; i++)
        n += queue[i].to == to && queue[i].m.kind == kind;
    return n;
}

static status_t say_to(core_id to, core_id from, enum peer_kind kind, const void *payload, size_t bytes)
{
    struct caps_msg m = { .kind = kind };

    memcpy(m.word, payload, bytes);
    return caps_message(&core[to].caps, from, &m);
}
#define SAY(to, from, NAME, ...)                                                                   \
    say_to(to, from, PEER_##NAME, &(struct peer_##NAME){ __VA_ARGS__ }, sizeof(struct peer_##NAME))

/* ---- what programs do; the number names the client, and by it what comes of it ---- */

static status_t give(core_id from, handle_t h, core_id to, unsigned how, uint64_t n)
{
    return caps_give(&core[from].caps, n, (struct cap_at){ core[from].table, h }, RIGHTS_ALL, how, to, 0,
                     n);
}

static handle_t program(core_id id, enum cap_op op, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x[8] = { a, b, c };

    ck_assert_int_eq(sim_program(&core[id], op, x), ST_OK);
    return x[1];
}

static handle_t frame(core_id id)
{
    return program(id, CAP_RETYPE, core[id].ram, CAP_FRAME, PAGE_BYTES);
}

static status_t revoke(core_id id, handle_t h, uint64_t n)
{
    return caps_revoke(&core[id].caps, n, (struct cap_at){ core[id].table, h });
}

static void use(core_id id, uint32_t nodes, uint32_t holds, uint32_t passes, uint32_t ops)
{
    uint32_t in[4];

    caps_in_use(&core[id].caps, in);
    ck_assert_uint_eq(in[0], nodes);
    ck_assert_uint_eq(in[1], holds);
    ck_assert_uint_eq(in[2], passes);
    ck_assert_uint_eq(in[3], ops);
}

#define DONE(n, st)                                                                                \
    do {                                                                                           \
        ck_assert_uint_eq(answers[n], 1);                                                          \
        ck_assert_int_eq(answer[n], (st));                                                         \
    } while (0)

/* Not being given away: it can be deleted, which a BUSY one cannot. */
static void is_whole(core_id id, handle_t h, uint32_t own_free)
{
    ck_assert_uint_eq(core[id].own->nfree, own_free);
    program(id, CAP_DELETE, h, 0, 0);
}

/* RAM of core 0 that core 1 holds; core 1 has passed it on to core 2 (client, tag 1 and 2). */
static uint64_t shared(void)
{
    ck_assert_int_eq(give(0, core[0].ram, 1, CAP_COPY_OF, 1), ST_OK);
    pump();
    DONE(1, ST_OK);
    return node_id(&core[0].caps, &core[0].caps.node[0]);
}

static uint64_t passed_on(void)
{
    shared();
    ck_assert_int_eq(give(1, got[1], 2, CAP_COPY_OF, 2), ST_OK);
    pump();
    DONE(2, ST_OK);
    return node_id(&core[0].caps, &core[0].caps.node[1]);
}

/* ---- senders that have no say: nothing changes ---- */

static struct caps_node was_node[6];
static struct caps_hold was_hold[6];
static struct caps_pass was_pass[3];

static void remember(core_id id)
{
    memcpy(was_node, core[id].caps.node, sizeof was_node);
    memcpy(was_hold, core[id].caps.hold, sizeof was_hold);
    memcpy(was_pass, core[id].caps.pass, sizeof was_pass);
}

static void unchanged(core_id id)
{
    ck_assert_mem_eq(was_node, core[id].caps.node, sizeof was_node);
    ck_assert_mem_eq(was_hold, core[id].caps.hold, sizeof was_hold);
    ck_assert_mem_eq(was_pass, core[id].caps.pass, sizeof was_pass);
}

START_TEST(took_of_a_core_that_was_not_offered_it)
{
    uint64_t node;

    ck_assert_int_eq(give(0, core[0].ram, 1, CAP_COPY_OF, 1), ST_OK);
    node = node_id(&core[0].caps, &core[0].caps.node[0]);
    remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_TOOK, .node = node, .status = ST_OK), ST_PEER);
    ck_assert_int_eq(SAY(0, 2, CAP_TOOK, .node = node, .status = ST_NO_SLOT), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_TOOK, .node = node, .status = ST_COUNT), ST_PEER);
    unchanged(0);
    ck_assert_uint_eq(answers[1], 0);
}
END_TEST

START_TEST(back_ask_and_make_of_a_core_that_does_not_hold_it)
{
    uint64_t node = shared();

    remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_BACK, .node = node), ST_PEER);
    ck_assert_int_eq(SAY(0, 2, CAP_ASK, .node = node, .base = got[1], .bytes = PAGE_BYTES, .dest = 2),
                     ST_PEER);
    ck_assert_int_eq(SAY(0, 2, CAP_MAKE, .node = node, .bytes = PAGE_BYTES, .type = CAP_FRAME), ST_PEER);
    unchanged(0);
    ck_assert_uint_eq(nqueue, 0);
}
END_TEST

START_TEST(what_is_offered_twice_or_cannot_move)
{
    uint64_t node = shared();
    uint32_t what = (uint32_t)CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1);

    remember(1);
    ck_assert_int_eq(SAY(1, 0, CAP_GIVE, .node = node, .base = 64 * PAGE_BYTES, .bytes = PAGE_BYTES,
                         .what = what),
                     ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_GIVE, .node = node + 1, .base = 64 * PAGE_BYTES, .bytes = PAGE_BYTES,
                         .what = (uint32_t)CAP_WHAT(CAP_TASK, RIGHTS_ALL, 1)),
                     ST_PEER);
    unchanged(1);
    ck_assert_uint_eq(nqueue, 0);
}
END_TEST

/* To a core that there is not, or into a request of another. */
START_TEST(an_ask_to_nowhere_is_refused)
{
    uint64_t node = shared();
    uint64_t x[8];

    ck_assert(sim_usable(&core[0], core[0].ram, x));
    remember(0);
    ck_assert_int_eq(SAY(0, 1, CAP_ASK, .node = node, .base = x[2], .bytes = x[3], .dest = CORES), ST_OK);
    ck_assert_int_eq(SAY(0, 1, CAP_ASK, .node = node, .base = x[2], .bytes = x[3], .dest = 2,
                         .to = CAPS_TO_OP),
                     ST_OK);
    unchanged(0);
    ck_assert_uint_eq(waiting(1, PEER_CAP_GAVE), 2);
    ck_assert_uint_eq(nqueue, 2);
    ck_assert_int_eq(give(0, core[0].ram, CORES, CAP_COPY_OF, 5), ST_INVALID);
    ck_assert_int_eq(caps_give(&core[0].caps, 5, (struct cap_at){ core[0].table, core[0].ram }, RIGHTS_ALL,
                               CAP_COPY_OF, 1, CAPS_TO_OP, 5),
                     ST_INVALID);
}
END_TEST

/* One who was entitled to it once asks like this too: answered, and that is all. */
START_TEST(undo_of_a_core_that_did_not_pass_it_on)
{
    uint64_t node = shared();

    remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_UNDO, .node = node, .op = 7), ST_OK);
    unchanged(0);
    ck_assert_uint_eq(waiting(2, PEER_CAP_UNDONE), 1);
    ck_assert_uint_eq(nqueue, 1);
}
END_TEST

/* Core 2 has been offered it, and undoes it instead of answering: who asked is answered all the same. */
START_TEST(undo_before_it_is_taken)
{
    const struct caps_node *n = &core[0].caps.node[1];
    uint64_t node;

    shared();
    silent = 2;
    ck_assert_int_eq(give(1, got[1], 2, CAP_COPY_OF, 2), ST_OK);
    deliver(0);
    ck_assert_int_eq(revoke(0, core[0].ram, 3), ST_OK);
    pump();
    node = node_id(&core[0].caps, n);
    ck_assert_int_eq(n->state, NODE_RECALLED);
    ck_assert_uint_eq(answers[2], 0);
    remember(0);
    ck_assert_int_eq(SAY(0, 2, CAP_UNDO, .node = node, .op = 7), ST_PEER);
    unchanged(0);
    ck_assert_int_eq(SAY(0, 2, CAP_BACK, .node = node), ST_OK);
    pump();
    DONE(2, ST_REVOKED);
    DONE(3, ST_OK);
}
END_TEST

START_TEST(recall_and_gone_of_a_core_that_does_not_own_it)
{
    uint64_t node = passed_on();

    remember(1);
    ck_assert_int_eq(SAY(1, 2, CAP_GONE, .node = node), ST_OK);
    ck_assert_int_eq(SAY(1, 2, CAP_RECALL, .node = core[1].caps.hold[0].node), ST_OK);
    unchanged(1);
    ck_assert_uint_eq(waiting(2, PEER_CAP_BACK), 1);
}
END_TEST

START_TEST(gave_of_a_core_that_was_not_asked)
{
    uint32_t id;

    shared();
    ck_assert_int_eq(give(1, got[1], 2, CAP_COPY_OF, 2), ST_OK);
    id = pass_id(&core[1].caps, &core[1].caps.pass[0]);
    remember(1);
    ck_assert_int_eq(SAY(1, 2, CAP_GAVE, .node = 9, .op = id, .status = ST_OK), ST_PEER);
    ck_assert_int_eq(SAY(1, 2, CAP_GAVE, .op = id, .status = ST_NO_SLOT), ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_GAVE, .op = id, .status = ST_COUNT), ST_PEER);
    ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = id, .status = ST_OK), ST_PEER);
    unchanged(1);
    ck_assert_uint_eq(answers[2], 0);
    pump();
    DONE(2, ST_OK);
    remember(1); /* and of one that was, twice */
    ck_assert_int_eq(SAY(1, 0, CAP_GAVE, .node = 9, .op = id, .status = ST_OK), ST_PEER);
    unchanged(1);
}
END_TEST

START_TEST(undone_of_a_core_that_does_not_own_it)
{
    struct caps *c = &core[1].caps;
    const struct caps_pass *p = &c->pass[0];
    const struct caps_hold *h = &c->hold[1];

    passed_on();
    ck_assert_int_eq(caps_make(c, 3, (struct cap_at){ core[1].table, got[1] }, CAP_FRAME, PAGE_BYTES), ST_OK);
    pump();
    DONE(3, ST_OK);
    ck_assert_int_eq(revoke(1, got[1], 5), ST_OK);
    for (unsigned i = 0; i < 100 && h->state != HOLD_EMPTY; i++) {
        uint64_t next;

        if (p->state == PASS_UNDOING) {
            remember(1);
            ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = pass_id(c, p), .status = ST_OK), ST_PEER);
            ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = pass_id(c, p), .status = ST_AGAIN), ST_PEER);
            unchanged(1);
        }
        if (!caps_turn(c, &next) && nqueue > 0)
            deliver(0);
        (void)caps_turn(&core[0].caps, &next);
        (void)caps_turn(&core[2].caps, &next);
    }
    ck_assert_int_eq(h->state, HOLD_EMPTY);
    remember(1);
    ck_assert_int_eq(SAY(1, 2, CAP_UNDONE, .op = hold_id(c, h), .status = ST_OK), ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_UNDONE, .op = hold_id(c, h), .status = ST_NOMEM), ST_PEER);
    unchanged(1);
    ck_assert_uint_eq(answers[5], 0);
    pump();
    DONE(5, ST_OK);
}
END_TEST

/* What is offered to a request, by a core that the request did not ask. */
START_TEST(memory_and_refusals_for_a_request_of_a_core_that_was_not_asked)
{
    struct caps_op *o = &core[1].caps.op[0];
    uint32_t free = core[1].own->nfree;

    ck_assert_int_eq(caps_borrow(&core[1].caps, 3, 0, PAGE_BYTES, core[1].table), ST_OK);
    ck_assert_int_eq(SAY(1, 2, CAP_GAVE, .op = op_id(&core[1].caps, o), .status = ST_NOMEM), ST_PEER);
    ck_assert_int_eq(SAY(1, 0, CAP_GAVE, .op = op_id(&core[1].caps, o), .status = ST_OK), ST_PEER);
    ck_assert_int_eq(SAY(1, 2, CAP_GIVE, .node = 1ull << 32, .base = 64 * PAGE_BYTES, .bytes = PAGE_BYTES,
                         .to = CAPS_TO_OP | op_id(&core[1].caps, o),
                         .what = (uint32_t)CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1)),
                     ST_OK);
    ck_assert_uint_eq(waiting(2, PEER_CAP_TOOK), 1);
    ck_assert_uint_eq((uint32_t)queue[nqueue - 1].m.word[1], ST_NOT_FOUND);
    ck_assert_uint_eq(core[1].own->nfree, free);
    ck_assert_uint_eq(answers[3], 0);
    use(1, 0, 0, 0, 1);
}
END_TEST

/* ---- tables that are full ---- */

START_TEST(no_room_for_a_node_leaves_the_giver_as_it_was)
{
    handle_t f = frame(0);
    uint32_t free = core[0].own->nfree;

    core[0].caps.nnodes = 0;
    ck_assert_int_eq(give(0, f, 1, CAP_GIVE_AWAY, 1), ST_TABLE_FULL);
    use(0, 0, 0, 0, 0);
    is_whole(0, f, free);
}
END_TEST

START_TEST(no_room_for_a_pass_leaves_the_giver_as_it_was)
{
    uint32_t free;

    shared();
    free = core[1].own->nfree;
    core[1].caps.npasses = 0;
    ck_assert_int_eq(give(1, got[1], 2, CAP_GIVE_AWAY, 2), ST_TABLE_FULL);
    use(1, 0, 1, 0, 0);
    is_whole(1, got[1], free);
}
END_TEST

START_TEST(no_room_for_a_request_leaves_all_as_it_was)
{
    handle_t f = frame(0);
    uint32_t free = core[0].own->nfree;

    for (unsigned i = 0; i + 1 < size.ops; i++)
        ck_assert_int_eq(caps_borrow(&core[0].caps, i, 1, PAGE_BYTES, core[0].table), ST_OK);
    ck_assert_int_eq(give(0, f, 1, CAP_GIVE_AWAY, 8), ST_TABLE_FULL);
    ck_assert_int_eq(revoke(0, f, 8), ST_TABLE_FULL);
    ck_assert_int_eq(caps_borrow(&core[0].caps, 8, 1, PAGE_BYTES, core[0].table), ST_TABLE_FULL);
    is_whole(0, f, free);
}
END_TEST

START_TEST(no_room_at_the_receiver_leaves_the_giver_as_it_was)
{
    handle_t f = frame(0);
    uint32_t free = core[0].own->nfree;

    core[1].caps.nholds = 0;
    ck_assert_int_eq(give(0, f, 1, CAP_GIVE_AWAY, 1), ST_OK);
    pump();
    DONE(1, ST_TABLE_FULL);
    use(0, 0, 0, 0, 0);
    is_whole(0, f, free);
}
END_TEST

START_TEST(no_room_at_the_owner_is_said_to_who_asks)
{
    uint32_t free, mine;

    shared();
    free = core[1].own->nfree;
    mine = core[0].own->nfree;
    core[0].caps.nnodes = 1;
    ck_assert_int_eq(caps_make(&core[1].caps, 3, (struct cap_at){ core[1].table, got[1] }, CAP_FRAME,
                               PAGE_BYTES),
                     ST_OK);
    ck_assert_int_eq(caps_borrow(&core[1].caps, 4, 0, PAGE_BYTES, core[1].table), ST_OK);
    pump();
    DONE(3, ST_TABLE_FULL);
    DONE(4, ST_TABLE_FULL);
    ck_assert_int_eq(give(1, got[1], 2, CAP_GIVE_AWAY, 2), ST_OK);
    pump();
    DONE(2, ST_TABLE_FULL);
    ck_assert_uint_eq(core[0].own->nfree, mine);
    is_whole(1, got[1], free);
}
END_TEST

START_TEST(a_loan_that_is_refused_is_answered)
{
    ck_assert_int_eq(caps_borrow(&core[1].caps, 3, 0, 3 * PAGE_BYTES, core[1].table), ST_OK);
    pump();
    ck_assert_uint_eq(answers[3], 1);
    ck_assert_int_ne(answer[3], ST_OK);
    use(0, 0, 0, 0, 0);
    use(1, 0, 0, 0, 0);
}
END_TEST

/* Core 0 is in the middle of a revoke of its own, its table of requests is full, and core 1 undoes what has gone. */
static struct caps_pass *undo_without_room(void)
{
    struct caps *c = &core[0].caps;
    handle_t f = frame(0);

    passed_on();
    ck_assert_int_eq(give(0, f, 2, CAP_COPY_OF, 3), ST_OK);
    pump();
    ck_assert_int_eq(revoke(0, f, 4), ST_OK); /* its CAP_RECALL stays in the queue */
    c->nops = 2;
    ck_assert_int_eq(SAY(0, 2, CAP_UNDO, .node = 99, .op = 1), ST_OK);
    ck_assert_uint_eq(waiting(2, PEER_CAP_UNDONE), 0);
    ck_assert_int_eq(SAY(0, 2, CAP_BACK, .node = node_id(c, &c->node[1])), ST_OK);
    ck_assert_int_eq(revoke(1, got[1], 5), ST_OK); /* CAP_UNDO and CAP_GONE cross */
    ck_assert_int_eq(core[1].caps.pass[0].state, PASS_UNDOING);
    for (unsigned i = 0; i < nqueue;)
        if (queue[i].to == 2)
            i++;
        else
            deliver(i);
    return &core[1].caps.pass[0];
}

START_TEST(an_undo_without_room_is_asked_again_and_nobody_answered_before)
{
    const struct caps_pass *p = undo_without_room();
    uint64_t next;

    ck_assert_int_eq(p->state, PASS_RETRY);
    ck_assert_uint_eq(answers[5], 0);
    ck_assert_uint_ne(p->deadline_ns, 0);
    core[0].caps.nops = size.ops;
    caps_at(&core[1].caps, CAPS_RETRY_NS + ANSWER_NS);
    while (caps_turn(&core[1].caps, &next))
        ;
    ck_assert_int_eq(p->state, PASS_UNDOING);
    ck_assert_uint_eq(nsuspects, 0);
    core[2].caps.hold[0] = (struct caps_hold){ 0 }; /* said to have been given back */
    pump();
    DONE(4, ST_OK);
    DONE(5, ST_OK);
    use(1, 0, 1, 0, 0);
}
END_TEST

/* Revokes that fill the table wait for an undo; the last entry is not theirs. */
START_TEST(a_full_table_of_requests_still_takes_an_undo)
{
    for (unsigned i = 0; i + 1 < size.ops; i++)
        ck_assert_int_eq(caps_borrow(&core[0].caps, i, 2, PAGE_BYTES, core[0].table), ST_OK);
    ck_assert_int_eq(SAY(0, 1, CAP_UNDO, .node = 99, .op = 1), ST_OK);
    ck_assert_uint_eq(waiting(1, PEER_CAP_UNDONE), 1);
    ck_assert_uint_eq(queue[nqueue - 1].m.word[0] >> 32, ST_OK);
}
END_TEST

/* ---- rights ---- */

START_TEST(a_copy_that_may_not_write_is_not_retyped)
{
    struct caps *c = &core[1].caps;
    handle_t reads;

    shared();
    reads = program(1, CAP_COPY, got[1], 0, RIGHT_READ);
    ck_assert_int_eq(caps_make(c, 3, (struct cap_at){ core[1].table, reads }, CAP_FRAME, PAGE_BYTES),
                     ST_DENIED);
    ck_assert_int_eq(caps_make(c, 3, (struct cap_at){ core[1].table, got[1] }, CAP_TASK, PAGE_BYTES),
                     ST_TYPE);
    ck_assert_int_eq(caps_make(c, 3, (struct cap_at){ core[1].table, core[1].ram }, CAP_FRAME, PAGE_BYTES),
                     ST_INVALID);
    ck_assert_uint_eq(nqueue, 0);
    use(1, 0, 1, 0, 0);
}
END_TEST

/* What may not be passed on stays on its core, whichever way its program asks for; the monitor alone carries it along. */
START_TEST(without_grant_a_program_sends_nothing_to_another_core)
{
    struct cap_at at = { core[0].table, program(0, CAP_COPY, frame(0), 0, RIGHT_READ | RIGHT_WRITE) };
    uint64_t x[8];

    for (unsigned how = CAP_GIVE_AWAY + 1; how <= 0xff; how++)
        ck_assert_int_eq(give(0, at.handle, 1, how, 4), ST_INVALID);
    ck_assert_int_eq(give(0, at.handle, 1, CAP_COPY_OF, 4), ST_DENIED);
    ck_assert_int_eq(give(0, at.handle, 1, CAP_GIVE_AWAY, 4), ST_DENIED);
    ck_assert_uint_eq(nqueue, 0);
    use(0, 0, 0, 0, 0);
    ck_assert_int_eq(caps_carry(&core[0].caps, 4, at, RIGHTS_ALL, 1, 0, 4), ST_OK);
    pump();
    DONE(4, ST_OK);
    ck_assert(sim_usable(&core[1], got[4], x));
    ck_assert_uint_eq(CAP_WHAT_RIGHTS(x[1]), RIGHT_READ | RIGHT_WRITE);
}
END_TEST

/* ---- the dead ---- */

START_TEST(two_gives_to_a_core_that_died_stay_with_their_giver)
{
    handle_t a = frame(0), b = frame(0);
    uint32_t free = core[0].own->nfree;

    silent = 1;
    ck_assert_int_eq(give(0, a, 1, CAP_GIVE_AWAY, 1), ST_OK);
    ck_assert_int_eq(give(0, b, 1, CAP_GIVE_AWAY, 2), ST_OK);
    pump();
    caps_core_dead(&core[0].caps, 1);
    DONE(1, ST_DEAD_CORE);
    DONE(2, ST_DEAD_CORE);
    use(0, 0, 0, 0, 0);
    is_whole(0, a, free);
    is_whole(0, b, free);
    ck_assert_int_eq(give(0, core[0].ram, 1, CAP_COPY_OF, 3), ST_DEAD_CORE);
}
END_TEST

START_TEST(nothing_is_passed_on_to_a_dead_core)
{
    uint32_t free;

    shared();
    free = core[1].own->nfree;
    caps_core_dead(&core[0].caps, 2);
    ck_assert_int_eq(give(1, got[1], 2, CAP_GIVE_AWAY, 2), ST_OK);
    deliver(0);
    ck_assert_uint_eq(waiting(2, PEER_CAP_GIVE), 0);
    pump();
    DONE(2, ST_DEAD_CORE);
    is_whole(1, got[1], free);
}
END_TEST

START_TEST(what_a_dead_core_sent_before_changes_nothing)
{
    uint64_t node = passed_on();

    caps_core_dead(&core[0].caps, 1);
    pump();
    remember(0);
    nqueue = 0;
    ck_assert_int_eq(SAY(0, 1, CAP_LEND, .bytes = PAGE_BYTES), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_UNDO, .node = node, .op = 1), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_RECALL, .node = 5), ST_PEER);
    ck_assert_int_eq(SAY(0, 1, CAP_GIVE, .node = 1ull << 32, .base = 64 * PAGE_BYTES, .bytes = PAGE_BYTES,
                         .what = (uint32_t)CAP_WHAT(CAP_FRAME, RIGHTS_ALL, 1)),
                     ST_PEER);
    unchanged(0);
    ck_assert_uint_eq(nqueue, 0);
}
END_TEST

/* Core 1 passed it on to core 2 and stopped: nobody is told that core 2 has it, or has it not. */
START_TEST(a_dead_core_is_not_answered)
{
    shared();
    ck_assert_int_eq(give(1, got[1], 2, CAP_COPY_OF, 2), ST_OK);
    ck_assert_int_eq(give(1, got[1], 2, CAP_COPY_OF, 3), ST_OK);
    deliver(0);
    deliver(0);
    ck_assert_uint_eq(waiting(2, PEER_CAP_GIVE), 2);
    core[2].caps.nholds = 1; /* one is taken, one refused */
    caps_core_dead(&core[0].caps, 1);
    while (nqueue > 0) {
        ck_assert_uint_ne(queue[0].to, 1);
        deliver(0);
    }
    use(0, 1, 0, 0, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/caps");
    TCase *t = tcase_create("three cores");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, took_of_a_core_that_was_not_offered_it);
    tcase_add_test(t, back_ask_and_make_of_a_core_that_does_not_hold_it);
    tcase_add_test(t, what_is_offered_twice_or_cannot_move);
    tcase_add_test(t, an_ask_to_nowhere_is_refused);
    tcase_add_test(t, undo_of_a_core_that_did_not_pass_it_on);
    tcase_add_test(t, undo_before_it_is_taken);
    tcase_add_test(t, recall_and_gone_of_a_core_that_does_not_own_it);
    tcase_add_test(t, gave_of_a_core_that_was_not_asked);
    tcase_add_test(t, undone_of_a_core_that_does_not_own_it);
    tcase_add_test(t, memory_and_refusals_for_a_request_of_a_core_that_was_not_asked);
    tcase_add_test(t, no_room_for_a_node_leaves_the_giver_as_it_was);
    tcase_add_test(t, no_room_for_a_pass_leaves_the_giver_as_it_was);
    tcase_add_test(t, no_room_for_a_request_leaves_all_as_it_was);
    tcase_add_test(t, no_room_at_the_receiver_leaves_the_giver_as_it_was);
    tcase_add_test(t, no_room_at_the_owner_is_said_to_who_asks);
    tcase_add_test(t, a_loan_that_is_refused_is_answered);
    tcase_add_test(t, an_undo_without_room_is_asked_again_and_nobody_answered_before);
    tcase_add_test(t, a_full_table_of_requests_still_takes_an_undo);
    tcase_add_test(t, a_copy_that_may_not_write_is_not_retyped);
    tcase_add_test(t, without_grant_a_program_sends_nothing_to_another_core);
    tcase_add_test(t, two_gives_to_a_core_that_died_stay_with_their_giver);
    tcase_add_test(t, nothing_is_passed_on_to_a_dead_core);
    tcase_add_test(t, what_a_dead_core_sent_before_changes_nothing);
    tcase_add_test(t, a_dead_core_is_not_answered);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
