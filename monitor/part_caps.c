/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/part_caps.h"
#include "monitor/conn.h"
#include "monitor/island.h"
#include "monitor/mon.h"

static bool is_bell(const struct prog *p, handle_t h)
{
    for (unsigned i = 0; i < CONNS; i++) {
        const struct conn *c = conn_at(i);

        if (c->prog == prog_id(p) && c->state != BIND_FREE && c->bell == h)
            return true;
    }
    return false;
}

/* What records call one of our own; 0: there is none. */
static uint64_t name_of(handle_t h)
{
    struct rt_msg m = {{mon.info->table, HANDLE_INDEX(h) | CAP_LIST_NAMES}};
    handle_t from;

    return island_list(&m, &from) == ST_OK && m.w[0] == h ? m.w[2] : 0;
}

/* All programs have a capability to it. */
static uint64_t own_endpoint(void)
{
    static uint64_t name;

    if (name == 0)
        name = name_of(mon.endpoint);
    return name;
}

/* A task, table or space that a program made of its memory: what is held there is not seen, and who uses it is not stopped. */
static bool is_hidden(const struct object_cap *c, struct prog *const *member, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        if (c->type == CAP_TASK       ? c->at == member[i]->task_number
            : c->type == CAP_CAPTABLE ? c->at == name_of(member[i]->table)
                                      : c->at == name_of(member[i]->space))
            return false;
    return true;
}

/* A task or an event of a member goes where that goes. */
static void follow(struct object_cap *c, struct prog *const *member, unsigned n)
{
    if (c->type != CAP_TASK && c->type != CAP_EVENT)
        return;
    for (unsigned i = 0; i < n; i++)
        if (member[i]->task_number == c->at) {
            c->follows = SPLIT_FOLLOWS_TASK;
            c->which = (uint16_t)i;
        }
}

static status_t add_map(struct part_caps *out, const struct object_cap *c)
{
    uint32_t *n = &out->nmaps[c->side];

    if (*n == PART_MAPS)
        return ST_TABLE_FULL;
    out->map[c->side][(*n)++] = (struct merge_map){c->at, c->bytes, (c->rights & RIGHT_WRITE) != 0};
    return ST_OK;
}

/* m as CAP_LIST leaves it. */
static status_t add(const struct prog *p, const struct rt_msg *m, struct object_cap c,
                    struct prog *const *member, unsigned n, struct part_caps *out)
{
    if (m->w[1] == 0 || is_bell(p, m->w[0]))
        return ST_OK;
    c.handle = m->w[0];
    c.type = (uint8_t)CAP_WHAT_TYPE(m->w[1]);
    c.rights = CAP_WHAT_RIGHTS(m->w[1]);
    c.at = m->w[2];
    if (c.type == CAP_RAM || c.type == CAP_FRAME || c.type == CAP_DEVICE)
        c.bytes = m->w[3];
    c.badge = m->w[4];
    if (c.type == CAP_ENDPOINT && c.at == own_endpoint())
        return ST_OK;
    if ((c.type == CAP_TASK || c.type == CAP_CAPTABLE || c.type == CAP_SPACE) && is_hidden(&c, member, n))
        return ST_TYPE;
    if (out->n == PART_CAPS)
        return ST_TABLE_FULL;
    follow(&c, member, n);
    out->cap[out->n++] = c;
    return m->w[5] != 0 && c.type == CAP_FRAME ? add_map(out, &c) : ST_OK;
}

status_t part_caps_list(struct prog *const *member, unsigned n, uint8_t side, struct part_caps *out)
{
    for (unsigned i = 0; i < n; i++) {
        uint64_t slot = 0;

        for (;;) {
            struct rt_msg m = {{member[i]->table, slot | CAP_LIST_NAMES}};
            handle_t from;
            status_t st = island_list(&m, &from);

            if (st == ST_NOT_FOUND)
                break;
            if (st == ST_AGAIN) {
                slot = m.w[1];
                continue;
            }
            if (st == ST_OK)
                st = add(member[i], &m, (struct object_cap){.task = (uint8_t)i, .side = side},
                         member, n, out);
            if (st != ST_OK)
                return st;
            slot = HANDLE_INDEX(m.w[0]) + 1;
        }
    }
    return ST_OK;
}

status_t part_caps_cut(const struct prog *p, handle_t h, uint8_t rights, bool shared)
{
    status_t st = shared ? island_attenuate(p->table, h, rights) : ST_OK;

    if (st == ST_OK && rights == 0)
        st = island_unplace(p->table, h, false);
    return st == ST_STALE_HANDLE ? ST_OK : st;
}
