/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/store_checkpoint - the newest statement of how far the logs go, and the one before it.
 *
 * Each sector of it bears the serial of this checkpoint, so they may become durable in any order:
 * until the last of them is, the slot is not whole, and the other one has the newest.
 */
#include "witness/store_priv.h"
#include <string.h>

static uint64_t slot_at(unsigned slot)
{
    return WSTORE_SLOT_AT + (uint64_t)slot * WSTORE_SLOT;
}

static unsigned piece(unsigned left)
{
    return left < WSTORE_BODY ? left : WSTORE_BODY;
}

bool slot_read(struct wstore *s, unsigned slot, struct wstore_note *note, uint64_t *serial,
               char *text, bool *broken)
{
    const struct wstore_sector *x;
    enum sector_state state = sector_look(s, slot_at(slot), &x);

    *broken = state == SECTOR_BROKEN;
    if (state != SECTOR_OURS)
        return false;
    *broken = true;
    if (x->t.type != SECTOR_CHECKPOINT || x->t.serial == 0 ||
        x->checkpoint.text_bytes > WSTORE_TEXT || x->checkpoint.signature_bytes > WSTORE_SIGNATURE)
        return false;
    *serial = x->t.serial;
    *note = (struct wstore_note){.boot = x->t.boot,
                                 .text_bytes = x->checkpoint.text_bytes,
                                 .signature_bytes = x->checkpoint.signature_bytes};
    memcpy(note->signature, x->checkpoint.signature, sizeof note->signature);
    for (unsigned at = 0; at < note->text_bytes; at += WSTORE_BODY) {
        if (sector_look(s, slot_at(slot) + 1 + at / WSTORE_BODY, &x) != SECTOR_OURS ||
            x->t.type != SECTOR_TEXT || x->t.serial != *serial)
            return false;
        if (text != NULL)
            memcpy(text + at, x->body, piece(note->text_bytes - at));
    }
    *broken = false;
    return true;
}

status_t wstore_checkpoint_read(struct wstore *s, struct wstore_note *note, char *text,
                                unsigned room)
{
    struct wstore_note found[2];
    uint64_t serial[2] = {0, 0};
    bool broken[2], whole[2];
    unsigned newest;

    for (unsigned i = 0; i < 2; i++)
        whole[i] = slot_read(s, i, &found[i], &serial[i], NULL, &broken[i]);
    if (!whole[0] && !whole[1]) {
        *note = (struct wstore_note){.other_broken = broken[0] || broken[1]};
        return ST_NOT_FOUND;
    }
    newest = whole[1] && (!whole[0] || serial[1] > serial[0]);
    if (found[newest].text_bytes > room)
        return ST_NOMEM;
    if (!slot_read(s, newest, note, &serial[newest], text, &broken[newest]))
        return ST_NOT_FOUND;
    note->other_broken = broken[1 - newest];
    return ST_OK;
}

static void make(struct wstore *s, unsigned n, enum wstore_type type, uint64_t serial)
{
    memset(&s->out[n], 0, sizeof s->out[n]);
    s->out[n].t = (struct wstore_trailer){.serial = serial, .boot = s->boot, .type = (uint8_t)type};
}

static status_t write_text(struct wstore *s, unsigned slot, uint64_t serial, const uint8_t *text,
                           unsigned bytes)
{
    status_t st;

    for (unsigned at = 0, n = 0; at < bytes; at += WSTORE_BODY) {
        make(s, n, SECTOR_TEXT, serial);
        memcpy(s->out[n++].body, text + at, piece(bytes - at));
        if (n < WSTORE_AHEAD && at + WSTORE_BODY < bytes)
            continue;
        if ((st = sector_write(s, slot_at(slot) + 2 + at / WSTORE_BODY - n, n)) != ST_OK)
            return st;
        n = 0;
    }
    return ST_OK;
}

static status_t write_slot(struct wstore *s, unsigned slot, const void *text, unsigned bytes,
                           const void *signature, unsigned signature_bytes, uint64_t *serial_is)
{
    uint64_t serial;
    status_t st;

    if (!s->writing)
        return ST_STATE;
    if (bytes > WSTORE_TEXT || signature_bytes > WSTORE_SIGNATURE)
        return ST_INVALID;
    if ((st = sector_flush(s)) != ST_OK) /* what it tells of is durable before it */
        return st;
    *serial_is = 0;
    serial = serial_next(s);
    if ((st = write_text(s, slot, serial, text, bytes)) != ST_OK)
        return st;
    make(s, 0, SECTOR_CHECKPOINT, serial);
    s->out[0].checkpoint.text_bytes = bytes;
    s->out[0].checkpoint.signature_bytes = signature_bytes;
    memcpy(s->out[0].checkpoint.signature, signature, signature_bytes);
    if ((st = sector_write(s, slot_at(slot), 1)) != ST_OK || (st = sector_flush(s)) != ST_OK)
        return st;
    *serial_is = serial;
    return ST_OK;
}

status_t wstore_checkpoint(struct wstore *s, const void *text, unsigned bytes,
                           const void *signature, unsigned signature_bytes)
{
    unsigned slot = s->slot_serial[0] > s->slot_serial[1];

    return write_slot(s, slot, text, bytes, signature, signature_bytes, &s->slot_serial[slot]);
}

status_t wstore_attestation(struct wstore *s, const void *text, unsigned bytes,
                            const void *signature, unsigned signature_bytes)
{
    uint64_t serial;

    return write_slot(s, WSTORE_SLOT_ATTESTATION, text, bytes, signature, signature_bytes, &serial);
}

status_t wstore_attestation_read(struct wstore *s, struct wstore_note *note, char *text, unsigned room)
{
    uint64_t serial;
    bool broken = false;

    *note = (struct wstore_note){0};
    if (slot_read(s, WSTORE_SLOT_ATTESTATION, note, &serial, NULL, &broken)) {
        if (note->text_bytes > room)
            return ST_NOMEM;
        if (slot_read(s, WSTORE_SLOT_ATTESTATION, note, &serial, text, &broken))
            return ST_OK;
    }
    note->other_broken = broken;
    return ST_NOT_FOUND;
}
