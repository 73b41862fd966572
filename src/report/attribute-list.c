/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Node attributes, fail counts and failed operations. */
#include "report/status.h"

#include "rules/moment.h"
#include "scheduler/failcount.h"
#include "scheduler/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "Fri Mar 16 20:52:10 2012", as ctime() has it. */
static const char *time_words(const struct cluster *c, int64_t epoch, char buffer[static 32])
{
	static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct moment m = moment_of_epoch(epoch, c->zone_offset_s);
	struct moment_fields f = moment_fields(&m);
	(void)snprintf(buffer, 32, "%s %s %2d %02d:%02d:%02d %lld", days[f.week_day - 1], months[f.month - 1],
		       f.month_day, f.hour, f.minute, f.second, (long long)f.year);
	return buffer;
}

/* What the cluster keeps there for itself. */
static bool is_private(const char *name)
{
	static const char *const prefixes[] = {"fail-count-", "last-failure-", "shutdown", "terminate", "standby", "#"};
	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(name, prefixes[i]))
			return true;
	return false;
}

/* A ping resource that keeps its result under this name: what it is when all hosts answer. 0: there is none. */
static int ping_score(const struct node *n, struct resource *const *resources, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++) {
		struct resource *r = resources[i];
		int below = ping_score(n, r->children.items, r->children.count, name);
		if (below > 0)
			return below;
		if (r->type == NULL || (strcmp(r->type, "ping") != 0 && strcmp(r->type, "pingd") != 0))
			continue;
		const struct table *p = resource_parameters(r, n);
		const char *own = table_get(p, "name"), *hosts = table_get(p, "host_list");
		if (g_ascii_strcasecmp(own != NULL ? own : "pingd", name) != 0 || hosts == NULL)
			continue;
		gchar **list = g_strsplit(hosts, " ", 0);
		int number = (int)g_strv_length(list);
		g_strfreev(list);
		const char *multiplier = table_get(p, "multiplier");
		return number * (multiplier != NULL ? atoi(multiplier) : 1);
	}
	return 0;
}

static void report_attribute(struct outline *o, const struct node *n, const struct table_entry *a)
{
	const char *value = a->value != NULL ? a->value : "";
	int expected = ping_score(n, n->running->items, n->running->count, a->name);
	int present = atoi(value);
	if (expected > 0 && present <= 0)
		outline_item(o, "%-32s\t: %-10s\t: Connectivity is lost", a->name, value);
	else if (expected > 0 && present < expected)
		outline_item(o, "%-32s\t: %-10s\t: Connectivity is degraded (Expected=%d)", a->name, value, expected);
	else
		outline_item(o, "%-32s\t: %-10s", a->name, value);
}

void status_report_attributes(struct outline *o, const struct cluster *c)
{
	outline_begin(o, "Node Attributes");
	for_each_node(n, c)
	{
		const struct table_entry *sorted = n->online ? table_sorted(n->attributes) : NULL;
		bool any = false;
		for (uint32_t i = 0; sorted != NULL && i < n->attributes->count; i++) {
			if (is_private(sorted[i].name))
				continue;
			if (!any)
				outline_begin(o, "Node: %s", n->name);
			any = true;
			report_attribute(o, n, &sorted[i]);
		}
		if (any)
			outline_end(o);
	}
	outline_end(o);
	outline_space(o);
}

static void report_fail_count(struct outline *o, struct resource *r, struct node *n, const char *id, bool *began)
{
	int64_t last = 0;
	int count = failcount_of(r, n, 0, NULL, &last);
	if (count <= 0)
		return;
	if (!*began)
		outline_begin(o, "Node: %s", n->name);
	*began = true;
	char when[32];
	if (last > 0)
		outline_item(o, "%s: migration-threshold=%d fail-count=%d last-failure='%s'", id,
			     r->migration_threshold, count, time_words(r->cluster, last, when));
	else
		outline_item(o, "%s: migration-threshold=%d fail-count=%d", id, r->migration_threshold, count);
}

static void report_failure(struct outline *o, const struct cluster *c, const struct failed_operation *f)
{
	const struct element *e = f->entry;
	const char *reason = element_get(e, NAME_EXIT_REASON), *changed = element_get(e, NAME_LAST_RC_CHANGE);
	const char *queued = element_get(e, NAME_QUEUE_TIME), *exec = element_get(e, NAME_EXEC_TIME);
	GString *line = g_string_new(NULL);
	char when[32];
	g_string_append_printf(line, "%s on %s '%s' (%d): call=%s, status='%s'", f->key, node_name(f->node),
			       agent_result_text(f->rc), f->rc, element_get_or(e, NAME_CALL_ID, "unknown"),
			       execution_text(f->execution));
	if (reason != NULL && *reason != '\0')
		g_string_append_printf(line, ", exitreason='%s'", reason);
	if (changed != NULL)
		g_string_append_printf(line, ", last-rc-change='%s'",
				       time_words(c, g_ascii_strtoll(changed, NULL, 10), when));
	if (queued != NULL && *queued != '\0')
		g_string_append_printf(line, ", queued=%sms", queued);
	if (exec != NULL && *exec != '\0')
		g_string_append_printf(line, ", exec=%sms", exec);
	outline_item(o, "%s", line->str);
	(void)g_string_free(line, TRUE);
}

static void report_failures(struct outline *o, const struct cluster *c)
{
	bool any = false;
	for (const struct failed_operation *f = c->failed_operations; f != NULL; f = f->next) {
		if (probe_result_is_masked(f->rc, f->execution) && f->interval_ms == 0 &&
		    strcmp(f->task, "monitor") == 0)
			continue;
		if (!any)
			outline_begin(o, "Failed Resource Actions");
		any = true;
		report_failure(o, c, f);
	}
	if (any)
		outline_end(o);
}

void status_report_fail_counts(struct outline *o, struct cluster *c)
{
	outline_begin(o, "Migration Summary");
	const struct element *status = document_section(c->document, NAME_STATUS);
	for_each_named(state, status, NAME_NODE_STATE)
	{
		struct node *n = node_find_by_id(c, element_id(state));
		if (n == NULL || !n->online)
			continue;
		bool began = false;
		const struct element *all =
			element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
		for_each_named(history, all, NAME_LRM_RESOURCE)
		{
			const char *id = element_id(history);
			struct resource *r = id != NULL ? resource_find(c, id) : NULL;
			if (r != NULL)
				report_fail_count(o, r, n, id, &began);
		}
		if (began)
			outline_end(o);
	}
	outline_end(o);
	outline_space(o);
	report_failures(o, c);
}
