/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/runlog_priv - between the store (runlog.c) and the decoders (runlog_take.c). */
#pragma once
#include "tools/skerry/want.h"

/* Decode one record into the log, or leave the log as it is and say why in w->why. */
void record_take(struct runlog *l, enum record_type type, struct want *w);
/* Cores are numbered below what the boot record says, or below what we can hold. */
int64_t last_core(const struct runlog *l);
void stats_free(struct stats *s);
void pair_free(struct pair *p);

/* runlog_moves.c */
void take_migration(struct runlog *l, struct want *w);
void take_stress(struct runlog *l, struct want *w);
void take_coherence(struct runlog *l, struct want *w);
void take_cut(struct runlog *l, struct want *w);
void take_placement(struct runlog *l, struct want *w);
void take_messages(struct runlog *l, struct want *w);
