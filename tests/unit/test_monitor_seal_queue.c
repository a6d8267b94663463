/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/seal_queue: Q1-Q4. Random runs of one core that closes segments and several that record its seals, each
 * with an inbox of its own, against the plain list of what was closed; and every refusal by itself.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "monitor/seal_queue.h"
#include "tests/support/args.h"

#define CORES 4u
#define EACH  10u /* records of a segment */

static struct seal_queue q;
static struct seal_inbox inbox[CORES];

static void seal_of(uint32_t segment, uint8_t seal[WITNESS_SEAL_BYTES])
{
    for (unsigned i = 0; i < WITNESS_SEAL_BYTES; i++)
        seal[i] = (uint8_t)(segment * 37 + i * 11 + (segment >> 8));
}

static bool put(uint32_t segment)
{
    uint8_t seal[WITNESS_SEAL_BYTES];

    seal_of(segment, seal);
    return seal_queue_put(&q, seal, (segment + 1) * EACH);
}

static void is_seal(uint32_t segment, const uint8_t *seal)
{
    uint8_t same[WITNESS_SEAL_BYTES];

    seal_of(segment, same);
    ck_assert_mem_eq(seal, same, sizeof same);
}

static void fresh(void)
{
    memset(&q, 0, sizeof q);
    memset(inbox, 0, sizeof inbox);
}

/* Tells what may be told to `core`; how many. */
static unsigned tell_all(core_id core, uint64_t stored)
{
    const struct seal_held *h;
    unsigned n = 0;
    uint32_t segment;

    while ((h = seal_queue_tell(&q, core, stored, &segment)) != NULL) {
        is_seal(segment, h->seal);
        ck_assert_uint_le(h->end, stored);
        ck_assert(seal_inbox_put(&inbox[core], h->seal, segment));
        n++;
    }
    return n;
}

START_TEST(each_segment_is_told_once_in_order_and_not_before_it_is_stored)
{
    uint32_t segment;

    fresh();
    ck_assert_ptr_null(seal_queue_tell(&q, 1, UINT64_MAX, &segment));
    for (uint32_t i = 0; i < 3; i++)
        ck_assert(put(i));
    ck_assert_ptr_null(seal_queue_tell(&q, 1, EACH - 1, &segment));
    is_seal(0, seal_queue_tell(&q, 1, EACH, &segment)->seal);
    ck_assert_uint_eq(segment, 0);
    ck_assert_ptr_null(seal_queue_tell(&q, 1, 2 * EACH - 1, &segment));
    is_seal(1, seal_queue_tell(&q, 1, 3 * EACH, &segment)->seal); /* two are stored at once: both are told */
    is_seal(2, seal_queue_tell(&q, 1, 3 * EACH, &segment)->seal);
    ck_assert_ptr_null(seal_queue_tell(&q, 1, UINT64_MAX, &segment));
    is_seal(0, seal_queue_tell(&q, 2, 3 * EACH, &segment)->seal); /* each core by itself */
}
END_TEST

START_TEST(a_full_queue_takes_no_more_and_the_log_is_not_drained_beyond_it)
{
    fresh();
    for (uint32_t i = 0; i < SEALS_MAX; i++) {
        ck_assert_uint_eq(seal_queue_limit(&q, i), UINT64_MAX);
        ck_assert(put(i));
    }
    ck_assert_uint_eq(seal_queue_limit(&q, SEALS_MAX), UINT64_MAX);
    ck_assert(!put(SEALS_MAX));
    ck_assert_uint_eq(seal_queue_limit(&q, SEALS_MAX + 1), SEALS_MAX * EACH);
    seal_queue_trim(&q, 6); /* nobody has recorded any */
    ck_assert(!put(SEALS_MAX));
    ck_assert_uint_eq(tell_all(1, UINT64_MAX), SEALS_AHEAD);
    ck_assert_uint_eq(tell_all(2, UINT64_MAX), SEALS_AHEAD);
    ck_assert(seal_queue_taken(&q, 1, 0));
    seal_queue_trim(&q, 6); /* one has, the other has not */
    ck_assert(!put(SEALS_MAX));
    ck_assert(seal_queue_taken(&q, 2, 0));
    seal_queue_trim(&q, 6);
    ck_assert(put(SEALS_MAX));
    ck_assert_uint_eq(seal_queue_limit(&q, SEALS_MAX + 1), UINT64_MAX);
}
END_TEST

START_TEST(an_anchor_for_what_was_not_told_is_refused)
{
    fresh();
    for (uint32_t i = 0; i < 3; i++)
        ck_assert(put(i));
    ck_assert(!seal_queue_taken(&q, 1, 0));
    ck_assert_uint_eq(tell_all(1, 2 * EACH), 2);
    ck_assert(!seal_queue_taken(&q, 1, 1)); /* not the oldest */
    ck_assert(!seal_queue_taken(&q, 1, 2));
    ck_assert(!seal_queue_taken(&q, 2, 0)); /* another core */
    ck_assert(seal_queue_taken(&q, 1, 0));
    ck_assert(!seal_queue_taken(&q, 1, 0)); /* twice */
    ck_assert(seal_queue_taken(&q, 1, 1));
    ck_assert(!seal_queue_taken(&q, 1, 2));
}
END_TEST

START_TEST(who_is_waited_for_too_long_is_named_and_the_others_lose_nothing)
{
    fresh();
    for (uint32_t i = 0; i < SEALS_MAX; i++)
        ck_assert(put(i));
    ck_assert_uint_eq(tell_all(1, UINT64_MAX), SEALS_AHEAD);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert(seal_queue_taken(&q, 1, i));
    ck_assert_uint_eq(tell_all(2, 2 * EACH), 2);        /* told two, has recorded none */
    ck_assert_uint_eq(seal_queue_give_up(&q, 0xe), 0xc); /* cores 2 and 3 */
    ck_assert_uint_eq(q.given_up, 1);
    ck_assert(put(SEALS_MAX));
    ck_assert(!put(SEALS_MAX + 1));
    ck_assert_uint_eq(tell_all(2, UINT64_MAX), SEALS_AHEAD - 2); /* what it still has counts */
    ck_assert(seal_queue_taken(&q, 2, 0));               /* late, and welcome */
    ck_assert(seal_queue_taken(&q, 2, 1));
    ck_assert_uint_eq(tell_all(3, 2 * EACH), 1);
    is_seal(1, inbox[3].got[0].seal);                    /* from the oldest that is left */
    seal_queue_trim(&q, 0xe);
    ck_assert_uint_eq(q.first, 1);
}
END_TEST

START_TEST(without_others_nothing_is_held)
{
    fresh();
    for (uint32_t i = 0; i < 3 * SEALS_MAX; i++) {
        ck_assert(put(i));
        seal_queue_trim(&q, 0);
    }
    ck_assert_uint_eq(q.first, q.next);
}
END_TEST

/* What every core has recorded, in order. */
static uint32_t recorded[CORES];

static void record_half(core_id core)
{
    uint64_t word[2];
    uint32_t segment;
    uint8_t seal[WITNESS_SEAL_BYTES];
    bool low;

    if (!seal_inbox_half(&inbox[core], word, &segment, &low))
        return;
    ck_assert_uint_eq(segment, recorded[core]);
    seal_of(segment, seal);
    ck_assert_mem_eq(word, seal + (low ? 16 : 0), 16);
    if (!seal_inbox_done(&inbox[core])) {
        ck_assert(!low);
        return;
    }
    ck_assert(low);
    ck_assert(seal_queue_taken(&q, core, segment));
    recorded[core]++;
}

START_TEST(in_any_order_of_events_every_core_records_every_segment)
{
    uint32_t closed = 0, stored = 0;

    fresh();
    memset(recorded, 0, sizeof recorded);
    srand((unsigned)(test_seed() + (uint64_t)_i));
    for (unsigned step = 0; step < 20000 || recorded[1] + recorded[2] + recorded[3] < 3 * closed; step++) {
        core_id core = 1 + (core_id)(rand() % 3);

        switch (step < 20000 ? rand() % 8 : 3 + rand() % 5) {
        case 0:
        case 1:
            closed++;
            break;
        case 2:
            stored += stored < closed ? 1 + (uint32_t)rand() % (closed - stored) : 0;
            break;
        case 3:
            while (q.next < closed && put(q.next))
                ;
            break;
        case 4:
            (void)tell_all(core, step < 20000 ? (uint64_t)stored * EACH : UINT64_MAX);
            break;
        case 5:
            seal_queue_trim(&q, 0xe);
            break;
        default:
            record_half(core);
        }
        for (core_id i = 1; i < CORES; i++)
            ck_assert_uint_le(recorded[i], step < 20000 ? stored : closed);
        ck_assert_uint_le(q.next - q.first, SEALS_MAX);
    }
    ck_assert_uint_gt(closed, 100);
}
END_TEST

START_TEST(an_inbox_takes_no_more_than_may_be_told)
{
    uint8_t seal[WITNESS_SEAL_BYTES] = {0};
    uint64_t word[2];
    uint32_t segment;
    bool low;

    fresh();
    ck_assert(!seal_inbox_half(&inbox[0], word, &segment, &low));
    for (uint32_t i = 0; i < SEALS_AHEAD; i++)
        ck_assert(seal_inbox_put(&inbox[0], seal, i));
    ck_assert(!seal_inbox_put(&inbox[0], seal, SEALS_AHEAD));
    ck_assert(!seal_inbox_done(&inbox[0]));
    ck_assert(!seal_inbox_put(&inbox[0], seal, SEALS_AHEAD)); /* half of one is no room */
    ck_assert(seal_inbox_done(&inbox[0]));
    ck_assert(seal_inbox_put(&inbox[0], seal, SEALS_AHEAD));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/seal_queue");
    TCase *t = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_test(t, each_segment_is_told_once_in_order_and_not_before_it_is_stored);
    tcase_add_test(t, a_full_queue_takes_no_more_and_the_log_is_not_drained_beyond_it);
    tcase_add_test(t, an_anchor_for_what_was_not_told_is_refused);
    tcase_add_test(t, who_is_waited_for_too_long_is_named_and_the_others_lose_nothing);
    tcase_add_test(t, without_others_nothing_is_held);
    tcase_add_loop_test(t, in_any_order_of_events_every_core_records_every_segment, 0, 20);
    tcase_add_test(t, an_inbox_takes_no_more_than_may_be_told);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
