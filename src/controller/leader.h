/* SPDX-License-Identifier: GPL-2.0-or-later */
/* leader.h - deciding and getting it done: the scheduler's transition, action by action.
 *
 * Only the leader of an agreed view does this. It decides when something touched the replica unexpectedly, when a time
 * comes at which the decision may change (recheck), and when a transition ended with less than it wanted. It decides at
 * once: what is under way stays so and is known to the scheduler as pending; an action of the new transition that is
 * under way already (same resource, task, interval, node) is adopted and not ordered twice. So nobody waits for a slow
 * start in another corner.
 *
 * Rules, which leader_check() asserts:
 * 1. An action is ordered only when all its inputs are done in the present transition.
 * 2. Of one resource on one node at most one action is under way.
 * 3. No node has more jobs than its limit (node-action-limit, or twice its cores), the cluster no more than
 * batch-limit, migrations no more than migration-limit.
 * 4. An action without a result after its timeout and cluster-delay (or whose node left) has failed.
 * 5. What ran on a node that is unclean is not started elsewhere before MESSAGE_FENCED says so: the graph orders it.
 * 6. Before every node of the nodelist has come, nothing is decided until dc-deadtime has passed since the first
 *    agreement: a node that is just starting is not fenced for not being there.
 */
#ifndef CONTROLLER_LEADER_H
#define CONTROLLER_LEADER_H

#include "base/catalogue.h"
#include "controller/state.h"
#include "fencing/fencing.h"

struct leader_ops {
	void *host;
	void (*send)(void *host, const struct message *m);
	void (*timer)(void *host, mono_time due); /* leader_tick(); replaces the one before */
	uint32_t (*dice)(void *host, uint32_t n);
	void (*log)(void *host, enum message_id id, const char *text);
	/* A transition ended; its inputs and graph, for the record (pe-input files). */
	void (*decided)(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error);
};

struct instant {
	mono_time mono;
	wall_time wall;
};

struct leader;

struct leader *leader_new(const struct leader_ops *ops, const struct cluster_state *r, const struct manager_view *v,
			  const char *uuid);
void leader_free(struct leader *l);

/* The view agreed on something and we lead it: take over what is under way, and decide. */
void leader_begin(struct leader *l, struct instant now, const struct nodelist_entry *nodes, uint32_t node_count);
/* The view agreed on something, and another member leads it. */
void leader_follow(struct leader *l, const struct nodelist_entry *nodes, uint32_t node_count);
/* The machines of the ring have changed: one that left it does not come back by itself. */
void leader_ring(struct leader *l, struct instant now, const struct nodelist_entry *nodes, uint32_t node_count);
/* We no longer lead, or the view is changing: nothing is ordered from here on. */
void leader_end(struct leader *l);
/* Another member leads: what we had ordered is its business now. */
void leader_resign(struct leader *l);
/* A message was applied, and touched this. */
void leader_heard(struct leader *l, struct instant now, const struct message *m, unsigned touched);
void leader_tick(struct leader *l, struct instant now);

enum leader_state { LEADER_OFF, LEADER_WAITING, LEADER_DECIDING, LEADER_ACTING, LEADER_IDLE };
enum leader_state leader_state(const struct leader *l);
/* Nothing is under way, and nothing remains to be done that could be. */
bool leader_is_idle(const struct leader *l);
/* The last transition, for explanations; NULL before the first. Valid until the next verb. */
const struct cluster *leader_cluster(const struct leader *l);
void leader_check(const struct leader *l);

#endif
