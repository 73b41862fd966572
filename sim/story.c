/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story.c - what clients are told.
 *
 *  G1  Members that came together from one synchronised ring to the next were
 *      told the same changes and messages of their group between the two.
 *  G2  The end: every member sees a member on each node (engine-node.c).
 *  Q1  A view is quorate if and only if it has more than half of the votes, so
 *      that no two views without a common node ever are. (two_node: only if
 *      both nodes were seen since the start.)
 *  Q2  No two views without a common node are quorate at the same time.
 *  C1  What was written to cmap is read (clients.c).
 *
 * Messages of the group are checked as in check.h (R7).
 */
#include "sim/engine-node.h"

enum { EVENT_CONFCHG = 4, EVENT_DELIVER = 5, EVENT_TOTEM_CONFCHG = 13, EVENT_QUORUM = 3 };

uint32_t mask_of(struct world *w, const struct node_list *l)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct node *n = world_node(w, l->ids[i]);

		if (n == NULL)
			world_violation(w, "R2", "node %u is none of the cluster's", l->ids[i].v);
		mask |= 1u << n->index;
	}
	return mask;
}

void story_reply(struct engine_node *s, enum service_id service, struct bytes head, struct bytes tail)
{
	struct reader r = reader_of(head);
	uint64_t value = 0;

	if (service != SERVICE_CMAP)
		return;
	if (head.len > 40)
		read_seek(&r, 40);
	else
		r = reader_of(tail);
	value = read_u64(&r);
	s->last_reply = r.failed ? 0 : value;
}

static void story_add(struct engine_node *s, uint64_t what)
{
	s->story.hash = (s->story.hash ^ what) * 0x9fb21c651e98df25u;
	s->story.hash ^= s->story.hash >> 31;
	s->story.count++;
}

static void told_change(struct engine_node *s, struct bytes b)
{
	struct reader r = reader_of(b);
	uint32_t members;

	story_add(s, bytes_hash(b));
	read_seek(&r, 160);
	members = read_u32(&r);
	s->told_members = 0;
	for (uint32_t i = 0; i < members; i++) {
		const struct node *n;

		read_seek(&r, 184 + 24 * (size_t)i);
		n = world_node(s->world, node_id_of(read_u32(&r)));
		if (n == NULL || r.failed)
			world_violation(s->world, "G2", "node %u: a group has a member of no node", s->node->id.v);
		s->told_members |= 1u << n->index;
	}
	if (s->told_members >> s->node->index & 1)
		s->joined = true;
	world_trace(s->world, s->node, "cpg> change, members on nodes %x", s->told_members);
}

static void told_message(struct engine_node *s, struct bytes head, struct bytes tail)
{
	struct reader r = reader_of(head);
	node_id from;
	struct bytes data = tail;

	read_seek(&r, 168);
	from = node_id_of(read_u32(&r));
	if (head.len > 184)
		data = bytes_of(head.data + 184, head.len - 184);
	story_add(s, bytes_hash(data) ^ from.v);
	if (data.len >= MESSAGE_HEAD)
		check_message(s->world, s->node, from, data);
}

/* The group is synchronised in a new ring. */
static void told_ring(struct engine_node *s, struct bytes b)
{
	struct reader r = reader_of(b);
	struct ring_id ring;

	read_seek(&r, 24);
	ring.rep = node_id_of(read_u32(&r));
	read_seek(&r, 32);
	ring.seq = read_u32(&r);
	s->story.ring = ring;
	s->story.has_gap = s->engine->assembles[0].passed_over != s->passed_over;
	s->passed_over = s->engine->assembles[0].passed_over;
	s->arrival.ring = ring;
	s->arrival.story = s->story;
	s->story = (struct story){.ring = ring};
	if (s->joined)
		s->story.from = ring;
}

/* Q2. two_node leaves it to fencing who lives. */
static void check_exclusive(struct engine_node *s)
{
	struct world *w = s->world;

	for (uint32_t i = 0; i < w->options.nodes && s->quorate && !w->options.two_node; i++) {
		const struct engine_node *other = w->nodes[i].engine;

		if (w->nodes[i].up && other != NULL && other->quorate && !(other->quorum_members & s->quorum_members))
			world_violation(w, "Q2", "nodes %u and %u are quorate and do not know each other",
					s->node->id.v, w->nodes[i].id.v);
	}
}

static void told_quorum(struct engine_node *s, struct bytes b)
{
	struct world *w = s->world;
	struct reader r = reader_of(b);
	bool quorate, right;
	uint32_t members, least = w->options.nodes, needed;

	read_seek(&r, 24);
	quorate = read_u32(&r) != 0;
	read_seek(&r, 40);
	members = read_u32(&r);
	/* While nodes have read different files, what counts is what some member has read. */
	for (uint32_t i = 0; i < w->options.nodes; i++)
		if (w->nodes[i].up && w->nodes[i].listed < least)
			least = w->nodes[i].listed;
	needed = (w->file.listed + w->options.device) / 2 + 1;
	right = members >= needed;
	if (members < needed && members >= least / 2 + 1)
		right = quorate;
	/* Whose the device's vote is, its node may have heard or not. */
	if (w->options.device && members + 1 == needed)
		right = quorate;
	/* Whether it was told of the other's vote before the ring broke again, we do not know. */
	if (w->options.two_node)
		right = quorate && s->saw_all;
	world_trace(w, s->node, "quorum> %squorate, %u members", quorate ? "" : "not ", members);
	if (quorate != right)
		world_violation(w, "Q1", "node %u: %u of %u nodes are %squorate", s->node->id.v, members,
				w->options.nodes, quorate ? "" : "not ");
	s->quorate = quorate;
	s->quorum_members = 0;
	for (uint32_t i = 0; i < members; i++) {
		const struct node *n;

		read_seek(&r, 44 + 4 * (size_t)i);
		n = world_node(w, node_id_of(read_u32(&r)));
		s->quorum_members |= n != NULL ? 1u << n->index : 0;
	}
	check_exclusive(s);
}

void story_event(struct engine_node *s, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	struct reader r = reader_of(head);
	uint32_t id = read_u32(&r);

	if (service == SERVICE_QUORUM && id == EVENT_QUORUM)
		told_quorum(s, head);
	if (service != SERVICE_CPG || client_slot(client) != CLIENT_STAYS)
		return;
	if (id == EVENT_CONFCHG)
		told_change(s, head);
	else if (id == EVENT_DELIVER)
		told_message(s, head, tail);
	else if (id == EVENT_TOTEM_CONFCHG)
		told_ring(s, head);
}

void story_compare(struct engine_node *s, const struct view *view)
{
	struct world *w = s->world;
	struct arrival *mine = &s->arrival;

	mine->company = s->company;
	s->company = UINT32_MAX;
	if (!node_id_is_set(mine->story.from.rep) || !ring_id_eq(mine->ring, view->ring))
		return;
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		const struct engine_node *other = w->nodes[i].engine;

		if (other == NULL || i == s->node->index || !w->nodes[i].up)
			continue;
		if (!ring_id_eq(other->arrival.ring, mine->ring) ||
		    !ring_id_eq(other->arrival.story.from, mine->story.from))
			continue;
		if (!(mine->company >> i & 1) || !(other->arrival.company >> s->node->index & 1))
			continue;
		if (other->arrival.story.has_gap || mine->story.has_gap)
			continue;
		if (other->arrival.story.hash != mine->story.hash)
			world_violation(w, "G1",
					"nodes %u and %u came together to ring %llu and were told %u and %u things, "
					"which differ",
					s->node->id.v, w->nodes[i].id.v, (unsigned long long)mine->ring.seq,
					mine->story.count, other->arrival.story.count);
	}
}
