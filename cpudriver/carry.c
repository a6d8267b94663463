/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/carry.h"
#include "cpudriver/cap.h"
#include "cpudriver/emit.h"
#include "lib/base/check.h"

/* Of message slot i: x4 holds rights and way, x5 + i the handle. */
static handle_t handle_in(const struct task *t, unsigned i)
{
    return t->frame.x[5 + i];
}

static unsigned rights_in(const struct task *t, unsigned i)
{
    return (unsigned)(t->frame.x[4] >> (16 * i)) & 0xff;
}

static unsigned way_in(const struct task *t, unsigned i)
{
    return (unsigned)(t->frame.x[4] >> (16 * i + 8)) & 0xff;
}

bool carries(const struct task *t)
{
    return (t->frame.x[8] & 0xffff) == SYSCALL_WORD(SYS_queue_send, SEND_CALL_CAPS);
}

unsigned carry_takes_back(const struct task *t)
{
    return carries(t) ? (unsigned)(t->frame.x[4] >> 32) & 0xff : 0;
}

/* The capability of slot i, if it would go. NULL: that slot is empty. */
static status_t find(struct kcb *k, struct task *t, unsigned i, struct cap **c)
{
    status_t st;

    *c = NULL;
    if (handle_in(t, i) == 0)
        return ST_OK;
    if (way_in(t, i) > CAP_GIVE_AWAY)
        return ST_INVALID;
    if ((st = cap_find(t->table, handle_in(t, i), CAP_NULL, 0, c)) != ST_OK)
        return st;
    return way_in(t, i) == CAP_GIVE_AWAY ? cap_check_move(*c, true) : cap_check_copy(k, *c, NULL);
}

/* One twice is refused: what the first does to it would have to be known to check the second. */
static status_t find_all(struct kcb *k, struct task *t, struct cap *c[CARRY_MAX], unsigned *n)
{
    status_t st;

    *n = 0;
    for (unsigned i = 0; i < CARRY_MAX; i++) {
        if ((st = find(k, t, i, &c[i])) != ST_OK)
            return st;
        *n += c[i] != NULL;
    }
    return c[0] && c[0] == c[1] ? ST_INVALID : ST_OK;
}

status_t carry_check(struct kcb *k, struct task *t)
{
    struct cap *c[CARRY_MAX];
    unsigned n;

    return find_all(k, t, c, &n);
}

status_t carry(struct kcb *k, struct task *from, struct task *to, unsigned takes)
{
    struct cap *c[CARRY_MAX], *made;
    unsigned n;
    status_t st;

    if (!from->table || !to->table)
        return ST_GONE;
    if ((st = find_all(k, from, c, &n)) != ST_OK)
        return st;
    if (n > takes)
        return ST_NO_SLOT;
    if (n > to->table->nfree)
        return ST_TABLE_FULL;
    if (n && !emit_has_room(k, n, LOG_ORDINARY))
        return ST_LOG_FULL;
    for (unsigned i = 0; i < CARRY_MAX; i++) {
        to->frame.x[5 + i] = 0;
        if (!c[i])
            continue;
        st = cap_pass(k, c[i], to->table, (uint8_t)rights_in(from, i), way_in(from, i), &made);
        CHECK(st == ST_OK); /* what it could refuse for was looked at before */
        emit_cap(k, from, way_in(from, i) == CAP_GIVE_AWAY ? WITNESS_CAPABILITY_DELEGATE
                                                           : emit_kind_of_copy(c[i], made),
                 WITNESS_F_MESSAGE, way_in(from, i) == CAP_GIVE_AWAY ? made : c[i], made);
        to->frame.x[5 + i] = cap_handle(k, made);
    }
    to->frame.x[4] = 0;
    return n ? ST_CAPS : ST_OK;
}
