/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/verdict.h"

#include <inttypes.h>
#include <string.h>

void last_seen(const struct runlog *l, const char *last_text, char *to, size_t room)
{
    char when[32] = "";

    if (l->last_t_ns >= 0)
        SAY(when, " at +%.3f s", (double)l->last_t_ns / 1e9);
    if (*l->last_seen)
        say(to, room, "%s%s%s%.100s%s", l->last_seen, when, *last_text ? "; text: \"" : "",
            last_text, *last_text ? "\"" : "");
    else if (*last_text)
        say(to, room, "text \"%.140s\", no record", last_text);
    else
        say(to, room, "nothing: the console stayed silent");
}

/* Reason, registers and trace, each trace entry on its own line. */
static bool panicked(const struct runlog *l, const char *log, struct complaint *bad)
{
    struct buf t = {0};

    refuse(bad, ERR_PANIC, "core %" PRId64 " panicked: %s", l->panic.core,
           *l->panic.reason ? l->panic.reason : "no reason given");
    SAY(bad->at, "pc %s  esr %s  far %s%s%s", *l->panic.pc ? l->panic.pc : "?",
        *l->panic.esr ? l->panic.esr : "?", *l->panic.far ? l->panic.far : "?",
        *l->panic.task ? "  running " : "", l->panic.task);
    for (size_t i = 0; i < l->panic.ntrace && i < 12; i++)
        buf_put(&t, "%s%.100s", i ? "\n" : "", l->panic.trace[i]);
    if (t.s)
        SAY(bad->have, "%s", t.s);
    buf_free(&t);
    SAY(bad->hint, "read %s from the bottom; skerry run --gdb to stop before the first instruction",
        log);
    return false;
}

static bool never_came(const struct boot_outcome *o, struct complaint *bad)
{
    refuse(bad, ERR_QEMU_REFUSED, "QEMU ended with status %d before the machine printed anything",
           o->qemu_exit);
    SAY(bad->have, "%s", o->said.s ? o->said.s : "QEMU said nothing");
    SAY(bad->hint, "skerry run --print shows the QEMU line, to be tried by hand");
    return false;
}

static bool too_long(const struct runlog *l, const struct boot_outcome *o, int64_t timeout,
                     const char *log, struct complaint *bad)
{
    refuse(bad, ERR_TIMEOUT, "the machine did not end within %" PRId64 " s; QEMU was stopped",
           timeout);
    last_seen(l, o->last_text, bad->at, sizeof bad->at);
    SAY(bad->have, "the console was silent for the last %.1f s; %" PRId64 " bytes are in %s",
        o->silent, o->log_bytes, log);
    SAY(bad->hint, "--timeout %" PRId64 " if it was still busy, --gdb to look at it if it hangs",
        timeout * 4);
    return false;
}

static bool half_way(const struct runlog *l, const struct boot_outcome *o, const char *log,
                     struct complaint *bad)
{
    refuse(bad, ERR_NO_END, "QEMU ended with status %d, but the console has no `end` record",
           o->qemu_exit);
    last_seen(l, o->last_text, bad->at, sizeof bad->at);
    SAY(bad->have, "%s", o->said.s ? o->said.s : "");
    SAY(bad->hint, "read the last lines of %s", log);
    return false;
}

static bool ended_badly(const struct runlog *l, const struct boot_outcome *o, const char *log,
                        struct complaint *bad)
{
    if (l->end.status != 0) {
        refuse(bad, ERR_STATUS, "the machine ended with status %" PRId64 "%s%s", l->end.status,
               *l->end.why ? ": " : "", l->end.why);
        if (l->tests.failed)
            SAY(bad->have, "%zu of %zu tests failed, first: %s", l->tests.failed,
                l->tests.ok + l->tests.failed, l->tests.first_failed);
        else if (l->nerrors)
            SAY(bad->have, "core %" PRId64 ": %s (%s) %s", l->error[0].core, l->error[0].what,
                l->error[0].status, l->error[0].why);
        SAY(bad->hint, "read %s", log);
        return false;
    }
    if (l->tests.failed) {
        refuse(bad, ERR_TEST, "%zu of %zu tests on the machine failed", l->tests.failed,
               l->tests.ok + l->tests.failed);
        SAY(bad->at, "%.250s", l->tests.first_failed);
        SAY(bad->hint, "read %s", log);
        return false;
    }
    refuse(bad, ERR_QEMU_STATUS, "the machine says status 0, but QEMU ended with %d", o->qemu_exit);
    SAY(bad->have, "%s", o->said.s ? o->said.s : "");
    return false;
}

bool run_verdict(const struct runlog *l, const struct boot_outcome *o, int64_t timeout,
                 const char *log, struct complaint *bad)
{
    if (o->stop == STOP_LOG) {
        refuse(bad, ERR_NO_WRITE, "the log could not be written: %s", strerror(o->log_errno));
        SAY(bad->at, "%.250s", log);
        SAY(bad->hint, "free some space, or --log in another place");
        return false;
    }
    if (l->panic.has)
        return panicked(l, log, bad);
    if (o->stop == STOP_SIGNAL) {
        refuse(bad, ERR_INTERRUPTED, "stopped after %.1f s; QEMU was ended", o->seconds);
        last_seen(l, o->last_text, bad->at, sizeof bad->at);
        SAY(bad->hint, "skerry report %.400s shows what was measured so far", log);
        return false;
    }
    if (l->other_format) {
        refuse(bad, ERR_FORMAT,
               "the image writes record format %" PRId64 ", this program reads format %d",
               l->other_format, RECORD_FORMAT);
        SAY(bad->hint, "build both from one tree: make");
        return false;
    }
    if (o->stop == STOP_TIMEOUT)
        return too_long(l, o, timeout, log, bad);
    if (o->stop == STOP_LINGERED) {
        refuse(bad, ERR_NO_STOP, "the machine wrote `end` but went on running; QEMU was stopped");
        SAY(bad->have, "end record: status %" PRId64 " %s", l->end.status, l->end.why);
        return false;
    }
    if (!l->end.has)
        return o->log_bytes || !o->qemu_exit ? half_way(l, o, log, bad) : never_came(o, bad);
    if (l->end.status != 0 || l->tests.failed || o->qemu_exit != 0)
        return ended_badly(l, o, log, bad);
    return true;
}
