# SPDX-License-Identifier: MIT OR Apache-2.0
lib/abi.uses := lib/base
lib/abi.src  :=
lib/abi.host :=
