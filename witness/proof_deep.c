/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* P3: what goes beyond the token. Time depends on the lengths of chain and path, which are public. */
#include "witness/proof.h"
#include <string.h>
#include "witness/merkle.h"
#include "witness/proof_priv.h"

/* ---- the chain ---- */

/* A parent allows what it has itself, one step deeper, in its own memory. GRANT_ONCE of a parent is gone once used. */
static uint64_t allows(const struct proof_link *parent, const struct proof_link *child)
{
    uint64_t offset = child->base - parent->base;
    uint64_t grown = (uint64_t)child->rights & ~(uint64_t)parent->rights;

    return mask_zero(grown) & mask_equal(child->depth, parent->depth + 1ull) &
           mask_equal(child->type, parent->type) & ~mask_zero(child->bytes) &
           mask_below(offset, parent->bytes) & ~mask_below(parent->bytes - offset, child->bytes);
}

static uint64_t is_current(const struct proof_link *l)
{
    return mask_equal(l->epoch_seen, l->epoch);
}

/* The capability the facts are about, as the first link. */
static uint64_t is_that_of(const struct proof_link *l, const struct proof_facts *facts)
{
    return mask_equal(l->base, facts->base) & mask_equal(l->bytes, facts->bytes) &
           mask_equal(l->type, facts->type) & mask_equal(l->rights, facts->rights) &
           mask_equal(l->depth, facts->depth) & mask_equal(l->epoch_seen, facts->epoch_seen) &
           mask_equal(l->epoch, facts->epoch);
}

static uint64_t chain_holds(const struct proof_facts *facts, const struct proof_chain *chain)
{
    const struct proof_link *l = chain->link;
    uint64_t holds;

    if (chain->links == 0 || chain->links > PROOF_LINKS_MAX)
        return 0;
    holds = is_that_of(&l[0], facts) & is_current(&l[0]);
    for (unsigned i = 1; i < chain->links; i++)
        holds &= is_current(&l[i]) & allows(&l[i], &l[i - 1]);
    return holds & mask_zero(l[chain->links - 1].depth);
}

/* ---- the tree and its signature ---- */

void proof_leaf(const struct proof_token *token, witness_block_fn *block, uint8_t leaf[HASH_BYTES])
{
    uint8_t data[HASH_BYTES + 8];

    memcpy(data, token->mutation, HASH_BYTES);
    memcpy(data + HASH_BYTES, &token->nonce, 8);
    merkle_leaf(data, sizeof data, block, leaf);
}

void proof_statement_make(const struct proof_token *token, uint64_t holder, uint64_t leaves,
                          const uint8_t root[HASH_BYTES], struct proof_statement *out)
{
    memcpy(out->words, PROOF_WORDS, sizeof out->words);
    memcpy(out->root, root, HASH_BYTES);
    out->leaves = leaves;
    out->valid_until_ns = token->valid_until_ns;
    out->holder = holder;
}

static uint64_t path_holds(const struct proof_token *token, const struct proof_evidence *e,
                           witness_block_fn *block)
{
    uint8_t leaf[HASH_BYTES];

    proof_leaf(token, block, leaf);
    return merkle_verify(e->leaf, e->leaves, leaf, e->path, e->nodes, e->root, block);
}

static uint64_t signature_holds(const struct mutation *m, const struct proof_token *token,
                                const struct proof_evidence *e, const struct proof_signer *signer)
{
    struct proof_statement said;

    proof_statement_make(token, m->holder, e->leaves, e->root, &said);
    return 0 - (uint64_t)signer->check(signer->key, &said, sizeof said, e->signature);
}

uint32_t proof_deep_rules(const struct proof_facts *facts, const struct mutation *m,
                          const struct proof_token *token, const struct proof_chain *chain,
                          const struct proof_evidence *evidence, const struct proof_signer *signer,
                          witness_block_fn *block)
{
    return rule_bit(RULE_CHAIN, chain_holds(facts, chain)) |
           rule_bit(RULE_MERKLE, path_holds(token, evidence, block)) |
           rule_bit(RULE_SIGNATURE, signature_holds(m, token, evidence, signer));
}

bool proof_p3(const struct proof_facts *facts, const struct mutation *m,
              const struct proof_token *token, struct nonce_window *window,
              const struct proof_chain *chain, const struct proof_evidence *evidence,
              const struct proof_signer *signer, witness_block_fn *block)
{
    uint32_t held = proof_rules(facts, m, token, window, 3, block);

    held |= proof_deep_rules(facts, m, token, chain, evidence, signer, block);
    return proof_decide(held, RULES_P3, window, token->nonce);
}

/* ---- HMAC as a signer ---- */

void proof_sign_hmac(const struct hmac_key *key, const void *message, size_t bytes,
                     uint8_t signature[PROOF_SIGNATURE_BYTES])
{
    hmac(key, message, bytes, signature);
    memset(signature + HASH_BYTES, 0, PROOF_SIGNATURE_BYTES - HASH_BYTES);
}

bool proof_check_hmac(const void *key, const void *message, size_t bytes,
                      const uint8_t signature[PROOF_SIGNATURE_BYTES])
{
    uint8_t expected[PROOF_SIGNATURE_BYTES];

    proof_sign_hmac(key, message, bytes, expected);
    return mask_same(expected, signature, sizeof expected) != 0;
}
