/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/ids - what a partition and a channel are called, on every core and in every record.
 *
 *     partition   31..26 home core   25..16 index   15..0 generation
 *     edge        31..26 home core   25..13 index   12..0 generation
 *
 * The home core of a partition is the one whose monitor made it: it keeps what is known about it and owns its memory, wherever
 * it runs. A name is never used twice until the generations of its index have gone round, and generation 0 is no
 * name: so 0 is nobody, and in the actor of a witness record it stays the CPU driver.
 */
#pragma once
#include "lib/base/bits.h"
#include "lib/base/types.h"

typedef uint32_t partition_id;
typedef uint32_t edge_id;

#define PARTITION_NONE       0u
#define PARTITION_CORE       FIELD(31, 26)
#define PARTITION_INDEX      FIELD(25, 16)
#define PARTITION_GENERATION FIELD(15, 0)
#define EDGE_CORE            FIELD(31, 26)
#define EDGE_INDEX           FIELD(25, 13)
#define EDGE_GENERATION      FIELD(12, 0)

#define PARTITIONS_MACHINE 4096u /* at once */
#define PARTITIONS_HOME    1024u /* of them at most with one home */
#define EDGES_HOME         8192u

_Static_assert(CORES_MAX - 1 <= FIELD_GET(PARTITION_CORE, PARTITION_CORE), "a core fits its field");
_Static_assert(PARTITIONS_HOME - 1 <= FIELD_GET(PARTITION_INDEX, PARTITION_INDEX), "an index fits");
_Static_assert(EDGES_HOME - 1 <= FIELD_GET(EDGE_INDEX, EDGE_INDEX), "an index fits");

static inline partition_id partition_name(core_id home, uint32_t index, uint32_t generation)
{
    return (partition_id)(FIELD_PUT(PARTITION_CORE, home) | FIELD_PUT(PARTITION_INDEX, index) |
                          FIELD_PUT(PARTITION_GENERATION, generation));
}

static inline core_id partition_home(partition_id id)
{
    return (core_id)FIELD_GET(PARTITION_CORE, id);
}

static inline uint32_t partition_index(partition_id id)
{
    return (uint32_t)FIELD_GET(PARTITION_INDEX, id);
}

static inline uint16_t partition_generation(partition_id id)
{
    return (uint16_t)FIELD_GET(PARTITION_GENERATION, id);
}

static inline edge_id edge_name(core_id home, uint32_t index, uint32_t generation)
{
    return (edge_id)(FIELD_PUT(EDGE_CORE, home) | FIELD_PUT(EDGE_INDEX, index) |
                     FIELD_PUT(EDGE_GENERATION, generation));
}

static inline core_id edge_home(edge_id id)
{
    return (core_id)FIELD_GET(EDGE_CORE, id);
}

static inline uint32_t edge_index(edge_id id)
{
    return (uint32_t)FIELD_GET(EDGE_INDEX, id);
}

static inline uint16_t edge_generation(edge_id id)
{
    return (uint16_t)FIELD_GET(EDGE_GENERATION, id);
}

/* The generation behind `generation`; `last` is the highest there is. Never 0. */
static inline uint16_t generation_after(uint16_t generation, uint64_t last)
{
    return generation == last ? 1 : (uint16_t)(generation + 1);
}

/* How many each home may have so that the machine has no more than PARTITIONS_MACHINE. */
static inline uint32_t partitions_of_home(uint32_t ncores)
{
    uint32_t each = PARTITIONS_MACHINE / (ncores ? ncores : 1);

    return each < PARTITIONS_HOME ? each : PARTITIONS_HOME;
}
