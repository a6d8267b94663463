/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/support/tree_build - a small device tree of our own, to order, and changes to it.
 *
 * Shaped like the ones real machines have, with everything boot asks about: memory,
 * reserved memory, cores with a cpu-map, PSCI or a spin table, GICv2 or v3, timer, console,
 * clock, virtio, a bus with a window, bootargs, bundle.
 */
#pragma once
#include "lib/base/types.h"

#define TREE_ROOM 65536u

struct tree_spec {
    unsigned cores;    /* affinities 0, 1, .. 15, 0x100, ..          */
    unsigned gic;      /* 2 or 3                                     */
    unsigned clusters; /* 0: no cpu-map                              */
    bool spin;         /* spin-table instead of PSCI                 */
    bool few;          /* one virtio device instead of ten           */
    uint64_t ram;      /* from 0x40000000                            */
};

/* malloc'ed, TREE_ROOM bytes, 8-aligned; not to be freed in pieces. */
void *tree_build(const struct tree_spec *s);

/* Property of the node at path, which is made if it is not there. n cells, or a string. */
void tree_set_cells(void *fdt, const char *path, const char *prop, const uint32_t *cell,
                    unsigned n);
void tree_set_string(void *fdt, const char *path, const char *prop, const char *s);
void tree_set_bytes(void *fdt, const char *path, const char *prop, const void *bytes, unsigned n);
void tree_delete_prop(void *fdt, const char *path, const char *prop);
