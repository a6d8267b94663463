/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/phase - see phase.h. */
#include "boot/phase.h"
#include <string.h>

static const char *const names[] = {
#define PHASE(name, number) [number] = #name,
#include "boot/phase.def"
#undef PHASE
};
_Static_assert(sizeof names / sizeof names[0] == BOOT_PHASES + 1,
               "phases are 1 to 7 without a gap");

void measure_start(struct measure *m)
{
    memset(m, 0, sizeof *m);
}

status_t phase_begin(struct measure *m, enum boot_phase phase)
{
    if (m->open || (unsigned)phase != m->done + 1 || m->done == BOOT_PHASES)
        return ST_STATE;
    m->open = true;
    br_sha256_init(&m->hash);
    return ST_OK;
}

status_t phase_bytes(struct measure *m, const void *bytes, size_t n)
{
    if (!m->open)
        return ST_STATE;
    br_sha256_update(&m->hash, bytes, n);
    return ST_OK;
}

status_t phase_end(struct measure *m, uint64_t ticks)
{
    uint8_t digest[32], number = (uint8_t)(m->done + 1);

    if (!m->open)
        return ST_STATE;
    br_sha256_out(&m->hash, digest);
    br_sha256_init(&m->hash);
    br_sha256_update(&m->hash, m->value, sizeof m->value);
    br_sha256_update(&m->hash, &number, 1);
    br_sha256_update(&m->hash, digest, sizeof digest);
    br_sha256_out(&m->hash, m->value);
    m->ticks[m->done++] = ticks;
    m->open = false;
    return ST_OK;
}

const char *phase_name(unsigned number)
{
    return number >= 1 && number <= BOOT_PHASES ? names[number] : "?";
}
