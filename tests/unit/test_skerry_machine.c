/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tools/skerry: which machines may be asked for, the QEMU line of each, and did-you-mean. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/skerry_case.h"
#include "tools/skerry/machine.h"
#include "tools/skerry/suggest.h"
#include "tools/skerry/verbs.h"

static struct machine m;
static struct complaint bad;
static char line[4096];

static const char *line_of(struct machine_ask ask, const char *const *raw, size_t nraw)
{
    struct line l;
    struct buf t = {0};

    ck_assert_msg(machine_check(&ask, &m, &bad), "%s", bad.what);
    machine_line(&m, "qemu", NULL, raw, nraw, &l);
    line_shell(&l, &t);
    SAY(line, " %s ", t.s);
    buf_free(&t);
    line_free(&l);
    return line;
}

#define HAS(part) ck_assert_msg(strstr(line, " " part " ") != NULL, "no \"%s\" in %s", part, line)
#define LACKS(part) ck_assert_msg(strstr(line, part) == NULL, "\"%s\" in %s", part, line)

START_TEST(nothing_asked_is_eight_cortex_a76_with_a_gicv3_at_el1)
{
    line_of((struct machine_ask){0}, NULL, 0);
    HAS("-M virt,gic-version=3");
    HAS("-cpu cortex-a76");
    HAS("-smp 8");
    HAS("-m 512M");
    HAS("-display none -monitor none -nic none -serial stdio");
    HAS("-kernel build/skerry.img -initrd build/bundle.cpio");
    HAS("-append skerry.exit=semihosting");
    HAS("-semihosting-config enable=on,target=native -no-reboot");
    LACKS("icount");
    LACKS("-seed");
    LACKS("virtualization");
}
END_TEST

START_TEST(el2_is_virtualization_on)
{
    line_of((struct machine_ask){.el = (char[]){"2"}, .gic = (char[]){"2"}}, NULL, 0);
    HAS("-M virt,gic-version=2,virtualization=on");
}
END_TEST

START_TEST(a_raspberry_pi_4_is_as_it_is_and_needs_its_tree)
{
    line_of((struct machine_ask){.board = (char[]){"raspi4b"}, .deterministic = 1}, NULL, 0);
    HAS("-M raspi4b -smp 4 -m 2048M");
    HAS("-dtb build/pi-dtbs/bcm2711-rpi-4-b.dtb");
    HAS("-append skerry.exit=semihosting");
    LACKS("-cpu");
    LACKS("virt");
    LACKS("dtb-randomness");
    line_of((struct machine_ask){.board = (char[]){"raspi4b"}, .dtb = (char[]){"x.dtb"}}, NULL, 0);
    HAS("-dtb x.dtb");
    line_of((struct machine_ask){.board = (char[]){"virt"}}, NULL, 0);
    LACKS("-dtb");
    for (unsigned i = 0; i < 6; i++) {
        char value[] = "2", cpu[] = "max", mem[] = "64M";
        struct machine_ask ask = {.board = (char[]){"raspi4b"}};
        char **const field[] = {&ask.cores, &ask.gic, &ask.el, &ask.mem, &ask.cpu, &ask.disk};

        *field[i] = i == 3 ? mem : i == 4 ? cpu : value;
        ck_assert(!machine_check(&ask, &m, &bad));
        ck_assert_int_eq(bad.code, ERR_COMBINATION);
    }
    ck_assert(!machine_check(&(struct machine_ask){.board = (char[]){"raspi5b"}}, &m, &bad));
    ck_assert_int_eq(bad.code, ERR_VALUE);
}
END_TEST

START_TEST(deterministic_takes_every_source_of_chance_away)
{
    line_of((struct machine_ask){.deterministic = 1}, NULL, 0);
    HAS("-M virt,gic-version=3,dtb-randomness=off");
    HAS("-icount shift=0,sleep=off");
    HAS("-rtc base=2024-01-01,clock=vm");
    HAS("-seed 1");
}
END_TEST

START_TEST(a_seed_goes_to_qemu_and_to_the_machine)
{
    line_of((struct machine_ask){.seed = (char[]){"42"}, .append = (char[]){"probe=off x"}}, NULL, 0);
    HAS("-seed 42");
    HAS("-append 'skerry.exit=semihosting skerry.seed=42 probe=off x'");
}
END_TEST

START_TEST(a_disk_is_a_raw_file_behind_virtio)
{
    line_of((struct machine_ask){0}, NULL, 0);
    LACKS("-drive");
    line_of((struct machine_ask){.disk = (char[]){"out/d.img"}}, NULL, 0);
    HAS("-drive if=none,id=d0,format=raw,file=out/d.img -device virtio-blk-device,drive=d0");
    ck_assert_int_eq(m.disk_bytes, DISK_BYTES_DEFAULT);
    line_of((struct machine_ask){.disk = (char[]){"a,b.img:1536"}}, NULL, 0);
    HAS("-drive if=none,id=d0,format=raw,file=a,,b.img -device virtio-blk-device,drive=d0");
    ck_assert_str_eq(m.disk, "a,b.img");
    ck_assert_int_eq(m.disk_bytes, 1536);
    line_of((struct machine_ask){.disk = (char[]){"d:1024G"}}, NULL, 0);
    ck_assert_int_eq(m.disk_bytes, 1024 * (int64_t)GIB);
}
END_TEST

START_TEST(raw_options_come_last_and_quotes_survive)
{
    const char *raw[] = {"-d", "int", "it's"};

    line_of((struct machine_ask){.single = 1, .gdb = 1, .qmp = (char[]){"/run/q"},
                                 .plugin = (char[]){"p.so,out=f"}},
            raw, 3);
    HAS("-accel tcg,thread=single");
    HAS("-S -gdb tcp:127.0.0.1:1234");
    HAS("-qmp unix:/run/q,server=on,wait=off");
    HAS("-plugin p.so,out=f");
    ck_assert_str_eq(line + strlen(line) - strlen("-d int 'it'\\''s' "), "-d int 'it'\\''s' ");
}
END_TEST

/* Each is refused with a sentence that has the value and what is allowed. */
static const struct {
    const char *words;
    int status;
    const char *says[3];
} refused[] = {
    {"run --cores 0", 2, {"--cores 0", "1 to 64", "SK2003"}},
    {"run --cores 65", 2, {"--cores 65", "1 to 64", "SK2003"}},
    {"run --cores eight", 2, {"--cores eight", "1 to 64", "SK2003"}},
    {"run --cores 8x", 2, {"--cores 8x", "1 to 64", "SK2003"}},
    {"run --cores=", 2, {"--cores ", "1 to 64", "SK2003"}},
    {"run --cores 99999999999999999999", 2, {"--cores", "1 to 64", "SK2003"}},
    {"run --gic 4", 2, {"--gic 4", "2 or 3", "SK2003"}},
    {"run --gic 2 --cores 9", 2, {"GICv2", "at most 8", "--gic 3"}},
    {"run --el 3", 2, {"--el 3", "1 or 2", "SK2003"}},
    {"run --mem 512", 2, {"--mem 512", "64M to 64G", "SK2003"}},
    {"run --mem 63M", 2, {"--mem 63M", "64M to 64G", "SK2003"}},
    {"run --mem 65G", 2, {"--mem 65G", "64M to 64G", "SK2003"}},
    {"run --mem 513M", 2, {"--mem 513M", "steps of 2M", "SK2003"}},
    {"run --mem M", 2, {"--mem M", "64M to 64G", "SK2003"}},
    {"run --mem -512M", 2, {"--mem -512M", "64M to 64G", "SK2003"}},
    {"run --cpu cortex-a67", 2, {"--cpu cortex-a67", "neoverse-n1", "--cpu cortex-a57"}},
    {"run --cpu host", 2, {"--cpu host", "cortex-a53", "-- -cpu host"}},
    {"run --disk=", 2, {"--disk ", "FILE or FILE:SIZE", "SK2003"}},
    {"run --disk :64M", 2, {"--disk :64M", "FILE or FILE:SIZE", "SK2003"}},
    {"run --disk d:", 2, {"--disk d:", "FILE or FILE:SIZE", "SK2003"}},
    {"run --disk d:0", 2, {"--disk d:0", "FILE or FILE:SIZE", "SK2003"}},
    {"run --disk d:700", 2, {"--disk d:700", "steps of 512", "SK2003"}},
    {"run --disk d:1025G", 2, {"--disk d:1025G", "up to 1024G", "SK2003"}},
    {"run --disk nbd:host:64M", 2, {"--disk nbd:host:64M", "without a colon", "SK2003"}},
    {"run --seed -1", 2, {"--seed -1", "0 to 2147483647", "SK2003"}},
    {"run --timeout soon", 2, {"--timeout soon", "0 (never)", "SK2003"}},
    {"run --color pink", 2, {"--color pink", "auto, always or never", "SK2003"}},
    {"run --coers 4", 2, {"no option --coers", "did you mean --cores?", "SK2002"}},
    {"run --cores", 2, {"--cores", "skerry help run", "SK2002"}},
    {"run now", 2, {"takes no argument", "\"now\"", "SK2005"}},
    {"run --qemu /nowhere/qemu", 3, {"/nowhere/qemu is not a program", "--qemu", "SK3001"}},
    {"runn", 2, {"no subcommand \"runn\"", "did you mean: `skerry run`", "SK2001"}},
    {"xyzzy", 2, {"no subcommand \"xyzzy\"", "skerry --help", "SK2001"}},
    {"report a b", 2, {"one log", "\"b\"", "SK2005"}},
    {"report --baud fast x", 2, {"--baud fast", "115200", "SK2003"}},
    {"report --outt x", 2, {"no option --outt", "did you mean --out?", "SK2002"}},
    {"doctor --jsn", 2, {"no option --jsn", "did you mean --json?", "SK2002"}},
    {"help runs", 2, {"no help on \"runs\"", "skerry help run", "SK2007"}},
};

START_TEST(a_bad_word_gets_one_sentence_and_what_to_do)
{
    struct said s;

    case_enter();
    s = skerry_said(refused[_i].words);
    ck_assert_int_eq(s.status, refused[_i].status);
    for (size_t k = 0; k < 3; k++)
        ck_assert_msg(strstr(s.err, refused[_i].says[k]) != NULL, "\"%s\" is not in: %s",
                      refused[_i].says[k], s.err);
    ck_assert_uint_eq(count_of(s.err, "error["), 1);
    ck_assert_str_eq(s.out, "");
    case_leave();
}
END_TEST

START_TEST(with_json_the_complaint_has_a_twin)
{
    struct said s;
    json_t *o;

    case_enter();
    s = skerry_said("run --json --cores 0");
    o = json_loads(s.out, 0, NULL);
    ck_assert_ptr_nonnull(o);
    ck_assert_str_eq(json_string_value(json_object_get(o, "code")), "SK2003");
    ck_assert_str_eq(json_string_value(json_object_get(o, "severity")), "error");
    ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(o, "message")), "1 to 64"));
    ck_assert(json_is_array(json_object_get(o, "try")));
    ck_assert_ptr_nonnull(strstr(s.err, "error[SK2003]"));
    json_decref(o);
    case_leave();
}
END_TEST

START_TEST(every_verb_has_help_with_examples_first)
{
    struct said s;
    char words[64];

    case_enter();
    SAY(words, "%s --help", verbs[_i]->name);
    s = skerry_said(words);
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.out, "EXAMPLES"));
    ck_assert(strstr(s.out, "EXAMPLES") < strstr(s.out, "OPTIONS"));
    ck_assert_ptr_nonnull(strstr(s.out, "--json"));
    ck_assert_str_eq(s.err, "");
    case_leave();
}
END_TEST

START_TEST(every_error_code_has_an_explanation_and_an_exit_status)
{
    static const int codes[] = {
#define COMPLAINT(name, number, status, text) number,
#include "tools/skerry/error.def"
#undef COMPLAINT
    };
    char words[64];
    struct said s;

    case_enter();
    for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
        for (size_t k = 0; k < i; k++)
            ck_assert_int_ne(codes[i], codes[k]);
        SAY(words, "help SK%d", codes[i]);
        s = skerry_said(words);
        ck_assert_int_eq(s.status, 0);
        ck_assert_ptr_nonnull(strstr(s.out, "exit status"));
        ck_assert_int_ne(complaint_exit((enum complaint_code)codes[i]), 0);
    }
    ck_assert_int_eq(skerry_said("help SK9999").status, 2);
    case_leave();
}
END_TEST

START_TEST(print_shows_the_line_and_starts_nothing)
{
    struct said s;

    case_enter();
    case_script("qemu", "#!/bin/sh\ntouch started\n");
    s = skerry_said("run --print --qemu ./qemu --cores 2 -- -d int");
    ck_assert_int_eq(s.status, 0);
    ck_assert_ptr_nonnull(strstr(s.out, "./qemu -M virt,gic-version=3 -cpu cortex-a76 -smp 2"));
    ck_assert_ptr_nonnull(strstr(s.out, " -d int\n"));
    ck_assert_uint_eq(count_of(s.out, "\n"), 1);
    ck_assert_ptr_null(case_read("started"));
    s = skerry_said("run --print --json --qemu ./qemu");
    ck_assert_ptr_nonnull(strstr(s.out, "\"skerry.line/1\""));
    case_leave();
}
END_TEST

START_TEST(a_word_is_only_suggested_if_it_is_near)
{
    static const char *const words[] = {"run", "report", "doctor"};

    ck_assert_uint_eq(suggest_distance("run", "run"), 0);
    ck_assert_uint_eq(suggest_distance("rnu", "run"), 1);
    ck_assert_uint_eq(suggest_distance("", "run"), 3);
    ck_assert_str_eq(suggest_word("rnu", words, 3), "run");
    ck_assert_str_eq(suggest_word("repotr", words, 3), "report");
    ck_assert_str_eq(suggest_word("dcotro", words, 3), "doctor");
    ck_assert_ptr_null(suggest_word("witness", words, 3));
    ck_assert_ptr_null(suggest_word("", words, 3));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("skerry/machine");
    TCase *t = tcase_create("machine");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_test(t, nothing_asked_is_eight_cortex_a76_with_a_gicv3_at_el1);
    tcase_add_test(t, el2_is_virtualization_on);
    tcase_add_test(t, a_raspberry_pi_4_is_as_it_is_and_needs_its_tree);
    tcase_add_test(t, deterministic_takes_every_source_of_chance_away);
    tcase_add_test(t, a_seed_goes_to_qemu_and_to_the_machine);
    tcase_add_test(t, a_disk_is_a_raw_file_behind_virtio);
    tcase_add_test(t, raw_options_come_last_and_quotes_survive);
    tcase_add_loop_test(t, a_bad_word_gets_one_sentence_and_what_to_do, 0, ARRAY_LEN(refused));
    tcase_add_test(t, with_json_the_complaint_has_a_twin);
    tcase_add_loop_test(t, every_verb_has_help_with_examples_first, 0, (int)nverbs);
    tcase_add_test(t, every_error_code_has_an_explanation_and_an_exit_status);
    tcase_add_test(t, print_shows_the_line_and_starts_nothing);
    tcase_add_test(t, a_word_is_only_suggested_if_it_is_near);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
