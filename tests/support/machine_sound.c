/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/machine_sound - see machine_sound.h. */
#include "tests/support/machine_sound.h"
#include <string.h>
#include "lib/fdt/tree.h"

static bool below_limit(const struct range *r)
{
    return r->base < PHYS_LIMIT && r->bytes <= PHYS_LIMIT - r->base;
}

static bool meet(const struct range *a, const struct range *b)
{
    return a->bytes && b->bytes && a->base < b->base + b->bytes && b->base < a->base + a->bytes;
}

static bool in_ram(const struct machine *m, const struct range *r)
{
    for (uint32_t i = 0; i < m->nram; i++)
        if (r->base >= m->ram[i].base && r->base + r->bytes <= m->ram[i].base + m->ram[i].bytes)
            return true;
    return false;
}

static const char *cores_unsound(const struct machine *m, uint64_t mpidr)
{
    if (m->ncores == 0 || m->ncores > CORES_MAX)
        return "D3: number of cores";
    if (m->cores[0].mpidr != mpidr || !m->cores[0].present)
        return "D3: the first core is the one that asks";
    for (uint32_t i = 0; i < m->ncores; i++) {
        const struct boot_core *c = &m->cores[i];

        for (uint32_t j = 0; j < i; j++)
            if (m->cores[j].mpidr == c->mpidr)
                return "D3: affinities differ";
        if (c->cluster >= m->ncores)
            return "cluster number";
        if (i == 0 || !c->present)
            continue;
        if (m->start == START_NONE || (m->start == START_SPIN_TABLE) != (c->release != 0))
            return "D4: every core that is present can be started";
        if (c->release % 8 != 0 || c->release >= PHYS_LIMIT)
            return "D4: release address";
    }
    return NULL;
}

static const char *gic_unsound(const struct machine *m)
{
    const struct machine_gic *g = &m->gic;

    if (g->version != 2 && g->version != 3)
        return "GIC version";
    if (g->version == 2 && m->ncores > 8)
        return "D5: a GICv2 serves eight cores";
    if (!below_limit(&g->dist) || g->dist.bytes == 0 || g->dist.base % PAGE_BYTES)
        return "D2: distributor";
    if (g->version == 2 && (!below_limit(&g->cpu) || g->cpu.bytes == 0 || meet(&g->cpu, &g->dist)))
        return "D2: CPU interface";
    if (g->nredist > REDIST_MAX || (g->version == 3 && g->nredist == 0))
        return "number of redistributor regions";
    for (uint32_t i = 0; i < g->nredist; i++)
        if (!below_limit(&g->redist[i]) || g->redist[i].bytes < 128 * KIB)
            return "D2: redistributors";
    return NULL;
}

static const char *device_unsound(const struct machine *m, const struct boot_device *d)
{
    if (d->regs.bytes == 0 || !below_limit(&d->regs) || d->intid < 32 || d->intid > 1019)
        return "D6: device";
    if (!memchr(d->compatible, 0, sizeof d->compatible))
        return "name of a device";
    for (uint32_t j = 0; j < m->nram; j++)
        if (meet(&d->regs, &m->ram[j]))
            return "a device in RAM";
    if (meet(&d->regs, &m->gic.dist) || meet(&d->regs, &m->console))
        return "a device that is the GIC or the console";
    return NULL;
}

static const char *devices_unsound(const struct machine *m)
{
    const char *bad = NULL;

    if (m->ndevices > DEVICES_MAX || m->nvirtio > VIRTIO_MAX)
        return "number of devices";
    for (uint32_t i = 0; i < m->ndevices && !bad; i++)
        bad = device_unsound(m, &m->device[i]);
    for (uint32_t i = 0; i < m->nvirtio && !bad; i++)
        bad = device_unsound(m, &m->virtio[i]);
    if (bad)
        return bad;
    if (m->console_kind > 1 || (m->console_kind && !below_limit(&m->console)))
        return "D2: console";
    if (m->console_intid && (m->console_intid < 16 || m->console_intid > 1019))
        return "D6: interrupt of the console";
    if (m->timer_virt < 16 || m->timer_virt > 31 ||
        (m->timer_hyp && (m->timer_hyp < 16 || m->timer_hyp > 31)))
        return "D6: timer";
    return NULL;
}

const char *machine_unsound(const struct machine *m, uint64_t mpidr)
{
    const char *bad;

    if (m->nram == 0 || m->nram > RAM_MAX || m->nreserved > RESERVED_MAX)
        return "D1: number of pieces of memory";
    for (uint32_t i = 0; i < m->nram; i++) {
        if (m->ram[i].bytes == 0 || !below_limit(&m->ram[i]))
            return "D1: memory below the limit";
        if (i > 0 && m->ram[i].base <= m->ram[i - 1].base + m->ram[i - 1].bytes)
            return "D1: memory ascending and apart";
    }
    for (uint32_t i = 0; i < m->nreserved; i++)
        if (m->reserved[i].base + m->reserved[i].bytes < m->reserved[i].base)
            return "D2: reserved memory wraps";
    if (m->bundle.bytes && !in_ram(m, &m->bundle))
        return "the bundle is in RAM";
    if (!memchr(m->bootargs, 0, sizeof m->bootargs) || !memchr(m->board, 0, sizeof m->board))
        return "a text without an end";
    if ((bad = cores_unsound(m, mpidr)) || (bad = gic_unsound(m)))
        return bad;
    return devices_unsound(m);
}

/* --- the cut ---------------------------------------------------------------------------------- */

static const char *range_unsound(const struct machine *m, const struct range *keep, unsigned nkeep,
                                 const struct range *r)
{
    if (r->base % BLOCK_BYTES || !in_ram(m, r))
        return "S1, S2: a range outside RAM or not on a block";
    for (uint32_t i = 0; i < m->nreserved; i++)
        if (meet(r, &m->reserved[i]))
            return "S1: reserved memory given away";
    for (unsigned i = 0; i < nkeep; i++)
        if (meet(r, &keep[i]))
            return "S1: memory in use given away";
    return NULL;
}

const char *cut_unsound(const struct machine *m, const struct range *keep, unsigned nkeep,
                        const struct cut *cut)
{
    static struct range all[CORES_MAX * SHARE_RANGES + 1];
    uint64_t sum = 0;
    const char *bad;
    unsigned n = 0;

    for (uint32_t c = 0; c < CORES_MAX; c++) {
        bool present = c < m->ncores && m->cores[c].present;

        if ((cut->share[c][0].bytes >= SHARE_BYTES_MIN) != present)
            return "S3: share[0] of who is present";
        for (unsigned i = 0; i < SHARE_RANGES; i++) {
            struct range r = cut->share[c][i];

            if (r.bytes == 0)
                continue;
            if (!present || r.bytes % BLOCK_BYTES)
                return "S2, S3: size or owner of a range";
            sum += r.bytes;
            all[n++] = r;
        }
    }
    if (sum != cut->share_bytes)
        return "the sum of all shares";
    if (cut->mesh.bytes != (uint64_t)m->ncores * (m->ncores - 1) / 2 * cut_pair_bytes(m->ncores))
        return "the size of the mesh";
    if (cut->mesh.bytes)
        all[n++] = (struct range){cut->mesh.base,
                                  (cut->mesh.bytes + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES};
    for (unsigned i = 0; i < n; i++) {
        if ((bad = range_unsound(m, keep, nkeep, &all[i])))
            return bad;
        for (unsigned j = 0; j < i; j++)
            if (meet(&all[i], &all[j]))
                return "S1: two ranges overlap";
    }
    return NULL;
}

/* --- a whole tree ------------------------------------------------------------------------------ */

static uint64_t first_core(const void *fdt)
{
    struct tree t;
    uint64_t mpidr;

    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK)
        if (t.depth == 2 && !strcmp(t.level[1].name, "cpus") &&
            tree_address(&t, &mpidr, NULL) == ST_OK)
            return mpidr & MPIDR_AFFINITY;
    return 0;
}

const char *tree_unsound(const void *fdt, uint64_t bytes, status_t *st, struct text *why)
{
    static struct machine m;
    static struct cut cut;
    const char *bad;
    uint64_t self;

    text_clear(why);
    if (tree_check_header(fdt, bytes, NULL) == ST_OK) {
        dtb_lifeline(fdt, &m); /* also of a tree that is broken */
        if (m.console_kind > 1 || (m.console_kind && !below_limit(&m.console)))
            return "D2: console of the lifeline";
    }
    if ((*st = tree_check(fdt, bytes, why)) != ST_OK)
        return why->len ? NULL : "a refusal without a sentence";
    if (tree_used_bytes(fdt) > bytes)
        return "more bytes used than there are";
    self = first_core(fdt);
    if ((*st = dtb_read(fdt, self, &m, why)) != ST_OK)
        return why->len && *st != ST_NOT_FOUND ? NULL : "a refusal without a sentence";
    if ((bad = machine_unsound(&m, self)))
        return bad;
    if ((*st = cut_ram(&m, &m.bundle, 1, &cut, why)) != ST_OK)
        return why->len ? NULL : "a refusal without a sentence";
    return cut_unsound(&m, &m.bundle, 1, &cut);
}
