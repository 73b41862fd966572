/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ordered messages, those of other nodes and our own. None is trusted: what is
 * malformed is dropped, with one line in the log until the membership changes.
 */
#include "service/cpg-internal.h"

enum { HEADER = 16, PROCESS_SIZE = 168 };

void cpg_complain(struct cpg *c, struct service_effects *fx, node_id from, const char *what)
{
	if (c->complained)
		return;
	c->complained = true;
	service_log(fx, MSG_CPG_MESSAGE_DROPPED, "dropped a message of node %u: %s", from.v, what);
}

static uint32_t read_slot(struct reader *r)
{
	uint32_t v = read_u32(r);

	read_skip(r, 4);
	return v;
}

static bool process_message_read(const struct service_event *ev, struct cpg_name *ret_name, struct cpg_change *ret)
{
	struct reader r = reader_of(ev->message);
	uint32_t pid, reason;

	read_seek(&r, HEADER);
	if (!cpg_name_read(&r, ret_name))
		return false;
	pid = read_slot(&r);
	reason = read_slot(&r);
	if (r.failed)
		return false;
	*ret = (struct cpg_change){.node = ev->from, .pid = pid, .reason = CPG_REASON_PROCDOWN};
	if (reason >= CPG_REASON_JOIN && reason <= CPG_REASON_PROCDOWN)
		ret->reason = (enum cpg_reason)reason;
	return true;
}

static void settle_joining(struct cpg_group *g, uint32_t pid)
{
	for (struct cpg_client *cl = g->first_client; cl != NULL; cl = cl->next) {
		if (cl->state == CPG_JOINING && cl->pid == pid)
			cl->state = CPG_JOINED;
	}
}

/* Its join was ordered but has no room here: it must not believe that it is a member. */
static void refuse_joining(struct cpg *c, struct cpg_group *g, const struct cpg_change *joining)
{
	struct cpg_client *cl = node_id_eq(joining->node, c->self) ? g->first_client : NULL;

	while (cl != NULL && !(cl->state == CPG_JOINING && cl->pid == joining->pid))
		cl = cl->next;
	if (cl != NULL)
		cpg_client_unjoin(c, cl);
	else
		(void)cpg_group_tidy(c, g);
}

static void table_full(struct cpg *c, struct service_effects *fx, const struct cpg_change *change)
{
	service_log(fx, MSG_CPG_TABLE_FULL, "no room for process %u of node %u beside %u others; it is left out",
		    change->pid, change->node.v, c->process_count);
}

static void deliver_join(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct cpg_changes joined;
	struct cpg_name name;
	struct cpg_group *g;
	struct cpg_process *p;

	if (!process_message_read(ev, &name, &joined.items[0])) {
		cpg_complain(c, fx, ev->from, "a malformed join");
		return;
	}
	joined.count = 1;
	joined.items[0].reason = CPG_REASON_JOIN;
	g = cpg_group_get(c, &name);
	if (g == NULL) {
		table_full(c, fx, &joined.items[0]);
		return;
	}
	p = cpg_process_find(g, ev->from, joined.items[0].pid);
	if (p == NULL)
		p = cpg_process_add(c, g, ev->from, joined.items[0].pid);
	if (p == NULL) {
		table_full(c, fx, &joined.items[0]);
		refuse_joining(c, g, &joined.items[0]);
		return;
	}
	p->listed = true;
	if (p->present)
		return;
	cpg_process_show(g, p);
	if (node_id_eq(ev->from, c->self))
		settle_joining(g, p->pid);
	cpg_send_change(c, fx, g, NULL, &joined);
}

static void settle_leaving(struct cpg *c, struct cpg_group *g, uint32_t pid)
{
	struct cpg_client *cl = g->first_client;

	while (cl != NULL && !(cl->state == CPG_LEAVING && cl->pid == pid))
		cl = cl->next;
	if (cl != NULL)
		cpg_client_unjoin(c, cl);
}

/* Sent to the group even if the process was not known, as the reference does. */
static void deliver_leave(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct cpg_change left;
	struct cpg_name name;
	struct cpg_group *g;
	struct cpg_process *p;

	if (!process_message_read(ev, &name, &left)) {
		cpg_complain(c, fx, ev->from, "a malformed leave");
		return;
	}
	g = cpg_group_find(c, cpg_name_bytes(&name));
	if (g == NULL)
		return;
	p = cpg_process_find(g, left.node, left.pid);
	if (p != NULL)
		cpg_process_remove(c, g, p);
	if (cpg_group_tidy(c, g))
		return;
	cpg_send_one_left(c, fx, g, left);
	if (node_id_eq(ev->from, c->self))
		settle_leaving(c, g, left.pid);
}

/* Messages come in runs for one group, so the last one is looked at first. */
static struct cpg_group *group_of_message(struct cpg *c, struct bytes name)
{
	if (c->recent_group == NULL || !bytes_eq(cpg_name_bytes(&c->recent_group->name), name))
		c->recent_group = cpg_group_find(c, name);
	return c->recent_group;
}

static void deliver_mcast(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);
	struct cpg_payload m = {.node = ev->from};
	struct cpg_group *g;
	struct bytes name;

	read_seek(&r, HEADER);
	if (!cpg_name_peek(&r, &name)) {
		cpg_complain(c, fx, ev->from, "a multicast without the name of a group");
		return;
	}
	m.total = read_slot(&r);
	m.pid = read_slot(&r);
	read_skip(&r, CPG_DELIVER_HEAD - 168);
	if (r.failed || m.total != reader_left(&r) || m.total > REQUEST_MAX - CPG_DELIVER_HEAD) {
		cpg_complain(c, fx, ev->from, "a multicast whose length is not what it says");
		return;
	}
	m.data = bytes_of(read_bytes(&r, m.total), m.total);
	g = group_of_message(c, name);
	if (g == NULL || g->first_client == NULL)
		return;
	if (cpg_group_has_node(g, ev->from))
		cpg_send_message(g, &m, fx);
	else
		cpg_complain(c, fx, ev->from, "a multicast to a group in which it has no process");
}

/* libcpg copies fragments into a buffer of the size that FIRST announced without
 * looking, so what exceeds it must not reach it, nor what has no FIRST.
 */
static bool fragment_fits(struct cpg_process *p, const struct cpg_payload *m)
{
	if (m->type == CPG_FRAGMENT_FIRST) {
		p->assembling = true;
		p->assembly_total = m->total;
		p->assembly_so_far = 0;
	}
	if (!p->assembling)
		return false;
	p->assembling = m->total == p->assembly_total && m->data.len <= p->assembly_total - p->assembly_so_far;
	if (!p->assembling)
		return false;
	p->assembly_so_far += (uint32_t)m->data.len;
	if (m->type != CPG_FRAGMENT_LAST)
		return true;
	p->assembling = false;
	return p->assembly_so_far == p->assembly_total;
}

static bool partial_read(const struct service_event *ev, struct bytes *ret_name, struct cpg_payload *ret)
{
	struct reader r = reader_of(ev->message);
	uint32_t length;

	read_seek(&r, HEADER);
	if (!cpg_name_peek(&r, ret_name))
		return false;
	*ret = (struct cpg_payload){.node = ev->from};
	ret->total = read_slot(&r);
	length = read_slot(&r);
	ret->pid = read_slot(&r);
	ret->type = read_slot(&r);
	read_skip(&r, CPG_PARTIAL_HEAD - 184);
	if (r.failed || length != reader_left(&r) || length > REQUEST_MAX - CPG_PARTIAL_HEAD)
		return false;
	ret->data = bytes_of(read_bytes(&r, length), length);
	return ret->type >= CPG_FRAGMENT_FIRST && ret->type <= CPG_FRAGMENT_LAST;
}

static void deliver_partial(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct cpg_process *p;
	struct cpg_payload m;
	struct cpg_group *g;
	struct bytes name;

	if (!partial_read(ev, &name, &m)) {
		cpg_complain(c, fx, ev->from, "a malformed fragment of a multicast");
		return;
	}
	g = group_of_message(c, name);
	if (g == NULL || g->first_client == NULL)
		return;
	p = cpg_process_find(g, ev->from, m.pid);
	if (p != NULL && p->present && fragment_fits(p, &m))
		cpg_send_fragment(g, &m, fx);
	else if (p == NULL || !p->present)
		cpg_complain(c, fx, ev->from, "a fragment of a process that is not in the group");
}

void cpg_deliver(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	switch (ev->fn) {
	case CPG_PROCJOIN:
		deliver_join(c, ev, fx);
		break;
	case CPG_PROCLEAVE:
		deliver_leave(c, ev, fx);
		break;
	case CPG_JOINLIST:
		cpg_sync_joinlist(c, ev, fx);
		break;
	case CPG_MCAST:
		deliver_mcast(c, ev, fx);
		break;
	case CPG_PARTIAL:
		deliver_partial(c, ev, fx);
		break;
	case CPG_DOWNLIST_OLD:
	case CPG_DOWNLIST: /* everybody finds out for himself who is lost; this only tells in a capture */
		break;
	default:
		cpg_complain(c, fx, ev->from, "a message of an unknown kind");
		break;
	}
}
