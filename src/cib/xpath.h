/* SPDX-License-Identifier: GPL-2.0-or-later */
/* xpath.h - finding elements by XPath 1.0 expressions that people write: permissions, queries.
 *
 * Expressions are libxml2's business. It searches a copy of the tree in its own form, which is made once for any number
 * of searches and knows of each element which of ours it is. The tree must not change while the copy is in use. What is
 * asked for most, //name and //name[@attribute='value'], needs no copy.
 */
#ifndef CIB_XPATH_H
#define CIB_XPATH_H

#include "cib/document.h"

struct xpath;

struct xpath *xpath_new(const struct document *d);
void xpath_free(struct xpath *x);

/* Appends the elements (const struct element *) that an expression selects, in document order. Who selects an attribute
 * gets the element that has it; who selects "/" the root. ERR_INVALID when it is no expression, selects no elements but
 * a number or text, or takes too long. */
enum err xpath_select(struct xpath *x, const char *expression, GPtrArray *elements, struct error *reterr) MUST_CHECK;

/* What an expression selects: an element, or one of its attributes. */
struct xpath_match {
	const struct element *element;
	const char *attribute; /* its name, valid as long as the copy; NULL: the element itself */
};

/* The same, telling attributes from elements: appends struct xpath_match. */
enum err xpath_match(struct xpath *x, const char *expression, GArray *matches, struct error *reterr) MUST_CHECK;

#endif
