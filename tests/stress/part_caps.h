/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/part_caps - capabilities that parts hand each other over their links while both are moved about.
 *
 *     token    a copy of a page of whoever bound the link. Whoever has it may give it away to the other end, and back. When it has been
 *              given as often as a capability can be, who bound the link takes another copy, and deletes this one or revokes it.
 *              It says which link it is of and how often it was given, and must be the same page each time. At the end exactly one
 *              end has it, and each was given it as often as the other gave it.
 *     present  a copy, to be read only, of one page of the giver's: looked at, and deleted.
 *
 * Nothing is given while the receiver has no room, or its end is on its way: then the giver still has what it had.
 */
#pragma once
#include "lib/rt/chan.h"

/* One end of a link. */
struct caps_end {
    struct rt_chan *chan;
    uint64_t link;      /* its name; UINT64_MAX: not known yet  */
    handle_t original;  /* what tokens are copies of, at the end that bound it; else 0 */
    handle_t token;     /* 0: the other end has it              */
    uint64_t hops;      /* what it said when it was here last   */
    uint32_t given, taken, presented, received, refused;
};

/* Words 1 to 6 of STRESS_CAPS. */
#define CAPS_WORDS 6u

/* False: it could not be set up. */
bool caps_start(uint64_t number, uint64_t seed);
/* `e` is this end of `link`, which is open at both ends. `makes_token`: it bound it. False: no memory, or no room. */
bool caps_open(struct caps_end *e, struct rt_chan *c, uint64_t link, bool makes_token);
/* Sometimes: gives something over it. */
void caps_turn(struct caps_end *e);
/* One came over it. */
void caps_came(struct caps_end *e, const struct rt_cap *cap);
/* What was not as it should be, so far: bits of enum keep_wrong, and from bit 32 the first answer that was odd. */
uint64_t caps_wrong(void);
void caps_tell(const struct caps_end *e, bool bound_it, uint64_t word[CAPS_WORDS]);
