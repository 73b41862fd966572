/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Node attributes, fail counts and failed operations. */
#include "report/status-private.h"
#include "report/status.h"

#include "rules/moment.h"
#include "scheduler/failcount.h"
#include "scheduler/history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *status_time_words(const struct cluster *c, int64_t epoch, char buffer[static STATUS_TIME_SIZE])
{
	static const char days[7][4] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
	static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
					   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	struct moment m = moment_of_epoch(epoch, c->zone_offset_s);
	struct moment_fields f = moment_fields(&m);
	(void)snprintf(buffer, STATUS_TIME_SIZE, "%s %s %2d %02d:%02d:%02d %lld", days[f.week_day - 1],
		       months[f.month - 1], f.month_day, f.hour, f.minute, f.second, (long long)f.year);
	return buffer;
}

bool status_attribute_is_private(const char *name)
{
	static const char *const prefixes[] = {"fail-count-", "last-failure-", "shutdown", "terminate", "standby", "#"};
	for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++)
		if (g_str_has_prefix(name, prefixes[i]))
			return true;
	return false;
}

/* A ping resource that keeps its result under this name: ret_score is what it is when all hosts answer. */
static bool find_ping(const struct node *n, struct resource *const *resources, uint32_t count, const char *name,
		      int *ret_score)
{
	for (uint32_t i = 0; i < count; i++) {
		struct resource *r = resources[i];
		if (find_ping(n, r->children.items, r->children.count, name, ret_score))
			return true;
		if (r->type == NULL || (strcmp(r->type, "ping") != 0 && strcmp(r->type, "pingd") != 0))
			continue;
		const struct table *p = resource_parameters(r, n);
		const char *own = table_get(p, "name"), *hosts = table_get(p, "host_list");
		if (g_ascii_strcasecmp(own != NULL ? own : "pingd", name) != 0)
			continue;
		gchar **list = g_strsplit(hosts != NULL ? hosts : "", " ", 0);
		int number = (int)g_strv_length(list);
		g_strfreev(list);
		const char *multiplier = table_get(p, "multiplier");
		*ret_score = number * (multiplier != NULL ? atoi(multiplier) : 1);
		return true;
	}
	return false;
}

int status_attribute_expected(const struct node *n, const char *name, bool *ret_is_ping)
{
	int score = 0;
	*ret_is_ping = find_ping(n, n->running->items, n->running->count, name, &score);
	return score;
}

static void report_attribute(struct outline *o, const struct node *n, const struct table_entry *a)
{
	const char *value = a->value != NULL ? a->value : "";
	bool is_ping;
	int expected = status_attribute_expected(n, a->name, &is_ping);
	int present = atoi(value);
	if (is_ping && present <= 0)
		outline_item(o, "%-32s\t: %-10s\t: Connectivity is lost", a->name, value);
	else if (is_ping && present < expected)
		outline_item(o, "%-32s\t: %-10s\t: Connectivity is degraded (Expected=%d)", a->name, value, expected);
	else
		outline_item(o, "%-32s\t: %-10s", a->name, value);
}

void status_report_attributes(struct outline *o, const struct cluster *c)
{
	bool any_node = false;
	for_each_node(n, c)
	{
		const struct table_entry *sorted = n->online ? table_sorted(n->attributes) : NULL;
		bool any = false;
		for (uint32_t i = 0; sorted != NULL && i < n->attributes->count; i++) {
			if (status_attribute_is_private(sorted[i].name))
				continue;
			if (!any_node)
				outline_begin(o, "Node Attributes");
			if (!any)
				outline_begin(o, "Node: %s", n->name);
			any = any_node = true;
			report_attribute(o, n, &sorted[i]);
		}
		if (any)
			outline_end(o);
	}
	if (!any_node)
		return;
	outline_end(o);
	outline_space(o);
}

bool status_fail_count_read(struct node *n, const struct element *history, struct status_fail_count *ret)
{
	const char *id = element_id(history);
	struct resource *r = id != NULL ? resource_find(n->cluster, id) : NULL;
	if (r == NULL)
		return false;
	*ret = (struct status_fail_count){.rsc = r, .id = id};
	ret->count = failcount_of(r, n, 0, NULL, &ret->last);
	return ret->count > 0;
}

static void report_fail_count(struct outline *o, const struct status_fail_count *f)
{
	char when[STATUS_TIME_SIZE];
	int threshold = f->rsc->migration_threshold;
	if (f->last > 0)
		outline_item(o, "%s: migration-threshold=%d fail-count=%d last-failure='%s'", f->id, threshold,
			     f->count, status_time_words(f->rsc->cluster, f->last, when));
	else
		outline_item(o, "%s: migration-threshold=%d fail-count=%d", f->id, threshold, f->count);
}

static void report_failure(struct outline *o, const struct cluster *c, const struct failed_operation *f)
{
	const struct element *e = f->entry;
	const char *reason = element_get(e, NAME_EXIT_REASON), *changed = element_get(e, NAME_LAST_RC_CHANGE);
	const char *queued = element_get(e, NAME_QUEUE_TIME), *exec = element_get(e, NAME_EXEC_TIME);
	GString *line = g_string_new(NULL);
	char when[STATUS_TIME_SIZE];
	g_string_append_printf(line, "%s on %s '%s' (%d): call=%s, status='%s'", f->key, node_name(f->node),
			       agent_result_text(f->rc), f->rc, element_get_or(e, NAME_CALL_ID, "unknown"),
			       execution_text(f->execution));
	if (reason != NULL && *reason != '\0')
		g_string_append_printf(line, ", exitreason='%s'", reason);
	if (changed != NULL)
		g_string_append_printf(line, ", last-rc-change='%s'",
				       status_time_words(c, g_ascii_strtoll(changed, NULL, 10), when));
	if (queued != NULL && *queued != '\0')
		g_string_append_printf(line, ", queued=%sms", queued);
	if (exec != NULL && *exec != '\0')
		g_string_append_printf(line, ", exec=%sms", exec);
	outline_item(o, "%s", line->str);
	(void)g_string_free(line, TRUE);
}

bool status_failure_is_masked(const struct failed_operation *f)
{
	return probe_result_is_masked(f->rc, f->execution) && f->interval_ms == 0 && strcmp(f->task, "monitor") == 0;
}

static void report_failures(struct outline *o, const struct cluster *c)
{
	bool any = false;
	for (const struct failed_operation *f = c->failed_operations; f != NULL; f = f->next) {
		if (status_failure_is_masked(f))
			continue;
		if (!any)
			outline_begin(o, "Failed Resource Actions");
		any = true;
		report_failure(o, c, f);
	}
	if (!any)
		return;
	outline_end(o);
	outline_space(o);
}

void status_report_fail_counts(struct outline *o, struct cluster *c)
{
	bool any_node = false;
	const struct element *status = document_section(c->document, NAME_STATUS);
	for_each_named(state, status, NAME_NODE_STATE)
	{
		struct node *n = node_find_by_id(c, element_id(state));
		if (n == NULL || !n->online)
			continue;
		if (!any_node)
			outline_begin(o, "Migration Summary");
		any_node = true;
		bool began = false;
		const struct element *all =
			element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
		for_each_named(history, all, NAME_LRM_RESOURCE)
		{
			struct status_fail_count f;
			if (!status_fail_count_read(n, history, &f))
				continue;
			if (!began)
				outline_begin(o, "Node: %s", n->name);
			began = true;
			report_fail_count(o, &f);
		}
		if (began)
			outline_end(o);
	}
	if (any_node) {
		outline_end(o);
		outline_space(o);
	}
	report_failures(o, c);
}
