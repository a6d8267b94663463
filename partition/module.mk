# SPDX-License-Identifier: MIT OR Apache-2.0
# partition: the object model of isolation. It decides what is legal; the monitor of a partition's home core performs it. All of it is pure.
partition.uses := lib/base lib/abi witness
partition.src := life_sm.c quota.c lease.c page_own.c slab.c tier.c edge.c region.c split.c cut.c object.c merge.c snapshot.c partition.c limit.c holding.c member.c \
                  operation.c operation_split.c operation_merge.c invariant.c
partition.host := life_sm.c quota.c lease.c page_own.c slab.c tier.c edge.c region.c split.c cut.c object.c merge.c snapshot.c partition.c limit.c holding.c member.c \
                  operation.c operation_split.c operation_merge.c invariant.c
