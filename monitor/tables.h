/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/tables - memory for tables whose size depends on the machine: from the core's own RAM at start, mapped, cleared, for good.
 *
 * A program needs at least one block of memory (buddy.h), so a core never has more of them than blocks.
 */
#pragma once
#include "lib/base/types.h"

/* After ram_start. There is no monitor without: it fails a CHECK if memory is out. */
void *table_make(uint64_t entries, uint64_t entry_bytes);

/* Programs that may be on this core at once, those of other homes included; and partitions whose home it may be. */
uint32_t table_progs(void);
uint32_t table_partitions(void);
