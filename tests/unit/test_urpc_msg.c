/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* urpc/msg: what a message list becomes, and what does not compile. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define URPC_LIST "tests/unit/test_urpc_msg.def"
#define URPC_SET  toy
#define URPC_TAG  TOY
#include "tests/support/scratch.h"
#include "urpc/msg.h"

static struct {
    struct urpc_line line;
    struct urpc_slot slot[2];
} ring;
static struct urpc_tx tx;
static struct urpc_rx rx;

static void fresh(void)
{
    memset(&ring, 0, sizeof ring);
    urpc_tx_attach(&tx, ring.slot, &ring.line, 2, 0);
    urpc_rx_attach(&rx, ring.slot, &ring.line, 2, 0);
}

static void nothing(void) {}

START_TEST(a_list_becomes_numbers_names_and_sizes)
{
    ck_assert_int_eq(TOY_PING, 1);
    ck_assert_int_eq(TOY_LAST, 65535);
    ck_assert_str_eq(toy_name(TOY_BIND), "BIND");
    ck_assert_str_eq(toy_name(3), "?");
    ck_assert_uint_eq(toy_bytes(TOY_TEXT), 56);
    ck_assert_uint_eq(toy_bytes(TOY_BIND), 56);
    ck_assert_uint_eq(toy_bytes(TOY_LAST), 8);
    ck_assert_uint_eq(toy_bytes(0), 0);
}
END_TEST

START_TEST(a_message_built_in_its_slot_arrives)
{
    struct toy_BIND *out = toy_BIND_reserve(&tx);
    const struct toy_BIND *in;
    struct urpc_msg m;

    ck_assert_ptr_eq(out, &ring.slot[0]); /* no memory between the sender and the slot */
    *out = (struct toy_BIND){.call = {5, 0}, .core = 3, .service = 9, .word = {1, 2, 3, 4, 5}};
    toy_BIND_commit(&tx, URPC_INFO_REQUEST);
    ck_assert_int_eq(urpc_recv(&rx, &m), ST_OK);
    ck_assert_uint_eq(m.kind, TOY_BIND);
    ck_assert_uint_eq(m.info, URPC_INFO_REQUEST);
    in = toy_BIND_in(m.word);
    ck_assert_ptr_eq(in, m.word); /* nor between the receiver's copy and what it reads */
    ck_assert_uint_eq(in->call.id, 5);
    ck_assert_uint_eq(in->core, 3);
    ck_assert_uint_eq(in->service, 9);
    ck_assert_uint_eq(in->word[4], 5);
}
END_TEST

START_TEST(a_full_ring_gives_no_message_to_fill)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_ptr_nonnull(toy_PING_reserve(&tx));
        toy_PING_commit(&tx, 0);
    }
    ck_assert_ptr_null(toy_PING_reserve(&tx));
}
END_TEST

/* Does a list of these lines compile? Asked of the compiler that is there. */
static bool compiles(const char *list)
{
    char dir[SCRATCH_BYTES], command[SCRATCH_BYTES + 1024];
    FILE *f;
    bool ok;

    ck_assert_ptr_nonnull(mkdtemp(scratch(dir, "urpc-msg")));
    snprintf(command, sizeof command, "%s/list.def", dir);
    ck_assert_ptr_nonnull(f = fopen(command, "w"));
    fputs(list, f);
    fclose(f);
    snprintf(
        command, sizeof command,
        "printf '#define URPC_LIST \"%s/list.def\"\\n#define URPC_SET t\\n#define URPC_TAG T\\n"
        "#include \"urpc/msg.h\"\\n' | cc -std=c11 -I. -x c -fsyntax-only - 2>/dev/null",
        dir);
    ok = system(command) == 0;
    snprintf(command, sizeof command, "rm -r %s", dir);
    ck_assert_int_eq(system(command), 0);
    return ok;
}

START_TEST(a_list_that_cannot_be_does_not_compile)
{
    static const struct {
        const char *list;
        bool good;
    } row[] = {
        {"URPC_MSG(A, 1, uint64_t w[7];) URPC_CALL(B, 2, uint64_t w[6];)", true},
        {"URPC_MSG(A, 1, uint64_t w[7]; uint8_t more;)", false},  /* does not fit a slot   */
        {"URPC_CALL(A, 1, uint64_t w[7];)", false},               /* nor with its call id  */
        {"URPC_MSG(A, 1, int w;) URPC_MSG(B, 1, int w;)", false}, /* one number twice      */
        {"URPC_MSG(A, 0, int w;)", false},                        /* no number             */
        {"URPC_MSG(A, 65536, int w;)", false},
        {"URPC_MSG(A, 1, uint64_t w; uint32_t v;)", false},       /* a gap behind the last  */
        {"URPC_MSG(A, 1, uint32_t v; uint64_t w;)", false},       /* and one between two    */
        {"URPC_MSG(A, 1, uint64_t w; uint32_t v; uint32_t zero;)", true},
    };

    if (system("cc --version >/dev/null 2>&1") != 0)
        return;
    ck_assert_int_eq(compiles(row[_i].list), row[_i].good);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("urpc/msg");
    TCase *t = tcase_create("msg");
    SRunner *r;
    int failed;

    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, fresh, nothing);
    tcase_add_test(t, a_list_becomes_numbers_names_and_sizes);
    tcase_add_test(t, a_message_built_in_its_slot_arrives);
    tcase_add_test(t, a_full_ring_gives_no_message_to_fill);
    tcase_add_loop_test(t, a_list_that_cannot_be_does_not_compile, 0, 9);
    suite_add_tcase(s, t);
    r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
