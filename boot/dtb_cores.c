/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb_cores - which cores there are, how they are started, which belong together.
 */
#include <libfdt.h>
#include <string.h>
#include "boot/dtb_priv.h"

enum { GICV2_CORES = 8 };

enum start_method dtb_psci(const void *fdt)
{
    struct tree t;

    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK) {
        const char *method = tree_string(&t, "method");

        if (!tree_at(&t)->enabled || !method ||
            !(tree_compatible(&t, "arm,psci-1.0") || tree_compatible(&t, "arm,psci-0.2")))
            continue;
        if (!strcmp(method, "hvc"))
            return START_PSCI_HVC;
        if (!strcmp(method, "smc"))
            return START_PSCI_SMC;
    }
    return START_NONE;
}

/* --- the list of cores ------------------------------------------------------------------------ */

/* How one core is started, into release (spin-table) or as a remark in *spins. */
static status_t read_start(const struct tree *t, const struct machine *m, struct boot_core *c,
                           struct text *why)
{
    const char *method = tree_string(t, "enable-method");
    status_t st;

    if (!method)
        return tree_refuse(t, why, STR("no enable-method, so this core cannot be started"));
    if (!strcmp(method, "psci")) {
        if (m->start == START_NONE)
            return tree_refuse(t, why,
                               STR("it is started by PSCI, but no node arm,psci-0.2 or later "
                                   "has the method \"hvc\" or \"smc\""));
        return ST_OK;
    }
    if (strcmp(method, "spin-table") != 0)
        return tree_refuse(t, why, STR("enable-method \""), STR(method),
                           STR("\" is not known; psci and spin-table are"));
    if ((st = tree_u64(t, "cpu-release-addr", &c->release, why)) == ST_FORMAT)
        return st;
    if (st == ST_NOT_FOUND || c->release == 0 || c->release % 8 != 0 ||
        !range_usable(c->release, 8))
        return tree_refuse(t, why, STR("spin-table without a usable cpu-release-addr"));
    for (uint32_t i = 0; i < m->ncores; i++)
        if (m->cores[i].release == c->release)
            return tree_refuse(t, why, STR("two cores have the release address "), HEX(c->release),
                               STR("; they could only be started together"));
    return ST_OK;
}

static status_t read_core(const struct tree *t, uint64_t self, struct machine *m, bool *found_self,
                          struct text *why)
{
    struct boot_core c = {0};
    uint32_t phandle = 0, at = m->ncores;
    status_t st;

    if ((st = tree_address(t, &c.mpidr, why)) != ST_OK)
        return st;
    if (c.mpidr & ~MPIDR_AFFINITY)
        return tree_refuse(t, why, STR("reg "), HEX(c.mpidr), STR(" is not an affinity"));
    for (uint32_t i = 0; i < m->ncores; i++)
        if (m->cores[i].mpidr == c.mpidr)
            return tree_refuse(t, why, STR("a second core with affinity "), HEX(c.mpidr));
    if ((st = tree_u32(t, "phandle", &phandle, why)) == ST_FORMAT)
        return st;

    c.present = c.mpidr == self || tree_at(t)->enabled;
    if (c.present && c.mpidr != self && (st = read_start(t, m, &c, why)) != ST_OK)
        return st;

    /* The core we run on comes first; it must have a place even if it is listed late. */
    if (c.mpidr == self) {
        *found_self = true;
        for (; at > 0; at--) {
            m->cores[at] = m->cores[at - 1];
            m->phandle[at] = m->phandle[at - 1];
        }
    }
    m->cores[at] = c;
    m->phandle[at] = phandle;
    m->ncores++;
    return ST_OK;
}

static bool is_core(const struct tree *t)
{
    const char *type = tree_string(t, "device_type");

    return t->depth == 2 && !strcmp(t->level[1].name, "cpus") && type && !strcmp(type, "cpu");
}

static status_t check_start_method(struct machine *m, struct text *why)
{
    uint32_t spinning = 0, others = 0;

    for (uint32_t i = 1; i < m->ncores; i++)
        if (m->cores[i].present) {
            others++;
            spinning += m->cores[i].release != 0;
        }
    if (spinning != 0 && spinning != others)
        return refuse(why, ST_UNSUPPORTED,
                      STR("device tree, node /cpus: some cores are started by PSCI and some by "
                          "spin-table; all must be alike"));
    if (spinning != 0)
        m->start = START_SPIN_TABLE;
    return ST_OK;
}

/* Whether the machine, as cut to the cores asked for, is one this kernel can drive. */
static status_t check_count(struct machine *m, uint32_t in_tree, struct text *why)
{
    if (m->cores_wanted > 0 && m->cores_wanted < m->ncores)
        m->ncores = m->cores_wanted;
    if (m->ncores < in_tree && m->ncores != m->cores_wanted)
        return refuse(why, ST_UNSUPPORTED, STR("the device tree has "), DEC(in_tree),
                      STR(" cores; this kernel drives at most "), DEC(CORES_MAX),
                      STR(": choose some with the boot argument skerry.cores="), DEC(CORES_MAX));
    if (m->gic.version == 2 && m->ncores > GICV2_CORES)
        return refuse(why, ST_UNSUPPORTED, STR("the device tree has "), DEC(m->ncores),
                      STR(" cores and a GICv2, which serves 8: boot with a GICv3 or with "
                          "skerry.cores=8"));
    return ST_OK;
}

status_t dtb_read_cores(const void *fdt, uint64_t mpidr, struct machine *m, struct text *why)
{
    uint32_t in_tree = 0;
    bool found_self = false;
    struct tree t;
    status_t st;

    tree_start(&t, fdt);
    while ((st = tree_next(&t, why)) == ST_OK) {
        uint64_t affinity;

        if (!is_core(&t))
            continue;
        in_tree++;
        /* With the list full, only our own core may still take a place. */
        if (m->ncores == CORES_MAX) {
            if (found_self || tree_address(&t, &affinity, NULL) != ST_OK || affinity != mpidr)
                continue;
            m->ncores--;
        }
        if ((st = read_core(&t, mpidr, m, &found_self, why)) != ST_OK)
            return st;
    }
    if (st != ST_NOT_FOUND)
        return st;
    if (!found_self)
        return refuse(why, ST_FORMAT, STR("device tree, node /cpus: no core has affinity "),
                      HEX(mpidr), STR(", that of the core we run on"));
    if ((st = check_count(m, in_tree, why)) != ST_OK)
        return st;
    return check_start_method(m, why);
}

/* --- clusters --------------------------------------------------------------------------------- */

/* The lowest affinity level in which two cores differ; 0 if none do. */
static unsigned lowest_varying_level(const struct machine *m)
{
    static const unsigned shift[] = {0, 8, 16, 32};

    for (unsigned level = 0; level < ARRAY_LEN(shift); level++)
        for (uint32_t i = 1; i < m->ncores; i++)
            if (((m->cores[i].mpidr ^ m->cores[0].mpidr) >> shift[level]) & 0xff)
                return level;
    return 0;
}

/* Numbers 0, 1, 2 ... for keys, equal for equal keys, in order of first appearance. */
static void number_clusters(struct machine *m, const uint64_t *key)
{
    uint32_t next = 0;

    for (uint32_t i = 0; i < m->ncores; i++) {
        uint32_t j = 0;

        while (key[j] != key[i])
            j++;
        m->cores[i].cluster = j < i ? m->cores[j].cluster : next++;
    }
}

static void clusters_by_affinity(struct machine *m)
{
    static const unsigned above[] = {8, 16, 32, 40};
    unsigned shift = above[lowest_varying_level(m)];
    uint64_t key[CORES_MAX];

    for (uint32_t i = 0; i < m->ncores; i++)
        key[i] = m->cores[i].mpidr >> shift;
    number_clusters(m, key);
}

/* The innermost cluster (or socket) above a core node of the cpu-map: its place in the tree. */
static int cluster_node(const struct tree *t)
{
    int node = t->level[2].node; /* /cpus/cpu-map: no cluster named */

    for (int i = 3; i < t->depth; i++)
        if (!strncmp(t->level[i].name, "cluster", 7) || !strncmp(t->level[i].name, "socket", 6))
            node = t->level[i].node;
    return node;
}

void dtb_read_clusters(const void *fdt, struct machine *m)
{
    uint64_t key[CORES_MAX];
    uint32_t named = 0;
    bool seen[CORES_MAX] = {false};
    struct tree t;

    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK) {
        uint32_t phandle;

        if (t.depth < 3 || strcmp(t.level[1].name, "cpus") != 0 ||
            strcmp(t.level[2].name, "cpu-map") != 0 || tree_u32(&t, "cpu", &phandle, NULL) != ST_OK)
            continue;
        for (uint32_t i = 0; i < m->ncores; i++)
            if (m->phandle[i] == phandle && phandle != 0 && !seen[i]) {
                key[i] = (uint64_t)cluster_node(&t);
                seen[i] = true;
                named++;
            }
    }
    if (named == m->ncores)
        number_clusters(m, key);
    else
        clusters_by_affinity(m); /* no map, or one that leaves cores out */
}
