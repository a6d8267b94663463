/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/logtext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const ending[PARTS] = {".log", ".seal", ".seal.sig"};

void logtext_name(char name[LOGTEXT_NAME], unsigned core, uint32_t number, enum logtext_part part)
{
    say(name, LOGTEXT_NAME, "core-%02u-%06" PRIu32 "%s", core, number, ending[part]);
}

/* Read loosely, then written again: only the name itself comes out the same. */
bool logtext_name_read(const char *name, unsigned *core, uint32_t *number, enum logtext_part *part)
{
    char again[LOGTEXT_NAME];

    if (strlen(name) >= sizeof again || sscanf(name, "core-%5u-%10" SCNu32, core, number) != 2 ||
        *core >= LOGTEXT_CORES)
        return false;
    for (*part = PART_LOG; *part < PARTS; ++*part) {
        logtext_name(again, *core, *number, *part);
        if (strcmp(again, name) == 0)
            return true;
    }
    return false;
}

void logtext_hex(char *to, const uint8_t *bytes, size_t n)
{
    static const char digit[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digit[bytes[i] >> 4];
        to[2 * i + 1] = digit[bytes[i] & 15];
    }
    to[2 * n] = 0;
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool logtext_hex_read(const char *s, uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = digit_of(s[2 * i]), low = high < 0 ? -1 : digit_of(s[2 * i + 1]);

        if (low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

bool logtext_seal_read(const char *text, size_t n, const char *name,
                       uint8_t seal[WITNESS_SEAL_BYTES])
{
    size_t hex = 2 * WITNESS_SEAL_BYTES, len = strlen(name);

    return n == hex + 2 + len + 1 && logtext_hex_read(text, seal, WITNESS_SEAL_BYTES) &&
           memcmp(text + hex, "  ", 2) == 0 && memcmp(text + hex + 2, name, len) == 0 &&
           text[n - 1] == '\n';
}

/* ---- the checkpoint: a cursor over its text ---- */

struct cursor {
    const char *at, *end;
};

static bool word(struct cursor *c, const char *w)
{
    size_t n = strlen(w);

    if ((size_t)(c->end - c->at) < n || memcmp(c->at, w, n) != 0)
        return false;
    c->at += n;
    return true;
}

static bool number(struct cursor *c, uint64_t max, uint64_t *to)
{
    const char *start = c->at;
    uint64_t v = 0;

    for (; c->at < c->end && *c->at >= '0' && *c->at <= '9'; c->at++) {
        uint64_t digit = (uint64_t)(*c->at - '0');

        if (v > (max - digit) / 10)
            return false;
        v = 10 * v + digit;
    }
    *to = v;
    return c->at > start && (*start != '0' || c->at == start + 1);
}

static bool hex(struct cursor *c, uint8_t *bytes, size_t n)
{
    if ((size_t)(c->end - c->at) < 2 * n || !logtext_hex_read(c->at, bytes, n))
        return false;
    c->at += 2 * n;
    return true;
}

static bool core_line(struct cursor *c, struct checkpoint_core *k)
{
    uint64_t core, first, segments;

    if (!word(c, "core ") || !number(c, LOGTEXT_CORES - 1, &core) || !word(c, " first ") ||
        !number(c, UINT32_MAX, &first) || !word(c, " segments ") ||
        !number(c, UINT32_MAX, &segments) || !word(c, " records ") ||
        !number(c, UINT64_MAX, &k->records) || !word(c, " seal ") ||
        !hex(c, k->seal, sizeof k->seal))
        return false;
    k->stopped = word(c, " stopped");
    if (!word(c, "\n") || first >= segments)
        return false;
    k->core = (uint16_t)core;
    k->first = (uint32_t)first;
    k->segments = (uint32_t)segments;
    return true;
}

unsigned checkpoint_read(const char *text, size_t n, struct checkpoint *c)
{
    struct cursor at = {text, text + n};

    c->ncores = 0;
    if (!word(&at, "skerry checkpoint 1\n"))
        return 1;
    if (!word(&at, "boot ") || !number(&at, UINT64_MAX, &c->boot) || !word(&at, "\n"))
        return 2;
    if (!word(&at, "measurement ") || !hex(&at, c->measurement, sizeof c->measurement) ||
        !word(&at, "\n"))
        return 3;
    if (!word(&at, "nonce ") || !hex(&at, c->nonce, sizeof c->nonce) || !word(&at, "\n"))
        return 4;
    for (; at.at < at.end; c->ncores++)
        if (c->ncores == LOGTEXT_CORES || !core_line(&at, &c->core[c->ncores]) ||
            (c->ncores && c->core[c->ncores].core <= c->core[c->ncores - 1].core))
            return 5 + (unsigned)c->ncores;
    return c->ncores ? 0 : 5;
}

static bool attested_line(struct cursor *c, struct attestation_core *k)
{
    uint64_t core, segment;

    if (!word(c, "core ") || !number(c, LOGTEXT_CORES - 1, &core) || !word(c, " segment ") ||
        !number(c, UINT32_MAX - 1, &segment) || !word(c, " sequence ") || !number(c, UINT64_MAX, &k->sequence) ||
        !word(c, " seal ") || !hex(c, k->seal, sizeof k->seal) || !word(c, "\n"))
        return false;
    k->core = (uint16_t)core;
    k->segment = (uint32_t)segment;
    return true;
}

unsigned attestation_read(const char *text, size_t n, struct attestation *a)
{
    struct cursor at = {text, text + n};

    a->ncores = 0;
    if (!word(&at, "skerry attestation 1\n"))
        return 1;
    if (!word(&at, "boot ") || !number(&at, UINT64_MAX, &a->boot) || !word(&at, "\n"))
        return 2;
    if (!word(&at, "measurement ") || !hex(&at, a->measurement, sizeof a->measurement) || !word(&at, "\n"))
        return 3;
    if (!word(&at, "nonce ") || !hex(&at, a->nonce, sizeof a->nonce) || !word(&at, "\n"))
        return 4;
    if (!word(&at, "at ") || !number(&at, UINT64_MAX, &a->at_ns) || !word(&at, "\n"))
        return 5;
    for (; at.at < at.end; a->ncores++)
        if (a->ncores == LOGTEXT_CORES || !attested_line(&at, &a->core[a->ncores]) ||
            (a->ncores && a->core[a->ncores].core <= a->core[a->ncores - 1].core))
            return 6 + (unsigned)a->ncores;
    return a->ncores ? 0 : 6;
}

const struct checkpoint_core *checkpoint_find(const struct checkpoint *c, unsigned core)
{
    for (size_t i = 0; i < c->ncores; i++)
        if (c->core[i].core == core)
            return &c->core[i];
    return NULL;
}
