/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "monitor/forest.h"
#include "lib/abi/cap.h"
#include "lib/rt/record.h"
#include "monitor/agree.h"
#include "monitor/caps.h"
#include "monitor/island.h"
#include "monitor/peers.h"
#include "monitor/prog.h"
#include "monitor/text.h"
#include <stdio.h>

#define RECORD_BYTES 512u   /* more than a record has */
#define SLOTS 8192u         /* of a monitor's table, at most */
#define STEPS 64u           /* capabilities looked at in one turn */

static bool dumping, cut;
static uint64_t number, slot, ref, count;

void forest_ask_all(uint64_t dump)
{
    for (core_id i = 0; i < mon.ncores; i++)
        PEER_SEND(i, FOREST, .dump = dump);
}

static void end_dump(bool whole)
{
    rec_begin("cap_dump");
    rec_u64("dump", number);
    rec_u64("count", count);
    rec_bool("whole", whole);
    rec_end();
    dumping = false;
}

void forest_ask(uint64_t dump)
{
    if (dumping)
        end_dump(false);
    dumping = true;
    number = dump;
    slot = 1;
    ref = count = 0;
    cut = false;
}

static const char *kind_of(unsigned type)
{
    return type == CAP_RAM ? "ram" : type == CAP_FRAME ? "frame" : "device";
}

static void put_rights(unsigned rights)
{
    static const char letter[] = "rwgvxpo"; /* read write grant revoke execute prove, grant once */
    char text[8];
    unsigned n = 0;

    for (unsigned i = 0; i < 7; i++)
        if (rights >> i & 1)
            text[n++] = letter[i];
    text[n] = '\0';
    rec_str("rights", text);
}

static void put_flags(unsigned flags)
{
    static const char *const word[] = { "proxy", "import", "foreign", "busy",
                                        "revoking", "told", "copy", "once" };
    char text[64];
    size_t n = 0;

    text[0] = '\0';
    for (unsigned i = 0; i < 8; i++)
        if (flags >> i & 1)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? " " : "", word[i]);
    if (n > 0)
        rec_str("flags", text);
}

/* Who holds it: a program of this core by its task, or another core by its node. */
static void put_holder(uint64_t who, unsigned flags)
{
    struct caps_about about;

    if (who >> 32 == 0) {
        rec_str("program", prog_name_of_task(who));
    } else if (flags & (CAP_F_PROXY | CAP_F_IMPORT) && agree_about(who, &about)) {
        char node[32];

        (void)snprintf(node, sizeof node, "%u.%llx", about.owner, (unsigned long long)about.node);
        rec_str("node", node);
        rec_u64(flags & CAP_F_PROXY ? "holder" : "owner", about.peer);
    }
}

static void put_id(const char *key, uint64_t id)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%u.%llu", mon.core, (unsigned long long)id);
    rec_str(key, text);
}

static void put(const struct rt_msg *m)
{
    unsigned what = (unsigned)m->w[2], type = CAP_WHAT_TYPE(what), flags = what >> 24;

    if (type != CAP_RAM && type != CAP_FRAME && type != CAP_DEVICE)
        return;
    count++;
    rec_begin("cap");
    rec_u64("dump", number);
    put_id("id", m->w[0]);
    if (m->w[1] != 0)
        put_id("parent", m->w[1]);
    rec_str("kind", kind_of(type));
    rec_hex("base", m->w[3]);
    rec_u64("bytes", m->w[4]);
    put_rights(CAP_WHAT_RIGHTS(what));
    rec_u64("depth", CAP_WHAT_DEPTH(what));
    put_flags(flags);
    put_holder(m->w[5], flags);
    rec_end();
}

/* The next capability below the root in `slot`, or the next slot. */
static void step(void)
{
    struct rt_msg m = { { slot, ref } };
    status_t st = island_walk(&m);

    if (st == ST_OK) {
        put(&m);
        ref = m.w[0];
        return;
    }
    cut = cut || st == ST_STALE_HANDLE; /* it changed under our feet: the rest of this tree is left out */
    ref = 0;
    slot++;
}

bool forest_turn(void)
{
    for (unsigned i = 0; i < STEPS && dumping; i++) {
        if (text_room() < RECORD_BYTES)
            return false; /* the console is behind: the next turn */
        if (slot >= SLOTS)
            end_dump(!cut);
        else
            step();
    }
    return dumping;
}
