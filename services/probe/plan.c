/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/probe/plan.h"

static bool is_present(const struct plan *p, core_id core)
{
    return p->present >> core & 1;
}

void plan_begin(struct plan *p, core_id ncores, uint64_t present)
{
    uint32_t n = 0;

    *p = (struct plan){.ncores = ncores};
    for (core_id i = 0; i < ncores; i++)
        if (present >> i & 1) {
            p->present |= 1ull << i;
            n++;
        }
    p->total = n * (n - (n > 0));
}

/* One step through the rows; false behind the last. */
static bool step(struct plan *p)
{
    if (!p->begun) {
        p->begun = true;
        p->from = p->to = 0;
        return p->ncores > 0;
    }
    if (++p->to < p->ncores)
        return true;
    p->to = 0;
    return ++p->from < p->ncores;
}

bool plan_next(struct plan *p)
{
    while (step(p))
        if (p->from != p->to && is_present(p, p->from) && is_present(p, p->to))
            return true;
    p->skipped = p->total - p->measured - p->failed;
    p->from = p->ncores; /* asked again, it says no again */
    p->to = p->ncores;
    return false;
}

void plan_measured(struct plan *p)
{
    p->measured++;
}

void plan_failed(struct plan *p)
{
    p->failed++;
}

void plan_give_up(struct plan *p, core_id core)
{
    p->present &= ~(1ull << core);
}

uint64_t plan_share(uint64_t total_ns, uint32_t pairs, uint64_t least_ns, uint64_t most_ns)
{
    uint64_t share = pairs > 0 ? total_ns / pairs : most_ns;

    return share < least_ns ? least_ns : share > most_ns ? most_ns : share;
}
