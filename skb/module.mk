# SPDX-License-Identifier: MIT OR Apache-2.0
# skb: what is known about this machine. fact, plan, store, query and feed_dtb are pure; who uses the client lists
# skb/client.c skb/fact.c skb/plan.c.
skb.uses := lib/base lib/abi lib/fdt lib/rt urpc
skb.src  := fact.c plan.c client.c
skb.host := fact.c plan.c store.c query.c feed_dtb.c

prog.skb := skb/main.c skb/fact.c skb/plan.c skb/store.c skb/query.c skb/feed_dtb.c
