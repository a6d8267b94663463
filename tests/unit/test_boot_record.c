/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/record: the first records are JSON as docs/spec/console.md has it, whatever the bootargs are. */
#include <check.h>
#include <jansson.h>
#include <string.h>
#include "boot/record.h"

static struct machine m;
static struct bootinfo b;
static struct record_facts f;
static char buf[2048];
static struct text t;

static void setup(void)
{
    memset(&m, 0, sizeof m);
    memset(&b, 0, sizeof b);
    strcpy(m.board, "linux,dummy-virt");
    m.emulated = true;
    b.ncores = 8;
    b.flags = BOOT_EL2;
    b.start_method = START_PSCI_SMC;
    b.gic.version = 3;
    b.reset_ticks = 1000;
    b.phase_ticks[2] = 1000 + 54000;
    b.share[0].bytes = 62 * MIB;
    for (unsigned i = 0; i < sizeof b.measurement; i++)
        b.measurement[i] = (uint8_t)(i * 9);
    f = (struct record_facts){.machine = &m,
                              .info = &b,
                              .counter_hz = 54000000,
                              .now_ticks = 1000 + 54000000,
                              .midr = 0x414fd0b1,
                              .ram_bytes = GIB};
    text_init(&t, buf, sizeof buf);
}

static json_t *parsed(void)
{
    json_t *j = json_loads(buf, JSON_REJECT_DUPLICATES, NULL);

    ck_assert_msg(j != NULL, "not JSON: %s", buf);
    return j;
}

static const char *str(json_t *j, const char *key)
{
    return json_string_value(json_object_get(j, key));
}

static long long num(json_t *j, const char *key)
{
    ck_assert_msg(json_is_integer(json_object_get(j, key)), "%s is no integer in %s", key, buf);
    return json_integer_value(json_object_get(j, key));
}

START_TEST(the_boot_record_has_every_field)
{
    json_t *j;

    strcpy(b.bootargs, "a \"quoted\" \\ one");
    record_boot(&t, &f);
    j = parsed();
    ck_assert_str_eq(str(j, "type"), "boot");
    ck_assert_int_eq(num(j, "core"), 0);
    ck_assert_int_eq(num(j, "t_ns"), 1000000000);
    ck_assert_int_eq(num(j, "format"), 1);
    ck_assert_ptr_nonnull(str(j, "version"));
    ck_assert_str_eq(str(j, "board"), "linux,dummy-virt");
    ck_assert_int_eq(num(j, "cores"), 8);
    ck_assert_int_eq(num(j, "el"), 2);
    ck_assert_int_eq(num(j, "gic"), 3);
    ck_assert_int_eq(num(j, "counter_hz"), 54000000);
    ck_assert_str_eq(str(j, "start"), "psci-smc");
    ck_assert_int_eq(num(j, "ram_bytes"), 1073741824);
    ck_assert_str_eq(str(j, "cpu"), "0x414fd0b1");
    ck_assert_int_eq((int)strlen(str(j, "measurement")), 64);
    ck_assert_int_eq(strncmp(str(j, "measurement"), "0009121b242d", 12), 0);
    ck_assert(json_is_true(json_object_get(j, "emulated")));
    ck_assert_str_eq(str(j, "bootargs"), "a \"quoted\" \\ one");
    json_decref(j);
}
END_TEST

static bool says_emulated(void)
{
    bool yes;
    json_t *j;

    text_clear(&t);
    record_boot(&t, &f);
    j = parsed();
    yes = json_is_true(json_object_get(j, "emulated"));
    json_decref(j);
    return yes;
}

START_TEST(a_real_boards_tree_in_an_emulator_is_no_board)
{
    m.emulated = false;
    strcpy(m.board, "raspberrypi,4-model-b");
    ck_assert(!says_emulated());
    f.counter_hz = 62500000;
    ck_assert(says_emulated());
    f.counter_hz = 54000000;
    m.semihosting = true;
    ck_assert(says_emulated());
}
END_TEST

START_TEST(the_longest_and_worst_bootargs_fit)
{
    memset(b.bootargs, '"', BOOTARGS_BYTES - 1);
    memset(m.board, '\\', BOARD_BYTES - 1);
    record_boot(&t, &f);
    json_decref(parsed());
    memset(b.bootargs, '\n', BOOTARGS_BYTES - 1); /* cannot make a line of its own */
    text_clear(&t);
    record_boot(&t, &f);
    json_decref(parsed());
    ck_assert_ptr_null(strchr(buf, '\n'));
}
END_TEST

START_TEST(a_phase_record_names_its_phase_and_time)
{
    json_t *j;

    record_phase(&t, &f, 3);
    j = parsed();
    ck_assert_str_eq(str(j, "type"), "phase");
    ck_assert_str_eq(str(j, "name"), "CapabilityInit");
    ck_assert_int_eq(num(j, "n"), 3);
    ck_assert_int_eq(num(j, "at_ns"), 1000000);
    json_decref(j);
}
END_TEST

START_TEST(time_is_right_after_years)
{
    b.reset_ticks = 5;
    ck_assert_uint_eq(record_ns(&f, 5 + 54000000ull * 86400 * 3650 + 27), 315360000000000500ull);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_record");
    TCase *tc = tcase_create("record");
    SRunner *sr;
    int failed;

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, the_boot_record_has_every_field);
    tcase_add_test(tc, a_real_boards_tree_in_an_emulator_is_no_board);
    tcase_add_test(tc, the_longest_and_worst_bootargs_fit);
    tcase_add_test(tc, a_phase_record_names_its_phase_and_time);
    tcase_add_test(tc, time_is_right_after_years);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
