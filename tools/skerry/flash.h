/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/flash - copy an image to a device and see that it is there.
 *
 * Two passes over open files. `tell` is called after each piece with the bytes done; it says
 * whether to go on.
 */
#pragma once
#include "tools/skerry/error.h"

typedef bool flash_tell(void *ctx, uint64_t done, uint64_t total);

struct flash {
    int image, device; /* both at 0; the device for reading too */
    uint64_t bytes;    /* of the image                           */
    flash_tell *tell;
    void *ctx;
};

/* Both: false with `bad` if it went wrong, or with bad->code FINE if tell said to stop. */
bool flash_write(const struct flash *f, struct complaint *bad);
/* Reads the device itself, not what the host remembers of it. */
bool flash_verify(const struct flash *f, struct complaint *bad);
