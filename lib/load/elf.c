/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/load/elf - see elf.h.
 *
 * Everything is copied out of the image before it is looked at: a file in an archive
 * is aligned to four bytes only.
 */
#include "lib/load/elf.h"
#include <string.h>
#include "lib/abi/layout.h"
#include "lib/base/bits.h"

/* System V ABI, chapters 4 and 5; the numbers of AArch64 from its ELF supplement. */
struct ehdr {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct phdr {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};
struct dyn {
    uint64_t tag, value;
};
struct rela {
    uint64_t offset, info, addend;
};
_Static_assert(sizeof(struct ehdr) == 64 && sizeof(struct phdr) == 56, "as the ABI says");
_Static_assert(sizeof(struct dyn) == 16 && sizeof(struct rela) == 24, "as the ABI says");

/* clang-format off */
enum { ET_DYN = 3, EM_AARCH64 = 183, PHNUM_MAX = 32 };
enum { PT_LOAD = 1, PT_DYNAMIC = 2, PT_INTERP = 3 };
#define PT_GNU_RELRO 0x6474e552u
enum { PF_X = 1, PF_W = 2, PF_R = 4 };
enum { DT_NULL = 0, DT_NEEDED = 1, DT_PLTRELSZ = 2, DT_RELA = 7, DT_RELASZ = 8, DT_RELAENT = 9,
       DT_REL = 17, DT_TEXTREL = 22, DT_RELRSZ = 35, DT_RELR = 36 };
#define R_AARCH64_RELATIVE 1027u
#define LINK_LIMIT (1ull << 48) /* addresses below: no sum of two of them wraps */
/* clang-format on */

struct input {
    const uint8_t *image;
    uint64_t bytes;
    struct text *why;
};

static status_t no(const struct input *in, const char *what)
{
    return refuse(in->why, ST_FORMAT, STR("not a program we can load: "), STR(what));
}

static status_t no_at(const struct input *in, const char *what, uint64_t at)
{
    return refuse(in->why, ST_FORMAT, STR("not a program we can load: "), STR(what), STR(" at "),
                  HEX(at));
}

/* Is [offset, offset + bytes) inside the image? */
static bool inside(const struct input *in, uint64_t offset, uint64_t bytes)
{
    return offset <= in->bytes && bytes <= in->bytes - offset;
}

static status_t check_header(const struct input *in, struct ehdr *h)
{
    if (in->bytes < sizeof *h)
        return no(in, "it is shorter than an ELF header");
    memcpy(h, in->image, sizeof *h);
    if (memcmp(h->ident, "\177ELF", 4) != 0)
        return no(in, "it does not start with an ELF header");
    if (h->ident[4] != 2 || h->ident[5] != 1 || h->ident[6] != 1)
        return no(in, "not 64-bit, little endian, version 1");
    if (h->machine != EM_AARCH64)
        return no(in, "not for AArch64");
    if (h->type != ET_DYN)
        return no(in, "not position independent (ET_DYN, as -static-pie links it)");
    if (h->phentsize != sizeof(struct phdr))
        return no(in, "program headers of an unknown size");
    if (h->phnum == 0 || h->phnum > PHNUM_MAX)
        return no(in, "no program headers, or more than 32");
    if (!inside(in, h->phoff, (uint64_t)h->phnum * sizeof(struct phdr)))
        return no(in, "the program headers lie outside the file");
    return ST_OK;
}

static struct phdr phdr_get(const struct input *in, const struct ehdr *h, unsigned i)
{
    struct phdr p;

    memcpy(&p, in->image + h->phoff + i * sizeof p, sizeof p);
    return p;
}

static status_t add_segment(const struct input *in, struct elf_plan *plan, const struct phdr *p)
{
    struct elf_segment *s;

    if (!inside(in, p->offset, p->filesz))
        return no_at(in, "a segment lies outside the file", p->vaddr);
    if (p->filesz > p->memsz)
        return no_at(in, "a segment is larger in the file than in memory", p->vaddr);
    if (p->vaddr >= LINK_LIMIT || p->memsz >= LINK_LIMIT)
        return no_at(in, "a segment's address or size is out of reach", p->vaddr);
    if (!(p->flags & PF_R))
        return no_at(in, "a segment that cannot be read", p->vaddr);
    if ((p->flags & PF_W) && (p->flags & PF_X))
        return no_at(in, "a segment that is writable and executable", p->vaddr);
    if (plan->nsegments == ELF_SEGMENTS_MAX)
        return no_at(in, "more than six segments", p->vaddr);
    if (plan->nsegments > 0 && ALIGN_DOWN(p->vaddr, PAGE_BYTES) < plan->high)
        return no_at(in, "segments that overlap, share a page or are out of order", p->vaddr);

    s = &plan->segment[plan->nsegments++];
    *s = (struct elf_segment){.offset = p->offset,
                              .file_bytes = p->filesz,
                              .va = p->vaddr,
                              .mem_bytes = p->memsz,
                              .perm = PERM_READ};
    if (p->flags & PF_W)
        s->perm |= PERM_WRITE;
    if (p->flags & PF_X)
        s->perm |= PERM_EXECUTE;
    if (plan->nsegments == 1)
        plan->low = ALIGN_DOWN(p->vaddr, PAGE_BYTES);
    plan->high = ALIGN_UP(p->vaddr + p->memsz, PAGE_BYTES);
    return ST_OK;
}

/* Whole or not at all: a page that also holds data must stay writable. */
static void mark_relro(struct elf_plan *plan, const struct phdr *p)
{
    for (unsigned i = 0; i < plan->nsegments; i++) {
        struct elf_segment *s = &plan->segment[i];

        if ((s->perm & PERM_WRITE) && p->memsz < LINK_LIMIT && p->vaddr <= s->va &&
            s->va + s->mem_bytes <= p->vaddr + p->memsz)
            s->relro = true;
    }
}

/* The segment that has all of [va, va + bytes), in memory or in the part from the file; else NULL. */
static const struct elf_segment *segment_of(const struct elf_plan *plan, uint64_t va,
                                            uint64_t bytes, bool in_file)
{
    for (unsigned i = 0; i < plan->nsegments; i++) {
        const struct elf_segment *s = &plan->segment[i];
        uint64_t have = in_file ? s->file_bytes : s->mem_bytes;

        if (va >= s->va && va - s->va <= have && bytes <= have - (va - s->va))
            return s;
    }
    return NULL;
}

static status_t check_relocations(const struct input *in, const struct elf_plan *plan)
{
    for (uint64_t i = 0; i < plan->nrela; i++) {
        const struct elf_segment *s;
        struct rela r;

        memcpy(&r, in->image + plan->rela_offset + i * sizeof r, sizeof r);
        if (r.info != R_AARCH64_RELATIVE)
            return no_at(in, "a relocation other than R_AARCH64_RELATIVE", r.offset);
        s = segment_of(plan, r.offset, sizeof(uint64_t), false);
        if (!s)
            return no_at(in, "a relocation outside the segments", r.offset);
        if (s->perm & PERM_EXECUTE)
            return no_at(in, "a relocation of code", r.offset);
    }
    return ST_OK;
}

static status_t read_dynamic(const struct input *in, struct elf_plan *plan, const struct phdr *p)
{
    uint64_t rela = 0, bytes = 0, each = sizeof(struct rela);
    const struct elf_segment *s;

    if (!inside(in, p->offset, p->filesz))
        return no(in, "the dynamic section lies outside the file");
    for (uint64_t at = 0; p->filesz - at >= sizeof(struct dyn); at += sizeof(struct dyn)) {
        struct dyn d;

        memcpy(&d, in->image + p->offset + at, sizeof d);
        if (d.tag == DT_NULL)
            break;
        if (d.tag == DT_NEEDED)
            return no(in, "it needs a shared library");
        if (d.tag == DT_REL || d.tag == DT_RELR || d.tag == DT_TEXTREL ||
            (d.tag == DT_RELRSZ && d.value) || (d.tag == DT_PLTRELSZ && d.value))
            return no_at(in, "relocations of a kind we do not apply, tag", d.tag);
        if (d.tag == DT_RELA)
            rela = d.value;
        if (d.tag == DT_RELASZ)
            bytes = d.value;
        if (d.tag == DT_RELAENT)
            each = d.value;
    }
    if (bytes == 0)
        return ST_OK;
    if (each != sizeof(struct rela) || bytes % each != 0)
        return no(in, "a relocation table of an unknown format");
    s = segment_of(plan, rela, bytes, true);
    if (!s)
        return no_at(in, "a relocation table outside the segments", rela);
    plan->rela_offset = s->offset + (rela - s->va);
    plan->nrela = bytes / each;
    return check_relocations(in, plan);
}

static status_t check_entry(const struct input *in, struct elf_plan *plan, uint64_t entry)
{
    const struct elf_segment *s = segment_of(plan, entry, 4, true);

    if (!s || entry % 4 != 0)
        return no_at(in, "an entry point outside the segments or unaligned", entry);
    plan->entry = entry;
    plan->entry_segment = (uint32_t)(s - plan->segment);
    return ST_OK;
}

status_t elf_check(const void *image, uint64_t bytes, struct elf_plan *plan, struct text *why)
{
    const struct input in = {image, bytes, why};
    struct ehdr h;
    status_t st;

    memset(plan, 0, sizeof *plan);
    if ((st = check_header(&in, &h)) != ST_OK)
        return st;
    for (unsigned i = 0; i < h.phnum; i++) {
        struct phdr p = phdr_get(&in, &h, i);

        if (p.type == PT_INTERP)
            return no(&in, "it asks for a dynamic linker");
        if (p.type == PT_LOAD && p.memsz > 0 && (st = add_segment(&in, plan, &p)) != ST_OK)
            return st;
    }
    if (plan->nsegments == 0)
        return no(&in, "nothing to load");
    for (unsigned i = 0; i < h.phnum; i++) {
        struct phdr p = phdr_get(&in, &h, i);

        if (p.type == PT_GNU_RELRO)
            mark_relro(plan, &p);
        if (p.type == PT_DYNAMIC && (st = read_dynamic(&in, plan, &p)) != ST_OK)
            return st;
    }
    return check_entry(&in, plan, h.entry);
}

void elf_load(const struct elf_plan *plan, const void *image, void *dest, vaddr_t run_at)
{
    const uint8_t *from = image;
    uint8_t *to = dest;
    uint64_t bias = run_at - plan->low, done = plan->low;

    for (unsigned i = 0; i < plan->nsegments; i++) {
        const struct elf_segment *s = &plan->segment[i];

        memset(to + (done - plan->low), 0, s->va - done);
        memcpy(to + (s->va - plan->low), from + s->offset, s->file_bytes);
        done = s->va + s->file_bytes;
    }
    memset(to + (done - plan->low), 0, plan->high - done);

    for (uint64_t i = 0; i < plan->nrela; i++) {
        struct rela r;
        uint64_t value;

        memcpy(&r, from + plan->rela_offset + i * sizeof r, sizeof r);
        value = bias + r.addend;
        memcpy(to + (r.offset - plan->low), &value, sizeof value);
    }
}
