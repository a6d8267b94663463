/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/support/mmio_trap - see mmio_trap.h. */
#include "tests/support/mmio_trap.h"
#ifdef __x86_64__
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define ERR_WRITE 2   /* of a page fault's error code     */
#define EFL_TRAP  0x100 /* one instruction, then SIGTRAP  */

static const struct mmio_device *dev;
static uint8_t *base;
static uint64_t size, at;
static unsigned width;
static bool writing;
static struct sigaction old_segv, old_trap;

/* A compiler's own ways to move one byte: mov (88, 8a, c6) and movzx, movsx (0f b6, 0f be). */
static bool moves_a_byte(const uint8_t *code)
{
    while (*code == 0x66 || (*code & 0xf0) == 0x40) /* prefixes: size, REX */
        code++;
    if (*code == 0x0f)
        return code[1] == 0xb6 || code[1] == 0xbe;
    return *code == 0x88 || *code == 0x8a || *code == 0xc6;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
    ucontext_t *u = context;
    uint64_t addr = (uint64_t)(uintptr_t)info->si_addr;

    if (!base || addr - (uint64_t)(uintptr_t)base >= size) {
        sigaction(SIGSEGV, &old_segv, NULL); /* not ours: it faults again, and is told */
        (void)signal;
        return;
    }
    at = addr - (uint64_t)(uintptr_t)base;
    writing = (u->uc_mcontext.gregs[REG_ERR] & ERR_WRITE) != 0;
    width = moves_a_byte((const uint8_t *)(uintptr_t)u->uc_mcontext.gregs[REG_RIP]) ? 1 : dev->is_wide(at) ? 8 : 4;
    mprotect(base, size, PROT_READ | PROT_WRITE);
    if (!writing) {
        uint64_t value = dev->read(at);

        memcpy(base + at, &value, width);
    }
    u->uc_mcontext.gregs[REG_EFL] |= EFL_TRAP;
}

static void on_step(int signal, siginfo_t *info, void *context)
{
    ucontext_t *u = context;

    (void)signal;
    (void)info;
    if (writing) {
        uint64_t value = 0;

        memcpy(&value, base + at, width);
        dev->write(at, value);
    }
    mprotect(base, size, PROT_NONE);
    u->uc_mcontext.gregs[REG_EFL] &= ~EFL_TRAP;
}

unsigned mmio_trap_width(void)
{
    return width;
}

void *mmio_trap_open(const struct mmio_device *device, uint64_t bytes)
{
    struct sigaction fault = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
    struct sigaction step = {.sa_sigaction = on_step, .sa_flags = SA_SIGINFO};

    dev = device;
    size = bytes;
    base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED || sigaction(SIGSEGV, &fault, &old_segv) != 0 || sigaction(SIGTRAP, &step, &old_trap) != 0) {
        perror("mmio_trap");
        abort();
    }
    return base;
}

void mmio_trap_close(void)
{
    sigaction(SIGSEGV, &old_segv, NULL);
    sigaction(SIGTRAP, &old_trap, NULL);
    munmap(base, size);
    base = NULL;
}
#else
void *mmio_trap_open(const struct mmio_device *device, uint64_t bytes)
{
    (void)device;
    (void)bytes;
    return NULL;
}

void mmio_trap_close(void) {}

unsigned mmio_trap_width(void)
{
    return 0;
}
#endif
