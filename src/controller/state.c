/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/state-internal.h"
#include "transition/result.h"

#include <assert.h>
#include <string.h>

/* A document's arena only grows: when it is so much larger than it was when the document was made, the document is
 * copied into a new one. */
enum { GROWTH_MAX = 16 * 1024 * 1024 };

/* Where things are. Only for finding; nothing walks it. */
struct state_index {
	GHashTable *nodes; /* struct element (node_state) -> GHashTable: id -> lrm_resource */
	size_t clean;      /* bytes of the document's arena when it was new */
};

static struct element *first_resource(const struct element *node_state)
{
	const struct element *lrm = element_first_named(node_state, NAME_LRM);
	const struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
	return element_first_named(all, NAME_LRM_RESOURCE);
}

void state_index_forget(struct cluster_state *s)
{
	g_hash_table_remove_all(s->index->nodes);
}

static GHashTable *resources_of(struct cluster_state *s, const struct element *node_state)
{
	GHashTable *found = g_hash_table_lookup(s->index->nodes, node_state);
	if (found != NULL)
		return found;
	found = g_hash_table_new(g_str_hash, g_str_equal);
	for (struct element *r = first_resource(node_state); r != NULL; r = element_next_named(r)) {
		const char *id = element_id(r);
		if (id != NULL && !g_hash_table_contains(found, id))
			g_hash_table_insert(found, (gpointer)(uintptr_t)id, r);
	}
	g_hash_table_insert(s->index->nodes, (gpointer)(uintptr_t)node_state, found);
	return found;
}

struct element *state_resource(struct cluster_state *s, const struct element *node_state, const char *id)
{
	return g_hash_table_lookup(resources_of(s, node_state), id);
}

void state_index_add(struct cluster_state *s, const struct element *node_state, struct element *resource)
{
	g_hash_table_insert(resources_of(s, node_state), (gpointer)(uintptr_t)element_id(resource), resource);
}

struct element *state_status(struct document *d)
{
	struct element *status = document_section(d, NAME_STATUS);
	return status != NULL ? status : element_add(document_root(d), NAME_STATUS);
}

struct element *state_node(const struct document *d, const char *name)
{
	for_each_named(e, document_section(d, NAME_STATUS), NAME_NODE_STATE)
	{
		if (g_ascii_strcasecmp(element_get_or(e, NAME_UNAME, ""), name) == 0)
			return e;
	}
	return NULL;
}

bool state_node_is_remote(const struct element *node_state)
{
	return element_get_bool(node_state, document_known_name(node_state->document, "remote_node"), false);
}

/* --- life --- */

void cluster_state_init(struct cluster_state *r)
{
	*r = (struct cluster_state){.document = document_new(NAME_CIB)};
	attributes_init(&r->attributes);
	r->fences = g_ptr_array_new_with_free_func(fence_record_free);
	r->fencing = g_ptr_array_new_with_free_func(fence_record_free);
	r->index = g_new0(struct state_index, 1);
	r->index->nodes =
		g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)g_hash_table_destroy);
}

void cluster_state_fini(struct cluster_state *r)
{
	if (r == NULL || r->document == NULL)
		return;
	g_hash_table_destroy(r->index->nodes);
	g_free(r->index);
	g_ptr_array_free(r->fences, TRUE);
	g_ptr_array_free(r->fencing, TRUE);
	attributes_fini(&r->attributes);
	document_free(r->document);
	g_free(r->cluster_name);
	*r = (struct cluster_state){0};
}

void cluster_state_take_document(struct cluster_state *r, struct document *d)
{
	assert(d != NULL);
	if (d != r->document)
		document_free(r->document);
	r->document = d;
	r->index->clean = document_arena(d)->total;
	state_index_forget(r);
}

/* --- applying --- */

void state_touch(struct application *a, unsigned touched)
{
	a->touched |= touched;
}

void state_refuse(struct application *a, enum edit_verdict verdict, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_free(a->text);
	a->text = g_strdup_vprintf(format, args);
	a->verdict = verdict;
	va_end(args);
}

static void write_attribute(struct application *a, const char *name)
{
	if (attributes_write(&a->s->attributes, name, a->s->document))
		state_touch(a, TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
}

void state_attribute_set(struct application *a, const char *node, const char *name, const char *value)
{
	struct attribute_change c = {.node = node, .name = name, .value = value, .delay_ms = -1};
	if (attributes_change(&a->s->attributes, &c) == ATTRIBUTE_WAITS)
		write_attribute(a, name);
}

/* Attributes without dampening go into the status at once, the others wait for the leader. */
static void write_those_due(struct application *a)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < a->s->attributes.all->len; i++) {
		const struct held_attribute *h = g_ptr_array_index(a->s->attributes.all, i);
		if (!attributes_waits(h))
			continue;
		if (h->delay_ms == 0)
			g_ptr_array_add(names, g_strdup(h->name));
		else
			state_touch(a, TOUCHED_ATTRIBUTES);
	}
	for (guint i = 0; i < names->len; i++)
		write_attribute(a, g_ptr_array_index(names, i));
	g_ptr_array_free(names, TRUE);
}

static void write_if_due(struct application *a, const char *name)
{
	const struct held_attribute *h = attributes_find(&a->s->attributes, name);
	if (h == NULL || !attributes_waits(h))
		return;
	if (h->delay_ms == 0)
		write_attribute(a, name);
	else
		state_touch(a, TOUCHED_ATTRIBUTES);
}

static void apply_attribute(struct application *a, const struct message *m)
{
	struct attribute_change c = {
		.node = m->attribute.node,
		.name = m->attribute.name,
		.value = m->attribute.value,
		.set = m->attribute.set,
		.delay_ms = m->attribute.delay_ms,
		.private_ = m->attribute.private_,
		.utilization = m->attribute.utilization,
		.is_pattern = m->attribute.is_pattern,
		.delay_only = m->attribute.delay_only,
	};
	switch (attributes_change(&a->s->attributes, &c)) {
	case ATTRIBUTE_MALFORMED:
		state_refuse(a, EDIT_MALFORMED, "%s is no regular expression", c.name);
		break;
	case ATTRIBUTE_ABSENT:
		/* to take away what is not there is no fault, unless it was looked for */
		if (c.is_pattern || c.delay_only)
			state_refuse(a, EDIT_ABSENT, "no attribute %s %s", c.is_pattern ? "matches" : "is called",
				     c.name);
		break;
	case ATTRIBUTE_WAITS:
		if (c.is_pattern)
			write_those_due(a);
		else
			write_if_due(a, c.name);
		break;
	case ATTRIBUTE_SAME:
		break;
	}
}

static bool same_versions(struct cib_version a, struct cib_version b)
{
	return a.admin_epoch == b.admin_epoch && a.epoch == b.epoch;
}

/* Whether a change brings a whole new document: its status then is the old one, whatever it says, since that tells what
 * is and not what should be. */
static bool is_whole(const struct edit *e)
{
	struct document *d;
	if (e->kind == EDIT_ERASE)
		return true;
	if (e->kind != EDIT_REPLACE || e->xpath != NULL || e->body == NULL ||
	    document_parse(e->body, strlen(e->body), "change", &d, NULL) != ERR_OK)
		return false;
	bool whole = document_root(d)->name == NAME_CIB;
	document_free(d);
	return whole;
}

static void keep_status(const struct document *old, struct document *now)
{
	const struct element *status = document_section(old, NAME_STATUS);
	struct element *other = document_section(now, NAME_STATUS);
	if (other != NULL)
		element_remove(other);
	if (status != NULL)
		element_append(document_root(now), element_copy(now, status));
}

static void apply_change(struct application *a, const struct message *m)
{
	struct cluster_state *s = a->s;
	struct document *now = NULL;
	struct error error = {0};
	enum edit_verdict verdict = edit_apply(s->document, &m->change.edit, &m->change.by, &now, NULL, &error);
	a->verdict = verdict;
	if (verdict != EDIT_DONE) {
		if (verdict != EDIT_NOTHING)
			state_refuse(a, verdict, "%s", error.text);
		return;
	}
	if (is_whole(&m->change.edit))
		keep_status(s->document, now);
	struct cib_version before = cib_version_of(document_root(s->document));
	struct cib_version after = cib_version_of(document_root(now));
	cluster_state_take_document(s, now);
	state_touch(a, TOUCHED_UNEXPECTEDLY);
	/* versions of their own are counted by whoever changed it, not again here */
	a->touched |= same_versions(before, after) ? TOUCHED_STATUS : TOUCHED_CONFIGURATION;
}

static void apply_quorum(struct application *a, const struct message *m)
{
	struct element *root = document_root(a->s->document);
	const char *now = m->quorate ? "1" : "0";
	if (g_strcmp0(element_get(root, NAME_HAVE_QUORUM), now) == 0)
		return;
	element_set(root, NAME_HAVE_QUORUM, now);
	state_touch(a, TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
}

static bool is_known_node(const struct document *d, const char *name)
{
	for_each_named(e, document_section(d, NAME_NODES), NAME_NODE)
	{
		if (g_ascii_strcasecmp(element_get_or(e, NAME_UNAME, ""), name) == 0)
			return true;
	}
	return state_node(d, name) != NULL;
}

static void check_fence_ask(struct application *a, const struct message *m)
{
	if (!is_known_node(a->s->document, m->fence_ask.target))
		state_refuse(a, EDIT_ABSENT, "the cluster has no node %s", m->fence_ask.target);
}

static void dispatch(struct application *a, const struct message *m)
{
	switch (m->kind) {
	case MESSAGE_CHANGE:
		apply_change(a, m);
		break;
	case MESSAGE_ORDERS:
		state_apply_orders(a, m);
		break;
	case MESSAGE_RESULT:
		state_apply_result(a, m);
		break;
	case MESSAGE_ATTRIBUTE:
		apply_attribute(a, m);
		break;
	case MESSAGE_ATTRIBUTES_DUE:
		write_attribute(a, m->due.name);
		break;
	case MESSAGE_FENCE_ASK:
		check_fence_ask(a, m);
		break;
	case MESSAGE_FENCING:
		state_apply_fencing(a, m);
		break;
	case MESSAGE_FENCED:
		state_apply_fenced(a, m);
		break;
	case MESSAGE_NODE:
		state_apply_node(a, m);
		write_those_due(a);
		break;
	case MESSAGE_FORGET:
		state_apply_forget(a, m);
		break;
	case MESSAGE_STOP:
		state_apply_stop(a, m);
		break;
	case MESSAGE_QUORUM:
		apply_quorum(a, m);
		break;
	case MESSAGE_STATEMENT:
	case MESSAGE_CONFIGURATION:
	case MESSAGE_AGREEMENT:
	case MESSAGE_STORED:
	case MESSAGE_FENCE_RUN:
	case MESSAGE_FENCE_RAN:
	case MESSAGE_DIGEST:
	case MESSAGE_IDLE:
	case MESSAGE_KINDS:
		break;
	}
}

/* Request of those kinds that are answered; 0: of nobody. */
static uint64_t request_of(const struct message *m)
{
	switch ((unsigned)m->kind) {
	case MESSAGE_CHANGE:
		return m->change.request;
	case MESSAGE_ATTRIBUTE:
		return m->attribute.request;
	case MESSAGE_FORGET:
		return m->forget.request;
	case MESSAGE_FENCE_ASK:
		return m->fence_ask.request;
	default:
		return 0;
	}
}

static void count_up(struct application *a, const struct message *m)
{
	struct element *root = document_root(a->s->document);
	struct cib_version version = cib_version_of(root);
	if (m->kind == MESSAGE_CHANGE || (a->touched & (TOUCHED_STATUS | TOUCHED_CONFIGURATION)) == 0)
		return;
	bool configuration = (a->touched & TOUCHED_CONFIGURATION) != 0;
	if (configuration)
		element_set_int(root, NAME_EPOCH, cib_version_next(version.epoch));
	element_set_int(root, NAME_NUM_UPDATES, configuration ? 0 : cib_version_next(version.num_updates));
}

static void shrink(struct cluster_state *s)
{
	if (document_arena(s->document)->total > 2 * s->index->clean + GROWTH_MAX)
		cluster_state_take_document(s, document_clone(s->document));
}

unsigned cluster_state_apply(struct cluster_state *r, const struct manager_view *v, const struct member *sender,
			     const struct message *m, struct cluster_state_answer *ret_answer)
{
	struct application a = {.s = r, .v = v, .verdict = EDIT_DONE};
	bool ours = node_id_eq(sender->node, v->self.node) && sender->pid == v->self.pid;
	attributes_forget_written(&r->attributes);
	dispatch(&a, m);
	count_up(&a, m);
	shrink(r);
	if (ret_answer != NULL) {
		*ret_answer = (struct cluster_state_answer){.verdict = a.verdict};
		ret_answer->request = ours ? request_of(m) : 0;
		ret_answer->text = a.text;
	} else {
		g_free(a.text);
	}
	return a.touched;
}

/* --- equal or not --- */

void cluster_state_digest(const struct cluster_state *r, char ret_digest[33])
{
	GString *text = g_string_new(NULL);
	element_print_flat(document_root(r->document), text);
	attributes_print(&r->attributes, NULL, text);
	fences_print(r, text);
	char *sum = g_compute_checksum_for_string(G_CHECKSUM_MD5, text->str, (gssize)text->len);
	memcpy(ret_digest, sum, 33);
	g_free(sum);
	(void)g_string_free(text, TRUE);
}

static void check_index(const struct cluster_state *s)
{
	/* each node_state by itself, so that the order of the hash does not matter */
	for_each_named(state, document_section(s->document, NAME_STATUS), NAME_NODE_STATE)
	{
		GHashTable *known = g_hash_table_lookup(s->index->nodes, state);
		guint count = 0;
		for (struct element *r = first_resource(state); known != NULL && r != NULL; r = element_next_named(r)) {
			const struct element *found = g_hash_table_lookup(known, element_get_or(r, NAME_ID, ""));
			assert(found != NULL);
			assert(found == r || strcmp(element_id(found), element_id(r)) == 0); /* 2 */
			count += found == r;
		}
		assert(known == NULL || g_hash_table_size(known) == count);
	}
}

void cluster_state_check(const struct cluster_state *s)
{
	struct cib_version version = cib_version_of(document_root(s->document));
	assert(document_root(s->document)->name == NAME_CIB); /* 1 */
	assert(version.admin_epoch >= 0);
	assert(version.epoch >= 0);
	assert(version.num_updates >= 0);
	check_index(s);
	assert(s->fences->len <= FENCE_RECORDS_MAX); /* 3 */
	assert(g_hash_table_size(s->attributes.by_name) == s->attributes.all->len);
	for (guint i = 0; i < s->attributes.all->len; i++) {
		const struct held_attribute *h = g_ptr_array_index(s->attributes.all, i);
		assert(attributes_find(&s->attributes, h->name) == h); /* 4 */
		for (guint k = 0; k < h->values->len; k++) {
			const struct attribute_value *v = g_ptr_array_index(h->values, k);
			assert(v->value != NULL || !v->is_written);
			for (guint n = 0; n < k; n++) {
				const struct attribute_value *other = g_ptr_array_index(h->values, n);
				assert(g_ascii_strcasecmp(other->node, v->node) != 0);
			}
		}
	}
}
