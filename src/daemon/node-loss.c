/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-loss.c - a node that is gone is noticed sooner than by its token (docs/decisions/0003).
 *
 * Every WATCH_MS we look when each node was last heard: a frame of the ring or a
 * pong of knet. After SUSPECT_MS of silence its machine is asked by ICMP echo.
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
	SUSPECT_MS = 500,
	LOST_MS = 900,
	STALL_MS = 300, /* a look that came so late tells more of ourselves than of others */
};

static struct node_watch *watch_of(struct node *n, node_id id)
{
	for (uint32_t i = 0; i < n->watch_count; i++)
		if (node_id_eq(n->watches[i].id, id))
			return &n->watches[i];
	return NULL;
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
	struct node_watch *w = watch_of(arg, id);

	if (w == NULL)
		return;
	w->verdict = verdict;
	w->verdict_at = loop_clock();
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

static void look(void *arg)
{
	struct node *n = arg;
	mono_time now = loop_clock();
	bool stalled = mono_time_since_ms(now, n->looked) > WATCH_MS + STALL_MS;

	n->looked = now;
	loop_timer_set(n->loop, &n->look, WATCH_MS);
	for (uint32_t i = 0; i < n->watch_count; i++) {
		if (stalled && mono_time_is_set(n->watches[i].heard))
			n->watches[i].heard = now;
		look_at(n, &n->watches[i], now);
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
	char line[64];
	struct text t = text_of(line, sizeof line);

	text_add(&t, "node %u is %s", id.v, reachable ? "reachable" : "not reachable");
	node_log(n, MSG_NODE_REACHABLE, line);
	node_links_eager(n, id, !reachable);
	if (reachable)
		engine_node_back(n->engine, loop_now(n->loop), id);
}

void node_loss_open(struct node *n)
{
	const struct echo_handlers handlers = {.arg = n, .verdict = on_verdict};
	struct error why;

	timer_init(&n->look, look, n);
	if (!n->knet)
		return;
	if (echo_open(n->loop, &handlers, &n->echo, &why) != ERR_OK) {
		node_log(n, MSG_EARLY_LOSS_OFF, why.text);
		n->echo = NULL;
		return;
	}
	n->looked = loop_clock();
	loop_timer_set(n->loop, &n->look, WATCH_MS);
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
}
