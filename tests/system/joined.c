/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/joined - the shortest useful program: started when all cores have joined (a line of
 * etc/start without `early`), it says so as a test and ends the run.
 *
 *     joined  0  machine  [status=n]     n: exit status of the run, 0 if not given
 */
#include <stdlib.h>
#include <string.h>
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "lib/rt/record.h"

int main(int argc, char **argv)
{
    const struct program_info *info = rt_info();
    int status = 0;

    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "status=", 7) == 0)
            status = atoi(argv[i] + 7);
    rec_begin("test");
    rec_str("name", "joined");
    rec_u64("n", 1);
    rec_bool("ok", info->core == 0);
    rec_str("what", "a program starts on core 0 when all have joined");
    rec_end();
    return rt_machine_end((uint32_t)status, "joined: as asked") == ST_OK ? 0 : 1;
}
