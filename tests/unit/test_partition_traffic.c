/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/edge: messages counted from ring positions; partition/lease: devices for a time. */
#include <check.h>
#include "partition/edge.h"
#include "partition/lease.h"

#define ROOM 4u
#define A    ((struct edge_end){11, 0})
#define B    ((struct edge_end){12, 1})

static struct edge edges[ROOM];
static struct edge_table t;
static edge_id id;

static void open_at(uint32_t position)
{
    struct edge_count start[EDGE_WAYS] = {{position, 0}, {position, 0}};
    uint64_t n;

    edge_init(&t, edges, ROOM, 5);
    ck_assert_int_eq(edge_open(&t, A, B, 1, &id), ST_OK);
    edges[0].seen[0] = start[0];
    edges[0].seen[1] = start[1];
    ck_assert_int_eq(edge_feed(&t, id, 1, start, &n), ST_OK);
    ck_assert_uint_eq(n, 0);
}

/* _i: where the rings stand: at the beginning, in the middle, before the wrap. */
START_TEST(messages_are_the_difference_of_positions_over_the_wrap_too)
{
    static const uint32_t from[] = {0, 1u << 31, UINT32_MAX - 3, UINT32_MAX};
    uint64_t weight[EDGE_WAYS], messages, all = 0;
    uint32_t position = from[_i];

    open_at(position);
    for (uint32_t i = 0; i < 20; i++) {
        struct edge_count now[EDGE_WAYS] = {{position += i, 100ull * i}, {from[_i], 0}};

        ck_assert_int_eq(edge_feed(&t, id, 1, now, &messages), ST_OK);
        ck_assert_uint_eq(messages, i);
        all += i;
    }
    ck_assert_int_eq(edge_take(&t, id, weight), ST_OK);
    ck_assert_uint_eq(weight[EDGE_AB], 64 * all + 1900);
    ck_assert_uint_eq(weight[EDGE_BA], 0);
    ck_assert_int_eq(edge_take(&t, id, weight), ST_OK);
    ck_assert_uint_eq(weight[EDGE_AB], 0);
}
END_TEST

START_TEST(a_channel_that_was_bound_anew_counts_from_zero)
{
    struct edge_count now[EDGE_WAYS] = {{7, 30}, {2, 0}};
    uint64_t weight[EDGE_WAYS], messages;

    open_at(5000);
    ck_assert_int_eq(edge_feed(&t, id, 2, now, &messages), ST_OK);
    ck_assert_uint_eq(messages, 9);
    now[EDGE_AB].position = 8;
    ck_assert_int_eq(edge_feed(&t, id, 2, now, &messages), ST_OK);
    ck_assert_uint_eq(messages, 1);
    ck_assert_int_eq(edge_take(&t, id, weight), ST_OK);
    ck_assert_uint_eq(weight[EDGE_AB], 8 * 64 + 30);
    ck_assert_uint_eq(weight[EDGE_BA], 2 * 64);
}
END_TEST

START_TEST(a_position_that_cannot_be_is_told_and_not_counted)
{
    struct edge_count back[EDGE_WAYS] = {{4990, 0}, {5001, 0}},
                      far[EDGE_WAYS] = {{4990 + EDGE_STEP_MAX + 1, 0}, {5001, 0}};
    struct edge_count bytes[EDGE_WAYS] = {{4990 + EDGE_STEP_MAX + 1, EDGE_BYTES_MAX + 1},
                                          {5001, 0}};
    struct edge_count fine[EDGE_WAYS] = {{4990 + 2 * EDGE_STEP_MAX + 1, EDGE_BYTES_MAX + 1},
                                         {5002, 0}};
    uint64_t weight[EDGE_WAYS], messages;

    open_at(5000);
    ck_assert_int_eq(edge_feed(&t, id, 1, back, &messages), ST_PEER);
    ck_assert_uint_eq(messages, 0);
    ck_assert_int_eq(edge_feed(&t, id, 1, far, &messages), ST_PEER);
    ck_assert_int_eq(edge_feed(&t, id, 1, bytes, &messages), ST_PEER);
    ck_assert_int_eq(edge_take(&t, id, weight), ST_OK);
    ck_assert_uint_eq(weight[EDGE_AB] + weight[EDGE_BA],
                      0); /* the honest way is not counted either */
    ck_assert_int_eq(edge_feed(&t, id, 1, fine, &messages), ST_OK); /* from here on */
    ck_assert_uint_eq(messages, EDGE_STEP_MAX + 1);
}
END_TEST

START_TEST(an_edge_that_is_closed_is_stale_and_a_full_table_refuses)
{
    struct edge_count now[EDGE_WAYS] = {{0, 0}, {0, 0}};
    uint64_t weight[EDGE_WAYS], messages;
    edge_id other, ids[ROOM];
    struct edge out;

    open_at(0);
    ck_assert_uint_eq(edge_home(id), 5);
    ck_assert(edge_between(&t, 11, 12) && edge_between(&t, 12, 11) && !edge_between(&t, 11, 11));
    for (unsigned i = 1; i < ROOM; i++)
        ck_assert_int_eq(edge_open(&t, A, (struct edge_end){20 + i, 0}, 1, &ids[i]), ST_OK);
    ck_assert_int_eq(edge_open(&t, A, B, 1, &other), ST_TABLE_FULL);
    ck_assert_int_eq(edge_close(&t, id), ST_OK);
    ck_assert(!edge_between(&t, 11, 12));
    ck_assert_int_eq(edge_close(&t, id), ST_STALE_HANDLE);
    ck_assert_int_eq(edge_feed(&t, id, 1, now, &messages), ST_STALE_HANDLE);
    ck_assert_int_eq(edge_take(&t, id, weight), ST_STALE_HANDLE);
    ck_assert_int_eq(edge_close(&t, edge_name(6, 0, 1)), ST_FOREIGN);
    ck_assert_int_eq(edge_open(&t, A, B, 1, &other), ST_OK);
    ck_assert_uint_ne(other, id); /* the same place, another name */
    ck_assert_uint_eq(edge_index(other), edge_index(id));
    ck_assert_int_eq(edge_open(&t, (struct edge_end){0, 0}, B, 1, &other), ST_INVALID);
    edge_move(&t, A, (struct edge_end){31, 3});
    ck_assert(edge_between(&t, 31, 12) && edge_between(&t, 31, 21) && !edge_between(&t, 11, 12));
    for (unsigned i = 0; i < ROOM; i++)
        ck_assert(edge_end_of(&t, 31, &out));
    ck_assert(!edge_end_of(&t, 31, &out));
    ck_assert_ptr_null(edge_wrong(&t));
    ck_assert_uint_eq(t.n, 0);
}
END_TEST

#define LEASES 4u
static struct lease_slot slots[LEASES];
static struct lease_table l;

static status_t grant(uint32_t device, uint32_t holder, uint32_t now, uint32_t epochs,
                      bool exclusive, uint32_t *out)
{
    status_t st = lease_grant(&l, device, holder, now, epochs, exclusive, out);

    ck_assert_ptr_null(lease_wrong(&l));
    return st;
}

/* Every pair of leases on one device: they are both there only if both are shared. */
START_TEST(an_exclusive_lease_suffers_no_other)
{
    bool first = _i & 1, second = _i & 2;
    uint32_t a, b;

    lease_init(&l, slots, LEASES);
    ck_assert_int_eq(grant(7, 1, 0, 10, first, &a), ST_OK);
    ck_assert_int_eq(grant(7, 2, 0, 10, second, &b), first || second ? ST_BUSY : ST_OK);
    ck_assert_int_eq(grant(8, 2, 0, 10, second, &b), ST_OK);
    ck_assert_int_eq(grant(7, 1, 0, 10, second, &b), ST_EXISTS);
}
END_TEST

START_TEST(a_lease_is_valid_until_its_last_epoch_is_over)
{
    struct lease out;
    uint32_t a, b;

    lease_init(&l, slots, LEASES);
    ck_assert_int_eq(grant(7, 1, 100, 10, true, &a), ST_OK);
    ck_assert_int_eq(lease_check(&l, 7, 1, 109), ST_OK);
    ck_assert_int_eq(lease_check(&l, 7, 1, 110), ST_TIMEOUT);
    ck_assert_int_eq(lease_check(&l, 7, 2, 109), ST_NOT_FOUND);
    ck_assert_int_eq(lease_check(&l, 8, 1, 109), ST_NOT_FOUND);
    ck_assert(!lease_expired(&l, 109, &out));
    ck_assert_int_eq(lease_renew(&l, a, 1, 110, 10), ST_TIMEOUT);
    ck_assert_int_eq(lease_renew(&l, a, 2, 105, 10), ST_DENIED);
    ck_assert_int_eq(lease_renew(&l, a, 1, 105, 0), ST_INVALID);
    ck_assert_int_eq(lease_renew(&l, a, 1, 105, 2), ST_OK); /* never shorter */
    ck_assert_int_eq(lease_check(&l, 7, 1, 109), ST_OK);
    ck_assert_int_eq(lease_renew(&l, a, 1, 105, 10), ST_OK);
    ck_assert_int_eq(lease_check(&l, 7, 1, 114), ST_OK);
    ck_assert_int_eq(grant(7, 2, 115, 10, true, &b), ST_BUSY); /* still mapped */
    ck_assert(lease_expired(&l, 115, &out));
    ck_assert_uint_eq(out.id, a);
    ck_assert_uint_eq(out.device, 7);
    ck_assert_int_eq(grant(7, 2, 115, LEASE_FOREVER, true, &b), ST_OK);
    ck_assert_uint_ne(a, b);
    ck_assert_int_eq(lease_check(&l, 7, 2, LEASE_FOREVER - 1), ST_OK); /* no end goes round */
    ck_assert_int_eq(grant(9, 2, 5, 0, true, &a), ST_INVALID);
    ck_assert_int_eq(grant(9, 0, 5, 1, true, &a), ST_INVALID);
    ck_assert_int_eq(grant(9, 1, LEASE_FOREVER, 1, true, &a), ST_INVALID);
}
END_TEST

START_TEST(a_revoke_is_immediate_and_the_name_is_stale)
{
    uint32_t ids[LEASES], other, device;
    struct lease out;

    lease_init(&l, slots, LEASES);
    for (uint32_t i = 0; i < LEASES; i++)
        ck_assert_int_eq(grant(i, 1 + i % 2, 0, 5, true, &ids[i]), ST_OK);
    ck_assert_int_eq(grant(50, 1, 0, 5, true, &other), ST_TABLE_FULL);
    ck_assert_int_eq(lease_revoke(&l, ids[0], &out), ST_OK);
    ck_assert_int_eq(lease_check(&l, 0, 1, 0), ST_NOT_FOUND);
    ck_assert_int_eq(lease_revoke(&l, ids[0], &out), ST_STALE_HANDLE);
    ck_assert_int_eq(lease_renew(&l, ids[0], 1, 0, 5), ST_STALE_HANDLE);
    ck_assert_int_eq(lease_find(&l, ids[0], &out), ST_STALE_HANDLE);
    ck_assert_uint_eq(lease_count(&l, 2), 2);
    ck_assert_int_eq(lease_hand_over(&l, ids[1], 9), ST_OK);
    ck_assert_int_eq(lease_check(&l, 1, 9, 0), ST_OK);
    ck_assert_int_eq(lease_find(&l, ids[1], &out), ST_OK);
    ck_assert_uint_eq(out.holder, 9);
    ck_assert_int_eq(lease_revoke(&l, ids[2], &out), ST_OK);
    ck_assert_int_eq(grant(50, 9, 0, 5, false, &ids[0]), ST_OK);
    ck_assert_int_eq(grant(50, 2, 0, 5, false, &other), ST_OK);
    ck_assert(lease_conflict(&l, 9, 2, &device) && device == 50);
    ck_assert(!lease_conflict(&l, 9, 3, &device));
    ck_assert_int_eq(lease_hand_over(&l, other, 9), ST_EXISTS);
    ck_assert(lease_end_of(&l, 9, &out) && lease_end_of(&l, 9, &out) && !lease_end_of(&l, 9, &out));
    ck_assert_ptr_null(lease_wrong(&l));
    ck_assert_uint_eq(l.n, 2);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("partition/edge, lease");
    TCase *tc = tcase_create("traffic");
    SRunner *r;
    int failed;

    tcase_add_loop_test(tc, messages_are_the_difference_of_positions_over_the_wrap_too, 0, 4);
    tcase_add_test(tc, a_channel_that_was_bound_anew_counts_from_zero);
    tcase_add_test(tc, a_position_that_cannot_be_is_told_and_not_counted);
    tcase_add_test(tc, an_edge_that_is_closed_is_stale_and_a_full_table_refuses);
    tcase_add_loop_test(tc, an_exclusive_lease_suffers_no_other, 0, 4);
    tcase_add_test(tc, a_lease_is_valid_until_its_last_epoch_is_over);
    tcase_add_test(tc, a_revoke_is_immediate_and_the_name_is_stale);
    suite_add_tcase(s, tc);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
