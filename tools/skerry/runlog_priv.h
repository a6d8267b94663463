/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry/runlog_priv - between the store (runlog.c) and the decoders (runlog_take.c). */
#pragma once
#include "tools/skerry/want.h"

/* Decode one record into the log, or leave the log as it is and say why in w->why. */
void record_take(struct runlog *l, enum record_type type, struct want *w);
void stats_free(struct stats *s);
void pair_free(struct pair *p);
