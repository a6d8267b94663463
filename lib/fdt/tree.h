/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/fdt/tree - walk a device tree that nobody vouches for.
 *
 * libfdt finds nodes and properties and never reads outside the tree; its own check,
 * however, accepts most trees with a flipped bit. What a property *means* is checked
 * here: lengths, cell counts, wrap at 2^64, translation through every bus above.
 *
 *     tree_check(fdt, bytes, why)            once
 *     tree_start(&t, fdt);
 *     while ((st = tree_next(&t, why)) == ST_OK)
 *         ... t is at a node, its ancestors are t.level[0 .. t.depth - 1] ...
 *
 * The walk is one pass in the order of the tree, so a tree of n nodes costs n steps
 * and nothing is looked up by path or parent. Every refusal is ST_FORMAT and a
 * sentence that names the node. Pure; the tree is never written.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/text.h"
#include "lib/base/types.h"

#define TREE_DEPTH_MAX  32
#define TREE_BYTES_MAX  (2 * MIB) /* Linux' boot protocol for arm64 sets this limit */
#define TREE_PROPS_KEPT 24
#define TREE_CELLS_BAD  255u /* a cell count that could not be read            */

struct tree_level {
    int node; /* libfdt's offset, names the node while the tree is not written */
    const char *name;
    bool enabled;                       /* status of this node and all above       */
    uint32_t address_cells, size_cells; /* of its children                         */
    uint32_t child_interrupt_parent;    /* phandle its children inherit, 0: none   */
    uint32_t interrupt_parent;          /* phandle of this node's own interrupts   */
    const uint8_t *ranges;              /* NULL: children cannot be reached        */
    uint32_t ranges_bytes;              /* 0: children have the parent's addresses */
};

struct tree_prop {
    const char *name;
    const uint8_t *value;
    uint32_t bytes;
};

struct tree {
    const void *fdt;
    int depth; /* of the node we are at, 0 = root, -1 = before it */
    struct tree_level level[TREE_DEPTH_MAX];

    /* Properties of the node we are at, found once: asking libfdt by name walks the node each time. */
    struct tree_prop prop[TREE_PROPS_KEPT];
    unsigned nprops;
    bool more; /* it has others, to be asked for by name */
};

struct tree_interrupt {
    uint32_t cell[4]; /* as the controller's binding says */
    uint32_t ncells;
};

/* Is [fdt, fdt + bytes) a tree libfdt can walk? bytes may be more than the tree has. */
MUST_CHECK status_t tree_check(const void *fdt, uint64_t bytes, struct text *why);
/*
 * Only its header: enough for a walk to stay inside, not for what it finds to be the whole
 * tree. For who must find a console to say that tree_check failed.
 */
MUST_CHECK status_t tree_check_header(const void *fdt, uint64_t bytes, struct text *why);
/* As the header says; and bytes from the header to the end of what is used; the rest up to totalsize is slack. */
uint64_t tree_bytes(const void *fdt);
uint64_t tree_used_bytes(const void *fdt);

void tree_start(struct tree *t, const void *fdt);
/* On to the next node. ST_NOT_FOUND after the last. */
MUST_CHECK status_t tree_next(struct tree *t, struct text *why);

static inline const struct tree_level *tree_at(const struct tree *t)
{
    return &t->level[t->depth];
}

/* Is the node's name `name`, with or without a unit address behind it? */
bool tree_named(const struct tree *t, const char *name);

/* NULL if the node has no such property. */
const uint8_t *tree_prop(const struct tree *t, const char *name, uint32_t *bytes);
/* The first string of a property; NULL if absent or not terminated. */
const char *tree_string(const struct tree *t, const char *name);
/* Is `value` one of the strings of the property? */
bool tree_has_string(const struct tree *t, const char *name, const char *value);
static inline bool tree_compatible(const struct tree *t, const char *value)
{
    return tree_has_string(t, "compatible", value);
}

/* One cell. ST_NOT_FOUND if absent, ST_FORMAT if not four bytes long. */
MUST_CHECK status_t tree_u32(const struct tree *t, const char *name, uint32_t *value,
                             struct text *why);
/* One cell or two. As tree_u32. */
MUST_CHECK status_t tree_u64(const struct tree *t, const char *name, uint64_t *value,
                             struct text *why);

/*
 * Entry `index` of reg, as the CPU sees it: translated through all buses above.
 * ST_NOT_FOUND if there is no such entry. ST_FORMAT if its length is not a whole number
 * of entries, it wraps at 2^64, or a bus on the way has no window for it.
 */
MUST_CHECK status_t tree_reg(const struct tree *t, unsigned index, uint64_t *base, uint64_t *bytes,
                             struct text *why);

/* reg of a node whose parent has no size cells (a core): its one address. Not translated. */
MUST_CHECK status_t tree_address(const struct tree *t, uint64_t *address, struct text *why);

/*
 * Interrupt `index` of the node if it goes to the controller with this phandle and
 * number of cells (at most 4). ST_NOT_FOUND if there is none or it goes elsewhere.
 */
MUST_CHECK status_t tree_interrupt(const struct tree *t, unsigned index, uint32_t controller,
                                   uint32_t ncells, struct tree_interrupt *out, struct text *why);

/* "device tree, node /a/b: " */
void tree_say_node(const struct tree *t, struct text *why);
/* return tree_refuse(t, why, STR("..."));  The node's path comes first by itself. */
#define tree_refuse(t, why, ...) (tree_say_node(t, why), text_put(why, __VA_ARGS__), ST_FORMAT)
