/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/object.h"

static bool shares_memory(uint8_t type)
{
    return type == CAP_FRAME || type == CAP_DEVICE;
}

static int compare(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* By what they are, then where, then the rest: neighbours are alike. */
static int order(const struct object_cap *a, const struct object_cap *b)
{
    int by = compare(a->type, b->type);

    by = by != 0 ? by : compare(a->at, b->at);
    by = by != 0 ? by : compare(a->bytes, b->bytes);
    by = by != 0 ? by : compare(a->badge, b->badge);
    by = by != 0 ? by : compare(a->side, b->side);
    by = by != 0 ? by : compare(a->task, b->task);
    return by != 0 ? by : compare(a->handle, b->handle);
}

/* In steps that become smaller: there may be a thousand. */
static void sort(struct object_cap *cap, uint32_t n)
{
    for (uint32_t gap = n / 2; gap > 0; gap = gap == 2 ? 1 : gap * 5 / 11)
        for (uint32_t i = gap; i < n; i++) {
            struct object_cap c = cap[i];
            uint32_t k = i;

            for (; k >= gap && order(&cap[k - gap], &c) > 0; k -= gap)
                cap[k] = cap[k - gap];
            cap[k] = c;
        }
}

void objects_number(struct object_cap *cap, uint32_t n)
{
    uint64_t object = 0, end = 0;

    sort(cap, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct object_cap *last = i > 0 ? &cap[i - 1] : NULL;
        bool same =
            last != NULL && last->type == cap[i].type &&
            (shares_memory(cap[i].type) ? cap[i].at < end
                                        : last->at == cap[i].at && last->bytes == cap[i].bytes &&
                                              last->badge == cap[i].badge);

        object += !same;
        if (!same || cap[i].at + cap[i].bytes > end)
            end = cap[i].at + cap[i].bytes;
        cap[i].object = object;
    }
}

void objects_split(const struct object_cap *cap, uint32_t n, struct split_cap *out)
{
    for (uint32_t i = 0; i < n; i++)
        out[i] = (struct split_cap){.object = cap[i].object,
                                    .rights = cap[i].rights,
                                    .users = (uint8_t)(1u << cap[i].task),
                                    .follows = cap[i].follows,
                                    .which = cap[i].which};
}

uint32_t objects_merge(const struct object_cap *cap, uint32_t n, uint8_t side,
                       struct merge_cap *out)
{
    uint32_t k = 0;

    for (uint32_t i = 0; i < n; i++)
        if (cap[i].side == side)
            out[k++] = (struct merge_cap){cap[i].object, cap[i].rights};
    return k;
}
