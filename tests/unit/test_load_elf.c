/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/load/elf: a program is laid out as its headers say, and every header that lies is named.
 * L1 to L5 are those of elf.h.
 */
#include <check.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include "lib/abi/layout.h"
#include "lib/load/elf.h"

#define BASE   0x10000u
#define RUN_AT 0x40400000ull

/*
 * The program of the tests, linked at BASE:
 *   0  read, execute   file 0x0000..0x0800   va BASE            headers and code
 *   1  read            file 0x0800..0x0a00   va BASE + 0x1800   constants, .rela
 *   2  read, write     file 0x0a00..0x0b00   va BASE + 0x2a00   .dynamic, relocated words; relro
 *   3  read, write     file 0x0b00..0x0b10   va BASE + 0x3b00   data and 0x1f00 bytes of zeros
 */
struct image {
    Elf64_Ehdr e;
    Elf64_Phdr p[7];
    uint8_t code[0x800 - sizeof(Elf64_Ehdr) - 7 * sizeof(Elf64_Phdr)];
    uint8_t constants[0x1a0];
    Elf64_Rela rela[4]; /* 0x9a0 */
    Elf64_Dyn dyn[6];   /* 0xa00 */
    uint64_t word[20];  /* 0xa60 */
    uint8_t data[16];   /* 0xb00 */
};
_Static_assert(offsetof(struct image, constants) == 0x800, "as drawn");
_Static_assert(offsetof(struct image, dyn) == 0xa00 && offsetof(struct image, data) == 0xb00, "");
enum { CODE, CONST, RELRO, DATA, DYNAMIC, GNU_RELRO, SPARE };

static struct image im;
static struct elf_plan plan;
static char why_buf[200];
static struct text why;

static Elf64_Phdr load(uint32_t flags, uint64_t offset, uint64_t va, uint64_t file, uint64_t mem)
{
    return (Elf64_Phdr){.p_type = PT_LOAD,
                        .p_flags = flags,
                        .p_offset = offset,
                        .p_vaddr = BASE + va,
                        .p_filesz = file,
                        .p_memsz = mem,
                        .p_align = 4096};
}

static void setup(void)
{
    text_init(&why, why_buf, sizeof why_buf);
    memset(&im, 0, sizeof im);
    memcpy(im.e.e_ident, "\177ELF\2\1\1", 7);
    im.e.e_type = ET_DYN;
    im.e.e_machine = EM_AARCH64;
    im.e.e_version = 1;
    im.e.e_entry = BASE + offsetof(struct image, code);
    im.e.e_phoff = offsetof(struct image, p);
    im.e.e_phentsize = sizeof(Elf64_Phdr);
    im.e.e_phnum = 7;
    im.p[CODE] = load(PF_R | PF_X, 0, 0, 0x800, 0x800);
    im.p[CONST] = load(PF_R, 0x800, 0x1800, 0x200, 0x200);
    im.p[RELRO] = load(PF_R | PF_W, 0xa00, 0x2a00, 0x100, 0x100);
    im.p[DATA] = load(PF_R | PF_W, 0xb00, 0x3b00, 0x10, 0x1f10);
    im.p[DYNAMIC] = im.p[RELRO];
    im.p[DYNAMIC].p_type = PT_DYNAMIC;
    im.p[DYNAMIC].p_filesz = sizeof im.dyn;
    im.p[GNU_RELRO] = im.p[RELRO];
    im.p[GNU_RELRO].p_type = PT_GNU_RELRO;
    im.p[SPARE].p_type = PT_NULL;
    memset(im.code, 0xc0, sizeof im.code);
    memset(im.constants, 0xc1, sizeof im.constants);
    memset(im.data, 0xda, sizeof im.data);
    im.dyn[0] = (Elf64_Dyn){DT_RELA, {BASE + 0x1800 + 0x1a0}};
    im.dyn[1] = (Elf64_Dyn){DT_RELASZ, {sizeof im.rela}};
    im.dyn[2] = (Elf64_Dyn){DT_RELAENT, {sizeof im.rela[0]}};
    for (unsigned i = 0; i < 4; i++)
        im.rela[i] = (Elf64_Rela){BASE + 0x2a60 + 8 * i, ELF64_R_INFO(0, 1027), BASE + 0x100 * i};
    im.rela[3].r_offset = BASE + 0x3b00 + 0x1f10 - 8; /* the last word of the zeros */
}

/* In memory of exactly its size and badly aligned, as in an archive. */
static status_t check(size_t bytes)
{
    uint8_t *copy = malloc(bytes + 4);
    status_t st;

    memcpy(copy + 4, &im, bytes);
    text_clear(&why);
    st = elf_check(copy + 4, bytes, &plan, &why);
    free(copy);
    return st;
}

START_TEST(a_program_is_read)
{
    ck_assert_msg(check(sizeof im) == ST_OK, "%s", why_buf);
    ck_assert_uint_eq(plan.nsegments, 4);
    ck_assert_uint_eq(plan.low, BASE);
    ck_assert_uint_eq(plan.high, BASE + 0x6000);
    ck_assert_uint_eq(plan.entry, im.e.e_entry);
    ck_assert_uint_eq(plan.entry_segment, CODE);
    ck_assert_uint_eq(plan.segment[CODE].perm, PERM_READ | PERM_EXECUTE);
    ck_assert_uint_eq(plan.segment[CONST].perm, PERM_READ);
    ck_assert_uint_eq(plan.segment[DATA].perm, PERM_READ | PERM_WRITE);
    ck_assert(plan.segment[RELRO].relro && !plan.segment[DATA].relro);
    ck_assert_uint_eq(plan.nrela, 4);
}
END_TEST

START_TEST(it_is_laid_out_zeroed_and_relocated)
{
    static uint8_t dest[0x6000];
    uint64_t word;

    memset(dest, 0x55, sizeof dest);
    ck_assert_int_eq(check(sizeof im), ST_OK);
    elf_load(&plan, &im, dest, RUN_AT);
    ck_assert_int_eq(memcmp(dest, &im, 0x800), 0);
    ck_assert_int_eq(memcmp(dest + 0x1800, im.constants, sizeof im.constants), 0);
    ck_assert_int_eq(memcmp(dest + 0x3b00, im.data, sizeof im.data), 0);
    for (unsigned i = 0; i < 3; i++) {
        memcpy(&word, dest + 0x2a60 + 8 * i, 8);
        ck_assert_uint_eq(word, RUN_AT + 0x100 * i);
    }
    memcpy(&word, dest + 0x3b00 + 0x1f10 - 8, 8);
    ck_assert_uint_eq(word, RUN_AT + 0x300);

    static const struct {
        uint32_t from, to;
    } zeros[] = {
        {0x800, 0x1800}, {0x1a00, 0x2a00}, {0x2b00, 0x3b00}, {0x3b10, 0x5a08}, {0x5a10, 0x6000}};
    for (unsigned i = 0; i < ARRAY_LEN(zeros); i++)
        for (uint32_t at = zeros[i].from; at < zeros[i].to; at++)
            ck_assert_msg(dest[at] == 0, "byte %x is %x", at, dest[at]);
}
END_TEST

START_TEST(a_program_without_relocations_is_read)
{
    im.p[DYNAMIC].p_type = PT_NULL;
    ck_assert_int_eq(check(sizeof im), ST_OK);
    ck_assert_uint_eq(plan.nrela, 0);
}
END_TEST

START_TEST(relro_covers_a_segment_whole_or_not_at_all)
{
    im.p[GNU_RELRO].p_memsz--;
    ck_assert_int_eq(check(sizeof im), ST_OK);
    ck_assert(!plan.segment[RELRO].relro);
}
END_TEST

/* --- headers that lie -------------------------------------------------------------------------- */

#define LIE(name, sentence, statement)                                                             \
    static void name(void)                                                                         \
    {                                                                                              \
        statement;                                                                                 \
    }
#include "tests/unit/test_load_elf.def"
#undef LIE

static const struct {
    void (*lie)(void);
    const char *sentence;
} lies[] = {
#define LIE(name, sentence, statement) {name, sentence},
#include "tests/unit/test_load_elf.def"
#undef LIE
};

START_TEST(every_header_that_lies_is_named)
{
    lies[_i].lie();
    ck_assert_msg(check(sizeof im) == ST_FORMAT, "\"%s\" was accepted", lies[_i].sentence);
    ck_assert_msg(strstr(why_buf, lies[_i].sentence) != NULL, "\"%s\" does not say \"%s\"", why_buf,
                  lies[_i].sentence);
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    for (size_t n = 0; n < sizeof im; n++)
        ck_assert_int_eq(check(n), ST_FORMAT);
}
END_TEST

/* L1..L5 of whatever is accepted, and then it loads without an access out of place. */
static void sound(void)
{
    vaddr_t low = plan.low;

    ck_assert(plan.nsegments >= 1 && plan.nsegments <= ELF_SEGMENTS_MAX);
    ck_assert(plan.low % PAGE_BYTES == 0 && plan.high % PAGE_BYTES == 0 && plan.low < plan.high);
    for (uint32_t i = 0; i < plan.nsegments; i++) {
        const struct elf_segment *s = &plan.segment[i];

        ck_assert(s->va >= low && s->va + s->mem_bytes <= plan.high);
        ck_assert(s->offset + s->file_bytes <= sizeof im && s->file_bytes <= s->mem_bytes);
        ck_assert((s->perm & PERM_READ) &&
                  (s->perm & (PERM_WRITE | PERM_EXECUTE)) != (PERM_WRITE | PERM_EXECUTE));
        low = (s->va + s->mem_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
    }
    ck_assert_uint_eq(plan.entry % 4, 0);
    if (plan.high - plan.low <= 1u << 20) {
        void *dest = malloc(plan.high - plan.low);

        elf_load(&plan, &im, dest, RUN_AT);
        free(dest);
    }
}

START_TEST(every_flipped_bit_is_refused_or_harmless)
{
    uint8_t *bytes = (uint8_t *)&im;
    unsigned refused = 0, accepted = 0;

    for (size_t at = 0; at < sizeof im; at++) {
        if (at == sizeof im.e + sizeof im.p)
            at = offsetof(struct image, rela); /* code and constants mean nothing to us */
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] ^= (uint8_t)(1u << bit);
            if (check(sizeof im) == ST_OK) {
                accepted++;
                sound();
            } else {
                refused++;
                ck_assert_uint_gt(why.len, 0);
            }
            bytes[at] ^= (uint8_t)(1u << bit);
        }
    }
    ck_assert(refused > 1000 && accepted > 1000);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("load_elf");
    TCase *tc = tcase_create("elf");
    SRunner *sr;
    int failed;

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_program_is_read);
    tcase_add_test(tc, it_is_laid_out_zeroed_and_relocated);
    tcase_add_test(tc, a_program_without_relocations_is_read);
    tcase_add_test(tc, relro_covers_a_segment_whole_or_not_at_all);
    tcase_add_loop_test(tc, every_header_that_lies_is_named, 0, (int)ARRAY_LEN(lies));
    tcase_add_test(tc, every_truncation_is_refused);
    tcase_add_test(tc, every_flipped_bit_is_refused_or_harmless);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
