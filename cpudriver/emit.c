/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/emit.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/cap.h"
#include "cpudriver/gate.h"
#include "cpudriver/irq.h"
#include "cpudriver/task.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"

#define OPS 32u
#define RECORDS_MOST 1u /* of all `needs` */

/* What each operation may emit at most. `urgent` 1: it makes the way out of a full log; 2: by the root task it is never
 * refused for want of room (witness/log.h); 3: it opens what is kept for recovery. */
static const struct need {
    uint8_t records, urgent;
} needs[][OPS] = {
    [SYS_task_spawn] = { [TASK_CONFIG] = { 1, 0 }, [TASK_START] = { 1, 0 }, [TASK_STOP] = { 1, 1 },
                         [TASK_RESUME] = { 1, 0 }, [TASK_EXIT] = { 1, 1 }, [TASK_SCHED] = { 1, 0 },
                         [CORE_START] = { 1, 0 }, [CORE_STOP] = { 1, 2 }, [CORE_ROUTE] = { 1, 1 },
                         [MACHINE_END] = { 1, 2 }, [TASK_POKE] = { 1, 0 },
                         [TASK_BOOST] = { 1, 0 }, [CORE_DEGRADE] = { 1, 1 }, [TASK_PAUSE] = { 1, 1 } },
    [SYS_cap_grant] = { [CAP_COPY] = { 1, 0 }, [CAP_MINT] = { 1, 0 }, [CAP_MOVE] = { 1, 0 },
                        [CAP_DELETE] = { 1, 1 }, [CAP_REVOKE] = { 1, 1 }, [CAP_RETYPE] = { 1, 0 },
                        [CAP_MAKE_EVENT] = { 1, 0 }, [CAP_SLICE] = { 1, 0 }, [CAP_EXPORT] = { 1, 0 },
                        [CAP_DERIVE] = { 1, 0 }, [CAP_SETTLE] = { 1, 1 }, [CAP_IMPORT] = { 1, 0 },
                        [CAP_RECALL] = { 1, 1 }, [CAP_MARK] = { 1, 1 }, [CAP_PASS] = { 1, 0 },
                        [CAP_LEASE] = { 1, 0 },
                        [CAP_TABLE_AS] = { 1, 0 }, [CAP_PLACE] = { 1, 0 }, [CAP_REPLACE] = { 1, 0 },
                        [CAP_UNPLACE] = { 1, 1 }, [CAP_ATTENUATE] = { 1, 1 } },
    [SYS_region_map] = { [MAP_MAP] = { 1, 0 }, [MAP_UNMAP] = { 1, 1 }, [MAP_PROTECT] = { 1, 0 } },
    [SYS_queue_send] = { { 0, 0 } },
    [SYS_queue_recv] = { [RECV_IRQ_BIND] = { 1, 0 } },
    [SYS_timer_wait] = { { 0, 0 } },
    [SYS_rvf_mount] = { { 0, 0 } },
    [SYS_attest_emit] = { [ATTEST_EMIT] = { 1, 1 }, [ATTEST_CLOSE] = { 0, 1 }, [ATTEST_RECOVER] = { 1, 3 },
                          [ATTEST_CHECK] = { 1, 1 } },
};

void emit_init(struct kcb *k, void *memory, uint64_t bytes)
{
    uint64_t records = (bytes - LOG_HEAD_BYTES) / WITNESS_BYTES;

    log_init(&k->log, memory, records, k->segment_records, k->info->core, ns_of_ticks(k, now_ticks()),
             cpu_sha(k));
    for (unsigned number = 0; number < ARRAY_LEN(needs); number++)
        for (unsigned op = 0; op < OPS; op++) {
            CHECK(needs[number][op].records <= RECORDS_MOST);
            if (needs[number][op].records != 0 || needs[number][op].urgent)
                k->emit_asks[number] |= 1u << op;
        }
}

bool emit_has_room(struct kcb *k, uint32_t records, enum log_class class)
{
    bool room = log_room(&k->log, records, class);

    if (!room && !k->log.full) { /* once: a task that tries on and on would leave the root task to nothing else */
        k->log.full = true;
        k->log_news = 1;
    }
    return room;
}

status_t emit_ask(struct kcb *k, const struct task *t, unsigned number, unsigned op)
{
    const struct need *n = &needs[number][op];

    if (log_room(&k->log, RECORDS_MOST, LOG_ORDINARY)) /* then for every operation by anybody: no need to look up which */
        return ST_OK;
    return emit_has_room(k, n->records,
                         t->recovers && n->urgent != 2 ? LOG_RECOVERY
                         : !n->urgent                  ? LOG_ORDINARY
                         : t != k->root                ? LOG_URGENT
                         : n->urgent == 1u             ? LOG_ROOT
                         : n->urgent == 3u             ? LOG_RECOVERY
                                                       : LOG_LAST)
               ? ST_OK
               : ST_LOG_FULL;
}

/* Mixed so that neighbours look different; it need not resist anybody: the record says what was allowed, too. */
uint32_t emit_hash(const struct kcb *k, const struct cap *c)
{
    uint64_t v;

    if (!c)
        return 0;
    v = cap_handle(k, c) ^ (uint64_t)c->type << 24 ^ (uint64_t)c->rights << 16 ^ (uint64_t)c->epoch << 48;
    v *= 0x9e3779b97f4a7c15ull;
    return (uint32_t)(v >> 32);
}

uint64_t emit_name(const struct cap *c)
{
    switch (c->type) {
    case CAP_TASK:
    case CAP_EVENT:
        return CONTAINER_OF(object_of(c), struct task, object)->id;
    case CAP_CAPTABLE:
    case CAP_SPACE:
    case CAP_ENDPOINT:
        return kpa(object_of(c));
    default:
        return c->object;
    }
}

static void emit_turned(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags, uint32_t hash,
                        uint64_t target, uint64_t payload, uint8_t tier);

/*
 * Out of line: one copy of it, with the log's own code inside. A full segment is turned in a function with the same arguments,
 * which is jumped to: nothing has to be kept across a call that seldom comes.
 */
__attribute__((noinline)) void emit_proved(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags,
                                           uint32_t hash, uint64_t target, uint64_t payload, uint8_t tier)
{
    struct log_entry e = { .target = target,
                           .payload = payload,
                           .actor = by ? by->id : 0,
                           .capability_hash = hash,
                           .flags = (uint16_t)flags,
                           .kind = (uint8_t)kind,
                           .proof_tier = tier,
                           .pad = 0 };

    if (log_at_end(&k->log)) {
        emit_turned(k, by, kind, flags, hash, target, payload, tier);
        return;
    }
    log_append(&k->log, &e, ns_of_ticks(k, now_ticks()));
    if (k->log.seq - k->log.drained == k->log.capacity / 2)
        k->log_news = 1;
}

__attribute__((noinline)) static void emit_turned(struct kcb *k, const struct task *by, enum witness_kind kind,
                                                  unsigned flags, uint32_t hash, uint64_t target,
                                                  uint64_t payload, uint8_t tier)
{
    log_turn(&k->log, ns_of_ticks(k, now_ticks()));
    k->log_news = 1;
    emit_proved(k, by, kind, flags, hash, target, payload, tier);
}

void emit(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags, uint32_t hash,
          uint64_t target, uint64_t payload)
{
    emit_proved(k, by, kind, flags, hash, target, payload, 0);
}

void emit_cap(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags,
              const struct cap *used, const struct cap *c)
{
    emit(k, by, kind, flags | (c->depth > 4 ? WITNESS_F_DEEP : 0), emit_hash(k, used), emit_name(c),
         CAP_WHAT(c->type, c->rights, c->depth) | (uint64_t)HANDLE_INDEX(cap_handle(k, c)) << 32);
}

struct emit_of emit_look(const struct kcb *k, const struct cap *c)
{
    return (struct emit_of){ .target = emit_name(c),
                             .payload = CAP_WHAT(c->type, c->rights, c->depth) |
                                        (uint64_t)HANDLE_INDEX(cap_handle(k, c)) << 32,
                             .hash = emit_hash(k, c),
                             .flags = c->depth > 4 ? WITNESS_F_DEEP : 0 };
}

void emit_seen(struct kcb *k, const struct task *by, enum witness_kind kind, unsigned flags,
               const struct emit_of *of)
{
    emit(k, by, kind, flags | of->flags, of->hash, of->target, of->payload);
}

enum witness_kind emit_kind_of_copy(const struct cap *src, const struct cap *copy)
{
    return copy->rights == src->rights ? WITNESS_CAPABILITY_GRANT : WITNESS_CAPABILITY_ATTENUATED;
}

/*
 * With more spaces than ids every switch takes one, so a record of each would fill the log at the rate of switches, and a
 * switch cannot be refused for want of room. All are counted (CORE_QUERY); a record with the count is left each time that
 * has doubled: at most 64 of them, and a reader of the log sees when it began and how fast it goes.
 */
static void tell_reclaims(struct kcb *k)
{
    k->asid_tell = 2 * k->asid_reclaims;
    if (emit_has_room(k, 1, LOG_ORDINARY))
        emit(k, NULL, WITNESS_ASID_RECLAIM, 0, 0, k->nspaces, k->asid_reclaims);
}

void emit_tell(struct kcb *k)
{
    if (k->asid_reclaims != 0 && k->asid_reclaims >= k->asid_tell)
        tell_reclaims(k);
    k->log_news = 0;
    if (k->root)
        event_signal(k, k->root, EVENT_LOG);
}

/* ---- attest_emit ---- */

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

/* Only what a monitor does that no system call shows; the CPU driver's own kinds are its own. */
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
    if (!witness_kind_words((uint8_t)kind) || kind == WITNESS_SEGMENT_OPEN || kind == WITNESS_SEGMENT_SEAL ||
        kind == WITNESS_BOOT_ATTESTATION || kind == WITNESS_BOOT_COMPLETE || kind == WITNESS_DEVICE_LEASE_GRANT ||
        kind == WITNESS_DEVICE_LEASE_RENEW)
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
