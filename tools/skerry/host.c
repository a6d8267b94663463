/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/host.h"
#include "tools/skerry/child.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define QEMU_NAME    "qemu-system-aarch64"
#define QEMU_INSTALL "sudo apt install qemu-system-arm"

static void cpu_model(char *to, size_t room)
{
    size_t n;
    char *all = file_read("/proc/cpuinfo", &n), *at = all ? strstr(all, "model name") : NULL;

    *to = 0;
    if (at && (at = strchr(at, ':')) != NULL) {
        at += strspn(at, ": \t");
        at[strcspn(at, "\n")] = 0;
        say(to, room, "%s", at);
    }
    free(all);
}

void host_look(struct host *h)
{
    struct utsname u;
    cpu_set_t set;
    double load;

    *h = (struct host){.load1 = -1};
    h->cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                           : sysconf(_SC_NPROCESSORS_ONLN);
    cpu_model(h->cpu, sizeof h->cpu);
    if (uname(&u) == 0)
        SAY(h->system, "%s %s %s", u.sysname, u.release, u.machine);
    if (getloadavg(&load, 1) == 1)
        h->load1 = load;
}

json_t *host_json(const struct host *h)
{
    json_t *o = must(json_object());

    json_object_set_new(o, "cores", json_integer(h->cores));
    if (*h->cpu)
        json_object_set_new(o, "cpu", json_string(h->cpu));
    if (*h->system)
        json_object_set_new(o, "system", json_string(h->system));
    if (h->load1 >= 0)
        json_object_set_new(o, "load1", json_real((double)(long)(h->load1 * 100) / 100));
    return o;
}

char *program_find(const char *name)
{
    const char *path = getenv("PATH");
    char *all = buf_copy(path ? path : "/usr/bin:/bin"), *save = NULL, *found = NULL;

    for (char *dir = strtok_r(all, ":", &save); dir && !found; dir = strtok_r(NULL, ":", &save)) {
        struct buf t = {0};

        buf_put(&t, "%s/%s", dir, name);
        if (access(t.s, X_OK) == 0)
            found = buf_copy(t.s);
        buf_free(&t);
    }
    free(all);
    return found;
}

#define QEMU10 "build/qemu10/usr/bin/" QEMU_NAME

void version_from(const char *said, char *to, size_t room)
{
    const char *at = strpbrk(said, "0123456789");
    size_t n = strcspn(said, "\n");

    if (at && at < said + n) {
        n = strspn(at, "0123456789.");
        said = at;
    }
    if (n >= room)
        n = room - 1;
    memcpy(to, said, n);
    to[n] = 0;
}

/* A QEMU unpacked somewhere brings its firmware folder along: <place>/bin/qemu, <place>/share/qemu. */
static char *data_beside(const char *path)
{
    char *real = realpath(path, NULL), *slash, *found = NULL;
    struct buf t = {0};

    if (!real)
        return NULL;
    slash = strrchr(real, '/');
    if (slash && strncmp(real, "/usr/bin/", 9) != 0) {
        *slash = 0;
        buf_put(&t, "%s/../share/qemu", real);
        if (access(t.s, R_OK) == 0)
            found = realpath(t.s, NULL);
    }
    buf_free(&t);
    free(real);
    return found;
}

bool qemu_locate(struct qemu *q, const char *asked, struct complaint *bad)
{
    const char *env = getenv("SKERRY_QEMU"), *want;

    *q = (struct qemu){0};
    want = asked ? asked : env && *env ? env : NULL;
    if (!want) {
        q->path = program_find(QEMU_NAME);
        if (q->path)
            return true;
        refuse(bad, ERR_NO_QEMU, QEMU_NAME " not found");
        SAY(bad->hint, QEMU_INSTALL);
        return false;
    }
    q->path = strchr(want, '/') ? buf_copy(want) : program_find(want);
    if (q->path && access(q->path, X_OK) == 0) {
        q->data = data_beside(q->path);
        return true;
    }
    refuse(bad, ERR_NO_QEMU, "%s is not a program", want);
    SAY(bad->at, "%s", asked ? "--qemu" : "the environment variable SKERRY_QEMU");
    SAY(bad->why, "%s", strerror(errno));
    SAY(bad->hint, "leave it out to use the installed one (" QEMU_INSTALL ")");
    qemu_free(q);
    return false;
}

bool qemu_find(struct qemu *q, const char *asked, struct complaint *bad)
{
    char said[512], option[] = "--version";

    if (!qemu_locate(q, asked, bad))
        return false;
    if (child_capture((char *[]){q->path, option, NULL}, 10, said, sizeof said)) {
        version_from(said, q->version, sizeof q->version);
        return true;
    }
    refuse(bad, ERR_NO_QEMU, "%s does not answer to --version", q->path);
    SAY(bad->hint, QEMU_INSTALL);
    qemu_free(q);
    return false;
}

static bool has_board(const char *qemu, const char *board)
{
    char said[32768], word[80], option[] = "-M", help[] = "help", *path = buf_copy(qemu);
    bool has;

    SAY(word, "\n%s ", board);
    has = child_capture((char *[]){path, option, help, NULL}, 10, said, sizeof said) &&
          strstr(said, word) != NULL;
    free(path);
    return has;
}

bool qemu_for_board(struct qemu *q, bool asked, const char *board, struct complaint *bad)
{
    const char *env = getenv("SKERRY_QEMU");
    struct qemu other;

    if (has_board(q->path, board))
        return true;
    if (!asked && !(env && *env) && access(QEMU10, X_OK) == 0 && has_board(QEMU10, board) &&
        qemu_find(&other, QEMU10, bad)) {
        qemu_free(q);
        *q = other;
        return true;
    }
    refuse(bad, ERR_NO_BOARD, "QEMU %s has no board %s", *q->version ? q->version : q->path, board);
    SAY(bad->at, "%s", q->path);
    SAY(bad->hint, "make qemu10        (unpacks a newer one into build/, installs nothing)");
    return false;
}

void qemu_free(struct qemu *q)
{
    free(q->path);
    free(q->data);
    *q = (struct qemu){0};
}
