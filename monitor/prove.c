/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/prove.h"
#include "lib/rt/attest_calls.h"
#include "lib/rt/clock.h"
#include "monitor/mon.h"
#include "witness/portable.h"
#include "witness/record.h"
#include <string.h>

#define VALID_NS (500 * NS_PER_MS)
#define TRIES    3u

static uint64_t holder, nonce;

uint64_t prove_holder(core_id core)
{
    struct rt_msg m;

    if (holder == 0 && sys_self(&m) == ST_OK)
        holder = PROOF_HOLDER(core, m.w[0]);
    return holder;
}

status_t prove_say(handle_t by, const struct mutation *m, unsigned tier, struct proof_token *said)
{
    struct rt_msg word;

    *said = (struct proof_token){ .valid_until_ns = rt_now_ns() + VALID_NS, .nonce = ++nonce, .tier = tier };
    mutation_hash(m, portable_block, said->mutation);
    memcpy(word.w, said->mutation, sizeof said->mutation);
    word.w[4] = said->valid_until_ns;
    word.w[5] = said->nonce;
    return sys_attest_prove(by, &word, tier);
}

void prove_sign(const struct proof_token *said, uint64_t by, uint64_t signature[4])
{
    uint8_t leaf[HASH_BYTES], bytes[PROOF_SIGNATURE_BYTES];
    struct proof_statement statement;
    struct hmac_key key;

    hmac_key_make(&key, mon.info->proof_secret, sizeof mon.info->proof_secret, portable_block);
    proof_leaf(said, portable_block, leaf);
    proof_statement_make(said, by, 1, leaf, &statement);
    proof_sign_hmac(&key, &statement, sizeof statement, bytes);
    memcpy(signature, bytes, HASH_BYTES);
}

static status_t prove_once(handle_t island, const struct mutation *m, uint64_t kind_and_flags, uint64_t target, uint64_t payload,
                           uint32_t hash)
{
    bool deep = (kind_and_flags & 0xff) == WITNESS_PARTITION_MIGRATE;
    struct proof_token said;
    uint64_t signature[4];
    status_t st = prove_say(island, m, deep ? 3 : 2, &said);

    if (st != ST_OK || !deep)
        return st != ST_OK ? st : sys_attest_emit(island, kind_and_flags, target, payload, hash);
    prove_sign(&said, m->holder, signature);
    return sys_attest_emit_signed(island, kind_and_flags, target, payload, signature);
}

status_t prove_emit(handle_t island, core_id core, uint64_t kind_and_flags, uint64_t target,
                        uint64_t payload, uint32_t hash)
{
    struct mutation m = { .call = SYS_attest_emit,
                          .operation = ATTEST_EMIT,
                          .target = core,
                          .object = target,
                          .argument = { kind_and_flags, payload, hash },
                          .holder = prove_holder(core) };
    status_t st = ST_PROOF;

    /* On an emulator the core may stand still between the two for longer than what was said is valid. */
    for (unsigned i = 0; i < TRIES && st == ST_PROOF; i++)
        st = prove_once(island, &m, kind_and_flags, target, payload, hash);
    return st;
}
