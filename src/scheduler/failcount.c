/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/failcount.h"

#include "rules/interval.h"
#include "rules/score.h"
#include "scheduler/action-config.h"
#include "scheduler/action-key.h"
#include "scheduler/history-private.h"
#include "scheduler/index.h"

#include <ctype.h>
#include <string.h>

/* --- the attributes of a node, by resource --- */

struct failures {
	int count;
	int64_t last; /* epoch seconds */
};

struct fail_counts {
	struct id_index *exact;       /* by the id in the attribute's name */
	struct id_index *base;        /* by that id without an instance's number: the sum of all */
	const struct resource *asked; /* whether any failure of this one blocks it was asked last… */
	bool blocks;                  /* …and answered so */
};

/* The id in "fail-count-ID#OP_INTERVAL", or NULL. */
static const char *id_in_name(struct cluster *c, const char *name, const char *prefix)
{
	size_t length = strlen(prefix);
	if (strncmp(name, prefix, length) != 0)
		return NULL;
	const char *id = name + length, *operation = strchr(id, '#');
	if (operation == NULL || operation == id)
		return NULL;
	const char *interval = strrchr(operation, '_');
	if (interval == NULL || interval <= operation + 1 || interval[1] == '\0' ||
	    interval[1 + strspn(interval + 1, "0123456789")] != '\0')
		return NULL;
	return arena_string_n(&c->arena, id, (size_t)(operation - id));
}

static struct failures *failures_get(struct cluster *c, struct id_index *index, const char *id)
{
	struct failures *f = id_index_get(index, id);
	if (f == NULL) {
		f = arena_new(&c->arena, struct failures);
		(void)id_index_add(index, id, f);
	}
	return f;
}

static void add_attribute(struct cluster *c, struct fail_counts *counts, const struct table_entry *a)
{
	int count = 0;
	int64_t last = 0;
	const char *id = id_in_name(c, a->name, "fail-count-");
	if (id != NULL) {
		if (!score_parse(a->value, 0, &count))
			return;
	} else {
		id = id_in_name(c, a->name, "last-failure-");
		if (id == NULL)
			return;
		last = entry_number(a->value, 0);
	}
	struct failures *all[] = {failures_get(c, counts->exact, id),
				  failures_get(c, counts->base, resource_base_id(c, id))};
	for (size_t i = 0; i < 2; i++) {
		all[i]->count = score_add(all[i]->count, count);
		if (last > all[i]->last)
			all[i]->last = last;
	}
}

static struct fail_counts *fail_counts_of(struct node *n)
{
	struct cluster *c = n->cluster;
	if (n->fail_counts != NULL)
		return n->fail_counts;
	struct fail_counts *counts = arena_new(&c->arena, struct fail_counts);
	counts->exact = id_index_new(&c->arena, false);
	counts->base = id_index_new(&c->arena, false);
	for (uint32_t i = 0; i < n->attributes->count; i++)
		add_attribute(c, counts, &n->attributes->entries[i]);
	n->fail_counts = counts;
	return counts;
}

/* Only the numbers of unique instances make a difference. */
static struct failures failures_of(struct resource *r, struct node *n)
{
	const struct fail_counts *counts = fail_counts_of(n);
	const char *id = r->history_id != NULL ? r->history_id : r->id;
	const struct failures *f = r->unique ? id_index_get(counts->exact, id)
					     : id_index_get(counts->base, resource_base_id(r->cluster, id));
	return f != NULL ? *f : (struct failures){0};
}

/* --- failures that block --- */

/* Whether the entry is a failure of this <op>. */
static bool is_failure_of(const char *rsc_id, const struct element *op, const struct element *entry)
{
	struct entry e;
	char interval[NUMBER_TEXT_SIZE];
	const char *name = element_get_or(op, NAME_NAME, "");
	entry_read(entry, &e);
	if (e.id == NULL || e.task_name == NULL || e.interval_ms != action_config_interval_ms(op) ||
	    strcasecmp(name, e.task_name) != 0)
		return false;
	size_t length = strlen(rsc_id), name_length = strlen(name);
	if (strncasecmp(e.id, rsc_id, length) != 0)
		return false;
	const char *rest = e.id + length;
	if (strcasecmp(rest, "_last_failure_0") == 0)
		return true;
	/* "_NAME_INTERVAL" with another result than was expected */
	(void)number_write(e.interval_ms, interval);
	return rest[0] == '_' && strncasecmp(rest + 1, name, name_length) == 0 && rest[1 + name_length] == '_' &&
	       strcmp(rest + 2 + name_length, interval) == 0 && e.rc != e.expected_rc;
}

static bool has_failure_of(struct cluster *c, const struct node *n, const char *rsc_id, const struct element *op)
{
	for_each_named(entry, history_find(c, n->name, rsc_id),
		       NAME_LRM_RSC_OP) if (is_failure_of(rsc_id, op, entry)) return true;
	return false;
}

/* entry NULL: any. */
static bool find_blocking(struct resource *r, const struct node *n, const struct element *entry)
{
	const char *id = resource_base_id(r->cluster, r->id);
	for_each_named(operations, r->xml, NAME_OPERATIONS)
	{
		for_each_named(op, operations, NAME_OP)
		{
			if (strcmp(element_get_or(op, NAME_ON_FAIL, ""), "block") != 0)
				continue;
			if (entry != NULL ? is_failure_of(id, op, entry) : has_failure_of(r->cluster, n, id, op))
				return true;
		}
	}
	return false;
}

/* A failure for which on-fail=block is configured, in so many words, is there until someone cleans up. Whether there is
 * any is asked for each entry of a history in turn. */
static bool blocks(struct resource *r, struct node *n, const struct element *entry)
{
	if (r->kind != RESOURCE_PRIMITIVE)
		return false;
	if (entry != NULL)
		return find_blocking(r, n, entry);
	struct fail_counts *counts = fail_counts_of(n);
	if (counts->asked != r)
		counts->blocks = find_blocking(r, n, NULL);
	counts->asked = r;
	return counts->blocks;
}

/* --- the sum --- */

static bool has_expired(const struct resource *r, const struct failures *f)
{
	return f->count > 0 && f->last > 0 && r->failure_timeout_ms > 0 &&
	       r->cluster->now > f->last + seconds_of_ms(r->failure_timeout_ms);
}

static void add_launched(struct failures *f, const struct resource *r, struct node *n, unsigned flags,
			 const struct element *entry)
{
	for (uint32_t i = 0; i < r->launched.count; i++) {
		int64_t last;
		f->count += failcount_of(r->launched.items[i], n, flags, entry, &last);
		if (last > f->last)
			f->last = last;
	}
}

int failcount_of(struct resource *r, struct node *n, unsigned flags, const struct element *entry,
		 int64_t *ret_last_failure)
{
	struct failures f = failures_of(r, n);
	if (f.count > 0 && r->failure_timeout_ms > 0 && blocks(r, n, entry)) {
		cluster_complain(r->cluster, r->xml, false,
				 "resource '%s': failure-timeout is ignored, because on-fail is block", r->id);
		r->failure_timeout_ms = 0;
	}
	if ((flags & FAILCOUNT_EFFECTIVE) != 0 && has_expired(r, &f))
		f.count = 0;
	/* A bundle's connection may be on another node than its container. */
	if ((flags & FAILCOUNT_LAUNCHED) != 0 && r->launched.count > 0 && !resource_is_bundled(r))
		add_launched(&f, r, n, flags, entry);
	if (ret_last_failure != NULL)
		*ret_last_failure = f.count > 0 && f.last > 0 ? f.last : 0;
	return f.count;
}
