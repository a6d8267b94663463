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
                          [ATTEST_CHECK] = { 1, 0 } },
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
