/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/ring as its two ends see it when both keep the protocol: R1, R2, and the copies. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/guarded.h"
#include "urpc/ring.h"

static void *memory;
static size_t memory_bytes;
static struct urpc_slot *slot;
static struct urpc_line *line;
static struct urpc_tx tx;
static struct urpc_rx rx;

static void open_ring(uint32_t nslots, uint32_t start)
{
    memory_bytes = URPC_LINES_BYTES + (size_t)nslots * URPC_SLOT_BYTES;
    memory = guarded_alloc(memory_bytes);
    slot = urpc_ring_slot(memory);
    line = urpc_ring_line(memory);
    if (start != 0)
        urpc_ring_format(slot, line, nslots, start);
    urpc_tx_attach(&tx, slot, line, nslots, start);
    urpc_rx_attach(&rx, slot, line, nslots, start);
}

static void close_ring(void)
{
    guarded_free(memory, memory_bytes);
}

static status_t send_number(uint64_t n)
{
    uint64_t w[URPC_WORDS] = {n, ~n, n * 3, n ^ 0x5555, n << 7, n + 9, ~n * 11};

    return urpc_send(&tx, (uint16_t)n, (uint8_t)(n >> 3), w, sizeof w);
}

static void receive_number(uint64_t n)
{
    uint64_t w[URPC_WORDS] = {n, ~n, n * 3, n ^ 0x5555, n << 7, n + 9, ~n * 11};
    struct urpc_msg m;

    ck_assert_int_eq(urpc_recv(&rx, &m), ST_OK);
    ck_assert(memcmp(m.word, w, sizeof w) == 0);
    ck_assert_uint_eq(m.kind, (uint16_t)n);
    ck_assert_uint_eq(m.info, (uint8_t)(n >> 3));
}

static void nothing_to_receive(void)
{
    struct urpc_msg m;

    ck_assert_int_eq(urpc_recv(&rx, &m), ST_AGAIN);
    ck_assert(!urpc_ready(&rx));
}

static const uint32_t sizes[] = {1, 2, 4, 8, 32, 64};
static const uint32_t starts[] = {0, 1, 31, 32, 0x7ffffff0, 0xffffffc0, 0xfffffffd, 0xffffffff};
#define NSIZES  (int)(sizeof sizes / sizeof sizes[0])
#define NSTARTS (int)(sizeof starts / sizeof starts[0])

START_TEST(zeroed_memory_is_an_empty_ring)
{
    open_ring(sizes[_i], 0);
    nothing_to_receive();
    ck_assert_int_eq(send_number(7), ST_OK);
    ck_assert(urpc_ready(&rx));
    receive_number(7);
    nothing_to_receive();
    close_ring();
}
END_TEST

/* Every size with every start value: 48 rings, with 0 to nslots messages on the way. */
START_TEST(messages_arrive_once_and_in_order_across_wrap)
{
    uint32_t n = sizes[_i / NSTARTS];
    uint64_t sent = 0, got = 0;

    open_ring(n, starts[_i % NSTARTS]);
    for (uint32_t fill = 1; fill <= n; fill++)
        for (int lap = 0; lap < 3; lap++) {
            while (sent - got < fill)
                ck_assert_int_eq(send_number(sent++), ST_OK);
            while (got < sent)
                receive_number(got++);
            nothing_to_receive();
            urpc_ack(&rx);
        }
    ck_assert_uint_eq(urpc_sent(&tx), starts[_i % NSTARTS] + (uint32_t)sent);
    ck_assert_uint_eq(urpc_taken(&rx), urpc_sent(&tx));
    close_ring();
}
END_TEST

START_TEST(a_full_ring_refuses_and_keeps_what_it_has)
{
    uint32_t n = sizes[_i / NSTARTS];

    open_ring(n, starts[_i % NSTARTS]);
    for (uint64_t i = 0; i < n; i++)
        ck_assert_int_eq(send_number(i), ST_OK);
    for (int again = 0; again < 3; again++) {
        ck_assert_int_eq(send_number(99), ST_AGAIN);
        ck_assert_ptr_null(urpc_reserve(&tx));
    }
    for (uint64_t i = 0; i < n; i++)
        receive_number(i);
    nothing_to_receive();
    ck_assert_int_eq(send_number(5), ST_OK); /* a whole lap was acknowledged on the way */
    receive_number(5);
    close_ring();
}
END_TEST

/* And not sooner than the next look: an answer sent in between does not wait for it. */
START_TEST(credit_returns_after_a_quarter_of_a_lap_and_not_for_each_message)
{
    open_ring(32, 0);
    for (uint64_t i = 0; i < 32; i++)
        ck_assert_int_eq(send_number(i), ST_OK);
    for (uint64_t i = 0; i < 8; i++) {
        receive_number(i);
        ck_assert_uint_eq(line->ack, 0);
        ck_assert_int_eq(send_number(99), ST_AGAIN);
    }
    ck_assert_ptr_nonnull(urpc_peek(&rx));
    ck_assert_uint_eq(line->ack, 8);
    for (uint64_t i = 32; i < 40; i++)
        ck_assert_int_eq(send_number(i), ST_OK);
    ck_assert_int_eq(send_number(99), ST_AGAIN);
    for (uint64_t i = 8; i < 40; i++)
        receive_number(i);
    nothing_to_receive();
    close_ring();
}
END_TEST

START_TEST(the_producer_looks_at_the_ack_only_when_its_credit_is_spent)
{
    open_ring(8, 0);
    atomic_store(&line->ack, 12345); /* would be ST_PEER if it were read */
    for (uint64_t i = 0; i < 8; i++)
        ck_assert_int_eq(send_number(i), ST_OK);
    ck_assert_int_eq(send_number(8), ST_PEER);
    close_ring();
}
END_TEST

/* No copy between the two ends: where the producer fills is where the consumer reads. */
START_TEST(what_the_producer_fills_in_place_the_consumer_reads_in_place)
{
    open_ring(4, 0);
    for (uint64_t i = 0; i < 12; i++) {
        struct urpc_slot *put = urpc_reserve(&tx);
        const struct urpc_slot *got;

        ck_assert_ptr_eq(urpc_reserve(&tx), put); /* twice is once */
        put->word[0] = i;
        urpc_commit(&tx, 3, 4);
        got = urpc_peek(&rx);
        ck_assert_ptr_eq(got, put);
        ck_assert_uint_eq(urpc_word(got, 0), i);
        ck_assert_uint_eq(urpc_kind(&rx), 3);
        ck_assert_uint_eq(urpc_info(&rx), 4);
        urpc_release(&rx);
    }
    close_ring();
}
END_TEST

/* The ring never moves payload on its own: commit, peek and release leave all seven words of
 * every slot as they are, and a receive takes them without writing the slot. */
START_TEST(only_the_sender_writes_payload_and_only_once)
{
    uint64_t before[4][URPC_WORDS];
    struct urpc_msg m;

    open_ring(4, 0);
    for (uint64_t i = 0; i < 3; i++)
        ck_assert_int_eq(send_number(i), ST_OK);
    ck_assert_ptr_nonnull(urpc_reserve(&tx));
    for (int i = 0; i < 4; i++)
        memcpy(before[i], slot[i].word, sizeof before[i]);
    urpc_commit(&tx, 9, 9);
    ck_assert_ptr_nonnull(urpc_peek(&rx));
    urpc_release(&rx);
    ck_assert_int_eq(urpc_recv(&rx, &m), ST_OK);
    for (int i = 0; i < 4; i++)
        ck_assert(memcmp(before[i], slot[i].word, sizeof before[i]) == 0);
    ck_assert(memcmp(m.word, before[1], sizeof m.word) == 0);
    close_ring();
}
END_TEST

START_TEST(a_payload_of_any_length_up_to_56_arrives)
{
    uint8_t bytes[URPC_PAYLOAD_BYTES + 1];
    struct urpc_msg m;

    open_ring(2, 0);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7 + 1);
    for (size_t n = 0; n <= URPC_PAYLOAD_BYTES; n++) {
        ck_assert_int_eq(urpc_send(&tx, 1, (uint8_t)n, bytes, n), ST_OK);
        ck_assert_int_eq(urpc_recv(&rx, &m), ST_OK);
        ck_assert(memcmp(m.word, bytes, n) == 0);
        ck_assert_uint_eq(m.info & URPC_INFO_LENGTH, n);
    }
    ck_assert_int_eq(urpc_send(&tx, 1, 0, bytes, sizeof bytes), ST_INVALID);
    nothing_to_receive();
    close_ring();
}
END_TEST

START_TEST(all_kinds_and_infos_arrive_as_sent)
{
    open_ring(2, 0);
    for (uint32_t k = 0; k < 0x10000; k += 2053)
        for (uint32_t i = 0; i < 256; i++) {
            ck_assert_ptr_nonnull(urpc_reserve(&tx));
            urpc_commit(&tx, (uint16_t)k, (uint8_t)i);
            ck_assert_ptr_nonnull(urpc_peek(&rx));
            ck_assert_uint_eq(urpc_kind(&rx), k);
            ck_assert_uint_eq(urpc_info(&rx), i);
            urpc_release(&rx);
        }
    close_ring();
}
END_TEST

START_TEST(the_number_of_slots_is_the_largest_power_of_two_that_fits)
{
    ck_assert_uint_eq(urpc_ring_slots(0), 0);
    ck_assert_uint_eq(urpc_ring_slots(191), 0);
    ck_assert_uint_eq(urpc_ring_slots(192), 1);
    ck_assert_uint_eq(urpc_ring_slots(255), 1);
    ck_assert_uint_eq(urpc_ring_slots(256), 2);
    ck_assert_uint_eq(urpc_ring_slots(383), 2);
    ck_assert_uint_eq(urpc_ring_slots(384), 4);
    ck_assert_uint_eq(urpc_ring_slots(4096), 32);
    ck_assert_uint_eq(urpc_ring_slots(4096 + 128), 64);
    ck_assert_uint_eq(urpc_ring_slots(SIZE_MAX), URPC_SLOTS_MAX);
}
END_TEST

/* Random comings and goings against a plain queue: the ring agrees with it at every step. */
START_TEST(a_ring_behaves_like_a_queue)
{
    const char *seed = getenv("SKERRY_SEED");
    uint32_t n = sizes[_i];
    uint64_t sent = 0, got = 0;

    srand(seed == NULL ? 1 : (unsigned)atoi(seed));
    open_ring(n, 0xfffff000);
    for (int step = 0; step < 20000; step++) {
        int what = rand() % 16;

        if (what < 8) {
            status_t st = send_number(sent);

            ck_assert(st == ST_OK || (st == ST_AGAIN && urpc_sent(&tx) - line->ack == n));
            sent += st == ST_OK;
        } else if (what < 15) {
            if (sent == got)
                nothing_to_receive();
            else
                receive_number(got++);
        } else {
            urpc_ack(&rx);
        }
        ck_assert_uint_le(sent - got, n);
    }
    ck_assert_uint_gt(sent, 3000);
    close_ring();
}
END_TEST

START_TEST(a_commit_without_room_is_our_own_mistake)
{
    open_ring(1, 0);
    ck_assert_int_eq(send_number(1), ST_OK);
    urpc_commit(&tx, 1, 0);
}
END_TEST

START_TEST(a_release_without_a_message_is_our_own_mistake)
{
    open_ring(1, 0);
    urpc_release(&rx);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("urpc/ring");
    TCase *t = tcase_create("ring");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, zeroed_memory_is_an_empty_ring, 0, NSIZES);
    tcase_add_loop_test(t, messages_arrive_once_and_in_order_across_wrap, 0, NSIZES * NSTARTS);
    tcase_add_loop_test(t, a_full_ring_refuses_and_keeps_what_it_has, 0, NSIZES * NSTARTS);
    tcase_add_test(t, credit_returns_after_a_quarter_of_a_lap_and_not_for_each_message);
    tcase_add_test(t, the_producer_looks_at_the_ack_only_when_its_credit_is_spent);
    tcase_add_test(t, what_the_producer_fills_in_place_the_consumer_reads_in_place);
    tcase_add_test(t, only_the_sender_writes_payload_and_only_once);
    tcase_add_test(t, a_payload_of_any_length_up_to_56_arrives);
    tcase_add_test(t, all_kinds_and_infos_arrive_as_sent);
    tcase_add_test(t, the_number_of_slots_is_the_largest_power_of_two_that_fits);
    tcase_add_loop_test(t, a_ring_behaves_like_a_queue, 0, NSIZES);
    tcase_add_test_raise_signal(t, a_commit_without_room_is_our_own_mistake, SIGABRT);
    tcase_add_test_raise_signal(t, a_release_without_a_message_is_our_own_mistake, SIGABRT);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
