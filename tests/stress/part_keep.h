/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tests/stress/part_keep - what a part has, and whether it still is what it was: memory of every kind, registers, capabilities.
 */
#pragma once
#include "lib/rt/syscall.h"

/* What was not as it had been left. */
enum keep_wrong {
    KEEP_DATA = 0x1,
    KEEP_HEAP = 0x2,
    KEEP_STACK = 0x4,
    KEEP_FRAME = 0x8,    /* its own frame, mapped by itself                    */
    KEEP_FP = 0x10,
    KEEP_RAM = 0x20,     /* the capability to its RAM                          */
    KEEP_COPY = 0x40,    /* a copy with fewer rights, or what may not be done by it */
    KEEP_EVENT = 0x80,   /* an event of its own: the capability, or a signal that did not come */
    KEEP_SPARE = 0x100,  /* a frame made and deleted while it runs somewhere   */
    KEEP_SELF = 0x200,   /* its task, table and space                          */
    KEEP_GROW = 0x400,   /* it could not have more memory                      */
    /* capabilities given to it, or by it (part_caps.c) */
    KEEP_TOKEN = 0x800,  /* what is given to and fro: another page, or other rights */
    KEEP_HOPS = 0x1000,  /* what stands in it                                  */
    KEEP_PRESENT = 0x2000, /* a copy: another page, or what stands in it         */
    KEEP_ANSWER = 0x4000, /* what giving or offering room was answered; caps_odd() */
    KEEP_KEPT = 0x8000,  /* what was not given is not what it was              */
};

enum keep_ask {
    KEEP_LOOK,
    KEEP_MORE,           /* and grow the heap, or make or delete a frame: whichever it is the turn of */
};

#define KEEP_EVENT_BIT (1ull << 5)
#define KEEP_STACK_WORDS 128u

/* False: it could not be set up. `stack` is the caller's, for as long as the program runs. */
bool keep_start(uint64_t number, volatile uint64_t *stack);
/* All of it: enum keep_wrong. */
uint32_t keep_look(enum keep_ask ask);
/* Once for each time the loop came round: FP registers through a yield, and a signal to itself. */
void keep_turn(void);
/* The bit of its event came. */
void keep_event(void);
/* Why it could not have more memory; ST_OK: it was the heap. */
status_t keep_odd(void);
uint64_t keep_heap_bytes(void);
