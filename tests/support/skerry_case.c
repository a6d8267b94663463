/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/skerry_case.h"
#include "tests/support/scratch.h"
#include "tools/skerry/verbs.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[SCRATCH_BYTES], before[4096];
static struct said last;

void case_enter(void)
{
    must(getcwd(before, sizeof before));
    must(mkdtemp(scratch(folder, "skerry_case")));
    if (chdir(folder) != 0)
        abort();
    unsetenv("SKERRY_QEMU");
}

static int forget(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

const char *case_home(void)
{
    return before;
}

void case_leave(void)
{
    free(last.out);
    free(last.err);
    last = (struct said){0};
    if (chdir(before) != 0)
        abort();
    nftw(folder, forget, 8, FTW_DEPTH | FTW_PHYS);
}

/* A file in place of a stream, and its text afterwards. */
static int divert(int fd, const char *name)
{
    int kept = dup(fd), file = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

    if (kept < 0 || file < 0 || dup2(file, fd) < 0)
        abort();
    close(file);
    return kept;
}

static char *revert(int fd, int kept, const char *name)
{
    char *text;
    size_t n;

    dup2(kept, fd);
    close(kept);
    text = must(file_read(name, &n));
    unlink(name);
    return text;
}

struct said skerry_said(const char *words)
{
    char *text = buf_copy(words), *save = NULL;
    const char *argv[64] = {"skerry"};
    int argc = 1, out, err;

    for (char *w = strtok_r(text, " ", &save); w && argc < 63; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    free(last.out);
    free(last.err);
    fflush(stdout);
    fflush(stderr);
    out = divert(STDOUT_FILENO, ".out");
    err = divert(STDERR_FILENO, ".err");
    last.status = skerry(argc, argv);
    fflush(stdout);
    fflush(stderr);
    last.out = revert(STDOUT_FILENO, out, ".out");
    last.err = revert(STDERR_FILENO, err, ".err");
    free(text);
    return last;
}

void case_file(const char *name, const void *bytes, size_t n)
{
    if (!file_write(name, bytes, n))
        abort();
}

void case_script(const char *name, const char *text)
{
    case_file(name, text, strlen(text));
    if (chmod(name, 0755) != 0)
        abort();
}

char *case_read(const char *name)
{
    size_t n;

    return file_read(name, &n);
}

struct sample sample_of(unsigned cores)
{
    return (struct sample){.cores = cores,
                           .cluster = 4,
                           .seed = 1,
                           .emulated = true,
                           .dead = -1,
                           .skip_from = -1,
                           .skip_to = -1};
}

char *sample_text(const struct sample *s, size_t *n)
{
    char *text = NULL;
    FILE *f = must(open_memstream(&text, n));

    console_sample(f, s);
    fclose(f);
    return text;
}

void case_sample(const char *name, const struct sample *s)
{
    size_t n;
    char *text = sample_text(s, &n);

    case_file(name, text, n);
    free(text);
}

static void take(void *ctx, const struct stream_line *line)
{
    runlog_line(ctx, line);
}

void runlog_of(struct runlog *l, const char *bytes, size_t n, size_t step)
{
    struct stream s = {0};

    runlog_start(l);
    for (size_t at = 0; at < n; at += step)
        stream_feed(&s, bytes + at, n - at < step ? n - at : step, take, l);
    stream_finish(&s, take, l);
}

size_t count_of(const char *hay, const char *needle)
{
    size_t n = 0;

    for (const char *at = hay; (at = strstr(at, needle)) != NULL; at += strlen(needle))
        n++;
    return n;
}
