/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Proofs of tier 3: every rule broken in every way, every set of rules, every bit of what is signed: witness/proof.h. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "lib/sign/sign.h"
#include "tests/support/proof_case.h"

START_TEST(p3_accepts_when_every_rule_holds_and_uses_the_nonce_up)
{
    proof_case(3);
    ck_assert(proof_ask(3));
    ck_assert(proof_moved());
    ck_assert(!proof_ask(3));
}
END_TEST

START_TEST(p3_refuses_for_each_rule_alone)
{
    for (unsigned i = 0; i < RULES; i++)
        for (unsigned way = 0; way < proof_ways[i].ways; way++) {
            uint32_t held;

            proof_case_broken(1u << proof_ways[i].rule, way);
            held = proof_held(3);
            if (proof_ways[i].rule == RULE_EPOCH ||
                proof_ways[i].rule == RULE_DEPTH) /* the chain's, too: its first link is this one */
                held |= 1u << RULE_CHAIN;
            ck_assert_msg(held == (RULES_P3 & ~(1u << proof_ways[i].rule)), "rule %u way %u: %#x",
                          proof_ways[i].rule, way, held);
            ck_assert_msg(!proof_ask(3) && !proof_moved(), "rule %u way %u", proof_ways[i].rule,
                          way);
        }
}
END_TEST

/* All 2^16 sets, the check of the signature and all hashes made in each. */
START_TEST(p3_evaluates_all_rules_whatever_fails)
{
    unsigned usual;

    proof_case(3);
    ck_assert(proof_ask(3));
    usual = blocks;
    for (uint32_t broken = 0; broken <= RULES_P3; broken++) {
        proof_case_broken(broken, 0);
        ck_assert(proof_ask(3) == (broken == 0) && proof_moved() == (broken == 0));
        ck_assert(blocks == usual && checks == 1);
    }
}
END_TEST

START_TEST(chains_of_every_length_up_to_nine)
{
    for (unsigned n = 1; n <= PROOF_LINKS_MAX + 1; n++) {
        proof_case(3);
        for (unsigned i = 0; i < n; i++)
            links[i].depth = (uint8_t)(n - 1 - i);
        facts.depth = links[0].depth;
        chain.links = n;
        ck_assert_uint_eq(proof_chain_holds(&facts, &chain), n <= PROOF_LINKS_MAX ? ~0ull : 0);
        ck_assert(proof_ask(3) == (n <= PROOF_LINKS_MAX));
    }
}
END_TEST

/* What the token's own rules would refuse too is no reason for the walk to let it pass. */
START_TEST(the_walk_alone_refuses)
{
    proof_case(3);
    facts.depth++;
    ck_assert_uint_eq(proof_chain_holds(&facts, &chain),
                      0); /* not the capability the facts are about */
    proof_case(3);
    facts.bytes = links[0].bytes = 0;
    ck_assert_uint_eq(proof_chain_holds(&facts, &chain), 0); /* it has no memory */
    proof_case(3);
    chain.links = 2;
    facts.depth = links[0].depth = 1, links[1].depth = 0;
    ck_assert_uint_eq(proof_chain_holds(&facts, &chain), ~0ull);
    links[1].base = 0, links[1].bytes = 0x1000;
    facts.base = links[0].base = (1ull << 63) - 1, facts.bytes = links[0].bytes = 1ull << 62;
    ck_assert_uint_eq(proof_chain_holds(&facts, &chain),
                      0); /* larger than its parent, by so much that the end is below it */
    proof_case(3);
    for (unsigned i = 0; i < CASE_LINKS; i++)
        links[i].depth = (uint8_t)(links[i].depth - 1); /* a step beyond 0: the last is no root */
    facts.depth = links[0].depth;
    ck_assert_uint_eq(proof_chain_holds(&facts, &chain), 0);
    proof_case(3);
    for (unsigned i = 0; i < CASE_LINKS; i++)
        links[i].reserved = (uint8_t)(0x5a + i);
    ck_assert_uint_eq(proof_chain_holds(&facts, &chain), ~0ull); /* what is reserved says nothing */
}
END_TEST

/* Each field of each link: a bit changed breaks the chain where something depends on it. */
START_TEST(no_link_grows)
{
    for (unsigned i = 0; i < CASE_LINKS; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            proof_case(3);
            links[i].depth ^= (uint8_t)(1u << bit);
            ck_assert(!proof_ask(3));
            proof_case(3);
            links[i].type ^= (uint8_t)(1u << bit);
            ck_assert(!proof_ask(3));
            proof_case(3);
            links[i].epoch ^= 1u << bit;
            ck_assert(!proof_ask(3));
            proof_case(3);
            links[i].rights |= (uint8_t)(1u << bit);
            if (i <
                CASE_LINKS -
                    1) /* the first must be as in the facts, another may have what is above it */
                ck_assert(proof_ask(3) ==
                          ((i == 0 ? facts.rights : links[i + 1].rights) >> bit & 1));
        }
}
END_TEST

/* Mutation, time, nonce and tier of the token are signed; its payload is not. */
START_TEST(no_bit_of_a_signed_token_can_be_changed)
{
    for (unsigned bit = 0; bit < 8 * offsetof(struct proof_token, payload); bit++) {
        proof_case(3);
        ((uint8_t *)&token)[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(!proof_ask(3) && !proof_moved());
    }
    for (unsigned bit = 0; bit < 8 * PROOF_SIGNATURE_BYTES; bit++) {
        proof_case(3);
        evidence.signature[bit / 8] ^= (uint8_t)(1u << bit % 8);
        ck_assert(!proof_ask(3) && !proof_moved());
    }
    proof_case(3);
    memset(evidence.signature, 0, sizeof evidence.signature);
    ck_assert(!proof_ask(3));
}
END_TEST

START_TEST(without_a_signer_nothing_is_accepted)
{
    proof_case(3);
    signer.check = NULL;
    ck_assert(!proof_ask(3) && !proof_moved());
}
END_TEST

/* The same path in a tree said to be larger is the same computation: the size is signed. */
START_TEST(the_size_of_the_tree_is_signed)
{
    proof_case(3);
    for (evidence.leaves = 0; evidence.leaves < 20; evidence.leaves++)
        ck_assert(evidence.leaves == CASE_LEAVES || !proof_ask(3));
}
END_TEST

/* ---- Ed25519 through the same pointer ---- */

static bool check_ed25519(const void *k, const void *message, size_t bytes,
                          const uint8_t *signature)
{
    const struct sign_public *p = k;
    struct sign_signature s;

    memcpy(s.number, p->number, sizeof s.number);
    memcpy(s.bytes, signature, sizeof s.bytes);
    return sign_verify(p, message, bytes, &s);
}

START_TEST(p3_with_ed25519)
{
    static const uint8_t seed[SIGN_SEED_BYTES] = {99}, number[SIGN_NUMBER_BYTES];
    struct proof_statement said;
    struct sign_signature s;
    struct sign_public p;
    struct sign_key k;

    proof_case(3);
    sign_key_make(&k, number, seed);
    sign_key_public(&k, &p);
    signer = (struct proof_signer){check_ed25519, &p};
    ck_assert(!proof_ask(3)); /* an HMAC is no such signature */
    proof_statement_make(&token, mutation.holder, evidence.leaves, evidence.root, &said);
    sign_message(&k, &said, sizeof said, &s);
    memcpy(evidence.signature, s.bytes, sizeof s.bytes);
    evidence.signature[40] ^= 1;
    ck_assert(!proof_ask(3));
    evidence.signature[40] ^= 1;
    ck_assert(proof_ask(3));
    ck_assert(!proof_ask(3));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness");
    TCase *t = tcase_create("p3");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, p3_accepts_when_every_rule_holds_and_uses_the_nonce_up);
    tcase_add_test(t, p3_refuses_for_each_rule_alone);
    tcase_add_test(t, p3_evaluates_all_rules_whatever_fails);
    tcase_add_test(t, chains_of_every_length_up_to_nine);
    tcase_add_test(t, the_walk_alone_refuses);
    tcase_add_test(t, no_link_grows);
    tcase_add_test(t, no_bit_of_a_signed_token_can_be_changed);
    tcase_add_test(t, without_a_signer_nothing_is_accepted);
    tcase_add_test(t, the_size_of_the_tree_is_signed);
    tcase_add_test(t, p3_with_ed25519);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
