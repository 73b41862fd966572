/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verb-world.h - a verb in the middle of its work, for tests of what verbs use: a configuration, words, and what is
 * said. */
#ifndef TEST_VERB_WORLD_H
#define TEST_VERB_WORLD_H

#include "cli/verb.h"

#include <stdlib.h>
#include <string.h>

struct verb_world {
	struct arena arena;
	struct program_io io;
	struct command_line line;
	struct verb v;
	char *out, *err;
	size_t out_size, err_size, said;
};

/* A configuration of two nodes, with these resources and constraints, and this status. */
static inline void verb_world_open(struct verb_world *w, const char *resources, const char *constraints,
				   const char *status)
{
	struct error error = {0};
	char *text = g_strdup_printf("<cib validate-with=\"pacemaker-4.0\" epoch=\"1\" have-quorum=\"1\" dc-uuid=\"1\">"
				     "<configuration><crm_config/><nodes><node id=\"1\" uname=\"n1\"/>"
				     "<node id=\"2\" uname=\"n2\"/></nodes><resources>%s</resources>"
				     "<constraints>%s</constraints></configuration><status>%s</status></cib>",
				     resources, constraints, status);
	memset(w, 0, sizeof(*w));
	w->io = (struct program_io){.out = open_memstream(&w->out, &w->out_size),
				    .err = open_memstream(&w->err, &w->err_size),
				    .now = {UINT64_C(1700000000) * 1000000000u},
				    .arena = &w->arena};
	w->v = (struct verb){.io = &w->io, .line = &w->line, .name = "hale test", .file = "cib.xml", .may_force = true};
	if (document_parse(text, strlen(text), "cib.xml", &w->v.document, &error) != ERR_OK)
		abort();
	w->v.old = document_clone(w->v.document);
	g_free(text);
}

/* words: up to NULL. */
static inline void verb_world_words(struct verb_world *w, const char **words)
{
	w->line.words = words;
	for (w->line.word_count = 0; words[w->line.word_count] != NULL; w->line.word_count++)
		;
}

/* What was said since it was asked last; valid until then. */
static inline const char *verb_world_said(struct verb_world *w)
{
	(void)fflush(w->io.err);
	char *text = arena_string(&w->arena, w->err + w->said);
	w->said = w->err_size;
	return text;
}

static inline const char *verb_world_document(struct verb_world *w)
{
	GString *s = g_string_new(NULL);
	element_print_flat(document_root(w->v.document), s);
	char *text = arena_string(&w->arena, s->str);
	(void)g_string_free(s, TRUE);
	return text;
}

static inline void verb_world_close(struct verb_world *w)
{
	if (w->v.cluster != NULL)
		cluster_free(w->v.cluster);
	document_free(w->v.upgraded);
	document_free(w->v.document);
	document_free(w->v.old);
	(void)fclose(w->io.out);
	(void)fclose(w->io.err);
	free(w->out);
	free(w->err);
	arena_fini(&w->arena);
}

#endif
