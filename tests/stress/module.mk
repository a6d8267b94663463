# SPDX-License-Identifier: MIT OR Apache-2.0
# tests/stress: many partitions, moved about while they talk (stress.h); only in the bundles of the system tests.
tests/stress.uses := lib/base lib/abi lib/rt urpc partition witness tests/system
tests/stress.src  :=
tests/stress.host :=

prog.stress      := tests/stress/conduct.c tests/stress/crew.c tests/stress/deeds.c tests/stress/left.c tests/stress/mover.c tests/stress/napping.c tests/stress/shapes.c tests/stress/twins.c tests/system/reshape_ask.c tests/stress/tally.c tests/stress/messages.c tests/stress/argument.c tests/system/report.c
prog.stress_part := tests/stress/part.c tests/stress/part_caps.c tests/stress/part_keep.c tests/stress/part_trace.c tests/stress/argument.c
prog.stress_twin := tests/stress/twin.c
prog.stress_nap  := tests/stress/nap.c
