/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/pl011/lines - from the pieces of many clients to whole lines, one after another.
 *
 *     client A --pieces--> line of A --complete--.
 *     client B --pieces--> line of B --complete--+--> first come, first out --> UART
 *
 *     L1  the output is a sequence of whole lines, each of one client
 *     L2  lines of one client come out in the order in which they went in
 *     L3  a client whose line waits or goes out takes no more text (it is `held`), so
 *         what the driver holds of a client is at most one line and a piece
 *     L4  a line longer than LINE_MAX is cut, ended, and the cut bytes are counted
 *     L5  a client that leaves has its last, unfinished line ended and put out
 *
 * Pure: memory is the caller's.
 */
#pragma once
#include "lib/base/list.h"

#define LINE_MAX 16384u     /* the longest line, with its end                          */
#define LINE_PIECE 56u      /* most that is put at once                                */
#define LINE_BUFFER (LINE_MAX + LINE_PIECE)

struct line_client {
    struct list link;           /* in the queue of those that wait                  */
    char *text;                 /* LINE_BUFFER bytes                                */
    size_t bytes;               /* in `text`                                        */
    size_t ready;               /* of these, up to the last line end                */
    uint64_t cut;               /* bytes cut from its lines so far                  */
    bool skipping;              /* the rest of a line that was too long is left out */
    bool leaving;
};

struct lines {
    struct list waiting;
    struct line_client *out;    /* whose text goes out now; NULL: nobody's          */
};

void lines_init(struct lines *l);
void lines_join(struct line_client *c, char *text);

/* Text of a client that is not held, at most LINE_PIECE of it. */
void lines_put(struct lines *l, struct line_client *c, const char *text, size_t bytes);

/* May it give more text? */
bool lines_held(const struct lines *l, const struct line_client *c);

/* No more will come from it. True: nothing of it is left; else lines_done says when. */
bool lines_leave(struct lines *l, struct line_client *c);

/* What to send next; false: nothing, or something goes out already. */
bool lines_next(struct lines *l, const char **text, size_t *bytes);

/* It has gone out. Whose it was: it may give more text, or, if it is leaving, is gone. */
struct line_client *lines_done(struct lines *l);
