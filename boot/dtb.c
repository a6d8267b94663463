/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb - see dtb.h. Here: the order of questions, what was chosen for us, and memory.
 */
#include "boot/dtb.h"
#include <libfdt.h>
#include <string.h>
#include "boot/dtb_priv.h"

/* --- what was chosen for us: bootargs and the bundle ---------------------------------------- */

static void copy_string(char *to, size_t cap, const char *from)
{
    size_t n = strlen(from);

    if (n >= cap)
        n = cap - 1;
    memcpy(to, from, n);
    to[n] = 0;
}

/* Of a text too long for us its words skerry.*, which are all that we look for; the rest is for another kernel. */
static void copy_ours(char *to, size_t cap, const char *from)
{
    size_t at = 0;

    to[0] = 0;
    while (*from) {
        size_t n = strcspn(from, " "), fits;

        if (strncmp(from, "skerry.", 7) == 0) {
            if (at > 0 && at < cap - 1)
                to[at++] = ' ';
            fits = n < cap - 1 - at ? n : cap - 1 - at;
            memcpy(to + at, from, fits);
            at += fits;
            to[at] = 0;
        }
        from += n;
        from += strspn(from, " ");
    }
}

/* The value of ` key=value ` in the bootargs; NULL if absent. Its length ends at a blank. */
static const char *argument(const struct machine *m, const char *key, size_t *length)
{
    size_t n = strlen(key);
    const char *p = m->bootargs;

    while (*p) {
        const char *word = p;

        p += strcspn(p, " ");
        if (strncmp(word, key, n) == 0 && word[n] == '=') {
            *length = (size_t)(p - word) - n - 1;
            return word + n + 1;
        }
        p += strspn(p, " ");
    }
    return NULL;
}

/* 1..9999; else 0. */
static uint32_t small_number(const char *p, size_t length)
{
    uint32_t n = 0;

    if (length == 0 || length > 4)
        return 0;
    for (size_t i = 0; i < length; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        n = n * 10 + (uint32_t)(p[i] - '0');
    }
    return n;
}

/* 0x and 1 to 16 digits, not 0; else 0. */
static uint64_t hex_number(const char *p, size_t length)
{
    uint64_t n = 0;

    if (length < 3 || length > 18 || p[0] != '0' || p[1] != 'x')
        return 0;
    for (size_t i = 2; i < length; i++) {
        unsigned digit = (unsigned)(p[i] | 0x20);

        if (p[i] >= '0' && p[i] <= '9')
            digit -= '0';
        else if (digit >= 'a' && digit <= 'f')
            digit -= 'a' - 10;
        else
            return 0;
        n = n << 4 | digit;
    }
    return n;
}

static bool is_word(const char *p, size_t length, const char *word)
{
    return length == strlen(word) && !strncmp(p, word, length);
}

static status_t find_chosen(struct tree *t, const void *fdt, struct text *why)
{
    status_t st;

    tree_start(t, fdt);
    while ((st = tree_next(t, why)) == ST_OK)
        if (t->depth == 1 && tree_named(t, "chosen"))
            return ST_OK;
    return st;
}

void dtb_read_bootargs(const void *fdt, struct machine *m)
{
    const char *text, *value;
    struct tree t;
    size_t n;

    if (find_chosen(&t, fdt, NULL) != ST_OK || !(text = tree_string(&t, "bootargs")))
        return;
    /* A Raspberry Pi's firmware adds some 400 characters for Linux. */
    if (strlen(text) > sizeof m->bootargs - 2)
        copy_ours(m->bootargs, sizeof m->bootargs, text);
    else
        copy_string(m->bootargs, sizeof m->bootargs, text);
    value = argument(m, "skerry.exit", &n);
    m->semihosting = value && is_word(value, n, "semihosting");
    value = argument(m, "skerry.cores", &n);
    m->cores_wanted = value ? small_number(value, n) : 0;
    value = argument(m, "skerry.uart", &n);
    m->uart_at = value ? hex_number(value, n) : 0;
    m->uart = m->uart_at ? UART_AT : value && is_word(value, n, "header") ? UART_OF_HEADER : UART_OF_TREE;
}

status_t dtb_check_bootargs(const struct machine *m, struct text *why)
{
    size_t n;

    if (strlen(m->bootargs) == BOOTARGS_BYTES - 1)
        return refuse(why, ST_FORMAT, STR("the boot arguments skerry.* are longer than "),
                      DEC(BOOTARGS_BYTES - 2), STR(" characters"));
    if (argument(m, "skerry.exit", &n) && !m->semihosting)
        return refuse(why, ST_FORMAT,
                      STR("boot argument skerry.exit= has an unknown value; semihosting is the one "
                          "it can have"));
    if (argument(m, "skerry.cores", &n) && !m->cores_wanted)
        return refuse(why, ST_FORMAT, STR("boot argument skerry.cores= needs a number from 1 up"));
    if (argument(m, "skerry.uart", &n) && m->uart == UART_OF_TREE)
        return refuse(why, ST_FORMAT,
                      STR("boot argument skerry.uart= is \"header\" (of a Raspberry Pi 5) or an "
                          "address such as 0x1c00030000"));
    return ST_OK;
}

status_t dtb_read_bundle(const void *fdt, struct machine *m, struct text *why)
{
    uint64_t start = 0, end = 0;
    struct tree t;
    status_t st = find_chosen(&t, fdt, why);

    if (st != ST_OK)
        return st == ST_NOT_FOUND ? ST_OK : st;
    if ((st = tree_u64(&t, "linux,initrd-start", &start, why)) == ST_FORMAT)
        return st;
    if ((st = tree_u64(&t, "linux,initrd-end", &end, why)) == ST_FORMAT)
        return st;
    if (start == 0 && end == 0)
        return ST_OK;
    if (end <= start || !range_usable(start, end - start))
        return tree_refuse(&t, why, STR("the initrd from "), HEX(start), STR(" to "), HEX(end),
                           STR(" is empty or out of reach"));
    for (uint32_t i = 0; i < m->nram; i++)
        if (start >= m->ram[i].base && end - m->ram[i].base <= m->ram[i].bytes) {
            m->bundle = (struct range){start, end - start};
            return ST_OK;
        }
    return tree_refuse(&t, why, STR("the initrd from "), HEX(start), STR(" to "), HEX(end),
                       STR(" is not in RAM"));
}

/* --- memory --------------------------------------------------------------------------------- */

/* Keeps ram[] sorted; touching neighbours become one. */
static status_t add_ram(const struct tree *t, struct machine *m, struct range r, struct text *why)
{
    uint32_t at = m->nram;

    for (uint32_t i = 0; i < m->nram; i++)
        if (ranges_meet(&m->ram[i], &r))
            return tree_refuse(t, why, STR("memory at "), HEX(r.base), STR(" + "), HEX(r.bytes),
                               STR(" overlaps memory at "), HEX(m->ram[i].base));
    if (m->nram == RAM_MAX)
        return tree_refuse(t, why, STR("more than "), DEC(RAM_MAX), STR(" pieces of memory"));
    for (; at > 0 && m->ram[at - 1].base > r.base; at--)
        m->ram[at] = m->ram[at - 1];
    m->ram[at] = r;
    m->nram++;
    return ST_OK;
}

static void join_ram(struct machine *m)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < m->nram; i++)
        if (n > 0 && m->ram[n - 1].base + m->ram[n - 1].bytes == m->ram[i].base)
            m->ram[n - 1].bytes += m->ram[i].bytes;
        else
            m->ram[n++] = m->ram[i];
    m->nram = n;
}

static bool is_memory(const struct tree *t)
{
    const char *type = tree_string(t, "device_type");

    return t->depth == 1 && tree_at(t)->enabled && type && !strcmp(type, "memory");
}

static status_t read_memory_node(const struct tree *t, struct machine *m, struct text *why)
{
    struct range r;
    status_t st;

    for (unsigned i = 0; (st = tree_reg(t, i, &r.base, &r.bytes, why)) == ST_OK; i++) {
        if (r.bytes == 0)
            continue;
        if (!range_usable(r.base, r.bytes))
            return tree_refuse(t, why, STR("memory at "), HEX(r.base), STR(" + "), HEX(r.bytes),
                               STR(" reaches above "), HEX(PHYS_LIMIT),
                               STR(", the limit of this kernel"));
        if ((st = add_ram(t, m, r, why)) != ST_OK)
            return st;
    }
    return st == ST_NOT_FOUND ? ST_OK : st;
}

status_t dtb_read_memory(const void *fdt, struct machine *m, struct text *why)
{
    struct tree t;
    status_t st;

    tree_start(&t, fdt);
    while ((st = tree_next(&t, why)) == ST_OK)
        if (is_memory(&t) && (st = read_memory_node(&t, m, why)) != ST_OK)
            return st;
    if (st != ST_NOT_FOUND)
        return st;
    if (m->nram == 0)
        return refuse(why, ST_FORMAT,
                      STR("the device tree names no memory (a node with device_type "
                          "\"memory\" and a reg that is not empty)"));
    join_ram(m);
    return ST_OK;
}

static status_t add_reserved(struct machine *m, uint64_t base, uint64_t bytes, struct text *why)
{
    if (bytes == 0 || base >= PHYS_LIMIT)
        return ST_OK; /* nothing of ours: RAM ends below */
    if (base + bytes < base)
        return refuse(why, ST_FORMAT, STR("the device tree reserves memory at "), HEX(base),
                      STR(" + "), HEX(bytes), STR(", which wraps at 2^64"));
    if (m->nreserved == RESERVED_MAX)
        return refuse(why, ST_FORMAT, STR("the device tree reserves more than "), DEC(RESERVED_MAX),
                      STR(" pieces of memory"));
    m->reserved[m->nreserved++] = (struct range){base, bytes};
    return ST_OK;
}

static status_t read_reserved_node(const struct tree *t, struct machine *m, struct text *why)
{
    uint64_t base, bytes;
    status_t st;

    for (unsigned i = 0; (st = tree_reg(t, i, &base, &bytes, why)) == ST_OK; i++)
        if ((st = add_reserved(m, base, bytes, why)) != ST_OK)
            return st;
    /* A node with a size and no reg asks the kernel for memory: nothing is there yet. */
    return st == ST_NOT_FOUND ? ST_OK : st;
}

status_t dtb_read_reserved(const void *fdt, struct machine *m, struct text *why)
{
    int n = fdt_num_mem_rsv(fdt);
    uint64_t base, bytes;
    struct tree t;
    status_t st;

    for (int i = 0; i < n; i++) {
        if (fdt_get_mem_rsv(fdt, i, &base, &bytes) != 0)
            return refuse(why, ST_FORMAT,
                          STR("the device tree's list of reserved memory is broken"));
        if ((st = add_reserved(m, base, bytes, why)) != ST_OK)
            return st;
    }
    tree_start(&t, fdt);
    while ((st = tree_next(&t, why)) == ST_OK)
        if (t.depth == 2 && tree_at(&t)->enabled && !strcmp(t.level[1].name, "reserved-memory") &&
            (st = read_reserved_node(&t, m, why)) != ST_OK)
            return st;
    return st == ST_NOT_FOUND ? ST_OK : st;
}

/* --- the order of questions ------------------------------------------------------------------- */

static void read_board(const void *fdt, struct machine *m)
{
    struct tree t;

    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK) {
        const char *name = tree_string(&t, "compatible");

        if (t.depth == 0)
            copy_string(m->board, sizeof m->board, name ? name : "unknown");
        if (tree_compatible(&t, "linux,dummy-virt") || tree_compatible(&t, "qemu,fw-cfg-mmio"))
            m->emulated = true;
    }
}

void dtb_lifeline(const void *fdt, struct machine *m)
{
    memset(m, 0, sizeof *m);
    dtb_read_bootargs(fdt, m);
    dtb_read_console(fdt, m);
    dtb_read_reset(fdt, m);
    m->start = dtb_psci(fdt);
}

void dtb_open(const void *fdt, struct machine *m)
{
    dtb_lifeline(fdt, m);
    read_board(fdt, m);
}

static status_t read_bootargs(const void *fdt, uint64_t mpidr, struct machine *m, struct text *why)
{
    (void)fdt;
    (void)mpidr;
    return dtb_check_bootargs(m, why);
}

#define STEP(name)                                                                                 \
    static status_t name##_step(const void *fdt, uint64_t mpidr, struct machine *m,                \
                                struct text *why)                                                  \
    {                                                                                              \
        (void)mpidr;                                                                               \
        return dtb_read_##name(fdt, m, why);                                                       \
    }
STEP(memory)
STEP(reserved)
STEP(bundle)
STEP(gic)
STEP(timer)
STEP(devices)

static status_t cores_step(const void *fdt, uint64_t mpidr, struct machine *m, struct text *why)
{
    return dtb_read_cores(fdt, mpidr & MPIDR_AFFINITY, m, why);
}

/* Never refuses: cores that are not grouped are grouped by affinity; without a console it is silent. */
static status_t clusters_step(const void *fdt, uint64_t mpidr, struct machine *m, struct text *why)
{
    (void)mpidr;
    (void)why;
    dtb_read_clusters(fdt, m);
    dtb_read_console(fdt, m);
    dtb_read_rp1(fdt, m);
    return ST_OK;
}

const struct dtb_step dtb_steps[DTB_STEPS] = {
    {"boot arguments", read_bootargs},
    {"memory", memory_step},
    {"reserved memory", reserved_step},
    {"bundle", bundle_step},
    {"interrupt controller", gic_step},
    {"timer", timer_step},
    {"cores", cores_step},
    {"clusters and console", clusters_step},
    {"devices", devices_step},
};

status_t dtb_read(const void *fdt, uint64_t mpidr, struct machine *m, struct text *why)
{
    status_t st = ST_OK;

    dtb_open(fdt, m);
    for (unsigned i = 0; i < DTB_STEPS && st == ST_OK; i++)
        st = dtb_steps[i].read(fdt, mpidr, m, why);
    return st;
}
