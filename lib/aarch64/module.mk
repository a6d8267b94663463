# SPDX-License-Identifier: MIT OR Apache-2.0
lib/aarch64.uses := lib/base
lib/aarch64.src  := smccc.S
lib/aarch64.host :=
