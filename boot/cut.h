/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/cut - divide RAM into one share per core and the mesh between them.
 *
 *     RAM        |----------------------------------|  |---------------|
 *     kept       | image |            | tree bundle |
 *     shares     |       0 0 0 1 1 1 2|             2  |3 3 3 m 0 1 2 3|
 *
 * Every core present gets one contiguous piece, share[0], as large as it can be when all
 * get the same; what is left over is given out as share[1..3] to whoever has least.
 *
 *   S1  shares and mesh are disjoint, inside RAM, and hold nothing that is kept
 *   S2  every range is whole 2 MiB blocks (the mesh: starts on one, has its blocks to itself)
 *   S3  share[0] of every core that is present has at least SHARE_BYTES_MIN; others have none
 *   S4  the same machine is cut the same way every time
 *
 * Pure.
 */
#pragma once
#include "boot/machine.h"
#include "lib/base/status.h"
#include "lib/base/text.h"

#define SHARE_BYTES_MIN (4 * MIB)
#define PAIR_BYTES_MIN  (64 * KIB)
#define PAIR_BYTES_MAX  (4 * MIB)
#define MESH_BYTES      (16 * MIB) /* with up to 22 cores; more have PAIR_BYTES_MIN for each pair */
#define KEEP_MAX        8

struct cut {
    struct range share[CORES_MAX][SHARE_RANGES];
    struct range mesh;    /* bytes 0 with one core */
    uint64_t share_bytes; /* of all shares together */
};

/* Memory for the channels of two cores: a power of two, as much as MESH_BYTES has for each pair. */
uint64_t cut_pair_bytes(uint32_t ncores);

/*
 * keep: what is in use besides m->reserved (image, tree, bundle), at most KEEP_MAX.
 * ST_NOMEM, with why, if a core would get less than SHARE_BYTES_MIN or the mesh finds no place.
 */
MUST_CHECK status_t cut_ram(const struct machine *m, const struct range *keep, unsigned nkeep,
                            struct cut *cut, struct text *why);
