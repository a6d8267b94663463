/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/phase - measured boot: seven phases, each adding the bytes it used.
 *
 *     measurement = SHA-256(measurement || phase number, one byte || SHA-256(bytes))
 *
 * from 32 zero bytes. The order is enforced: a phase that is not the next one is
 * ST_STATE and changes nothing. Pure.
 */
#pragma once
#include <bearssl/bearssl_hash.h>
#include "lib/abi/bootinfo.h"
#include "lib/base/status.h"

enum boot_phase {
#define PHASE(name, number) PHASE_##name = number,
#include "boot/phase.def"
#undef PHASE
};

struct measure {
    uint8_t value[32];
    uint64_t ticks[BOOT_PHASES]; /* when each phase was done */
    unsigned done;               /* phases finished          */
    bool open;                   /* one has begun            */
    br_sha256_context hash;      /* of the open one's bytes  */
};

void measure_start(struct measure *m);
MUST_CHECK status_t phase_begin(struct measure *m, enum boot_phase phase);
MUST_CHECK status_t phase_bytes(struct measure *m, const void *bytes, size_t n);
MUST_CHECK status_t phase_end(struct measure *m, uint64_t ticks);

const char *phase_name(unsigned number);
