/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/ram.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "lib/rt/map.h"
#include "monitor/buddy.h"
#include "monitor/mon.h"

#define OWN_STEP (256u * KIB) /* the monitor's own frames come out of pieces of this size */
#define LENDS    256u
#define REVOKE_SLICES 4096u     /* of one piece of a program that ended, at once; the rest between other work */

/* Memory that another core has. Given back it may still be held by cores it was passed on to. */
struct lend {
    handle_t ram, frame; /* ram 0: not in use; frame 0: given back */
};

static struct buddy buddy;
static struct ledger ledger;
static struct lend lends[LENDS];
static unsigned nback;                   /* lends given back that are not free yet  */
static handle_t unasked[LEDGER_ENTRIES]; /* RETURNING, and ram_revoke_agreed had no room */
static unsigned nunasked;
static handle_t own; /* the piece the monitor's own frames come from now */
static uint64_t all_bytes;
static handle_t in_window; /* could not be unmapped for want of room in the log; 0 */

/* ---- the shares, cut into roots ---- */

static status_t cut(void *w, handle_t ram, uint64_t bytes, handle_t *part)
{
    (void)w;
    return cap_retype(ram, CAP_RAM, bytes, part);
}

static status_t drop(void *w, handle_t ram)
{
    (void)w;
    return cap_delete(ram);
}

static const struct buddy_env env = {.cut = cut, .drop = drop};

/* The next `bytes` of a share that stay the monitor's. */
static void keep(handle_t share, paddr_t base, uint64_t bytes)
{
    handle_t ram;

    CHECK(cap_retype(share, CAP_RAM, bytes, &ram) == ST_OK);
    CHECK(ledger_change(&ledger, &(struct ledger_range){base, bytes, 0, LEDGER_FREE}, LEDGER_OWN,
                        0) == ST_OK);
    if (own == 0)
        own = ram;
}

static void add_root(handle_t share, paddr_t base, uint64_t bytes)
{
    struct buddy_piece root = {.base = base, .bytes = bytes};

    CHECK(cap_retype(share, CAP_RAM, bytes, &root.ram) == ST_OK);
    CHECK(buddy_add(&buddy, &root) == ST_OK);
}

/* The small ones in front: shares end at 2 MiB, so each is aligned to its size up to that. */
static void cut_share(handle_t share, paddr_t base, uint64_t bytes)
{
    uint64_t odd = bytes % BUDDY_MIN_BYTES;

    if (odd != 0)
        keep(share, base, odd);
    base += odd;
    bytes -= odd;
    for (uint64_t size = BUDDY_MIN_BYTES; bytes != 0;) {
        if ((bytes & size) != 0 || size == BUDDY_MAX_BYTES) {
            add_root(share, base, size);
            base += size;
            bytes -= size;
        } else {
            size *= 2;
        }
    }
}

static void start_share(handle_t share)
{
    struct rt_msg m;
    uint64_t used;

    CHECK(sys_identify(share, &m) == ST_OK);
    all_bytes += m.w[2];
    used = ALIGN_UP(m.w[2] - m.w[4], PAGE_BYTES); /* the monitor has made something already */
    CHECK(ledger_share(&ledger, m.w[1], m.w[2]) == ST_OK);
    if (used != 0)
        CHECK(ledger_change(&ledger, &(struct ledger_range){m.w[1], used, 0, LEDGER_FREE},
                            LEDGER_OWN, 0) == ST_OK);
    cut_share(share, m.w[1] + used, m.w[2] - used);
}

void ram_start(void)
{
    buddy_init(&buddy, &env, NULL);
    ledger_init(&ledger);
    for (unsigned i = 0; i < SHARE_RANGES; i++)
        if (mon.info->share[i] != 0)
            start_share(mon.info->share[i]);
}

/* ---- blocks ---- */

/* What the ledger has of a block that is out: it and the blocks must agree. */
static void entry_of(handle_t ram, struct ledger_range *is)
{
    struct buddy_piece piece;

    CHECK(buddy_look(&buddy, ram, &piece) == ST_OK);
    CHECK(ledger_next(&ledger, piece.base, is) == ST_OK && is->base == piece.base &&
          is->bytes == piece.bytes);
}

static void free_block(handle_t ram)
{
    struct ledger_range is;

    entry_of(ram, &is);
    CHECK(ledger_change(&ledger, &is, LEDGER_FREE, 0) == ST_OK);
    CHECK(buddy_give(&buddy, ram) == ST_OK);
}

static status_t take(enum ledger_state as, uint64_t who, uint64_t bytes, struct buddy_piece *got)
{
    status_t st;

    if ((st = buddy_take(&buddy, bytes, got)) != ST_OK)
        return st;
    st = ledger_change(&ledger, &(struct ledger_range){got->base, got->bytes, 0, LEDGER_FREE}, as,
                       who);
    if (st == ST_OK)
        return ST_OK;
    CHECK(st == ST_TABLE_FULL);
    CHECK(buddy_give(&buddy, got->ram) == ST_OK);
    return st;
}

/* Lends that were given back, whose last copy on another core is gone by now. */
static void look_at_lends(void)
{
    struct rt_msg m;

    for (unsigned i = 0; nback != 0 && i < LENDS; i++) {
        struct lend *l = &lends[i];

        if (l->ram == 0 || l->frame != 0)
            continue;
        CHECK(sys_identify(l->ram, &m) == ST_OK);
        if (m.w[4] != m.w[2])
            continue;
        free_block(l->ram);
        *l = (struct lend){0};
        nback--;
    }
}

status_t ram_take(uint64_t who, uint64_t bytes, handle_t *ram, uint64_t *got)
{
    struct buddy_piece piece;
    status_t st;

    look_at_lends();
    if ((st = take(LEDGER_OUT, who, bytes, &piece)) != ST_OK)
        return st;
    *ram = piece.ram;
    *got = piece.bytes;
    return ST_OK;
}

/* Not cap_revoke: that would ask the monitor, and this is it. ST_AGAIN: too much to wait for here. */
static status_t revoke_here(handle_t ram)
{
    status_t st = ST_AGAIN;

    for (unsigned i = 0; i < REVOKE_SLICES && st == ST_AGAIN; i++)
        st = sys_revoke(ram);
    return st;
}

static void ask_again(void)
{
    while (nunasked > 0 && ram_revoke_agreed(unasked[nunasked - 1]))
        nunasked--;
}

void ram_give(handle_t ram)
{
    status_t st = revoke_here(ram);
    struct ledger_range is;

    if (st == ST_OK) {
        free_block(ram);
        return;
    }
    CHECK(st == ST_REMOTE || st == ST_AGAIN || st == ST_LOG_FULL);
    entry_of(ram, &is);
    CHECK(ledger_change(&ledger, &is, LEDGER_RETURNING, is.who) == ST_OK);
    unasked[nunasked++] = ram; /* there is room: each has an entry in the ledger */
    ask_again();
}

void ram_revoked(handle_t ram)
{
    struct ledger_range is;

    entry_of(ram, &is);
    CHECK(is.state == LEDGER_RETURNING);
    free_block(ram);
    ask_again();
}

/* ---- between cores ---- */

static struct lend *free_lend(void)
{
    for (unsigned i = 0; i < LENDS; i++)
        if (lends[i].ram == 0)
            return &lends[i];
    return NULL;
}

status_t ram_lend(core_id to, uint64_t bytes, handle_t *frame)
{
    struct buddy_piece piece;
    struct lend *l;
    status_t st;

    if (bytes == 0 || bytes > LEND_MAX)
        return ST_INVALID;
    look_at_lends();
    if ((l = free_lend()) == NULL)
        return ST_TABLE_FULL;
    if ((st = take(LEDGER_LENT, to, bytes, &piece)) != ST_OK)
        return st;
    st = ledger.bytes[LEDGER_LENT] > buddy.bytes_free
             ? ST_NOMEM
             : cap_retype(piece.ram, CAP_FRAME, ALIGN_UP(bytes, PAGE_BYTES), frame);
    if (st != ST_OK) {
        free_block(piece.ram);
        return st;
    }
    *l = (struct lend){piece.ram, *frame};
    return ST_OK;
}

void ram_returned(handle_t frame)
{
    unsigned i = 0;

    while (i < LENDS && lends[i].frame != frame)
        i++;
    CHECK(frame != 0 && i < LENDS);
    cap_drop(frame);
    lends[i].frame = 0;
    nback++;
    look_at_lends();
}

status_t ram_borrowed(core_id from, paddr_t base, uint64_t bytes)
{
    return ledger_change(&ledger, &(struct ledger_range){base, bytes, 0, LEDGER_NONE},
                         LEDGER_BORROWED, from);
}

status_t ram_unborrowed(core_id from, paddr_t base, uint64_t bytes)
{
    return ledger_change(&ledger, &(struct ledger_range){base, bytes, from, LEDGER_BORROWED},
                         LEDGER_NONE, 0);
}

/* ---- the monitor itself ---- */

status_t ram_own_frame(uint64_t bytes, handle_t *frame)
{
    uint64_t size = ALIGN_UP(bytes, PAGE_BYTES);
    struct buddy_piece piece;
    status_t st = ST_NOMEM;

    if (own != 0 && (st = cap_retype(own, CAP_FRAME, size, frame)) != ST_NOMEM)
        return st;
    if ((st = take(LEDGER_OWN, 0, size > OWN_STEP ? size : OWN_STEP, &piece)) != ST_OK)
        return st;
    own = piece.ram;
    return cap_retype(own, CAP_FRAME, size, frame);
}

status_t ram_window_open(handle_t frame, uint64_t bytes, void **at)
{
    status_t st;

    *at = (void *)(uintptr_t)MON_WINDOW;
    if (in_window != 0 && map_out(in_window) == ST_LOG_FULL)
        return ST_LOG_FULL;
    in_window = 0;
    st = map_here(frame, MON_WINDOW, bytes, PERM_READ | PERM_WRITE);
    if (st == ST_LOG_FULL)
        in_window = frame; /* perhaps its first pages */
    return st;
}

void ram_window_close(handle_t frame)
{
    status_t st = map_out(frame);

    CHECK(st == ST_OK || st == ST_LOG_FULL);
    in_window = st == ST_OK ? 0 : frame;
}

/* ---- figures ---- */

void ram_count(uint64_t *free_bytes, uint64_t *bytes)
{
    look_at_lends();
    *bytes = all_bytes;
    *free_bytes = buddy.bytes_free;
}

unsigned ram_blocks(void)
{
    return BUDDY_BLOCKS - 2 * buddy.unused_pairs;
}

status_t ram_tell(paddr_t at, struct ledger_range *is, uint64_t *largest)
{
    *largest = buddy_largest(&buddy);
    return ledger_next(&ledger, at, is);
}
