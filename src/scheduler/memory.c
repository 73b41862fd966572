/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/memory.h"

#include "scheduler/history-private.h"

#include <glib.h>
#include <string.h>

/* Both hold while the element they belong to has no later revision. */
struct known_entries {
	uint32_t revision;
	uint32_t count;
	const struct entry *entries;
};

struct known_digests {
	uint32_t revision; /* of the configuration likewise */
	const char *rsc_id;
	struct operation_digests digests;
};

struct scheduler_memory {
	const struct document *document;
	const struct element *root, *configuration;
	uint32_t revision; /* that is being learnt from, or was last */
	bool has_rules;
	uint32_t rules_at;                    /* revision in which that was looked for */
	struct arena arena;                   /* of all that follows */
	uint32_t made;                        /* pieces, since it was empty */
	GHashTable *histories[MEMORY_ORDERS]; /* <lrm_resource> -> struct known_entries */
	GHashTable *digests;                  /* <lrm_rsc_op> -> struct known_digests */
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
}

/* --- entries --- */

const struct entry *memory_entries(const struct cluster *c, const struct element *history, enum memory_order order,
				   uint32_t *ret_count)
{
	struct scheduler_memory *m = c->memory;
	if (m == NULL)
		return NULL;
	const struct known_entries *k = g_hash_table_lookup(m->histories[order], history);
	if (k == NULL || history->revision > k->revision)
		return NULL;
	m->counts.known++;
	*ret_count = k->count;
	return k->entries;
}

static void count_learnt(struct scheduler_memory *m)
{
	m->counts.learnt++;
	m->made++;
}

void memory_keep_entries(struct cluster *c, const struct element *history, enum memory_order order,
			 const struct entry *entries, uint32_t count)
{
	struct scheduler_memory *m = c->memory;
	if (m == NULL)
		return;
	struct known_entries *k = arena_new(&m->arena, struct known_entries);
	const struct entry *own = arena_grow(&m->arena, entries, count * sizeof(*entries), count * sizeof(*entries));
	*k = (struct known_entries){.revision = m->revision, .count = count, .entries = own};
	(void)g_hash_table_insert(m->histories[order], (gpointer)(uintptr_t)history, k);
	count_learnt(m);
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
