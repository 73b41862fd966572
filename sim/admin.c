/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/admin.h"

#include "sim/device.h"
#include "sim/node.h"

#include <assert.h>

enum {
	TRYSHUTDOWN = 3,
	REPLYTOSHUTDOWN = 4,
	RELOAD = 7,
	TRACKSTART = 10,

	READ_MS = 50,        /* a file, most of the time */
	READ_SLOW_MS = 4000, /* name servers that take their time */
	ASK_AGAIN_MS = 500,
	REGARDLESS = 1,
};

static void soon(struct world *w, const struct node *n, enum admin_event what, uint32_t delay_ms)
{
	struct event *e = world_push(w, w->now_ns + ms_ns(delay_ms), EVENT_ADMIN, n->index);

	e->arg = (uint16_t)what;
	e->boot = n->boot;
}

static bool ask_u32(struct world *w, struct node *n, uint32_t which, uint32_t id, uint32_t value)
{
	uint8_t data[24];
	struct writer out = request_open(data, sizeof data, id);

	write_u32(&out, value);
	write_pad_to(&out, sizeof data);
	return client_ask(w, n, SERVICE_CFG, which, writer_bytes(&out)) == ENGINE_DONE;
}

static void connect(struct world *w, struct node *n, uint32_t which)
{
	client_id c = client_of(n->engine, which);

	engine_connect(n->engine->engine, node_clock(w, n), SERVICE_CFG, c, 100 + c.v, 0, 0);
	engine_node_look(w, n);
}

static bool is_ready(const struct node *n)
{
	return n->up && !n->engine->left && engine_accept(n->engine->engine, SERVICE_CFG, 0, 0) == 0;
}

/* False when the engine does not let clients in. */
static bool connect_both(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;

	if (!is_ready(n))
		return false;
	if (!s->admin.connected) {
		s->admin.connected = true;
		connect(w, n, CLIENT_ADMIN);
		connect(w, n, CLIENT_VOTER);
	}
	if (!s->admin.has_voter)
		s->admin.has_voter = ask_u32(w, n, CLIENT_VOTER, TRACKSTART, 0);
	return true;
}

static void ask_reload(struct world *w, struct node *n)
{
	if (connect_both(w, n))
		(void)ask_u32(w, n, CLIENT_ADMIN, RELOAD, 0);
}

void admin_start(struct world *w, struct node *n)
{
	uint32_t key = w->file.key + 1; /* 0 would be no key */

	n->keys = (struct keys){.places = {0, key, 0}, .now = 1, .next = 1, .writing = 1};
	n->engine->admin.key = key;
}

static void begin_reload(struct world *w, const struct fault *f)
{
	struct node *n = &w->nodes[f->a];

	if (f->value & 1)
		w->file.key++;
	if (f->value & 2)
		w->file.bad |= 1u << f->b;
	if (n->up && n->frozen_until_ns <= w->now_ns)
		ask_reload(w, n);
}

void admin_mend(struct world *w, const struct fault *f)
{
	if (f->kind == FAULT_DEVICE)
		w->nodes[f->a].device_dead--;
	else if (f->value & 2)
		w->file.bad &= ~(1u << f->b);
}

void admin_reload_wanted(struct engine_node *s)
{
	uint32_t delay_ms = dice_chance(&s->dice, 1, 4) ? dice_below(&s->dice, READ_SLOW_MS) : READ_MS;

	s->admin.reloading = true;
	soon(s->world, s->node, ADMIN_RELOADED, delay_ms);
}

static void reloaded(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	struct keys *k = &n->keys;
	uint32_t key = w->file.key + 1;
	bool bad = w->file.bad >> n->index & 1 || (key != s->admin.key && k->prepared);
	bool changed = !bad && key != s->admin.key;

	assert(s->admin.reloading);
	s->admin.reloading = false;
	if (changed) {
		k->next = k->now == 1 ? 2 : 1;
		k->places[k->next] = key;
		k->prepared = true;
		s->admin.key = key;
	}
	if (!bad) {
		n->listed = w->file.listed;
		engine_node_list(w, &s->engine->map, n->listed);
	}
	world_trace(w, n, "admin> file read%s, key %u", bad ? " and refused" : "", key);
	engine_reloaded(s->engine, node_clock(w, n), bad ? STATUS_INVALID_PARAM : STATUS_OK, changed);
	engine_node_look(w, n);
}

void admin_crypto(struct engine_node *s, uint8_t phase)
{
	struct keys *k = &s->node->keys;
	uint32_t old = k->now;

	if (phase == 1) {
		k->writing = k->next;
	} else {
		k->now = k->next;
		k->prepared = false;
		if (old != k->now)
			k->places[old] = 0;
	}
	world_trace(s->world, s->node, "admin> phase %u, writes with key %u", phase, k->places[k->writing]);
}

/* The new node is started when all that run have read of it, or in haste: who has not, does not hear it, and hears of
 * it from those who have.
 */
static void start_new(struct world *w)
{
	struct node *last = &w->nodes[w->options.nodes - 1];

	if (!w->options.grows || last->boot > 0 || w->file.listed < w->options.nodes)
		return;
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (w->nodes[i].up && w->nodes[i].listed < w->file.listed && !w->options.hasty)
			return;
	node_start(w, last);
}

/* Lists the node that is not yet; all are asked to read that. */
static void grow(struct world *w)
{
	if (w->file.listed == w->options.nodes)
		return;
	w->file.listed++;
	world_trace(w, NULL, "admin> lists %u nodes", w->file.listed);
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (w->nodes[i].up)
			soon(w, &w->nodes[i], ADMIN_ASKS_RELOAD, i);
	if (w->options.hasty)
		start_new(w);
}

static bool begin_shutdown(struct world *w, const struct fault *f)
{
	struct node *n = &w->nodes[f->a];
	struct engine_node *s = n->engine;

	if (!n->up || n->frozen_until_ns > w->now_ns || !connect_both(w, n) || s->admin.shutting)
		return false;
	s->admin.vote = f->value & 3;
	s->admin.regardless = f->value >= 8;
	s->admin.yes = !s->admin.has_voter;
	s->admin.shutting = true;
	if (!ask_u32(w, n, CLIENT_ADMIN, TRYSHUTDOWN, s->admin.regardless ? REGARDLESS : 0))
		s->admin.shutting = false;
	return true;
}

bool admin_fault(struct world *w, const struct fault *f)
{
	if (f->kind == FAULT_SHUTDOWN)
		return begin_shutdown(w, f);
	if (f->kind == FAULT_RELOAD)
		begin_reload(w, f);
	else if (f->kind == FAULT_GROW)
		grow(w);
	else
		w->nodes[f->a].device_dead++;
	return true;
}

/* The program is asked. */
void admin_asked(struct engine_node *s)
{
	if (s->admin.vote != ADMIN_VOTE_NEVER)
		soon(s->world, s->node, ADMIN_ANSWERS, 1 + dice_below(&s->dice, 3000));
}

/* While the services synchronise, its answer is not taken. */
static void answer(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	bool yes = s->admin.vote == ADMIN_VOTE_YES;

	if (!s->admin.shutting || s->left)
		return;
	s->admin.yes = s->admin.vote != ADMIN_VOTE_NO;
	if (s->admin.vote == ADMIN_VOTE_GONE) {
		s->admin.has_voter = false;
		engine_disconnect(s->engine, node_clock(w, n), SERVICE_CFG, client_of(s, CLIENT_VOTER));
		engine_node_look(w, n);
		if (!s->left && n->up)
			connect(w, n, CLIENT_VOTER);
		return;
	}
	if (!ask_u32(w, n, CLIENT_VOTER, REPLYTOSHUTDOWN, yes ? 1 : 0)) {
		s->admin.yes = false;
		soon(w, n, ADMIN_ANSWERS, ASK_AGAIN_MS);
	}
}

void admin_reply(struct engine_node *s, client_id client, struct bytes head)
{
	enum { TRYSHUTDOWN_REPLY = 9 };
	struct reader r = reader_of(head);
	uint32_t id = read_u32(&r), status;
	bool right = s->admin.yes || s->admin.regardless;

	read_seek(&r, 16);
	status = read_u32(&r);
	if (id != TRYSHUTDOWN_REPLY || client_slot(client) != CLIENT_ADMIN)
		return;
	world_trace(s->world, s->node, "admin> may leave: %u", status);
	s->admin.shutting = false;
	if (status != (right ? STATUS_OK : STATUS_BUSY))
		world_violation(s->world, "S1", "node %u: asked to leave, it answers %u; its program %s%s",
				s->node->id.v, status, s->admin.yes ? "agrees" : "objects or is silent",
				s->admin.regardless ? ", to which nobody listens" : "");
	s->leave_expected |= right;
}

void admin_left(struct engine_node *s)
{
	soon(s->world, s->node, ADMIN_STOPS, 0);
}

static void stop(struct world *w, struct node *n)
{
	n->machine_up = true;
	node_stop(w, n);
	if (!w->faults_on)
		node_start(w, n);
}

/* Until the node writes with the last key. */
static void ask_again(struct world *w, struct node *n)
{
	bool has_read = n->engine->admin.key == w->file.key + 1 && n->listed == w->file.listed;

	start_new(w);
	if (has_read && n->keys.places[n->keys.writing] == w->file.key + 1)
		return;
	if (!n->engine->admin.reloading && !has_read)
		ask_reload(w, n);
	soon(w, n, ADMIN_ASKS_RELOAD, ASK_AGAIN_MS);
}

void admin_act(struct world *w, struct node *n, uint32_t what)
{
	switch ((enum admin_event)what) {
	case ADMIN_RELOADED:
		reloaded(w, n);
		break;
	case ADMIN_ANSWERS:
		answer(w, n);
		break;
	case ADMIN_STOPS:
		stop(w, n);
		break;
	case ADMIN_ASKS_RELOAD:
		ask_again(w, n);
		break;
	case ADMIN_POLLS:
		device_poll(w, n);
		break;
	}
}

void admin_peace(struct world *w)
{
	w->file.bad = 0;
	grow(w);
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		struct node *n = &w->nodes[i];
		bool is_new = w->options.grows && n->boot == 0;

		if (!n->up && !is_new)
			node_start(w, n);
		if (n->up && w->options.level == SIM_ENGINE)
			soon(w, n, ADMIN_ASKS_RELOAD, 0);
	}
}

static void check_keys(struct world *w)
{
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		const struct node *n = &w->nodes[i];

		const struct keys *k = &n->keys;

		if (n->up && (k->places[k->writing] != w->file.key + 1 || k->prepared))
			world_violation(w, "K2", "node %u writes with key %u and%s reads with another than %u", n->id.v,
					k->places[k->writing], k->prepared ? "" : " not", w->file.key + 1);
	}
}

void admin_last_key(struct world *w)
{
	struct node *n = &w->nodes[w->options.seed % (w->options.nodes - w->options.grows)];

	if (w->options.level != SIM_ENGINE)
		return;
	check_keys(w);
	w->file.key++;
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (w->nodes[i].up)
			w->nodes[i].engine->admin.peace = w->nodes[i].engine->seen_ring;
	ask_reload(w, n);
}

void admin_last_key_check(struct world *w)
{
	if (w->options.level != SIM_ENGINE)
		return;
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		const struct engine_node *s = w->nodes[i].engine;

		if (w->nodes[i].up && !ring_id_eq(s->admin.peace, s->seen_ring))
			world_violation(w, "K1", "node %u: the ring changed with the key", w->nodes[i].id.v);
	}
	check_keys(w);
}
