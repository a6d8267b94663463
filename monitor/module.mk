# SPDX-License-Identifier: MIT OR Apache-2.0
# monitor: one per core, trusted. The pure machines are tested on the host.
monitor.uses := lib/base lib/abi lib/load lib/rt urpc witness partition
monitor.src  :=
monitor.host := start.c watchdog_plan.c lease_sm.c core_sm.c bind_sm.c migrate_sm.c asks.c mover.c mover_from.c mover_say.c mover_to.c mover_far.c mover_home.c parts.c names.c caps.c caps_sm.c caps_node.c caps_hold.c caps_op.c caps_msg.c buddy.c ledger.c seal_queue.c tally.c

prog.monitor := monitor/main.c monitor/core.c monitor/core_sm.c monitor/core_tell.c monitor/fence.c monitor/devices.c monitor/peers.c \
    monitor/dispatch.c monitor/ram.c monitor/buddy.c monitor/ledger.c monitor/image.c monitor/prog.c monitor/prog_life.c monitor/prog_list.c monitor/prog_hold.c monitor/home.c monitor/home_edge.c monitor/part_call.c monitor/part_here.c monitor/part_shape.c monitor/part_split.c monitor/part_merge.c monitor/part_caps.c monitor/part_news.c monitor/sleep.c monitor/ask.c monitor/asks.c monitor/tables.c monitor/start.c \
    monitor/spawn.c monitor/conn.c monitor/bind.c monitor/bind_sm.c monitor/pieces.c monitor/registry.c \
    monitor/names.c monitor/calls.c monitor/text.c monitor/caps.c monitor/caps_sm.c monitor/caps_node.c \
    monitor/caps_hold.c monitor/caps_op.c monitor/caps_msg.c monitor/agree.c monitor/agree_calls.c monitor/island.c monitor/forest.c monitor/seal.c monitor/seal_queue.c monitor/later.c monitor/note.c monitor/recovery.c monitor/lent.c monitor/leases.c monitor/lease_sm.c monitor/prove.c monitor/fail.c monitor/fail_often.c \
    monitor/migrate_sm.c monitor/mover.c monitor/mover_from.c monitor/mover_say.c monitor/mover_to.c monitor/mover_far.c monitor/mover_home.c monitor/parts.c monitor/move.c monitor/move_parts.c monitor/move_far.c monitor/move_home.c monitor/move_give.c monitor/arrive.c monitor/arrive_build.c monitor/known.c \
    partition/partition.c partition/limit.c partition/holding.c partition/member.c partition/page_own.c partition/region.c partition/tier.c partition/slab.c partition/edge.c partition/lease.c \
    partition/quota.c partition/life_sm.c partition/snapshot.c partition/operation.c partition/operation_split.c partition/operation_merge.c partition/split.c partition/cut.c partition/merge.c partition/object.c \
    monitor/watchdog.c monitor/watchdog_plan.c monitor/tally.c monitor/rings.c monitor/feed.c monitor/feed_mode.c monitor/urge.c
