# SPDX-License-Identifier: MIT OR Apache-2.0
# services/coherence: advice as a program. mind, nodes and moves are pure.
services/coherence.uses := lib/base lib/abi lib/rt urpc coherence skb
services/coherence.src  :=
services/coherence.host := mind.c mind_cut.c mind_shape.c nodes.c moves.c

COHERENCE_MIND := services/coherence/mind.c services/coherence/mind_cut.c services/coherence/mind_shape.c services/coherence/nodes.c services/coherence/moves.c
prog.coherence := services/coherence/main.c services/coherence/asks.c services/coherence/tell.c services/coherence/trace.c services/coherence/far.c $(COHERENCE_MIND) \
                  $(addprefix coherence/,$(coherence.src)) skb/client.c skb/fact.c skb/plan.c
