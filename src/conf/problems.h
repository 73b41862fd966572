/* SPDX-License-Identifier: GPL-2.0-or-later */
/* problems.h - what is wrong with a configuration, gathered so that a person
 * sees everything at once and not one mistake a run.
 *
 * A problem says where (file and line, 0 when no line is to blame), what, and
 * what to write instead. When the list is full further problems are counted in
 * `dropped`; `errors` counts all errors, listed or not. Bytes of the file that
 * are quoted and are no printable ASCII become '?': they end on terminals.
 *
 *	corosync.conf:7: totem.token: "abc" is not a whole number from 0 to 4294967295; write for example "token: 3000"
 */
#ifndef CONF_PROBLEMS_H
#define CONF_PROBLEMS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum { CONF_PROBLEMS_MAX = 64, CONF_PROBLEM_TEXT = 400 };

enum conf_severity {
	CONF_NOTICE,  /* worth knowing: a change that only a restart brings */
	CONF_WARNING, /* accepted, but probably not what was meant */
	CONF_ERROR,   /* the configuration is refused */
};

struct conf_problem {
	enum conf_severity severity;
	const char *file; /* borrowed; NULL when no file is to blame */
	uint32_t line;
	char text[CONF_PROBLEM_TEXT];
};

struct conf_problems {
	uint32_t count, errors, dropped;
	struct conf_problem list[CONF_PROBLEMS_MAX];
};

void conf_problems_init(struct conf_problems *p);
void conf_problem_add(struct conf_problems *p, enum conf_severity severity, const char *file, uint32_t line,
		      const char *format, ...) __attribute__((format(printf, 5, 6)));
/* "file:line: text", with "warning: " or "notice: " before the text of those. */
void conf_problem_text(const struct conf_problem *p, struct text *t);

#endif
