/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/part_keep.h"
#include "lib/rt/cap.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "tests/stress/stress.h"
#include "tests/system/fp_round.h"
#include <stdlib.h>

#define DATA_WORDS  256u
#define HEAP_WORDS  1024u /* of a piece; the heap grows by 64 KiB when it has to */
#define HEAP_PIECES 48u
#define FRAME_WORDS 1024u
#define SPARE_AT    (USER_HEAP + (1ull << 29))

/* What CAP_IDENTIFY says of a capability, but for its depth and what is free: both depend on where it is. */
struct face {
    handle_t handle;
    uint64_t what, object, bytes, badge;
};

static uint64_t own; /* number of this part */
static uint64_t data[DATA_WORDS];
static volatile uint64_t *stack;
static uint64_t *piece[HEAP_PIECES];
static unsigned pieces;
static volatile uint64_t *frame_at;
static struct face ram, frame, less, event, task, table, space;
static handle_t spare; /* 0: there is none now */
static status_t odd; /* why there was no spare frame */
static uint64_t turns, fp_wrong, mores, events, unheard;

static uint64_t pattern(uint64_t what, uint64_t i)
{
    uint64_t state = own << 48 ^ what << 32 ^ i;

    return stress_next(&state);
}

static void fill(volatile uint64_t *at, unsigned words, uint64_t what)
{
    for (unsigned i = 0; i < words; i++)
        at[i] = pattern(what, i);
}

static bool is_as_filled(const volatile uint64_t *at, unsigned words, uint64_t what)
{
    for (unsigned i = 0; i < words; i++)
        if (at[i] != pattern(what, i))
            return false;
    return true;
}

static bool grow(void)
{
    uint64_t *more;

    if (pieces == HEAP_PIECES)
        return true;
    if ((more = malloc(HEAP_WORDS * sizeof *more)) == NULL)
        return false;
    fill(more, HEAP_WORDS, 16 + pieces);
    piece[pieces++] = more;
    return true;
}

static bool see(handle_t h, struct face *f)
{
    struct rt_msg m;

    if (sys_identify(h, &m) != ST_OK)
        return false;
    *f = (struct face){h, m.w[0] & 0xffff, m.w[1], m.w[2], m.w[3]};
    return true;
}

/* Memory is the same memory; an object of the core it runs on is of the same kind, with the same rights. */
static bool is_same(const struct face *f, bool memory)
{
    struct face now;

    return see(f->handle, &now) && now.what == f->what && now.badge == f->badge &&
           (!memory || (now.object == f->object && now.bytes == f->bytes));
}

bool keep_start(uint64_t number, volatile uint64_t *its_stack)
{
    const struct program_info *info = rt_info();
    handle_t h;
    void *at;

    own = number;
    stack = its_stack;
    fill(data, DATA_WORDS, 1);
    fill(stack, KEEP_STACK_WORDS, 2);
    if (!grow() || heap_frame(FRAME_WORDS * sizeof(uint64_t), &h, &at) != ST_OK || !see(h, &frame))
        return false;
    frame_at = at;
    fill(frame_at, FRAME_WORDS, 3);
    if (sys_copy(frame.handle, 0, RIGHT_READ, &h) != ST_OK || !see(h, &less))
        return false;
    if (sys_event(info->task, KEEP_EVENT_BIT, 0, &h) != ST_OK || !see(h, &event))
        return false;
    return see(info->ram, &ram) && see(info->task, &task) && see(info->table, &table) &&
           see(info->space, &space);
}

/* A frame of its own, made where it is now and deleted where it is then: all of it or nothing. */
static uint32_t turn_spare(void)
{
    handle_t h;
    status_t st;

    if (spare == 0) {
        if ((st = cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &h)) != ST_OK) {
            odd = st;
            return KEEP_GROW;
        }
        if (map_here(h, SPARE_AT, PAGE_BYTES, PERM_READ | PERM_WRITE) != ST_OK) {
            cap_drop(h);
            return KEEP_SPARE;
        }
        fill((volatile uint64_t *)(uintptr_t)SPARE_AT, FRAME_WORDS / 2, 4);
        spare = h;
        return 0;
    }
    if (!is_as_filled((volatile uint64_t *)(uintptr_t)SPARE_AT, FRAME_WORDS / 2, 4) ||
        cap_delete(spare) != ST_OK)
        return KEEP_SPARE;
    spare = 0;
    return 0;
}

static uint32_t look_at_caps(void)
{
    uint32_t wrong = 0;
    handle_t h;

    if (!is_same(&ram, true))
        wrong |= KEEP_RAM;
    if (!is_same(&frame, true))
        wrong |= KEEP_FRAME;
    /* It may be read, so it can be neither granted nor mapped to be written. */
    if (!is_same(&less, true) || sys_copy(less.handle, 0, RIGHT_READ, &h) == ST_OK ||
        map_here(less.handle, SPARE_AT + (1ull << 20), PAGE_BYTES, PERM_READ | PERM_WRITE) == ST_OK)
        wrong |= KEEP_COPY;
    if (!is_same(&event, false))
        wrong |= KEEP_EVENT;
    if (!is_same(&task, false) || !is_same(&table, false) || !is_same(&space, false))
        wrong |= KEEP_SELF;
    return wrong;
}

uint32_t keep_look(enum keep_ask ask)
{
    uint32_t wrong = look_at_caps();

    if (!is_as_filled(data, DATA_WORDS, 1))
        wrong |= KEEP_DATA;
    if (!is_as_filled(stack, KEEP_STACK_WORDS, 2))
        wrong |= KEEP_STACK;
    if (!is_as_filled(frame_at, FRAME_WORDS, 3))
        wrong |= KEEP_FRAME;
    for (unsigned i = 0; i < pieces; i++)
        if (!is_as_filled(piece[i], HEAP_WORDS, 16 + i))
            wrong |= KEEP_HEAP;
    if (fp_wrong > 0)
        wrong |= KEEP_FP;
    if (unheard > 0)
        wrong |= KEEP_EVENT;
    if (ask == KEEP_MORE)
        wrong |= ++mores % 2 == 0 ? turn_spare() : grow() ? 0 : KEEP_GROW;
    return wrong;
}

void keep_turn(void)
{
    /* What was signalled in the turn before has been heard, wherever that was. */
    unheard += turns > 0 && events == 0;
    events = 0;
    unheard += sys_signal(event.handle) != ST_OK;
    fp_wrong += round_of(own, turns++);
}

void keep_event(void)
{
    events++;
}

status_t keep_odd(void)
{
    return odd;
}

uint64_t keep_heap_bytes(void)
{
    return (uint64_t)pieces * HEAP_WORDS * sizeof(uint64_t);
}
