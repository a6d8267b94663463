/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/prove.h"
#include "lib/rt/clock.h"
#include "witness/portable.h"
#include "witness/proof.h"
#include <string.h>

#define VALID_NS (500 * NS_PER_MS)

static uint64_t holder, nonce;

static uint64_t own_identity(core_id core)
{
    struct rt_msg m;

    if (holder == 0 && sys_self(&m) == ST_OK)
        holder = PROOF_HOLDER(core, m.w[0]);
    return holder;
}

static status_t prove(handle_t by, const struct mutation *m)
{
    struct rt_msg word;
    uint8_t hash[HASH_BYTES];
    uint64_t tier = 2;

    mutation_hash(m, portable_block, hash);
    memcpy(word.w, hash, sizeof hash);
    word.w[4] = rt_now_ns() + VALID_NS;
    word.w[5] = ++nonce;
    return sys_attest_prove(by, &word, tier);
}

status_t prove_emit(handle_t island, core_id core, uint64_t kind_and_flags, uint64_t target,
                        uint64_t payload, uint32_t hash)
{
    struct mutation m = { .call = SYS_attest_emit,
                          .operation = ATTEST_EMIT,
                          .target = core,
                          .object = target,
                          .argument = { kind_and_flags, payload, hash },
                          .holder = own_identity(core) };
    status_t st = prove(island, &m);

    return st != ST_OK ? st : sys_attest_emit(island, kind_and_flags, target, payload, hash);
}
