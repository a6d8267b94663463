# SPDX-License-Identifier: MIT OR Apache-2.0
lib/base.uses :=
lib/base.src  := status.c heap.c text.c
lib/base.host := status.c heap.c text.c
