/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/situation.h"

#include "cib/schema.h"
#include "cib/upgrade.h"
#include "cli/input.h"

#include <glib.h>

static int complain(const struct situation *s, enum exit_code code, const char *text)
{
	fprintf(s->io->err, "%s: %s\n", s->program, text);
	return code;
}

bool situation_check(const struct document *d, const char *source, FILE *err)
{
	if (cib_is_unchecked(d) || cib_validate(d, NULL))
		return true;
	GPtrArray *problems = problems_new();
	(void)cib_validate(d, problems);
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < problems->len; i++)
		problem_print(g_ptr_array_index(problems, i), source != NULL ? source : "cib", text);
	fputs(text->str, err);
	(void)g_string_free(text, TRUE);
	g_ptr_array_unref(problems);
	return false;
}

bool situation_kept_time(const struct document *d, int64_t *ret_s)
{
	const char *text = element_get(document_root(d), NAME_EXECUTION_DATE);
	return text != NULL && g_ascii_string_to_signed(text, 10, 1, INT64_MAX, ret_s, NULL);
}

static int check(const struct situation *s)
{
	struct error error;
	if (document_section(s->document, NAME_STATUS) == NULL)
		element_add(document_root(s->document), NAME_STATUS);
	if (cib_upgrade(s->document, &error) != ERR_OK)
		return complain(s, EXIT_CONFIGURATION, error.text);
	return situation_check(s->document, s->source, s->io->err) ? EXIT_OK : EXIT_CONFIGURATION;
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
	if (!situation_kept_time(s->document, &s->now))
		s->now = (int64_t)(io->now.ns / 1000000000u);
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
