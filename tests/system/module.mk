# SPDX-License-Identifier: MIT OR Apache-2.0
# tests/system: programs that only the bundles of the system tests hold (tests/system/*.start names them).
tests/system.uses := lib/base lib/abi lib/rt lib/sign urpc witness partition services/probe services/keeper skb
tests/system.src  :=
tests/system.host :=

prog.joined := tests/system/joined.c

TEST_REPORT := tests/system/report.c
TEST_TWIN := services/probe/twin.c
prog.fp       := tests/system/fp.c $(TEST_REPORT) $(TEST_TWIN)
prog.moved    := tests/system/moved.c $(TEST_REPORT) $(TEST_TWIN)
prog.spaces   := tests/system/spaces.c $(TEST_REPORT) $(TEST_TWIN)
prog.deadline := tests/system/deadline.c $(TEST_REPORT) $(TEST_TWIN)
prog.sched    := tests/system/sched.c $(TEST_REPORT) $(TEST_TWIN)
prog.migrate  := tests/system/migrate.c $(TEST_REPORT)
prog.degraded := tests/system/degraded.c $(TEST_REPORT)
prog.many     := tests/system/many.c $(TEST_REPORT)
prog.parts    := tests/system/parts.c $(TEST_REPORT)
prog.party    := tests/system/party.c
prog.reshape  := tests/system/reshape.c tests/system/reshape_ask.c $(TEST_REPORT)
prog.speck    := tests/system/speck.c
prog.messages := tests/system/messages.c $(TEST_REPORT) $(TEST_TWIN)
prog.idle     := tests/system/idle.c $(TEST_REPORT)
prog.faulty   := tests/system/faulty.c $(TEST_REPORT)
prog.chatter  := tests/system/chatter.c $(TEST_REPORT)
prog.deaf     := tests/system/deaf.c
prog.rootless := tests/system/rootless.c
prog.binds    := tests/system/binds.c tests/system/serve.c $(TEST_REPORT)
prog.bound    := tests/system/bound.c tests/system/serve.c $(TEST_REPORT)
prog.skbq     := tests/system/skbq.c $(TEST_REPORT) skb/client.c skb/fact.c skb/plan.c
prog.fence     := tests/system/fence.c tests/system/serve.c $(TEST_REPORT)
prog.share     := tests/system/share.c tests/system/share_log.c $(TEST_REPORT) $(TEST_TWIN)
prog.share_ask := tests/system/share_ask.c tests/system/share_calls.c $(TEST_REPORT)
prog.share_die := tests/system/share_die.c $(TEST_REPORT)
prog.forest   := tests/system/forest.c $(TEST_REPORT)
prog.orphan   := tests/system/orphan.c $(TEST_REPORT) $(TEST_TWIN)
prog.hostile  := tests/system/hostile.c $(TEST_REPORT)
prog.intruder := tests/system/intruder.c $(TEST_REPORT) $(TEST_TWIN)
prog.ram      := tests/system/ram.c $(TEST_REPORT)
prog.proof    := tests/system/proof.c $(TEST_REPORT)
prog.sign     := tests/system/sign.c $(TEST_REPORT)
prog.disk     := tests/system/disk.c $(TEST_REPORT)
prog.load     := tests/system/load.c $(TEST_REPORT)
prog.full     := tests/system/full.c tests/system/full_keep.c tests/system/share_log.c services/keeper/logs.c $(TEST_REPORT) $(TEST_TWIN)
prog.attest   := tests/system/attest.c $(TEST_REPORT)
prog.kinds    := tests/system/kinds.c $(TEST_REPORT)
prog.notes    := tests/system/notes.c tests/system/notes_log.c tests/system/notes_drive.c services/keeper/logs.c $(TEST_REPORT)
