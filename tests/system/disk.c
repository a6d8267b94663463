/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/disk - the disk, by its client's library.
 *
 *     (nothing)   reading, writing, flushing, wrong input, a second client, how fast
 *     deaths      the driver dies every 150 requests: nothing that was flushed is lost
 *     keep        a disk that is new is filled; one that was filled by a run before is compared
 *     late        the device seems not to answer a request: it is reset, and who asked is told
 *     none        a machine without a disk says so at once
 *
 * What a sector holds follows from its number and how often it was written, so that any can be told
 * from any other, and from itself at another time.
 */
#include "lib/rt/cap.h"
#include "lib/rt/clock.h"
#include "lib/rt/disk.h"
#include "lib/rt/give.h"
#include "lib/rt/heap.h"
#include "lib/rt/info.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

#define BUFFER_BYTES (256 * KIB)
#define WORDS (DISK_SECTOR_BYTES / 8)
#define SECTORS 4096u       /* of the disk, that are played with */
#define MOST 64u            /* in one request                    */
#define RANDOM_ROUNDS 3000u
#define FAST_BYTES (16 * MIB)
#define DRIVERS 4u          /* a program is started again three times */

static struct disk d, other;
static uint32_t version[SECTORS];   /* written last                                  */
static uint32_t flushed[SECTORS];   /* of these, the one that is known to be durable */
static uint64_t seed = 1;

static uint64_t soon(void)
{
    return rt_now_ns() + 30 * NS_PER_S;
}

/* A step of splitmix64. */
static uint64_t mix(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15ull;

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static uint32_t below(uint32_t n)
{
    return (uint32_t)(mix(&seed) % n);
}

static void fill(uint8_t *at, uint64_t sector, uint32_t its_version)
{
    uint64_t state = sector << 32 | its_version, word;

    for (unsigned i = 0; i < WORDS; i++) {
        word = its_version == 0 ? 0 : mix(&state);
        memcpy(at + 8 * i, &word, 8);
    }
}

static bool holds(const uint8_t *at, uint64_t sector, uint32_t its_version)
{
    uint8_t whole[DISK_SECTOR_BYTES];

    fill(whole, sector, its_version);
    return memcmp(whole, at, sizeof whole) == 0;
}

/* Sectors that are not as `as` has them. */
static unsigned wrong_sectors(const uint32_t *as)
{
    unsigned wrong = 0;

    for (uint32_t s = 0; s < SECTORS; s += MOST) {
        if (disk_read(&d, s, MOST, 0) != ST_OK)
            return SECTORS;
        for (uint32_t i = 0; i < MOST; i++)
            wrong += !holds(d.buffer + i * DISK_SECTOR_BYTES, s + i, as[s + i]);
    }
    return wrong;
}

static status_t write_some(uint32_t sector, uint32_t n, uint64_t offset)
{
    for (uint32_t i = 0; i < n; i++)
        fill(d.buffer + offset + i * DISK_SECTOR_BYTES, sector + i, ++version[sector + i]);
    return disk_write(&d, sector, n, offset);
}

/* Somewhere on the disk, from anywhere in the buffer. */
static status_t write_random(void)
{
    uint32_t n = 1 + below(MOST), sector = below(SECTORS - n + 1);
    uint64_t places = d.buffer_bytes / DISK_SECTOR_BYTES - n + 1;

    return write_some(sector, n, below((uint32_t)places) * DISK_SECTOR_BYTES);
}

/* ---- right and wrong requests ---- */

static void test_first(void)
{
    bool good = true;

    test_is(d.sectors >= SECTORS && (d.flags & DISK_CAN_FLUSH) && !(d.flags & DISK_READ_ONLY),
            "the disk has its sectors, can be written and flushed");
    test_is(wrong_sectors(version) == 0, "a new disk is zeros");
    for (uint32_t i = 0; i < d.buffer_bytes / DISK_SECTOR_BYTES; i++)
        fill(d.buffer + i * DISK_SECTOR_BYTES, i, ++version[i]);
    good = disk_write(&d, 0, (uint32_t)(d.buffer_bytes / DISK_SECTOR_BYTES), 0) == ST_OK;
    memset(d.buffer, 0xee, d.buffer_bytes);
    test_is(good && disk_flush(&d) == ST_OK && wrong_sectors(version) == 0,
            "a whole buffer in one request comes back as it was written");
}

static void test_wrong(void)
{
    uint64_t end = d.sectors;

    test_is(disk_read(&d, end, 1, 0) == ST_INVALID && disk_read(&d, end - 1, 2, 0) == ST_INVALID &&
                disk_write(&d, end, 1, 0) == ST_INVALID &&
                disk_read(&d, UINT64_MAX, 1, 0) == ST_INVALID &&
                disk_write(&d, UINT64_MAX - 1, 2, 0) == ST_INVALID,
            "beyond the end of the disk is refused");
    test_is(disk_read(&d, 0, 0, 0) == ST_INVALID, "and so is nothing");
    test_is(disk_read(&d, 0, 1, 100) == ST_ALIGN && disk_write(&d, 0, 1, 511) == ST_ALIGN,
            "an offset that is no multiple of 512 is refused");
    test_is(disk_read(&d, 0, 1, d.buffer_bytes) == ST_INVALID &&
                disk_read(&d, 0, 2, d.buffer_bytes - DISK_SECTOR_BYTES) == ST_INVALID &&
                disk_read(&d, 0, UINT32_MAX, 0) == ST_INVALID &&
                disk_read(&d, 0, 1, UINT64_MAX - 511) == ST_INVALID,
            "a part of the buffer that is not there is refused");
    fill(d.buffer, end - 1, 7);
    test_is(disk_write(&d, end - 1, 1, 0) == ST_OK && disk_read(&d, end - 1, 1, 512) == ST_OK &&
                holds(d.buffer + 512, end - 1, 7),
            "the last sector is there");
    test_is(wrong_sectors(version) == 0, "and nothing else has changed");
}

static void test_random(void)
{
    unsigned bad = 0;

    for (unsigned i = 0; i < RANDOM_ROUNDS; i++)
        bad += write_random() != ST_OK;
    test_is(bad == 0 && disk_flush(&d) == ST_OK && wrong_sectors(version) == 0,
            "3,000 writes of random lengths at random places: every sector is as written last");
}

static void test_clients(void)
{
    uint64_t had = d.openings;

    test_is(disk_open(&other, "disk", 2 * PAGE_BYTES, rt_now_ns() + 200 * NS_PER_MS) == ST_BUSY,
            "a second client is told that there is a first");
    test_is(disk_read(&d, 0, 1, 0) == ST_OK && d.openings == had, "who does not notice");
    disk_close(&d);
    test_is(disk_open(&other, "disk", 2 * PAGE_BYTES, soon()) == ST_OK &&
                disk_read(&other, 0, 2, 512) == ST_OK && holds(other.buffer + 512, 0, version[0]),
            "when it has closed, the second has the disk, into a buffer of its own");
    disk_close(&other);
    test_is(disk_open(&d, "disk", BUFFER_BYTES, soon()) == ST_OK && disk_info(&d) == ST_OK,
            "and then the first again");
}

static unsigned kib_per_s(uint64_t bytes, uint64_t ns)
{
    return (unsigned)(bytes * (NS_PER_S / KIB) / (ns == 0 ? 1 : ns));
}

static void test_fast(void)
{
    uint32_t n = BUFFER_BYTES / DISK_SECTOR_BYTES;
    uint64_t end = d.sectors / n * n, at = 0, t0 = rt_now_ns(), t1, t2, t3;
    unsigned bad = 0, flushes = 20;

    for (uint64_t done = 0; done < FAST_BYTES; done += BUFFER_BYTES, at = (at + n) % end)
        bad += disk_write(&d, at, n, 0) != ST_OK;
    bad += disk_flush(&d) != ST_OK;
    t1 = rt_now_ns();
    for (uint64_t done = 0; done < FAST_BYTES; done += BUFFER_BYTES, at = (at + n) % end)
        bad += disk_read(&d, at, n, 0) != ST_OK;
    t2 = rt_now_ns();
    for (unsigned i = 0; i < flushes; i++)
        bad += disk_write(&d, i, 1, 0) != ST_OK || disk_flush(&d) != ST_OK;
    t3 = rt_now_ns();
    printf("disk: %u KiB/s written, %u KiB/s read (256 KiB a request); "
           "%u us for one sector and a flush\n",
           kib_per_s(FAST_BYTES, t1 - t0), kib_per_s(FAST_BYTES, t2 - t1),
           (unsigned)((t3 - t2) / flushes / NS_PER_US));
    test_is(bad == 0, "16 MiB written and read");
}

/* ---- the driver dies ---- */

/* Everything since the last flush again, as the library's contract asks. */
static status_t write_again(void)
{
    status_t st = ST_OK;

    for (uint32_t s = 0; s < SECTORS && st == ST_OK; s += MOST) {
        if (memcmp(&version[s], &flushed[s], MOST * sizeof version[0]) == 0)
            continue;
        for (uint32_t i = 0; i < MOST; i++)
            fill(d.buffer + i * DISK_SECTOR_BYTES, s + i, version[s + i]);
        st = disk_write(&d, s, MOST, 0);
    }
    return st;
}

static void test_deaths(void)
{
    unsigned bad = 0, doubts = 0, lost = 0, seen = 1;
    status_t st;

    for (unsigned i = 0; i < 200 && seen < DRIVERS; i++) {
        for (uint32_t k = 0; k < 4; k++)
            bad += write_random() != ST_OK;
        while ((st = disk_flush(&d)) == ST_GONE) {
            doubts++;
            bad += write_again() != ST_OK;
        }
        bad += st != ST_OK;
        memcpy(flushed, version, sizeof flushed);
        if (d.openings == seen)
            continue;
        seen = (unsigned)d.openings;
        lost += wrong_sectors(flushed);
    }
    printf("disk: %u drivers, %u times in doubt\n", (unsigned)d.openings, doubts);
    test_is(seen == DRIVERS, "the driver died three times");
    test_is(bad == 0, "and no request failed for that, but flushes that have to be doubted");
    test_is(doubts > 0, "of which there were some");
    test_is(lost == 0, "nothing that was flushed is lost");
}

/* ---- the device does not answer ---- */

/* The driver is deaf from its 20th request on, once. */
static void test_late(void)
{
    unsigned late = 0, other_ends = 0, doubts = 0;
    uint64_t t0 = 0;
    status_t st;

    for (unsigned i = 0; i < 40; i++) {
        t0 = late == 0 ? rt_now_ns() : t0;
        if ((st = write_some(i * MOST, MOST, 0)) == ST_TIMEOUT) {
            late++;
            t0 = rt_now_ns() - t0;
            st = write_again();
        }
        other_ends += st != ST_OK;
    }
    while ((st = disk_flush(&d)) == ST_GONE && doubts++ < 3)
        other_ends += write_again() != ST_OK;
    test_is(late == 1 && other_ends == 0, "one request is given up, the others are answered");
    test_is(t0 >= 200 * NS_PER_MS && t0 < 3 * NS_PER_S, "after the 200 ms it has, and not much later");
    test_is(st == ST_OK && doubts == 1, "what was written before has to be doubted, once");
    test_is(wrong_sectors(version) == 0, "and written again it is all there");
}

/* ---- clients that do not keep to the rules ---- */

static struct rt_chan raw;

/* A request by hand -> the status it is answered with; ST_GONE and ST_TIMEOUT of the channel. */
static status_t by_hand(uint16_t kind, uint64_t sector, uint32_t n, uint64_t offset)
{
    struct disk_READ m = { .call.id = 77, .sector = sector, .offset = offset, .sectors = n };
    struct urpc_msg answer;
    status_t st = rt_send_wait(&raw, kind, URPC_INFO_REQUEST, &m, sizeof m, soon());

    if (st == ST_OK)
        st = rt_recv_wait(&raw, &answer, soon());
    return st != ST_OK ? st : (status_t)disk_DONE_in(answer.word)->call.status;
}

/* The driver may not have seen yet that the one before has closed. */
static bool connect_raw(void)
{
    uint64_t deadline = soon();
    struct urpc_msg m;

    while (rt_now_ns() < deadline) {
        if (rt_bind("disk", deadline, &raw) != ST_OK)
            return false;
        if (rt_recv_wait(&raw, &m, deadline) == ST_OK && m.kind == DISK_READY)
            return true;
        rt_close(&raw);
        (void)sys_sleep_for(NS_PER_MS);
    }
    return false;
}

static void test_rude(void)
{
    handle_t frame = 0, ram = 0;
    void *at = NULL;

    disk_close(&d);
    test_need(connect_raw() && heap_frame(PAGE_BYTES, &frame, &at) == ST_OK,
              "the disk is free again");
    memset(at, 0x77, PAGE_BYTES);
    test_is(by_hand(DISK_READ, 0, 1, 0) == ST_STATE && by_hand(DISK_FLUSH, 0, 0, 0) == ST_STATE,
            "without a buffer nothing is done");
    test_is(by_hand(DISK_OPEN, 0, 0, 0) == ST_NO_SLOT, "nor without having given one");
    test_is(rt_give(&raw, frame, RIGHT_READ, CAP_COPY_OF, 0) == ST_OK &&
                by_hand(DISK_OPEN, 0, 0, 0) == ST_DENIED && by_hand(DISK_READ, 0, 1, 0) == ST_STATE,
            "a frame that its giver lets nobody write is no buffer");
    rt_close(&raw);
    test_need(connect_raw(),
              "the next one is served");
    test_is(cap_retype(rt_info()->ram, CAP_RAM, PAGE_BYTES, &ram) == ST_OK &&
                rt_give(&raw, ram, RIGHTS_ALL, CAP_COPY_OF, 0) == ST_OK &&
                by_hand(DISK_OPEN, 0, 0, 0) == ST_TYPE,
            "memory that is no frame is none either");
    rt_close(&raw);
    test_need(connect_raw() &&
                  rt_give(&raw, frame, RIGHT_READ | RIGHT_WRITE, CAP_COPY_OF, 0) == ST_OK &&
                  by_hand(DISK_OPEN, 0, 0, 0) == ST_OK,
              "the right one is taken");
    test_is(by_hand(99, 0, 0, 0) == ST_INVALID, "what is no request is refused");
    test_is(cap_revoke(frame) == ST_OK && by_hand(DISK_READ, 0, 1, 0) == ST_STALE_HANDLE &&
                *(volatile uint8_t *)at == 0x77,
            "and after it was revoked nothing is written to it");
    rt_close(&raw);
    test_is(disk_open(&d, "disk", BUFFER_BYTES, soon()) == ST_OK && wrong_sectors(version) == 0,
            "the disk is as it was");
}

/* ---- over two boots ---- */

static void test_keep(void)
{
    bool is_new = disk_read(&d, SECTORS - 1, 1, 0) == ST_OK && holds(d.buffer, SECTORS - 1, 0);
    unsigned bad = 0;

    for (uint32_t s = 0; s < SECTORS; s++)
        version[s] = 3;
    if (is_new) {
        memset(version, 0, sizeof version);
        for (unsigned round = 0; round < 3; round++)
            for (uint32_t s = 0; s < SECTORS; s += MOST)
                bad += write_some(s, MOST, 0) != ST_OK;
        test_is(bad == 0 && disk_flush(&d) == ST_OK, "a new disk is filled");
    } else {
        test_is(wrong_sectors(version) == 0, "every sector is as the run before left it");
        printf("disk: kept\n");
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    status_t st;

    test_name("disk");
    printf("disk: here\n"); /* the channel to the console is there from here on */
    st = disk_open(&d, "disk", BUFFER_BYTES, soon());
    if (strcmp(what, "none") == 0) {
        test_is(st == ST_NOT_FOUND, "without a disk, who opens it is told so");
        return test_end();
    }
    test_need(st == ST_OK, "the disk can be opened");
    if (strcmp(what, "deaths") == 0) {
        test_deaths();
    } else if (strcmp(what, "late") == 0) {
        test_late();
    } else if (strcmp(what, "keep") == 0) {
        test_keep();
    } else {
        test_first();
        test_wrong();
        test_random();
        test_clients();
        test_rude();
        test_fast();
    }
    return test_end();
}
