/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/call - see call.h for the drawing and K1 to K4. */
#include "urpc/call.h"
#include "lib/base/check.h"

#define INDEX_BITS      8
#define GENERATION_MASK 0xffffffu

_Static_assert(URPC_CALLS_MAX == 1u << INDEX_BITS, "an index has its bits");

struct call_step {
    status_t answer;
    enum urpc_call_state next;
};

/* Every state and event. A refusal keeps the state. */
/* clang-format off */
static const struct call_step table[CALL_STATES][CALL_EVENTS] = {
    /*                  begin                            reply                                  expire                       cancel                    */
    [CALL_NEVER]    = { { ST_OK,         CALL_WAITING }, { ST_NOT_FOUND,    CALL_NEVER    }, { ST_STATE, CALL_NEVER    }, { ST_STATE, CALL_NEVER    } },
    [CALL_WAITING]  = { { ST_TABLE_FULL, CALL_WAITING }, { ST_OK,           CALL_ANSWERED }, { ST_OK,    CALL_GIVEN_UP }, { ST_OK,    CALL_GIVEN_UP } },
    [CALL_ANSWERED] = { { ST_OK,         CALL_WAITING }, { ST_NOT_FOUND,    CALL_ANSWERED }, { ST_STATE, CALL_ANSWERED }, { ST_STATE, CALL_ANSWERED } },
    [CALL_GIVEN_UP] = { { ST_OK,         CALL_WAITING }, { ST_STALE_HANDLE, CALL_GIVEN_UP }, { ST_STATE, CALL_GIVEN_UP }, { ST_STATE, CALL_GIVEN_UP } },
};
/* clang-format on */

static status_t step(struct urpc_calls *t, struct urpc_call *c, enum urpc_call_event event)
{
    struct call_step s = table[c->state][event];

    t->waiting += (uint32_t)(s.next == CALL_WAITING) - (uint32_t)(c->state == CALL_WAITING);
    c->state = s.next;
    return s.answer;
}

static uint32_t make_id(const struct urpc_calls *t, const struct urpc_call *c)
{
    return (uint32_t)(c - t->call) | c->generation << INDEX_BITS;
}

void urpc_calls_init(struct urpc_calls *t, struct urpc_call *entries, uint32_t n)
{
    CHECK(n >= 1 && n <= URPC_CALLS_MAX);
    *t = (struct urpc_calls){.call = entries, .n = n};
    for (uint32_t i = 0; i < n; i++)
        entries[i] = (struct urpc_call){.state = CALL_NEVER};
}

status_t urpc_call_begin(struct urpc_calls *t, uint64_t deadline_ns, uint64_t cookie, uint32_t *id)
{
    for (uint32_t k = 0; k < t->n; k++) {
        uint32_t i = (t->turn + k) % t->n;
        struct urpc_call *c = &t->call[i];

        if (step(t, c, CALL_EV_BEGIN) != ST_OK)
            continue;
        c->deadline_ns = deadline_ns;
        c->cookie = cookie;
        c->generation = (c->generation + 1) & GENERATION_MASK;
        if (c->generation == 0) /* generation 0 is never issued */
            c->generation = 1;
        t->turn = i + 1;
        *id = make_id(t, c);
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

/* The entry an id names. ST_NOT_FOUND: none, or a generation never issued; ST_STALE_HANDLE: an
 * older call of that entry. Older is: at most half the generations behind. */
static status_t find(const struct urpc_calls *t, uint32_t id, struct urpc_call **found)
{
    uint32_t i = id & (URPC_CALLS_MAX - 1), generation = id >> INDEX_BITS, behind;

    if (i >= t->n || generation == 0)
        return ST_NOT_FOUND;
    *found = &t->call[i];
    behind = ((*found)->generation - generation) & GENERATION_MASK;
    if (behind > GENERATION_MASK / 2 || (*found)->state == CALL_NEVER)
        return ST_NOT_FOUND;
    return behind == 0 ? ST_OK : ST_STALE_HANDLE;
}

status_t urpc_call_reply(struct urpc_calls *t, uint32_t id, uint64_t *cookie)
{
    struct urpc_call *c = NULL;
    status_t st = find(t, id, &c);

    if (st == ST_OK)
        st = step(t, c, CALL_EV_REPLY);
    if (st == ST_OK)
        *cookie = c->cookie;
    else if (st == ST_STALE_HANDLE)
        t->late++;
    else
        t->nobody++;
    return st;
}

status_t urpc_call_cancel(struct urpc_calls *t, uint32_t id)
{
    struct urpc_call *c = NULL;

    if (find(t, id, &c) != ST_OK)
        return ST_STATE;
    return step(t, c, CALL_EV_CANCEL);
}

bool urpc_call_expire(struct urpc_calls *t, uint64_t now_ns, uint32_t *id, uint64_t *cookie)
{
    for (uint32_t i = 0; t->waiting != 0 && i < t->n; i++) {
        struct urpc_call *c = &t->call[i];

        if (c->state != CALL_WAITING || c->deadline_ns > now_ns)
            continue;
        if (step(t, c, CALL_EV_EXPIRE) != ST_OK)
            continue;
        t->expired++;
        *id = make_id(t, c);
        *cookie = c->cookie;
        return true;
    }
    return false;
}

uint64_t urpc_call_deadline(const struct urpc_calls *t)
{
    uint64_t earliest = UINT64_MAX;

    for (uint32_t i = 0; t->waiting != 0 && i < t->n; i++)
        if (t->call[i].state == CALL_WAITING && t->call[i].deadline_ns < earliest)
            earliest = t->call[i].deadline_ns;
    return earliest;
}
