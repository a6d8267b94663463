/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "skb/feed_dtb.h"
#include "lib/fdt/tree.h"
#include <string.h>

struct feed {
    struct store *s;
    struct feed_count *count;
    uint16_t memories, devices, cpus;
    uint32_t gic;               /* phandle of the interrupt controller */
};

static status_t put(struct feed *f, const struct fact *fact)
{
    status_t st = store_put(f->s, fact);

    f->count->facts += st == ST_OK;
    return st;
}

static status_t feed_memory(struct feed *f, const struct tree *t)
{
    struct fact m = { .kind = FACT_MEMORY };
    status_t st;

    for (unsigned i = 0;; i++) {
        st = tree_reg(t, i, &m.v[0], &m.v[1], NULL);
        if (st == ST_NOT_FOUND)
            return ST_OK;
        if (st != ST_OK) {
            f->count->left_out++;
            return ST_OK;
        }
        m.a = f->memories++;
        if ((st = put(f, &m)) != ST_OK)
            return st;
    }
}

/* Level 1 data and instruction caches, as properties of the core. */
static status_t feed_cache(struct feed *f, const struct tree *t, uint16_t core, const char *bytes,
                           const char *line, const char *sets, bool data)
{
    struct fact c = { .kind = FACT_CACHE, .a = data ? 1 : 0x101, .b = core, .v = { [3] = data } };
    uint32_t n;

    if (tree_u32(t, bytes, &n, NULL) != ST_OK)
        return ST_OK; /* most trees do not say */
    c.v[0] = n;
    c.v[1] = tree_u32(t, line, &n, NULL) == ST_OK ? n : 0;
    c.v[2] = tree_u32(t, sets, &n, NULL) == ST_OK ? n : 0;
    return put(f, &c);
}

static status_t feed_core(struct feed *f, const struct tree *t)
{
    uint16_t core = f->cpus++;
    status_t st;

    if ((st = feed_cache(f, t, core, "d-cache-size", "d-cache-line-size", "d-cache-sets", true)) !=
        ST_OK)
        return st;
    return feed_cache(f, t, core, "i-cache-size", "i-cache-line-size", "i-cache-sets", false);
}

/* The GIC's binding: 0 n = shared interrupt 32 + n, 1 n = private 16 + n. */
static uint64_t intid_of(const struct feed *f, const struct tree *t)
{
    struct tree_interrupt i;

    if (f->gic == 0 || tree_interrupt(t, 0, f->gic, 3, &i, NULL) != ST_OK)
        return 0;
    if (i.cell[0] == 0 && i.cell[1] < 988)
        return 32 + i.cell[1];
    return i.cell[0] == 1 && i.cell[1] < 16 ? 16 + i.cell[1] : 0;
}

static status_t feed_device(struct feed *f, const struct tree *t)
{
    struct fact d = { .kind = FACT_DEVICE, .a = f->devices, .v = { [3] = FACT_NO_CORE } };
    struct fact name = { .kind = FACT_DEVICE_NAME, .a = f->devices };
    struct fact irq = { .kind = FACT_INTERRUPT };
    const char *compatible = tree_string(t, "compatible");
    status_t st;

    st = tree_reg(t, 0, &d.v[0], &d.v[1], NULL);
    if (compatible == NULL || st == ST_NOT_FOUND)
        return ST_OK; /* a bus, or something without registers */
    if (st != ST_OK) {
        f->count->left_out++;
        return ST_OK;
    }
    d.v[2] = intid_of(f, t);
    strncpy((char *)name.v, compatible, sizeof name.v - 1);
    f->devices++;
    if ((st = put(f, &d)) != ST_OK || (st = put(f, &name)) != ST_OK || d.v[2] == 0)
        return st;
    irq.a = (uint16_t)d.v[2];
    irq.v[0] = d.a;
    irq.v[1] = FACT_NO_CORE;
    return put(f, &irq);
}

static status_t feed_node(struct feed *f, const struct tree *t)
{
    const char *type = tree_string(t, "device_type");

    if (!tree_at(t)->enabled && (type == NULL || strcmp(type, "cpu") != 0))
        return ST_OK;
    if (type != NULL && strcmp(type, "memory") == 0)
        return feed_memory(f, t);
    if (type != NULL && strcmp(type, "cpu") == 0)
        return feed_core(f, t);
    return feed_device(f, t);
}

/* All nodes in one pass; `each` is asked for every one. */
static status_t walk(struct feed *f, const void *dtb, struct text *why,
                     status_t (*each)(struct feed *, const struct tree *))
{
    struct tree t;
    status_t st;

    tree_start(&t, dtb);
    while ((st = tree_next(&t, why)) == ST_OK)
        if ((st = each(f, &t)) != ST_OK)
            return st;
    return st == ST_NOT_FOUND ? ST_OK : st;
}

static status_t find_gic(struct feed *f, const struct tree *t)
{
    uint32_t cells, phandle;

    if (f->gic == 0 && tree_prop(t, "interrupt-controller", &cells) != NULL &&
        tree_u32(t, "#interrupt-cells", &cells, NULL) == ST_OK && cells == 3 &&
        tree_u32(t, "phandle", &phandle, NULL) == ST_OK)
        f->gic = phandle;
    return ST_OK;
}

status_t feed_dtb(struct store *s, const void *dtb, uint64_t bytes, struct feed_count *count,
                  struct text *why)
{
    struct feed f = { .s = s, .count = count };
    status_t st;

    *count = (struct feed_count){ 0 };
    if ((st = tree_check(dtb, bytes, why)) != ST_OK || (st = walk(&f, dtb, why, find_gic)) != ST_OK)
        return st;
    return walk(&f, dtb, why, feed_node);
}

status_t feed_owner(struct store *s, uint64_t base, core_id owner, uint32_t intid)
{
    const struct fact *f;
    uint32_t at = 0;

    while ((f = store_next(s, FACT_DEVICE, at, &at)) != NULL) {
        struct fact d = *f, irq = { .kind = FACT_INTERRUPT, .a = (uint16_t)intid };
        status_t st;

        if (d.v[0] != base)
            continue;
        d.v[3] = owner;
        if ((st = store_put(s, &d)) != ST_OK || intid == 0)
            return st;
        irq.v[0] = d.a;
        irq.v[1] = owner;
        return store_put(s, &irq);
    }
    return ST_NOT_FOUND;
}

status_t feed_clusters(struct store *s)
{
    const struct fact *core;
    uint32_t at = 0;

    while ((core = store_next(s, FACT_CORE, at, &at)) != NULL) {
        struct fact c = { .kind = FACT_CLUSTER, .a = (uint16_t)core->v[1] };
        const struct fact *known = store_get(s, FACT_CLUSTER, c.a, 0);
        status_t st;

        if (known != NULL)
            c = *known;
        if (core->a < CORES_MAX)
            c.v[1] |= 1ull << core->a;
        c.v[0] = (uint64_t)__builtin_popcountll(c.v[1]);
        if ((st = store_put(s, &c)) != ST_OK)
            return st;
    }
    return ST_OK;
}
