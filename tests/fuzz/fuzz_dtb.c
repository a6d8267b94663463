/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * fuzz_dtb - any bytes as a device tree: read or refused, never a fault, never unsound.
 *
 * With files as arguments it reads those once each and no more, so
 *     build/f/tests/fuzz/fuzz_dtb build/dtbs/ *.dtb      (make dtbs)
 * takes the trees of other boards through the boot code. SKERRY_SAY=1 prints each answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/machine_sound.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char buf[320];
    struct text why;
    void *fdt = malloc(size ? size : 1); /* of its own, so that a byte too far is seen */
    const char *bad;
    status_t st;

    if (!fdt)
        return 0;
    memcpy(fdt, data, size);
    text_init(&why, buf, sizeof buf);
    bad = tree_unsound(fdt, size, &st, &why);
    free(fdt);
    if (bad) {
        fprintf(stderr, "unsound: %s (%s)\n", bad, status_name(st));
        abort();
    }
    if (getenv("SKERRY_SAY"))
        fprintf(stderr, "%s: %s\n", status_name(st), buf);
    return 0;
}
