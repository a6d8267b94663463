/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/notes_drive.h"
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/map.h"
#include "tests/system/notes_log.h"
#include "tests/system/report.h"

#define REGS_AT (USER_DEVICES + 0x1000000ull)
#define VIRTIO_MAGIC 0x74726976u
#define EVENT_IRQ 1ull
#define SOON (rt_now_ns() + 10 * NS_PER_S)
#define SHORT_MS 300u
#define LEASE_MS 20000u /* tests/system/notes.start */
#define EPOCH_NS (10 * NS_PER_MS)

enum drive_kind { DRIVE_READ = 1, DRIVE_IRQ, DRIVE_LEASE, DRIVE_EXIT };

/* ---- the driver ---- */

static status_t begin(void)
{
    const struct program_info *info = rt_info();
    handle_t event;
    status_t st;

    if ((st = map_here(info->extra[EXTRA_DEVICE], REGS_AT, PAGE_BYTES, PERM_READ | PERM_WRITE)) != ST_OK ||
        (st = sys_event(info->task, EVENT_IRQ, 0, &event)) != ST_OK)
        return st;
    return sys_irq_bind(info->extra[EXTRA_IRQ], event);
}

static void obey(unsigned kind, uint64_t w[5])
{
    struct rt_msg m = { { 0, w[0], w[1] } };

    switch ((enum drive_kind)kind) {
    case DRIVE_READ:
        w[0] = *(volatile uint32_t *)(uintptr_t)(REGS_AT + rt_info()->extra_value[EXTRA_OFFSET]);
        break;
    case DRIVE_IRQ:
        w[0] = sys_irq_ack(rt_info()->extra[EXTRA_IRQ]);
        break;
    case DRIVE_LEASE:
        w[0] = mon_call(MON_LEASE, &m);
        w[1] = m.w[1];
        w[2] = m.w[2];
        w[3] = m.w[3];
        w[4] = sys_self(&m) == ST_OK ? m.w[0] : 0;
        break;
    default:
        break;
    }
}

int drive(void)
{
    struct rt_chan c;
    struct urpc_msg m;

    if (begin() != ST_OK || rt_serve("drive") != ST_OK || rt_accept(&c, SOON) != ST_OK)
        return 2;
    while (rt_recv_wait(&c, &m, UINT64_MAX) == ST_OK) {
        if (m.kind == DRIVE_EXIT)
            return 3;
        obey(m.kind, m.word);
        if (rt_send(&c, m.kind, 0, m.word, 5 * sizeof *m.word) != ST_OK)
            return 4;
    }
    return 5;
}

/* ---- the test ---- */

static struct rt_chan to;

/* ST_GONE: it is not there any more. */
static status_t tell(enum drive_kind kind, uint64_t a, uint64_t b, uint64_t out[5])
{
    uint64_t w[2] = { a, b };
    struct urpc_msg m;
    status_t st;

    if ((st = rt_send(&to, (uint16_t)kind, 0, w, sizeof w)) != ST_OK ||
        (st = rt_recv_wait(&to, &m, SOON)) != ST_OK)
        return st;
    for (unsigned i = 0; i < 5; i++)
        out[i] = m.word[i];
    return ST_OK;
}

static struct { uint64_t page, granted, expires, word; } is;

/* What it has now. */
static bool look(void)
{
    uint64_t w[5];

    if (tell(DRIVE_LEASE, LEASE_ASK_TELL, 0, w) != ST_OK || w[0] != ST_OK)
        return false;
    is.page = w[1] & ~(PAGE_BYTES - 1ull);
    is.granted = w[2];
    is.expires = w[3];
    is.word = w[4] << 32 | (uint32_t)w[3];
    return true;
}

/* It ends because of what it does without its device, and is started again, with a lease of its own. */
static bool is_gone_and_back(enum drive_kind kind)
{
    uint64_t w[5];
    status_t st = tell(kind, 0, 0, w);

    rt_close(&to);
    return st == ST_GONE && rt_bind("drive", SOON, &to) == ST_OK && look();
}

/* The first record of this kind among the first n of this core; n: none. Those about channels lie between. */
static unsigned find(enum witness_kind kind, unsigned n)
{
    unsigned i = 0;

    while (i < n && notes_at(0, i)->kind != kind)
        i++;
    return i;
}

static unsigned count(enum witness_kind kind, unsigned n)
{
    unsigned found = 0;

    for (unsigned i = 0; i < n; i++)
        found += notes_at(0, i)->kind == kind;
    return found;
}

static bool is_granted_again(unsigned n)
{
    unsigned i = find(WITNESS_DEVICE_LEASE_GRANT, n);

    return count(WITNESS_DEVICE_LEASE_GRANT, n) == 1 &&
           notes_is(0, i, WITNESS_DEVICE_LEASE_GRANT, 3, 0, is.page, is.word);
}

static void held(void)
{
    uint64_t w[5];

    test_need(rt_bind("drive", SOON, &to) == ST_OK && look(), "a driver with a lease of the disk");
    test_is(is.expires == is.granted + LEASE_MS / 10, "as long as its line says");
    test_is(tell(DRIVE_READ, 0, 0, w) == ST_OK && w[0] == VIRTIO_MAGIC, "it reads its registers");
}

static void renewed(void)
{
    uint64_t w[5], was = is.expires;

    notes_forget();
    test_is(tell(DRIVE_LEASE, LEASE_ASK_RENEW, LEASE_MS, w) == ST_OK && w[0] == ST_OK && look() && is.expires >= was,
            "the lease is renewed");
    test_is(notes_of(0, 1) == 1 && notes_is(0, 0, WITNESS_DEVICE_LEASE_RENEW, 3, 0, is.page, is.word),
            "one record, by a proof of tier 3");
    notes_forget();
    test_is(tell(DRIVE_LEASE, LEASE_ASK_RENEW, 10 * LEASE_MS, w) == ST_OK && w[0] == ST_DENIED,
            "not for longer than its line says");
    test_is(tell(DRIVE_LEASE, LEASE_ASK_RENEW, 0, w) == ST_OK && w[0] == ST_DENIED &&
                tell(DRIVE_LEASE, LEASE_ASK_REVOKE, is.page, w) == ST_OK && w[0] == ST_DENIED && notes_of(0, 0) == 0,
            "nor for ever, nor may it revoke; that leaves no record");
}

static void revoked(void)
{
    uint64_t w[5], lost = 0;
    struct rt_msg m = { { 0, LEASE_ASK_REVOKE, is.page } };
    unsigned n;

    (void)tell(DRIVE_LEASE, LEASE_ASK_RENEW, LEASE_MS, w);
    test_need(look(), "renewed");
    notes_forget();
    test_is(mon_call(MON_LEASE, &m) == ST_OK, "the device is taken back");
    test_is(notes_of(0, 1) == 1 && notes_is(0, 0, WITNESS_DEVICE_LEASE_REVOKE, 2, 0, is.page, is.word) &&
                notes_change_before(0, 0) == WITNESS_CAPABILITY_REVOKE,
            "one record, behind the revoke");
    lost = tell(DRIVE_IRQ, 0, 0, w) == ST_OK ? w[0] : ST_OK;
    test_is(lost == ST_STALE_HANDLE, "the driver has no interrupt any more");
    test_is(tell(DRIVE_LEASE, LEASE_ASK_RENEW, LEASE_MS, w) == ST_OK && w[0] == ST_NOT_FOUND, "it cannot renew what it has not");
    test_is(mon_call(MON_LEASE, &m) == ST_NOT_FOUND, "nor is it taken back twice");
    notes_forget();
    test_need(is_gone_and_back(DRIVE_READ), "it touches a register, fails, and is started again with a lease of its own");
    n = notes_of(0, 1);
    test_is(is_granted_again(n) && count(WITNESS_DEVICE_LEASE_REVOKE, n) == 0, "that is recorded, by a proof of tier 3");
}

static void expired(void)
{
    uint64_t w[5];
    unsigned n;

    test_need(tell(DRIVE_LEASE, LEASE_ASK_RENEW, SHORT_MS, w) == ST_OK && w[0] == ST_OK && look(), "renewed for less");
    notes_forget();
    while (rt_now_ns() < (is.expires + 2) * EPOCH_NS)
        (void)notes_of(0, 0);
    n = notes_of(0, 1);
    test_is(n == 1 && notes_is(0, 0, WITNESS_DEVICE_LEASE_EXPIRE, 2, 0, is.page, is.word) &&
                notes_change_before(0, 0) == WITNESS_CAPABILITY_REVOKE,
            "its time is over: one record, behind the revoke");
    test_is(notes_at(0, 0)->timestamp_ns >= is.expires * EPOCH_NS, "and not before");
    notes_forget();
    test_need(is_gone_and_back(DRIVE_READ), "the driver cannot touch it either");
}

static void holder_ends(void)
{
    uint64_t was;
    unsigned n, i;

    was = is.word;
    notes_forget();
    test_need(is_gone_and_back(DRIVE_EXIT), "a driver ends, and is started again");
    n = notes_of(0, 2);
    i = find(WITNESS_DEVICE_LEASE_REVOKE, n);
    test_is(count(WITNESS_DEVICE_LEASE_REVOKE, n) == 1 &&
                notes_is(0, i, WITNESS_DEVICE_LEASE_REVOKE, 2, WITNESS_F_EXIT, is.page, was) &&
                find(WITNESS_DEVICE_LEASE_GRANT, n) > i && is_granted_again(n),
            "its lease has ended with it, before the next began");
}

void test_leases(void)
{
    held();
    renewed();
    revoked();
    expired();
    holder_ends();
}
