/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The check itself: one walk over the tree along the tables. */
#include "cib/schema-private.h"

#include <libxml/tree.h>
#include <stdlib.h>
#include <string.h>

struct walk {
	GPtrArray *problems; /* NULL: the answer alone is wanted */
	bool valid;
	/* Ids that were met, by hash, open addressing: a document has thousands. */
	const struct element **slots;
	uint32_t slot_count, id_count;
	struct reference *references;
	uint32_t reference_count, reference_room;
	struct arena arena;
};

/* A value that must be somebody's id. */
struct reference {
	const struct element *element;
	const struct attribute *attribute;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Whether value is the word, blanks around it aside. Words have none inside. */
static bool is_word(const char *value, const char *word)
{
	while (is_blank(*value))
		value++;
	for (; *word != '\0'; value++, word++)
		if (*value != *word)
			return false;
	while (is_blank(*value))
		value++;
	return *value == '\0';
}

static bool is_among(const char *value, const char *const *words)
{
	for (; *words != NULL; words++)
		if (is_word(value, *words))
			return true;
	return false;
}

/* Whole numbers have up to 24 digits here as in libxml2; those beyond an int64 count as its limits. */
static const char *skip_blanks(const char *text)
{
	while (is_blank(*text))
		text++;
	return text;
}

/* Digits without a sign; what is larger than an int64_t is INT64_MAX. Returns where they end. */
static const char *read_digits(const char *text, int64_t *ret)
{
	bool huge = false;
	*ret = 0;
	for (; *text >= '0' && *text <= '9'; text++)
		huge = huge || __builtin_mul_overflow(*ret, 10, ret) || __builtin_add_overflow(*ret, *text - '0', ret);
	if (huge)
		*ret = INT64_MAX;
	return text;
}

static bool is_integer(const char *value, int64_t least, int64_t most)
{
	value = skip_blanks(value);
	bool negative = *value == '-';
	if (*value == '-' || *value == '+')
		value++;
	while (value[0] == '0' && value[1] >= '0' && value[1] <= '9')
		value++;
	int64_t number;
	const char *end = read_digits(value, &number);
	if (end == value || end - value > 24)
		return false;
	if (negative)
		number = -number;
	return *skip_blanks(end) == '\0' && number >= least && number <= most;
}

static bool is_list(const struct schema_type *t, const char *value)
{
	bool in_word = false;
	for (; *value != '\0'; value++) {
		unsigned char c = (unsigned char)*value;
		if (c < 128 && (t->letters[c >> 6] >> (c & 63) & 1) != 0)
			in_word = true;
		else if (t->separator != '\0' && c == (unsigned char)t->separator && in_word)
			in_word = false;
		else
			return false;
	}
	return in_word;
}

static bool is_of_type(const struct schema_type *t, const char *value)
{
	static const char *const truths[] = {"true", "false", "1", "0", NULL};
	switch (t->kind) {
	case SCHEMA_TEXT:
		return true;
	case SCHEMA_WORDS:
		return is_among(value, t->words);
	case SCHEMA_OTHER_TEXT:
		return !is_among(value, t->words);
	case SCHEMA_INTEGER:
		return is_integer(value, t->least, t->most) || is_among(value, t->words);
	case SCHEMA_BOOLEAN:
		return is_among(value, truths);
	case SCHEMA_ID:
	case SCHEMA_IDREF:
		return xmlValidateNCName((const xmlChar *)value, 1) == 0; /* 1: blanks around it do not matter */
	case SCHEMA_LIST:
		return is_list(t, value);
	}
	return false;
}

uint8_t schema_types_of(const struct schema_attribute *a, const char *value)
{
	uint8_t types = 0;
	for (unsigned i = 0; i < a->type_count; i++)
		if (is_of_type(&schema_types[a->type + i], value))
			types |= (uint8_t)(1u << i);
	return types;
}

int schema_attribute_index(const struct schema_definition *d, cib_name name)
{
	const struct schema_attribute *attributes = &schema_attributes[d->attributes];
	for (int i = 0; i < d->attribute_count; i++)
		if (attributes[i].name == name)
			return i;
	return -1;
}

const struct schema_child *schema_child_of(const struct schema_content *c, cib_name name)
{
	const struct schema_child *children = &schema_children[c->children];
	for (unsigned i = 0; i < c->child_count; i++)
		if (children[i].name == name)
			return &children[i];
	return NULL;
}

uint8_t schema_step(const struct schema_attribute *a, uint8_t state, uint8_t column)
{
	return schema_steps[a->rows + ((unsigned)state << a->type_count) + column];
}

uint8_t schema_move(const struct schema_content *c, const struct schema_child *child, uint8_t state)
{
	const struct schema_factor *f = &schema_factors[c->factors + child->factor];
	return schema_moves[f->rows + state * f->columns + child->column];
}

/* Ids. Blanks around one are no part of it. */

static uint32_t hash_id(const char *id)
{
	uint32_t h = 2166136261u;
	for (; *id != '\0'; id++)
		if (!is_blank(*id))
			h = (h ^ (uint8_t)*id) * 16777619u;
	return h ^ (h >> 15);
}

static bool is_same_id(const char *left, const char *right)
{
	for (;; left++, right++) {
		while (is_blank(*left))
			left++;
		while (is_blank(*right))
			right++;
		if (*left != *right || *left == '\0')
			return *left == *right;
	}
}

static uint32_t find_id(const struct walk *w, const char *id)
{
	uint32_t at = hash_id(id) & (w->slot_count - 1);
	while (w->slots[at] != NULL && !is_same_id(element_id(w->slots[at]), id))
		at = (at + 1) & (w->slot_count - 1);
	return at;
}

static void grow_ids(struct walk *w)
{
	const struct element **old = w->slots;
	uint32_t old_count = w->slot_count;
	w->slot_count = old_count == 0 ? 1024 : old_count * 4;
	w->slots = arena_array(&w->arena, const struct element *, w->slot_count);
	for (uint32_t i = 0; i < old_count; i++)
		if (old[i] != NULL)
			w->slots[find_id(w, element_id(old[i]))] = old[i];
}

/* The schema gives the type ID to attributes of the name id alone. */
static void know_id(struct walk *w, const struct element *e)
{
	const char *id = element_id(e);
	if (w->id_count * 2 >= w->slot_count)
		grow_ids(w);
	uint32_t slot = find_id(w, id);
	const struct element *other = w->slots[slot];
	if (other == NULL) {
		w->slots[slot] = e;
		w->id_count++;
		return;
	}
	w->valid = false;
	if (w->problems != NULL)
		problems_add(w->problems, e,
			     g_strdup_printf("its id is also that of <%s> in line %u", element_tag(other),
					     (unsigned)other->line),
			     g_strdup("every id may be given once"));
}

static void know_reference(struct walk *w, const struct element *e, const struct attribute *a)
{
	w->references = arena_room(&w->arena, w->references, sizeof(*w->references), w->reference_count,
				   &w->reference_room, 128);
	w->references[w->reference_count++] = (struct reference){e, a};
}

/* Every id, also of elements that were not looked at because they do not belong where they are. */
static void index_all(GHashTable *ids, const struct element *e)
{
	const char *id = element_id(e);
	if (id != NULL)
		g_hash_table_add(ids, (gpointer)(uintptr_t)id);
	for_each_child(child, e) index_all(ids, child);
}

/* Behind another problem a reference is only said to lead nowhere when its id is nowhere at all. */
static void check_known_references(struct walk *w, const struct element *root)
{
	GHashTable *all = NULL;
	bool otherwise_valid = w->valid;
	for (uint32_t i = 0; i < w->reference_count; i++) {
		const struct reference *r = &w->references[i];
		const char *id = r->attribute->value;
		if (w->slot_count > 0 && w->slots[find_id(w, id)] != NULL)
			continue;
		w->valid = false;
		if (w->problems == NULL)
			return;
		if (all == NULL && !otherwise_valid) {
			all = g_hash_table_new(g_str_hash, g_str_equal);
			index_all(all, root);
		}
		if (all == NULL || !g_hash_table_contains(all, id))
			problems_add(w->problems, r->element,
				     g_strdup_printf("%s=\"%s\": nothing has that id",
						     document_name_text(r->element->document, r->attribute->name), id),
				     NULL);
	}
	if (all != NULL)
		g_hash_table_destroy(all);
}

static bool view_attributes(struct walk *w, struct schema_view *v)
{
	bool fine = true;
	const struct element *e = v->element;
	const struct schema_attribute *attributes = &schema_attributes[v->definition->attributes];
	for (unsigned i = 0; i < e->attribute_count; i++) {
		int at = schema_attribute_index(v->definition, e->attributes[i].name);
		if (at < 0) {
			v->unknown = true;
			fine = false;
			continue;
		}
		uint8_t types = schema_types_of(&attributes[at], e->attributes[i].value);
		v->bad[at] = types == 0;
		fine = fine && types != 0;
		v->columns[at] = types != 0 ? types : (uint8_t)((1u << attributes[at].type_count) - 1);
		enum schema_kind kind = schema_types[attributes[at].type].kind;
		if (kind == SCHEMA_ID && types != 0)
			know_id(w, e);
		else if (kind == SCHEMA_IDREF && types != 0)
			know_reference(w, e, &e->attributes[i]);
	}
	return fine;
}

/* The content that the attributes lead to, or NULL. */
static const struct schema_content *step_through(const struct schema_view *v)
{
	const struct schema_definition *d = v->definition;
	uint8_t state = 0;
	for (unsigned i = 0; i < d->attribute_count && state != SCHEMA_FAIL; i++)
		state = schema_step(&schema_attributes[d->attributes + i], state, v->columns[i]);
	return state == SCHEMA_FAIL ? NULL : &schema_contents[schema_content_of[d->contents + state]];
}

bool schema_children_fit(const struct schema_content *c, const struct element *e)
{
	uint8_t states[SCHEMA_FACTORS_MAX] = {0};
	for_each_child(child, e)
	{
		const struct schema_child *known = schema_child_of(c, child->name);
		if (known == NULL)
			return false;
		uint8_t *state = &states[known->factor];
		*state = schema_move(c, known, *state);
		if (*state == SCHEMA_FAIL)
			return false;
	}
	for (unsigned i = 0; i < c->factor_count; i++)
		if (!schema_rests[schema_factors[c->factors + i].rests + states[i]])
			return false;
	return true;
}

static void check_element(struct walk *w, const struct element *e, const struct schema_definition *d)
{
	if (d->anything)
		return;
	struct schema_view v = {.definition = d, .element = e};
	bool fine = view_attributes(w, &v);
	const struct schema_content *content = step_through(&v);
	if (!fine || content == NULL || !schema_children_fit(content, e)) {
		w->valid = false;
		if (w->problems == NULL)
			return;
		content = schema_explain(&v, w->problems);
	}
	for_each_child(child, e)
	{
		const struct schema_child *known = schema_child_of(content, child->name);
		if (known != NULL)
			check_element(w, child, &schema_definitions[known->definition]);
		if (!w->valid && (w->problems == NULL || w->problems->len >= CIB_PROBLEMS_MAX))
			return;
	}
}

bool cib_validate(const struct document *d, GPtrArray *problems)
{
	const struct element *root = document_root(d);
	struct walk w = {.problems = problems, .valid = true};
	if (root->name == schema_definitions[0].name) {
		check_element(&w, root, &schema_definitions[0]);
		if (w.valid || problems != NULL)
			check_known_references(&w, root);
	} else {
		w.valid = false;
		if (problems != NULL)
			problems_add(problems, root, g_strdup("is no configuration"),
				     g_strdup("a configuration is a <cib>"));
	}
	arena_fini(&w.arena);
	return w.valid;
}
