/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Requests of clients and events for trackers (engine-ipc.md §4). Fields here are not aligned to 8 bytes each, unlike
 * those of the other services.
 */
#include "service/votequorum-internal.h"

#include <assert.h>

enum {
	REQUEST_GETINFO = 0,
	REQUEST_SETEXPECTED = 1,
	REQUEST_SETVOTES = 2,
	REQUEST_TRACKSTART = 3,
	REQUEST_TRACKSTOP = 4,
	REQUEST_DEVICE_FIRST = 5,
	REQUEST_SET_EXTRA = 10,
	REQUEST_GET_EXTRA = 11,
};

enum { REPLY_STATUS = 0, REPLY_GETINFO = 1, REPLY_GET_EXTRA = 6 };
enum { EVENT_QUORUM = 3, EVENT_EXPECTED = 4, EVENT_NODELIST = 5, EVENT_EXTRA = 7 };
enum { TRACK_CURRENT = 1, TRACK_CHANGES = 2, TRACK_CHANGES_ONLY = 4 };
enum { GETINFO_SIZE = 320, NAME_AT = 60 };

/* Flags of GETINFO. */
enum {
	INFO_TWO_NODE = 1,
	INFO_QUORATE = 2,
	INFO_WAIT_FOR_ALL = 4,
	INFO_LAST_MAN_STANDING = 8,
	INFO_AUTO_TIE_BREAKER = 16,
	INFO_ALLOW_DOWNSCALE = 32,
	INFO_DEVICE_REGISTERED = 64,
	INFO_DEVICE_ALIVE = 128,
	INFO_DEVICE_CAST_VOTE = 256,
	INFO_DEVICE_MASTER_WINS = 512,
	INFO_DEVICE_EXTRA_INFO = 1024,
};

void votequorum_reply(struct service_effects *fx, client_id to, enum status status)
{
	service_reply_status(fx, to, REPLY_STATUS, status);
}

static const struct votequorum_client *tracker(const struct votequorum *v, uint32_t newest)
{
	return &v->clients[client_slot(v->trackers[v->tracker_count - 1 - newest])];
}

static void send_quorum(struct votequorum *v, client_id to, uint64_t context, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, 48 + 8 * (NODES_MAX + 1));
	const struct votequorum_node *us = votequorum_self(v);
	bool device = (us->flags & NODE_DEVICE_REGISTERED) != 0;

	service_reply_head(&w, EVENT_QUORUM, STATUS_OK);
	write_u64(&w, v->quorate);
	write_u64(&w, context);
	write_u64(&w, v->node_count + device);
	for (uint32_t i = 0; i < v->node_count; i++) {
		write_u32(&w, v->nodes[i].id.v);
		write_u32(&w, v->nodes[i].state);
	}
	if (device) {
		write_u32(&w, VOTEQUORUM_DEVICE_ID.v);
		write_u32(&w, 0); /* a device has no state */
	}
	service_event_to(fx, to, &w, (struct bytes){0});
}

static void send_expected(struct votequorum *v, client_id to, uint64_t context, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, 40);

	service_reply_head(&w, EVENT_EXPECTED, STATUS_OK);
	write_u64(&w, context);
	write_u64(&w, votequorum_self(v)->expected);
	service_event_to(fx, to, &w, (struct bytes){0});
}

static void send_nodelist(struct votequorum *v, client_id to, uint64_t context, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, 56 + 4 * NODES_MAX);

	service_reply_head(&w, EVENT_NODELIST, STATUS_OK);
	write_u64(&w, context);
	write_u64(&w, v->view.ring.rep.v);
	write_u64(&w, v->view.ring.seq);
	write_u64(&w, v->view.members.count);
	for (uint32_t i = 0; i < v->view.members.count; i++)
		write_u32(&w, v->view.members.ids[i].v);
	service_event_to(fx, to, &w, (struct bytes){0});
}

static void send_extra(const struct votequorum_node *n, client_id to, uint64_t context, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, 48 + VOTEQUORUM_EXTRA_MAX);

	service_reply_head(&w, EVENT_EXTRA, STATUS_OK);
	write_u64(&w, context);
	write_u64(&w, n->id.v);
	write_u64(&w, n->extra_len);
	write_bytes(&w, n->extra, n->extra_len);
	service_event_to(fx, to, &w, (struct bytes){0});
}

void votequorum_tell_quorum(struct votequorum *v, struct service_effects *fx)
{
	for (uint32_t i = 0; i < v->tracker_count; i++)
		send_quorum(v, tracker(v, i)->id, tracker(v, i)->context, fx);
}

void votequorum_tell_expected(struct votequorum *v, struct service_effects *fx)
{
	for (uint32_t i = 0; i < v->tracker_count; i++)
		send_expected(v, tracker(v, i)->id, tracker(v, i)->context, fx);
}

void votequorum_tell_nodelist(struct votequorum *v, struct service_effects *fx)
{
	for (uint32_t i = 0; i < v->tracker_count; i++)
		send_nodelist(v, tracker(v, i)->id, tracker(v, i)->context, fx);
}

/* Libraries that do not know this event fail on it, so only those get it that have shown that they do. */
void votequorum_tell_extra(struct votequorum *v, const struct votequorum_node *n, struct service_effects *fx)
{
	for (uint32_t i = 0; i < v->tracker_count; i++)
		if (tracker(v, i)->knows_extra)
			send_extra(n, tracker(v, i)->id, tracker(v, i)->context, fx);
}

static uint32_t info_flags(const struct votequorum *v, const struct votequorum_node *n)
{
	uint32_t f = 0;

	f |= v->config.two_node ? INFO_TWO_NODE : 0u;
	f |= v->quorate ? INFO_QUORATE : 0u;
	f |= v->config.wait_for_all ? INFO_WAIT_FOR_ALL : 0u;
	f |= v->config.last_man_standing ? INFO_LAST_MAN_STANDING : 0u;
	f |= v->config.tie != VOTEQUORUM_TIE_NONE ? INFO_AUTO_TIE_BREAKER : 0u;
	f |= v->config.allow_downscale ? INFO_ALLOW_DOWNSCALE : 0u;
	f |= n->flags & NODE_DEVICE_REGISTERED ? INFO_DEVICE_REGISTERED : 0u;
	f |= n->flags & NODE_DEVICE_ALIVE ? INFO_DEVICE_ALIVE : 0u;
	f |= n->flags & NODE_DEVICE_CAST_VOTE ? INFO_DEVICE_CAST_VOTE : 0u;
	f |= n->flags & NODE_DEVICE_MASTER_WINS ? INFO_DEVICE_MASTER_WINS : 0u;
	f |= n->flags & NODE_EXTRA_INFO ? INFO_DEVICE_EXTRA_INFO : 0u;
	return f;
}

static void write_info(struct writer *w, const struct votequorum *v, const struct votequorum_node *n)
{
	uint64_t total = n->flags & NODE_DEVICE_CAST_VOTE ? v->device_votes : 0;
	uint32_t highest = 0;

	for (uint32_t i = 0; i < v->node_count; i++) {
		if (v->nodes[i].state != VOTEQUORUM_MEMBER)
			continue;
		total += v->nodes[i].votes;
		if (v->nodes[i].expected > highest)
			highest = v->nodes[i].expected;
	}
	write_u32(w, n->id.v);
	write_u32(w, n->state);
	write_u32(w, n->votes);
	write_u32(w, n->expected);
	write_u32(w, highest);
	write_u32(w, total > UINT32_MAX ? UINT32_MAX : (uint32_t)total);
	write_u32(w, v->quorum);
	write_u32(w, info_flags(v, n));
	write_u32(w, v->device_votes);
	assert(w->len == NAME_AT);
	write_bytes(w, v->device_name, VOTEQUORUM_NAME_SIZE);
}

/* 0 means ourselves in a client's mouth. */
static struct votequorum_node *asked_node(struct votequorum *v, uint32_t id)
{
	return id == 0 ? votequorum_self(v) : votequorum_node_find(v, node_id_of(id));
}

static void get_info(struct votequorum *v, client_id from, uint32_t id, struct service_effects *fx)
{
	const struct votequorum_node *n = asked_node(v, id);
	struct writer w = service_scratch(fx, GETINFO_SIZE);

	service_reply_head(&w, REPLY_GETINFO, n != NULL ? STATUS_OK : STATUS_NOT_EXIST);
	if (n != NULL)
		write_info(&w, v, n);
	write_pad_to(&w, GETINFO_SIZE);
	service_reply(fx, from, &w, (struct bytes){0});
}

/* Nothing is set here but by the ordered message, except what is expected, so that the next request of a client sees
 * it. Downscaling plays no part: the caller says what it wants.
 */
static enum status set_expected(struct votequorum *v, uint32_t expected, struct service_effects *fx)
{
	uint32_t barrier = v->barrier, quorum;
	uint64_t votes;

	if (expected == 0)
		return STATUS_INVALID_PARAM;
	v->barrier = 0;
	quorum = votequorum_calculate(v, true, expected, &votes);
	v->barrier = barrier;
	if (expected < votes || (v->quorate && quorum > votes))
		return STATUS_INVALID_PARAM;
	votequorum_expect(v, expected);
	votequorum_send_reconfigure(fx, VOTEQUORUM_SET_EXPECTED, v->self, expected);
	return STATUS_OK;
}

/* Here, and only here, 0 means the device in a client's mouth. */
static enum status set_votes(struct votequorum *v, uint32_t votes, uint32_t id, struct service_effects *fx)
{
	bool device = id == VOTEQUORUM_DEVICE_ID.v && (v->config.device || v->device_name[0] != '\0');
	struct votequorum_node *n = votequorum_node_find(v, node_id_of(id));
	uint32_t before, quorum, *place;
	uint64_t total;

	if (n == NULL && !device)
		return STATUS_NAME_NOT_FOUND;
	place = device ? &v->device_votes : &n->votes;
	before = *place;
	*place = votes;
	quorum = votequorum_calculate(v, true, 0, &total);
	*place = before;
	if (quorum < total / 2 || quorum > total)
		return STATUS_INVALID_PARAM;
	votequorum_send_reconfigure(fx, VOTEQUORUM_SET_VOTES, node_id_of(id), votes);
	return STATUS_OK;
}

static enum status track_start(struct votequorum *v, struct votequorum_client *c, uint64_t context, uint32_t flags,
			       struct service_effects *fx)
{
	if (flags & (TRACK_CURRENT | TRACK_CHANGES)) {
		send_nodelist(v, c->id, context, fx);
		send_quorum(v, c->id, context, fx);
		for (uint32_t i = 0; i < v->node_count && c->knows_extra; i++)
			if (v->nodes[i].extra_len > 0)
				send_extra(&v->nodes[i], c->id, context, fx);
	}
	if (c->tracking)
		return STATUS_EXIST;
	if (flags & (TRACK_CHANGES | TRACK_CHANGES_ONLY)) {
		c->tracking = true;
		c->context = context;
		v->trackers[v->tracker_count++] = c->id;
	}
	return STATUS_OK;
}

static enum status track_stop(struct votequorum *v, struct votequorum_client *c)
{
	uint32_t n = 0;

	if (!c->tracking)
		return STATUS_NOT_EXIST;
	c->tracking = false;
	for (uint32_t i = 0; i < v->tracker_count; i++)
		if (v->trackers[i].v != c->id.v)
			v->trackers[n++] = v->trackers[i];
	v->tracker_count = n;
	return STATUS_OK;
}

static void get_extra(struct votequorum *v, client_id from, uint32_t id, struct service_effects *fx)
{
	const struct votequorum_node *n = asked_node(v, id);
	struct writer w = service_scratch(fx, 32 + VOTEQUORUM_EXTRA_MAX);
	bool there = n != NULL && n->extra_len > 0;

	service_reply_head(&w, REPLY_GET_EXTRA, there ? STATUS_OK : STATUS_NOT_EXIST);
	write_u32(&w, there ? n->extra_len : 0);
	if (there)
		write_bytes(&w, n->extra, n->extra_len);
	write_zero(&w, 4);
	service_reply(fx, from, &w, (struct bytes){0});
}

void votequorum_disconnect(struct votequorum *v, client_id client)
{
	struct votequorum_client *c = &v->clients[client_slot(client)];

	if (c->id.v != client.v)
		return;
	(void)track_stop(v, c);
	if (v->registration.client.v == client.v)
		v->registration.client = (client_id){0};
	*c = (struct votequorum_client){0};
}

/* Requests that are answered by a status alone. */
static enum status plain(struct votequorum *v, struct votequorum_client *c, uint16_t fn, struct reader *r,
			 struct service_effects *fx)
{
	uint64_t context;
	uint32_t a, b;

	if (fn == REQUEST_TRACKSTOP)
		return track_stop(v, c);
	context = fn == REQUEST_TRACKSTART ? read_u64(r) : 0;
	a = read_u32(r);
	b = fn == REQUEST_SETVOTES ? read_u32(r) : 0;
	if (r->failed)
		return STATUS_INVALID_PARAM;
	if (fn == REQUEST_SETEXPECTED)
		return set_expected(v, a, fx);
	if (fn == REQUEST_SETVOTES)
		return set_votes(v, a, b, fx);
	return track_start(v, c, context, a, fx);
}

void votequorum_request(struct votequorum *v, const struct service_event *ev, struct service_effects *fx)
{
	struct votequorum_client *c = &v->clients[client_slot(ev->client)];
	struct reader r = reader_of(ev->message);
	uint32_t id;

	assert(c->id.v == ev->client.v);
	read_seek(&r, VOTEQUORUM_BODY_AT);
	if (ev->fn == REQUEST_GETINFO || ev->fn == REQUEST_GET_EXTRA) {
		id = read_u32(&r);
		if (r.failed) {
			votequorum_reply(fx, c->id, STATUS_INVALID_PARAM);
			return;
		}
		c->knows_extra |= ev->fn == REQUEST_GET_EXTRA;
		if (ev->fn == REQUEST_GETINFO)
			get_info(v, c->id, id, fx);
		else
			get_extra(v, c->id, id, fx);
	} else if (ev->fn < REQUEST_DEVICE_FIRST) {
		votequorum_reply(fx, c->id, plain(v, c, ev->fn, &r, fx));
	} else if (ev->fn <= REQUEST_SET_EXTRA) {
		c->knows_extra |= ev->fn == REQUEST_SET_EXTRA;
		votequorum_device_request(v, c, ev->fn, &r, fx);
	} else {
		votequorum_reply(fx, c->id, STATUS_INVALID_PARAM);
	}
}
