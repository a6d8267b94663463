/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* boot/dtb: the devices it finds in a tree, the slots of virtio, and the reset block of a Raspberry Pi. */
#include <check.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include "boot/slots.h"
#include "lib/aarch64/brcm_pm.h"
#include "tests/support/dtb_case.h"

START_TEST(devices_are_found_also_through_their_bus)
{
    unsigned clock = 0, spi = 0;

    dtb_must_read(tree_build(&tree_eight));
    ck_assert_uint_eq(m.ndevices, 2);
    for (unsigned i = 0; i < m.ndevices; i++) {
        const struct boot_device *d = &m.device[i];

        if (!strcmp(d->compatible, "arm,pl031")) {
            clock++;
            ck_assert_uint_eq(d->regs.base, 0x9010000);
            ck_assert_uint_eq(d->intid, 34);
            ck_assert_uint_eq(d->edge, 0);
        } else {
            spi++;
            ck_assert_str_eq(d->compatible, "arm,pl022");
            ck_assert_uint_eq(d->regs.base, 0x10c004000);
            ck_assert_uint_eq(d->intid, 41);
        }
        ck_assert_uint_eq(d->virtio_id, 0);
    }
    ck_assert(clock == 1 && spi == 1);
}
END_TEST

/* Behind slot _i is a disk, behind the one before it something else; the rest is empty. */
static int disk_slot;
static unsigned looks;

static uint32_t look(const struct range *regs)
{
    uint64_t slot = (regs->base - 0xa000000) / 0x200;

    looks++;
    return slot == (uint64_t)disk_slot ? 2 : slot + 1 == (uint64_t)disk_slot ? 1 : 0;
}

START_TEST(only_slots_of_virtio_with_a_device_behind_them_are_listed)
{
    unsigned disks = 0;

    dtb_must_read(tree_build(&tree_eight));
    ck_assert_uint_eq(m.nvirtio, 10);
    disk_slot = _i;
    looks = 0;
    slots_keep(&m, look);
    ck_assert_uint_eq(looks, 10);
    ck_assert_uint_eq(m.ndevices, _i == 0 ? 3 : 4);
    for (unsigned i = 0; i < m.ndevices; i++) {
        const struct boot_device *d = &m.device[i];

        ck_assert_int_eq(d->virtio_id != 0, !strcmp(d->compatible, "virtio,mmio"));
        if (d->virtio_id != 2)
            continue;
        disks++;
        ck_assert_uint_eq(d->regs.base, 0xa000000 + 0x200 * (unsigned)_i);
        ck_assert_uint_eq(d->intid, 32 + 16 + (unsigned)_i);
        ck_assert_uint_eq(d->edge, 1);
    }
    ck_assert_uint_eq(disks, 1);
}
END_TEST

START_TEST(a_slot_that_is_not_empty_comes_before_the_last_of_the_others)
{
    dtb_must_read(tree_build(&tree_eight));
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        m.device[i] = (struct boot_device){.intid = 100 + i};
    m.ndevices = DEVICES_MAX;
    disk_slot = 9;
    slots_keep(&m, look);
    ck_assert_uint_eq(m.ndevices, DEVICES_MAX);
    ck_assert_uint_eq(m.device[DEVICES_MAX - 3].intid, 100 + DEVICES_MAX - 3);
    ck_assert_uint_eq(m.device[DEVICES_MAX - 2].virtio_id, 2); /* the tree lists the last slot first */
    ck_assert_uint_eq(m.device[DEVICES_MAX - 1].virtio_id, 1);
}
END_TEST

static uint32_t full(const struct range *regs)
{
    return regs->base == 0xa000000 ? 0 : 3;
}

START_TEST(more_devices_behind_slots_than_there_is_room_for_are_left_out)
{
    dtb_must_read(tree_build(&tree_eight));
    slots_keep(&m, full);
    ck_assert_uint_eq(m.ndevices, DEVICES_MAX);
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        ck_assert_uint_eq(m.device[i].regs.base, 0xa000000 + 0x200 * (9 - i));
}
END_TEST

static const struct {
    const char *compatible;
    uint32_t base, bytes, used;
} resets[] = {{"brcm,bcm2712-pm", 0x9100000, 0x604, PM_BYTES}, {"brcm,bcm2835-pm-wdt", 0x9100000, 0x114, PM_BYTES},
              {"brcm,bcm2711-pm", 0x9100000, 0x28, PM_BYTES}, {"brcm,bcm2711-pm", 0x9100000, 0x24, 0},
              {"brcm,bcm2711-pm", 0x9100002, 0x114, 0},       {"brcm,bcm2711-pm", 0x9100ff0, 0x114, 0},
              {"brcm,bcm2836-pm", 0x9100000, 0x114, 0}};

START_TEST(a_raspberry_pis_reset_block_is_found_if_it_can_be_used)
{
    void *fdt = tree_build(&tree_eight);
    uint32_t reg[4] = {0, resets[_i].base, 0, resets[_i].bytes};

    tree_set_string(fdt, "/watchdog@9100000", "compatible", resets[_i].compatible);
    tree_set_cells(fdt, "/watchdog@9100000", "reg", reg, 4);
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.reset.bytes, resets[_i].used);
    ck_assert_uint_eq(m.reset.base, resets[_i].used ? resets[_i].base : 0);
}
END_TEST

START_TEST(what_shares_the_reset_blocks_page_is_given_to_nobody)
{
    void *fdt = tree_build(&tree_eight);
    uint32_t reg[4] = {0, 0x9100000, 0, 0x114}, other[4] = {0, 0x9100800, 0, 0x100}, spi[3] = {0, 50, 4};

    tree_set_string(fdt, "/watchdog@9100000", "compatible", "brcm,bcm2712-pm");
    tree_set_cells(fdt, "/watchdog@9100000", "reg", reg, 4);
    tree_set_string(fdt, "/aaa@9100800", "compatible", "x,neighbour");
    tree_set_cells(fdt, "/aaa@9100800", "reg", other, 4);
    tree_set_cells(fdt, "/aaa@9100800", "interrupts", spi, 3);
    dtb_must_read(fdt);
    ck_assert_uint_eq(m.reset.base, 0x9100000);
    for (uint32_t i = 0; i < m.ndevices; i++)
        ck_assert_str_ne(m.device[i].compatible, "x,neighbour");
}
END_TEST

int main(void)
{
    Suite *s = suite_create("boot_dtb_devices");
    TCase *tc = tcase_create("read");
    SRunner *sr;
    int failed;

    tcase_add_test(tc, devices_are_found_also_through_their_bus);
    tcase_add_loop_test(tc, only_slots_of_virtio_with_a_device_behind_them_are_listed, 0, 10);
    tcase_add_test(tc, a_slot_that_is_not_empty_comes_before_the_last_of_the_others);
    tcase_add_test(tc, more_devices_behind_slots_than_there_is_room_for_are_left_out);
    tcase_add_loop_test(tc, a_raspberry_pis_reset_block_is_found_if_it_can_be_used, 0, (int)ARRAY_LEN(resets));
    tcase_add_test(tc, what_shares_the_reset_blocks_page_is_given_to_nobody);
    suite_add_tcase(s, tc);
    sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
