/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/pieces.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "monitor/mon.h"
#include "monitor/peers.h"
#include "monitor/ram.h"
#include "monitor/rings.h"
#include "lib/rt/map.h"
#include "urpc/chan.h"

#define LOCAL_PIECES 256u
#define PIECE_WORDS 8u /* at most 512 pieces a pair */

static uint64_t taken[CORES_MAX][PIECE_WORDS];
static handle_t local[LOCAL_PIECES][3]; /* a frame and copies: one for each end, one to look at   */
static handle_t looked[CORES_MAX];      /* a slice of each pair frame, mapped to be looked at     */

#define LOOK_SPAN (16 * CHANNEL_BYTES)   /* place for the pieces of a pair */

bool pieces_are_ours(core_id core)
{
    return mon.core <= core;
}

/* Pieces there are: the first of a pair frame is the channel of the monitors. */
static uint32_t count(core_id core)
{
    uint64_t bytes, n;

    if (core == mon.core)
        return LOCAL_PIECES;
    if (peers_pair(core, &bytes) == 0 || bytes < 2 * CHANNEL_BYTES)
        return 0;
    n = bytes / CHANNEL_BYTES - 1;
    return (uint32_t)(n < 64 * PIECE_WORDS ? n : 64 * PIECE_WORDS);
}

static status_t make_local(uint32_t piece)
{
    handle_t *pair = local[piece];
    status_t st;

    if (pair[0] == 0 && (st = ram_own_frame(CHANNEL_BYTES, &pair[0])) != ST_OK)
        return st;
    return pair[1] != 0 ? ST_OK : sys_copy(pair[0], 0, RIGHT_READ | RIGHT_WRITE | RIGHT_GRANT, &pair[1]);
}

status_t piece_frame(core_id core, uint32_t piece, unsigned side, handle_t *frame)
{
    uint64_t bytes;

    if (piece >= count(core))
        return ST_INVALID;
    if (core == mon.core) {
        *frame = local[piece][side];
        return *frame != 0 ? ST_OK : ST_INVALID;
    }
    return sys_slice(peers_pair(core, &bytes), (piece + 1ull) * CHANNEL_BYTES, CHANNEL_BYTES, 0,
                     RIGHT_READ | RIGHT_WRITE | RIGHT_GRANT, frame); /* for an end that moves */
}

void piece_drop_frame(core_id core, handle_t frame)
{
    if (core != mon.core)
        cap_drop(frame);
}

static status_t clear(core_id core, uint32_t piece)
{
    handle_t frame;
    status_t st;
    void *at;

    if (core == mon.core && (st = make_local(piece)) != ST_OK)
        return st;
    if ((st = piece_frame(core, piece, 0, &frame)) != ST_OK)
        return st;
    if ((st = ram_window_open(frame, CHANNEL_BYTES, &at)) == ST_OK) {
        urpc_chan_clear(at, CHANNEL_BYTES);
        ram_window_close(frame);
    }
    piece_drop_frame(core, frame);
    return st;
}

status_t piece_take(core_id core, uint32_t *piece)
{
    uint32_t n = count(core);
    status_t st;

    CHECK(pieces_are_ours(core));
    for (uint32_t i = 0; i < n; i++) {
        if (taken[core][i / 64] >> (i % 64) & 1)
            continue;
        if ((st = clear(core, i)) != ST_OK)
            return st;
        taken[core][i / 64] |= 1ull << (i % 64);
        rings_fresh(core, i);
        *piece = i;
        return ST_OK;
    }
    return ST_NOMEM;
}

void piece_give(core_id core, uint32_t piece)
{
    CHECK(taken[core][piece / 64] >> (piece % 64) & 1);
    taken[core][piece / 64] &= ~(1ull << (piece % 64));
    rings_fresh(core, piece);
}

/* ---- looking at them ---- */

/* Through a handle of its own: what the ends have mapped is unmapped through theirs. */
static const void *look_local(uint32_t piece)
{
    vaddr_t va = MON_RINGS + piece * CHANNEL_BYTES;
    handle_t *h = &local[piece][2];

    if (*h != 0)
        return (const void *)va;
    if (local[piece][0] == 0 || sys_copy(local[piece][0], 0, RIGHT_READ, h) != ST_OK)
        return NULL;
    if (map_here(*h, va, CHANNEL_BYTES, PERM_READ) == ST_OK)
        return (const void *)va;
    cap_drop(*h);
    *h = 0;
    return NULL;
}

static const void *look_pair(core_id core, uint32_t piece)
{
    vaddr_t va = MON_RINGS + LOCAL_PIECES * CHANNEL_BYTES + core * LOOK_SPAN;
    uint64_t bytes = count(core) * CHANNEL_BYTES, unused;
    handle_t h;

    bytes = bytes < LOOK_SPAN ? bytes : LOOK_SPAN;
    if ((piece + 1ull) * CHANNEL_BYTES > bytes)
        return NULL;
    if (looked[core] != 0)
        return (const void *)(va + piece * CHANNEL_BYTES);
    if (sys_slice(peers_pair(core, &unused), CHANNEL_BYTES, bytes, 0, RIGHT_READ, &h) != ST_OK)
        return NULL;
    if (map_here(h, va, bytes, PERM_READ) != ST_OK) {
        cap_drop(h);
        return NULL;
    }
    looked[core] = h;
    return (const void *)(va + piece * CHANNEL_BYTES);
}

const void *piece_look(core_id core, uint32_t piece)
{
    if (!pieces_are_ours(core) || piece >= count(core))
        return NULL;
    return core == mon.core ? look_local(piece) : look_pair(core, piece);
}
