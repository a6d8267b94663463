/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/prog_priv - what the files of monitor/prog.h share. */
#pragma once
#include "monitor/prog.h"

/* A free entry, or NULL; its number is raised, so that nobody knows it. And back. */
struct prog *prog_entry_take(void);
void prog_entry_give(struct prog *p);

/* Everything it had, back. Its channels and services are closed by then. */
void prog_take_back(struct prog *p);

/* What a fresh one has, beside its line. */
void prog_fresh(struct prog *p);

/* Reads etc/start. */
void progs_list(void);

/* The next one in AGAIN behind `p`, NULL: the first; NULL: no more. */
struct prog *prog_again(struct prog *p);
