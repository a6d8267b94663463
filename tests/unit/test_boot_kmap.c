/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/pagetable and boot/kmap: what a CPU driver can reach, page by page.
 *
 * The kernel half is built in ordinary memory whose address stands in for a physical one:
 * the arena below is "the machine's RAM". Then every page of it, and every page around, is
 * looked up and compared with what K1 to K3 say, written down here a second time.
 */
#include <check.h>
#include <string.h>
#include <sys/mman.h>
#include "boot/kmap.h"
#include "lib/base/bits.h"

/* Below PHYS_LIMIT, where nothing else of a process is, nor the sanitizer's shadow; 2 MiB aligned. */
#define ARENA       0x30000000ull
#define ARENA_BYTES (64 * MIB)

#define DESC_AP_RO BIT(7)
#define DESC_PXN   BIT(53)
#define DESC_UXN   BIT(54)
#define DESC_ATTR  FIELD(4, 2)
#define DESC_EL0   BIT(6)

static struct bootinfo b;
static struct kmap_plan plan;
static char why_buf[300];
static struct text why;

static void setup(void)
{
    void *p = mmap((void *)ARENA, ARENA_BYTES, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);

    ck_assert_ptr_eq(p, (void *)ARENA);
    text_init(&why, why_buf, sizeof why_buf);
}

static void teardown(void)
{
    munmap((void *)ARENA, ARENA_BYTES);
}

/* --- the tables --------------------------------------------------------------------------------- */

static enum map_kind kind_of(uint64_t e)
{
    if (FIELD_GET(DESC_ATTR, e) == 0)
        return MAP_DEVICE;
    if (!(e & DESC_PXN))
        return MAP_RX;
    return e & DESC_AP_RO ? MAP_RO : MAP_RW;
}

START_TEST(descriptors_are_those_of_the_architecture)
{
    struct pagetable pt;

    pt_init(&pt, (void *)ARENA, 8);
    ck_assert_int_eq(pt_map(&pt, 0x40000000, GIB, MAP_RW), ST_OK);
    ck_assert_int_eq(pt_map(&pt, 0x80200000, BLOCK_BYTES, MAP_RX), ST_OK);
    ck_assert_int_eq(pt_map(&pt, 0x80401000, PAGE_BYTES, MAP_RO), ST_OK);
    ck_assert_int_eq(pt_map(&pt, 0x80402000, PAGE_BYTES, MAP_DEVICE), ST_OK);
    /* Valid, accessed, inner shareable, attribute 1, UXN; PXN unless code; block 01, page 11. */
    ck_assert_uint_eq(pt_lookup(&pt, 0x40000000), 0x0060000040000705);
    ck_assert_uint_eq(pt_lookup(&pt, 0x80200000), 0x0040000080200785);
    ck_assert_uint_eq(pt_lookup(&pt, 0x80401000), 0x0060000080401787);
    ck_assert_uint_eq(pt_lookup(&pt, 0x80402000), 0x0060000080402403);
    ck_assert_uint_eq(pt_lookup(&pt, 0x80400000), 0);
    ck_assert_uint_eq(pt_lookup(&pt, 0), 0);
    ck_assert_uint_eq(pt.used, 3);
}
END_TEST

START_TEST(the_largest_block_that_fits_is_used)
{
    struct pagetable pt;

    pt_init(&pt, (void *)ARENA, 8);
    ck_assert_int_eq(pt_map(&pt, 0x401ff000, GIB + 2 * MIB, MAP_RW), ST_OK);
    for (paddr_t pa = 0x401ff000; pa < 0x401ff000 + GIB + 2 * MIB; pa += PAGE_BYTES)
        ck_assert_uint_ne(pt_lookup(&pt, pa), 0);
    ck_assert_uint_eq(pt_lookup(&pt, 0x401fe000), 0);
    ck_assert_uint_eq(pt_lookup(&pt, 0x803ff000), 0);
    ck_assert_uint_eq(pt.used, 5); /* root, two of level 2, two of level 3 */
}
END_TEST

START_TEST(a_page_has_one_permission)
{
    struct pagetable pt;

    pt_init(&pt, (void *)ARENA, 8);
    ck_assert_int_eq(pt_map(&pt, 0x40200000, BLOCK_BYTES, MAP_RW), ST_OK);
    ck_assert_int_eq(pt_map(&pt, 0x40201000, PAGE_BYTES, MAP_RW), ST_OK); /* the same again */
    ck_assert_int_eq(pt_map(&pt, 0x40201000, PAGE_BYTES, MAP_RX), ST_MAPPED);
    ck_assert_int_eq(pt_map(&pt, 0x40000000, GIB, MAP_RO), ST_MAPPED);
    ck_assert_int_eq(pt_map(&pt, 0x40600000, PAGE_BYTES, MAP_RX), ST_OK);
    ck_assert_int_eq(pt_map(&pt, 0x40600000, BLOCK_BYTES, MAP_RW), ST_MAPPED);
}
END_TEST

START_TEST(what_cannot_be_mapped_is_refused)
{
    struct pagetable pt;

    pt_init(&pt, (void *)ARENA, 2);
    ck_assert_int_eq(pt_map(&pt, 0x1001, PAGE_BYTES, MAP_RW), ST_INVALID);
    ck_assert_int_eq(pt_map(&pt, 0x1000, 1, MAP_RW), ST_INVALID);
    ck_assert_int_eq(pt_map(&pt, PHYS_LIMIT, PAGE_BYTES, MAP_RW), ST_INVALID);
    ck_assert_int_eq(pt_map(&pt, PHYS_LIMIT - PAGE_BYTES, 2 * PAGE_BYTES, MAP_RW), ST_INVALID);
    ck_assert_int_eq(pt_map(&pt, 0, 0, MAP_RW), ST_OK);
    ck_assert_int_eq(pt_map(&pt, 0, PAGE_BYTES, MAP_RW), ST_NOMEM);
    ck_assert_int_eq(pt_prepare(&pt, 0, PAGE_BYTES), ST_NOMEM);
}
END_TEST

START_TEST(prepared_pages_need_no_more_tables)
{
    struct pagetable pt;
    uint32_t used;

    pt_init(&pt, (void *)ARENA, 8);
    ck_assert_int_eq(pt_prepare(&pt, 0x403ff000, 2 * PAGE_BYTES), ST_OK);
    used = pt.used;
    for (paddr_t pa = 0x40200000; pa < 0x40600000; pa += PAGE_BYTES)
        ck_assert_int_eq(pt_map(&pt, pa, PAGE_BYTES, pa & PAGE_BYTES ? MAP_RO : MAP_RW), ST_OK);
    ck_assert_uint_eq(pt.used, used);
}
END_TEST

/* --- the kernel half ----------------------------------------------------------------------------- */

/* _i: bit 0 GICv3, bit 1 spin-table, bit 2 not the first core, bit 3 a share of two blocks only. */
static void prepare(int variant)
{
    paddr_t share = ARENA + 4 * MIB, at = share + BOOTINFO_BYTES;

    memset(&b, 0, sizeof b);
    memset(&plan, 0, sizeof plan);
    b.core = variant & 4 ? 1 : 0;
    b.ncores = 2;
    b.share[0] = (struct range){share, variant & 8 ? 4 * MIB : 22 * MIB};
    b.share[1] = (struct range){0x100000000, 3 * GIB};
    b.share[2] = (struct range){0x1fe00000, 6 * MIB};
    b.gic = (struct boot_gic){.version = variant & 1 ? 3 : 2,
                              .dist = {0x8000000, 0x10000},
                              .cpu = {0x8010000, 0x1234},
                              .redist = {0x80c0000, 0x20000}};
    b.console_kind = 1;
    b.console = (struct range){0x9000000, 0x50};
    b.reset = variant & 1 ? (struct range){0x9100000, 0x28} : (struct range){0, 0};
    if (variant & 2)
        b.cores[1].release = 0xd8;

    plan.kernel = (struct elf_plan){.low = 0x10000, .high = 0x16000, .nsegments = 3};
    plan.kernel.segment[0] =
        (struct elf_segment){.va = 0x10000, .mem_bytes = 0x1fff, .perm = PERM_READ | PERM_EXECUTE};
    plan.kernel.segment[1] =
        (struct elf_segment){.va = 0x12800, .mem_bytes = 0x10, .perm = PERM_READ};
    plan.kernel.segment[2] = (struct elf_segment){
        .va = 0x14010, .mem_bytes = 0x1ff0, .relro = true, .perm = PERM_READ | PERM_WRITE};
    b.kernel = (struct range){at, 0x6000};
    plan.handover = at + 0x6000;
    b.kcb = (struct range){plan.handover + PAGE_BYTES, 0x4000};
    /* With the small share the tables reach across the end of a block. */
    plan.tables = variant & 8 ? share + 2 * MIB - 5 * PAGE_BYTES : b.kcb.base + 0x40000;
}

static bool in(paddr_t pa, paddr_t base, uint64_t bytes)
{
    return pa >= base && pa - base < bytes;
}

/* What K1 to K3 say about a page: -1 nothing there. */
static int expected(paddr_t pa, int variant)
{
    const struct range *s = &b.share[0];

    if (in(pa, 0x8000000, 0x10000) || in(pa, 0x9000000, 0x1000) ||
        (variant & 1 && in(pa, 0x9100000, 0x1000)) ||
        (variant & 1 ? in(pa, 0x80c0000, 0x20000) : in(pa, 0x8010000, 0x2000)))
        return MAP_DEVICE;
    if (pa == 0)
        return (variant & 6) == 2 ? MAP_RW : -1;
    if (in(pa, b.share[1].base, b.share[1].bytes) || in(pa, b.share[2].base, b.share[2].bytes))
        return MAP_RW;
    if (!in(pa, s->base, s->bytes))
        return -1;
    if (in(pa, s->base, BOOTINFO_BYTES) || in(pa, plan.tables, plan.free - plan.tables))
        return MAP_RO;
    if (in(pa, b.kernel.base, 0x2000) || pa == plan.handover)
        return MAP_RX;
    if (in(pa, b.kernel.base + 0x2000, 0x1000) || in(pa, b.kernel.base + 0x4000, 0x2000))
        return MAP_RO;
    if (in(pa, b.kernel.base + 0x3000, 0x1000))
        return -1; /* between segments */
    return MAP_RW;
}

static void look(const struct pagetable *pt, paddr_t from, uint64_t bytes, int variant)
{
    for (paddr_t pa = from; pa < from + bytes; pa += PAGE_BYTES) {
        uint64_t e = pt_lookup(pt, pa);
        int want = expected(pa, variant);

        bool good =
            e == 0 ? want < 0 : (int)kind_of(e) == want && (e & DESC_UXN) && !(e & DESC_EL0);

        if (!good) /* asserting each of a million pages takes seconds */
            ck_abort_msg("page %llx: descriptor %llx, wanted %d", (unsigned long long)pa,
                         (unsigned long long)e, want);
    }
}

/* Tables that are not among the pages kept for them would be given away as free memory. */
static void tables_inside(const uint64_t *table, unsigned level)
{
    ck_assert(in((paddr_t)table, plan.tables, plan.free - plan.tables));
    for (unsigned i = 0; level < 3 && i < TABLE_ENTRIES; i++)
        if ((table[i] & 3) == 3)
            tables_inside((const uint64_t *)(table[i] & FIELD(47, 12)), level + 1);
}

START_TEST(every_page_is_mapped_as_it_must_be_and_no_other)
{
    struct pagetable pt;

    prepare(_i);
    ck_assert_msg(kmap_build(&b, &plan, &why) == ST_OK, "%s", why_buf);
    ck_assert_uint_eq(b.kernel_root, plan.tables + PAGE_BYTES);
    ck_assert_uint_le(plan.free - plan.tables, KMAP_TABLE_PAGES * PAGE_BYTES);
    for (unsigned i = 0; i < TABLE_ENTRIES; i++)
        ck_assert_uint_eq(((uint64_t *)plan.empty)[i], 0);

    tables_inside((uint64_t *)b.kernel_root, 1);
    pt = (struct pagetable){.pool = (uint64_t *)b.kernel_root};
    look(&pt, 0, 0xa000000, _i);
    look(&pt, 0x1f000000, 0x2000000, _i);
    look(&pt, 0xfff00000, 0x200000, _i);
    look(&pt, 0x1bff00000, 0x200000, _i);
    look(&pt, ARENA, ARENA_BYTES, _i);
}
END_TEST

START_TEST(a_device_inside_a_share_is_refused)
{
    prepare(1);
    b.console.base = b.share[0].base + 8 * MIB;
    ck_assert_int_eq(kmap_build(&b, &plan, &why), ST_MAPPED);
    ck_assert_ptr_nonnull(strstr(why_buf, "a device and a share overlap"));
    prepare(1);
    b.console.base = b.kernel.base;
    ck_assert_int_eq(kmap_build(&b, &plan, &why), ST_MAPPED);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_kmap");
    TCase *tc = tcase_create("map");
    SRunner *sr;
    int failed;

    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, descriptors_are_those_of_the_architecture);
    tcase_add_test(tc, the_largest_block_that_fits_is_used);
    tcase_add_test(tc, a_page_has_one_permission);
    tcase_add_test(tc, what_cannot_be_mapped_is_refused);
    tcase_add_test(tc, prepared_pages_need_no_more_tables);
    tcase_add_loop_test(tc, every_page_is_mapped_as_it_must_be_and_no_other, 0, 16);
    tcase_add_test(tc, a_device_inside_a_share_is_refused);
    suite_add_tcase(s, tc);

    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
