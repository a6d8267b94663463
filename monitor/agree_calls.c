/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/agree_calls - what programs ask about capabilities. */
#include "lib/base/bits.h"
#include "monitor/agree.h"
#include "monitor/caps.h"
#include "monitor/conn.h"
#include "monitor/mon.h"
#include "monitor/peers.h"
#include "monitor/seal.h"

status_t agree_give(struct prog *p, struct rt_msg *m)
{
    const struct conn *c = conn_of_va(p, m->w[1]);
    struct cap_at src = { p->table, m->w[2] };

    if (c == NULL)
        return ST_NOT_FOUND;
    if (c->state != BIND_OPEN)
        return ST_GONE;
    if (m->w[3] > 0xffff)
        return ST_INVALID;
    return caps_give(agree_caps(), prog_id(p), src, (uint8_t)m->w[3], (unsigned)(m->w[3] >> 8), c->peer,
                     c->peer_ref, m->w[4]);
}

status_t agree_accept(struct prog *p, struct rt_msg *m)
{
    struct conn *c = conn_of_va(p, m->w[1]);

    return c != NULL ? conn_accept(c, m->w[2]) : ST_NOT_FOUND;
}

status_t agree_revoke(struct prog *p, struct rt_msg *m)
{
    return caps_revoke(agree_caps(), prog_id(p), (struct cap_at){ p->table, m->w[1] });
}

status_t agree_retype(struct prog *p, struct rt_msg *m)
{
    if (m->w[2] >= CAP_TYPES)
        return ST_INVALID;
    return caps_make(agree_caps(), prog_id(p), (struct cap_at){ p->table, m->w[1] }, (unsigned)m->w[2],
                     m->w[3]);
}

status_t agree_borrow(struct prog *p, struct rt_msg *m)
{
    if (m->w[1] >= mon.ncores || m->w[2] == CAPS_LOG)
        return ST_INVALID;
    return caps_borrow(agree_caps(), prog_id(p), (core_id)m->w[1], m->w[2], p->table);
}

status_t agree_log(struct prog *p, struct rt_msg *m, bool *later)
{
    struct rt_msg is;
    status_t st;

    *later = m->w[1] != mon.core;
    if (m->w[1] >= mon.ncores)
        return ST_INVALID;
    if (*later)
        return caps_borrow(agree_caps(), prog_id(p), (core_id)m->w[1], CAPS_LOG, p->table);
    if ((st = sys_copy(mon.info->witness, p->table, RIGHT_READ, &m->w[1])) != ST_OK ||
        (st = sys_identify(mon.info->witness, &is)) != ST_OK)
        return st;
    m->w[2] = is.w[2];
    seal_kept();
    return ST_OK;
}

void agree_count(struct rt_msg *m)
{
    uint64_t which = m->w[1];
    uint32_t use[4];

    if (which == AGREED_LETTERS) {
        peers_count(&m->w[1]);
        return;
    }
    caps_in_use(agree_caps(), use);
    m->w[1] = which < ARRAY_LEN(agree_caps()->count.sent) ? agree_caps()->count.sent[which] : 0;
    for (unsigned i = 0; i < 4; i++)
        m->w[2 + i] = use[i];
}

bool agree_about(handle_t own, struct caps_about *about)
{
    return caps_about(agree_caps(), own, about);
}
