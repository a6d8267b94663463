/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * skerry dtb: what it says about the trees of real boards and of QEMU, and about trees that are
 * wrong or cut. The boards' trees are those of build/pi-dtbs ("make pi-dtbs").
 */
#include <check.h>
#include <jansson.h>
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/skerry_case.h"
#include "tests/support/tree_build.h"

#define PI4 "build/pi-dtbs/bcm2711-rpi-4-b.dtb"
#define PI5 "build/pi-dtbs/bcm2712-rpi-5-b.dtb"

/* A copy of a board's tree in our folder; NULL, and a word, if it was not fetched. */
static uint8_t *board(const char *path, size_t *n)
{
    char from[4300];
    uint8_t *bytes;

    SAY(from, "%s/%s", case_home(), path);
    bytes = (uint8_t *)file_read(from, n);
    if (bytes)
        case_file("t.dtb", bytes, *n);
    else
        fprintf(stderr, "test_skerry_dtb: no %s (make pi-dtbs), not tried\n", path);
    return bytes;
}

static json_t *json_of(const char *words)
{
    struct said s = skerry_said(words);
    json_t *o = json_loads(s.out, 0, NULL);

    ck_assert_msg(o != NULL, "%s%s", s.out, s.err);
    return o;
}

static const char *text_at(json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static json_int_t number_at(json_t *o, const char *key)
{
    return json_integer_value(json_object_get(o, key));
}

static void cores_are(json_t *o, size_t n, const char *const *affinity, const char *method)
{
    json_t *cores = json_object_get(o, "cores");

    ck_assert_uint_eq(json_array_size(cores), n);
    for (size_t i = 0; i < n; i++) {
        json_t *c = json_array_get(cores, i);

        ck_assert_str_eq(text_at(c, "affinity"), affinity[i]);
        ck_assert_str_eq(text_at(c, "enable_method"), method);
        ck_assert(json_is_true(json_object_get(c, "present")));
        ck_assert_int_eq(number_at(c, "cluster"), 0);
    }
}

static void range_is(json_t *r, const char *base, json_int_t bytes)
{
    ck_assert_str_eq(text_at(r, "base"), base);
    ck_assert_int_eq(number_at(r, "bytes"), bytes);
}

static void gic_is(json_t *o, const char *dist, const char *cpu)
{
    json_t *g = json_object_get(o, "gic");

    ck_assert_int_eq(number_at(g, "version"), 2);
    range_is(json_object_get(g, "distributor"), dist, 0x1000);
    range_is(json_object_get(g, "cpu_interface"), cpu, 0x2000);
}

static void timer_is(json_t *o, int hypervisor_virtual)
{
    json_t *t = json_object_get(o, "timer");

    ck_assert_int_eq(number_at(t, "secure"), 29);
    ck_assert_int_eq(number_at(t, "physical"), 30);
    ck_assert_int_eq(number_at(t, "virtual"), 27);
    ck_assert_int_eq(number_at(t, "hypervisor"), 26);
    ck_assert_int_eq(number_at(t, "hypervisor_virtual"), hypervisor_virtual);
}

static void console_is(json_t *o, const char *base, int interrupt)
{
    json_t *c = json_object_get(o, "console");

    range_is(json_object_get(c, "registers"), base, 0x200);
    ck_assert_int_eq(number_at(c, "interrupt"), interrupt);
}

START_TEST(everything_of_a_raspberry_pi_5_is_found)
{
    static const char *const affinity[] = {"0x0", "0x100", "0x200", "0x300"};
    size_t n;
    uint8_t *bytes = board(PI5, &n);
    json_t *o;

    if (!bytes)
        return;
    free(bytes);
    o = json_of("dtb show --json t.dtb");
    ck_assert_str_eq(text_at(o, "board"), "raspberrypi,5-model-b");
    ck_assert_str_eq(text_at(o, "start"), "PSCI by SMC");
    ck_assert(json_is_true(json_object_get(o, "boots")));
    ck_assert(json_is_false(json_object_get(o, "emulated")));
    cores_are(o, 4, affinity, "psci");
    range_is(json_array_get(json_object_get(o, "memory"), 0), "0x0", 0x28000000);
    range_is(json_array_get(json_object_get(o, "reserved"), 0), "0x0",
             0x80000); /* the firmware at EL3 */
    gic_is(o, "0x107fff9000", "0x107fffa000");
    timer_is(o, 28);
    console_is(o, "0x107d001000", 153);
    ck_assert(json_is_null(
        json_object_get(o, "reset"))); /* Debian's tree does not name it; PSCI ends the run */
    json_decref(o);
    ck_assert_int_eq(skerry_said("dtb check --el 2 t.dtb").status, 0);
    /* 8 GiB as the firmware names them: around the part of the graphics processor. */
    ck_assert_ptr_nonnull(
        strstr(skerry_said("dtb check --ram 0x3fc00000 --ram 7G@0x40000000 t.dtb").out, "4 cores"));
    ck_assert_ptr_nonnull(strstr(skerry_said("dtb check t.dtb").out, "SD host: brcm,bcm2712-sdhci: unsupported"));
}
END_TEST

START_TEST(everything_of_a_raspberry_pi_4_is_found)
{
    static const char *const affinity[] = {"0x0", "0x1", "0x2", "0x3"};
    size_t n;
    uint8_t *bytes = board(PI4, &n);
    json_t *o;

    if (!bytes)
        return;
    free(bytes);
    o = json_of("dtb show --json --ram 2G t.dtb");
    ck_assert_str_eq(text_at(o, "start"), "spin table");
    cores_are(o, 4, affinity, "spin-table");
    ck_assert_str_eq(text_at(json_array_get(json_object_get(o, "cores"), 3), "release"), "0xf0");
    range_is(json_array_get(json_object_get(o, "memory"), 0), "0x0", 0x80000000);
    gic_is(o, "0xff841000", "0xff842000");
    timer_is(o, 0);
    /* The console that it names is of another kind; its PL011 is taken. */
    console_is(o, "0xfe201000", 153);
    range_is(json_object_get(o, "reset"), "0xfe100000", 0x28);
    json_decref(o);
    ck_assert_int_eq(skerry_said("dtb check --ram 2G t.dtb").status, 0);
}
END_TEST

START_TEST(memory_that_firmware_writes_is_asked_for)
{
    size_t n;
    uint8_t *bytes = board(PI4, &n);
    struct said s;

    if (!bytes)
        return;
    free(bytes);
    s = skerry_said("dtb check t.dtb");
    ck_assert_int_eq(s.status, 1);
    ck_assert_ptr_nonnull(strstr(s.out, "names no memory"));
    ck_assert_ptr_nonnull(strstr(s.out, "--ram 4G"));
}
END_TEST

/* _i: what is dumped. */
START_TEST(trees_of_qemu_are_shown)
{
    static const char *const machine[] = {"gic-version=2,virtualization=on", "gic-version=3"};
    static const char *const start[] = {"PSCI by SMC", "PSCI by HVC"};
    char command[300];
    json_t *o;

    SAY(command,
        "qemu-system-aarch64 -M virt,%s,dumpdtb=t.dtb -smp 4 -cpu cortex-a76 -m 6G -nodefaults "
        "-display none -nic none >q.out 2>&1",
        machine[_i]);
    if (system(command) != 0) {
        fprintf(stderr, "trees_of_qemu_are_shown: no qemu-system-aarch64 here, not tried\n");
        return;
    }
    o = json_of("dtb check --json t.dtb");
    ck_assert_str_eq(text_at(o, "start"), start[_i]);
    ck_assert(json_is_true(json_object_get(o, "boots")));
    ck_assert(json_is_true(json_object_get(o, "emulated")));
    ck_assert_int_eq(number_at(json_object_get(o, "gic"), "version"), 2 + _i);
    range_is(json_array_get(json_object_get(o, "memory"), 0), "0x40000000", 6ll << 30);
    json_decref(o);
}
END_TEST

/* --- what is wrong ------------------------------------------------------------------------------- */

START_TEST(a_cut_tree_is_refused_at_every_length)
{
    struct tree_spec spec = {.cores = 2, .gic = 2, .few = true, .ram = GIB};
    size_t n;
    uint8_t *bytes = board(PI5, &n);

    if (!bytes) {
        bytes = tree_build(&spec);
        ck_assert_int_eq(fdt_pack(bytes), 0);
        n = fdt_totalsize(bytes);
    }
    for (size_t cut = 0; cut < n; cut += cut < 64 ? 1 : 97) {
        struct said s;

        case_file("cut.dtb", bytes, cut);
        s = skerry_said("dtb check cut.dtb");
        ck_assert_int_eq(s.status, 1);
        ck_assert_msg(strstr(s.err, "error[SK4005]: ") != NULL, "%zu bytes: %s", cut, s.err);
        ck_assert_ptr_nonnull(strstr(s.err, "cut.dtb"));
        ck_assert_int_eq(skerry_said("dtb show cut.dtb").status, 1);
    }
    free(bytes);
}
END_TEST

struct wrong {
    const char *path, *prop, *value; /* value NULL: the property goes */
    const char *about, *words;
};

/* clang-format off */
static const struct wrong wrong[] = {
    {"/cpus/cpu@1", "enable-method", "acpi",  "cores",                "node /cpus/cpu@1: enable-method \"acpi\" is not known"},
    {"/cpus/cpu@1", "enable-method", NULL,    "cores",                "node /cpus/cpu@1: no enable-method"},
    {"/psci",       "method",        "magic", "cores",                "node /cpus/cpu@1: it is started by PSCI, but"},
    {"/timer",      "compatible",    "x",     "timer",                "has no timer"},
    {"/chosen",     "bootargs", "skerry.cores=x", "boot arguments",   "skerry.cores= needs a number"},
};
/* clang-format on */

START_TEST(what_is_wrong_is_named_with_its_node)
{
    const struct wrong *w = &wrong[_i];
    struct tree_spec spec = {.cores = 2, .gic = 3, .ram = GIB};
    void *fdt = tree_build(&spec);
    struct said s;

    if (w->value)
        tree_set_string(fdt, w->path, w->prop, w->value);
    else
        tree_delete_prop(fdt, w->path, w->prop);
    case_file("t.dtb", fdt, fdt_totalsize(fdt));
    free(fdt);
    s = skerry_said("dtb check t.dtb");
    ck_assert_int_eq(s.status, 1);
    ck_assert_msg(strstr(s.out, w->words) != NULL, "%s", s.out);
    ck_assert_msg(strstr(s.out, w->about) != NULL, "%s", s.out);
    ck_assert_ptr_nonnull(strstr(s.out, "cannot boot from this tree: 1 reason."));
    /* What can be shown is shown all the same. */
    s = skerry_said("dtb show t.dtb");
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.out, "GICv3"));
}
END_TEST

START_TEST(every_reason_is_named_not_only_the_first)
{
    struct tree_spec spec = {.cores = 2, .gic = 3, .ram = GIB};
    void *fdt = tree_build(&spec);
    struct said s;

    tree_set_string(fdt, "/timer", "compatible", "x");
    tree_set_string(fdt, "/cpus/cpu@1", "enable-method", "acpi");
    case_file("t.dtb", fdt, fdt_totalsize(fdt));
    free(fdt);
    s = skerry_said("dtb check t.dtb");
    ck_assert_ptr_nonnull(strstr(s.out, "has no timer"));
    ck_assert_ptr_nonnull(strstr(s.out, "acpi"));
    ck_assert_ptr_nonnull(strstr(s.out, "2 reasons."));
}
END_TEST

START_TEST(too_little_memory_for_the_cores_is_a_reason)
{
    struct tree_spec spec = {.cores = 8, .gic = 3, .ram = GIB};
    void *fdt = tree_build(&spec);
    struct said s;

    tree_set_string(fdt, "/chosen", "bootargs", "");
    tree_delete_prop(fdt, "/chosen", "linux,initrd-start");
    tree_delete_prop(fdt, "/chosen", "linux,initrd-end");
    case_file("t.dtb", fdt, fdt_totalsize(fdt));
    free(fdt);
    s = skerry_said("dtb check --ram 16M@0x40000000 t.dtb");
    ck_assert_int_eq(s.status, 1);
    ck_assert_msg(strstr(s.out, "shares of memory: ") != NULL, "%s", s.out);
    ck_assert_int_eq(skerry_said("dtb check --ram 256M@0x40000000 t.dtb").status, 0);
}
END_TEST

START_TEST(wrong_words_are_refused)
{
    struct tree_spec spec = {.cores = 2, .gic = 3, .ram = GIB};
    void *fdt = tree_build(&spec);

    case_file("t.dtb", fdt, fdt_totalsize(fdt));
    free(fdt);
    ck_assert_int_eq(skerry_said("dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb look t.dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb show").status, 2);
    ck_assert_int_eq(skerry_said("dtb show t.dtb t.dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb show none.dtb").status, 3);
    ck_assert_int_eq(skerry_said("dtb show --ram 4X t.dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb show --ram -4G t.dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb show --ram 99999999999G t.dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb show --el 3 t.dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb show --core 0x1000000000000 t.dtb").status, 2);
    ck_assert_int_eq(skerry_said("dtb check --core 0x77 t.dtb").status, 1);
    ck_assert_int_eq(skerry_said("dtb check --core 1 t.dtb").status, 0);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry_dtb");
    TCase *c = tcase_create("dtb");
    SRunner *r = srunner_create(s);
    int failed;

    tcase_add_checked_fixture(c, case_enter, case_leave);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, everything_of_a_raspberry_pi_5_is_found);
    tcase_add_test(c, everything_of_a_raspberry_pi_4_is_found);
    tcase_add_test(c, memory_that_firmware_writes_is_asked_for);
    tcase_add_loop_test(c, trees_of_qemu_are_shown, 0, 2);
    tcase_add_test(c, a_cut_tree_is_refused_at_every_length);
    tcase_add_loop_test(c, what_is_wrong_is_named_with_its_node, 0,
                        (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(c, every_reason_is_named_not_only_the_first);
    tcase_add_test(c, too_little_memory_for_the_cores_is_a_reason);
    tcase_add_test(c, wrong_words_are_refused);
    suite_add_tcase(s, c);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
