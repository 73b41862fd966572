/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/check.h"

#include "base/text.h"

#include <assert.h>
#include <stdlib.h>

enum { SLOTS = 1 << 14, MESSAGE_BYTES = 512 * 1024, FILLING = 4096 };

/* Those that go from one ring to another together. */
struct passage {
	const struct record *from;
	struct node_list trans;
	uint64_t hash;
	uint32_t count, told_at;
	node_id first;
	struct passage *next;
};

/* What is known of a ring. */
struct record {
	struct ring_id id;
	struct node_list members;
	uint32_t installed; /* mask */
	uint64_t *packets;  /* hash of each, in order */
	uint32_t count, size;
	struct passage *passages;
};

/* Where a node is. */
struct place {
	struct record *ring;
	uint32_t count;
	uint64_t hash, seq;
	bool changing;
	struct ring_id next;
	struct node_list trans;
	uint32_t told_at;
};

struct seen {
	uint32_t boot;
	uint64_t number;
	bool together; /* since this number */
};

struct check {
	struct record *records[SLOTS];
	struct place places[SIM_NODES_MAX];
	struct seen seen[SIM_NODES_MAX][SIM_NODES_MAX]; /* receiver, sender */
	uint64_t submitted[SIM_NODES_MAX];
	uint8_t message[MESSAGE_BYTES];
	uint8_t filling[MESSAGE_BYTES + FILLING];
};

struct check *check_new(void)
{
	struct check *c = calloc(1, sizeof *c);
	struct dice d = {1};

	if (c == NULL)
		abort();
	for (size_t i = 0; i < sizeof c->filling; i++)
		c->filling[i] = (uint8_t)dice_roll(&d);
	return c;
}

void check_reset(struct world *w)
{
	struct check *c = w->check;

	for (uint32_t i = 0; i < SLOTS; i++) {
		struct record *r = c->records[i];

		if (r == NULL)
			continue;
		while (r->passages != NULL) {
			struct passage *p = r->passages;

			r->passages = p->next;
			free(p);
		}
		free(r->packets);
		free(r);
		c->records[i] = NULL;
	}
	memset(c->places, 0, sizeof c->places);
	memset(c->seen, 0, sizeof c->seen);
	memset(c->submitted, 0, sizeof c->submitted);
}

static struct record *record_of(struct world *w, struct ring_id id)
{
	struct check *c = w->check;
	uint32_t i = (uint32_t)((id.seq * 0x9e3779b97f4a7c15u ^ id.rep.v * 0x85ebca6bu) % SLOTS);

	for (uint32_t tries = 0; c->records[i] != NULL; tries++) {
		if (ring_id_eq(c->records[i]->id, id))
			return c->records[i];
		if (tries == SLOTS / 2)
			world_violation(w, "L3", "more rings than a calm cluster can use");
		i = (i + 1) % SLOTS;
	}
	c->records[i] = calloc(1, sizeof *c->records[i]);
	if (c->records[i] == NULL)
		abort();
	c->records[i]->id = id;
	return c->records[i];
}

void check_start(struct world *w, const struct node *n)
{
	struct place *p = &w->check->places[n->index];

	*p = (struct place){.seq = p->seq};
	w->check->submitted[n->index] = 0;
	memset(w->check->seen[n->index], 0, sizeof w->check->seen[n->index]);
}

static const char *ring_text(struct ring_id id, char *buffer, size_t size)
{
	struct text t = text_of(buffer, size);

	text_add_ring(&t, id);
	return t.data;
}

void check_packet(struct world *w, const struct node *n, node_id from, struct bytes b)
{
	struct place *p = &w->check->places[n->index];
	uint64_t h = bytes_hash(b) ^ from.v * 0x9e3779b97f4a7c15u;
	struct record *r = p->ring;
	char text[64];

	w->delivered++;
	world_hash(w, h);
	if (r == NULL)
		world_violation(w, "R4", "node %u: a packet of node %u before any ring", n->id.v, from.v);
	if (!node_list_has(p->changing ? &p->trans : &r->members, from))
		world_violation(w, p->changing ? "R4" : "R3", "node %u: a packet of node %u, who is not in %s", n->id.v,
				from.v, ring_text(r->id, text, sizeof text));
	p->hash = (p->hash ^ h) * 0x9fb21c651e98df25u;
	p->hash ^= p->hash >> 31;
	p->count++;
	if (p->changing)
		return;
	if (p->count > r->size) {
		r->size = r->size == 0 ? 64 : 2 * r->size;
		r->packets = realloc(r->packets, r->size * sizeof *r->packets);
		if (r->packets == NULL)
			abort();
	}
	if (p->count > r->count)
		r->packets[r->count++] = h;
	if (r->packets[p->count - 1] != h)
		world_violation(w, "R3", "node %u: packet %u of ring %s is another one than elsewhere", n->id.v,
				p->count, ring_text(r->id, text, sizeof text));
}

void check_transitional(struct world *w, const struct node *n, struct ring_id ring, const struct node_list *nodes)
{
	struct place *p = &w->check->places[n->index];

	if (p->changing)
		world_violation(w, "R4", "node %u: TRANSITIONAL twice", n->id.v);
	p->changing = true;
	p->next = ring;
	p->trans = *nodes;
	node_list_sort(&p->trans);
	p->told_at = p->count;
	world_hash(w, ring.seq ^ (uint64_t)nodes->count << 32);
	if (p->ring == NULL) {
		if (nodes->count > 0 && (nodes->count > 1 || !node_id_eq(nodes->ids[0], n->id)))
			world_violation(w, "R5", "node %u: others come along with one that starts", n->id.v);
		return;
	}
	if (!node_list_has(nodes, n->id))
		world_violation(w, "R5", "node %u does not come along with itself", n->id.v);
	if (!node_list_subset(nodes, &p->ring->members))
		world_violation(w, "R5", "node %u: one comes along that was not in the old ring", n->id.v);
}

static void check_members(struct world *w, const struct node *n, struct record *r, const struct node_list *nodes)
{
	struct place *p = &w->check->places[n->index];
	char text[64];

	ring_text(r->id, text, sizeof text);
	if (r->installed == 0) {
		r->members = *nodes;
		for (uint32_t i = 1; i < nodes->count; i++)
			if (nodes->ids[i - 1].v >= nodes->ids[i].v)
				world_violation(w, "R2", "node %u: members of %s do not ascend", n->id.v, text);
	}
	if (!node_list_eq(&r->members, nodes))
		world_violation(w, "R1", "node %u: ring %s has other members than elsewhere", n->id.v, text);
	if (r->installed >> n->index & 1)
		world_violation(w, "R1", "node %u: ring %s for the second time", n->id.v, text);
	if (r->id.seq <= p->seq)
		world_violation(w, "R1", "node %u: ring %s after number %llx", n->id.v, text,
				(unsigned long long)p->seq);
	if (!node_list_has(nodes, n->id) || !node_list_has(nodes, r->id.rep))
		world_violation(w, "R2", "node %u: it or the representative is not in ring %s", n->id.v, text);
	if (!node_list_subset(&p->trans, nodes))
		world_violation(w, "R5", "node %u: one comes along to %s that is not in it", n->id.v, text);
	r->installed |= 1u << n->index;
}

/* The first to arrive from a ring tells what all others from there must say. */
static void check_passage(struct world *w, const struct node *n, struct record *r)
{
	struct place *p = &w->check->places[n->index];
	struct passage *q = r->passages;
	char text[64];

	if (p->ring == NULL)
		return;
	while (q != NULL && q->from != p->ring)
		q = q->next;
	if (q == NULL) {
		q = malloc(sizeof *q);
		if (q == NULL)
			abort();
		*q = (struct passage){p->ring, p->trans, p->hash, p->count, p->told_at, n->id, r->passages};
		r->passages = q;
		return;
	}
	ring_text(p->ring->id, text, sizeof text);
	if (!node_list_eq(&q->trans, &p->trans))
		world_violation(w, "R5", "nodes %u and %u, both from %s, do not agree on who else is", q->first.v,
				n->id.v, text);
	if (q->count != p->count || q->hash != p->hash)
		world_violation(w, "R6",
				"nodes %u and %u came together from %s, where one was given %u packets and the "
				"other %u%s",
				q->first.v, n->id.v, text, q->count, p->count,
				q->count == p->count ? " that are not the same" : "");
	if (q->told_at != p->told_at)
		world_violation(w, "R6",
				"nodes %u and %u came together from %s, one was told after packet %u, the other "
				"after %u",
				q->first.v, n->id.v, text, q->told_at, p->told_at);
}

void check_regular(struct world *w, const struct node *n, struct ring_id ring, const struct node_list *nodes)
{
	struct place *p = &w->check->places[n->index];
	struct record *r = record_of(w, ring);

	if (!p->changing || !ring_id_eq(p->next, ring))
		world_violation(w, "R4", "node %u: REGULAR without its TRANSITIONAL", n->id.v);
	check_members(w, n, r, nodes);
	check_passage(w, n, r);
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (!node_list_has(&p->trans, w->nodes[i].id) && i != n->index)
			w->check->seen[n->index][i].together = false;
	*p = (struct place){.ring = r, .seq = ring.seq};
	w->installed++;
	world_hash(w, ring.seq);
}

struct bytes check_message_make(struct world *w, const struct node *n, size_t size)
{
	struct check *c = w->check;
	uint64_t number = c->submitted[n->index] + 1;
	struct writer out = writer_of(c->message, size);

	assert(size >= MESSAGE_HEAD);
	assert(size <= MESSAGE_BYTES);
	write_u32(&out, n->id.v);
	write_u32(&out, n->boot);
	write_u64(&out, number);
	write_u64(&out, size);
	write_bytes(&out, c->filling + (n->index * 61 + number) % FILLING, size - MESSAGE_HEAD);
	assert(!out.failed);
	return writer_bytes(&out);
}

void check_submitted(struct world *w, const struct node *n)
{
	w->check->submitted[n->index]++;
	w->sent++;
}

void check_message(struct world *w, const struct node *n, node_id from, struct bytes b)
{
	struct check *c = w->check;
	struct reader r = reader_of(b);
	uint32_t id = read_u32(&r), boot = read_u32(&r);
	uint64_t number = read_u64(&r), size = read_u64(&r);
	const struct node *sender = world_node(w, from);
	struct seen *s;

	if (r.failed || id != from.v || size != b.len || sender == NULL ||
	    memcmp(b.data + MESSAGE_HEAD, c->filling + (sender->index * 61 + number) % FILLING, b.len - MESSAGE_HEAD) !=
		    0)
		world_violation(w, "R7", "node %u: a message of node %u, %zu bytes, is not what it sent", n->id.v,
				from.v, b.len);
	s = &c->seen[n->index][sender->index];
	world_trace(w, n, "client> message %llu of node %u, %zu bytes", (unsigned long long)number, from.v, b.len);
	if (s->boot == boot ? number <= s->number : boot < s->boot)
		world_violation(w, "R7", "node %u: message %llu of node %u came after %llu", n->id.v,
				(unsigned long long)number, from.v, (unsigned long long)s->number);
	if (s->together && (s->boot != boot || number != s->number + 1))
		world_violation(w, "R7", "node %u: between messages %llu and %llu of node %u, some are lost", n->id.v,
				(unsigned long long)s->number, (unsigned long long)number, from.v);
	*s = (struct seen){boot, number, true};
}

bool check_together(struct world *w)
{
	const struct record *ring = NULL;
	uint32_t up = 0;

	for (uint32_t i = 0; i < w->options.nodes; i++)
		up += w->nodes[i].up;
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		const struct place *p = &w->check->places[i];

		if (!w->nodes[i].up)
			continue;
		if (p->ring == NULL || p->changing || p->ring->members.count != up || (ring != NULL && p->ring != ring))
			return false;
		ring = p->ring;
	}
	return true;
}

void check_complete(struct world *w)
{
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		if (w->nodes[i].up && w->check->submitted[i] == 0)
			world_violation(w, "L2", "node %u could say nothing since it was started", w->nodes[i].id.v);
		for (uint32_t k = 0; w->nodes[i].up && k < w->options.nodes; k++) {
			const struct seen *s = &w->check->seen[i][k];

			if (w->nodes[k].up && (s->boot != w->nodes[k].boot || s->number != w->check->submitted[k]))
				world_violation(w, "L2", "node %u has the messages of node %u up to %llu of %llu",
						w->nodes[i].id.v, w->nodes[k].id.v, (unsigned long long)s->number,
						(unsigned long long)w->check->submitted[k]);
		}
	}
}
