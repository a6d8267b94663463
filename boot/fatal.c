/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/fatal - see fatal.h; and exceptions, which in boot are always fatal. */
#include "boot/fatal.h"
#include "boot/end.h"
#include "boot/say.h"
#include "lib/aarch64/sysreg.h"

enum { STATUS_FAILED = 1 };

static paddr_t console;

void boot_fatal_console(paddr_t uart)
{
    console = uart;
}

/* start.S leaves 0 here on the first core, and its bootinfo on any other. */
static const struct bootinfo *other_core(void)
{
    return (const struct bootinfo *)(uintptr_t)read_tpidr_el1();
}

_Noreturn void boot_fatal(const char *sentence)
{
    if (other_core())
        end_core(other_core(), sentence);
    say(console, "\nboot: ");
    say(console, sentence);
    say(console, "\n");
    end_run(STATUS_FAILED);
}

/* start.S, all vectors. */
_Noreturn void boot_exception(uint64_t esr, uint64_t elr, uint64_t far);
_Noreturn void boot_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
    char buf[240];
    struct text why;

    if (!other_core() && end_running())
        end_run(STATUS_FAILED);
    text_init(&why, buf, sizeof buf);
    text_put(&why, STR("an exception in boot: ESR "), HEX(esr), STR(" at "), HEX(elr),
             STR(", address "), HEX(far),
             STR(". The device tree may name memory or devices that are not there"));
    boot_fatal(buf);
}
