/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* P3: what goes beyond the token. Time depends on the lengths of chain and path, which are public. */
#include "witness/proof.h"
#include <string.h>
#include "witness/merkle.h"
#include "witness/proof_priv.h"

/* ---- the chain ---- */

/* Four bytes in one word, as they lie in a link and in the facts: one load. The last is none of a capability's. */
#define WHAT(type, rights, depth, last)                                                            \
    ((uint32_t)(type) | (uint32_t)(rights) << 8 | (uint32_t)(depth) << 16 | (uint32_t)(last) << 24)
#define RIGHTS_OF      WHAT(0, 0xff, 0, 0)
#define TYPE_AND_DEPTH WHAT(0xff, 0, 0xff, 0)

static uint32_t what_of(const struct proof_link *l)
{
    return WHAT(l->type, l->rights, l->depth, l->reserved);
}

/* The first link is the capability the facts are about. */
static uint64_t differs_from_facts(const struct proof_link *l, const struct proof_facts *facts)
{
    uint32_t what = WHAT(facts->type, facts->rights, facts->depth, facts->tier);

    return (l->base ^ facts->base) | (l->bytes ^ facts->bytes) |
           (uint64_t)(l->epoch_seen ^ facts->epoch_seen) | (uint64_t)(l->epoch ^ facts->epoch) |
           (uint64_t)((what_of(l) ^ what) & (TYPE_AND_DEPTH | RIGHTS_OF));
}

/*
 * A parent allows what it has itself, one step deeper, in its own memory; GRANT_ONCE of a parent is gone once used. `step` is how
 * the parent differs from what it must be: in `other`, where it may not; in `more`, where the child has a right that it has not.
 * The last has depth 0, so a depth that went below 0 on the way is none that leads there. Memory is below 2^63: `wrong` says by
 * its sign what must not be. No link is larger than its parent, so if the first is not empty, none is.
 */
uint64_t proof_chain_holds(const struct proof_facts *facts, const struct proof_chain *chain)
{
    const struct proof_link *l = chain->link, *end = l + chain->links;
    uint32_t what, stale, other = 0, more = 0;
    uint64_t differ, wrong, base, bytes;

    if (chain->links == 0 || chain->links > PROOF_LINKS_MAX)
        return 0;
    differ = differs_from_facts(l, facts);
    what = what_of(l);
    base = l->base, bytes = l->bytes;
    wrong = bytes | (bytes - 1);
    stale = l->epoch_seen ^ l->epoch;
    while (++l != end) {
        uint64_t offset = base - l->base, room = l->bytes - bytes;
        uint32_t child = what, step = child - WHAT(0, 0, 1, 0);

        base = l->base, bytes = l->bytes, what = what_of(l);
        wrong |= bytes | offset | room | (room - offset);
        step ^= what;
        other |= step;
        more |= step & child;
        stale |= l->epoch_seen ^ l->epoch;
    }
    other |= what & WHAT(0, 0, 0xff, 0);
    differ |= (uint64_t)((more & RIGHTS_OF) | (other & TYPE_AND_DEPTH) | stale);
    return mask_zero(differ) & ~mask_sign(wrong);
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
