/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finding what a body means, and merging it. */
#include "store/edit-private.h"

#include "rules/score.h"

#include <string.h>

struct element *edit_walk(struct element *e, const struct element *within)
{
	struct element *below = element_first(e);
	if (below != NULL)
		return below;
	while (e != within) {
		struct element *next = element_next(e);
		if (next != NULL)
			return next;
		e = e->parent;
	}
	return NULL;
}

/* ---- comparing ---- */

static bool names_agree(const struct document *of_a, cib_name a, const struct document *of_b, cib_name b)
{
	if (of_a == of_b || a < NAME_COUNT || b < NAME_COUNT)
		return a == b;
	return strcmp(document_name_text(of_a, a), document_name_text(of_b, b)) == 0;
}

bool edit_names_agree(const struct element *a, const struct element *b)
{
	return names_agree(a->document, a->name, b->document, b->name);
}

static bool texts_agree(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

bool edit_ids_agree(const struct element *a, const struct element *b)
{
	return texts_agree(element_id(a), element_id(b));
}

/* The value of the attribute that has in e's document the name that `name` is in another. */
static const char *value_of(const struct element *e, const struct document *of_name, cib_name name)
{
	if (e->document != of_name && name >= NAME_COUNT)
		name = document_known_name(e->document, document_name_text(of_name, name));
	return name == NAME_NONE ? NULL : element_get(e, name);
}

bool edit_attributes_agree(const struct element *a, const struct element *b)
{
	if (a->attribute_count != b->attribute_count)
		return false;
	for (unsigned i = 0; i < a->attribute_count; i++) {
		const struct attribute *x = &a->attributes[i], *y = &b->attributes[i];
		const char *other = names_agree(a->document, x->name, b->document, y->name)
					    ? y->value
					    : value_of(b, a->document, x->name);
		if (!texts_agree(x->value, other))
			return false;
	}
	return true;
}

bool edit_trees_agree(const struct element *a, const struct element *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (!edit_names_agree(a, b) || !texts_agree(a->text, b->text) || !edit_attributes_agree(a, b))
		return false;
	const struct element *x = a->first, *y = b->first;
	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!edit_trees_agree(x, y))
			return false;
	return x == NULL && y == NULL;
}

/* ---- finding ---- */

struct element *edit_find_to_merge(struct element *in, const struct element *like)
{
	for (struct element *e = in; e != NULL; e = edit_walk(e, in))
		if (edit_names_agree(e, like) && edit_ids_agree(e, like))
			return e;
	return NULL;
}

struct element *edit_find_to_replace(struct element *in, const struct element *like)
{
	for (struct element *e = edit_walk(in, in); e != NULL; e = edit_walk(e, in))
		if (edit_names_agree(e, like) && (element_id(like) == NULL || edit_ids_agree(e, like)))
			return e;
	return NULL;
}

static bool has_attributes_of(const struct element *e, const struct element *like)
{
	for (unsigned i = 0; i < like->attribute_count; i++) {
		const char *own = value_of(e, like->document, like->attributes[i].name);
		if (own == NULL || g_ascii_strcasecmp(own, like->attributes[i].value) != 0)
			return false;
	}
	return true;
}

struct element *edit_find_to_delete(struct element *in, const struct element *like)
{
	for (struct element *e = edit_walk(in, in); e != NULL; e = edit_walk(e, in))
		if (edit_names_agree(e, like) && has_attributes_of(e, like))
			return e;
	return NULL;
}

/* ---- merging ---- */

/* What follows the attribute's own name in "NAME++" or "NAME+=N", from the second sign on; NULL: a plain value. */
static const char *increment_in(const char *name, const char *value)
{
	size_t length = strlen(name);
	if (strncmp(name, value, length) != 0 || value[length] != '+')
		return NULL;
	const char *sign = value + length + 1;
	return *sign == '+' || *sign == '=' ? sign : NULL;
}

static void set_attribute(struct element *to, const char *name_text, const char *value, bool expand_scores)
{
	cib_name name = document_name(to->document, name_text);
	const char *old = element_get(to, name);
	const char *sign = expand_scores && old != NULL ? increment_in(name_text, value) : NULL;
	if (sign == NULL) {
		element_set(to, name, value);
		return;
	}
	int have = 0, more = 1;
	(void)score_parse(old, 0, &have);
	if (*sign == '=')
		(void)score_parse(sign + 1, 0, &more);
	element_set_int(to, name, score_add(have, more));
}

/* The child that one of a body stands for: of the same name, and of the same id, or if it has none, id-ref. */
static struct element *find_child(struct element *parent, const struct element *like)
{
	const char *id = element_id(like), *reference = element_get(like, NAME_ID_REF);
	for_each_child(child, parent)
	{
		if (!edit_names_agree(child, like))
			continue;
		if (id != NULL ? texts_agree(element_id(child), id)
			       : reference == NULL || texts_agree(element_get(child, NAME_ID_REF), reference))
			return child;
	}
	return NULL;
}

static void merge_comment(struct element *parent, const struct element *comment)
{
	for (const struct element *child = parent->first; child != NULL; child = child->next)
		if (child->name == NAME_COMMENT && texts_agree(child->text, comment->text))
			return;
	element_append(parent, element_copy(parent->document, comment));
}

void edit_merge(struct element *to, const struct element *from, bool expand_scores)
{
	for (unsigned i = 0; i < from->attribute_count; i++)
		set_attribute(to, document_name_text(from->document, from->attributes[i].name),
			      from->attributes[i].value, expand_scores);
	for (const struct element *child = from->first; child != NULL; child = child->next) {
		if (child->name == NAME_COMMENT) {
			merge_comment(to, child);
			continue;
		}
		struct element *own = find_child(to, child);
		if (own == NULL) {
			own = element_add(to, document_name(to->document, element_tag(child)));
			own->line = child->line;
		}
		edit_merge(own, child, expand_scores);
	}
}

void edit_replace_element(struct element *old, const struct element *from)
{
	element_insert(old->parent, element_copy(old->document, from), old);
	element_remove(old);
}
