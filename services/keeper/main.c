/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * services/keeper - stores the witness logs of all cores on the disk, signs their seals, and says how far they went.
 *
 *     logs of the cores ---read---> store on the disk ---flushed---> their monitors: what is stored may be overwritten
 *                                       ^ seal of each closed segment, signed with the key of the device
 *     the run ends, all logs are closed: the rest, the checkpoint, signed; and the run goes on to its end
 *
 * Every record is verified as it is stored: the chain of a log that its core broke is not stored any further, and
 * an `error` record says so. Without a disk nothing is stored, and the cores keep the newer half of their logs in memory;
 * with skerry.export=console of the boot arguments that goes over the console at the end (export.h).
 */
#include "lib/abi/bootinfo.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "lib/rt/monitor.h"
#include "lib/rt/record.h"
#include "lib/sign/signify.h"
#include "services/keeper/attest.h"
#include "services/keeper/disk_store.h"
#include "services/keeper/export.h"
#include "services/keeper/logs.h"
#include "services/keeper/summary.h"
#include "services/keeper/words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLEEP_MIN_NS (10 * NS_PER_MS)
#define SLEEP_MAX_NS (200 * NS_PER_MS)
#define AT_ONCE 1024u               /* records of one core before the next has its turn */
#define KEY_AT (USER_DEVICES + 0x1000000ull)
#define BOOTINFO_AT (USER_DEVICES + 0x1100000ull)

static struct wstore store;
static uint32_t boot;
static struct sign_key key;
static bool has_key;
static uint32_t sealed[CORES_MAX];  /* segments of a core whose seals are signed */
static bool broken[CORES_MAX];      /* its log does not verify, or cannot be stored */
static char text[WORDS_CHECKPOINT_BYTES];

/* ---- the key ---- */

static void read_key(void)
{
    const struct program_info *info = rt_info();
    const char *at = (const char *)KEY_AT;

    if (info->extra[EXTRA_KEY] == 0)
        return;
    if (map_here(info->extra[EXTRA_KEY], KEY_AT, PAGE_BYTES, PERM_READ) != ST_OK ||
        signify_get_key(at, info->extra_value[EXTRA_KEY], &key) != ST_OK) {
        rec_error("the key of the device cannot be read", ST_FORMAT, "seals are not signed");
        return;
    }
    has_key = true;
}

/* Signed as the file that the host will write: signify's blob. 0 bytes without a key. */
static unsigned sign(const char *message, unsigned bytes, uint8_t blob[WSTORE_SIGNATURE])
{
    struct sign_signature s;

    if (!has_key)
        return 0;
    sign_message(&key, message, bytes, &s);
    memcpy(blob, "Ed", 2);
    memcpy(blob + 2, s.number, SIGN_NUMBER_BYTES);
    memcpy(blob + 2 + SIGN_NUMBER_BYTES, s.bytes, SIGN_BYTES);
    return 2 + SIGN_NUMBER_BYTES + SIGN_BYTES;
}

/* ---- storing ---- */

static void give_up(core_id core, status_t st, const char *why)
{
    rec_error("the witness log of a core is not stored any further", st, why);
    broken[core] = true;
}

/*
 * Signs the seals of the segments before this one, those that are still kept. It comes before the next segment is
 * stored: its first sector flushes all before it, so after a cut only the last segment of a core may lack its signature.
 * False: not yet.
 */
static bool sign_seals(core_id core, uint32_t below)
{
    struct wstore_segment is;
    uint8_t blob[WSTORE_SIGNATURE];

    for (; sealed[core] < below; sealed[core]++) {
        unsigned n, bytes;

        if (wstore_segment_find(&store, boot, core, sealed[core], &is) != ST_OK || is.end == WSTORE_SIGNED)
            continue; /* it went to make room, or was signed before we were started again */
        n = words_seal(text, core, is.segment, is.seal);
        bytes = sign(text, n, blob);
        if (bytes != 0 && wstore_seal(&store, core, is.segment, blob, bytes) != ST_OK)
            return false;
    }
    return true;
}

/* The records up to the end of their segment. */
static unsigned of_one_segment(const struct witness_record *r, unsigned n)
{
    unsigned i = 0;

    while (i < n && r[i++].kind != WITNESS_SEGMENT_SEAL)
        ;
    return i;
}

/* Is this closed segment of a core durable, or was it? Where a later one is begun, all before it was flushed. */
static bool is_durable(core_id core, uint32_t segment)
{
    struct wstore_segment at = { .boot = boot, .core = (uint16_t)core, .segment = segment }, is;

    if (core >= rt_info()->ncores || !logs_has(core) || broken[core] || segment >= logs_closed(core))
        return true; /* nothing will come that could be waited for */
    if (wstore_segment_after(&store, &at, &is) == ST_OK && is.boot == boot && is.core == core)
        return true;
    return wstore_segment_find(&store, boot, (uint16_t)core, segment, &is) == ST_OK &&
           is.end <= WSTORE_CLOSING && is.first + is.records <= wstore_durable(&store, (uint16_t)core);
}

/*
 * The records before an anchor for what is not durable. After a cut it would accuse another core of having taken away
 * what was lost; so what it is about comes first. It is in that core's log already: nobody waits for ever.
 */
static unsigned not_ahead(const struct witness_record *r, unsigned n)
{
    unsigned i = 0;

    while (i < n && ((r[i].kind != WITNESS_ANCHOR_HI && r[i].kind != WITNESS_ANCHOR_LO) ||
                     is_durable(r[i].flags, r[i].capability_hash)))
        i++;
    return i;
}

/* True: something was stored. */
static bool store_some(core_id core)
{
    uint64_t next = wstore_next(&store, core);
    const struct witness_record *r;
    unsigned n;
    status_t st;

    if (broken[core] || logs_seq(core) <= next)
        return false;
    r = logs_at(core, next, &n);
    n = not_ahead(r, of_one_segment(r, n < AT_ONCE ? n : AT_ONCE));
    if (n == 0)
        return false;
    if (r->kind == WITNESS_SEGMENT_OPEN && !sign_seals(core, r->capability_hash))
        return false;
    st = wstore_append(&store, (uint16_t)core, r, n);
    if (st == ST_FORMAT)
        give_up(core, st, verify_words(store.refused.why));
    else if (st == ST_NOMEM)
        give_up(core, st, "the disk is full");
    return st == ST_OK;
}

/* What is durable is told to its core, and to the console when asked. */
static void tell_stored(bool loud)
{
    for (core_id i = 0; i < rt_info()->ncores; i++) {
        if (!logs_has(i) || broken[i])
            continue;
        if (logs_stored(i, wstore_durable(&store, (uint16_t)i)) != ST_OK)
            continue; /* it is told the next time */
        if (loud) {
            rec_begin_about("stored", i, rt_now_ns());
            rec_u64("boot", boot);
            rec_u64("records", wstore_durable(&store, (uint16_t)i));
            rec_end();
        }
    }
}

static bool store_round(bool loud)
{
    bool any = false;

    logs_look();
    for (core_id i = 0; i < rt_info()->ncores; i++)
        if (logs_has(i))
            any = store_some(i) || any;
    if (!any || wstore_sync(&store) != ST_OK)
        return any;
    tell_stored(loud);
    return true;
}

/* ---- the end ---- */

static const struct bootinfo *boot_facts(void)
{
    static const struct bootinfo none, *is;
    handle_t frame = rt_info()->extra[EXTRA_BOOTINFO];

    if (is == NULL)
        is = frame != 0 && map_here(frame, BOOTINFO_AT, BOOTINFO_BYTES, PERM_READ) == ST_OK
                 ? (const struct bootinfo *)BOOTINFO_AT
                 : &none;
    return is;
}

/* "skerry.nonce=HEX" of the boot arguments: by who wants to know that this checkpoint is of this run. */
static uint64_t nonce_of(const struct bootinfo *b)
{
    const char *at = strstr(b->bootargs, "skerry.nonce=");

    return at != NULL ? strtoull(at + strlen("skerry.nonce="), NULL, 16) : 0;
}

/* What is closed, stored and signed; at the end of the run, too, what is stored of a core that was stopped before it closed its log. */
static unsigned sum_up(struct words_core to[CORES_MAX], bool end)
{
    unsigned n = 0;

    for (core_id i = 0; i < rt_info()->ncores; i++)
        n += !broken[i] && ((end && !logs_has(i) && summary_stopped(&store, boot, i, sealed[i], &to[n])) ||
                            summary_sealed(&store, boot, i, sealed[i], &to[n]));
    return n;
}

/* How many segments of a core can be signed. */
static uint32_t closed(core_id core)
{
    return logs_has(core) ? (uint32_t)logs_closed(core) : summary_closed(&store, boot, core);
}

/* ---- attestation reports ---- */

/* All that was closed until now is durable and signed. */
static bool sign_all(void)
{
    bool all = true;

    for (core_id i = 0; i < rt_info()->ncores; i++) {
        if (!logs_has(i) || broken[i])
            continue;
        while (sealed[i] < logs_closed(i) && is_durable(i, sealed[i]) && sign_seals(i, sealed[i] + 1))
            ;
        all = all && sealed[i] >= logs_closed(i);
    }
    return all;
}

static status_t report(uint64_t nonce, unsigned *bytes, uint8_t blob[WSTORE_SIGNATURE], unsigned *signature)
{
    static struct words_core cores[CORES_MAX];

    if (!has_key)
        return ST_NOT_FOUND;
    *bytes = words_attestation(text, boot, boot_facts()->measurement, nonce, rt_now_ns(), cores, sum_up(cores, false));
    if (*bytes == 0)
        return ST_NOMEM;
    *signature = sign(text, *bytes, blob);
    return ST_OK;
}

/* A line of the report each, and its signature: who reads the console has it, too. */
static void write_report(unsigned bytes, const uint8_t *blob, unsigned signature)
{
    char line[160];
    unsigned n = 0;

    for (const char *at = text, *end; at < text + bytes; at = end + 1) {
        end = memchr(at, '\n', (size_t)(text + bytes - at));
        (void)snprintf(line, sizeof line, "%.*s", (int)(end - at), at);
        rec_begin("attestation");
        rec_u64("line", n++);
        rec_str("text", line);
        if (end + 1 == text + bytes)
            rec_bytes("signature", blob, signature);
        rec_end();
    }
}

static status_t make_report(uint64_t nonce, const char **is, unsigned *bytes, uint8_t *blob, unsigned *signature)
{
    status_t st = report(nonce, bytes, blob, signature);

    *is = text;
    if (st == ST_OK)
        write_report(*bytes, blob, *signature);
    return st;
}

/* The last one, on the disk, with the nonce of the boot arguments. */
static void store_report(void)
{
    uint8_t blob[WSTORE_SIGNATURE];
    unsigned bytes, signature;
    status_t st = report(nonce_of(boot_facts()), &bytes, blob, &signature);

    if (st == ST_OK)
        st = wstore_attestation(&store, text, bytes, blob, signature);
    if (st != ST_OK && has_key)
        rec_error("the attestation report was not stored", st, "");
}

static void finish(void)
{
    static struct words_core cores[CORES_MAX];
    uint8_t blob[WSTORE_SIGNATURE];
    const struct bootinfo *b = boot_facts();
    unsigned bytes, signature;
    status_t st;

    while (store_round(false))
        ;
    for (core_id i = 0; i < rt_info()->ncores; i++)
        if (!broken[i] && !sign_seals(i, closed(i)))
            rec_error("the seals of a core are not all signed", ST_IO, "");
    store_report(); /* before the checkpoint: beside one it is whole, or was changed */
    bytes = words_checkpoint(text, boot, b->measurement, nonce_of(b), cores, sum_up(cores, true));
    signature = sign(text, bytes, blob);
    st = bytes == 0 ? ST_NOMEM : wstore_checkpoint(&store, text, bytes, blob, signature);
    if (st != ST_OK)
        rec_error("the checkpoint of the witness logs was not stored", st, "");
    sign_key_wipe(&key);
    if (logs_ended(true) != ST_OK)
        rec_error("the run went to its end before the witness logs were stored", ST_STATE, "");
}

/* Arguments, for tests: `loud` (records `stored`), `fault_after=N` records of the first core that are stored, once. */
static uint64_t read_arguments(int argc, char **argv, bool *loud)
{
    uint64_t records = 0;

    for (int i = 1; i < argc; i++) {
        *loud = *loud || strcmp(argv[i], "loud") == 0;
        if (strncmp(argv[i], "fault_after=", 12) == 0 && !(rt_info()->flags & PROGRAM_RESTARTED))
            records = strtoull(argv[i] + 12, NULL, 10);
    }
    return records;
}

/* No disk. What is in memory when all logs are closed is exported, if that was asked for. */
static void without_disk(void)
{
    disk_store_tell_none(boot_facts());
    if (strstr(boot_facts()->bootargs, "skerry.export=console") == NULL)
        return;
    while (logs_ended(false) != ST_OK)
        (void)sys_sleep_for(SLEEP_MAX_NS);
    read_key();
    export_logs(boot_facts(), nonce_of(boot_facts()), sign, text);
    sign_key_wipe(&key);
    if (logs_ended(true) != ST_OK)
        rec_error("the run went to its end before the witness logs were exported", ST_STATE, "");
}

int main(int argc, char **argv)
{
    bool loud = false;
    uint64_t fault_after = read_arguments(argc, argv, &loud);
    uint64_t pause = SLEEP_MIN_NS;
    status_t st = disk_store_open(&store, (rt_info()->flags & PROGRAM_RESTARTED) != 0, &boot);

    if (st != ST_OK) {
        if (st == ST_NOT_FOUND)
            without_disk();
        else
            rec_error("the witness logs cannot be stored", st,
                      st == ST_EXISTS ? "the disk holds something else: give one that is empty" : "the disk is of no use");
        return 0;
    }
    read_key();
    if (logs_open() == 0)
        return 0;
    attest_start();
    while (logs_ended(false) != ST_OK) {
        if (fault_after != 0 && wstore_durable(&store, 0) >= fault_after)
            __builtin_trap();
        pause = store_round(loud) ? SLEEP_MIN_NS : pause * 2;
        if (attest_turn(sign_all(), make_report))
            pause = SLEEP_MIN_NS;
        pause = pause < SLEEP_MAX_NS ? pause : SLEEP_MAX_NS;
        (void)sys_sleep_for(pause);
    }
    finish();
    return 0;
}
