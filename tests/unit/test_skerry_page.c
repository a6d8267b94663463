/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The page and the terminal table: whole, readable, self-contained, and with every value in them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/viridis.h"

static struct said said;

static void setup(void)
{
    case_enter();
}

static void teardown(void)
{
    case_leave();
}

/* The report of a sample, in this folder; its exit status. */
static int report_of(const struct sample *s)
{
    case_sample("a.log", s);
    said = skerry_said("report a.log");
    return said.status;
}

static const unsigned core_counts[] = {1, 2, 4, 8, 16, 18, 32, 64};

/* Tags must close in the order they opened; returns how many there were. */
static size_t balanced(const char *s)
{
    static const char *const voids[] = {"meta", "input", "br", "!doctype"};
    char open[64][24];
    size_t depth = 0, tags = 0;

    while ((s = strchr(s, '<')) != NULL) {
        char name[24];
        size_t end = strcspn(++s, ">"), n;
        bool closing = *s == '/', alone = s[end - 1] == '/';

        n = strcspn(s + closing, " \n/>");
        SAY(name, "%.*s", (int)(n < 20 ? n : 20), s + closing);
        ck_assert_msg(s[end] == '>', "a tag without an end: %.40s", s);
        for (size_t i = 0; i < ARRAY_LEN(voids); i++)
            alone |= strcmp(name, voids[i]) == 0;
        tags++;
        if (closing) {
            ck_assert_uint_gt(depth, 0);
            ck_assert_str_eq(open[--depth], name);
        } else if (!alone) {
            ck_assert_uint_lt(depth, 64);
            SAY(open[depth++], "%s", name);
        }
        s += end;
    }
    ck_assert_uint_eq(depth, 0);
    return tags;
}

START_TEST(the_page_is_whole_and_asks_nothing_of_the_network)
{
    static const char *const never[] = {"http:", "https:", "<script", "<link", "<iframe", "@import", "src=",
                                        "javascript:", "onload", "onclick", ">nan", "\"nan", ">inf", "\"inf", "%z"};
    struct sample s = sample_of(core_counts[_i]);
    char *page, *svg;

    ck_assert_int_eq(report_of(&s), 0);
    page = case_read("latency.html");
    svg = case_read("latency.svg");
    for (size_t i = 0; i < ARRAY_LEN(never); i++)
        ck_assert_msg(strstr(page, never[i]) == NULL, "the page has %s", never[i]);
    ck_assert_uint_eq(count_of(page, "url("), count_of(page, "url(#"));
    ck_assert_uint_gt(balanced(page), 50);
    ck_assert_uint_ge(balanced(svg), 2);
    ck_assert_uint_eq(count_of(svg, "http"), 1); /* the name of the SVG namespace */
    free(page);
    free(svg);
}
END_TEST

START_TEST(all_56_values_are_in_the_heat_map_and_in_the_table)
{
    struct sample s = sample_of(8);
    char *page, *panel, *end, *at, *cell;
    struct runlog l;
    size_t n;
    char *log = sample_text(&s, &n);

    report_of(&s);
    runlog_of(&l, log, n, n);
    page = case_read("latency.html");
    panel = strstr(page, "class=\"panel p-oneway_p50");
    end = strstr(panel, "</details>");
    ck_assert(panel && end);
    *end = 0;
    at = panel;
    cell = strstr(panel, "<tbody>");
    for (size_t i = 0; i < 8; i++)
        for (size_t j = 0; j < 8; j++) {
            const struct pair *p = runlog_pair(&l, i, j);
            char want[120];

            if (i == j)
                continue;
            SAY(want, "core %zu to core %zu, one way: min %d, p50 %d,", i, j, (int)p->oneway.min,
                (int)p->oneway.p50);
            at = strstr(at, want);
            ck_assert_msg(at != NULL, "the map has no %s", want);
            SAY(want, ">%d</text></g>", (int)p->oneway.p50);
            at = strstr(at, want);
            ck_assert_msg(at != NULL, "no cell %s", want);
            SAY(want, ">%d<small>%d</small></td>", (int)p->oneway.p50, (int)p->oneway.p99);
            cell = strstr(cell, want);
            ck_assert_msg(cell != NULL, "the table has no %s", want);
        }
    free(page);
    free(log);
    runlog_free(&l);
}
END_TEST

START_TEST(words_of_the_machine_cannot_become_markup_or_escape_sequences)
{
    static const char log[] =
        "\x1e{\"type\":\"boot\",\"core\":0,\"t_ns\":1,\"format\":1,\"version\":\"<b>&'\\\"\",\"board\":"
        "\"</title><script>x()</script>\",\"cores\":1,\"el\":1,\"gic\":3,\"counter_hz\":1,\"emulated\":false,"
        "\"bootargs\":\"\\u001b[31m\\u0007\"}\n"
        "\x1e{\"type\":\"error\",\"core\":0,\"what\":\"<img>\",\"why\":\"\\u001b]0;t\\u0007\"}\n"
        "\x1e{\"type\":\"end\",\"status\":0,\"why\":\"\\u001b[2J\"}\n";
    char *page;

    case_file("a.log", log, sizeof log - 1);
    said = skerry_said("report a.log");
    page = case_read("latency.html");
    ck_assert_ptr_null(strstr(page, "<script"));
    ck_assert_ptr_null(strstr(page, "<img"));
    ck_assert_ptr_null(strchr(page, 0x1b));
    ck_assert_ptr_nonnull(strstr(page, "&lt;script&gt;"));
    ck_assert_ptr_nonnull(strstr(page, "HARDWARE"));
    balanced(page);
    ck_assert_ptr_null(strchr(said.out, 0x1b));
    ck_assert_ptr_null(strchr(said.out, 0x07));
    free(page);
}
END_TEST

START_TEST(ink_can_be_read_on_every_colour_of_the_scale)
{
    for (int i = 0; i <= 1000; i++) {
        uint32_t colour = viridis(i / 1000.0);

        ck_assert_double_ge(contrast(colour, ink_white(colour) ? 0xffffff : 0), 4.5);
    }
    ck_assert_uint_eq(viridis(0), 0x440154);
    ck_assert_uint_eq(viridis(1), 0xfde725);
    ck_assert_uint_eq(viridis(-1), viridis(0));
    ck_assert_uint_eq(viridis(2), viridis(1));
}
END_TEST

/* 16 columns do not fit into 60 characters: they come in blocks, and no value is lost. */
START_TEST(the_terminal_table_has_every_value_and_fits_the_width)
{
    struct sample s = sample_of(16);
    size_t n, values = 0;
    struct runlog l;
    char *log = sample_text(&s, &n), *copy, *save = NULL;

    setenv("COLUMNS", "60", 1);
    ck_assert_int_eq(report_of(&s), 0);
    unsetenv("COLUMNS");
    runlog_of(&l, log, n, n);
    copy = buf_copy(said.out);
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        if (line[0] != ' ')
            continue;
        ck_assert_uint_le(strlen(line), 60);
        for (char *at = line; (at = strpbrk(at, "123456789")) != NULL; at += strspn(at, "0123456789"))
            values += strspn(at, "0123456789") == 3;
    }
    ck_assert_uint_eq(values, 240);
    free(copy);
    free(log);
    runlog_free(&l);
}
END_TEST

START_TEST(the_page_of_a_cut_log_is_whole_itself)
{
    struct sample s = sample_of(4);
    char *page;

    s.cut = true;
    ck_assert_int_eq(report_of(&s), 1);
    page = case_read("latency.html");
    ck_assert_ptr_nonnull(strstr(page, "cut off"));
    ck_assert_ptr_nonnull(strstr(page, "NOT COMPLETE"));
    balanced(page);
    free(page);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry/page");
    TCase *t = tcase_create("page");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 120);
    tcase_add_loop_test(t, the_page_is_whole_and_asks_nothing_of_the_network, 0, ARRAY_LEN(core_counts));
    tcase_add_test(t, all_56_values_are_in_the_heat_map_and_in_the_table);
    tcase_add_test(t, words_of_the_machine_cannot_become_markup_or_escape_sequences);
    tcase_add_test(t, ink_can_be_read_on_every_colour_of_the_scale);
    tcase_add_test(t, the_terminal_table_has_every_value_and_fits_the_width);
    tcase_add_test(t, the_page_of_a_cut_log_is_whole_itself);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
