/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/full_keep - plays services/keeper for tests/system/full.c: reads the logs of all cores and verifies each
 * record, and says that it has them when the test wants so.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

/* All logs; how many. */
unsigned keep_open(void);
/* From here on what this core writes is not said to be stored (nor is it read before there is room again); or is. */
void keep_hold(core_id core, bool hold);
/* What is there is read, and said to be stored. */
void keep_tend(void);
/* Waits, and tends. */
void keep_for(uint64_t ns);
/* Every record so far followed the one before. Else it was told. */
bool keep_whole(void);
uint64_t keep_records(core_id core);
/* The run ends: until the logs are closed, and read to their end. */
bool keep_end(void);
