/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/dtb_print.h"

#include <inttypes.h>
#include <string.h>

static const char *const weights[] = {"no", "warning", "note"};
static const char *const timers[DTB_TIMERS] = {"secure", "physical", "virtual", "EL2",
                                               "EL2 virtual"};

/* --- for a terminal -------------------------------------------------------------------------------- */

static void print_range(const char *head, const struct range *r)
{
    struct buf t = {0};

    buf_size(&t, (int64_t)r->bytes);
    printf("%-12s 0x%010" PRIx64 " + %s\n", head, r->base, t.s);
    buf_free(&t);
}

static void print_ranges(const char *head, const struct range *r, uint32_t n)
{
    if (n == 0)
        printf("%-12s none named\n", head);
    for (uint32_t i = 0; i < n; i++)
        print_range(i ? "" : head, &r[i]);
}

static void print_cores(const struct dtb_facts *f)
{
    const struct machine *m = &f->machine;

    printf("%-12s %u, started by %s%s%s%s\n", "cores", m->ncores, dtb_start_words(m->start),
           *f->psci ? " (" : "", f->psci, *f->psci ? ")" : "");
    if (m->ncores)
        printf("  %4s %10s %8s  %-11s %-22s %s\n", "core", "affinity", "cluster", "enabled by",
               "compatible", "node");
    for (uint32_t i = 0; i < m->ncores; i++) {
        const struct boot_core *c = &m->cores[i];
        char affinity[24], release[32] = "";

        SAY(affinity, "0x%" PRIx64, c->mpidr);
        if (c->release)
            SAY(release, " 0x%" PRIx64, c->release);
        printf("  %4u %10s %8u  %-11s %-22s %s%s%s\n", i, affinity, c->cluster, f->core[i].method,
               f->core[i].compatible, f->core[i].node, c->present ? "" : " (disabled)", release);
    }
}

static void print_gic(const struct dtb_facts *f)
{
    const struct machine_gic *g = &f->machine.gic;

    if (g->version == 0) {
        printf("%-12s none that boot drives\n", "interrupts");
        return;
    }
    printf("%-12s GICv%u (%s)\n", "interrupts", g->version, f->gic_name);
    print_range("  distributor", &g->dist);
    if (g->version == 2)
        print_range("  CPU if.", &g->cpu);
    for (uint32_t i = 0; i < g->nredist; i++)
        print_range(i ? "" : "  redist.", &g->redist[i]);
}

static void print_timer(const struct dtb_facts *f)
{
    printf("%-12s", "timer");
    for (unsigned i = 0; i < DTB_TIMERS; i++)
        if (f->timer[i])
            printf(" %s %u%s", timers[i], f->timer[i],
                   i + 1 < DTB_TIMERS && f->timer[i + 1] ? "," : "");
    if (f->timer_hz)
        printf("; %.3f MHz\n", f->timer_hz / 1e6);
    else
        printf("; frequency: not in the tree, CNTFRQ_EL0 has it\n");
    for (unsigned i = 0; i < f->nclocks; i++)
        printf("%-12s %s %.3f MHz\n", i ? "" : "fixed clocks", f->clock[i].name,
               f->clock[i].hz / 1e6);
}

static void print_devices(const struct machine *m)
{
    if (m->console_kind)
        printf("%-12s PL011 at 0x%" PRIx64 ", interrupt %u\n", "console", m->console.base,
               m->console_intid);
    else
        printf("%-12s none\n", "console");
    if (m->reset.bytes)
        printf("%-12s 0x%" PRIx64 " (Broadcom's: halts, has a watchdog)\n", "reset", m->reset.base);
    if (m->rp1_root.bytes)
        printf("%-12s behind the root complex at 0x%" PRIx64 " (skerry.uart=header)\n", "RP1", m->rp1_root.base);
    printf("%-12s %u for drivers, %u virtio slots\n", "devices", m->ndevices, m->nvirtio);
    for (uint32_t i = 0; i < m->ndevices; i++)
        printf("  0x%010" PRIx64 " + 0x%-6" PRIx64 " interrupt %-4u %s\n", m->device[i].regs.base,
               m->device[i].regs.bytes, m->device[i].intid, m->device[i].compatible);
}

static void print_findings(const struct dtb_facts *f, const struct term *term, enum dtb_weight most)
{
    static const char *const colour[] = {"\x1b[1;31m", "\x1b[33m", ""};

    for (unsigned i = 0; i < f->nfindings; i++) {
        const struct dtb_finding *one = &f->finding[i];

        if (one->weight > most)
            continue;
        printf("%s%-8s%s %s: %s\n", term->out_colour ? colour[one->weight] : "",
               weights[one->weight], term->out_colour ? "\x1b[0m" : "", one->about, one->words);
        if (*one->hint)
            printf("         try: %s\n", one->hint);
    }
}

void dtb_print(const struct dtb_facts *f, const struct term *term)
{
    const struct machine *m = &f->machine;

    printf("%-12s %s (%s)%s\n", "board", *f->model ? f->model : "no name", m->board,
           m->emulated ? ", emulated" : "");
    printf("%-12s %" PRIu64 " bytes\n", "tree", f->used_bytes);
    print_cores(f);
    print_ranges("memory", m->ram, m->nram);
    print_ranges("reserved", m->reserved, m->nreserved);
    print_gic(f);
    print_timer(f);
    print_devices(m);
    if (*m->bootargs)
        printf("%-12s %s\n", "arguments", m->bootargs);
    if (m->bundle.bytes)
        print_range("bundle", &m->bundle);
    print_findings(f, term, DTB_NOTE);
}

void dtb_print_verdict(const struct dtb_facts *f, const struct term *term, bool quiet)
{
    struct buf t = {0};
    uint64_t least = UINT64_MAX;
    uint32_t present = 0;

    print_findings(f, term, quiet ? DTB_REASON : DTB_NOTE);
    if (f->nreasons) {
        printf("Skerry cannot boot from this tree: %u reason%s.\n", f->nreasons,
               f->nreasons == 1 ? "" : "s");
        return;
    }
    for (uint32_t i = 0; i < f->machine.ncores; i++)
        if (f->machine.cores[i].present) {
            present++;
            if (f->cut.share[i][0].bytes < least)
                least = f->cut.share[i][0].bytes;
        }
    buf_size(&t, (int64_t)least);
    printf("Skerry can boot from this tree: %u core%s (%s), %s or more in one piece for each.\n",
           present, present == 1 ? "" : "s",
           present == 1 ? "the one that boots" : dtb_start_words(f->machine.start), t.s);
    buf_free(&t);
}

/* --- as JSON --------------------------------------------------------------------------------------- */

static json_t *hex(uint64_t n)
{
    char text[24];

    SAY(text, "0x%" PRIx64, n);
    return must(json_string(text));
}

static json_t *json_range(const struct range *r)
{
    return must(json_pack("{s:o, s:I}", "base", hex(r->base), "bytes", (json_int_t)r->bytes));
}

static json_t *json_ranges(const struct range *r, uint32_t n)
{
    json_t *list = must(json_array());

    for (uint32_t i = 0; i < n; i++)
        json_array_append_new(list, json_range(&r[i]));
    return list;
}

static json_t *json_cores(const struct dtb_facts *f)
{
    json_t *list = must(json_array());

    for (uint32_t i = 0; i < f->machine.ncores; i++) {
        const struct boot_core *c = &f->machine.cores[i];
        json_t *o = must(json_pack("{s:i, s:o, s:i, s:b, s:s, s:s, s:s}", "core", (int)i,
                                   "affinity", hex(c->mpidr), "cluster", (int)c->cluster, "present",
                                   c->present != 0, "enable_method", f->core[i].method,
                                   "compatible", f->core[i].compatible, "node", f->core[i].node));

        if (c->release)
            json_object_set_new(o, "release", hex(c->release));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *json_gic(const struct dtb_facts *f)
{
    const struct machine_gic *g = &f->machine.gic;
    json_t *o;

    if (g->version == 0)
        return must(json_null());
    o = must(json_pack("{s:i, s:s, s:o}", "version", (int)g->version, "compatible", f->gic_name,
                       "distributor", json_range(&g->dist)));
    if (g->version == 2)
        json_object_set_new(o, "cpu_interface", json_range(&g->cpu));
    else
        json_object_set_new(o, "redistributors", json_ranges(g->redist, g->nredist));
    return o;
}

static json_t *json_timer(const struct dtb_facts *f)
{
    static const char *const keys[DTB_TIMERS] = {"secure", "physical", "virtual", "hypervisor",
                                                 "hypervisor_virtual"};
    json_t *o = must(json_object());

    for (unsigned i = 0; i < DTB_TIMERS; i++)
        if (f->timer[i])
            json_object_set_new(o, keys[i], json_integer(f->timer[i]));
    if (f->timer_hz)
        json_object_set_new(o, "hz", json_integer(f->timer_hz));
    return o;
}

static json_t *json_devices(const struct machine *m)
{
    json_t *list = must(json_array());

    for (uint32_t i = 0; i < m->ndevices; i++)
        json_array_append_new(
            list,
            must(json_pack("{s:s, s:o, s:i}", "compatible", m->device[i].compatible, "registers",
                           json_range(&m->device[i].regs), "interrupt", (int)m->device[i].intid)));
    return list;
}

static json_t *json_findings(const struct dtb_facts *f)
{
    json_t *list = must(json_array());

    for (unsigned i = 0; i < f->nfindings; i++)
        json_array_append_new(
            list,
            must(json_pack("{s:s, s:s, s:o}", "weight", weights[f->finding[i].weight], "about",
                           f->finding[i].about, "words", json_words(f->finding[i].words))));
    return list;
}

json_t *dtb_json(const struct dtb_facts *f, const char *path)
{
    const struct machine *m = &f->machine;
    json_t *o =
        must(json_pack("{s:s, s:o, s:s, s:s, s:b, s:s, s:b}", "schema", "skerry.dtb/1", "file",
                       json_words(path), "model", f->model, "board", m->board, "emulated",
                       m->emulated, "start", dtb_start_words(m->start), "boots", f->nreasons == 0));

    json_object_set_new(o, "cores", json_cores(f));
    json_object_set_new(o, "memory", json_ranges(m->ram, m->nram));
    json_object_set_new(o, "reserved", json_ranges(m->reserved, m->nreserved));
    json_object_set_new(o, "gic", json_gic(f));
    json_object_set_new(o, "timer", json_timer(f));
    json_object_set_new(o, "console",
                        m->console_kind ? must(json_pack("{s:s, s:o, s:i}", "kind", "pl011",
                                                         "registers", json_range(&m->console),
                                                         "interrupt", (int)m->console_intid))
                                        : json_null());
    json_object_set_new(o, "reset", m->reset.bytes ? json_range(&m->reset) : json_null());
    json_object_set_new(o, "rp1_root", m->rp1_root.bytes ? json_range(&m->rp1_root) : json_null());
    json_object_set_new(o, "devices", json_devices(m));
    json_object_set_new(o, "findings", json_findings(f));
    return o;
}
