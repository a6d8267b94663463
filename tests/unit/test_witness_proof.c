/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Proofs of tiers 1 and 2: witness/proof.h. P1 against the same question asked with branches; P2 with every rule broken
 * in every way of tests/support/proof_case, and every set of rules broken at once.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/abi/syscall.h"
#include "tests/support/proof_case.h"
#include "witness/portable.h"

/* ---- P1 ---- */

#define SLOTS 12u
#define WILD  0xdead000000000000ull /* nothing is mapped there */

struct header {
    uint32_t kind, epoch;
};

static struct proof_slot *table;
static struct header live = {0, 7};

static unsigned type_of(const struct proof_slot *s)
{
    return CAP_WHAT_TYPE(s->what);
}

/* The question as one would ask it. */
static bool resolves(uint32_t nslots, handle_t h, unsigned type, uint8_t rights)
{
    uint32_t index = HANDLE_INDEX(h), generation = HANDLE_GENERATION(h);
    const struct proof_slot *s;

    if (index < PROOF_FIRST || index >= nslots || generation == 0)
        return false;
    s = &table[index];
    if (s->generation != generation || type_of(s) == CAP_NULL)
        return false;
    if ((PROOF_HEADED >> type_of(s) & 1) &&
        ((struct header *)(uintptr_t)s->object)->epoch != s->epoch)
        return false;
    return (type == CAP_NULL || type == type_of(s)) &&
           (CAP_WHAT_RIGHTS(s->what) & rights) == rights;
}

static void table_start(void)
{
    table = aligned_alloc(64, SLOTS * sizeof *table); /* exact: the sanitizer sees a slot too far */
    memset(table, 0, SLOTS * sizeof *table);
    for (unsigned i = 0; i < PROOF_FIRST;
         i++) /* the header of the table: nothing of it is a slot */
        table[i] = (struct proof_slot){.object = WILD,
                                       .generation = 5,
                                       .what = (uint32_t)CAP_WHAT(CAP_TASK, 0xff, 3) | 0x5a000000};
}

static void table_end(void)
{
    free(table);
}

static void ask(uint32_t nslots, handle_t h, unsigned type, uint8_t rights)
{
    uint64_t mask = proof_p1(table, nslots, h, PROOF_WANT(type, rights));

    if (mask != (resolves(nslots, h, type, rights) ? ~0ull : 0))
        ck_abort_msg("handle %#lx type %u rights %#x: %#lx", h, type, rights, mask);
}

/* Every type, with and without a header, current and stale, against handles right and wrong. */
START_TEST(p1_answers_as_the_plain_question_does)
{
    static const uint32_t generations[] = {0, 1, 5, 4, 6, 0x04000005, 0x84000005, 0xffffffff};
    static const uint32_t indexes[] = {0,  1,  2,  3,          7,          8,          11,
                                       12, 13, 64, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff};

    for (unsigned type = 0; type < CAP_TYPES; type++)
        for (unsigned stale = 0; stale < 2; stale++) {
            table[7] = (struct proof_slot){.generation = 5,
                                           .epoch = 7 + stale,
                                           .what = (uint32_t)CAP_WHAT(type, 0x35, 3) | 0x5a000000};
            table[7].object = PROOF_HEADED >> type & 1 ? (uintptr_t)&live : WILD;
            table[3] = table[11] = table[8] = table[7];
            table[8].generation = 0; /* never was a capability's */
            for (unsigned i = 0; i < ARRAY_LEN(indexes); i++)
                for (unsigned g = 0; g < ARRAY_LEN(generations); g++)
                    for (unsigned want = 0; want < CAP_TYPES; want++)
                        for (unsigned rights = 0; rights < 256; rights += want < 2 ? 1 : 17)
                            ask(SLOTS, HANDLE(indexes[i], generations[g]), want, (uint8_t)rights);
        }
}
END_TEST

/* The owner of a table cannot be made to read elsewhere: what is not current is not followed. */
START_TEST(p1_follows_nothing_that_is_not_current)
{
    table[7] = (struct proof_slot){.object = WILD,
                                   .generation = 5,
                                   .epoch = 7,
                                   .what = (uint32_t)CAP_WHAT(CAP_TASK, 0xff, 3) | 0x5a000000};
    ck_assert_uint_eq(proof_p1(table, SLOTS, HANDLE(7, 6), PROOF_WANT(CAP_TASK, 1)), 0);
    ck_assert_uint_eq(proof_p1(table, 7, HANDLE(7, 5), PROOF_WANT(CAP_TASK, 1)), 0);
    ck_assert_uint_eq(proof_p1(table, SLOTS, HANDLE(1, 5), PROOF_WANT(CAP_TASK, 1)), 0);
    for (uint32_t n = PROOF_FIRST + 1; n < SLOTS; n++)
        ck_assert_uint_eq(proof_p1(table, n, HANDLE(n, 5), PROOF_WANT(CAP_TASK, 1)), 0);
}
END_TEST

START_TEST(p1_wants_all_the_rights_and_no_other)
{
    for (unsigned has = 0; has < 256; has++) {
        table[5] = (struct proof_slot){.object = WILD,
                                       .generation = 9,
                                       .what = (uint32_t)CAP_WHAT(CAP_FRAME, has, 3) | 0x5a000000};
        for (unsigned wants = 0; wants < 256; wants++)
            ck_assert_uint_eq(proof_p1(table, SLOTS, HANDLE(5, 9), PROOF_WANT(CAP_FRAME, wants)),
                              (has & wants) == wants ? ~0ull : 0);
    }
}
END_TEST

/* ---- P2 ---- */

START_TEST(p2_accepts_when_every_rule_holds_and_uses_the_nonce_up)
{
    proof_case(2);
    ck_assert(proof_ask(2));
    ck_assert(proof_moved() && !nonce_fresh(&window, token.nonce));
    ck_assert(!proof_ask(2)); /* once */
}
END_TEST

START_TEST(p2_refuses_for_each_rule_alone)
{
    for (unsigned i = 0; proof_ways[i].rule < RULE_CHAIN; i++)
        for (unsigned way = 0; way < proof_ways[i].ways; way++) {
            proof_case(2);
            proof_break(proof_ways[i].rule, way);
            ck_assert_uint_eq(proof_held(2), RULES_P2 & ~(1u << proof_ways[i].rule));
            ck_assert_msg(!proof_ask(2) && !proof_moved(), "rule %u way %u", proof_ways[i].rule,
                          way);
        }
}
END_TEST

/* All 2^13 sets. What has expired is not also valid for too long, so with both broken the window holds. */
START_TEST(p2_evaluates_all_rules_whatever_fails)
{
    for (uint32_t broken = 0; broken <= RULES_P2; broken++) {
        uint32_t expected = RULES_P2 & ~broken;

        if ((broken & (1u << RULE_TIME)) && (broken & (1u << RULE_WINDOW)))
            expected |= 1u << RULE_WINDOW;
        proof_case(2);
        for (unsigned i = 0; proof_ways[i].rule < RULE_CHAIN; i++)
            if (proof_ways[i].rule != RULE_TIME && (broken & (1u << proof_ways[i].rule)))
                proof_break(proof_ways[i].rule, broken % proof_ways[i].ways);
        if (broken & (1u << RULE_TIME))
            proof_break(RULE_TIME, broken % 3);
        ck_assert_uint_eq(proof_held(2), expected);
        ck_assert_uint_eq(blocks, 2);
        ck_assert(proof_ask(2) == (broken == 0) && proof_moved() == (broken == 0));
        ck_assert_uint_eq(blocks, 4); /* the hash is made whatever else fails */
    }
}
END_TEST

START_TEST(the_edges_of_each_rule_are_inside)
{
    proof_case(2);
    facts.now_ns = token.valid_until_ns;
    ck_assert(proof_ask(2));
    proof_case(2);
    token.valid_until_ns = facts.now_ns + PROOF_WINDOW_NS;
    ck_assert(proof_ask(2));
    proof_case(2);
    token.valid_until_ns++;
    token.valid_until_ns = facts.now_ns + PROOF_WINDOW_NS + 1;
    ck_assert(!proof_ask(2));
    proof_case(2);
    facts.depth = DEPTH_MAX;
    ck_assert(proof_ask(2));
    proof_case(2);
    nonce_use(&window, token.nonce + NONCE_WINDOW - 1);
    ck_assert(proof_ask(2));
    proof_case(2);
    facts.region_base = facts.base;
    facts.region_bytes = facts.bytes;
    ck_assert(proof_ask(2));
    proof_case(2);
    facts.region_base = 0;
    facts.region_bytes = ~0ull;
    ck_assert(proof_ask(2));
    proof_case(2);
    facts.bytes = 0;
    ck_assert(!proof_ask(2));
    proof_case(2);
    facts.base = ~0ull - 0xff;
    facts.region_base = 0;
    facts.region_bytes = ~0ull;
    ck_assert(!proof_ask(2)); /* the object wraps */
}
END_TEST

/* A token is for one mutation: each of its 512 bits. */
START_TEST(another_mutation_is_refused)
{
    for (unsigned bit = 0; bit < 8 * sizeof mutation; bit++) {
        proof_case(2);
        ((uint8_t *)&mutation)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        facts.object = mutation.target; /* the attacker has that one, too */
        facts.holder = mutation.holder;
        ck_assert(!proof_ask(2) && !proof_moved());
    }
}
END_TEST

START_TEST(the_hash_is_the_plain_one_of_its_bytes)
{
    uint8_t hash[HASH_BYTES], plain[HASH_BYTES];
    struct hash all;

    proof_case(2);
    mutation_hash(&mutation, portable_block, hash);
    hash_start(&all, portable_block);
    hash_add(&all, &mutation, sizeof mutation);
    hash_end(&all, plain);
    ck_assert_mem_eq(hash, plain, HASH_BYTES);
}
END_TEST

START_TEST(tiers_are_not_mixed_up)
{
    proof_case(3); /* asks for more than P2 looks at */
    ck_assert(!proof_ask(2));
    token.tier = 2;
    ck_assert(!proof_ask(2) && !proof_ask(3));
    proof_case(2); /* evidence nobody asked for is not looked at */
    token.tier = 3;
    ck_assert(!proof_ask(2));
    ck_assert(proof_ask(3));
    for (unsigned asked = 0; asked < 2; asked++) { /* no operation asks for so little */
        proof_case(2);
        facts.tier = (uint8_t)asked;
        ck_assert(!proof_ask(2));
    }
}
END_TEST

/* Stolen: another task has the token. Foreign: the thief's own object. With the mutation as signed, or as the thief makes it. */
START_TEST(a_stolen_token_is_of_no_use)
{
    for (unsigned tier = 2; tier <= 3; tier++)
        for (unsigned as_made = 0; as_made < 2; as_made++)
            for (unsigned own_object = 0; own_object < 2; own_object++) {
                proof_case((uint8_t)tier);
                facts.holder = PROOF_HOLDER(3, 42);
                if (own_object)
                    facts.object = facts.base = 0x40400000;
                if (as_made) {
                    mutation.holder = facts.holder;
                    mutation.target = facts.object;
                }
                ck_assert(!(tier == 2 ? proof_ask(2) : proof_ask(3)) && !proof_moved());
            }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness");
    TCase *one = tcase_create("p1"), *two = tcase_create("p2");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(one, table_start, table_end);
    tcase_add_test(one, p1_answers_as_the_plain_question_does);
    tcase_add_test(one, p1_follows_nothing_that_is_not_current);
    tcase_add_test(one, p1_wants_all_the_rights_and_no_other);
    suite_add_tcase(s, one);

    tcase_set_timeout(two, 60);
    tcase_add_test(two, p2_accepts_when_every_rule_holds_and_uses_the_nonce_up);
    tcase_add_test(two, p2_refuses_for_each_rule_alone);
    tcase_add_test(two, p2_evaluates_all_rules_whatever_fails);
    tcase_add_test(two, the_edges_of_each_rule_are_inside);
    tcase_add_test(two, another_mutation_is_refused);
    tcase_add_test(two, the_hash_is_the_plain_one_of_its_bytes);
    tcase_add_test(two, tiers_are_not_mixed_up);
    tcase_add_test(two, a_stolen_token_is_of_no_use);
    suite_add_tcase(s, two);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
