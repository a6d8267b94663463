/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/audit/stores - a QEMU plugin: which physical bytes did the kernels of two cores both store to?
 *
 *   qemu-system-aarch64 ... -plugin build/stores.so,out=FILE[,from=0xffffff8000000000]
 *
 * Looks at every instruction translated at a virtual address of the kernel half (at or above
 * `from`) and notes, at each of its stores, the physical bytes and the virtual CPU. When QEMU
 * exits, FILE holds one JSON object:
 *
 *   {"cpus":[{"cpu":0,"stores":n,"bytes":n,"io_stores":n,"unknown":n},...],
 *    "shared":[{"from":pa,"bytes":n,"io":true,"device":"name","cpus":[0,1],"pc":[va,va]},...]}
 *
 * "shared" has every range of bytes that two or more CPUs stored to. "unknown" counts stores
 * whose physical address QEMU could not tell; the audit accepts none. "pc" is one instruction
 * per CPU that stored to the page the range is in (the last), to start looking from.
 *
 * Sharing: with multi-threaded TCG each virtual CPU is a host thread and calls back on it. All
 * that a callback writes belongs to its own CPU (struct cpu); the exit callback runs when the
 * CPUs are stopped. So there is no lock and no atomic here either.
 *
 * Blind spots, closed elsewhere: DC ZVA and atomic instructions write through helpers that report
 * nothing. tools/audit/code_check.py finds that the CPU driver contains none of them.
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

enum { CPUS = 64, PAGE = 4096, WORDS = PAGE / 64, LOW = 13, ROOT = 1 << 14 };

struct page {                 /* what one CPU stored to in one physical page */
    uint64_t bit[WORDS];      /* one per byte                                */
    uint64_t pc;
    const char *device;       /* NULL: RAM                                   */
};

struct leaf {
    struct page *page[1 << LOW];
};

struct cpu {                  /* written by its own thread only */
    struct leaf *leaf[ROOT];  /* 27 bits of page number: 39 bits of address */
    uint64_t stores, io_stores, unknown;
};

EXPORT int qemu_plugin_version = PLUGIN_API;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc,
                               char **argv);

static struct plugin_args args;
static struct cpu *cpus[CPUS];

static void *must_calloc(size_t n)
{
    void *p = calloc(1, n);

    if (!p) {
        fprintf(stderr, "stores: out of memory\n");
        exit(1);
    }
    return p;
}

static struct page *page_of(struct cpu *c, uint64_t pa, bool make)
{
    uint64_t number = pa / PAGE;
    struct leaf **l = &c->leaf[number >> LOW];
    struct page **p;

    if (!*l && !make)
        return NULL;
    if (!*l)
        *l = must_calloc(sizeof **l);
    p = &(*l)->page[number & ((1 << LOW) - 1)];
    if (!*p && make)
        *p = must_calloc(sizeof **p);
    return *p;
}

/* Asked for stores only, QEMU 7.2 reports loads as well: ask for both and look. */
static void store(unsigned vcpu, qemu_plugin_meminfo_t info, uint64_t va, void *user)
{
    unsigned size = 1u << qemu_plugin_mem_size_shift(info);
    struct qemu_plugin_hwaddr *a;
    struct cpu *c;
    uint64_t pa;
    bool io;

    if (!qemu_plugin_mem_is_store(info) || vcpu >= CPUS)
        return;
    if (!cpus[vcpu])
        cpus[vcpu] = must_calloc(sizeof *cpus[vcpu]);
    c = cpus[vcpu];
    c->stores++;
    a = qemu_plugin_get_hwaddr(info, va);
    pa = a ? qemu_plugin_hwaddr_phys_addr(a) : UINT64_MAX;
    if (pa / PAGE >> LOW >= ROOT) {
        c->unknown++;
        return;
    }
    io = qemu_plugin_hwaddr_is_io(a);
    c->io_stores += io;

    for (unsigned i = 0; i < size; i++) {
        struct page *p = page_of(c, pa + i, true);
        uint64_t at = (pa + i) % PAGE;

        p->bit[at / 64] |= UINT64_C(1) << at % 64;
        p->pc = (uint64_t)(uintptr_t)user;
        if (io && !p->device)
            p->device = qemu_plugin_hwaddr_device_name(a);
    }
}

static void translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    size_t n = qemu_plugin_tb_n_insns(tb);

    (void)id;
    for (size_t i = 0; i < n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
        uint64_t pc = qemu_plugin_insn_vaddr(insn);

        if (pc >= args.from)
            qemu_plugin_register_vcpu_mem_cb(insn, store, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW,
                                             (void *)(uintptr_t)pc);
    }
}

static uint64_t bytes_of(const struct cpu *c)
{
    uint64_t n = 0;

    for (size_t r = 0; r < ROOT; r++)
        for (size_t l = 0; c->leaf[r] && l < 1 << LOW; l++)
            for (size_t w = 0; c->leaf[r]->page[l] && w < WORDS; w++)
                n += (uint64_t)__builtin_popcountll(c->leaf[r]->page[l]->bit[w]);
    return n;
}

/* The CPUs that stored to byte `at` of page `number`, one bit each. */
static uint64_t who(struct page *const page[CPUS], unsigned at)
{
    uint64_t set = 0;

    for (unsigned c = 0; c < CPUS; c++)
        if (page[c] && page[c]->bit[at / 64] >> at % 64 & 1)
            set |= UINT64_C(1) << c;
    return set;
}

static void print_range(FILE *f, struct page *const page[CPUS], uint64_t pa, unsigned bytes,
                        uint64_t set, bool *first)
{
    const char *device = NULL, *comma = "";

    for (unsigned c = 0; c < CPUS; c++)
        if (set >> c & 1 && page[c]->device)
            device = page[c]->device;
    fprintf(f, "%s\n {\"from\":%" PRIu64 ",\"bytes\":%u,\"io\":%s,\"device\":\"%s\",\"cpus\":[",
            *first ? "" : ",", pa, bytes, device ? "true" : "false", device ? device : "");
    *first = false;
    for (unsigned c = 0; c < CPUS; c++)
        if (set >> c & 1) {
            fprintf(f, "%s%u", comma, c);
            comma = ",";
        }
    fprintf(f, "],\"pc\":[");
    comma = "";
    for (unsigned c = 0; c < CPUS; c++)
        if (set >> c & 1) {
            fprintf(f, "%s%" PRIu64, comma, page[c]->pc);
            comma = ",";
        }
    fprintf(f, "]}");
}

static void print_shared(FILE *f, uint64_t number, bool *first)
{
    struct page *page[CPUS];
    unsigned have = 0;

    for (unsigned c = 0; c < CPUS; c++) {
        page[c] = cpus[c] ? page_of(cpus[c], number * PAGE, false) : NULL;
        have += page[c] != NULL;
    }
    if (have < 2)
        return;
    for (unsigned at = 0, end; at < PAGE; at = end) {
        uint64_t set = who(page, at);

        for (end = at + 1; end < PAGE && who(page, end) == set; end++)
            ;
        if (set & (set - 1))
            print_range(f, page, number * PAGE + at, end - at, set, first);
    }
}

static void print_all(qemu_plugin_id_t id, void *user)
{
    FILE *f = fopen(args.out, "w");
    const char *comma = "";
    bool first = true;

    (void)id;
    (void)user;
    if (!f) {
        fprintf(stderr, "stores: cannot write %s\n", args.out);
        return;
    }
    fprintf(f, "{\"cpus\":[");
    for (unsigned c = 0; c < CPUS; c++)
        if (cpus[c]) {
            fprintf(f,
                    "%s\n {\"cpu\":%u,\"stores\":%" PRIu64 ",\"bytes\":%" PRIu64
                    ",\"io_stores\":%" PRIu64 ",\"unknown\":%" PRIu64 "}",
                    comma, c, cpus[c]->stores, bytes_of(cpus[c]), cpus[c]->io_stores,
                    cpus[c]->unknown);
            comma = ",";
        }
    fprintf(f, "],\n\"shared\":[");
    for (uint64_t r = 0; r < ROOT; r++) {
        bool any = false;

        for (unsigned c = 0; c < CPUS; c++)
            any |= cpus[c] && cpus[c]->leaf[r];
        for (uint64_t l = 0; any && l < 1 << LOW; l++)
            print_shared(f, r << LOW | l, &first);
    }
    fprintf(f, "]}\n");
    fclose(f);
}

int qemu_plugin_install(qemu_plugin_id_t id, const struct qemu_info *info, int argc, char **argv)
{
    (void)info;
    if (!plugin_args_read(&args, "stores", argc, argv))
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, print_all, NULL);
    return 0;
}
