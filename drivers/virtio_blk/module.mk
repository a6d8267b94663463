# SPDX-License-Identifier: MIT OR Apache-2.0
# drivers/virtio_blk: the disk.
drivers/virtio_blk.uses := lib/base lib/abi lib/aarch64 lib/rt urpc drivers
drivers/virtio_blk.src  :=
drivers/virtio_blk.host := blk.c

prog.virtio_blk := drivers/virtio_blk/main.c drivers/virtio_blk/blk.c drivers/virtio.c drivers/virtq.c
