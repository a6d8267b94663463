# SPDX-License-Identifier: MIT OR Apache-2.0
tools/skerry.uses := lib/base lib/abi
tools/skerry.host := boot.c child.c error.c host.c machine.c options.c run.c runlog.c runlog_take.c sidecar.c \
                     stream.c suggest.c term.c text.c verbs.c verdict.c want.c watch.c

tool.skerry       := tools/skerry/main.c
tool.skerry.libs  := -lpopt -ljansson -lm
