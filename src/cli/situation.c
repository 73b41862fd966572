/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/situation.h"

#include "cib/schema.h"
#include "cib/upgrade.h"
#include "cli/input.h"

#include <stdlib.h>

static int complain(const struct situation *s, enum exit_code code, const char *text)
{
	fprintf(s->io->err, "%s: %s\n", s->program, text);
	return code;
}

static int check(const struct situation *s)
{
	struct error error;
	if (document_section(s->document, NAME_STATUS) == NULL)
		element_add(document_root(s->document), NAME_STATUS);
	if (cib_upgrade(s->document, &error) != ERR_OK)
		return complain(s, EXIT_CONFIGURATION, error.text);
	if (cib_is_unchecked(s->document) || cib_validate(s->document, NULL))
		return EXIT_OK;
	GPtrArray *problems = problems_new();
	(void)cib_validate(s->document, problems);
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < problems->len; i++)
		problem_print(g_ptr_array_index(problems, i), s->source != NULL ? s->source : "cib", text);
	fputs(text->str, s->io->err);
	(void)g_string_free(text, TRUE);
	g_ptr_array_unref(problems);
	return EXIT_CONFIGURATION;
}

int situation_open(struct situation *s, struct program_io *io, const char *program, const char *source)
{
	*s = (struct situation){.io = io, .program = program, .source = source};
	struct error error;
	enum err e = input_document(io, source, &s->document, &error);
	if (e != ERR_OK)
		return complain(s, input_exit(io, source, e), error.text);
	int code = check(s);
	if (code != EXIT_OK) {
		situation_close(s);
		return code;
	}
	const char *then = element_get(document_root(s->document), NAME_EXECUTION_DATE);
	s->now = then != NULL ? strtoll(then, NULL, 10) : (int64_t)(io->now.ns / 1000000000u);
	return EXIT_OK;
}

struct cluster *situation_cluster(const struct situation *s)
{
	struct cluster *c = cluster_new(s->document, s->now);
	c->zone_offset_s = io_zone_offset(s->now);
	c->sanitized = s->source != NULL; /* files are often stripped of secrets */
	return c;
}

void situation_close(struct situation *s)
{
	document_free(s->document);
	s->document = NULL;
}
