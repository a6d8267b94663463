/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/secondary - see secondary.h. */
#include "boot/secondary.h"
#include "boot/fatal.h"
#include "boot/load.h"
#include "lib/aarch64/cache.h"
#include "lib/base/check.h"

__attribute__((visibility("hidden"))) extern struct secondary secondary_table[CORES_MAX + 1];
struct secondary secondary_table[CORES_MAX + 1];

void secondary_expect(const struct boot_core *cores, uint32_t n)
{
    uint32_t at = 0;

    CHECK(n <= CORES_MAX);
    for (uint32_t i = 1; i < n; i++)
        if (cores[i].present)
            secondary_table[at++] = (struct secondary){cores[i].mpidr, cores[i].info};
    secondary_table[at] = (struct secondary){0, 0};
    cache_clean((uint64_t)(uintptr_t)secondary_table, sizeof secondary_table);
}

/* start.S: MMU on; reachable are the image (not writable), our share, the bundle, the console. */
_Noreturn void boot_secondary(struct bootinfo *b, uint64_t entry_ticks);
_Noreturn void boot_secondary(struct bootinfo *b, uint64_t entry_ticks)
{
    struct handover h;
    char buf[256];
    struct text why;

    CHECK(b->magic == BOOTINFO_MAGIC && b->share[0].base == (paddr_t)(uintptr_t)b);
    text_init(&why, buf, sizeof buf);
    b->entry_ticks = entry_ticks;
    if (load_core(b, &h, &why) != ST_OK)
        boot_fatal(buf);
    load_enter(&h);
}
