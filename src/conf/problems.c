/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/problems.h"

#include <inttypes.h>

void conf_problems_init(struct conf_problems *p)
{
	p->count = 0;
	p->errors = 0;
	p->dropped = 0;
}

/* The place of a new problem. Errors matter most: when the list is full they take the place of the last that is none.
 */
static struct conf_problem *claim(struct conf_problems *p, enum conf_severity severity)
{
	if (p->count < CONF_PROBLEMS_MAX)
		return &p->list[p->count++];
	p->dropped++;
	if (severity != CONF_ERROR)
		return NULL;
	for (uint32_t i = CONF_PROBLEMS_MAX; i > 0; i--)
		if (p->list[i - 1].severity != CONF_ERROR)
			return &p->list[i - 1];
	return NULL;
}

/* What a file quotes may be anything; on a terminal it must stay text. */
static void make_printable(char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

void conf_problem_add(struct conf_problems *p, enum conf_severity severity, const char *file, uint32_t line,
		      const char *format, ...)
{
	struct conf_problem *new;
	struct text t;
	va_list args;

	if (severity == CONF_ERROR)
		p->errors++;
	new = claim(p, severity);
	if (new == NULL)
		return;
	new->severity = severity;
	new->file = file;
	new->line = line;
	t = text_of(new->text, sizeof new->text);
	va_start(args, format);
	text_vadd(&t, format, args);
	va_end(args);
	make_printable(new->text);
}

void conf_problem_text(const struct conf_problem *p, struct text *t)
{
	if (p->file != NULL && p->line > 0)
		text_add(t, "%s:%" PRIu32 ": ", p->file, p->line);
	else if (p->file != NULL)
		text_add(t, "%s: ", p->file);
	switch (p->severity) {
	case CONF_NOTICE:
		text_add(t, "notice: ");
		break;
	case CONF_WARNING:
		text_add(t, "warning: ");
		break;
	case CONF_ERROR:
		break;
	}
	text_add(t, "%s", p->text);
}
