/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * monitor/mon - what the files of one monitor share: who it is, and its loop.
 *
 *     main.c     the order of starting, and the loop
 *     core.c     other cores: start them, join them, give them up        core_sm.c (pure)
 *     core_tell.c what is said about them: records, answers
 *     fence.c    stop one that does not answer, and know that it has stopped
 *     devices.c  which core holds which device
 *     leases.c   which program of this core has which              lease_sm.c (pure)
 *     peers.c    messages to and from their monitors                     peer.def
 *     ram.c      this core's memory: blocks, and who has them            buddy.c, ledger.c (pure)
 *     image.c    programs of the bundle, read once
 *     prog.c     which programs are here; prog_life.c: their beginning and end
 *     prog_list.c those of etc/start                                     start.c (pure)
 *     home.c     the partitions whose home this is, as records and tables partition/ (pure)
 *     part_call.c requests about partitions, from any core for any core; part_here.c: what runs here does it
 *     part_shape.c two become one, one becomes two: part_merge.c, part_split.c, part_caps.c   partition/ (pure)
 *     home_edge.c channels and leases in the tables of homes
 *     sleep.c    a partition becomes a checkpoint, and one again         partition/snapshot.c (pure)
 *     part_news.c ends of partitions, to their supervisors
 *     ask.c      requests that other monitors answer
 *     tables.c   memory for tables whose size depends on the machine
 *     spawn.c    from image to running task
 *     bind.c     channels between programs: the protocol                 bind_sm.c (pure)
 *     conn.c     their ends: the table, in and out of programs
 *     pieces.c   their memory
 *     rings.c    how much goes through them                              tally.c (pure)
 *     feed.c     that, and what else coherence wants to know; life without coherence
 *     urge.c     what that does to the scheduler of this core
 *     registry.c services by name (first monitor)                        names.c (pure)
 *     caps*.c    capabilities and other cores: the protocols (pure)
 *     agree.c    the same, performed; island.c: its system calls
 *     mover*.c   a partition changes core: who is asked, who has answered (pure)      migrate_sm.c, parts.c (pure)
 *     move*.c    the same, performed; arrive.c: at its destination
 *     forest.c   the capabilities of this core, as records
 *     prove.c    the proofs that privileged operations ask for
 *     lent.c     memory between cores, as records
 *     note.c     records of what this monitor does by itself
 *     recovery.c who stores the log is started again though it is full
 *     seal.c     seals of the witness logs, told to all                  seal_queue.c (pure)
 *     fail.c     stops this core at a named point, for tests
 *     dispatch.c from a peer's message to the file that knows it
 *     calls.c    what programs ask                                       lib/rt/monitor.def
 *     text.c     text on its way to the console; the end of the run
 */
#pragma once
#include "lib/abi/bootinfo.h"
#include "lib/abi/layout.h"
#include "lib/abi/program.h"
#include "lib/rt/loop.h"

struct monitor {
    const struct program_info *info;
    const struct bootinfo *boot;
    const uint8_t *bundle;          /* the archive */
    uint64_t bundle_bytes;
    core_id core, ncores;
    bool first;                     /* core 0's: starts the others, keeps the names */
    handle_t endpoint;              /* where its programs call, and where their faults arrive */
    uint64_t entered_ns;
    struct rt_loop loop;
};
extern struct monitor mon;

/* The first monitor. */
#define FIRST_CORE 0u

/* Where a monitor maps things in its own space, beside what lib/abi/layout.h says. */
#define MON_BOOTINFO (USER_DEVICES - 0x1000000ull)
#define MON_DISK (USER_DEVICES + 0x1000000ull)    /* registers of the disk, to reset it      */
#define MON_CHECKPOINT (USER_DEVICES + 0x18000000ull) /* of a partition that hibernates      */
#define MON_WINDOW (USER_DEVICES + 0x10000000ull) /* one frame at a time, while it is filled */
#define MON_RINGS (USER_DEVICES + 0x20000000ull)  /* channels that are counted, read-only      */
#define MON_TABLES (USER_HEAP + 0x20000000ull)    /* tables sized by the machine             */
#define MON_IMAGES (USER_HEAP + 0x40000000ull)    /* images of programs, kept                */

/* A badge of calls is a program's id; of its faults the same with this bit. */
#define BADGE_FAULT (1ull << 63)
