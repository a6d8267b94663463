/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* skerry witness export - the logs as a directory: a copy, or a trace that readers of CTF understand. */
#include "tools/skerry/ctf.h"
#include "tools/skerry/witness_verb.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct asked {
    struct common common;
    int ctf;
    const char *to;
    uint64_t files, bytes;
};

static const char examples[] =
    "  skerry witness export out/witness kept           a copy, with seals and signatures\n"
    "  skerry witness export out/witness trace --ctf    a trace: babeltrace2 trace\n";

static const char more[] =
    "Copies only what belongs to a log, byte for byte, and verifies nothing: `skerry witness "
    "verify` takes the copy as\n"
    "it takes the original. With --ctf the directory holds the segments, raw, and a file "
    "`metadata` that describes\n"
    "them in the words of CTF 1.8; a directory of that kind can hold nothing else, so seals and "
    "signatures stay out.\n"
    "(babeltrace2 says that it ignores the sequence, which stands before the time in a record.)\n\n"
    "EXIT STATUS\n"
    "  0 written       2 wrong usage, no log there, or DIR is not empty\n"
    "  3 something cannot be read or written\n";

static bool check_empty(const char *path, struct complaint *bad)
{
    DIR *dir = opendir(path);
    struct dirent *e = NULL;
    bool empty = true;

    if (!dir)
        return errno == ENOENT || refuse(bad, ERR_NO_WRITE, "%.300s: %s", path, strerror(errno));
    while ((e = readdir(dir)) != NULL)
        empty &= strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
    closedir(dir);
    if (!empty) {
        refuse(bad, ERR_VALUE, "%.300s is not empty", path);
        SAY(bad->why, "%s", "files of two logs in one directory would be taken for one log");
        SAY(bad->hint, "%s", "name a directory that is not there yet");
    }
    return empty;
}

static bool put(struct asked *a, const char *name, const struct buf *t, struct complaint *bad)
{
    struct buf path = {0};
    bool ok;

    buf_put(&path, "%s/%s", a->to, name);
    ok = file_write(path.s, t->s ? t->s : "", t->n);
    if (!ok)
        refuse(bad, ERR_NO_WRITE, "%.400s cannot be written: %s", path.s, strerror(errno));
    buf_free(&path);
    a->files++;
    a->bytes += t->n;
    return ok;
}

static bool copy(struct asked *a, const struct logdir *d, const char *name, bool there,
                 struct complaint *bad)
{
    struct buf t = {0};
    bool ok = !there || (logdir_read(d, name, &t, bad) && put(a, name, &t, bad));

    buf_free(&t);
    return ok;
}

static bool copy_all(struct asked *a, const struct logdir *d, struct complaint *bad)
{
    struct buf t = {0};
    char name[LOGTEXT_NAME];
    bool ok = true;

    for (const struct logdir_segment *s = NULL; ok && (s = logdir_next(d, s)) != NULL;)
        for (unsigned part = 0; ok && part < (a->ctf ? PART_LOG + 1u : PARTS); part++) {
            logtext_name(name, s->core, s->number, (enum logtext_part)part);
            ok = copy(a, d, name, s->has[part], bad);
        }
    if (!a->ctf)
        return ok && copy(a, d, "checkpoint", d->checkpoint, bad) &&
               copy(a, d, "checkpoint.sig", d->checkpoint_sig, bad) &&
               copy(a, d, "attestation", d->attestation, bad) &&
               copy(a, d, "attestation.sig", d->attestation_sig, bad) &&
               copy(a, d, "device.pub", d->key, bad);
    ctf_metadata(&t);
    ok = ok && put(a, "metadata", &t, bad);
    buf_free(&t);
    return ok;
}

static int export(void *asked, const struct parsed *p)
{
    struct asked *a = asked;
    const char *from = p->args[0];
    struct logdir d;
    struct complaint bad = {0};
    int status = EXIT_OK;
    bool ok = logdir_open(&d, from, &bad);

    a->to = p->args[1];
    if (ok && !d.n)
        ok = refuse(&bad, ERR_NO_LOG, "there is no log in %.300s", from);
    ok = ok && check_empty(a->to, &bad) && copy_all(a, &d, &bad);
    if (!ok)
        status = complain(&a->common, &bad);
    else if (a->common.json)
        json_print(must(
            json_pack("{s:I, s:I}", "files", (json_int_t)a->files, "bytes", (json_int_t)a->bytes)));
    else if (!a->common.quiet)
        printf("%s: %" PRIu64 " files\n", a->to, a->files);
    logdir_close(&d);
    return status;
}

static int export_main(int argc, const char **argv)
{
    struct asked a = {0};
    struct poptOption table[] = {{"ctf", 0, POPT_ARG_NONE, &a.ctf, 0, "as a CTF 1.8 trace", NULL},
                                 OPTIONS_COMMON(&a.common),
                                 OPTION_END};

    return options_run(&verb_witness_export, &a.common, table, argc, argv, export, &a);
}

const struct verb verb_witness_export = {"witness export",
                                         "a copy of the logs, or a CTF trace of them",
                                         "[options] FROM DIR",
                                         examples,
                                         more,
                                         export_main,
                                         2,
                                         2,
                                         "a directory of logs and the one to write"};
