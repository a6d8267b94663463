/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/tree_build - see tree_build.h. */
#include "tests/support/tree_build.h"
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "lib/base/check.h"

#define CELLS(...)                                                                                 \
    (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

enum { GIC_PHANDLE = 1, CPU_PHANDLE = 0x100 };

static int node_of(void *fdt, const char *path)
{
    int node = fdt_path_offset(fdt, path);
    const char *name = strrchr(path, '/') + 1;

    if (node < 0)
        node = fdt_add_subnode(fdt, fdt_path_offset_namelen(fdt, path, (int)(name - path)), name);
    CHECK(node >= 0);
    return node;
}

void tree_set_bytes(void *fdt, const char *path, const char *prop, const void *bytes, unsigned n)
{
    CHECK(fdt_setprop(fdt, node_of(fdt, path), prop, bytes, (int)n) == 0);
}

void tree_set_string(void *fdt, const char *path, const char *prop, const char *s)
{
    tree_set_bytes(fdt, path, prop, s, (unsigned)strlen(s) + 1);
}

void tree_set_cells(void *fdt, const char *path, const char *prop, const uint32_t *cell, unsigned n)
{
    uint8_t bytes[256];

    CHECK(n * 4 <= sizeof bytes);
    for (unsigned i = 0; i < n; i++)
        for (unsigned j = 0; j < 4; j++)
            bytes[4 * i + j] = (uint8_t)(cell[i] >> (24 - 8 * j));
    tree_set_bytes(fdt, path, prop, bytes, 4 * n);
}

void tree_delete_prop(void *fdt, const char *path, const char *prop)
{
    CHECK(fdt_delprop(fdt, fdt_path_offset(fdt, path), prop) == 0);
}

static void add_cores(void *fdt, const struct tree_spec *s)
{
    char path[64], map[64];

    tree_set_cells(fdt, "/cpus", "#address-cells", CELLS(1));
    tree_set_cells(fdt, "/cpus", "#size-cells", CELLS(0));
    if (s->clusters) {
        node_of(fdt, "/cpus/cpu-map");
        node_of(fdt, "/cpus/cpu-map/socket0");
    }
    for (unsigned i = s->cores; i-- > 0;) { /* libfdt adds a node before its brothers */
        uint32_t affinity = i / 16 << 8 | i % 16;

        snprintf(path, sizeof path, "/cpus/cpu@%x", affinity);
        tree_set_string(fdt, path, "device_type", "cpu");
        tree_set_cells(fdt, path, "reg", CELLS(affinity));
        tree_set_cells(fdt, path, "phandle", CELLS(CPU_PHANDLE + i));
        tree_set_string(fdt, path, "enable-method", s->spin ? "spin-table" : "psci");
        if (s->spin)
            tree_set_cells(fdt, path, "cpu-release-addr", CELLS(0, 0xd8 + 8 * i));
        if (!s->clusters)
            continue;
        snprintf(map, sizeof map, "/cpus/cpu-map/socket0/cluster%u", i * s->clusters / s->cores);
        node_of(fdt, map);
        snprintf(map, sizeof map, "/cpus/cpu-map/socket0/cluster%u/core%u",
                 i * s->clusters / s->cores, i);
        tree_set_cells(fdt, map, "cpu", CELLS(CPU_PHANDLE + i));
    }
}

static void add_gic(void *fdt, unsigned version)
{
    const char *path = "/intc@8000000";

    tree_set_cells(fdt, path, "phandle", CELLS(GIC_PHANDLE));
    tree_set_cells(fdt, path, "#interrupt-cells", CELLS(3));
    tree_set_bytes(fdt, path, "interrupt-controller", "", 0);
    if (version == 2) {
        tree_set_string(fdt, path, "compatible", "arm,cortex-a15-gic");
        tree_set_cells(fdt, path, "reg", CELLS(0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000));
    } else {
        tree_set_string(fdt, path, "compatible", "arm,gic-v3");
        tree_set_cells(fdt, path, "#redistributor-regions", CELLS(2));
        tree_set_cells(
            fdt, path, "reg",
            CELLS(0, 0x8000000, 0, 0x10000, 0, 0x80a0000, 0, 0xf60000, 0x40, 0, 0, 0x4000000));
    }
}

static void add_devices(void *fdt, uint32_t virtio)
{
    static const char serial[] = "arm,pl011\0arm,primecell", clock[] = "arm,pl031\0arm,primecell";
    char path[64];

    tree_set_string(fdt, "/timer", "compatible", "arm,armv8-timer");
    tree_set_cells(fdt, "/timer", "interrupts", CELLS(1, 13, 4, 1, 14, 4, 1, 11, 4, 1, 10, 4));
    tree_set_bytes(fdt, "/pl011@9000000", "compatible", serial, sizeof serial);
    tree_set_cells(fdt, "/pl011@9000000", "reg", CELLS(0, 0x9000000, 0, 0x1000));
    tree_set_cells(fdt, "/pl011@9000000", "interrupts", CELLS(0, 1, 4));
    tree_set_bytes(fdt, "/pl031@9010000", "compatible", clock, sizeof clock);
    tree_set_cells(fdt, "/pl031@9010000", "reg", CELLS(0, 0x9010000, 0, 0x1000));
    tree_set_cells(fdt, "/pl031@9010000", "interrupts", CELLS(0, 2, 4));
    for (uint32_t i = 0; i < virtio; i++) {
        snprintf(path, sizeof path, "/virtio_mmio@%x", 0xa000000 + 0x200 * i);
        tree_set_string(fdt, path, "compatible", "virtio,mmio");
        tree_set_cells(fdt, path, "reg", CELLS(0, 0xa000000 + 0x200 * i, 0, 0x200));
        tree_set_cells(fdt, path, "interrupts", CELLS(0, 16 + i, 1));
    }
    /* A bus with addresses of its own, one cell each, seen by the CPU from 0x1_0c000000 on. */
    tree_set_string(fdt, "/soc", "compatible", "simple-bus");
    tree_set_cells(fdt, "/soc", "#address-cells", CELLS(1));
    tree_set_cells(fdt, "/soc", "#size-cells", CELLS(1));
    tree_set_cells(fdt, "/soc", "ranges",
                   CELLS(0x1000, 0, 0x7000000, 0x1000, 0x100000, 1, 0xc000000, 0x10000));
    tree_set_string(fdt, "/soc/spi@104000", "compatible", "arm,pl022");
    tree_set_cells(fdt, "/soc/spi@104000", "reg", CELLS(0x104000, 0x1000));
    tree_set_cells(fdt, "/soc/spi@104000", "interrupts", CELLS(0, 9, 4));
}

void *tree_build(const struct tree_spec *s)
{
    void *fdt = malloc(TREE_ROOM);

    CHECK(fdt && fdt_create_empty_tree(fdt, TREE_ROOM) == 0);
    CHECK(fdt_add_mem_rsv(fdt, 0x40000000, 0x1000) == 0);
    tree_set_string(fdt, "/", "compatible", "skerry,test-board");
    tree_set_cells(fdt, "/", "#address-cells", CELLS(2));
    tree_set_cells(fdt, "/", "#size-cells", CELLS(2));
    tree_set_cells(fdt, "/", "interrupt-parent", CELLS(GIC_PHANDLE));

    tree_set_string(fdt, "/chosen", "bootargs", "skerry.exit=semihosting quiet");
    tree_set_string(fdt, "/chosen", "stdout-path", "serial0:115200n8");
    tree_set_cells(fdt, "/chosen", "linux,initrd-start", CELLS(0x48000000));
    tree_set_cells(fdt, "/chosen", "linux,initrd-end", CELLS(0, 0x48012345));
    tree_set_string(fdt, "/aliases", "serial0", "/pl011@9000000");

    tree_set_string(fdt, "/memory@40000000", "device_type", "memory");
    tree_set_cells(fdt, "/memory@40000000", "reg",
                   CELLS(0, 0x40000000, (uint32_t)(s->ram >> 32), (uint32_t)s->ram));
    tree_set_cells(fdt, "/reserved-memory", "#address-cells", CELLS(2));
    tree_set_cells(fdt, "/reserved-memory", "#size-cells", CELLS(2));
    tree_set_bytes(fdt, "/reserved-memory", "ranges", "", 0);
    tree_set_cells(fdt, "/reserved-memory/secure@41000000", "reg",
                   CELLS(0, 0x41000000, 0, 0x234567));
    tree_set_cells(fdt, "/reserved-memory/pool", "size", CELLS(0, 0x100000));

    add_cores(fdt, s);
    if (!s->spin) {
        tree_set_string(fdt, "/psci", "compatible", "arm,psci-1.0");
        tree_set_string(fdt, "/psci", "method", "hvc");
    }
    add_gic(fdt, s->gic);
    add_devices(fdt, s->few ? 1 : 10);
    return fdt;
}
