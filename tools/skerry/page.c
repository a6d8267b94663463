/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/page.h"
#include "tools/skerry/svg.h"
#include "tools/skerry/table.h"
#include "tools/skerry/version.h"

#include <inttypes.h>
#include <string.h>

static const char *sidecar_text(const struct report_facts *f, const char *part, const char *key)
{
    return json_string_value(json_object_get(json_object_get(f->sidecar, part), key));
}

static bool icount(const struct report_facts *f)
{
    return json_is_true(json_object_get(json_object_get(f->sidecar, "emulator"), "icount"));
}

void where_words(struct buf *t, const struct report_facts *f)
{
    const char *qemu = sidecar_text(f, "emulator", "qemu");
    const char *accel = sidecar_text(f, "emulator", "accel"), *cpu = sidecar_text(f, "host", "cpu");
    const json_t *cores = json_object_get(json_object_get(f->sidecar, "host"), "cores");

    if (qemu)
        buf_put(t, "QEMU %s, %s%s", qemu, accel ? accel : "tcg", icount(f) ? " with icount" : "");
    if (qemu && json_is_integer(cores))
        buf_put(t, ", on %" JSON_INTEGER_FORMAT " host cores", json_integer_value(cores));
    if (qemu && cpu)
        buf_put(t, " (%s)", cpu);
    buf_add(t, "");
}

static const char *level_class(enum level level)
{
    static const char *const class[] = {"good", "note", "warn", "fail"};

    return class[level];
}

static void head(struct buf *t, const struct report_facts *f)
{
    const struct runlog *l = f->l;
    bool whole = f->remarks->whole;

    buf_put(t,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
            "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
            "<meta name=\"color-scheme\" content=\"light dark\">\n"
            "<title>%s: Skerry core-to-core latency, %zu cores, ",
            band_word(l), runlog_cores(l));
    buf_markup(t, *l->boot.board ? l->boot.board : "unknown board");
    buf_put(t, "</title>\n<style>%s\n", svg_style());
    page_style(t);
    buf_add(t, "</style></head>\n<body>\n");
    buf_put(
        t,
        "<header class=\"head\"><span class=\"seal %s\">%s</span><div><h1>Core-to-core latency, "
        "%zu core%s</h1>",
        whole ? "good" : "fail", whole ? "\xe2\x9c\x93 COMPLETE" : "\xe2\x9c\x95 NOT COMPLETE",
        runlog_cores(l), runlog_cores(l) == 1 ? "" : "s");
    buf_add(t, "<p class=\"sub\">");
    if (l->boot.has) {
        buf_add(t, "Skerry ");
        buf_markup(t, l->boot.version);
        buf_add(t, " on ");
        buf_markup(t, l->boot.board);
        buf_put(t, ", EL%" PRId64 ", GICv%" PRId64, l->boot.el, l->boot.gic);
        if (sidecar_text(f, "machine", "cpu")) {
            buf_add(t, ", ");
            buf_markup(t, sidecar_text(f, "machine", "cpu"));
        }
        if (l->boot.ram_bytes >= 0) {
            buf_add(t, ", ");
            buf_size(t, l->boot.ram_bytes);
        }
    } else {
        buf_add(t, "the log does not say which machine this was");
    }
    buf_add(t, "</p></div></header>\n");
}

static void strip(struct buf *t, const struct remarks *r)
{
    static const char *const sign[] = {"\xe2\x9c\x93 ok", "", "! look", "\xe2\x9c\x95 FAIL"};

    buf_add(t, "<ul class=\"strip\" aria-label=\"How it went\">\n");
    for (size_t i = 0; i < r->ntiles; i++) {
        const struct tile *tile = &r->tile[i];

        buf_put(t, "<li class=\"%s\"><span class=\"l\">", level_class(tile->level));
        buf_markup(t, tile->label);
        buf_put(t, "<b>%s</b></span><span class=\"v\">", sign[tile->level]);
        buf_markup(t, tile->value);
        buf_add(t, "</span><span class=\"t\">");
        buf_markup(t, tile->note);
        buf_add(t, "</span></li>\n");
    }
    buf_add(t, "</ul>\n");
}

static void meaning(struct buf *t, const char *what, bool counted)
{
    if (strcmp(what, "emulated") == 0 && counted)
        buf_add(
            t, "<div class=\"two\"><div><h3>What they mean</h3><ul><li>Instructions executed, "
               "exactly: "
               "the same run gives the same numbers.</li><li>Path length: how much code a message "
               "takes.</li></ul></div><div><h3>What they do not mean</h3><ul><li>Time on a board: "
               "there "
               "are no caches, no buses and no parallelism here.</li><li>A map of the machine: all "
               "cores are equally near.</li></ul></div></div>");
    else if (strcmp(what, "emulated") == 0)
        buf_add(
            t,
            "<div class=\"two\"><div><h3>What they mean</h3><ul><li>Every pair of cores exchanged "
            "messages and was timed by the machine's own counter.</li><li>Within this one run, "
            "large "
            "steps (a wake-up against a poll) are real steps.</li></ul></div><div><h3>What they do "
            "not mean</h3><ul><li>How fast Skerry is on Arm hardware.</li><li>That one pair is "
            "nearer "
            "than another: an emulator has no caches and no wires, differences are host "
            "scheduling.</li></ul></div></div>");
    else if (strcmp(what, "hardware") == 0)
        buf_add(t, "<p>Times of this board at the clock it ran at. Frequency scaling, temperature "
                   "and firmware "
                   "are part of them.</p>");
}

static void band(struct buf *t, const struct report_facts *f)
{
    const struct runlog *l = f->l;
    struct buf where = {0};

    where_words(&where, f);
    buf_put(t,
            "<section class=\"band %s\" aria-label=\"Provenance\"><div><strong "
            "class=\"w\">%s</strong><p>%s "
            "%s",
            provenance(l), band_word(l), band_sentence(l, icount(f)),
            where.n ? "Measured in " : "");
    buf_markup(t, where.s);
    buf_put(t, "%s", where.n ? "." : "");
    if (l->boot.has) {
        buf_add(t, " One tick of the counter is ");
        buf_put(t, "%.3g ns.", 1e9 / (double)l->boot.counter_hz);
    }
    buf_add(t, "</p>");
    meaning(t, provenance(l), icount(f));
    buf_add(t, "</div></section>\n");
    buf_free(&where);
}

static void distributions(struct buf *t, const struct runlog *l, const struct cores *c)
{
    struct buf pic = {0};

    if (!svg_tiers(&pic, l))
        return;
    buf_add(t, "<section><h2>Distribution of the round trips</h2>\n<figure>");
    buf_bytes(t, pic.s, pic.n);
    buf_add(
        t,
        "<figcaption>Time to the right, logarithmic. The height of a bar is the square root of its "
        "count, so that one late message in a thousand is still seen.</figcaption></figure>\n");
    buf_clear(&pic);
    if (c->n <= 8 && svg_pairs(&pic, l, c)) {
        buf_add(t, "<h3>Each pair, from row to column</h3>\n<figure>");
        buf_bytes(t, pic.s, pic.n);
        buf_put(t,
                "<figcaption>Same axis in every panel and as above; the tick below marks the "
                "median.%s</figcaption></figure>\n",
                c->nclusters > 1 ? " Blue: within a cluster; orange: across." : "");
    }
    buf_add(t, "</section>\n");
    buf_free(&pic);
}

static void phase_words(struct buf *t, const struct runlog *l)
{
    buf_add(t, "<figcaption>Boot phases, each drawn up to the moment it was done: ");
    for (size_t i = 0; i < l->nphases; i++) {
        buf_put(t, "%s%" PRId64 " ", i ? ", " : "", l->phase[i].n);
        buf_markup(t, l->phase[i].name);
        buf_add(t, " ");
        buf_time(t, l->phase[i].at_ns);
    }
    buf_add(t, ".</figcaption></figure>\n");
}

static void boot(struct buf *t, const struct runlog *l, const struct cores *c)
{
    struct buf first = {0}, then = {0};
    bool phases = svg_phases(&first, l), cores = svg_timeline(&then, l, c);

    if (phases || cores)
        buf_add(t, "<section><h2>From reset to all cores</h2>\n");
    if (phases) {
        buf_put(t, "<figure>%s", first.s);
        phase_words(t, l);
    }
    if (cores)
        buf_put(t,
                "<figure>%s<figcaption>A hollow dot is a core that came up, a full dot its monitor "
                "joining; the dashed line is when every monitor had a channel to every other. The "
                "scale "
                "is not that of the phases.</figcaption></figure>\n",
                then.s);
    if (phases || cores)
        buf_add(t, "</section>\n");
    buf_free(&first);
    buf_free(&then);
}

static void remarks(struct buf *t, const struct remarks *r)
{
    buf_add(t, "<section><h2>What to know about these numbers</h2>\n");
    if (!r->n)
        buf_add(t, "<p>Nothing stood out: no outlier, no missing pair, no broken record.</p>");
    buf_add(t, "<ul class=\"remarks\">\n");
    for (size_t i = 0; i < r->n; i++) {
        buf_put(t, "<li class=\"%s\"><b>%s</b> ", level_class(r->remark[i].level),
                level_word(r->remark[i].level));
        buf_markup(t, r->remark[i].text);
        buf_add(t, "</li>\n");
    }
    buf_add(t, "</ul></section>\n");
}

void page_write(struct buf *t, const struct report_facts *f)
{
    struct cores c;

    cores_order(f->l, &c);
    head(t, f);
    strip(t, f->remarks);
    band(t, f);
    page_matrices(t, f->l, &c);
    distributions(t, f->l, &c);
    page_pairs(t, f->l, &c);
    page_locals(t, f->l, &c);
    boot(t, f->l, &c);
    page_machine(t, f, &c);
    remarks(t, f->remarks);
    page_repeat(t, f);
    buf_add(t,
            "<footer>Made by skerry " SKERRY_VERSION
            " from console records alone. This file needs no network and runs no script.</footer>\n"
            "</body></html>\n");
}
