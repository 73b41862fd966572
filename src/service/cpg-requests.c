/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service/cpg-internal.h"

#include <assert.h>

enum cpg_request {
	REQUEST_JOIN = 0,
	REQUEST_LEAVE = 1,
	REQUEST_MCAST = 2,
	REQUEST_MEMBERSHIP = 3,
	REQUEST_LOCAL = 4,
	REQUEST_ITERATION_INIT = 5,
	REQUEST_ITERATION_NEXT = 6,
	REQUEST_ITERATION_FINALIZE = 7,
	REQUEST_FINALIZE = 8,
	REQUEST_ZC_ALLOC = 9,
	REQUEST_ZC_FREE = 10,
	REQUEST_ZC_EXECUTE = 11,
	REQUEST_PARTIAL = 12,
	REQUEST_COUNT = 13,
};

enum { HEADER = 16, EVENT_HEADER = 24, MCAST_HEAD = 40, PARTIAL_HEAD = 56, MEMBERSHIP_ENTRY = 24 };
enum { FLAG_INITIAL_TOTEM_CONF = 1 };

static_assert(CPG_PARTIAL_HEAD > CPG_DELIVER_HEAD, "what fits as a fragment fits as a message");

/* What the id of the answer is, from which length on a request is whole, and
 * whether it needs the ring (engine-ipc.md §1.4, §2.1). The zero copy answers
 * are those that the library of 3.1.7 expects.
 */
static const struct {
	uint32_t size_min;
	int8_t answer; /* -1: none, ever */
	bool needs_ring;
} requests[REQUEST_COUNT] = {
	[REQUEST_JOIN] = {168, 0, true},
	[REQUEST_LEAVE] = {160, 1, true},
	[REQUEST_MCAST] = {MCAST_HEAD, -1, true},
	[REQUEST_MEMBERSHIP] = {152, 3, false},
	[REQUEST_LOCAL] = {HEADER, 7, false},
	[REQUEST_ITERATION_INIT] = {160, 9, false},
	[REQUEST_ITERATION_NEXT] = {24, 10, false},
	[REQUEST_ITERATION_FINALIZE] = {24, 11, false},
	[REQUEST_FINALIZE] = {HEADER, 12, true},
	[REQUEST_ZC_ALLOC] = {152, 14, true},
	[REQUEST_ZC_FREE] = {32, 15, true},
	[REQUEST_ZC_EXECUTE] = {24, 2, true},
	[REQUEST_PARTIAL] = {PARTIAL_HEAD, 18, true},
};

bool cpg_request_needs_ring(uint16_t fn)
{
	return fn < REQUEST_COUNT && requests[fn].needs_ring;
}

static uint32_t read_slot(struct reader *r)
{
	uint32_t v = read_u32(r);

	read_skip(r, 4);
	return v;
}

static void multicast_process(struct service_effects *fx, const struct cpg_client *cl, uint16_t fn,
			      enum cpg_reason reason)
{
	struct writer w = service_scratch(fx, HEADER + CPG_NAME_SIZE + 16);

	service_message_head(&w, SERVICE_CPG, fn);
	write_bytes(&w, &cl->group->name, CPG_NAME_SIZE);
	write_u64(&w, cl->pid);
	write_u64(&w, (uint64_t)reason);
	service_multicast(fx, &w, (struct bytes){0});
}

void cpg_multicast_leave(struct service_effects *fx, const struct cpg_client *cl, enum cpg_reason reason)
{
	multicast_process(fx, cl, CPG_PROCLEAVE, reason);
}

static bool joined_by_other(const struct cpg_group *g, uint32_t pid)
{
	for (const struct cpg_client *cl = g->first_client; cl != NULL; cl = cl->next) {
		if (cl->pid == pid)
			return true;
	}
	return false;
}

/* The order of the checks is what a client of the reference sees (§2.2). */
static enum status join_check(struct cpg *c, const struct cpg_client *cl, const struct cpg_name *name, uint32_t pid,
			      struct service_effects *fx)
{
	const struct cpg_group *g = cpg_group_find(c, cpg_name_bytes(name));
	const struct cpg_process *p;

	if (g != NULL && joined_by_other(g, pid))
		return STATUS_EXIST;
	p = g != NULL ? cpg_process_find(g, c->self, pid) : NULL;
	if (p != NULL)
		return STATUS_TRY_AGAIN;
	if (cl->state == CPG_LEAVING)
		return STATUS_BUSY;
	if (cl->state != CPG_UNJOINED)
		return STATUS_EXIST;
	if (g != NULL && g->present >= CPG_EVENT_LIST_MAX) {
		service_log(fx, MSG_CPG_GROUP_FULL, "process %u cannot join a group that has %u members already", pid,
			    g->present);
		return STATUS_NO_RESOURCES;
	}
	return c->process_count < CPG_PROCESSES_MAX ? STATUS_OK : STATUS_NO_RESOURCES;
}

static enum status request_join(struct cpg *c, struct cpg_client *cl, struct reader *r, struct service_effects *fx)
{
	struct cpg_name name;
	uint32_t pid, flags;
	enum status status;

	if (cl->finalized)
		return STATUS_BAD_HANDLE;
	if (!cpg_name_read(r, &name))
		return STATUS_NAME_TOO_LONG;
	pid = read_slot(r);
	flags = read_slot(r);
	status = join_check(c, cl, &name, pid, fx);
	if (status != STATUS_OK)
		return status;
	if (!cpg_client_join(c, cl, &name, pid))
		return STATUS_NO_MEMORY;
	cl->wants_initial = (flags & FLAG_INITIAL_TOTEM_CONF) != 0;
	multicast_process(fx, cl, CPG_PROCJOIN, CPG_REASON_JOIN);
	return STATUS_OK;
}

static enum status request_leave(struct cpg_client *cl, struct reader *r, struct service_effects *fx)
{
	struct bytes name;

	if (cl->finalized)
		return STATUS_BAD_HANDLE;
	if (!cpg_name_peek(r, &name))
		return STATUS_NAME_TOO_LONG;
	if (cl->state == CPG_UNJOINED || cl->state == CPG_LEAVING)
		return STATUS_NOT_EXIST;
	if (!bytes_eq(cpg_name_bytes(&cl->group->name), name))
		return STATUS_NOT_EXIST;
	if (cl->state == CPG_JOINING)
		return STATUS_BUSY;
	cl->state = CPG_LEAVING;
	cpg_multicast_leave(fx, cl, CPG_REASON_LEAVE);
	return STATUS_OK;
}

static bool may_send(const struct cpg_client *cl)
{
	return !cl->finalized && (cl->state == CPG_JOINING || cl->state == CPG_JOINED);
}

/* The tail of an ordered message's head: who sent it. The token means nothing to anybody, and nobody may trust it. */
static void write_source(struct writer *w, const struct cpg *c, const struct cpg_client *cl)
{
	write_u64(w, c->self.v);
	write_u64(w, cl->id.v);
}

static void drop_mcast(struct cpg_client *cl, const char *why, struct service_effects *fx)
{
	if (cl->complained)
		return;
	cl->complained = true;
	service_log(fx, MSG_CPG_REQUEST_DROPPED, "dropped a multicast of process %u: %s", cl->pid, why);
}

static void request_mcast(struct cpg *c, struct cpg_client *cl, const struct service_event *ev,
			  struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);
	struct bytes data;
	uint32_t length;
	struct writer w;

	read_seek(&r, MCAST_HEAD - 8);
	length = read_slot(&r);
	if (r.failed || length != reader_left(&r) || length > REQUEST_MAX - CPG_DELIVER_HEAD) {
		drop_mcast(cl, "its length is not what it says", fx);
		return;
	}
	if (!may_send(cl)) {
		drop_mcast(cl, "it has not joined a group", fx);
		return;
	}
	data = bytes_of(read_bytes(&r, length), length);
	w = service_scratch(fx, CPG_DELIVER_HEAD);
	service_message_head(&w, SERVICE_CPG, CPG_MCAST);
	write_bytes(&w, &cl->group->name, CPG_NAME_SIZE);
	write_u64(&w, length);
	write_u64(&w, cl->pid);
	write_source(&w, c, cl);
	service_multicast(fx, &w, data);
}

/* A message in fragments must reach the same members from its first to its
 * last: if a change was sent to this client in between, it is told to give up.
 */
static enum status fragment_check(struct cpg_client *cl, uint32_t type, uint32_t total, uint32_t length)
{
	if (type == CPG_FRAGMENT_FIRST) {
		cl->sending = true;
		cl->send_transitions = cl->transitions;
		cl->send_total = total;
		cl->send_so_far = 0;
	}
	if (!cl->sending || cl->send_transitions != cl->transitions) {
		cl->sending = false;
		return STATUS_INTERRUPT;
	}
	if (total != cl->send_total || length > total - cl->send_so_far) {
		cl->sending = false;
		return STATUS_INVALID_PARAM;
	}
	cl->send_so_far += length;
	if (type != CPG_FRAGMENT_LAST)
		return STATUS_OK;
	cl->sending = false;
	return cl->send_so_far == total ? STATUS_OK : STATUS_INVALID_PARAM;
}

static enum status request_partial(struct cpg *c, struct cpg_client *cl, const struct service_event *ev,
				   struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);
	uint32_t total, length, type;
	enum status status;
	struct writer w;

	read_seek(&r, EVENT_HEADER + 8);
	total = read_slot(&r);
	length = read_slot(&r);
	type = read_slot(&r);
	if (r.failed || length != reader_left(&r) || length > REQUEST_MAX - CPG_PARTIAL_HEAD)
		return STATUS_INVALID_PARAM;
	if (type < CPG_FRAGMENT_FIRST || type > CPG_FRAGMENT_LAST)
		return STATUS_INVALID_PARAM;
	if (!may_send(cl))
		return STATUS_NOT_EXIST;
	status = fragment_check(cl, type, total, length);
	if (status != STATUS_OK)
		return status;
	w = service_scratch(fx, CPG_PARTIAL_HEAD);
	service_message_head(&w, SERVICE_CPG, CPG_PARTIAL);
	write_bytes(&w, &cl->group->name, CPG_NAME_SIZE);
	write_u64(&w, total);
	write_u64(&w, length);
	write_u64(&w, cl->pid);
	write_u64(&w, type);
	write_source(&w, c, cl);
	service_multicast(fx, &w, bytes_of(read_bytes(&r, length), length));
	return STATUS_OK;
}

/* The library copies as many entries as the reply counts before it looks at the
 * error, so that the reply has all its fields in any case.
 */
static void request_membership(struct cpg *c, client_id to, struct reader *r, struct service_effects *fx)
{
	const struct cpg_group *g = NULL;
	struct writer w = service_scratch(fx, EVENT_HEADER + 8 + NODES_MAX * MEMBERSHIP_ENTRY);
	enum status status = STATUS_NAME_TOO_LONG;
	struct bytes name;
	uint32_t count = 0;

	if (cpg_name_peek(r, &name)) {
		status = STATUS_OK;
		g = cpg_group_find(c, name);
	}
	if (g != NULL)
		count = g->present < CPG_EVENT_LIST_MAX ? g->present : CPG_EVENT_LIST_MAX;
	service_reply_head(&w, requests[REQUEST_MEMBERSHIP].answer, status);
	write_u64(&w, count);
	for (const struct cpg_process *p = count > 0 ? g->first : NULL; count > 0; p = p->next) {
		if (!p->present)
			continue;
		write_u64(&w, p->node.v);
		write_u64(&w, p->pid);
		write_u64(&w, CPG_REASON_NONE);
		count--;
	}
	write_pad_to(&w, EVENT_HEADER + 8 + NODES_MAX * MEMBERSHIP_ENTRY);
	service_reply(fx, to, &w, (struct bytes){0});
}

static void request_local(const struct cpg *c, client_id to, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, 32);

	service_reply_head(&w, requests[REQUEST_LOCAL].answer, STATUS_OK);
	write_u64(&w, c->self.v);
	service_reply(fx, to, &w, (struct bytes){0});
}

static void dispatch(struct cpg *c, struct cpg_client *cl, const struct service_event *ev, struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);
	enum status status = STATUS_OK;

	read_seek(&r, HEADER);
	switch ((enum cpg_request)ev->fn) {
	case REQUEST_JOIN:
		status = request_join(c, cl, &r, fx);
		break;
	case REQUEST_LEAVE:
		status = request_leave(cl, &r, fx);
		break;
	case REQUEST_MCAST:
		request_mcast(c, cl, ev, fx);
		return;
	case REQUEST_MEMBERSHIP:
		request_membership(c, ev->client, &r, fx);
		return;
	case REQUEST_LOCAL:
		request_local(c, ev->client, fx);
		return;
	case REQUEST_ITERATION_INIT:
	case REQUEST_ITERATION_NEXT:
	case REQUEST_ITERATION_FINALIZE:
		cpg_iteration_request(c, cl, ev, fx);
		return;
	case REQUEST_FINALIZE:
		cpg_client_finalize(cl);
		break;
	case REQUEST_ZC_ALLOC:
	case REQUEST_ZC_FREE:
	case REQUEST_ZC_EXECUTE:
		status = STATUS_NOT_SUPPORTED;
		break;
	case REQUEST_PARTIAL:
		status = request_partial(c, cl, ev, fx);
		break;
	case REQUEST_COUNT:
		return;
	}
	service_reply_status(fx, ev->client, requests[ev->fn].answer, status);
}

/* fn is only the low half of the id, which may be any number. */
static bool known(const struct service_event *ev)
{
	struct reader r = reader_of(ev->message);

	return ev->fn < REQUEST_COUNT && read_u32(&r) == ev->fn;
}

void cpg_request(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct cpg_client *cl = cpg_client_of(c, ev->client);

	if (cl == NULL)
		return;
	if (!known(ev))
		service_reply_status(fx, ev->client, 0, STATUS_INVALID_PARAM);
	else if (ev->message.len >= requests[ev->fn].size_min)
		dispatch(c, cl, ev, fx);
	else if (requests[ev->fn].answer >= 0)
		service_reply_status(fx, ev->client, requests[ev->fn].answer, STATUS_INVALID_PARAM);
	else
		drop_mcast(cl, "it is cut short", fx);
}
