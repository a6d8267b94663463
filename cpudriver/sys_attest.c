/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* cpudriver/sys_attest - attest_emit: what programs say and ask of the witness log. */
#include "cpudriver/syscall.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/gate.h"
#include "cpudriver/task.h"

/* What a monitor has ended is recorded as its other ways out of a full log are; what begins needs room like anything else. */
static bool is_end(unsigned kind)
{
    return kind == WITNESS_COMM_EDGE_DESTROY || kind == WITNESS_DEVICE_LEASE_REVOKE ||
           kind == WITNESS_DEVICE_LEASE_EXPIRE || kind == WITNESS_REGION_UNSHARE;
}

/* A program that changes core asks for tier 3, at both ends; there x4..x7 are the signature. */
static status_t ask_gate(struct kcb *k, struct task *t, const struct cap *island, const struct mutation *m, unsigned tier)
{
    struct proof_facts f;

    if (tier == 2)
        return gate_pass(k, t, island, m);
    gate_facts(k, t, island, tier, &f);
    return gate_pass_deep(k, t, island, &f, m, &t->frame.x[4]);
}

/*
 * What the CPU driver alone records: its own changes, and what only it can know. Where a record of such a kind stands, it
 * happened. DegradedEntered and -Exited are of both, as both have a degraded mode.
 */
static bool is_the_kernels(unsigned kind)
{
    switch ((enum witness_kind)kind) {
    case WITNESS_CAPABILITY_GRANT:
    case WITNESS_CAPABILITY_REVOKE:
    case WITNESS_CAPABILITY_DELEGATE:
    case WITNESS_CAPABILITY_ESCALATE:
    case WITNESS_CAPABILITY_ATTENUATED:
    case WITNESS_CAPABILITY_RETYPE:
    case WITNESS_CAPABILITY_DELETE:
    case WITNESS_CAPABILITY_PLACE:
    case WITNESS_TRANSFER_OUT:
    case WITNESS_TRANSFER_IN:
    case WITNESS_REGION_MAP:
    case WITNESS_REGION_UNMAP:
    case WITNESS_IPC_SEND:
    case WITNESS_IPC_RECEIVE:
    case WITNESS_ZERO_COPY_SHARE:
    case WITNESS_NOTIFICATION_SIGNAL:
    case WITNESS_DEVICE_LEASE_GRANT:
    case WITNESS_DEVICE_LEASE_RENEW:
    case WITNESS_PROOF_VERIFIED_P1:
    case WITNESS_PROOF_VERIFIED_P2:
    case WITNESS_PROOF_VERIFIED_P3:
    case WITNESS_PROOF_REJECTED:
    case WITNESS_PROOF_ESCALATED:
    case WITNESS_SCHEDULER_EPOCH:
    case WITNESS_MODE_SWITCH:
    case WITNESS_TASK_SPAWN:
    case WITNESS_TASK_TERMINATE:
    case WITNESS_TASK_STATE:
    case WITNESS_RECOVERY_ENTER:
    case WITNESS_RECOVERY_EXIT:
    case WITNESS_BOOT_ATTESTATION:
    case WITNESS_BOOT_COMPLETE:
    case WITNESS_TEE_ATTESTATION:
    case WITNESS_CORE_START:
    case WITNESS_CORE_STOP:
    case WITNESS_SEGMENT_OPEN:
    case WITNESS_SEGMENT_SEAL:
    case WITNESS_VECTOR_PUT:
    case WITNESS_VECTOR_DELETE:
    case WITNESS_GRAPH_MUTATION:
    case WITNESS_ASID_RECLAIM:
        return true;
    default:
        return false;
    }
}

/* Only what a monitor does that no system call shows. */
static status_t attest(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct cap *island;
    unsigned tier = (x[1] & 0xff) == WITNESS_PARTITION_MIGRATE ? 3 : 2;
    uint32_t hash = tier == 2 ? (uint32_t)x[4] : 0;
    struct mutation m = { .call = SYS_attest_emit,
                          .operation = ATTEST_EMIT,
                          .target = k->info->core,
                          .object = x[2],
                          .argument = { x[1], x[3], tier == 2 ? x[4] : 0 },
                          .holder = PROOF_HOLDER(k->info->core, t->id) };
    unsigned kind = x[1] & 0xff;
    status_t st = cap_find(t->table, x[0], CAP_ISLAND, RIGHT_EXECUTE, &island);

    if (st != ST_OK)
        return st;
    if (!witness_kind_words((uint8_t)kind) || is_the_kernels(kind))
        return ST_INVALID;
    if (!is_end(kind) && !emit_has_room(k, 1, t->recovers ? LOG_RECOVERY : LOG_ORDINARY))
        return ST_LOG_FULL;
    if ((st = ask_gate(k, t, island, &m, tier)) != ST_OK)
        return st;
    emit_proved(k, t, (enum witness_kind)kind, (unsigned)(x[1] >> 16) & 0xffff, hash, x[2], x[3], (uint8_t)tier);
    return ST_OK;
}

static status_t close_segment(struct kcb *k, struct task *t)
{
    struct cap *island;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_ISLAND, RIGHT_EXECUTE, &island);

    if (st != ST_OK)
        return st;
    if (log_close(&k->log, ns_of_ticks(k, now_ticks())))
        k->log_news = 1;
    return ST_OK;
}

static status_t tell_state(const struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x;
    const struct witness_log *l = &k->log;

    x[1] = l->seq;
    x[2] = l->drained;
    x[3] = l->segment;
    x[4] = l->first;
    x[5] = l->capacity;
    x[6] = l->full | (uint64_t)l->recovery << 32;
    return ST_OK;
}

/* A seal in the order of its bytes. */
static status_t tell_seal(const struct kcb *k, struct task *t)
{
    uint64_t *x = t->frame.x, end;
    uint32_t segment = x[0] == 0 ? k->log.segment - 1 : (uint32_t)x[0] - 1;
    uint8_t seal[WITNESS_SEAL_BYTES];

    if (x[0] > k->log.segment || !log_seal_of(&k->log, segment, seal, &end))
        return ST_NOT_FOUND;
    for (unsigned i = 0; i < 4; i++) {
        x[1 + i] = 0;
        for (unsigned j = 0; j < 8; j++)
            x[1 + i] |= (uint64_t)seal[8 * i + j] << (8 * j);
    }
    x[5] = segment;
    x[6] = end;
    return ST_OK;
}

static status_t drain(struct kcb *k, struct task *t)
{
    struct cap *island;
    status_t st = cap_find(t->table, t->frame.x[0], CAP_ISLAND, RIGHT_EXECUTE, &island);

    if (st != ST_OK)
        return st;
    return log_drain(&k->log, t->frame.x[1]) ? ST_OK : ST_INVALID;
}

/* A task is part of what brings back who stores the log; or that is over. */
static status_t recover(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct cap *island, *c;
    struct task *whom;
    status_t st;

    if ((st = cap_find(t->table, x[0], CAP_ISLAND, RIGHT_EXECUTE, &island)) != ST_OK ||
        (st = cap_find(t->table, x[1], CAP_TASK, RIGHT_EXECUTE, &c)) != ST_OK)
        return st;
    whom = CONTAINER_OF(object_of(c), struct task, object);
    if (x[2] > 1)
        return ST_INVALID;
    if (whom->recovers == x[2])
        return ST_OK;
    whom->recovers = (uint8_t)x[2];
    emit(k, t, x[2] ? WITNESS_RECOVERY_ENTER : WITNESS_RECOVERY_EXIT, 0, emit_hash(k, c), whom->id, 0);
    return ST_OK;
}

/* What a program asks of its monitor may ask for a proof, too: of the program, to this gate. */
static status_t check(struct kcb *k, struct task *t)
{
    const uint64_t *x = t->frame.x;
    struct cap *island, *c;
    status_t st;

    if ((st = cap_find(t->table, x[0], CAP_ISLAND, RIGHT_EXECUTE, &island)) != ST_OK ||
        (st = cap_find(t->table, x[1], CAP_TASK, RIGHT_EXECUTE, &c)) != ST_OK)
        return st;
    return gate_check(k, CONTAINER_OF(object_of(c), struct task, object), x[2], x[3], x[4]);
}

status_t sys_attest_emit(struct kcb *k, struct task *t, unsigned op)
{
    switch (op) {
    case ATTEST_EMIT:
        return attest(k, t);
    case ATTEST_CLOSE:
        return close_segment(k, t);
    case ATTEST_STATE:
        return tell_state(k, t);
    case ATTEST_SEAL:
        return tell_seal(k, t);
    case ATTEST_DRAIN:
        return drain(k, t);
    case ATTEST_RECOVER:
        return recover(k, t);
    case ATTEST_CHECK:
        return check(k, t);
    case ATTEST_PROVE:
        gate_take(k, t);
        return ST_OK;
    default:
        return ST_INVALID;
    }
}
