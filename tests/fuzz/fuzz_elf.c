/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* fuzz_elf - any bytes as a program: refused, or L1 to L5 of lib/load/elf.h hold and it loads. */
#include <stdlib.h>
#include <string.h>
#include "lib/abi/layout.h"
#include "lib/load/elf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void check_plan(const struct elf_plan *p, size_t size)
{
    vaddr_t from = p->low;

    must(p->low % PAGE_BYTES == 0 && p->high % PAGE_BYTES == 0 && p->low < p->high);
    must(p->nsegments >= 1 && p->nsegments <= ELF_SEGMENTS_MAX);
    for (uint32_t i = 0; i < p->nsegments; i++) {
        const struct elf_segment *s = &p->segment[i];
        uint32_t wx = PERM_WRITE | PERM_EXECUTE;

        must(s->offset <= size && s->file_bytes <= size - s->offset); /* L1 */
        must(s->file_bytes <= s->mem_bytes && s->va >= from && s->va + s->mem_bytes <= p->high);
        from = (s->va + s->mem_bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES; /* L2 */
        must((s->perm & PERM_READ) && (s->perm & wx) != wx);                      /* L3 */
    }
    must(p->entry_segment < p->nsegments && p->entry % 4 == 0); /* L5 */
    must(p->entry >= p->segment[p->entry_segment].va);
    must(p->entry - p->segment[p->entry_segment].va + 4 <= p->segment[p->entry_segment].file_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *image = malloc(size ? size : 1);
    struct elf_plan plan;
    char buf[160];
    struct text why;

    if (!image)
        return 0;
    memcpy(image, data, size);
    text_init(&why, buf, sizeof buf);
    if (elf_check(image, size, &plan, &why) != ST_OK) {
        must(why.len > 0);
    } else {
        check_plan(&plan, size);
        if (plan.high - plan.low <= 16 * MIB) {
            uint8_t *dest = malloc(plan.high - plan.low); /* exactly: L4 is seen by the sanitizer */

            if (dest)
                elf_load(&plan, image, dest, USER_IMAGE);
            free(dest);
        }
    }
    free(image);
    return 0;
}
