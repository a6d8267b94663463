/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tools/skerry/sidecar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "skerry.run/1"

static void put_text(json_t *o, const char *key, const char *value)
{
    json_object_set_new(o, key, json_words(value));
}

static void put_int(json_t *o, const char *key, int64_t n)
{
    json_object_set_new(o, key, json_integer(n));
}

static json_t *machine_json(const struct machine *m)
{
    json_t *o = must(json_object());

    put_text(o, "board", "qemu-virt");
    put_text(o, "cpu", m->cpu);
    put_int(o, "cores", m->cores);
    put_int(o, "gic", m->gic);
    put_int(o, "el", m->el);
    put_int(o, "mem_bytes", m->mem_bytes);
    return o;
}

static json_t *emulator_json(const struct sidecar_facts *f)
{
    json_t *o = must(json_object());

    put_text(o, "qemu", f->qemu_version);
    put_text(o, "accel", f->machine->single ? "tcg,thread=single" : "tcg");
    json_object_set_new(o, "icount", json_boolean(f->machine->deterministic));
    if (f->machine->deterministic || f->machine->seeded)
        put_int(o, "seed", f->machine->seed);
    return o;
}

static json_t *end_json(const struct runlog *l)
{
    json_t *o = must(json_object());

    put_int(o, "status", l->end.status);
    put_text(o, "why", l->end.why);
    if (l->end.t_ns >= 0)
        put_int(o, "t_ns", l->end.t_ns);
    return o;
}

static json_t *log_json(const struct sidecar_facts *f)
{
    json_t *o = must(json_object());
    char sum[24];

    SAY(sum, "%016" PRIx64, f->outcome->log_sum);
    put_text(o, "path", f->log);
    put_int(o, "bytes", f->outcome->log_bytes);
    put_text(o, "fnv1a", sum);
    put_int(o, "records", (int64_t)f->runlog->records);
    put_int(o, "broken", (int64_t)f->runlog->nbroken);
    return o;
}

json_t *sidecar_json(const struct sidecar_facts *f)
{
    json_t *o = must(json_object()), *argv = must(json_array());

    put_text(o, "schema", SCHEMA);
    put_int(o, "status", f->status);
    put_text(o, "command", f->command);
    for (size_t i = 0; i < f->line->n; i++)
        json_array_append_new(argv, json_words(f->line->argv[i]));
    json_object_set_new(o, "line", argv);
    json_object_set_new(o, "machine", machine_json(f->machine));
    json_object_set_new(o, "emulator", emulator_json(f));
    json_object_set_new(o, "host", host_json(f->host));
    put_int(o, "qemu_status", f->outcome->qemu_exit);
    json_object_set_new(o, "seconds",
                        json_real((double)(int64_t)(f->outcome->seconds * 1000) / 1000));
    json_object_set_new(o, "end", f->runlog->end.has ? end_json(f->runlog) : json_null());
    put_int(o, "tests_ok", (int64_t)f->runlog->tests.ok);
    put_int(o, "tests_failed", (int64_t)f->runlog->tests.failed);
    put_int(o, "pairs", (int64_t)f->runlog->npairs);
    json_object_set_new(o, "log", log_json(f));
    json_object_set_new(o, "error",
                        f->complaint ? complaint_json(f->complaint, false) : json_null());
    return o;
}

static char *path_beside(const char *log)
{
    struct buf t = {0};

    buf_put(&t, "%s.run.json", log);
    return t.s;
}

bool sidecar_write(const char *log, const json_t *doc, struct complaint *bad)
{
    char *path = path_beside(log), *dump = must(json_dumps(doc, JSON_INDENT(1)));
    struct buf t = {0};
    bool ok;

    buf_put(&t, "%s\n", dump);
    ok = file_write(path, t.s, t.n);
    if (!ok)
        refuse(bad, ERR_NO_WRITE, "%.300s cannot be written: %s", path, strerror(errno));
    buf_free(&t);
    free(dump);
    free(path);
    return ok;
}

json_t *sidecar_read(const char *log, int64_t log_bytes, uint64_t log_sum, bool *stale)
{
    char *path = path_beside(log), want[24];
    json_t *o = json_load_file(path, 0, NULL), *of = json_object_get(o, "log");
    const char *sum = json_string_value(json_object_get(of, "fnv1a"));
    const char *schema = json_string_value(json_object_get(o, "schema"));

    SAY(want, "%016" PRIx64, log_sum);
    *stale = access(path, R_OK) == 0;
    free(path);
    if (sum && schema && strcmp(sum, want) == 0 && strcmp(schema, SCHEMA) == 0 &&
        json_integer_value(json_object_get(of, "bytes")) == log_bytes) {
        *stale = false;
        return o;
    }
    json_decref(o);
    return NULL;
}
