/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "partition/lease.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "partition/ids.h"

#define LEASE_INDEX      FIELD(31, 16)
#define LEASE_GENERATION FIELD(15, 0)

void lease_init(struct lease_table *t, struct lease_slot *memory, uint32_t nslots)
{
    CHECK(nslots <= 65535);
    *t = (struct lease_table){.slot = memory, .nslots = nslots};
    for (uint32_t i = 0; i < nslots; i++)
        memory[i] = (struct lease_slot){.generation = 1};
}

static struct lease_slot *at(const struct lease_table *t, uint32_t id)
{
    uint32_t i = (uint32_t)FIELD_GET(LEASE_INDEX, id);

    return id != 0 && i < t->nslots && t->slot[i].lease.id == id ? &t->slot[i] : NULL;
}

static struct lease_slot *of(const struct lease_table *t, uint32_t device, uint32_t holder)
{
    for (uint32_t i = 0; i < t->nslots; i++)
        if (t->slot[i].lease.id != 0 && t->slot[i].lease.device == device &&
            t->slot[i].lease.holder == holder)
            return &t->slot[i];
    return NULL;
}

static uint32_t later(uint32_t now, uint32_t epochs)
{
    return epochs < LEASE_FOREVER - now ? now + epochs : LEASE_FOREVER;
}

static status_t check_grant(const struct lease_table *t, uint32_t device, bool exclusive,
                            uint32_t *room)
{
    *room = t->nslots;
    for (uint32_t i = t->nslots; i-- > 0;) {
        const struct lease *l = &t->slot[i].lease;

        if (l->id == 0)
            *room = i;
        else if (l->device == device && (exclusive || l->exclusive))
            return ST_BUSY;
    }
    return *room < t->nslots ? ST_OK : ST_TABLE_FULL;
}

status_t lease_grant(struct lease_table *t, uint32_t device, uint32_t holder, uint32_t now,
                     uint32_t epochs, bool exclusive, uint32_t *id)
{
    uint32_t i;
    status_t st;

    if (epochs == 0 || holder == 0 || now == LEASE_FOREVER)
        return ST_INVALID;
    if (of(t, device, holder) != NULL)
        return ST_EXISTS;
    if ((st = check_grant(t, device, exclusive, &i)) != ST_OK)
        return st;
    *id =
        (uint32_t)(FIELD_PUT(LEASE_INDEX, i) | FIELD_PUT(LEASE_GENERATION, t->slot[i].generation));
    t->slot[i].lease = (struct lease){.id = *id,
                                      .device = device,
                                      .holder = holder,
                                      .granted = now,
                                      .expiry = later(now, epochs),
                                      .exclusive = exclusive};
    t->n++;
    return ST_OK;
}

status_t lease_renew(struct lease_table *t, uint32_t id, uint32_t holder, uint32_t now,
                     uint32_t epochs)
{
    struct lease_slot *s = at(t, id);

    if (s == NULL)
        return ST_STALE_HANDLE;
    if (epochs == 0)
        return ST_INVALID;
    if (s->lease.holder != holder)
        return ST_DENIED;
    if (now >= s->lease.expiry)
        return ST_TIMEOUT;
    if (later(now, epochs) > s->lease.expiry)
        s->lease.expiry = later(now, epochs);
    return ST_OK;
}

static void take_out(struct lease_table *t, struct lease_slot *s, struct lease *out)
{
    *out = s->lease;
    s->lease = (struct lease){.id = 0};
    s->generation = generation_after(s->generation, LEASE_GENERATION);
    t->n--;
}

status_t lease_revoke(struct lease_table *t, uint32_t id, struct lease *out)
{
    struct lease_slot *s = at(t, id);

    if (s == NULL)
        return ST_STALE_HANDLE;
    take_out(t, s, out);
    return ST_OK;
}

status_t lease_check(const struct lease_table *t, uint32_t device, uint32_t holder, uint32_t now)
{
    const struct lease_slot *s = of(t, device, holder);

    if (s == NULL)
        return ST_NOT_FOUND;
    return now < s->lease.expiry ? ST_OK : ST_TIMEOUT;
}

status_t lease_find(const struct lease_table *t, uint32_t id, struct lease *out)
{
    const struct lease_slot *s = at(t, id);

    if (s == NULL)
        return ST_STALE_HANDLE;
    *out = s->lease;
    return ST_OK;
}

bool lease_expired(struct lease_table *t, uint32_t now, struct lease *out)
{
    for (uint32_t i = 0; i < t->nslots; i++)
        if (t->slot[i].lease.id != 0 && now >= t->slot[i].lease.expiry) {
            take_out(t, &t->slot[i], out);
            return true;
        }
    return false;
}

bool lease_end_of(struct lease_table *t, uint32_t holder, struct lease *out)
{
    for (uint32_t i = 0; i < t->nslots; i++)
        if (t->slot[i].lease.id != 0 && t->slot[i].lease.holder == holder) {
            take_out(t, &t->slot[i], out);
            return true;
        }
    return false;
}

uint32_t lease_count(const struct lease_table *t, uint32_t holder)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->nslots; i++)
        n += t->slot[i].lease.id != 0 && t->slot[i].lease.holder == holder;
    return n;
}

status_t lease_hand_over(struct lease_table *t, uint32_t id, uint32_t to)
{
    struct lease_slot *s = at(t, id);

    if (s == NULL)
        return ST_STALE_HANDLE;
    if (s->lease.holder != to && of(t, s->lease.device, to) != NULL)
        return ST_EXISTS;
    s->lease.holder = to;
    return ST_OK;
}

/* Both shared leases on a device are two ends where one holder has one. */
bool lease_conflict(const struct lease_table *t, uint32_t a, uint32_t b, uint32_t *device)
{
    for (uint32_t i = 0; i < t->nslots; i++) {
        const struct lease *l = &t->slot[i].lease;

        if (l->id != 0 && l->holder == a && of(t, l->device, b) != NULL) {
            *device = l->device;
            return true;
        }
    }
    return false;
}

static const char *pair_wrong(const struct lease *l, const struct lease *m)
{
    if (l->device != m->device)
        return NULL;
    if (l->exclusive || m->exclusive)
        return "a device with an exclusive lease has no other";
    return l->holder == m->holder ? "a holder has one lease on a device" : NULL;
}

const char *lease_wrong(const struct lease_table *t)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < t->nslots; i++) {
        const struct lease *l = &t->slot[i].lease;
        const char *why;

        if (l->id == 0)
            continue;
        n++;
        if (at(t, l->id) != &t->slot[i] || t->slot[i].generation == 0 || l->holder == 0)
            return "a lease has the name of its slot and a holder";
        if (l->granted >= l->expiry)
            return "a lease ends after it was granted";
        for (uint32_t k = i + 1; k < t->nslots; k++)
            if (t->slot[k].lease.id != 0 && (why = pair_wrong(l, &t->slot[k].lease)) != NULL)
                return why;
    }
    return n == t->n ? NULL : "leases are counted";
}
