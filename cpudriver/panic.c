/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "cpudriver/panic.h"
#include "cpudriver/aarch64/cpu.h"
#include "cpudriver/ksym.h"
#include "cpudriver/uart.h"
#include "lib/base/check.h"

#define TRACE_MAX 16

extern const char image_start[]; /* cpudriver.ld */

/* The function that holds `pc`, and how far into it; NULL: not in this image. */
static const char *symbol(const struct kcb *k, uint64_t pc, uint64_t *into)
{
    uint64_t offset = pc - (uint64_t)(uintptr_t)image_start;
    uint32_t lo = 0, hi = nksyms;

    if (nksyms == 0 || offset >= k->info->kernel.bytes || offset < ksyms[0].offset)
        return NULL;
    while (hi - lo > 1) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (ksyms[mid].offset <= offset)
            lo = mid;
        else
            hi = mid;
    }
    *into = offset - ksyms[lo].offset;
    return ksym_names + ksyms[lo].name;
}

static void put_place(const struct kcb *k, uint64_t pc)
{
    uint64_t into = 0;
    const char *name = symbol(k, pc, &into);

    uart_text(k, name ? name : "program ");
    if (name) {
        uart_text(k, "+");
        uart_dec(k, into);
        uart_text(k, " ");
    }
    uart_hex(k, pc);
}

/* Follows saved frame pointers as long as they stay on this core's stack and go up. */
static unsigned walk(const struct kcb *k, const struct frame *f, uint64_t *pc, unsigned max)
{
    uint64_t lo = (uint64_t)(uintptr_t)k, hi = k->stack_top, fp = f->x[29];
    unsigned n = 0;

    pc[n++] = f->pc;
    if (f->pc >= KERNEL_BASE && f->x[30] >= KERNEL_BASE)
        pc[n++] = f->x[30]; /* a leaf has not saved it yet; else it shows twice */
    while (n < max && fp >= lo && fp + 16 <= hi && fp % 8 == 0) {
        const uint64_t *link = (const uint64_t *)(uintptr_t)fp;

        if (link[1] < KERNEL_BASE)
            break;
        pc[n++] = link[1];
        if (link[0] <= fp)
            break;
        fp = link[0];
    }
    return n;
}

static void put_registers(const struct kcb *k, const struct frame *f)
{
    for (unsigned i = 0; i < ARRAY_LEN(f->x); i++) {
        uart_text(k, i < 10 ? "  x" : " x");
        uart_dec(k, i);
        uart_text(k, " ");
        uart_hex(k, f->x[i]);
        if (i % 4 == 3)
            uart_text(k, "\n");
    }
    uart_text(k, "  sp ");
    uart_hex(k, f->sp);
    uart_text(k, "\n  pc ");
    uart_hex(k, f->pc);
    uart_text(k, " pstate ");
    uart_hex(k, f->pstate);
    uart_text(k, " esr ");
    uart_hex(k, read_esr_el1());
    uart_text(k, " far ");
    uart_hex(k, read_far_el1());
    uart_text(k, "\n");
}

static void put_record(const struct kcb *k, const char *why, const struct frame *f,
                       const uint64_t *trace, unsigned n)
{
    uart_text(k, "\x1e{\"type\":\"panic\",\"core\":");
    uart_dec(k, k->info->core);
    uart_text(k, ",\"t_ns\":");
    uart_dec(k, scale(read_cntvct_el0() - k->info->reset_ticks, k->to_ns));
    uart_text(k, ",\"reason\":\"");
    for (const char *c = why; *c; c++)
        uart_text(k, *c == '"' ? "'" : *c == '\\' ? "/" : (const char[]){ *c, 0 });
    uart_text(k, "\",\"pc\":\"");
    uart_hex(k, f->pc);
    uart_text(k, "\",\"esr\":\"");
    uart_hex(k, read_esr_el1());
    uart_text(k, "\",\"far\":\"");
    uart_hex(k, read_far_el1());
    uart_text(k, "\",\"task\":");
    uart_dec(k, k->current ? k->current->id : 0);
    uart_text(k, ",\"trace\":[");
    for (unsigned i = 0; i < n; i++) {
        uart_text(k, i ? ",\"" : "\"");
        put_place(k, trace[i]);
        uart_text(k, "\"");
    }
    uart_text(k, "]}\n");
}

__attribute__((always_inline)) static inline void last_words(struct kcb *k, const char *why, const struct frame *frame)
{
    uint64_t trace[TRACE_MAX];
    unsigned n;

    if (k->panicking++)
        cpu_end_machine(k, PANIC_STATUS + 1); /* the panic itself went wrong */
    if (!frame) {
        k->panic_frame->pc = (uint64_t)(uintptr_t)__builtin_return_address(0);
        k->panic_frame->x[29] = (uint64_t)(uintptr_t)__builtin_frame_address(0);
        k->panic_frame->sp = (uint64_t)(uintptr_t)__builtin_frame_address(0);
        frame = k->panic_frame;
    }
    n = walk(k, frame, trace, TRACE_MAX);

    uart_text(k, "\n\npanic on core ");
    uart_dec(k, k->info->core);
    uart_text(k, ": ");
    uart_text(k, why);
    uart_text(k, "\n");
    put_registers(k, frame);
    for (unsigned i = 0; i < n; i++) {
        uart_text(k, i ? "  from " : "  at   ");
        put_place(k, trace[i]);
        uart_text(k, "\n");
    }
    if (k->current) {
        uart_text(k, "running: task ");
        uart_dec(k, k->current->id);
        uart_text(k, " at ");
        uart_hex(k, k->current->frame.pc);
        uart_text(k, ", last system call ");
        uart_hex(k, k->current->frame.x[8] & 0xffff);
        uart_text(k, "\n");
    } else {
        uart_text(k, "running: nothing, the core was idle or starting\n");
    }
    put_record(k, why, frame, trace, n);
}

_Noreturn void panic(struct kcb *k, const char *why, const struct frame *frame)
{
    last_words(k, why, frame);
    cpu_end_machine(k, PANIC_STATUS);
}

_Noreturn void panic_root(struct kcb *k, const char *why, const struct frame *frame)
{
    last_words(k, why, frame);
    if (k->info->core != 0)
        cpu_stop(k);
    cpu_end_machine(k, PANIC_STATUS);
}

_Noreturn void check_failed(const char *what, const char *file, int line)
{
    struct kcb *k = (struct kcb *)(uintptr_t)read_tpidr_el1();

    uart_text(k, "\n");
    uart_text(k, file);
    uart_text(k, ":");
    uart_dec(k, (uint64_t)line);
    panic(k, what, NULL);
}
