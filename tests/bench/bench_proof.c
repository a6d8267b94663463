/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Proofs on this machine. The figures to beat (tests/bench/peers.txt) are of a system whose P2 hashes nothing and whose P3 only
 * walks the chain; ours are whole, and two further rows leave out what the others have not.
 *
 *   host.proof_p1         random handles into a table of 1024, half of them valid; ns each
 *   host.proof_p2         a token made and never used before: thirteen rules, the mutation hashed (two blocks), the nonce used up
 *   host.proof_p2_rules   the same with a block function that does nothing: without the two blocks
 *   host.proof_p3         P2, a chain of depth 8, a Merkle path of ten, a signature by HMAC: 26 blocks (2 + 1 + 20 + 3)
 *   host.proof_p3_chain   the chain of depth 8 alone
 *   host.proof_p2_portable, host.proof_p3_portable   with blocks of BearSSL's portable code
 *
 * Handles, tokens and chains are made from the clock before the time is taken, and the code is linked from an archive, so that
 * the compiler knows none of them. Blocks are libcrypto's, which has the machine's instructions for it, as host.witness_emit and the
 * target have; beside P2 and P3 stands what their blocks cost bare.
 * Medians over batches. Rows for programs on stdout, for people on stderr.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/abi/syscall.h"
#include "lib/base/types.h"
#include "tests/support/bench.h"
#include "tools/skerry/sha_block.h"
#include "witness/merkle.h"
#include "witness/portable.h"
#include "witness/proof_priv.h"

#define BATCHES   101u
#define SLOTS     1024u
#define HANDLES   16384u
#define TOKENS    1024u
#define CHAINS    512u
#define PATH      10u
#define P2_BLOCKS 2u
#define P3_BATCH  64u

static uint64_t state;
static uint64_t sink;

static uint64_t draw(void)
{
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static void need(bool ok, const char *what)
{
    if (!ok) {
        fprintf(stderr, "bench_proof: %s\n", what);
        exit(1);
    }
}

/* ---- P1 ---- */

static _Alignas(64) struct proof_slot table[SLOTS];
static struct {
    uint32_t kind, epoch;
} objects[64];
static uint64_t handle[3][HANDLES]; /* mixed, valid, not valid */

static void p1_setup(void)
{
    for (unsigned i = PROOF_FIRST; i < SLOTS; i++) {
        unsigned object = (unsigned)(draw() % ARRAY_LEN(objects));
        bool headed = draw() & 1;

        objects[object].epoch = 1;
        table[i] = (struct proof_slot){
            .object = headed ? (uintptr_t)&objects[object] : draw(),
            .generation = (uint32_t)(draw() | 1),
            .epoch = 1,
            .what = (uint32_t)CAP_WHAT(headed ? CAP_TASK : CAP_FRAME, RIGHTS_ALL, 0)};
    }
    for (unsigned i = 0; i < HANDLES; i++) {
        uint32_t index = PROOF_FIRST + (uint32_t)(draw() % (SLOTS - PROOF_FIRST));

        handle[1][i] = HANDLE(index, table[index].generation);
        handle[2][i] =
            draw() & 1 ? HANDLE(index, draw() & ~1ull) : HANDLE(SLOTS + draw() % 4096, 1);
        handle[0][i] = handle[1 + (draw() & 1)][i];
    }
}

static double p1_batch(unsigned which)
{
    uint64_t start = bench_now_ns(), yes = 0;

    for (unsigned i = 0; i < HANDLES; i++)
        yes += proof_p1(table, SLOTS, handle[which][i], PROOF_WANT(CAP_NULL, RIGHT_READ)) & 1;
    start = bench_now_ns() - start;
    need(which == 0 || yes == (which == 1 ? HANDLES : 0),
         "not the number of handles accepted that must be (P1)");
    return (double)start / HANDLES;
}

/* ---- P2 and P3 ---- */

static struct mutation mutations[TOKENS];
static struct proof_token tokens[TOKENS];
static struct proof_facts facts[TOKENS];
static struct proof_link links[CHAINS][PROOF_LINKS_MAX];
static struct proof_chain chains[CHAINS];
static struct proof_evidence evidence[TOKENS];
static uint8_t tree[2 * TOKENS][HASH_BYTES]; /* 1 the root, children of n: 2n and 2n + 1 */
static uint8_t paths[TOKENS][PATH][HASH_BYTES];
static struct nonce_window window;
static struct hmac_key key;
static uint64_t blocks;

static void counted_block(uint32_t h[8], const void *block)
{
    blocks++;
    sha_block(h, block);
}

static void no_block(uint32_t h[8], const void *block)
{
    (void)h;
    (void)block;
}

static void chain_setup(unsigned i)
{
    uint64_t base = draw() & 0xffffff000, bytes = 0x1000;

    for (unsigned l = 0; l < PROOF_LINKS_MAX; l++, bytes += 0x1000)
        links[i][l] = (struct proof_link){.base = base,
                                          .bytes = bytes,
                                          .epoch_seen = 3,
                                          .epoch = 3,
                                          .type = CAP_FRAME,
                                          .rights = RIGHTS_ALL,
                                          .depth = (uint8_t)(DEPTH_MAX - l)};
    chains[i] = (struct proof_chain){links[i], PROOF_LINKS_MAX};
}

static void token_setup(unsigned i, uint8_t tier)
{
    const struct proof_link *l = links[i % CHAINS];

    mutations[i] = (struct mutation){
        .call = 2, .target = draw(), .argument = {draw(), draw()}, .holder = PROOF_HOLDER(1, 9)};
    facts[i] = (struct proof_facts){.object = mutations[i].target,
                                    .generation_seen = 5,
                                    .generation = 5,
                                    .epoch_seen = 3,
                                    .epoch = 3,
                                    .type = CAP_FRAME,
                                    .rights = RIGHTS_ALL,
                                    .depth = DEPTH_MAX,
                                    .tier = tier,
                                    .base = l->base,
                                    .bytes = l->bytes,
                                    .region_base = 0,
                                    .region_bytes = 1ull << 40,
                                    .holder = mutations[i].holder,
                                    .now_ns = draw() >> 8};
    tokens[i] = (struct proof_token){
        .valid_until_ns = facts[i].now_ns + 1000, .nonce = i + 1, .tier = tier};
    mutation_hash(&mutations[i], portable_block, tokens[i].mutation);
}

/* One tree over all tokens; each with a signature of its own, as their times differ. */
static void tree_setup(void)
{
    for (unsigned i = 0; i < TOKENS; i++)
        proof_leaf(&tokens[i], portable_block, tree[TOKENS + i]);
    for (unsigned n = TOKENS - 1; n > 0; n--)
        merkle_node(tree[2 * n], tree[2 * n + 1], portable_block, tree[n]);
    for (unsigned i = 0; i < TOKENS; i++) {
        struct proof_statement said;

        for (unsigned at = TOKENS + i, level = 0; level < PATH; at /= 2, level++)
            memcpy(paths[i][level], tree[at ^ 1], HASH_BYTES);
        evidence[i] = (struct proof_evidence){
            .leaf = i, .leaves = TOKENS, .path = paths[i][0], .nodes = PATH};
        memcpy(evidence[i].root, tree[1], HASH_BYTES);
        proof_statement_make(&tokens[i], mutations[i].holder, TOKENS, tree[1], &said);
        proof_sign_hmac(&key, &said, sizeof said, evidence[i].signature);
    }
}

static void setup(uint8_t tier)
{
    for (unsigned i = 0; i < CHAINS; i++)
        chain_setup(i);
    for (unsigned i = 0; i < TOKENS; i++)
        token_setup(i, tier);
    hmac_key_make(&key, "key of the bench", 16, counted_block);
    tree_setup();
}

static double p2_batch(witness_block_fn *block, unsigned accepted)
{
    unsigned yes = 0;
    uint64_t start;

    memset(&window, 0, sizeof window);
    start = bench_now_ns();
    for (unsigned i = 0; i < TOKENS; i++)
        yes += proof_p2(&facts[i], &mutations[i], &tokens[i], &window, block);
    start = bench_now_ns() - start;
    need(yes == accepted, "not the number of proofs accepted that must be (P2)");
    return (double)start / TOKENS;
}

/* A few at a time: a batch that takes long is one in which others had the core. */
static double p3_batch(unsigned batch, witness_block_fn *block)
{
    const struct proof_signer signer = {proof_check_hmac, &key};
    unsigned yes = 0, from = batch * P3_BATCH % TOKENS;
    uint64_t start;

    memset(&window, 0, sizeof window);
    start = bench_now_ns();
    for (unsigned i = from; i < from + P3_BATCH; i++)
        yes += proof_p3(&facts[i], &mutations[i], &tokens[i], &window, &chains[i % CHAINS],
                        &evidence[i], &signer, block);
    start = bench_now_ns() - start;
    need(yes == P3_BATCH, "not all proofs accepted (P3)");
    return (double)start / P3_BATCH;
}

static double chain_batch(void)
{
    uint64_t start = bench_now_ns(), yes = 0;

    for (unsigned i = 0; i < TOKENS; i++)
        yes += proof_chain_holds(&facts[i], &chains[i % CHAINS]) & 1;
    start = bench_now_ns() - start;
    need(yes == TOKENS, "a chain does not hold");
    return (double)start / TOKENS;
}

static double block_batch(witness_block_fn *block)
{
    uint32_t h[8];
    uint64_t start;

    chain_start(h);
    start = bench_now_ns();
    for (unsigned i = 0; i < TOKENS; i++)
        block(h, &mutations[i]);
    start = bench_now_ns() - start;
    sink += h[0];
    return (double)start / TOKENS;
}

/* ---- figures ---- */

enum kind {
    P1,
    P1_VALID,
    P1_INVALID,
    P2,
    P2_RULES,
    P2_PORTABLE,
    P3,
    P3_PORTABLE,
    CHAIN,
    BLOCK,
    BLOCK_PORTABLE,
    KINDS
};
static double sample[KINDS][BATCHES];

static double median(enum kind k)
{
    return bench_median(sample[k], BATCHES);
}

/* A figure that is mostly blocks, and what these cost by themselves. */
static void row_of_blocks(const char *name, enum kind k, double each, enum kind block)
{
    char note[160];

    (void)snprintf(note, sizeof note, "of which %.0f blocks of SHA-256: %.0f", each,
                   each * median(block));
    bench_row_alone(name, "ns", median(k), note);
}

int main(void)
{
    char note[160];
    double p3_blocks;

    state = bench_now_ns() | 1;
    p1_setup();
    setup(2);
    for (unsigned i = 0; i < BATCHES; i++) {
        for (unsigned which = 0; which < 3; which++)
            sample[P1 + (i + which) % 3][i] = p1_batch((i + which) % 3);
        sample[P2][i] = p2_batch(sha_block, TOKENS);
        sample[P2_PORTABLE][i] = p2_batch(portable_block, TOKENS);
        sample[P2_RULES][i] = p2_batch(no_block, 0);
        sample[CHAIN][i] = chain_batch();
        sample[BLOCK][i] = block_batch(sha_block);
        sample[BLOCK_PORTABLE][i] = block_batch(portable_block);
    }
    setup(3);
    blocks = 0;
    p3_batch(0, counted_block);
    p3_blocks = (double)blocks / P3_BATCH;
    for (unsigned i = 0; i < BATCHES; i++) {
        key.block = sha_block;
        sample[P3][i] = p3_batch(i, sha_block);
        key.block = portable_block;
        sample[P3_PORTABLE][i] = p3_batch(i, portable_block);
    }

    (void)snprintf(note, sizeof note, "valid %.1f, not valid %.1f", median(P1_VALID),
                   median(P1_INVALID));
    bench_row_alone("host.proof_p1", "ns", median(P1), note);
    row_of_blocks("host.proof_p2", P2, P2_BLOCKS, BLOCK);
    bench_row_alone("host.proof_p2_rules", "ns", median(P2_RULES),
        "without its blocks: what the peer's does, and more rules");
    row_of_blocks("host.proof_p2_portable", P2_PORTABLE, P2_BLOCKS, BLOCK_PORTABLE);
    row_of_blocks("host.proof_p3", P3, p3_blocks, BLOCK);
    row_of_blocks("host.proof_p3_portable", P3_PORTABLE, p3_blocks, BLOCK_PORTABLE);
    bench_row_alone("host.proof_p3_chain", "ns", median(CHAIN), "the walk of depth 8 alone: what the peer's does");
    return sink == 0x5eed; /* so that the answers are wanted */
}
