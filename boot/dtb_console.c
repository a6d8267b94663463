/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb_console - which UART is the console: the tree's choice, or another that was asked for.
 *
 * A UART that is behind PCI Express (that of a Raspberry Pi 5's 40-pin header) is not taken from the tree: the tree says
 * where a Linux that sets the bus up would put it, and not where the firmware left it. boot/rp1.h asks the hardware.
 */
#include <libfdt.h>
#include <string.h>
#include "boot/dtb_priv.h"

/* A path ends at ':' (options) or at its terminator. Negative if there is no such node. */
static int node_of_path(const void *fdt, const char *path)
{
    return path[0] == '/' ? fdt_path_offset_namelen(fdt, path, (int)strcspn(path, ":")) : -1;
}

/*
 * Aliases are looked up here, not by libfdt: version 1.6.1 follows an alias that names
 * itself for ever.
 */
static int node_of_alias(const void *fdt, const char *alias)
{
    int aliases = fdt_path_offset(fdt, "/aliases"), n = 0;
    const char *path = NULL;

    if (aliases >= 0)
        path = fdt_getprop_namelen(fdt, aliases, alias, (int)strcspn(alias, ":"), &n);
    return path && n > 0 && memchr(path, 0, (size_t)n) ? node_of_path(fdt, path) : -1;
}

/* The node that stdout-path or the alias serial0 names; negative if neither does. */
static int stdout_node(const void *fdt)
{
    int chosen = fdt_path_offset(fdt, "/chosen"), node = -1, n = 0;
    const char *path = chosen >= 0 ? fdt_getprop(fdt, chosen, "stdout-path", &n) : NULL;

    if (path && n > 0 && memchr(path, 0, (size_t)n))
        node = path[0] == '/' ? node_of_path(fdt, path) : node_of_alias(fdt, path);
    return node >= 0 ? node : node_of_alias(fdt, "serial0");
}

static bool is_pl011(const struct tree *t)
{
    /* The second is what newer trees of the Raspberry Pi 5 call it: the same registers on another bus. */
    return tree_at(t)->enabled &&
           (tree_compatible(t, "arm,pl011") || tree_compatible(t, "arm,pl011-axi"));
}

/* False: out of our reach, or no whole PL011. */
static bool take_console(const struct tree *t, struct machine *m)
{
    struct range r;
    uint32_t edge;

    if (tree_reg(t, 0, &r.base, &r.bytes, NULL) != ST_OK || !range_usable(r.base, r.bytes) ||
        r.bytes < PL011_BYTES || r.base % 4 != 0)
        return false;
    m->console_kind = 1;
    m->console = r;
    if (dtb_intid(t, m, 0, &m->console_intid, &edge, NULL) != ST_OK)
        m->console_intid = 0;
    return true;
}

/* The one at `wanted`, or the first that can be used if that is negative. */
static bool find_console(const void *fdt, int wanted, struct machine *m)
{
    struct tree t;

    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK)
        if ((wanted < 0 || tree_at(&t)->node == wanted) && is_pl011(&t) && take_console(&t, m))
            return true;
    return false;
}

/*
 * Nobody names one, or one of another kind (the mini UART of a Raspberry Pi 4), or one that cannot be reached: the
 * first PL011 that can is better than silence.
 */
void dtb_read_console(const void *fdt, struct machine *m)
{
    m->console_kind = 0;
    if (!find_console(fdt, stdout_node(fdt), m))
        (void)find_console(fdt, -1, m);
}

/* --- another one, asked for ------------------------------------------------------------------------- */

status_t dtb_console_at(struct machine *m, paddr_t base, struct text *why)
{
    struct range r = {base, PL011_BYTES};
    uint32_t kind = m->console_kind;
    bool bad;

    m->console_kind = 0; /* the console that was is no reason against its own place */
    bad = base % 4 != 0 || base % PAGE_BYTES > PAGE_BYTES - PL011_BYTES || !range_usable(base, r.bytes) ||
          dtb_is_private(m, r);
    m->console_kind = kind;
    if (bad)
        return refuse(why, ST_FORMAT, STR("there can be no UART at "), HEX(base),
                      STR(" (skerry.uart): it is out of reach, or where memory, the interrupt controller or the "
                          "reset block is"));
    if (m->console_kind && m->console.base == base)
        return ST_OK;
    m->console_kind = 1;
    m->console = r;
    m->console_intid = 0;
    return ST_OK;
}

/*
 * Above RP1 is a root complex; both have names of their own in the tree. Of the three that a BCM2712 has the one is
 * taken below which RP1 is.
 */
void dtb_read_rp1(const void *fdt, struct machine *m)
{
    struct range root = {0, 0};
    int depth = -1; /* of `root` */
    struct tree t;

    m->rp1_root = (struct range){0, 0};
    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK) {
        if (t.depth <= depth)
            depth = -1;
        if (!tree_at(&t)->enabled)
            continue;
        if (tree_compatible(&t, "brcm,bcm2712-pcie") &&
            tree_reg(&t, 0, &root.base, &root.bytes, NULL) == ST_OK &&
            range_usable(root.base, root.bytes) && root.bytes >= RP1_ROOT_BYTES &&
            root.base % PAGE_BYTES == 0) {
            depth = t.depth;
        } else if (depth >= 0 && (tree_compatible(&t, "pci1de4,1") || tree_named(&t, "rp1"))) {
            m->rp1_root = root;
            return;
        }
    }
}
