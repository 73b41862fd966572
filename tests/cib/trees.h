/* SPDX-License-Identifier: GPL-2.0-or-later */
/* trees.h - documents for tests: from text, and random ones with their random changes, by seed. */
#ifndef TEST_CIB_TREES_H
#define TEST_CIB_TREES_H

#include "cib/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A generator of numbers that a seed replays (xorshift). */
struct dice {
	uint64_t state;
};

static inline unsigned roll(struct dice *d, unsigned sides)
{
	d->state ^= d->state << 13;
	d->state ^= d->state >> 7;
	d->state ^= d->state << 17;
	return (unsigned)((d->state >> 11) % sides);
}

static inline struct document *tree_parsed(const char *xml)
{
	struct document *d = NULL;
	struct error error = {0};
	if (document_parse(xml, strlen(xml), "test", &d, &error) != ERR_OK) {
		(void)fprintf(stderr, "%s\n", error.text);
		abort();
	}
	return d;
}

/* In one line; the caller frees it. */
static inline char *tree_text(const struct document *d)
{
	GString *s = g_string_new(NULL);
	element_print_flat(document_root(d), s);
	return g_string_free(s, FALSE);
}

static inline cib_name random_name(struct dice *dice, struct document *d)
{
	static const cib_name known[] = {NAME_PRIMITIVE, NAME_NVPAIR, NAME_OP, NAME_SCORE};
	static const char *const unknown[] = {"alpha", "beta", "x-gamma", "n1.delta"};
	unsigned n = roll(dice, 8);
	return n < 4 ? known[n] : document_name(d, unknown[n - 4]);
}

static inline void change_attribute(struct dice *dice, struct element *e)
{
	static const char *const values[] = {"", "1", "two", "<3>", "'4'", "\"5\"", "&\n6\t", "\303\274"};
	cib_name name = random_name(dice, e->document);
	element_set(e, name, roll(dice, 4) == 0 ? NULL : values[roll(dice, 8)]);
}

/* A child with an id that none of its siblings has, or a comment. */
static inline struct element *random_child(struct dice *dice, struct element *parent)
{
	struct element *e;
	if (roll(dice, 8) == 0) {
		e = element_new(parent->document, NAME_COMMENT);
		e->text = arena_printf(document_arena(parent->document), " comment %u ", roll(dice, 3));
		return e;
	}
	e = element_new(parent->document, random_name(dice, parent->document));
	element_set(e, NAME_ID, arena_printf(document_arena(parent->document), "id-%u", roll(dice, 100000)));
	for (unsigned n = roll(dice, 4); n > 0; n--)
		change_attribute(dice, e);
	return e;
}

static inline void put_anywhere(struct dice *dice, struct element *parent, struct element *e)
{
	size_t n = 0;
	for (struct element *child = parent->first; child != NULL; child = child->next)
		n++;
	struct element *before = parent->first;
	for (unsigned at = roll(dice, (unsigned)n + 1); at > 0; at--)
		before = before->next;
	element_insert(parent, e, before);
}

static inline struct element *random_element(struct dice *dice, struct element *from)
{
	struct element *e = from;
	while (e->first != NULL && roll(dice, 5) != 0) {
		struct element *child = e->first;
		for (unsigned n = roll(dice, 6); n > 0 && child->next != NULL; n--)
			child = child->next;
		if (child->name == NAME_COMMENT)
			return e;
		e = child;
	}
	return e;
}

static inline struct document *random_tree(struct dice *dice, unsigned elements)
{
	struct document *d = document_new(NAME_CIB);
	for (; elements > 0; elements--) {
		struct element *parent = random_element(dice, document_root(d));
		put_anywhere(dice, parent, random_child(dice, parent));
	}
	return d;
}

/* Attributes set and removed, elements added, removed, moved among their siblings. */
static inline void change_tree(struct dice *dice, struct document *d, unsigned changes)
{
	for (; changes > 0; changes--) {
		struct element *e = random_element(dice, document_root(d)), *parent = e->parent;
		unsigned what = roll(dice, 5);
		if (what == 0) {
			put_anywhere(dice, e, random_child(dice, e));
		} else if (what == 1 && parent != NULL) {
			element_remove(e);
		} else if (what <= 3 && parent != NULL) {
			element_remove(e);
			put_anywhere(dice, parent, e);
		} else {
			change_attribute(dice, e);
		}
	}
}

#endif
