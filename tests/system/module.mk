# SPDX-License-Identifier: MIT OR Apache-2.0
# tests/system: programs that only the bundles of the system tests hold (tests/system/*.start names them).
tests/system.uses := lib/base lib/abi lib/rt urpc
tests/system.src  :=
tests/system.host :=

prog.joined := tests/system/joined.c
