/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/pieces.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "monitor/mon.h"
#include "monitor/peers.h"
#include "monitor/prog.h"
#include "monitor/ram.h"
#include "monitor/rings.h"
#include "lib/rt/map.h"
#include "urpc/chan.h"

#define LOCAL_PIECES 256u
#define PIECE_WORDS 8u /* at most 512 pieces a pair */
#define BLOCK_PIECES (64u * KIB / CHANNEL_BYTES) /* no block of RAM is smaller (monitor/buddy.h) */
#define BLOCKS (LOCAL_PIECES / BLOCK_PIECES)
_Static_assert(LOCAL_PIECES % BLOCK_PIECES == 0 && 64 % BLOCK_PIECES == 0, "a block's bits are in one word");

static uint64_t taken[CORES_MAX][PIECE_WORDS];
static struct block {
    handle_t ram, frame; /* 0: none of its pieces is taken              */
    handle_t looked;     /* a slice of it, mapped to be looked at, or 0 */
} blocks[BLOCKS];
static handle_t looked[CORES_MAX]; /* a slice of each pair frame, the same */

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

/* Memory for as many pieces as a block has; it goes back when none of them is taken any more. */
static status_t make_block(struct block *b)
{
    uint64_t got;
    status_t st;

    if (b->frame != 0)
        return ST_OK;
    if ((st = ram_take(prog_id(prog_self()), BLOCK_PIECES * CHANNEL_BYTES, &b->ram, &got)) != ST_OK)
        return st;
    if ((st = cap_retype(b->ram, CAP_FRAME, BLOCK_PIECES * CHANNEL_BYTES, &b->frame)) != ST_OK) {
        ram_give(b->ram);
        *b = (struct block){0};
    }
    return st;
}

/* Whoever else has some of it, a core that has not let go yet, loses it before the memory is anybody's again (ram_give). */
static void drop_block(struct block *b)
{
    ram_give(b->ram);
    *b = (struct block){0};
}

static bool is_empty(uint32_t block)
{
    uint64_t mask = ((1ull << BLOCK_PIECES) - 1) << (block * BLOCK_PIECES % 64);

    return (taken[mon.core][block * BLOCK_PIECES / 64] & mask) == 0;
}

status_t piece_frame(core_id core, uint32_t piece, handle_t *frame)
{
    handle_t whole;
    uint64_t bytes, at = piece + 1ull; /* behind the channel of the monitors */

    if (piece >= count(core))
        return ST_INVALID;
    if (core == mon.core) {
        whole = blocks[piece / BLOCK_PIECES].frame;
        at = piece % BLOCK_PIECES;
    } else {
        whole = peers_pair(core, &bytes);
    }
    if (whole == 0)
        return ST_INVALID;
    return sys_slice(whole, at * CHANNEL_BYTES, CHANNEL_BYTES, 0, RIGHT_READ | RIGHT_WRITE | RIGHT_GRANT,
                     frame); /* GRANT: for an end that moves */
}

static status_t clear(core_id core, uint32_t piece)
{
    handle_t frame;
    status_t st;
    void *at;

    if ((st = piece_frame(core, piece, &frame)) != ST_OK)
        return st;
    if ((st = ram_window_open(frame, CHANNEL_BYTES, &at)) == ST_OK) {
        urpc_chan_clear(at, CHANNEL_BYTES);
        ram_window_close(frame);
    }
    cap_drop(frame);
    return st;
}

/* Zero, and ours to give out. */
static status_t make(core_id core, uint32_t piece)
{
    struct block *b = &blocks[piece / BLOCK_PIECES % BLOCKS];
    status_t st;

    if (core != mon.core)
        return clear(core, piece);
    if ((st = make_block(b)) == ST_OK && (st = clear(core, piece)) != ST_OK && is_empty(piece / BLOCK_PIECES))
        drop_block(b);
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
        if ((st = make(core, i)) != ST_OK)
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
    if (core == mon.core && is_empty(piece / BLOCK_PIECES))
        drop_block(&blocks[piece / BLOCK_PIECES]);
}

void pieces_count(struct pieces_held *held)
{
    *held = (struct pieces_held){0};
    for (uint32_t i = 0; i < BLOCKS; i++)
        if (blocks[i].frame != 0) {
            held->bytes += BLOCK_PIECES * CHANNEL_BYTES;
            held->slots += 1u + (blocks[i].looked != 0);
        }
    for (unsigned i = 0; i < PIECE_WORDS; i++)
        held->pieces += (unsigned)__builtin_popcountll(taken[mon.core][i]);
    for (core_id i = 0; i < CORES_MAX; i++)
        held->slots += looked[i] != 0;
}

/* ---- looking at them ---- */

/* Through a handle of its own: what the ends have mapped is unmapped through theirs. */
static const void *look_local(uint32_t piece)
{
    struct block *b = &blocks[piece / BLOCK_PIECES];
    vaddr_t va = MON_RINGS + piece / BLOCK_PIECES * BLOCK_PIECES * CHANNEL_BYTES;
    const void *at = (const void *)(va + piece % BLOCK_PIECES * CHANNEL_BYTES);
    handle_t h;

    if (b->looked != 0)
        return at;
    if (b->frame == 0 || sys_copy(b->frame, 0, RIGHT_READ, &h) != ST_OK)
        return NULL;
    if (map_here(h, va, BLOCK_PIECES * CHANNEL_BYTES, PERM_READ) != ST_OK) {
        cap_drop(h);
        return NULL;
    }
    b->looked = h;
    return at;
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
