/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/many - as many partitions at once as the machine may have, with fewer address-space ids than that (skerry.asids=8).
 *
 *     many 0      machine,mem=4096   makes small partitions (speck) on every core until it may have no more, looks at
 *                                    each of them twice, and ends them all
 *     many 1-63   mem=512            tells what its core has free
 *
 * Each must have made at least two rounds between the looks; what their cores have free must be what it was before.
 */
#include "lib/rt/cap.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "lib/rt/record.h"
#include "partition/life_sm.h"
#include "partition/quota.h"
#include "partition/ids.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (120 * NS_PER_S)
#define KIND_RAM    1u

struct ram {
    uint64_t core, free_bytes, slots, programs, ends;
};

static status_t look(struct ram *r)
{
    struct rt_msg m = {{0}};
    status_t st = mon_call(MON_RAM, &m);

    *r = (struct ram){rt_info()->core, m.w[1], m.w[3], m.w[4], m.w[5]};
    return st;
}

static int agent(void)
{
    static struct rt_chan c;
    struct urpc_msg m;
    struct ram r;

    if (rt_bind("many", rt_now_ns() + PATIENCE_NS, &c) != ST_OK)
        return 2;
    do {
        if (look(&r) != ST_OK ||
            rt_send_wait(&c, KIND_RAM, 0, &r, sizeof r, rt_now_ns() + PATIENCE_NS) != ST_OK)
            return 3;
    } while (rt_recv_wait(&c, &m, 0) == ST_OK);
    return 0;
}

/* ---- who makes them ---- */

static struct one {
    partition_id part;
    uint64_t calls;
} one[PARTITIONS_MACHINE];
static unsigned n;
static struct rt_chan agents[CORES_MAX];
static core_id ncores;
static struct ram before[CORES_MAX], after[CORES_MAX];

static void gather(struct ram all[], bool first)
{
    bool good = look(&all[0]) == ST_OK;

    for (core_id i = 0; i + 1 < ncores; i++) {
        struct urpc_msg m;
        struct ram r;

        if (first)
            test_need(rt_accept(&agents[i], rt_now_ns() + PATIENCE_NS) == ST_OK, "an agent comes");
        else
            good = rt_send_wait(&agents[i], KIND_RAM, 0, &r, 0, rt_now_ns() + PATIENCE_NS) == ST_OK && good;
        test_need(rt_recv_wait(&agents[i], &m, rt_now_ns() + PATIENCE_NS) == ST_OK, "and says what its core has");
        memcpy(&r, m.word, sizeof r);
        all[r.core] = r;
    }
    test_need(good, "every core tells what it has");
}

static status_t make(core_id core)
{
    uint64_t part;
    status_t st = rt_create("speck", "", PART_WISH(core, PART_WISH_SMALL, 0, 0), &part);

    if (st == ST_OK && (st = rt_life(part, PART_START)) == ST_OK)
        one[n++].part = (partition_id)part;
    return st;
}

static bool end_all(void)
{
    bool good = true;
    struct news said;

    for (unsigned i = 0; i < n; i++)
        good = rt_life(one[i].part, PART_DESTROY) == ST_OK &&
               rt_wait(one[i].part, rt_now_ns() + PATIENCE_NS, &said) == ST_OK && good;
    n = 0;
    return good;
}

static struct {
    uint64_t objects, tables, memory, still, slow;
} sum;

/* `least`: rounds that each has to have made since the last look. */
static void look_at_all(uint64_t least)
{
    memset(&sum, 0, sizeof sum);
    for (unsigned i = 0; i < n; i++) {
        struct rt_msg m = {{0, one[i].part}};

        if (mon_call(MON_STATUS, &m) != ST_OK || m.w[1] >> 16 != LIFE_RUNNING) {
            sum.still++;
            continue;
        }
        sum.slow += m.w[3] < one[i].calls + least;
        one[i].calls = m.w[3];
        sum.objects += (uint32_t)m.w[4];
        sum.tables += m.w[4] >> 32;
        sum.memory += m.w[5];
    }
}

static uint64_t reclaims(void)
{
    uint64_t w[7] = {0};

    return svc_seven(SYSCALL_WORD(SYS_task_spawn, CORE_QUERY), 0, w) == ST_OK ? w[6] : 0;
}

/* What an object takes, from what is left of this program's memory. */
static uint64_t bytes_of(unsigned type, uint64_t size)
{
    handle_t ram = rt_info()->ram, h;
    uint64_t had = cap_free_bytes(ram), took;

    if (cap_retype(ram, type, size, &h) != ST_OK)
        return 0;
    took = had - cap_free_bytes(ram);
    cap_drop(h);
    return took;
}

static void figures(uint64_t made_ns)
{
    uint64_t task = bytes_of(CAP_TASK, TASK_SMALL);

    rec_begin("many");
    rec_u64("partitions", n);
    rec_u64("object_bytes", sum.objects / n);
    rec_u64("task_bytes", task);
    rec_u64("large_task_bytes", bytes_of(CAP_TASK, 0));
    rec_u64("table_bytes", sum.tables / n);
    rec_u64("memory_bytes", sum.memory / n);
    rec_u64("ns_each", made_ns / n);
    rec_u64("ids_taken", reclaims());
    rec_end();
    printf("%u small partitions: %u bytes of kernel objects each, %u of page tables, %u in all\n", n,
           (unsigned)(sum.objects / n), (unsigned)(sum.tables / n), (unsigned)(sum.memory / n));
    printf("of the kernel objects the task is %u, the table of capabilities %u\n", (unsigned)task,
           (unsigned)(sum.objects / n - task));
}

/* Until every core is full: how many of them are. */
static unsigned fill(void)
{
    unsigned full = 0;
    status_t st;

    for (core_id i = 0; i < ncores; i++) {
        while ((st = make(i)) == ST_OK)
            ;
        full += st == ST_TABLE_FULL;
    }
    return full;
}

static bool same(void)
{
    bool good = true;

    for (core_id i = 0; i < ncores; i++) {
        if (after[i].free_bytes != before[i].free_bytes || after[i].slots != before[i].slots ||
            after[i].programs != before[i].programs || after[i].ends != before[i].ends)
            printf("core %u: %u bytes, %u slots, %u programs were free, now %u, %u, %u\n", i,
                   (unsigned)before[i].free_bytes, (unsigned)before[i].slots, (unsigned)before[i].programs,
                   (unsigned)after[i].free_bytes, (unsigned)after[i].slots, (unsigned)after[i].programs);
        good = good && after[i].free_bytes == before[i].free_bytes && after[i].slots == before[i].slots &&
               after[i].programs == before[i].programs && after[i].ends == before[i].ends;
    }
    return good;
}

int main(void)
{
    unsigned full = 0, others, most;
    struct rt_cores cores;
    uint64_t began;

    if (rt_info()->core != 0)
        return agent();
    test_name("many");
    test_need(rt_serve("many") == ST_OK && rt_wait_cores(rt_now_ns() + PATIENCE_NS, &cores) == ST_OK,
              "the machine is there");
    ncores = (core_id)cores.n;
    gather(before, true);
    for (core_id i = 0; i < ncores; i++)
        test_need(make(i) == ST_OK, "a small partition on every core"); /* its image is read now, and stays */
    test_need(end_all(), "and its end");
    gather(before, false);

    began = rt_now_ns();
    full = fill();
    others = ncores + 1; /* this one, the agents, and the console's driver */
    most = ncores * partitions_of_home(ncores);
    if (ncores == 1)
        most--; /* its CPU driver has 1,024 tasks, and one is the monitor */
    test_is(full == ncores, "until every core is full");
    test_is(n + others == most, "there are as many as the machine may have");
    look_at_all(0);
    figures(rt_now_ns() - began);
    (void)sys_sleep_for(4 * NS_PER_S);
    look_at_all(2);
    test_is(sum.still == 0, "each of them runs");
    test_is(sum.slow == 0, "and gets on: two rounds at least");
    if (sum.still + sum.slow != 0)
        printf("%u do not run, %u are slow\n", (unsigned)sum.still, (unsigned)sum.slow);
    test_is(sum.objects / n < 2 * KIB && sum.tables / n <= 3 * PAGE_BYTES, "none has more of the kernel's memory than is said");
    test_is(end_all(), "all are ended, and their supervisor is told of each");
    test_is(fill() == ncores && n + others == most && end_all(), "and as many are made and ended once more");
    gather(after, false);
    test_is(same(), "every core has what it had: memory, slots, entries");
    return test_end();
}
