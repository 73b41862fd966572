/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ring-script.h - what scripts for the ring share: a few rings joined by one
 * queue of packets, whose every hop the test decides. Timers run only when the
 * test fires them, and the disk is quick unless it says otherwise.
 */
#ifndef TESTS_TOTEM_RING_SCRIPT_H
#define TESTS_TOTEM_RING_SCRIPT_H

/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/text.h"
#include "totem/assemble.h"
#include "totem/ring.h"

enum { HOSTS = 3, PACKETS = 4096, MEMORY = 24 << 20 };

struct host {
	struct ring ring;
	struct pool pool;
	uint8_t *memory;
	uint32_t timers[RING_TIMER_COUNT];
	uint64_t persist; /* asked for */
	bool slow_disk;   /* PERSISTED must be given by the test */
	struct ring_id regular;
	struct node_list members, trans;
	uint32_t regulars, tokens, drains, cancels;
	char heard[512];
};

static uint8_t memories[HOSTS][MEMORY] __attribute__((aligned(16)));
static struct host hosts[HOSTS];
static uint32_t count;
static struct ring_effects fx;
static mono_time now;
static struct {
	uint32_t from, to;
	size_t len;
	uint8_t data[2048];
} queue[PACKETS];
static uint32_t head, tail;
static uint32_t tokens_sent, commits_sent;
static uint32_t lose_type = 99;                /* packets of this type are lost */
static uint32_t deaf = HOSTS, unheard = HOSTS; /* the one never gets messages that the other sends */

static const struct ring_config config = {
	.token_ms = 1000,
	.token_warning_percent = 75,
	.token_retransmit_ms = 238,
	.hold_ms = 180,
	.join_ms = 50,
	.consensus_ms = 1200,
	.merge_ms = 200,
	.fail_recv_const = 2500,
	.seqno_unchanged_const = 30,
	.window_size = 50,
	.max_messages = 17,
	.miss_count_const = 5,
	.net_mtu = 1400,
};

static inline void step(uint32_t i, struct ring_event ev);

static inline void put(uint32_t from, uint32_t to, struct bytes b)
{
	assert_true(tail - head < PACKETS);
	assert_true(b.len <= sizeof queue[0].data);
	queue[tail % PACKETS].from = from;
	queue[tail % PACKETS].to = to;
	queue[tail % PACKETS].len = b.len;
	memcpy(queue[tail++ % PACKETS].data, b.data, b.len);
}

static inline void send(uint32_t i, const struct ring_effect *e)
{
	tokens_sent += e->bytes.data[3] == WIRE_TOKEN;
	commits_sent += e->bytes.data[3] == WIRE_COMMIT;
	if (e->bytes.data[3] == lose_type)
		return;
	for (uint32_t k = 0; k < count; k++) {
		if (k == deaf && i == unheard && e->bytes.data[3] == WIRE_MCAST)
			continue;
		if (k == i ? e->loop : !node_id_is_set(e->to) || node_id_eq(e->to, hosts[k].ring.self))
			put(i, k, e->bytes);
	}
}

static inline void heard(struct host *h, const struct ring_effect *e)
{
	size_t at = strlen(h->heard);
	struct text t = text_of(h->heard + at, sizeof h->heard - at);

	/* One message a packet in these scripts: head of 8, one length. */
	text_add(&t, "%u:%.*s ", e->from.v, (int)(e->bytes.len - 10), (const char *)e->bytes.data + 10);
}

static inline void apply(uint32_t i)
{
	struct host *h = &hosts[i];
	uint64_t persisted = 0;

	for (uint32_t k = 0; k < fx.count; k++) {
		const struct ring_effect *e = &fx.items[k];

		switch (e->type) {
		case RING_EFFECT_SEND:
			send(i, e);
			break;
		case RING_EFFECT_TIMER:
			h->timers[e->timer] = (uint32_t)((e->delay_us + 999) / 1000); /* so 1 is "at once" */
			break;
		case RING_EFFECT_PERSIST:
			h->persist = persisted = e->seq;
			break;
		case RING_EFFECT_DELIVER:
			heard(h, e);
			break;
		case RING_EFFECT_TRANSITIONAL:
			h->trans = *e->nodes;
			break;
		case RING_EFFECT_REGULAR:
			h->regular = e->ring;
			h->members = *e->nodes;
			h->regulars++;
			break;
		case RING_EFFECT_TOKEN:
			h->tokens++;
			break;
		case RING_EFFECT_DRAIN:
			h->drains++;
			break;
		case RING_EFFECT_LOG:
			break;
		}
	}
	if (persisted != 0 && !h->slow_disk)
		step(i, (struct ring_event){.type = RING_EVENT_PERSISTED, .seq = persisted});
}

static inline void step(uint32_t i, struct ring_event ev)
{
	ev.now = now;
	ring_step(&hosts[i].ring, &ev, &fx);
	apply(i);
}

static inline bool hop(void)
{
	uint32_t at = head % PACKETS;

	if (head == tail)
		return false;
	head++;
	step(queue[at].to,
	     (struct ring_event){.type = RING_EVENT_PACKET, .packet = bytes_of(queue[at].data, queue[at].len)});
	return true;
}

/* Until nothing is under way, which is when the token is held. */
static inline void run(void)
{
	for (uint32_t i = 0; i < 20000; i++)
		if (!hop())
			return;
	fail_msg("the packets do not come to rest");
}

static inline void fire(uint32_t i, enum ring_timer timer)
{
	assert_true(hosts[i].timers[timer] > 0);
	hosts[i].timers[timer] = 0;
	step(i, (struct ring_event){.type = RING_EVENT_TIMEOUT, .timer = timer});
}

static inline void submit(uint32_t i, const char *text)
{
	struct bytes part = bytes_of(text, strlen(text));

	fx.count = 0;
	fx.scratch_used = 0;
	assert_int_equal(ring_submit(&hosts[i].ring, RING_QUEUE_NORMAL, &part, 1, &fx), ERR_OK);
	apply(i);
	if (hosts[i].timers[RING_TIMER_HOLD] == 1)
		fire(i, RING_TIMER_HOLD);
}

static inline void start(uint32_t n)
{
	static const uint32_t ids[HOSTS] = {2, 5, 7};

	head = tail = tokens_sent = commits_sent = 0;
	lose_type = 99;
	deaf = unheard = HOSTS;
	now = (mono_time){1000000000};
	count = n;
	for (uint32_t i = 0; i < n; i++) {
		struct host *h = &hosts[i];

		ring_fini(&h->ring);
		pool_init(&h->pool, memories[i], MEMORY);
		ring_init(&h->ring, &config, node_id_of(ids[i]), 0, i, &h->pool);
		memset((uint8_t *)h + offsetof(struct host, timers), 0, sizeof *h - offsetof(struct host, timers));
	}
}

/* What makes nodes find each other: the timers of those who gather, and the calls of rings that are idle. */
static inline void call(uint32_t i)
{
	if (hosts[i].ring.state == RING_GATHER)
		fire(i, RING_TIMER_JOIN);
	else if (hosts[i].timers[RING_TIMER_MERGE] > 0)
		fire(i, RING_TIMER_MERGE);
	else if (hosts[i].timers[RING_TIMER_HOLD] > 0)
		fire(i, RING_TIMER_HOLD);
}

static inline void start_all(uint32_t n)
{
	start(n);
	for (uint32_t i = 0; i < n; i++)
		step(i, (struct ring_event){.type = RING_EVENT_START});
	run();
	for (uint32_t round = 0; round < 20 && (hosts[0].members.count < n || hosts[n - 1].members.count < n);
	     round++) {
		for (uint32_t i = 0; i < n; i++)
			call(i);
		run();
	}
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(hosts[i].members.count, n);
		assert_int_equal(hosts[i].ring.state, RING_OPERATIONAL);
		assert_true(ring_id_eq(hosts[i].regular, hosts[0].regular));
		step(i, (struct ring_event){.type = RING_EVENT_SYNCED, .seq = hosts[i].regular.seq});
		hosts[i].heard[0] = '\0';
	}
	run();
}

/* From the sender, with just the sets that provoke. */
static inline void join_from(uint32_t to, uint32_t from, uint32_t proc, uint32_t failed, uint64_t seq)
{
	struct wire_join j = {.system_from = node_id_of(from), .ring_seq = seq};
	uint8_t data[128];
	struct writer w = writer_of(data, sizeof data);

	(void)node_list_add(&j.proc, node_id_of(proc));
	(void)node_list_add(&j.proc, node_id_of(from));
	if (failed != 0)
		(void)node_list_add(&j.failed, node_id_of(failed));
	wire_encode_join(&w, &j);
	step(to, (struct ring_event){.type = RING_EVENT_PACKET, .packet = writer_bytes(&w)});
}

#endif
