/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/conduct - the run: all parts talk, are moved about, stopped and resumed (deeds.c), others merged and split, and what
 * all of them have seen is added up (tests/stress/stress.h).
 *
 *     arguments: conduct rows=8 moves=150 seed=1 pace_us=20000
 *     shape=1: two partitions beside each mover are merged, split and moved (shapes.c); coherence must be there, with advice off
 *     rows: parts on each core at the beginning; pace_us: mean time between two bursts of a part;
 *     trace=N: what the parts have noted of every Nth message (part_trace.h) is in records
 *
 * The same seed chooses the same parts and cores. With skerry run --deterministic everything else is the same, too.
 */
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/record.h"
#include "tests/stress/crew.h"
#include "tests/stress/deeds.h"
#include "tests/stress/left.h"
#include "tests/stress/shapes.h"
#include "tests/stress/tally.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

static uint64_t seed, wanted;

static void write_record(const struct tally_sums *sum, uint64_t ns, uint64_t heap)
{
    tally_write_refusals();
    rec_begin("stress");
    rec_u64("seed", seed);
    rec_u64("parts", crew.nparts);
    rec_u64("cores", crew.ncores);
    rec_u64("moves", tally_moves());
    rec_u64("refused", tally_refusals());
    rec_u64("undone", tally_undone());
    rec_u64("messages", sum->messages);
    rec_u64("lost", sum->lost);
    rec_u64("doubled", sum->doubled);
    rec_u64("reordered", sum->reordered);
    rec_u64("bad", sum->bad);
    rec_u64("caps_given", sum->given);
    rec_u64("caps_lost", sum->not_taken + sum->not_one);
    rec_u64("wrong", crew.wrong_seen);
    rec_hex("wrong_what", crew.wrong_what);
    rec_u64("wrong_core", crew.wrong_core);
    rec_u64("wrong_answers", deeds_wrong());
    rec_u64("heap_bytes", heap);
    rec_u64("ns", ns);
    tally_write_blackout();
    rec_end();
}

static void verify_all(void)
{
    for (unsigned i = 0; i < crew.nparts && !crew.stuck; i++)
        crew_verify(&crew.part[i], KEEP_LOOK);
}

/* What all of them have counted. */
static void add_up(uint64_t ns)
{
    uint64_t heap = 0;
    struct tally_sums sum;

    for (unsigned i = 0; i < crew.nparts; i++)
        heap += crew.part[i].heap;
    sum = tally_sum();
    write_record(&sum, ns, heap);
    test_is(sum.messages > 0 && sum.one_ended == 0, "they have talked, and both ends of each link say so");
    test_is(sum.lost == 0, "no message is lost");
    test_is(sum.doubled == 0, "none came twice");
    test_is(sum.reordered == 0, "none came out of order");
    test_is(sum.bad == 0, "none was changed");
    test_is(sum.given > 0 && sum.not_taken == 0, "each capability that was given was taken, once");
    test_is(sum.not_one == 0, "what is given to and fro is at one end, and not at both");
    test_is(crew.wrong_seen == 0, "memory, registers and capabilities are what they were");
    test_is(crew.wrong_core == 0, "everyone is where it was sent, and knows");
    test_is(deeds_wrong() == 0, "what is stopped, resumed, hibernates or is moved answers as its state says");
}

/* One after the other, as each of them fills records of its own. */
static void gather_traces(void)
{
    for (unsigned i = 0; i < crew.nparts; i++)
        crew.part[i].traced = true;
    for (unsigned i = 0; i < crew.nparts; i++) {
        crew.part[i].traced = false;
        crew.stuck |= !crew_send(crew.part[i].chan, STRESS_TRACE, (uint64_t[3]){0});
        test_need(crew_wait_parts(part_is_traced), "all parts tell what they have noted");
    }
}

/* Talking, moving, counting. */
static void act(void)
{
    uint64_t begun, done, pace_ns = stress_argument("pace_us", 20000) * NS_PER_US;

    verify_all();
    test_need(crew_wait_parts(part_has_answered) && crew.wrong_seen + crew.wrong_core == 0,
              "everything is right before anything moves");
    test_need(deeds_naps_begin(), "beside each mover there is a partition that can hibernate");
    test_need(deeds_twins_begin(), "and two that can be merged, if anybody measures");
    crew_order_all(STRESS_GO, pace_ns);
    begun = rt_now_ns();
    deeds_do(wanted);
    done = tally_moves();
    begun = rt_now_ns() - begun;
    test_is(done == wanted, "as many moves are done as were asked for");
    test_is(deeds_settle(), "all that were stopped run again, and all that hibernated");
    test_is(deeds_twins_once(), "all that can be merged and split were, and run again as two");
    test_is(deeds_twins_end(), "none of their messages is lost or came twice");
    shapes_write();
    verify_all();
    test_is(crew_wait_parts(part_has_answered), "all parts answer");
    crew_order_all(STRESS_STOP, 0);
    test_is(crew_wait_parts(part_is_quiet), "all parts fall quiet");
    crew_wait_long(2 * pace_ns + NS_PER_MS); /* all sleep by then without a deadline, and hear of what follows by their bells alone */
    crew_order_all(STRESS_COUNT, 0);
    test_is(crew_wait_parts(part_has_counted), "all parts have counted");
    if (crew.trace > 0)
        gather_traces();
    add_up(begun);
    test_is(deeds_naps_end(), "what hibernated is ended");
    test_is(deeds_go_home() == 0, "all come home again");
}

static int conduct(void)
{
    test_name("stress");
    seed = stress_argument("seed", 1);
    wanted = stress_argument("moves", 150);
    crew.trace = stress_argument("trace", 0);
    deeds_start(seed);
    test_need(tally_start(wanted + PARTS_MAX, wanted), "memory for all figures");
    crew_start((unsigned)stress_argument("rows", 8));
    crew_gather();
    shapes_start(seed, stress_argument("shape", 0) != 0);
    test_need(deeds_twins_begin() && deeds_twins_end(), "two that can be merged are made beside each mover, and ended");
    test_need(deeds_naps_begin() && deeds_naps_end(), "a partition that can hibernate is made beside each mover, and ended");
    crew_begin_again(); /* what monitors keep for good, the images of programs, they have now */
    left_look();
    act();
    crew_begin_again();
    test_is(!crew.stuck && left_again(), "free memory, slots, copies and channels are exactly what they were");
    crew_order_all(STRESS_END, 0);
    test_is(crew_wait_parts(part_is_gone), "all parts end for good");
    return test_end();
}

int main(void)
{
    return strncmp(rt_info()->args, "mover", 5) == 0 ? mover() : conduct();
}
