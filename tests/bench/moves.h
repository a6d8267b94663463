/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/bench/moves - what one move of a program costs: between who asks for it (moves.c) and who is moved or counts (cargo.c). */
#pragma once
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"

#define MOVES_NAME  "bench.moves"
#define FAR_NAME    "bench.far"
#define FAR_CORE    3u /* of the other ends of the cargo's channels: neither source nor destination */
#define CARGO_CHANS 8u

enum moves_kind { MOVES_HELLO = 1, MOVES_GO, MOVES_COUNT, MOVES_TAKE, MOVES_LET };

static inline uint64_t soon(void)
{
    return rt_now_ns() + 30 * NS_PER_S;
}
