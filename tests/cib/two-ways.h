/* SPDX-License-Identifier: GPL-2.0-or-later */
/* two-ways.h - a text read in the plain way and by the library, which must agree. */
#ifndef TESTS_CIB_TWO_WAYS_H
#define TESTS_CIB_TWO_WAYS_H

#include "cib/document-private.h"

#include <string.h>

/* To the letter, the numbers of names and the lines too. */
static inline bool same_tree(const struct element *a, const struct element *b)
{
	if (a->name != b->name || a->line != b->line || a->attribute_count != b->attribute_count ||
	    g_strcmp0(a->text, b->text) != 0 || strcmp(element_tag(a), element_tag(b)) != 0)
		return false;
	for (unsigned i = 0; i < a->attribute_count; i++)
		if (a->attributes[i].name != b->attributes[i].name ||
		    strcmp(a->attributes[i].value, b->attributes[i].value) != 0)
			return false;
	const struct element *x = a->first, *y = b->first;
	for (; x != NULL && y != NULL; x = x->next, y = y->next)
		if (!same_tree(x, y))
			return false;
	return x == NULL && y == NULL;
}

/* Whether the text is plain; ret_agree: whether the library, if it is, reads the same. */
static inline bool read_two_ways(const char *text, size_t size, bool *ret_agree)
{
	struct document *plain = document_new(NAME_NONE), *other = NULL;
	bool is_plain = document_read_plain(plain, text, size);
	*ret_agree = !is_plain || (document_read_text(text, size, "t", &other, NULL) == ERR_OK &&
				   same_tree(document_root(plain), document_root(other)));
	document_free(plain);
	document_free(other);
	return is_plain;
}

#endif
