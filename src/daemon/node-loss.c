/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-loss.c - a node that is gone is noticed sooner than by its token (docs/decisions/0003).
 *
 * Each node watches its two neighbours in the ring, so that the cost does not grow
 * with the ring: who notices tells all others by its JOIN. While the ring gathers,
 * all are watched: then everybody who lives sends a JOIN every 50 ms.
 *
 * We look when a node was last heard: a frame of the ring or a pong of knet. While
 * all is well that is when the first of them would be suspected, as an idle ring
 * shall cost little; else every WATCH_MS: when the ring gathers, the neighbours are
 * others or the network has told of a node. After SUSPECT_MS of silence its machine
 * is asked by ICMP echo.
 * If it has been silent for LOST_MS and its machine does not answer either, or if
 * its machine answers that nobody listens at the ring's port, the ring is told. A
 * machine that answers is a stalled process: then the token decides, as ever.
 */
#include "daemon/node-internal.h"

#include "base/text.h"

#include <netinet/in.h>
#include <string.h>

enum {
	WATCH_MS = 100,
	CALM_MS = 5000,   /* while nobody is near */
	SUSPECT_MS = 700, /* a pong every 500 ms, and knet looks every 200 ms */
	LOST_MS = 1100,
	STALL_MS = 300, /* a look that came so late tells more of ourselves than of others */
};

static struct node_watch *watch_of(struct node *n, node_id id)
{
	for (uint32_t i = 0; i < n->watch_count; i++)
		if (node_id_eq(n->watches[i].id, id))
			return &n->watches[i];
	return NULL;
}

static void look_again(struct node *n, uint32_t in_ms)
{
	n->look_due = mono_time_add_ms(loop_now(n->loop), in_ms);
	loop_timer_set_at(n->loop, &n->look, n->look_due);
}

static void look_soon(struct node *n)
{
	mono_time soon = mono_time_add_ms(loop_now(n->loop), WATCH_MS);

	if (timer_is_set(&n->look) && mono_time_before(soon, n->look_due))
		look_again(n, WATCH_MS);
}

static void lost(struct node *n, struct node_watch *w)
{
	if (w->lost)
		return;
	w->lost = true;
	engine_node_lost(n->engine, loop_now(n->loop), w->id);
}

/* A verdict holds until we hear of the node again: the kernel of a machine whose engine is dead says so once a second.
 */
static void heard(struct node *n, struct node_watch *w)
{
	bool overtaken = w->verdict != ECHO_UNKNOWN && mono_time_before(w->verdict_at, w->heard);

	if (w->suspected || overtaken) {
		echo_trust(n->echo, w->id);
		w->verdict = ECHO_UNKNOWN;
	}
	w->suspected = false;
	if (!w->lost)
		return;
	w->lost = false;
	engine_node_back(n->engine, loop_now(n->loop), w->id);
}

static void on_verdict(void *arg, node_id id, enum echo_verdict verdict)
{
	struct node *n = arg;
	struct node_watch *w = watch_of(n, id);

	if (w == NULL)
		return;
	w->verdict = verdict;
	w->verdict_at = loop_clock();
	look_soon(n);
}

/* The later of the last frame and the last pong. */
static mono_time last_heard(struct node *n, struct node_watch *w)
{
	struct transport_node_status s;

	if (transport_node_status(n->transport, w->id, &s) == ERR_OK && mono_time_before(w->heard, s.last_pong))
		w->heard = s.last_pong;
	return w->heard;
}

static void look_at(struct node *n, struct node_watch *w, mono_time now)
{
	mono_time at = last_heard(n, w);
	uint64_t silent_ms = mono_time_since_ms(now, at);

	if (!mono_time_is_set(at))
		return;
	if (silent_ms < SUSPECT_MS) {
		heard(n, w);
		return;
	}
	if (!w->suspected) {
		w->suspected = true;
		echo_suspect(n->echo, w->id);
	}
	if (w->verdict == ECHO_NO_ENGINE || (w->verdict == ECHO_DEAD && silent_ms >= LOST_MS))
		lost(n, w);
}

static bool is_odd(const struct node_watch *w)
{
	return w->suspected || w->lost || w->verdict == ECHO_NO_ENGINE;
}

/* When something can have changed. */
static uint32_t next_look_ms(const struct node *n, mono_time now, bool all)
{
	uint64_t next_ms = all ? WATCH_MS : CALM_MS;

	for (uint32_t i = 0; i < n->watch_count; i++) {
		const struct node_watch *w = &n->watches[i];
		uint64_t silent_ms = mono_time_since_ms(now, w->heard), left_ms = WATCH_MS;

		if (!is_odd(w) && !w->near)
			continue;
		if (!is_odd(w) && mono_time_is_set(w->heard) && silent_ms < SUSPECT_MS)
			left_ms = SUSPECT_MS - silent_ms;
		if (left_ms < next_ms)
			next_ms = left_ms;
	}
	return (uint32_t)next_ms;
}

static void look(void *arg)
{
	struct node *n = arg;
	mono_time now = loop_clock();
	bool all = n->engine->ring.state != RING_OPERATIONAL;
	bool stalled = mono_time_since_ms(now, n->look_due) > STALL_MS;

	for (uint32_t i = 0; i < n->watch_count; i++) {
		struct node_watch *w = &n->watches[i];

		if (stalled && mono_time_is_set(w->heard))
			w->heard = now;
		if (all || w->near || is_odd(w))
			look_at(n, w, now);
	}
	look_again(n, next_look_ms(n, now, all));
}

bool node_is_near(struct node *n, node_id id)
{
	const struct node_watch *w = watch_of(n, id);

	return w != NULL && w->near;
}

/* The members before and after us; the ring is a circle. */
static bool is_neighbour(const struct node_list *members, node_id self, node_id id)
{
	for (uint32_t i = 0; i < members->count; i++) {
		uint32_t next = (i + 1) % members->count;

		if (node_id_eq(members->ids[i], self) && node_id_eq(members->ids[next], id))
			return true;
		if (node_id_eq(members->ids[i], id) && node_id_eq(members->ids[next], self))
			return true;
	}
	return false;
}

void node_loss_gather(struct node *n)
{
	look_soon(n);
}

void node_loss_view(struct node *n, const struct view *view)
{
	for (uint32_t i = 0; i < n->watch_count; i++) {
		struct node_watch *w = &n->watches[i];
		bool near = is_neighbour(&view->members, n->self, w->id);

		if (near == w->near)
			continue;
		w->near = near;
		look_soon(n);
		if (w->reachable)
			node_links_care(n, w->id, near ? CARE_NEAR : CARE_CALM);
	}
}

void node_loss_heard(struct node *n, node_id id)
{
	struct node_watch *w = watch_of(n, id);

	if (w != NULL)
		w->heard = loop_now(n->loop);
}

void node_loss_reachable(struct node *n, node_id id, bool reachable)
{
	struct node_watch *w = watch_of(n, id);
	char line[64];
	struct text t = text_of(line, sizeof line);

	text_add(&t, "node %u is %s", id.v, reachable ? "reachable" : "not reachable");
	node_log(n, MSG_NODE_REACHABLE, line);
	if (w != NULL)
		w->reachable = reachable;
	node_links_care(n, id, !reachable ? CARE_EAGER : node_is_near(n, id) ? CARE_NEAR : CARE_CALM);
	if (reachable)
		engine_node_back(n->engine, loop_now(n->loop), id);
}

void node_loss_open(struct node *n)
{
	const struct echo_handlers handlers = {.arg = n, .verdict = on_verdict};
	struct error why;

	const char *wanted = map_get_string(&n->settings->map, "totem.early_loss");

	timer_init(&n->look, look, n);
	if (!n->knet || (wanted != NULL && strcmp(wanted, "no") == 0))
		return;
	if (echo_open(n->loop, &handlers, &n->echo, &why) != ERR_OK) {
		node_log(n, MSG_EARLY_LOSS_OFF, why.text);
		n->echo = NULL;
		return;
	}
	look_again(n, WATCH_MS);
}

static void watch_add(struct node *n, const struct totem_config *config, const struct node_config *node)
{
	struct sockaddr_storage addresses[LINKS_MAX];
	struct node_watch *w = &n->watches[n->watch_count];
	uint32_t count = 0;
	struct error why;

	for (uint8_t l = 0; l < LINKS_MAX; l++)
		if (node->links >> l & 1)
			node_sockaddr(&node->address[l], config->links[l].port, &addresses[count++]);
	*w = (struct node_watch){.id = node->id};
	if (echo_watch(n->echo, node->id, addresses, count, &why) == ERR_OK)
		n->watch_count++;
	else
		node_log(n, MSG_EARLY_LOSS_OFF, why.text);
}

void node_loss_watch(struct node *n, const struct totem_config *config)
{
	if (n->echo == NULL)
		return;
	for (uint32_t i = 0; i < n->watch_count; i++)
		if (totem_config_node(config, n->watches[i].id) == NULL)
			echo_forget(n->echo, n->watches[i].id);
	n->watch_count = 0;
	for (uint32_t i = 0; i < config->node_count; i++)
		if (i != config->local)
			watch_add(n, config, &config->nodes[i]);
	node_loss_view(n, &n->engine->view);
}
