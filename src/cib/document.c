/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/document.h"

#include "cib/document-private.h"

#include <assert.h>
#include <string.h>

struct document {
	struct arena arena;
	struct element *root;
	const char **names; /* number -> text; the known ones first */
	uint32_t name_count, name_room;
	cib_name *slots; /* names by hash, open addressing; a power of two, at most half full */
	uint32_t slot_count;
	GHashTable *ids; /* id -> element; NULL until it is asked for */
	uint32_t revision;
};

static const char *const known_names[NAME_COUNT] = {
	[NAME_NONE] = "",
#define CIB_NAME(constant, text) [NAME_##constant] = text,
#include "cib/names.def"
#undef CIB_NAME
};

enum { SLOTS_FIRST = 1024 };
_Static_assert(NAME_COUNT < SLOTS_FIRST / 2, "the table of names is at most half full");

static uint32_t hash_text(const char *text)
{
	uint32_t h = 2166136261u;
	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 16777619u;
	return h ^ (h >> 15);
}

/* The slot that has this name, or the empty one where it belongs. */
static uint32_t find_slot(const struct document *d, const char *text)
{
	uint32_t at = hash_text(text) & (d->slot_count - 1);
	while (d->slots[at] != NAME_NONE && strcmp(d->names[d->slots[at]], text) != 0)
		at = (at + 1) & (d->slot_count - 1);
	return at;
}

static void fill_slots(struct document *d, uint32_t count)
{
	d->slots = arena_array(&d->arena, cib_name, count);
	d->slot_count = count;
	for (cib_name n = 1; n < d->name_count; n++)
		d->slots[find_slot(d, d->names[n])] = n;
}

static void init_names(struct document *d)
{
	d->name_count = d->name_room = NAME_COUNT;
	d->names = arena_grow(&d->arena, known_names, sizeof(known_names), sizeof(known_names));
	fill_slots(d, SLOTS_FIRST);
}

cib_name document_known_name(const struct document *d, const char *text)
{
	return d->slots[find_slot(d, text)];
}

cib_name document_name(struct document *d, const char *text)
{
	uint32_t slot = find_slot(d, text);
	if (d->slots[slot] != NAME_NONE)
		return d->slots[slot];
	if (d->name_count == d->name_room) {
		uint32_t room = d->name_room * 2;
		d->names = arena_grow(&d->arena, d->names, d->name_count * sizeof(char *), room * sizeof(char *));
		d->name_room = room;
	}
	cib_name name = d->name_count++;
	d->names[name] = arena_string(&d->arena, text);
	d->slots[slot] = name;
	if (d->name_count > d->slot_count / 2)
		fill_slots(d, d->slot_count * 2);
	return name;
}

const char *document_name_text(const struct document *d, cib_name name)
{
	assert(name < d->name_count);
	return d->names[name];
}

struct document *document_new(cib_name root)
{
	struct document *d = g_new0(struct document, 1);
	init_names(d);
	if (root != NAME_NONE)
		d->root = element_new(d, root);
	return d;
}

struct document *document_clone(const struct document *d)
{
	struct document *copy = document_new(NAME_NONE);
	copy->root = d->root == NULL ? NULL : element_copy(copy, d->root);
	return copy;
}

void document_free(struct document *d)
{
	if (d == NULL)
		return;
	document_forget_ids(d);
	arena_fini(&d->arena);
	g_free(d);
}

struct element *document_root(const struct document *d)
{
	return d->root;
}

void document_set_root(struct document *d, struct element *root)
{
	assert(root->document == d);
	assert(root->parent == NULL);
	d->root = root;
	document_forget_ids(d);
}

struct arena *document_arena(struct document *d)
{
	return &d->arena;
}

uint32_t document_revise(struct document *d)
{
	return d->revision++;
}

/* What an element of this revision is in is of this revision too, so that only the first change goes up to the root. */
void document_note_change(struct element *e)
{
	for (; e != NULL && e->revision != e->document->revision; e = e->parent)
		e->revision = e->document->revision;
}

void document_forget_ids(struct document *d)
{
	if (d->ids != NULL)
		g_hash_table_destroy(d->ids);
	d->ids = NULL;
}

void document_index_ids(GHashTable *ids, struct element *e)
{
	const char *id = element_id(e);
	if (id != NULL && !g_hash_table_contains(ids, id))
		g_hash_table_insert(ids, (gpointer)(uintptr_t)id, e);
	for (struct element *child = e->first; child != NULL; child = child->next)
		document_index_ids(ids, child);
}

struct element *document_by_id(struct document *d, const char *id)
{
	if (d->root == NULL || id == NULL)
		return NULL;
	if (d->ids == NULL) {
		d->ids = g_hash_table_new(g_str_hash, g_str_equal);
		document_index_ids(d->ids, d->root);
	}
	return g_hash_table_lookup(d->ids, id);
}

struct element *document_configuration(const struct document *d)
{
	return element_first_named(d->root, NAME_CONFIGURATION);
}

struct element *document_section(const struct document *d, cib_name section)
{
	if (section == NAME_STATUS || section == NAME_CONFIGURATION)
		return element_first_named(d->root, section);
	return element_first_named(document_configuration(d), section);
}

static const char *option_named(const struct document *d, const char *name)
{
	const struct element *config = document_section(d, NAME_CRM_CONFIG);
	for_each_named(set, config, NAME_CLUSTER_PROPERTY_SET) for_each_named(pair, set, NAME_NVPAIR)
	{
		const char *value = element_get(pair, NAME_VALUE);
		if (value != NULL && strcmp(element_get_or(pair, NAME_NAME, ""), name) == 0)
			return value;
	}
	return NULL;
}

const char *document_option(const struct document *d, const char *name, const char *old_name)
{
	const char *value = option_named(d, name);
	return value == NULL && old_name != NULL ? option_named(d, old_name) : value;
}
