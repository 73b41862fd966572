/* SPDX-License-Identifier: GPL-2.0-or-later */
/* action-index.h - finding actions again: by key, by task, by node.
 *
 * All actions of a resource with the same key form a chain: one action a node.
 * A chain knows what its actions have in common, so that the probes of a resource
 * on a hundred nodes read their configuration once. Chains are found by a hash of
 * resource and key, or directly by the resource and a task (interval 0).
 *
 * Declared in action.h, made here: action_chain*(), action_find*(), action_exists(),
 * action_set_task(), action_with_task().
 */
#ifndef SCHEDULER_ACTION_INDEX_H
#define SCHEDULER_ACTION_INDEX_H

#include "scheduler/action.h"

struct action_chain {
	const struct resource *rsc; /* NULL: of the cluster */
	const char *key;
	uint32_t key_hash;
	uint32_t count;
	bool any_unplaced;              /* some action has no node (yet) */
	bool is_irregular;              /* several may be on one node: only a walk finds the right one */
	struct action *latest, *oldest; /* linked by next_same_key, latest first */
	struct action **by_node;        /* by node->index, when they are too many to walk along */

	/* What its actions have in common. meta NULL: nothing is known yet, or they have nothing in common. */
	struct table *meta;
	const char *task_name;
	int64_t interval_ms;
	const struct element *operation;
	enum needs needs;
	enum on_fail on_fail;
	enum role fail_role;
};

/* What a resource keeps of each task. */
struct action_task {
	struct action *latest;      /* of all actions with this task, linked by next_same_task */
	struct action_chain *chain; /* of the key made of the resource's id, the task and interval 0 */
};

/* The chain with this key, any case; NULL: there is none. */
struct action_chain *action_index_find(const struct cluster *c, const struct resource *r, const char *key);
/* The same for r's own id, the task and interval 0. */
struct action_chain *action_index_find_task(const struct resource *r, enum task task);
/* A new chain; key is copied. There must be none yet. task: which one the key is made of, with r's own id and interval
 * 0; TASK_OTHER: the key tells. */
struct action_chain *action_index_new(struct cluster *c, struct resource *r, const char *key, enum task task);
/* Adds a, which has its task and node, as the latest. */
void action_index_add(struct action_chain *chain, struct action *a);
/* The oldest action of the chain on node (NULL: anywhere); actions without a node take the one asked for. */
struct action *action_chain_find(struct action_chain *chain, struct node *node);

#endif
