/* SPDX-License-Identifier: GPL-2.0-or-later */
/* action-config.h - what the configuration says about an operation of a resource: its <op> and what follows from it.
 *
 * Source of the rules: facts of the scheduler, 3.8 (on-fail) and 6.1 (meta).
 */
#ifndef SCHEDULER_ACTION_CONFIG_H
#define SCHEDULER_ACTION_CONFIG_H

#include "scheduler/action.h"

/* The <op> with exactly this name and interval; for migrate_to and migrate_from also "migrate". NULL: none.
 * disabled_too: also those with enabled=false. */
const struct element *action_config_find(const struct resource *r, const char *task, int64_t interval_ms,
					 bool disabled_too);
/* Without the "migrate" fallback. */
const struct element *action_config_find_exact(const struct resource *r, const char *task, int64_t interval_ms,
					       bool disabled_too);
/* Two of r's <op> with an id and this name and interval: the first ones, where there are as many. */
struct same_operations {
	const struct element *first, *second;
};
struct same_operations action_config_find_same(const struct resource *r, const char *task, int64_t interval_ms);
/* Reads all <op> of r, for these to find; where they are many, without a search. Before the first of them. */
void action_config_read(struct resource *r);
/* The interval of an <op>, 0 when it has none or a wrong one. */
int64_t action_config_interval_ms(const struct element *operation);
bool action_config_enabled(const struct element *operation);

/* Meta attributes of the operation: those of <op> itself, its meta_attributes, op_defaults; "timeout" is always there
 * (ms), "interval" (ms) when it recurs. operation NULL: none is configured. node may be NULL. */
struct table *action_config_meta(struct resource *r, struct node *node, const char *task, int64_t interval_ms,
				 const struct element *operation);
/* The same, made once for all nodes unless the node matters, and for all resources where nothing is configured: nobody
 * may change the table. task must live as long as the cluster. *ret_operation: the <op>, as action_config_find() with
 * disabled ones; is_notify: of the pseudo-actions of notifications, which take theirs from the notify operation. */
struct table *action_config_meta_kept(struct resource *r, struct node *node, const char *task, int64_t interval_ms,
				      bool is_notify, const struct element **ret_operation);
/* The operation's own instance attributes as they are on node, or NULL when it has none. */
struct table *action_config_parameters(struct cluster *c, const struct element *operation, struct node *node);
/* What must be given before the task may be done. */
enum needs action_config_needs(const struct resource *r, const char *task);
/* What happens when it fails; value: its on-fail, NULL for the default. */
enum on_fail action_config_on_fail(const struct resource *r, const char *task, int64_t interval_ms, const char *value);
enum role action_config_fail_role(const struct resource *r, const char *task, enum on_fail on_fail);

#endif
