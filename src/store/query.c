/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading parts of a configuration: query_print() of edit.h. */
#include "cib/xpath.h"
#include "store/edit-private.h"

#include <string.h>

/* An element alone, with its attributes, as a child of `parent` or, if there is none, as the root of `to`. */
static struct element *copy_alone(struct document *to, struct element *parent, const struct element *e)
{
	struct element *copy = element_new(to, document_name(to, element_tag(e)));
	for (unsigned i = 0; i < e->attribute_count; i++)
		element_set(copy, document_name(to, document_name_text(e->document, e->attributes[i].name)),
			    e->attributes[i].value);
	if (parent != NULL)
		element_append(parent, copy);
	else
		document_set_root(to, copy);
	return copy;
}

static void print_one(const struct element *e, bool no_children, GString *out)
{
	if (!no_children) {
		element_print(e, out);
		return;
	}
	struct document *alone = document_new(NAME_NONE);
	element_print(copy_alone(alone, NULL, e), out);
	document_free(alone);
}

/* Several, or an attribute: in one element around them. */
static void print_matches(const GArray *matches, bool no_children, GString *out)
{
	struct document *answer = document_new(NAME_NONE);
	struct element *root = element_new(answer, document_name(answer, "xpath-query"));
	document_set_root(answer, root);
	for (guint i = 0; i < matches->len; i++) {
		const struct xpath_match *m = &g_array_index(matches, struct xpath_match, i);
		if (m->attribute != NULL) {
			cib_name name = document_known_name(m->element->document, m->attribute);
			element_set(root, document_name(answer, m->attribute), element_get(m->element, name));
		} else if (no_children) {
			(void)copy_alone(answer, root, m->element);
		} else {
			element_append(root, element_copy(answer, m->element));
		}
	}
	element_print(root, out);
	document_free(answer);
}

static enum edit_verdict print_by_xpath(const struct document *d, const char *expression, bool no_children,
					GString *out, struct error *reterr)
{
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct xpath_match));
	struct xpath *x = xpath_new(d);
	enum edit_verdict v = EDIT_DONE;
	if (xpath_match(x, expression, matches, reterr) != ERR_OK) {
		v = EDIT_MALFORMED;
	} else if (matches->len == 0) {
		(void)error_set(reterr, ERR_NOT_FOUND, "\"%s\" selects nothing", expression);
		v = EDIT_ABSENT;
	} else {
		const struct xpath_match *first = &g_array_index(matches, struct xpath_match, 0);
		if (matches->len == 1 && first->attribute == NULL)
			print_one(first->element, no_children, out);
		else
			print_matches(matches, no_children, out);
	}
	xpath_free(x);
	g_array_unref(matches);
	return v;
}

static enum edit_verdict print_scope(const struct document *d, const char *scope, bool no_children, GString *out,
				     struct error *reterr)
{
	const struct element *e = edit_scope_find(document_root(d), scope);
	if (e == NULL) {
		(void)error_set(reterr, ERR_NOT_FOUND, "the configuration has no <%s>", scope);
		return EDIT_ABSENT;
	}
	print_one(e, no_children, out);
	return EDIT_DONE;
}

enum edit_verdict query_print(const struct document *d, const char *scope, const char *xpath, bool no_children,
			      const struct access_user *user, GString *out, struct error *reterr)
{
	struct document *readable = NULL;
	if (user != NULL && access_is_needed(d, user->name)) {
		struct access *a = access_new(d, d, user);
		readable = access_filter(a);
		access_free(a);
		if (readable == NULL) {
			(void)error_set(reterr, ERR_ACCESS, "user \"%s\" may read nothing of the configuration",
					user->name);
			return EDIT_DENIED;
		}
	}
	const struct document *from = readable != NULL ? readable : d;
	enum edit_verdict v = xpath != NULL ? print_by_xpath(from, xpath, no_children, out, reterr)
					    : print_scope(from, scope, no_children, out, reterr);
	document_free(readable);
	return v;
}
