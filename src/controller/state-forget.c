/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/state-internal.h"

#include <string.h>

/* "web" means "web:0" too, and "web:0" what is recorded as "web" for whichever instance a node has. */
static bool means(const char *rsc, const char *id)
{
	size_t length = strlen(rsc), own = strlen(id);
	size_t shared = MIN(length, own);
	if (rsc[0] == '\0' || strncmp(rsc, id, shared) != 0)
		return false;
	const char *rest = length > own ? rsc + own : id + length;
	return *rest == '\0' || (*rest == ':' && rest[1] != '\0' && strspn(rest + 1, "0123456789") == strlen(rest + 1));
}

/* What comes after one of the prefixes of counters, or NULL. */
static const char *counted_by(const char *attribute)
{
	static const char *const prefixes[] = {"fail-count-", "last-failure-"};
	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
		if (strncmp(attribute, prefixes[i], strlen(prefixes[i])) == 0)
			return attribute + strlen(prefixes[i]);
	}
	return NULL;
}

static bool counts_this(const struct message *m, const char *attribute)
{
	const char *what = counted_by(attribute), *rsc = m->forget.rsc;
	if (what == NULL)
		return false;
	const char *hash = strrchr(what, '#');
	char *name = hash == NULL ? g_strdup(what) : g_strndup(what, (gsize)(hash - what));
	bool meant = rsc == NULL || means(rsc, name);
	g_free(name);
	if (!meant || m->forget.action == NULL)
		return meant;
	char *operation = g_strdup_printf("%s_%lld", m->forget.action, (long long)m->forget.interval_ms);
	meant = hash != NULL && strcmp(hash + 1, operation) == 0;
	g_free(operation);
	return meant;
}

static bool is_meant_node(const struct message *m, const char *node)
{
	return m->forget.node == NULL || g_ascii_strcasecmp(m->forget.node, node) == 0;
}

/* Nodes that have a value of a counter that is meant. */
static void forget_counters(struct application *a, const struct message *m)
{
	GPtrArray *pairs = g_ptr_array_new_with_free_func(g_free); /* name, node, name, node, … */
	for (guint i = 0; i < a->s->attributes.all->len; i++) {
		const struct held_attribute *h = g_ptr_array_index(a->s->attributes.all, i);
		if (!counts_this(m, h->name))
			continue;
		for (guint k = 0; k < h->values->len; k++) {
			const struct attribute_value *v = g_ptr_array_index(h->values, k);
			if (!is_meant_node(m, v->node))
				continue;
			g_ptr_array_add(pairs, g_strdup(h->name));
			g_ptr_array_add(pairs, g_strdup(v->node));
		}
	}
	for (guint i = 0; i < pairs->len; i += 2)
		state_attribute_set(a, g_ptr_array_index(pairs, i + 1), g_ptr_array_index(pairs, i), NULL);
	g_ptr_array_free(pairs, TRUE);
}

static bool is_meant_operation(const struct message *m, const struct element *e)
{
	if (m->forget.action == NULL)
		return true;
	return strcmp(element_get_or(e, NAME_OPERATION, ""), m->forget.action) == 0 &&
	       g_ascii_strtoll(element_get_or(e, NAME_INTERVAL, "0"), NULL, 10) == m->forget.interval_ms;
}

static bool same_run(const struct element *a, const struct element *b)
{
	const char *key = element_get(a, NAME_TRANSITION_KEY);
	return key != NULL && strcmp(key, element_get_or(b, NAME_TRANSITION_KEY, "")) == 0;
}

/* With a failure goes what is recorded as pending of the same run: nothing else says any more that it ended. */
static bool forget_run(struct element *resource, const struct element *failure)
{
	for (struct element *e = element_first_named(resource, NAME_LRM_RSC_OP), *next; e != NULL; e = next) {
		next = element_next_named(e);
		if (e != failure && same_run(failure, e))
			element_remove(e);
	}
	return true;
}

static bool forget_failures(const struct message *m, struct element *resource)
{
	bool changed = false;
	struct element *e = element_first_named(resource, NAME_LRM_RSC_OP);
	while (e != NULL) {
		if (!history_is_failure(e) || !is_meant_operation(m, e)) {
			e = element_next_named(e);
			continue;
		}
		changed = forget_run(resource, e);
		struct element *next = element_next_named(e);
		element_remove(e);
		e = next;
	}
	return changed;
}

static bool forget_all(struct element *resource)
{
	GPtrArray *ended = g_ptr_array_new();
	for_each_named(e, resource, NAME_LRM_RSC_OP)
	{
		if (!history_is_under_way(e))
			g_ptr_array_add(ended, e);
	}
	bool changed = ended->len > 0;
	for (guint i = 0; i < ended->len; i++)
		element_remove(g_ptr_array_index(ended, i));
	g_ptr_array_free(ended, TRUE);
	return changed;
}

/* True when something went. */
static bool forget_of_node(struct application *a, const struct message *m, const struct element *state)
{
	const struct element *lrm = element_first_named(state, NAME_LRM);
	const struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
	bool changed = false;
	for (struct element *r = element_first_named(all, NAME_LRM_RESOURCE), *next; r != NULL; r = next) {
		next = element_next_named(r);
		if (m->forget.rsc != NULL && !means(m->forget.rsc, element_get_or(r, NAME_ID, "")))
			continue;
		changed |= m->forget.what == FORGET_FAILURES ? forget_failures(m, r) : forget_all(r);
		bool locked = m->forget.what == FORGET_FAILURES && element_get(r, NAME_SHUTDOWN_LOCK) != NULL;
		if (element_first_named(r, NAME_LRM_RSC_OP) == NULL && !locked) {
			element_remove(r);
			state_index_forget(a->s);
			changed = true;
		}
	}
	return changed;
}

static void forget_fences(struct application *a, const struct message *m)
{
	GPtrArray *fences = a->s->fences;
	for (guint i = fences->len; i > 0; i--) {
		const struct fence_record *f = g_ptr_array_index(fences, i - 1);
		if (is_meant_node(m, f->target))
			g_ptr_array_remove_index(fences, i - 1);
	}
}

void state_apply_forget(struct application *a, const struct message *m)
{
	if (m->forget.what == FORGET_FENCES) {
		forget_fences(a, m);
		return;
	}
	if (m->forget.what == FORGET_NODE) {
		state_remove_node(a, m);
		return;
	}
	if (m->forget.node != NULL && state_node(a->s->document, m->forget.node) == NULL) {
		state_refuse(a, EDIT_ABSENT, "the status knows no node %s", m->forget.node);
		return;
	}
	forget_counters(a, m);
	for_each_named(state, document_section(a->s->document, NAME_STATUS), NAME_NODE_STATE)
	{
		if (is_meant_node(m, element_get_or(state, NAME_UNAME, "")) && forget_of_node(a, m, state))
			state_touch(a, TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
	}
}
