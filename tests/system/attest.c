/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/attest - asks for attestation reports while the run goes on. Whether they are good is the host's to say
 * (tests/system/attest.py); here, that they are made, and what a second question says.
 */
#include "lib/rt/attest.h"
#include "lib/rt/clock.h"
#include "lib/rt/monitor.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

#define FIRST  0x5eed5eed00000001ull
#define SECOND 0xfeedbeef00000002ull

static char text[2][ATTEST_TEXT_BYTES + 1];
static uint8_t signature[2][ATTEST_SIGNATURE_BYTES];

static uint64_t soon(void)
{
    return rt_now_ns() + 10 * NS_PER_S;
}

static bool ask(struct rt_chan *c, unsigned i, uint64_t nonce)
{
    size_t bytes, sig;
    char line[32];

    if (rt_attest(c, nonce, soon(), text[i], &bytes, signature[i], &sig) != ST_OK)
        return false;
    text[i][bytes] = '\0';
    (void)snprintf(line, sizeof line, "\nnonce %016llx\n", (unsigned long long)nonce);
    return sig == 74 && strstr(text[i], line) != NULL;
}

/* Its line about the core, up to the seal. */
static bool has_seal(const char *report, core_id core)
{
    char line[32];

    (void)snprintf(line, sizeof line, "\ncore %u segment ", core);
    return strstr(report, line) != NULL;
}

int main(void)
{
    struct rt_chan c, again;
    struct rt_cores cores;
    bool all = true;

    test_name("attest");
    if (rt_wait_cores(soon(), &cores) != ST_OK || rt_bind(ATTEST_SERVICE, soon(), &c) != ST_OK)
        test_need(false, "somebody makes reports");
    test_is(ask(&c, 0, FIRST), "a report with the nonce that was given");
    for (core_id i = 0; i < cores.n; i++)
        all = all && has_seal(text[0], i);
    test_is(all, "it has a seal of every core, though no segment was full");
    test_is(ask(&c, 1, SECOND) && strcmp(text[0], text[1]) != 0 && memcmp(signature[0], signature[1], 74) != 0,
            "another nonce, another report and signature");
    test_is(rt_bind(ATTEST_SERVICE, soon(), &again) == ST_OK &&
                rt_send_wait(&again, 77, 0, "", 0, soon()) == ST_OK,
            "who asks nonsense");
    test_is(ask(&c, 1, SECOND), "does not disturb others");
    return test_end();
}
