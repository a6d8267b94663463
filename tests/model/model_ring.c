/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * The ring and the sleep protocol on a weakly ordered machine: every order of the accesses of
 * the very ring.c and wait.c that run on cores, with everything the machine may do to them.
 *
 * Nothing includes a .c, except here: the two files are compiled once more, on that machine.
 */
#define URPC_MACHINE "tests/support/machine.h"
#include "urpc/ring.c"
#include "urpc/wait.c"
#include <stdlib.h>
#include "tests/support/machine.h"

#define TORN        "R2: a message is whole when it is seen"
#define ORDER       "R2: messages come once and in order"
#define FALSE_ALARM "R4: an honest peer is not called broken"

enum { PRODUCER, CONSUMER, SECOND };

static struct urpc_line line[2];
static struct urpc_slot slot[2][2];
static unsigned nslots, messages, batch;

static void send(struct urpc_tx *tx, uint32_t n)
{
    struct urpc_slot *s;

    for (machine_mark(); (s = urpc_reserve(tx)) == NULL; machine_again())
        if (tx->broken)
            machine_broken(FALSE_ALARM);
    machine_store(&s->word[0], n, memory_order_relaxed);
    urpc_commit(tx, (uint16_t)n, 0);
}

static void check_message(struct urpc_rx *rx, const struct urpc_slot *s, uint32_t n)
{
    if (urpc_kind(rx) != n)
        machine_broken(ORDER);
    machine_late_load(&s->word[0], n, TORN);
    urpc_release(rx);
}

static const struct urpc_slot *poll(struct urpc_rx *rx)
{
    const struct urpc_slot *s = urpc_peek(rx); /* the first look may publish an ack */

    if (s != NULL)
        return s;
    for (machine_mark(); (s = urpc_peek(rx)) == NULL; machine_again())
        if (rx->broken)
            machine_broken(FALSE_ALARM);
    return s;
}

/* Both sides poll: R2 and R3. */
static void poll_body(unsigned thread)
{
    struct urpc_tx tx;
    struct urpc_rx rx;

    urpc_tx_attach(&tx, slot[0], &line[0], nslots, 0);
    urpc_rx_attach(&rx, slot[0], &line[0], nslots, 0);
    for (uint32_t n = 1; n <= messages; n++) {
        if (thread == PRODUCER) {
            send(&tx, n);
            continue;
        }
        check_message(&rx, poll(&rx), n);
    }
}

/* The consumer sleeps when it may: W1. The producer looks at the bell after each batch. */
static void sleep_body(unsigned thread)
{
    struct urpc_tx tx;
    struct urpc_rx rx;

    urpc_tx_attach(&tx, slot[0], &line[0], nslots, 0);
    urpc_rx_attach(&rx, slot[0], &line[0], nslots, 0);
    for (uint32_t n = 1; n <= messages; n++) {
        const struct urpc_slot *s;

        if (thread == PRODUCER) {
            send(&tx, n);
            if (n % batch == 0 && urpc_must_ring(&tx))
                machine_poke(CONSUMER);
            continue;
        }
        while ((s = urpc_peek(&rx)) == NULL) {
            if (rx.broken)
                machine_broken(FALSE_ALARM);
            if (urpc_may_sleep(&rx))
                machine_sleep();
        }
        check_message(&rx, s, n);
    }
}

/* One sleeper, two rings, a producer each: W1 for a set, through urpc_wait. */
static void set_body(unsigned thread)
{
    struct urpc_waiter w = {.budget = 0};
    struct urpc_tx tx;
    struct urpc_rx rx[2], *set[2] = {&rx[0], &rx[1]};
    unsigned mine = thread == SECOND;

    urpc_tx_attach(&tx, slot[mine], &line[mine], nslots, 0);
    for (int i = 0; i < 2; i++)
        urpc_rx_attach(&rx[i], slot[i], &line[i], nslots, 0);
    if (thread != CONSUMER) {
        send(&tx, 1);
        if (urpc_must_ring(&tx))
            machine_poke(CONSUMER);
        return;
    }
    for (int got = 0; got < 2;) {
        const struct urpc_slot *s;
        size_t which;

        switch (urpc_wait(&w, set, 2, &which)) {
        case URPC_READY:
            if ((s = urpc_peek(&rx[which])) == NULL)
                machine_broken("what is ready is there");
            check_message(&rx[which], s, 1);
            got++;
            break;
        case URPC_SLEEP:
            machine_sleep();
            break;
        case URPC_POLL:
            break;
        }
    }
}

static int fails;

static void walk(struct machine_program p, unsigned slots, unsigned n, unsigned per_bell)
{
    struct explore_result r;

    nslots = slots;
    messages = n;
    batch = per_bell;
    r = machine_explore(&p, 3000000, stdout);
    printf("%s - %s (%llu states)\n", r.end == EXPLORE_ALL ? "ok" : "not ok", p.name,
           (unsigned long long)r.states);
    fails += r.end != EXPLORE_ALL;
}

#define ONE_RING                                                                                   \
    {&slot[0][0].head, "slot0.head"}, {&slot[0][0].word[0], "slot0.word"},                         \
        {&slot[0][1].head, "slot1.head"}, {&slot[0][1].word[0], "slot1.word"},                     \
        {&line[0].ack, "ack"},                                                                     \
    {                                                                                              \
        &line[0].bell, "bell"                                                                      \
    }

int main(void)
{
    struct machine_program poll = {"", 2, poll_body, {"producer", "consumer"}, {ONE_RING}};
    struct machine_program sleep = {"", 2, sleep_body, {"producer", "consumer"}, {ONE_RING}};
    struct machine_program set = {"two rings of one sleeper: neither is forgotten",
                                  3,
                                  set_body,
                                  {"producer", "consumer", "second"},
                                  {{&slot[0][0].head, "ring0.head"},
                                   {&slot[0][0].word[0], "ring0.word"},
                                   {&line[0].ack, "ring0.ack"},
                                   {&line[0].bell, "ring0.bell"},
                                   {&slot[1][0].head, "ring1.head"},
                                   {&slot[1][0].word[0], "ring1.word"},
                                   {&line[1].ack, "ring1.ack"},
                                   {&line[1].bell, "ring1.bell"}}};

    setvbuf(stdout, NULL, _IOLBF, 0);
    poll.name = "one slot, three messages: whole, once, in order";
    walk(poll, 1, 3, 1);
    poll.name = "two slots, five messages: whole, once, in order";
    walk(poll, 2, 5, 1);
    sleep.name = "one slot, three messages, a sleeper: no lost wake-up";
    walk(sleep, 1, 3, 1);
    sleep.name = "two slots, three messages, a sleeper: no lost wake-up";
    walk(sleep, 2, 3, 1);
    sleep.name = "two slots, four messages in batches of two, a sleeper: no lost wake-up";
    walk(sleep, 2, 4, 2);
    set.threads = 3;
    walk(set, 1, 1, 1);
    return fails != 0;
}
