# SPDX-License-Identifier: MIT OR Apache-2.0
# lib/rt: what every EL0 program stands on. program.ld is their layout.
lib/rt.uses := lib/base lib/abi lib/aarch64 urpc
lib/rt.src  := crt0.S cache.S start.c shim.c args.c cap.c map.c heap.c monitor.c chan.c attest.c give.c disk.c loop.c print.c console.c record.c hist.c
lib/rt.host := args.c hist.c console.c
