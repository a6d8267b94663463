/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/table - the report for a terminal: band, matrix, tiers, remarks. */
#pragma once
#include "tools/skerry/remark.h"
#include "tools/skerry/term.h"

/* `where` is one sentence on what was measured on ("QEMU 7.2.22 (TCG) on 2 host cores"), may be empty. */
void table_print(struct buf *t, const struct runlog *l, const struct remarks *r,
                 const struct term *term, const char *where);
/* "EMULATED", and what such numbers mean, in a sentence. Shared with the page. */
const char *band_word(const struct runlog *l);
const char *band_sentence(const struct runlog *l, bool icount);
