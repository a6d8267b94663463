# SPDX-License-Identifier: MIT OR Apache-2.0
# services/keeper: stores the witness logs of all cores on the disk.
services/keeper.uses := lib/base lib/abi lib/rt lib/sign urpc witness
services/keeper.src  :=
services/keeper.host :=

prog.keeper := services/keeper/main.c services/keeper/attest.c services/keeper/export.c services/keeper/logs.c services/keeper/disk_store.c services/keeper/words.c services/keeper/summary.c
