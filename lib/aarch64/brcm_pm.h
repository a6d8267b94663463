/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/aarch64/brcm_pm - the reset and watchdog block of Broadcom's chips on Raspberry Pis.
 *
 * There is no public manual of it. Offsets, password and bits are those of Linux'
 * drivers/watchdog/bcm2835_wdt.c (PM_RSTC, PM_RSTS, PM_WDOG ...), which TF-A's plat/rpi and QEMU's
 * hw/misc/bcm2835_powermgt.c agree with. A write without the password is ignored.
 *
 * What is to be written is decided here, pure; who has the registers writes it, in order.
 */
#pragma once
#include "lib/base/bits.h"

/* clang-format off */
#define PM_RSTC           0x1cu        /* reset control                                            */
#define PM_RSTS           0x20u        /* reset status: which partition the firmware boots next    */
#define PM_WDOG           0x24u        /* time left, in 1/65536 s                                  */
#define PM_BYTES          0x28u

#define PM_PASSWORD       0x5a000000u
#define PM_RSTC_WRCFG     FIELD(5, 4)  /* 2: reset all when the time is over                       */
#define PM_RSTC_STOPPED   0x102u       /* the watchdog does not run                                */
#define PM_RSTS_HALT      0x555u       /* partition 63, in bits 0, 2 .. 10: halt, do not boot      */
#define PM_TICKS          10u          /* about 150 us                                             */
/* clang-format on */

struct pm_write {
    uint32_t offset, value;
};
#define PM_HALT_WRITES 3

/* The machine halts: the firmware, started anew, finds that it is not to boot. rstc, rsts: as read. */
static inline void pm_halt(uint32_t rstc, uint32_t rsts, struct pm_write w[PM_HALT_WRITES])
{
    w[0] = (struct pm_write){PM_RSTS, PM_PASSWORD | (rsts & 0xffffffu) | PM_RSTS_HALT};
    w[1] = (struct pm_write){PM_WDOG, PM_PASSWORD | PM_TICKS};
    w[2] = (struct pm_write){PM_RSTC, PM_PASSWORD | (rstc & 0xffffffu & ~(uint32_t)PM_RSTC_WRCFG) |
                                          (uint32_t)FIELD_PUT(PM_RSTC_WRCFG, 2)};
}

/* A watchdog that the firmware started (config.txt: kernel_watchdog_timeout) is stopped: the monitor starts its own. */
static inline struct pm_write pm_stop_watchdog(void)
{
    return (struct pm_write){PM_RSTC, PM_PASSWORD | PM_RSTC_STOPPED};
}

#define PM_WATCH_WRITES 2
#define PM_WDOG_MAX     0xfffffu /* PM_WDOG_TIME_SET: the counter has 20 bits            */
#define PM_WATCH_MS_MAX 15999u   /* what that is, in whole milliseconds                  */

/*
 * All is reset `ms` from now, 1 .. PM_WATCH_MS_MAX, unless this is done again before: the time first, so that what runs
 * already runs anew before it is told to run. rstc: as read.
 */
static inline void pm_watch(uint32_t rstc, uint32_t ms, struct pm_write w[PM_WATCH_WRITES])
{
    uint32_t ticks = (uint32_t)((uint64_t)ms * 65536 / 1000);

    w[0] = (struct pm_write){PM_WDOG, PM_PASSWORD | (ticks < PM_WDOG_MAX ? ticks : PM_WDOG_MAX)};
    w[1] = (struct pm_write){PM_RSTC, PM_PASSWORD | (rstc & 0xffffffu & ~(uint32_t)PM_RSTC_WRCFG) |
                                          (uint32_t)FIELD_PUT(PM_RSTC_WRCFG, 2)};
}

/* What both worlds do with it: registers at `pm`, mapped as a device. */
static inline void pm_halt_now(volatile void *pm)
{
    volatile uint32_t *reg = pm;
    struct pm_write w[PM_HALT_WRITES];

    pm_halt(reg[PM_RSTC / 4], reg[PM_RSTS / 4], w);
    for (unsigned i = 0; i < PM_HALT_WRITES; i++)
        reg[w[i].offset / 4] = w[i].value;
}

static inline void pm_watch_now(volatile void *pm, uint32_t ms)
{
    volatile uint32_t *reg = pm;
    struct pm_write w[PM_WATCH_WRITES];

    pm_watch(reg[PM_RSTC / 4], ms, w);
    for (unsigned i = 0; i < PM_WATCH_WRITES; i++)
        reg[w[i].offset / 4] = w[i].value;
}

static inline void pm_stop_watchdog_now(volatile void *pm)
{
    struct pm_write w = pm_stop_watchdog();

    ((volatile uint32_t *)pm)[w.offset / 4] = w.value;
}
