/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/stored-pair.h"

#include <string.h>

static bool is_safe(const struct stored_pair *s)
{
	const char *const texts[] = {s->set_id, s->id, s->name};
	for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
		if (texts[i] != NULL && !place_is_literal(texts[i]))
			return false;
	return true;
}

static enum exit_code not_found(struct error *reterr)
{
	(void)error_set(reterr, ERR_NOT_FOUND, "Error performing operation: %s", place_error_words(EXIT_NO_SUCH));
	return EXIT_NO_SUCH;
}

enum exit_code stored_pair_find(struct place *p, const struct stored_pair *s, GPtrArray *found,
				struct document **ret_document, struct error *reterr)
{
	if (!is_safe(s))
		return not_found(reterr);
	GString *x = g_string_new(s->owner);
	g_string_append_printf(x, "/%s", s->sets);
	if (s->set_id != NULL)
		g_string_append_printf(x, "[@id='%s']", s->set_id);
	g_string_append(x, "/nvpair");
	if (s->id != NULL)
		g_string_append_printf(x, "[@id='%s']", s->id);
	if (s->name != NULL)
		g_string_append_printf(x, "[@name='%s']", s->name);
	enum exit_code code = place_select(p, x->str, found, ret_document, reterr);
	(void)g_string_free(x, TRUE);
	return code == EXIT_NO_SUCH ? not_found(reterr) : code;
}

/* Where a found pair is, whichever copy of the configuration it is in. */
static char *path_of(const struct stored_pair *s, const struct element *pair)
{
	return g_strdup_printf("%s/%s/nvpair[@id='%s']", s->owner, s->sets, element_get_or(pair, NAME_ID, ""));
}

enum exit_code stored_pair_put(struct place *p, const struct stored_pair *s, const struct element *pair,
			       const char *value, struct error *reterr)
{
	struct document *d = document_new(NAME_NVPAIR);
	struct element *now = document_root(d);
	element_set(now, NAME_ID, element_id(pair));
	element_set(now, NAME_NAME, element_get(pair, NAME_NAME));
	element_set(now, NAME_VALUE, value);
	GString *body = g_string_new(NULL);
	element_print(now, body);
	char *path = path_of(s, pair);
	const struct edit c = {.kind = EDIT_MODIFY, .xpath = path, .body = body->str, .expand_scores = true};
	enum exit_code code = place_edit(p, &c, reterr);
	g_free(path);
	(void)g_string_free(body, TRUE);
	document_free(d);
	return code;
}

enum exit_code stored_pair_delete(struct place *p, const struct stored_pair *s, const struct element *pair,
				  struct error *reterr)
{
	char *path = path_of(s, pair);
	enum exit_code code = place_edit(p, &(struct edit){.kind = EDIT_DELETE, .xpath = path}, reterr);
	g_free(path);
	return code;
}

/* What no id may have becomes a point. */
char *stored_pair_id(const char *set, const char *name)
{
	char *id = g_strdup_printf("%s-%s", set, name);
	for (char *c = id; *c != '\0'; c++)
		if (!g_ascii_isalnum(*c) && strchr("-_.", *c) == NULL && (unsigned char)*c < 0x80)
			*c = '.';
	return id;
}

/* The step "node[@id='1']" as an element below parent. */
static struct element *add_step(struct document *d, struct element *parent, const char *step)
{
	const char *bracket = strchr(step, '[');
	char *tag = bracket != NULL ? g_strndup(step, (gsize)(bracket - step)) : g_strdup(step);
	struct element *e = element_add(parent, document_name(d, tag));
	g_free(tag);
	const char *quote = strchr(step, '\'');
	if (quote == NULL)
		return e;
	char *id = g_strndup(quote + 1, strcspn(quote + 1, "'"));
	element_set(e, NAME_ID, id);
	g_free(id);
	return e;
}

/* Merged into the configuration, the owner's path makes what is missing of it, too. */
static struct document *nest(const struct stored_pair *s, const char *set_id, const char *id, const char *value)
{
	struct document *d = document_new(NAME_CIB);
	struct element *at = document_root(d);
	char **steps = g_strsplit(s->owner + strlen("/cib/"), "/", -1);
	for (char **step = steps; *step != NULL; step++)
		at = add_step(d, at, *step);
	g_strfreev(steps);
	struct element *set = element_add(at, document_name(d, s->sets));
	element_set(set, NAME_ID, set_id);
	struct element *pair = element_add(set, NAME_NVPAIR);
	element_set(pair, NAME_ID, id);
	element_set(pair, NAME_NAME, s->name);
	element_set(pair, NAME_VALUE, value);
	return d;
}

enum exit_code stored_pair_make(struct place *p, const struct stored_pair *s, const char *value, const char **ret_id,
				struct error *reterr)
{
	const char *set_id = s->set_id != NULL ? s->set_id : s->default_set;
	char *id = s->id != NULL ? g_strdup(s->id) : stored_pair_id(set_id, s->name);
	struct document *d = nest(s, set_id, id, value);
	GString *body = g_string_new(NULL);
	element_print(document_root(d), body);
	*ret_id = arena_string(p->io->arena, id);
	const struct edit c = {.kind = EDIT_MODIFY, .body = body->str, .allow_create = true};
	enum exit_code code = place_edit(p, &c, reterr);
	(void)g_string_free(body, TRUE);
	document_free(d);
	g_free(id);
	return code;
}
