/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/ring against a peer that dies, errs or attacks: R4. The memory lies between
 * inaccessible pages, so a touch outside it ends the test.
 */
#include <check.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "tests/support/guarded.h"
#include "urpc/ring.h"

#define N 8u

static void *memory;
static struct urpc_slot *slot;
static struct urpc_line *line;
static struct urpc_tx tx;
static struct urpc_rx rx;

static void open_ring(uint32_t start)
{
    size_t bytes = URPC_LINES_BYTES + N * URPC_SLOT_BYTES;

    memory = guarded_alloc(bytes);
    slot = urpc_ring_slot(memory);
    line = urpc_ring_line(memory);
    if (start != 0)
        urpc_ring_format(slot, line, N, start);
    urpc_tx_attach(&tx, slot, line, N, start);
    urpc_rx_attach(&rx, slot, line, N, start);
}

static void close_ring(void)
{
    guarded_free(memory, URPC_LINES_BYTES + N * URPC_SLOT_BYTES);
}

static void send_number(uint64_t n)
{
    uint64_t w[URPC_WORDS] = {n, n + 1, n + 2, n + 3, n + 4, n + 5, n + 6};

    ck_assert_int_eq(urpc_send(&tx, (uint16_t)n, (uint8_t)n, w, sizeof w), ST_OK);
}

/* Differing payload bits of message n, and whether kind and info are n's. */
static int difference(const struct urpc_msg *m, uint64_t n)
{
    int bits = 0;

    for (unsigned i = 0; i < URPC_WORDS; i++)
        bits += __builtin_popcountll(m->word[i] ^ (n + i));
    ck_assert_uint_eq(m->kind, (uint16_t)n);
    ck_assert_uint_eq(m->info, (uint8_t)n);
    return bits;
}

/*
 * Eight states of a ring and, in each, the slot whose bits are flipped:
 *   0 new, its first slot                4 full, its first message
 *   1 a lap old, the slot waited for     5 full, its last message
 *   2 one message, that message          6 three messages, a slot beyond the next (taken before)
 *   3 three messages, the middle one     7 as 3, with positions that wrap at 2^32
 */
static const struct {
    uint32_t start, taken, queued, flip;
} states[8] = {
    {0, 0, 0, 0}, {0, N, 0, N},     {0, N, 1, N},     {0, 3, 3, 4},
    {0, 5, N, 5}, {0, 5, N, N + 4}, {0, 6, 3, N + 2}, {0xfffffffa, 5, 3, 6},
};

static void flip_bit(unsigned state, unsigned bit)
{
    uint32_t start = states[state].start, p = start + states[state].flip;
    uint64_t first = states[state].taken, end = first + states[state].queued;
    bool in_queue = p - start >= first && p - start < end, waited = p - start == end;
    bool head = bit >= 8 * URPC_PAYLOAD_BYTES;
    struct urpc_msg m;
    status_t st = ST_OK;
    int wrong = 0;
    uint64_t got;

    open_ring(start);
    for (uint64_t i = 0; i < first; i++) {
        send_number(i);
        ck_assert_int_eq(urpc_recv(&rx, &m), ST_OK);
    }
    urpc_ack(&rx);
    for (uint64_t i = first; i < end; i++)
        send_number(i);

    ((unsigned char *)&slot[p % N])[bit / 8] ^= (unsigned char)(1u << bit % 8);

    /* In order, exactly once, or an explicit error; and ten looks are enough to know. */
    for (got = first; (st = urpc_recv(&rx, &m)) == ST_OK; got++) {
        wrong += difference(&m, got);
        ck_assert_uint_le(got, end);
    }
    if (head && (in_queue || waited)) {
        ck_assert_int_eq(st, ST_PEER);
        ck_assert_uint_eq(got, p - start);
        ck_assert_int_eq(urpc_recv(&rx, &m), ST_PEER);
        ck_assert(urpc_ready(&rx));
        ck_assert_int_eq(wrong, 0);
    } else {
        ck_assert_int_eq(st, ST_AGAIN);
        ck_assert_uint_eq(got, end);
        ck_assert_int_eq(wrong, in_queue ? 1 : 0); /* a payload bit is its sender's business */
        send_number(got);
        ck_assert_int_eq(urpc_recv(&rx, &m), ST_OK);
        ck_assert_int_eq(difference(&m, got), 0);
    }
    close_ring();
}

/* 8 states x 512 bits = 4,096 */
START_TEST(no_flipped_bit_makes_a_message_come_twice_or_vanish_unseen)
{
    for (unsigned bit = 0; bit < 512; bit++)
        flip_bit((unsigned)_i, bit);
}
END_TEST

/* The sender's core stops after each of its eight stores; 4 fill states, 8 stores. */
START_TEST(a_sender_that_dies_leaves_a_whole_message_or_none)
{
    static const uint32_t fill[] = {0, 1, N / 2, N - 1};
    uint32_t before = fill[_i / 8];
    unsigned stores = (unsigned)_i % 8 + 1;
    struct urpc_slot *s;
    struct urpc_msg m;

    open_ring(0xfffffffc);
    for (uint64_t i = 0; i < before; i++)
        send_number(i);
    s = urpc_reserve(&tx);
    for (unsigned w = 0; w < stores && w < URPC_WORDS; w++)
        s->word[w] = before + w;
    if (stores == 8)
        urpc_commit(&tx, (uint16_t)before, (uint8_t)before);

    for (uint64_t i = 0; i < before + (stores == 8); i++) {
        ck_assert_int_eq(urpc_recv(&rx, &m), ST_OK);
        ck_assert_int_eq(difference(&m, i), 0);
    }
    for (int look = 0; look < 10; look++)
        ck_assert_int_eq(urpc_recv(&rx, &m), ST_AGAIN);
    close_ring();
}
END_TEST

/* Every ack near what is possible, and every power of two away, in a full ring. */
START_TEST(an_ack_beyond_what_was_sent_or_going_back_is_found_out)
{
    uint32_t start = _i == 0 ? 0 : 0xfffffffcu;

    for (int64_t d = -80; d <= 80; d++) {
        uint32_t ack = start + N + (uint32_t)d; /* N messages are sent, 0 were acknowledged */
        bool possible = d <= 0 && d >= -(int64_t)N;

        open_ring(start);
        for (uint64_t i = 0; i < N; i++)
            send_number(i);
        atomic_store(&line->ack, ack);
        for (int again = 0; again < 3; again++) {
            struct urpc_slot *s = urpc_reserve(&tx);

            if (possible && ack != start) {
                ck_assert_ptr_eq(s, &slot[start % N]);
            } else {
                ck_assert_ptr_null(s);
                ck_assert_int_eq(urpc_tx_why(&tx), possible ? ST_AGAIN : ST_PEER);
            }
        }
        atomic_store(&line->ack, start + N); /* repenting does not help */
        ck_assert((urpc_reserve(&tx) == NULL) == !possible);
        close_ring();
    }
}
END_TEST

static uint64_t valid_head(uint32_t seq, uint16_t kind, uint8_t info)
{
    uint64_t h = (uint64_t)seq | (uint64_t)kind << 32 | (uint64_t)info << 48, x = 0;

    for (int i = 0; i < 7; i++)
        x ^= h >> 8 * i & 0xff;
    return h | x << 56;
}

START_TEST(a_sequence_number_that_cannot_be_is_found_out)
{
    uint32_t start = _i == 0 ? 0 : 0xfffffffcu;
    struct urpc_msg m;

    for (int64_t d = -80; d <= 80; d++) {
        status_t want = d == 0 ? ST_OK : d == -(int64_t)N ? ST_AGAIN : ST_PEER;

        if (start == 0 &&
            d == -1) /* seq 0: differs from a header never written by its check only */
            continue;
        open_ring(start);
        atomic_store(&slot[start % N].head, valid_head(start + 1 + (uint32_t)d, 5, 6));
        ck_assert_int_eq(urpc_recv(&rx, &m), want);
        if (want == ST_PEER) {
            atomic_store(&slot[start % N].head, valid_head(start + 1, 5, 6));
            ck_assert_int_eq(urpc_recv(&rx, &m), ST_PEER); /* repenting does not help */
            ck_assert_ptr_null(urpc_peek(&rx));
        }
        close_ring();
    }
}
END_TEST

/* All memory is the attacker's, and he writes anything anywhere between any two calls. */
START_TEST(a_peer_that_writes_anything_anywhere_costs_a_status_and_no_more)
{
    const char *seed = getenv("SKERRY_SEED");
    uint64_t x = seed == NULL ? 88172645463325252ull : strtoull(seed, NULL, 10) * 2654435769u + 1;
    uint64_t ok = 0, peer = 0;

    for (int round = 0; round < 5000; round++) {
        open_ring(round % 2 ? 0xfffffff8u : 0);
        for (int i = 0; i < 50; i++) {
            struct urpc_msg m;
            status_t st;

            x ^= x << 13, x ^= x >> 7, x ^= x << 17;
            if (x % 4 == 0)
                ((uint64_t *)memory)[(x >> 8) % ((URPC_LINES_BYTES + N * 64) / 8)] = x >> 20;
            if (x % 4 == 1) /* a plausible lie */
                atomic_store(&slot[(x >> 8) % N].head,
                             valid_head(rx.next + (uint32_t)(x >> 16) % 3, 1, 1));
            if (x % 4 == 2)
                atomic_store(&line->ack, tx.next - (uint32_t)(x >> 16) % (N + 2));
            st = urpc_send(&tx, 1, 1, &x, sizeof x);
            ck_assert(st == ST_OK || st == ST_AGAIN || st == ST_PEER);
            st = urpc_recv(&rx, &m);
            ck_assert(st == ST_OK || st == ST_AGAIN || st == ST_PEER);
            ok += st == ST_OK;
            peer += st == ST_PEER;
        }
        ck_assert_uint_le(urpc_taken(&rx) - (round % 2 ? 0xfffffff8u : 0), 50);
        close_ring();
    }
    ck_assert_uint_gt(ok, 1000);
    ck_assert_uint_gt(peer, 1000);
}
END_TEST

/* A producer that changes header and payload while the consumer looks (double fetch). */
static _Atomic bool stop;
static _Atomic uint32_t position; /* where the consumer is, told to the attacker */

static void *rewrite(void *unused)
{
    (void)unused;
    for (uint32_t k = 0; !atomic_load_explicit(&stop, memory_order_relaxed); k++) {
        uint32_t next = atomic_load_explicit(&position, memory_order_relaxed);

        for (uint32_t p = next; p != next + N; p++) {
            __atomic_store_n(&slot[p % N].word[0], k, __ATOMIC_RELAXED);
            atomic_store_explicit(&slot[p % N].head,
                                  valid_head(p + 1, (uint16_t)(k & 0xff), (uint8_t)k),
                                  memory_order_relaxed);
        }
    }
    return NULL;
}

START_TEST(a_header_is_fetched_once)
{
    uint64_t taken = 0;
    time_t until = time(NULL) + 20; /* a busy host: fewer looks, and still enough */
    uint32_t kinds = 0, last = 256;
    pthread_t attacker;

    open_ring(0);
    ck_assert_int_eq(pthread_create(&attacker, NULL, rewrite, NULL), 0);
    while (taken < 1000000 && time(NULL) < until) {
        struct urpc_msg m;

        rx.broken = 0; /* look again and again, whatever he wrote */
        if (urpc_recv(&rx, &m) != ST_OK) {
            sched_yield();
            continue;
        }
        taken++;
        atomic_store_explicit(&position, rx.next, memory_order_relaxed);
        ck_assert_uint_eq(m.kind, m.info); /* of one header, never of two */
        kinds += m.kind != last;
        last = m.kind;
    }
    atomic_store(&stop, true);
    pthread_join(attacker, NULL);
    ck_assert_uint_gt(taken, 20000);
    ck_assert_uint_gt(kinds, 1000); /* he did change them */
    close_ring();
}
END_TEST

int main(void)
{
    Suite *s = suite_create("urpc/ring, faults");
    TCase *t = tcase_create("faults");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, no_flipped_bit_makes_a_message_come_twice_or_vanish_unseen, 0, 8);
    tcase_add_loop_test(t, a_sender_that_dies_leaves_a_whole_message_or_none, 0, 32);
    tcase_add_loop_test(t, an_ack_beyond_what_was_sent_or_going_back_is_found_out, 0, 2);
    tcase_add_loop_test(t, a_sequence_number_that_cannot_be_is_found_out, 0, 2);
    tcase_add_test(t, a_peer_that_writes_anything_anywhere_costs_a_status_and_no_more);
    tcase_add_test(t, a_header_is_fetched_once);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
