/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/witness_case.h"

#include <check.h>
#include <inttypes.h>
#include <string.h>

#include "lib/sign/signify.h"

struct witness_case w;

void witness_setup(void)
{
    w = (struct witness_case){0};
    sample_make(&w.sample, CORES, SEGMENTS, EACH);
    sample_files(&w.sample, &w.files);
}

void witness_teardown(void)
{
    sample_free(&w.sample);
    files_free(&w.files);
}

void witness_folder_setup(void)
{
    case_enter();
    witness_setup();
    files_to_disk(&w.files, "logs");
}

void witness_folder_teardown(void)
{
    witness_teardown();
    case_leave();
}

bool accepted(void)
{
    static struct logcheck run;
    struct logdir_source source = files_source(&w.files);
    struct logcheck_wants want = {.open = w.open_end, .from = w.from, .nfrom = w.nfrom};
    struct sign_public key;
    struct buf *text = files_get(&w.files, "device.pub");
    struct logdir d;
    bool ok;

    ck_assert(logdir_open_source(&d, "sample", &source, &w.bad));
    if (text && !w.without_key) {
        ck_assert_int_eq(signify_get_public(text->s, text->n, &key), ST_OK);
        want.key = &key;
    }
    ok = logcheck_run(&run, &d, &want, &w.bad);
    ck_assert(ok == (w.bad.code == FINE));
    ck_assert_msg(ok || complaint_exit(w.bad.code) == 6, "%s", w.bad.what);
    w.at = run.place;
    w.l = run;
    logcheck_free(&run);
    logdir_close(&d);
    return ok;
}

void rejected(enum complaint_code code, const char *file)
{
    const struct complaint *bad = &w.bad;

    ck_assert_msg(!accepted(), "accepted");
    ck_assert_msg(bad->code == code, "SK%d, not SK%d: %s; %s; %s", bad->code, code, bad->what,
                  bad->at, bad->why);
    ck_assert_str_eq(w.at.file, file);
    ck_assert(strlen(bad->what) > 10 && strlen(bad->why) + strlen(bad->have) > 5);
}

void rejected_at(enum complaint_code code, const char *file, uint64_t record)
{
    rejected(code, file);
    ck_assert_msg(w.at.has_record && w.at.record == record,
                  "record %" PRIu64 ", not %" PRIu64 ": %s", w.at.record, record, w.bad.at);
    ck_assert_uint_eq(w.at.offset, record * 64);
}

struct witness_record *in_file(const char *name)
{
    return (struct witness_record *)(void *)files_get(&w.files, name)->s;
}

void restore(unsigned core, unsigned segment)
{
    char name[LOGTEXT_NAME];

    SAY(name, "core-%02u-%06u.log", core, segment);
    files_put(&w.files, name, w.sample.r[core][segment], EACH * 64);
}

void remove_segment(unsigned core, unsigned segment)
{
    static const char *const ending[] = {".log", ".seal", ".seal.sig"};
    char name[LOGTEXT_NAME];

    for (unsigned i = 0; i < 3; i++) {
        SAY(name, "core-%02u-%06u%s", core, segment, ending[i]);
        files_remove(&w.files, name);
    }
}

void remove_checkpoint(void)
{
    files_remove(&w.files, "checkpoint");
    files_remove(&w.files, "checkpoint.sig");
}

void write_unsigned(void)
{
    files_free(&w.files);
    w.sample.sign = false;
    sample_files(&w.sample, &w.files);
}
