/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* fuzz_bundle - any bytes as a bundle: refused with a sentence, or every file lies inside. */
#include <stdlib.h>
#include <string.h>
#include "lib/load/cpio.h"
#include "lib/load/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* Walks to the end; the walk and cpio_check must agree about it. */
static status_t walk(const uint8_t *base, size_t size, struct text *why)
{
    struct elf_plan plan;
    struct cpio_file f;
    struct cpio c;
    status_t st;
    size_t n = 0;

    cpio_start(&c, base, size);
    while ((st = cpio_next(&c, &f, why)) == ST_OK) {
        must(++n <= size / 110); /* it moves on by a header at least */
        must(f.data >= base && f.bytes <= size && f.data + f.bytes <= base + size);
        must((const uint8_t *)f.name > base && strlen(f.name) < size);
        if (elf_check(f.data, f.bytes, &plan, why) != ST_OK)
            must(why->len > 0);
    }
    return st;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *base = malloc(size ? size : 1);
    struct cpio_file f;
    char buf[160];
    struct text why;
    status_t st;

    if (!base)
        return 0;
    memcpy(base, data, size);
    text_init(&why, buf, sizeof buf);
    st = walk(base, size, &why);
    must(st == ST_NOT_FOUND || (st == ST_FORMAT && why.len > 0));
    must((cpio_check(base, size, NULL) == ST_OK) == (st == ST_NOT_FOUND));
    if (cpio_find(base, size, "bin/monitor", &f, &why) == ST_OK)
        must(f.data >= base && f.data + f.bytes <= base + size);
    free(base);
    return 0;
}
