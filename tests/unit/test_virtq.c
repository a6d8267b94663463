/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * drivers/virtq against a device that takes chains and gives them back in any order, and
 * against devices that lie. The device here reads what the specification says it reads, by its
 * own arithmetic, and knows nothing of the driver's bookkeeping.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "drivers/virtq.h"
#include "tests/support/args.h"

#define CHAINS 64u      /* cookies in use are below: a queue has no more */
#define MANY 70000u     /* more than an index has values */

/* Check notes every ck_assert in a pipe: too slow where there are millions. */
#define must(x) do { if (!(x)) ck_abort_msg("%s", #x); } while (0)

static struct virtq q;
static uint8_t *memory; /* malloc'd to the byte: the sanitizer watches its ends */
static uint16_t size;

/* What was asked for, by cookie. */
static struct {
    struct virtq_piece piece[8];
    unsigned nout, nin;
    bool out;           /* not come back yet */
} asked[CHAINS];

/* The device. */
static uint16_t seen, given;            /* its indices */
static uint16_t head[VIRTQ_SIZE_MAX];   /* taken, not given back */
static unsigned nheads;

static uint16_t get16(size_t at)
{
    uint16_t v;

    memcpy(&v, memory + at, 2);
    return v;
}

static void put(size_t at, const void *bytes, size_t n)
{
    memcpy(memory + at, bytes, n);
}

static size_t avail_at(void) { return 16u * size; }
static size_t used_at(void) { return (16u * size + 2u * (2u + size + 1u) + 4095) / 4096 * 4096; }

static void used_entry(uint16_t index, uint32_t id, uint32_t bytes)
{
    put(used_at() + 4 + 8u * (index % size), &id, 4);
    put(used_at() + 8 + 8u * (index % size), &bytes, 4);
}

static void used_index(uint16_t index)
{
    put(used_at() + 2, &index, 2);
}

static void start(uint16_t n)
{
    size = n;
    free(memory);
    memory = malloc(virtq_layout(n).bytes);
    memset(memory, 0xa5, virtq_layout(n).bytes);
    memset(asked, 0, sizeof asked);
    seen = given = 0;
    nheads = 0;
    virtq_init(&q, memory, n);
}

static void setup(void) { start(8); }
static void teardown(void)
{
    free(memory);
    memory = NULL;
}

static unsigned free_cookie(void)
{
    unsigned c = (unsigned)rand() % CHAINS;

    while (asked[c].out)
        c = (c + 1) % CHAINS;
    return c;
}

static status_t add(unsigned nout, unsigned nin, unsigned cookie)
{
    struct virtq_piece p[8];
    status_t st;

    for (unsigned i = 0; i < nout + nin; i++)
        p[i] = (struct virtq_piece){ (paddr_t)rand() << 12, 1 + (uint32_t)rand() % 65536 };
    st = virtq_add(&q, p, nout, nin, cookie);
    if (st == ST_OK) {
        memcpy(asked[cookie].piece, p, sizeof p);
        asked[cookie].nout = nout;
        asked[cookie].nin = nin;
        asked[cookie].out = true;
    }
    return st;
}

static struct virtq_desc desc(uint16_t i)
{
    struct virtq_desc d;

    must(i < size);
    memcpy(&d, memory + 16u * i, sizeof d);
    return d;
}

/* Which chain begins at `at`: all of it must be as asked. */
static unsigned chain_at(uint16_t at, uint32_t *room)
{
    for (unsigned c = 0; c < CHAINS; c++) {
        uint16_t i = at;
        unsigned n = asked[c].nout + asked[c].nin, k = 0;

        if (!asked[c].out)
            continue;
        *room = 0;
        for (; k < n; k++) {
            struct virtq_desc d = desc(i);

            if (d.addr != asked[c].piece[k].at || d.len != asked[c].piece[k].bytes)
                break;
            must(((d.flags & VIRTQ_DESC_WRITE) != 0) == (k >= asked[c].nout));
            must(((d.flags & VIRTQ_DESC_NEXT) != 0) == (k < n - 1));
            *room += d.flags & VIRTQ_DESC_WRITE ? d.len : 0;
            i = d.next;
        }
        if (k == n)
            return c;
    }
    ck_abort_msg("a chain that nobody asked for");
    return 0;
}

/* All that is available. */
static void device_takes(void)
{
    uint16_t index = get16(avail_at() + 2);

    must(get16(avail_at()) == 0); /* interrupts are wanted */
    must((uint16_t)(index - seen) + nheads <= size);
    for (; seen != index; seen++)
        head[nheads++] = get16(avail_at() + 4 + 2u * (seen % size));
}

/* Any one of those taken. */
static void device_gives(uint32_t *bytes, unsigned *cookie)
{
    unsigned i = (unsigned)rand() % nheads;
    uint32_t room;

    *cookie = chain_at(head[i], &room);
    *bytes = room ? (uint32_t)rand() % (room + 1) : 0;
    used_entry(given, head[i], *bytes);
    used_index(++given);
    head[i] = head[--nheads];
}

/* V1, V2, V4. */
START_TEST(every_chain_comes_back_once_with_its_cookie_in_whatever_order)
{
    static const uint16_t sizes[] = { 2, 4, 8, 32, 64 };
    unsigned order[VIRTQ_SIZE_MAX], n = 0, added = 0;
    uint32_t bytes[VIRTQ_SIZE_MAX];

    start(sizes[_i]);
    while (added < MANY || n > 0 || nheads > 0) {
        unsigned most = size < 4 ? size : 4;

        if (rand() % 2 && added < MANY) {
            unsigned nout = (unsigned)rand() % (most + 1);
            unsigned nin = nout == most ? 0 : (unsigned)rand() % (most - nout + 1);

            if (nout + nin > 0)
                added += add(nout, nin, free_cookie()) == ST_OK;
        }
        device_takes();
        if (nheads > 0 && rand() % 2) {
            device_gives(&bytes[n], &order[n]);
            n++;
        }
        if (rand() % 4 == 0) {
            uint64_t cookie;
            uint32_t written;

            for (unsigned i = 0; i < n; i++) {
                must(virtq_take(&q, &cookie, &written) == ST_OK);
                must(cookie == order[i]);
                must(written == bytes[i]);
                asked[cookie].out = false;
            }
            n = 0;
            must(virtq_take(&q, &cookie, &written) == ST_AGAIN);
        }
    }
    ck_assert_uint_gt(added, 65536);
    ck_assert_uint_eq(q.nfree, size);
    ck_assert_uint_eq(q.outstanding, 0);
}
END_TEST

START_TEST(a_full_queue_refuses_and_keeps_what_it_has)
{
    uint8_t before[8192];
    uint64_t cookie;
    uint32_t written;
    unsigned which;

    ck_assert_int_eq(add(1, 2, 0), ST_OK);
    ck_assert_int_eq(add(2, 1, 1), ST_OK);
    memcpy(before, memory, virtq_layout(8).bytes);
    ck_assert_int_eq(add(1, 2, 2), ST_AGAIN);
    ck_assert_mem_eq(before, memory, virtq_layout(8).bytes);
    ck_assert_int_eq(add(1, 1, 2), ST_OK); /* which does fit */
    ck_assert_int_eq(add(0, 1, 3), ST_AGAIN);
    device_takes();
    device_gives(&written, &which);
    ck_assert_int_eq(virtq_take(&q, &cookie, &written), ST_OK);
    asked[cookie].out = false;
    ck_assert_int_eq(add(0, 1, 3), ST_OK);
}
END_TEST

START_TEST(the_parts_are_where_the_specification_puts_them)
{
    struct virtq_layout at = virtq_layout(32);

    ck_assert_uint_eq(at.avail, 512);
    ck_assert_uint_eq(at.used, 4096);
    ck_assert_uint_eq(at.bytes, 4096 + 6 + 8 * 32);
    start(64);
    ck_assert_ptr_eq(q.avail, memory + avail_at());
    ck_assert_ptr_eq(q.used, memory + used_at());
}
END_TEST

/* ---- devices that lie ---- */

/* Three chains are out: heads 0 (one piece in, 100 bytes), 1 (two and one), 4 (one piece out). */
static void three_out(void)
{
    const struct virtq_piece p[] = { { 0x1000, 100 }, { 0x2000, 200 }, { 0x3000, 300 } };

    ck_assert_int_eq(virtq_add(&q, p, 0, 1, 10), ST_OK);
    ck_assert_int_eq(virtq_add(&q, p, 2, 1, 11), ST_OK);
    ck_assert_int_eq(virtq_add(&q, p, 1, 0, 12), ST_OK);
    ck_assert_uint_eq(get16(avail_at() + 4), 0);
    ck_assert_uint_eq(get16(avail_at() + 6), 1);
    ck_assert_uint_eq(get16(avail_at() + 8), 4);
}

static const struct {
    uint32_t id, bytes;
    uint16_t index;
    status_t answer;
} lies[] = {
    { 0, 100, 1, ST_OK }, { 1, 300, 1, ST_OK }, { 4, 0, 1, ST_OK }, /* the truth first */
    { 0, 100, 3, ST_OK },                       /* also true: three are done */
    { 0, 100, 4, ST_PEER },                     /* more are done than were asked for */
    { 0, 100, 0x8000, ST_PEER }, { 0, 100, 0xffff, ST_PEER }, { 0, 100, 8, ST_PEER },
    { 0, 101, 1, ST_PEER }, { 0, UINT32_MAX, 1, ST_PEER },      /* more than there was room for */
    { 1, 301, 1, ST_PEER }, { 4, 1, 1, ST_PEER },
    { 2, 0, 1, ST_PEER }, { 3, 0, 1, ST_PEER },                 /* the middle of a chain */
    { 5, 0, 1, ST_PEER }, { 7, 0, 1, ST_PEER },                 /* a free one */
    { 8, 0, 1, ST_PEER }, { 64, 0, 1, ST_PEER }, { 65536, 0, 1, ST_PEER }, { UINT32_MAX, 0, 1, ST_PEER },
};

START_TEST(a_device_that_lies_is_found_out_and_not_heard_again)
{
    const struct virtq_piece p = { 0x1000, 1 };
    uint64_t cookie = 99;
    uint32_t written = 99;

    three_out();
    used_entry(0, lies[_i].id, lies[_i].bytes);
    used_index(lies[_i].index);
    ck_assert_int_eq(virtq_take(&q, &cookie, &written), lies[_i].answer);
    if (lies[_i].answer == ST_OK) {
        ck_assert_uint_eq(written, lies[_i].bytes);
        ck_assert_uint_eq(cookie, lies[_i].id == 0 ? 10 : lies[_i].id == 1 ? 11 : 12);
        return;
    }
    ck_assert_uint_eq(cookie, 99);
    used_entry(0, 0, 100);
    used_index(1); /* too late for the truth */
    ck_assert_int_eq(virtq_take(&q, &cookie, &written), ST_PEER);
    ck_assert_int_eq(virtq_add(&q, &p, 0, 1, 13), ST_PEER);
}
END_TEST

START_TEST(what_came_back_does_not_come_back_again)
{
    uint64_t cookie;
    uint32_t written;

    three_out();
    used_entry(0, 0, 100);
    used_entry(1, 0, 100);
    used_index(2);
    ck_assert_int_eq(virtq_take(&q, &cookie, &written), ST_OK);
    ck_assert_int_eq(virtq_take(&q, &cookie, &written), ST_PEER);
}
END_TEST

/* The device writes anything anywhere in the rings, descriptors too. */
START_TEST(noise_in_the_rings_breaks_nothing_but_the_queue)
{
    for (unsigned round = 0; round < 3000; round++) {
        start((uint16_t)(2u << rand() % 6));
        for (unsigned i = 0; i < 40; i++) {
            unsigned c = free_cookie(), most = size < 8 ? size : 8;
            uint64_t cookie;
            uint32_t written;
            status_t st;

            st = add((unsigned)rand() % most, 1, c);
            must(st == ST_OK || st == ST_AGAIN || st == ST_PEER);
            for (unsigned k = (unsigned)rand() % 4; k > 0; k--) {
                size_t at = rand() % 2 ? used_at() + (size_t)rand() % 16
                                       : (size_t)rand() % virtq_layout(size).bytes;

                if (at < virtq_layout(size).bytes)
                    memory[at] = (uint8_t)(rand() % 3 ? rand() % 4 : rand());
            }
            st = virtq_take(&q, &cookie, &written);
            must(st == ST_OK || st == ST_AGAIN || st == ST_PEER);
            if (st == ST_OK) {
                must(cookie < CHAINS);
                must(asked[cookie].out); /* V1 */
                asked[cookie].out = false;
            }
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("drivers/virtq");
    TCase *t = tcase_create("virtq");
    SRunner *r;
    int failed;

    srand((unsigned)test_seed());
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_loop_test(t, every_chain_comes_back_once_with_its_cookie_in_whatever_order, 0, 5);
    tcase_add_test(t, a_full_queue_refuses_and_keeps_what_it_has);
    tcase_add_test(t, the_parts_are_where_the_specification_puts_them);
    tcase_add_loop_test(t, a_device_that_lies_is_found_out_and_not_heard_again, 0, ARRAY_LEN(lies));
    tcase_add_test(t, what_came_back_does_not_come_back_again);
    tcase_add_test(t, noise_in_the_rings_breaks_nothing_but_the_queue);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
