/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * partition/quota - what a partition may use, and has used.
 *
 * Flows (CPU time, messages) begin anew with each epoch; stocks (pages, tasks) are held until given back. Check and charge
 * are one step over all kinds at once: either all of what is wanted is charged, or nothing, and the kind that refused is named.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

/* QUOTA(NAME, limit, flow, answer when it is used up, sentence) */
/* clang-format off */
#define QUOTA_LIST(X)                                                                              \
    X(CPU_US,   10000, true,  ST_AGAIN,      "CPU time of this epoch, in microseconds")            \
    X(PAGES,      256, false, ST_NOMEM,      "pages of 64 KiB")                                    \
    X(MESSAGES,  1024, true,  ST_AGAIN,      "messages of this epoch")                             \
    X(TASKS,       32, false, ST_TABLE_FULL, "tasks")
/* clang-format on */

#define QUOTA_PAGE_BYTES (64 * KIB)

enum quota_kind {
#define X(name, limit, flow, status, text) QUOTA_##name,
    QUOTA_LIST(X)
#undef X
        QUOTA_KINDS
};

struct quota {
    uint32_t limit[QUOTA_KINDS];
    uint32_t used[QUOTA_KINDS]; /* never above limit, but a flow that was charged late */
};

void quota_init(struct quota *q);
/* What quota_init gives. */
uint32_t quota_default(enum quota_kind kind);

/* Another limit for one kind. ST_INVALID; ST_STATE: more than that is held of a stock. */
MUST_CHECK status_t quota_limit(struct quota *q, enum quota_kind kind, uint32_t limit);

/* All of `want`, or nothing: then *refused is the first kind without room, and the answer its status in the list. */
MUST_CHECK status_t quota_charge(struct quota *q, const uint32_t want[QUOTA_KINDS],
                                 enum quota_kind *refused);

/* The same for one kind. */
MUST_CHECK status_t quota_charge_one(struct quota *q, enum quota_kind kind, uint32_t want);

/*
 * What was used without being asked for first: CPU time. All of it counts; true: the limit is reached and nothing more is due in this
 * epoch.
 */
bool quota_spend(struct quota *q, enum quota_kind kind, uint32_t used);

/* Of a stock. Giving back more than is held is a mistake of ours. */
void quota_release(struct quota *q, enum quota_kind kind, uint32_t amount);

/* A new epoch: what is over the limit of a flow is still owed. */
void quota_epoch(struct quota *q);

bool quota_is_flow(enum quota_kind kind);
const char *quota_text(enum quota_kind kind);

/* Whole pages of the quota for so many bytes. */
static inline uint64_t quota_pages(uint64_t bytes)
{
    return bytes / QUOTA_PAGE_BYTES + (bytes % QUOTA_PAGE_BYTES != 0);
}
