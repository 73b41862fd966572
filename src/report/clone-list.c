/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A clone is told by its nodes: one line for each role, and a line for every instance that needs more words. */
#include "report/status.h"

#include "scheduler/history.h"

#include <stdlib.h>
#include <string.h>

struct roll {
	const struct node **nodes;
	uint32_t count;
};

static int compare_names(const void *a, const void *b)
{
	const struct node *const *left = a, *const *right = b;
	return node_name_compare((*left)->name, (*right)->name);
}

static void report_roll(struct outline *o, struct roll *roll, const char *title)
{
	if (roll->count == 0)
		return;
	qsort(roll->nodes, roll->count, sizeof(struct node *), compare_names);
	GString *names = g_string_new(NULL);
	for (uint32_t i = 0; i < roll->count; i++)
		g_string_append_printf(names, " %s", roll->nodes[i]->name);
	outline_item(o, "%s: [%s ]", title, names->str);
	(void)g_string_free(names, TRUE);
}

static bool any_below(const struct resource *r, bool (*is)(const struct resource *))
{
	if (is(r))
		return true;
	for_each_child_of(child, r) if (any_below(child, is)) return true;
	return false;
}

static bool is_removed(const struct resource *r)
{
	return r->removed;
}

static bool is_failed(const struct resource *r)
{
	return r->failed;
}

static bool is_unmanaged(const struct resource *r)
{
	return !r->managed;
}

const char *status_target_role(const struct resource *r)
{
	const char *target = resource_meta(r, "target-role");
	if (target == NULL && r->children.count > 0)
		target = resource_meta(r->children.items[0], "target-role");
	return target;
}

static enum role configured_role(const struct resource *r)
{
	const char *target = status_target_role(r);
	return target == NULL ? ROLE_UNKNOWN : role_parse(target);
}

static void begin_clone(struct outline *o, const struct resource *r)
{
	const char *words[4];
	int count = 0;
	if (r->promotable)
		words[count++] = "promotable";
	if (r->unique)
		words[count++] = "unique";
	if (status_is_disabled(r))
		words[count++] = "disabled";
	if (r->maintenance)
		words[count++] = "maintenance";
	else if (!r->managed)
		words[count++] = "unmanaged";
	GString *flags = g_string_new(NULL);
	for (int i = 0; i < count; i++)
		g_string_append_printf(flags, "%s%s", i == 0 ? " (" : ", ", words[i]);
	outline_begin(o, "Clone Set: %s [%s]%s%s", r->id, element_id(r->clone.child), flags->str, count > 0 ? ")" : "");
	(void)g_string_free(flags, TRUE);
}

/* Whether an instance is told by its own line. If not, and it is active, ret_node is its node. */
static bool needs_line(const struct resource *clone, struct resource *instance, bool pending,
		       const struct node **ret_node)
{
	bool active = resource_is_active(instance, false);
	*ret_node = NULL;
	if (clone->unique)
		return active || !clone->removed;
	if (pending && instance->pending_action != NULL && strcmp(instance->pending_action, "probe") != 0)
		return true;
	if (!active)
		return false;
	if (any_below(instance, is_removed) || any_below(instance, is_unmanaged) || any_below(instance, is_failed))
		return true;
	if (!resource_is_active(instance, true))
		return true;
	const struct node *node = resource_where(instance, WHERE_CURRENT, NULL);
	if (node == NULL || (!node->online && node->unclean))
		return true;
	*ret_node = node;
	return false;
}

/* A node where the clone may run and does not, and what keeps it from it. */
struct stopped {
	const struct node *node;
	char *words; /* g_free */
};

static bool may_run(const struct resource *r, const struct node *n, bool allowed_known)
{
	return allowed_known ? r->allowed[n->index].present : resource_is_known_on(r, n);
}

/* In an asymmetric cluster nothing may be allowed yet: then it is the nodes that were asked. */
static bool allows_any(const struct resource *r)
{
	for_each_node(n, r->cluster) if (r->allowed[n->index].present) return true;
	return false;
}

static char *stopped_words(const struct resource *r, const struct node *n)
{
	const struct failed_operation *probe = failed_probe_masked(r, n);
	if (probe != NULL)
		return g_strdup_printf("Stopped (%s)", agent_result_text(probe->rc));
	return g_strdup(configured_role(r) == ROLE_STOPPED ? "Stopped (disabled)" : "Stopped");
}

static int compare_stopped(const void *a, const void *b)
{
	const struct stopped *left = a, *right = b;
	int order = strcmp(left->words, right->words);
	return order != 0 ? order : node_name_compare(left->node->name, right->node->name);
}

static void report_stopped(struct outline *o, struct resource *r)
{
	struct stopped *stopped = g_new(struct stopped, r->cluster->node_count + 1);
	uint32_t count = 0;
	bool allowed_known = allows_any(r);
	for_each_node(n, r->cluster) if (may_run(r, n, allowed_known) && !node_set_has(&r->active, n))
		stopped[count++] = (struct stopped){n, stopped_words(r, n)};
	qsort(stopped, count, sizeof(*stopped), compare_stopped);
	for (uint32_t i = 0, end; i < count; i = end) {
		GString *names = g_string_new(NULL);
		for (end = i; end < count && strcmp(stopped[end].words, stopped[i].words) == 0; end++)
			g_string_append_printf(names, " %s", stopped[end].node->name);
		outline_item(o, "%s: [%s ]", stopped[i].words, names->str);
		(void)g_string_free(names, TRUE);
	}
	for (uint32_t i = 0; i < count; i++)
		g_free(stopped[i].words);
	g_free(stopped);
}

void status_report_clone(struct outline *o, struct resource *r, bool pending)
{
	struct roll promoted = {.nodes = g_new(const struct node *, r->children.count + 1)};
	struct roll started = {.nodes = g_new(const struct node *, r->children.count + 1)};
	begin_clone(o, r);
	for_each_child_of(instance, r)
	{
		const struct node *node;
		if (needs_line(r, instance, pending, &node))
			status_report_resource(o, instance, pending);
		else if (node != NULL && resource_role(instance, true) > ROLE_UNPROMOTED)
			promoted.nodes[promoted.count++] = node;
		else if (node != NULL)
			started.nodes[started.count++] = node;
	}
	report_roll(o, &promoted, "Promoted");
	bool limited = configured_role(r) == ROLE_UNPROMOTED;
	report_roll(o, &started, !r->promotable ? "Started" : limited ? "Unpromoted (target-role)" : "Unpromoted");
	if (!o->active_only && !r->unique && (uint32_t)r->clone.max > promoted.count + started.count)
		report_stopped(o, r);
	outline_end(o);
	g_free(promoted.nodes);
	g_free(started.nodes);
}
