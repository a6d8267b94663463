/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/sim_core.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "cpudriver/syscall.h"
#include "cpudriver/task.h"
#include "lib/base/bits.h"
#include "lib/base/scale.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEAD (256u * 1024u)     /* tables and tasks */

static handle_t give(struct sim_core *c, struct captable *t, enum cap_type type, const void *object,
                     uint64_t value)
{
    struct cap *slot;

    if (cap_take_slot(t, &slot) != ST_OK)
        abort();
    slot->table = ref_of(c->k, t);
    cap_fill(c->k, slot, type, (uint64_t)(uintptr_t)object, value, RIGHTS_ALL, NULL);
    return cap_handle(c->k, slot);
}

static struct captable *make_table(struct sim_core *c, uint8_t **at, uint32_t nslots)
{
    struct captable *t = (struct captable *)(void *)*at;

    captable_init(c->k, t, nslots);
    *at += nslots * sizeof(struct cap);
    return t;
}

static struct task *make_task(struct sim_core *c, uint8_t **at, struct captable *table)
{
    struct task *t = (struct task *)(void *)*at;

    if (task_init(c->k, t, &((struct large_task *)(void *)t)->tail) != ST_OK)
        abort();
    t->table = table;
    list_append(&table->tasks, &t->table_link);
    *at += ALIGN_UP(sizeof(struct large_task), 64);
    return t;
}

/* Nobody reads the log here. */
static void no_hash(uint32_t h[8], const void *block)
{
    (void)h;
    (void)block;
}

static void make_kernel(struct sim_core *c, core_id ncores)
{
    struct kcb *k = calloc(1, sizeof *k);

    c->k = k;
    c->info.core = c->id % CORES_MAX; /* a machine has no more; only handles would show it */
    c->info.ncores = ncores;
    k->info = &c->info;
    k->to_ns = k->to_ticks = scale_factor(1, 1);
    k->ref_base = (uint64_t)(uintptr_t)c->share - sizeof(struct cap);
    k->segment_records = LOG_SEGMENT_RECORDS;
    emit_init(k, c->log, sizeof c->log);
    k->log.block = no_hash;
    runq_init(&k->runq, k->edf_slots, k->fair_slots, k->renew_slots, TASKS_MAX, 2000000);
    heap_init(&k->timers, k->timer_slots, TASKS_MAX);
    list_init(&k->dying);
    list_init(&k->asid_lru);
    epoch_init(k, 0);
    for (unsigned i = 0; i < BUCKETS; i++)
        list_init(&k->bucket[i].sleepers);
}

void sim_core_make(struct sim_core *c, core_id id, core_id ncores, const struct sim_size *size)
{
    uint8_t *at;
    handle_t ram;

    memset(c, 0, sizeof *c);
    c->id = id;
    c->alive = true;
    c->slow = 1;
    c->size = *size;
    c->share_bytes = HEAD + (size->pages + size->pool) * PAGE_BYTES;
    c->share = mmap(NULL, c->share_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    make_kernel(c, ncores);
    at = c->share;
    c->own = make_table(c, &at, size->own_slots);
    c->theirs = make_table(c, &at, size->prog_slots);
    c->monitor = make_task(c, &at, c->own);
    c->program = make_task(c, &at, c->theirs);
    c->k->root = c->monitor;
    c->island = give(c, c->own, CAP_ISLAND, NULL, 0);
    c->table = give(c, c->own, CAP_CAPTABLE, c->theirs, 0);
    at = c->share + HEAD;
    ram = (uint64_t)(uintptr_t)at - KERNEL_BASE;
    c->ram = give(c, c->theirs, CAP_RAM, (void *)(uintptr_t)ram, size->pages * PAGE_BYTES);
    ram += size->pages * PAGE_BYTES;
    c->pool = give(c, c->own, CAP_RAM, (void *)(uintptr_t)ram, size->pool * PAGE_BYTES);

    c->caps = (struct caps){ .world = c, .core = id, .ncores = ncores, .nnodes = size->nodes,
                             .nholds = size->holds, .npasses = size->passes,
                             .nops = size->ops };
    c->caps.node = calloc(size->nodes, sizeof *c->caps.node);
    c->caps.hold = calloc(size->holds, sizeof *c->caps.hold);
    c->caps.pass = calloc(size->passes, sizeof *c->caps.pass);
    c->caps.op = calloc(size->ops, sizeof *c->caps.op);
}

void sim_core_free(struct sim_core *c)
{
    munmap(c->share, c->share_bytes);
    free(c->k);
    free(c->caps.node);
    free(c->caps.hold);
    free(c->caps.pass);
    free(c->caps.op);
}

/* ---- system calls ---- */

static status_t call(struct sim_core *c, struct task *t, unsigned op, uint64_t x[8])
{
    memcpy(t->frame.x, x, 8 * sizeof x[0]);
    t->frame.x[0] = (uint64_t)sys_cap_grant(c->k, t, op);
    memcpy(x, t->frame.x, 8 * sizeof x[0]);
    if (!log_drain(&c->k->log, c->k->log.seq))
        abort();
    return (status_t)x[0];
}

/* What is done in slices is done whole; CAP_RECALL is the caller's to repeat. */
static status_t call_whole(struct sim_core *c, struct task *t, unsigned op, uint64_t x[8])
{
    uint64_t in[8];
    status_t st;

    memcpy(in, x, sizeof in);
    do {
        memcpy(x, in, sizeof in);
        st = call(c, t, op, x);
    } while (st == ST_AGAIN && op != CAP_RECALL);
    return st;
}

status_t sim_monitor(struct sim_core *c, unsigned op, uint64_t x[8])
{
    return call_whole(c, c->monitor, op, x);
}

status_t sim_program(struct sim_core *c, unsigned op, uint64_t x[8])
{
    return call_whole(c, c->program, op, x);
}

bool sim_usable(struct sim_core *c, handle_t h, uint64_t x[8])
{
    memset(x, 0, 8 * sizeof x[0]);
    x[0] = h;
    return sim_program(c, CAP_IDENTIFY, x) == ST_OK;
}

/* ---- struct caps_env ---- */

static status_t island(void *w, unsigned op, uint64_t x[8])
{
    struct sim_core *c = w;

    x[0] = c->island;
    return sim_monitor(c, op, x);
}

static struct cap_desc desc(const uint64_t *x)
{
    return (struct cap_desc){ .what = (uint32_t)x[0], .base = x[1], .bytes = x[2] };
}

static status_t k_export(void *w, struct cap_at src, uint8_t rights, unsigned how, handle_t *proxy,
                         struct cap_desc *d, handle_t *import)
{
    uint64_t x[8] = { 0, src.table, src.handle, rights | (uint64_t)how << 8 };
    status_t st = island(w, CAP_EXPORT, x);

    *proxy = x[1];
    *d = desc(&x[2]);
    *import = x[5];
    return st;
}

static status_t k_derive(void *w, handle_t proxy, const struct cap_desc *d, handle_t *made,
                         struct cap_desc *out)
{
    uint64_t x[8] = { 0, proxy, d->base, d->bytes,
                      CAP_WHAT_RIGHTS(d->what) | (uint64_t)CAP_WHAT_DEPTH(d->what) << 8 };
    status_t st = island(w, CAP_DERIVE, x);

    *made = x[1];
    *out = (struct cap_desc){ .base = d->base, .bytes = d->bytes, .what = (uint32_t)x[2] };
    return st;
}

static status_t k_settle(void *w, handle_t proxy, bool commit)
{
    uint64_t x[8] = { 0, proxy, commit };

    return island(w, CAP_SETTLE, x);
}

static status_t k_origin(void *w, struct cap_at at, struct cap_desc *d, handle_t *import)
{
    uint64_t x[8] = { 0, at.table, at.handle };
    status_t st = island(w, CAP_ORIGIN, x);

    *import = x[1];
    *d = desc(&x[2]);
    return st;
}

static status_t k_import(void *w, handle_t table, const struct cap_desc *d, struct cap_at parent,
                         handle_t *import, handle_t *given)
{
    uint64_t x[8] = { 0, table, d->what & 0xffffff, d->base, d->bytes, parent.table, parent.handle };
    status_t st = island(w, CAP_IMPORT, x);

    *import = x[1];
    *given = x[2];
    return st;
}

static status_t k_recall(void *w, struct cap_at at, bool forced, handle_t *met)
{
    uint64_t x[8] = { 0, at.table, at.handle, forced };
    status_t st = island(w, CAP_RECALL, x);

    *met = x[1];
    return st;
}

static status_t k_drop(void *w, handle_t own)
{
    uint64_t x[8] = { own };
    status_t st = sim_monitor(w, CAP_DELETE, x);

    return st == ST_STALE_HANDLE ? ST_OK : st;
}

static status_t k_make(void *w, handle_t proxy, unsigned type, uint64_t bytes, handle_t *made,
                       struct cap_desc *d)
{
    uint64_t x[8] = { proxy, type, bytes }, mark[8] = { 0 };
    handle_t import;
    status_t st = sim_monitor(w, CAP_RETYPE, x);

    *made = x[1];
    if (st != ST_OK)
        return st;
    mark[1] = *made;
    if ((st = island(w, CAP_MARK, mark)) == ST_OK)
        st = k_origin(w, (struct cap_at){ .handle = *made }, d, &import);
    return st;
}

static status_t k_next_idle(void *w, handle_t *import)
{
    uint64_t x[8] = { 0 };
    status_t st = island(w, CAP_IDLE, x);

    *import = x[1];
    return st;
}

static status_t k_pass(void *w, struct cap_at src, handle_t table, uint8_t rights, unsigned how,
                       handle_t *given)
{
    uint64_t x[8] = { 0, src.table, src.handle, table, rights | (uint64_t)how << 8 };
    status_t st = island(w, CAP_PASS, x);

    *given = x[1];
    return st;
}

static status_t k_lend(void *w, core_id to, uint64_t bytes, handle_t *frame, struct cap_desc *d)
{
    struct sim_core *c = w;

    (void)to;
    return k_make(w, c->pool, CAP_FRAME, bytes, frame, d);
}

static void k_returned(void *w, handle_t frame)
{
    (void)k_drop(w, frame);
}

/* No ledger here: who has each byte is looked at by tests/sim/ledger.c. */
static status_t k_borrow(void *w, core_id from, const struct cap_desc *d)
{
    (void)w;
    (void)from;
    return d->bytes != 0 ? ST_OK : ST_INVALID;
}

static void k_borrowed(void *w, handle_t import)
{
    (void)w;
    (void)import;
}

const struct caps_env sim_kernel_env = { .export = k_export, .derive = k_derive,
                                         .settle = k_settle, .origin = k_origin,
                                         .import = k_import, .recall = k_recall,
                                         .drop = k_drop,     .make = k_make,
                                         .next_idle = k_next_idle, .pass = k_pass,
                                         .lend = k_lend,     .returned = k_returned,
                                         .borrow = k_borrow, .borrowed = k_borrowed };
