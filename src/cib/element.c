/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/element.h"

#include "cib/document-private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void place_attribute(struct element *e, cib_name name, const char *value)
{
	if (e->attribute_count == e->attribute_room) {
		assert(e->attribute_room < UINT16_MAX / 2);
		uint16_t room = (uint16_t)(e->attribute_room == 0 ? 4 : e->attribute_room * 2);
		e->attributes =
			arena_grow(document_arena(e->document), e->attributes,
				   e->attribute_count * sizeof(struct attribute), room * sizeof(struct attribute));
		e->attribute_room = room;
	}
	e->attributes[e->attribute_count++] = (struct attribute){name, value};
}

static void drop_attribute(struct element *e, cib_name name)
{
	for (unsigned i = 0; i < e->attribute_count; i++) {
		if (e->attributes[i].name != name)
			continue;
		memmove(&e->attributes[i], &e->attributes[i + 1],
			(e->attribute_count - i - 1) * sizeof(struct attribute));
		e->attribute_count--;
		return;
	}
}

void element_set(struct element *e, cib_name name, const char *value)
{
	assert(name != NAME_NONE);
	document_note_change(e);
	if (name == NAME_ID)
		document_forget_ids(e->document);
	if (value == NULL) {
		drop_attribute(e, name);
		return;
	}
	const char *kept = arena_string(document_arena(e->document), value);
	for (unsigned i = 0; i < e->attribute_count; i++) {
		if (e->attributes[i].name == name) {
			e->attributes[i].value = kept;
			return;
		}
	}
	place_attribute(e, name, kept);
}

void element_set_int(struct element *e, cib_name name, int64_t value)
{
	char text[24];
	(void)snprintf(text, sizeof(text), "%lld", (long long)value);
	element_set(e, name, text);
}

const char *element_tag(const struct element *e)
{
	return document_name_text(e->document, e->name);
}

struct element *element_new(struct document *d, cib_name name)
{
	assert(name != NAME_NONE);
	struct element *e = arena_new(document_arena(d), struct element);
	e->name = name;
	e->document = d;
	document_note_change(e);
	return e;
}

struct element *element_add(struct element *parent, cib_name name)
{
	struct element *e = element_new(parent->document, name);
	element_append(parent, e);
	return e;
}

void element_insert(struct element *parent, struct element *child, struct element *before)
{
	assert(child->parent == NULL);
	assert(child->document == parent->document);
	assert(before == NULL || before->parent == parent);
	child->parent = parent;
	child->next = before;
	child->previous = before != NULL ? before->previous : parent->last;
	*(child->previous != NULL ? &child->previous->next : &parent->first) = child;
	*(before != NULL ? &before->previous : &parent->last) = child;
	document_note_change(parent);
	document_forget_ids(parent->document);
}

void element_append(struct element *parent, struct element *child)
{
	element_insert(parent, child, NULL);
}

void element_remove(struct element *e)
{
	struct element *parent = e->parent;
	if (parent == NULL)
		return;
	*(e->previous != NULL ? &e->previous->next : &parent->first) = e->next;
	*(e->next != NULL ? &e->next->previous : &parent->last) = e->previous;
	e->parent = e->next = e->previous = NULL;
	document_note_change(e);
	document_note_change(parent);
	document_forget_ids(e->document);
}

/* Names that the program does not know have another number in another document. */
static cib_name name_in(struct document *to, const struct document *from, cib_name name)
{
	return to == from || name < NAME_COUNT ? name : document_name(to, document_name_text(from, name));
}

struct element *element_copy(struct document *to, const struct element *e)
{
	struct element *copy = element_new(to, name_in(to, e->document, e->name));
	copy->line = e->line;
	copy->text = arena_string(document_arena(to), e->text);
	if (e->attribute_count > 0) {
		copy->attributes = arena_array(document_arena(to), struct attribute, e->attribute_count);
		copy->attribute_room = copy->attribute_count = e->attribute_count;
	}
	for (unsigned i = 0; i < e->attribute_count; i++) {
		const struct attribute *a = &e->attributes[i];
		const char *value = to == e->document ? a->value : arena_string(document_arena(to), a->value);
		copy->attributes[i] = (struct attribute){name_in(to, e->document, a->name), value};
	}
	for (const struct element *child = e->first; child != NULL; child = child->next)
		element_append(copy, element_copy(to, child));
	return copy;
}

size_t element_count(const struct element *e)
{
	size_t n = 1;
	for (const struct element *child = e->first; child != NULL; child = child->next)
		n += element_count(child);
	return n;
}

static struct element *not_comment(struct element *e)
{
	while (e != NULL && e->name == NAME_COMMENT)
		e = e->next;
	return e;
}

struct element *element_first(const struct element *parent)
{
	return parent == NULL ? NULL : not_comment(parent->first);
}

struct element *element_next(const struct element *e)
{
	return not_comment(e->next);
}

static struct element *named(struct element *e, cib_name name)
{
	while (e != NULL && e->name != name)
		e = e->next;
	return e;
}

struct element *element_first_named(const struct element *parent, cib_name name)
{
	return parent == NULL ? NULL : named(parent->first, name);
}

struct element *element_next_named(const struct element *e)
{
	return named(e->next, e->name);
}

struct element *element_child_by_id(const struct element *parent, cib_name name, const char *id)
{
	for_each_named(child, parent, name)
	{
		const char *own = element_id(child);
		if (own != NULL && strcmp(own, id) == 0)
			return child;
	}
	return NULL;
}

static bool same_word(const char *text, const char *word)
{
	for (; *word != '\0'; text++, word++)
		if (*text != *word && !(*text >= 'A' && *text <= 'Z' && *text - 'A' + 'a' == *word))
			return false;
	return *text == '\0';
}

bool cib_parse_bool(const char *text, bool *ret)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true},   {"on", true},   {"yes", true}, {"y", true},  {"1", true},
		     {"false", false}, {"off", false}, {"no", false}, {"n", false}, {"0", false}};
	if (text == NULL)
		return false;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (same_word(text, words[i].word)) {
			*ret = words[i].value;
			return true;
		}
	}
	return false;
}

int64_t element_get_int(const struct element *e, cib_name name, int64_t otherwise)
{
	const char *text = element_get(e, name);
	return text == NULL ? otherwise : g_ascii_strtoll(text, NULL, 10);
}

bool element_get_bool(const struct element *e, cib_name name, bool otherwise)
{
	bool value = otherwise;
	(void)cib_parse_bool(element_get(e, name), &value);
	return value;
}
