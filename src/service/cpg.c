/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/cpg.h"

#include "service/cpg-internal.h"

#include <assert.h>

void cpg_init(struct cpg *c, node_id self, struct pool *pool)
{
	assert(pool != NULL);
	memset(c, 0, sizeof *c);
	c->self = self;
	c->pool = pool;
}

struct cpg_client *cpg_client_of(struct cpg *c, client_id id)
{
	struct cpg_client *cl = &c->clients[client_slot(id)];

	return id.v != 0 && cl->id.v == id.v ? cl : NULL;
}

bool cpg_client_hears(const struct cpg_client *cl)
{
	return cl->state == CPG_JOINED || cl->state == CPG_LEAVING;
}

bool cpg_client_join(struct cpg *c, struct cpg_client *cl, const struct cpg_name *name, uint32_t pid)
{
	struct cpg_group *g = cpg_group_get(c, name);

	assert(cl->state == CPG_UNJOINED);
	if (g == NULL)
		return false;
	cl->state = CPG_JOINING;
	cl->group = g;
	cl->pid = pid;
	cl->next = NULL;
	cl->prev = g->last_client;
	if (g->last_client != NULL)
		g->last_client->next = cl;
	else
		g->first_client = cl;
	g->last_client = cl;
	g->holders++;
	return true;
}

static void client_unchain(struct cpg_client *cl)
{
	struct cpg_group *g = cl->group;

	if (cl->prev != NULL)
		cl->prev->next = cl->next;
	else
		g->first_client = cl->next;
	if (cl->next != NULL)
		cl->next->prev = cl->prev;
	else
		g->last_client = cl->prev;
	cl->prev = NULL;
	cl->next = NULL;
}

void cpg_client_unjoin(struct cpg *c, struct cpg_client *cl)
{
	struct cpg_group *g = cl->group;

	assert(g != NULL);
	if (!cl->finalized)
		client_unchain(cl);
	cl->group = NULL;
	cl->state = CPG_UNJOINED;
	cl->pid = 0;
	cl->wants_initial = false;
	cl->sending = false;
	g->holders--;
	(void)cpg_group_tidy(c, g);
}

void cpg_client_finalize(struct cpg_client *cl)
{
	if (cl->group != NULL && !cl->finalized)
		client_unchain(cl);
	cl->finalized = true;
}

static void client_connect(struct cpg *c, client_id id)
{
	struct cpg_client *cl = &c->clients[client_slot(id)];

	assert(id.v != 0);
	assert(cl->id.v == 0);
	*cl = (struct cpg_client){.id = id};
}

/* The process is gone, so its group hears of it; if it had asked to leave, the
 * PROCLEAVE is on its way already.
 */
static void client_disconnect(struct cpg *c, client_id id, struct service_effects *fx)
{
	struct cpg_client *cl = cpg_client_of(c, id);

	if (cl == NULL)
		return;
	if (cl->group != NULL) {
		if (cl->state != CPG_LEAVING)
			cpg_multicast_leave(fx, cl, CPG_REASON_PROCDOWN);
		cpg_client_unjoin(c, cl);
	}
	cpg_iterators_free(c, cl);
	cl->id = (client_id){0};
}

void cpg_step(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	switch (ev->type) {
	case SERVICE_EVENT_CONNECT:
		client_connect(c, ev->client);
		break;
	case SERVICE_EVENT_DISCONNECT:
		client_disconnect(c, ev->client, fx);
		break;
	case SERVICE_EVENT_REQUEST:
		cpg_request(c, ev, fx);
		break;
	case SERVICE_EVENT_DELIVER:
		cpg_deliver(c, ev, fx);
		break;
	case SERVICE_EVENT_SYNC_INIT:
		cpg_sync_init(c, ev->view);
		break;
	case SERVICE_EVENT_SYNC_PROCESS:
		cpg_sync_process(c, fx);
		break;
	case SERVICE_EVENT_SYNC_ACTIVATE:
		cpg_sync_activate(c, ev->view, fx);
		break;
	case SERVICE_EVENT_SYNC_ABORT:
		cpg_sync_abort(c);
		break;
	case SERVICE_EVENT_START:
	case SERVICE_EVENT_TIMEOUT:
	case SERVICE_EVENT_CONFIG:
	case SERVICE_EVENT_QUORUM:
	case SERVICE_EVENT_RELOADED:
	case SERVICE_EVENT_REOPENED:
	case SERVICE_EVENT_WATCHDOG:
	case SERVICE_EVENT_LEAVE:
		break;
	}
}

uint32_t cpg_member_count(const struct cpg *c, const void *name, size_t length)
{
	const struct cpg_group *g = cpg_group_find(c, bytes_of(name, length));

	return g == NULL ? 0 : g->present;
}

enum cpg_state cpg_client_state(const struct cpg *c, client_id id)
{
	const struct cpg_client *cl = &c->clients[client_slot(id)];

	return cl->id.v == id.v ? cl->state : CPG_UNJOINED;
}

static void check_processes(const struct cpg_group *g, uint32_t *ret_count)
{
	const struct cpg_process *before = NULL;
	bool recent_found = g->recent_sender == NULL;
	uint32_t present = 0;

	for (const struct cpg_process *p = g->first; p != NULL; before = p, p = p->next) {
		recent_found = recent_found || (g->recent_sender == p && p->present);
		assert(p->prev == before);
		assert(p->present || p->listed);
		if (before != NULL && node_id_eq(before->node, p->node))
			assert(before->pid < p->pid);
		else if (before != NULL)
			assert(before->node.v < p->node.v);
		present += p->present;
		(*ret_count)++;
	}
	assert(g->last == before);
	assert(g->present == present);
	assert(recent_found);
}

static uint32_t check_chain(const struct cpg_group *g)
{
	const struct cpg_client *before = NULL;
	uint32_t n = 0;

	for (const struct cpg_client *cl = g->first_client; cl != NULL; before = cl, cl = cl->next) {
		assert(cl->prev == before);
		assert(cl->group == g);
		assert(!cl->finalized);
		assert(cl->state != CPG_UNJOINED);
		n++;
	}
	assert(g->last_client == before);
	return n;
}

/* Adds what the group's chains and what the clients' own words say, which must come to the same. */
static void check_client(const struct cpg_client *cl, uint32_t *holding, uint32_t *chained)
{
	assert((cl->group != NULL) == (cl->state != CPG_UNJOINED));
	if (cl->state == CPG_UNJOINED)
		assert(!cl->wants_initial);
	if (cl->state == CPG_UNJOINED)
		assert(!cl->sending);
	assert(cl->iterator_count <= CPG_ITERATORS_MAX);
	*holding += cl->group != NULL;
	*chained += cl->group != NULL && !cl->finalized;
}

void cpg_check(const struct cpg *c)
{
	uint32_t processes = 0, chained = 0, holding = 0, chain_lengths = 0, holders = 0;
	bool recent_found = c->recent_group == NULL;

	for (uint32_t i = 0; i < c->group_count; i++) {
		const struct cpg_group *g = c->groups[i];

		recent_found = recent_found || g == c->recent_group;
		if (i > 0)
			assert(cpg_name_compare(cpg_name_bytes(&c->groups[i - 1]->name), cpg_name_bytes(&g->name)) < 0);
		assert(g->first != NULL || g->holders > 0);
		check_processes(g, &processes);
		chain_lengths += check_chain(g);
		holders += g->holders;
	}
	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		if (c->clients[i].id.v != 0)
			check_client(&c->clients[i], &holding, &chained);
	}
	assert(recent_found);
	assert(processes == c->process_count);
	assert(chain_lengths == chained);
	assert(holders == holding);
}
