/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "drivers/virtio_blk/blk.h"
#include "drivers/dma.h"
#include "lib/base/check.h"

#define NO_ANSWER 0xffu

/* What the device reads and what it writes are lines of their own. */
struct blk_frame {
    struct blk_header header __attribute__((aligned(LINE_BYTES)));
    volatile uint8_t answer __attribute__((aligned(LINE_BYTES)));
};
#define FRAMES_AT (2 * PAGE_BYTES) /* behind the two pages of the queue */
_Static_assert(FRAMES_AT + BLK_REQUESTS * sizeof(struct blk_frame) <= BLK_SHARED_BYTES, "it fits");
_Static_assert(3 * BLK_REQUESTS <= BLK_QUEUE && BLK_QUEUE <= VIRTQ_SIZE_MAX, "room for each");

static uint64_t frame_offset(uint64_t i)
{
    return FRAMES_AT + i * sizeof(struct blk_frame);
}

static struct blk_frame *frame_of(const struct blk *b, uint64_t i)
{
    return (void *)((char *)b->shared + frame_offset(i));
}

status_t blk_find(struct blk *b, volatile struct virtio_mmio *regs, void *shared, paddr_t at)
{
    CHECK(IS_ALIGNED(at, PAGE_BYTES) && virtq_layout(BLK_QUEUE).bytes <= FRAMES_AT);
    *b = (struct blk){ .shared = shared, .shared_at = at, .broken = true };
    return virtio_find(&b->virtio, regs, VIRTIO_KIND_BLOCK);
}

status_t blk_stop(struct blk *b)
{
    b->broken = true;
    return virtio_stop(&b->virtio);
}

bool blk_drop(struct blk *b, uint64_t *cookie)
{
    CHECK(b->broken); /* stopped */
    for (unsigned i = 0; i < BLK_REQUESTS; i++) {
        if (!b->request[i].waiting)
            continue;
        b->request[i].waiting = false;
        *cookie = b->request[i].cookie;
        return true;
    }
    return false;
}

static status_t begin(struct blk *b)
{
    status_t st;

    virtq_init(&b->queue, b->shared, BLK_QUEUE);
    if ((st = virtio_begin(&b->virtio, BLK_F_RO | BLK_F_FLUSH)) != ST_OK ||
        (st = virtio_config64(&b->virtio, BLK_CONFIG_CAPACITY, &b->sectors)) != ST_OK ||
        (st = virtio_queue(&b->virtio, 0, &b->queue, b->shared_at)) != ST_OK)
        return st;
    b->read_only = (b->virtio.features & BLK_F_RO) != 0;
    b->can_flush = (b->virtio.features & BLK_F_FLUSH) != 0;
    virtio_go(&b->virtio);
    return ST_OK;
}

status_t blk_begin(struct blk *b)
{
    status_t st;

    CHECK(blk_deadline(b) == UINT64_MAX);
    if ((st = begin(b)) == ST_OK)
        b->broken = false;
    return st;
}

uint64_t blk_deadline(const struct blk *b)
{
    uint64_t first = UINT64_MAX;

    for (unsigned i = 0; i < BLK_REQUESTS; i++)
        if (b->request[i].waiting && b->request[i].deadline_ns < first)
            first = b->request[i].deadline_ns;
    return first;
}

/* ---- one request ---- */

static status_t check(const struct blk *b, const struct blk_ask *a)
{
    if (b->broken)
        return ST_PEER;
    if (a->type == BLK_T_FLUSH)
        return b->can_flush ? ST_OK : ST_UNSUPPORTED;
    if (a->type != BLK_T_IN && a->type != BLK_T_OUT)
        return ST_INVALID;
    if (a->sectors == 0 || a->sectors > UINT32_MAX / BLK_SECTOR_BYTES / 2 ||
        a->sector > b->sectors || a->sectors > b->sectors - a->sector)
        return ST_INVALID;
    return a->type == BLK_T_OUT && b->read_only ? ST_DENIED : ST_OK;
}

static status_t enqueue(struct blk *b, const struct blk_ask *a, uint64_t i, uint32_t bytes)
{
    paddr_t at = b->shared_at + frame_offset(i);
    struct virtq_piece header = { at, sizeof(struct blk_header) }, data = { a->data, bytes };
    struct virtq_piece answer = { at + offsetof(struct blk_frame, answer), 1 };
    struct virtq_piece all[] = { header, data, answer }, bare[] = { header, answer };

    if (a->type == BLK_T_FLUSH)
        return virtq_add(&b->queue, bare, 1, 1, i);
    if (a->type == BLK_T_OUT)
        return virtq_add(&b->queue, all, 2, 1, i);
    return virtq_add(&b->queue, all, 1, 2, i);
}

status_t blk_submit(struct blk *b, const struct blk_ask *a)
{
    uint32_t bytes = a->type == BLK_T_FLUSH ? 0 : a->sectors * BLK_SECTOR_BYTES;
    struct blk_frame *f;
    unsigned i = 0;
    status_t st;

    if ((st = check(b, a)) != ST_OK)
        return st;
    while (i < BLK_REQUESTS && b->request[i].waiting)
        i++;
    if (i == BLK_REQUESTS)
        return ST_AGAIN;
    f = frame_of(b, i);
    f->header = (struct blk_header){ a->type, 0, a->type == BLK_T_FLUSH ? 0 : a->sector };
    f->answer = NO_ANSWER;
    if ((st = enqueue(b, a, i, bytes)) != ST_OK)
        return st;
    b->request[i] = (struct blk_request){ true, a->type, bytes, a->cookie, a->deadline_ns };
    virtio_notify(&b->virtio, 0);
    return ST_OK;
}

/* A legacy device may write what it likes as the length (2.7.8.1), so only version 2 is held to it. */
static status_t judge(const struct blk *b, const struct blk_request *r, uint8_t answer,
                      uint32_t written, status_t *result)
{
    uint32_t whole = (r->type == BLK_T_IN ? r->bytes : 0) + 1;

    if (b->virtio.version != 1 && (answer == BLK_S_OK ? written != whole : written == 0))
        return ST_PEER;
    switch (answer) {
    case BLK_S_OK:
        *result = ST_OK;
        return ST_OK;
    case BLK_S_IOERR:
        *result = ST_IO;
        return ST_OK;
    case BLK_S_UNSUPP:
        *result = ST_UNSUPPORTED;
        return ST_OK;
    default:
        return ST_PEER;
    }
}

status_t blk_take(struct blk *b, uint64_t *cookie, status_t *result)
{
    struct blk_request *r = NULL;
    uint32_t written;
    uint64_t i;
    status_t st;

    if (b->broken)
        return ST_PEER;
    if ((st = virtq_take(&b->queue, &i, &written)) == ST_AGAIN)
        return st;
    if (st == ST_OK) {
        r = &b->request[i];
        st = judge(b, r, frame_of(b, i)->answer, written, result);
    }
    if (st != ST_OK) {
        b->broken = true;
        return st;
    }
    r->waiting = false;
    *cookie = r->cookie;
    return ST_OK;
}

status_t blk_interrupt(struct blk *b)
{
    uint32_t why = virtio_interrupt(&b->virtio);

    if (!(why & INT_CONFIG))
        return ST_OK;
    if (virtio_wants_reset(&b->virtio))
        return ST_PEER;
    return virtio_config64(&b->virtio, BLK_CONFIG_CAPACITY, &b->sectors); /* it may have grown */
}
