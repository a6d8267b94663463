/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/abi/bootinfo - all that boot hands to a CPU driver, and nothing else.
 *
 * The first core's boot code fills one bootinfo per core from the device tree and
 * puts it at the start of that core's share. Each core's own boot stage then adds
 * what it did itself (the part marked "by this core"). The CPU driver reads it and
 * passes a read-only frame of it to its monitor.
 *
 * A CPU driver is entered with
 *   x0     its bootinfo at KERNEL_BASE + physical address; no other register means anything
 *   EL     1, or 2 with VHE (HCR_EL2.E2H and TGE), never 2 without; DAIF masked, SPSel 1
 *   SP     undefined; VBAR_EL1 and TPIDR_EL1 are boot's and must be set before a fault can happen
 *   MMU    on, caches on; TCR, MAIR and SCTLR as lib/aarch64/mmu.h has them (T0SZ 26, T1SZ 25)
 *   TTBR1  kernel_root: its kernel half. bootinfo, the tables themselves, constants: read-only;
 *          code: read-only, executable; the rest of its share: read-write; its device pages
 *   TTBR0  a table that maps nothing, in its own share; nothing else is in the TLBs
 *   FP     trapped (CPACR_EL1 is 0); timers as the firmware left them; GIC: the distributor is
 *          set up (every SPI disabled, level, priority 0xa0, to the first core) and on
 *
 * One page after the CPU driver's image is the last code of boot (boot/handover.S); it
 * stays mapped executable and is never used again. Free memory is not zeroed; the mesh is.
 */
#pragma once
#include "lib/base/types.h"

#define BOOTINFO_MAGIC 0x30544f4f42595245ull /* "ERYBOOT0" */
#define BOOTINFO_VERSION 2u
#define SHARE_RANGES 4
#define MONITOR_SEGMENTS 6
#define BOOT_PHASES 7
#define BOOTARGS_BYTES 256
#define DEVICES_MAX 8

struct range {
    paddr_t base;
    uint64_t bytes;
};

enum start_method { START_NONE, START_PSCI_HVC, START_PSCI_SMC, START_SPIN_TABLE };

enum boot_flags {
    BOOT_EL2 = 1,         /* runs at EL2 with VHE (HCR_EL2.E2H and TGE)                     */
    BOOT_SEMIHOSTING = 2, /* bootargs has skerry.exit=semihosting: HLT #0xf000 ends the run */
};

struct boot_core {
    uint64_t mpidr;       /* affinity bits, as PSCI wants them                              */
    paddr_t info;         /* its struct bootinfo                                            */
    paddr_t release;      /* spin-table: where its entry point is written, else 0           */
    uint32_t cluster;     /* from cpu-map if present, else the affinity above the lowest
                             level that varies; equal number = same cluster                  */
    uint32_t present;     /* 0: in the tree but disabled ("status")                          */
};

struct boot_gic {
    uint32_t version;     /* 2 or 3 (4 is driven as 3)                                      */
    uint32_t spis;        /* interrupts 32 .. 32+spis-1 exist                               */
    struct range dist;    /* GICD                                                           */
    struct range cpu;     /* v2: GICC                                                       */
    struct range redist;  /* v3: this core's RD_base and SGI_base, 128 KiB                  */
};

struct boot_device {      /* what user programs may be given                                */
    struct range regs;
    uint32_t intid;       /* 0: none                                                        */
    uint32_t edge;        /* 1: edge triggered                                              */
    uint32_t virtio_id;   /* virtio,mmio: the DeviceID found behind the slot, not 0         */
    char compatible[36];
};

struct boot_segment {     /* of the monitor, in this core's share, ready to map             */
    paddr_t base;
    vaddr_t va;
    uint64_t bytes;       /* whole pages                                                    */
    uint32_t perm;        /* PERM_ bits                                                     */
    uint32_t pad;
};

struct bootinfo {
    uint64_t magic;
    uint32_t version;
    uint32_t flags;                            /* enum boot_flags                                     */
    core_id core, ncores;                      /* this core (0: the one that booted); cores in the
                                                  machine, those not present included                  */
    uint32_t start_method;                     /* enum start_method                                   */

    struct range share[SHARE_RANGES];          /* RAM of this core; [0] holds everything below        */
    struct range mesh;                         /* see pair_index: memory shared by pairs of monitors  */
    uint64_t pair_bytes;
    struct range bundle;                       /* cpio archive, read-only for all                     */
    struct range dtb;                          /* the device tree as it was found, read-only for all  */
    paddr_t secondary_entry;                   /* where a core starts; its x0 = its bootinfo          */

    struct boot_gic gic;
    uint32_t timer_intid;                      /* the timer the CPU driver uses: at EL1 the virtual one
                                                  (CNTV_*); at EL2 the hypervisor's physical one, which
                                                  VHE puts behind CNTP_*: every tree names it, and not
                                                  every one names the hypervisor's virtual timer       */
    uint32_t console_kind;                     /* 1: PL011; 0: none                                   */
    struct range console;                      /* UART registers                                      */
    uint32_t console_intid, console_pad;
    struct range reset;                        /* Broadcom's reset block (lib/aarch64/brcm_pm.h), mapped on
                                                  every core, so that each can end the run; bytes 0: none */
    uint32_t ndevices, devices_pad;
    struct boot_device device[DEVICES_MAX];    /* this core's share of the devices                    */
    struct boot_core cores[CORES_MAX];
    char bootargs[BOOTARGS_BYTES];
    uint64_t reset_ticks;                      /* CNTVCT at the first instruction of the first core   */
    uint64_t phase_ticks[BOOT_PHASES];         /* CNTVCT when each phase of the first core was done   */
    uint8_t measurement[32];

    /* By this core */
    struct range kernel;                       /* private copy of the CPU driver                      */
    struct range kcb;                          /* kernel control block, zeroed                        */
    paddr_t kernel_root;                       /* TTBR1                                               */
    struct range free;                         /* what is left of share[0]: the first RAM capability  */
    uint32_t nsegments, segments_pad;
    struct boot_segment segment[MONITOR_SEGMENTS];
    vaddr_t monitor_entry;
    uint64_t entry_ticks;                      /* CNTVCT when this core's boot stage began            */
};
_Static_assert(sizeof(struct bootinfo) <= 8192, "bootinfo is two pages");
#define BOOTINFO_BYTES 8192u

/*
 * The mesh holds pair_bytes for each unordered pair of cores {a, b}, a != b. Its first
 * CHANNEL_BYTES are the channel between the two monitors; the rest they give out, the
 * monitor of the lower core deciding, to channels between programs of these two cores.
 */
static inline uint64_t pair_index(core_id a, core_id b)
{
    uint64_t lo = a < b ? a : b, hi = a < b ? b : a;

    return hi * (hi - 1) / 2 + lo;
}

#define CHANNEL_BYTES 8192u

/* First bytes of a CPU driver image, found by boot through the ELF entry point. */
#define KERNEL_HEADER_MAGIC 0x314c4e4b59524b53ull
struct kernel_header {
    uint64_t magic;
    uint32_t version;   /* BOOTINFO_VERSION it expects      */
    uint32_t kcb_bytes; /* size of its kernel control block */
    uint64_t entry;     /* offset of the first instruction from the header; x0 = bootinfo (virtual) */
};
