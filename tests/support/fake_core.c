/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/fake_core.h"
#include "tests/support/fake_arm.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/endpoint.h"
#include "cpudriver/space.h"
#include "cpudriver/syscall.h"
#include "cpudriver/task.h"
#include "witness/portable.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SLOTS 256u
#define LOG_RECORDS 512u
#define HEAD  (1024u * 1024u) /* of the share: what main.c makes by hand */

handle_t world_give(struct world *w, enum cap_type type, uint64_t object, uint64_t value, uint8_t rights)
{
    struct cap *c;

    if (cap_take_slot(w->table, &c) != ST_OK)
        abort();
    c->table = ref_of(w->k, w->table);
    cap_fill(w->k, c, type, object, value, rights, NULL);
    return cap_handle(w->k, c);
}

static handle_t give(struct world *w, enum cap_type type, const void *object, uint64_t value)
{
    return world_give(w, type, (uint64_t)(uintptr_t)object, value, RIGHTS_ALL);
}

void world_make(struct world *w, uint64_t share_bytes)
{
    struct kcb *k = aligned_alloc(4096, ALIGN_UP(sizeof *k, 4096));
    uint8_t *p;

    memset(w, 0, sizeof *w);
    memset(k, 0, sizeof *k);
    w->info = calloc(1, sizeof *w->info);
    w->share = mmap(NULL, share_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    w->share_bytes = share_bytes;
    w->k = k;
    fake = (struct fake_core){.now = 1000000, .timer = UINT64_MAX};

    w->info->ncores = 2;
    w->info->timer_intid = 27;
    k->info = w->info;
    k->to_ns = k->to_ticks = scale_factor(1, 1);
    k->timer_set = UINT64_MAX;
    k->nasids = 8;
    k->next_asid = 1;
    k->ref_base = (uint64_t)(uintptr_t)w->share - sizeof(struct cap);
    k->segment_records = LOG_SEGMENT_RECORDS;
    w->log = malloc(LOG_HEAD_BYTES + LOG_RECORDS * WITNESS_BYTES);
    emit_init(k, w->log, LOG_HEAD_BYTES + LOG_RECORDS * WITNESS_BYTES);
    verify_start(&w->verify, 0, k->log.block);
    runq_init(&k->runq, k->edf_slots, k->fair_slots, k->renew_slots, TASKS_MAX, 2000000);
    heap_init(&k->timers, k->timer_slots, TASKS_MAX);
    list_init(&k->dying);
    list_init(&k->asid_lru);
    epoch_init(k, 0);
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&k->bucket[i].sleepers);

    p = w->share;
    w->table = (struct captable *)(void *)p;
    captable_init(k, w->table, SLOTS);
    p += SLOTS * sizeof(struct cap);
    w->root = (struct task *)(void *)p;
    if (task_init(k, w->root, &((struct large_task *)(void *)p)->tail) != ST_OK)
        abort();
    w->root->table = w->table;
    list_append(&w->table->tasks, &w->root->table_link);
    p = w->share + 64 * 4096;
    if (space_init(k, space_of(kpa(p)), 16) != ST_OK)
        abort();
    w->root->space = space_of(kpa(p));
    list_append(&w->root->space->tasks, &w->root->space_link);
    w->self = give(w, CAP_TASK, &w->root->object, 0);
    w->own_table = give(w, CAP_CAPTABLE, w->table, 0);
    w->space = give(w, CAP_SPACE, w->root->space, 0);
    w->ram = give(w, CAP_RAM, (void *)(uintptr_t)kpa(w->share + HEAD), share_bytes - HEAD);
    task_wake(k, w->root, (status_t)-1);
    task_pick(k);
}

void world_free(struct world *w)
{
    munmap(w->share, w->share_bytes);
    free(w->log);
    free(w->info);
    free(w->k);
}

status_t world_call(struct world *w, unsigned number, unsigned op, uint64_t x[8])
{
    struct task *t = w->k->current;

    memcpy(t->frame.x, x, 8 * sizeof x[0]);
    t->frame.x[8] = SYSCALL_WORD(number, op);
    syscall_entry(w->k, t);
    memcpy(x, t->frame.x, 8 * sizeof x[0]);
    world_read_log(w);
    return (status_t)x[0];
}

const struct witness_record *world_record(const struct world *w, uint64_t sequence)
{
    return &w->k->log.ring[sequence & (w->k->log.capacity - 1)];
}

void world_prove(struct world *w, handle_t island, const uint64_t x[5], uint64_t nonce)
{
    struct mutation m = { .call = SYS_attest_emit, .operation = ATTEST_EMIT, .target = w->info->core, .object = x[2],
                          .argument = { x[1], x[3], x[4] },
                          .holder = PROOF_HOLDER(w->info->core, w->k->current->id) };
    uint64_t say[8] = { island };

    mutation_hash(&m, portable_block, (uint8_t *)&say[1]);
    say[5] = fake.now + 1000000;
    say[6] = nonce;
    say[7] = 2;
    if (world_call(w, SYS_attest_emit, ATTEST_PROVE, say) != ST_OK)
        abort();
}

status_t world_attest(struct world *w, handle_t island, uint64_t kind_and_flags, uint64_t target,
                      uint64_t payload, uint64_t hash)
{
    uint64_t x[8] = { island, kind_and_flags, target, payload, hash };

    world_prove(w, island, x, ++w->nonce);
    return world_call(w, SYS_attest_emit, ATTEST_EMIT, x);
}

static void broken(const char *what)
{
    fprintf(stderr, "invariant broken: %s\n", what);
    abort();
}

void world_read_log(struct world *w)
{
    while (w->verify.next < w->k->log.seq)
        if (verify_record(&w->verify, world_record(w, w->verify.next)) != VERIFY_OK)
            broken("the chain of the witness log");
    if (!w->keep && !log_drain(&w->k->log, w->k->log.seq))
        broken("I1, the log");
}

static void check_slot(const struct world *w, const struct cap *c)
{
    const struct cap *parent = cap_at(w->k, c->parent), *seen = NULL;
    unsigned n = 0;

    if (c->depth > DEPTH_MAX)
        broken("D2, depth");
    for (const struct cap *child = cap_at(w->k, c->child); child;
         child = cap_at(w->k, child->next)) {
        if (cap_at(w->k, child->parent) != c || (seen && cap_at(w->k, child->prev) != seen) ||
            (!child->next && cap_at(w->k, cap_at(w->k, c->child)->prev) != child))
            broken("D1, children list");

        seen = child;
        if (++n > 100000)
            broken("D1, a children list without end");
    }
    if (!parent && (c->next || c->prev))
        broken("D1, a root in a list");
}

void world_check(const struct world *w)
{
    const struct cap *slot = (const struct cap *)(const void *)w->table;
    uint32_t used = 0;

    for (uint32_t i = CAPTABLE_FIRST; i < w->table->nslots; i++) {
        if (slot[i].type == CAP_NULL)
            continue;
        used++;
        check_slot(w, &slot[i]);
    }
    if (used + w->table->nfree != w->table->nslots - CAPTABLE_FIRST)
        broken("slots in use and free do not add up");
}
