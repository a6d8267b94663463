/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The two shapes of memory order that urpc leans on, run on this machine until it shows what it
 * does: bare words, two threads, many rounds.
 *
 *     sleep (store buffering)                      publish (message passing)
 *     bell = 1          slot = 1                   word = n              head?
 *     slot?             bell?                      head = n  (A)         word?  (B)
 *     must not: both read 0                        must not: head n, word older
 *
 * The sleep shape is run with release and acquire too, which do not forbid it: a machine that
 * reorders shows so, and that is how we know that this test can see what it looks for. What a
 * machine does not show is not thereby forbidden: tests/model/model_ring.c decides that.
 */
#include <pthread.h>
#include <stdio.h>
#include "urpc/order.h"

#define ROUNDS 200000u
#define RACES  10u
#define NATIVE __attribute__((noinline, no_sanitize("thread"))) /* the bare instructions */

static struct {
    _Atomic uint32_t word;
    char pad[124];
} x, y, gate[2];
static uint32_t seen[2];
static bool fenced;
static uint32_t both_blind, torn;

/* Both threads leave together: each says it is at round r and waits for the other. */
NATIVE static void meet(unsigned side, uint32_t r)
{
    atomic_store_explicit(&gate[side].word, r, memory_order_release);
    while ((int32_t)(atomic_load_explicit(&gate[1 - side].word, memory_order_acquire) - r) < 0)
        ;
}

NATIVE static void sleep_shape(unsigned side, uint32_t r)
{
    _Atomic uint32_t *mine = side == 0 ? &x.word : &y.word, *other = side == 0 ? &y.word : &x.word;

    ORDER_STORE(mine, r, memory_order_release);
    if (fenced)
        ORDER_FENCE();
    seen[side] = ORDER_LOAD(other, memory_order_acquire);
}

NATIVE static void *sleepers(void *side_)
{
    unsigned side = side_ != NULL;

    for (uint32_t r = 1; r <= ROUNDS; r++) {
        meet(side, 3 * r);
        for (uint32_t k = side == 0 ? r % 256 : r * 2654435761u >> 24; k > 0;
             k--) /* sometimes they coincide */
            atomic_signal_fence(memory_order_seq_cst);
        sleep_shape(side, r);
        meet(side, 3 * r + 1);
        if (side == 0)
            both_blind += seen[0] != r && seen[1] != r;
        meet(side, 3 * r + 2);
    }
    return NULL;
}

NATIVE static void *publishers(void *side_)
{
    for (uint32_t r = 1; r <= 20 * ROUNDS; r++)
        if (side_ == NULL) {
            ORDER_STORE(&x.word, r, memory_order_relaxed);
            ORDER_STORE(&y.word, r, memory_order_release);
        } else {
            uint32_t head = ORDER_LOAD(&y.word, memory_order_acquire);

            torn += (int32_t)(ORDER_LOAD(&x.word, memory_order_relaxed) - head) < 0;
        }
    return NULL;
}

static void race(void *(*body)(void *))
{
    pthread_t thread[2];

    x.word = y.word = gate[0].word = gate[1].word = 0;
    pthread_create(&thread[0], NULL, body, NULL);
    pthread_create(&thread[1], NULL, body, &x);
    pthread_join(thread[0], NULL);
    pthread_join(thread[1], NULL);
}

static bool report(bool ok, const char *what, uint32_t times, uint32_t rounds)
{
    printf("%s - %s (%u of %u)\n", ok ? "ok" : "not ok", what, times, rounds);
    return ok;
}

int main(void)
{
    uint32_t with = 0, without = 0, races;
    bool ok = true;

    for (races = 0; races < RACES && (races < 3 || without < 10); races++) {
        fenced = true;
        both_blind = 0;
        race(sleepers);
        with += both_blind;
        fenced = false;
        both_blind = 0;
        race(sleepers);
        without += both_blind;
    }
    ok &= report(with == 0, "with full fences never both blind", with, races * ROUNDS);
    if (without == 0) /* one host core at a time, say: then the row above means little */
        printf("ok - # skip: without them this machine was never caught both blind either\n");
    else
        ok &= report(true, "with release and acquire both blind", without, races * ROUNDS);

    race(publishers);
    ok &= report(torn == 0, "a head is never seen before its word", torn, 20 * ROUNDS);
    return !ok;
}
