/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who tells whom of what. As with Pacemaker a resource's operation is told by the node that ran it, an attribute by the
 * one that writes attributes (the leader), nodes and fencing by everybody; with one difference: notifications of
 * resources, which no history has, are told nobody.
 *
 * A node is a member or lost by the ring, not by whether its manager runs.
 */
#include "controller/alerts.h"
#include "controller/controller-internal.h"

#include <stdlib.h>
#include <string.h>

static void run(void *arg, const struct operation *op)
{
	struct controller *c = arg;
	controller_log(c, MSG_ALERT_SENT, "%s: %s of %s to %s", op->rsc, table_get(op->parameters, "CRM_alert_kind"),
		       table_get(op->parameters, "CRM_alert_node"), table_get(op->parameters, "CRM_alert_recipient"));
	local_alert(c->local, op);
}

static const struct element *section(const struct controller *c)
{
	return c->common.document != NULL ? document_section(c->common.document, NAME_ALERTS) : NULL;
}

static void send(struct controller *c, struct alert_event *e)
{
	e->when = c->now.wall;
	if (c->ops.zone_s != NULL)
		e->offset_s = c->ops.zone_s(c->ops.host, e->when);
	(void)alerts_call(section(c), e, &c->alerts, run, c);
}

static node_id id_of(const struct controller *c, const char *name)
{
	for (guint i = 0; i < c->nodes->len; i++) {
		const struct node_entry *n = g_ptr_array_index(c->nodes, i);
		if (g_ascii_strcasecmp(n->name, name) == 0)
			return n->node;
	}
	return node_id_of(0);
}

/* The third field of a transition's key is what the operation should have come to. */
static int target_of(const char *key)
{
	const char *at = key;
	for (int i = 0; i < 2 && at != NULL; i++) {
		at = strchr(at, ':');
		at = at != NULL ? at + 1 : NULL;
	}
	return at != NULL ? (int)strtol(at, NULL, 10) : 0;
}

static void alert_result(struct controller *c, const struct message *m)
{
	struct document *d;
	struct error error;
	const char *text = m->result.entry;
	if (text == NULL || strcmp(m->result.node, c->name) != 0 ||
	    document_parse(text, strlen(text), "result", &d, &error) != ERR_OK)
		return;
	const struct element *entry = document_root(d);
	const char *key = element_get(entry, NAME_TRANSITION_KEY);
	struct alert_event e = {.kind = ALERT_RESOURCE,
				.node = c->name,
				.rsc = m->result.history_id,
				.task = element_get_or(entry, NAME_OPERATION, ""),
				.interval_ms = element_get_int(entry, NAME_INTERVAL, 0),
				.exec_ms = element_get_int(entry, NAME_EXEC_TIME, 0),
				.rc = (int)element_get_int(entry, NAME_RC_CODE, 0),
				.target_rc = target_of(key),
				.status = (int)element_get_int(entry, NAME_OP_STATUS, 0)};
	send(c, &e);
	document_free(d);
}

static const char *or_else(const char *text, const char *otherwise)
{
	return text != NULL ? text : otherwise;
}

/* The sentence and the task are those that Pacemaker's fencer has. */
static void alert_fenced(struct controller *c, const struct message *m)
{
	struct arena arena = {0};
	const struct view_part *leader = view_part_by_id(&c->view, c->view.leader);
	const char *why = m->fenced.why;
	struct alert_event e = {
		.kind = ALERT_FENCING, .node = m->fenced.target, .task = "st_notify_fence", .rc = why == NULL ? 0 : 1};
	e.desc = arena_printf(&arena, "Operation %s of %s by %s for %s@%s: %s%s%s%s",
			      fence_action_word((enum fence_action)m->fenced.action), m->fenced.target,
			      or_else(m->fenced.member, "the cluster"), or_else(m->fenced.client, "a client"),
			      leader != NULL ? or_else(leader->name, "a node") : "a node", why == NULL ? "OK" : "Error",
			      why == NULL ? "" : " (", or_else(why, ""), why == NULL ? "" : ")");
	send(c, &e);
	arena_fini(&arena);
}

static void alert_attributes(struct controller *c)
{
	const GPtrArray *written = c->common.attributes.written;
	for (guint i = 0; view_is_leader(&c->view) && i < written->len; i++) {
		const struct attribute_written *w = g_ptr_array_index(written, i);
		struct alert_event e = {.kind = ALERT_ATTRIBUTE,
					.node = w->node,
					.node_id = id_of(c, w->node).v,
					.name = w->name,
					.value = w->value};
		send(c, &e);
	}
}

void controller_alert(struct controller *c, const struct message *m)
{
	if (section(c) == NULL)
		return;
	if (m->kind == MESSAGE_RESULT)
		alert_result(c, m);
	else if (m->kind == MESSAGE_FENCED)
		alert_fenced(c, m);
	alert_attributes(c);
}

static bool has(const node_id *nodes, uint32_t count, node_id node)
{
	for (uint32_t i = 0; i < count; i++)
		if (node_id_eq(nodes[i], node))
			return true;
	return false;
}

/* The first ring that we see is no news. */
void controller_alert_ring(struct controller *c, const node_id *before, uint32_t count)
{
	for (guint i = 0; count > 0 && i < c->nodes->len; i++) {
		const struct node_entry *n = g_ptr_array_index(c->nodes, i);
		bool was = has(before, count, n->node), is = has(c->ring, c->ring_count, n->node);
		struct alert_event e = {
			.kind = ALERT_NODE, .node = n->name, .node_id = n->node.v, .desc = is ? "member" : "lost"};
		if (was != is)
			send(c, &e);
	}
}
