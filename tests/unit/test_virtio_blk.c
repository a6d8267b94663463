/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtio and drivers/virtio_blk/blk against a model of the device (tests/support), of both
 * versions, honest and lying.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/args.h"
#include "tests/support/virtio_model.h"

static struct blk b;

static status_t start(void)
{
    status_t st;

    if (dev.version == 1)
        dev.offers &= UINT32_MAX;
    st = blk_find(&b, &page, arena, BASE);
    return st != ST_OK ? st : blk_begin(&b);
}

static void started(unsigned as)
{
    dev.version = as;
    ck_assert_int_eq(start(), ST_OK);
}

static status_t ask(uint32_t type, uint64_t sector, uint32_t n, uint32_t offset, uint64_t cookie)
{
    return blk_submit(&b, &(struct blk_ask){ .type = type, .sector = sector, .sectors = n,
                                             .data = BASE + DATA + offset, .cookie = cookie,
                                             .deadline_ns = 1000 + cookie });
}

static status_t take(uint64_t *cookie)
{
    status_t st, result;

    must(blk_interrupt(&b) == ST_OK);
    st = blk_take(&b, cookie, &result);
    return st == ST_OK ? result : st;
}

START_TEST(both_versions_are_started_in_the_order_of_the_specification)
{
    static const uint32_t steps[2][6] = { { 0, 1, 3, 7 }, { 0, 1, 3, 11, 15 } };

    started((unsigned)_i);
    ck_assert_uint_eq(dev.odd, 0);
    ck_assert_uint_eq(dev.nsteps, 3u + (unsigned)_i);
    ck_assert_mem_eq(dev.steps, steps[_i - 1], 4 * dev.nsteps);
    ck_assert(b.virtio.version == (unsigned)_i && b.sectors == MEDIUM && b.can_flush && !b.read_only);
    ck_assert_uint_eq(dev.agreed, BIT(9) | (_i == 2 ? BIT(32) : 0));
    ck_assert_uint_eq(dev.desc, BASE);
    ck_assert_uint_eq(dev.avail, BASE + 512);
    ck_assert_uint_eq(dev.used, BASE + 4096);
}
END_TEST

START_TEST(what_is_no_disk_of_ours_is_refused)
{
    static const struct {
        uint32_t magic, version, kind, queue_max;
        uint64_t offers;
        bool refuses, stuck, restless;
        status_t answer;
    } bad[] = {
        { 0x74726977, 2, 2, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0, 2, 2, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0x74726976, 3, 2, 64, BIT(32), 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 0, 2, 64, BIT(32), 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 2, 0, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0x74726976, 2, 1, 64, BIT(32), 0, 0, 0, ST_NOT_FOUND },
        { 0x74726976, 2, 2, 31, BIT(32), 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 1, 2, 0, 0, 0, 0, 0, ST_UNSUPPORTED },
        { 0x74726976, 2, 2, 64, 0, 0, 0, 0, ST_PEER },
        { 0x74726976, 2, 2, 64, BIT(32), 1, 0, 0, ST_PEER },
        { 0x74726976, 2, 2, 64, BIT(32), 0, 1, 0, ST_PEER },
        { 0x74726976, 2, 2, 64, BIT(32), 0, 0, 1, ST_PEER },
        { 0x74726976, 1, 2, 64, 0, 0, 0, 1, ST_PEER },
    };

    for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
        model_reset();
        dev.magic = bad[i].magic;
        dev.version = bad[i].version;
        dev.kind = bad[i].kind;
        dev.queue_max = bad[i].queue_max;
        dev.offers = bad[i].offers;
        dev.refuses = bad[i].refuses;
        dev.stuck = bad[i].stuck;
        dev.status = bad[i].stuck;
        dev.restless = bad[i].restless;
        ck_assert_msg(start() == bad[i].answer, "row %u", i);
        ck_assert_uint_eq(dev.status & STATUS_DRIVER_OK, 0);
        ck_assert_uint_eq(dev.odd, 0);
    }
}
END_TEST

START_TEST(a_legacy_device_is_not_sent_where_it_cannot_reach)
{
    dev.version = 1;
    dev.offers &= UINT32_MAX;
    ck_assert_int_eq(blk_find(&b, &page, arena, 1ull << 44), ST_OK);
    ck_assert_int_eq(blk_begin(&b), ST_INVALID);
    ck_assert(!dev.ready);
}
END_TEST

/* B1, B3, past 65,536 requests: a shadow of the medium, the buffer cut into a piece a request. */
START_TEST(data_goes_there_and_back_in_whatever_order)
{
    static uint8_t shadow[MEDIUM][512];
    struct { bool out; uint32_t type, sector, n; } r[BLK_REQUESTS] = { { 0 } };
    unsigned done = 0, out = 0;

    memset(shadow, 0, sizeof shadow);
    started((unsigned)_i);
    while (done < 70000 || out > 0) {
        unsigned k = (unsigned)rand() % BLK_REQUESTS;
        uint8_t *piece = arena + DATA + k * 4096;
        uint64_t cookie;
        status_t st;

        if (!r[k].out && done < 70000) {
            /* A part of the medium each, so that order does not matter. */
            r[k].type = rand() % 8 == 0 ? BLK_T_FLUSH : (uint32_t)rand() % 2;
            r[k].n = 1 + (uint32_t)rand() % 4;
            r[k].sector = k * 8 + (uint32_t)rand() % 4;
            for (unsigned i = 0; i < 4; i++)
                memset(piece + 512 * i, rand(), 512);
            if (ask(r[k].type, r[k].sector, r[k].n, k * 4096, k) != ST_OK)
                ck_abort_msg("refused");
            r[k].out = true;
            out++;
            if (r[k].type == BLK_T_OUT)
                memcpy(shadow[r[k].sector], piece, 512 * r[k].n);
        }
        device_works((unsigned)rand() % 4, HONEST);
        while ((st = take(&cookie)) != ST_AGAIN) {
            piece = arena + DATA + cookie * 4096;
            if (st != ST_OK || cookie >= BLK_REQUESTS || !r[cookie].out)
                ck_abort_msg("not asked for");
            if (r[cookie].type == BLK_T_IN && memcmp(piece, shadow[r[cookie].sector], 512 * r[cookie].n) != 0)
                ck_abort_msg("other data");
            r[cookie].out = false;
            out--;
            done++;
        }
    }
    ck_assert_mem_eq(shadow, medium, sizeof medium);
    ck_assert_uint_eq(dev.odd, 0);
    ck_assert_uint_eq(blk_deadline(&b), UINT64_MAX);
}
END_TEST

/* B2 */
START_TEST(what_does_not_fit_is_refused_before_the_device_hears_of_it)
{
    started(2);
    ck_assert_int_eq(ask(BLK_T_IN, MEDIUM, 1, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_OUT, MEDIUM - 1, 2, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, 0, MEDIUM + 1, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, UINT64_MAX, 1, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, UINT64_MAX, 2, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_OUT, MEDIUM, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(8, 0, 1, 0, 0), ST_INVALID);
    b.sectors = UINT64_MAX;
    ck_assert_int_eq(ask(BLK_T_IN, 0, UINT32_MAX, 0, 0), ST_INVALID);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 0x800000, 0, 0), ST_INVALID); /* 4 GiB: a length of 0 */
    b.sectors = MEDIUM;
    ck_assert_int_eq(ask(BLK_T_IN, MEDIUM - 1, 1, 0, 0), ST_OK);
    for (unsigned i = 1; i < BLK_REQUESTS; i++)
        ck_assert_int_eq(ask(BLK_T_IN, 0, MEDIUM / 2, 0, i), ST_OK);
    ck_assert_int_eq(ask(BLK_T_FLUSH, 0, 0, 0, 8), ST_AGAIN);
    ck_assert_uint_eq(dev.notified, BLK_REQUESTS);
    ck_assert_uint_eq(get16(dev.avail + 2), BLK_REQUESTS);
    ck_assert_uint_eq(blk_deadline(&b), 1000);
}
END_TEST

START_TEST(a_disk_that_is_read_only_or_cannot_flush_is_not_asked_to)
{
    uint64_t cookie;

    dev.offers = BIT(32) | BIT(5);
    started(2);
    ck_assert(b.read_only && !b.can_flush);
    ck_assert_int_eq(ask(BLK_T_OUT, 0, 1, 0, 1), ST_DENIED);
    ck_assert_int_eq(ask(BLK_T_FLUSH, 0, 0, 0, 2), ST_UNSUPPORTED);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 3), ST_OK);
    device_works(1, HONEST);
    ck_assert_int_eq(take(&cookie), ST_OK);
    ck_assert_uint_eq(cookie, 3);
}
END_TEST

START_TEST(a_request_that_failed_is_told_and_the_next_may_succeed)
{
    uint64_t cookie;

    started((unsigned)_i);
    ck_assert_int_eq(ask(BLK_T_IN, 3, 1, 0, 5), ST_OK);
    device_works(1, IO_ERROR);
    ck_assert_int_eq(take(&cookie), ST_IO);
    ck_assert_uint_eq(cookie, 5);
    ck_assert_int_eq(ask(BLK_T_OUT, 3, 1, 0, 6), ST_OK);
    device_works(1, NO_SUCH);
    ck_assert_int_eq(take(&cookie), ST_UNSUPPORTED);
    ck_assert_int_eq(ask(BLK_T_OUT, 3, 1, 0, 7), ST_OK);
    device_works(1, HONEST);
    ck_assert_int_eq(take(&cookie), ST_OK);
    ck_assert_uint_eq(cookie, 7);
}
END_TEST

static const struct {
    enum lie lie;
    unsigned version;
    status_t first, second;     /* answers of take */
} lies[] = {
    { NO_ANSWER, 1, ST_PEER, ST_PEER }, { NO_ANSWER, 2, ST_PEER, ST_PEER },
    { ODD_ANSWER, 1, ST_PEER, ST_PEER }, { ODD_ANSWER, 2, ST_PEER, ST_PEER },
    { SHORT, 2, ST_PEER, ST_PEER }, { SHORT, 1, ST_OK, ST_AGAIN },
    { TOO_LONG, 1, ST_PEER, ST_PEER }, { TOO_LONG, 2, ST_PEER, ST_PEER },
    { TWICE, 1, ST_OK, ST_PEER }, { TWICE, 2, ST_OK, ST_PEER },
};

/* B1, B4 */
START_TEST(a_device_that_lies_is_stopped_and_started_again)
{
    unsigned dropped = 0, left = lies[_i].first == ST_OK ? 1 : 2;
    uint64_t cookie;

    started(lies[_i].version);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 2, 0, 20), ST_OK);
    device_works(1, lies[_i].lie);
    ck_assert_int_eq(ask(BLK_T_OUT, 4, 1, 0, 21), ST_OK);
    ck_assert_int_eq(take(&cookie), lies[_i].first);
    ck_assert_int_eq(take(&cookie), lies[_i].second);
    if (lies[_i].second == ST_PEER) {
        ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 22), ST_PEER);
        device_works(9, HONEST); /* what it says now is not heard */
        ck_assert_int_eq(take(&cookie), ST_PEER);
    }
    ck_assert_int_eq(blk_stop(&b), ST_OK);
    ck_assert_uint_eq(dev.status, 0);
    while (dropped < 9 && blk_drop(&b, &cookie)) {
        ck_assert(cookie == 21 || (left == 2 && cookie == 20));
        dropped++;
    }
    ck_assert_uint_eq(dropped, left);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 22), ST_PEER); /* not yet */
    ck_assert_int_eq(blk_begin(&b), ST_OK);
    for (unsigned i = 0; i < 100; i++) {
        ck_assert_int_eq(ask(BLK_T_OUT, i % MEDIUM, 1, 0, i), ST_OK);
        device_works(1, HONEST);
        ck_assert_int_eq(take(&cookie), ST_OK);
        ck_assert_uint_eq(cookie, i);
    }
    ck_assert_uint_eq(dev.odd, 0);
}
END_TEST

START_TEST(a_disk_may_grow_or_give_up)
{
    started((unsigned)_i);
    dev.sectors = 5ull << 32;
    dev.generation++;
    ck_assert_int_eq(blk_interrupt(&b), ST_OK);
    ck_assert_uint_eq(b.sectors, MEDIUM); /* nobody said so */
    dev.interrupts = (uint32_t)INT_CONFIG;
    ck_assert_int_eq(blk_interrupt(&b), ST_OK);
    ck_assert_uint_eq(b.sectors, 5ull << 32);
    ck_assert_uint_eq(dev.interrupts, 0);
    dev.interrupts = (uint32_t)INT_CONFIG;
    dev.status |= (uint32_t)STATUS_NEEDS_RESET;
    ck_assert_int_eq(blk_interrupt(&b), ST_PEER);
}
END_TEST

START_TEST(a_device_that_does_not_reset_is_told_of)
{
    started(2);
    dev.stuck = true;
    ck_assert_int_eq(blk_stop(&b), ST_PEER);
    ck_assert_int_eq(ask(BLK_T_IN, 0, 1, 0, 1), ST_PEER);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("drivers/virtio_blk");
    TCase *t = tcase_create("virtio_blk");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, model_reset, NULL);
    tcase_add_loop_test(t, both_versions_are_started_in_the_order_of_the_specification, 1, 3);
    tcase_add_test(t, what_is_no_disk_of_ours_is_refused);
    tcase_add_test(t, a_legacy_device_is_not_sent_where_it_cannot_reach);
    tcase_add_loop_test(t, data_goes_there_and_back_in_whatever_order, 1, 3);
    tcase_add_test(t, what_does_not_fit_is_refused_before_the_device_hears_of_it);
    tcase_add_test(t, a_disk_that_is_read_only_or_cannot_flush_is_not_asked_to);
    tcase_add_loop_test(t, a_request_that_failed_is_told_and_the_next_may_succeed, 1, 3);
    tcase_add_loop_test(t, a_device_that_lies_is_stopped_and_started_again, 0, ARRAY_LEN(lies));
    tcase_add_loop_test(t, a_disk_may_grow_or_give_up, 1, 3);
    tcase_add_test(t, a_device_that_does_not_reset_is_told_of);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
