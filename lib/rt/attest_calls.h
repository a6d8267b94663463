/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/rt/attest_calls - attest_emit, the witness log of this core: one inline function per operation, as lib/rt/syscall.h. */
#pragma once
#include "lib/rt/svc.h"

static inline status_t sys_attest_emit(handle_t island, uint64_t kind_and_flags, uint64_t target,
                                       uint64_t payload, uint64_t hash)
{
    return svc_6(SYSCALL_WORD(SYS_attest_emit, ATTEST_EMIT), island, kind_and_flags, target, payload,
                 hash, 0);
}

/* The same of a kind that asks for tier 3. */
static inline status_t sys_attest_emit_signed(handle_t island, uint64_t kind_and_flags, uint64_t target, uint64_t payload,
                                              const uint64_t signature[4])
{
    struct rt_msg m = { { kind_and_flags, target, payload, signature[0], signature[1], signature[2] } };
    uint64_t last = signature[3];

    return svc_msg(SYSCALL_WORD(SYS_attest_emit, ATTEST_EMIT), island, &m, &last);
}

/* For the next gated operation: hash in m->w[0..3], valid until in w[4], nonce in w[5]. Use monitor/prove.h. */
static inline status_t sys_attest_prove(handle_t by, const struct rt_msg *m, uint64_t tier)
{
    struct rt_msg copy = *m;

    return svc_msg(SYSCALL_WORD(SYS_attest_emit, ATTEST_PROVE), by, &copy, &tier);
}

/* Has the program with this task said that it means this call? */
static inline status_t sys_attest_check(handle_t island, handle_t task, uint64_t object, uint64_t first,
                                        uint64_t second)
{
    return svc_6(SYSCALL_WORD(SYS_attest_emit, ATTEST_CHECK), island, task, object, first, second, 0);
}

static inline status_t sys_attest_close(handle_t island)
{
    return svc_1(SYSCALL_WORD(SYS_attest_emit, ATTEST_CLOSE), island);
}

/* out->w: records, drained, open segment, its first record, capacity, somebody was refused. */
static inline status_t sys_attest_state(struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_attest_emit, ATTEST_STATE), 0, 0, out);
}

/* out->w: the seal in w[0..3], its segment, the sequence behind it. ST_NOT_FOUND. */
static inline status_t sys_attest_seal(struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_attest_emit, ATTEST_SEAL), 0, 0, out);
}

static inline status_t sys_attest_recover(handle_t island, handle_t task, bool on)
{
    return svc_6(SYSCALL_WORD(SYS_attest_emit, ATTEST_RECOVER), island, task, on, 0, 0, 0);
}

/* The same of a segment by its number, while its end is not drained. */
static inline status_t sys_attest_seal_of(uint32_t segment, struct rt_msg *out)
{
    return svc_ask(SYSCALL_WORD(SYS_attest_emit, ATTEST_SEAL), (uint64_t)segment + 1, 0, out);
}

static inline status_t sys_attest_drain(handle_t island, uint64_t below)
{
    return svc_2(SYSCALL_WORD(SYS_attest_emit, ATTEST_DRAIN), island, below);
}
