/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/messages - capabilities in messages between tasks of one core.
 *
 * Three clients call one server again and again, with two capabilities each time: one is copied, one is given
 * away and comes back with the reply. A fourth sends what must not go. What arrives is compared with
 * what the server knows each client to have; in the end all tables are as they were.
 */
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"

#define CLIENTS 3u
#define CALLS   10000u
#define SPOILT  1000u
#define BAD     CLIENTS /* the fourth */
#define COPIED  0u
#define GIVEN   1u

/* In the page they all see. */
struct client {
    handle_t port, cap[2];
    uint64_t wrong, free_before, free_after, done;
};

static handle_t supervisor, page;
static volatile uint64_t *at;
static struct client *client;
static struct twin twin[CLIENTS + 1];
static uint64_t base[CLIENTS + 1][2], wrong;

static inline uint64_t free_slots(void)
{
    struct rt_msg q;

    return sys_core_query(&q) == ST_OK ? q.w[3] : 0;
}

static _Noreturn inline void stop_here(void)
{
    for (;;)
        (void)sys_sleep_until(UINT64_MAX / 4);
}

/* No function is called from here: a twin has only these pages. */
static _Noreturn __attribute__((noinline)) void twin_client(uint64_t where, uint64_t calls)
{
    struct client *c = (struct client *)where;

    c->free_before = free_slots();
    for (uint64_t i = 1; i <= calls; i++) {
        struct rt_msg m = { { i, i * 2, i * 3,
                              MSG_CAPS(RIGHT_READ, CAP_COPY_OF, RIGHTS_ALL, CAP_GIVE_AWAY, 1),
                              c->cap[COPIED], c->cap[GIVEN] } };

        if (sys_call_caps(c->port, &m, 0) != ST_CAPS || m.w[0] != i + 1 || m.w[5] != 0) {
            c->wrong = i;
            break;
        }
        c->cap[GIVEN] = m.w[4];
    }
    c->free_after = free_slots();
    c->done = 1;
    stop_here();
}

static _Noreturn __attribute__((noinline)) void twin_spoiler(uint64_t where, uint64_t calls)
{
    struct client *c = (struct client *)where;

    c->free_before = free_slots();
    for (uint64_t i = 0; i < calls; i++) {
        uint64_t how = MSG_CAPS(RIGHTS_ALL, CAP_GIVE_AWAY, RIGHTS_ALL, CAP_GIVE_AWAY, 0);
        struct rt_msg m = { { 1, 2, 3, how, c->cap[0], i & 1 ? c->cap[0] : c->cap[1] + (1ull << 40) } };
        status_t st = sys_call_caps(c->port, &m, 0);

        if (st != ST_INVALID && st != ST_STALE_HANDLE && st != ST_FOREIGN && st != ST_INVALID_HANDLE)
            c->wrong = i + 1;
    }
    c->free_after = free_slots();
    c->done = 1;
    stop_here();
}

static void make(unsigned i, handle_t port)
{
    handle_t mine, frame[2];

    test_need(twin_make(&twin[i], i == BAD ? twin_spoiler : twin_client, supervisor, i, page, at) == ST_OK &&
                  sys_mint(port, 0, RIGHT_WRITE | RIGHT_GRANT, i + 1, &mine) == ST_OK &&
                  sys_move(mine, twin[i].table, &client[i].port) == ST_OK,
              "a client is made");
    for (unsigned j = 0; j < 2; j++) {
        struct rt_msg q = { { 0 } };

        test_need(cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame[j]) == ST_OK &&
                      sys_identify(frame[j], &q) == ST_OK &&
                      sys_move(frame[j], twin[i].table, &client[i].cap[j]) == ST_OK,
                  "it has two frames");
        base[i][j] = q.w[1];
    }
}

static uint64_t base_of(handle_t h, uint64_t rights)
{
    struct rt_msg q;

    return sys_identify(h, &q) == ST_OK && (q.w[0] >> 8 & 0xff) == rights ? q.w[1] : 0;
}

/* One call: what came is what this client has; the copy is deleted, the other goes back. */
static void serve(handle_t port)
{
    struct rt_msg m;
    uint64_t badge;

    if (sys_recv_caps(port, 0, 0, 2, &m, &badge) != ST_CAPS || badge == 0 || badge > CLIENTS ||
        m.w[1] != 2 * m.w[0] || m.w[2] != 3 * m.w[0] ||
        base_of(m.w[4], RIGHT_READ) != base[badge - 1][COPIED] ||
        base_of(m.w[5], RIGHTS_ALL) != base[badge - 1][GIVEN]) {
        wrong++;
        return;
    }
    wrong += cap_delete(m.w[4]) != ST_OK;
    m = (struct rt_msg){ { m.w[0] + 1, 0, 0, MSG_CAPS(RIGHTS_ALL, CAP_GIVE_AWAY, 0, 0, 0), m.w[5] } };
    wrong += sys_reply_caps(0, &m) != ST_OK;
}

int main(void)
{
    uint64_t slots;
    bool same = true, done = true;
    handle_t port;

    test_name("messages");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK &&
                  cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &port) == ST_OK &&
                  twin_page(&page, &at) == ST_OK,
              "what the clients need is made");
    client = (struct client *)(uintptr_t)at;
    slots = free_slots();
    for (unsigned i = 0; i <= BAD; i++)
        make(i, port);
    for (unsigned i = 0; i <= BAD; i++)
        test_need(twin_start(&twin[i], (uintptr_t)&client[i], i == BAD ? SPOILT : CALLS) == ST_OK, "it starts");
    for (unsigned i = 0; i < CLIENTS * CALLS && wrong == 0; i++)
        serve(port);
    for (unsigned i = 0; i <= BAD; i++) /* the last reply may not have been taken yet */
        while (!((volatile struct client *)client)[i].done)
            sys_yield();
    (void)sys_sleep_for(1000000);
    for (unsigned i = 0; i <= BAD; i++) {
        same = same && client[i].free_before == client[i].free_after && client[i].free_before != 0;
        done = done && client[i].done && client[i].wrong == 0;
    }
    test_is(wrong == 0, "3 clients x 10,000 calls: each of the two capabilities is the right one");
    test_is(done, "each reply brings back what was given, and what must not go is refused each time");
    test_is(same, "the clients' tables have as many free slots as at the start");
    for (unsigned i = 0; i <= BAD; i++)
        twin_end(&twin[i]);
    test_is(free_slots() == slots, "and so has the server's");
    test_need(cap_revoke(port) == ST_OK, "the clients' ends of the port go");
    return test_end();
}
