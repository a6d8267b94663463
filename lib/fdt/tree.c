/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* lib/fdt/tree - see tree.h. */
#include "lib/fdt/tree.h"
#include <libfdt.h>
#include <string.h>

enum { CELL = 4, VERSION = 17 };

static uint32_t cell(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One or two cells; the caller has checked both the count and the length. */
static uint64_t cells(const uint8_t *p, uint32_t n)
{
    return n == 1 ? cell(p) : (uint64_t)cell(p) << 32 | cell(p + CELL);
}

static status_t broken(int e, struct text *why)
{
    return refuse(why, ST_FORMAT, STR("the device tree is broken: "), STR(fdt_strerror(e)));
}

status_t tree_check_header(const void *fdt, uint64_t bytes, struct text *why)
{
    uint64_t total;
    int e;

    if (bytes < sizeof(struct fdt_header) || fdt_magic(fdt) != FDT_MAGIC)
        return refuse(why, ST_FORMAT,
                      STR("there is no device tree where one must be: no magic "
                          "number d00dfeed"));
    total = fdt_totalsize(fdt);
    if (total > bytes || total > TREE_BYTES_MAX)
        return refuse(why, ST_FORMAT, STR("the device tree says it has "), DEC(total),
                      STR(" bytes; it can have at most "),
                      DEC(bytes < TREE_BYTES_MAX ? bytes : TREE_BYTES_MAX));
    if (fdt_version(fdt) < VERSION)
        return refuse(why, ST_FORMAT, STR("the device tree has version "), DEC(fdt_version(fdt)),
                      STR("; it must be 17 or later"));
    return (e = fdt_check_header(fdt)) == 0 ? ST_OK : broken(e, why);
}

status_t tree_check(const void *fdt, uint64_t bytes, struct text *why)
{
    status_t st = tree_check_header(fdt, bytes, why);
    int e;

    if (st != ST_OK)
        return st;
    return (e = fdt_check_full(fdt, fdt_totalsize(fdt))) == 0 ? ST_OK : broken(e, why);
}

uint64_t tree_bytes(const void *fdt)
{
    return fdt_totalsize(fdt);
}

uint64_t tree_used_bytes(const void *fdt)
{
    uint64_t end[3] = {
        (uint64_t)fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt),
        (uint64_t)fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt),
        (uint64_t)fdt_off_mem_rsvmap(fdt) + 16u * ((unsigned)fdt_num_mem_rsv(fdt) + 1u),
    };
    uint64_t used = 0;

    for (unsigned i = 0; i < ARRAY_LEN(end); i++)
        if (end[i] > used)
            used = end[i];
    return used <= fdt_totalsize(fdt) ? used : fdt_totalsize(fdt);
}

/* --- the walk ----------------------------------------------------------------------------- */

static void keep_props(struct tree *t, int node)
{
    int at, n;

    t->nprops = 0;
    t->more = false;
    fdt_for_each_property_offset(at, t->fdt, node)
    {
        struct tree_prop *p = &t->prop[t->nprops];

        if (t->nprops == TREE_PROPS_KEPT) {
            t->more = true;
            return;
        }
        p->value = fdt_getprop_by_offset(t->fdt, at, &p->name, &n);
        p->bytes = n > 0 ? (uint32_t)n : 0;
        if (p->value && p->name)
            t->nprops++;
    }
}

const uint8_t *tree_prop(const struct tree *t, const char *name, uint32_t *bytes)
{
    const void *p = NULL;
    int n = 0;

    for (unsigned i = 0; i < t->nprops; i++)
        if (!strcmp(t->prop[i].name, name)) {
            *bytes = t->prop[i].bytes;
            return t->prop[i].value;
        }
    if (t->more)
        p = fdt_getprop(t->fdt, tree_at(t)->node, name, &n);
    *bytes = p && n > 0 ? (uint32_t)n : 0;
    return p;
}

static uint32_t cell_count(const struct tree *t, const char *name, uint32_t absent)
{
    uint32_t bytes;
    const uint8_t *p = tree_prop(t, name, &bytes);

    if (!p)
        return absent;
    return bytes == CELL && cell(p) < TREE_CELLS_BAD ? cell(p) : TREE_CELLS_BAD;
}

static uint32_t phandle_in(const struct tree *t, const char *name, uint32_t absent)
{
    uint32_t bytes;
    const uint8_t *p = tree_prop(t, name, &bytes);

    return p && bytes == CELL ? cell(p) : absent;
}

static bool status_ok(const struct tree *t)
{
    uint32_t bytes;

    return !tree_prop(t, "status", &bytes) || tree_has_string(t, "status", "okay") ||
           tree_has_string(t, "status", "ok");
}

static void enter(struct tree *t, int node)
{
    const struct tree_level *up = t->depth > 0 ? &t->level[t->depth - 1] : NULL;
    struct tree_level *l = &t->level[t->depth];
    uint32_t bytes;

    keep_props(t, node);
    *l = (struct tree_level){.node = node};
    l->name = fdt_get_name(t->fdt, node, NULL);
    if (!l->name)
        l->name = "?";
    l->enabled = (!up || up->enabled) && status_ok(t);
    l->address_cells = cell_count(t, "#address-cells", 2);
    l->size_cells = cell_count(t, "#size-cells", 1);
    l->ranges = tree_prop(t, "ranges", &l->ranges_bytes);
    l->interrupt_parent = phandle_in(t, "interrupt-parent", up ? up->child_interrupt_parent : 0);

    /* Below a controller or nexus, interrupts are its own unless a node says otherwise. */
    l->child_interrupt_parent = l->interrupt_parent;
    if (tree_prop(t, "#interrupt-cells", &bytes))
        l->child_interrupt_parent = phandle_in(t, "phandle", 0);
}

void tree_start(struct tree *t, const void *fdt)
{
    t->fdt = fdt;
    t->depth = -1;
    t->nprops = 0;
    t->more = false;
}

status_t tree_next(struct tree *t, struct text *why)
{
    int node = t->depth < 0 ? -1 : tree_at(t)->node, depth = t->depth;

    node = fdt_next_node(t->fdt, node, &depth);
    if (node == -FDT_ERR_NOTFOUND || (node >= 0 && depth < 0))
        return ST_NOT_FOUND;
    if (node < 0)
        return broken(node, why);
    if (depth >= TREE_DEPTH_MAX)
        return tree_refuse(t, why, STR("nodes are nested deeper than "), DEC(TREE_DEPTH_MAX));
    t->depth = depth;
    enter(t, node);
    return ST_OK;
}

void tree_say_node(const struct tree *t, struct text *why)
{
    text_clear(why);
    text_put(why, STR("device tree, node "));
    if (t->depth <= 0)
        text_put(why, STR("/"));
    for (int i = 1; i <= t->depth; i++)
        text_put(why, STR("/"), STR(t->level[i].name));
    text_put(why, STR(": "));
}

/* --- properties --------------------------------------------------------------------------- */

bool tree_named(const struct tree *t, const char *name)
{
    const char *have = tree_at(t)->name;
    size_t n = strlen(name);

    return strncmp(have, name, n) == 0 && (have[n] == 0 || have[n] == '@');
}

const char *tree_string(const struct tree *t, const char *name)
{
    uint32_t bytes;
    const uint8_t *p = tree_prop(t, name, &bytes);

    return p && memchr(p, 0, bytes) ? (const char *)p : NULL;
}

bool tree_has_string(const struct tree *t, const char *name, const char *value)
{
    uint32_t bytes;
    const uint8_t *p = tree_prop(t, name, &bytes);

    return p && fdt_stringlist_contains((const char *)p, (int)bytes, value);
}

status_t tree_u32(const struct tree *t, const char *name, uint32_t *value, struct text *why)
{
    uint32_t bytes;
    const uint8_t *p = tree_prop(t, name, &bytes);

    if (!p)
        return ST_NOT_FOUND;
    if (bytes != CELL)
        return tree_refuse(t, why, STR(name), STR(" has "), DEC(bytes),
                           STR(" bytes; it must have 4"));
    *value = cell(p);
    return ST_OK;
}

status_t tree_u64(const struct tree *t, const char *name, uint64_t *value, struct text *why)
{
    uint32_t bytes;
    const uint8_t *p = tree_prop(t, name, &bytes);

    if (!p)
        return ST_NOT_FOUND;
    if (bytes != CELL && bytes != 2 * CELL)
        return tree_refuse(t, why, STR(name), STR(" has "), DEC(bytes),
                           STR(" bytes; it must have 4 or 8"));
    *value = cells(p, bytes / CELL);
    return ST_OK;
}

/* --- addresses ---------------------------------------------------------------------------- */

static bool one_or_two(uint32_t n)
{
    return n == 1 || n == 2;
}

/* Through the window of the bus at `bus` into the addresses of the bus above it. */
static status_t translate(const struct tree *t, int bus, uint64_t *base, uint64_t bytes,
                          struct text *why)
{
    const struct tree_level *l = &t->level[bus], *up = &t->level[bus - 1];
    uint32_t entry = CELL * (l->address_cells + up->address_cells + l->size_cells);

    if (!l->ranges)
        return tree_refuse(t, why, STR("bus "), STR(l->name),
                           STR(" above it has no ranges, so the CPU cannot reach it"));
    if (l->ranges_bytes == 0)
        return ST_OK;
    if (!one_or_two(l->address_cells) || !one_or_two(up->address_cells) ||
        !one_or_two(l->size_cells) || l->ranges_bytes % entry != 0)
        return tree_refuse(t, why, STR("bus "), STR(l->name),
                           STR(" above it has ranges of a shape we do not read"));

    for (uint32_t at = 0; at < l->ranges_bytes; at += entry) {
        const uint8_t *p = l->ranges + at;
        uint64_t child = cells(p, l->address_cells);
        uint64_t parent = cells(p + CELL * l->address_cells, up->address_cells);
        uint64_t size = cells(p + CELL * (l->address_cells + up->address_cells), l->size_cells);
        uint64_t offset = *base - child;

        if (*base < child || offset > size || bytes > size - offset)
            continue;
        if (parent + offset < parent || parent + offset + bytes < parent + offset)
            return tree_refuse(t, why, STR("bus "), STR(l->name),
                               STR(" above it has ranges that wrap at 2^64"));
        *base = parent + offset;
        return ST_OK;
    }
    return tree_refuse(t, why, STR("its registers at "), HEX(*base),
                       STR(" lie in no window of bus "), STR(l->name));
}

status_t tree_reg(const struct tree *t, unsigned index, uint64_t *base, uint64_t *bytes,
                  struct text *why)
{
    const struct tree_level *up = &t->level[t->depth > 0 ? t->depth - 1 : 0];
    uint32_t have, entry = CELL * (up->address_cells + up->size_cells);
    const uint8_t *p = tree_prop(t, "reg", &have);
    status_t st;

    if (!p)
        return ST_NOT_FOUND;
    if (!one_or_two(up->address_cells) || !one_or_two(up->size_cells))
        return tree_refuse(t, why, STR("its parent's #address-cells or #size-cells is not 1 or 2"));
    if (have == 0 || have % entry != 0)
        return tree_refuse(t, why, STR("reg has "), DEC(have), STR(" bytes; entries have "),
                           DEC(entry));
    if (index >= have / entry)
        return ST_NOT_FOUND;

    p += index * entry;
    *base = cells(p, up->address_cells);
    *bytes = cells(p + CELL * up->address_cells, up->size_cells);
    if (*base + *bytes < *base)
        return tree_refuse(t, why, STR("reg "), HEX(*base), STR(" + "), HEX(*bytes),
                           STR(" wraps at 2^64"));
    for (int bus = t->depth - 1; bus > 0; bus--)
        if ((st = translate(t, bus, base, *bytes, why)) != ST_OK)
            return st;
    return ST_OK;
}

status_t tree_address(const struct tree *t, uint64_t *address, struct text *why)
{
    const struct tree_level *up = &t->level[t->depth > 0 ? t->depth - 1 : 0];
    uint32_t bytes;
    const uint8_t *p = tree_prop(t, "reg", &bytes);

    if (!p)
        return tree_refuse(t, why, STR("it has no reg"));
    if (!one_or_two(up->address_cells) || up->size_cells != 0)
        return tree_refuse(t, why,
                           STR("its parent must have #address-cells 1 or 2 and #size-cells 0"));
    if (bytes != CELL * up->address_cells)
        return tree_refuse(t, why, STR("reg has "), DEC(bytes), STR(" bytes; it must have "),
                           DEC(CELL * up->address_cells));
    *address = cells(p, up->address_cells);
    return ST_OK;
}

/* --- interrupts --------------------------------------------------------------------------- */

status_t tree_interrupt(const struct tree *t, unsigned index, uint32_t controller, uint32_t ncells,
                        struct tree_interrupt *out, struct text *why)
{
    uint32_t bytes, entry, skip = 0;
    const uint8_t *p = tree_prop(t, "interrupts-extended", &bytes);

    if (p) {
        skip = CELL; /* each entry starts with the phandle of its controller */
    } else {
        p = tree_prop(t, "interrupts", &bytes);
        if (!p || tree_at(t)->interrupt_parent != controller || controller == 0)
            return ST_NOT_FOUND;
    }
    entry = skip + CELL * ncells;
    if (!skip && (bytes == 0 || bytes % entry != 0))
        return tree_refuse(t, why, STR("interrupts has "), DEC(bytes), STR(" bytes; entries have "),
                           DEC(entry));
    if (index >= bytes / entry)
        return ST_NOT_FOUND;
    for (unsigned i = 0; skip && i <= index; i++)
        /* Another controller's entry has a length of its own: what follows cannot be found. */
        if (cell(p + i * entry) != controller)
            return ST_NOT_FOUND;

    *out = (struct tree_interrupt){.ncells = ncells};
    for (unsigned i = 0; i < ncells; i++)
        out->cell[i] = cell(p + index * entry + skip + i * CELL);
    return ST_OK;
}
