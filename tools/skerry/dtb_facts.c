/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/dtb_facts.h"
#include "lib/base/check.h"
#include "lib/fdt/tree.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM = 4096 }; /* for what the firmware adds */

const char *dtb_start_words(enum start_method start)
{
    static const char *const words[] = {[START_NONE] = "cannot be started",
                                        [START_PSCI_HVC] = "PSCI by HVC",
                                        [START_PSCI_SMC] = "PSCI by SMC",
                                        [START_SPIN_TABLE] = "spin table"};

    return words[start];
}

static struct dtb_finding *find(struct dtb_facts *f, enum dtb_weight weight, const char *about)
{
    struct dtb_finding *one = &f->finding[f->nfindings++];

    CHECK(f->nfindings <= DTB_FINDINGS);
    *one = (struct dtb_finding){.weight = weight, .about = about};
    f->nreasons += weight == DTB_REASON;
    return one;
}

/* --- the tree as the firmware hands it over -------------------------------------------------- */

static void put_cells(uint8_t *to, size_t *n, uint64_t value, int cells)
{
    for (int i = cells * 4; i-- > 0;)
        to[(*n)++] = (uint8_t)(i < 8 ? value >> (8 * i) : 0);
}

/* All memory nodes go, one with what was asked for comes: as firmware does it. */
static bool write_memory(void *fdt, const struct dtb_ask *ask)
{
    int address = fdt_address_cells(fdt, 0), size = fdt_size_cells(fdt, 0), node;
    uint8_t reg[ARRAY_LEN(ask->ram) * 32];
    size_t n = 0;

    if (address < 1 || address > 2 || size < 1 || size > 2)
        return false;
    for (unsigned i = 0; i < ask->nram; i++) {
        if (size == 1 && ask->ram[i].bytes > UINT32_MAX)
            return false;
        put_cells(reg, &n, ask->ram[i].base, address);
        put_cells(reg, &n, ask->ram[i].bytes, size);
    }
    while ((node = fdt_node_offset_by_prop_value(fdt, -1, "device_type", "memory", 7)) >= 0)
        if (fdt_del_node(fdt, node) != 0)
            return false;
    node = fdt_add_subnode(fdt, 0, "memory");
    return node >= 0 && fdt_setprop_string(fdt, node, "device_type", "memory") == 0 &&
           fdt_setprop(fdt, node, "reg", reg, (int)n) == 0;
}

static void *as_handed_over(const void *tree, size_t bytes, const struct dtb_ask *ask,
                            struct complaint *bad)
{
    size_t room = bytes + ROOM;
    void *fdt = must(malloc(room));
    struct text why;
    char words[400];

    text_init(&why, words, sizeof words);
    memcpy(fdt, tree, bytes);
    if (tree_check(fdt, bytes, &why) != ST_OK) {
        refuse(bad, ERR_TREE, "%s", words);
        free(fdt);
        return NULL;
    }
    if (ask->nram && (fdt_open_into(fdt, fdt, (int)room) != 0 || !write_memory(fdt, ask))) {
        refuse(bad, ERR_VALUE, "the memory of --ram cannot be written into this tree");
        SAY(bad->why, "#address-cells and #size-cells of its root have no room for it");
        free(fdt);
        return NULL;
    }
    return fdt;
}

/* --- what is not boot's business ----------------------------------------------------------------- */

static void name(char *to, size_t room, const char *from)
{
    say(to, room, "%s", from ? from : "");
    for (char *c = to; *c; c++)
        if ((unsigned char)*c < 0x20 || (unsigned char)*c > 0x7e)
            *c = '?';
}

static bool is_core(const struct tree *t)
{
    const char *type = tree_string(t, "device_type");

    return t->depth == 2 && !strcmp(t->level[1].name, "cpus") && type && !strcmp(type, "cpu");
}

static uint64_t first_core(const void *fdt)
{
    uint64_t affinity = 0;
    struct tree t;

    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK)
        if (is_core(&t) && tree_at(&t)->enabled && tree_address(&t, &affinity, NULL) == ST_OK)
            return affinity;
    return 0;
}

static void note_core(const struct tree *t, struct dtb_facts *f)
{
    uint64_t affinity;

    if (tree_address(t, &affinity, NULL) != ST_OK)
        return;
    for (uint32_t i = 0; i < f->machine.ncores; i++) {
        struct dtb_core *c = &f->core[i];
        char path[128];

        if (f->machine.cores[i].mpidr != affinity)
            continue;
        name(c->compatible, sizeof c->compatible, tree_string(t, "compatible"));
        name(c->method, sizeof c->method, tree_string(t, "enable-method"));
        if (fdt_get_path(t->fdt, tree_at(t)->node, path, sizeof path) == 0)
            name(c->node, sizeof c->node, path);
    }
}

/* Interrupts of the timer in the order of the binding; PPIs only. */
static void note_timer(const struct tree *t, struct dtb_facts *f)
{
    uint32_t hz;

    if (f->timer_hz == 0 && tree_u32(t, "clock-frequency", &hz, NULL) == ST_OK)
        f->timer_hz = hz;
    for (unsigned i = 0; i < DTB_TIMERS; i++) {
        struct tree_interrupt irq;

        if (f->timer[i] == 0 && f->machine.gic.interrupt_cells >= 3 &&
            tree_interrupt(t, i, f->machine.gic.phandle, f->machine.gic.interrupt_cells, &irq,
                           NULL) == ST_OK &&
            irq.cell[0] == 1 && irq.cell[1] < 16)
            f->timer[i] = 16 + irq.cell[1];
    }
}

static void note_clock(const struct tree *t, struct dtb_facts *f)
{
    uint32_t hz;

    if (f->nclocks == DTB_CLOCKS || tree_u32(t, "clock-frequency", &hz, NULL) != ST_OK)
        return;
    name(f->clock[f->nclocks].name, DTB_NAME, tree_at(t)->name);
    f->clock[f->nclocks++].hz = hz;
}

static void look_around(const void *fdt, struct dtb_facts *f)
{
    struct tree t;

    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK) {
        uint32_t phandle = 0;

        if (t.depth == 0)
            name(f->model, sizeof f->model, tree_string(&t, "model"));
        if (!tree_at(&t)->enabled)
            continue;
        if (is_core(&t))
            note_core(&t, f);
        else if (tree_compatible(&t, "arm,armv8-timer"))
            note_timer(&t, f);
        else if (tree_compatible(&t, "fixed-clock"))
            note_clock(&t, f);
        else if (tree_compatible(&t, "arm,psci-1.0") || tree_compatible(&t, "arm,psci-0.2"))
            name(f->psci, sizeof f->psci, tree_string(&t, "compatible"));
        else if (f->machine.gic.version && tree_u32(&t, "phandle", &phandle, NULL) == ST_OK &&
                 phandle == f->machine.gic.phandle)
            name(f->gic_name, sizeof f->gic_name, tree_string(&t, "compatible"));
    }
}

/* --- what boot does with it ---------------------------------------------------------------------- */

static void take_steps(const void *fdt, uint64_t mpidr, const struct dtb_ask *ask,
                       struct dtb_facts *f)
{
    struct dtb_finding *one;
    struct text why;
    char words[400];

    dtb_open(fdt, &f->machine);
    for (unsigned i = 0; i < DTB_STEPS; i++) {
        text_init(&why, words, sizeof words);
        if (dtb_steps[i].read(fdt, mpidr, &f->machine, &why) == ST_OK)
            continue;
        one = find(f, DTB_REASON, dtb_steps[i].what);
        SAY(one->words, "%s", words);
        if (f->machine.nram == 0 && strcmp(one->about, "memory") == 0 && !ask->nram)
            SAY(one->hint, "firmware writes the memory into the tree: say how much with --ram 4G");
    }
}

static void cut(struct dtb_facts *f)
{
    struct dtb_finding *one;
    struct text why;
    char words[400];

    text_init(&why, words, sizeof words);
    if (cut_ram(&f->machine, NULL, 0, &f->cut, &why) == ST_OK) {
        f->cut_done = true;
        return;
    }
    one = find(f, DTB_REASON, "shares of memory");
    SAY(one->words, "%s", words);
}

static void weigh(const struct dtb_ask *ask, struct dtb_facts *f)
{
    struct dtb_finding *one;

    if (f->machine.timer_virt && f->machine.timer_hyp == 0) {
        one = find(f, ask->el == 2 ? DTB_REASON : DTB_WARNING, "timer");
        SAY(one->words, "no interrupt of the hypervisor's timer, which is the one to use at EL2");
    }
    if (!f->machine.console_kind) {
        one = find(f, DTB_WARNING, "console");
        SAY(one->words, "no PL011 that boot can use: it would run, but say nothing");
    }
    for (uint32_t i = 0; i < f->machine.ndevices; i++)
        if (strstr(f->machine.device[i].compatible, "sdhci")) {
            one = find(f, DTB_NOTE, "SD host");
            SAY(one->words, "%.35s: unsupported, there is no driver: no witness log is stored", f->machine.device[i].compatible);
            break;
        }
    if (f->machine.bundle.bytes == 0) {
        one = find(f, DTB_NOTE, "bundle");
        SAY(one->words, "not named in this file; whoever loads the kernel writes it into /chosen");
    }
}

bool dtb_facts_read(const void *tree, size_t bytes, const struct dtb_ask *ask, struct dtb_facts *f,
                    struct complaint *bad)
{
    void *fdt = as_handed_over(tree, bytes, ask, bad);
    uint64_t mpidr;

    *f = (struct dtb_facts){0};
    if (!fdt)
        return false;
    f->bytes = fdt_totalsize(tree);
    f->used_bytes = tree_used_bytes(fdt);
    mpidr = ask->core_given ? ask->core : first_core(fdt);
    take_steps(fdt, mpidr, ask, f);
    if (f->nreasons == 0)
        cut(f);
    weigh(ask, f);
    look_around(fdt, f);
    free(fdt);
    return true;
}
