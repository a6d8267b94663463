/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/phase: the hash is SHA-256, the chain is the one of spec.md section 9, the order holds.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>
#include "boot/phase.h"

static struct measure m;

static void hex(const uint8_t *bytes, char *to)
{
    for (unsigned i = 0; i < 32; i++)
        sprintf(to + 2 * i, "%02x", bytes[i]);
}

/* FIPS 180-4 examples and the million of NIST's long-message page. */
static const struct {
    const char *piece, *digest;
    unsigned times;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", 1},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 1},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1", 1},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmno"
     "pqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1", 1},
    {"aaaaaaaaaa", "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", 100000},
};

START_TEST(the_hash_answers_the_vectors_of_nist)
{
    br_sha256_context c;
    uint8_t digest[32];
    char text[65];

    br_sha256_init(&c);
    for (unsigned i = 0; i < vectors[_i].times; i++)
        br_sha256_update(&c, vectors[_i].piece, strlen(vectors[_i].piece));
    br_sha256_out(&c, digest);
    hex(digest, text);
    ck_assert_str_eq(text, vectors[_i].digest);
}
END_TEST

static void phase(unsigned n, const char *a, const char *b)
{
    ck_assert_int_eq(phase_begin(&m, (enum boot_phase)n), ST_OK);
    ck_assert_int_eq(phase_bytes(&m, a, strlen(a)), ST_OK);
    ck_assert_int_eq(phase_bytes(&m, b, strlen(b)), ST_OK);
    ck_assert_int_eq(phase_end(&m, n * 100), ST_OK);
}

static void all_seven(void)
{
    measure_start(&m);
    for (unsigned n = 1; n <= BOOT_PHASES; n++)
        phase(n, phase_name(n), "-bytes");
}

/*
 * Not from this code: python3 -c 'from hashlib import sha256 as s; m=bytes(32)
 * for n,p in enumerate("HalInit MemoryInit CapabilityInit WitnessInit SchedulerInit RootPartition Handoff".split(),1):
 *     m=s(m+bytes([n])+s((p+"-bytes").encode()).digest()).digest()
 * print(m.hex())'
 */
#define SEVEN "4ee45ba5f87163e4db77ceab6526e65894b60e7f65897e49bb5231741964d908"

START_TEST(seven_phases_give_the_value_of_the_rule)
{
    char text[65];

    all_seven();
    hex(m.value, text);
    ck_assert_str_eq(text, SEVEN);
    for (unsigned n = 1; n <= BOOT_PHASES; n++)
        ck_assert_uint_eq(m.ticks[n - 1], n * 100);
}
END_TEST

/* _i: which phase uses another byte. */
START_TEST(another_byte_in_any_phase_gives_another_value)
{
    char text[65];

    measure_start(&m);
    for (unsigned n = 1; n <= BOOT_PHASES; n++)
        phase(n, phase_name(n), n == (unsigned)_i ? "-bytez" : "-bytes");
    hex(m.value, text);
    ck_assert_str_ne(text, SEVEN);
}
END_TEST

/* _i: every phase, after every number of phases done. */
START_TEST(only_the_next_phase_may_begin)
{
    unsigned done = (unsigned)_i / 9, next = (unsigned)_i % 9;
    struct measure before;

    measure_start(&m);
    for (unsigned n = 1; n <= done; n++)
        phase(n, "", "");
    before = m;
    if (next == done + 1 && done < BOOT_PHASES) {
        ck_assert_int_eq(phase_begin(&m, (enum boot_phase)next), ST_OK);
        return;
    }
    ck_assert_int_eq(phase_begin(&m, (enum boot_phase)next), ST_STATE);
    ck_assert_int_eq(memcmp(&m, &before, sizeof m), 0);
}
END_TEST

START_TEST(a_phase_is_begun_once_and_ended_once)
{
    measure_start(&m);
    ck_assert_int_eq(phase_bytes(&m, "x", 1), ST_STATE);
    ck_assert_int_eq(phase_end(&m, 1), ST_STATE);
    ck_assert_int_eq(phase_begin(&m, PHASE_HalInit), ST_OK);
    ck_assert_int_eq(phase_begin(&m, PHASE_HalInit), ST_STATE);
    ck_assert_int_eq(phase_begin(&m, PHASE_MemoryInit), ST_STATE);
    ck_assert_int_eq(phase_end(&m, 1), ST_OK);
    ck_assert_int_eq(phase_end(&m, 1), ST_STATE);
}
END_TEST

START_TEST(phases_have_the_names_of_the_specification)
{
    static const char *const names[] = {"?",
                                        "HalInit",
                                        "MemoryInit",
                                        "CapabilityInit",
                                        "WitnessInit",
                                        "SchedulerInit",
                                        "RootPartition",
                                        "Handoff",
                                        "?"};

    for (unsigned n = 0; n < ARRAY_LEN(names); n++)
        ck_assert_str_eq(phase_name(n), names[n]);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_phase");
    TCase *tc = tcase_create("phase");
    SRunner *sr;
    int failed;

    tcase_add_loop_test(tc, the_hash_answers_the_vectors_of_nist, 0, (int)ARRAY_LEN(vectors));
    tcase_add_test(tc, seven_phases_give_the_value_of_the_rule);
    tcase_add_loop_test(tc, another_byte_in_any_phase_gives_another_value, 1, BOOT_PHASES + 1);
    tcase_add_loop_test(tc, only_the_next_phase_may_begin, 0, 8 * 9);
    tcase_add_test(tc, a_phase_is_begun_once_and_ended_once);
    tcase_add_test(tc, phases_have_the_names_of_the_specification);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
