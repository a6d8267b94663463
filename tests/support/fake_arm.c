/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/fake_arm.h"
#include "tests/support/fake_core.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/aarch64/gic.h"
#include "cpudriver/panic.h"
#include "cpudriver/task.h"
#include "witness/portable.h"
#include <stdio.h>
#include <stdlib.h>

struct fake_core fake;

uint64_t now_ticks(void)
{
    return fake.now;
}

/* Nothing to do: time goes on until the timer fires, or a test that waits for ever is wrong. */
void wfi(void)
{
    if (fake.timer == UINT64_MAX && !fake.irq) {
        fprintf(stderr, "the core waits for ever\n");
        abort();
    }
    if (!fake.irq && fake.now < fake.timer)
        fake.now = fake.timer;
}

uint64_t read_tpidr_el0(void)
{
    return fake.tpidr;
}

void write_tpidr_el0(uint64_t v)
{
    fake.tpidr = v;
}

void cpu_timer_set(bool physical, uint64_t ticks)
{
    (void)physical;
    fake.timer = ticks;
}

void cpu_timer_off(bool physical)
{
    (void)physical;
    fake.timer = UINT64_MAX;
}

void cpu_fp_open(bool open)
{
    (void)open;
}

void fp_save(struct fp_state *to)
{
    *to = fake.fp;
}

void cpu_space(paddr_t root, uint16_t asid)
{
    (void)root;
    (void)asid;
}

witness_block_fn *cpu_sha(struct kcb *k)
{
    (void)k;
    return portable_block;
}

status_t cpu_start(struct kcb *k, core_id core, int64_t *answer)
{
    (void)k;
    (void)core;
    *answer = -2;
    return ST_DEAD_CORE;
}

_Noreturn void cpu_end_machine(struct kcb *k, unsigned status)
{
    (void)k;
    fprintf(stderr, "the machine was ended with %u\n", status);
    abort();
}

status_t cpu_watch(struct kcb *k, uint64_t ms)
{
    (void)k;
    fake.watch_ms = ms;
    fake.watches++;
    return fake.watch_answer;
}

_Noreturn void panic(struct kcb *k, const char *why, const struct frame *frame)
{
    (void)k;
    (void)frame;
    fprintf(stderr, "panic: %s\n", why);
    abort();
}

_Noreturn void panic_root(struct kcb *k, const char *why, const struct frame *frame)
{
    (void)k;
    (void)frame;
    fprintf(stderr, "panic: %s\n", why);
    abort();
}

_Noreturn void cpu_stop(struct kcb *k)
{
    (void)k;
    if (fake.stopped)
        longjmp(*fake.stopped, 1);
    fprintf(stderr, "the core was stopped\n");
    abort();
}

enum core_power cpu_power(struct kcb *k, core_id core)
{
    (void)k;
    (void)core;
    return fake.power;
}

uint32_t gic_ack(struct kcb *k)
{
    uint32_t id = fake.irq;

    if (!id && fake.now >= fake.timer)
        return k->info->timer_intid;
    fake.irq = 0;
    return id ? id : 1023;
}

void gic_end(struct kcb *k, uint32_t raw)
{
    (void)k;
    (void)raw;
}

void gic_enable(struct kcb *k, uint32_t intid)
{
    (void)k;
    (void)intid;
}

void gic_disable(struct kcb *k, uint32_t intid)
{
    (void)k;
    (void)intid;
}

void gic_route_here(struct kcb *k, uint32_t intid)
{
    (void)k;
    (void)intid;
}

bool gic_reaches(const struct kcb *k, core_id core)
{
    return k->info->gic.version >= 3 || k->interface[core] != 0;
}

void gic_sgi(struct kcb *k, core_id core, unsigned sgi)
{
    (void)k;
    fake.sgi_core = core;
    fake.sgi = sgi;
    fake.sgis++;
}
