/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "services/keeper/export.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/print.h"
#include "lib/rt/record.h"
#include "lib/sign/signify.h"
#include "services/keeper/logs.h"
#include "services/keeper/words.h"
#include "witness/chain.h"
#include <stdio.h>
#include <string.h>

#define PIECE 448u /* bytes of a file in one record: seven records of a log */
#define NAME 40u
#define FLUSH_NS (10 * NS_PER_S)

static uint64_t files, bytes_in_all;

/* RFC 4648. */
static void base64(char *to, const uint8_t *from, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)from[i] << 16 | (i + 1 < n ? (uint32_t)from[i + 1] << 8 : 0) | (i + 2 < n ? from[i + 2] : 0);

        *to++ = digit[v >> 18];
        *to++ = digit[v >> 12 & 63];
        *to++ = i + 1 < n ? digit[v >> 6 & 63] : '=';
        *to++ = i + 2 < n ? digit[v & 63] : '=';
    }
    *to = '\0';
}

static void put_piece(core_id core, const char *name, uint64_t at, const void *from, size_t n)
{
    static char text[(PIECE + 2) / 3 * 4 + 1];

    base64(text, from, n);
    rec_begin_about("export", core, rt_now_ns());
    rec_str("file", name);
    rec_u64("at", at);
    rec_str("data", text);
    rec_end();
    bytes_in_all += n;
}

static void put_file(core_id core, const char *name, const void *from, size_t n)
{
    for (size_t at = 0; at < n; at += PIECE)
        put_piece(core, name, at, (const uint8_t *)from + at, n - at < PIECE ? n - at : PIECE);
    files++;
}

/* The text, and its signature beside it. */
static void put_signed(core_id core, const char *name, const char *text, unsigned n, export_sign *sign)
{
    static char file[SIGNIFY_TEXT_MAX];
    uint8_t blob[128];
    struct sign_signature s;
    char sig[NAME + 8];

    put_file(core, name, text, n);
    if (sign(text, n, blob) == 0)
        return;
    memcpy(s.number, blob + 2, sizeof s.number);
    memcpy(s.bytes, blob + 2 + sizeof s.number, sizeof s.bytes);
    (void)snprintf(sig, sizeof sig, "%s.sig", name);
    if (signify_put_signature(file, "signature of a witness log", &s) == ST_OK)
        put_file(core, sig, file, strlen(file));
}

/* One closed segment from `at` on; where the next one begins. 0: it is not whole, and none follows. */
static uint64_t put_segment(core_id core, uint64_t at, struct words_core *c, export_sign *sign)
{
    static char line[WORDS_SEAL_BYTES];
    const struct witness_record *r;
    uint64_t offset = 0;
    uint32_t segment;
    char name[NAME];
    unsigned n;
    bool whole = false;

    r = logs_at(core, at, &n);
    segment = r->capability_hash;
    (void)snprintf(name, sizeof name, "core-%02u-%06lu.log", core, (unsigned long)segment);
    while (!whole && n > 0) {
        unsigned take = 0, most = PIECE / WITNESS_BYTES;

        while (take < n && take < most && !whole)
            whole = r[take++].kind == WITNESS_SEGMENT_SEAL;
        put_piece(core, name, offset, r, take * WITNESS_BYTES);
        offset += take * WITNESS_BYTES;
        at += take;
        r = logs_at(core, at, &n);
    }
    files++;
    if (!whole || n == 0 || r->kind != WITNESS_SEGMENT_OPEN)
        return 0;
    c->segments = segment + 1;
    c->records = at;
    chain_get_seal(r, c->seal);
    (void)snprintf(name, sizeof name, "core-%02u-%06lu.seal", core, (unsigned long)segment);
    put_signed(core, name, line, words_seal(line, core, segment, c->seal), sign);
    return at;
}

/* From the first segment that is whole in memory to the last that was closed by now. */
static bool put_log(core_id core, struct words_core *c, export_sign *sign)
{
    uint64_t at = logs_drained(core), closed = logs_closed(core);
    const struct witness_record *r;
    unsigned n;

    while ((r = logs_at(core, at, &n))->kind != WITNESS_SEGMENT_OPEN)
        if (n == 0 || ++at >= logs_seq(core))
            return false;
    *c = (struct words_core){ .core = core, .first = r->capability_hash };
    if (r->capability_hash >= closed)
        return false;
    while (at != 0 || c->segments == 0) {
        at = put_segment(core, at, c, sign);
        if (logs_ended(false) != ST_OK || c->segments >= closed) /* asked so that it is known that this goes on */
            break;
        if (at == 0)
            return false;
    }
    return true;
}

void export_logs(const struct bootinfo *b, uint64_t nonce, export_sign *sign, char *text)
{
    static struct words_core cores[CORES_MAX];
    uint64_t before = 0;
    unsigned n = 0;

    (void)logs_open();
    for (core_id i = 0; i < rt_info()->ncores; i++) {
        if (!logs_has(i))
            continue;
        before += logs_drained(i);
        n += put_log(i, &cores[n], sign);
    }
    put_signed(0, "checkpoint", text, words_checkpoint(text, 0, b->measurement, nonce, cores, n), sign);
    put_signed(0, "attestation", text, words_attestation(text, 0, b->measurement, nonce, rt_now_ns(), cores, n), sign);
    rec_begin("exported");
    rec_u64("files", files);
    rec_u64("bytes", bytes_in_all);
    rec_u64("dropped", before);
    rec_end();
    rt_print_flush(rt_now_ns() + FLUSH_NS);
}
