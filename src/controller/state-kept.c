/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a manager hands on of its own node: to the others in its statement, and to the manager after it. */
#include "controller/state-internal.h"

#include <string.h>

static bool same_name(const char *a, const char *b)
{
	return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

static const char *taken(struct arena *arena, GString *text)
{
	const char *copy = arena_string_n(arena, text->str, text->len);
	(void)g_string_free(text, TRUE);
	return copy;
}

/* --- handing on --- */

const char *cluster_state_own_history(const struct cluster_state *r, const char *node, struct arena *arena)
{
	static const char end[] = "</node_state>";
	const struct element *state = state_node(r->document, node);
	if (state == NULL)
		return NULL;
	GString *text = g_string_new(NULL);
	element_print_flat(state, text);
	if (g_str_has_suffix(text->str, end)) {
		g_string_truncate(text, text->len - strlen(end));
	} else {
		g_string_truncate(text, text->len - strlen("/>"));
		g_string_append_c(text, '>');
	}
	attributes_print(&r->attributes, node, text);
	g_string_append(text, end);
	return taken(arena, text);
}

static void print_with_entry(const struct element *resource, const struct element *entry, GString *out)
{
	static const cib_name names[] = {NAME_ID, NAME_CLASS, NAME_PROVIDER, NAME_TYPE};
	struct document *d = document_new(NAME_LRM_RESOURCE);
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
		element_set(document_root(d), names[i], element_get(resource, names[i]));
	element_append(document_root(d), element_copy(d, entry));
	element_print_flat(document_root(d), out);
	document_free(d);
}

const char *cluster_state_own_orders(struct cluster_state *r, const char *node, const struct message *orders,
				     struct arena *arena)
{
	const struct element *state = state_node(r->document, node);
	GString *text = g_string_new(NULL);
	for (uint32_t i = 0; state != NULL && i < orders->orders.count; i++) {
		const struct order *o = &orders->orders.orders[i];
		const struct element *resource =
			same_name(o->node, node) ? state_resource(r, state, o->history_id) : NULL;
		for_each_named(e, resource, NAME_LRM_RSC_OP)
		{
			if (!history_is_under_way(e) ||
			    g_strcmp0(element_get(e, NAME_TRANSITION_KEY), o->transition_key) != 0)
				continue;
			g_string_append_c(text, '\n');
			print_with_entry(resource, e, text);
		}
	}
	const char *lines = taken(arena, text);
	return lines[0] != '\0' ? lines : NULL;
}

/* --- taking over --- */

static void take_node_state(struct cluster_state *s, const char *node, const struct element *root)
{
	struct element *old = state_node(s->document, node), *now = element_copy(s->document, root);
	element_insert(state_status(s->document), now, old);
	if (old != NULL)
		element_remove(old);
	for (struct element *e = element_first(now), *next; e != NULL; e = next) {
		next = element_next(e);
		if (strcmp(element_tag(e), HELD_ATTRIBUTES) != 0)
			continue;
		attributes_forget_node(&s->attributes, node);
		attributes_merge(&s->attributes, e);
		element_remove(e);
	}
	state_index_forget(s);
}

static bool take_base(struct cluster_state *s, const char *node, const char *text, size_t size)
{
	struct document *d;
	if (document_parse(text, size, "history", &d, NULL) != ERR_OK)
		return false;
	const struct element *root = document_root(d);
	bool ours = root->name == NAME_NODE_STATE && same_name(element_get(root, NAME_UNAME), node);
	if (ours)
		take_node_state(s, node, root);
	document_free(d);
	return ours;
}

static void take_order(struct cluster_state *s, struct element *state, const struct element *root)
{
	const char *id = element_id(root);
	if (root->name != NAME_LRM_RESOURCE || id == NULL)
		return;
	struct element *resource = state_resource_for(s, state, id, element_get(root, NAME_CLASS),
						      element_get(root, NAME_PROVIDER), element_get(root, NAME_TYPE));
	for_each_named(e, root, NAME_LRM_RSC_OP)
	{
		if (resource == NULL || element_id(e) == NULL)
			continue;
		struct element *old = element_child_by_id(resource, NAME_LRM_RSC_OP, element_id(e));
		element_insert(resource, element_copy(s->document, e), old);
		if (old != NULL)
			element_remove(old);
	}
}

/* Lines that were written half or not at all are of orders that nobody carried out. */
static void take_orders(struct cluster_state *s, const char *node, const char *lines)
{
	struct element *state = state_node(s->document, node);
	for (const char *at = lines; *at == '\n';) {
		size_t size = strcspn(at + 1, "\n");
		struct document *d;
		if (document_parse(at + 1, size, "order", &d, NULL) == ERR_OK) {
			take_order(s, state, document_root(d));
			document_free(d);
		}
		at += 1 + size;
	}
}

bool cluster_state_take_history(struct cluster_state *s, const char *node, const char *text)
{
	size_t size = strcspn(text, "\n");
	if (!take_base(s, node, text, size))
		return false;
	take_orders(s, node, text + size);
	return true;
}
