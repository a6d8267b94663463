/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/svg - the pictures: heat map, histograms, boot timeline.
 *
 * Each is one <svg> element that can stand inside the page, where the page's style
 * gives ink and paper, or alone as a file with a style of its own. No script,
 * nothing fetched. Colour never carries a meaning alone: every cell has its value,
 * missing cells are hatched, tiers differ in fill and pattern.
 */
#pragma once
#include "tools/skerry/figures.h"

/* The matrix with values in the cells, clusters apart, and the legend of its colours. `id` makes names unique. */
void svg_heat(struct buf *t, const struct runlog *l, const struct cores *c, const struct matrix *m,
              const char *id, bool details);
/* The same as a file, with title and provenance in it. */
void svg_heat_file(struct buf *t, const struct runlog *l, const struct cores *c,
                   const struct matrix *m, const char *where);

/* Round-trip histograms: one per tier; false if the log has none. */
bool svg_tiers(struct buf *t, const struct runlog *l);
/* One small histogram per ordered pair, in the places of the matrix. */
bool svg_pairs(struct buf *t, const struct runlog *l, const struct cores *c);

/* The boot phases, and the cores, each against the time since reset; false if the log has none. */
bool svg_phases(struct buf *t, const struct runlog *l);
bool svg_timeline(struct buf *t, const struct runlog *l, const struct cores *c);

/* The CSS all pictures use. */
const char *svg_style(void);
