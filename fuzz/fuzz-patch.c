/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two texts around a line "%%%": a document, and a patch for it or a second document. What must hold whatever they are:
 * what a patch makes is a sound tree, what it refuses it explains, and the difference of two documents whose siblings
 * can be told apart leads from one to the other.
 */
#include "cib/difference.h"
#include "cib/patch.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ELEMENTS_MAX = 3000 };

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

/* A step of a path without an id means the first of its name, whatever id that has. */
static bool is_only_one(const struct element *e)
{
	const struct element *first = element_first_named(e->parent, e->name);
	return first == e && element_next_named(e) == NULL;
}

/* No two siblings that one step of a path could mean, and nothing in an id that ends a step. */
static bool is_clear(const struct element *e)
{
	GHashTable *keys = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	bool clear = true;
	for (const struct element *child = e->first; clear && child != NULL; child = child->next) {
		const char *id = element_get_or(child, NAME_ID, "");
		if (child->name == NAME_COMMENT)
			continue;
		clear = strpbrk(id, "'/[]") == NULL && strcmp(element_tag(child), "comment") != 0;
		clear &= g_hash_table_add(keys, g_strdup_printf("%s %s", element_tag(child), id));
		clear &= element_get(child, NAME_ID) == NULL ? is_only_one(child) : id[0] != '\0';
		clear = clear && is_clear(child);
	}
	g_hash_table_destroy(keys);
	return clear;
}

static char *text_of_document(const struct document *d)
{
	GString *s = g_string_new(NULL);
	element_print_flat(document_root(d), s);
	return g_string_free(s, FALSE);
}

static void apply(const struct document *from, const struct document *patch)
{
	struct document *result = NULL;
	struct error error = {0};
	for (unsigned flags = 0; flags <= PATCH_CHECK_VERSION; flags++) {
		error.text[0] = '\0';
		enum patch_result r = patch_apply(from, document_root(patch), flags, &result, &error);
		assert((r == PATCH_APPLIED) == (error.text[0] == '\0'));
		if (r != PATCH_APPLIED)
			continue;
		check_tree(document_root(result), result);
		document_free(result);
	}
}

static void compare(const struct document *from, const struct document *to)
{
	struct document *patch = NULL, *result = NULL;
	if (difference_make(from, to, DIFFERENCE_WITH_DIGEST, &patch, NULL) != ERR_OK || patch == NULL)
		return;
	bool clear = is_clear(document_root(from)) && is_clear(document_root(to)) &&
		     strpbrk(element_get_or(document_root(to), NAME_ID, "x"), "'/[]") == NULL &&
		     strcmp(element_get_or(document_root(to), NAME_ID, "x"), "") != 0;
	enum patch_result r = patch_apply(from, document_root(patch), 0, &result, NULL);
	assert(!clear || r == PATCH_APPLIED);
	if (clear) {
		char *made = text_of_document(result), *wanted = text_of_document(to);
		assert(strcmp(made, wanted) == 0);
		g_free(made);
		g_free(wanted);
	}
	if (r == PATCH_APPLIED)
		document_free(result);
	document_free(patch);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "%%%\n";
	const char *text = (const char *)data, *end = text + size;
	const char *second = memmem(text, size, mark, sizeof(mark) - 1);
	struct document *a = NULL, *b = NULL;
	if (second == NULL || document_parse(text, (size_t)(second - text), "first", &a, NULL) != ERR_OK)
		return 0;
	second += sizeof(mark) - 1;
	if (document_parse(second, (size_t)(end - second), "second", &b, NULL) == ERR_OK &&
	    element_count(document_root(a)) + element_count(document_root(b)) < ELEMENTS_MAX) {
		apply(a, b);
		compare(a, b);
	}
	document_free(a);
	document_free(b);
	return 0;
}
