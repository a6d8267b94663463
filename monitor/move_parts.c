/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/move_parts.h"
#include "lib/abi/layout.h"
#include "lib/abi/task_state.h"
#include "lib/base/bits.h"
#include "monitor/core.h"
#include "monitor/island.h"
#include "monitor/known.h"
#include "monitor/mon.h"
#include "monitor/registry.h"
#include <string.h>

static status_t add(struct parts *out, struct part part)
{
    if (out->n == PARTS_MAX)
        return ST_TABLE_FULL;
    out->part[out->n++] = part;
    return ST_OK;
}

/* ---- memory ---- */

static status_t list_regions(const struct prog *p, core_id dest, struct parts *out)
{
    status_t st = ST_OK;

    for (unsigned i = 0; i < p->nregions && st == ST_OK; i++) {
        const struct prog_region *r = &p->region[i];

        st = add(out, (struct part){.kind = PART_REGION,
                                    .index = i,
                                    .a = r->va,
                                    .b = r->bytes,
                                    .c = r->perm,
                                    .tag = p->home == dest ? 0 : ++out->copies});
    }
    return st;
}

/* All pages the same, from the first to the last of the frame: ST_STATE if not. */
static status_t mapped_how(const struct prog *p, vaddr_t va, uint64_t base, uint64_t bytes,
                           uint64_t *perm)
{
    struct rt_msg m;

    for (uint64_t at = 0; at < bytes; at += PAGE_BYTES) {
        if (sys_map_query(p->space, va + at, &m) != ST_OK || m.w[0] != base + at)
            return ST_STATE;
        if (at != 0 && m.w[1] != *perm)
            return ST_STATE;
        *perm = m.w[1];
    }
    return ST_OK;
}

static bool home_has(const struct prog *p, handle_t h)
{
    return p->home == mon.core || known_has(p, h);
}

/* m as CAP_LIST leaves it. */
static status_t add_mem(const struct prog *p, core_id dest, const struct rt_msg *m,
                        struct parts *out)
{
    bool known = home_has(p, m->w[0]);
    uint64_t perm = 0;
    status_t st;

    if (m->w[5] != 0 && (st = mapped_how(p, m->w[5], m->w[2], m->w[3], &perm)) != ST_OK)
        return st;
    return add(out,
               (struct part){.kind = PART_MEM,
                             .handle = m->w[0],
                             .a = m->w[5] | perm,
                             .b = m->w[1] & 0xffff, /* type and rights: its depth is where it is */
                             .c = m->w[2] | known,
                             .tag = known && p->home == dest ? 0 : ++out->copies});
}

/* ---- the table ---- */

static bool names_object(handle_t own, uint64_t object)
{
    struct rt_msg m;

    return sys_identify(own, &m) == ST_OK && m.w[1] == object;
}

static bool is_bell(const struct prog *p, handle_t h)
{
    for (unsigned i = 0; i < PROG_CHANS; i++)
        if (p->chan_used[i / 64] >> (i % 64) & 1) {
            const struct conn *c = conn_of_va(p, USER_CHANNELS + i * CHANNEL_BYTES);

            if (c != NULL && c->bell == h)
                return true;
        }
    return false;
}

static status_t add_self(struct parts *out, enum part_kind kind, const struct rt_msg *m)
{
    return add(out, (struct part){.kind = kind,
                                  .handle = m->w[0],
                                  .a = kind == PART_EVENT ? m->w[4] : 0,
                                  .b = m->w[1] & 0xffff,
                                  .c = m->w[3]});
}

static status_t list_slot(const struct prog *p, core_id dest, const struct rt_msg *m,
                          struct parts *out)
{
    if (m->w[1] == 0)
        return add(out, (struct part){.kind = PART_FREE, .handle = m->w[0]});
    switch (CAP_WHAT_TYPE(m->w[1])) {
    case CAP_TASK:
        return names_object(p->task, m->w[2]) ? add_self(out, PART_TASK, m) : ST_TYPE;
    case CAP_CAPTABLE:
        return names_object(p->table, m->w[2]) ? add_self(out, PART_TABLE, m) : ST_TYPE;
    case CAP_SPACE:
        return names_object(p->space, m->w[2]) ? add_self(out, PART_SPACE, m) : ST_TYPE;
    case CAP_ENDPOINT:
        return names_object(mon.endpoint, m->w[2]) ? add_self(out, PART_MONITOR, m) : ST_TYPE;
    case CAP_EVENT:
        if (is_bell(p, m->w[0]))
            return ST_OK; /* its channel has it */
        return names_object(p->task, m->w[2]) ? add_self(out, PART_EVENT, m) : ST_TYPE;
    case CAP_DOORBELL:
        return is_bell(p, m->w[0]) ? ST_OK : ST_TYPE;
    case CAP_RAM:
    case CAP_FRAME:
        return add_mem(p, dest, m, out);
    default:
        return ST_TYPE;
    }
}

static status_t list_table(const struct prog *p, core_id dest, struct parts *out)
{
    uint64_t slot = 0;

    for (;;) {
        struct rt_msg m = {{p->table, slot}};
        handle_t from;
        status_t st = island_list(&m, &from);

        if (st == ST_NOT_FOUND)
            return ST_OK;
        if (st == ST_AGAIN) {
            slot = m.w[1];
            continue;
        }
        if (st != ST_OK || (st = list_slot(p, dest, &m, out)) != ST_OK)
            return st;
        slot = HANDLE_INDEX(m.w[0]) + 1;
    }
}

/* ---- channels ---- */

static bool has_bell(const struct prog *p, handle_t bell)
{
    struct rt_msg m = {{p->table, HANDLE_INDEX(bell)}};
    handle_t from;

    return bell != 0 && island_list(&m, &from) == ST_OK && m.w[0] == bell && m.w[1] != 0;
}

static status_t list_conn(const struct prog *p, core_id dest, unsigned place, const struct conn *c,
                          struct parts *out)
{
    uint64_t name;
    status_t st;

    if (c->come > 0 || c->far.state != FAR_NONE || (c->news & ~(uint32_t)TELL_GONE))
        return ST_BUSY;
    if (c->state == BIND_ORPHAN && !core_is_gone(c->peer))
        return ST_BUSY; /* its other end waits for CLOSED, from here */
    memcpy(&name, c->name, sizeof name);
    st = add(out, (struct part){.kind = PART_CONN,
                                .index = place,
                                .handle = c->bell,
                                .a = c->peer_ref,
                                .b = c->service,
                                .c = name});
    if (st != ST_OK)
        return st;
    return add(out, (struct part){.kind = PART_LINK,
                                  .index = place,
                                  .handle = LINK(c->state, conn_side(c), c->server, c->took_piece,
                                                 c->slots, has_bell(p, c->bell)),
                                  .a = c->peer | (uint64_t)c->peer_bucket << 16,
                                  .b = conn_mem_core(c) | (uint64_t)conn_mem_with(c) << 16 |
                                       (uint64_t)c->piece << 32,
                                  .c = c->news,
                                  .tag = conn_mem_core(c) == dest ? 0 : ++out->copies});
}

static status_t list_conns(const struct prog *p, core_id dest, struct parts *out)
{
    for (unsigned i = 0; i < PROG_CHANS; i++) {
        const struct conn *c;
        status_t st;

        if (!(p->chan_used[i / 64] >> (i % 64) & 1))
            continue;
        c = conn_of_va(p, USER_CHANNELS + i * CHANNEL_BYTES);
        if (c == NULL)
            return ST_BUSY; /* being bound, or closed */
        if ((st = list_conn(p, dest, i, c, out)) != ST_OK)
            return st;
    }
    return ST_OK;
}

/* ---- names and registers ---- */

static status_t list_names(const struct prog *p, struct parts *out)
{
    uint64_t id = 0;
    status_t st;

    while ((st = registry_next_service(prog_id(p), &id)) == ST_OK)
        if ((st = add(out, (struct part){
                               .kind = PART_NAME, .handle = id, .a = registry_told(id)})) != ST_OK)
            return st;
    return st == ST_NOT_FOUND ? ST_OK : st;
}

/* Not its bucket, and not whether bells rang there: both are of the core where it is. */
static status_t list_words(const struct prog *p, struct parts *out)
{
    for (unsigned w = 0; w < TW_COUNT; w += POKE_WORDS) {
        uint64_t word[PEEK_WORDS];
        status_t st = sys_task_peek(p->task, w, word);

        if (st != ST_OK)
            return st;
        for (unsigned i = 0; i < POKE_WORDS; i++)
            if (w + i == TW_BUCKET || w + i >= TW_COUNT)
                word[i] = 0;
            else if (w + i == TW_EVENTS)
                word[i] &= ~EVENT_BELL;
        for (unsigned i = 0; i < POKE_WORDS && st == ST_OK; i += 3)
            if (word[i] | word[i + 1] | word[i + 2])
                st = add(out, (struct part){.kind = PART_WORDS,
                                            .index = w + i,
                                            .handle = word[i],
                                            .a = word[i + 1],
                                            .b = word[i + 2]});
        if (st != ST_OK)
            return st;
    }
    return ST_OK;
}

status_t parts_list(struct prog *p, core_id dest, struct parts *out)
{
    status_t st;

    out->n = out->copies = 0;
    if ((st = list_regions(p, dest, out)) != ST_OK || (st = list_conns(p, dest, out)) != ST_OK ||
        (st = list_table(p, dest, out)) != ST_OK || (st = list_names(p, out)) != ST_OK)
        return st;
    return list_words(p, out);
}
