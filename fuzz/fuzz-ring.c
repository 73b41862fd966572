/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any packets into a ring in any state: its own invariants are the oracle, since without encryption a stranger may send
 * whatever is well formed. Input: orders of one byte with their arguments; packets are made from small numbers around
 * those that the ring knows, since chance alone would hardly ever name the right ring.
 */
#include "totem/ring.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SELF = 2, STEPS_MAX = 400 };

static uint8_t memory[32 << 20] __attribute__((aligned(16)));
static struct pool pool;
static struct ring ring;
static struct ring_effects fx;
static struct reader in;
static uint64_t persist;
static uint64_t now_ms;
/* What the ring sent last, by type: it may get it back. */
static uint8_t sent[6][WIRE_COMMIT_MAX + FRAME_MAX];
static size_t sent_len[6];

static void step(struct ring_event ev)
{
	ev.now = (mono_time){now_ms * 1000000};
	ring_step(&ring, &ev, &fx);
	for (uint32_t i = 0; i < fx.count; i++) {
		const struct ring_effect *e = &fx.items[i];

		if (e->type == RING_EFFECT_PERSIST)
			persist = e->seq;
		if (e->type != RING_EFFECT_SEND)
			continue;
		assert(e->bytes.len >= WIRE_HEAD);
		assert(e->bytes.len <= FRAME_MAX);
		memcpy(sent[e->bytes.data[3]], e->bytes.data, e->bytes.len);
		sent_len[e->bytes.data[3]] = e->bytes.len;
	}
}

static void packet(const void *data, size_t n)
{
	step((struct ring_event){.type = RING_EVENT_PACKET, .packet = bytes_of(data, n)});
}

static struct ring_id some_ring(void)
{
	uint8_t b = read_u8(&in);

	if (b < 200)
		return ring.id;
	if (b < 220)
		return ring.old.ring;
	return (struct ring_id){node_id_of(1 + b % 4u), ring.seq_max + (b % 7u) - 3};
}

/* A number near one that matters. */
static uint32_t near(uint32_t v)
{
	int8_t d = (int8_t)read_u8(&in);

	if (d == -128)
		return read_u32(&in);
	return v + (uint32_t)(int32_t)(d / 8);
}

static void nodes(struct node_list *l)
{
	uint8_t bits = read_u8(&in);

	l->count = 0;
	for (uint32_t i = 0; i < 5; i++)
		if (bits >> i & 1)
			(void)node_list_add(l, node_id_of(i + 1));
}

static void token(void)
{
	static struct wire_token t;
	uint8_t data[TOKEN_MAX];
	struct writer w = writer_of(data, sizeof data);

	t = (struct wire_token){
		.ring = some_ring(),
		.seq = near(ring.high_seq),
		.token_seq = near(ring.my_token_seq + 1),
		.aru = near(ring.my_aru),
		.aru_addr = node_id_of(read_u8(&in) % 4u),
		.retrans_flg = read_u8(&in) % 3,
		.backlog = near(0),
		.fcc = near(0),
		.rtr_count = read_u8(&in) % 4u,
	};
	for (uint32_t i = 0; i < t.rtr_count; i++)
		t.rtr[i] = (struct wire_rtr){some_ring(), near(ring.high_seq)};
	wire_encode_token(&w, node_id_of(1), node_id_of(SELF), &t);
	packet(data, w.len);
}

static void mcast(void)
{
	static uint8_t data[4 * MCAST_HEADER + 1024];
	struct writer w = writer_of(data, sizeof data);
	struct wire_mcast m = {
		.from = node_id_of(1 + read_u8(&in) % 4u),
		.system_from = node_id_of(1),
		.encapsulated = read_u8(&in) % 2 ? WIRE_PLAIN : WIRE_RECOVERED,
		.seq = near(ring.my_aru + 1),
		.ring = some_ring(),
	};

	wire_encode_mcast_head(&w, &m);
	if (m.encapsulated == WIRE_RECOVERED) {
		m.encapsulated = read_u8(&in) % 8 ? WIRE_PLAIN : WIRE_RECOVERED;
		m.ring = read_u8(&in) % 4 ? ring.old.ring : some_ring();
		m.seq = near(ring.old.aru + 1);
		wire_encode_mcast_head(&w, &m);
	}
	write_zero(&w, read_u8(&in));
	packet(data, w.len);
}

static void join(void)
{
	static struct wire_join j;
	static uint8_t data[WIRE_JOIN_MAX];
	struct writer w = writer_of(data, sizeof data);
	uint8_t b = read_u8(&in);

	j.leaving = b % 8 == 0;
	j.system_from = node_id_of(1 + b % 5u);
	j.ring_seq = b == 255 ? read_u64(&in) : ring.id.seq + b % 3u - 1;
	nodes(&j.proc);
	nodes(&j.failed);
	if (b >= 128) {
		j.proc = ring.proc;
		j.failed = ring.failed;
	}
	wire_encode_join(&w, &j);
	packet(data, w.len);
}

static void commit(void)
{
	static struct wire_commit c;
	static uint8_t data[WIRE_COMMIT_MAX];
	struct writer w = writer_of(data, sizeof data);
	uint8_t b = read_u8(&in);

	memset(&c, 0, sizeof c);
	c.token_seq = b;
	c.ring = b < 128 ? (struct ring_id){node_id_of(1), ring.seq_max + b % 9u} : some_ring();
	if (b % 4 == 0)
		nodes(&c.members);
	else if (ring.state == RING_GATHER)
		node_list_subtract(&ring.proc, &ring.failed, &c.members);
	else
		c.members = ring.new_memb;
	node_list_sort(&c.members);
	c.memb_index = read_u8(&in) % (c.members.count + 2);
	for (uint32_t i = 0; i < c.members.count; i++) {
		c.entries[i].old_ring = read_u8(&in) % 4 ? ring.old.ring : some_ring();
		c.entries[i].aru = near(ring.old.aru);
		c.entries[i].high_delivered = near(ring.high_delivered);
		c.entries[i].received_flg = read_u8(&in) % 2u;
	}
	wire_encode_commit(&w, node_id_of(1), node_id_of(SELF), &c);
	packet(data, w.len);
}

static void submit(void)
{
	static const uint8_t text[6000];
	struct bytes part = bytes_of(text, 1 + 20u * read_u8(&in));

	fx.count = 0;
	fx.scratch_used = 0;
	(void)!ring_submit(&ring, read_u8(&in) % 2 ? RING_QUEUE_NORMAL : RING_QUEUE_SYNC, &part, 1, &fx);
}

static void raw(void)
{
	size_t n = read_u8(&in);
	const uint8_t *bytes = read_bytes(&in, n);

	if (bytes != NULL)
		packet(bytes, n);
}

static void own(void)
{
	uint8_t type = read_u8(&in) % 6;

	if (sent_len[type] > 0)
		packet(sent[type], sent_len[type]);
}

static void host(void)
{
	uint8_t b = read_u8(&in);
	node_id node = node_id_of(1 + b / 16u % 5u);

	switch (b % 6) {
	case 0:
		step((struct ring_event){.type = RING_EVENT_PERSISTED, .seq = persist});
		break;
	case 1:
		step((struct ring_event){.type = RING_EVENT_NODE_LOST, .node = node});
		break;
	case 2:
		step((struct ring_event){.type = RING_EVENT_NODE_BACK, .node = node});
		break;
	case 3:
		step((struct ring_event){.type = RING_EVENT_SYNCED, .seq = ring.id.seq - (b > 128)});
		break;
	case 4:
		step((struct ring_event){.type = b > 200 ? RING_EVENT_FORCE_GATHER : RING_EVENT_PERSISTED,
					 .seq = persist});
		break;
	default:
		now_ms += b;
		break;
	}
}

static void order(uint8_t what)
{
	switch (what % 10) {
	case 0:
		raw();
		break;
	case 1:
	case 2:
		token();
		break;
	case 3:
		mcast();
		break;
	case 4:
		join();
		break;
	case 5:
		commit();
		break;
	case 6:
		submit();
		break;
	case 7:
		own();
		break;
	case 8:
		host();
		break;
	default:
		step((struct ring_event){.type = RING_EVENT_TIMEOUT,
					 .timer = (enum ring_timer)(read_u8(&in) % RING_TIMER_COUNT)});
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ring_config config = {
		.token_ms = 1000,
		.token_warning_percent = 75,
		.token_retransmit_ms = 238,
		.hold_ms = 180,
		.join_ms = 50,
		.consensus_ms = 1200,
		.merge_ms = 200,
		.fail_recv_const = 4,
		.seqno_unchanged_const = 3,
		.window_size = 50,
		.max_messages = 17,
		.miss_count_const = 1,
		.net_mtu = 1400,
	};

	in = reader_of(bytes_of(data, size));
	memset(sent_len, 0, sizeof sent_len);
	persist = 0;
	now_ms = 1000;
	pool_init(&pool, memory, sizeof memory);
	ring_init(&ring, &config, node_id_of(SELF), read_u8(&in), 1, &pool);
	step((struct ring_event){.type = RING_EVENT_START});
	for (uint32_t i = 0; i < STEPS_MAX && reader_left(&in) > 0; i++)
		order(read_u8(&in));
	ring_fini(&ring);
	assert(pool.used == 0);
	return 0;
}
