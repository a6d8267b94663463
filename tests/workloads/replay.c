/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * replay - what coherence was told on the target, told again to the same code on this machine.
 *
 *     build/replay CONSOLE.LOG
 *
 * The log is of a run with the argument trace=N of coherence (services/coherence/trace.h). After each epoch the moves that are wanted,
 * the messages between cores, and the weight of the cut must be those of the target. Exit status 0: all were; 1: one was not; 2: there
 * is no trace in it.
 */
#include "services/coherence/trace.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct mind mind;
static bool begun;
static unsigned epochs, moves, cuts, wrong;

static bool is_type(const char *line, const char *type)
{
    char want[40];

    snprintf(want, sizeof want, "{\"type\":\"%s\"", type);
    return strncmp(line, want, strlen(want)) == 0;
}

/* 0 if there is no such key: the program's part of the log is ours, the rest is compared. */
static uint64_t number(const char *line, const char *key)
{
    char want[40];
    const char *at;

    snprintf(want, sizeof want, "\"%s\":", key);
    at = strstr(line, want);
    return at == NULL ? 0 : strtoull(at + strlen(want), NULL, 10);
}

/* The next row of a list of lists; NULL: no more. */
static const char *next_row(const char *at, uint64_t *value, unsigned n)
{
    char *end;

    while (*at != '[' && *at != ']' && *at != '\0')
        at++;
    if (*at != '[')
        return NULL;
    at++;
    for (unsigned i = 0; i < n; i++) {
        value[i] = strtoull(at, &end, 10);
        at = end;
        at += *at == ',' || *at == ']';
    }
    return at;
}

static const char *list(const char *line, const char *key)
{
    char want[40];
    const char *at;

    snprintf(want, sizeof want, "\"%s\":[", key);
    at = strstr(line, want);
    return at == NULL ? "" : at + strlen(want);
}

static void begin(const char *line)
{
    uint32_t nodes = (uint32_t)number(line, "nodes"), edges = (uint32_t)number(line, "edges"),
             cores = (uint32_t)number(line, "cores");
    size_t bytes =
        nodes < 2 || cores == 0 || cores > CORES_MAX ? 0 : mind_bytes(nodes, edges, cores);
    void *memory = bytes == 0 ? NULL : aligned_alloc(16, bytes);

    begun = memory != NULL && mind_init(&mind, memory, nodes, edges, cores) == ST_OK;
}

static void hear(const uint64_t *row)
{
    static const char name[24] = "";
    core_id core = (core_id)row[1];

    switch ((enum trace_what)row[0]) {
    case TRACE_PART:
        (void)!mind_part(&mind, core, row[2], row[3], row[4] != 0, name);
        break;
    case TRACE_EDGE:
        mind_edge(&mind, row[2], row[3], row[4], row[5]);
        break;
    case TRACE_CORE:
        mind_core(&mind, core, row[2], row[3]);
        break;
    case TRACE_GONE:
        mind_core_gone(&mind, core);
        break;
    case TRACE_DISTANCE:
        mind_distance(&mind, core, (core_id)row[2], (uint32_t)row[3]);
        break;
    }
}

static void differ(const char *what, uint64_t target, uint64_t here)
{
    if (target == here)
        return;
    if (wrong++ < 10)
        printf("epoch %lu: %s: %lu on the target, %lu here\n", (unsigned long)mind.epoch, what,
               (unsigned long)target, (unsigned long)here);
}

static void compare_wants(const char *at)
{
    uint64_t row[2];
    uint32_t n = 0;

    for (; (at = next_row(at, row, 2)) != NULL; n++) {
        if (n >= mind.moves.n)
            continue;
        differ("who is to move", row[0], mind.nodes.node[mind.moves.want[n].node].part);
        differ("where to", row[1], mind.moves.want[n].to);
    }
    differ("how many are to move", n, mind.moves.n);
}

static void think(const char *line)
{
    uint64_t slices = number(line, "slices"), steps = number(line, "steps");

    mind.on = number(line, "on") != 0;
    mind.dry = number(line, "dry") != 0;
    mind_epoch(&mind, (uint32_t)number(line, "passed"));
    if (mind_cut_due(&mind))
        while (mind_cut_run(&mind, 1u << 20) == ST_AGAIN)
            ;
    for (uint64_t i = 0; i < slices && !mind_advise(&mind, steps); i++)
        ;
    if (number(line, "ended") != 0)
        mind_advise_end(&mind);
    epochs++;
    differ("epoch", number(line, "epoch"), mind.epoch);
    differ("messages between cores", number(line, "cross"), mind.cross);
    compare_wants(list(line, "want"));
    if (number(line, "has_cut") != 0) {
        cuts++;
        differ("cut", number(line, "cut"), mind.cut.weight);
    }
}

static void end_move(const char *line)
{
    for (uint32_t i = 0; i < mind.moves.n; i++)
        if (mind.nodes.node[mind.moves.want[i].node].part == number(line, "part")) {
            (void)mind_moved(&mind, i, (status_t)number(line, "status"));
            moves += number(line, "status") == ST_OK;
            return;
        }
    differ("a move that nobody wants", number(line, "part"), 0);
}

static void take(const char *line)
{
    uint64_t row[6];

    if (is_type(line, "mind")) {
        begin(line);
    } else if (!begun) {
        return;
    } else if (is_type(line, "heard")) {
        for (const char *at = list(line, "rows"); (at = next_row(at, row, 6)) != NULL;)
            hear(row);
    } else if (is_type(line, "thought")) {
        think(line);
    } else if (is_type(line, "asked")) {
        end_move(line);
    }
}

int main(int argc, char **argv)
{
    FILE *f = argc == 2 ? fopen(argv[1], "r") : NULL;
    char *line = NULL;
    size_t room = 0;

    if (f == NULL) {
        fprintf(stderr, "replay: which console log?\n");
        return 2;
    }
    while (getline(&line, &room, f) > 0)
        if (line[0] == 0x1e)
            take(line + 1);
    free(line);
    (void)fclose(f);
    printf("%u epochs, %u moves, %u cuts: %u differences\n", epochs, moves, cuts, wrong);
    return epochs == 0 ? 2 : wrong != 0;
}
