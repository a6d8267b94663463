/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/hostile - a program that makes a million random system calls on one core.
 *
 *     hostile [calls=1000000] [seed=1]
 *
 * Numbers, operations and all eight registers are random: its own handles, stale and forged
 * ones, sizes, addresses of the kernel, all ones. It leaves out only what would end itself
 * or make it wait for ever. Afterwards everything made from its memory is taken back:
 * slots and bytes are those of the start. The probe measures the other cores meanwhile
 * and ends the run.
 */
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/syscall.h"
#include "tests/system/report.h"
#include "lib/abi/layout.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HELD 64
#define OWN  5    /* the first of held[] are its own and stay */
#define FULL 900u /* handles made before all is taken back    */

static handle_t held[HELD];
static uint64_t seed = 1;

static uint64_t rnd(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static status_t svc(uint64_t word, uint64_t v[8])
{
    register uint64_t x8 __asm__("x8") = word;
    register uint64_t x0 __asm__("x0") = v[0], x1 __asm__("x1") = v[1];
    register uint64_t x2 __asm__("x2") = v[2], x3 __asm__("x3") = v[3];
    register uint64_t x4 __asm__("x4") = v[4], x5 __asm__("x5") = v[5];
    register uint64_t x6 __asm__("x6") = v[6], x7 __asm__("x7") = v[7];

    __asm__ volatile("svc #0"
                     : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6),
                       "+r"(x7)
                     : "r"(x8)
                     : "memory");
    v[0] = x0;
    v[1] = x1;
    return (status_t)x0;
}

static uint64_t any_value(void)
{
    switch (rnd() % 8) {
    case 0:
        return rnd();
    case 1:
        return rnd() % 16;
    case 2:
        return (rnd() % 64) << PAGE_SHIFT;
    case 3:
        return KERNEL_BASE + rnd() % (1ull << 32);
    case 4:
        return HANDLE(rnd() % 300,
                      rnd() % 4 ? rnd() | 1u << 31 : 0); /* forged: never one that is */
    default:
        return held[rnd() % HELD];
    }
}

static bool own(handle_t h)
{
    for (unsigned i = 0; i < OWN; i++)
        if (h == held[i])
            return true;
    return h == rt_info()->monitor;
}

/* Its own end, its own handles, its own address space, or a wait that nobody ends. */
static bool left_out(unsigned number, unsigned op, const uint64_t x[8])
{
    if (number == SYS_queue_recv || (number == SYS_timer_wait && op >= TIMER_UNTIL) ||
        (number == SYS_queue_send && (op == SEND_CALL || op == SEND_BELL)))
        return true;
    if (number == SYS_task_spawn &&
        (op == TASK_EXIT || op == TASK_START || op == TASK_RESUME || own(x[0])))
        return true;
    if (number == SYS_cap_grant && (op == CAP_DELETE || op == CAP_MOVE || op == CAP_REVOKE))
        return own(x[0]);
    return false;
}

static status_t take_all_back(void)
{
    status_t st;

    for (unsigned i = 0; i < OWN; i++)
        while ((st = sys_revoke(held[i])) == ST_AGAIN)
            ;
    memset(held + OWN, 0, sizeof held - OWN * sizeof held[0]);
    return st;
}

static uint64_t free_bytes(void)
{
    struct rt_msg m;

    return sys_identify(rt_info()->ram, &m) == ST_OK ? m.w[4] : 0;
}

static uint64_t free_slots(void)
{
    struct rt_msg m;

    return sys_core_query(&m) == ST_OK ? m.w[3] : 0;
}

static uint64_t attack(uint64_t calls)
{
    uint64_t made = 0, answered[ST_COUNT] = {0}, x[8];

    for (uint64_t i = 0; i < calls;) {
        unsigned number = rnd() % 3 ? SYS_cap_grant : (unsigned)(rnd() % 14);
        unsigned op = (unsigned)(rnd() % 14);
        status_t st;

        for (unsigned j = 0; j < 8; j++)
            x[j] = any_value();
        if (number == SYS_cap_grant && op == CAP_RETYPE && rnd() % 2) {
            x[0] = held[0];
            x[1] = rnd() % CAP_TYPES;
            x[2] = rnd() % 2 ? 8 : 2 * PAGE_BYTES;
            x[3] = 0;
        }
        if (left_out(number, op, x))
            continue;
        st = svc(SYSCALL_WORD(number, op), x);
        i++;
        if ((unsigned)st < ST_COUNT)
            answered[st]++;
        if (st == ST_OK && number == SYS_cap_grant && op != CAP_IDENTIFY && op != CAP_DELETE &&
            op != CAP_REVOKE) {
            held[OWN + rnd() % (HELD - OWN)] = x[1];
            made++;
        }
        if (made >= FULL || st == ST_TABLE_FULL || st == ST_NOMEM) {
            (void)take_all_back();
            made = 0;
        }
        if (i % (calls / 10 + 1) == 0)
            printf("hostile: %u of %u calls\n", (unsigned)i, (unsigned)calls);
    }
    printf("hostile: %u calls: %u ok, %u stale, %u forged, %u denied, %u of the wrong type\n",
           (unsigned)calls, (unsigned)answered[ST_OK], (unsigned)answered[ST_STALE_HANDLE],
           (unsigned)answered[ST_INVALID_HANDLE], (unsigned)answered[ST_DENIED],
           (unsigned)answered[ST_TYPE]);
    return answered[ST_OK];
}

int main(int argc, char **argv)
{
    const struct program_info *info = rt_info();
    uint64_t calls = 1000000, slots, bytes, ok;

    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "calls=", 6) == 0)
            calls = strtoull(argv[i] + 6, NULL, 10);
        if (strncmp(argv[i], "seed=", 5) == 0)
            seed = strtoull(argv[i] + 5, NULL, 10) | 1;
    }
    test_name("hostile");
    held[0] = info->ram;
    held[1] = info->space;
    held[2] = info->table;
    held[3] = info->task;
    held[4] = info->monitor;
    printf("hostile: begins\n"); /* the channel to the console is there before the count */
    slots = free_slots();
    bytes = free_bytes();
    ok = attack(calls);
    (void)take_all_back();
    test_is(ok > calls / 100, "some of its calls are answered with success");
    test_is(free_slots() == slots, "the free slots are those of the start");
    test_is(free_bytes() == bytes, "the free bytes are those of the start");
    return 0;
}
