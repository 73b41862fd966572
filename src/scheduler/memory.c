/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/memory.h"

#include "scheduler/history-private.h"

#include <glib.h>
#include <string.h>

/* They hold while the entry and the configuration have no later revision. */
struct known_digests {
	uint32_t revision;
	const char *rsc_id;
	struct operation_digests digests;
};

struct scheduler_memory {
	const struct document *document;
	const struct element *root, *configuration;
	uint32_t revision; /* that is being learnt from, or was last */
	bool has_rules;
	uint32_t rules_at;                         /* revision in which that was looked for */
	struct arena arena;                        /* of all that follows */
	uint32_t made;                             /* pieces, since it was empty */
	GHashTable *histories[MEMORY_ORDERS];      /* <lrm_resource> -> struct known_history */
	struct known_history *last[MEMORY_ORDERS]; /* that was asked for in this run */
	GHashTable *digests;                       /* <lrm_rsc_op> -> struct known_digests */
	struct scheduler_memory_counts counts;
};

struct scheduler_memory *scheduler_memory_new(void)
{
	struct scheduler_memory *m = g_new0(struct scheduler_memory, 1);
	for (unsigned i = 0; i < MEMORY_ORDERS; i++)
		m->histories[i] = g_hash_table_new(NULL, NULL);
	m->digests = g_hash_table_new(NULL, NULL);
	return m;
}

void scheduler_memory_free(struct scheduler_memory *m)
{
	if (m == NULL)
		return;
	for (unsigned i = 0; i < MEMORY_ORDERS; i++)
		g_hash_table_destroy(m->histories[i]);
	g_hash_table_destroy(m->digests);
	arena_fini(&m->arena);
	g_free(m);
}

struct scheduler_memory_counts scheduler_memory_counts(const struct scheduler_memory *m)
{
	return m->counts;
}

/* --- what holds --- */

enum { PIECES_MIN = 1000 };

static void forget(struct scheduler_memory *m)
{
	for (unsigned i = 0; i < MEMORY_ORDERS; i++)
		g_hash_table_remove_all(m->histories[i]);
	g_hash_table_remove_all(m->digests);
	memset(m->last, 0, sizeof(m->last));
	arena_fini(&m->arena);
	m->made = 0;
}

static bool has_rule(const struct element *e)
{
	for (const struct element *child = e->first; child != NULL; child = child->next)
		if (child->name == NAME_RULE || has_rule(child))
			return true;
	return false;
}

/* Blocks of parameters and of defaults may stand elsewhere and be referred to, so that rules anywhere but in
 * constraints count. */
static bool has_rules(const struct element *configuration)
{
	for_each_child(section, configuration) if (section->name != NAME_CONSTRAINTS && has_rule(section)) return true;
	return false;
}

/* Revisions only grow: one that is not beyond what was learnt is of another document at the same address. */
static bool is_same_document(const struct scheduler_memory *m, const struct cluster *c, uint32_t revision)
{
	return m->document == c->document && m->root == document_root(c->document) && revision > m->revision;
}

static void look_for_rules(struct scheduler_memory *m, bool same_document)
{
	if (same_document && m->configuration->revision <= m->rules_at)
		return;
	m->has_rules = has_rules(m->configuration);
	m->rules_at = m->revision;
}

void memory_begin(struct cluster *c)
{
	struct scheduler_memory *m = c->memory;
	if (m == NULL)
		return;
	uint32_t revision = document_revise(c->document);
	bool same = is_same_document(m, c, revision) && document_configuration(c->document) == m->configuration &&
		    m->configuration != NULL;
	if (!same || m->made > 2 * (m->counts.known + m->counts.learnt) + PIECES_MIN)
		forget(m);
	m->document = c->document;
	m->root = document_root(c->document);
	m->configuration = document_configuration(c->document);
	m->revision = revision;
	if (m->configuration != NULL)
		look_for_rules(m, same);
	m->counts = (struct scheduler_memory_counts){0};
	memset(m->last, 0, sizeof(m->last));
}

/* --- histories --- */

static void count_learnt(struct scheduler_memory *m)
{
	m->counts.learnt++;
	m->made++;
}

static void note_asked(struct scheduler_memory *m, struct known_history *k, enum memory_order order)
{
	if (m->last[order] != NULL)
		m->last[order]->next = k;
	m->last[order] = k;
}

/* They are asked for in the same order again and again. */
static struct known_history *find_history(struct scheduler_memory *m, const struct element *history,
					  enum memory_order order)
{
	struct known_history *last = m->last[order];
	if (last != NULL && last->next != NULL && last->next->history == history)
		return m->last[order] = last->next;
	struct known_history *k = g_hash_table_lookup(m->histories[order], history);
	if (k != NULL)
		note_asked(m, k, order);
	return k;
}

struct known_history *memory_history(const struct cluster *c, const struct element *history, enum memory_order order)
{
	struct scheduler_memory *m = c->memory;
	struct known_history *k = m != NULL ? find_history(m, history, order) : NULL;
	if (k == NULL || history->revision > k->revision)
		return NULL;
	m->counts.known++;
	return k;
}

struct known_history *memory_keep_history(struct cluster *c, const struct element *history, enum memory_order order,
					  const struct entry *entries, uint32_t count)
{
	struct scheduler_memory *m = c->memory;
	if (m == NULL)
		return NULL;
	struct known_history *k = find_history(m, history, order);
	if (k == NULL) {
		k = arena_new(&m->arena, struct known_history);
		(void)g_hash_table_insert(m->histories[order], (gpointer)(uintptr_t)history, k);
		note_asked(m, k, order);
	}
	k->history = history;
	k->revision = m->revision;
	k->has_resource = false;
	k->count = count;
	k->entries = arena_grow(&m->arena, entries, count * sizeof(*entries), count * sizeof(*entries));
	count_learnt(m);
	return k;
}

/* The same configuration gives the same resources the same places. */
struct resource *memory_resource(const struct cluster *c, const struct known_history *k, bool *ret_has_agent)
{
	const struct scheduler_memory *m = c->memory;
	if (k == NULL || !k->has_resource || m->configuration->revision > k->resource_revision ||
	    k->serial >= c->resource_serial)
		return NULL;
	struct resource *r = c->all[k->serial];
	const char *id = element_id(k->history);
	if (id == NULL || strcmp(r->id, id) != 0)
		return NULL;
	*ret_has_agent = k->has_agent;
	return r;
}

static bool has_own_history(const struct resource *r)
{
	while (r->parent != NULL && r->parent->kind == RESOURCE_GROUP)
		r = r->parent;
	return r->parent == NULL && r->unique && !r->removed;
}

void memory_keep_resource(const struct cluster *c, struct known_history *k, const struct resource *r, bool has_agent)
{
	const struct scheduler_memory *m = c->memory;
	if (k == NULL || m->configuration == NULL || !has_own_history(r) || r->history_id != NULL)
		return;
	k->has_resource = true;
	k->has_agent = has_agent;
	k->serial = r->serial;
	k->resource_revision = m->revision;
}

/* --- digests --- */

/* Documents that lack secrets are compared in another way, and are for people to test with. */
static bool keeps_digests(const struct cluster *c)
{
	const struct scheduler_memory *m = c->memory;
	return m != NULL && m->configuration != NULL && !m->has_rules && !c->sanitized;
}

bool memory_digests(const struct cluster *c, const struct element *entry, const struct resource *r,
		    struct operation_digests *ret)
{
	struct scheduler_memory *m = c->memory;
	if (!keeps_digests(c))
		return false;
	const struct known_digests *k = g_hash_table_lookup(m->digests, entry);
	if (k == NULL || entry->revision > k->revision || m->configuration->revision > k->revision ||
	    strcmp(k->rsc_id, r->id) != 0)
		return false;
	m->counts.known++;
	*ret = k->digests;
	return true;
}

void memory_keep_digests(struct cluster *c, const struct element *entry, const struct resource *r,
			 const struct operation_digests *d)
{
	struct scheduler_memory *m = c->memory;
	if (!keeps_digests(c))
		return;
	struct known_digests *k = arena_new(&m->arena, struct known_digests);
	k->revision = m->revision;
	k->rsc_id = arena_string(&m->arena, r->id);
	k->digests = (struct operation_digests){.result = d->result,
						.all = arena_string(&m->arena, d->all),
						.secure = arena_string(&m->arena, d->secure),
						.restart = arena_string(&m->arena, d->restart)};
	(void)g_hash_table_insert(m->digests, (gpointer)(uintptr_t)entry, k);
	count_learnt(m);
}
