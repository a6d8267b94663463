/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/bench/mutate - the heaviest load there is for the witness log: nothing but changes, the shortest ones.
 *
 * A copy of a capability, and its deletion, over and over: each leaves one record. tools/audit/entries.c counts meanwhile where the
 * CPU driver's instructions are; tools/bench.py makes rows of them. Nothing is printed but how it went.
 */
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "tests/system/report.h"

#define ROUNDS 30000u

int main(void)
{
    handle_t frame, copy;
    bool ok = cap_retype(rt_info()->ram, CAP_FRAME, PAGE_BYTES, &frame) == ST_OK;

    test_name("mutate");
    for (unsigned i = 0; ok && i < ROUNDS; i++)
        ok = sys_copy(frame, 0, RIGHTS_ALL, &copy) == ST_OK && sys_delete(copy) == ST_OK;
    test_is(ok, "thirty thousand copies, made and deleted");
    return test_end();
}
