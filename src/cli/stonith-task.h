/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stonith-task.h - one run of stonith_admin, and the questions that it answers (stonith-task.c): which devices and
 * agents there are, what they say, what is on record. Texts and elements are those of Pacemaker 3.0.2. Each question
 * returns with what to end; what is wrong is in t->error, or was printed already, and then that is empty. */
#ifndef CLI_STONITH_TASK_H
#define CLI_STONITH_TASK_H

#include "base/table.h"
#include "cli/pacemaker-result.h"
#include "cli/place.h"

struct stonith_task {
	struct program_io *io;
	const struct command_line *line;
	struct pacemaker_result result;
	struct place place;
	struct error error;
	const char *agent, *device; /* given; NULL: not */
	const char *client;         /* who goes on record as having wanted it */
	struct table *parameters;
	int64_t timeout_ms, delay_ms, tolerance_ms; /* delay_ms -1: no delays at all */
	bool quiet;
};

/* Remembers what is wrong, and returns code. */
enum exit_code stonith_fail(struct stonith_task *t, enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Configured devices that are not disabled; host: only those that can fence it, NULL: all. */
enum exit_code stonith_list(struct stonith_task *t, const char *host);
enum exit_code stonith_list_installed(struct stonith_task *t);
enum exit_code stonith_list_targets(struct stonith_task *t, const char *device);
enum exit_code stonith_query(struct stonith_task *t, const char *device);
enum exit_code stonith_metadata(struct stonith_task *t);
enum exit_code stonith_validate(struct stonith_task *t);
/* node "*": of all. */
enum exit_code stonith_history(struct stonith_task *t, const char *node, bool cleanup, bool broadcast);
enum exit_code stonith_last(struct stonith_task *t, const char *node, bool by_id);

#endif
