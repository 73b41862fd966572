/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A letter for the kind of a change and one for its flags, then three texts around lines "%%%": a document, a scope or
 * XPath, and a body. What must hold whatever they are: the old document stays as it is; what comes out is a sound tree,
 * not of an older version, that follows its schema if the old one did, and the same when it is made again; what is
 * refused is explained, and nothing comes out.
 */
#include "store/edit.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	ELEMENTS_MAX = 3000,
	FLAG_XPATH = 1,
	FLAG_CREATE = 2,
	FLAG_FORCE = 4,
	FLAG_SCORES = 8,
	FLAG_STATUS = 16,
	FLAG_JOE = 32
};

static void check_tree(const struct element *e, const struct document *d)
{
	const struct element *before = NULL;
	assert(e->document == d);
	for (const struct element *child = e->first; child != NULL; child = child->next) {
		assert(child->parent == e);
		assert(child->previous == before);
		check_tree(child, d);
		before = child;
	}
	assert(e->last == before);
}

static char *text_of_document(const struct document *d)
{
	GString *s = g_string_new(NULL);
	element_print_flat(document_root(d), s);
	return g_string_free(s, FALSE);
}

static void check_result(const struct document *old, const struct document *now)
{
	struct cib_version before = cib_version_of(document_root(old)), after = cib_version_of(document_root(now));
	check_tree(document_root(now), now);
	assert(document_root(now)->parent == NULL);
	assert(after.admin_epoch > before.admin_epoch ||
	       (after.admin_epoch == before.admin_epoch && after.epoch >= before.epoch));
	assert(edit_follows_schema(now, NULL, NULL) || !edit_follows_schema(old, NULL, NULL));
}

/* The text of the result; NULL: there is none. */
static char *apply(const struct document *old, const struct edit *c, const struct edit_author *by)
{
	struct error error = {0};
	struct document *now = (struct document *)1;
	enum edit_verdict v = edit_apply(old, c, by, &now, NULL, &error);
	assert((error.text[0] == '\0') == (v == EDIT_DONE || v == EDIT_NOTHING));
	assert(edit_verdict_exit(v) >= 0);
	if (v != EDIT_DONE) {
		assert(now == (v == EDIT_NOTHING ? NULL : (struct document *)1));
		return NULL;
	}
	check_result(old, now);
	char *text = text_of_document(now);
	document_free(now);
	return text;
}

static void check_edit(const struct document *old, const struct edit *c, const struct edit_author *by)
{
	char *before = text_of_document(old), *once = apply(old, c, by), *again = apply(old, c, by);
	char *after = text_of_document(old);
	assert(strcmp(before, after) == 0);
	assert(g_strcmp0(once, again) == 0);
	g_free(before);
	g_free(after);
	g_free(once);
	g_free(again);
}

static void check_query(const struct document *d, const struct edit *c, const struct edit_author *by)
{
	GString *out = g_string_new(NULL);
	struct error error = {0};
	struct document *back = NULL;
	enum edit_verdict v = query_print(d, c->scope, c->xpath, c->allow_create, &by->user, out, &error);
	assert((v == EDIT_DONE) == (error.text[0] == '\0'));
	if (v == EDIT_DONE && document_parse(out->str, out->len, "answer", &back, &error) == ERR_OK)
		document_free(back);
	g_string_free(out, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "%%%\n";
	if (size < 3 || memchr(data, '\0', size) != NULL)
		return 0;
	char *all = g_strndup((const char *)data + 2, size - 2);
	char **texts = g_strsplit(all, mark, 3);
	unsigned flags = data[1] % 64;
	g_free(all);
	struct document *old = NULL;
	if (g_strv_length(texts) == 3 && document_parse(texts[0], strlen(texts[0]), "old", &old, NULL) == ERR_OK &&
	    element_count(document_root(old)) <= ELEMENTS_MAX) {
		const char *where = g_strchomp(texts[1])[0] == '\0' ? NULL : texts[1];
		struct edit c = {.kind = (enum edit_kind)(data[0] % (EDIT_TRANSACTION + 1)),
				 .scope = (flags & FLAG_XPATH) != 0 ? NULL : where,
				 .xpath = (flags & FLAG_XPATH) != 0 ? where : NULL,
				 .body = texts[2][0] == '\0' ? NULL : texts[2],
				 .allow_create = (flags & FLAG_CREATE) != 0,
				 .force = (flags & FLAG_FORCE) != 0,
				 .expand_scores = (flags & FLAG_SCORES) != 0,
				 .keep_status = (flags & FLAG_STATUS) != 0};
		struct edit_author by = {.user = {(flags & FLAG_JOE) != 0 ? "joe" : "root", NULL}, .when = {1}};
		check_edit(old, &c, &by);
		check_query(old, &c, &by);
	}
	document_free(old);
	g_strfreev(texts);
	return 0;
}
