/* SPDX-License-Identifier: GPL-2.0-or-later */
/* schema-private.h - between the check (schema.c) and its words (schema-explain.c). */
#ifndef CIB_SCHEMA_PRIVATE_H
#define CIB_SCHEMA_PRIVATE_H

#include "cib/schema-tables.h"
#include "cib/schema.h"

/* An element as its definition sees it. */
struct schema_view {
	const struct schema_definition *definition;
	const struct element *element;
	uint8_t columns[SCHEMA_ATTRIBUTES_MAX]; /* by attribute of the definition: the types its value has, 0 absent */
	bool bad[SCHEMA_ATTRIBUTES_MAX];        /* there, but with a value of no type: columns has all of them */
	bool unknown;                           /* has attributes that the definition has not */
};

/* Which of its types the value has, a bit for each. */
uint8_t schema_types_of(const struct schema_attribute *a, const char *value);
/* Index among the definition's attributes, or -1. */
int schema_attribute_index(const struct schema_definition *d, cib_name name);
const struct schema_child *schema_child_of(const struct schema_content *c, cib_name name);
/* The state after an attribute, SCHEMA_FAIL if there is none. */
uint8_t schema_step(const struct schema_attribute *a, uint8_t state, uint8_t column);
uint8_t schema_move(const struct schema_content *c, const struct schema_child *child, uint8_t state);

/* Whether an element's children are the ones of a content. */
bool schema_children_fit(const struct schema_content *c, const struct element *e);
/* Says what is wrong with an element's own attributes and with which children it has. Returns the content by which the
 * children are to be looked at. */
const struct schema_content *schema_explain(const struct schema_view *v, GPtrArray *problems);
/* schema-words.c: the nearest of some words to a misspelt one, or NULL; words ends with NULL. */
const char *schema_nearest(const char *word, const char *const *words);
/* What is wrong with a value and what might be meant. Both are to be freed; *ret_hint may be NULL. */
char *schema_describe_value(const struct schema_attribute *a, const char *name, const char *value, char **ret_hint);

#endif
