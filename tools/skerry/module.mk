# SPDX-License-Identifier: MIT OR Apache-2.0
tools/skerry.uses := lib/base lib/abi lib/fdt lib/sign witness boot
tools/skerry.host := boot.c blockdev.c caps_verb.c child.c doctor.c dtb_facts.c dtb_print.c dtb_verb.c error.c figures.c flash.c flash_verb.c forest.c host.c latency_json.c listen.c listen_verb.c machine.c number.c options.c \
                     page.c page_machine.c page_matrix.c page_style.c remark.c report.c report_verb.c run.c \
                     runlog.c runlog_take.c serial.c sidecar.c stream.c suggest.c svg_heat.c svg_hist.c svg_time.c \
                     buf.c table.c term.c verbs.c verdict.c viridis.c want.c watch.c \
                     sha_block.c keyfile.c keys_verb.c subverbs.c logtext.c logdir.c logimage.c logconsole.c logread.c logcheck.c logcheck_anchor.c \
                     migration.c migration_page.c migration_trace.c migration_say.c migration_drawn.c messages.c runlog_moves.c logcheck_blame.c logcheck_segment.c ctf.c witness_verb.c witness_verify.c witness_show.c \
                     witness_anchors.c witness_export.c witness_attest.c logattest.c

tool.skerry       := tools/skerry/main.c
tool.skerry.libs  := -lfdt -lpopt -ljansson -lcrypto -ldecaf -lm
