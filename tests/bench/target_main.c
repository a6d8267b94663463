/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/bench/target_main - the program `bench`: core 0 measures, core 1 answers, the rest sleeps. */
#include "tests/bench/target.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"

#define PATIENCE_NS (10 * NS_PER_S)
#define PEER_NAME   "bench.1"

static uint64_t nothing(void *context)
{
    uint64_t began = bench_counter();

    (void)context;
    return bench_counter() - began;
}

static uint64_t overhead(void)
{
    uint64_t least = UINT64_MAX;

    for (unsigned i = 0; i < BENCH_WARMUP; i++) {
        uint64_t t = nothing(NULL);

        least = t < least ? t : least;
    }
    return least;
}

bool bench_samples(const char *name, uint64_t *sample, size_t n)
{
    struct stats s;

    stats_of(sample, n, &s);
    rec_begin("bench");
    rec_str("name", name);
    rec_str("unit", "instructions");
    rec_u64("value", s.p50);
    rec_u64("n", s.n);
    rec_u64("min", s.min);
    rec_u64("max", s.max);
    rec_u64("overhead", overhead());
    rec_end();
    rt_print_flush(rt_now_ns() + PATIENCE_NS); /* the console is quiet while the next is measured */
    return true;
}

bool bench_row(const char *name, bench_fn *round, void *context)
{
    static uint64_t sample[BENCH_ROUNDS];
    size_t n = 0, bad = 0;

    for (unsigned i = 0; i < BENCH_ROUNDS + BENCH_WARMUP; i++) {
        uint64_t t = round(context);

        if (t == 0)
            bad++;
        else if (i >= BENCH_WARMUP)
            sample[n++] = t;
    }
    if (bad > BENCH_WARMUP) {
        rec_error(name, ST_STATE, "rounds of this benchmark went wrong; it has no row");
        return false;
    }
    return bench_samples(name, sample, n);
}

static bool measure(struct rt_chan *peer)
{
    bool ok = bench_ops();

    ok = bench_fault() && ok;
    ok = bench_spawn() && ok;
    ok = bench_move() && ok;
    return bench_wake(peer) && ok;
}

static int answer(void)
{
    struct rt_chan c;
    status_t st = rt_serve(PEER_NAME);

    if (st == ST_OK)
        st = rt_accept(&c, rt_now_ns() + PATIENCE_NS);
    if (st != ST_OK) {
        rec_error("bench", st, "core 1 cannot offer its side");
        return 1;
    }
    bench_wake_peer(&c);
    return 0;
}

int main(void)
{
    struct rt_chan peer;
    status_t st;
    bool ok;

    if (rt_info()->core != 0)
        return answer();
    if ((st = rt_bind(PEER_NAME, rt_now_ns() + PATIENCE_NS, &peer)) != ST_OK) {
        rec_error("bench", st, "core 1 does not answer");
        (void)rt_machine_end(1, "bench: no second core");
        return 1;
    }
    ok = measure(&peer);
    (void)rt_machine_end(ok ? 0 : 1, ok ? "bench: done" : "bench: rows are missing");
    return 1; /* comes back only when refused */
}
