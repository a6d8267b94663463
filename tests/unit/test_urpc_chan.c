/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/chan: two ends over one memory, each side mapped so that it can write its own half only. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "urpc/chan.h"

static char *view[2];
static struct urpc_chan end[2];

/* The channel twice: in view[s] the half of the other side is read-only. */
static void map_views(void)
{
    int fd = memfd_create("channel", 0);

    ck_assert_int_eq(ftruncate(fd, CHANNEL_BYTES), 0);
    for (int s = 0; s < 2; s++) {
        view[s] = mmap(NULL, CHANNEL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        ck_assert_ptr_ne(view[s], MAP_FAILED);
        ck_assert_int_eq(mprotect(view[s] + (1 - s) * 4096, 4096, PROT_READ), 0);
    }
    close(fd);
}

static void attach_both(void)
{
    map_views();
    for (unsigned s = 0; s < 2; s++)
        ck_assert_int_eq(
            urpc_chan_attach(&end[s], view[s], CHANNEL_BYTES, s, (core_id)(1 - s), 7 + s), ST_OK);
}

static void unmap_views(void)
{
    munmap(view[0], CHANNEL_BYTES);
    munmap(view[1], CHANNEL_BYTES);
}

START_TEST(each_side_writes_its_own_half_only)
{
    struct urpc_msg m;

    for (uint64_t n = 0; n < 200; n++)
        for (int s = 0; s < 2; s++) {
            uint64_t w = n * 2 + (uint64_t)s;

            ck_assert(urpc_may_sleep(&end[1 - s].rx));
            ck_assert_int_eq(urpc_send(&end[s].tx, 1, 0, &w, sizeof w), ST_OK);
            ck_assert(urpc_must_ring(&end[s].tx));
            ck_assert_int_eq(urpc_recv(&end[1 - s].rx, &m), ST_OK);
            ck_assert_uint_eq(m.word[0], w);
        }
}
END_TEST

START_TEST(a_channel_has_32_slots_each_way)
{
    struct urpc_msg m;

    ck_assert_uint_eq(urpc_chan_slots(CHANNEL_BYTES), 32);
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < 32; i++)
            ck_assert_int_eq(urpc_send(&end[s].tx, 1, 0, &i, sizeof i), ST_OK);
        ck_assert_int_eq(urpc_send(&end[s].tx, 1, 0, &s, sizeof s), ST_AGAIN);
    }
    for (int s = 0; s < 2; s++) {
        for (int i = 0; i < 32; i++) {
            ck_assert_int_eq(urpc_recv(&end[s].rx, &m), ST_OK);
            ck_assert_uint_eq(m.word[0] & 0xffffffff, (unsigned)i);
        }
        ck_assert_int_eq(urpc_recv(&end[s].rx, &m), ST_AGAIN);
    }
}
END_TEST

START_TEST(messages_wait_for_the_side_that_comes_later)
{
    struct urpc_chan late;
    struct urpc_msg m;

    ck_assert_int_eq(urpc_send(&end[0].tx, 42, 0, "early", 6), ST_OK);
    ck_assert_int_eq(urpc_chan_attach(&late, view[1], CHANNEL_BYTES, 1, 0, 0), ST_OK);
    ck_assert_int_eq(urpc_recv(&late.rx, &m), ST_OK);
    ck_assert_uint_eq(m.kind, 42);
    ck_assert_str_eq((char *)m.word, "early");
}
END_TEST

START_TEST(what_is_no_channel_is_refused)
{
    struct urpc_chan c;

    memset(&c, 0x5a, sizeof c);
    ck_assert_int_eq(urpc_chan_attach(&c, view[0], CHANNEL_BYTES, 2, 0, 0), ST_INVALID);
    ck_assert_int_eq(urpc_chan_attach(&c, view[0], 0, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(urpc_chan_attach(&c, view[0], 256, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(urpc_chan_attach(&c, view[0], CHANNEL_BYTES - 64, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(urpc_chan_attach(&c, view[0] + 8, CHANNEL_BYTES, 0, 0, 0), ST_INVALID);
    ck_assert_int_eq(urpc_chan_attach(&c, NULL, CHANNEL_BYTES, 0, 0, 0), ST_INVALID);
    for (size_t i = 0; i < sizeof c; i++)
        ck_assert_int_eq(((unsigned char *)&c)[i], 0x5a);
}
END_TEST

/* Every size of two whole-line halves: the ends fit, and agree where everything is. */
START_TEST(channels_of_every_size_work)
{
    for (size_t bytes = 384; bytes <= 20 * 1024; bytes += 128) {
        void *memory = aligned_alloc(64, bytes);
        struct urpc_chan c[2];
        struct urpc_msg m;
        uint32_t n = urpc_chan_slots(bytes);

        urpc_chan_clear(memory, bytes);
        for (unsigned s = 0; s < 2; s++)
            ck_assert_int_eq(urpc_chan_attach(&c[s], memory, bytes, s, 0, 0), ST_OK);
        for (int s = 0; s < 2; s++)
            for (uint32_t i = 0; i < n; i++)
                ck_assert_int_eq(urpc_send(&c[s].tx, (uint16_t)i, (uint8_t)s, &i, sizeof i), ST_OK);
        for (int s = 0; s < 2; s++)
            for (uint32_t i = 0; i < n; i++) {
                ck_assert_int_eq(urpc_recv(&c[s].rx, &m), ST_OK);
                ck_assert_uint_eq(m.kind, i);
                ck_assert_uint_eq(m.info, s == 0 ? 1 : 0);
            }
        free(memory);
    }
}
END_TEST

START_TEST(a_peer_that_takes_nothing_for_too_long_is_noticed)
{
    struct urpc_tx *tx = &end[0].tx;
    struct urpc_msg m;

    ck_assert_int_eq(urpc_chan_watch(&end[0], 0, 10), ST_OK);
    while (urpc_reserve(tx) != NULL)
        urpc_commit(tx, 1, 0);
    ck_assert_int_eq(urpc_chan_watch(&end[0], 1000, 10), ST_AGAIN);
    ck_assert_int_eq(urpc_chan_watch(&end[0], 1010, 10), ST_AGAIN);
    ck_assert_int_eq(urpc_chan_watch(&end[0], 1011, 10), ST_TIMEOUT);
    for (int i = 0; i < 9; i++) /* a quarter of a lap, and a look */
        ck_assert_int_eq(urpc_recv(&end[1].rx, &m), ST_OK);
    ck_assert_int_eq(urpc_chan_watch(&end[0], 2000, 10), ST_OK);
    while (urpc_reserve(tx) != NULL)
        urpc_commit(tx, 1, 0);
    ck_assert_int_eq(urpc_chan_watch(&end[0], 3000, 10), ST_AGAIN); /* patience starts anew */
}
END_TEST

START_TEST(a_broken_ring_either_way_breaks_the_channel)
{
    ck_assert_int_eq(urpc_chan_status(&end[0]), ST_OK);
    if (_i == 0) {
        end[1].rx.next = 77; /* a peer that acknowledges what was never sent */
        urpc_ack(&end[1].rx);
        while (urpc_reserve(&end[0].tx) != NULL)
            urpc_commit(&end[0].tx, 1, 0);
        ck_assert_int_eq(urpc_chan_watch(&end[0], 1, 1), ST_PEER);
    } else {
        atomic_store(&end[1].tx.slot[0].head, 0xbad);
        ck_assert_ptr_null(urpc_peek(&end[0].rx));
    }
    ck_assert_int_eq(urpc_chan_status(&end[0]), ST_PEER);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("urpc/chan");
    TCase *t = tcase_create("chan");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, attach_both, unmap_views);
    tcase_add_test(t, each_side_writes_its_own_half_only);
    tcase_add_test(t, a_channel_has_32_slots_each_way);
    tcase_add_test(t, messages_wait_for_the_side_that_comes_later);
    tcase_add_test(t, what_is_no_channel_is_refused);
    tcase_add_test(t, channels_of_every_size_work);
    tcase_add_test(t, a_peer_that_takes_nothing_for_too_long_is_noticed);
    tcase_add_loop_test(t, a_broken_ring_either_way_breaks_the_channel, 0, 2);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
