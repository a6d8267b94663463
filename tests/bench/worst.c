/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/worst - a program that makes every system call take as long as it can.
 *
 * Each part below drives one of the bounds in docs/spec/abi.md to its limit, and those that
 * meet in one call together: a table full of large mapped frames, many sleepers in one bucket,
 * many tasks in the heaps, many spaces in front of a free number. tools/audit/entries.c counts
 * meanwhile how long the CPU driver stays in the kernel. Nothing is printed but how it went.
 */
#include "lib/base/bits.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "services/probe/twin.h"
#include "tests/system/report.h"

#define FRAME_PAGES 64u
#define FRAME_BYTES (FRAME_PAGES * PAGE_BYTES)
#define AREA        0x00c0000000ull /* nothing of ours is mapped there */
#define MAPPED      10u
#define CHILDREN    200u
#define SPACES      300u
#define TASKS       40u

static handle_t ram(void)
{
    return rt_info()->ram;
}

/* ---- memory ---- */

static void map_and_unmap(void)
{
    handle_t frame;
    bool ok = cap_retype(ram(), CAP_FRAME, FRAME_BYTES, &frame) == ST_OK;

    ok = ok && map_here(frame, AREA, FRAME_BYTES, PERM_READ | PERM_WRITE) == ST_OK;
    for (uint64_t first = 0; ok && first < FRAME_PAGES; first += MAP_SLICE)
        ok = sys_protect(frame, PERM_READ, first, MAP_SLICE) == ST_OK;
    ok = ok && map_out(frame) == ST_OK && cap_delete(frame) == ST_OK;
    test_is(ok, "32 pages mapped, protected and unmapped in a call");
}

/* Maps MAPPED frames, the first handle and those that follow it, into its own space; then waits. */
static _Noreturn __attribute__((noinline)) void twin_maps(uint64_t first, uint64_t space)
{
    for (uint64_t i = 0;; i++) {
        register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_region_map, MAP_MAP);
        register uint64_t x0 __asm__("x0") = first + i / 2;
        register uint64_t x1 __asm__("x1") = space;
        register uint64_t x2 __asm__("x2") = AREA + i / 2 * FRAME_BYTES;
        register uint64_t x3 __asm__("x3") = PERM_READ;
        register uint64_t x4 __asm__("x4") = i % 2 * MAP_SLICE;
        register uint64_t x5 __asm__("x5") = MAP_SLICE;

        if (i >= 2 * MAPPED) {
            x8 = SYSCALL_WORD(SYS_queue_recv, RECV_WAIT);
            x0 = 0;
            x1 = 1;
            x2 = 0;
        }
        __asm__ volatile("svc #0"
                         : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5)
                         : "r"(x8)
                         : "memory");
    }
}

/* Every slot of a table holds a frame of 64 mapped pages. The table goes, and with it all of them. */
static void full_table(handle_t supervisor)
{
    handle_t frame, there, first = 0, space;
    struct twin t;
    bool ok = twin_make(&t, twin_maps, supervisor, 0, 0, NULL) == ST_OK &&
              cap_retype(ram(), CAP_FRAME, FRAME_BYTES, &frame) == ST_OK &&
              twin_give(&t, t.space, &space) == ST_OK;

    for (unsigned i = 0; ok && i < MAPPED; i++) {
        ok = twin_give(&t, frame, &there) == ST_OK && (i == 0 || there == first + i);
        first = i == 0 ? there : first;
    }
    ok = ok && twin_start(&t, first, space) == ST_OK;
    (void)sys_sleep_for(2 * NS_PER_MS); /* it maps them meanwhile */
    test_is(ok, "a table full of mapped frames");
    ok = cap_delete(t.table) == ST_OK;
    t.table = 0;
    for (unsigned i = 0; i < 200; i++)
        (void)sys_delete(0); /* refused, and yet a call in which something may be taken apart */
    (void)sys_sleep_for(2 * NS_PER_MS);
    ok = ok && cap_delete(frame) == ST_OK;
    twin_end(&t);
    test_is(ok, "it is taken apart");
}

/* ---- capabilities ---- */

static void many_children(void)
{
    handle_t e, child, middle;
    bool ok = cap_retype(ram(), CAP_ENDPOINT, 0, &e) == ST_OK &&
              sys_copy(e, 0, RIGHTS_ALL, &middle) == ST_OK;

    for (unsigned i = 0; ok && i < CHILDREN; i++)
        ok = sys_copy(middle, 0, RIGHTS_ALL, &child) == ST_OK;
    ok = ok && cap_delete(middle) == ST_OK; /* hands them over, sixteen a call */
    ok = ok && cap_revoke(e) == ST_OK && cap_delete(e) == ST_OK;
    test_is(ok, "two hundred children handed over and revoked");
}

static void many_spaces(void)
{
    static handle_t space[SPACES];
    unsigned n = 0;
    bool ok = true;

    while (n < SPACES && cap_retype(ram(), CAP_SPACE, 2 * PAGE_BYTES, &space[n]) == ST_OK)
        n++;
    for (unsigned i = 0; i < n; i++)
        ok = cap_delete(space[i]) == ST_OK && ok;
    test_is(ok && n == SPACES, "three hundred spaces, each behind the ones before");
}

/* ---- tasks ---- */

/* All sleep for the bell of their bucket, each to a deadline of its own. */
static _Noreturn __attribute__((noinline)) void twin_sleeps(uint64_t ns, uint64_t events)
{
    for (;;) {
        register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_timer_wait, TIMER_NOW);
        register uint64_t x0 __asm__("x0") = 0;
        register uint64_t x1 __asm__("x1") = events;
        register uint64_t x2 __asm__("x2");

        __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x8) : "memory");
        x2 = x1 + ns;
        x8 = SYSCALL_WORD(SYS_queue_recv, RECV_WAIT);
        x0 = 0;
        x1 = events;
        __asm__ volatile("svc #0" : "+r"(x0), "+r"(x1), "+r"(x2) : "r"(x8) : "memory");
    }
}

/* Calls and is never answered. */
static _Noreturn __attribute__((noinline)) void twin_calls(uint64_t endpoint, uint64_t unused)
{
    (void)unused;
    for (;;) {
        register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_queue_send, SEND_CALL);
        register uint64_t x0 __asm__("x0") = endpoint;
        register uint64_t x7 __asm__("x7") = 0;

        __asm__ volatile("svc #0"
                         : "+r"(x0), "+r"(x7)
                         : "r"(x8)
                         : "x1", "x2", "x3", "x4", "x5", "x6", "memory");
    }
}

static struct twin twins[TASKS];

static unsigned make_twins(twin_fn *fn, handle_t supervisor, handle_t given, uint64_t a, uint64_t b)
{
    unsigned n = 0;

    for (; n < TASKS; n++) {
        handle_t there = a;

        if (twin_make(&twins[n], fn, supervisor, 0, 0, NULL) != ST_OK ||
            (given != 0 && twin_give(&twins[n], given, &there) != ST_OK) ||
            twin_start(&twins[n], given != 0 ? there : a + n * NS_PER_US, b) != ST_OK)
            break;
    }
    return n;
}

static void end_twins(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        twin_end(&twins[i]);
}

/* Many deadlines at nearly the same time, and all buckets rung again and again. */
static void many_sleepers(handle_t supervisor)
{
    unsigned n = make_twins(twin_sleeps, supervisor, 0, 400 * NS_PER_US, EVENT_BELL);

    for (unsigned i = 0; i < 20; i++)
        (void)sys_sleep_for(300 * NS_PER_US);
    test_is(n == TASKS, "forty tasks sleep to nearly the same time");
    end_twins(n);
}

static void many_callers(handle_t supervisor)
{
    handle_t e;
    unsigned n;
    bool ok = cap_retype(ram(), CAP_ENDPOINT, 0, &e) == ST_OK;

    n = make_twins(twin_calls, supervisor, e, 0, 0);
    (void)sys_sleep_for(5 * NS_PER_MS); /* all have called */
    ok = ok && cap_revoke(e) == ST_OK &&
         cap_delete(e) == ST_OK; /* the endpoint dies, all are told */
    test_is(ok && n == TASKS, "forty callers of an endpoint that goes");
    end_twins(n);
}

int main(void)
{
    handle_t supervisor;

    test_name("worst");
    test_need(cap_retype(ram(), CAP_ENDPOINT, 0, &supervisor) == ST_OK, "an endpoint");
    map_and_unmap();
    full_table(supervisor);
    many_children();
    many_spaces();
    many_sleepers(supervisor);
    many_callers(supervisor);
    return test_end();
}
