# SPDX-License-Identifier: MIT OR Apache-2.0
# lib/sign: Ed25519 by libdecaf, for programs and host tools, and the key and signature files of signify.
lib/sign.uses := lib/base
lib/sign.src  := sign.c signify.c
lib/sign.host := sign.c signify.c
