/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/support/console_sample.h"

#include <inttypes.h>
#include <stdlib.h>

#define ROUNDS 1000u

struct maker {
    FILE *to;
    const struct sample *s;
    uint64_t dice, t_ns;
    uint64_t sample[ROUNDS];
};

static const char *const phases[] = {"HalInit",       "MemoryInit",    "CapabilityInit",
                                     "WitnessInit",   "SchedulerInit", "RootPartition",
                                     "Handoff"};
static const struct {
    const char *what;
    unsigned ns;
} locals[] = {{"null_syscall", 92}, {"call_reply", 310}, {"task_switch", 264}, {"signal", 405},
              {"map_page", 428}};

static uint64_t roll(struct maker *m, uint64_t below)
{
    m->dice ^= m->dice << 13;
    m->dice ^= m->dice >> 7;
    m->dice ^= m->dice << 17;
    return below ? m->dice % below : 0;
}

static void record(struct maker *m, const char *type, unsigned core)
{
    m->t_ns += 1000 + roll(m, 4000);
    fprintf(m->to, "\x1e{\"type\":\"%s\",\"core\":%u,\"t_ns\":%" PRIu64, type, core, m->t_ns);
}

static int by_size(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Around `near`, with the tail the shape has. */
static void throw_samples(struct maker *m, uint64_t near)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t v = near - near / 20 + roll(m, near / 20 + 1) + roll(m, near / 20 + 1);

        if (m->s->shape == SAMPLE_EQUAL)
            v = near;
        else if (roll(m, 100) < 4)
            v += roll(m, near);
        if (m->s->shape == SAMPLE_BUSY && roll(m, 100) < 3)
            v += 1000000 + roll(m, 12000000);
        else if (m->s->shape == SAMPLE_CLUSTERS && roll(m, 2000) == 0)
            v = near * 11 + roll(m, near * 4);
        m->sample[i] = v;
    }
    qsort(m->sample, ROUNDS, sizeof m->sample[0], by_size);
}

/* The low end of its bucket: an octave is cut into four equal parts. */
static uint64_t bucket_low(uint64_t v)
{
    uint64_t octave = 1;

    while (octave * 2 <= v)
        octave *= 2;
    return octave < 4 ? v : v - v % (octave / 4);
}

static void stats(struct maker *m, const char *key, uint64_t near, bool hist)
{
    const uint64_t *v = m->sample;
    unsigned outliers = 0, count = 0;

    throw_samples(m, near);
    for (unsigned i = 0; i < ROUNDS; i++)
        outliers += v[i] > 10 * v[ROUNDS / 2];
    fprintf(m->to,
            ",\"%s\":{\"n\":%u,\"min\":%" PRIu64 ",\"p50\":%" PRIu64 ",\"p90\":%" PRIu64
            ",\"p99\":%" PRIu64 ",\"max\":%" PRIu64 ",\"outliers\":%u",
            key, ROUNDS, v[0], v[ROUNDS / 2], v[ROUNDS * 9 / 10], v[ROUNDS * 99 / 100],
            v[ROUNDS - 1], outliers);
    for (unsigned i = 0, first = 1; hist && i < ROUNDS; i++) {
        count++;
        if (i + 1 < ROUNDS && bucket_low(v[i + 1]) == bucket_low(v[i]))
            continue;
        fprintf(m->to, "%s[%" PRIu64 ",%u]", first ? ",\"hist\":[" : ",", bucket_low(v[i]), count);
        count = first = 0;
    }
    if (hist)
        fputc(']', m->to);
    fputc('}', m->to);
}

static void boot(struct maker *m)
{
    const struct sample *s = m->s;

    fprintf(m->to, "sample: made-up numbers, not a measurement\r\n");
    record(m, "boot", 0);
    fprintf(m->to,
            ",\"format\":1,\"version\":\"sample 0.0\",\"board\":\"sample,made-up\",\"cores\":%u,"
            "\"el\":1,\"gic\":3,\"counter_hz\":62500000,\"start\":\"psci-hvc\","
            "\"ram_bytes\":536870912,\"cpu\":\"0x414fd0b1\",\"measurement\":\"%064x\","
            "\"emulated\":%s,\"bootargs\":\"skerry.exit=semihosting\"}\n",
            s->cores, s->seed, s->emulated ? "true" : "false");
    for (unsigned i = 0; i < ARRAY_LEN(phases); i++) {
        m->t_ns += 1000000 + roll(m, 3000000);
        record(m, "phase", 0);
        fprintf(m->to, ",\"name\":\"%s\",\"n\":%u,\"at_ns\":%" PRIu64 "}\n", phases[i], i + 1,
                m->t_ns);
    }
}

static void core(struct maker *m, unsigned i, const char *state)
{
    unsigned cluster = i / m->s->cluster;

    m->t_ns += 1500000 + roll(m, 9000000);
    record(m, "core", i);
    fprintf(m->to,
            ",\"index\":%u,\"mpidr\":\"0x%x\",\"cluster\":%u,\"state\":\"%s\",\"at_ns\":%" PRIu64,
            i, 0x80000000u + cluster * 0x100 + i % m->s->cluster, cluster, state, m->t_ns);
    if (*state == 'u')
        fprintf(m->to,
                ",\"share\":\"0x%x\",\"share_bytes\":%u,\"root\":\"0x%x\",\"kcb\":\"0x%x\","
                "\"kernel\":\"0x%x\",\"kernel_bytes\":%u",
                0x41000000u + i * 0x1000000, 0x1000000, 0x41020000u + i * 0x1000000,
                0x41010000u + i * 0x1000000, 0x41040000u + i * 0x1000000, 98304);
    if (*state == 'd')
        fprintf(m->to, ",\"why\":\"no answer within 100 ms\"");
    fprintf(m->to, "}\n");
}

static void cores(struct maker *m)
{
    for (unsigned i = 0; i < m->s->cores; i++)
        core(m, i, (int)i == m->s->dead ? "dead" : "up");
    for (unsigned i = 0; i < m->s->cores; i++)
        if ((int)i != m->s->dead)
            core(m, i, "joined");
    record(m, "all_joined", 0);
    fprintf(m->to, ",\"cores\":%u,\"at_ns\":%" PRIu64 "}\n", m->s->cores - (m->s->dead >= 0),
            m->t_ns);
}

static void pair(struct maker *m, unsigned from, unsigned to)
{
    bool near = from / m->s->cluster == to / m->s->cluster;
    uint64_t rtt = near ? 420 + roll(m, 16) : 536 + roll(m, 20), each;

    if (m->s->shape == SAMPLE_EQUAL)
        rtt = 40;
    record(m, "latency", from);
    fprintf(m->to, ",\"from\":%u,\"to\":%u,\"rounds\":%u", from, to, ROUNDS);
    stats(m, "rtt_ns", rtt, true);
    stats(m, "oneway_ns", rtt / 2, true);
    stats(m, "wake_ns", m->s->shape == SAMPLE_EQUAL ? 976 : rtt * 5, true);
    each = 9000000 - rtt * 4000 + roll(m, 100000);
    fprintf(m->to, ",\"msgs_per_s\":%" PRIu64 ",\"bytes_per_s\":%" PRIu64 "}\n", each, each * 64);
}

static void pairs(struct maker *m)
{
    const struct sample *s = m->s;
    unsigned done = 0;

    record(m, "probe", 0);
    fprintf(m->to, ",\"rounds\":%u,\"warmup\":100,\"batch\":16", ROUNDS);
    stats(m, "control_ns", 41, false);
    fprintf(m->to, ",\"note\":\"made-up numbers: a sample for tests, not a measurement\"}\n");
    for (unsigned i = 0; i < s->cores; i++)
        for (unsigned j = 0; j < s->cores; j++) {
            if (i == j || (int)i == s->dead || (int)j == s->dead ||
                ((int)i == s->skip_from && (int)j == s->skip_to))
                continue;
            if (s->cut && ++done > s->cores * (s->cores - 1) / 3) {
                fprintf(m->to, "\x1e{\"type\":\"latency\",\"core\":0,\"t_ns\":12,\"fro");
                return;
            }
            pair(m, i, j);
        }
}

void console_sample(FILE *to, const struct sample *s)
{
    struct maker m = {.to = to, .s = s, .dice = 0x9e3779b97f4a7c15ull + s->seed};

    boot(&m);
    cores(&m);
    pairs(&m);
    if (s->cut)
        return;
    for (unsigned i = 0; i < s->cores; i++)
        for (unsigned k = 0; k < ARRAY_LEN(locals) && (int)i != s->dead; k++) {
            record(&m, "local", i);
            fprintf(to, ",\"what\":\"%s\"", locals[k].what);
            stats(&m, "ns", locals[k].ns, false);
            fprintf(to, "}\n");
        }
    fprintf(to, "sample: done\r\n");
    record(&m, "end", 0);
    fprintf(to, ",\"status\":0,\"why\":\"all done\"}\n");
}
