/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/dtb_devices - interrupt controller, timer, reset block, and what is left for drivers.
 */
#include <libfdt.h>
#include <string.h>
#include "boot/dtb_priv.h"
#include "lib/aarch64/brcm_pm.h"

/* --- the interrupt controller ------------------------------------------------------------------ */

enum { PPI_FIRST = 16, PPIS = 16, SPI_FIRST = 32, SPIS = 988 };

#define GICV2_BYTES_MIN    0x100u
#define GICV3_DIST_BYTES   (64 * KIB)
#define GICV3_REDIST_BYTES (128 * KIB)

static uint32_t gic_version(const struct tree *t)
{
    static const char *const v2[] = {"arm,gic-400", "arm,cortex-a15-gic", "arm,cortex-a9-gic",
                                     "arm,cortex-a7-gic", "qcom,msm-qgic2"};

    if (!tree_at(t)->enabled)
        return 0;
    if (tree_compatible(t, "arm,gic-v3"))
        return 3;
    for (unsigned i = 0; i < ARRAY_LEN(v2); i++)
        if (tree_compatible(t, v2[i]))
            return 2;
    return 0;
}

static status_t gic_range(const struct tree *t, unsigned index, uint64_t least, const char *what,
                          struct range *r, struct text *why)
{
    status_t st = tree_reg(t, index, &r->base, &r->bytes, why);

    if (st == ST_NOT_FOUND)
        return tree_refuse(t, why, STR("reg does not name the "), STR(what));
    if (st != ST_OK)
        return st;
    if (r->bytes < least || !range_usable(r->base, r->bytes) || r->base % PAGE_BYTES != 0)
        return tree_refuse(t, why, STR("the "), STR(what), STR(" at "), HEX(r->base), STR(" + "),
                           HEX(r->bytes), STR(" is too small, unaligned or out of reach"));
    return ST_OK;
}

static status_t read_redistributors(const struct tree *t, struct machine_gic *g, struct text *why)
{
    uint32_t n = 1;
    status_t st;

    if ((st = tree_u32(t, "#redistributor-regions", &n, why)) == ST_FORMAT)
        return st;
    if (n == 0 || n > REDIST_MAX)
        return tree_refuse(t, why, DEC(n), STR(" redistributor regions; there can be 1 to "),
                           DEC(REDIST_MAX));
    if ((st = tree_u64(t, "redistributor-stride", &g->redist_stride, why)) == ST_FORMAT)
        return st;
    if (g->redist_stride % (64 * KIB) != 0 ||
        (g->redist_stride != 0 && g->redist_stride < GICV3_REDIST_BYTES))
        return tree_refuse(t, why, STR("redistributor-stride "), HEX(g->redist_stride),
                           STR(" is not a multiple of 64 KiB that holds a redistributor"));
    for (uint32_t i = 0; i < n; i++) {
        if ((st = gic_range(t, 1 + i, GICV3_REDIST_BYTES, "redistributors", &g->redist[i], why)) !=
            ST_OK)
            return st;
        for (uint32_t j = 0; j < i; j++)
            if (ranges_meet(&g->redist[i], &g->redist[j]))
                return tree_refuse(t, why, STR("redistributor regions overlap at "),
                                   HEX(g->redist[i].base));
        if (ranges_meet(&g->redist[i], &g->dist))
            return tree_refuse(t, why, STR("redistributors and distributor overlap at "),
                               HEX(g->redist[i].base));
    }
    g->nredist = n;
    return ST_OK;
}

static status_t read_gic_node(const struct tree *t, struct machine_gic *g, struct text *why)
{
    status_t st;

    if ((st = tree_u32(t, "phandle", &g->phandle, why)) == ST_FORMAT)
        return st;
    if (st == ST_NOT_FOUND || g->phandle == 0)
        return tree_refuse(t, why, STR("no phandle, so nothing can name it"));
    if ((st = tree_u32(t, "#interrupt-cells", &g->interrupt_cells, why)) == ST_FORMAT)
        return st;
    if (g->interrupt_cells != 3 && !(g->version == 3 && g->interrupt_cells == 4))
        return tree_refuse(t, why, STR("#interrupt-cells is "), DEC(g->interrupt_cells),
                           STR("; it must be 3"));
    if (g->version == 3) {
        if ((st = gic_range(t, 0, GICV3_DIST_BYTES, "distributor", &g->dist, why)) != ST_OK)
            return st;
        return read_redistributors(t, g, why);
    }
    if ((st = gic_range(t, 0, PAGE_BYTES, "distributor", &g->dist, why)) != ST_OK)
        return st;
    if ((st = gic_range(t, 1, GICV2_BYTES_MIN, "CPU interface", &g->cpu, why)) != ST_OK)
        return st;
    if (ranges_meet(&g->dist, &g->cpu))
        return tree_refuse(t, why, STR("distributor and CPU interface overlap"));
    return ST_OK;
}

status_t dtb_read_gic(const void *fdt, struct machine *m, struct text *why)
{
    struct tree t;
    status_t st;

    tree_start(&t, fdt);
    while ((st = tree_next(&t, why)) == ST_OK)
        if ((m->gic.version = gic_version(&t)) != 0)
            return read_gic_node(&t, &m->gic, why);
    if (st != ST_NOT_FOUND)
        return st;
    return refuse(why, ST_UNSUPPORTED,
                  STR("the device tree names no interrupt controller that we drive "
                      "(a GICv2 such as arm,gic-400, or arm,gic-v3)"));
}

/* Binding arm,gic and arm,gic-v3: type (0 SPI, 1 PPI), number, trigger (1, 2: edge). */
status_t dtb_intid(const struct tree *t, const struct machine *m, unsigned index, uint32_t *intid,
                   uint32_t *edge, struct text *why)
{
    struct tree_interrupt irq;
    status_t st;

    if (m->gic.interrupt_cells < 3)
        return ST_NOT_FOUND; /* not read yet */
    st = tree_interrupt(t, index, m->gic.phandle, m->gic.interrupt_cells, &irq, why);
    if (st != ST_OK)
        return st;
    if (irq.cell[0] == 0 && irq.cell[1] < SPIS)
        *intid = SPI_FIRST + irq.cell[1];
    else if (irq.cell[0] == 1 && irq.cell[1] < PPIS)
        *intid = PPI_FIRST + irq.cell[1];
    else
        return tree_refuse(t, why, STR("interrupt <"), DEC(irq.cell[0]), STR(" "), DEC(irq.cell[1]),
                           STR("> is neither an SPI nor a PPI of the GIC"));
    *edge = (irq.cell[2] & 0xf) == 1 || (irq.cell[2] & 0xf) == 2;
    return ST_OK;
}

/* --- the timer --------------------------------------------------------------------------------- */

static unsigned timer_index(const struct tree *t, const char *name, unsigned otherwise)
{
    uint32_t bytes;
    const char *names = (const char *)tree_prop(t, "interrupt-names", &bytes);
    unsigned index = 0;

    if (!names)
        return otherwise;
    for (uint32_t at = 0; at < bytes; index++) {
        const char *end = memchr(names + at, 0, bytes - at);

        if (!end)
            break;
        if (!strcmp(names + at, name))
            return index;
        at = (uint32_t)(end - names) + 1;
    }
    return UINT32_MAX;
}

static status_t timer_interrupt(const struct tree *t, const struct machine *m, unsigned index,
                                uint32_t *intid, struct text *why)
{
    uint32_t edge;
    status_t st;

    *intid = 0;
    if (index == UINT32_MAX)
        return ST_OK;
    st = dtb_intid(t, m, index, intid, &edge, why);
    if (st == ST_OK && *intid >= SPI_FIRST)
        return tree_refuse(t, why,
                           STR("a timer interrupt that is not private to its core (a PPI)"));
    return st == ST_NOT_FOUND ? ST_OK : st;
}

status_t dtb_read_timer(const void *fdt, struct machine *m, struct text *why)
{
    struct tree t;
    status_t st;

    tree_start(&t, fdt);
    while ((st = tree_next(&t, why)) == ST_OK) {
        if (!tree_at(&t)->enabled || !tree_compatible(&t, "arm,armv8-timer"))
            continue;
        /* Order of the binding: secure, non-secure, virtual, hypervisor, hypervisor virtual. */
        if ((st = timer_interrupt(&t, m, timer_index(&t, "virt", 2), &m->timer_virt, why)) != ST_OK)
            return st;
        if ((st = timer_interrupt(&t, m, timer_index(&t, "hyp-phys", 3), &m->timer_hyp, why)) !=
            ST_OK)
            return st;
        if (m->timer_virt == 0)
            return tree_refuse(&t, why,
                               STR("it names no interrupt of the virtual timer at the GIC"));
        return ST_OK;
    }
    if (st != ST_NOT_FOUND)
        return st;
    return refuse(why, ST_FORMAT, STR("the device tree has no timer (arm,armv8-timer)"));
}

/* --- the reset block of a Raspberry Pi ------------------------------------------------------------ */

void dtb_read_reset(const void *fdt, struct machine *m)
{
    struct tree t;

    m->reset = (struct range){0, 0};
    tree_start(&t, fdt);
    while (tree_next(&t, NULL) == ST_OK) {
        struct range r;

        if (!tree_at(&t)->enabled || !(tree_compatible(&t, "brcm,bcm2835-pm-wdt") ||
                                       tree_compatible(&t, "brcm,bcm2711-pm") ||
                                       tree_compatible(&t, "brcm,bcm2712-pm")))
            continue;
        if (tree_reg(&t, 0, &r.base, &r.bytes, NULL) == ST_OK && range_usable(r.base, r.bytes) &&
            r.bytes >= PM_BYTES && r.base % 4 == 0 &&
            r.base / PAGE_BYTES == (r.base + PM_BYTES - 1) / PAGE_BYTES)
            m->reset = (struct range){r.base, PM_BYTES};
        return;
    }
}

/* --- what is left for drivers ------------------------------------------------------------------- */

static struct range pages_of(struct range r)
{
    uint64_t first = r.base / PAGE_BYTES, last = (r.base + r.bytes - 1) / PAGE_BYTES;

    return (struct range){first * PAGE_BYTES, (last - first + 1) * PAGE_BYTES};
}

bool dtb_is_private(const struct machine *m, struct range r)
{
    struct range pages = pages_of(r);

    for (uint32_t i = 0; i < m->nram; i++)
        if (ranges_meet(&pages, &m->ram[i]))
            return true;
    for (uint32_t i = 0; i < m->gic.nredist; i++)
        if (ranges_meet(&pages, &m->gic.redist[i]))
            return true;
    return ranges_meet(&pages, &m->gic.dist) || ranges_meet(&pages, &m->gic.cpu) ||
           (m->console_kind && ranges_meet(&pages, &m->console)) ||
           (m->reset.bytes && ranges_meet(&pages, &m->reset));
}

/* A device that a driver can be given: registers in reach and an interrupt of all cores. */
static bool read_device(const struct tree *t, const struct machine *m, struct boot_device *d)
{
    const char *name = tree_string(t, "compatible");
    size_t n;

    memset(d, 0, sizeof *d);
    if (!name || !tree_at(t)->enabled ||
        tree_reg(t, 0, &d->regs.base, &d->regs.bytes, NULL) != ST_OK ||
        !range_usable(d->regs.base, d->regs.bytes) || dtb_is_private(m, d->regs))
        return false;
    if (dtb_intid(t, m, 0, &d->intid, &d->edge, NULL) != ST_OK || d->intid < SPI_FIRST)
        return false;
    n = strlen(name);
    memcpy(d->compatible, name, n < sizeof d->compatible ? n : sizeof d->compatible - 1);
    return true;
}

status_t dtb_read_devices(const void *fdt, struct machine *m, struct text *why)
{
    struct boot_device d;
    struct tree t;
    status_t st;

    tree_start(&t, fdt);
    while ((st = tree_next(&t, why)) == ST_OK) {
        if (tree_compatible(&t, "virtio,mmio")) {
            if (m->nvirtio < VIRTIO_MAX && read_device(&t, m, &d))
                m->virtio[m->nvirtio++] = d;
        } else if (m->ndevices < DEVICES_MAX && read_device(&t, m, &d)) {
            m->device[m->ndevices++] = d;
        }
    }
    return st == ST_NOT_FOUND ? ST_OK : st;
}
