/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry doctor - is everything here that the project needs, and if not, what to do about it. */
#include "tools/skerry/verbs.h"
#include "lib/base/types.h"
#include "tools/skerry/child.h"
#include "tools/skerry/host.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum finding { FOUND, LACKING, MISSING };

struct check {
    const char *what, *program, *install, *why;
    bool needed; /* without it nothing runs; else something is only less good */
};

static const struct check programs[] = {
    {"QEMU for AArch64", "qemu-system-aarch64", "sudo apt install qemu-system-arm",
     "`skerry run` boots in it", true},
    {"cross compiler", "aarch64-linux-gnu-gcc", "sudo apt install gcc-aarch64-linux-gnu",
     "`make` builds image and programs with it", true},
    {"make", "make", "sudo apt install make", "it builds everything", true},
    {"debugger", "gdb-multiarch", "sudo apt install gdb-multiarch", "only for `skerry run --gdb`",
     false},
    {"Chromium", "chromium", "sudo apt install chromium",
     "only to take the screenshots of the docs; any browser shows the report", false},
};

static const char *const files[][2] = {{"build/skerry.img", "boot image"},
                                       {"build/bundle.cpio", "bundle of programs"}};

struct findings {
    const struct common *common;
    json_t *list;
    size_t missing, lacking;
};

static void tell(struct findings *f, enum finding how, const char *what, const char *detail,
                 const char *hint)
{
    static const char *const word[] = {"ok", "warn", "FAIL"};
    static const char *const colour[] = {"\x1b[32m", "\x1b[33m", "\x1b[1;31m"};
    bool colours = f->common->term.out_colour;

    f->missing += how == MISSING;
    f->lacking += how == LACKING;
    json_array_append_new(f->list, json_pack("{s:s, s:s, s:s, s:s}", "check", what, "state",
                                             word[how], "detail", detail, "try", hint));
    if (!f->common->json && !(f->common->quiet && how == FOUND))
        printf(" %s%-5s%s %-19s %-34s %s%s\n", colours ? colour[how] : "", word[how],
               colours ? "\x1b[0m" : "", what, detail, *hint ? "try: " : "", hint);
}

static void check_program(struct findings *f, const struct check *c)
{
    char *path = program_find(c->program), option[] = "--version", said[600], version[64];

    if (path && child_capture((char *[]){path, option, NULL}, 10, said, sizeof said)) {
        char detail[160], *end = strchr(said, '\n');

        /* "aarch64-linux-gnu-gcc (Debian 12.2.0-14) 12.2.0": the version is in the last word for compilers. */
        if (end)
            *end = 0;
        version_from(strstr(said, "version ") ? strstr(said, "version ")
                                              : said + strcspn(said, " "),
                     version, sizeof version);
        SAY(detail, "%s %s", c->program, version);
        tell(f, FOUND, c->what, detail, "");
    } else {
        struct buf why = {0};

        buf_put(&why, "not found (%s)", c->why);
        tell(f, c->needed ? MISSING : LACKING, c->what, why.s, c->install);
        buf_free(&why);
    }
    free(path);
}

static void check_cores(struct findings *f)
{
    struct host h;
    char detail[160];

    host_look(&h);
    SAY(detail, "%ld host cores for 8 emulated", h.cores);
    if (h.cores >= 8)
        tell(f, FOUND, "host cores", detail, "");
    else
        tell(f, LACKING, "host cores", detail,
             "expect tails of milliseconds; --cores N to fit, --single for steady runs, "
             "--deterministic to count instructions");
    if (h.load1 > (double)h.cores * 0.75) {
        SAY(detail, "load %.1f on %ld cores", h.load1, h.cores);
        tell(f, LACKING, "host load", detail, "measure when the host is idle");
    }
}

static void check_files(struct findings *f)
{
    for (size_t i = 0; i < ARRAY_LEN(files); i++)
        if (access(files[i][0], R_OK) == 0)
            tell(f, FOUND, files[i][1], files[i][0], "");
        else
            tell(f, LACKING, files[i][1], "not built yet", "make");
}

static int doctor(void *asked, const struct parsed *p)
{
    const struct common *c = asked;
    struct findings f = {.common = c, .list = must(json_array())};

    (void)p;
    for (size_t i = 0; i < ARRAY_LEN(programs); i++)
        check_program(&f, &programs[i]);
    check_cores(&f);
    check_files(&f);
    if (c->json)
        json_print(must(json_pack("{s:s, s:b, s:O}", "schema", "skerry.doctor/1", "ready",
                                  f.missing == 0, "checks", f.list)));
    else if (!c->quiet)
        printf(" %zu missing, %zu warning%s. %s\n", f.missing, f.lacking, f.lacking == 1 ? "" : "s",
               f.missing ? "Not ready." : "Ready. Next: make run");
    json_decref(f.list);
    return f.missing ? complaint_exit(ERR_NO_QEMU) : EXIT_OK;
}

static int doctor_main(int argc, const char **argv)
{
    struct common c;
    struct poptOption table[] = {OPTIONS_COMMON(&c), OPTION_END};

    return options_run(&verb_doctor, &c, table, argc, argv, doctor, &c);
}

const struct verb verb_doctor = {
    "doctor",
    "is everything here that the project needs?",
    "[--json]",
    "  skerry doctor\n  skerry doctor --json | jq .ready\n",
    "EXIT STATUS\n  0 ready     3 something that is needed is missing\n",
    doctor_main,
    0,
    0,
    NULL};
