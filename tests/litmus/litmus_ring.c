/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Two threads over the very ring and sleep protocol, under the thread sanitizer.
 *
 * The sanitizer reports payload that is read or written without a release and an acquire
 * between: a missing (A), (B), (C) or (D). It knows nothing of full fences; a missing (E) or
 * (F) is found by tests/model/model_ring.c. A lost wake-up is noticed here by its delay.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "tests/support/args.h"
#include "urpc/chan.h"

#define LOST_SECONDS 5

static _Alignas(4096) unsigned char memory[CHANNEL_BYTES];

/* A doorbell: says nothing but "look". */
static struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rung;
    bool pending;
    uint64_t pokes, sleeps;
} bell[2] = {{.lock = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER},
             {.lock = PTHREAD_MUTEX_INITIALIZER, .rung = PTHREAD_COND_INITIALIZER}};

static uint64_t rounds;
static _Atomic int lost, wrong;

static void poke(struct bell *b)
{
    pthread_mutex_lock(&b->lock);
    b->pending = true;
    b->pokes++;
    pthread_cond_signal(&b->rung);
    pthread_mutex_unlock(&b->lock);
}

static void sleep_until_poked(struct bell *b)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += LOST_SECONDS;
    pthread_mutex_lock(&b->lock);
    b->sleeps++;
    while (!b->pending)
        if (pthread_cond_timedwait(&b->rung, &b->lock, &until) != 0) {
            atomic_fetch_add(&lost, 1);
            break;
        }
    b->pending = false;
    pthread_mutex_unlock(&b->lock);
}

static void fill(struct urpc_slot *s, uint64_t n)
{
    for (unsigned i = 0; i < URPC_WORDS; i++)
        s->word[i] = n * URPC_WORDS + i;
}

static void check(const struct urpc_slot *s, uint64_t n)
{
    for (unsigned i = 0; i < URPC_WORDS; i++)
        if (s->word[i] != n * URPC_WORDS + i)
            atomic_fetch_add(&wrong, 1);
}

static void put(struct urpc_chan *c, uint64_t n, bool bells)
{
    struct urpc_slot *s;

    while ((s = urpc_reserve(&c->tx)) == NULL)
        sched_yield();
    fill(s, n);
    urpc_commit(&c->tx, 1, 0);
    if (bells && urpc_must_ring(&c->tx))
        poke(&bell[1 - c->side]);
}

static void get(struct urpc_chan *c, struct urpc_waiter *w, uint64_t n)
{
    struct urpc_rx *rx = &c->rx;
    const struct urpc_slot *s;
    size_t which;

    while ((s = urpc_peek(rx)) == NULL && atomic_load(&lost) == 0) {
        if (w == NULL)
            sched_yield();
        else if (urpc_wait(w, &rx, 1, &which) == URPC_SLEEP)
            sleep_until_poked(&bell[c->side]);
    }
    if (s == NULL)
        return;
    check(s, n);
    urpc_release(rx);
}

/* Bursts of 1 to 40 each way in turn: the ring gets full, empty and everything between. */
static uint64_t burst(uint64_t n)
{
    return n * 2654435761u % 40 + 1;
}

/* Polling only: no lock orders anything, what order there is comes from the ring. */
static void *stream(void *end)
{
    struct urpc_chan *c = end;

    for (uint64_t n = 0; n < rounds; n++)
        if (c->side == 0)
            put(c, n, false);
        else
            get(c, NULL, n);
    return NULL;
}

static void *converse(void *end)
{
    struct urpc_waiter w = {.budget = 0};
    struct urpc_chan *c = end;
    uint64_t n = 0;

    for (uint64_t turn = 0; n < rounds && atomic_load(&lost) == 0; turn++)
        for (uint64_t i = 0, k = burst(turn); i < k; i++, n++)
            if (turn % 2 == c->side) {
                put(c, n, true);
            } else {
                w.budget = (uint32_t)(n % 3);
                get(c, &w, n);
            }
    return NULL;
}

static void run(const char *what, void *(*body)(void *), bool sleeping)
{
    static struct urpc_chan end[2];
    pthread_t thread[2];

    urpc_chan_clear(memory, sizeof memory);
    for (unsigned i = 0; i < 2; i++)
        if (urpc_chan_attach(&end[i], memory, sizeof memory, i, 0, 0) != ST_OK)
            abort();
    for (int i = 0; i < 2; i++)
        pthread_create(&thread[i], NULL, body, &end[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    printf("# %llu messages, %llu sleeps, %llu pokes, %d lost wake-ups, %d wrong words\n",
           (unsigned long long)rounds, (unsigned long long)(bell[0].sleeps + bell[1].sleeps),
           (unsigned long long)(bell[0].pokes + bell[1].pokes), lost, wrong);
    printf("%s - %s\n",
           lost == 0 && wrong == 0 && (!sleeping || bell[0].sleeps > 100) ? "ok" : "not ok", what);
    fflush(stdout);
}

int main(void)
{
    uint64_t seconds = test_seconds(0);
    time_t end = time(NULL) + (time_t)seconds;

    rounds = 300000;
    do {
        run("messages are whole, once and in order, both sides polling", stream, false);
        run("and with both sides going to sleep; nobody sleeps with a message", converse, true);
    } while (time(NULL) < end && lost == 0 && wrong == 0);
    return lost != 0 || wrong != 0;
}
