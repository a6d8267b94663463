/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/moved - a task goes on as another object, again and again, and does not notice.
 *
 * A twin is stopped wherever it is, all its words are read (TASK_PEEK) and written into a new task
 * (TASK_POKE) with the same table and space, and the old one is deleted. One twin keeps all FP registers over yields, as in
 * tests/system/fp.c, while this task uses them, too; another sleeps until times of its choice and says if it
 * was woken early, or was told anything but that it has slept.
 */
#include "lib/abi/task_state.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "services/probe/twin.h"
#include "tests/system/fp_round.h"
#include "tests/system/report.h"

#define MOVES  400u
#define SLEEPS 40u
#define NAP_NS (3 * NS_PER_MS)

static handle_t ram[2], supervisor; /* of each the memory of one task */

/* Page: [0] rounds, [1] words that were wrong, [2] sleeps, [3] early, [4] told otherwise. */
static _Noreturn __attribute__((noinline)) void twin_keeps(uint64_t page, uint64_t who)
{
    volatile uint64_t *own = (volatile uint64_t *)page;

    for (uint64_t round = 0;; round++) {
        own[1] += round_of(who, round);
        own[0]++;
    }
}

static inline __attribute__((always_inline)) status_t timer(uint64_t op, uint64_t *x1)
{
    register uint64_t x8 __asm__("x8") = SYSCALL_WORD(SYS_timer_wait, op);
    register uint64_t x0 __asm__("x0") = 0;
    register uint64_t r1 __asm__("x1") = *x1;

    __asm__ volatile("svc #0" : "+r"(x0), "+r"(r1) : "r"(x8) : "memory");
    *x1 = r1;
    return (status_t)x0;
}

static _Noreturn __attribute__((noinline)) void twin_sleeps(uint64_t page, uint64_t unused)
{
    volatile uint64_t *own = (volatile uint64_t *)page;
    uint64_t now = 0, until;

    (void)unused;
    for (;;) {
        (void)timer(TIMER_NOW, &now);
        until = now + NAP_NS;
        if (timer(TIMER_UNTIL, &until) != ST_OK)
            own[4]++;
        (void)timer(TIMER_NOW, &now);
        own[3] += now < until;
        own[2]++;
    }
}

static bool move_words(handle_t from, handle_t to)
{
    uint64_t w[PEEK_WORDS];

    for (unsigned first = 0; first < TW_COUNT; first += POKE_WORDS)
        if (sys_task_peek(from, first, w) != ST_OK || sys_task_poke(to, first, w) != ST_OK)
            return false;
    return true;
}

/* Where it is when it is stopped is up to the clock. */
static bool move(struct twin *t, unsigned i)
{
    handle_t to;

    if (cap_retype(ram[i % 2], CAP_TASK, 0, &to) != ST_OK || sys_task_config(to, t->table, t->space, supervisor, 0) != ST_OK ||
        sys_task_stop(t->task) != ST_OK || !move_words(t->task, to))
        return false;
    cap_drop(t->task);
    t->task = to;
    return true;
}

static void keeps(struct twin *t, volatile uint64_t *at)
{
    uint64_t wrong = 0;
    unsigned moved = 0;
    struct rt_msg q;

    test_need(twin_start(t, (uintptr_t)at, 1) == ST_OK, "a second task starts");
    for (unsigned i = 0; i < MOVES; i++) {
        wrong += round_of(0, i);
        if (i % 3 == 0)
            (void)sys_sleep_for(50 * NS_PER_US + i % 7 * 10 * NS_PER_US);
        moved += move(t, i) && sys_task_resume(t->task) == ST_OK;
        wrong += round_of(0, i);
    }
    test_is(moved == MOVES, "a task is stopped, read, written into another, and goes on");
    test_is(wrong == 0, "all FP registers of who moves it are as it left them");
    test_is(at[0] > MOVES, "the task that is moved gets on");
    test_is(at[1] == 0, "all its FP registers are as it left them, on whichever side of a move");
    test_is(sys_task_query(t->task, &q) == ST_OK && q.w[4] > MOVES && q.w[1] > 0, "its counts and its time went with it");
    twin_end(t);
}

static void sleeps(struct twin *t, volatile uint64_t *at)
{
    unsigned moved = 0;
    uint64_t longest = 0, seen;

    test_need(twin_start(t, (uintptr_t)at, 0) == ST_OK, "a second task starts");
    for (unsigned i = 0; i < SLEEPS; i++) {
        (void)sys_sleep_for(NAP_NS / 2 + i % 5 * 100 * NS_PER_US);
        moved += move(t, i);
        (void)sys_sleep_for((i % 4) * NS_PER_MS); /* some wake up while it is nowhere */
        moved += sys_task_resume(t->task) == ST_OK;
    }
    seen = at[2];
    for (unsigned i = 0; i < 10 && at[2] < seen + 2; i++)
        (void)sys_sleep_for(NAP_NS);
    longest = at[2] - seen;
    test_is(moved == 2 * SLEEPS, "a task that sleeps is moved");
    test_is(at[3] == 0, "no sleep ended early");
    test_is(at[4] == 0, "each was told that it has slept");
    test_is(longest >= 2, "it goes on sleeping and waking");
    twin_end(t);
}

int main(void)
{
    volatile uint64_t *at = NULL;
    handle_t page = 0;
    struct twin t;

    test_name("moved");
    test_need(cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor) == ST_OK && twin_page(&page, &at) == ST_OK &&
                  cap_retype(rt_info()->ram, CAP_RAM, PAGE_BYTES, &ram[0]) == ST_OK &&
                  cap_retype(rt_info()->ram, CAP_RAM, PAGE_BYTES, &ram[1]) == ST_OK,
              "memory for two tasks, and a page");
    test_need(twin_make(&t, twin_keeps, supervisor, 1, page, at) == ST_OK, "a space and a table");
    keeps(&t, at);
    test_need(twin_make(&t, twin_sleeps, supervisor, 1, page, at) == ST_OK, "a space and a table");
    sleeps(&t, at);
    return test_end();
}
