/* SPDX-License-Identifier: GPL-2.0-or-later */
/* element.h - the tree that a configuration document is.
 *
 * A CIB is a tree of elements with attributes; text between elements means
 * nothing and is dropped, comments are kept. Names are numbers: the ones that the
 * program knows (names.def) are constants, others are added to the document when
 * they are met. So `element_get(e, NAME_SCORE)` compares small integers, and a
 * whole decision reads the tree without comparing a name's letters.
 *
 * Ownership: elements, attributes and their texts live in the arena of their
 * document (document.h) and go with it. Removing an element only unlinks it.
 * An element's children are few or many, always in document order.
 *
 * Changes made here are dated, so that who keeps what was worked out of an element
 * sees whether it still holds: document_revise() in document.h.
 *
 * Why the tree is ours: docs/decisions/0012.
 */
#ifndef CIB_ELEMENT_H
#define CIB_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct document;

/* The name of an element or attribute: one of NAME_… or a number above NAME_COUNT that one document knows. */
typedef uint32_t cib_name;

enum {
	NAME_NONE = 0, /* no name: what a lookup of an unknown name gives, and never equal to a name in a tree */
#define CIB_NAME(constant, text) NAME_##constant,
#include "cib/names.def"
#undef CIB_NAME
	NAME_COUNT,
};

/* Elements with this name are comments; their text is in `text`. */
#define NAME_COMMENT NAME_XML_COMMENT

struct attribute {
	cib_name name;
	const char *value; /* never NULL */
};

struct element {
	cib_name name;
	uint32_t line; /* in the text it was read from; 0 when made by the program */
	uint16_t attribute_count;
	uint16_t attribute_room;
	uint32_t revision;            /* of the document, when it or anything below it changed last (document.h) */
	struct attribute *attributes; /* in document order */
	struct document *document;
	struct element *parent, *first, *last, *next, *previous;
	const char *text; /* of a comment; NULL otherwise */
};

/* The value of an attribute, or NULL. */
static inline const char *element_get(const struct element *e, cib_name name)
{
	for (unsigned i = 0; i < e->attribute_count; i++)
		if (e->attributes[i].name == name)
			return e->attributes[i].value;
	return NULL;
}

/* The value, or otherwise when there is none or (_nonempty) when it is empty. */
static inline const char *element_get_or(const struct element *e, cib_name name, const char *otherwise)
{
	const char *value = element_get(e, name);
	return value != NULL ? value : otherwise;
}

static inline const char *element_id(const struct element *e)
{
	return element_get(e, NAME_ID);
}

/* Sets or replaces an attribute (a new one comes last); the value is copied. NULL removes it. */
void element_set(struct element *e, cib_name name, const char *value);
void element_set_int(struct element *e, cib_name name, int64_t value);
/* The text of an element's name, for messages and output. */
const char *element_tag(const struct element *e);

/* A new element without a parent. */
struct element *element_new(struct document *d, cib_name name);
/* A new last child. */
struct element *element_add(struct element *parent, cib_name name);
/* Makes child, which has no parent, the last child of parent, or the one before `before` (a child of parent). Same
 * document. */
void element_append(struct element *parent, struct element *child);
void element_insert(struct element *parent, struct element *child, struct element *before);
/* Unlinks an element with everything below it; it may be appended elsewhere. */
void element_remove(struct element *e);
/* A deep copy without a parent, in the same or in another document. Lines are kept. */
struct element *element_copy(struct document *to, const struct element *e);
/* How deep and how many: both for limits and messages. */
size_t element_count(const struct element *e);

/* First child that is not a comment; next sibling that is not a comment. */
struct element *element_first(const struct element *parent);
struct element *element_next(const struct element *e);
/* First child with this name; next sibling with the name of e. parent may be NULL. */
struct element *element_first_named(const struct element *parent, cib_name name);
struct element *element_next_named(const struct element *e);
/* The child with this name and this id, or NULL. */
struct element *element_child_by_id(const struct element *parent, cib_name name, const char *id);

#define for_each_child(child, of) \
	for (struct element *child = element_first(of); child != NULL; child = element_next(child))
#define for_each_named(child, of, name)                                                \
	for (struct element *child = element_first_named((of), (name)); child != NULL; \
	     child = element_next_named(child))

/* A truth value as the CIB has them: true/on/yes/y/1, false/off/no/n/0 in any case. ret only set when it is one. */
bool cib_parse_bool(const char *text, bool *ret);
/* The attribute as a truth value; otherwise when it is absent or no truth value. */
bool element_get_bool(const struct element *e, cib_name name, bool otherwise);
/* The attribute as a number: what it begins with, in bounds; 0 where that is none; otherwise when it is absent. */
int64_t element_get_int(const struct element *e, cib_name name, int64_t otherwise);

#endif
