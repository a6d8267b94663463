/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/cut - see cut.h. */
#include "boot/cut.h"
#include <string.h>
#include "lib/base/bits.h"
#include "lib/base/check.h"

#define PIECES_MAX (RAM_MAX + RESERVED_MAX + KEEP_MAX)

/* What is free, ascending. A kept range splits at most one piece, so the list cannot overflow. */
struct pieces {
    struct range p[PIECES_MAX];
    unsigned n;
};

static void drop(struct pieces *f, unsigned i)
{
    for (f->n--; i < f->n; i++)
        f->p[i] = f->p[i + 1];
}

static void insert(struct pieces *f, unsigned at, struct range r)
{
    CHECK(f->n < PIECES_MAX);
    for (unsigned i = f->n++; i > at; i--)
        f->p[i] = f->p[i - 1];
    f->p[at] = r;
}

/* Take [base, end) out of the free pieces. */
static void keep_out(struct pieces *f, uint64_t base, uint64_t end)
{
    for (unsigned i = 0; i < f->n;) {
        struct range r = f->p[i];
        uint64_t r_end = r.base + r.bytes;

        if (end <= r.base || r_end <= base) {
            i++;
            continue;
        }
        drop(f, i);
        if (r.base < base)
            insert(f, i++, (struct range){r.base, base - r.base});
        if (end < r_end)
            insert(f, i++, (struct range){end, r_end - end});
    }
}

/* Blocks that touch what is kept are not free, even where only a byte of them is. */
static void keep_out_range(struct pieces *f, const struct range *r)
{
    uint64_t end = r->base + r->bytes;

    if (r->bytes > 0)
        keep_out(f, ALIGN_DOWN(r->base, BLOCK_BYTES),
                 end > PHYS_LIMIT ? PHYS_LIMIT : ALIGN_UP(end, BLOCK_BYTES));
}

static void find_free(const struct machine *m, const struct range *keep, unsigned nkeep,
                      struct pieces *f)
{
    f->n = 0;
    for (uint32_t i = 0; i < m->nram; i++) {
        uint64_t base = ALIGN_UP(m->ram[i].base, BLOCK_BYTES);
        uint64_t end = ALIGN_DOWN(m->ram[i].base + m->ram[i].bytes, BLOCK_BYTES);

        if (base < end)
            insert(f, f->n, (struct range){base, end - base});
    }
    for (uint32_t i = 0; i < m->nreserved; i++)
        keep_out_range(f, &m->reserved[i]);
    for (unsigned i = 0; i < nkeep; i++)
        keep_out_range(f, &keep[i]);
}

static uint64_t total(const struct pieces *f)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < f->n; i++)
        sum += f->p[i].bytes;
    return sum;
}

/* From the smallest piece that holds it, so that large ones stay whole. */
static bool place_mesh(struct pieces *f, uint64_t bytes, struct range *mesh)
{
    uint64_t blocks = ALIGN_UP(bytes, BLOCK_BYTES);
    unsigned best = f->n;

    *mesh = (struct range){0, bytes};
    if (bytes == 0)
        return true;
    for (unsigned i = 0; i < f->n; i++)
        if (f->p[i].bytes >= blocks && (best == f->n || f->p[i].bytes < f->p[best].bytes))
            best = i;
    if (best == f->n)
        return false;
    mesh->base = f->p[best].base;
    keep_out(f, mesh->base, mesh->base + blocks);
    return true;
}

/* How many shares of this size do the pieces hold? */
static uint64_t shares_of(const struct pieces *f, uint64_t bytes)
{
    uint64_t n = 0;

    for (unsigned i = 0; i < f->n; i++)
        n += f->p[i].bytes / bytes;
    return n;
}

/* The largest size, in whole blocks, of which the pieces hold `cores`; 0 if not even one block each. */
static uint64_t largest_share(const struct pieces *f, uint32_t cores)
{
    uint64_t low = 0, high = total(f) / BLOCK_BYTES;

    while (low < high) { /* low blocks fit, high + 1 do not */
        uint64_t middle = high - (high - low) / 2;

        if (shares_of(f, middle * BLOCK_BYTES) >= cores)
            low = middle;
        else
            high = middle - 1;
    }
    return low * BLOCK_BYTES;
}

static uint64_t owned(const struct cut *cut, uint32_t core)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SHARE_RANGES; i++)
        sum += cut->share[core][i].bytes;
    return sum;
}

/* The core's range that can take [base, ...): one that ends there, or an unused one; NULL if none. */
static struct range *room(struct cut *cut, uint32_t core, uint64_t base)
{
    for (unsigned i = 0; i < SHARE_RANGES; i++)
        if (cut->share[core][i].base + cut->share[core][i].bytes == base)
            return &cut->share[core][i];
    for (unsigned i = 1; i < SHARE_RANGES; i++)
        if (cut->share[core][i].bytes == 0)
            return &cut->share[core][i];
    return NULL;
}

/* The core with least that can take a piece at base; CORES_MAX if none can. */
static uint32_t poorest(const struct machine *m, struct cut *cut, uint64_t base)
{
    uint32_t best = CORES_MAX;

    for (uint32_t c = 0; c < m->ncores; c++)
        if (m->cores[c].present && room(cut, c, base) &&
            (best == CORES_MAX || owned(cut, c) < owned(cut, best)))
            best = c;
    return best;
}

/* Up to the fair size each; the last piece goes whole to whoever has least. */
static void give_rest(const struct machine *m, struct pieces *f, uint64_t fair, struct cut *cut)
{
    while (f->n > 0) {
        uint64_t base = f->p[0].base, bytes = f->p[0].bytes, want;
        uint32_t core = poorest(m, cut, base);
        struct range *r;

        if (core == CORES_MAX) { /* all have four ranges: this piece stays unused */
            drop(f, 0);
            continue;
        }
        want = owned(cut, core) < fair ? ALIGN_UP(fair - owned(cut, core), BLOCK_BYTES) : bytes;
        if (want > bytes)
            want = bytes;
        r = room(cut, core, base);
        *r = r->bytes ? (struct range){r->base, r->bytes + want} : (struct range){base, want};
        keep_out(f, base, base + want);
    }
}

uint64_t cut_pair_bytes(uint32_t ncores)
{
    uint64_t pairs = (uint64_t)ncores * (ncores - 1) / 2, bytes = PAIR_BYTES_MAX;

    while (bytes > PAIR_BYTES_MIN && pairs * bytes > MESH_BYTES)
        bytes /= 2;
    return bytes;
}

status_t cut_ram(const struct machine *m, const struct range *keep, unsigned nkeep, struct cut *cut,
                 struct text *why)
{
    uint64_t pairs = (uint64_t)m->ncores * (m->ncores - 1) / 2, size, fair;
    uint64_t mesh = pairs * cut_pair_bytes(m->ncores);
    uint32_t present = 0, core = 0;
    struct pieces f;

    CHECK(nkeep <= KEEP_MAX);
    memset(cut, 0, sizeof *cut);
    for (uint32_t i = 0; i < m->ncores; i++)
        present += m->cores[i].present != 0;

    find_free(m, keep, nkeep, &f);
    if (!place_mesh(&f, mesh, &cut->mesh))
        return refuse(why, ST_NOMEM, STR("no "), DEC(mesh / KIB),
                      STR(" KiB of RAM in one piece for the channels of "), DEC(m->ncores),
                      STR(" cores: boot with more RAM or fewer cores (skerry.cores=N)"));
    size = largest_share(&f, present);
    if (size < SHARE_BYTES_MIN)
        return refuse(why, ST_NOMEM, STR("too little RAM: "), DEC(total(&f) / MIB),
                      STR(" MiB are free, and each of "), DEC(present), STR(" cores needs "),
                      DEC(SHARE_BYTES_MIN / MIB),
                      STR(" MiB in one piece: boot with more RAM or fewer cores (skerry.cores=N)"));

    fair = total(&f) / present;
    for (unsigned i = 0; i < f.n && core < m->ncores;) {
        if (!m->cores[core].present) {
            core++;
        } else if (f.p[i].bytes < size) {
            i++;
        } else {
            struct range r = {f.p[i].base, size};

            cut->share[core++][0] = r;
            f.p[i].base += size;
            f.p[i].bytes -= size;
        }
    }
    for (unsigned i = f.n; i-- > 0;)
        if (f.p[i].bytes == 0)
            drop(&f, i);
    give_rest(m, &f, fair, cut);
    for (uint32_t i = 0; i < m->ncores; i++)
        cut->share_bytes += owned(cut, i);
    return ST_OK;
}
