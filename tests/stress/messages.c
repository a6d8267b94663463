/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/stress/messages.h"
#include "lib/rt/record.h"
#include <string.h>

#define ROWS    64u
#define COLUMNS 5u

static uint64_t kept[2][ROWS][COLUMNS]; /* [1]: received */
static unsigned n[2];

static void write_record(uint64_t part, uint64_t every, uint64_t dropped)
{
    rec_begin("messages");
    rec_hex("part", part);
    rec_u64("every", every);
    rec_u64("dropped", dropped);
    rec_rows("sent", kept[0][0], n[0], COLUMNS);
    rec_rows("received", kept[1][0], n[1], COLUMNS);
    rec_end();
    n[0] = n[1] = 0;
}

void messages_row(uint64_t part, uint64_t every, const uint64_t row[6])
{
    unsigned received = row[0] != 0;

    memcpy(kept[received][n[received]++], row + 1, sizeof kept[0][0]);
    if (n[received] == ROWS)
        write_record(part, every, 0);
}

void messages_end(uint64_t part, uint64_t every, uint64_t dropped)
{
    if (n[0] + n[1] > 0 || dropped > 0)
        write_record(part, every, dropped);
}
