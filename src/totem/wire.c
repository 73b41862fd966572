/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "totem/wire.h"

enum { MAGIC = 0xC070, VERSION = 3 };

bool wire_decode_head(struct bytes b, struct wire_head *ret)
{
	struct reader r = reader_of(b);
	uint16_t magic = read_u16(&r);
	uint8_t version = read_u8(&r);
	uint8_t type = read_u8(&r);
	uint8_t encapsulated = read_u8(&r);
	node_id from = node_id_of(read_u32(&r));
	node_id target = node_id_of(read_u32(&r));

	if (r.failed || magic != MAGIC || version != VERSION)
		return false;
	if (type > WIRE_HOLD_CANCEL || encapsulated > WIRE_PLAIN)
		return false;
	*ret = (struct wire_head){
		.type = (enum wire_type)type,
		.encapsulated = (enum wire_encapsulation)encapsulated,
		.from = from,
		.target = target,
	};
	return true;
}

/* A reader behind the header of a message of this type, or one that has failed. */
static struct reader body_of(struct bytes b, enum wire_type type, struct wire_head *ret_head)
{
	struct reader r = reader_of(b);

	if (!wire_decode_head(b, ret_head) || ret_head->type != type)
		r.failed = true;
	read_skip(&r, WIRE_HEAD);
	return r;
}

static struct ring_id read_ring(struct reader *r)
{
	struct ring_id id;

	id.rep = node_id_of(read_u32(r));
	id.seq = read_u64(r);
	return id;
}

static void write_ring(struct writer *w, struct ring_id id)
{
	write_u32(w, id.rep.v);
	write_u64(w, id.seq);
}

/* A list of different, non-zero ids; a list that has a double is no correct node's. */
static bool read_nodes(struct reader *r, uint32_t count, struct node_list *ret)
{
	ret->count = 0;
	if (count > NODES_MAX)
		return false;
	for (uint32_t i = 0; i < count; i++) {
		node_id id = node_id_of(read_u32(r));

		if (!node_id_is_set(id) || node_list_has(ret, id))
			return false;
		ret->ids[ret->count++] = id;
	}
	return !r->failed;
}

static void write_nodes(struct writer *w, const struct node_list *l)
{
	for (uint32_t i = 0; i < l->count; i++)
		write_u32(w, l->ids[i].v);
}

static void write_head(struct writer *w, enum wire_type type, enum wire_encapsulation encapsulated, node_id from,
		       node_id target)
{
	write_u16(w, MAGIC);
	write_u8(w, VERSION);
	write_u8(w, (uint8_t)type);
	write_u8(w, (uint8_t)encapsulated);
	write_u32(w, from.v);
	write_u32(w, target.v);
}

bool wire_decode_token(struct bytes b, struct wire_token *ret)
{
	struct wire_head head;
	struct reader r = body_of(b, WIRE_TOKEN, &head);

	if (b.len > TOKEN_MAX)
		return false;
	ret->seq = read_u32(&r);
	ret->token_seq = read_u32(&r);
	ret->aru = read_u32(&r);
	ret->aru_addr = node_id_of(read_u32(&r));
	ret->ring = read_ring(&r);
	ret->backlog = read_u32(&r);
	ret->fcc = read_u32(&r);
	ret->retrans_flg = (int32_t)read_u32(&r);
	ret->rtr_count = read_u32(&r);
	if (r.failed || ret->rtr_count > RTR_MAX || reader_left(&r) != ret->rtr_count * WIRE_RTR_SIZE)
		return false;
	for (uint32_t i = 0; i < ret->rtr_count; i++) {
		ret->rtr[i].ring = read_ring(&r);
		ret->rtr[i].seq = read_u32(&r);
	}
	return !r.failed;
}

void wire_encode_token(struct writer *w, node_id from, node_id target, const struct wire_token *t)
{
	write_head(w, WIRE_TOKEN, WIRE_NOT_MCAST, from, target);
	write_u32(w, t->seq);
	write_u32(w, t->token_seq);
	write_u32(w, t->aru);
	write_u32(w, t->aru_addr.v);
	write_ring(w, t->ring);
	write_u32(w, t->backlog);
	write_u32(w, t->fcc);
	write_u32(w, (uint32_t)t->retrans_flg);
	write_u32(w, t->rtr_count);
	for (uint32_t i = 0; i < t->rtr_count; i++) {
		write_ring(w, t->rtr[i].ring);
		write_u32(w, t->rtr[i].seq);
	}
}

bool wire_decode_mcast(struct bytes b, struct wire_mcast *ret)
{
	struct wire_head head;
	struct reader r = body_of(b, WIRE_MCAST, &head);

	ret->system_from = node_id_of(read_u32(&r));
	ret->seq = read_u32(&r);
	ret->this_seqno = (int32_t)read_u32(&r);
	ret->ring = read_ring(&r);
	read_skip(&r, 8);
	if (r.failed || head.encapsulated == WIRE_NOT_MCAST || b.len > FRAME_MAX)
		return false;
	/* It must have room to be wrapped once. */
	if (head.encapsulated == WIRE_PLAIN && b.len > FRAME_MAX - MCAST_HEADER)
		return false;
	if (!node_id_is_set(head.from) || !node_id_is_set(ret->system_from))
		return false;
	ret->from = head.from;
	ret->encapsulated = head.encapsulated;
	ret->payload = bytes_of(b.data + MCAST_HEADER, b.len - MCAST_HEADER);
	return true;
}

void wire_encode_mcast_head(struct writer *w, const struct wire_mcast *m)
{
	write_head(w, WIRE_MCAST, m->encapsulated, m->from, node_id_of(0));
	write_u32(w, m->system_from.v);
	write_u32(w, m->seq);
	write_u32(w, (uint32_t)m->this_seqno);
	write_ring(w, m->ring);
	write_u32(w, 0);
	write_u32(w, 0);
}

bool wire_decode_join(struct bytes b, struct wire_join *ret)
{
	struct wire_head head;
	struct reader r = body_of(b, WIRE_JOIN, &head);
	uint32_t proc_count, failed_count;

	ret->system_from = node_id_of(read_u32(&r));
	proc_count = read_u32(&r);
	failed_count = read_u32(&r);
	ret->ring_seq = read_u64(&r);
	if (r.failed || !node_id_is_set(ret->system_from))
		return false;
	ret->leaving = !node_id_is_set(head.from);
	if (!read_nodes(&r, proc_count, &ret->proc) || !read_nodes(&r, failed_count, &ret->failed))
		return false;
	return reader_left(&r) == 0;
}

void wire_encode_join(struct writer *w, const struct wire_join *j)
{
	write_head(w, WIRE_JOIN, WIRE_NOT_MCAST, j->leaving ? node_id_of(0) : j->system_from, node_id_of(0));
	write_u32(w, j->system_from.v);
	write_u32(w, j->proc.count);
	write_u32(w, j->failed.count);
	write_u64(w, j->ring_seq);
	write_nodes(w, &j->proc);
	write_nodes(w, &j->failed);
}

bool wire_decode_commit(struct bytes b, struct wire_commit *ret)
{
	struct wire_head head;
	struct reader r = body_of(b, WIRE_COMMIT, &head);
	uint32_t count;

	ret->token_seq = read_u32(&r);
	ret->ring = read_ring(&r);
	read_skip(&r, 4);
	ret->memb_index = read_u32(&r);
	count = read_u32(&r);
	if (r.failed || count == 0 || !read_nodes(&r, count, &ret->members) || ret->memb_index > count)
		return false;
	for (uint32_t i = 1; i < count; i++)
		if (ret->members.ids[i - 1].v >= ret->members.ids[i].v)
			return false;
	for (uint32_t i = 0; i < count; i++) {
		struct wire_commit_entry *e = &ret->entries[i];

		e->old_ring = read_ring(&r);
		e->aru = read_u32(&r);
		e->high_delivered = read_u32(&r);
		e->received_flg = read_u32(&r);
	}
	return !r.failed && reader_left(&r) == 0;
}

void wire_encode_commit(struct writer *w, node_id from, node_id target, const struct wire_commit *c)
{
	write_head(w, WIRE_COMMIT, WIRE_NOT_MCAST, from, target);
	write_u32(w, c->token_seq);
	write_ring(w, c->ring);
	write_u32(w, 0);
	write_u32(w, c->memb_index);
	write_u32(w, c->members.count);
	write_nodes(w, &c->members);
	for (uint32_t i = 0; i < c->members.count; i++) {
		const struct wire_commit_entry *e = &c->entries[i];

		write_ring(w, e->old_ring);
		write_u32(w, e->aru);
		write_u32(w, e->high_delivered);
		write_u32(w, e->received_flg);
	}
}

bool wire_decode_merge(struct bytes b, node_id *ret_from, struct ring_id *ret_ring)
{
	struct wire_head head;
	struct reader r = body_of(b, WIRE_MERGE, &head);
	node_id from = node_id_of(read_u32(&r));
	struct ring_id ring = read_ring(&r);

	if (r.failed || !node_id_is_set(from))
		return false;
	*ret_from = from;
	*ret_ring = ring;
	return true;
}

void wire_encode_merge(struct writer *w, node_id from, struct ring_id ring)
{
	write_head(w, WIRE_MERGE, WIRE_NOT_MCAST, from, node_id_of(0));
	write_u32(w, from.v);
	write_ring(w, ring);
}

bool wire_decode_hold_cancel(struct bytes b, struct ring_id *ret_ring)
{
	struct wire_head head;
	struct reader r = body_of(b, WIRE_HOLD_CANCEL, &head);
	struct ring_id ring = read_ring(&r);

	if (r.failed)
		return false;
	*ret_ring = ring;
	return true;
}

void wire_encode_hold_cancel(struct writer *w, node_id from, struct ring_id ring)
{
	write_head(w, WIRE_HOLD_CANCEL, WIRE_NOT_MCAST, from, node_id_of(0));
	write_ring(w, ring);
}
