/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/record - what boot prints: a few lines for people, `boot` and `phase` for programs.
 *
 * Records: docs/spec/console.md. Pure: from bootinfo to text; main.c sends it out.
 */
#pragma once
#include "boot/machine.h"
#include "boot/phase.h"
#include "lib/base/text.h"

struct record_facts {
    const struct machine *machine;
    const struct bootinfo *info; /* of the first core, finished */
    uint64_t counter_hz, now_ticks, midr, ram_bytes;
};

/* Counter ticks since reset in nanoseconds. */
uint64_t record_ns(const struct record_facts *f, uint64_t ticks);

void record_people(struct text *t, const struct record_facts *f);
void record_boot(struct text *t, const struct record_facts *f);
void record_phase(struct text *t, const struct record_facts *f, unsigned number);
