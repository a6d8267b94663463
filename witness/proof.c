/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * P1 and P2. No branch decides anything until proof_decide: conditions are masks (witness/mask.h).
 */
#include "witness/proof.h"
#include "witness/proof_priv.h"

typedef uint32_t __attribute__((may_alias)) epoch_word;

/*
 * Alone in its section and never inlined: its instructions are looked at, and counted on the target. All fields are shorter
 * than 63 bits, so the sign of a difference says which is less, and conditions are put together with &: x - y has it if x < y,
 * x - 1 if x is 0, 0 - x if it is not. An index outside becomes that of the header, which is no slot.
 *
 * A slot's generation and epoch lie like an object's header, so that one of the two is where the epoch is to be read.
 */
_Static_assert(offsetof(struct proof_slot, epoch) ==
                   offsetof(struct proof_slot, generation) + PROOF_EPOCH_AT,
               "as a header");

__attribute__((noinline)) uint64_t proof_p1(const void *table, uint32_t nslots, handle_t h,
                                            uint64_t want)
{
    uint64_t index = HANDLE_INDEX(h), generation = HANDLE_GENERATION(h);
    uint64_t at = index & mask_sign(index - nslots);
    const struct proof_slot *slot = (const struct proof_slot *)table + at;
    uint64_t same = (uint64_t)(slot->generation ^ generation) - 1;
    uint64_t named = same & (0 - generation) & (PROOF_FIRST - 1 - at);
    uint64_t what = slot->what, types = PROOF_HEADED >> 1;
    /* Turned right by the type, so that its bit is the sign. */
    uint64_t headed = types >> (what & 63) | types << (-what & 63);
    uintptr_t own = (uintptr_t)&slot->generation;
    uintptr_t header = own + ((slot->object - own) & mask_sign(named & headed));
    uint64_t differ = (uint64_t)(slot->epoch ^ *(const epoch_word *)(header + PROOF_EPOCH_AT));

    differ |= (what ^ want) & want >> 32;
    /* Nothing differs, and the type, of eight bits, is not 0. */
    return mask_sign(named & ((differ << 8) - (what & 0xff)));
}

void mutation_hash(const struct mutation *m, witness_block_fn *block, uint8_t hash[HASH_BYTES])
{
    static const uint8_t end[WITNESS_BYTES] = {0x80, [WITNESS_BYTES - 2] = WITNESS_BYTES * 8 >> 8};
    uint32_t h[8];

    chain_start(h);
    block(h, m);
    block(h, end); /* the padding of one block is always the same */
    chain_digest(h, hash);
}

/* [base, base + bytes) has a byte and lies in the region, which does not wrap: then it does not wrap either. */
static uint64_t lies_inside(uint64_t base, uint64_t bytes, uint64_t region, uint64_t region_bytes)
{
    uint64_t offset = base - region, region_last = region + (region_bytes - 1);

    return ~mask_zero(bytes) & ~mask_zero(region_bytes) & ~mask_below(region_last, region) &
           mask_below(offset, region_bytes) & ~mask_below(region_bytes - offset, bytes);
}

static uint64_t same_mutation(const struct mutation *m, const struct proof_token *token,
                              witness_block_fn *block)
{
    uint8_t hash[HASH_BYTES];

    mutation_hash(m, block, hash);
    return mask_same(hash, token->mutation, sizeof hash);
}

uint32_t proof_rules(const struct proof_facts *facts, const struct mutation *m,
                     const struct proof_token *token, const struct nonce_window *window,
                     uint64_t most, witness_block_fn *block)
{
    uint64_t expired = mask_below(token->valid_until_ns, facts->now_ns);
    uint64_t left = (token->valid_until_ns - facts->now_ns) & ~expired;
    uint64_t limit = mask_pick(mask_equal(facts->tier, 3), PROOF_WINDOW_DEEP_NS, PROOF_WINDOW_NS);
    uint64_t tier = ~mask_below(token->tier, facts->tier) & ~mask_below(most, token->tier) &
                    ~mask_below(facts->tier, 2);

    return rule_bit(RULE_PROVE, ~mask_zero(facts->rights & RIGHT_PROVE)) |
           rule_bit(RULE_GENERATION, mask_equal(facts->generation_seen, facts->generation) &
                                         ~mask_zero(facts->generation)) |
           rule_bit(RULE_EPOCH, mask_equal(facts->epoch_seen, facts->epoch)) |
           rule_bit(RULE_HASH, same_mutation(m, token, block)) | rule_bit(RULE_TIER, tier) |
           rule_bit(RULE_TIME, ~expired) | rule_bit(RULE_WINDOW, ~mask_below(limit, left)) |
           rule_bit(RULE_NONCE, nonce_fresh(window, token->nonce)) |
           rule_bit(RULE_DEPTH, mask_below(facts->depth, DEPTH_MAX + 1)) |
           rule_bit(RULE_TARGET, mask_equal(facts->object, m->target)) |
           rule_bit(RULE_HOLDER, mask_equal(facts->holder, m->holder)) |
           rule_bit(RULE_OWNER, mask_equal(facts->owner_core, facts->core)) |
           rule_bit(RULE_BOUNDS, lies_inside(facts->base, facts->bytes, facts->region_base,
                                             facts->region_bytes));
}

bool proof_decide(uint32_t held, uint32_t wanted, struct nonce_window *window, uint64_t nonce)
{
    if (held != wanted)
        return false;
    nonce_use(window, nonce);
    return true;
}

bool proof_p2(const struct proof_facts *facts, const struct mutation *m,
              const struct proof_token *token, struct nonce_window *window, witness_block_fn *block)
{
    uint32_t held = proof_rules(facts, m, token, window, 2, block);

    return proof_decide(held, RULES_P2, window, token->nonce);
}
