/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* The chain of the log is SHA-256, and the verifier sees every change: witness/chain.h, witness/verify.h. */
#include <bearssl.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "witness/portable.h"
#include "witness/verify.h"

#define RECORDS  64u
#define SEGMENTS 3u
#define EACH     (RECORDS / SEGMENTS) /* records of a segment; the last has one more */

static struct witness_record log_[RECORDS];
static uint8_t seal[SEGMENTS][WITNESS_SEAL_BYTES];
static unsigned count;

/* ---- a log, written as the format says and not by the code that reads it ---- */

static void sha256(const void *p, size_t n, uint8_t out[32])
{
    br_sha256_context c;

    br_sha256_init(&c);
    br_sha256_update(&c, p, n);
    br_sha256_out(&c, out);
}

/* The first 16 bytes of the state after these whole blocks. */
static void state_of(const void *p, size_t n, uint8_t out[16])
{
    br_sha256_context c;
    uint8_t state[32];

    br_sha256_init(&c);
    br_sha256_update(&c, p, n);
    br_sha256_state(&c, state);
    memcpy(out, state, 16);
}

static struct witness_record *add(uint8_t kind, unsigned first)
{
    struct witness_record *r = &log_[count];

    *r = (struct witness_record){ .sequence = count, .timestamp_ns = 1000 + 7 * count, .kind = kind, .core = 3,
                                  .actor = count * 5, .target = 0x1234567890ull + count, .payload = ~0ull - count };
    if (count > first)
        state_of(&log_[first], (count - first) * sizeof *r, r->link);
    count++;
    return r;
}

static void add_segment(unsigned n, unsigned records)
{
    unsigned first = count;
    struct witness_record *r = add(WITNESS_SEGMENT_OPEN, first);

    r->capability_hash = n;
    memset(r->link, 0, 16);
    r->target = r->payload = 0;
    if (n > 0) {
        memcpy(r->link, seal[n - 1], 16);
        memcpy(&r->target, seal[n - 1] + 16, 8);
        memcpy(&r->payload, seal[n - 1] + 24, 8);
    }
    while (count - first < records - 1)
        add(WITNESS_CAPABILITY_GRANT, first);
    r = add(WITNESS_SEGMENT_SEAL, first);
    r->capability_hash = n;
    r->payload = records;
    sha256(&log_[first], records * sizeof *r, seal[n]);
}

static void setup(void)
{
    count = 0;
    for (unsigned n = 0; n < SEGMENTS; n++)
        add_segment(n, n + 1 < SEGMENTS ? EACH : RECORDS - (SEGMENTS - 1) * EACH);
    ck_assert_uint_eq(count, RECORDS);
}

/* Reads n records; where and why it stopped. */
static enum verify_why read_log(const struct witness_record *r, unsigned n, struct verify *v,
                                unsigned *at)
{
    enum verify_why why = VERIFY_OK;

    verify_start(v, 3, portable_block);
    for (*at = 0; *at < n; ++*at)
        if ((why = verify_record(v, &r[*at])) != VERIFY_OK)
            break;
    return why;
}

/* ---- SHA-256 ---- */

static struct {
    const char *hex; /* of the message, whole blocks only once padded by hand */
    const char *message;
} const vectors[] = {
    { "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "abc" },
    { "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "" },
    { "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" },
};

START_TEST(blocks_make_the_digests_of_fips_180_4)
{
    const char *message = vectors[_i].message;
    size_t n = strlen(message), blocks = (n + 9 + 63) / 64;
    uint8_t padded[128] = { 0 }, digest[32];
    uint32_t h[8];
    char hex[65];

    memcpy(padded, message, n);
    padded[n] = 0x80;
    padded[blocks * 64 - 1] = (uint8_t)(n * 8);
    padded[blocks * 64 - 2] = (uint8_t)(n * 8 >> 8);
    chain_start(h);
    for (size_t i = 0; i < blocks; i++)
        portable_block(h, padded + 64 * i);
    for (unsigned i = 0; i < 8; i++)
        (void)snprintf(hex + 8 * i, 9, "%08x", h[i]);
    ck_assert_str_eq(hex, vectors[_i].hex);
    sha256(message, n, digest);
    for (unsigned i = 0; i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    ck_assert_str_eq(hex, vectors[_i].hex);
}
END_TEST

START_TEST(a_seal_is_the_plain_hash_of_the_bytes)
{
    uint8_t bytes[64 * 40], expected[32], got[32];
    uint32_t h[8];

    for (unsigned i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31 + i / 256);
    chain_start(h);
    for (unsigned n = 0; n <= 40; n++) {
        sha256(bytes, 64 * n, expected);
        chain_seal(h, n, portable_block, got);
        ck_assert_mem_eq(got, expected, 32);
        if (n < 40)
            portable_block(h, bytes + 64 * n);
    }
}
END_TEST

/* ---- the verifier ---- */

START_TEST(a_whole_log_is_accepted_and_its_seals_are_known)
{
    struct verify v;
    unsigned at;

    verify_start(&v, 3, portable_block);
    for (unsigned i = 0, n = 0; i < RECORDS; i++) {
        ck_assert_int_eq(verify_record(&v, &log_[i]), VERIFY_OK);
        if (log_[i].kind == WITNESS_SEGMENT_SEAL)
            ck_assert_mem_eq(v.seal, seal[n++], 32);
    }
    ck_assert(!v.open && v.total == RECORDS && v.segment == SEGMENTS - 1);
    ck_assert_int_eq(read_log(log_, RECORDS, &v, &at), VERIFY_OK);
}
END_TEST

START_TEST(from_a_later_segment_with_its_anchor)
{
    struct verify v;

    verify_start_at(&v, 3, 1, EACH, seal[0], portable_block);
    for (unsigned i = EACH; i < RECORDS; i++)
        ck_assert_int_eq(verify_record(&v, &log_[i]), VERIFY_OK);
    ck_assert_mem_eq(v.seal, seal[SEGMENTS - 1], 32);
    verify_start_at(&v, 3, 1, EACH, seal[1], portable_block);
    ck_assert_int_eq(verify_record(&v, &log_[EACH]), VERIFY_PREVIOUS);
}
END_TEST

/* Every bit of every record: the chain stops there or at the next, or the seal of the segment is another. */
START_TEST(no_bit_can_be_changed)
{
    struct witness_record copy[RECORDS];
    struct verify v;
    unsigned at;

    memcpy(copy, log_, sizeof copy);
    for (unsigned bit = 0; bit < 8 * WITNESS_BYTES; bit++) {
        ((uint8_t *)&copy[_i])[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (read_log(copy, RECORDS, &v, &at) == VERIFY_OK)
            ck_assert_mem_ne(v.seal, seal[SEGMENTS - 1], 32);
        else
            ck_assert(at == (unsigned)_i || at == (unsigned)_i + 1);
        ((uint8_t *)&copy[_i])[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}
END_TEST

START_TEST(no_record_can_be_dropped_doubled_or_swapped)
{
    struct witness_record copy[RECORDS + 1];
    struct verify v;
    unsigned at, i = (unsigned)_i;

    memcpy(copy, log_, i * sizeof *copy);
    memcpy(copy + i, log_ + i + 1, (RECORDS - 1 - i) * sizeof *copy);
    ck_assert_int_eq(read_log(copy, RECORDS - 1, &v, &at), VERIFY_SEQUENCE);
    ck_assert_uint_eq(at, i);

    memcpy(copy, log_, sizeof log_);
    copy[i] = log_[i + 1];
    copy[i + 1] = log_[i];
    ck_assert_int_eq(read_log(copy, RECORDS, &v, &at), VERIFY_SEQUENCE);
    ck_assert_uint_eq(at, i);

    memcpy(copy, log_, (i + 1) * sizeof *copy);
    copy[i + 1] = log_[i];
    memcpy(copy + i + 2, log_ + i + 1, (RECORDS - 1 - i) * sizeof *copy);
    ck_assert_int_ne(read_log(copy, RECORDS + 1, &v, &at), VERIFY_OK);
    ck_assert_uint_eq(at, i + 1);
}
END_TEST

/* Swapped, inserted or dropped with the numbers put right: the links say so. */
START_TEST(numbers_put_right_do_not_help)
{
    struct witness_record copy[RECORDS + 1], other;
    struct verify v;
    unsigned at, i = (unsigned)_i;

    memcpy(copy, log_, sizeof log_);
    other = copy[i];
    copy[i] = copy[i + 1];
    copy[i + 1] = other;
    copy[i].sequence = i;
    copy[i + 1].sequence = i + 1;
    copy[i].timestamp_ns = copy[i + 1].timestamp_ns;
    ck_assert_int_ne(read_log(copy, RECORDS, &v, &at), VERIFY_OK);
    ck_assert(at == i || at == i + 1);

    memcpy(copy, log_, i * sizeof *copy);
    memcpy(copy + i, log_ + i + 1, (RECORDS - 1 - i) * sizeof *copy);
    for (unsigned j = i; j < RECORDS - 1; j++)
        copy[j].sequence = j;
    ck_assert_int_ne(read_log(copy, RECORDS - 1, &v, &at), VERIFY_OK);
    ck_assert(at == i || at == i + 1);
}
END_TEST

START_TEST(a_tail_that_is_cut_leaves_the_segment_open)
{
    struct verify v;
    unsigned at;

    for (unsigned n = 1; n < RECORDS; n++) {
        ck_assert_int_eq(read_log(log_, n, &v, &at), VERIFY_OK);
        ck_assert(v.open == (log_[n - 1].kind != WITNESS_SEGMENT_SEAL));
    }
}
END_TEST

START_TEST(what_a_segment_says_of_itself_is_checked)
{
    struct witness_record r[RECORDS];
    struct verify v;
    unsigned at;

    memcpy(r, log_, sizeof r);
    r[EACH - 1].payload++;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_CLOSE);
    r[EACH - 1] = log_[EACH - 1];
    r[EACH].capability_hash = 2;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_NUMBER);
    r[EACH] = log_[EACH];
    r[5].kind = WITNESS_SEGMENT_OPEN;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_OPEN);
    r[5].kind = 0xff;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_KIND);
    r[5] = log_[5];
    r[5].timestamp_ns = 0;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_TIME);
    r[5] = log_[5];
    r[5].reserved = 1;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_RESERVED);
    r[5] = log_[5];
    r[5].proof_tier = 4;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_RESERVED);
    r[5] = log_[5];
    r[5].core = 4;
    ck_assert_int_eq(read_log(r, RECORDS, &v, &at), VERIFY_CORE);
    for (enum verify_why why = VERIFY_OK; why < VERIFY_WHYS; why++)
        ck_assert_uint_gt(strlen(verify_words(why)), 10);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("witness");
    TCase *t = tcase_create("chain");
    SRunner *r;
    int failed;

    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_loop_test(t, blocks_make_the_digests_of_fips_180_4, 0, 3);
    tcase_add_test(t, a_seal_is_the_plain_hash_of_the_bytes);
    tcase_add_test(t, a_whole_log_is_accepted_and_its_seals_are_known);
    tcase_add_test(t, from_a_later_segment_with_its_anchor);
    tcase_add_loop_test(t, no_bit_can_be_changed, 0, RECORDS);
    tcase_add_loop_test(t, no_record_can_be_dropped_doubled_or_swapped, 0, RECORDS - 1);
    tcase_add_loop_test(t, numbers_put_right_do_not_help, 0, RECORDS - 2);
    tcase_add_test(t, a_tail_that_is_cut_leaves_the_segment_open);
    tcase_add_test(t, what_a_segment_says_of_itself_is_checked);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
