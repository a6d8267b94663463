/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "tests/system/serve.h"
#include "tests/system/report.h"
#include <stdlib.h>

static void (*answer)(struct rt_source *s, const struct urpc_msg *m);

static void on_gone(struct rt_source *s)
{
    rt_close(s->chan);
    free(s->chan);
    free(s);
}

static void on_news(struct rt_loop *l, const struct news *n)
{
    struct rt_source *s = calloc(1, sizeof *s);
    struct rt_chan *c = calloc(1, sizeof *c);

    if (n->kind != NEWS_CLIENT || s == NULL || c == NULL || rt_chan_open(c, n) != ST_OK) {
        free(c);
        free(s);
        return;
    }
    *s = (struct rt_source){ .chan = c, .on_message = answer, .on_gone = on_gone };
    if (loop_add(l, s) != ST_OK)
        test_need(false, "what the tests stand on");
}

int serve(const char *name, void (*on_message)(struct rt_source *s, const struct urpc_msg *m))
{
    static struct rt_loop loop = { .on_news = on_news };

    answer = on_message;
    if (rt_serve(name) != ST_OK)
        return 2;
    loop_run(&loop);
    return 0;
}
