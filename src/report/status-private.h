/* SPDX-License-Identifier: GPL-2.0-or-later */
/* status-private.h - what the text and the XML of a status have in common (attribute-list.c). */
#ifndef REPORT_STATUS_PRIVATE_H
#define REPORT_STATUS_PRIVATE_H

#include "report/status.h"
#include "scheduler/history.h"

enum { STATUS_TIME_SIZE = 32 };
/* "Fri Mar 16 20:52:10 2012", as ctime() has it. */
const char *status_time_words(const struct cluster *c, int64_t epoch, char buffer[static STATUS_TIME_SIZE]);

/* What the cluster keeps among the attributes for itself. */
bool status_attribute_is_private(const char *name);
/* What the attribute of a ping resource is when all hosts answer; ret_is_ping false, and 0: it is none. */
int status_attribute_expected(const struct node *n, const char *name, bool *ret_is_ping);

struct status_fail_count {
	struct resource *rsc;
	const char *id; /* in the history */
	int count;
	int64_t last; /* epoch seconds; 0: unknown */
};
/* What a history's resource failed on the node; false: nothing, or it is no longer configured. */
bool status_fail_count_read(struct node *n, const struct element *history, struct status_fail_count *ret);
/* A probe's way to say that something is not there. */
bool status_failure_is_masked(const struct failed_operation *f);

#endif
