/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who is there and who must be fenced; and the order in which the nodes' histories are read. */
#include "rules/score.h"
#include "scheduler/action.h"
#include "scheduler/history-private.h"
#include "scheduler/unpack-private.h"

#include <stdlib.h>
#include <string.h>

/* --- what a node's state says of itself --- */

struct membership {
	int64_t member;   /* since when in the ring; 0 not; -1 unknown */
	int64_t online;   /* since when its manager is there; 0 not */
	const char *join; /* "member", "pending", "down", "banned"; "" when absent */
	const char *expected;
};

/* A time since when; older entries have truth values. */
static int64_t member_since(const struct element *state, int64_t now)
{
	bool is_member;
	const char *text = element_get(state, NAME_IN_CCM);
	if (text == NULL)
		return -1;
	if (cib_parse_bool(text, &is_member))
		return is_member ? now : 0;
	int64_t when = entry_number(text, -1);
	return when < 0 ? -1 : when;
}

static int64_t online_since(const struct element *state)
{
	const char *text = element_get(state, NAME_CRMD);
	if (text == NULL || strcasecmp(text, "offline") == 0)
		return 0;
	if (strcasecmp(text, "online") == 0)
		return 1;
	int64_t when = entry_number(text, 0);
	return when < 0 ? 0 : when;
}

static struct membership membership_read(const struct element *state, int64_t now)
{
	return (struct membership){.member = member_since(state, now),
				   .online = online_since(state),
				   .join = element_get_or(state, NAME_JOIN, ""),
				   .expected = element_get_or(state, NAME_EXPECTED, "down")};
}

static bool attribute_is_true(const struct node *n, const char *name)
{
	bool value = false;
	return cib_parse_bool(node_attribute(n, name), &value) && value;
}

static bool wants_termination(const struct node *n)
{
	bool truth;
	const char *text = node_attribute(n, "terminate");
	if (text == NULL)
		return false;
	return cib_parse_bool(text, &truth) ? truth : entry_number(text, 0) > 0;
}

static bool wants_shutdown(const struct node *n)
{
	const char *text = node_attribute(n, "shutdown");
	return text != NULL && strcmp(text, "0") != 0;
}

/* --- is it online, must it be fenced? --- */

static bool is_online_without_fencing(struct node *n, const struct membership *m)
{
	if (m->member <= 0)
		return false;
	if (m->online > 0)
		return strcasecmp(m->join, "member") == 0;
	if (n->expected_up)
		node_must_be_fenced(n->cluster, n, "peer is unexpectedly down", false);
	return false;
}

static void make_pending(struct node *n)
{
	n->standby = true;
	n->pending = true;
}

/* In the ring without its manager for longer than is allowed. */
static bool is_pending_too_long(struct cluster *c, const struct membership *m)
{
	int64_t timeout_ms = c->options.node_pending_timeout_ms;
	if (timeout_ms == 0 || m->member <= 0 || m->online > 0)
		return false;
	int64_t until = m->member + seconds_of_ms(timeout_ms);
	if (c->now >= until)
		return true;
	cluster_recheck(c, until, "pending node timeout");
	return false;
}

static void judge_unexpected(struct node *n, const struct membership *m)
{
	if (is_pending_too_long(n->cluster, m))
		node_must_be_fenced(n->cluster, n, "peer pending timed out on joining the process group", false);
	else if (m->member > 0 || m->online > 0)
		make_pending(n);
}

static bool is_online_with_fencing(struct node *n, const struct membership *m)
{
	struct cluster *c = n->cluster;
	bool terminate = wants_termination(n);
	if (n->shutdown)
		return m->online > 0;
	if (m->member < 0) {
		node_must_be_fenced(c, n, "peer has not been seen by the cluster", false);
		return false;
	}
	if (strcmp(m->join, "banned") == 0) {
		node_must_be_fenced(c, n, "peer failed Pacemaker membership criteria", false);
	} else if (terminate) {
		if (m->member == 0 && m->online == 0 && strcmp(m->join, "down") == 0)
			return false;
		node_must_be_fenced(c, n, "fencing was requested", false);
	} else if (strcmp(m->expected, "down") == 0) {
		judge_unexpected(n, m);
	} else if (m->member == 0) {
		/* Only here may the fencing of the more important node be delayed. */
		node_must_be_fenced(c, n, "peer is no longer part of the cluster", true);
	} else if (m->online == 0) {
		node_must_be_fenced(c, n, "peer process is no longer available", false);
	} else if (strcmp(m->join, "pending") == 0 || strcmp(m->join, "down") == 0) {
		make_pending(n);
	} else if (strcmp(m->join, "member") != 0) {
		node_must_be_fenced(c, n, "peer was in an unknown state", false);
	}
	return m->member > 0;
}

static void online_update(struct node *n, const struct element *state)
{
	struct cluster *c = n->cluster;
	struct membership m = membership_read(state, c->now);
	n->shutdown = wants_shutdown(n);
	if (!n->shutdown && strcasecmp(element_get_or(state, NAME_EXPECTED, ""), "member") == 0)
		n->expected_up = true;
	bool online = c->options.fencing_enabled ? is_online_with_fencing(n, &m) : is_online_without_fencing(n, &m);
	if (online)
		n->online = true;
	if (!online || n->shutdown)
		n->base_score = -SCORE_INFINITY;
	if (n->unclean)
		c->processing_warning = true;
}

/* --- the states, first pass --- */

static void cluster_node_unpack(struct node *n, const struct element *state)
{
	struct cluster *c = n->cluster;
	node_attributes_add(n, element_first_named(state, NAME_TRANSIENT_ATTRIBUTES), true);
	if (attribute_is_true(n, "standby"))
		n->standby = true;
	if (attribute_is_true(n, "maintenance"))
		n->maintenance = true;
	n->unclean = false;
	n->unseen = false;
	online_update(n, state);
	if (!c->quorate && n->online && c->options.no_quorum == NO_QUORUM_FENCE)
		node_must_be_fenced(c, n, "cluster does not have quorum", false);
}

static bool is_set(const struct element *e, cib_name name)
{
	return entry_number(element_get(e, name), 0) > 0;
}

static void state_unpack(struct cluster *c, const struct element *state)
{
	const char *id = element_id(state);
	if (id == NULL) {
		cluster_complain(c, state, true, "ignoring a node_state without an id");
		return;
	}
	struct node *n = node_find_any(c, id, element_get(state, NAME_UNAME));
	if (n == NULL)
		return; /* no longer configured */
	n->state = state;
	if (n->kind == NODE_REMOTE)
		n->remote_fenced = is_set(state, NAME_NODE_FENCED);
	else
		cluster_node_unpack(n, state);
}

/* --- remote nodes --- */

void remote_online_update(struct node *n)
{
	struct resource *connection = n->remote;
	if (connection == NULL) {
		n->online = false;
		return;
	}
	const struct resource *launcher = connection->launcher;
	const struct node *host = NULL;
	if (launcher != NULL && connection->active.count == 1)
		host = connection->active.items[0];
	if (connection->role == ROLE_STARTED) {
		n->online = true;
		if (connection->next_role == ROLE_STOPPED)
			n->shutdown = true;
	}
	if (launcher != NULL && launcher->failed) {
		n->online = false;
		n->remote_reset = true;
	} else if (connection->failed) {
		n->online = false;
	} else if (connection->role == ROLE_STOPPED || (launcher != NULL && launcher->role == ROLE_STOPPED)) {
		n->online = false;
		n->remote_reset = false;
	} else if (host != NULL && !host->online && host->unclean) {
		n->online = false;
		n->remote_reset = true;
	}
}

static void forbid_probes(struct node *n)
{
	bool enabled = true;
	const char *text = node_attribute(n, "resource-discovery-enabled");
	if (text == NULL || (cib_parse_bool(text, &enabled) && enabled))
		return;
	if (node_is_remote(n) && !n->cluster->options.fencing_enabled)
		cluster_complain(n->cluster, n->state, false,
				 "remote node '%s': ignoring resource-discovery-enabled, because fencing is disabled",
				 n->name);
	else
		n->probes_allowed = false;
}

static void remote_node_unpack(struct node *n, const struct element *state)
{
	n->remote_maintenance = is_set(state, NAME_NODE_IN_MAINTENANCE);
	if (!n->remote_reset) {
		n->unclean = false;
		n->unseen = false;
	}
	node_attributes_add(n, element_first_named(state, NAME_TRANSIENT_ATTRIBUTES), true);
	if (wants_shutdown(n))
		n->shutdown = true;
	if (attribute_is_true(n, "standby"))
		n->standby = true;
	if (attribute_is_true(n, "maintenance") || (n->remote != NULL && !n->remote->managed))
		n->maintenance = true;
	forbid_probes(n);
}

/* --- the order of histories --- */

/* A node's history means something when it is known how the node is reached. Without fencing and shutdown locks
 * offline nodes come later, so that active instances of clones get the low numbers. */
static bool may_read_history(const struct node *n)
{
	const struct options *o = &n->cluster->options;
	if (node_is_guest(n))
		return n->remote->role == ROLE_STARTED && n->remote->launcher->role == ROLE_STARTED;
	if (node_is_remote(n))
		return n->remote != NULL && (o->shutdown_lock || n->remote->role == ROLE_STARTED);
	return o->fencing_enabled || o->shutdown_lock || n->online;
}

static bool read_histories(struct cluster *c, const struct element *status, bool all)
{
	bool any = false;
	for_each_named(state, status, NAME_NODE_STATE)
	{
		const char *id = element_id(state), *name = element_get(state, NAME_UNAME);
		struct node *n = id != NULL && name != NULL ? node_find_any(c, id, name) : NULL;
		if (n == NULL || n->history_read || (!all && !may_read_history(n)))
			continue;
		if (n->kind == NODE_REMOTE) {
			remote_online_update(n);
			remote_node_unpack(n, state);
		}
		n->history_read = true;
		node_history_unpack(n, state);
		any = true;
	}
	return any;
}

/* Containers whose connection failed: where they are is known only now. */
static void stop_launchers(struct cluster *c)
{
	for (uint32_t i = c->stop_needed.count; i-- > 0;) {
		struct resource *launcher = c->stop_needed.items[i];
		if (launcher->active.count > 0) {
			struct node *n = resource_active_node(launcher, NULL, NULL);
			(void)action_stop(launcher, n, false);
		}
	}
	c->stop_needed.count = 0;
}

static void finish_remote_nodes(struct cluster *c)
{
	for_each_node(n, c)
	{
		if (n->kind != NODE_REMOTE)
			continue;
		if (n->shutdown && n->remote != NULL)
			n->remote->next_role = ROLE_STOPPED;
		if (!n->history_read)
			remote_online_update(n);
	}
}

void unpack_status(struct cluster *c)
{
	const struct element *status = document_section(c->document, NAME_STATUS);
	history_index_begin(c, status);
	for_each_child(e, status)
	{
		if (e->name == NAME_TICKETS) {
			for_each_named(state, e, NAME_TICKET_STATE) ticket_state_unpack(c, state);
		} else if (e->name == NAME_NODE_STATE) {
			state_unpack(c, e);
		}
	}
	while (read_histories(c, status, false))
		;
	(void)read_histories(c, status, c->options.fencing_enabled);
	stop_launchers(c);
	finish_remote_nodes(c);
}
