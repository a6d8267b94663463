/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/coherence/far.h"
#include "lib/rt/clock.h"
#include "skb/client.h"

#define ASKS     8u  /* then nobody measures */
#define FAR_MOST 64u /* times the shortest way */
#define BIND_NS  (20 * NS_PER_MS)

void far_guess(struct mind *m)
{
    uint64_t cluster[CORES_MAX] = {0};

    for (core_id c = 0; c < m->cores; c++) {
        struct rt_msg q = {{0, c}};

        if (mon_call(MON_CORE, &q) == ST_OK)
            cluster[c] = q.w[3];
    }
    for (core_id a = 0; a < m->cores; a++)
        for (core_id b = 0; b < m->cores; b++)
            mind_distance(m, a, b, cluster[a] == cluster[b] ? 1 : 2);
}

/* ST_OK: all ways are in ns[]. */
static status_t ask_all(const struct mind *m, struct skb_client *skb, uint64_t *ns,
                        uint64_t *shortest)
{
    *shortest = UINT64_MAX;
    for (core_id a = 0; a < m->cores; a++)
        for (core_id b = 0; b < m->cores; b++) {
            uint64_t *way = &ns[a * m->cores + b];
            status_t st;

            if (a == b)
                continue;
            if ((st = skb_distance(skb, a, b, way)) != ST_OK)
                return st;
            *way = *way == 0 ? 1 : *way;
            *shortest = *way < *shortest ? *way : *shortest;
        }
    return ST_OK;
}

static void use(struct mind *m, const uint64_t *ns, uint64_t shortest)
{
    for (core_id a = 0; a < m->cores; a++)
        for (core_id b = 0; b < m->cores; b++) {
            uint64_t times = (ns[a * m->cores + b] + shortest / 2) / shortest;

            mind_distance(m, a, b, (uint32_t)(times < FAR_MOST ? times : FAR_MOST));
        }
}

bool far_ask(struct mind *m)
{
    static uint64_t ns[CORES_MAX * CORES_MAX];
    static unsigned asks;
    struct skb_client skb;
    uint64_t shortest;
    status_t st;

    if (m->cores < 2 || ++asks > ASKS)
        return true;
    if (skb_open(&skb, rt_now_ns() + BIND_NS) != ST_OK)
        return false;
    st = ask_all(m, &skb, ns, &shortest);
    skb_close(&skb);
    if (st == ST_OK)
        use(m, ns, shortest);
    return st == ST_OK || st == ST_TIMEOUT;
}
