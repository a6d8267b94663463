# SPDX-License-Identifier: MIT OR Apache-2.0
# tests/workloads: agents that talk in a pattern; pattern.c is pure.
tests/workloads.uses := lib/base lib/abi lib/rt urpc coherence services/coherence tests/system
tests/workloads.src  :=
tests/workloads.host := pattern.c

WORKLOAD_LINKS := tests/workloads/links.c tests/workloads/pattern.c
prog.talk := tests/workloads/talk.c $(WORKLOAD_LINKS)
prog.mixed := tests/workloads/mixed.c $(WORKLOAD_LINKS)
prog.placed := tests/workloads/placed.c tests/workloads/trips.c tests/workloads/watch.c tests/workloads/pattern.c tests/system/report.c
prog.follow := tests/workloads/follow.c tests/workloads/watch.c tests/system/report.c

# What coherence was told on the target, told to it again on this machine.
tool.replay := tests/workloads/replay.c $(COHERENCE_MIND) $(addprefix coherence/,$(coherence.src)) lib/base/status.c tests/support/check_failed.c
