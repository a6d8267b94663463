# SPDX-License-Identifier: MIT OR Apache-2.0
# coherence: who belongs together. Advice only, no authority; all of it is pure.
coherence.uses := lib/base
coherence.src  := graph.c score.c mincut.c mincut_scan.c mincut_near.c mincut_merge.c mincut_matrix.c
coherence.host := graph.c score.c mincut.c mincut_scan.c mincut_near.c mincut_merge.c mincut_matrix.c

# Who stands where.
coherence.src  += place.c place_input.c place_table.c place_level.c place_divide.c place_improve.c place_map.c
coherence.host += place.c place_input.c place_table.c place_level.c place_divide.c place_improve.c place_map.c

# What to do about it.
coherence.src  += advise.c advise_place.c advise_plan.c advise_shape.c
coherence.host += advise.c advise_place.c advise_plan.c advise_shape.c
