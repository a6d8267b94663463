/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/lease_sm: L1 to L4 of its header. */
#include <check.h>
#include "monitor/lease_sm.h"

#define A 7u
#define B 9u

START_TEST(a_device_has_one_holder)
{
    struct lease l = { 0 };

    ck_assert_int_eq(lease_take(&l, A, 100, 0), ST_OK);
    ck_assert_int_eq(lease_take(&l, B, 100, 0), ST_BUSY);
    ck_assert_int_eq(lease_take(&l, A, 100, 0), ST_BUSY);
    ck_assert(lease_end(&l, LEASE_REVOKED));
    ck_assert_int_eq(lease_take(&l, B, 101, 0), ST_BUSY); /* until it is taken back */
    lease_taken_back(&l);
    ck_assert_int_eq(lease_take(&l, B, 102, 0), ST_OK);
    ck_assert_uint_eq(l.holder, B);
    ck_assert_uint_eq(l.granted, 102);
}
END_TEST

START_TEST(it_is_over_when_its_time_is_and_not_before)
{
    struct lease l = { 0 };

    ck_assert_int_eq(lease_take(&l, A, 100, 50), ST_OK);
    ck_assert_uint_eq(l.expires, 150);
    ck_assert(!lease_is_over(&l, 149));
    ck_assert(lease_is_over(&l, 150) && lease_is_over(&l, 151));
    ck_assert_int_eq(lease_check_renew(&l, A, 149, 50), ST_OK);
    ck_assert_int_eq(lease_check_renew(&l, A, 150, 50), ST_NOT_FOUND); /* L4: though nobody has looked yet */
    ck_assert(lease_end(&l, LEASE_EXPIRED));
    ck_assert(!lease_is_over(&l, 151)); /* L2 */
    lease_taken_back(&l);
    ck_assert_int_eq(lease_take(&l, A, 200, 0), ST_OK);
    ck_assert(!lease_is_over(&l, UINT64_MAX));
}
END_TEST

START_TEST(it_is_renewed_by_its_holder_for_as_long_as_he_may)
{
    struct lease l = { 0 };

    ck_assert_int_eq(lease_check_renew(&l, A, 100, 1), ST_NOT_FOUND);
    ck_assert_int_eq(lease_take(&l, A, 100, 50), ST_OK);
    ck_assert_int_eq(lease_check_renew(&l, B, 100, 10), ST_NOT_FOUND);
    ck_assert_int_eq(lease_check_renew(&l, A, 100, 51), ST_DENIED);
    ck_assert_int_eq(lease_check_renew(&l, A, 100, 0), ST_DENIED); /* for ever */
    ck_assert_int_eq(lease_check_renew(&l, A, 140, 50), ST_OK);
    ck_assert_uint_eq(l.expires, 150); /* asked is not done */
    lease_extend(&l, 140, 50);
    ck_assert_uint_eq(l.expires, 190);
    lease_extend(&l, 140, 1);
    ck_assert_uint_eq(l.expires, 141); /* it may be shortened */
    ck_assert(lease_end(&l, LEASE_REVOKED));
    ck_assert_int_eq(lease_check_renew(&l, A, 140, 1), ST_NOT_FOUND);
    lease_taken_back(&l);
    ck_assert_int_eq(lease_take(&l, A, 100, 0), ST_OK);
    ck_assert_int_eq(lease_check_renew(&l, A, 100, 0), ST_OK);
    ck_assert_int_eq(lease_check_renew(&l, A, 100, 1000000), ST_OK);
    ck_assert_int_eq(lease_check_renew(&l, A, 100, UINT64_MAX), ST_INVALID);
}
END_TEST

START_TEST(it_ends_once_for_the_first_reason)
{
    for (unsigned i = 0; i < 3; i++) {
        struct lease l = { 0 };

        ck_assert(!lease_end(&l, LEASE_REVOKED));
        ck_assert_int_eq(lease_take(&l, A, 1, 1), ST_OK);
        ck_assert(lease_end(&l, (enum lease_end)i));
        for (unsigned j = 0; j < 3; j++)
            ck_assert(!lease_end(&l, (enum lease_end)j));
        ck_assert_uint_eq(l.end, i);
    }
}
END_TEST

START_TEST(what_could_not_be_given_was_never_had)
{
    struct lease l = { 0 };

    ck_assert_int_eq(lease_take(&l, A, 1, 1), ST_OK);
    lease_undo(&l);
    ck_assert(!lease_end(&l, LEASE_HOLDER_GONE) && !lease_is_over(&l, 5));
    ck_assert_int_eq(lease_take(&l, B, 1, 1), ST_OK);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor");
    TCase *t = tcase_create("lease_sm");
    SRunner *r;
    int failed;

    tcase_add_test(t, a_device_has_one_holder);
    tcase_add_test(t, it_is_over_when_its_time_is_and_not_before);
    tcase_add_test(t, it_is_renewed_by_its_holder_for_as_long_as_he_may);
    tcase_add_test(t, it_ends_once_for_the_first_reason);
    tcase_add_test(t, what_could_not_be_given_was_never_had);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
