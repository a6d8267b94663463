/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Capabilities in messages between tasks of one core: cpudriver/carry.h. All of them arrive, or none. */
#include <check.h>
#include <string.h>
#include "cpudriver/cap.h"
#include "cpudriver/task.h"
#include "tests/support/fake_core.h"

#define SHARE  (8u << 20)
#define PEERS  6u
#define SLOTS  8u
#define COPIED(rights) MSG_CAPS(rights, CAP_COPY_OF, rights, CAP_COPY_OF, 0)
#define GIVEN(rights) MSG_CAPS(rights, CAP_GIVE_AWAY, rights, CAP_GIVE_AWAY, 0)

static struct world w;
static handle_t port; /* in the table of the first task, who serves */

static struct peer {
    struct task *task;
    struct captable *table;
    handle_t task_cap, table_cap, port, cap[2]; /* the last three in its own table */
} peer[PEERS];

static handle_t make(enum cap_type type, uint64_t bytes)
{
    uint64_t x[8];
    status_t st;

    do {
        memcpy(x, (uint64_t[8]){ w.ram, type, bytes }, sizeof x);
        st = world_call(&w, SYS_cap_grant, CAP_RETYPE, x);
    } while (st == ST_AGAIN);
    ck_assert_int_eq(st, ST_OK);
    return x[1];
}

static handle_t copy(handle_t from, handle_t table, uint8_t rights)
{
    uint64_t x[8] = { from, table, rights };

    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_COPY, x), ST_OK);
    return x[1];
}

static struct cap *cap_in(struct captable *table, handle_t h)
{
    struct cap *c;

    ck_assert_int_eq(cap_find(table, h, CAP_NULL, 0, &c), ST_OK);
    return c;
}

static void drop(struct peer *p, handle_t h)
{
    ck_assert_int_eq(cap_remove(w.k, cap_in(p->table, h)), ST_OK);
}

static void make_peer(struct peer *p, uint64_t badge)
{
    uint64_t x[8] = { port, 0, RIGHT_WRITE, badge };
    handle_t frame[2] = { make(CAP_FRAME, PAGE_BYTES), make(CAP_FRAME, PAGE_BYTES) };

    p->table_cap = make(CAP_CAPTABLE, SLOTS);
    p->task_cap = make(CAP_TASK, 0);
    p->table = (struct captable *)(uintptr_t)cap_in(w.table, p->table_cap)->object;
    p->task = CONTAINER_OF((struct object *)(uintptr_t)cap_in(w.table, p->task_cap)->object,
                           struct task, object);
    x[1] = p->table_cap;
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_MINT, x), ST_OK);
    p->port = x[1];
    for (unsigned i = 0; i < 2; i++)
        p->cap[i] = copy(frame[i], p->table_cap, RIGHTS_ALL);
    memcpy(x, (uint64_t[8]){ p->task_cap, p->table_cap, w.space }, sizeof x);
    ck_assert_int_eq(world_call(&w, SYS_task_spawn, TASK_CONFIG, x), ST_OK);
    memcpy(x, (uint64_t[8]){ p->task_cap, 0x1000, 0x2000 }, sizeof x);
    ck_assert_int_eq(world_call(&w, SYS_task_spawn, TASK_START, x), ST_OK);
}

static void setup(void)
{
    world_make(&w, SHARE);
    w.k->root = w.root;
    port = make(CAP_ENDPOINT, 0);
    for (unsigned i = 0; i < PEERS; i++)
        make_peer(&peer[i], i + 1);
}

static void teardown(void)
{
    world_check(&w);
    world_free(&w);
}

/* ---- who runs does what ---- */

static void yield_to(const struct task *t)
{
    for (unsigned i = 0; i < 2 * PEERS && w.k->current != t; i++)
        (void)world_call(&w, SYS_timer_wait, TIMER_YIELD, (uint64_t[8]){ 0 });
    ck_assert_ptr_eq(w.k->current, t);
}

/* The server waits for callers; its answer is in w.root->frame when it runs again. */
static void serve(unsigned takes, uint64_t deadline)
{
    yield_to(w.root);
    (void)world_call(&w, SYS_queue_recv, RECV_WAIT_CAPS, (uint64_t[8]){ port, 0, deadline, takes });
}

static void send(struct peer *p, uint64_t how, handle_t a, handle_t b)
{
    yield_to(p->task);
    (void)world_call(&w, SYS_queue_send, SEND_CALL_CAPS,
                     (uint64_t[8]){ p->port, 11, 22, 33, how, a, b });
}

static status_t answer_of(const struct task *t)
{
    return (status_t)t->frame.x[0];
}

static status_t reply(uint64_t how, handle_t a, handle_t b)
{
    ck_assert_ptr_eq(w.k->current, w.root);
    return world_call(&w, SYS_queue_recv, RECV_REPLY_CAPS,
                      (uint64_t[8]){ 0, 44, 55, 66, how, a, b });
}

static bool has(struct captable *table, handle_t h)
{
    struct cap *c;

    return cap_find(table, h, CAP_NULL, 0, &c) == ST_OK;
}

/* ---- tests ---- */

START_TEST(two_capabilities_arrive_with_three_words)
{
    struct peer *p = &peer[0];
    uint64_t is[2] = { cap_in(p->table, p->cap[0])->object, cap_in(p->table, p->cap[1])->object };
    uint32_t free_there = w.table->nfree, free_here = p->table->nfree;
    struct cap *a, *b;

    serve(2, 0);
    send(p, MSG_CAPS(RIGHT_READ, CAP_COPY_OF, RIGHTS_ALL, CAP_GIVE_AWAY, 0), p->cap[0], p->cap[1]);
    ck_assert_ptr_eq(w.k->current, w.root);
    ck_assert_int_eq(answer_of(w.root), ST_CAPS);
    ck_assert(w.root->frame.x[1] == 11 && w.root->frame.x[2] == 22 && w.root->frame.x[3] == 33);
    ck_assert_uint_eq(w.root->frame.x[4], 0);
    ck_assert_uint_eq(w.root->frame.x[7], 1);
    a = cap_in(w.table, w.root->frame.x[5]);
    b = cap_in(w.table, w.root->frame.x[6]);
    ck_assert(a->object == is[0] && a->rights == RIGHT_READ && b->object == is[1]);
    ck_assert_ptr_eq(cap_at(w.k, a->parent), cap_in(p->table, p->cap[0]));
    ck_assert(!has(p->table, p->cap[1]));
    ck_assert_uint_eq(w.table->nfree, free_there - 2);
    ck_assert_uint_eq(p->table->nfree, free_here + 1);
}
END_TEST

static struct {
    unsigned takes;
    uint64_t how;
    unsigned a, b; /* 1, 2: its first and second; 3: forged; 4: stale; 0: none */
    status_t st;
} const refused[] = {
    { 1, COPIED(RIGHTS_ALL), 1, 2, ST_NO_SLOT },
    { 0, COPIED(RIGHTS_ALL), 1, 0, ST_NO_SLOT },
    { 0, COPIED(RIGHTS_ALL), 0, 1, ST_NO_SLOT },
    { 2, COPIED(RIGHTS_ALL), 1, 1, ST_INVALID },
    { 2, GIVEN(RIGHTS_ALL), 1, 1, ST_INVALID },
    { 2, MSG_CAPS(RIGHTS_ALL, 2, 0, 0, 0), 1, 0, ST_INVALID },
    { 2, COPIED(RIGHTS_ALL), 1, 3, ST_INVALID_HANDLE },
    { 2, GIVEN(RIGHTS_ALL), 1, 3, ST_INVALID_HANDLE },
    { 2, GIVEN(RIGHTS_ALL), 1, 4, ST_STALE_HANDLE },
};

/* Both before somebody waits and while somebody does: the caller is told, nothing has changed. */
START_TEST(what_cannot_all_arrive_does_not_arrive)
{
    struct peer *p = &peer[0];
    handle_t h[5] = { 0, p->cap[0], p->cap[1], HANDLE(9999, 1), 0 };
    uint32_t free_there, free_here;
    status_t told;
    bool waits;

    h[4] = copy(port, p->table_cap, RIGHT_WRITE);
    drop(p, h[4]);
    free_here = p->table->nfree;
    free_there = w.table->nfree;
    if (_i & 1)
        serve(refused[_i / 2].takes, 0);
    send(p, refused[_i / 2].how, h[refused[_i / 2].a], h[refused[_i / 2].b]);
    told = answer_of(p->task);
    waits = p->task->state == TS_CALLING;
    if (!(_i & 1))
        serve(refused[_i / 2].takes, 1);
    ck_assert_int_eq(waits ? answer_of(p->task) : told, refused[_i / 2].st);
    ck_assert_int_eq(p->task->state, TS_READY);
    ck_assert(has(p->table, p->cap[0]) && has(p->table, p->cap[1]));
    ck_assert_uint_eq(p->table->nfree, free_here);
    ck_assert_uint_eq(w.table->nfree, free_there);
    if (_i & 1)
        ck_assert_int_eq(w.root->state, TS_WAITING);
    else
        ck_assert_int_eq(answer_of(w.root), ST_TIMEOUT);
    world_check(&w);
}
END_TEST

START_TEST(a_capability_that_may_not_go_stays)
{
    struct peer *p = &peer[0];
    struct cap *a = cap_in(p->table, p->cap[0]), *b = cap_in(p->table, p->cap[1]);

    serve(2, 0);
    a->rights &= (uint8_t)~RIGHT_GRANT;
    send(p, COPIED(RIGHTS_ALL), p->cap[1], p->cap[0]);
    ck_assert_int_eq(answer_of(p->task), ST_DENIED);
    send(p, GIVEN(RIGHTS_ALL), p->cap[1], p->cap[0]);
    ck_assert_int_eq(answer_of(p->task), ST_DENIED);
    a->rights |= RIGHT_GRANT;
    a->flags |= CAP_F_BUSY;
    send(p, GIVEN(RIGHTS_ALL), p->cap[1], p->cap[0]);
    ck_assert_int_eq(answer_of(p->task), ST_BUSY);
    a->flags &= (uint8_t)~CAP_F_BUSY;
    b->depth = DEPTH_MAX;
    send(p, COPIED(RIGHTS_ALL), p->cap[0], p->cap[1]);
    ck_assert_int_eq(answer_of(p->task), ST_DEPTH);
    ck_assert(!a->child && !b->child);
    b->depth = a->depth;
}
END_TEST

START_TEST(a_full_table_takes_nothing_not_even_the_first)
{
    struct peer *p = &peer[0];
    uint64_t x[8];
    uint32_t left;

    while (w.table->nfree > 1)
        (void)copy(port, 0, RIGHT_WRITE);
    serve(2, 0);
    send(p, COPIED(RIGHTS_ALL), p->cap[0], p->cap[1]);
    ck_assert_int_eq(answer_of(p->task), ST_TABLE_FULL);
    ck_assert_uint_eq(w.table->nfree, 1);
    left = p->table->nfree;
    send(p, GIVEN(RIGHTS_ALL), p->cap[0], 0);
    ck_assert_int_eq(answer_of(w.root), ST_CAPS);
    ck_assert_uint_eq(p->table->nfree, left + 1);
    memcpy(x, (uint64_t[8]){ w.root->frame.x[5] }, sizeof x);
    ck_assert_int_eq(world_call(&w, SYS_cap_grant, CAP_IDENTIFY, x), ST_OK);
}
END_TEST

START_TEST(callers_in_the_queue_are_refused_a_few_at_a_time_and_words_get_through)
{
    uint64_t said = 0;
    unsigned again = 0;

    for (unsigned i = 0; i < PEERS - 1; i++)
        send(&peer[i], COPIED(RIGHTS_ALL), peer[i].cap[0], 0);
    yield_to(peer[PEERS - 1].task);
    (void)world_call(&w, SYS_queue_send, SEND_CALL, (uint64_t[8]){ peer[PEERS - 1].port, 77 });
    yield_to(w.root);
    while (world_call(&w, SYS_queue_recv, RECV_WAIT, (uint64_t[8]){ port, 0, 1 }) == ST_AGAIN) {
        again++;
        yield_to(w.root);
    }
    ck_assert_uint_eq(again, 1);
    said = w.root->frame.x[1];
    ck_assert_uint_eq(said, 77);
    for (unsigned i = 0; i < PEERS - 1; i++)
        ck_assert_int_eq(answer_of(peer[i].task), ST_NO_SLOT);
}
END_TEST

START_TEST(a_capability_deleted_while_its_message_waits_is_not_sent)
{
    struct peer *p = &peer[0];

    send(p, COPIED(RIGHTS_ALL), p->cap[0], p->cap[1]);
    ck_assert_int_eq(p->task->state, TS_CALLING);
    drop(p, p->cap[1]);
    serve(2, 1);
    ck_assert_int_eq(answer_of(p->task), ST_STALE_HANDLE);
    ck_assert_int_eq(answer_of(w.root), ST_TIMEOUT);
    ck_assert(!cap_in(p->table, p->cap[0])->child);
}
END_TEST

START_TEST(a_reply_brings_as_many_as_the_caller_takes)
{
    struct peer *p = &peer[0];
    handle_t mine[2] = { make(CAP_FRAME, PAGE_BYTES), make(CAP_FRAME, PAGE_BYTES) };

    serve(0, 0);
    send(p, MSG_CAPS(0, 0, 0, 0, 1), 0, 0);
    ck_assert_int_eq(answer_of(w.root), ST_OK); /* none came, so no ST_CAPS */
    ck_assert(w.root->frame.x[5] == 0 && w.root->frame.x[6] == 0);
    ck_assert_int_eq(reply(COPIED(RIGHTS_ALL), mine[0], mine[1]), ST_NO_SLOT);
    ck_assert_int_eq(reply(GIVEN(RIGHTS_ALL), mine[0], 0), ST_OK);
    ck_assert_int_eq(reply(GIVEN(RIGHTS_ALL), mine[1], 0), ST_STATE);
    ck_assert_int_eq(answer_of(p->task), ST_CAPS);
    ck_assert(p->task->frame.x[1] == 44 && p->task->frame.x[2] == 55 && p->task->frame.x[3] == 66);
    ck_assert_int_eq(cap_in(p->table, p->task->frame.x[5])->type, CAP_FRAME);
    ck_assert(!has(w.table, mine[0]) && has(w.table, mine[1]));
}
END_TEST

START_TEST(who_called_with_words_only_is_answered_with_words_only)
{
    handle_t mine = make(CAP_FRAME, PAGE_BYTES);

    serve(2, 0);
    yield_to(peer[0].task);
    (void)world_call(&w, SYS_queue_send, SEND_CALL,
                     (uint64_t[8]){ peer[0].port, 1, 2, 3, GIVEN(3) | 2ull << 32, 5, 6 });
    ck_assert_int_eq(answer_of(w.root), ST_OK);
    ck_assert_uint_eq(w.root->frame.x[5], 5);
    ck_assert_int_eq(reply(GIVEN(RIGHTS_ALL), mine, 0), ST_NO_SLOT);
    ck_assert(has(w.table, mine));
    ck_assert_int_eq(world_call(&w, SYS_queue_recv, RECV_REPLY, (uint64_t[8]){ 0, 9 }), ST_OK);
    ck_assert_int_eq(answer_of(peer[0].task), ST_OK);
}
END_TEST

START_TEST(grant_once_goes_with_the_message)
{
    struct peer *p = &peer[0];
    struct cap *a = cap_in(p->table, p->cap[0]);

    a->rights = (uint8_t)((a->rights & ~RIGHT_GRANT) | RIGHT_GRANT_ONCE);
    serve(2, 0);
    send(p, COPIED(RIGHTS_ALL | RIGHT_GRANT_ONCE), p->cap[0], 0);
    ck_assert_int_eq(answer_of(w.root), ST_CAPS);
    ck_assert(!(a->rights & RIGHT_GRANT_ONCE));
    ck_assert(!(cap_in(w.table, w.root->frame.x[5])->rights & (RIGHT_GRANT | RIGHT_GRANT_ONCE)));
}
END_TEST

START_TEST(more_than_two_are_not_taken)
{
    ck_assert_int_eq(world_call(&w, SYS_queue_recv, RECV_WAIT_CAPS, (uint64_t[8]){ port, 0, 1, 3 }),
                     ST_INVALID);
    ck_assert_uint_eq(w.root->takes, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("cpudriver");
    TCase *t = tcase_create("messages");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, two_capabilities_arrive_with_three_words);
    tcase_add_loop_test(t, what_cannot_all_arrive_does_not_arrive, 0,
                        2 * (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(t, a_capability_that_may_not_go_stays);
    tcase_add_test(t, a_full_table_takes_nothing_not_even_the_first);
    tcase_add_test(t, callers_in_the_queue_are_refused_a_few_at_a_time_and_words_get_through);
    tcase_add_test(t, a_capability_deleted_while_its_message_waits_is_not_sent);
    tcase_add_test(t, a_reply_brings_as_many_as_the_caller_takes);
    tcase_add_test(t, who_called_with_words_only_is_answered_with_words_only);
    tcase_add_test(t, grant_once_goes_with_the_message);
    tcase_add_test(t, more_than_two_are_not_taken);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
