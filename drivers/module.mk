# SPDX-License-Identifier: MIT OR Apache-2.0
# drivers: programs that each hold one device.
drivers.uses := lib/base lib/abi lib/aarch64 lib/rt urpc
drivers.src  :=
drivers.host := virtq.c virtio.c
