/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/image.h"
#include "lib/base/bits.h"
#include "lib/load/cpio.h"
#include "lib/rt/cache.h"
#include "lib/rt/cap.h"
#include "lib/rt/map.h"
#include "monitor/mon.h"
#include "monitor/ram.h"
#include <stdio.h>
#include <string.h>

static struct image images[IMAGES_MAX];
static unsigned nimages;
static uint64_t mapped; /* bytes of MON_IMAGES in use */

static void publish_code(const struct image *im)
{
    for (uint32_t i = 0; i < im->plan.nsegments; i++) {
        const struct elf_segment *s = &im->plan.segment[i];

        if (s->perm & PERM_EXECUTE)
            cache_publish_code(im->at + (s->va - im->plan.low), s->mem_bytes);
    }
}

static status_t load(struct image *im, const struct cpio_file *file, struct text *why)
{
    uint64_t bytes;
    status_t st;

    if ((st = elf_check(file->data, file->bytes, &im->plan, why)) != ST_OK)
        return st;
    bytes = im->plan.high - im->plan.low;
    if ((st = ram_own_frame(bytes, &im->frame)) != ST_OK)
        return st;
    im->at = (const uint8_t *)(uintptr_t)(MON_IMAGES + mapped);
    st = map_here(im->frame, MON_IMAGES + mapped, bytes, PERM_READ | PERM_WRITE);
    if (st != ST_OK) {
        cap_drop(im->frame);
        return st;
    }
    mapped += bytes;
    elf_load(&im->plan, file->data, (void *)(uintptr_t)im->at, USER_IMAGE);
    publish_code(im);
    return ST_OK;
}

status_t image_find(const char *name, const struct image **out, struct text *why)
{
    struct image *im = &images[nimages];
    struct cpio_file file;
    char path[48];
    status_t st;

    for (unsigned i = 0; i < nimages; i++) {
        *out = &images[i];
        if (strcmp(images[i].name, name) == 0)
            return ST_OK;
    }
    if (nimages == IMAGES_MAX)
        return ST_TABLE_FULL;
    snprintf(path, sizeof path, "bin/%s", name);
    if ((st = cpio_find(mon.bundle, mon.bundle_bytes, path, &file, why)) != ST_OK)
        return st;
    if ((st = load(im, &file, why)) != ST_OK)
        return st;
    snprintf(im->name, sizeof im->name, "%s", name);
    nimages++;
    *out = im;
    return ST_OK;
}
