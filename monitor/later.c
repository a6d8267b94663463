/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/later.h"
#include "lib/base/check.h"
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/map.h"
#include "monitor/island.h"

#define RETRY_NS (5 * NS_PER_MS)
#define NOTES 3072u   /* more than all partitions, channels, leases and pieces lent and borrowed: each ends once */
#define WAITING 8192u /* more than twice what monitor/agree.c and monitor/conn.c have entries for */

enum what { DELETE, UNMAP, COMMIT, CANCEL, NOTE, RESUME };

static struct waits {
    handle_t h;               /* NOTE: its place in `notes` */
    enum what what;
} waits[WAITING];
static unsigned first, n;
static struct note notes[NOTES]; /* used in turn, as they are waited for in order */
static unsigned nnotes, next_note;

/* Whatever else the kernel answers, there is nothing more to be done about it. */
static bool is_done(enum what what, handle_t h)
{
    switch (what) {
    case DELETE:
        return cap_delete(h) != ST_LOG_FULL;
    case UNMAP:
        return map_out(h) != ST_LOG_FULL;
    case NOTE:
        return note_write(&notes[h]) == ST_OK;
    case RESUME:
        return sys_task_resume(h) != ST_LOG_FULL;
    default:
        return island_settle(NULL, h, what == COMMIT) != ST_LOG_FULL;
    }
}

static void keep(enum what what, handle_t h)
{
    CHECK(n < WAITING); /* nothing new is begun meanwhile */
    waits[(first + n++) % WAITING] = (struct waits){ h, what };
}

static void do_or_keep(enum what what, handle_t h)
{
    if (n != 0 || !is_done(what, h))
        keep(what, h);
}

void later_delete(handle_t h)
{
    do_or_keep(DELETE, h);
}

void later_unmap(handle_t frame)
{
    do_or_keep(UNMAP, frame);
}

void later_settle(handle_t proxy, bool commit)
{
    do_or_keep(commit ? COMMIT : CANCEL, proxy);
}

void later_note(const struct note *note)
{
    if (n == 0 && note_write(note) == ST_OK)
        return;
    CHECK(nnotes < NOTES);
    notes[next_note] = *note;
    keep(NOTE, next_note);
    nnotes++;
    next_note = (next_note + 1) % NOTES;
}

void later_resume(handle_t task, handle_t news)
{
    (void)sys_signal(news); /* it waits for the task to take it */
    do_or_keep(RESUME, task);
}

bool later_any(void)
{
    return n > 0;
}

bool later_turn(uint64_t now_ns, uint64_t *next_ns)
{
    bool any = n > 0;

    while (n > 0 && is_done(waits[first].what, waits[first].h)) {
        nnotes -= waits[first].what == NOTE;
        first = (first + 1) % WAITING;
        n--;
    }
    *next_ns = n > 0 ? now_ns + RETRY_NS : UINT64_MAX;
    return any && n == 0;
}

void later_start(void)
{
    cap_drop_later = later_delete;
}
