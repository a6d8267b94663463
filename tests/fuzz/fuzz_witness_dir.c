/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * Any bytes as a directory of logs, and any change to a good one.
 *
 *     first byte even: files, each [kind core segment length(2) bytes]     first byte odd: edits of a signed log
 *
 *     F1  nothing touches memory that is not its own
 *     F2  what is accepted has files without gaps, seals that are the SHA-256 of the bytes (by another library), and
 *         sequences that go on
 *     F3  a signed log in which anything was changed is not accepted, with the key known from elsewhere
 *     F4  a checkpoint that is read is the text that would be written
 *     F5  what is rejected has a code of its own and a sentence
 */
#include <bearssl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/check.h"
#include "lib/sign/signify.h"
#include "tests/support/witness_sample.h"
#include "tools/skerry/logattest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CORES    3u
#define SEGMENTS 2u
#define EACH     16u
#define CHANGES  8u

struct input {
    const uint8_t *at, *end;
};

static unsigned take(struct input *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

static unsigned take2(struct input *in)
{
    unsigned low = take(in);

    return low | take(in) << 8;
}

/* ---- the check, and what must be true of what it accepts ---- */

static void check_facts(const struct logcheck *l, struct sample_files *f)
{
    uint64_t next = 0;
    const struct logdir_segment *before = NULL;

    for (const struct logdir_segment *s = NULL; (s = logdir_next(l->d, s)) != NULL; before = s) {
        char name[LOGTEXT_NAME], hex[65];
        struct buf *log, *seal;
        br_sha256_context c;
        uint8_t digest[32];

        logtext_name(name, s->core, s->number, PART_LOG);
        CHECK((log = files_get(f, name)) != NULL);
        logtext_name(name, s->core, s->number, PART_SEAL);
        seal = files_get(f, name);
        br_sha256_init(&c);
        br_sha256_update(&c, log->s, log->n);
        br_sha256_out(&c, digest);
        logtext_hex(hex, digest, sizeof digest);
        CHECK(seal ? memcmp(seal->s, hex, 64) == 0 : l->want.open);
        if (before && before->core == s->core)
            CHECK(s->number == before->number + 1);
        for (size_t i = 0; i + 64 <= log->n; i += 64, next++) {
            uint64_t sequence;

            memcpy(&sequence, log->s + i, 8);
            if (i == 0 && (!before || before->core != s->core))
                next = sequence;
            CHECK(sequence == next);
        }
    }
}

static bool accepted(struct sample_files *f, const struct sign_public *key, bool open)
{
    static struct logcheck l;
    struct logdir_source source = files_source(f);
    struct logcheck_wants want = {.key = key, .open = open};
    struct complaint bad;
    struct logdir d;
    bool ok;

    CHECK(logdir_open_source(&d, "fuzz", &source, &bad));
    ok = logcheck_run(&l, &d, &want, &bad) && logattest_beside(&d, want.key, &l, &bad);
    CHECK(ok == (bad.code == FINE));
    CHECK(ok || (complaint_help((int)bad.code) && *bad.what));
    if (ok)
        check_facts(&l, f);
    logcheck_free(&l);
    logdir_close(&d);
    return ok;
}

/* ---- a checkpoint, written again ---- */

static void check_text(const char *text, size_t n)
{
    static struct checkpoint c;
    struct buf t = {0};
    char hex[65];

    if (checkpoint_read(text, n, &c) != 0)
        return;
    logtext_hex(hex, c.measurement, 32);
    buf_put(&t, "skerry checkpoint 1\nboot %" PRIu64 "\nmeasurement %s\n", c.boot, hex);
    logtext_hex(hex, c.nonce, 8);
    buf_put(&t, "nonce %s\n", hex);
    for (size_t i = 0; i < c.ncores; i++) {
        logtext_hex(hex, c.core[i].seal, 32);
        buf_put(&t, "core %u first %" PRIu32 " segments %" PRIu32 " records %" PRIu64 " seal %s\n",
                c.core[i].core, c.core[i].first, c.core[i].segments, c.core[i].records, hex);
    }
    CHECK(t.n == n && memcmp(t.s, text, n) == 0);
    buf_free(&t);
}

/* ---- files out of the input ---- */

static void any_files(struct input *in)
{
    static struct sample_files f;
    bool open = take(in) & 1;

    while (in->at < in->end && f.n < 64) {
        unsigned kind = take(in) % 6, core = take(in) % 8, segment = take(in), n = take2(in);
        char name[LOGTEXT_NAME];

        if (n > (size_t)(in->end - in->at))
            n = (unsigned)(in->end - in->at);
        if (kind < PARTS)
            logtext_name(name, core, segment, (enum logtext_part)kind);
        else
            SAY(name, "%s", kind == 3 ? "checkpoint" : kind == 4 ? "checkpoint.sig" : "device.pub");
        if (kind == 3)
            check_text((const char *)in->at, n);
        files_put(&f, name, in->at, n);
        in->at += n;
    }
    accepted(&f, NULL, open);
    files_free(&f);
}

/* ---- a good log, changed ---- */

static struct witness_sample sample;
static struct witness_record saved[CORES][SEGMENTS][EACH];
static struct sample_files good;
static struct sign_public key;

static void make_good(void)
{
    struct buf *text;

    if (good.n)
        return;
    sample_make(&sample, CORES, SEGMENTS, EACH);
    for (unsigned c = 0; c < CORES; c++)
        for (unsigned g = 0; g < SEGMENTS; g++) {
            CHECK(sample.n[c][g] == EACH);
            memcpy(saved[c][g], sample.r[c][g], sizeof saved[c][g]);
        }
    sample_files(&sample, &good);
    text = files_get(&good, "device.pub");
    CHECK(signify_get_public(text->s, text->n, &key) == ST_OK);
    CHECK(accepted(&good, &key, false));
}

/* The file becomes these bytes, and behind them the first n of `more`; both may be its own. */
static void put_copy(struct sample_files *f, const char *name, const struct buf *bytes,
                     const struct buf *more, size_t n)
{
    struct buf t = {0};

    buf_bytes(&t, bytes->s ? bytes->s : "", bytes->n);
    if (more)
        buf_bytes(&t, more->s ? more->s : "", n);
    files_put(f, name, t.s, t.n);
    buf_free(&t);
}

/* Somebody without the key makes chain, seals and checkpoint anew; the signatures stay those of what it was. */
static void forge(unsigned which, unsigned where, unsigned what, struct sample_files *f)
{
    unsigned core = which % CORES, segment = which / CORES % SEGMENTS;
    char name[LOGTEXT_NAME];

    ((uint8_t *)sample.r[core][segment])[where % (EACH * sizeof(struct witness_record))] ^=
        (uint8_t)(what ? what : 1);
    sample_seal(&sample, core, segment);
    sample.sign = false;
    for (unsigned g = segment; g < SEGMENTS; g++) {
        logtext_name(name, core, g, PART_LOG);
        files_put(f, name, sample.r[core][g], sizeof saved[core][g]);
        sample_put_seal(&sample, f, core, g);
    }
    sample_checkpoint(&sample, f);
    sample.sign = true;
    for (unsigned g = segment; g < SEGMENTS; g++)
        memcpy(sample.r[core][g], saved[core][g], sizeof saved[core][g]);
    sample_seal(&sample, core, 0);
}

static void edit(struct input *in, struct sample_files *f)
{
    unsigned how = take(in), file = take(in) % (unsigned)f->n, where = take2(in), what = take(in);
    struct buf *b = &f->file[file].bytes;
    char block[64];

    switch (how % 7) {
    case 0:
        if (b->n)
            b->s[where % b->n] = (char)((unsigned char)b->s[where % b->n] ^ (what ? what : 1));
        return;
    case 1:
        b->n -= b->n ? where % b->n : 0;
        return;
    case 2:
        put_copy(f, f->file[file].name, b, b, where % (b->n + 1)); /* its beginning once more */
        return;
    case 3: /* two records or parts of a text change places */
        if (b->n >= 128) {
            size_t x = where % (b->n / 64), y = what % (b->n / 64);

            memcpy(block, b->s + 64 * x, 64);
            memmove(b->s + 64 * x, b->s + 64 * y, 64);
            memcpy(b->s + 64 * y, block, 64);
        }
        return;
    case 4: /* one file in place of another */
        put_copy(f, f->file[file].name, &f->file[where % f->n].bytes, NULL, 0);
        return;
    case 5:
        forge(file, where, what, f);
        return;
    default:
        if (f->n > 1)
            files_remove(f, f->file[file].name);
    }
}

/* The comment of a signature is free, and the key that lies there is not asked. */
static size_t free_bytes(const char *name, const struct buf *b)
{
    const char *line = strstr(name, ".sig") ? memchr(b->s, '\n', b->n) : NULL;

    return line ? (size_t)(line - b->s) : 0;
}

static bool same(const struct sample_files *a, struct sample_files *b)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct buf *x = &a->file[i].bytes, *y = files_get(b, a->file[i].name);
        size_t skip, also;

        if (strcmp(a->file[i].name, "device.pub") == 0)
            continue;
        if (!y || !y->s)
            return false;
        skip = free_bytes(a->file[i].name, x);
        also = free_bytes(a->file[i].name, y);
        if (x->n - skip != y->n - also || memcmp(x->s + skip, y->s + also, x->n - skip) != 0)
            return false;
    }
    return true;
}

static void changed_files(struct input *in)
{
    static struct sample_files f;

    make_good();
    for (size_t i = 0; i < good.n; i++)
        files_put(&f, good.file[i].name, good.file[i].bytes.s, good.file[i].bytes.n);
    for (unsigned i = 0; i < CHANGES && in->at < in->end; i++)
        edit(in, &f);
    CHECK(!accepted(&f, &key, false) || same(&good, &f));
    files_free(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, data + size};

    if (take(&in) % 2)
        changed_files(&in);
    else
        any_files(&in);
    return 0;
}
