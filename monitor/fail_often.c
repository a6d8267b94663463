/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/fail_often.h"
#include "lib/base/bits.h"
#include "monitor/mon.h"
#include <stdlib.h>
#include <string.h>

#define ARGUMENT "skerry.abort=every:"
#define FAULT(fault) (1u << MOVER_##fault)
#define OF_SOURCE (FAULT(CANCEL) | FAULT(REFUSE) | FAULT(TIMEOUT) | FAULT(LOST))
#define LOST_OF 8u /* what is lost costs its move 100 ms, so it is drawn more seldom */

/* Where a move is asked what is to happen, and what can. A move comes to the far ends once for each of its channels. */
static struct point {
    const char *name;
    unsigned faults, seldom;
    uint64_t left; /* times it still goes well; 0: not drawn yet */
} points[] = {
    {"SERIALIZING", OF_SOURCE, 1, 0},
    {"PAUSING", OF_SOURCE, 1, 0},
    {"TRANSFERRING", OF_SOURCE, 1, 0},
    {"EDGES", OF_SOURCE, 1, 0},
    {"GRAPH", OF_SOURCE, 1, 0},
    {"VERIFYING", OF_SOURCE | FAULT(MISMATCH), 1, 0},
    {"SWITCHING", OF_SOURCE, 1, 0},
    {"DEST_OFFER", FAULT(REFUSE), 1, 0},
    {"DEST_READY", FAULT(REFUSE) | FAULT(LOST), 1, 0},
    {"DEST_MAPPED", FAULT(REFUSE) | FAULT(LOST), 1, 0},
    {"DEST_BUILT", FAULT(REFUSE) | FAULT(LOST), 1, 0},
    {"DEST_CHECK", FAULT(MISMATCH), 1, 0},
    {"FAR_HOLD", FAULT(REFUSE), 8, 0},
    {"FAR_HELD", FAULT(LOST), 64, 0},
    {"FAR_SWITCHED", FAULT(LOST), 64, 0},
};

static uint64_t every, dice;

static uint64_t below(uint64_t limit)
{
    uint64_t z = dice += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return (z ^ z >> 31) % limit;
}

void fail_often_start(void)
{
    const char *at = strstr(mon.boot->bootargs, ARGUMENT);
    char *end;

    if (at == NULL)
        return;
    every = strtoull(at + strlen(ARGUMENT), &end, 10);
    dice = (*end == ':' ? strtoull(end + 1, NULL, 10) : 1) * 1000003 + mon.core;
}

static enum mover_fault draw(unsigned faults)
{
    enum mover_fault fault;

    if ((faults & FAULT(LOST)) && faults != FAULT(LOST) && below(LOST_OF) != 0)
        faults &= ~FAULT(LOST);
    do
        fault = (enum mover_fault)below(MOVER_LOST + 1);
    while (!(faults >> fault & 1));
    return fault;
}

enum mover_fault fail_often(const char *name)
{
    struct point *p = points;

    if (every == 0)
        return MOVER_NO_FAULT;
    while (p < points + ARRAY_LEN(points) && strcmp(p->name, name) != 0)
        p++;
    if (p == points + ARRAY_LEN(points))
        return MOVER_NO_FAULT;
    if (p->left == 0) /* as many on average as are asked for */
        p->left = 1 + below(2 * every * p->seldom - 1);
    return --p->left == 0 ? draw(p->faults) : MOVER_NO_FAULT;
}
