# SPDX-License-Identifier: MIT OR Apache-2.0
# drivers/pl011: the console.
drivers/pl011.uses := lib/base lib/abi lib/aarch64 lib/rt urpc drivers
drivers/pl011.src  :=
drivers/pl011.host := lines.c pl011.c

prog.pl011 := drivers/pl011/main.c drivers/pl011/pl011.c drivers/pl011/lines.c
