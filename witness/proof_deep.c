/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* P3: what goes beyond the token. Time depends on the lengths of chain and path, which are public. */
#include "witness/proof.h"
#include <string.h>
#include "witness/merkle.h"
#include "witness/proof_priv.h"

/* ---- the chain ---- */

/*
 * Memory is below 2^63, so what must not be is gathered in two words, as in proof_p1: `wrong` says it by its sign, `differ` by
 * not being zero.
 */
struct doubt {
    uint64_t wrong, differ;
};

/* A parent allows what it has itself, one step deeper, in its own memory. GRANT_ONCE of a parent is gone once used. */
static void doubt_step(struct doubt *d, const struct proof_link *parent,
                       const struct proof_link *child)
{
    uint64_t offset = child->base - parent->base, room = parent->bytes - child->bytes;

    d->differ |=
        (uint64_t)(child->rights & ~parent->rights) | (uint64_t)(child->type ^ parent->type);
    d->differ |= (uint64_t)(child->depth ^ (parent->depth + 1));
    d->wrong |= parent->bytes | offset | room | (room - offset);
}

static void doubt_link(struct doubt *d, const struct proof_link *l)
{
    d->differ |= (uint64_t)(l->epoch_seen ^ l->epoch);
    d->wrong |= l->bytes | (l->bytes - 1);
}

/* The first link is the capability the facts are about. */
static uint64_t same_as_facts(const struct proof_link *l, const struct proof_facts *facts)
{
    uint64_t differ = (l->base ^ facts->base) | (l->bytes ^ facts->bytes);

    differ |= (uint64_t)(l->epoch_seen ^ facts->epoch_seen) | (uint64_t)(l->epoch ^ facts->epoch);
    differ |= (uint64_t)(l->type ^ facts->type) | (uint64_t)(l->rights ^ facts->rights) |
              (uint64_t)(l->depth ^ facts->depth);
    return mask_zero(differ);
}

uint64_t proof_chain_holds(const struct proof_facts *facts, const struct proof_chain *chain)
{
    const struct proof_link *l = chain->link;
    struct doubt d = {0, 0};
    unsigned n = chain->links;

    if (n == 0 || n > PROOF_LINKS_MAX)
        return 0;
    doubt_link(&d, &l[0]);
    for (unsigned i = 1; i < n; i++) {
        doubt_link(&d, &l[i]);
        doubt_step(&d, &l[i], &l[i - 1]);
    }
    d.differ |= l[n - 1].depth;
    return same_as_facts(&l[0], facts) & mask_zero(d.differ) & ~mask_sign(d.wrong);
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

    if (!signer->check)
        return 0;
    proof_statement_make(token, m->holder, e->leaves, e->root, &said);
    return 0 - (uint64_t)signer->check(signer->key, &said, sizeof said, e->signature);
}

uint32_t proof_deep_rules(const struct proof_facts *facts, const struct mutation *m,
                          const struct proof_token *token, const struct proof_chain *chain,
                          const struct proof_evidence *evidence, const struct proof_signer *signer,
                          witness_block_fn *block)
{
    return rule_bit(RULE_CHAIN, proof_chain_holds(facts, chain)) |
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
