/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/state-internal.h"
#include "fencing/device.h"
#include "transition/result.h"

#include <stdio.h>
#include <string.h>

static struct element *config_node(const struct document *d, const char *name)
{
	for_each_named(e, document_section(d, NAME_NODES), NAME_NODE)
	{
		if (g_ascii_strcasecmp(element_get_or(e, NAME_UNAME, ""), name) == 0)
			return e;
	}
	return NULL;
}

void node_forget_attributes(struct element *node_state)
{
	for (struct element *e = element_first_named(node_state, NAME_TRANSIENT_ATTRIBUTES), *next; e != NULL;
	     e = next) {
		next = element_next_named(e);
		element_remove(e);
	}
}

void node_lose(struct element *node_state)
{
	element_set(node_state, NAME_IN_CCM, "false");
	element_set(node_state, NAME_CRMD, "offline");
	element_set(node_state, NAME_JOIN, "down");
	element_set(node_state, NAME_CRM_DEBUG_ORIGIN, "node-lost");
	node_forget_attributes(node_state);
}

void node_forget_unlocked(struct element *node_state)
{
	struct element *lrm = element_first_named(node_state, NAME_LRM);
	struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
	bool locked = false;
	for (struct element *r = element_first_named(all, NAME_LRM_RESOURCE), *next; r != NULL; r = next) {
		next = element_next_named(r);
		if (element_get(r, NAME_SHUTDOWN_LOCK) == NULL) {
			element_remove(r);
			continue;
		}
		locked = true;
		while (r->first != NULL)
			element_remove(r->first);
	}
	if (lrm != NULL && !locked)
		element_remove(lrm);
}

static void node_leave(struct element *node_state)
{
	status_node_set_online(node_state, false, "node-left");
	node_forget_unlocked(node_state);
	node_forget_attributes(node_state);
}

void state_apply_node(struct application *a, const struct message *m)
{
	struct cluster_state *s = a->s;
	struct element *state = state_node(s->document, m->node.name);
	char id[16];
	(void)snprintf(id, sizeof(id), "%u", m->node.node.v);
	if (state == NULL && m->node.change != NODE_JOINED)
		return;
	switch (m->node.change) {
	case NODE_JOINED:
		status_node_set_online(status_node(s->document, m->node.name, id), true, "node-joined");
		break;
	case NODE_LOST:
		node_lose(state);
		attributes_forget_node(&s->attributes, m->node.name);
		break;
	case NODE_LEFT:
		node_leave(state);
		attributes_forget_node(&s->attributes, m->node.name);
		break;
	}
	state_index_forget(s);
	state_touch(a, TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
}

void state_apply_stop(struct application *a, const struct message *m)
{
	struct element *state = state_node(a->s->document, m->stop.name);
	if (state == NULL || strcmp(element_get_or(state, NAME_EXPECTED, ""), "down") == 0)
		return;
	element_set(state, NAME_EXPECTED, "down");
	state_touch(a, TOUCHED_STATUS);
}

/* --- fencing --- */

void fence_record_free(void *data)
{
	struct fence_record *f = data;
	g_free(f->target);
	g_free(f->device);
	g_free(f->member);
	g_free(f->client);
	g_free(f->why);
	g_free(f);
}

void state_apply_fencing(struct application *a, const struct message *m)
{
	GPtrArray *all = a->s->fencing;
	for (guint i = 0; i < all->len; i++) {
		const struct fence_record *f = g_ptr_array_index(all, i);
		if (f->action == m->fencing.action && g_ascii_strcasecmp(f->target, m->fencing.target) == 0 &&
		    g_strcmp0(f->client, m->fencing.client) == 0)
			return;
	}
	struct fence_record *f = g_new0(struct fence_record, 1);
	f->target = g_strdup(m->fencing.target);
	f->client = g_strdup(m->fencing.client);
	f->member = g_strdup(m->fencing.origin);
	f->action = m->fencing.action;
	f->when = m->fencing.when;
	g_ptr_array_add(all, f);
}

/* As the leader does: who was turned off or rebooted needs it in no other way, and who was turned on in no second one.
 */
static void end_pending(struct cluster_state *s, const struct message *m)
{
	for (guint i = s->fencing->len; i > 0; i--) {
		const struct fence_record *f = g_ptr_array_index(s->fencing, i - 1);
		bool same = f->action == m->fenced.action || (m->fenced.why == NULL && m->fenced.action != FENCE_ON);
		if (same && g_ascii_strcasecmp(f->target, m->fenced.target) == 0)
			g_ptr_array_remove_index(s->fencing, i - 1);
	}
}

static void record(struct cluster_state *s, const struct message *m)
{
	struct fence_record *f = g_new0(struct fence_record, 1);
	f->target = g_strdup(m->fenced.target);
	f->device = g_strdup(m->fenced.device);
	f->member = g_strdup(m->fenced.member);
	f->client = g_strdup(m->fenced.client);
	f->why = g_strdup(m->fenced.why);
	f->action = m->fenced.action;
	f->when = m->fenced.when;
	g_ptr_array_add(s->fences, f);
	if (s->fences->len > FENCE_RECORDS_MAX)
		g_ptr_array_remove_index(s->fences, 0);
}

static void node_is_down(struct application *a, const char *name)
{
	struct cluster_state *s = a->s;
	struct element *state = state_node(s->document, name);
	if (state == NULL && config_node(s->document, name) != NULL)
		state = status_node(s->document, name, NULL); /* one that was never seen is known to be down now */
	if (state == NULL)
		return;
	if (state_node_is_remote(state))
		element_set(state, NAME_IN_CCM, "false");
	else
		status_node_set_online(state, false, "fenced");
	status_node_forget(state);
	attributes_forget_node(&s->attributes, name);
	state_index_forget(s);
	state_touch(a, TOUCHED_STATUS);
}

void state_apply_fenced(struct application *a, const struct message *m)
{
	record(a->s, m);
	end_pending(a->s, m);
	if (m->fenced.why != NULL) {
		state_touch(a, TOUCHED_UNEXPECTEDLY);
		return;
	}
	if (m->fenced.action == FENCE_OFF || m->fenced.action == FENCE_REBOOT) {
		node_is_down(a, m->fenced.target);
	} else if (m->fenced.action == FENCE_ON && state_node(a->s->document, m->fenced.target) != NULL) {
		char when[24];
		(void)snprintf(when, sizeof(when), "%llu", (unsigned long long)(m->fenced.when.ns / 1000000000u));
		state_attribute_set(a, m->fenced.target, "#node-unfenced", when);
	}
}

static void print_field(const char *name, const char *value, GString *out)
{
	if (value == NULL)
		return;
	g_string_append_printf(out, " %s=\"", name);
	cib_escape(value, out);
	g_string_append_c(out, '"');
}

void fences_print(const struct cluster_state *s, GString *out)
{
	g_string_append(out, "<fences>");
	for (guint i = 0; i < s->fences->len; i++) {
		const struct fence_record *f = g_ptr_array_index(s->fences, i);
		g_string_append(out, "<fence");
		print_field("target", f->target, out);
		print_field("device", f->device, out);
		print_field("member", f->member, out);
		print_field("client", f->client, out);
		print_field("why", f->why, out);
		g_string_append_printf(out, " action=\"%u\" when=\"%llu\"/>", f->action,
				       (unsigned long long)f->when.ns);
	}
	g_string_append(out, "</fences>");
}

/* --- a node that is no longer one --- */

void state_remove_node(struct application *a, const struct message *m)
{
	struct cluster_state *s = a->s;
	const char *name = m->forget.node;
	struct element *node = config_node(s->document, name), *state = state_node(s->document, name);
	if (view_part_by_name(a->v, name) != NULL) {
		state_refuse(a, EDIT_INVALID, "%s is a member of the cluster: stop it there before it is removed",
			     name);
		return;
	}
	if (node == NULL && state == NULL) {
		state_refuse(a, EDIT_ABSENT, "the cluster has no node %s", name);
		return;
	}
	if (node != NULL) {
		element_remove(node);
		state_touch(a, TOUCHED_CONFIGURATION);
	}
	if (state != NULL)
		element_remove(state);
	state_index_forget(s);
	attributes_forget_node(&s->attributes, name);
	state_touch(a, TOUCHED_STATUS | TOUCHED_UNEXPECTEDLY);
}
