/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/witness_verb.h"
#include "lib/base/types.h"
#include "tools/skerry/keyfile.h"
#include "tools/skerry/verbs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool witness_open(struct witness_input *in, const char *path, const char *key_file,
                  struct complaint *bad)
{
    struct buf text = {0};
    const char *why;
    bool ok = true;

    *in = (struct witness_input){.own_key = !key_file};
    if (!logdir_open(&in->d, path, bad))
        return false;
    in->has_key = key_file || in->d.key;
    if (key_file)
        return keyfile_public(key_file, &in->key, bad);
    if (in->d.key && (ok = logdir_read(&in->d, "device.pub", &text, bad)) &&
        (why = keyfile_why(signify_get_public(text.s, text.n, &in->key))) != NULL) {
        ok = refuse(bad, ERR_WITNESS_SIGNATURE, "the key that lies beside the logs is none");
        SAY(bad->at, "device.pub");
        SAY(bad->why, "%s", why);
    }
    buf_free(&text);
    return ok;
}

void witness_close(struct witness_input *in)
{
    logdir_close(&in->d);
}

static void progress(uint64_t done, uint64_t all)
{
    fprintf(stderr, "\rskerry: %" PRIu64 " of %" PRIu64 " MiB \x1b[K", done >> 20, all >> 20);
}

void (*witness_progress(const struct common *c))(uint64_t done, uint64_t all)
{
    return c->term.err_tty && !c->quiet ? progress : NULL;
}

void witness_progress_end(const struct common *c)
{
    if (witness_progress(c))
        fputs("\r\x1b[K", stderr);
}

bool witness_nonce(const char *text, uint8_t nonce[8], struct complaint *bad)
{
    char digits[17] = "0000000000000000";
    size_t n = text ? strlen(text) : 0;

    if (text && n <= 16)
        memcpy(digits + 16 - n, text, n);
    return !text || (n > 0 && n <= 16 && logtext_hex_read(digits, nonce, 8)) ||
           refuse(bad, ERR_VALUE, "--nonce %.40s: 1 to 16 hexadecimal digits, in lower case", text);
}

bool witness_measurement(const char *text, uint8_t measurement[32], struct complaint *bad)
{
    return !text || (strlen(text) == 64 && logtext_hex_read(text, measurement, 32)) ||
           refuse(bad, ERR_VALUE, "--measurement %.80s: 64 hexadecimal digits, in lower case", text);
}

bool witness_from(const char *text, struct logcheck_from *from, struct complaint *bad)
{
    const char *colon = strchr(text, ':');
    enum logtext_part part;
    char name[LOGTEXT_NAME];

    if (colon && (size_t)(colon - text) < sizeof name - 4) {
        SAY(name, "%.*s.log", (int)(colon - text), text);
        if (logtext_name_read(name, &from->core, &from->number, &part) && part == PART_LOG &&
            strlen(colon + 1) == 2 * WITNESS_SEAL_BYTES &&
            logtext_hex_read(colon + 1, from->seal, WITNESS_SEAL_BYTES))
            return true;
    }
    refuse(bad, ERR_VALUE, "--from %.200s: the value must name a segment and its seal", text);
    SAY(bad->hint, "--from core-02-000017:SEAL, with the 64 hexadecimal digits sha256sum prints");
    return false;
}

int witness_complain(const struct common *c, const struct logcheck *l, const struct complaint *bad)
{
    const struct logcheck_place *p = &l->place;
    json_t *twin, *o;

    if (!c->json)
        return complain(c, bad);
    twin = complaint_json(bad, false);
    json_object_set_new(twin, "accepted", json_false());
    if (*p->file) {
        o = must(json_object());
        json_object_set_new(o, "file", json_words(p->file));
        if (p->core >= 0)
            json_object_set_new(o, "core", json_integer(p->core));
        if (p->has_record) {
            json_object_set_new(o, "record", json_integer((json_int_t)p->record));
            json_object_set_new(o, "sequence", json_integer((json_int_t)p->sequence));
            json_object_set_new(o, "offset", json_integer((json_int_t)p->offset));
        }
        if (p->field)
            json_object_set_new(o, "field", json_string(p->field));
        json_object_set_new(twin, "place", o);
    }
    json_print(twin);
    return complaint_exit(bad->code);
}

/* ---- skerry witness ---- */

static const struct verb *const subs[] = {&verb_witness_verify, &verb_witness_show,
                                          &verb_witness_query, &verb_witness_anchors,
                                          &verb_witness_export, &verb_witness_attest};

static int witness_main(int argc, const char **argv)
{
    return subverbs_main(&verb_witness, subs, ARRAY_LEN(subs), argc, argv);
}

const struct verb verb_witness = {
    "witness",
    "the log of what was done: verify, show, search, export",
    "verify|show|query|anchors|export|attest [options] DIR",
    "  skerry witness verify out/witness          is it what was written?\n"
    "  skerry witness show out/witness --core 2   its records as a table\n"
    "  skerry witness query out/witness --kind CAPABILITY_REVOKE --since 1000000\n"
    "  skerry witness anchors out/witness         which core vouches for which\n"
    "  skerry witness attest out/witness          the attestation report, against the logs\n"
    "  skerry witness export out/witness trace --ctf && babeltrace2 trace\n",
    NULL,
    witness_main,
    0,
    0,
    NULL};
