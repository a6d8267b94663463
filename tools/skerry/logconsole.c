/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logconsole.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#define MARK 0x1e
#define LOOK 65536u /* boot may have said something before the first record */

struct file {
    char name[LOGTEXT_NAME];
    struct buf bytes;
};

struct console {
    struct file *file;
    size_t n, room;
    uint64_t bytes;
    bool whole;
};

/* ---- as a source ---- */

static bool list(void *ctx, logdir_found *found, void *to)
{
    const struct console *c = ctx;

    for (size_t i = 0; i < c->n; i++)
        found(to, c->file[i].name, c->file[i].bytes.n);
    return true;
}

static struct file *find(struct console *c, const char *name)
{
    for (size_t i = c->n; i-- > 0;) /* pieces of one file come together */
        if (strcmp(c->file[i].name, name) == 0)
            return &c->file[i];
    return NULL;
}

static bool read_file(void *ctx, const char *name, struct buf *to)
{
    const struct file *f = find(ctx, name);

    buf_clear(to);
    if (f)
        buf_bytes(to, f->bytes.s, f->bytes.n);
    else
        errno = ENOENT;
    return f != NULL;
}

static void close_console(void *ctx)
{
    struct console *c = ctx;

    for (size_t i = 0; i < c->n; i++)
        buf_free(&c->file[i].bytes);
    free(c->file);
    free(c);
}

/* ---- from records ---- */

static bool is_name(const char *name)
{
    enum logtext_part part;
    unsigned core;
    uint32_t number;

    return logtext_name_read(name, &core, &number, &part) || strcmp(name, "checkpoint") == 0 ||
           strcmp(name, "checkpoint.sig") == 0 || strcmp(name, "attestation") == 0 || strcmp(name, "attestation.sig") == 0;
}

static struct file *enter(struct console *c, const char *name)
{
    if (c->n == c->room) {
        c->room = c->room ? 2 * c->room : 64;
        c->file = must(realloc(c->file, c->room * sizeof *c->file));
    }
    c->file[c->n] = (struct file){0};
    SAY(c->file[c->n].name, "%s", name);
    return &c->file[c->n++];
}

static bool put_base64(struct buf *to, const char *text)
{
    size_t n = strlen(text), pad = n >= 2 ? (size_t)(text[n - 1] == '=') + (text[n - 2] == '=') : 0;
    unsigned char *bytes = must(malloc(n / 4 * 3 + 1));
    int got = n % 4 == 0 && n > 0 ? EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)n) : -1;
    bool ok = got >= 0 && (size_t)got >= pad;

    if (ok)
        buf_bytes(to, bytes, (size_t)got - pad);
    free(bytes);
    return ok;
}

/* NULL, or what is wrong with it. */
static const char *take_piece(struct console *c, const json_t *r)
{
    const char *name = json_string_value(json_object_get(r, "file")), *data = json_string_value(json_object_get(r, "data"));
    const json_t *at = json_object_get(r, "at");
    struct file *f;
    size_t before;

    if (c->whole)
        return "it stands behind the record that ends the export";
    if (!name || !data || !json_is_integer(at) || strlen(name) >= LOGTEXT_NAME || !is_name(name))
        return "it names no file of a log";
    f = find(c, name);
    f = f ? f : enter(c, name);
    if (json_integer_value(at) < 0 || (uint64_t)json_integer_value(at) != f->bytes.n)
        return "a piece before it is missing, or it is there twice";
    before = f->bytes.n;
    if (!put_base64(&f->bytes, data))
        return "its data is no base64";
    c->bytes += f->bytes.n - before;
    return NULL;
}

static const char *take_end(struct console *c, const json_t *r)
{
    if (c->whole)
        return "the export ends twice";
    c->whole = (uint64_t)json_integer_value(json_object_get(r, "files")) == c->n &&
               (uint64_t)json_integer_value(json_object_get(r, "bytes")) == c->bytes;
    return c->whole ? NULL : "there was more: files or bytes of the export are missing";
}

/* One line; other records are no business of ours. */
static const char *take(struct console *c, const char *line, size_t n)
{
    const char *why = NULL, *type;
    json_t *r;

    if (n < 2 || line[0] != MARK || !memmem(line, n, "\"type\":\"export", 14))
        return NULL;
    r = json_loadb(line + 1, n - 1, JSON_REJECT_DUPLICATES, NULL);
    type = json_string_value(json_object_get(r, "type"));
    if (!type)
        why = "it is no JSON object";
    else if (strcmp(type, "export") == 0)
        why = take_piece(c, r);
    else if (strcmp(type, "exported") == 0)
        why = take_end(c, r);
    json_decref(r);
    return why;
}

static bool wrong(struct complaint *bad, const char *path, size_t line, const char *why)
{
    refuse(bad, ERR_WITNESS_CUT, "the witness logs on this console are not whole");
    SAY(bad->at, "%.200s:%zu", path, line);
    SAY(bad->why, "%s", why);
    return false;
}

static bool take_all(struct console *c, const char *path, const char *text, size_t n, struct complaint *bad)
{
    size_t number = 0;

    for (const char *at = text, *end = text + n; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at)), *why;
        size_t len = (size_t)((stop ? stop : end) - at);

        len -= len > 0 && at[len - 1] == '\r';
        if ((why = take(c, at, len)) != NULL)
            return wrong(bad, path, number + 1, why);
        at = stop ? stop + 1 : end;
    }
    if (c->n == 0) {
        refuse(bad, ERR_NO_LOG, "there is no witness log on the console in %.300s", path);
        SAY(bad->hint, "%s", "skerry run --append skerry.export=console, on a machine without a disk");
        return false;
    }
    return c->whole || wrong(bad, path, number, "the record `exported` is missing: the run or its console was cut off");
}

bool logconsole_is(const char *path)
{
    char *head = must(malloc(LOOK));
    FILE *f = fopen(path, "rb");
    size_t n = f ? fread(head, 1, LOOK, f) : 0;
    bool is = memmem(head, n, "\x1e{\"type\":", 9) != NULL;

    if (f)
        fclose(f);
    free(head);
    return is;
}

bool logconsole_open(struct logdir_source *source, const char *path, struct complaint *bad)
{
    struct console *c = must(calloc(1, sizeof *c));
    size_t n;
    char *text = file_read(path, &n);
    bool ok = text ? take_all(c, path, text, n, bad)
                   : refuse(bad, ERR_NO_FILE, "%.300s cannot be read: %s", path, strerror(errno));

    free(text);
    if (!ok) {
        close_console(c);
        return false;
    }
    *source = (struct logdir_source){c, list, read_file, close_console};
    return true;
}
