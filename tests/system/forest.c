/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/forest - copies on all cores, and what every monitor writes of them: dump 1 while they are there,
 * dump 2 when they are revoked. Programs `share` hold them. `skerry caps` reads the log.
 */
#include "tests/system/share.h"
#include <stdio.h>

struct rt_chan to_core[64];
core_id ncores;

void must_line(bool ok, int line)
{
    char what[64];

    (void)snprintf(what, sizeof what, "what the tests stand on, line %d", line);
    if (!ok)
        test_need(false, what);
}

static status_t tell(core_id core, enum share_kind kind, uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t word[3] = { a, b, c };
    struct urpc_msg m;

    must(rt_send_wait(&to_core[core], (uint16_t)kind, 0, word, sizeof word, soon()) == ST_OK &&
         rt_recv_wait(&to_core[core], &m, soon()) == ST_OK);
    return (status_t)m.word[0];
}

static status_t give(core_id core, handle_t h)
{
    return share_give(&to_core[core], h, RIGHTS_ALL, CAP_COPY_OF, 0);
}

static void dump(uint64_t number)
{
    struct rt_msg m = { { 0, number } };

    must(mon_call(MON_FOREST, &m) == ST_OK);
    (void)sys_sleep_for(NS_PER_S); /* the console takes it at its own pace */
}

int main(void)
{
    handle_t frame = 0, ram = 0;

    test_name("forest");
    ncores = rt_info()->ncores;
    for (core_id i = 1; i < ncores; i++)
        must(share_bind(i, &to_core[i]));
    must(cap_retype(rt_info()->ram, CAP_RAM, 4 * PAGE_BYTES, &ram) == ST_OK &&
         cap_retype(ram, CAP_FRAME, PAGE_BYTES, &frame) == ST_OK);
    for (core_id i = 1; i < ncores; i++) /* to all, and from each to the next, with less */
        must(give(i, frame) == ST_OK &&
             tell(i, SHARE_TAKE, 1, 0, 0) == ST_OK);
    for (core_id i = 1; i + 1u < ncores; i++)
        must(tell(i, SHARE_PASS, 1, i + 1u, RIGHT_READ) == ST_OK &&
             tell((core_id)(i + 1), SHARE_TAKE, 2, 0, 0) == ST_OK);
    must(give(1, ram) == ST_OK &&
         tell(1, SHARE_TAKE, 3, 0, 0) == ST_OK &&
         tell(1, SHARE_RETYPE, 3, 4, CAP_FRAME | PAGE_BYTES << 8) == ST_OK);
    dump(1);
    test_is(cap_revoke(ram) == ST_OK, "all of it is revoked");
    dump(2);
    return test_end();
}
