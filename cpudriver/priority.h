/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * cpudriver/priority - how urgent a task is, in one number, and why that number alone does not order tasks.
 *
 *     priority = deadline urgency (0..65535) + cut pressure boost (0..16383)
 *
 * Sixteen bits cannot tell all deadlines apart, and a boost added to them would put a later deadline before an earlier one. So
 * what orders is a rank of 64 bits, smaller first, which the priority follows:
 *
 *     63                            14 13            0
 *     deadline, in grains of <= 1 us  | full boost - boost
 *
 *   P1  the urgency never rises with the time to the deadline; below 32,768 us every microsecond counts.
 *   P2  of two deadlines that are a microsecond apart the earlier ranks first, whatever the boosts.
 *   P3  with the deadline in the same grain the larger boost, so the larger priority, ranks first.
 *   P4  whatever has a deadline that admission allows has a higher priority than all that has none.
 *   P5  in the fair class a boost makes the weight larger, by less than twice, and Recovery makes it a quarter: nobody starves.
 *
 * Modes: what of this counts for a task.
 *
 *     mode       class   deadline   boost    weight
 *     Flow       both    yes        yes      its own, more with a boost
 *     Reflex     EDF     yes        no       its own, when its deadline was missed; rings no other core
 *     Recovery   fair    -          no       a quarter of its own: work that was started again
 */
#pragma once
#include "lib/abi/syscall.h"
#include "lib/base/types.h"

#define URGENCY_MAX  65535u
#define BOOST_MAX    16383u
#define BOOST_BITS   14u
#define NO_DEADLINE  UINT64_MAX

/* 0 only for NO_DEADLINE or 17 thousand years. */
uint32_t priority_urgency(uint64_t us_to_deadline);
/* From basis points, 0..10000; more is as 10000. */
uint32_t priority_boost(uint32_t basis_points);
static inline uint32_t priority_of(uint64_t us_to_deadline, uint32_t boost)
{
    return priority_urgency(us_to_deadline) + boost;
}

/* The largest power of two of ticks that is no more than a microsecond, as a shift. */
unsigned priority_grain(uint64_t ticks_per_second);
uint64_t priority_rank(uint64_t deadline_ticks, unsigned grain, uint32_t boost);

/* May a task of this class have this mode? */
bool priority_mode_fits(uint64_t class, uint64_t mode);
/* The part of a boost that counts in this mode. */
uint32_t priority_boost_in(unsigned mode, uint32_t basis_points);
/* What a tick costs a fair task: 2^16 for WEIGHT_DEFAULT in Flow, without boost. weight is 1..WEIGHT_MAX. */
uint32_t priority_cost(uint32_t weight, unsigned mode, uint32_t basis_points);
