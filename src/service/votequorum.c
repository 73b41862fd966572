/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Invariants:
 *  1. Nodes ascend strictly by id, none has id 0, and we are among them, not DEAD.
 *  2. A node has extra info exactly if it has memory for it, and not more than VOTEQUORUM_EXTRA_MAX bytes.
 *  3. While we wait for all nodes we are not quorate.
 *  4. Our flags say whether we are quorate and whether we wait for all.
 *  5. A quorum device here is registered under a name; only a registered one is alive, votes or is master.
 *  6. Names end.
 *  7. A tracker is a connected client, once in the list and marked as tracking; nobody else is.
 *  8. Whoever waits for its registration is connected, and a REGISTER is under way.
 *  9. From the first ring on we are a member of it.
 */
#include "service/votequorum-internal.h"

#include "base/text.h"

#include <assert.h>
#include <inttypes.h>

enum { NODEINFO_SIZE = 32, RECONFIGURE_SIZE = 32 };

static void check_nodes(const struct votequorum *v)
{
	const struct votequorum_node *us = NULL;

	for (uint32_t i = 0; i < v->node_count; i++) {
		const struct votequorum_node *n = &v->nodes[i];

		assert(n->id.v > (i == 0 ? 0 : n[-1].id.v));      /* 1 */
		assert((n->extra != NULL) == (n->extra_len > 0)); /* 2 */
		assert(n->extra_len <= VOTEQUORUM_EXTRA_MAX);     /* 2 */
		if (node_id_eq(n->id, v->self))
			us = n;
	}
	assert(us != NULL);                                                      /* 1 */
	assert(us->state != VOTEQUORUM_DEAD);                                    /* 1 */
	assert(((us->flags & NODE_QUORATE) != 0) == v->quorate);                 /* 4 */
	assert(((us->flags & NODE_WAITING_FOR_ALL) != 0) == v->waiting_for_all); /* 4 */
	if (us->flags & NODE_DEVICE_REGISTERED)
		assert(v->device_name[0] != '\0'); /* 5 */
	else
		assert(!(us->flags & (NODE_DEVICE_ALIVE | NODE_DEVICE_CAST_VOTE | NODE_DEVICE_MASTER_WINS))); /* 5 */
}

static void check_clients(const struct votequorum *v)
{
	uint32_t tracking = 0;

	for (uint32_t i = 0; i < CLIENTS_MAX; i++)
		tracking += v->clients[i].tracking;
	assert(tracking == v->tracker_count); /* 7 */
	for (uint32_t i = 0; i < v->tracker_count; i++) {
		const struct votequorum_client *c = &v->clients[client_slot(v->trackers[i])];

		assert(c->id.v == v->trackers[i].v); /* 7 */
		assert(c->tracking);                 /* 7 */
	}
	if (v->registration.client.v != 0) {
		assert(v->registration.sent);                                                             /* 8 */
		assert(v->clients[client_slot(v->registration.client)].id.v == v->registration.client.v); /* 8 */
	}
}

void votequorum_check(const struct votequorum *v)
{
	check_nodes(v);
	check_clients(v);
	if (v->waiting_for_all)
		assert(!v->quorate);                                    /* 3 */
	assert(v->device_name[VOTEQUORUM_NAME_SIZE - 1] == '\0');       /* 6 */
	assert(v->registration.name[VOTEQUORUM_NAME_SIZE - 1] == '\0'); /* 6 */
	if (v->view.members.count > 0)
		assert(node_list_has(&v->view.members, v->self)); /* 9 */
}

void votequorum_send_nodeinfo(struct votequorum *v, node_id id, struct service_effects *fx)
{
	const struct votequorum_node *us = votequorum_self(v);
	bool device = node_id_eq(id, VOTEQUORUM_DEVICE_ID);
	struct writer w = service_scratch(fx, NODEINFO_SIZE);

	assert(device || node_id_eq(id, v->self));
	service_message_head(&w, SERVICE_VOTEQUORUM, VOTEQUORUM_NODEINFO);
	write_u32(&w, id.v);
	write_u32(&w, device ? v->device_votes : us->votes);
	write_u32(&w, device ? 0 : us->expected);
	write_u32(&w, device ? 0 : us->flags);
	service_multicast(fx, &w, (struct bytes){0});
}

void votequorum_send_reconfigure(struct service_effects *fx, enum votequorum_parameter parameter, node_id id,
				 uint32_t value)
{
	struct writer w = service_scratch(fx, RECONFIGURE_SIZE);

	service_message_head(&w, SERVICE_VOTEQUORUM, VOTEQUORUM_RECONFIGURE);
	write_u32(&w, id.v);
	write_u32(&w, value);
	write_u8(&w, (uint8_t)parameter);
	write_pad_to(&w, RECONFIGURE_SIZE);
	service_multicast(fx, &w, (struct bytes){0});
}

/* While we have no quorum, the word of who has it goes; otherwise the highest. */
static void on_device_info(struct votequorum *v, node_id from, uint32_t votes, struct service_effects *fx)
{
	const struct votequorum_node *sender = votequorum_node_find(v, from);
	uint32_t before = v->device_votes;

	if (!v->quorate && sender != NULL && sender->flags & NODE_QUORATE)
		v->device_votes = votes;
	else if (votes > v->device_votes)
		v->device_votes = votes;
	if (v->device_votes != before)
		votequorum_recalculate(v, false, false, fx);
}

/* Our own word tells us nothing about our flags and votes, which may have changed since it was sent; but it counts as
 * the place in the order where they take effect.
 */
static void on_own_info(struct votequorum *v, uint32_t flags, struct service_effects *fx)
{
	bool leaving = (flags & NODE_LEAVING) != 0;

	if (leaving)
		votequorum_self(v)->state = VOTEQUORUM_LEAVING;
	votequorum_recalculate(v, leaving, leaving, fx);
}

static void stop_last_man(struct votequorum *v, struct service_effects *fx)
{
	service_log(fx, MSG_VOTEQ_CONFIG_WARNING,
		    "last_man_standing is off: it works only while every node has one vote");
	v->config.last_man_standing = false;
	service_timer_set(fx, SERVICE_TIMER_LAST_MAN, 0);
}

static bool node_changed(const struct votequorum_node *a, const struct votequorum_node *b)
{
	return a->votes != b->votes || a->expected != b->expected || a->flags != b->flags || a->state != b->state;
}

/* The node's word goes into its record. Whether that may lower the quorum: it leaves, or it has quorum and we have
 * none. */
static bool take_word(struct votequorum *v, struct votequorum_node *n, const struct votequorum_node *said)
{
	struct votequorum_node *us = votequorum_self(v);
	bool quorate = (said->flags & NODE_QUORATE) != 0, leaving = (said->flags & NODE_LEAVING) != 0;

	n->flags = said->flags;
	n->votes = said->votes;
	n->state = leaving ? VOTEQUORUM_LEAVING : VOTEQUORUM_MEMBER;
	if (!v->quorate && quorate)
		us->expected = said->expected;
	n->expected = quorate || v->config.tracking ? said->expected : us->expected;
	return leaving || (!v->quorate && quorate);
}

static void on_node_info(struct votequorum *v, const struct votequorum_node *said, struct service_effects *fx)
{
	struct votequorum_node *n = votequorum_node_find(v, said->id), before = {.state = VOTEQUORUM_DEAD};
	bool is_new = n == NULL, decrease;

	if (is_new)
		n = votequorum_node_add(v, said->id);
	else
		before = *n;
	if (n == NULL)
		return;
	decrease = take_word(v, n, said);
	if (v->config.last_man_standing && n->votes > 1)
		stop_last_man(v, fx);
	if (is_new || n->flags & NODE_FIRST || node_changed(&before, n))
		votequorum_recalculate(v, decrease, n->state == VOTEQUORUM_LEAVING, fx);
	if (v->config.wait_for_all && n->flags & NODE_QUORATE && !(n->flags & NODE_WAITING_FOR_ALL))
		votequorum_wait_for_all(v, false);
}

static void on_nodeinfo(struct votequorum *v, node_id from, struct reader *r, struct service_effects *fx)
{
	struct votequorum_node said = {.id = node_id_of(read_u32(r))};

	said.votes = read_u32(r);
	said.expected = read_u32(r);
	said.flags = read_u32(r);
	if (r->failed)
		return;
	if (node_id_eq(said.id, VOTEQUORUM_DEVICE_ID))
		on_device_info(v, from, said.votes, fx);
	else if (!node_id_eq(said.id, from))
		service_log(fx, MSG_VOTEQ_IGNORED, "node %" PRIu32 " speaks for node %" PRIu32 "; ignored", from.v,
			    said.id.v);
	else if (node_id_eq(from, v->self))
		on_own_info(v, said.flags, fx);
	else
		on_node_info(v, &said, fx);
}

static void barrier_set(struct votequorum *v, uint32_t votes)
{
	v->barrier = votes;
	map_put_u32(v->map, "runtime.votequorum.ev_barrier", votes);
}

static void on_votes_changed(struct votequorum *v, node_id id, uint32_t votes, struct service_effects *fx)
{
	struct votequorum_node *n = votequorum_node_find(v, id);

	if (node_id_eq(id, VOTEQUORUM_DEVICE_ID))
		v->device_votes = votes;
	else if (n != NULL)
		n->votes = votes;
	else
		return;
	votequorum_recalculate(v, true, false, fx);
}

static void on_reconfigure(struct votequorum *v, node_id from, struct reader *r, struct service_effects *fx)
{
	node_id id = node_id_of(read_u32(r));
	uint32_t value = read_u32(r);
	uint8_t parameter = read_u8(r);

	if (r->failed)
		return;
	if (parameter == VOTEQUORUM_SET_EXPECTED && value != 0) {
		service_log(fx, MSG_VOTEQ_EXPECTED, "node %" PRIu32 " sets the expected votes to %" PRIu32, from.v,
			    value);
		votequorum_expect(v, value);
		votequorum_tell_expected(v, fx);
		barrier_set(v, value);
		votequorum_track(v, value, fx);
		votequorum_recalculate(v, true, false, fx);
	} else if (parameter == VOTEQUORUM_SET_VOTES) {
		service_log(fx, MSG_VOTEQ_VOTES, "node %" PRIu32 " sets the votes of node %" PRIu32 " to %" PRIu32,
			    from.v, id.v, value);
		on_votes_changed(v, id, value, fx);
	} else if (parameter == VOTEQUORUM_CANCEL_WAIT) {
		service_log(fx, MSG_VOTEQ_WAIT_CANCELLED, "node %" PRIu32 " ends the waiting for all nodes", from.v);
		if (v->waiting_for_all)
			votequorum_wait_for_all(v, false);
		votequorum_recalculate(v, false, false, fx);
	}
}

static void on_deliver(struct votequorum *v, const struct service_event *ev, struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);

	if (!node_id_is_set(ev->from))
		return;
	read_seek(&r, VOTEQUORUM_BODY_AT);
	switch (ev->fn) {
	case VOTEQUORUM_NODEINFO:
		on_nodeinfo(v, ev->from, &r, fx);
		break;
	case VOTEQUORUM_RECONFIGURE:
		on_reconfigure(v, ev->from, &r, fx);
		break;
	case VOTEQUORUM_DEVICE_REGISTER:
		votequorum_on_device_register(v, ev->from, &r, fx);
		break;
	case VOTEQUORUM_DEVICE_RENAME:
		votequorum_on_device_rename(v, &r);
		break;
	case VOTEQUORUM_EXTRA_INFO:
		votequorum_on_extra_info(v, ev->from, &r, fx);
		break;
	default:
		service_log(fx, MSG_VOTEQ_IGNORED, "node %" PRIu32 " sent message %u, which is not known; ignored",
			    ev->from.v, ev->fn);
		break;
	}
}

/* Some left, and we live on; or we are the half that the tie breaker is in. */
static bool counts_down(struct votequorum *v, const struct view *view, bool left)
{
	const struct votequorum_node *low = votequorum_node_find(v, v->lowest);

	if (view->members.count >= v->quorum && left)
		return true;
	return view->members.count <= v->quorum && v->config.tie != VOTEQUORUM_TIE_NONE && low != NULL &&
	       low->state == VOTEQUORUM_MEMBER;
}

static void on_sync_init(struct votequorum *v, const struct view *view, struct service_effects *fx)
{
	struct votequorum_node *n;
	struct node_list left;

	v->syncing = true;
	v->state_sent = false;
	if (v->config.wait_for_all && !v->quorate) /* the ring before broke while it counted */
		votequorum_wait_for_all(v, true);
	if (view->members.count > 1)
		votequorum_self(v)->flags &= ~(uint32_t)NODE_FIRST;
	node_list_subtract(&v->view.members, &view->members, &left);
	for (uint32_t i = 0; i < left.count; i++) {
		n = votequorum_node_find(v, left.ids[i]);
		if (n != NULL)
			n->state = VOTEQUORUM_DEAD;
	}
	if (v->config.last_man_standing && counts_down(v, view, left.count > 0))
		service_timer_set(fx, SERVICE_TIMER_LAST_MAN, v->config.last_man_window_ms);
	v->before = v->view.members;
	v->view = *view;
	votequorum_device_await(v, fx);
}

static void on_sync_process(struct votequorum *v, struct service_effects *fx)
{
	if (!v->state_sent) {
		votequorum_send_nodeinfo(v, v->self, fx);
		if (votequorum_self(v)->extra_len > 0)
			votequorum_send_extra(v, fx);
		votequorum_send_nodeinfo(v, VOTEQUORUM_DEVICE_ID, fx);
		if (v->device_name[0] != '\0')
			votequorum_send_device(fx, true, v->device_name);
		votequorum_tell_nodelist(v, fx);
		v->state_sent = true;
	}
	fx->sync_again = v->device_awaited;
}

/* Who had quorum and loses it waits for all again; only now is that known, since votes came in one by one. (The
 * reference waits from the first count in between that is too low, and then its nodes can disagree.)
 */
static void on_sync_activate(struct votequorum *v, struct service_effects *fx)
{
	votequorum_recalculate(v, false, false, fx);
	if (v->config.wait_for_all && !v->quorate)
		votequorum_wait_for_all(v, true);
	votequorum_report(v, fx);
	v->syncing = false;
	v->device_awaited = false;
}

static void log_dropped(const struct votequorum_config *c, struct service_effects *fx)
{
	if (c->two_node_dropped)
		service_log(fx, MSG_VOTEQ_CONFIG_WARNING,
			    "two_node and auto_tie_breaker exclude each other; two_node is off");
	if (c->tie_dropped)
		service_log(fx, MSG_VOTEQ_CONFIG_WARNING,
			    "auto_tie_breaker with an odd number of votes needs wait_for_all; auto_tie_breaker is off");
	if (c->tie_nodes_bad)
		service_log(
			fx, MSG_VOTEQ_CONFIG_WARNING,
			"auto_tie_breaker_node is not lowest, highest or a list of node ids; auto_tie_breaker is off");
}

/* What it means in the map. */
static void show_config(struct votequorum *v)
{
	const struct votequorum_config *c = &v->config;

	map_put_u8(v->map, "runtime.votequorum.two_node", c->two_node);
	map_put_u32(v->map, "runtime.votequorum.atb_type", c->tie);
	if (c->device)
		map_put_u8(v->map, "runtime.votequorum.qdevice_can_operate", v->device_can_operate);
	if (c->tracking)
		map_put_u32(v->map, "runtime.votequorum.ev_tracking_barrier", v->tracked);
	if (c->device && c->master_wins)
		map_put_u8(v->map, "runtime.votequorum.qdevice_master_wins", v->master_wins);
}

/* A configuration in force: our own votes and what we expect follow it. */
static void apply(struct votequorum *v, const struct votequorum_config *c, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);

	v->config = *c;
	us->votes = c->votes;
	us->expected = c->tracking && v->tracked > c->expected ? v->tracked : c->expected;
	v->device_votes = c->device_votes;
	v->device_can_operate = true;
	barrier_set(v, us->expected);
	votequorum_track(v, us->expected, fx);
	log_dropped(c, fx);
	show_config(v);
}

static void mark_readonly(struct votequorum *v)
{
	static const char *const keys[] = {
		"quorum.allow_downscale",         "quorum.wait_for_all",
		"quorum.last_man_standing",       "quorum.last_man_standing_window",
		"quorum.expected_votes_tracking", "quorum.auto_tie_breaker",
		"quorum.auto_tie_breaker_node",
	};

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (!map_is_readonly(v->map, keys[i]))
			map_mark_readonly(v->map, keys[i], false);
}

static void on_start(struct votequorum *v, struct service_effects *fx)
{
	struct votequorum_config c;
	struct error error;
	struct service_effect *e;

	if (votequorum_config_read(v->map, NULL, &c, &error) != ERR_OK) {
		service_log(fx, MSG_VOTEQ_CONFIG_ERROR, "%s", error.text);
		e = service_push(fx, SERVICE_EFFECT_EXIT);
		e->head = fx->items[fx->count - 2].head; /* the line just logged says why */
		return;
	}
	mark_readonly(v);
	map_put_u32(v->map, "runtime.votequorum.this_node_id", v->self.v);
	v->master_wins = c.master_wins;
	apply(v, &c, fx);
	if (c.wait_for_all)
		votequorum_wait_for_all(v, true);
	votequorum_recalculate(v, false, false, fx);
	votequorum_send_nodeinfo(v, v->self, fx);
}

/* Waiting follows two_node unless it was asked for; it ends when it is no longer wanted. */
static void on_config(struct votequorum *v, struct service_effects *fx)
{
	struct votequorum_node *us = votequorum_self(v);
	uint32_t votes = us->votes, expected = us->expected;
	struct votequorum_config c;
	struct error error;
	uint8_t cancel = 0;

	if (map_get_u8(v->map, "quorum.cancel_wait_for_all", &cancel) && cancel > 0) {
		map_put_u8(v->map, "quorum.cancel_wait_for_all", 0);
		votequorum_send_reconfigure(fx, VOTEQUORUM_CANCEL_WAIT, v->self, 0);
	}
	if (votequorum_config_read(v->map, &v->config, &c, &error) != ERR_OK) {
		service_log(fx, MSG_VOTEQ_CONFIG_ERROR, "%s; what was in force stays, but the quorum device is off",
			    error.text);
		v->device_can_operate = false;
		map_put_u8(v->map, "runtime.votequorum.qdevice_can_operate", 0);
		return;
	}
	apply(v, &c, fx);
	if (!c.wait_for_all && v->waiting_for_all)
		votequorum_wait_for_all(v, false);
	votequorum_send_nodeinfo(v, v->self, fx);
	votequorum_send_nodeinfo(v, VOTEQUORUM_DEVICE_ID, fx);
	if (us->votes != votes)
		votequorum_send_reconfigure(fx, VOTEQUORUM_SET_VOTES, v->self, us->votes);
	if (us->expected != expected)
		votequorum_send_reconfigure(fx, VOTEQUORUM_SET_EXPECTED, v->self, us->expected);
}

static void on_timeout(struct votequorum *v, enum service_timer timer, struct service_effects *fx)
{
	if (timer == SERVICE_TIMER_QDEVICE)
		votequorum_device_timeout(v, fx);
	if (timer != SERVICE_TIMER_LAST_MAN || !v->config.last_man_standing || !v->quorate)
		return;
	votequorum_recalculate(v, true, true, fx);
	service_log(fx, MSG_VOTEQ_LAST_MAN,
		    "the nodes that are left are the whole now: %" PRIu32 " votes expected, %" PRIu32 " make a quorum",
		    votequorum_self(v)->expected, v->quorum);
}

static void on_leave(struct votequorum *v, struct service_effects *fx)
{
	if (!v->config.allow_downscale)
		return;
	votequorum_self(v)->flags |= NODE_LEAVING;
	votequorum_send_nodeinfo(v, v->self, fx);
}

void votequorum_init(struct votequorum *v, node_id self, struct map *map, struct pool *pool)
{
	struct votequorum_node *us;

	assert(node_id_is_set(self));
	memset(v, 0, sizeof *v);
	v->self = self;
	v->map = map;
	v->pool = pool;
	v->syncing = true;
	us = votequorum_node_add(v, self);
	us->state = VOTEQUORUM_MEMBER;
	us->votes = 1;
	us->flags = NODE_FIRST;
	votequorum_check(v);
}

void votequorum_restore(struct votequorum *v, struct bytes stored)
{
	struct reader r = reader_of(stored);
	uint32_t votes = read_u32(&r);

	if (!r.failed && reader_left(&r) == 0)
		v->tracked = votes;
}

static void on_client(struct votequorum *v, const struct service_event *ev, struct service_effects *fx)
{
	if (ev->type == SERVICE_EVENT_CONNECT) {
		assert(v->clients[client_slot(ev->client)].id.v == 0);
		v->clients[client_slot(ev->client)].id = ev->client;
	} else if (ev->type == SERVICE_EVENT_DISCONNECT) {
		votequorum_disconnect(v, ev->client);
	} else {
		votequorum_request(v, ev, fx);
	}
}

void votequorum_step(struct votequorum *v, const struct service_event *ev, struct service_effects *fx)
{
	votequorum_check(v);
	switch (ev->type) {
	case SERVICE_EVENT_START:
		on_start(v, fx);
		break;
	case SERVICE_EVENT_CONNECT:
	case SERVICE_EVENT_DISCONNECT:
	case SERVICE_EVENT_REQUEST:
		on_client(v, ev, fx);
		break;
	case SERVICE_EVENT_DELIVER:
		on_deliver(v, ev, fx);
		break;
	case SERVICE_EVENT_SYNC_INIT:
		on_sync_init(v, ev->view, fx);
		break;
	case SERVICE_EVENT_SYNC_PROCESS:
		on_sync_process(v, fx);
		break;
	case SERVICE_EVENT_SYNC_ACTIVATE:
		on_sync_activate(v, fx);
		break;
	case SERVICE_EVENT_TIMEOUT:
		on_timeout(v, ev->timer, fx);
		break;
	case SERVICE_EVENT_CONFIG:
		on_config(v, fx);
		break;
	case SERVICE_EVENT_LEAVE:
		on_leave(v, fx);
		break;
	case SERVICE_EVENT_SYNC_ABORT:
	case SERVICE_EVENT_QUORUM:
	case SERVICE_EVENT_RELOADED:
	case SERVICE_EVENT_REOPENED:
	case SERVICE_EVENT_WATCHDOG:
		break;
	}
	votequorum_check(v);
}
