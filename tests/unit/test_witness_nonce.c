/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The window of numbers against a set that remembers them all: witness/nonce.h. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "witness/nonce.h"

#define SPAN 40000u

/* Numbers base + 0 .. base + SPAN - 1; what it says is the definition. */
static struct {
    uint64_t base, top; /* top: highest accepted */
    bool used[SPAN];
} set;

static bool set_fresh(uint64_t n)
{
    if (n == 0)
        return false;
    if (n > set.top)
        return true;
    return set.top - n < NONCE_WINDOW && (n < set.base || !set.used[n - set.base]);
}

static void set_use(uint64_t n)
{
    set.used[n - set.base] = true;
    if (n > set.top)
        set.top = n;
}

static void set_start(uint64_t base)
{
    memset(&set, 0, sizeof set);
    set.base = base;
}

/* Every number from there on for `span`. */
static void same(const struct nonce_window *w, uint64_t from, uint64_t span)
{
    for (uint64_t i = 0; i < span && from + i >= from; i++)
        if (nonce_fresh(w, from + i) != (set_fresh(from + i) ? ~0ull : 0))
            ck_abort_msg("number %#lx with top %#lx: %#lx", from + i, set.top,
                         nonce_fresh(w, from + i));
}

static void use(struct nonce_window *w, uint64_t n)
{
    ck_assert(set_fresh(n) && nonce_fresh(w, n));
    nonce_use(w, n);
    set_use(n);
}

START_TEST(a_zeroed_window_has_accepted_nothing_and_0_is_no_number)
{
    struct nonce_window w = {0};

    set_start(0);
    same(&w, 0, 10000);
    ck_assert(!nonce_fresh(&w, 0) && nonce_fresh(&w, 1) && nonce_fresh(&w, UINT64_MAX));
}
END_TEST

/* n, then n + 4096: n shares its bit with that and stays refused. */
START_TEST(a_number_is_refused_again_after_4096_more)
{
    for (uint64_t n = 1; n < 9000; n++) {
        struct nonce_window w = {0};

        nonce_use(&w, n);
        ck_assert(!nonce_fresh(&w, n));
        ck_assert(nonce_fresh(&w, n + NONCE_WINDOW));
        nonce_use(&w, n + NONCE_WINDOW);
        ck_assert(!nonce_fresh(&w, n) && !nonce_fresh(&w, n + NONCE_WINDOW));
        ck_assert(nonce_fresh(&w, n + 1) && nonce_fresh(&w, n + 2 * NONCE_WINDOW));
    }
}
END_TEST

/* A window with every third number used, moved up by every distance up to two windows: all numbers looked at. */
START_TEST(every_move_leaves_exactly_what_the_set_says)
{
    static bool before[SPAN];
    uint64_t base = (uint64_t)_i, top;
    struct nonce_window start = {0};

    set_start(base);
    for (uint64_t n = base + 1; n < base + 5000; n += 3)
        use(&start, n);
    top = set.top;
    memcpy(before, set.used, sizeof before);
    for (uint64_t jump = 1; jump < 2 * NONCE_WINDOW + 70;
         jump += jump < 200 || jump > 3900 ? 1 : 37) {
        struct nonce_window w = start;

        memcpy(set.used, before, sizeof before);
        set.top = top;
        use(&w, top + jump);
        same(&w, top > 9000 ? top - 9000 : 0, 9000 + jump + 70);
    }
}
END_TEST

START_TEST(any_order_of_numbers_is_as_the_set_says)
{
    uint64_t bases[] = {0, 63, 1ull << 32, UINT64_MAX - SPAN}, base = bases[_i];
    struct nonce_window w = {0};
    uint64_t x = 88172645463325252ull + base;

    set_start(base);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t n, low = set.top > base + 4200 ? set.top - 4200 : base;

        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        n = low + x % (x >> 40 & 1 ? 4300 : 4210);
        if (n >= base + SPAN || n < base)
            continue;
        if (set_fresh(n))
            use(&w, n);
        ck_assert_uint_eq(nonce_fresh(&w, n), 0);
        if (i % 200 == 0)
            same(&w, low > 5000 ? low - 5000 : 0, 14000);
    }
}
END_TEST

START_TEST(numbers_end_and_do_not_wrap)
{
    struct nonce_window w = {0};

    set_start(UINT64_MAX - (SPAN - 1));
    use(&w, UINT64_MAX - 5000);
    use(&w, UINT64_MAX - 1);
    use(&w, UINT64_MAX);
    for (uint64_t n = 0; n < 10000; n++)
        ck_assert_uint_eq(nonce_fresh(&w, n), 0);
    same(&w, UINT64_MAX - 10000, 10001);
    ck_assert(nonce_fresh(&w, UINT64_MAX - 4095) && !nonce_fresh(&w, UINT64_MAX - 4096));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness");
    TCase *t = tcase_create("nonce");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, a_zeroed_window_has_accepted_nothing_and_0_is_no_number);
    tcase_add_test(t, a_number_is_refused_again_after_4096_more);
    tcase_add_loop_test(t, every_move_leaves_exactly_what_the_set_says, 0, 3);
    tcase_add_loop_test(t, any_order_of_numbers_is_as_the_set_says, 0, 4);
    tcase_add_test(t, numbers_end_and_do_not_wrap);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
