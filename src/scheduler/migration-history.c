/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Live migrations in the history. A complete one is: migrate_to on the source, migrate_from on the target, stop on the
 * source. Without the stop it is dangling, without migrate_from it is partial; both histories may have been cleaned at
 * any time. Source of the rules: ../shared/facts/manager-scheduler.md 7.6. */
#include "scheduler/history-private.h"

#include <string.h>

struct migration {
	const char *source, *target;
};

/* --- what the histories have --- */

/* The one operation of r on the node; with peer: the one from or to there. Of several none is meant: where a probe and
 * a recurring monitor both found it stopped, neither counts. */
static const struct element *find_operation(struct cluster *c, const char *rsc_id, const char *task,
					    const char *node_name, const char *peer)
{
	bool to = strcmp(task, "migrate_to") == 0, from = strcmp(task, "migrate_from") == 0;
	const struct element *found = NULL;
	for_each_named(e, history_find(c, node_name, rsc_id), NAME_LRM_RSC_OP)
	{
		if (strcmp(element_get_or(e, NAME_OPERATION, ""), task) != 0)
			continue;
		const char *other = to ? element_get(e, NAME_MIGRATE_TARGET) : element_get(e, NAME_MIGRATE_SOURCE);
		if (peer != NULL && (to || from) && (other == NULL || strcmp(other, peer) != 0))
			continue;
		if (found != NULL)
			return NULL;
		found = e;
	}
	return found;
}

static bool has_result(const struct element *e, int rc)
{
	return e != NULL && entry_number(element_get(e, NAME_RC_CODE), RESULT_UNKNOWN_ERROR) == rc &&
	       entry_number(element_get(e, NAME_OP_STATUS), EXECUTION_ERROR) == EXECUTION_DONE;
}

/* Nothing is known there that would not have to be asked again. */
static bool is_unknown_on(struct cluster *c, const char *rsc_id, const char *node_name)
{
	for_each_named(e, history_find(c, node_name, rsc_id), NAME_LRM_RSC_OP)
	{
		const char *rc = element_get(e, NAME_RC_CODE);
		if (rc != NULL && strcmp(rc, "193") != 0)
			return false;
	}
	return true;
}

static bool changes_place(const char *task)
{
	return strcmp(task, "start") == 0 || strcmp(task, "stop") == 0 || strcmp(task, "migrate_to") == 0 ||
	       strcmp(task, "migrate_from") == 0;
}

static bool has_newer_operation(struct cluster *c, const char *rsc_id, const char *node_name,
				const struct element *than)
{
	for_each_named(e, history_find(c, node_name, rsc_id),
		       NAME_LRM_RSC_OP) if (e != than && changes_place(element_get_or(e, NAME_OPERATION, "")) &&
					    entry_xml_compare(e, than) > 0) return true;
	return false;
}

static bool was_found_stopped_after(struct cluster *c, const char *rsc_id, const char *node_name,
				    const struct element *than)
{
	const struct element *monitor = find_operation(c, rsc_id, "monitor", node_name, NULL);
	return has_result(monitor, RESULT_NOT_RUNNING) && entry_xml_compare(monitor, than) > 0;
}

/* Compared with the operation of the migration on the same node, if there is one: call ids tell more than times. */
static bool has_newer_state(struct cluster *c, const char *rsc_id, const char *node_name,
			    const struct element *migrate_to, const struct element *migrate_from)
{
	const struct element *than = migrate_from != NULL ? migrate_from : migrate_to;
	const char *source = element_get(than, NAME_MIGRATE_SOURCE);
	if (than != migrate_to && migrate_to != NULL && source != NULL && strcasecmp(node_name, source) == 0)
		than = migrate_to;
	return has_newer_operation(c, rsc_id, node_name, than) || was_found_stopped_after(c, rsc_id, node_name, than);
}

static bool read_migration(const struct reading *reading, const struct entry *e, bool on_source, struct migration *ret)
{
	ret->source = element_get(e->xml, NAME_MIGRATE_SOURCE);
	ret->target = element_get(e->xml, NAME_MIGRATE_TARGET);
	const char *here = on_source ? ret->source : ret->target;
	if (ret->source != NULL && ret->target != NULL && strcasecmp(here, reading->node->name) == 0)
		return true;
	cluster_complain(reading->c, e->xml, true,
			 "ignoring history entry '%s': migrate_source and migrate_target must name two nodes, one of "
			 "them '%s'",
			 e->id, reading->node->name);
	return false;
}

/* --- what follows --- */

/* Recovered where it is, without migrating again. */
static void fail_without_migration(struct resource *r)
{
	r->failed = r->stop_if_failed = true;
	r->migratable = false;
}

static void add_dangling(struct resource *r, struct node *n)
{
	struct node_set *list = &r->dangling_sources;
	node_set_add(&r->cluster->arena, list, n);
	memmove(&list->items[1], list->items, (list->count - 1) * sizeof(struct node *));
	list->items[0] = n;
}

static void note_partial(struct reading *reading, const struct migration *m, struct node *target)
{
	struct node *source = node_find(reading->c, m->source);
	resource_add_active(reading->rsc, target, false);
	if (source != NULL && source->online) {
		reading->rsc->migration_target = target;
		reading->rsc->migration_source = source;
	}
}

static bool is_pending(const struct element *e)
{
	return e == NULL || entry_number(element_get(e, NAME_OP_STATUS), EXECUTION_PENDING) == EXECUTION_PENDING;
}

/* It has left the source; whether it has arrived is not known. */
static void judge_arrival(struct reading *reading, const struct migration *m, const struct element *from,
			  bool newer_on_source, bool newer_on_target)
{
	struct resource *r = reading->rsc;
	struct node *target = node_find(reading->c, m->target);
	bool target_online = target != NULL && target->online;
	bool active_on_target = !newer_on_target && target_online;
	if (!is_pending(from)) {
		if (active_on_target)
			resource_add_active(r, target, true);
		else
			fail_without_migration(r);
	} else if (target_online && is_unknown_on(reading->c, r->id, m->target)) {
		return; /* a probe will tell */
	} else if (active_on_target) {
		note_partial(reading, m, target);
	} else if (!newer_on_source) {
		fail_without_migration(r);
	}
}

void migrate_to_succeeded(struct reading *reading, const struct entry *e)
{
	struct cluster *c = reading->c;
	struct resource *r = reading->rsc;
	struct migration m;
	if (!read_migration(reading, e, true, &m))
		return;
	bool newer_on_source = has_newer_operation(c, r->id, m.source, e->xml);
	const struct element *from = find_operation(c, r->id, "migrate_from", m.target, m.source);
	if (from != NULL && newer_on_source)
		return;
	bool newer_on_target = has_newer_state(c, r->id, m.target, e->xml, from);
	if (newer_on_source && newer_on_target)
		return;
	if (has_result(from, RESULT_OK)) {
		r->role = ROLE_STOPPED;
		add_dangling(r, reading->node);
		return;
	}
	r->role = ROLE_STARTED;
	judge_arrival(reading, &m, from, newer_on_source, newer_on_target);
}

void migrate_to_failed(struct reading *reading, const struct entry *e)
{
	struct cluster *c = reading->c;
	struct resource *r = reading->rsc;
	struct migration m;
	if (!read_migration(reading, e, true, &m))
		return;
	r->role = ROLE_STARTED;
	const struct element *from = find_operation(c, r->id, "migrate_from", m.target, m.source);
	if (!has_result(from, RESULT_OK))
		from = NULL;
	if (!is_unknown_on(c, r->id, m.target) && !has_newer_state(c, r->id, m.target, e->xml, from)) {
		struct node *target = node_find(c, m.target);
		if (target != NULL && target->online)
			resource_add_active(r, target, false);
	} else if (!has_newer_operation(c, r->id, m.source, e->xml)) {
		add_dangling(r, reading->node);
	}
}

void migrate_from_failed(struct reading *reading, const struct entry *e)
{
	struct cluster *c = reading->c;
	struct resource *r = reading->rsc;
	struct migration m;
	if (!read_migration(reading, e, false, &m))
		return;
	r->role = ROLE_STARTED;
	const struct element *to = find_operation(c, r->id, "migrate_to", m.source, m.target);
	if (!has_result(to, RESULT_OK))
		to = NULL;
	if (is_unknown_on(c, r->id, m.source) || has_newer_state(c, r->id, m.source, to, e->xml))
		return;
	struct node *source = node_find(c, m.source);
	if (source != NULL && source->online)
		resource_add_active(r, source, true);
}
