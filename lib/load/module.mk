# SPDX-License-Identifier: MIT OR Apache-2.0
lib/load.uses := lib/base lib/abi
lib/load.src  := elf.c cpio.c
lib/load.host := elf.c cpio.c
