/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry run - boot a machine in QEMU and say how it went.
 *
 * Check all values; find QEMU, image and bundle; boot (boot.h); judge (verdict.h);
 * leave a sidecar beside the log, so that a later report knows the machine; report.
 */
#include "tools/skerry/verbs.h"
#include "lib/base/types.h"
#include "tools/skerry/boot.h"
#include "tools/skerry/host.h"
#include "tools/skerry/machine.h"
#include "tools/skerry/options.h"
#include "tools/skerry/report.h"
#include "tools/skerry/sidecar.h"
#include "tools/skerry/verdict.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
    struct common common;
    struct machine_ask ask;
    char *timeout_text, *log, *qemu_asked, *out;
    int print, no_report;

    int64_t timeout;
    struct machine machine;
    struct qemu qemu;
    struct line line;
    struct buf command;
    struct host host;
    struct runlog runlog;
    struct boot_outcome outcome;
};

static const char examples[] = /* first in --help */
    "  skerry run                          boot 8 cores, measure every pair, report\n"
    "  skerry run --cores 2 --el 2         at EL2, with virtualization=on\n"
    "  skerry run --deterministic          the same run every time (time is counted in "
    "instructions)\n"
    "  skerry run --disk d.img:64M         with a disk, kept from run to run\n"
    "  skerry run --print                  only show the QEMU line\n"
    "  skerry run --append \"probe=off\" -q --no-report   for scripts: no talk, the exit status "
    "counts\n"
    "  skerry run --gdb                    stop before the first instruction, wait for "
    "gdb-multiarch\n"
    "  skerry run -- -d int,guest_errors   raw QEMU options after --\n";

static const char more[] =
    "EXIT STATUS\n"
    "  0 the machine ended with status 0     3 QEMU, image or bundle missing    5 a CPU driver "
    "panicked\n"
    "  1 it ended with another status        4 it did not boot, or timed out    130 interrupted\n"
    "  2 a value is wrong\n\n"
    "ENVIRONMENT\n"
    "  SKERRY_QEMU   the QEMU to use, unless --qemu is given\n"
    "  NO_COLOR      no colour\n";

static struct poptOption *table(struct run *r)
{
    static struct poptOption rows[32];
    size_t n = 0;

#define TEXT(name, short_name, field, help, value)                                                 \
    rows[n++] = (struct poptOption){name, short_name, POPT_ARG_STRING, &r->field, 0, help, value}
#define FLAG(name, field, help)                                                                    \
    rows[n++] = (struct poptOption)                                                                \
    {                                                                                              \
        name, 0, POPT_ARG_NONE, &r->field, 0, help, NULL                                           \
    }
    TEXT("board", 0, ask.board, "virt, or raspi4b with QEMU 9 or later; default virt", "BOARD");
    TEXT("dtb", 0, ask.dtb, "device tree; default QEMU's own, for raspi4b " DTB_RASPI4B, "FILE");
    TEXT("cores", 0, ask.cores, "1 to 64 (to 8 with --gic 2); default 8", "N");
    TEXT("gic", 0, ask.gic, "interrupt controller: 2 or 3; default 3", "2|3");
    TEXT("el", 0, ask.el, "exception level at entry: 1, or 2 (virtualization=on); default 1",
         "1|2");
    TEXT("mem", 0, ask.mem, "64M to 64G; default 512M", "SIZE");
    TEXT("cpu", 0, ask.cpu,
         "cortex-a53, cortex-a57, cortex-a72, cortex-a76, neoverse-n1, max; default cortex-a76",
         "MODEL");
    FLAG("deterministic", ask.deterministic, "count time in instructions; the same run every time");
    FLAG("single", ask.single, "one host thread for all cores (steady, slower)");
    TEXT("seed", 0, ask.seed, "seed of the machine's randomness, told to it as skerry.seed", "N");
    TEXT("append", 0, ask.append, "text added to the boot arguments", "TEXT");
    TEXT("disk", 0, ask.disk,
         "a disk; FILE is made if it is not there, SIZE (default 64M) large and sparse",
         "FILE[:SIZE]");
    TEXT("image", 0, ask.image, "boot image; default build/skerry.img", "FILE");
    TEXT("bundle", 0, ask.bundle, "bundle of programs; default build/bundle.cpio", "FILE");
    TEXT("timeout", 0, timeout_text, "end the run after so many seconds; 0 never; default 120",
         "S");
    TEXT("log", 0, log, "console log; default out/console.log", "FILE");
    TEXT("out", 0, out, "folder for the report; default: that of the log", "DIR");
    FLAG("no-report", no_report, "leave the report out");
    FLAG("print", print, "print the QEMU line and do nothing");
    TEXT("qemu", 0, qemu_asked, "another qemu-system-aarch64", "PATH");
    FLAG("gdb", ask.gdb, "stop before the first instruction, gdb server on 127.0.0.1:1234");
    TEXT("qmp", 0, ask.qmp, "QMP server on this Unix socket", "PATH");
    TEXT("plugin", 0, ask.plugin, "QEMU plugin and its arguments", "FILE[,args]");
#undef TEXT
#undef FLAG
    rows[n++] = (struct poptOption)OPTIONS_COMMON(&r->common);
    rows[n] = (struct poptOption)OPTION_END;
    return rows;
}

static bool check_file(const char *path, const char *what, struct complaint *bad)
{
    if (access(path, R_OK) == 0)
        return true;
    refuse(bad, ERR_NO_IMAGE, "the %s %s cannot be read: %s", what, path, strerror(errno));
    SAY(bad->hint, "make        (builds image and bundle)");
    return false;
}

static bool check_dtb(const char *path, struct complaint *bad)
{
    if (!path || access(path, R_OK) == 0)
        return true;
    refuse(bad, ERR_NO_FILE, "the device tree %s cannot be read: %s", path, strerror(errno));
    SAY(bad->hint, "make pi-dtbs        (those of the Raspberry Pis)");
    return false;
}

/* Made if it is not there: a file with a hole is as large as it says and takes no room. */
static bool prepare_disk(const struct machine *m, struct complaint *bad)
{
    int fd = -1;
    bool made;

    if (!*m->disk || access(m->disk, F_OK) == 0)
        return true;
    if (file_make_parents(m->disk))
        fd = open(m->disk, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    made = fd >= 0 && ftruncate(fd, m->disk_bytes) == 0;
    if (!made) {
        refuse(bad, ERR_NO_WRITE, "the disk %s cannot be made: %s", m->disk, strerror(errno));
        SAY(bad->hint, "--disk in another place, or smaller");
    }
    if (fd >= 0)
        close(fd);
    if (fd >= 0 && !made)
        unlink(m->disk);
    return made;
}

static bool check_values(struct run *r, struct complaint *bad)
{
    r->timeout = r->ask.gdb ? 0 : 120;
    if (r->timeout_text && !number_from(r->timeout_text, 0, 1000000, &r->timeout))
        return refuse(bad, ERR_VALUE,
                      "--timeout %s: the value must be 0 (never) to 1000000 seconds",
                      r->timeout_text);
    return machine_check(&r->ask, &r->machine, bad);
}

/* What a person types to get this run again. */
static void command_words(struct run *r, int argc, const char **argv)
{
    struct line l = {0};

    line_add(&l, "skerry");
    for (int i = 0; i < argc; i++)
        line_add(&l, "%s", argv[i]);
    line_shell(&l, &r->command);
    line_free(&l);
}

static int print_line(struct run *r)
{
    struct buf t = {0};

    line_shell(&r->line, &t);
    if (r->common.json) {
        json_t *o = must(json_object()), *argv = must(json_array());

        json_object_set_new(o, "schema", json_string("skerry.line/1"));
        for (size_t i = 0; i < r->line.n; i++)
            json_array_append_new(argv, json_words(r->line.argv[i]));
        json_object_set_new(o, "argv", argv);
        json_print(o);
    } else {
        puts(t.s);
    }
    buf_free(&t);
    return EXIT_OK;
}

static bool boot(struct run *r, struct complaint *bad)
{
    struct watch w;
    struct buf words = {0};
    bool started;
    int fd = -1;

    if (file_make_parents(r->log))
        fd = open(r->log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) {
        refuse(bad, ERR_NO_WRITE, "the log %s cannot be written: %s", r->log, strerror(errno));
        SAY(bad->hint, "--log in another place");
        return false;
    }
    watch_start(&w, &r->common.term, stderr, r->common.quiet);
    machine_words(&r->machine, &words);
    watch_say(&w, "skerry: %s, QEMU %s   (--print shows the QEMU line)", words.s, r->qemu.version);
    if (r->machine.gdb)
        watch_say(&w, "skerry: waiting for gdb: gdb-multiarch -ex 'target remote 127.0.0.1:1234'");
    buf_free(&words);
    started = boot_qemu(r->line.argv, fd, r->timeout, &r->runlog, &w, &r->outcome);
    watch_stop(&w);
    if (!started) {
        refuse(bad, ERR_HOST, "%s cannot be started: %s", r->qemu.path, strerror(errno));
        close(fd);
        return false;
    }
    if (close(fd) != 0 && r->outcome.stop != STOP_LOG) {
        r->outcome.stop = STOP_LOG;
        r->outcome.log_errno = errno;
    }
    return run_verdict(&r->runlog, &r->outcome, r->timeout, r->log, bad);
}

static json_t *run_json(const struct run *r, const struct complaint *bad, int status)
{
    return sidecar_json(&(struct sidecar_facts){.command = r->command.s,
                                                .line = &r->line,
                                                .machine = &r->machine,
                                                .qemu_version = r->qemu.version,
                                                .host = &r->host,
                                                .outcome = &r->outcome,
                                                .runlog = &r->runlog,
                                                .log = r->log,
                                                .status = status,
                                                .complaint = bad});
}

static void report(struct run *r, const json_t *sidecar)
{
    struct report_ask ask = {
        .log = r->log, .out = r->out, .sidecar = sidecar, .silent = r->common.json};
    struct complaint bad;
    bool whole;

    if (r->no_report || r->common.quiet || r->runlog.other_format ||
        r->runlog.npairs + r->runlog.nlocals == 0)
        return;
    if (!report_make(&r->common, &r->runlog, &ask, &whole, &bad))
        warn(&r->common, &bad);
}

/* Sidecar, report, last words. Returns the exit status of the whole run. */
static int wind_up(struct run *r, struct complaint *bad, bool fine)
{
    int status = fine ? EXIT_OK : complaint_exit(bad->code);
    json_t *doc = run_json(r, fine ? NULL : bad, status);
    struct complaint later;

    if (!sidecar_write(r->log, doc, &later))
        warn(&r->common, &later);
    report(r, doc);
    if (r->common.json)
        json_print(json_incref(doc));
    if (!fine) {
        struct common plain = r->common;

        plain.json = 0; /* the complaint is inside the document already */
        complain(&plain, bad);
    } else if (!r->common.quiet) {
        fprintf(stderr, "skerry: ended with status 0 after %.1f s, log %s\n", r->outcome.seconds,
                r->log);
    }
    json_decref(doc);
    return status;
}

static int run(void *asked, const struct parsed *p)
{
    struct run *r = asked;
    struct complaint bad;
    bool found, fine;

    if (!r->log)
        r->log = buf_copy("out/console.log");
    if (!check_values(r, &bad))
        return complain(&r->common, &bad);
    found = r->print ? qemu_locate(&r->qemu, r->qemu_asked, &bad)
                     : qemu_find(&r->qemu, r->qemu_asked, &bad);
    if (!found || (r->machine.board && !qemu_for_board(&r->qemu, r->qemu_asked != NULL,
                                                       r->machine.board, &bad)))
        return complain(&r->common, &bad);
    machine_line(&r->machine, r->qemu.path, r->qemu.data, p->raw, p->nraw, &r->line);
    if (r->print)
        return print_line(r);
    if (!check_file(r->machine.image, "boot image", &bad) ||
        !check_file(r->machine.bundle, "bundle", &bad) ||
        !check_dtb(r->machine.dtb, &bad) || !prepare_disk(&r->machine, &bad))
        return complain(&r->common, &bad);
    host_look(&r->host);
    runlog_start(&r->runlog);
    fine = boot(r, &bad);
    if (!fine && (bad.code == ERR_HOST || (bad.code == ERR_NO_WRITE && !r->outcome.log_bytes)))
        return complain(&r->common, &bad);
    return wind_up(r, &bad, fine);
}

static int run_main(int argc, const char **argv)
{
    struct run r = {0};
    struct poptOption *rows = table(&r);
    int status;

    command_words(&r, argc, argv);
    status = options_run(&verb_run, &r.common, rows, argc, argv, run, &r);
    runlog_free(&r.runlog);
    boot_outcome_free(&r.outcome);
    qemu_free(&r.qemu);
    line_free(&r.line);
    buf_free(&r.command);
    return status;
}

const struct verb verb_run = {"run",
                              "boot a machine in QEMU and say how it went",
                              "[options] [-- QEMU options]",
                              examples,
                              more,
                              run_main,
                              0,
                              0,
                              "no argument: raw QEMU options go after --"};
