/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/report.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "lib/rt/record.h"
#include <stdlib.h>

static const char *name = "?";
static unsigned n, failed;

void test_name(const char *its_name)
{
    name = its_name;
}

bool test_is(bool ok, const char *what)
{
    failed += !ok;
    rec_begin("test");
    rec_str("name", name);
    rec_u64("n", ++n);
    rec_bool("ok", ok);
    rec_str("what", what);
    rec_end();
    return ok;
}

void test_need(bool ok, const char *what)
{
    if (!test_is(ok, what))
        exit(test_end());
}

int test_end(void)
{
    (void)rt_machine_end(failed != 0, failed != 0 ? "a test failed" : "all tests passed");
    return 1; /* comes back only when refused */
}
