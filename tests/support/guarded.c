/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/guarded - see guarded.h. */
#include "tests/support/guarded.h"
#include <sys/mman.h>
#include "lib/base/bits.h"
#include "lib/base/check.h"

void *guarded_alloc(size_t bytes)
{
    size_t pages = ALIGN_UP(bytes, PAGE_BYTES);
    char *p = mmap(NULL, pages + 2 * PAGE_BYTES, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    CHECK(p != MAP_FAILED);
    CHECK(mprotect(p + PAGE_BYTES, pages, PROT_READ | PROT_WRITE) == 0);
    return p + PAGE_BYTES + (pages - bytes);
}

void guarded_free(void *p, size_t bytes)
{
    size_t pages = ALIGN_UP(bytes, PAGE_BYTES);

    munmap((char *)p - (pages - bytes) - PAGE_BYTES, pages + 2 * PAGE_BYTES);
}
