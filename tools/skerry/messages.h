/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/messages - records `messages`, both ends of each message brought together.
 *
 * A message is here only if its sender noted that it sent it and its receiver that it took it, and in this order: a line that is
 * missing costs messages, and never makes one up. What has one end, or came before it was sent, is counted.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct message_end {
    int64_t at_ns, ns, core; /* when it began, how long it took, on which core */
    uint64_t part;
};

struct message {
    int64_t way, number;
    struct message_end sent, taken;
};

struct messages {
    struct message *list; /* as they were sent */
    size_t n;
    int64_t every;   /* one in so many was noted; 0: none, -1: not the same everywhere */
    int64_t dropped; /* of those to be noted, ends that had no room */
    size_t sent_only, taken_only, backwards, twice;
};

/* `records`: of a runlog, of any type. The caller frees it. */
void messages_pair(const json_t *records, struct messages *m);
void messages_free(struct messages *m);
/* How many, what is missing, and from sent to taken: on one core, between two. The caller drops it. */
json_t *messages_json(const struct messages *m);
