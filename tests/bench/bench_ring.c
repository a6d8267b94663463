/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ring on this machine, beside its peers in the same run.
 *
 *   host.ring_rtt          a message of one word there and one back; peer: two bare cache lines
 *                          handed back and forth, which no ring can be faster than
 *   host.ring_rtt_full     the same with all 56 bytes written and read
 *   host.ring_throughput   56-byte messages one way; peer: ck_ring of 56-byte entries (libck)
 *
 * Two threads, each on a core of its own. Batches of the kinds alternate, so that what else runs
 * here hits all alike; the figures are medians over batches, and the ratio is the median of the
 * ratios of neighbouring batches. Rows for programs on stdout, for people on stderr.
 */
#include <ck_ring.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/bench.h"
#include "urpc/chan.h"

#define BATCHES  201u
#define ROUNDS   2000u
#define MESSAGES 40000u
#define WARM     200u

enum kind { RAW, RING, RING_FULL, STREAM_RING, STREAM_CK, QUIT, KINDS = QUIT };

struct entry {
    uint64_t word[URPC_WORDS];
};
CK_RING_PROTOTYPE(entry, entry)

static struct {
    _Alignas(128) _Atomic uint64_t ping;
    _Alignas(128) _Atomic uint64_t pong;
    _Alignas(128) _Atomic uint64_t go;   /* batch number * 8 + kind: the second thread does it */
    _Alignas(128) _Atomic uint64_t done; /* the batch the second thread has done              */
} line;

static _Alignas(4096) unsigned char memory[CHANNEL_BYTES];
static struct urpc_chan end[2];
static _Alignas(128) struct ck_ring ck;
static _Alignas(128) struct entry ck_buffer[32];
static uint64_t batch;

static inline void relax(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

/* --- one word, or all seven, there and back ----------------------------------------------------- */

static inline void put(struct urpc_tx *tx, uint64_t n, unsigned words)
{
    struct urpc_slot *s;

    while ((s = urpc_reserve(tx)) == NULL)
        relax();
    for (unsigned i = 0; i < words; i++)
        s->word[i] = n + i;
    urpc_commit(tx, 1, 0);
}

static inline uint64_t get(struct urpc_rx *rx, unsigned words)
{
    const struct urpc_slot *s;
    uint64_t sum = 0;

    while ((s = urpc_peek(rx)) == NULL)
        ;
    for (unsigned i = 0; i < words; i++)
        sum += urpc_word(s, i);
    urpc_release(rx);
    return sum;
}

static void wrong(const char *what)
{
    fprintf(stderr, "bench_ring: %s\n", what);
    exit(1);
}

static uint64_t raw_ask(uint64_t from, uint64_t rounds)
{
    uint64_t start = bench_now_ns();

    for (uint64_t n = from; n < from + rounds; n++) {
        atomic_store_explicit(&line.ping, n, memory_order_release);
        while (atomic_load_explicit(&line.pong, memory_order_acquire) != n)
            ;
    }
    return bench_now_ns() - start;
}

static void raw_answer(uint64_t from, uint64_t rounds)
{
    for (uint64_t n = from; n < from + rounds; n++) {
        while (atomic_load_explicit(&line.ping, memory_order_acquire) != n)
            ;
        atomic_store_explicit(&line.pong, n, memory_order_release);
    }
}

static uint64_t ring_ask(uint64_t rounds, unsigned words)
{
    uint64_t start = bench_now_ns(), want = (uint64_t)words * (words - 1) / 2;

    for (uint64_t n = 0; n < rounds; n++) {
        put(&end[0].tx, n, words);
        if (get(&end[0].rx, words) != n * words + want)
            wrong("an answer is not what was asked");
    }
    return bench_now_ns() - start;
}

static void ring_answer(uint64_t rounds, unsigned words)
{
    for (uint64_t n = 0; n < rounds; n++) {
        get(&end[1].rx, words);
        put(&end[1].tx, n, words);
    }
}

/* --- a stream one way ----------------------------------------------------------------------------- */

static void ring_stream(void)
{
    for (uint64_t n = 0; n < MESSAGES; n++)
        put(&end[0].tx, n, URPC_WORDS);
}

static void ring_drain(void)
{
    for (uint64_t n = 0; n < MESSAGES; n++)
        if (get(&end[1].rx, URPC_WORDS) != n * 7 + 21)
            wrong("a message of the stream is not what was sent");
}

static void ck_stream(void)
{
    for (uint64_t n = 0; n < MESSAGES; n++) {
        struct entry e;

        for (unsigned i = 0; i < URPC_WORDS; i++)
            e.word[i] = n + i;
        while (!ck_ring_enqueue_spsc_entry(&ck, ck_buffer, &e))
            relax();
    }
}

static void ck_drain(void)
{
    for (uint64_t n = 0; n < MESSAGES; n++) {
        struct entry e;
        uint64_t sum = 0;

        while (!ck_ring_dequeue_spsc_entry(&ck, ck_buffer, &e))
            ;
        for (unsigned i = 0; i < URPC_WORDS; i++)
            sum += e.word[i];
        if (sum != n * 7 + 21)
            wrong("ck_ring: a message of the stream is not what was sent");
    }
}

/* --- the two threads ------------------------------------------------------------------------------- */

static void pin(unsigned core)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(core, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof set, &set) != 0)
        wrong("needs two cores to itself: the second one is not there");
}

static void *second(void *unused)
{
    (void)unused;
    pin(1);
    for (uint64_t b = 1;; b++) {
        uint64_t go;

        while ((go = atomic_load_explicit(&line.go, memory_order_acquire)) / 8 != b)
            relax();
        switch ((enum kind)(go % 8)) {
        case RAW:
            raw_answer(b * 1000000, WARM + ROUNDS);
            break;
        case RING:
        case RING_FULL:
            ring_answer(WARM, go % 8 == RING ? 1 : URPC_WORDS);
            ring_answer(ROUNDS, go % 8 == RING ? 1 : URPC_WORDS);
            break;
        case STREAM_RING:
            ring_drain();
            break;
        case STREAM_CK:
            ck_drain();
            break;
        case QUIT:
            return NULL;
        }
        atomic_store_explicit(&line.done, b, memory_order_release);
    }
}

/* One batch of a kind: nanoseconds per round trip or per message. */
static double run(enum kind kind)
{
    uint64_t ns = 0, start;

    batch++;
    atomic_store_explicit(&line.go, batch * 8 + kind, memory_order_release);
    start = bench_now_ns();
    switch (kind) {
    case RAW:
        raw_ask(batch * 1000000, WARM);
        ns = raw_ask(batch * 1000000 + WARM, ROUNDS);
        break;
    case RING:
    case RING_FULL:
        ring_ask(WARM, kind == RING ? 1 : URPC_WORDS);
        ns = ring_ask(ROUNDS, kind == RING ? 1 : URPC_WORDS);
        break;
    case STREAM_RING:
        ring_stream();
        break;
    case STREAM_CK:
        ck_stream();
        break;
    case QUIT:
        return 0;
    }
    while (atomic_load_explicit(&line.done, memory_order_acquire) != batch)
        ;
    if (kind == STREAM_RING || kind == STREAM_CK)
        return (double)(bench_now_ns() - start) / MESSAGES;
    return (double)ns / ROUNDS;
}

static double sample[KINDS][BATCHES];

static double median(enum kind k)
{
    return bench_median(sample[k], BATCHES);
}

static double ratio(enum kind a, enum kind b)
{
    return bench_ratio(sample[a], sample[b], BATCHES);
}

int main(void)
{
    pthread_t thread;

    pin(0);
    ck_ring_init(&ck, 32);
    for (unsigned s = 0; s < 2; s++)
        if (urpc_chan_attach(&end[s], memory, sizeof memory, s, 0, 0) != ST_OK)
            wrong("the channel does not attach");
    if (pthread_create(&thread, NULL, second, NULL) != 0)
        wrong("no second thread");
    for (unsigned i = 0; i < BATCHES; i++)
        for (unsigned k = 0; k < KINDS; k++) /* turn about, and each kind first in turn */
            sample[(k + i) % KINDS][i] = run((enum kind)((k + i) % KINDS));
    run(QUIT);
    pthread_join(thread, NULL);

    bench_header();
    bench_row("host.ring_rtt", "ns", median(RING), "raw cache lines", median(RAW), ratio(RING, RAW),
              "goal: at most 1.15x");
    bench_row("host.ring_rtt_full", "ns", median(RING_FULL), "raw cache lines", median(RAW),
              ratio(RING_FULL, RAW), "");
    bench_row("host.ring_throughput", "msgs/s", 1e9 / median(STREAM_RING), "ck_ring",
              1e9 / median(STREAM_CK), ratio(STREAM_CK, STREAM_RING), "goal: at least 1x");
    return 0;
}
