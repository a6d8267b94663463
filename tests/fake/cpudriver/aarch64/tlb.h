/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/fake: the machine keeps a cache of translations, so that a forgotten one is seen. */
#pragma once
#include "lib/aarch64/barrier.h"
#include "lib/base/types.h"

void fake_tlb_forget(uint16_t asid, vaddr_t va, bool all);

static inline void tlb_forget_page(uint16_t asid, vaddr_t va)
{
    fake_tlb_forget(asid, va, false);
}

static inline void tlb_forget_asid(uint16_t asid)
{
    fake_tlb_forget(asid, 0, true);
}

static inline void tlb_sync(void)
{
}
