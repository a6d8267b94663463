# SPDX-License-Identifier: MIT OR Apache-2.0
# coherence: who belongs together. Advice only, no authority; all of it is pure.
coherence.uses := lib/base
coherence.src  := graph.c score.c mincut.c mincut_scan.c mincut_near.c mincut_merge.c mincut_matrix.c
coherence.host := graph.c score.c mincut.c mincut_scan.c mincut_near.c mincut_merge.c mincut_matrix.c
