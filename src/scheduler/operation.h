/* SPDX-License-Identifier: GPL-2.0-or-later */
/* operation.h - how an operation of a resource is configured: its <op>, its meta attributes, what its failure does.
 *
 *	const struct element *op = operation_find(rsc, "monitor", 10000, false);
 *	struct operation_settings s = operation_settings(rsc, node, "monitor", 10000, op);
 *
 * Source of the rules: ../shared/facts/manager-scheduler.md 3.8 and 6.1.
 */
#ifndef SCHEDULER_OPERATION_H
#define SCHEDULER_OPERATION_H

#include "scheduler/action.h"
#include "scheduler/resource.h"

enum { OPERATION_TIMEOUT_MS = 20000 }; /* when none is configured */

struct operation_settings {
	/* As the transition shows them: interval (unless 0), timeout and start-delay in milliseconds. The caller's own:
	 * more may be added. */
	struct table *meta;
	enum needs needs;
	enum on_fail on_fail;
	enum role fail_role; /* after its failure */
};

/* The first <op> with this name and interval, or NULL; migrate_to and migrate_from also by the name "migrate". */
const struct element *operation_find(const struct resource *r, const char *task, int64_t interval_ms,
				     bool disabled_too);
/* Everything that the configuration says about an operation; op may be NULL (defaults only). node matters to the
 * timeout of fence devices only and may be NULL. */
struct operation_settings operation_settings(struct resource *r, const struct node *node, const char *task,
					     int64_t interval_ms, const struct element *op);
/* The instance attributes of the operation itself on this node (NULL: no node); empty when it has none. A new table. */
struct table *operation_parameters(struct cluster *c, const struct element *op, const struct node *node);

/* What `value` (of on-fail; NULL: the default) means for an operation. */
enum on_fail on_fail_parse(const struct resource *r, const char *task, int64_t interval_ms, const char *value);
/* An interval as <op> has it, 0 when absent or wrong. */
int64_t operation_interval_ms(const struct element *op);
/* monitor with interval 0. */
bool operation_is_probe(const char *task, int64_t interval_ms);

#endif
