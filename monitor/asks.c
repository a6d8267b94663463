/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/asks.h"

status_t asks_begin(struct asks *a, const struct ask *as, uint64_t deadline_ns, uint64_t *ref)
{
    for (unsigned i = 0; i < a->size && a->n < a->size; i++) {
        if (a->kept[i].used)
            continue;
        a->kept[i] = (struct ask_kept){.is = *as, .number = ++a->asked, .used = true, .deadline_ns = deadline_ns};
        a->n++;
        *ref = i | (uint64_t)a->kept[i].number << 32;
        return ST_OK;
    }
    return ST_TABLE_FULL;
}

static void take(struct asks *a, struct ask_kept *k, struct ask *out)
{
    *out = k->is;
    k->used = false;
    a->n--;
}

bool asks_take(struct asks *a, core_id from, uint64_t ref, struct ask *out)
{
    struct ask_kept *k = (uint32_t)ref < a->size ? &a->kept[(uint32_t)ref] : NULL;

    if (k == NULL || !k->used || k->is.to != from || k->number != ref >> 32)
        return false;
    take(a, k, out);
    return true;
}

bool asks_take_dead(struct asks *a, core_id dead, struct ask *out)
{
    for (unsigned i = 0; i < a->size && a->n > 0; i++)
        if (a->kept[i].used && a->kept[i].is.to == dead) {
            take(a, &a->kept[i], out);
            return true;
        }
    return false;
}

bool asks_late(struct asks *a, core_id own, uint64_t now_ns, uint64_t again_ns, struct ask *out)
{
    for (unsigned i = 0; i < a->size && a->n > 0; i++) {
        struct ask_kept *k = &a->kept[i];

        if (!k->used || now_ns < k->deadline_ns)
            continue;
        *out = k->is;
        k->deadline_ns = again_ns;
        if (k->is.to == own)
            take(a, k, out);
        return true;
    }
    return false;
}

uint64_t asks_next(const struct asks *a)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0, seen = 0; seen < a->n; i++)
        if (a->kept[i].used) {
            seen++;
            next = a->kept[i].deadline_ns < next ? a->kept[i].deadline_ns : next;
        }
    return next;
}
