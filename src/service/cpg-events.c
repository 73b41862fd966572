/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/cpg-internal.h"

enum { EVENT_CONFCHG = 4, EVENT_DELIVER = 5, EVENT_TOTEM_CONFCHG = 13, EVENT_PARTIAL_DELIVER = 17 };
enum { ADDRESS_SIZE = 24, RING_HEAD = 44, RING_TAIL = 4 };

static_assert(CPG_DELIVER_HEAD + 3 * CPG_EVENT_LIST_MAX * ADDRESS_SIZE < SERVICE_SCRATCH, "a change fits");

static void write_name(struct writer *w, const struct cpg_name *name)
{
	write_bytes(w, name, sizeof *name);
}

static void write_address(struct writer *w, node_id node, uint32_t pid, enum cpg_reason reason)
{
	write_u64(w, node.v);
	write_u64(w, pid);
	write_u64(w, (uint64_t)reason);
}

static void write_changes(struct writer *w, const struct cpg_changes *changes)
{
	for (uint32_t i = 0; changes != NULL && i < changes->count; i++)
		write_address(w, changes->items[i].node, changes->items[i].pid, changes->items[i].reason);
}

/* TOTEM_CONFCHG: the size counts the padding at the end of the reference's struct. */
static struct bytes ring_event(const struct cpg *c, struct service_effects *fx)
{
	uint32_t n = c->active.count < CPG_EVENT_LIST_MAX ? c->active.count : CPG_EVENT_LIST_MAX;
	struct writer w = service_scratch(fx, RING_HEAD + 4 * CPG_EVENT_LIST_MAX + RING_TAIL);

	service_reply_head(&w, EVENT_TOTEM_CONFCHG, STATUS_OK);
	write_u64(&w, c->ring.rep.v);
	write_u64(&w, c->ring.seq);
	write_u32(&w, n);
	for (uint32_t i = 0; i < n; i++)
		write_u32(&w, c->active.ids[i].v);
	write_zero(&w, RING_TAIL);
	return service_event_keep(fx, &w, 0);
}

void cpg_send_ring(struct cpg *c, struct service_effects *fx)
{
	struct bytes head = ring_event(c, fx);

	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		if (c->clients[i].id.v != 0 && !c->clients[i].finalized)
			service_event_shared(fx, c->clients[i].id, &head, (struct bytes){0});
	}
}

/* A client that asked for it learns the ring right after the first change that it sees: its own join. */
static void send_initial_ring(struct cpg *c, struct service_effects *fx, struct cpg_group *g)
{
	struct bytes head = {0};

	for (struct cpg_client *cl = g->first_client; cl != NULL; cl = cl->next) {
		if (!cl->wants_initial || !cpg_client_hears(cl))
			continue;
		if (head.len == 0)
			head = ring_event(c, fx);
		cl->wants_initial = false;
		service_event_shared(fx, cl->id, &head, (struct bytes){0});
	}
}

static struct bytes change_event(struct service_effects *fx, const struct cpg_group *g, const struct cpg_changes *left,
				 const struct cpg_changes *joined)
{
	uint32_t members = g->present < CPG_EVENT_LIST_MAX ? g->present : CPG_EVENT_LIST_MAX;
	struct writer w = service_scratch(fx, CPG_DELIVER_HEAD + 3 * CPG_EVENT_LIST_MAX * ADDRESS_SIZE);

	service_reply_head(&w, EVENT_CONFCHG, STATUS_OK);
	write_name(&w, &g->name);
	write_u64(&w, members);
	write_u64(&w, joined != NULL ? joined->count : 0);
	write_u64(&w, left != NULL ? left->count : 0);
	for (const struct cpg_process *p = g->first; members > 0; p = p->next) {
		if (!p->present)
			continue;
		write_address(&w, p->node, p->pid, CPG_REASON_NONE);
		members--;
	}
	write_changes(&w, left);
	write_changes(&w, joined);
	return service_event_keep(fx, &w, 0);
}

void cpg_send_change(struct cpg *c, struct service_effects *fx, struct cpg_group *g, const struct cpg_changes *left,
		     const struct cpg_changes *joined)
{
	struct bytes head;

	if (g->first_client == NULL)
		return;
	head = change_event(fx, g, left, joined);
	for (struct cpg_client *cl = g->first_client; cl != NULL; cl = cl->next) {
		if (!cpg_client_hears(cl))
			continue;
		cl->transitions++;
		service_event_shared(fx, cl->id, &head, (struct bytes){0});
	}
	send_initial_ring(c, fx, g);
}

void cpg_send_one_left(struct cpg *c, struct service_effects *fx, struct cpg_group *g, struct cpg_change left)
{
	struct cpg_changes list;

	list.count = 1;
	list.items[0] = left;
	cpg_send_change(c, fx, g, &list, NULL);
}

static void send_to_group(struct cpg_group *g, struct bytes head, struct bytes data, struct service_effects *fx)
{
	for (const struct cpg_client *cl = g->first_client; cl != NULL; cl = cl->next) {
		if (cpg_client_hears(cl))
			service_event_shared(fx, cl->id, &head, data);
	}
}

void cpg_send_message(struct cpg_group *g, const struct cpg_payload *m, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, CPG_DELIVER_HEAD);

	service_reply_head(&w, EVENT_DELIVER, STATUS_OK);
	write_name(&w, &g->name);
	write_u64(&w, m->data.len);
	write_u64(&w, m->node.v);
	write_u64(&w, m->pid);
	send_to_group(g, service_event_keep(fx, &w, m->data.len), m->data, fx);
}

void cpg_send_fragment(struct cpg_group *g, const struct cpg_payload *m, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, CPG_PARTIAL_HEAD);

	service_reply_head(&w, EVENT_PARTIAL_DELIVER, STATUS_OK);
	write_name(&w, &g->name);
	write_u64(&w, m->total);
	write_u64(&w, m->data.len);
	write_u64(&w, m->node.v);
	write_u64(&w, m->pid);
	write_u64(&w, m->type);
	send_to_group(g, service_event_keep(fx, &w, m->data.len), m->data, fx);
}
