/* SPDX-License-Identifier: GPL-2.0-or-later */
/* monitor.h - what crm_mon shows: a cluster's summary and state, as text and as Pacemaker's XML.
 *
 * Pure: from a cluster whose status and constraints have been read, and a record of fencing, to text. Words, order and
 * brackets are those of crm_mon in Pacemaker 3.0.2, since scripts and tests compare them.
 */
#ifndef REPORT_MONITOR_H
#define REPORT_MONITOR_H

#include "report/fence-list.h"
#include "report/markup.h"
#include "report/outline.h"
#include "scheduler/cluster.h"

enum monitor_section {
	MONITOR_STACK = 1,
	MONITOR_DC = 2,
	MONITOR_TIMES = 4,
	MONITOR_COUNTS = 8,
	MONITOR_OPTIONS = 16,
	MONITOR_SUMMARY = 31, /* all of these */
	MONITOR_NODES = 32,
	MONITOR_RESOURCES = 64,
	MONITOR_ATTRIBUTES = 128,
	MONITOR_FAIL_COUNTS = 256,
	MONITOR_OPERATIONS = 512,
	MONITOR_FAILURES = 1024,
	MONITOR_FENCE_FAILED = 2048,
	MONITOR_FENCE_WORKED = 4096,
	MONITOR_TICKETS = 8192,
	MONITOR_BANS = 16384,
	MONITOR_RESTRICTIONS = 32768, /* that nothing is managed; text alone */
	MONITOR_FENCE_PENDING = 65536,
	MONITOR_ALL = 131071,
};

struct monitor {
	struct cluster *cluster;
	unsigned sections;
	bool inactive;                         /* also what does not run */
	bool by_node;                          /* resources stand below their nodes */
	bool detail;                           /* ids of nodes, technical words about failures */
	bool timing;                           /* of operations */
	bool is_live;                          /* a running cluster, and not a file */
	const char *ban_prefix;                /* only bans whose ids begin so; NULL: all */
	const char *only_node, *only_resource; /* narrow.h; NULL: all */
	const char *own_node;                  /* where this is looked at; NULL: a file */
	int64_t now;                           /* when */
	struct fence_record_list fences;
	bool all_fences; /* also those that were done alike since */
};

/* Both narrow the cluster to what is wanted. */
void monitor_report(struct outline *o, const struct monitor *m);
/* Sections as elements beside each other, into the element that is open. */
void monitor_markup(struct markup *out, const struct monitor *m);

#endif
