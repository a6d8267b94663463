/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * coherence/place_priv - what the files of place share.
 *
 *      current --------------------------------- improve --+
 *                                                           \
 *      level 0   the graph         improve, map  -> answer --+--> the better one
 *        | join pairs                 ^ project
 *      level 1                     improve
 *        | join pairs                 ^ project
 *      level l   few nodes: divide, improve
 *
 * Then in turn: from the best so far, where only pairs on one core are joined, so that whole groups can move and nothing
 * is lost; and from nothing, with other pairs. Everything is
 * done in small portions (`step`), each of them a bounded number of steps, and the state between them is all in
 * struct place: that is how it can be cut into slices.
 *
 *     place.c          life, portions, the best so far
 *     place_input.c    what is asked for
 *     place_level.c    joining pairs and going back
 *     place_table.c    what each node would cost on each core, kept while nodes move; queues by gain
 *     place_divide.c   dividing few nodes among the cores, by halves
 *     place_improve.c  passes of moves, taken back to the best point
 *     place_map.c      exchanging the nodes of two cores
 */
#pragma once
#include "coherence/place.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"

#define PLACE_LEVELS      24u
#define PLACE_NODE_SHARE  4u /* memory for levels, in multiples of the graph's own */
#define PLACE_ENTRY_SHARE 4u

#define NO_NODE   UINT32_MAX
#define TAKEN     (UINT32_MAX - 1) /* was in a queue, is not to come back in this pass */
#define COST_BITS 54u /* of the whole cost: a gain has room for a core or node beside it */
#define NO_GAIN   (-(1ll << 56)) /* below every gain there can be */
#define MUST_MOVE (1ll << 56)

struct place_level {
    uint32_t nodes;
    uint32_t *first, *peer;
    int64_t *weight; /* scaled: the whole cost fits 62 bits    */
    uint64_t *load, *allowed;
    uint32_t *coarse; /* its node of the next level             */
    uint64_t heaviest;
};

/* How good a placement is: less above the limit first, then less cost. */
struct place_score {
    uint64_t over;
    int64_t cost;
};

static inline bool better(struct place_score a, struct place_score b)
{
    return a.over != b.over ? a.over < b.over : a.cost < b.cost;
}

/* Room for levels: taken from the front, level after level. */
struct place_room {
    uint32_t *first, *coarse, *peer;
    uint64_t *load, *allowed;
    int64_t *weight;
    uint32_t nodes, entries;
};

/* What is being done; each goes on until its function says that it has come to its end. */
enum place_phase {
    PHASE_COPY,    /* level 0 from the graph                     */
    PHASE_CURRENT, /* improve what is                            */
    PHASE_MATCH,   /* joining, level after level                 */
    PHASE_JOIN,
    PHASE_ALL_ON_ONE, /* the table, with all nodes on one core      */
    PHASE_SPLIT,      /* one group of cores into two: who may start */
    PHASE_GROW,       /* and who goes with it                       */
    PHASE_STAGE,      /* improve when all groups were split         */
    PHASE_IMPROVE,    /* on the way back                            */
    PHASE_PROJECT,
    PHASE_MAP,
    PHASE_KEEP,  /* the answer, if it is a better one          */
    PHASE_AGAIN, /* back to level 0 with the best so far       */
    PHASE_DONE,
};

enum improve_phase { IMPROVE_TABLE, IMPROVE_QUEUE, IMPROVE_MOVE, IMPROVE_BACK };

struct place_undo {
    uint32_t node;
    uint8_t from;
};

struct place {
    struct place_input in;
    enum place_phase phase;
    uint64_t steps;
    uint32_t cursor; /* how far the phase is, where it walks all nodes   */
    unsigned shift;  /* weights are taken >> shift                       */
    bool uniform;    /* all distances are 1                              */
    bool has_current;
    bool from_current; /* what is being improved is where they are now     */

    /* memory for all nodes */
    int64_t *distance; /* cores x cores, both ways the same                */
    int64_t *table;    /* nodes x cores: cost of the node if it were there */
    uint8_t *part;     /* where each node of the level at hand is          */
    uint8_t *other;    /* the same of the level that comes next            */
    int64_t *key;      /* gain of the best move                            */
    uint8_t *target;   /* where it goes                                    */
    uint32_t *at;      /* index in its queue; NO_NODE; TAKEN               */
    uint32_t *queue;   /* a heap for each core, one behind the other       */
    uint32_t *mark;    /* the mate                                         */
    struct place_undo *undo;
    core_id *best;

    struct place_level level[PLACE_LEVELS];
    unsigned top, here; /* the coarsest made; the one at hand               */
    struct place_room free, first_free;

    /* the cores: how they are divided, what they carry */
    uint64_t core_limit;
    uint8_t order[CORES_MAX];  /* near ones side by side                           */
    uint8_t place[CORES_MAX];  /* index in order                                   */
    uint8_t active[CORES_MAX]; /* those that stand for a group now                 */
    uint32_t nactive;
    uint64_t group[CORES_MAX]; /* the cores it stands for: behind it in order      */
    uint8_t span[CORES_MAX];   /* how many                                         */
    uint64_t carried[CORES_MAX], limit[CORES_MAX];
    int64_t headroom[CORES_MAX]; /* up to the limit and what is let through beyond it */
    uint32_t members[CORES_MAX];
    uint32_t base[CORES_MAX], count[CORES_MAX]; /* of the queues                    */
    struct place_score now;

    /* joining */
    uint32_t visit, stride, made;
    uint64_t join_cap;
    bool fresh;
    unsigned round, rounds;
    bool inside; /* only pairs on one core                           */

    /* dividing */
    uint32_t splitting, split_end;
    bool growing;
    uint8_t grow_from, grow_to;
    uint64_t grow_goal;

    /* improving */
    enum improve_phase improve;
    bool few;        /* so few nodes that looking at all is faster than keeping queues */
    unsigned passes; /* left                                             */
    uint32_t moves, best_moves, stall;
    uint32_t idle;   /* of the moves since, those of nodes that talk with nobody */
    uint64_t beyond; /* how far above the limit on the way               */
    struct place_score pass_start, pass_best;

    /* mapping */
    uint32_t row;
    bool exchanged;
    int64_t *traffic; /* cores x cores                                    */
    uint64_t *stays;  /* cores x cores: load of the one that is on the other now */
    uint64_t may[CORES_MAX];
    uint8_t becomes[CORES_MAX];

    struct place_score best_score;
    uint64_t best_moved, moved;
};

static inline int64_t table_gain(const struct place *p, uint32_t v, uint8_t to)
{
    const int64_t *row = p->table + (size_t)v * p->in.cores;

    return row[p->part[v]] - row[to];
}

/* Functions named _step do a portion; they say true when they have come to their end. */

/* place_input.c */
status_t input_check(const struct place_input *in);
struct place *input_memory(const struct place_input *in, void *memory);
bool input_is_there(const struct place_input *in, uint32_t v);
void input_limit(struct place *p);
void input_distances(struct place *p);
void input_current(struct place *p);

/* place_table.c */
bool table_step(struct place *p);
void table_over(struct place *p);
void table_look(struct place *p, const struct place_level *l, uint32_t v);
void table_move(struct place *p, const struct place_level *l, uint32_t v, uint8_t to, bool queues);
void queue_put(struct place *p, uint8_t part, uint32_t v);
void queue_take(struct place *p, uint8_t part, uint32_t v);
void queue_fix(struct place *p, uint8_t part, uint32_t v);

/* place_level.c */
bool copy_step(struct place *p);
void match_begin(struct place *p);
bool match_step(struct place *p);
bool join_begin(struct place *p);
bool join_step(struct place *p);

/* place_divide.c */
void divide_order(struct place *p);
void divide_begin(struct place *p);
void divide_whole(struct place *p);
void split_begin(struct place *p);
bool split_step(struct place *p);
bool grow_step(struct place *p);

/* place_improve.c */
void improve_begin(struct place *p, bool table, unsigned passes);
bool improve_step(struct place *p);

/* place_map.c */
void map_begin(struct place *p);
bool map_step(struct place *p);
