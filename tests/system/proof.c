/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/proof - saying what one is about to do takes as many instructions for a good handle as for a bad one.
 *
 * Under icount, where the cycle counter counts instructions.
 */
#include "lib/rt/attest_calls.h"
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "tests/system/report.h"
#include <stdio.h>

#define ROUNDS 50u

static uint64_t counter(void)
{
    uint64_t v;

    __asm__ volatile("isb\n\tmrs %0, pmccntr_el0" : "=r"(v) : : "memory");
    return v;
}

/* The least of many, so that no timer interrupt is in it. */
static uint64_t instructions(handle_t h)
{
    struct rt_msg m = { { 1, 2, 3, 4, 5, 6 } };
    uint64_t least = UINT64_MAX;
    bool all = true;

    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t from = counter(), took;
        status_t st = sys_attest_prove(h, &m, 2);

        took = counter() - from;
        least = took < least ? took : least;
        all = all && st == ST_OK;
    }
    return all ? least : 0; /* whatever is said, the answer is the same */
}

int main(void)
{
    handle_t good = 0, stale = 0, task = rt_info()->task;
    uint64_t n;
    struct rt_msg m = { { 0 } };

    test_name("proof");
    test_need(cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &good) == ST_OK &&
                  cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &stale) == ST_OK && cap_delete(stale) == ST_OK,
              "a handle, and one that is stale");
    n = instructions(good);
    test_need(n > 0, "what is said is taken");
    printf("proof: %llu instructions with the system call\n", (unsigned long long)n);
    test_is(instructions(stale) == n, "a stale handle takes as many instructions as a good one");
    test_is(instructions(HANDLE(HANDLE_INDEX(good), 12345)) == n, "a forged generation, too");
    test_is(instructions(HANDLE(0xfffffff0u, 1)) == n && instructions(0) == n, "a forged index, and none at all, too");
    test_is(instructions(task) == n, "one without PROVE, and of another type, too");
    test_is(sys_attest_emit(good, 0, 0, 0, 0) == ST_TYPE, "and what is privileged needs its capability all the same");
    test_is(sys_attest_state(&m) == ST_OK && m.w[0] > 0, "anybody may ask how far the log is");
    return test_end();
}
