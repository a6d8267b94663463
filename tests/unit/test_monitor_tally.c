/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* What went through a ring, told from what its ends wrote: against a real ring, and against ends that lie. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "monitor/tally.h"
#include "tests/support/args.h"
#include "urpc/chan.h"

static _Alignas(64) char memory[CHANNEL_BYTES];
static struct urpc_chan end[2];
static uint32_t seen, slots;

static void setup(void)
{
    memset(memory, 0, sizeof memory);
    for (unsigned s = 0; s < 2; s++)
        ck_assert_int_eq(urpc_chan_attach(&end[s], memory, sizeof memory, s, 0, 0), ST_OK);
    seen = 0;
    slots = urpc_chan_slots(CHANNEL_BYTES);
}

/* As monitor/rings reads it: the ring that side 0 fills. */
static uint32_t look(void)
{
    const struct urpc_line *line = (const void *)(memory + CHANNEL_BYTES / 2);
    const struct urpc_slot *slot = (const void *)(memory + URPC_LINES_BYTES);
    uint32_t ack = line->ack;

    return tally(&seen, ack, slot[(ack - 1) % slots].head, slots);
}

/* As many of them as there is room for. */
static unsigned send(unsigned n)
{
    uint64_t word = 7;
    unsigned sent = 0;

    while (sent < n && urpc_send(&end[0].tx, 1, 0, &word, sizeof word) == ST_OK)
        sent++;
    return sent;
}

static void take(unsigned n)
{
    struct urpc_msg m;

    while (n-- > 0)
        ck_assert_int_eq(urpc_recv(&end[1].rx, &m), ST_OK);
}

START_TEST(a_new_ring_has_said_nothing)
{
    ck_assert_uint_eq(look(), 0);
    send(5);
    ck_assert_uint_eq(look(), 0);
}
END_TEST

START_TEST(what_was_taken_and_acknowledged_is_counted_once)
{
    uint64_t state = test_seed() * 2 + 1, sent = 0, taken = 0, counted = 0;

    for (unsigned i = 0; i < 20000; i++) {
        unsigned room = slots - (unsigned)(sent - taken), n;

        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        n = (unsigned)(state >> 20) % (room + 1);
        sent += send(n);
        n = (unsigned)(state >> 40) % ((unsigned)(sent - taken) + 1);
        take(n);
        taken += n;
        if (state % 3 == 0)
            urpc_ack(&end[1].rx);
        counted += look();
        ck_assert_uint_le(counted, taken);
        ck_assert_uint_le(taken - counted, slots); /* it lags by less than a lap */
    }
    urpc_ack(&end[1].rx);
    counted += look();
    ck_assert_uint_eq(counted, taken);
    ck_assert_uint_eq(look(), 0);
}
END_TEST

START_TEST(a_producer_that_went_on_since_is_believed)
{
    send(slots);
    take(slots);
    urpc_ack(&end[1].rx);
    send(slots); /* the slot holds the position of a lap later by now */
    ck_assert_uint_eq(look(), slots);
}
END_TEST

START_TEST(a_consumer_alone_cannot_feign_traffic)
{
    struct urpc_line *line = (void *)(memory + CHANNEL_BYTES / 2);

    send(3);
    for (uint32_t ack = 4; ack < 100000; ack = ack * 5 / 4 + 1) {
        line->ack = ack;
        ck_assert_uint_eq(look(), 0);
    }
    line->ack = 3; /* the truth, late */
    ck_assert_uint_eq(look(), 3);
}
END_TEST

START_TEST(a_producer_alone_cannot_feign_traffic)
{
    struct urpc_slot *slot = (void *)(memory + URPC_LINES_BYTES);

    for (unsigned i = 0; i < slots; i++)
        slot[i].head = 1000 + i;
    ck_assert_uint_eq(look(), 0);
}
END_TEST

START_TEST(a_position_that_goes_back_or_far_ahead_counts_nothing)
{
    seen = 1000;
    ck_assert_uint_eq(tally(&seen, 999, 999, slots), 0);
    ck_assert_uint_eq(seen, 999); /* and the next is counted from there */
    ck_assert_uint_eq(tally(&seen, 1001, 1001, slots), 2);
    ck_assert_uint_eq(tally(&seen, 1002 + TALLY_STEP_MAX, 1002 + TALLY_STEP_MAX, slots), 0);
}
END_TEST

START_TEST(positions_are_numbers_modulo_2_to_the_32)
{
    seen = UINT32_MAX - 2;
    ck_assert_uint_eq(tally(&seen, 5, 5, slots), 8);
    seen = UINT32_MAX - 2;
    ck_assert_uint_eq(tally(&seen, UINT32_MAX, slots - 1, slots), 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/tally");
    TCase *t = tcase_create("tally");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, a_new_ring_has_said_nothing);
    tcase_add_test(t, what_was_taken_and_acknowledged_is_counted_once);
    tcase_add_test(t, a_producer_that_went_on_since_is_believed);
    tcase_add_test(t, a_consumer_alone_cannot_feign_traffic);
    tcase_add_test(t, a_producer_alone_cannot_feign_traffic);
    tcase_add_test(t, a_position_that_goes_back_or_far_ahead_counts_nothing);
    tcase_add_test(t, positions_are_numbers_modulo_2_to_the_32);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
