/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/leases.h"
#include "lib/base/bits.h"
#include "lib/base/check.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "monitor/devices.h"
#include "monitor/home_edge.h"
#include "monitor/lease_sm.h"
#include "monitor/mon.h"
#include "monitor/note.h"
#include "monitor/prove.h"
#include <string.h>

#define RETRY_NS (5 * NS_PER_MS)
#define REVOKE_SLICES 4096u

static struct lease leases[DEVICES_MAX + 1];
static uint32_t in_home[ARRAY_LEN(leases)]; /* what the table of this home calls it */
_Static_assert(ARRAY_LEN(leases) == LEASE_CONSOLE + 1, "the console is the last");

/* ---- what a device is ---- */

static handle_t device_of(uint32_t place)
{
    return place == LEASE_CONSOLE ? mon.info->console_device : mon.info->device[place];
}

static handle_t irq_of(uint32_t place)
{
    return place == LEASE_CONSOLE ? mon.info->console_irq : mon.info->irq[place];
}

static const struct range *regs_of(uint32_t place)
{
    return place == LEASE_CONSOLE ? &mon.boot->console : &mon.boot->device[place].regs;
}

static paddr_t page_of(uint32_t place)
{
    return ALIGN_DOWN(regs_of(place)->base, PAGE_BYTES);
}

static uint64_t epoch_now(void)
{
    return rt_now_ns() / LEASE_EPOCH_NS;
}

/* What a record says of a lease: the holder's task, and the epoch in which it ends. */
static uint64_t word_of(const struct prog *p, uint64_t expires)
{
    return (uint64_t)prog_task(p) << 32 | (uint32_t)expires;
}

/* ---- given and renewed ---- */

static status_t ask(uint32_t place, handle_t table, uint64_t rights_or_renew, uint64_t word, handle_t *made)
{
    struct mutation m = { .call = SYS_cap_grant,
                          .operation = CAP_LEASE,
                          .target = page_of(place),
                          .object = table,
                          .argument = { rights_or_renew, word },
                          .holder = prove_holder(mon.core) };
    uint64_t signature[4];
    struct proof_token token;
    status_t st = prove_say(device_of(place), &m, 3, &token);

    if (st != ST_OK)
        return st;
    prove_sign(&token, m.holder, signature);
    return sys_lease(device_of(place), table, rights_or_renew, word, signature, made);
}

static status_t give(const struct prog *p, uint32_t place, struct program_info *info)
{
    const struct range *regs = regs_of(place);
    struct lease *l = &leases[place];
    handle_t irq = irq_of(place);
    status_t st = ask(place, p->table, RIGHT_READ | RIGHT_WRITE, word_of(p, l->expires), &info->extra[EXTRA_DEVICE]);

    if (st != ST_OK) {
        lease_undo(l);
        return st;
    }
    info->extra_value[EXTRA_DEVICE] = regs->bytes;
    info->extra_value[EXTRA_OFFSET] = regs->base & (PAGE_BYTES - 1);
    return irq == 0 ? ST_OK : sys_copy(irq, p->table, RIGHT_READ | RIGHT_WRITE, &info->extra[EXTRA_IRQ]);
}

/* How long a line of etc/start allows at a time; 0: until it is revoked. */
static uint64_t most_of(const struct prog *p)
{
    return ((uint64_t)p->line.lease_ms * NS_PER_MS + LEASE_EPOCH_NS - 1) / LEASE_EPOCH_NS;
}

status_t leases_give(const struct prog *p, uint32_t place, struct program_info *info)
{
    struct lease *l = &leases[place];
    status_t st;

    if (device_of(place) == 0)
        return ST_NOT_FOUND;
    if (l->state == LEASE_ENDING)
        return ST_LOG_FULL; /* nothing else keeps it from being taken back */
    if ((st = note_room()) != ST_OK || (st = lease_take(l, prog_id(p), epoch_now(), most_of(p))) != ST_OK)
        return st;
    l->task = prog_task(p);
    if ((st = home_leases(p, page_of(place), l->expires != 0 ? l->expires - l->granted : 0, &in_home[place])) != ST_OK) {
        lease_undo(l);
        return st;
    }
    if ((st = give(p, place, info)) != ST_OK && l->state == LEASE_FREE)
        home_lease_ended(in_home[place]);
    return st;
}

uint64_t leases_holder(uint32_t home_lease)
{
    for (uint32_t i = 0; i < ARRAY_LEN(leases); i++)
        if (leases[i].state == LEASE_HELD && in_home[i] == home_lease)
            return leases[i].holder;
    return 0;
}

/* ---- ended ---- */

/* Every copy goes, is unmapped and unbound. Without the right to pass it on no other core can have one. */
static bool is_revoked(handle_t h)
{
    status_t st = h == 0 ? ST_OK : ST_AGAIN;

    for (unsigned i = 0; i < REVOKE_SLICES && st == ST_AGAIN; i++)
        st = sys_revoke(h);
    return st == ST_OK;
}

static void take_back(uint32_t place)
{
    static const uint8_t kinds[] = { [LEASE_REVOKED] = WITNESS_DEVICE_LEASE_REVOKE,
                                     [LEASE_EXPIRED] = WITNESS_DEVICE_LEASE_EXPIRE,
                                     [LEASE_HOLDER_GONE] = WITNESS_DEVICE_LEASE_REVOKE };
    struct lease *l = &leases[place];
    struct note n = { .kind = kinds[l->end],
                      .flags = l->end == LEASE_HOLDER_GONE ? WITNESS_F_EXIT : 0,
                      .target = page_of(place),
                      .payload = (uint64_t)l->task << 32 | (uint32_t)l->expires };

    if (!is_revoked(device_of(place)) || !is_revoked(irq_of(place)))
        return; /* the next time */
    note_ended(&n);
    devices_quiet(place);
    lease_taken_back(l);
}

static void end(uint32_t place, enum lease_end why)
{
    if (!lease_end(&leases[place], why))
        return;
    home_lease_ended(in_home[place]);
    take_back(place);
}

void leases_prog_dead(uint64_t id)
{
    for (uint32_t i = 0; i < ARRAY_LEN(leases); i++)
        if (leases[i].state == LEASE_HELD && leases[i].holder == id)
            end(i, LEASE_HOLDER_GONE);
}

uint64_t leases_turn(uint64_t now_ns)
{
    uint64_t next = UINT64_MAX, now = now_ns / LEASE_EPOCH_NS;

    for (uint32_t i = 0; i < ARRAY_LEN(leases); i++) {
        const struct lease *l = &leases[i];

        if (l->state == LEASE_ENDING)
            take_back(i);
        else if (lease_is_over(l, now))
            end(i, LEASE_EXPIRED);
        if (l->state == LEASE_ENDING && now_ns + RETRY_NS < next)
            next = now_ns + RETRY_NS;
        if (l->state == LEASE_HELD && l->expires != 0 && l->expires * LEASE_EPOCH_NS < next)
            next = l->expires * LEASE_EPOCH_NS;
    }
    return next;
}

/* ---- what programs ask ---- */

static status_t renew(const struct prog *p, uint32_t place, uint64_t ms)
{
    uint64_t now = epoch_now(), epochs = ms / (LEASE_EPOCH_NS / NS_PER_MS);
    struct lease *l = &leases[place];
    handle_t unused;
    status_t st;

    if (ms != 0 && epochs == 0)
        return ST_INVALID;
    if ((st = lease_check_renew(l, prog_id(p), now, epochs)) != ST_OK || (st = note_room()) != ST_OK ||
        (st = ask(place, 0, LEASE_RENEW, word_of(p, epochs != 0 ? now + epochs : 0), &unused)) != ST_OK)
        return st;
    lease_extend(l, now, epochs);
    home_lease_renewed(p, in_home[place], epochs);
    return ST_OK;
}

static status_t revoke(const struct prog *p, paddr_t base)
{
    if (!(p->line.options & START_MACHINE))
        return ST_DENIED;
    for (uint32_t i = 0; i < ARRAY_LEN(leases); i++) {
        if (leases[i].state != LEASE_HELD || page_of(i) != ALIGN_DOWN(base, PAGE_BYTES))
            continue;
        end(i, LEASE_REVOKED);
        return leases[i].state == LEASE_FREE ? ST_OK : ST_LOG_FULL;
    }
    return ST_NOT_FOUND;
}

static status_t tell(uint32_t place, struct rt_msg *m)
{
    const struct lease *l = &leases[place];

    m->w[1] = regs_of(place)->base;
    m->w[2] = l->granted;
    m->w[3] = l->expires;
    m->w[4] = epoch_now();
    m->w[5] = l->most;
    return ST_OK;
}

status_t leases_call(const struct prog *p, struct rt_msg *m)
{
    uint64_t what = m->w[1], argument = m->w[2];

    if (what == LEASE_ASK_REVOKE)
        return revoke(p, argument);
    for (uint32_t i = 0; i < ARRAY_LEN(leases); i++) {
        if (leases[i].state != LEASE_HELD || leases[i].holder != prog_id(p))
            continue;
        return what == LEASE_ASK_TELL    ? tell(i, m)
               : what == LEASE_ASK_RENEW ? renew(p, i, argument)
                                         : ST_INVALID;
    }
    return ST_NOT_FOUND;
}
