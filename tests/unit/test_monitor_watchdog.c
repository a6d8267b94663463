/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/watchdog: what it reads from the boot arguments, and that a loop that turns is never reset (W1, W2). */
#include <check.h>
#include <stdlib.h>
#include "monitor/watchdog.h"

#define MS UINT64_C(1000000)

START_TEST(the_argument_is_read_or_refused)
{
    static const struct {
        const char *args;
        status_t st;
        uint64_t ms;
    } of[] = {
        {"", ST_OK, 0},
        {"skerry.cores=2 quiet", ST_OK, 0},
        {"skerry.watchdog=10000", ST_OK, 10000},
        {"a=b skerry.watchdog=100 c", ST_OK, 100},
        {"noskerry.watchdog=5 skerry.watchdog=700", ST_OK, 700},
        {"noskerry.watchdog=5000", ST_OK, 0},
        {"skerry.watchdog=99", ST_FORMAT, 0},
        {"skerry.watchdog=0", ST_FORMAT, 0},
        {"skerry.watchdog=", ST_FORMAT, 0},
        {"skerry.watchdog= 1000", ST_FORMAT, 0},
        {"skerry.watchdog=10s", ST_FORMAT, 0},
        {"skerry.watchdog=-5000", ST_FORMAT, 0},
        {"skerry.watchdog=18446744073709561616", ST_FORMAT, 0},
    };
    struct watchdog w = {.ms = 77, .next_ns = 77};

    ck_assert_int_eq(watchdog_read(&w, of[_i].args), of[_i].st);
    ck_assert_uint_eq(w.ms, of[_i].ms);
    ck_assert_uint_eq(w.next_ns, 0);
}
END_TEST

/* Turns come when the loop was told to, and up to 700 ms late, and sometimes much earlier. */
START_TEST(a_loop_that_turns_is_fed_in_time_and_not_at_every_turn)
{
    uint64_t now = 123 * MS, fed_at = now, next, feedings = 0, turns = 0;
    struct watchdog w;

    srand((unsigned)_i + 1);
    ck_assert_int_eq(watchdog_read(&w, "skerry.watchdog=4000"), ST_OK);
    for (; turns < 2000; turns++) {
        if (watchdog_due(&w, now, &next)) {
            ck_assert_uint_le(now - fed_at, 1700 * MS);
            fed_at = now;
            feedings++;
        }
        ck_assert_uint_le(next, fed_at + 1000 * MS);
        ck_assert_uint_gt(next, now);
        now = rand() % 4 ? now + 1 + (uint64_t)rand() % (10 * MS) : next + (uint64_t)rand() % (700 * MS);
    }
    ck_assert(feedings > 10 && feedings < turns / 2);
}
END_TEST

START_TEST(without_the_argument_nobody_is_woken)
{
    struct watchdog w;
    uint64_t next;

    ck_assert_int_eq(watchdog_read(&w, "quiet"), ST_OK);
    ck_assert(!watchdog_due(&w, 5, &next));
    ck_assert_uint_eq(next, UINT64_MAX);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("watchdog");
    TCase *c = tcase_create("watchdog");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_loop_test(c, the_argument_is_read_or_refused, 0, 13);
    tcase_add_loop_test(c, a_loop_that_turns_is_fed_in_time_and_not_at_every_turn, 0, 20);
    tcase_add_test(c, without_the_argument_nobody_is_woken);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
