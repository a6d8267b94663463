/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/witness_sample.h"

#include <bearssl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- records ---- */

static struct witness_record *add(struct witness_sample *s, unsigned core, unsigned segment,
                                  uint8_t kind)
{
    size_t n = s->n[core][segment]++, before = 0;
    struct witness_record *r = &s->r[core][segment][n];

    for (unsigned i = 0; i < segment; i++)
        before += s->n[core][i];
    *r = (struct witness_record){.sequence = before + n,
                                 .timestamp_ns = 1000 + 10 * (before + n) + core,
                                 .kind = kind,
                                 .core = (uint16_t)core,
                                 .proof_tier = (uint8_t)(n % 4),
                                 .flags = (uint16_t)(3 * n),
                                 .actor = (uint32_t)(n % 7),
                                 .target = 0x40000000 + 4096 * n,
                                 .capability_hash = (uint32_t)(n * 2654435761u),
                                 .payload = ~(uint64_t)n};
    return r;
}

static void add_anchor(struct witness_sample *s, unsigned core, unsigned segment, unsigned of,
                       unsigned number)
{
    for (unsigned half = 0; half < 2; half++) {
        struct witness_record *r = add(s, core, segment, half ? 0x88 : 0x87);

        memcpy(&r->target, s->seal[of][number] + 16 * half, 8);
        memcpy(&r->payload, s->seal[of][number] + 16 * half + 8, 8);
        r->flags = (uint16_t)of;
        r->capability_hash = number;
    }
}

/* Halves apart now and then: other records may stand between them. */
static void add_segment(struct witness_sample *s, unsigned core, unsigned segment, size_t each)
{
    static const uint8_t kinds[] = {0x10, 0x11, 0x15, 0x27, 0x62, 0x30, 0x53, 0x01};
    struct witness_record *r;

    s->r[core][segment] = must(calloc(each, sizeof *r));
    add(s, core, segment, 0x85)->capability_hash = segment;
    s->r[core][segment][0].proof_tier = 0;
    s->r[core][segment][0].flags = 1;
    add(s, core, segment, 0x10);
    for (unsigned c = 0; c < s->cores; c++)
        if (c != core && segment > 0)
            add_anchor(s, core, segment, c, segment - 1);
    for (unsigned c = 0; c < core; c++)
        add_anchor(s, core, segment, c, segment);
    while (s->n[core][segment] < each - 1)
        add(s, core, segment, kinds[s->n[core][segment] % sizeof kinds]);
    r = add(s, core, segment, 0x86);
    r->capability_hash = segment;
    r->payload = each;
    sample_seal(s, core, segment);
}

void sample_seal(struct witness_sample *s, unsigned core, unsigned from)
{
    br_sha256_context c;
    uint8_t state[32];

    for (unsigned g = from; g < s->segments && s->r[core][g]; g++) {
        struct witness_record *r = s->r[core][g];

        memset(r[0].link, 0, sizeof r[0].link);
        r[0].target = r[0].payload = 0;
        if (g > 0) {
            memcpy(r[0].link, s->seal[core][g - 1], 16);
            memcpy(&r[0].target, s->seal[core][g - 1] + 16, 8);
            memcpy(&r[0].payload, s->seal[core][g - 1] + 24, 8);
        }
        br_sha256_init(&c);
        for (size_t i = 0; i < s->n[core][g]; i++) {
            br_sha256_state(&c, state);
            if (i > 0)
                memcpy(r[i].link, state, sizeof r[i].link);
            br_sha256_update(&c, &r[i], sizeof r[i]);
        }
        br_sha256_out(&c, s->seal[core][g]);
    }
}

void sample_make(struct witness_sample *s, unsigned cores, unsigned segments, size_t each)
{
    *s = (struct witness_sample){.cores = cores, .segments = segments, .sign = true};
    for (unsigned g = 0; g < segments; g++)
        for (unsigned c = 0; c < cores; c++)
            add_segment(s, c, g, each);
    s->key = must(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

void sample_free(struct witness_sample *s)
{
    for (unsigned c = 0; c < SAMPLE_CORES; c++)
        for (unsigned g = 0; g < SAMPLE_SEGMENTS; g++)
            free(s->r[c][g]);
    EVP_PKEY_free(s->key);
    *s = (struct witness_sample){0};
}

/* ---- files in memory ---- */

static size_t place(const struct sample_files *f, const char *name)
{
    size_t i = 0;

    while (i < f->n && strcmp(f->file[i].name, name) != 0)
        i++;
    return i;
}

void files_put(struct sample_files *f, const char *name, const void *bytes, size_t n)
{
    size_t i = place(f, name);

    if (i == SAMPLE_FILES)
        abort();
    if (i == f->n) {
        f->file[f->n++].bytes = (struct buf){0};
        SAY(f->file[i].name, "%s", name);
    }
    buf_clear(&f->file[i].bytes);
    buf_bytes(&f->file[i].bytes, bytes, n);
}

void files_remove(struct sample_files *f, const char *name)
{
    size_t i = place(f, name);

    if (i == f->n)
        abort(); /* a test that removes nothing tests nothing */
    buf_free(&f->file[i].bytes);
    f->file[i] = f->file[--f->n];
}

struct buf *files_get(struct sample_files *f, const char *name)
{
    size_t i = place(f, name);

    return i < f->n ? &f->file[i].bytes : NULL;
}

void files_free(struct sample_files *f)
{
    while (f->n)
        buf_free(&f->file[--f->n].bytes);
}

void files_to_disk(const struct sample_files *f, const char *folder)
{
    char path[256];

    for (size_t i = 0; i < f->n; i++) {
        SAY(path, "%s/%s", folder, f->file[i].name);
        if (!file_write(path, f->file[i].bytes.s ? f->file[i].bytes.s : "", f->file[i].bytes.n))
            abort();
    }
}

/* Backwards, so that no reader leans on the order. */
static bool list(void *ctx, logdir_found *found, void *to)
{
    struct sample_files *f = ctx;

    for (size_t i = f->n; i-- > 0;)
        found(to, f->file[i].name, f->file[i].bytes.n);
    return true;
}

static bool read_file(void *ctx, const char *name, struct buf *bytes)
{
    struct buf *b = files_get(ctx, name);

    buf_clear(bytes);
    buf_bytes(bytes, "", 0);
    if (b)
        buf_bytes(bytes, b->s, b->n);
    errno = ENOENT;
    return b != NULL;
}

struct logdir_source files_source(struct sample_files *f)
{
    return (struct logdir_source){.ctx = f, .list = list, .read = read_file};
}

/* ---- what lies beside the records ---- */

static void base64(struct buf *t, const uint8_t *p, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                     (i + 2 < n ? p[i + 2] : 0);
        char four[4] = {digit[v >> 18], digit[v >> 12 & 63], i + 1 < n ? digit[v >> 6 & 63] : '=',
                        i + 2 < n ? digit[v & 63] : '='};

        buf_bytes(t, four, 4);
    }
}

void sample_sign(struct witness_sample *s, struct sample_files *f, const char *name)
{
    uint8_t raw[74] = "Ed";
    struct buf *text = files_get(f, name), t = {0};
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    size_t n = 64;
    char sig[LOGTEXT_NAME];

    memcpy(raw + 2, "NUMBER 1", 8);
    if (EVP_DigestSignInit(ctx, NULL, NULL, NULL, s->key) != 1 ||
        EVP_DigestSign(ctx, raw + 10, &n, (const uint8_t *)text->s, text->n) != 1)
        abort();
    EVP_MD_CTX_free(ctx);
    buf_add(&t, "untrusted comment: verify with device.pub\n");
    base64(&t, raw, sizeof raw);
    buf_add(&t, "\n");
    SAY(sig, "%s.sig", name);
    files_put(f, sig, t.s, t.n);
    buf_free(&t);
}

static void hex(struct buf *t, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        buf_put(t, "%02x", p[i]);
}

void sample_put_seal(struct witness_sample *s, struct sample_files *f, unsigned core,
                     unsigned segment)
{
    char log[LOGTEXT_NAME], name[LOGTEXT_NAME];
    struct buf t = {0};

    SAY(log, "core-%02u-%06u.log", core, segment);
    SAY(name, "core-%02u-%06u.seal", core, segment);
    hex(&t, s->seal[core][segment], 32);
    buf_put(&t, "  %s\n", log);
    files_put(f, name, t.s, t.n);
    if (s->sign)
        sample_sign(s, f, name);
    buf_free(&t);
}

void sample_checkpoint(struct witness_sample *s, struct sample_files *f)
{
    static const uint8_t measurement[32] = {1, 2, 3}, nonce[8] = {4, 5};
    struct buf t = {0};

    buf_add(&t, "skerry checkpoint 1\nboot 7\nmeasurement ");
    hex(&t, measurement, 32);
    buf_add(&t, "\nnonce ");
    hex(&t, nonce, 8);
    buf_add(&t, "\n");
    for (unsigned c = 0; c < s->cores; c++) {
        size_t records = 0;

        for (unsigned g = 0; g < s->segments; g++)
            records += s->n[c][g];
        buf_put(&t, "core %u first 0 segments %u records %zu seal ", c, s->segments, records);
        hex(&t, s->seal[c][s->segments - 1], 32);
        buf_add(&t, "\n");
    }
    files_put(f, "checkpoint", t.s, t.n);
    if (s->sign)
        sample_sign(s, f, "checkpoint");
    buf_free(&t);
}

void sample_files(struct witness_sample *s, struct sample_files *f)
{
    uint8_t raw[42] = "Ed";
    struct buf t = {0};
    size_t n = 32;
    char log[LOGTEXT_NAME];

    for (unsigned c = 0; c < s->cores; c++)
        for (unsigned g = 0; g < s->segments; g++) {
            SAY(log, "core-%02u-%06u.log", c, g);
            files_put(f, log, s->r[c][g], s->n[c][g] * sizeof(struct witness_record));
            sample_put_seal(s, f, c, g);
        }
    sample_checkpoint(s, f);
    if (!s->sign)
        return;
    memcpy(raw + 2, "NUMBER 1", 8);
    if (EVP_PKEY_get_raw_public_key(s->key, raw + 10, &n) != 1)
        abort();
    buf_add(&t, "untrusted comment: device public key\n");
    base64(&t, raw, sizeof raw);
    buf_add(&t, "\n");
    files_put(f, "device.pub", t.s, t.n);
    buf_free(&t);
}
