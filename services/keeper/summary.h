/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/keeper/summary - how far the stored log of each core goes: what is said in checkpoints and attestation reports.
 *
 *     closed, signed | closed, signed | open, of a core that was stopped     (of one that runs, it is no end: nothing is said of it)
 *                                  ^ summary_sealed                      ^ summary_stopped
 */
#pragma once
#include "lib/base/types.h"
#include "services/keeper/words.h"
#include "witness/store.h"

/* How many segments of a core are closed in the store: those that can be signed when the core is no more. */
uint32_t summary_closed(const struct wstore *s, uint32_t boot, core_id core);
/* The last of the first n segments, and the first that is kept. False: there is none. */
bool summary_sealed(const struct wstore *s, uint32_t boot, core_id core, uint32_t n, struct words_core *to);
/* The same, and what follows them and was never closed, up to its last record; its hash takes the place of a seal. False: nothing follows. */
bool summary_stopped(struct wstore *s, uint32_t boot, core_id core, uint32_t n, struct words_core *to);
