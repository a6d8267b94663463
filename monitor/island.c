/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/island.h"
#include "lib/rt/cap.h"
#include "monitor/later.h"
#include "monitor/mon.h"

static status_t island(enum cap_op op, struct rt_msg *m)
{
    uint64_t unused = 0;

    return svc_msg(SYSCALL_WORD(SYS_cap_grant, op), mon.info->island, m, &unused);
}

/* What begins something new. */
static status_t island_new(enum cap_op op, struct rt_msg *m)
{
    return later_any() ? ST_LOG_FULL : island(op, m);
}

/* The words that say which memory it is, from `m->w[first]` on. */
static struct cap_desc desc_of(const struct rt_msg *m, unsigned first)
{
    return (struct cap_desc){ .what = (uint32_t)m->w[first],
                              .base = m->w[first + 1],
                              .bytes = m->w[first + 2] };
}

status_t island_export(void *w, struct cap_at src, uint8_t rights, unsigned how, handle_t *proxy,
                       struct cap_desc *d, handle_t *import)
{
    struct rt_msg m = { { src.table, src.handle, rights | (uint64_t)how << 8 } };
    status_t st = island_new(CAP_EXPORT, &m);

    (void)w;
    *proxy = m.w[0];
    *d = desc_of(&m, 1);
    *import = m.w[4];
    return st;
}

status_t island_derive(void *w, handle_t proxy, const struct cap_desc *d, handle_t *made,
                       struct cap_desc *out)
{
    struct rt_msg m = { { proxy, d->base, d->bytes,
                          CAP_WHAT_RIGHTS(d->what) | (uint64_t)CAP_WHAT_DEPTH(d->what) << 8 } };
    status_t st = island_new(CAP_DERIVE, &m);

    (void)w;
    *made = m.w[0];
    *out = (struct cap_desc){ .base = d->base, .bytes = d->bytes, .what = (uint32_t)m.w[1] };
    return st;
}

status_t island_settle(void *w, handle_t proxy, bool commit)
{
    struct rt_msg m;
    status_t st;

    (void)w;
    do {
        m = (struct rt_msg){ { proxy, commit } };
        st = island(CAP_SETTLE, &m);
    } while (st == ST_AGAIN);
    return st;
}

status_t island_origin(void *w, struct cap_at at, struct cap_desc *d, handle_t *import)
{
    struct rt_msg m = { { at.table, at.handle } };
    status_t st = island(CAP_ORIGIN, &m);

    (void)w;
    *import = m.w[0];
    *d = desc_of(&m, 1);
    return st;
}

status_t island_import(void *w, handle_t table, const struct cap_desc *d, struct cap_at parent,
                       handle_t *import, handle_t *given)
{
    struct rt_msg m = { { table, d->what & 0xffffff, d->base, d->bytes, parent.table,
                          parent.handle } };
    status_t st = island_new(CAP_IMPORT, &m);

    (void)w;
    *import = m.w[0];
    *given = m.w[1];
    return st;
}

status_t island_recall(void *w, struct cap_at at, bool forced, handle_t *met)
{
    struct rt_msg m = { { at.table, at.handle, forced } };
    status_t st = island(CAP_RECALL, &m);

    (void)w;
    *met = m.w[0];
    return st;
}

status_t island_mark(handle_t own)
{
    struct rt_msg m = { { own } };

    return island(CAP_MARK, &m);
}

status_t island_make(void *w, handle_t proxy, unsigned type, uint64_t bytes, handle_t *made,
                     struct cap_desc *d)
{
    status_t st = later_any() ? ST_LOG_FULL : cap_retype(proxy, type, bytes, made);
    handle_t import;

    if (st != ST_OK)
        return st;
    if ((st = island_mark(*made)) == ST_OK)
        st = island_origin(w, (struct cap_at){ .handle = *made }, d, &import);
    if (st != ST_OK)
        cap_drop(*made);
    return st;
}

status_t island_next_idle(void *w, handle_t *import)
{
    struct rt_msg m = { { 0 } };
    status_t st = island(CAP_IDLE, &m);

    (void)w;
    *import = m.w[0];
    return st;
}

status_t island_pass(void *w, struct cap_at src, handle_t table, uint8_t rights, unsigned how,
                     handle_t *given)
{
    struct rt_msg m = { { src.table, src.handle, table, rights | (uint64_t)how << 8 } };
    status_t st = island_new(CAP_PASS, &m);

    (void)w;
    *given = m.w[0];
    return st;
}

status_t island_walk(struct rt_msg *m)
{
    return island(CAP_WALK, m);
}

status_t island_list(struct rt_msg *m, handle_t *from)
{
    *from = 0;
    return svc_msg(SYSCALL_WORD(SYS_cap_grant, CAP_LIST), mon.info->island, m, from);
}

status_t island_table_as(handle_t table, core_id core)
{
    struct rt_msg m = { { table, core } };

    return island(CAP_TABLE_AS, &m);
}

/* Until it is whole. */
static status_t in_table(enum cap_op op, handle_t table, handle_t there, handle_t own)
{
    struct rt_msg m;
    status_t st;

    do {
        m = (struct rt_msg){ { table, there, own } };
        st = island(op, &m);
    } while (st == ST_AGAIN);
    return st;
}

status_t island_place(handle_t table, handle_t there, handle_t own)
{
    return in_table(CAP_PLACE, table, there, own);
}

status_t island_replace(handle_t table, handle_t there, handle_t own)
{
    return in_table(CAP_REPLACE, table, there, own);
}

status_t island_unplace(handle_t table, handle_t there, bool unseen)
{
    return in_table(CAP_UNPLACE, table, there, unseen);
}

status_t island_attenuate(handle_t table, handle_t there, uint8_t rights)
{
    struct rt_msg m = { { table, there, rights, 0 } };
    uint64_t from = 0;
    status_t st;

    while ((st = island(CAP_ATTENUATE, &m)) == ST_AGAIN) {
        from = m.w[0];
        m = (struct rt_msg){ { table, there, rights, from } };
    }
    return st;
}
