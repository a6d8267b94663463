/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/sleep.h"
#include "lib/abi/task_state.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "lib/rt/map.h"
#include "monitor/fail.h"
#include "monitor/home.h"
#include "monitor/later.h"
#include "monitor/mon.h"
#include "monitor/move_parts.h"
#include "monitor/prog_priv.h"
#include "monitor/ram.h"
#include "monitor/spawn.h"
#include "witness/portable.h"
#include <string.h>

/* The first page of a checkpoint; behind it the content of the regions, in their order. */
struct saved {
    struct snapshot snapshot;
    struct snapshot_region region[PROG_REGIONS];
    uint64_t word[TW_COUNT + POKE_WORDS + 1]; /* lib/abi/task_state.h */
    uint64_t parts;                           /* hash of what it consisted of */
    uint8_t rest[HASH_BYTES];                 /* over `word` and `parts` */
};
_Static_assert(sizeof(struct saved) <= PAGE_BYTES, "the content begins at the second page");

static struct saved *const saved = (struct saved *)(uintptr_t)MON_CHECKPOINT; /* while it is mapped */
static struct parts list;

/* ---- content ---- */

static uint8_t *content_of(const struct saved *s, unsigned n)
{
    uint64_t at = PAGE_BYTES;

    for (unsigned i = 0; i < n; i++)
        at += s->region[i].bytes;
    return (uint8_t *)(uintptr_t)(MON_CHECKPOINT + at);
}

/* To the checkpoint, or from it. A capability is mapped at one place only, and this one is in the program's space. */
static status_t copy_region(const struct prog_region *r, uint8_t *content, bool out)
{
    handle_t frame;
    void *at;
    status_t st = sys_copy(r->frame, 0, RIGHT_READ | RIGHT_WRITE, &frame);

    if (st != ST_OK)
        return st;
    if ((st = ram_window_open(frame, r->bytes, &at)) == ST_OK) {
        memcpy(out ? at : content, out ? content : at, r->bytes);
        ram_window_close(frame);
    }
    cap_drop(frame);
    return st;
}

static void hash_of(const void *p, uint64_t bytes, uint8_t digest[HASH_BYTES])
{
    struct hash h;

    hash_start(&h, portable_block);
    hash_add(&h, p, bytes);
    hash_end(&h, digest);
}

static void hash_rest(const struct saved *s, uint8_t digest[HASH_BYTES])
{
    hash_of(s->word, offsetof(struct saved, rest) - offsetof(struct saved, word), digest);
}

/* ---- what it consists of ---- */

/* Where its RAM lies, and its doorbell, are other than before when it is made anew; its registers are compared by themselves. */
static status_t list_parts(struct prog *p, uint64_t *hash)
{
    status_t st = parts_list(p, mon.core, &list);

    for (unsigned i = 0; i < list.n && st == ST_OK; i++) {
        struct part *part = &list.part[i];

        if (part->kind == PART_CONN || part->kind == PART_LINK || part->kind == PART_NAME)
            st = ST_BUSY;
        else if (part->kind == PART_MEM && (CAP_WHAT_TYPE(part->b) != CAP_RAM || part->a != 0))
            st = ST_TYPE;
        else if (part->kind == PART_MEM)
            part->c = 0;
        else if (part->kind == PART_WORDS)
            *part = (struct part){.kind = PART_WORDS};
    }
    while (list.n > 0 && list.part[list.n - 1].kind == PART_WORDS)
        list.n--;
    *hash = parts_hash(&list);
    return st;
}

static status_t read_words(const struct prog *p, uint64_t word[TW_COUNT + POKE_WORDS + 1])
{
    status_t st = ST_OK;

    for (unsigned w = 0; w < TW_COUNT && st == ST_OK; w += POKE_WORDS)
        st = sys_task_peek(p->task, w, &word[w]); /* one more than are written: the next has it anyway */
    return st;
}

static status_t write_words(const struct prog *p, const uint64_t word[TW_COUNT + POKE_WORDS + 1])
{
    static const uint64_t zeros[POKE_WORDS];
    uint64_t now[PEEK_WORDS], six[POKE_WORDS];
    status_t st = sys_task_poke(p->task, 0, zeros); /* it is one that was stopped, from now on */

    if (st == ST_OK)
        st = sys_task_peek(p->task, TW_BUCKET, now);
    for (unsigned w = 0; w < TW_COUNT && st == ST_OK; w += POKE_WORDS) {
        memcpy(six, &word[w], sizeof six);
        if (w <= TW_BUCKET && TW_BUCKET < w + POKE_WORDS)
            six[TW_BUCKET - w] = now[0];
        st = sys_task_poke(p->task, w, six);
    }
    return st;
}

/* ---- the checkpoint ---- */

static status_t open_checkpoint(struct prog *p, uint64_t bytes)
{
    uint64_t got;
    status_t st = ram_take(prog_id(p), bytes, &p->checkpoint, &got);

    if (st != ST_OK) {
        p->checkpoint = 0;
        return st;
    }
    p->checkpoint_bytes = bytes;
    if ((st = cap_retype(p->checkpoint, CAP_FRAME, bytes, &p->checkpoint_frame)) != ST_OK)
        p->checkpoint_frame = 0;
    else
        st = map_here(p->checkpoint_frame, MON_CHECKPOINT, bytes, PERM_READ | PERM_WRITE);
    return st;
}

static void close_checkpoint(const struct prog *p)
{
    status_t st = p->checkpoint_frame != 0 ? map_out(p->checkpoint_frame) : ST_OK;

    CHECK(st == ST_OK || st == ST_NOT_MAPPED || st == ST_LOG_FULL);
    if (st == ST_LOG_FULL)
        later_unmap(p->checkpoint_frame);
}

static void free_checkpoint(struct prog *p)
{
    close_checkpoint(p);
    if (p->checkpoint != 0)
        ram_give(p->checkpoint);
    p->checkpoint = p->checkpoint_frame = 0;
}

/* ---- to sleep ---- */

static status_t save(struct prog *p, uint8_t content[][HASH_BYTES])
{
    uint8_t *at = (uint8_t *)(uintptr_t)(MON_CHECKPOINT + PAGE_BYTES);
    status_t st = read_words(p, saved->word);

    for (unsigned i = 0; i < p->nregions && st == ST_OK; i++) {
        st = copy_region(&p->region[i], at, false);
        hash_of(at, p->region[i].bytes, content[i]);
        at += p->region[i].bytes;
    }
    hash_rest(saved, saved->rest);
    return st;
}

/* Its task is stopped. */
static status_t lie_down(struct prog *p)
{
    uint64_t bytes = PAGE_BYTES, hash;
    uint8_t content[PROG_REGIONS][HASH_BYTES];
    status_t st;

    if (p->nmem != 0)
        return ST_TYPE;
    if ((st = list_parts(p, &hash)) != ST_OK)
        return st;
    for (unsigned i = 0; i < p->nregions; i++)
        bytes += p->region[i].bytes;
    if ((st = open_checkpoint(p, bytes)) == ST_OK) {
        saved->parts = hash;
        st = save(p, content);
    }
    if (st == ST_OK)
        st = home_hibernate(p, &saved->snapshot, saved->region, PROG_REGIONS,
                            (const uint8_t(*)[HASH_BYTES])content);
    if (st != ST_OK)
        free_checkpoint(p);
    else
        close_checkpoint(p);
    return st;
}

status_t sleep_begin(struct prog *p)
{
    bool ran = !p->suspended;
    status_t st;

    if (p->home != mon.core || p->line.options & ~(uint32_t)START_SMALL)
        return ST_TYPE; /* what options give is not made anew here */
    if ((st = home_may(p, LIFE_EV_HIBERNATE)) != ST_OK || (st = note_room()) != ST_OK ||
        (ran && (st = sys_task_pause(p->task)) != ST_OK))
        return st;
    if ((st = lie_down(p)) != ST_OK) {
        if (ran)
            later_resume(p->task, p->news);
        return st;
    }
    prog_take_back(p);
    p->state = PROG_ASLEEP;
    return ST_OK;
}

/* ---- and back ---- */

static status_t check(struct rebuild *r)
{
    uint8_t digest[HASH_BYTES];
    status_t st = rebuild_begin(r, &saved->snapshot, saved->region, PROG_REGIONS, portable_block);

    for (uint32_t i = 0; st == ST_OK && i < saved->snapshot.nregions; i++) {
        hash_of(content_of(saved, i), saved->region[i].bytes, digest);
        st = rebuild_region(r, i, digest);
    }
    hash_rest(saved, digest);
    if (st == ST_OK && memcmp(digest, saved->rest, sizeof digest) != 0)
        st = ST_FORMAT;
    return st != ST_OK ? st : rebuild_status(r);
}

static status_t fill(struct prog *p)
{
    uint64_t hash, now[PEEK_WORDS];
    status_t st = p->nregions == saved->snapshot.nregions ? ST_OK : ST_FORMAT;

    for (unsigned i = 0; i < p->nregions && st == ST_OK; i++)
        st = p->region[i].va != saved->region[i].va || p->region[i].bytes != saved->region[i].bytes
                 ? ST_FORMAT
                 : copy_region(&p->region[i], content_of(saved, i), true);
    if (st == ST_OK)
        st = write_words(p, saved->word);
    if (st == ST_OK && (st = list_parts(p, &hash)) == ST_OK && hash != saved->parts)
        st = ST_FORMAT;
    if (st == ST_OK && (st = sys_task_peek(p->task, TW_BUCKET, now)) == ST_OK)
        p->bucket = (uint32_t)now[0]; /* and not what it says, which it asked for before */
    return st;
}

static status_t wake(struct prog *p)
{
    const struct image *im;
    const char *what;
    struct rebuild r;
    struct text why;
    char sentence[80];
    status_t st;

    text_init(&why, sentence, sizeof sentence);
    if (fail_abort("RECONSTRUCT") == MOVER_MISMATCH)
        *content_of(saved, 0) ^= 1;
    if ((st = check(&r)) != ST_OK || (st = image_find(p->line.program, &im, &why)) != ST_OK)
        return st;
    p->state = PROG_RUNNING;
    if ((st = spawn(p, im, &what)) == ST_OK && (st = fill(p)) == ST_OK &&
        (st = home_record(p, LIFE_EV_RECONSTRUCT)) == ST_OK)
        home_reconstruct(p, &r);
    if (st != ST_OK) {
        prog_take_back(p);
        p->state = PROG_ASLEEP;
    }
    return st;
}

status_t sleep_end(struct prog *p)
{
    status_t st;

    CHECK(p->state == PROG_ASLEEP);
    if ((st = home_may(p, LIFE_EV_RECONSTRUCT)) != ST_OK)
        return st;
    st = map_here(p->checkpoint_frame, MON_CHECKPOINT, p->checkpoint_bytes, PERM_READ | PERM_WRITE);
    if (st != ST_OK)
        return st;
    if ((st = wake(p)) != ST_OK) {
        close_checkpoint(p);
        return st;
    }
    free_checkpoint(p);
    p->suspended = false;
    p->rebuilt = true;
    return ST_OK;
}

void sleep_drop(struct prog *p)
{
    free_checkpoint(p);
}
