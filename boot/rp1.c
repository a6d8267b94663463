/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/rp1 - see rp1.h. */
#include "boot/rp1.h"
#include "lib/abi/layout.h"
#include "lib/base/bits.h"

/* clang-format off */
/* The root complex (pcie-brcmstb.c). Its own configuration space lies at 0. */
#define RC_BUSES          0x0018u         /* PCI bridge: primary, secondary, subordinate bus          */
#define RC_MEM_WIN_LO     0x400cu         /* PCIE_MISC_CPU_2_PCIE_MEM_WIN0_LO, _HI; a window: + 8     */
#define RC_MEM_WIN_HI     0x4010u
#define RC_STATUS         0x4068u         /* PCIE_MISC_PCIE_STATUS                                    */
#define RC_MEM_WIN_LIMITS 0x4070u         /* ..._MEM_WIN0_BASE_LIMIT; a window: + 4                   */
#define RC_MEM_BASE_HI    0x4080u         /* ..._MEM_WIN0_BASE_HI, ..._LIMIT_HI; a window: + 8        */
#define RC_MEM_LIMIT_HI   0x4084u
#define RC_CFG_DATA       0x8000u         /* PCIE_EXT_CFG_DATA: configuration space of who is chosen  */
#define RC_CFG_INDEX      0x9000u         /* PCIE_EXT_CFG_INDEX: bus << 20, device and function << 12 */
#define WINDOWS           4u              /* BRCM_NUM_PCIE_OUT_WINS                                   */
#define STATUS_UP         (BIT(4) | BIT(5)) /* PHYLINKUP, DL_ACTIVE                                   */
#define BUSES_SECONDARY   FIELD(15, 8)
#define LIMITS_BASE       FIELD(15, 4)    /* in MiB, bits 11:0; above them base_hi                    */
#define LIMITS_LIMIT      FIELD(31, 20)
#define LIMITS_HI         FIELD(7, 0)
#define MB_HI_SHIFT       12u

/* Configuration space (PCI Local Bus 3.0, section 6.1). */
#define CFG_ID            0x00u
#define CFG_COMMAND       0x04u
#define CFG_BAR1          0x14u
#define COMMAND_MEMORY    BIT(1)
#define BAR_NOT_MEMORY32  FIELD(2, 0)     /* 0: memory, 32 bits                                       */
#define BAR_FLAGS         FIELD(3, 0)

/* RP1 */
#define RP1_ID            0x00011de4u     /* device 1 of vendor 0x1de4                                */
#define RP1_UART0         0x30000u
#define RP1_UART_BYTES    0x1000u
/* clang-format on */

static uint32_t get(const struct rp1_root *r, uint32_t offset)
{
    return r->read(r->context, offset);
}

static uint64_t megabytes(const struct rp1_root *r, unsigned window, uint64_t limits, uint32_t hi)
{
    return (FIELD_GET(LIMITS_HI, get(r, hi + 8 * window)) << MB_HI_SHIFT | limits) * MIB;
}

/* Where the CPU sees a PCIe address through this window. */
static bool through(const struct rp1_root *r, unsigned window, uint64_t address, paddr_t *seen)
{
    uint32_t limits = get(r, RC_MEM_WIN_LIMITS + 4 * window);
    uint64_t base = megabytes(r, window, FIELD_GET(LIMITS_BASE, limits), RC_MEM_BASE_HI);
    uint64_t last = megabytes(r, window, FIELD_GET(LIMITS_LIMIT, limits), RC_MEM_LIMIT_HI);
    uint64_t to = ALIGN_DOWN(get(r, RC_MEM_WIN_LO + 8 * window), MIB) |
                  (uint64_t)get(r, RC_MEM_WIN_HI + 8 * window) << 32;

    if (last < base || base == 0 || address < to || address - to > last + MIB - base - RP1_UART_BYTES)
        return false;
    *seen = base + (address - to);
    return *seen < PHYS_LIMIT;
}

static status_t refuse_rp1(struct text *why, const char *what, uint64_t value)
{
    return refuse(why, ST_UNSUPPORTED, STR(what), STR(" ("), HEX(value), STR(")"));
}

/* With RP1's configuration space chosen. */
static status_t read_bar(const struct rp1_root *r, uint64_t *bar, struct text *why)
{
    uint32_t id = get(r, RC_CFG_DATA + CFG_ID), command, value;

    if (id != RP1_ID)
        return refuse_rp1(why, "what answers there is no RP1", id);
    command = get(r, RC_CFG_DATA + CFG_COMMAND);
    if (!(command & COMMAND_MEMORY))
        return refuse_rp1(why, "the firmware left RP1's memory switched off", command);
    value = get(r, RC_CFG_DATA + CFG_BAR1);
    if (value & BAR_NOT_MEMORY32)
        return refuse_rp1(why, "RP1's BAR 1 is no 32-bit memory", value);
    *bar = value & ~(uint32_t)BAR_FLAGS;
    return ST_OK;
}

status_t rp1_uart(const struct rp1_root *root, paddr_t *uart, struct text *why)
{
    uint32_t status = get(root, RC_STATUS), index;
    uint64_t bus, bar;
    status_t st;

    /* All ones is what is read of something in reset. */
    if (status == UINT32_MAX || (status & STATUS_UP) != STATUS_UP)
        return refuse_rp1(why, "the link to RP1 is down; config.txt needs enable_rp1_uart=1 and pciex4_reset=0", status);
    bus = FIELD_GET(BUSES_SECONDARY, get(root, RC_BUSES));
    if (bus == 0)
        return refuse_rp1(why, "the firmware left the bus of RP1 without a number", bus);
    index = get(root, RC_CFG_INDEX);
    root->write(root->context, RC_CFG_INDEX, (uint32_t)bus << 20);
    st = read_bar(root, &bar, why);
    root->write(root->context, RC_CFG_INDEX, index);
    if (st != ST_OK)
        return st;
    for (unsigned i = 0; i < WINDOWS; i++)
        if (through(root, i, bar + RP1_UART0, uart))
            return ST_OK;
    return refuse_rp1(why, "no window of the root complex shows RP1's BAR 1", bar);
}
