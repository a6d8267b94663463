/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/proof_case - a proof in which every rule holds, and each rule broken in every way one can think of.
 *
 *     proof_case(2); proof_break(RULE_TIME, 1); ck_assert(!proof_ask(2) && !proof_moved());
 */
#pragma once
#include "witness/proof_priv.h"

#define CASE_LEAVES 5u
#define CASE_LINKS  4u

extern struct proof_facts facts;
extern struct mutation mutation;
extern struct proof_token token;
extern struct nonce_window window;
extern struct proof_link links[PROOF_LINKS_MAX + 1];
extern struct proof_chain chain;
extern struct proof_evidence evidence;
extern struct proof_signer signer;
extern unsigned blocks,
    checks; /* how often hash and signature were asked since the case was made */

struct proof_ways {
    enum proof_rule rule;
    unsigned ways; /* to break it: 0 .. ways - 1 */
};
extern const struct proof_ways proof_ways[RULES];

/* All holds, for an operation that asks for this tier. */
void proof_case(uint8_t tier);
void proof_break(enum proof_rule rule, unsigned way);
/* P3 with these rules broken and, if they are rules of P2, signed as they are, so that no other rule breaks with them. */
void proof_case_broken(uint32_t rules, unsigned seed);

/* Asked with a block function that counts. */
bool proof_ask(unsigned tier);
uint32_t proof_held(unsigned tier);
/* Has the window changed since the case was made or broken? */
bool proof_moved(void);
