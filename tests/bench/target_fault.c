/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/target_fault - the twin reads an address where nothing is mapped; its supervisor,
 * this program, gets the fault and lets it go on behind the instruction.
 *
 *     twin                      this program
 *     t0; load ---- fault ----> asleep in queue_recv
 *     t1       <--- resume ----  reply and wait again
 *
 * Counted: t1 - t0, in the twin.
 */
#include "tests/bench/target.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "services/probe/ops.h"

#define NOWHERE           0x0000300000ull /* mapped in no program */
#define INSTRUCTION_BYTES 4u

static TWIN void twin_faults(uint64_t stamp, uint64_t nowhere)
{
    for (;;) {
        uint64_t began = OPS_COUNTER(), value;

        __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(nowhere) : "memory");
        *(volatile uint64_t *)stamp = OPS_COUNTER() - began;
    }
}

/* Answer a fault, wait for the next: the one before has written its stamp by then. */
static status_t supervise(handle_t supervisor, const volatile uint64_t *stamp, uint64_t *sample)
{
    struct rt_msg m;
    uint64_t badge;
    status_t st = sys_recv(supervisor, 0, rt_now_ns() + NS_PER_S, &m, &badge);

    for (unsigned i = 0; i < BENCH_ROUNDS + BENCH_WARMUP; i++) {
        if (st != ST_OK || m.w[0] != (FAULT_WORD | FAULT_PAGE) || m.w[2] != NOWHERE)
            return st != ST_OK ? st : ST_FORMAT;
        m = (struct rt_msg){{FAULT_RESUME, m.w[1] + INSTRUCTION_BYTES}};
        st = sys_reply_recv(supervisor, 0, &m, &badge);
        if (i >= BENCH_WARMUP)
            sample[i - BENCH_WARMUP] = *stamp;
    }
    return st;
}

bool bench_fault(void)
{
    static uint64_t sample[BENCH_ROUNDS];
    volatile uint64_t *stamp;
    handle_t supervisor, page;
    struct twin t;
    status_t st;

    if ((st = cap_retype(rt_info()->ram, CAP_ENDPOINT, 0, &supervisor)) == ST_OK &&
        (st = twin_page(&page, &stamp)) == ST_OK &&
        (st = twin_make(&t, twin_faults, supervisor, 0, page, stamp)) == ST_OK) {
        if ((st = twin_start(&t, (uintptr_t)stamp, NOWHERE)) == ST_OK)
            st = supervise(supervisor, stamp, sample);
        twin_end(&t);
    }
    if (st != ST_OK) {
        rec_error("target.fault_roundtrip", st, "the fault did not come as it should");
        return false;
    }
    return bench_samples("target.fault_roundtrip", sample, BENCH_ROUNDS);
}
