/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* tests/fake: barriers are nothing on the host's one thread; waiting for an interrupt is the machine's. */
#pragma once

void fake_wfi(void);

static inline void isb(void)
{
}

static inline void dsb_ish(void)
{
}

static inline void dsb_nsh(void)
{
}

static inline void wmb_dev(void)
{
}

static inline void wfi(void)
{
    fake_wfi();
}

static inline void cpu_relax(void)
{
}
