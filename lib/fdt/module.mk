# SPDX-License-Identifier: MIT OR Apache-2.0
# Links with Debian's libfdt: the host's for tests, its arm64 archive on the target.
lib/fdt.uses := lib/base
lib/fdt.src  := tree.c
lib/fdt.host := tree.c
