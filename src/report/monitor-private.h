/* SPDX-License-Identifier: GPL-2.0-or-later */
/* monitor-private.h - what the text and the XML of crm_mon have in common (monitor.c). */
#ifndef REPORT_MONITOR_PRIVATE_H
#define REPORT_MONITOR_PRIVATE_H

#include "report/monitor.h"
#include "report/status-private.h"

/* An option of the cluster as configured, or NULL. */
const char *monitor_option(const struct monitor *m, const char *name);
/* Nodes that are up tell different feature sets. */
bool monitor_is_mixed(const struct monitor *m);
/* The feature set of a node that is fully up; NULL: of others. */
const char *monitor_feature_set(const struct node *n);
bool monitor_has(const struct monitor *m, unsigned sections);
/* Of the record of fencing, the event at i. */
bool monitor_tells_fence(const struct monitor *m, uint32_t i);

/* Of a resource's history on a node, in the order in which it happened. */
struct monitor_operation {
	const struct element *entry;
	const char *call, *task;
	int64_t interval_ms, when;
	int rc;
};
/* Entries that are worth telling: no notifications and probes that found nothing; g_array_unref(). */
GArray *monitor_operations(const struct element *history);
/* All that bans: fn for each resource and node with a score below 0. */
void monitor_each_ban(const struct monitor *m, void (*fn)(void *user, const struct location *l, size_t node),
		      void *user);

#endif
