/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 *  1. A tracker is a connected client, once in the list and marked as tracking; nobody else is.
 *  2. Without a provider the partition is quorate and nothing was reported.
 *  3. kept is a subset of the members activated last.
 *  4. A client's model is 0 or 1.
 *  5. We are in every membership that was activated.
 */
#include "service/quorum.h"

#include "base/text.h"

#include <assert.h>

enum {
	REQUEST_GETQUORATE = 0,
	REQUEST_TRACKSTART = 1,
	REQUEST_TRACKSTOP = 2,
	REQUEST_GETTYPE = 3,
	REQUEST_MODEL_GETTYPE = 4,
};

/* The answers to the two questions for the type have ids of their own, as 3 is an event. */
enum { REPLY_GETTYPE = 4, REPLY_MODEL_GETTYPE = 5 };
enum { EVENT_QUORUM_V0 = 3, EVENT_QUORUM_V1 = 6, EVENT_NODELIST = 7 };
enum { TRACK_CURRENT = 1, TRACK_CHANGES = 2, TRACK_CHANGES_ONLY = 4 };
enum { MODEL_MAX = 1 };
enum { BODY_AT = 16, LISTS_MAX = 3, EVENT_MAX = 64 + 4 * LISTS_MAX * NODES_MAX };

void quorum_check(const struct quorum *q)
{
	uint32_t tracking = 0;

	for (uint32_t i = 0; i < CLIENTS_MAX; i++) {
		tracking += q->clients[i].tracking;
		assert(q->clients[i].model <= MODEL_MAX); /* 4 */
	}
	assert(tracking == q->tracker_count); /* 1 */
	for (uint32_t i = 0; i < q->tracker_count; i++) {
		const struct quorum_client *c = &q->clients[client_slot(q->trackers[i])];

		assert(c->id.v == q->trackers[i].v); /* 1 */
		assert(c->tracking);                 /* 1 */
	}
	if (!q->has_provider) {
		assert(q->quorate);             /* 2 */
		assert(q->reported.count == 0); /* 2 */
	}
	assert(node_list_subset(&q->kept, &q->active)); /* 3 */
	if (q->active.count > 0)
		assert(node_list_has(&q->active, q->self)); /* 5 */
}

static void write_nodes(struct writer *w, const struct node_list *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		write_u32(w, l->ids[i].v);
}

static void send_quorum(struct quorum *q, const struct quorum_client *to, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, EVENT_MAX);
	bool v1 = to->model == 1;

	service_reply_head(&w, v1 ? EVENT_QUORUM_V1 : EVENT_QUORUM_V0, STATUS_OK);
	write_u32(&w, q->quorate);
	write_pad_to(&w, 32);
	if (v1)
		write_u64(&w, q->ring.rep.v);
	write_u64(&w, q->ring.seq);
	write_u32(&w, q->reported.count);
	write_nodes(&w, &q->reported);
	write_zero(&w, 4); /* the struct's tail, before which the list begins */
	service_event_to(fx, to->id, &w, (struct bytes){0});
}

static void send_nodelist(struct quorum *q, const struct quorum_client *to, const struct node_list *joined,
			  const struct node_list *left, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, EVENT_MAX);

	service_reply_head(&w, EVENT_NODELIST, STATUS_OK);
	write_u64(&w, q->active_ring.rep.v);
	write_u64(&w, q->active_ring.seq);
	write_u64(&w, q->active.count);
	write_u64(&w, joined->count);
	write_u32(&w, left->count);
	write_nodes(&w, &q->active);
	write_nodes(&w, joined);
	write_nodes(&w, left);
	write_zero(&w, 4);
	service_event_to(fx, to->id, &w, (struct bytes){0});
}

static const struct quorum_client *tracker(const struct quorum *q, uint32_t newest)
{
	return &q->clients[client_slot(q->trackers[q->tracker_count - 1 - newest])];
}

static void log_nodes(struct service_effects *fx, enum message_id id, const char *what, const struct node_list *l)
{
	char line[1024];
	struct text t = text_of(line, sizeof line);

	text_add_nodes(&t, l);
	service_log(fx, id, "%s (%u): %s", what, l->count, line);
}

static void on_report(struct quorum *q, const struct service_event *ev, struct service_effects *fx)
{
	bool changed = q->quorate != ev->quorate;
	bool moved = !node_list_eq(&q->reported, &ev->view->members);

	assert(q->has_provider);
	q->quorate = ev->quorate;
	q->ring = ev->view->ring;
	q->reported = ev->view->members;
	if (changed && q->quorate)
		log_nodes(fx, MSG_QUORUM_GAINED, "this partition has quorum; members", &q->reported);
	else if (changed)
		log_nodes(fx, MSG_QUORUM_LOST, "this partition has no quorum; members", &q->reported);
	else if (moved)
		log_nodes(fx, MSG_QUORUM_MEMBERS, q->quorate ? "members, with quorum" : "members, without quorum",
			  &q->reported);
	for (uint32_t i = 0; i < q->tracker_count; i++)
		send_quorum(q, tracker(q, i), fx);
}

static void on_sync_init(struct quorum *q, const struct view *view)
{
	if (!q->forming)
		q->kept = q->active;
	q->forming = true;
	node_list_intersect(&q->kept, &view->trans, &q->kept);
}

static void on_sync_activate(struct quorum *q, const struct view *view, struct service_effects *fx)
{
	struct node_list joined, left;

	node_list_subtract(&q->active, &q->kept, &left);
	node_list_subtract(&view->members, &q->kept, &joined);
	q->active = view->members;
	q->active_ring = view->ring;
	q->kept.count = 0;
	q->forming = false;
	if (joined.count > 0)
		log_nodes(fx, MSG_QUORUM_CHANGE, "joined", &joined);
	if (left.count > 0)
		log_nodes(fx, MSG_QUORUM_CHANGE, "left", &left);
	for (uint32_t i = 0; i < q->tracker_count; i++)
		if (tracker(q, i)->model == 1)
			send_nodelist(q, tracker(q, i), &joined, &left, fx);
}

static void tracker_remove(struct quorum *q, struct quorum_client *c)
{
	uint32_t n = 0;

	if (!c->tracking)
		return;
	c->tracking = false;
	for (uint32_t i = 0; i < q->tracker_count; i++)
		if (q->trackers[i].v != c->id.v)
			q->trackers[n++] = q->trackers[i];
	q->tracker_count = n;
}

static void track_start(struct quorum *q, struct quorum_client *c, uint32_t flags, struct service_effects *fx)
{
	const struct node_list nobody = {0};
	enum status status = STATUS_OK;

	if (flags & (TRACK_CURRENT | TRACK_CHANGES)) {
		if (c->model == 1)
			send_nodelist(q, c, &nobody, &nobody, fx);
		send_quorum(q, c, fx);
	}
	if (c->tracking) {
		status = STATUS_EXIST;
	} else if (flags & (TRACK_CHANGES | TRACK_CHANGES_ONLY)) {
		c->tracking = true;
		q->trackers[q->tracker_count++] = c->id;
	}
	service_reply_status(fx, c->id, REQUEST_TRACKSTART, status);
}

/* A number is the whole answer. */
static void reply_number(struct service_effects *fx, client_id to, int32_t id, enum status status, uint32_t number)
{
	struct writer w = service_scratch(fx, 32);

	service_reply_head(&w, id, status);
	write_u32(&w, number);
	write_zero(&w, 4);
	service_reply(fx, to, &w, (struct bytes){0});
}

static void on_request(struct quorum *q, const struct service_event *ev, struct service_effects *fx)
{
	struct quorum_client *c = &q->clients[client_slot(ev->client)];
	struct reader r = reader_of(ev->message);
	uint32_t number = 0;

	assert(c->id.v == ev->client.v);
	if (ev->fn == REQUEST_TRACKSTART || ev->fn == REQUEST_MODEL_GETTYPE) {
		read_seek(&r, BODY_AT);
		number = read_u32(&r);
	}
	if (r.failed || ev->fn > REQUEST_MODEL_GETTYPE) {
		service_reply_status(fx, c->id, 0, STATUS_INVALID_PARAM);
	} else if (ev->fn == REQUEST_GETQUORATE) {
		reply_number(fx, c->id, REQUEST_GETQUORATE, STATUS_OK, q->quorate);
	} else if (ev->fn == REQUEST_TRACKSTART) {
		track_start(q, c, number, fx);
	} else if (ev->fn == REQUEST_TRACKSTOP) {
		tracker_remove(q, c);
		service_reply_status(fx, c->id, REQUEST_TRACKSTOP, STATUS_OK);
	} else if (ev->fn == REQUEST_GETTYPE) {
		reply_number(fx, c->id, REPLY_GETTYPE, STATUS_OK, q->has_provider);
	} else if (number > MODEL_MAX) {
		reply_number(fx, c->id, REPLY_MODEL_GETTYPE, STATUS_INVALID_PARAM, 0);
	} else {
		c->model = number;
		reply_number(fx, c->id, REPLY_MODEL_GETTYPE, STATUS_OK, q->has_provider);
	}
}

void quorum_init(struct quorum *q, node_id self, bool has_provider)
{
	*q = (struct quorum){.self = self, .has_provider = has_provider, .quorate = !has_provider};
	quorum_check(q);
}

static void disconnect(struct quorum *q, client_id client)
{
	struct quorum_client *c = &q->clients[client_slot(client)];

	if (c->id.v != client.v)
		return;
	tracker_remove(q, c);
	*c = (struct quorum_client){0};
}

void quorum_step(struct quorum *q, const struct service_event *ev, struct service_effects *fx)
{
	quorum_check(q);
	switch (ev->type) {
	case SERVICE_EVENT_CONNECT:
		assert(q->clients[client_slot(ev->client)].id.v == 0);
		q->clients[client_slot(ev->client)].id = ev->client;
		break;
	case SERVICE_EVENT_DISCONNECT:
		disconnect(q, ev->client);
		break;
	case SERVICE_EVENT_REQUEST:
		on_request(q, ev, fx);
		break;
	case SERVICE_EVENT_SYNC_INIT:
		on_sync_init(q, ev->view);
		break;
	case SERVICE_EVENT_SYNC_PROCESS:
		fx->sync_again = false;
		break;
	case SERVICE_EVENT_SYNC_ACTIVATE:
		on_sync_activate(q, ev->view, fx);
		break;
	case SERVICE_EVENT_QUORUM:
		on_report(q, ev, fx);
		break;
	case SERVICE_EVENT_START:
	case SERVICE_EVENT_DELIVER:
	case SERVICE_EVENT_SYNC_ABORT:
	case SERVICE_EVENT_TIMEOUT:
	case SERVICE_EVENT_CONFIG:
	case SERVICE_EVENT_RELOADED:
	case SERVICE_EVENT_REOPENED:
	case SERVICE_EVENT_WATCHDOG:
	case SERVICE_EVENT_LEAVE:
		break;
	}
	quorum_check(q);
}
