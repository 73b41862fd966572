/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net.h"

#include "sim/link.h"
#include "totem/wire.h"

#include <assert.h>
#include <stdlib.h>

enum { STREAM_LINK = 1000, STRAY_MS_MAX = 6000, MEMORY = 16 };

struct link {
	uint64_t count;   /* packets sent */
	uint64_t last_ns; /* arrival of the last, for fifo */
	uint32_t cuts;
	struct dice dice;
	struct packet *memory[MEMORY]; /* what it carried, but for messages */
};

struct held {
	struct packet *packet;
	uint32_t to;
	struct held *next;
};

struct net {
	struct link links[SIM_NODES_MAX][SIM_NODES_MAX];
	struct held *held[SIM_NODES_MAX], **held_end[SIM_NODES_MAX];
};

struct net *net_new(void)
{
	struct net *t = calloc(1, sizeof *t);

	if (t == NULL)
		abort();
	return t;
}

void net_reset(struct world *w)
{
	struct net *t = w->net;

	for (uint32_t a = 0; a < SIM_NODES_MAX; a++) {
		while (t->held[a] != NULL) {
			struct held *h = t->held[a];

			t->held[a] = h->next;
			packet_drop(h->packet);
			free(h);
		}
		t->held_end[a] = &t->held[a];
		for (uint32_t b = 0; b < SIM_NODES_MAX; b++) {
			for (uint32_t i = 0; i < MEMORY; i++)
				packet_drop(t->links[a][b].memory[i]);
			t->links[a][b] =
				(struct link){.dice = dice_of(w->options.seed, STREAM_LINK + a * SIM_NODES_MAX + b)};
		}
	}
}

bool net_hears(const struct world *w, uint32_t from, uint32_t to)
{
	return w->net->links[from][to].cuts == 0;
}

void net_cut(struct world *w, uint32_t from, uint32_t to, int more)
{
	struct link *l = &w->net->links[from][to];

	assert(more > 0 || l->cuts > 0);
	l->cuts += (uint32_t)more;
}

static void arrive(struct world *w, uint32_t from, uint32_t to, struct packet *p, uint64_t delay_ns, bool in_order)
{
	struct link *l = &w->net->links[from][to];
	uint64_t at_ns = w->now_ns + delay_ns;
	struct event *e;

	if (in_order && at_ns <= l->last_ns)
		at_ns = l->last_ns + 1;
	if (in_order)
		l->last_ns = at_ns;
	e = world_push(w, at_ns, EVENT_PACKET, to);
	e->arg = (uint16_t)from;
	e->packet = p;
	p->refs++;
	w->packets++;
}

/* Says again what the link carried before, and remembers what it carries now. */
static void replay(struct world *w, uint32_t from, uint32_t to, struct packet *p, struct dice *d)
{
	struct packet **old = &w->net->links[from][to].memory[dice_below(d, MEMORY)];

	if (w->options.replay == 0 || !w->bad_network || !w->faults_on || p->data[3] == WIRE_MCAST)
		return;
	if (*old != NULL && dice_chance(d, w->options.replay, 1000))
		arrive(w, from, to, *old, ms_ns(dice_below(d, 1000)), false);
	if (!dice_chance(d, 1, 4))
		return;
	packet_drop(*old);
	*old = p;
	p->refs++;
}

static bool is_deaf(const struct world *w, uint32_t from, uint32_t to, const struct packet *p)
{
	if (!w->deaf.on || w->deaf.by != to)
		return false;
	return w->deaf.all || (w->deaf.of == from && p->data[3] == WIRE_MCAST);
}

static void send_one(struct world *w, uint32_t from, uint32_t to, struct packet *p)
{
	const struct options *o = &w->options;
	struct link *l = &w->net->links[from][to];
	struct dice d = dice_of(l->dice.state, ++l->count);
	uint32_t copies = 1, delay_us;
	bool stray;

	if (l->cuts > 0 || is_deaf(w, from, to, p) ||
	    dice_chance(&d, (w->bad_network ? o->loss : 0) + w->extra_loss, 1000))
		return;
	if (w->bad_network && dice_chance(&d, o->dup, 1000))
		copies = 2;
	while (copies-- > 0) {
		delay_us = o->delay_us + (dice_below(&d, o->spread_us) + dice_below(&d, o->spread_us)) / 2;
		stray = w->bad_network && w->faults_on && dice_chance(&d, o->stray, 1000);
		if (stray)
			delay_us += 1000 * dice_below(&d, STRAY_MS_MAX);
		arrive(w, from, to, p, 1000ull * delay_us, o->fifo && !stray);
	}
	replay(w, from, to, p, &d);
}

static void hold(struct world *w, uint32_t from, uint32_t to, struct packet *p)
{
	struct held *h = malloc(sizeof *h);

	if (h == NULL)
		abort();
	*h = (struct held){p, to, NULL};
	p->refs++;
	*w->net->held_end[from] = h;
	w->net->held_end[from] = &h->next;
}

void net_send(struct world *w, const struct node *from, node_id to, struct bytes b)
{
	struct packet *p = packet_new(b);

	p->key = from->keys.places[from->keys.writing];
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		if (i == from->index || (node_id_is_set(to) && !node_id_eq(to, w->nodes[i].id)) || !link_is_up(from, i))
			continue;
		if (from->clogged > 0)
			hold(w, from->index, i, p);
		else
			send_one(w, from->index, i, p);
	}
	packet_drop(p);
}

void net_loop(struct world *w, const struct node *n, struct bytes b)
{
	struct packet *p = packet_new(b);

	arrive(w, n->index, n->index, p, 20000, true);
	packet_drop(p);
}

void net_clog(struct world *w, uint32_t node, int more)
{
	struct net *t = w->net;

	w->nodes[node].clogged += (uint32_t)more;
	if (w->nodes[node].clogged > 0)
		return;
	while (t->held[node] != NULL) {
		struct held *h = t->held[node];

		t->held[node] = h->next;
		send_one(w, node, h->to, h->packet);
		packet_drop(h->packet);
		free(h);
	}
	t->held_end[node] = &t->held[node];
}
