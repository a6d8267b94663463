/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Any bytes as a console log: cut, decoded, and turned into every kind of report, in memory.
 *
 *     F1  nothing touches memory that is not its own
 *     F2  the same bytes in other portions give the same facts
 *     F3  the JSON can be read again and has as many pairs as the log
 *     F4  the page has no control character and no script
 * Built with clang's fuzzer: the usual options; tests/fixtures/console makes a good start.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/check.h"
#include "tools/skerry/latency_json.h"
#include "tools/skerry/page.h"
#include "tools/skerry/svg.h"
#include "tools/skerry/table.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *ctx, const struct stream_line *line)
{
    runlog_line(ctx, line);
}

static void read_in(struct runlog *l, const uint8_t *data, size_t size, size_t step)
{
    struct stream s = {0};

    runlog_start(l);
    for (size_t at = 0; at < size; at += step)
        stream_feed(&s, (const char *)data + at, size - at < step ? size - at : step, take, l);
    stream_finish(&s, take, l);
}

static void same(const struct runlog *a, const struct runlog *b)
{
    CHECK(a->lines == b->lines && a->records == b->records && a->nbroken == b->nbroken);
    CHECK(a->npairs == b->npairs && a->nphases == b->nphases && a->boots == b->boots);
    CHECK(a->end.has == b->end.has && a->other_format == b->other_format);
}

static void check_json(const struct report_facts *f)
{
    struct buf t = {0};
    json_t *doc = latency_json(f), *again;

    json_lines(&t, doc);
    again = json_loadb(t.s, t.n, 0, NULL);
    CHECK(again != NULL);
    CHECK(json_equal(json_object_get(doc, "pairs"), json_object_get(again, "pairs")));
    CHECK(json_array_size(json_object_get(again, "pairs")) == f->l->npairs);
    json_decref(again);
    json_decref(doc);
    buf_clear(&t);
    latency_csv(&t, f->l);
    buf_free(&t);
}

static void check_page(const struct report_facts *f)
{
    static const struct term plain = {.width = 80};
    struct buf t = {0};

    page_write(&t, f);
    CHECK(strlen(t.s) == t.n);
    CHECK(!strstr(t.s, "<script"));
    for (size_t i = 0; i < t.n; i++)
        CHECK((unsigned char)t.s[i] >= 0x20 || t.s[i] == '\n' || t.s[i] == '\t');
    buf_clear(&t);
    table_print(&t, f->l, f->remarks, &plain, "");
    for (size_t i = 0; i < t.n; i++)
        CHECK((unsigned char)t.s[i] >= 0x20 || t.s[i] == '\n');
    buf_free(&t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct runlog l, twice;
    static struct remarks r;
    struct report_facts f = {.l = &l, .remarks = &r};

    read_in(&l, data, size, size + 1);
    read_in(&twice, data, size, 1 + size % 7);
    same(&l, &twice);
    remarks_make(&l, 2, false, &r);
    check_json(&f);
    /* Most of a page is its cells: with three cores there are all kinds of them, and a hundred times the runs. */
    if (runlog_cores(&l) <= 3)
        check_page(&f);
    runlog_free(&l);
    runlog_free(&twice);
    return 0;
}
