/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * boot/machine - what the device tree says about this machine, after all checks.
 *
 * dtb.c fills it, cut.c divides it, main.c turns it into one bootinfo per core.
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "lib/abi/layout.h"

#define RAM_MAX      32
#define RESERVED_MAX 192 /* phones list about a hundred */
#define REDIST_MAX   16
#define BOARD_BYTES  64
#define VIRTIO_MAX   64 /* slots looked at; QEMU has 32, most of them empty */

struct machine_gic {
    uint32_t version; /* 2 or 3 */
    uint32_t phandle, interrupt_cells;
    struct range dist, cpu; /* cpu: version 2 only */
    struct range redist[REDIST_MAX];
    uint32_t nredist;
    uint64_t redist_stride; /* 0: what each redistributor says itself */
};

struct machine {
    char board[BOARD_BYTES]; /* first compatible string of the root */
    bool emulated;           /* the tree names an emulator's board or device */

    /* Chosen by who started us */
    char bootargs[BOOTARGS_BYTES];
    bool semihosting;      /* skerry.exit=semihosting          */
    uint32_t cores_wanted; /* skerry.cores=N, 0: all           */
    struct range bundle;   /* initrd; bytes 0: none            */

    struct range ram[RAM_MAX]; /* ascending, apart                 */
    uint32_t nram;
    struct range reserved[RESERVED_MAX]; /* in no order, may overlap */
    uint32_t nreserved;

    struct boot_core cores[CORES_MAX]; /* [0] is the one boot runs on, then in the tree's order */
    uint32_t phandle[CORES_MAX];
    uint32_t ncores;
    enum start_method start;

    struct machine_gic gic;
    uint32_t timer_virt; /* interrupt of CNTV                                  */
    uint32_t timer_hyp;  /* of EL2's physical timer; 0: not named              */

    uint32_t console_kind; /* 1: PL011; 0: none */
    struct range console;
    uint32_t console_intid;
    enum { UART_OF_TREE, UART_OF_HEADER, UART_AT } uart; /* skerry.uart=: header, or an address      */
    paddr_t uart_at;
    struct range rp1_root; /* root complex above a Raspberry Pi 5's RP1; bytes 0: not named */
    struct range reset; /* Broadcom's reset block; bytes 0: none */

    struct boot_device device[DEVICES_MAX];
    uint32_t ndevices;
    struct boot_device virtio[VIRTIO_MAX]; /* slots that may be empty: boot/slots.c looks */
    uint32_t nvirtio;
};
