/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the leader lays before the scheduler: the common state, with what is under way shown as it is, and what has just
 * failed no older than it is. */
#include "controller/leader-internal.h"

#include "base/outcome.h"
#include "cib/upgrade.h"
#include "scheduler/actions.h"
#include "transition/result.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512 };

/* As if this had succeeded last, so long ago that nobody knows with which parameters. */
static void pretend(struct element *op, const char *rsc, const char *task, const char *now)
{
	char text[TEXT_MAX];
	(void)snprintf(text, sizeof(text), "%s_%s_0", rsc, task);
	element_set(op, NAME_OPERATION_KEY, text);
	(void)snprintf(text, sizeof(text), "0:0;%s", element_get_or(op, NAME_TRANSITION_KEY, ""));
	element_set(op, NAME_TRANSITION_MAGIC, text);
	element_set(op, NAME_OPERATION, task);
	element_set(op, NAME_RC_CODE, "0");
	element_set(op, NAME_OP_STATUS, "0");
	element_set(op, NAME_LAST_RC_CHANGE, now);
	element_set(op, NAME_OP_DIGEST, NULL);
	element_set(op, NAME_CRM_DEBUG_ORIGIN, ENTRY_UNDER_WAY);
}

/* What is being stopped still runs, and what is being demoted is still promoted: the scheduler shall want the same
 * again (which is then adopted), and order everything else behind it. In the history that was there before has made way
 * for the pending entry, of which the scheduler would believe that it is done. */
static void show_pending(struct element *op, const char *rsc, const char *now)
{
	const char *task = element_get_or(op, NAME_OPERATION, "");
	if (strcmp(task, "stop") == 0)
		pretend(op, rsc, "start", now);
	else if (strcmp(task, "demote") == 0)
		pretend(op, rsc, "promote", now);
	else /* no old failure, however long it takes: with a failure-timeout it would be forgotten */
		element_set(op, NAME_LAST_RC_CHANGE, now);
}

static void show_resource(const struct element *resource, const char *now)
{
	for_each_named(op, resource, NAME_LRM_RSC_OP)
	{
		const char *status = element_get(op, NAME_OP_STATUS);
		if (status != NULL && strcmp(status, "-1") == 0)
			show_pending(op, element_get_or(resource, NAME_ID, ""), now);
	}
}

static void show_under_way(const struct leader *l, const struct document *d)
{
	char now[24];
	(void)snprintf(now, sizeof(now), "%lld", (long long)seconds(l->now.wall));
	for_each_named(state, document_section(d, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct element *lrm = element_first_named(state, NAME_LRM);
		for_each_named(resource, element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE)
			show_resource(resource, now);
	}
}

/* --- failures --- */

GHashTable *failures_new(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

/* What leaves a resource in doubt when it fails: it may run, or half of it. */
static bool is_change(const struct element *op)
{
	static const char *const tasks[] = {"start", "stop", "promote", "demote", "migrate_to", "migrate_from"};
	const char *task = element_get_or(op, NAME_OPERATION, "");
	for (size_t i = 0; i < G_N_ELEMENTS(tasks); i++)
		if (strcmp(task, tasks[i]) == 0)
			return true;
	return false;
}

static bool has_failed(const struct element *op)
{
	int status = (int)element_get_int(op, NAME_OP_STATUS, 0);
	return status != EXECUTION_PENDING &&
	       result_is_failure(status, (int)element_get_int(op, NAME_RC_CODE, 0), RESULT_OK);
}

static int64_t last_success(const struct element *resource)
{
	int64_t last = 0;
	for_each_named(op, resource, NAME_LRM_RSC_OP)
	{
		if (is_change(op) && element_get_int(op, NAME_OP_STATUS, 0) == EXECUTION_DONE && !has_failed(op))
			last = MAX(last, element_get_int(op, NAME_CALL_ID, 0));
	}
	return last;
}

/* The failure is no older than we know of it, whatever the clocks say. */
static void keep_young(struct leader *l, GHashTable *failures, const char *key, struct element *op)
{
	const uint64_t *seen = g_hash_table_lookup(l->failures, key);
	uint64_t *since = g_new(uint64_t, 1);
	*since = seen != NULL ? *seen : l->now.mono.ns;
	g_hash_table_insert(failures, g_strdup(key), since);
	int64_t first = seconds(l->now.wall) - (int64_t)((l->now.mono.ns - *since) / 1000000000u);
	if (element_get_int(op, NAME_LAST_RC_CHANGE, 0) < first)
		element_set_int(op, NAME_LAST_RC_CHANGE, first);
}

static void show_failures_of(struct leader *l, GHashTable *failures, const char *node, const struct element *resource)
{
	int64_t last = last_success(resource);
	for_each_named(op, resource, NAME_LRM_RSC_OP)
	{
		if (!is_change(op) || !has_failed(op) || element_get_int(op, NAME_CALL_ID, 0) <= last)
			continue;
		char *key =
			g_strdup_printf("%s %s %s %s", node, element_get_or(resource, NAME_ID, ""),
					element_get_or(op, NAME_ID, ""), element_get_or(op, NAME_TRANSITION_MAGIC, ""));
		keep_young(l, failures, key, op);
		g_free(key);
	}
}

/* With a failure-timeout the scheduler forgets old failures, and how old one is, is told by clocks that may have been
 * set, or differ from node to node. A start, stop, … that failed and after which nothing was done must not be forgotten
 * so: the resource may run there. */
static void show_failures(struct leader *l, const struct document *d)
{
	GHashTable *failures = failures_new();
	for_each_named(state, document_section(d, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct element *lrm = element_first_named(state, NAME_LRM);
		for_each_named(resource, element_first_named(lrm, NAME_LRM_RESOURCES), NAME_LRM_RESOURCE)
			show_failures_of(l, failures, element_get_or(state, NAME_UNAME, ""), resource);
	}
	g_hash_table_unref(l->failures);
	l->failures = failures;
}

/* --- who came without quorum --- */

static bool is_frozen(const struct document *d)
{
	const char *policy = document_option(d, "no-quorum-policy", NULL);
	return policy != NULL && g_ascii_strcasecmp(policy, "freeze") == 0 &&
	       !element_get_bool(document_root(d), NAME_HAVE_QUORUM, false);
}

/* With no-quorum-policy=freeze what runs goes on, and may be moved, among those who had quorum together: before the
 * others start it they have all of these fenced. But a node that came since counts as off with them, and what is
 * started there they start as well. So it has to wait, as if it were still on its way in. */
static void show_newcomers(const struct leader *l, const struct document *d)
{
	for_each_named(state, document_section(d, NAME_STATUS), NAME_NODE_STATE)
	{
		const struct view_part *p = view_part_by_name(l->view, element_get_or(state, NAME_UNAME, ""));
		if (p != NULL && p->joined > l->quorate_epoch)
			element_set(state, NAME_JOIN, "pending");
	}
}

struct document *leader_input(struct leader *l)
{
	struct error error;
	struct document *d = document_clone(l->common->document);
	if (document_section(d, NAME_STATUS) == NULL)
		(void)element_add(document_root(d), NAME_STATUS);
	if (cib_upgrade(d, &error) == ERR_OK) {
		show_failures(l, d);
		show_under_way(l, d);
		if (is_frozen(d))
			show_newcomers(l, d);
		return d;
	}
	leader_log(l, MSG_CONFIGURATION_UNUSABLE, "%s", error.text);
	document_free(d);
	return NULL;
}
