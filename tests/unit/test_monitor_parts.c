/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/parts: what a partition consists of, compared with what it consisted of before its move was undone. */
#include "monitor/parts.h"
#include "lib/abi/task_state.h"
#include <check.h>
#include <stdlib.h>

#define EVENTS_AT (TW_EVENTS / 3 * 3) /* the words that are listed together with the events */

static struct parts was, now;

static void add(struct parts *p, struct part part)
{
    p->part[p->n++] = part;
}

/* Memory, a capability, a channel, registers, events 4 and 1. */
static void fill(struct parts *p)
{
    *p = (struct parts){0};
    add(p, (struct part){.kind = PART_REGION, .index = 1, .a = 0x1000, .b = 0x2000, .c = 3});
    add(p, (struct part){.kind = PART_MEM, .handle = 7, .a = 0x5001, .b = 2, .c = 0x9000});
    add(p, (struct part){.kind = PART_CONN, .index = 2, .handle = 9, .a = 5, .b = 6, .c = 7});
    add(p, (struct part){.kind = PART_LINK, .index = 2, .handle = 9, .a = 5, .b = 6, .c = 7});
    add(p, (struct part){.kind = PART_WORDS, .index = 0, .handle = 1, .a = 2, .b = 3});
    add(p, (struct part){.kind = PART_WORDS, .index = EVENTS_AT, .handle = 8, .a = 9, .b = 5});
}

static void begin(void)
{
    ck_assert_uint_eq(EVENTS_AT + 2, TW_EVENTS);
    fill(&was);
    fill(&now);
}

START_TEST(what_is_the_same_is_restored)
{
    ck_assert(parts_restored(&was, &now));
    ck_assert_uint_eq(parts_hash(&was), parts_hash(&now));
}
END_TEST

START_TEST(an_event_may_have_come_but_none_may_be_gone)
{
    now.part[5].b |= 1ull << 61;
    ck_assert(parts_restored(&was, &now));
    ck_assert_uint_ne(parts_hash(&was), parts_hash(&now));
    now.part[5].b = 4;
    ck_assert(!parts_restored(&was, &now));
}
END_TEST

START_TEST(the_first_event_that_comes_makes_words_be_listed)
{
    was.n = 5;
    now.part[5] = (struct part){.kind = PART_WORDS, .index = EVENTS_AT, .b = 1};
    ck_assert(parts_restored(&was, &now));
    now.part[5].a = 1; /* with another register */
    ck_assert(!parts_restored(&was, &now));
}
END_TEST

START_TEST(any_other_word_of_any_part_is_not_restored)
{
    for (unsigned i = 0; i < was.n; i++)
        for (unsigned k = 0; k < 3; k++) {
            uint64_t *word[] = {&now.part[i].handle, &now.part[i].a, &now.part[i].b};

            if (now.part[i].kind == PART_WORDS && now.part[i].index + k == TW_EVENTS)
                continue;
            *word[k] ^= 1ull << 40;
            ck_assert_msg(!parts_restored(&was, &now), "part %u, word %u", i, k);
            *word[k] ^= 1ull << 40;
        }
    now.part[1].c ^= 0x1000; /* other memory */
    ck_assert(!parts_restored(&was, &now));
}
END_TEST

START_TEST(a_part_more_or_less_is_not_restored)
{
    for (unsigned i = 0; i < was.n; i++) {
        now.n = 0;
        for (unsigned k = 0; k < was.n; k++)
            if (k != i)
                add(&now, was.part[k]);
        ck_assert_msg(!parts_restored(&was, &now), "without part %u", i);
        ck_assert_msg(!parts_restored(&now, &was), "with part %u", i);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("monitor/parts");
    TCase *tc = tcase_create("all");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(tc, begin, NULL);
    tcase_add_test(tc, what_is_the_same_is_restored);
    tcase_add_test(tc, an_event_may_have_come_but_none_may_be_gone);
    tcase_add_test(tc, the_first_event_that_comes_makes_words_be_listed);
    tcase_add_test(tc, any_other_word_of_any_part_is_not_restored);
    tcase_add_test(tc, a_part_more_or_less_is_not_restored);
    suite_add_tcase(s, tc);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
