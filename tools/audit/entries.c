/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/audit/entries - a QEMU plugin: how long does a CPU driver stay in the kernel, at most?
 *
 *   qemu-system-aarch64 -icount shift=0,... -plugin build/entries.so,out=FILE[,from=0xffffff8000000000]
 *
 * A stay begins with the first instruction in the kernel half (at or above `from`) after one of a
 * program, and ends with the next instruction of a program on that virtual CPU. WFI ends one
 * and begins the next, because in between the core sleeps; so does a look at the interrupt
 * controller (a read of ICC_IAR1: GICv3 only), because what waits is how long an interrupt would
 * have to - but for the first look of a stay that an interrupt began. Counted are instructions. For
 * each place where stays begin FILE has the number, the sum and the longest, and of the longest the
 * places the path went through, so that a reader can name it:
 *
 *   {"stays":[{"cpu":0,"begins":va,"n":n,"instructions":n,"longest":n,"path":[va,...]},...]}
 *
 * Behind them "places":[[va,n],...]: how often each instruction of the kernel was executed, on all CPUs together: where its
 * time goes.
 *
 * "path" holds the first instruction of every block of code executed, in order, repetitions of
 * the one before left out, at most PATH of them.
 *
 * Sharing: all that a callback writes belongs to its own CPU (struct cpu), as in stores.c.
 * With one host thread for all CPUs (icount) QEMU 7.2 names the CPU rightly, later ones do not.
 */
#include "tools/audit/plugin_args.h"
#include "tools/audit/qemu_plugin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PLUGIN_API
#define PLUGIN_API 1 /* QEMU 7.2; 2 for QEMU 8 and later */
#endif
#define EXPORT __attribute__((visibility("default")))

enum { CPUS = 64, KINDS = 32, PATH = 512 };
#define WFI        0xd503207fu
#define READ_IAR1  0xd538cc00u /* mrs xN, ICC_IAR1_EL1: N in the low five bits */
#define IRQ_VECTOR 0x480u      /* from a program, in a table that is 2 KiB aligned */

struct kind { /* stays that begin at one place */
    uint64_t begins, n, instructions, longest;
    uint64_t path[PATH];
    unsigned npath;
};

struct cpu { /* written by its own thread only */
    bool inside, looked;
    uint64_t begins, count;
    uint64_t path[PATH];
    unsigned npath;
    struct kind kind[KINDS];
    unsigned nkinds;
};

EXPORT int qemu_plugin_version = PLUGIN_API;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
                               char **argv);

static struct plugin_args args;
static struct cpu *cpus[CPUS];

/* Instructions executed, by place. With one host thread for all CPUs, as icount has, nothing else writes them. */
struct place {
    uint64_t va, n;
    struct place *next;
};
enum { BUCKETS = 4096 };
static struct place *places[BUCKETS];

static struct place *place_of(uint64_t va)
{
    struct place **at = &places[va / 4 % BUCKETS];

    while (*at && (*at)->va != va)
        at = &(*at)->next;
    if (!*at && (*at = calloc(1, sizeof **at)))
        (*at)->va = va;
    if (!*at) {
        fprintf(stderr, "entries: out of memory\n");
        exit(1);
    }
    return *at;
}

static struct cpu *cpu_of(unsigned vcpu)
{
    if (vcpu >= CPUS)
        return NULL;
    if (!cpus[vcpu] && !(cpus[vcpu] = calloc(1, sizeof *cpus[vcpu]))) {
        fprintf(stderr, "entries: out of memory\n");
        exit(1);
    }
    return cpus[vcpu];
}

/* The last place takes what there is no room for: it shows as more than one kind of path. */
static struct kind *kind_of(struct cpu *c, uint64_t begins)
{
    for (unsigned i = 0; i < c->nkinds; i++)
        if (c->kind[i].begins == begins)
            return &c->kind[i];
    if (c->nkinds == KINDS)
        return &c->kind[KINDS - 1];
    c->kind[c->nkinds].begins = begins;
    return &c->kind[c->nkinds++];
}

static void stay_ends(struct cpu *c)
{
    struct kind *k;

    if (!c->inside)
        return;
    c->inside = false;
    k = kind_of(c, c->begins);
    k->n++;
    k->instructions += c->count;
    if (c->count <= k->longest)
        return;
    k->longest = c->count;
    k->npath = c->npath;
    memcpy(k->path, c->path, c->npath * sizeof c->path[0]);
}

static void kernel_block(unsigned vcpu, void *user)
{
    struct cpu *c = cpu_of(vcpu);
    uint64_t pc = (uint64_t)(uintptr_t)user;

    if (!c)
        return;
    if (!c->inside) {
        c->inside = true;
        c->looked = (pc & 0x7ff) != IRQ_VECTOR;
        c->begins = pc;
        c->count = 0;
        c->npath = 0;
    }
    if (c->npath < PATH && (c->npath == 0 || c->path[c->npath - 1] != pc))
        c->path[c->npath++] = pc;
}

static void kernel_instruction(unsigned vcpu, void *user)
{
    struct cpu *c = cpu_of(vcpu);
    struct place *p = user;

    p->n++;
    if (c)
        c->count++;
}

static void leaves(unsigned vcpu, void *user)
{
    struct cpu *c = cpu_of(vcpu);

    (void)user;
    if (c)
        stay_ends(c);
}

static void looks(unsigned vcpu, void *user)
{
    struct cpu *c = cpu_of(vcpu);

    if (c && c->looked)
        leaves(vcpu, user);
    if (c)
        c->looked = true;
}

static uint32_t word_of(const struct qemu_plugin_insn *insn)
{
    uint32_t word;

    memcpy(&word, qemu_plugin_insn_data(insn), sizeof word);
    return word;
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);
    uint64_t first = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, 0));

    (void)id;
    if (first < args.from) {
        qemu_plugin_register_vcpu_tb_exec_cb(tb, leaves, QEMU_PLUGIN_CB_NO_REGS, NULL);
        return;
    }
    qemu_plugin_register_vcpu_tb_exec_cb(tb, kernel_block, QEMU_PLUGIN_CB_NO_REGS,
                                         (void *)(uintptr_t)first);
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

        qemu_plugin_register_vcpu_insn_exec_cb(insn, kernel_instruction, QEMU_PLUGIN_CB_NO_REGS,
                                               place_of(qemu_plugin_insn_vaddr(insn)));
        /* Both end their block: what follows begins a new one. */
        if (word_of(insn) == WFI)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, leaves, QEMU_PLUGIN_CB_NO_REGS, NULL);
        if ((word_of(insn) & ~31u) == READ_IAR1)
            qemu_plugin_register_vcpu_insn_exec_cb(insn, looks, QEMU_PLUGIN_CB_NO_REGS, NULL);
    }
}

static void print_kind(FILE *f, unsigned cpu, const struct kind *k, bool *first)
{
    fprintf(f,
            "%s\n {\"cpu\":%u,\"begins\":%" PRIu64 ",\"n\":%" PRIu64 ",\"instructions\":%" PRIu64
            ",\"longest\":%" PRIu64 ",\"path\":[",
            *first ? "" : ",", cpu, k->begins, k->n, k->instructions, k->longest);
    for (unsigned i = 0; i < k->npath; i++)
        fprintf(f, "%s%" PRIu64, i ? "," : "", k->path[i]);
    fprintf(f, "]}");
    *first = false;
}

static void print_all(qemu_plugin_id_t id, void *user)
{
    FILE *f = fopen(args.out, "w");
    bool first = true;

    (void)id;
    (void)user;
    if (!f) {
        fprintf(stderr, "entries: cannot write %s\n", args.out);
        return;
    }
    fprintf(f, "{\"stays\":[");
    for (unsigned i = 0; i < CPUS; i++)
        for (unsigned k = 0; cpus[i] && k < cpus[i]->nkinds; k++)
            print_kind(f, i, &cpus[i]->kind[k], &first);
    fprintf(f, "],\n\"places\":[");
    first = true;
    for (unsigned i = 0; i < BUCKETS; i++)
        for (const struct place *p = places[i]; p; p = p->next, first = false)
            fprintf(f, "%s\n [%" PRIu64 ",%" PRIu64 "]", first ? "" : ",", p->va, p->n);
    fprintf(f, "]}\n");
    fclose(f);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    if (!plugin_args_read(&args, "entries", argc, argv))
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, print_all, NULL);
    return 0;
}
