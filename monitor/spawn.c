/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/spawn.h"
#include "lib/abi/layout.h"
#include "lib/base/bits.h"
#include "lib/load/cpio.h"
#include "lib/rt/cap.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "monitor/devices.h"
#include "monitor/leases.h"
#include "monitor/mon.h"
#include "monitor/ram.h"
#include "monitor/recovery.h"
#include <stdio.h>
#include <string.h>

#define TABLE_SLOTS 512u
#define LOG_TABLES 10u /* to map 16 MiB and a page, wherever they begin */
#define STACK_BYTES (64u * 1024u)
#define SMALL_SLOTS 16u
#define SMALL_STACK (8u * 1024u)
#define SMALL_PAGES 3u /* image, stack and info are in one range of 2 MiB (lib/abi/layout.h) */
#define INFO_BYTES PAGE_BYTES
#define RIGHTS_OWN (RIGHT_READ | RIGHT_WRITE | RIGHT_EXECUTE | RIGHT_GRANT | RIGHT_REVOKE)

/* Root, two tables each for image, info, channels, devices and heap, one for the stack, and one
 * more for each 2 MiB it may map of its own. */
static uint64_t space_bytes(const struct start_line *l)
{
    uint64_t small = SMALL_PAGES + (l->mem_kib != 0 ? 2 + l->mem_kib / 2048 : 0); /* with a heap */
    uint64_t logs = (l->options & START_WITNESS) ? mon.ncores * LOG_TABLES : 0;

    if (l->options & START_SMALL)
        return small * PAGE_BYTES;
    return (16 + l->mem_kib / 2048 + 2 + logs) * PAGE_BYTES;
}

static uint64_t table_slots(const struct start_line *l)
{
    return (l->options & START_SMALL) ? SMALL_SLOTS : TABLE_SLOTS;
}

/* A table of that size has a small partition only; so the core that it moves to makes it as small. */
static uint64_t task_size(uint64_t slots)
{
    return slots <= SMALL_SLOTS ? TASK_SMALL : 0;
}

static uint64_t stack_bytes(const struct start_line *l)
{
    return (l->options & START_SMALL) ? SMALL_STACK : STACK_BYTES;
}

static bool is_private(const struct elf_segment *s)
{
    return (s->perm & PERM_WRITE) != 0;
}

static uint64_t segment_pages(const struct elf_segment *s)
{
    return ALIGN_UP((s->va & (PAGE_BYTES - 1)) + s->mem_bytes, PAGE_BYTES);
}

/* An upper bound of what is made from the slice beside the program's own RAM. */
static uint64_t bytes_beside(const struct start_line *l, const struct image *im)
{
    uint64_t bytes = table_slots(l) * 64 + space_bytes(l) + stack_bytes(l) + INFO_BYTES +
                     ((l->options & START_SMALL) ? 2 : 8) * PAGE_BYTES;

    for (uint32_t i = 0; i < im->plan.nsegments; i++)
        if (is_private(&im->plan.segment[i]))
            bytes += segment_pages(&im->plan.segment[i]);
    return bytes;
}

static status_t make_objects(struct prog *p)
{
    uint64_t before = cap_free_bytes(p->slice);
    status_t st;

    if ((st = cap_retype(p->slice, CAP_TASK, task_size(table_slots(&p->line)), &p->task)) != ST_OK ||
        (st = cap_retype(p->slice, CAP_CAPTABLE, table_slots(&p->line), &p->table)) != ST_OK)
        return st;
    p->object_bytes = (uint32_t)(before - cap_free_bytes(p->slice));
    p->table_bytes = (uint32_t)space_bytes(&p->line); /* it begins at a page, so a gap is between */
    if ((st = cap_retype(p->slice, CAP_SPACE, space_bytes(&p->line), &p->space)) != ST_OK)
        return st;
    p->task_number = prog_task(p);
    return sys_event(p->task, EVENT_NEWS, 0, &p->news);
}

/* Memory of its own at `va`: what moves with it. */
static status_t map_own(struct prog *p, handle_t frame, vaddr_t va, uint64_t bytes, uint64_t perm)
{
    if (p->nregions == PROG_REGIONS)
        return ST_TABLE_FULL;
    p->region[p->nregions++] = (struct prog_region){ frame, va, bytes, perm };
    return map_into(p->space, frame, va, bytes, perm);
}

/* Text and constants: a part of the image's own frame, mapped where it is linked. */
static status_t map_shared(struct prog *p, const struct image *im, const struct elf_segment *s)
{
    uint64_t offset = ALIGN_DOWN(s->va - im->plan.low, PAGE_BYTES);
    uint64_t rights = RIGHT_READ | ((s->perm & PERM_EXECUTE) ? RIGHT_EXECUTE : 0);
    handle_t *frame = &p->shared[p->nshared];
    status_t st;

    if (p->nshared == PROG_FRAMES)
        return ST_TABLE_FULL;
    if ((st = sys_slice(im->frame, offset, segment_pages(s), 0, rights, frame)) != ST_OK)
        return st;
    p->nshared++;
    return map_into(p->space, *frame, USER_IMAGE + offset, segment_pages(s), s->perm);
}

/* Data: a frame of its own with a copy of what the image has there. */
static status_t map_private(struct prog *p, const struct image *im, const struct elf_segment *s)
{
    uint64_t offset = ALIGN_DOWN(s->va - im->plan.low, PAGE_BYTES), bytes = segment_pages(s);
    uint64_t used = (s->va & (PAGE_BYTES - 1)) + s->file_bytes;
    handle_t frame;
    void *at;
    status_t st;

    if ((st = cap_retype(p->slice, CAP_FRAME, bytes, &frame)) != ST_OK ||
        (st = ram_window_open(frame, bytes, &at)) != ST_OK)
        return st;
    memcpy(at, im->at + offset, used); /* behind it the frame is zero already */
    ram_window_close(frame);
    return map_own(p, frame, USER_IMAGE + offset, bytes, s->perm);
}

static status_t map_image(struct prog *p, const struct image *im)
{
    for (uint32_t i = 0; i < im->plan.nsegments; i++) {
        const struct elf_segment *s = &im->plan.segment[i];
        status_t st = is_private(s) ? map_private(p, im, s) : map_shared(p, im, s);

        if (st != ST_OK)
            return st;
    }
    return ST_OK;
}

static status_t map_stack(struct prog *p)
{
    uint64_t bytes = stack_bytes(&p->line);
    handle_t frame;
    status_t st = cap_retype(p->slice, CAP_FRAME, bytes, &frame);

    if (st != ST_OK)
        return st;
    return map_own(p, frame, USER_STACK_TOP - bytes, bytes, PERM_READ | PERM_WRITE);
}

/* A machine without a disk is as good as one with it: the driver then says so to whoever asks. */
static status_t give_disk(const struct prog *p, struct program_info *info)
{
    uint32_t i;

    return devices_disk(&i) != ST_OK ? ST_OK : leases_give(p, i, info);
}

/* The first that nobody has. */
static status_t give_slot(const struct prog *p, struct program_info *info)
{
    status_t st = ST_NOT_FOUND;

    for (uint32_t i = 0; i < mon.boot->ndevices && i < DEVICES_MAX && st != ST_OK; i++)
        if (mon.boot->device[i].virtio_id != 0 && mon.boot->device[i].virtio_id != VIRTIO_BLOCK)
            st = leases_give(p, i, info);
    return st;
}

/* The secret key of the device, out of the bundle; a bundle need not have one. */
static handle_t key_frame;
static uint64_t key_bytes;

static status_t read_key(void)
{
    struct cpio_file file;
    char buf[64];
    struct text why;
    handle_t frame;
    void *at;
    status_t st;

    text_init(&why, buf, sizeof buf);
    if (key_frame != 0 || cpio_find(mon.bundle, mon.bundle_bytes, "etc/device.sec", &file, &why) != ST_OK ||
        file.bytes > PAGE_BYTES)
        return ST_OK;
    if ((st = ram_own_frame(PAGE_BYTES, &frame)) != ST_OK)
        return st;
    if ((st = ram_window_open(frame, PAGE_BYTES, &at)) != ST_OK) {
        cap_drop(frame);
        return st;
    }
    memcpy(at, file.data, file.bytes);
    ram_window_close(frame);
    key_frame = frame;
    key_bytes = file.bytes;
    return ST_OK;
}

static status_t give_key(struct prog *p, struct program_info *info)
{
    info->extra_value[EXTRA_KEY] = key_bytes;
    return key_frame == 0 ? ST_OK : sys_copy(key_frame, p->table, RIGHT_READ, &info->extra[EXTRA_KEY]);
}

/* What the options name. */
static status_t give_extras(struct prog *p, struct program_info *info)
{
    const struct bootinfo *b = mon.boot;
    status_t st = ST_OK;

    if (p->line.options & START_CONSOLE)
        st = leases_give(p, LEASE_CONSOLE, info); /* it belongs to the core that has its device */
    else if (p->line.options & START_DISK)
        st = give_disk(p, info);
    else if (p->line.options & START_SLOT)
        st = give_slot(p, info);
    if (st == ST_OK && (p->line.options & START_DTB)) {
        st = sys_copy(mon.info->dtb, p->table, RIGHT_READ, &info->extra[EXTRA_DTB]);
        info->extra_value[EXTRA_DTB] = b->dtb.base & (PAGE_BYTES - 1);
    }
    if (st == ST_OK && (p->line.options & START_WITNESS))
        st = give_key(p, info);
    if (st == ST_OK && (p->line.options & START_BOOTINFO))
        st = sys_copy(mon.info->bootinfo, p->table, RIGHT_READ, &info->extra[EXTRA_BOOTINFO]);
    return st;
}

static status_t give_self(struct prog *p, struct program_info *info)
{
    /* Who makes partitions says what it means by its task: lib/abi/syscall.h, ATTEST_CHECK. */
    uint64_t own = RIGHTS_OWN | ((p->line.options & (START_MACHINE | START_SPAWN)) ? RIGHT_PROVE : 0);
    status_t st;

    if ((st = sys_copy(p->task, p->table, own, &info->task)) != ST_OK ||
        (st = sys_copy(p->table, p->table, RIGHTS_OWN, &info->table)) != ST_OK ||
        (st = sys_copy(p->space, p->table, RIGHTS_OWN, &info->space)) != ST_OK)
        return st;
    return sys_mint(mon.endpoint, p->table, RIGHT_WRITE, prog_id(p), &info->monitor);
}

static void describe(const struct prog *p, struct program_info *info)
{
    info->magic = PROGRAM_MAGIC;
    info->core = mon.core;
    info->ncores = mon.ncores;
    info->flags = p->restarts > 0 ? PROGRAM_RESTARTED : 0;
    info->counter_hz = mon.info->counter_hz;
    info->reset_ticks = mon.info->reset_ticks;
    memcpy(info->name, p->line.program, sizeof info->name);
    memcpy(info->args, p->line.args, sizeof info->args);
}

/* Last, because the RAM that is left over is what the program gets. */
static status_t fill_info(struct prog *p)
{
    struct program_info *info;
    handle_t frame;
    uint64_t left;
    void *at;
    status_t st;

    if ((st = cap_retype(p->slice, CAP_FRAME, INFO_BYTES, &frame)) != ST_OK ||
        (st = ram_window_open(frame, INFO_BYTES, &at)) != ST_OK)
        return st;
    info = at;
    describe(p, info);
    st = give_self(p, info);
    if (st == ST_OK)
        st = give_extras(p, info);
    left = ALIGN_DOWN(cap_free_bytes(p->slice), PAGE_BYTES);
    if (st == ST_OK && left >= PAGE_BYTES)
        st = sys_retype(p->slice, CAP_RAM, left, p->table, &info->ram);
    ram_window_close(frame);
    return st != ST_OK ? st : map_own(p, frame, USER_INFO, INFO_BYTES, PERM_READ);
}

status_t spawn(struct prog *p, const struct image *im, const char **what)
{
    uint64_t got;
    status_t st;

    *what = "no memory for it";
    st = ram_take(prog_id(p), bytes_beside(&p->line, im) + p->line.mem_kib * KIB, &p->slice, &got);
    if (st != ST_OK) {
        p->slice = 0;
        return st;
    }
    *what = "the key of the device";
    if ((p->line.options & START_WITNESS) && (st = read_key()) != ST_OK)
        return st;
    *what = "its kernel objects";
    if ((st = make_objects(p)) != ST_OK)
        return st;
    *what = "mapping its image";
    if ((st = map_image(p, im)) != ST_OK)
        return st;
    *what = "its stack";
    if ((st = map_stack(p)) != ST_OK)
        return st;
    *what = "its info page and capabilities";
    if ((st = fill_info(p)) != ST_OK)
        return st;
    *what = "its task";
    p->entry = elf_at(&im->plan, im->plan.entry, USER_IMAGE);
    return sys_task_config(p->task, p->table, p->space, mon.endpoint, prog_id(p) | BADGE_FAULT);
}

status_t spawn_go(const struct prog *p)
{
    status_t st;

    recovery_starts(p);
    if (p->rebuilt) { /* where it was; and it looks for news, of which there may be some */
        if ((st = sys_task_resume(p->task)) == ST_OK)
            (void)sys_signal(p->news);
        return st;
    }
    return sys_task_start(p->task, p->entry, USER_STACK_TOP, USER_INFO, 0, 0);
}

/* Text and constants of the same program are here, too; all else comes with it. */
status_t spawn_shell(struct prog *p, const struct image *im, uint64_t slots_there, uint64_t space_bytes_there)
{
    uint64_t bytes = slots_there * 64 + space_bytes_there + 4 * PAGE_BYTES, got;
    status_t st = ram_take(prog_id(p), bytes, &p->slice, &got);

    if (st != ST_OK) {
        p->slice = 0;
        return st;
    }
    if ((st = cap_retype(p->slice, CAP_TASK, task_size(slots_there), &p->task)) != ST_OK ||
        (st = cap_retype(p->slice, CAP_CAPTABLE, slots_there, &p->table)) != ST_OK ||
        (st = cap_retype(p->slice, CAP_SPACE, space_bytes_there, &p->space)) != ST_OK ||
        (st = sys_event(p->task, EVENT_NEWS, 0, &p->news)) != ST_OK)
        return st;
    p->table_bytes = (uint32_t)space_bytes_there;
    for (uint32_t i = 0; i < im->plan.nsegments; i++)
        if (!is_private(&im->plan.segment[i]) && (st = map_shared(p, im, &im->plan.segment[i])) != ST_OK)
            return st;
    return sys_task_config(p->task, p->table, p->space, mon.endpoint, prog_id(p) | BADGE_FAULT);
}
