/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/seal_queue - seals on their way from the core that closed a segment to all others, none left out.
 *
 *     log of core a           seal_queue of a                    seal_inbox of b          log of core b
 *     closed segments --put--> first ... next  --tell, in order--> at most SEALS_AHEAD --> AnchorHi, AnchorLo
 *     (as long as they             ^                                                        |
 *      are not drained)            `------------------ANCHORED(segment)--------------------'
 *
 * A seal is told when all records of its segment are stored. It is held until every core that takes part has recorded it.
 * While the queue is full no more is put, and the log is not drained beyond what was put (seal_queue_limit): so the log
 * itself holds the seals that are still to come, and fills up if that goes on. Who waits for a core too long
 * gives that core's anchor up for the oldest segment, and says so.
 *
 *     Q1  every core is told all segments from the one on that was the oldest held when it began to take part, in order
 *     Q2  no segment is told before all of it is stored
 *     Q3  no more than SEALS_AHEAD are told to a core that has not recorded them
 *     Q4  what is drained was put: no seal is lost but by seal_queue_give_up, which counts it
 *
 * Pure: no clock, no log, no messages.
 */
#pragma once
#include "lib/base/status.h"
#include "witness/record.h"

#define SEALS_MAX 32u
#define SEALS_AHEAD 8u

struct seal_held {
    uint8_t seal[WITNESS_SEAL_BYTES];
    uint64_t end;               /* sequence behind the segment */
};

struct seal_queue {
    struct seal_held held[SEALS_MAX];
    uint32_t first, next;       /* segments first .. next - 1 are held; next is the one to be put */
    uint64_t end;               /* sequence behind the last that was put                          */
    uint32_t told[CORES_MAX];   /* segments below were told to that core, or it was too late for them */
    struct {
        uint32_t segment[SEALS_AHEAD], first, n;
    } ahead[CORES_MAX];         /* told, and not recorded yet                                       */
    uint32_t given_up;
};

/* All zero is an empty one, from segment 0 on. False: it is full. */
MUST_CHECK bool seal_queue_put(struct seal_queue *q, const uint8_t seal[WITNESS_SEAL_BYTES], uint64_t end);
/* The next one for a core while the records below `stored` are stored; NULL: none now. It is told then. */
const struct seal_held *seal_queue_tell(struct seal_queue *q, core_id core, uint64_t stored, uint32_t *segment);
/* A core has recorded this one. False, and nothing changes: not the oldest that it was told and had not. */
MUST_CHECK bool seal_queue_taken(struct seal_queue *q, core_id core, uint32_t segment);
/* Forgets what all cores of this mask have recorded. */
void seal_queue_trim(struct seal_queue *q, uint64_t cores);
/* The oldest is not waited for any longer: a mask of the cores that have not recorded it. */
uint64_t seal_queue_give_up(struct seal_queue *q, uint64_t cores);
/* How far a log of `closed` closed segments may be drained. */
uint64_t seal_queue_limit(const struct seal_queue *q, uint32_t closed);

/* Of one other core: what it has told, until it is recorded. */
struct seal_inbox {
    struct {
        uint8_t seal[WITNESS_SEAL_BYTES];
        uint32_t segment;
    } got[SEALS_AHEAD];
    uint32_t first, n;
    bool half;                  /* AnchorHi of the first is written */
};

/* False: it tells more than it may. */
MUST_CHECK bool seal_inbox_put(struct seal_inbox *b, const uint8_t seal[WITNESS_SEAL_BYTES], uint32_t segment);
/* The half that is to be recorded next, as two words; false: none. */
bool seal_inbox_half(const struct seal_inbox *b, uint64_t word[2], uint32_t *segment, bool *low);
/* It is recorded. True: that was the second half, and the next one is another seal's. */
bool seal_inbox_done(struct seal_inbox *b);
