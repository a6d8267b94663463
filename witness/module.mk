# SPDX-License-Identifier: MIT OR Apache-2.0
# witness: the tamper-evident record of what was done. All of it is pure. The CPU driver links what writes a log, the host tool
# and the store what reads one.
witness.uses := lib/base lib/abi
witness.src  := record.c chain.c log.c verify.c portable.c hash.c nonce.c merkle.c proof.c proof_deep.c \
                store_sector.c store_room.c store_read.c store_open.c store_write.c store_checkpoint.c
witness.host := record.c chain.c log.c verify.c portable.c hash.c nonce.c merkle.c proof.c proof_deep.c \
                store_sector.c store_room.c store_read.c store_open.c store_write.c store_checkpoint.c
