# SPDX-License-Identifier: MIT OR Apache-2.0
# coherence: who belongs together. Advice only, no authority; all of it is pure.
coherence.uses := lib/base
coherence.src  :=
coherence.host :=
