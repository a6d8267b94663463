/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/proof_priv - the rules, one bit each, for proof.c, proof_deep.c and their test. Nobody else learns which held.
 */
#pragma once
#include "witness/mask.h"
#include "witness/proof.h"

enum proof_rule {
#define PROOF_RULE(name, number, words) RULE_##name = number,
#include "witness/proof_rules.def"
#undef PROOF_RULE
    RULES
};
#define RULES_P2 ((1u << RULE_CHAIN) - 1)
#define RULES_P3 ((1u << RULES) - 1)

/* `rule` in its place where mask is ~0 */
static inline uint32_t rule_bit(enum proof_rule rule, uint64_t mask)
{
    return (uint32_t)(mask & 1) << rule;
}

/* The rules of P2 that hold, all of them looked at. `most`: the highest tier whose evidence is looked at. */
uint32_t proof_rules(const struct proof_facts *facts, const struct mutation *m,
                     const struct proof_token *token, const struct nonce_window *window,
                     uint64_t most, witness_block_fn *block);
uint64_t proof_chain_holds(const struct proof_facts *facts, const struct proof_chain *chain);
/* Of P3. */
uint32_t proof_deep_rules(const struct proof_facts *facts, const struct mutation *m,
                          const struct proof_token *token, const struct proof_chain *chain,
                          const struct proof_evidence *evidence, const struct proof_signer *signer,
                          witness_block_fn *block);
/* One answer of all; the nonce is used if it is yes. */
bool proof_decide(uint32_t held, uint32_t wanted, struct nonce_window *window, uint64_t nonce);
