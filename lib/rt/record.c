/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/record.h"
#include "lib/base/check.h"
#include "lib/base/status.h"
#include "lib/rt/clock.h"
#include "lib/rt/info.h"
#include "lib/rt/print.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static bool open;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *format, ...)
{
    char text[96];
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    CHECK(n >= 0 && (size_t)n < sizeof text);
    rt_write(text, (size_t)n);
}

static void put_text(const char *text)
{
    put("\"");
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if (c == '"' || c == '\\')
            put("\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            put("\\u%04x", c);
        else
            rt_write(text, 1);
    }
    put("\"");
}

static void put_key(const char *key)
{
    CHECK(open);
    put(",\"%s\":", key);
}

void rec_begin_about(const char *type, unsigned core, uint64_t t_ns)
{
    CHECK(!open);
    open = true;
    put("\x1e{\"type\":\"%s\",\"core\":%u,\"t_ns\":%" PRIu64, type, core, t_ns);
}

void rec_begin(const char *type)
{
    rec_begin_about(type, rt_info()->core, rt_now_ns());
}

void rec_end(void)
{
    CHECK(open);
    open = false;
    put("}\n");
}

void rec_u64(const char *key, uint64_t value)
{
    put_key(key);
    put("%" PRIu64, value);
}

void rec_hex(const char *key, uint64_t value)
{
    put_key(key);
    put("\"0x%" PRIx64 "\"", value);
}

void rec_bool(const char *key, bool value)
{
    put_key(key);
    put(value ? "true" : "false");
}

void rec_str(const char *key, const char *value)
{
    put_key(key);
    put_text(value);
}

void rec_bytes(const char *key, const uint8_t *bytes, size_t n)
{
    put_key(key);
    put("\"");
    for (size_t i = 0; i < n; i++)
        put("%02x", bytes[i]);
    put("\"");
}

static void put_hist(const struct hist *h)
{
    bool first = true;

    put(",\"hist\":[");
    for (uint32_t i = 0; i < HIST_BUCKETS; i++) {
        if (h->count[i] == 0)
            continue;
        put("%s[%" PRIu64 ",%" PRIu32 "]", first ? "" : ",", hist_low(i), h->count[i]);
        first = false;
    }
    put("]");
}

void rec_stats(const char *key, const struct stats *s, const struct hist *h)
{
    put_key(key);
    put("{\"n\":%" PRIu64 ",\"min\":%" PRIu64 ",\"p50\":%" PRIu64, s->n, s->min, s->p50);
    put(",\"p90\":%" PRIu64 ",\"p99\":%" PRIu64 ",\"max\":%" PRIu64, s->p90, s->p99, s->max);
    put(",\"outliers\":%" PRIu64, s->outliers);
    if (h != NULL)
        put_hist(h);
    put("}");
}

void rec_rows(const char *key, const uint64_t *value, size_t rows, size_t columns)
{
    put_key(key);
    put("[");
    for (size_t r = 0; r < rows; r++) {
        put("%s[", r == 0 ? "" : ",");
        for (size_t c = 0; c < columns; c++)
            put("%s%" PRIu64, c == 0 ? "" : ",", value[r * columns + c]);
        put("]");
    }
    put("]");
}

void rec_error(const char *what, status_t status, const char *why)
{
    rec_begin("error");
    rec_str("what", what);
    rec_str("status", status_name(status));
    rec_str("why", why);
    rec_end();
}
