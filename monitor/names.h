/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/names - the register of services, kept by the first monitor.
 *
 *     REGISTER name -----> entry ----> wakes the lookups that wait for it
 *     LOOKUP name -------> found at once, or waits in a bounded list
 *
 * A service is named by core and by an id of that core's monitor. A lookup is named by the
 * core that asks and its ticket; who gives up cancels it, so a wait here needs no clock.
 * Pure: memory and messages are the caller's.
 */
#pragma once
#include "lib/base/status.h"
#include "lib/base/types.h"

#define NAMES_MAX 256u
#define LOOKUPS_MAX 256u
#define SERVICE_NAME_BYTES 32u

struct service {
    char name[SERVICE_NAME_BYTES];  /* "": free entry */
    core_id core;
    uint64_t id;
};

struct lookup {
    char name[SERVICE_NAME_BYTES];  /* "": free entry */
    core_id core;
    uint64_t ticket;
};

struct names {
    struct service service[NAMES_MAX];
    struct lookup lookup[LOOKUPS_MAX];
};

/* 1 to 31 printable characters without blanks, then zeros to the end of the field. */
bool name_valid(const char name[SERVICE_NAME_BYTES]);

/* ST_EXISTS, ST_TABLE_FULL, ST_INVALID (name). */
MUST_CHECK status_t names_register(struct names *n, const char *name, core_id core, uint64_t id);

/* Forget one service, or everything about a core that died. */
void names_unregister(struct names *n, core_id core, uint64_t id);
void names_drop_core(struct names *n, core_id core);

/* A service is on another core, under another number. */
void names_move(struct names *n, core_id from, uint64_t was, core_id core, uint64_t id);

/* ST_OK: *found. ST_AGAIN: it waits, and names_next_answer will give it. ST_TABLE_FULL, ST_INVALID. */
MUST_CHECK status_t names_lookup(struct names *n, const char *name, core_id core, uint64_t ticket,
                                 const struct service **found);
void names_cancel(struct names *n, core_id core, uint64_t ticket);

/* After a registration: a lookup that can now be answered, taken off the list. False: none. */
bool names_next_answer(struct names *n, struct lookup *lookup, const struct service **found);
