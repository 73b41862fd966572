/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/digests.h"

#include "base/version.h"
#include "cib/digest.h"
#include "scheduler/action-config.h"
#include "scheduler/action-key.h"
#include "scheduler/bundle.h"
#include "scheduler/cluster.h"
#include "scheduler/history-private.h"
#include "scheduler/memory.h"

#include <string.h>

/* No operation has this name: digests for unfencing are kept apart. */
#define UNFENCING_TASK "stonith-on"
/* A digest that no parameters have. */
#define FORCED_DIGEST "calculated-failure-timeout"

struct kept_digests {
	struct operation_digests digests;
	const char *task;
	int64_t interval_ms;
	const struct node *node;
	struct kept_digests *next;
};

struct forced_entry {
	const struct element *entry;
	struct forced_entry *next;
};

struct digest_cache {
	struct kept_digests *kept;
	struct forced_entry *forced;
};

static struct digest_cache *cache_of(struct resource *r)
{
	if (r->digests == NULL)
		r->digests = arena_new(&r->cluster->arena, struct digest_cache);
	return r->digests;
}

/* --- what counts --- */

static bool is_word_of(const char *list, const char *word)
{
	size_t length = strlen(word);
	for (const char *at = list; *at != '\0'; at += strcspn(at, " ")) {
		at += strspn(at, " ");
		size_t found = strcspn(at, " ");
		if (found == length && strncmp(at, word, length) == 0)
			return true;
	}
	return false;
}

static bool is_meta(const char *name)
{
	return strncmp(name, "CRM_meta_", sizeof("CRM_meta_") - 1) == 0;
}

static bool is_uncounted(const char *name)
{
	static const char *const names[] = {"id",      "crm_feature_set", "op-digest",
					    "on_node", "on_node_uuid",    "pcmk_external_ip"};
	if (is_meta(name))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* The parameters that count; of a recurring operation also its timeout. */
static struct table *filtered(struct cluster *c, const struct table *all)
{
	struct table *t = table_new(&c->arena);
	for (uint32_t i = 0; i < all->count; i++)
		if (!is_uncounted(all->entries[i].name))
			(void)table_add(t, all->entries[i].name, all->entries[i].value);
	if (entry_number(table_get(all, "CRM_meta_interval"), 0) != 0 && table_has(all, "CRM_meta_timeout"))
		(void)table_add(t, "CRM_meta_timeout", table_get(all, "CRM_meta_timeout"));
	return t;
}

/* --- the three digests --- */

struct making {
	struct cluster *c;
	struct resource *rsc;
	const struct node *node;
	const struct element *entry;
	const struct table *overrides;
	const char *restart_digest; /* the entry's, or the one that it was given */
	const char *task;
	int64_t interval_ms;
};

static void make_all(const struct making *m, struct operation_digests *d)
{
	struct table *all = table_new(&m->c->arena);
	int64_t interval_ms = m->interval_ms;
	const char *address = bundle_remote_address(m->rsc);
	if (address != NULL)
		table_set(all, "addr", address);
	if (m->overrides != NULL) {
		interval_ms = entry_number(table_get(m->overrides, "CRM_meta_interval"), interval_ms);
		table_add_all(all, m->overrides);
	}
	table_add_all(all, resource_parameters(m->rsc, m->node));
	const struct element *op = action_config_find(m->rsc, m->task, interval_ms, true);
	const struct table *own = action_config_parameters(m->c, op, (struct node *)(uintptr_t)m->node);
	/* Parameters of a single operation have no effect until it is done again. */
	if (interval_ms == 0 && own != NULL && own->count > 0)
		d->result = DIGEST_RESTART;
	table_add_all(all, own);
	if (interval_ms > 0) {
		const struct table *meta =
			action_config_meta(m->rsc, (struct node *)(uintptr_t)m->node, m->task, interval_ms, op);
		(void)table_add(all, "CRM_meta_interval", number_text(m->c, interval_ms));
		(void)table_add(all, "CRM_meta_timeout", table_get(meta, "timeout"));
	}
	d->all_parameters = filtered(m->c, all);
	d->all = cib_digest_parameters(d->all_parameters, &m->c->arena);
}

/* Parameters that the fencer reads itself: older managers did not count them. */
static bool is_fencer_parameter(const char *name)
{
	return strcmp(name, "provides") == 0 || strcmp(name, "stonith-timeout") == 0 || strncmp(name, "pcmk_", 5) == 0;
}

static bool is_old(const struct making *m)
{
	const char *features = m->entry != NULL ? element_get(m->entry, NAME_CRM_FEATURE_SET) : NULL;
	if (features == NULL)
		features = element_get(document_root(m->c->document), NAME_CRM_FEATURE_SET);
	return version_compare(features != NULL ? features : CIB_FEATURE_SET, "3.16.0") < 0;
}

static void make_secure(const struct making *m, struct operation_digests *d)
{
	bool old = is_old(m);
	const struct table *from = d->all_parameters;
	const char *secrets = m->entry != NULL ? element_get(m->entry, NAME_OP_SECURE_PARAMS) : "passwd password user";
	if (old) {
		struct table *plain = table_new(&m->c->arena);
		table_add_all(plain, m->overrides);
		table_add_all(plain, resource_parameters(m->rsc, m->node));
		from = filtered(m->c, plain);
	}
	struct table *t = table_new(&m->c->arena);
	for (uint32_t i = 0; i < from->count; i++) {
		const char *name = from->entries[i].name;
		if (secrets != NULL && is_word_of(secrets, name))
			continue;
		if (old && (is_meta(name) || (m->rsc->fence_device && is_fencer_parameter(name))))
			continue;
		table_set(t, name, from->entries[i].value);
	}
	d->secure_parameters = t;
	d->secure = cib_digest_parameters(t, &m->c->arena);
}

static void make_restart(const struct making *m, struct operation_digests *d)
{
	if (m->restart_digest == NULL)
		return;
	const char *counted = element_get(m->entry, NAME_OP_FORCE_RESTART);
	struct table *t = table_new(&m->c->arena);
	for (uint32_t i = 0; i < d->all_parameters->count; i++)
		if (counted == NULL || is_word_of(counted, d->all_parameters->entries[i].name))
			table_set(t, d->all_parameters->entries[i].name, d->all_parameters->entries[i].value);
	d->restart_parameters = t;
	d->restart = cib_digest_parameters(t, &m->c->arena);
}

static struct operation_digests make(const struct making *m, bool secure)
{
	struct operation_digests d = {.result = DIGEST_MATCH};
	make_all(m, &d);
	if (secure)
		make_secure(m, &d);
	make_restart(m, &d);
	return d;
}

struct operation_digests digests_make(struct resource *r, const char *task, int64_t interval_ms, const struct node *n,
				      const struct element *entry, const struct table *overrides, bool secure)
{
	struct making m = {.c = r->cluster,
			   .rsc = r,
			   .node = n,
			   .entry = entry,
			   .overrides = overrides,
			   .restart_digest = entry != NULL ? element_get(entry, NAME_OP_RESTART_DIGEST) : NULL,
			   .task = task,
			   .interval_ms = interval_ms};
	return make(&m, secure);
}

/* --- comparing --- */

/* What is made of the configuration alone is the same until that changes. Who was complained about is so again. */
static struct operation_digests make_or_remember(const struct making *m, bool secure)
{
	struct cluster *c = m->c;
	struct operation_digests d;
	bool as_configured = c->memory != NULL && !secure && m->entry != NULL && m->overrides == NULL &&
			     m->restart_digest == element_get(m->entry, NAME_OP_RESTART_DIGEST) &&
			     !resource_needs_remote_address(m->rsc);
	if (as_configured && memory_digests(c, m->entry, m->rsc, &d))
		return d;
	const struct complaint *before = c->last_complaint;
	d = make(m, secure);
	if (as_configured && c->last_complaint == before)
		memory_keep_digests(c, m->entry, m->rsc, &d);
	return d;
}

static struct operation_digests *kept_digests(const struct making *m, bool secure)
{
	struct digest_cache *cache = cache_of(m->rsc);
	for (struct kept_digests *k = cache->kept; k != NULL; k = k->next)
		if (k->node == m->node && k->interval_ms == m->interval_ms && strcmp(k->task, m->task) == 0)
			return &k->digests;
	struct kept_digests *k = arena_new(&m->c->arena, struct kept_digests);
	k->digests = make_or_remember(m, secure);
	k->task = m->task;
	k->interval_ms = m->interval_ms;
	k->node = m->node;
	k->next = cache->kept;
	cache->kept = k;
	return &k->digests;
}

void digests_force_restart(struct resource *r, const struct element *entry)
{
	struct digest_cache *cache = cache_of(r);
	struct forced_entry *forced = arena_new(&r->cluster->arena, struct forced_entry);
	forced->entry = entry;
	forced->next = cache->forced;
	cache->forced = forced;
}

static const char *restart_digest_of(struct resource *r, const struct element *entry)
{
	for (const struct forced_entry *f = cache_of(r)->forced; f != NULL; f = f->next)
		if (f->entry == entry)
			return FORCED_DIGEST;
	return element_get(entry, NAME_OP_RESTART_DIGEST);
}

struct operation_digests *digests_compare(struct resource *r, const struct element *entry, struct node *n)
{
	const char *all = element_get(entry, NAME_OP_DIGEST);
	struct making m = {.c = r->cluster,
			   .rsc = r,
			   .node = n,
			   .entry = entry,
			   .restart_digest = restart_digest_of(r, entry),
			   .task = element_get_or(entry, NAME_OPERATION, ""),
			   .interval_ms = entry_interval_ms(element_get(entry, NAME_INTERVAL))};
	struct operation_digests *d = kept_digests(&m, r->cluster->sanitized);
	if (d->restart != NULL && m.restart_digest != NULL && strcmp(d->restart, m.restart_digest) != 0)
		d->result = DIGEST_RESTART;
	else if (all == NULL)
		d->result = DIGEST_UNKNOWN;
	else if (strcmp(all, d->all) == 0)
		d->result = DIGEST_MATCH;
	else if (m.interval_ms != 0 || d->result != DIGEST_RESTART)
		d->result = DIGEST_MISMATCH;
	return d;
}

/* "DEVICE:AGENT:DIGEST" stands in the summary of what the node was unfenced with. */
static bool is_in_summary(struct resource *r, const char *agent, const char *digest, const char *summary)
{
	if (agent == NULL || digest == NULL || summary == NULL)
		return false;
	const char *wanted = arena_printf(&r->cluster->arena, "%s:%s:%s", r->id, agent, digest);
	return strstr(summary, wanted) != NULL;
}

/* What people who test with a file stripped of secrets can do about it. */
static void notice_mismatch(const struct resource *r, const char *agent, const struct node *n,
			    const struct operation_digests *d)
{
	if (r->cluster->sanitized && d->secure != NULL)
		cluster_notice(r->cluster, "Parameters to %s for unfencing %s changed, try '%s:%s:%s'", r->id,
			       node_name(n), r->id, agent != NULL ? agent : "(null)", d->secure);
}

struct operation_digests *digests_compare_unfencing(struct resource *r, const char *agent, struct node *n)
{
	struct making m = {.c = r->cluster, .rsc = r, .node = n, .task = UNFENCING_TASK};
	struct operation_digests *d = kept_digests(&m, true);
	const char *summary = node_attribute(n, "#digests-all");
	if (summary == NULL) {
		d->result = DIGEST_UNKNOWN;
	} else if (is_in_summary(r, agent, d->all, summary)) {
		d->result = DIGEST_MATCH;
	} else if (is_in_summary(r, agent, d->secure, node_attribute(n, "#digests-secure"))) {
		d->result = DIGEST_MATCH;
		cluster_notice(r->cluster, "Only 'private' parameters to %s for unfencing %s changed", r->id,
			       node_name(n));
	} else {
		d->result = DIGEST_MISMATCH;
		notice_mismatch(r, agent, n, d);
	}
	return d;
}
