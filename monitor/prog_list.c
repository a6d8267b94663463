/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/prog_list - the programs that etc/start lists for this core. */
#include "lib/load/cpio.h"
#include "lib/rt/record.h"
#include "monitor/mon.h"
#include "monitor/prog_priv.h"
#include <stdio.h>

#define LISTED_MAX 48u

static struct start_line listed[LISTED_MAX];
static unsigned nlisted;

static void read_list(const struct cpio_file *file)
{
    struct start_reader r;
    struct text why;
    char sentence[120], what[48];
    status_t st;

    text_init(&why, sentence, sizeof sentence);
    start_open(&r, (const char *)file->data, file->bytes);
    while ((st = start_next(&r, mon.ncores, &listed[nlisted], &why)) != ST_NOT_FOUND) {
        if (st == ST_OK && !(listed[nlisted].cores >> mon.core & 1))
            continue;
        if (st == ST_OK && nlisted + 1 < LISTED_MAX) {
            nlisted++;
        } else if (mon.first || st == ST_OK) { /* a wrong line is told once, not by every core */
            snprintf(what, sizeof what, "etc/start line %u", r.line);
            rec_error(what, st != ST_OK ? st : ST_TABLE_FULL,
                      st != ST_OK ? sentence : "too many programs for one core");
        }
    }
}

void progs_list(void)
{
    struct cpio_file file;
    struct text why;
    char sentence[120];
    status_t st;

    text_init(&why, sentence, sizeof sentence);
    st = cpio_find(mon.bundle, mon.bundle_bytes, "etc/start", &file, &why);
    if (st == ST_OK)
        read_list(&file);
    else if (mon.first)
        rec_error("etc/start cannot be read, so no program is started", st, sentence);
}

void prog_start_listed(bool early)
{
    partition_id id;

    for (unsigned i = 0; i < nlisted; i++)
        if (((listed[i].options & START_EARLY) != 0) == early &&
            prog_spawn(&listed[i], PARTITION_NONE, &id) != ST_OK)
            continue; /* reported already; the rest go on */
}
