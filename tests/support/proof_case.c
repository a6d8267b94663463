/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/proof_case.h"
#include <string.h>
#include "witness/merkle.h"
#include "witness/portable.h"

#define LEAF 2u

struct proof_facts facts;
struct mutation mutation;
struct proof_token token;
struct nonce_window window;
struct proof_link links[PROOF_LINKS_MAX + 1];
struct proof_chain chain;
struct proof_evidence evidence;
struct proof_signer signer;
unsigned blocks, checks;

static struct nonce_window window_before;
static uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
static struct hmac_key key;

static void counted_block(uint32_t h[8], const void *block)
{
    blocks++;
    portable_block(h, block);
}

static bool counted_check(const void *k, const void *message, size_t bytes,
                          const uint8_t *signature)
{
    checks++;
    return proof_check_hmac(k, message, bytes, signature);
}

/* A tree of five tokens, ours the third: (0 1) (2 3) | 4. */
static void grow_tree(void)
{
    struct proof_token other = token;
    uint8_t leaf[CASE_LEAVES][HASH_BYTES], left[HASH_BYTES];

    for (unsigned i = 0; i < CASE_LEAVES; i++) {
        other.nonce = token.nonce + i - LEAF;
        proof_leaf(&other, portable_block, leaf[i]);
    }
    merkle_node(leaf[0], leaf[1], portable_block, left);
    memcpy(path[0], leaf[3], HASH_BYTES);
    memcpy(path[1], left, HASH_BYTES);
    memcpy(path[2], leaf[4], HASH_BYTES);
    merkle_node(leaf[2], leaf[3], portable_block, evidence.root);
    merkle_node(left, evidence.root, portable_block, evidence.root);
    merkle_node(evidence.root, leaf[4], portable_block, evidence.root);
    evidence.leaf = LEAF;
    evidence.leaves = CASE_LEAVES;
    evidence.path = path[0];
    evidence.nodes = 3;
}

static void sign(void)
{
    struct proof_statement said;

    proof_statement_make(&token, mutation.holder, evidence.leaves, evidence.root, &said);
    proof_sign_hmac(&key, &said, sizeof said, evidence.signature);
}

void proof_case(uint8_t tier)
{
    mutation = (struct mutation){.call = 2,
                                 .operation = 3,
                                 .target = 0x40200000,
                                 .object = 77,
                                 .argument = {1, 2, 3, 4},
                                 .holder = PROOF_HOLDER(3, 41)};
    facts = (struct proof_facts){.object = 0x40200000,
                                 .generation_seen = 9,
                                 .generation = 9,
                                 .epoch_seen = 4,
                                 .epoch = 4,
                                 .type = CAP_FRAME,
                                 .rights = RIGHT_READ | RIGHT_PROVE,
                                 .depth = CASE_LINKS - 1,
                                 .tier = tier,
                                 .core = 3,
                                 .owner_core = 3,
                                 .base = 0x40200000,
                                 .bytes = 0x10000,
                                 .region_base = 0x40000000,
                                 .region_bytes = 0x10000000,
                                 .holder = mutation.holder,
                                 .now_ns = 5000000000};
    token =
        (struct proof_token){.valid_until_ns = facts.now_ns + 1000, .nonce = 5000, .tier = tier};
    mutation_hash(&mutation, portable_block, token.mutation);
    memset(&window, 0, sizeof window);
    nonce_use(&window, 5003);
    window_before = window;
    for (unsigned i = 0; i <= PROOF_LINKS_MAX; i++)
        links[i] = (struct proof_link){.base = facts.base - 0x1000 * i,
                                       .bytes = facts.bytes + 0x2000 * i,
                                       .epoch_seen = 4,
                                       .epoch = 4,
                                       .type = CAP_FRAME,
                                       .rights = (uint8_t)(facts.rights | (i ? RIGHT_GRANT : 0)),
                                       .depth = (uint8_t)(CASE_LINKS - 1 - i)};
    chain = (struct proof_chain){links, CASE_LINKS};
    hmac_key_make(&key, "device", 6, portable_block);
    signer = (struct proof_signer){counted_check, &key};
    grow_tree();
    sign();
    blocks = checks = 0;
}

bool proof_ask(unsigned tier)
{
    return tier == 2 ? proof_p2(&facts, &mutation, &token, &window, counted_block)
                     : proof_p3(&facts, &mutation, &token, &window, &chain, &evidence, &signer,
                                counted_block);
}

uint32_t proof_held(unsigned tier)
{
    uint32_t held = proof_rules(&facts, &mutation, &token, &window, tier, counted_block);

    return tier == 2 ? held
                     : held | proof_deep_rules(&facts, &mutation, &token, &chain, &evidence,
                                               &signer, counted_block);
}

bool proof_moved(void)
{
    return memcmp(&window, &window_before, sizeof window) != 0;
}

/* ---- each rule broken, in each way: the rest holds ---- */

/* clang-format off */
const struct proof_ways proof_ways[RULES] = {
    { RULE_PROVE, 2 }, { RULE_GENERATION, 3 }, { RULE_EPOCH, 2 }, { RULE_HASH, 32 }, { RULE_TIER, 6 }, { RULE_TIME, 3 },
    { RULE_WINDOW, 2 }, { RULE_NONCE, 4 }, { RULE_DEPTH, 3 }, { RULE_TARGET, 2 }, { RULE_HOLDER, 3 }, { RULE_OWNER, 2 },
    { RULE_BOUNDS, 9 }, { RULE_CHAIN, 16 }, { RULE_MERKLE, 7 }, { RULE_SIGNATURE, 5 },
};

static void break_bounds(unsigned way)
{
    switch (way) {
    case 0: facts.region_base = facts.base + 1; break;
    case 1: facts.region_bytes = facts.base - facts.region_base; break;
    case 2: facts.region_bytes = facts.base - facts.region_base + facts.bytes - 1; break;
    case 3: facts.region_bytes = 0; break;
    case 4: facts.region_base = facts.base + facts.bytes; break;
    case 5: facts.region_base = 0xfffffffffff00000; facts.region_bytes = 0x80000000; break; /* wraps, over the object */
    case 6: facts.region_base = 0; facts.region_bytes = facts.base + facts.bytes - 1; break;
    case 7: facts.region_base = facts.base + facts.bytes - 1; facts.region_bytes = ~0ull; break;
    case 8: facts.region_base = facts.base; facts.region_bytes = 1; break;
    }
}

static void break_chain(unsigned way)
{
    switch (way) {
    case 0: links[0].rights |= RIGHT_EXECUTE; break;
    case 1: links[1].rights &= (uint8_t)~RIGHT_PROVE; break;
    case 2: links[2].rights = 0; break;
    case 3: links[CASE_LINKS - 1].rights &= (uint8_t)~RIGHT_GRANT; links[CASE_LINKS - 2].rights |= RIGHT_GRANT; break;
    case 4: links[1].depth++; break;
    case 5: links[2].depth = links[1].depth; break;
    case 6: chain.links--; break; /* ends above no root */
    case 7: chain.links++; break; /* something above the root */
    case 8: chain.links = 0; break;
    case 9: chain.links = PROOF_LINKS_MAX + 1; break;
    case 10: links[1].type = CAP_RAM; break;
    case 11: links[2].base = links[1].base + 1; links[2].bytes = links[1].bytes + 1; break; /* the child begins below */
    case 12: links[3].bytes = links[2].bytes + 0xfff; break; /* one byte of the child is beyond */
    case 13: links[2].epoch++; break; /* an ancestor was taken back */
    case 14: links[0].base -= 0x100; break; /* of another capability */
    case 15: chain.link = &links[1]; chain.links--; break;
    }
}

static void break_merkle(unsigned way)
{
    switch (way) {
    case 0: path[0][0] ^= 1; break;
    case 1: path[2][31] ^= 0x80; break;
    case 2: evidence.nodes--; break;
    case 3: evidence.nodes++; break;
    case 4: evidence.leaf = LEAF + 1; break;
    case 5: evidence.leaf = CASE_LEAVES; break;
    case 6: evidence.root[7] ^= 4; sign(); break; /* well signed, another tree */
    }
}

void proof_break(enum proof_rule rule, unsigned way)
{
    switch (rule) {
    case RULE_PROVE: facts.rights &= (uint8_t)(way ? 0 : ~RIGHT_PROVE); break;
    case RULE_GENERATION:
        facts.generation += way == 0;
        facts.generation_seen ^= way == 1 ? 0x80000000 : 0;
        if (way == 2)
            facts.generation = facts.generation_seen = 0;
        break;
    case RULE_EPOCH: facts.epoch = way ? 0 : facts.epoch + 1; break;
    case RULE_HASH: token.mutation[way] ^= (uint8_t)(1u << way % 8); break;
    case RULE_TIER: token.tier = (const uint64_t[]){ 0, 1, 4, 256 + 2, ~0ull, 1ull << 63 }[way]; break;
    case RULE_TIME: facts.now_ns = way == 0 ? token.valid_until_ns + 1 : way == 1 ? ~0ull : token.valid_until_ns + (1ull << 63); break;
    case RULE_WINDOW: facts.now_ns = way == 0 ? 0 : token.valid_until_ns - PROOF_WINDOW_DEEP_NS - 1; break;
    case RULE_NONCE:
        if (way == 0)
            nonce_use(&window, token.nonce);
        else if (way == 1) /* at the lower edge, never used */
            nonce_use(&window, token.nonce + NONCE_WINDOW);
        else if (way == 2)
            nonce_use(&window, ~0ull);
        else
            nonce_use(&window, token.nonce), nonce_use(&window, token.nonce + 2 * NONCE_WINDOW);
        break;
    case RULE_DEPTH: facts.depth = (const uint8_t[]){ 9, 10, 255 }[way]; break;
    case RULE_TARGET: facts.object = way ? facts.object | 1ull << 63 : mutation.object; break;
    case RULE_HOLDER: facts.holder ^= (const uint64_t[]){ 1, 1ull << 32, 1ull << 63 }[way]; break;
    case RULE_OWNER: facts.owner_core = way ? 0x103 : 0; break;
    case RULE_BOUNDS: break_bounds(way); break;
    case RULE_CHAIN: break_chain(way); break;
    case RULE_MERKLE: break_merkle(way); break;
    case RULE_SIGNATURE: evidence.signature[(const uint8_t[]){ 0, 15, 31, 32, 63 }[way]] ^= (uint8_t)(1u << way); break;
    case RULES: break;
    }
    window_before = window;
}
/* clang-format on */

/* Chain and facts speak of one capability: what breaks a rule of P2 is put into the chain too, where that is another rule. */
static void follow(void)
{
    uint8_t deeper = (uint8_t)(facts.depth - links[0].depth);

    links[0].epoch = facts.epoch;
    links[0].epoch_seen = facts.epoch_seen;
    for (unsigned i = 0; i < CASE_LINKS; i++) {
        links[i].rights = (uint8_t)(i ? 0xff : facts.rights);
        links[i].depth = (uint8_t)(links[i].depth + deeper);
    }
}

/* What a rule of P2 is broken by is in the signed tree all the same, so that no other rule breaks with it. */
void proof_case_broken(uint32_t broken, unsigned seed)
{
    proof_case(3);
    if (broken & (1u << RULE_TIME))
        broken &= ~(1u << RULE_WINDOW);
    for (unsigned i = 0; i < RULES && proof_ways[i].rule < RULE_CHAIN; i++)
        if (broken & (1u << proof_ways[i].rule))
            proof_break(proof_ways[i].rule, seed % proof_ways[i].ways);
    follow();
    grow_tree();
    sign();
    for (unsigned i = 0; i < RULES; i++)
        if (proof_ways[i].rule >= RULE_CHAIN && (broken & (1u << proof_ways[i].rule)))
            proof_break(proof_ways[i].rule, seed % proof_ways[i].ways);
    blocks = checks = 0;
}
