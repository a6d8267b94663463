/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* partition/limit - what a partition may use: its limits, and flows charged from outside. */
#include "partition/partition_priv.h"

status_t partition_limit(struct partitions *t, partition_id id, enum quota_kind kind,
                         uint32_t limit)
{
    struct partition *p;
    status_t st = partition_get_open(t, id, &p);

    return st != ST_OK ? st : quota_limit(&p->quota, kind, limit);
}

status_t partition_charge(struct partitions *t, partition_id id, enum quota_kind kind,
                          uint32_t want)
{
    struct partition *p;
    status_t st;

    if ((unsigned)kind >= QUOTA_KINDS || !quota_is_flow(kind))
        return ST_INVALID; /* stocks are charged where they are taken */
    st = partition_get(t, id, &p);
    return st != ST_OK ? st : quota_charge_one(&p->quota, kind, want);
}

bool partition_spend(struct partitions *t, partition_id id, enum quota_kind kind, uint64_t used)
{
    struct partition *p;

    if ((unsigned)kind >= QUOTA_KINDS || !quota_is_flow(kind) || partition_get(t, id, &p) != ST_OK)
        return false;
    return quota_spend(&p->quota, kind, used < UINT32_MAX ? (uint32_t)used : UINT32_MAX);
}
