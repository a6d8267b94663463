/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/quota.h"
#include "lib/base/check.h"

static const struct {
    uint32_t limit;
    bool flow;
    status_t status;
    const char *text;
} kinds[QUOTA_KINDS] = {
#define X(name, most, flows, st, words) {most, flows, st, words},
    QUOTA_LIST(X)
#undef X
};

void quota_init(struct quota *q)
{
    *q = (struct quota){.used = {0}};
    for (unsigned k = 0; k < QUOTA_KINDS; k++)
        q->limit[k] = kinds[k].limit;
}

uint32_t quota_default(enum quota_kind kind)
{
    return kinds[kind].limit;
}

status_t quota_limit(struct quota *q, enum quota_kind kind, uint32_t limit)
{
    if ((unsigned)kind >= QUOTA_KINDS)
        return ST_INVALID;
    if (!kinds[kind].flow && q->used[kind] > limit)
        return ST_STATE;
    q->limit[kind] = limit;
    return ST_OK;
}

/* A flow may be above its limit already, see quota_spend. */
static bool fits(const struct quota *q, unsigned kind, uint32_t want)
{
    return want == 0 || (q->used[kind] <= q->limit[kind] && want <= q->limit[kind] - q->used[kind]);
}

status_t quota_charge(struct quota *q, const uint32_t want[QUOTA_KINDS], enum quota_kind *refused)
{
    for (unsigned k = 0; k < QUOTA_KINDS; k++)
        if (!fits(q, k, want[k])) {
            *refused = (enum quota_kind)k;
            return kinds[k].status;
        }
    for (unsigned k = 0; k < QUOTA_KINDS; k++)
        q->used[k] += want[k];
    return ST_OK;
}

status_t quota_charge_one(struct quota *q, enum quota_kind kind, uint32_t want)
{
    uint32_t all[QUOTA_KINDS] = {0};
    enum quota_kind refused;

    if ((unsigned)kind >= QUOTA_KINDS)
        return ST_INVALID;
    all[kind] = want;
    return quota_charge(q, all, &refused);
}

bool quota_spend(struct quota *q, enum quota_kind kind, uint32_t used)
{
    CHECK((unsigned)kind < QUOTA_KINDS && kinds[kind].flow);

    uint32_t room = UINT32_MAX - q->used[kind];

    q->used[kind] += used < room ? used : room;
    return q->used[kind] >= q->limit[kind];
}

void quota_release(struct quota *q, enum quota_kind kind, uint32_t amount)
{
    CHECK((unsigned)kind < QUOTA_KINDS && !kinds[kind].flow && amount <= q->used[kind]);
    q->used[kind] -= amount;
}

void quota_epoch(struct quota *q)
{
    for (unsigned k = 0; k < QUOTA_KINDS; k++)
        if (kinds[k].flow)
            q->used[k] = q->used[k] > q->limit[k] ? q->used[k] - q->limit[k] : 0;
}

bool quota_is_flow(enum quota_kind kind)
{
    return (unsigned)kind < QUOTA_KINDS && kinds[kind].flow;
}

const char *quota_text(enum quota_kind kind)
{
    return (unsigned)kind < QUOTA_KINDS ? kinds[kind].text : "?";
}
