/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * lib/rt/monitor - talking to the monitor of the own core.
 *
 *     program --- call: one message, one answer, at once ---> monitor
 *     program <-- EVENT_NEWS: something happened, ask ------- monitor
 *
 * The monitor never waits for a program and never calls one, so it cannot be held
 * up. News is kept by the monitor until it is asked for; nothing is lost when the
 * program is slow, because what there is to tell is state (a channel, a child).
 */
#pragma once
#include "lib/rt/syscall.h"

enum mon_call {
#define MON_CALL(name, number) MON_##name = number,
#include "lib/rt/monitor.def"
#undef MON_CALL
    MON_CALLS
};

/* Event bits. 0..31 are a program's own; EVENT_BELL of lib/abi/syscall.h is 63. */
#define EVENT_NEWS (1ull << 62) /* by the monitor: there is news                           */
#define EVENT_POKE (1ull << 61) /* by a peer on this core, as EVENT_BELL by one on another */
#define EVENT_WAKE (EVENT_BELL | EVENT_POKE | EVENT_NEWS)

#define NAME_BYTES 32u

#define AGREED_LETTERS 32u /* word 1 of AGREED */

/* Word 1 of LEASE. */
enum lease_ask { LEASE_ASK_TELL, LEASE_ASK_RENEW, LEASE_ASK_REVOKE };

/* Word 1 of an answer to NEWS. */
enum news_kind {
    NEWS_BOUND = 1,   /* w2 ticket, w3 va, w4 doorbell or event, w5 NEWS_PEER                */
    NEWS_REFUSED = 2, /* w2 ticket, w3 status                                                */
    NEWS_CLIENT = 3,  /* w2 service id (answer to SERVE), w3, w4, w5 as bound      */
    NEWS_GONE = 4,    /* w3 va: the other side closed or died. CLOSE it when done with it    */
    NEWS_NAMED = 6,   /* w2 service id, w3 status of its registration                        */
    NEWS_CAP = 7,     /* w2 va, w3 handle, w4 tag: a capability came over this channel         */
    NEWS_EXIT = 5,    /* w2 part, w3 exit code, w4 fault kind (FAULT_EXIT: ended itself, or was ended; EXIT_LOST), w5 pc */
};

#define EXIT_LOST 0x100u /* it ended with the core where it was */

/* What MON_LIFE may ask, and what else monitors ask each other about a partition. */
enum part_ask {
    PART_START = 1, PART_SUSPEND, PART_RESUME, PART_DESTROY, PART_HIBERNATE, PART_RECONSTRUCT,
    PART_STATUS, PART_SUPERVISE, PART_QUOTA, PART_CREATE, PART_SPLIT, PART_MERGE, PART_JOIN,
    PART_ASKS
};

/* w5 of CREATE: where, what, its share of the core (0: as everybody), its memory (0: none beside what it begins with). */
#define PART_WISH_SMALL 1u /* 13 capabilities, a stack of 8 KiB, no channels without memory */
#define PART_WISH_SLOT  2u /* option device=slot; only by who has the option `machine` */
#define PART_WISH(core, flags, weight, mem_kib)                                                    \
    ((uint64_t)(core) | (uint64_t)(flags) << 8 | (uint64_t)(weight) << 16 | (uint64_t)(mem_kib) << 32)
#define PART_WISH_CORE(w) ((uint32_t)(w) & 0xff)
#define PART_WISH_FLAGS(w) ((uint32_t)((w) >> 8) & 0xff)
#define PART_WISH_WEIGHT(w) ((uint32_t)((w) >> 16) & 0xffff)
#define PART_WISH_MEM_KIB(w) ((uint32_t)((w) >> 32))

/* w5 of NEWS_BOUND and NEWS_CLIENT: who is at the other end. */
#define NEWS_PEER(core, bucket, local, side)                                                       \
    ((uint64_t)(core) | (uint64_t)(bucket) << 16 | (uint64_t)(local) << 32 | (uint64_t)(side) << 33)
#define NEWS_PEER_CORE(w) ((core_id)(w))
#define NEWS_PEER_BUCKET(w) ((w) >> 16 & 0xffff)
#define NEWS_PEER_LOCAL(w) ((w) >> 32 & 1)
#define NEWS_PEER_SIDE(w) ((unsigned)((w) >> 33 & 1))

struct news {
    uint64_t kind, w[4]; /* w[0] is word 2 of the list above */
};

/* Word 0 of a call: what is asked, and the doorbell bucket of who asks, which only it can know. */
#define MON_WORD(call, bucket) ((uint64_t)(call) | (uint64_t)(bucket) << 32)
#define MON_WORD_CALL(w) ((uint32_t)(w))
#define MON_WORD_BUCKET(w) ((uint32_t)((w) >> 32))

/* One call to the monitor; m->w[0] is set here. The status the monitor answered, or that of the call. */
status_t mon_call(enum mon_call call, struct rt_msg *m);

/*
 * Next piece of news, those put back first. ST_AGAIN: none. rt_news_keep() puts one
 * back that was for someone else, in order.
 */
status_t rt_news(struct news *out);
void rt_news_keep(const struct news *n);

/* Ask for the end of the run; comes back only when refused (option `machine` missing). */
status_t rt_machine_end(unsigned status, const char *why);

/* The masks of MON_CORES. */
struct rt_cores {
    uint64_t n, joined, dead, absent, all_joined_ns;
};
status_t rt_cores(struct rt_cores *out);
/* Until all cores of the machine have joined, are dead or absent. ST_TIMEOUT. */
status_t rt_wait_cores(uint64_t deadline_ns, struct rt_cores *out);

/* A partition of the program on a core, which has not begun; then rt_life(), and its end by rt_wait(). */
status_t rt_create(const char *program, const char *args, uint64_t wish, uint64_t *part);
status_t rt_life(uint64_t part, enum part_ask what);

/* One program more for a partition that has not begun. */
status_t rt_join(uint64_t part, const char *program, const char *args);
/* tasks_b 0: by the cut. */
status_t rt_split(uint64_t part, uint64_t tasks_b, uint64_t *a, uint64_t *b);

/* Start another program of the bundle on this core, and wait for its end. */
status_t rt_spawn(const char *program, const char *args, uint64_t *id);
status_t rt_wait(uint64_t id, uint64_t deadline_ns, struct news *exit_news);
