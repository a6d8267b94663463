/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/record - see record.h. */
#include "boot/record.h"
#include <string.h>
#include "lib/base/bits.h"
#include "lib/base/version.h"

enum { FORMAT = 1 };

uint64_t record_ns(const struct record_facts *f, uint64_t ticks)
{
    uint64_t since = ticks - f->info->reset_ticks, hz = f->counter_hz;

    /* In two steps, because since * 10^9 passes 2^64 after a few minutes. */
    return since / hz * 1000000000u + since % hz * 1000000000u / hz;
}

static const char *start_name(uint32_t start)
{
    static const char *const names[] = {[START_NONE] = "none",
                                        [START_PSCI_HVC] = "psci-hvc",
                                        [START_PSCI_SMC] = "psci-smc",
                                        [START_SPIN_TABLE] = "spin-table"};

    return start < ARRAY_LEN(names) ? names[start] : "?";
}

static unsigned el(const struct record_facts *f)
{
    return f->info->flags & BOOT_EL2 ? 2 : 1;
}

void record_people(struct text *t, const struct record_facts *f)
{
    const struct bootinfo *b = f->info;

    text_put(t, STR("Skerry " SKERRY_VERSION " on "), STR(f->machine->board), STR(": "),
             DEC(b->ncores), STR(b->ncores == 1 ? " core" : " cores"), STR(" at EL"), DEC(el(f)),
             STR(", GICv"), DEC(b->gic.version), STR(", "), DEC(f->ram_bytes / MIB),
             STR(" MiB, a share of "), DEC(b->share[0].bytes / MIB), STR(" MiB for the first"));
}

static void hex_digits(struct text *t, const uint8_t *bytes, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        char pair[3] = {"0123456789abcdef"[bytes[i] >> 4], "0123456789abcdef"[bytes[i] & 15], 0};

        text_put(t, STR(pair));
    }
}

static void head(struct text *t, const struct record_facts *f, const char *type)
{
    text_put(t, STR("{\"type\":\""), STR(type), STR("\",\"core\":"), DEC(f->info->core),
             STR(",\"t_ns\":"), DEC(record_ns(f, f->now_ticks)));
}

/*
 * The tree of a real board in an emulator names no emulator. Semihosting does; and the counter of a Raspberry
 * Pi runs at 54 MHz (its clk-osc), that of QEMU's at 62.5.
 */
static bool is_emulated(const struct record_facts *f)
{
    static const char pi[] = "raspberrypi,";
    const struct machine *m = f->machine;

    return m->emulated || m->semihosting ||
           (f->counter_hz == 62500000 && strncmp(m->board, pi, sizeof pi - 1) == 0);
}

void record_boot(struct text *t, const struct record_facts *f)
{
    const struct bootinfo *b = f->info;

    head(t, f, "boot");
    text_put(t, STR(",\"format\":"), DEC(FORMAT), STR(",\"version\":\"" SKERRY_VERSION "\""),
             STR(",\"board\":\""), JSON(f->machine->board), STR("\",\"cores\":"), DEC(b->ncores),
             STR(",\"el\":"), DEC(el(f)), STR(",\"gic\":"), DEC(b->gic.version),
             STR(",\"counter_hz\":"), DEC(f->counter_hz), STR(",\"start\":\""),
             STR(start_name(b->start_method)), STR("\",\"ram_bytes\":"), DEC(f->ram_bytes),
             STR(",\"cpu\":\""), HEX(f->midr), STR("\",\"measurement\":\""));
    hex_digits(t, b->measurement, sizeof b->measurement);
    text_put(t, STR("\",\"emulated\":"),
             STR(is_emulated(f) ? "true" : "false"),
             STR(",\"bootargs\":\""), JSON(b->bootargs), STR("\"}"));
}

void record_phase(struct text *t, const struct record_facts *f, unsigned number)
{
    head(t, f, "phase");
    text_put(t, STR(",\"name\":\""), STR(phase_name(number)), STR("\",\"n\":"), DEC(number),
             STR(",\"at_ns\":"), DEC(record_ns(f, f->info->phase_ticks[number - 1])), STR("}"));
}
