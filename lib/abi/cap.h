/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/abi/cap - what a capability is from outside: a handle, a type, rights.
 *
 * A handle is 64 bits: index in the low half, generation in the high half.
 * Generation 0 is never valid, so handle 0 means "none".
 */
#pragma once
#include "lib/base/types.h"

typedef uint64_t handle_t;

#define HANDLE(index, generation) ((uint64_t)(uint32_t)(index) | (uint64_t)(uint32_t)(generation) << 32)
#define HANDLE_INDEX(h) ((uint32_t)(h))
#define HANDLE_GENERATION(h) ((uint32_t)((h) >> 32))

enum cap_type {
#define CAP_TYPE(name, number, text) CAP_##name = number,
#include "lib/abi/cap.def"
#undef CAP_TYPE
    CAP_TYPES
};

/* spec.md section 2; the numbers are the ABI. */
enum cap_right {
    RIGHT_READ = 0x01,
    RIGHT_WRITE = 0x02,
    RIGHT_GRANT = 0x04,
    RIGHT_REVOKE = 0x08,
    RIGHT_EXECUTE = 0x10,
    RIGHT_PROVE = 0x20,
    RIGHT_GRANT_ONCE = 0x40,
};
#define RIGHTS_ALL 0x3fu /* all but GRANT_ONCE, which would limit what GRANT gives */
#define DEPTH_MAX 8
