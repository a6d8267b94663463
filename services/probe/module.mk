# SPDX-License-Identifier: MIT OR Apache-2.0
# services/probe: what messages and kernel operations cost, measured on every core and between all.
services/probe.uses := lib/base lib/abi lib/rt urpc skb
services/probe.src  :=
services/probe.host := plan.c series.c wire.c

prog.probe := services/probe/main.c services/probe/coord.c services/probe/node.c services/probe/rally.c services/probe/answer.c services/probe/alone.c \
              services/probe/local.c services/probe/twin.c services/probe/series.c services/probe/wire.c \
              services/probe/plan.c services/probe/report.c services/probe/facts.c skb/client.c skb/fact.c skb/plan.c
