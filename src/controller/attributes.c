/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/attributes.h"

#include "rules/pattern.h"
#include "rules/score.h"

#include <assert.h>
#include <string.h>

#define HELD "held_attributes"

static bool same_node(const char *a, const char *b)
{
	return g_ascii_strcasecmp(a, b) == 0;
}

static void value_free(void *data)
{
	struct attribute_value *v = data;
	g_free(v->node);
	g_free(v->value);
	g_free(v);
}

static void held_free(void *data)
{
	struct held_attribute *h = data;
	g_free(h->name);
	g_free(h->set);
	g_ptr_array_free(h->values, TRUE);
	g_free(h);
}

static void written_free(gpointer written)
{
	struct attribute_written *w = written;
	g_free(w->node);
	g_free(w->name);
	g_free(w->value);
	g_free(w);
}

void attributes_init(struct attributes *a)
{
	a->all = g_ptr_array_new_with_free_func(held_free);
	a->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	a->written = g_ptr_array_new_with_free_func(written_free);
}

void attributes_fini(struct attributes *a)
{
	if (a == NULL || a->all == NULL)
		return;
	g_hash_table_destroy(a->by_name);
	g_ptr_array_free(a->all, TRUE);
	g_ptr_array_free(a->written, TRUE);
	*a = (struct attributes){0};
}

static struct held_attribute *find(const struct attributes *a, const char *name)
{
	return g_hash_table_lookup(a->by_name, name);
}

const struct held_attribute *attributes_find(const struct attributes *a, const char *name)
{
	return find(a, name);
}

static struct attribute_value *value_of(const struct held_attribute *h, const char *node)
{
	for (guint i = 0; i < h->values->len; i++) {
		struct attribute_value *v = g_ptr_array_index(h->values, i);
		if (same_node(v->node, node))
			return v;
	}
	return NULL;
}

const char *attributes_get(const struct attributes *a, const char *name, const char *node)
{
	const struct held_attribute *h = find(a, name);
	const struct attribute_value *v = h == NULL ? NULL : value_of(h, node);
	return v == NULL ? NULL : v->value;
}

static struct held_attribute *hold(struct attributes *a, const char *name)
{
	struct held_attribute *h = find(a, name);
	if (h != NULL)
		return h;
	h = g_new0(struct held_attribute, 1);
	h->name = g_strdup(name);
	h->values = g_ptr_array_new_with_free_func(value_free);
	g_ptr_array_add(a->all, h);
	g_hash_table_insert(a->by_name, h->name, h);
	return h;
}

/* What would be made anew just so need not be kept. */
static bool is_needless(const struct held_attribute *h)
{
	return h->values->len == 0 && h->delay_ms == 0 && h->set == NULL && !h->private_ && !h->utilization;
}

static void drop_if_needless(struct attributes *a, struct held_attribute *h)
{
	if (!is_needless(h))
		return;
	g_hash_table_remove(a->by_name, h->name);
	g_ptr_array_remove(a->all, h);
}

/* The part of "value++" or "NAME+=3" from the plus on; NULL: to be taken as it stands. */
static const char *increment_of(const struct held_attribute *h, const char *value)
{
	static const char word[] = "value";
	size_t own = strlen(h->name);
	if (strncmp(value, word, strlen(word)) == 0)
		value += strlen(word);
	else if (strncmp(value, h->name, own) == 0)
		value += own;
	return strcmp(value, "++") == 0 || strncmp(value, "+=", 2) == 0 ? value : NULL;
}

static char *expand(const struct held_attribute *h, const char *value, const char *old)
{
	const char *increment = value == NULL ? NULL : increment_of(h, value);
	int base = 0, step = 1;
	if (increment == NULL)
		return g_strdup(value);
	if (increment[1] == '=' && !score_parse(increment + 2, 0, &step))
		step = 0;
	if (!score_parse(old, 0, &base))
		return g_strdup("0");
	return g_strdup_printf("%d", CLAMP(base + step, -SCORE_INFINITY, SCORE_INFINITY));
}

static void set_value(struct held_attribute *h, const char *node, const char *wanted)
{
	struct attribute_value *v = value_of(h, node);
	char *value = expand(h, wanted, v == NULL ? NULL : v->value);
	if (v == NULL && value == NULL)
		return;
	if (v == NULL) {
		v = g_new0(struct attribute_value, 1);
		v->node = g_strdup(node);
		g_ptr_array_add(h->values, v);
	} else if (g_strcmp0(v->value, value) == 0) {
		g_free(value);
		return;
	}
	g_free(v->value);
	v->value = value;
	v->is_written = false;
	if (value == NULL && h->private_)
		g_ptr_array_remove(h->values, v);
}

bool attributes_waits(const struct held_attribute *h)
{
	for (guint i = 0; !h->private_ && i < h->values->len; i++) {
		const struct attribute_value *v = g_ptr_array_index(h->values, i);
		if (!v->is_written)
			return true;
	}
	return false;
}

static enum attribute_outcome change_one(struct attributes *a, struct held_attribute *h,
					 const struct attribute_change *c)
{
	if (c->delay_ms >= 0)
		h->delay_ms = c->delay_ms;
	if (!c->delay_only)
		set_value(h, c->node, c->value);
	enum attribute_outcome outcome = attributes_waits(h) ? ATTRIBUTE_WAITS : ATTRIBUTE_SAME;
	drop_if_needless(a, h);
	return outcome;
}

static enum attribute_outcome change_matching(struct attributes *a, const struct attribute_change *c)
{
	regex_t pattern;
	enum attribute_outcome outcome = ATTRIBUTE_ABSENT;
	if (pattern_compile(c->name, REG_NOSUB, &pattern) != NULL)
		return ATTRIBUTE_MALFORMED;
	for (guint i = 0, before = a->all->len; i < a->all->len; i += a->all->len == before ? 1 : 0) {
		struct held_attribute *h = g_ptr_array_index(a->all, i);
		before = a->all->len;
		if (regexec(&pattern, h->name, 0, NULL, 0) != 0)
			continue;
		enum attribute_outcome one = change_one(a, h, c);
		outcome = outcome == ATTRIBUTE_WAITS ? outcome : one;
	}
	regfree(&pattern);
	return outcome;
}

enum attribute_outcome attributes_change(struct attributes *a, const struct attribute_change *c)
{
	if (c->is_pattern)
		return change_matching(a, c);
	struct held_attribute *h = find(a, c->name);
	if (h == NULL && (c->delay_only || c->value == NULL))
		return ATTRIBUTE_ABSENT;
	if (h == NULL || is_needless(h)) {
		h = hold(a, c->name);
		h->set = c->set != NULL && c->set[0] != '\0' ? g_strdup(c->set) : NULL;
		h->private_ = c->private_;
		h->utilization = c->utilization;
	}
	return change_one(a, h, c);
}

/* --- in the status --- */

static bool may_start_id(gunichar c)
{
	return c == '_' || c == ':' || (c < 0x80 && g_ascii_isalpha((char)c)) || c >= 0xc0;
}

static bool may_be_in_id(gunichar c)
{
	return may_start_id(c) || c == '-' || c == '.' || c == 0xb7 || (c < 0x80 && g_ascii_isdigit((char)c));
}

/* A text as an id: what no id may have becomes dots, one a byte. */
static const char *id_of(struct arena *arena, const char *text)
{
	char *id = arena_string(arena, text);
	for (char *at = id; *at != '\0';) {
		gunichar c = g_utf8_get_char(at);
		size_t size = (size_t)(g_utf8_next_char(at) - at);
		bool good = at == id ? may_start_id(c) : may_be_in_id(c);
		if (!good)
			memset(at, '.', size);
		if (!good && at == id)
			*at = '_';
		at += size;
	}
	return id;
}

static struct element *state_of(const struct document *d, const char *node)
{
	for_each_named(state, document_section(d, NAME_STATUS), NAME_NODE_STATE)
	{
		if (same_node(element_get_or(state, NAME_UNAME, ""), node))
			return state;
	}
	return NULL;
}

static struct element *pair_in(const struct element *block, const char *name)
{
	for_each_named(pair, block, NAME_NVPAIR)
	{
		if (strcmp(element_get_or(pair, NAME_NAME, ""), name) == 0)
			return pair;
	}
	return NULL;
}

static struct element *block_of(struct element *state, cib_name tag, const char *id)
{
	struct element *transient = element_first_named(state, NAME_TRANSIENT_ATTRIBUTES);
	if (transient == NULL) {
		transient = element_add(state, NAME_TRANSIENT_ATTRIBUTES);
		element_set(transient, NAME_ID, element_id(state));
	}
	struct element *block = element_child_by_id(transient, tag, id);
	if (block == NULL) {
		block = element_add(transient, tag);
		element_set(block, NAME_ID, id);
	}
	return block;
}

static bool erase_from_status(const struct element *state, cib_name tag, const char *set_id, const char *name)
{
	const struct element *transient = element_first_named(state, NAME_TRANSIENT_ATTRIBUTES);
	const struct element *block = transient == NULL ? NULL : element_child_by_id(transient, tag, set_id);
	struct element *pair = pair_in(block, name);
	if (pair == NULL)
		return false;
	element_remove(pair);
	return true;
}

/* True when the status changed. */
static bool write_value(const struct held_attribute *h, const char *value, struct element *state)
{
	struct arena *arena = document_arena(state->document);
	cib_name tag = h->utilization ? NAME_UTILIZATION : NAME_INSTANCE_ATTRIBUTES;
	const char *node_id = element_get_or(state, NAME_ID, "");
	const char *set = h->set != NULL ? h->set : arena_printf(arena, "status-%s", node_id);
	const char *set_id = id_of(arena, set);
	if (value == NULL)
		return erase_from_status(state, tag, set_id, h->name);
	struct element *block = block_of(state, tag, set_id);
	struct element *pair = pair_in(block, h->name);
	if (pair == NULL) {
		pair = element_add(block, NAME_NVPAIR);
		element_set(pair, NAME_ID, id_of(arena, arena_printf(arena, "%s-%s", set, h->name)));
		element_set(pair, NAME_NAME, h->name);
	} else if (strcmp(element_get_or(pair, NAME_VALUE, ""), value) == 0) {
		return false;
	}
	element_set(pair, NAME_VALUE, value);
	return true;
}

static void note_written(struct attributes *a, const struct held_attribute *h, const struct attribute_value *v)
{
	struct attribute_written *w = g_new0(struct attribute_written, 1);
	w->node = g_strdup(v->node);
	w->name = g_strdup(h->name);
	w->value = g_strdup(v->value);
	g_ptr_array_add(a->written, w);
}

void attributes_forget_written(struct attributes *a)
{
	g_ptr_array_set_size(a->written, 0);
}

bool attributes_write(struct attributes *a, const char *name, struct document *d)
{
	struct held_attribute *h = find(a, name);
	bool changed = false;
	if (h == NULL || h->private_)
		return false;
	for (guint i = 0; i < h->values->len;) {
		struct attribute_value *v = g_ptr_array_index(h->values, i);
		struct element *state = v->is_written ? NULL : state_of(d, v->node);
		if (state != NULL) {
			bool brought = write_value(h, v->value, state);
			if (brought)
				note_written(a, h, v);
			changed |= brought;
			v->is_written = true;
		}
		/* what is unset has been seen to, also where there is no state that could have had it */
		if (v->value == NULL)
			g_ptr_array_remove_index(h->values, i);
		else
			i++;
	}
	drop_if_needless(a, h);
	return changed;
}

void attributes_forget_node(struct attributes *a, const char *node)
{
	for (guint i = 0; i < a->all->len;) {
		struct held_attribute *h = g_ptr_array_index(a->all, i);
		struct attribute_value *v = value_of(h, node);
		guint before = a->all->len;
		if (v != NULL) {
			g_ptr_array_remove(h->values, v);
			drop_if_needless(a, h);
		}
		i += a->all->len == before ? 1 : 0;
	}
}

/* --- as text --- */

static void print_field(const char *name, const char *value, GString *out)
{
	if (value == NULL)
		return;
	g_string_append_printf(out, " %s=\"", name);
	cib_escape(value, out);
	g_string_append_c(out, '"');
}

static void print_held(const struct held_attribute *h, const char *node, GString *out)
{
	g_string_append(out, "<attribute");
	print_field("name", h->name, out);
	print_field("set", h->set, out);
	if (h->delay_ms != 0)
		g_string_append_printf(out, " delay=\"%lld\"", (long long)h->delay_ms);
	print_field("private", h->private_ ? "true" : NULL, out);
	print_field("utilization", h->utilization ? "true" : NULL, out);
	g_string_append(out, ">");
	for (guint i = 0; i < h->values->len; i++) {
		const struct attribute_value *v = g_ptr_array_index(h->values, i);
		if (node != NULL && !same_node(v->node, node))
			continue;
		g_string_append(out, "<value");
		print_field("node", v->node, out);
		print_field("value", v->value, out);
		print_field("written", v->is_written ? "true" : NULL, out);
		g_string_append(out, "/>");
	}
	g_string_append(out, "</attribute>");
}

void attributes_print(const struct attributes *a, const char *node, GString *out)
{
	g_string_append(out, "<" HELD ">");
	for (guint i = 0; i < a->all->len; i++) {
		const struct held_attribute *h = g_ptr_array_index(a->all, i);
		if (node == NULL || value_of(h, node) != NULL)
			print_held(h, node, out);
	}
	g_string_append(out, "</" HELD ">");
}

static void merge_values(struct held_attribute *h, const struct element *from)
{
	const struct document *d = from->document;
	for_each_named(e, from, NAME_VALUE)
	{
		const char *node = element_get(e, NAME_NODE);
		if (node == NULL || value_of(h, node) != NULL)
			continue;
		struct attribute_value *v = g_new0(struct attribute_value, 1);
		v->node = g_strdup(node);
		v->value = g_strdup(element_get(e, NAME_VALUE));
		v->is_written = element_get_bool(e, document_known_name(d, "written"), false);
		g_ptr_array_add(h->values, v);
	}
}

void attributes_merge(struct attributes *a, const struct element *held)
{
	const struct document *d = held->document;
	for_each_named(e, held, NAME_ATTRIBUTE)
	{
		const char *name = element_get(e, NAME_NAME), *set = element_get(e, document_known_name(d, "set"));
		if (name == NULL || name[0] == '\0')
			continue;
		bool is_new = find(a, name) == NULL;
		struct held_attribute *h = hold(a, name);
		if (is_new) {
			h->set = g_strdup(set);
			h->delay_ms =
				g_ascii_strtoll(element_get_or(e, document_known_name(d, "delay"), "0"), NULL, 10);
			h->private_ = element_get_bool(e, document_known_name(d, "private"), false);
			h->utilization = element_get_bool(e, NAME_UTILIZATION, false);
		}
		merge_values(h, e);
		drop_if_needless(a, h);
	}
}

enum err attributes_parse(struct attributes *a, const char *text, struct error *reterr)
{
	struct document *d;
	enum err e = document_parse(text, strlen(text), "attributes", &d, reterr);
	if (e != ERR_OK)
		return e;
	if (strcmp(element_tag(document_root(d)), HELD) == 0) {
		attributes_fini(a);
		attributes_init(a);
		attributes_merge(a, document_root(d));
	} else {
		e = error_set(reterr, ERR_INVALID, "attributes: <%s> where <" HELD "> should be",
			      element_tag(document_root(d)));
	}
	document_free(d);
	return e;
}
