/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/task.h"
#include "lib/aarch64/brcm_pm.h"
#include "lib/aarch64/psci.h"
#include "witness/portable.h"
#include <string.h>

#define SCTLR_UCI  BIT(26) /* EL0 may clean and invalidate caches by address: a monitor loads programs */
#define SCTLR_SPAN BIT(23) /* 0: PAN is set on every entry                                            */
#define SCTLR_NTWE BIT(18) /* EL0 may WFE                                                             */
#define SCTLR_NTWI BIT(16) /* 0: WFI at EL0 is trapped                                                */
#define SCTLR_UCT  BIT(15) /* EL0 may read CTR_EL0                                                    */
#define SCTLR_DZE  BIT(14) /* EL0 may DC ZVA                                                          */
#define SCTLR_SA0  BIT(4)
#define SCTLR_SA   BIT(3)
#define PMCR_RUN   (BIT(0) | BIT(2) | BIT(6)) /* enable, reset the cycle counter, 64 bits */
#define PMU_CYCLES BIT(31)
#define PMU_EL0_READS (BIT(0) | BIT(2))
#define DFR0_PMUVER FIELD(11, 8)

uint64_t now_ticks(void)
{
    return read_cntvct_el0();
}

static uint64_t read_dfr0(void)
{
    uint64_t v;

    __asm__ volatile("mrs %0, id_aa64dfr0_el1" : "=r"(v));
    return v;
}

/* EL0 may read the cycle counter: the probe and the benchmarks do. */
static void open_cycle_counter(void)
{
    uint64_t version = FIELD_GET(DFR0_PMUVER, read_dfr0());

    if (version == 0 || version == 0xf)
        return;
    write_pmcr_el0(PMCR_RUN);
    write_pmccfiltr_el0(0);
    write_pmcntenset_el0(PMU_CYCLES);
    write_pmuserenr_el0(PMU_EL0_READS);
}

void cpu_init(struct kcb *k)
{
    uint64_t sctlr = read_sctlr_el1();

    sctlr |= SCTLR_UCI | SCTLR_NTWE | SCTLR_UCT | SCTLR_DZE | SCTLR_SA0 | SCTLR_SA;
    sctlr &= ~SCTLR_NTWI;
    if (FIELD_GET(MMFR1_PAN, read_id_aa64mmfr1_el1()))
        sctlr &= ~SCTLR_SPAN;
    write_vbar_el1((uint64_t)(uintptr_t)vectors);
    write_sctlr_el1(sctlr);
    write_tpidr_el1((uint64_t)(uintptr_t)k);
    write_tpidrro_el0(k->info->core);
    write_cntkctl_el1(CNTKCTL_EL0VCTEN);
    cpu_fp_open(false);
    open_cycle_counter();

    k->timer_is_physical = k->info->timer_intid == 26 || k->info->timer_intid == 30;
    cpu_timer_off(k->timer_is_physical);
    k->timer_set = UINT64_MAX;
    k->nasids = FIELD_GET(MMFR0_ASIDBITS, read_id_aa64mmfr0_el1()) == 2 ? SPACES_MAX : 255;
    k->next_asid = 1;
    isb();
}

void cpu_timer_set(bool physical, uint64_t ticks)
{
    if (ticks == UINT64_MAX) {
        cpu_timer_off(physical);
    } else if (physical) {
        write_cntp_cval_el0(ticks);
        write_cntp_ctl_el0(CNT_CTL_ENABLE);
    } else {
        write_cntv_cval_el0(ticks);
        write_cntv_ctl_el0(CNT_CTL_ENABLE);
    }
}

void cpu_timer_off(bool physical)
{
    if (physical)
        write_cntp_ctl_el0(0);
    else
        write_cntv_ctl_el0(0);
}

void cpu_fp_open(bool open)
{
    write_cpacr_el1(FIELD_PUT(CPACR_FPEN, open ? FPEN_OPEN : FPEN_TRAP_EL0));
}

/* The ERET to EL0 is the context synchronisation that the new table needs. */
void cpu_space(paddr_t root, uint16_t asid)
{
    write_ttbr0_el1(root | FIELD_PUT(TTBR_ASID, asid));
}

static int64_t psci(const struct kcb *k, uint64_t function, uint64_t a, uint64_t b, uint64_t c)
{
    return psci_call(k->info->start_method == START_PSCI_SMC, function, a, b, c);
}

static bool has_psci(const struct kcb *k)
{
    return k->info->start_method == START_PSCI_HVC || k->info->start_method == START_PSCI_SMC;
}

/* A spinning core polls its release word with its caches off: the write must reach memory. */
static void release_spinning_core(const struct kcb *k, core_id core)
{
    volatile uint64_t *word = kva(k->info->cores[core].release);

    *word = k->info->secondary_entry;
    __asm__ volatile("dc civac, %0\n\tdsb sy\n\tsev" : : "r"(word) : "memory");
}

status_t cpu_start(struct kcb *k, core_id core, int64_t *answer)
{
    const struct boot_core *c = &k->info->cores[core];

    *answer = 0;
    if (!c->present)
        return ST_DEAD_CORE;
    switch (k->info->start_method) {
    case START_PSCI_HVC:
    case START_PSCI_SMC:
        *answer = psci(k, PSCI_CPU_ON, c->mpidr, k->info->secondary_entry, c->info);
        return *answer == PSCI_SUCCESS ? ST_OK : ST_DEAD_CORE;
    case START_SPIN_TABLE:
        if (!c->release)
            return ST_DEAD_CORE;
        release_spinning_core(k, core);
        return ST_OK;
    default:
        return ST_UNSUPPORTED;
    }
}

/*
 * The firmware cleans the caches of a core that it turns off (DEN 0022, 5.5). A core that stays in WFI
 * stays coherent. So nothing is left to clean here but what is still on its way: the dsb.
 */
_Noreturn void cpu_stop(struct kcb *k)
{
    mask_all();
    cpu_timer_off(k->timer_is_physical);
    gic_off(k);
    dsb_sy(); /* what it wrote is seen by all before it is off: pairs with who asks PSCI whether it is (cpu_power) */
    if (has_psci(k))
        psci(k, PSCI_CPU_OFF, 0, 0, 0); /* comes back only when refused */
    for (;;)
        wfi();
}

enum core_power cpu_power(struct kcb *k, core_id core)
{
    if (!has_psci(k))
        return POWER_UNKNOWN;
    switch (psci(k, PSCI_AFFINITY_INFO, k->info->cores[core].mpidr, 0, 0)) {
    case PSCI_IS_ON:
        return POWER_ON;
    case PSCI_IS_OFF:
        return POWER_OFF;
    case PSCI_IS_COMING:
        return POWER_COMING;
    default:
        return POWER_UNKNOWN;
    }
}

#define ISAR0_SHA2 FIELD(15, 12)

static uint64_t read_isar0(void)
{
    uint64_t v;

    __asm__ volatile("mrs %0, id_aa64isar0_el1" : "=r"(v));
    return v;
}

/* The library may use all vector registers; they are a program's. */
static void sha_portable(uint32_t h[8], const void *block)
{
    struct kcb *k = (struct kcb *)(uintptr_t)read_tpidr_el1();

    fp_save(&k->fp_kept);
    portable_block(h, block);
    fp_load(&k->fp_kept);
}

witness_block_fn *cpu_sha(struct kcb *k)
{
    k->has_sha = FIELD_GET(ISAR0_SHA2, read_isar0()) != 0 && !strstr(k->info->bootargs, "skerry.sha=portable");
    return k->has_sha ? sha_block : sha_portable;
}

/* A watchdog that runs is stopped first: a firmware that stands still in SYSTEM_OFF would be reset, and the run start over. */
_Noreturn void cpu_end_machine(struct kcb *k, unsigned status)
{
    if (k->info->reset.bytes)
        pm_stop_watchdog_now(kva(k->info->reset.base));
    if (k->info->flags & BOOT_SEMIHOSTING)
        cpu_semihosting_exit(status);
    if (has_psci(k))
        psci(k, PSCI_SYSTEM_OFF, 0, 0, 0);
    if (k->info->reset.bytes)
        pm_halt_now(kva(k->info->reset.base));
    for (;;)
        wfi();
}

status_t cpu_watch(struct kcb *k, uint64_t ms)
{
    if (!k->info->reset.bytes)
        return ST_UNSUPPORTED;
    if (ms > PM_WATCH_MS_MAX)
        return ST_INVALID;
    if (ms == 0)
        pm_stop_watchdog_now(kva(k->info->reset.base));
    else
        pm_watch_now(kva(k->info->reset.base), (uint32_t)ms);
    return ST_OK;
}
