/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/bulk as its two sides use it; every order of events is in tests/model/model_bulk.c. */
#include <check.h>
#include <signal.h>
#include "urpc/bulk.h"

#define N 4u

static struct urpc_block mine[N], theirs[N];
static struct urpc_bulk lender, borrower;

static void fresh(void)
{
    urpc_bulk_init(&lender, BULK_LENDER, mine, N);
    urpc_bulk_init(&borrower, BULK_BORROWER, theirs, N);
}

static void nothing(void) {}

static uint32_t lend(uint32_t *loan)
{
    uint32_t block = 99;

    ck_assert_int_eq(urpc_bulk_lend(&lender, &block, loan), ST_OK);
    ck_assert(!urpc_bulk_ours(&lender, block));
    ck_assert_int_eq(urpc_bulk_lent(&borrower, block, *loan), ST_OK);
    ck_assert(urpc_bulk_ours(&borrower, block));
    return block;
}

START_TEST(a_block_goes_out_and_comes_back)
{
    uint32_t loan, told;

    for (uint32_t round = 0; round < 100; round++) {
        uint32_t block = lend(&loan);

        ck_assert_int_eq(urpc_bulk_return(&borrower, block, &told), ST_OK);
        ck_assert_uint_eq(told, loan);
        ck_assert(!urpc_bulk_ours(&borrower, block));
        ck_assert_int_eq(urpc_bulk_returned(&lender, block, told), ST_OK);
        ck_assert(urpc_bulk_ours(&lender, block));
        ck_assert_uint_eq(lender.here, N);
        ck_assert_uint_eq(borrower.here, 0);
    }
}
END_TEST

START_TEST(when_all_blocks_are_lent_there_is_none_to_lend)
{
    uint32_t loan[N], block, more;
    bool seen[N] = {false};

    for (uint32_t i = 0; i < N; i++) {
        block = lend(&loan[i]);
        ck_assert(!seen[block]);
        seen[block] = true;
    }
    ck_assert_int_eq(urpc_bulk_lend(&lender, &block, &more), ST_AGAIN);
    ck_assert_uint_eq(lender.here, 0);
    ck_assert_uint_eq(borrower.here, N);
}
END_TEST

START_TEST(a_return_that_comes_twice_is_the_peers_fault)
{
    uint32_t loan, block = lend(&loan), next;

    ck_assert_int_eq(urpc_bulk_returned(&lender, block, loan), ST_OK);
    ck_assert_int_eq(urpc_bulk_returned(&lender, block, loan), ST_PEER);
    ck_assert_int_eq(urpc_bulk_lend(&lender, &block, &next), ST_OK);     /* the same block again */
    ck_assert_int_eq(urpc_bulk_returned(&lender, block, loan), ST_PEER); /* the old loan is over */
    ck_assert(!urpc_bulk_ours(&lender, block));
    ck_assert_int_eq(urpc_bulk_returned(&lender, block, next), ST_OK);
    ck_assert_uint_eq(lender.here, N);
}
END_TEST

START_TEST(a_block_outside_the_region_is_refused)
{
    static const uint32_t foreign[] = {N, N + 1, 0xffff, 0x10000, 0xffffffff};
    uint32_t loan;

    ck_assert_int_eq(urpc_bulk_returned(&lender, foreign[_i], 1), ST_PEER);
    ck_assert_int_eq(urpc_bulk_lent(&borrower, foreign[_i], 1), ST_PEER);
    ck_assert_int_eq(urpc_bulk_return(&borrower, foreign[_i], &loan), ST_INVALID);
    ck_assert(!urpc_bulk_ours(&lender, foreign[_i]));
    ck_assert_uint_eq(lender.here, N);
    ck_assert_uint_eq(borrower.here, 0);
}
END_TEST

START_TEST(a_block_never_lent_is_not_returned)
{
    uint32_t loan = 77;

    ck_assert_int_eq(urpc_bulk_returned(&lender, 2, 0), ST_PEER);
    ck_assert_int_eq(urpc_bulk_return(&borrower, 2, &loan), ST_STATE);
    ck_assert_uint_eq(loan, 77);
}
END_TEST

START_TEST(a_block_lent_twice_or_as_loan_zero_is_the_peers_fault)
{
    ck_assert_int_eq(urpc_bulk_lent(&borrower, 1, 0), ST_PEER);
    ck_assert_int_eq(urpc_bulk_lent(&borrower, 1, 5), ST_OK);
    ck_assert_int_eq(urpc_bulk_lent(&borrower, 1, 6), ST_PEER);
    ck_assert_uint_eq(theirs[1].loan, 5);
}
END_TEST

START_TEST(reclaiming_brings_all_home_and_old_returns_stay_refused)
{
    uint32_t loan[3], block[3], next, again;

    for (int i = 0; i < 3; i++)
        block[i] = lend(&loan[i]);
    ck_assert_int_eq(urpc_bulk_returned(&lender, block[1], loan[1]), ST_OK);
    urpc_bulk_reclaim(&lender);
    urpc_bulk_reclaim(&borrower);
    ck_assert_uint_eq(lender.here, N);
    ck_assert_uint_eq(borrower.here, 0);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(urpc_bulk_returned(&lender, block[i], loan[i]), ST_PEER);
    for (uint32_t i = 0; i < N; i++) { /* each block can be lent exactly once more */
        ck_assert_int_eq(urpc_bulk_lend(&lender, &again, &next), ST_OK);
        for (int k = 0; k < 3; k++)
            ck_assert(again != block[k] || next != loan[k]);
    }
    ck_assert_int_eq(urpc_bulk_lend(&lender, &again, &next), ST_AGAIN);
}
END_TEST

START_TEST(loan_numbers_wrap_and_skip_zero)
{
    uint32_t block, loan;

    mine[0].loan = 0xffffffff;
    ck_assert_int_eq(urpc_bulk_lend(&lender, &block, &loan), ST_OK);
    ck_assert_uint_eq(block, 0);
    ck_assert_uint_eq(loan, 1);
}
END_TEST

START_TEST(a_call_for_the_other_role_is_our_own_mistake)
{
    uint32_t a, b;

    if (_i == 0)
        (void)!urpc_bulk_lend(&borrower, &a, &b);
    else if (_i == 1)
        (void)!urpc_bulk_returned(&borrower, 0, 1);
    else if (_i == 2)
        (void)!urpc_bulk_lent(&lender, 0, 1);
    else
        (void)!urpc_bulk_return(&lender, 0, &a);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("urpc/bulk");
    TCase *t = tcase_create("bulk");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, fresh, nothing);
    tcase_add_test(t, a_block_goes_out_and_comes_back);
    tcase_add_test(t, when_all_blocks_are_lent_there_is_none_to_lend);
    tcase_add_test(t, a_return_that_comes_twice_is_the_peers_fault);
    tcase_add_loop_test(t, a_block_outside_the_region_is_refused, 0, 5);
    tcase_add_test(t, a_block_never_lent_is_not_returned);
    tcase_add_test(t, a_block_lent_twice_or_as_loan_zero_is_the_peers_fault);
    tcase_add_test(t, reclaiming_brings_all_home_and_old_returns_stay_refused);
    tcase_add_test(t, loan_numbers_wrap_and_skip_zero);
    tcase_add_loop_test_raise_signal(t, a_call_for_the_other_role_is_our_own_mistake, SIGABRT, 0,
                                     4);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
