/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/lent - memory between cores, in the witness log: pieces of RAM, and the log itself, which the first core reads.
 *
 *     owner                                    borrower
 *     RegionShare   --------- memory --------> RegionShare, COMMIT
 *     RegionUnshare <-------- back ----------- RegionUnshare, COMMIT     or because a core died
 */
#pragma once
#include "lib/base/status.h"
#include "lib/rt/syscall.h"

/* A frame of ours is to be another core's. ST_LOG_FULL: it must not. */
MUST_CHECK status_t lent_begun(handle_t frame, core_id to, paddr_t base, uint64_t bytes);
/* It came back, and is deleted here. No effect on one that did not get so far. */
void lent_ended(handle_t frame);

/* Memory of another core is here; and is no more. */
void lent_borrowed(core_id from, paddr_t base, uint64_t bytes);
void lent_given_back(core_id from, paddr_t base, uint64_t bytes);
