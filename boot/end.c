/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/end - see end.h. */
#include "boot/end.h"
#include "boot/say.h"
#include "lib/aarch64/barrier.h"
#include "lib/aarch64/brcm_pm.h"
#include "lib/aarch64/psci.h"
#include "lib/base/text.h"

enum way { WAY_NONE, WAY_SEMIHOSTING, WAY_PSCI, WAY_RESET, WAY_WAIT };

static bool semihosting = true; /* until the tree says otherwise */
static enum start_method firmware = START_NONE;
static paddr_t reset_block;
static enum way tried;
static unsigned exit_status;

void end_ways(const struct machine *m)
{
    semihosting = m->semihosting;
    firmware = m->start;
    reset_block = m->reset.bytes ? m->reset.base : 0;
    if (reset_block)
        pm_stop_watchdog_now((volatile void *)(uintptr_t)reset_block);
}

bool end_running(void)
{
    return tried != WAY_NONE;
}

static bool is_psci(uint32_t start)
{
    return start == START_PSCI_HVC || start == START_PSCI_SMC;
}

_Noreturn void end_run(unsigned status)
{
    if (tried == WAY_NONE)
        exit_status = status;
    if (tried < WAY_SEMIHOSTING) {
        tried = WAY_SEMIHOSTING;
        if (semihosting)
            semihosting_exit(exit_status);
    }
    if (tried < WAY_PSCI) {
        tried = WAY_PSCI;
        if (is_psci(firmware))
            psci_call(firmware == START_PSCI_SMC, PSCI_SYSTEM_OFF, 0, 0, 0);
    }
    if (tried < WAY_RESET) {
        tried = WAY_RESET;
        if (reset_block)
            pm_halt_now((volatile void *)(uintptr_t)reset_block);
    }
    tried = WAY_WAIT;
    for (;;)
        wfi();
}

_Noreturn void end_core(const struct bootinfo *b, const char *why)
{
    paddr_t uart = b->console_kind ? b->console.base : 0;
    char buf[320];
    struct text line;

    text_init(&line, buf, sizeof buf);
    text_put(&line, STR("boot: core "), DEC(b->core), STR(" stops: "), STR(why));
    say(uart, buf);
    say(uart, "\n");
    if (is_psci(b->start_method))
        psci_call(b->start_method == START_PSCI_SMC, PSCI_CPU_OFF, 0, 0, 0);
    for (;;)
        wfi();
}
