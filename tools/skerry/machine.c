/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/machine.h"
#include "lib/base/types.h"
#include "tools/skerry/options.h"
#include "tools/skerry/suggest.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define GICV2_CORES 8
#define MEM_LEAST   (64 * (int64_t)MIB)
#define MEM_MOST    (64 * (int64_t)GIB)
#define DISK_MOST   (1024 * (int64_t)GIB)
#define DISK_SECTOR 512

/* 64-bit CPU models of the virt board that the image's baseline (Armv8.0-A) runs on. */
static const char *const cpus[] = {"cortex-a53", "cortex-a57",  "cortex-a72",
                                   "cortex-a76", "neoverse-n1", "max"};

static bool check_number(const char *option, const char *typed, int64_t low, int64_t high,
                         const char *allowed, int64_t *n, struct complaint *bad)
{
    if (!typed || number_from(typed, low, high, n))
        return true;
    return refuse(bad, ERR_VALUE, "%s %s: the value must be %s", option, typed, allowed);
}

/* "512M": a number and K, M, G or nothing (bytes), from 1 to `most`. */
static bool size_from(const char *typed, int64_t most, int64_t *bytes)
{
    char digits[24];
    size_t n = strlen(typed);
    int64_t unit = 1, count;

    if (n && strchr("kKmMgG", typed[n - 1]) != NULL) {
        unit = (int64_t)(strchr("kK", typed[n - 1]) ? KIB : strchr("mM", typed[n - 1]) ? MIB : GIB);
        n--;
    }
    if (!n || n >= sizeof digits)
        return false;
    memcpy(digits, typed, n);
    digits[n] = 0;
    if (!number_from(digits, 1, most / unit, &count))
        return false;
    *bytes = count * unit;
    return true;
}

static bool check_memory(const char *typed, int64_t *bytes, struct complaint *bad)
{
    if (size_from(typed, MEM_MOST, bytes) && *bytes >= MEM_LEAST &&
        *bytes % (2 * (int64_t)MIB) == 0)
        return true;
    return refuse(bad, ERR_VALUE,
                  "--mem %s: the value must be 64M to 64G in steps of 2M, for example 512M or 2G",
                  typed);
}

/* FILE or FILE:SIZE. A colon in FILE would be taken for a protocol by QEMU. */
static bool check_disk(const char *typed, struct machine *m, struct complaint *bad)
{
    const char *colon = strchr(typed, ':');
    size_t n = colon ? (size_t)(colon - typed) : strlen(typed);

    m->disk_bytes = DISK_BYTES_DEFAULT;
    if (n == 0 || n >= sizeof m->disk ||
        (colon && (!size_from(colon + 1, DISK_MOST, &m->disk_bytes) ||
                   m->disk_bytes % DISK_SECTOR != 0)))
        return refuse(bad, ERR_VALUE,
                      "--disk %s: the value must be FILE or FILE:SIZE, SIZE up to 1024G in steps of "
                      "512 bytes and FILE without a colon, for example out/disk.img:64M",
                      typed);
    memcpy(m->disk, typed, n);
    m->disk[n] = 0;
    return true;
}

static bool check_cpu(const char *typed, const char **cpu, struct complaint *bad)
{
    const char *near;

    for (size_t i = 0; i < ARRAY_LEN(cpus); i++)
        if (strcmp(typed, cpus[i]) == 0) {
            *cpu = cpus[i];
            return true;
        }
    refuse(bad, ERR_VALUE,
           "--cpu %s: the value must be cortex-a53, cortex-a57, cortex-a72, cortex-a76, "
           "neoverse-n1 or max",
           typed);
    near = suggest_word(typed, cpus, ARRAY_LEN(cpus));
    if (near)
        SAY(bad->hint, "--cpu %s, or another model at your own risk: -- -cpu %s", near, typed);
    else
        SAY(bad->hint, "another model at your own risk: -- -cpu %s", typed);
    return false;
}

/* A Raspberry Pi 4 has what it has. */
static bool check_board(const struct machine_ask *a, struct machine *m, struct complaint *bad)
{
    const struct {
        const char *option, *typed;
    } fixed[] = {{"--cores", a->cores}, {"--gic", a->gic}, {"--el", a->el},
                 {"--mem", a->mem},     {"--cpu", a->cpu}, {"--disk", a->disk}};

    if (!a->board || strcmp(a->board, "virt") == 0) {
        m->dtb = a->dtb;
        return true;
    }
    if (strcmp(a->board, BOARD_RASPI4B) != 0)
        return refuse(bad, ERR_VALUE, "--board %s: the value must be virt or " BOARD_RASPI4B,
                      a->board);
    for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
        if (fixed[i].typed) {
            refuse(bad, ERR_COMBINATION, "%s cannot be chosen with --board " BOARD_RASPI4B,
                   fixed[i].option);
            SAY(bad->why, "it is four cortex-a72 with a GICv2 and 2 GiB, entered at EL2, without a "
                          "disk that we drive");
            SAY(bad->hint, "leave it out, or --board virt");
            return false;
        }
    m->board = BOARD_RASPI4B;
    m->cpu = "cortex-a72";
    m->cores = 4;
    m->gic = 2;
    m->el = 2;
    m->mem_bytes = 2 * (int64_t)GIB;
    m->dtb = a->dtb ? a->dtb : DTB_RASPI4B;
    return true;
}

static bool check_together(const struct machine *m, struct complaint *bad)
{
    if (m->gic != 2 || m->cores <= GICV2_CORES)
        return true;
    refuse(bad, ERR_COMBINATION, "a GICv2 serves at most 8 cores, %" PRId64 " are asked for",
           m->cores);
    SAY(bad->why, "a GICv2 has one bit per core in its eight-bit target registers");
    SAY(bad->hint, "--gic 3, or --cores 8");
    return false;
}

bool machine_check(const struct machine_ask *a, struct machine *m, struct complaint *bad)
{
    *m = (struct machine){.cores = 8,
                          .gic = 3,
                          .el = 1,
                          .mem_bytes = 512 * (int64_t)MIB,
                          .cpu = "cortex-a76",
                          .seed = 1,
                          .seeded = a->seed != NULL,
                          .deterministic = a->deterministic,
                          .single = a->single,
                          .gdb = a->gdb,
                          .append = a->append ? a->append : "",
                          .image = a->image ? a->image : "build/skerry.img",
                          .bundle = a->bundle ? a->bundle : "build/bundle.cpio",
                          .qmp = a->qmp,
                          .plugin = a->plugin};

    if (!check_number("--cores", a->cores, 1, CORES_MAX, "1 to 64", &m->cores, bad) ||
        !check_number("--gic", a->gic, 2, 3, "2 or 3", &m->gic, bad) ||
        !check_number("--el", a->el, 1, 2, "1 or 2", &m->el, bad) ||
        !check_number("--seed", a->seed, 0, INT32_MAX, "0 to 2147483647", &m->seed, bad))
        return false;
    if (a->mem && !check_memory(a->mem, &m->mem_bytes, bad))
        return false;
    if (a->cpu && !check_cpu(a->cpu, &m->cpu, bad))
        return false;
    if (a->disk && !check_disk(a->disk, m, bad))
        return false;
    return check_together(m, bad) && check_board(a, m, bad);
}

void line_add(struct line *l, const char *fmt, ...)
{
    struct buf t = {0};
    va_list ap;

    va_start(ap, fmt);
    buf_vput(&t, fmt, ap);
    va_end(ap);
    l->argv = must(realloc(l->argv, (l->n + 2) * sizeof *l->argv));
    l->argv[l->n++] = t.s;
    l->argv[l->n] = NULL;
}

void line_free(struct line *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->argv[i]);
    free(l->argv);
    *l = (struct line){0};
}

static void pair_add(struct line *l, const char *option, const char *value)
{
    line_add(l, "%s", option);
    line_add(l, "%s", value);
}

/* icount makes one virtual nanosecond of one instruction; sleep=off and the clock make waiting virtual too. */
static void deterministic(const struct machine *m, struct line *l)
{
    pair_add(l, "-icount", "shift=0,sleep=off");
    pair_add(l, "-rtc", "base=2024-01-01,clock=vm");
    line_add(l, "-seed");
    line_add(l, "%" PRId64, m->seed);
}

static void append(const struct machine *m, struct line *l)
{
    struct buf t = {0};

    buf_add(&t, "skerry.exit=semihosting");
    if (m->seeded)
        buf_put(&t, " skerry.seed=%" PRId64, m->seed);
    if (*m->append)
        buf_put(&t, " %s", m->append);
    pair_add(l, "-append", t.s);
    buf_free(&t);
}

/* A comma would end the file's name for QEMU; two are one. */
static void disk(const struct machine *m, struct line *l)
{
    struct buf t = {0};

    buf_add(&t, "if=none,id=d0,format=raw,file=");
    for (const char *s = m->disk; *s; s++) {
        buf_bytes(&t, s, 1);
        if (*s == ',')
            buf_add(&t, ",");
    }
    pair_add(l, "-drive", t.s);
    pair_add(l, "-device", "virtio-blk-device,drive=d0");
    buf_free(&t);
}

void machine_line(const struct machine *m, const char *qemu, const char *data,
                  const char *const *raw, size_t nraw, struct line *l)
{
    *l = (struct line){0};
    line_add(l, "%s", qemu);
    if (data)
        pair_add(l, "-L", data);
    line_add(l, "-M");
    if (m->board)
        line_add(l, "%s", m->board);
    else
        line_add(l, "virt,gic-version=%" PRId64 "%s%s", m->gic,
                 m->el == 2 ? ",virtualization=on" : "",
                 m->deterministic ? ",dtb-randomness=off" : "");
    if (!m->board)
        pair_add(l, "-cpu", m->cpu);
    line_add(l, "-smp");
    line_add(l, "%" PRId64, m->cores);
    line_add(l, "-m");
    line_add(l, "%" PRId64 "M", m->mem_bytes / (int64_t)MIB);
    pair_add(l, "-display", "none");
    pair_add(l, "-monitor", "none");
    pair_add(l, "-nic", "none");
    pair_add(l, "-serial", "stdio");
    pair_add(l, "-kernel", m->image);
    pair_add(l, "-initrd", m->bundle);
    if (m->dtb)
        pair_add(l, "-dtb", m->dtb);
    append(m, l);
    pair_add(l, "-semihosting-config", "enable=on,target=native");
    line_add(l, "-no-reboot");
    if (*m->disk)
        disk(m, l);
    if (m->single)
        pair_add(l, "-accel", "tcg,thread=single");
    if (m->deterministic) {
        deterministic(m, l);
    } else if (m->seeded) {
        line_add(l, "-seed");
        line_add(l, "%" PRId64, m->seed);
    }
    if (m->gdb) {
        line_add(l, "-S");
        pair_add(l, "-gdb", "tcp:127.0.0.1:1234");
    }
    if (m->qmp) {
        line_add(l, "-qmp");
        line_add(l, "unix:%s,server=on,wait=off", m->qmp);
    }
    if (m->plugin) {
        pair_add(l, "-plugin", m->plugin);
        pair_add(l, "-d", "plugin");
    }
    for (size_t i = 0; i < nraw; i++)
        line_add(l, "%s", raw[i]);
}

static bool plain(const char *s)
{
    return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "0123456789_-+=:,./@%")] == 0;
}

void line_shell(const struct line *l, struct buf *t)
{
    for (size_t i = 0; i < l->n; i++) {
        if (i)
            buf_add(t, " ");
        if (plain(l->argv[i])) {
            buf_add(t, l->argv[i]);
            continue;
        }
        buf_add(t, "'");
        for (const char *s = l->argv[i]; *s; s++)
            if (*s == '\'')
                buf_add(t, "'\\''");
            else
                buf_bytes(t, s, 1);
        buf_add(t, "'");
    }
}

void machine_words(const struct machine *m, struct buf *t)
{
    buf_put(t, "%s, %" PRId64 " x %s, EL%" PRId64 ", GICv%" PRId64 ", ",
            m->board ? m->board : "qemu-virt", m->cores, m->cpu, m->el, m->gic);
    buf_size(t, m->mem_bytes);
    if (*m->disk)
        buf_put(t, ", disk %s", m->disk);
    if (m->deterministic)
        buf_add(t, ", deterministic");
    else if (m->single)
        buf_add(t, ", one host thread");
    if (m->seeded || m->deterministic)
        buf_put(t, ", seed %" PRId64, m->seed);
}
