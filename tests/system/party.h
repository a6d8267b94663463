/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/system/party - programs that are partitions together, and what one that shapes these tells them to do.
 *
 *     party A0 x    serves "A0x"                  A1 ==6=> A0 --2--> B0 <=6== B1          a tick is a millisecond
 *     party A1 x    binds to "A0x" and talks
 *     party B0 x    serves "B0x"; A0 binds to it, too
 *     party B1 x    binds to "B0x" and talks
 *
 * Each binds to "party" and says its name; then it does what it is told, word 0 and 1 of a message, and talks meanwhile. What
 * it says is numbered: a number that is not the next one is counted.
 */
#pragma once
#include "lib/rt/chan.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/monitor.h"
#include "tests/system/report.h"
#include <stdio.h>
#include <string.h>

#define PATIENCE_NS (20 * NS_PER_S)
#define FRAMES      4u

enum party_kind {
    PARTY_HELLO = 1, /* word 0: the name, 3 characters                                 */
    PARTY_RATE,      /* messages a tick from now on                                    */
    PARTY_FRAME,     /* i: a frame, mapped for reading and writing                     */
    PARTY_GIVE,      /* i, rights: a copy over the channel that this one has bound     */
    PARTY_TAKE,      /* i, 1: mapped: one that came                                    */
    PARTY_LESS,      /* i, rights: its own is a copy with these instead                */
    PARTY_DROP,      /* i                                                              */
    PARTY_RIGHTS,    /* i -> rights, permissions where it is mapped                    */
    PARTY_WHERE,     /* -> its partition                                               */
    PARTY_HEARD,     /* -> messages that came, of these out of order                   */
    PARTY_CLOSE,     /* the channel that this one has bound                            */
    PARTY_TABLE,     /* 1: a second table, with a copy of frame i in it; 0: gone       */
    PARTY_EXIT,      /* code                                                           */
};
