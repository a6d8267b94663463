/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/skbq - asks the knowledge base from the last core, and teaches it.
 *
 *     skb   0     early,dtb,mem=4096
 *     skbq  0-63  machine
 */
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "skb/client.h"
#include "tests/system/report.h"
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)

static struct skb_client skb;

/* The monitors' facts come when all cores have joined, a moment after this program may start. */
static bool wait_for_cores(core_id n)
{
    struct fact f;

    for (int i = 0; i < 1000; i++) {
        if (skb_get(&skb, FACT_CORE, (uint16_t)(n - 1), 0, &f) == ST_OK)
            return true;
        (void)sys_sleep_for(NS_PER_MS);
    }
    return false;
}

static void test_machine(core_id n)
{
    struct fact f, next;
    unsigned devices = 0, irqs = 0;
    uint16_t at = 0;

    test_is(wait_for_cores(n), "it knows every core");
    test_is(skb_get(&skb, FACT_CORE, n, 0, &f) == ST_NOT_FOUND, "and no other");
    test_is(skb_get(&skb, FACT_MEMORY, 0, 0, &f) == ST_OK && f.v[1] > 0, "it knows the memory");
    test_is(skb_owner(&skb, "arm,pl011", 0, &f) == ST_OK && f.v[3] == 0,
            "the console belongs to core 0");
    test_is(skb_owner(&skb, "no,such", 0, &f) == ST_NOT_FOUND, "what there is not has no owner");
    test_is(skb_owner(&skb, "arm,pl011", 0, &f) == ST_OK &&
                skb_owner_at(&skb, f.v[0] + f.v[1] - 1, &next) == ST_OK && next.a == f.a,
            "the same device by its last address");
    test_is(skb_owner_at(&skb, UINT64_MAX, &next) == ST_NOT_FOUND, "and nobody where nothing is");
    while (skb_next(&skb, FACT_DEVICE, &at, &next) == ST_OK) {
        devices++;
        irqs += next.v[2] != 0;
    }
    test_is(devices > 2 && irqs > 0, "its devices can be gone through");
}

static void teach(core_id n)
{
    uint32_t before = 0, after = 0;
    uint64_t version = 0, same = 0;
    struct fact one;
    bool ok = skb_count(&skb, &before, NULL) == ST_OK;

    for (uint16_t a = 0; a < n; a++)
        for (uint16_t b = 0; b < n; b++) {
            struct fact f = { .kind = FACT_DISTANCE, .a = a, .b = b,
                              .v = { 1, 100u + 10u * (a > b ? a - b : b - a), 3, 4, 5 } };

            ok = ok && (a == b || skb_put(&skb, &f) == ST_OK);
        }
    test_is(ok, "it takes what is measured");
    test_is(skb_count(&skb, &after, &version) == ST_OK && after == before + n * (n - 1u),
            "each once");
    test_is(skb_get(&skb, FACT_DISTANCE, 0, 1, &one) == ST_OK && skb_put(&skb, &one) == ST_OK &&
                skb_count(&skb, &after, &same) == ST_OK && same == version,
            "what it knows already changes nothing");
}

static void test_distances(core_id n)
{
    struct tree_plan tree = { .cost_ns = 0 };
    core_id near[CORES_MAX];
    unsigned k = 2;
    uint64_t ns;

    test_is(skb_distance(&skb, 0, 1, &ns) == ST_OK && ns == 110, "and gives it back");
    test_is(skb_nearest(&skb, 0, &k, near) == ST_OK && k == 2 && near[0] == 1 && near[1] == 2,
            "the nearest cores in their order");
    test_is(skb_tree(&skb, 0, (1ull << n) - 1, &tree) == ST_OK && tree.cost_ns > 0 &&
                tree.cost_ns <= tree.flat_ns && tree.cost_ns <= tree.binary_ns,
            "a tree no worse than the flat and the binary one");
    test_is(tree.shape != 0 && tree_depth(&tree) >= 1 && tree_depth(&tree) < n, "of a known shape");
    test_is(tree.parent[0] == TREE_ROOT && tree.parent[1] < n && tree.parent[n] == TREE_OUT,
            "from its root to all that were named");
    test_is(skb_tree(&skb, 0, 1ull << n | 1, &tree) == ST_NOT_FOUND, "cores it does not know have no tree");
    test_is(skb_print(&skb, FACT_CORE, &k) == ST_OK && k == n, "it prints what it knows");
}

int main(void)
{
    core_id n = rt_info()->ncores;

    if (rt_info()->core != n - 1)
        return 0;
    test_name("skbq");
    test_need(skb_open(&skb, rt_now_ns() + PATIENCE_NS) == ST_OK, "the last core finds it");
    test_machine(n);
    teach(n);
    test_distances(n);
    skb_close(&skb);
    return test_end();
}
