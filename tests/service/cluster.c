/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>

static struct sync_effects sync_fx;

static void send(struct cluster_node *n, bool sync, struct bytes head, struct bytes tail)
{
	struct cluster *c = n->cluster;
	struct cluster_message *m = &c->messages[c->count];

	assert_true(c->count < CLUSTER_MESSAGES);
	assert_true(head.len + tail.len <= sizeof m->bytes);
	m->ring = n->ring;
	m->from = n->id;
	m->sync = sync;
	m->len = (uint32_t)(head.len + tail.len);
	memcpy(m->bytes, head.data, head.len);
	if (tail.len > 0)
		memcpy(m->bytes + head.len, tail.data, tail.len);
	c->count++;
}

static void votequorum_to(struct cluster_node *n, struct service_event ev);
static void quorum_to(struct cluster_node *n, struct service_event ev);

static void carry_out(struct cluster_node *n, const struct service_effect *e)
{
	if (e->type == SERVICE_EFFECT_MULTICAST) {
		send(n, false, e->head, e->tail);
	} else if (e->type == SERVICE_EFFECT_TIMER) {
		n->timers[e->timer] = e->delay_ms ? n->cluster->now_ms + e->delay_ms : 0;
	} else if (e->type == SERVICE_EFFECT_QUORUM) {
		quorum_to(n,
			  (struct service_event){.type = SERVICE_EVENT_QUORUM, .view = e->view, .quorate = e->quorate});
	} else if (e->type == SERVICE_EFFECT_SYNC_READY) {
		n->retry = true;
	} else if (e->type == SERVICE_EFFECT_STORE) {
		assert_true(bytes_eq(e->head, bytes_of(VOTEQUORUM_FILE, strlen(VOTEQUORUM_FILE))));
		assert_true(e->tail.len <= sizeof n->file);
		memcpy(n->file, e->tail.data, e->tail.len);
		n->file_len = e->tail.len;
	} else if (e->type == SERVICE_EFFECT_REPLY) {
		n->replies++;
		n->reply_len = e->head.len;
		memcpy(n->reply, e->head.data, e->head.len);
	} else if (e->type == SERVICE_EFFECT_EVENT) {
		size_t at = strlen(n->events);

		if (at + 2 < sizeof n->events)
			n->events[at] = (char)('0' + e->head.data[0] % 10);
	} else if (e->type == SERVICE_EFFECT_EXIT) {
		n->exited = true;
	} else {
		assert_int_equal(e->type, SERVICE_EFFECT_LOG);
		if (getenv("CLUSTER_LOG"))
			printf("[%llu] %u %.*s\n", (unsigned long long)n->cluster->now_ms, n->id.v, (int)e->head.len,
			       (const char *)e->head.data);
	}
}

static void drain(void *host, struct service_effects *fx)
{
	struct cluster_node *n = host;

	for (uint32_t i = 0; i < fx->count; i++)
		if (fx == &n->votequorum_fx || fx->items[i].type != SERVICE_EFFECT_EVENT)
			carry_out(n, &fx->items[i]);
	fx->count = 0;
	fx->scratch_used = 0;
}

static void votequorum_to(struct cluster_node *n, struct service_event ev)
{
	votequorum_step(&n->votequorum, &ev, &n->votequorum_fx);
	drain(n, &n->votequorum_fx);
}

static void quorum_to(struct cluster_node *n, struct service_event ev)
{
	quorum_step(&n->quorum, &ev, &n->quorum_fx);
	drain(n, &n->quorum_fx);
}

static void service_to(struct cluster_node *n, uint8_t service, enum service_event_type type)
{
	struct service_event ev = {.type = type, .view = sync_view(&n->sync)};

	if (service == SERVICE_QUORUM)
		quorum_to(n, ev);
	else
		votequorum_to(n, ev);
}

/* What a node sent before its first ring goes out when the ring is in force. */
static void send_early(struct cluster *c, struct cluster_node *n)
{
	uint64_t end = c->count;

	for (uint64_t i = n->begin; i < end; i++) {
		if (c->messages[i].ring != 0 || !node_id_eq(c->messages[i].from, n->id))
			continue;
		c->messages[i].ring = UINT64_MAX;
		send(n, false, bytes_of(c->messages[i].bytes, c->messages[i].len), (struct bytes){0});
	}
	n->begin = c->count;
}

static void sync_to(struct cluster_node *n, struct sync_event ev)
{
	static const enum service_event_type types[] = {
		[SYNC_EFFECT_ABORT] = SERVICE_EVENT_SYNC_ABORT,
		[SYNC_EFFECT_INIT] = SERVICE_EVENT_SYNC_INIT,
		[SYNC_EFFECT_PROCESS] = SERVICE_EVENT_SYNC_PROCESS,
		[SYNC_EFFECT_ACTIVATE] = SERVICE_EVENT_SYNC_ACTIVATE,
	};
	bool process = true;

	while (process) {
		process = false;
		sync_step(&n->sync, &ev, &sync_fx);
		for (uint32_t i = 0; i < sync_fx.count; i++) {
			const struct sync_effect *e = &sync_fx.items[i];

			if (e->type == SYNC_EFFECT_SEND)
				send(n, true, e->bytes, (struct bytes){0});
			else if (e->type == SYNC_EFFECT_FINISHED)
				send_early(n->cluster, n);
			else
				service_to(n, e->service, types[e->type]);
			if (e->type == SYNC_EFFECT_PROCESS) {
				ev = (struct sync_event){.type = SYNC_EVENT_PROCESSED,
							 .again = e->service == SERVICE_VOTEQUORUM &&
								  n->votequorum_fx.sync_again};
				process = true;
			}
		}
	}
}

static struct cluster_node *node(struct cluster *c, char digit)
{
	assert_in_range(digit, '1', '0' + CLUSTER_NODES);
	return &c->nodes[digit - '0'];
}

void cluster_init(struct cluster *c, void (*configure)(struct map *map, node_id id))
{
	memset(c, 0, sizeof *c);
	c->configure = configure;
	c->rings = 4;
	c->messages = malloc(CLUSTER_MESSAGES * sizeof c->messages[0]);
	assert_non_null(c->messages);
}

void cluster_fini(struct cluster *c)
{
	for (int i = 1; i <= CLUSTER_NODES; i++) {
		free(c->nodes[i].memory);
		c->nodes[i].memory = NULL;
	}
	free(c->messages);
	c->messages = NULL;
}

static void start(struct cluster *c, struct cluster_node *n, uint32_t id)
{
	static const uint8_t services[] = {SERVICE_QUORUM, SERVICE_VOTEQUORUM};
	uint8_t *memory = n->memory ? n->memory : aligned_alloc(16, CLUSTER_POOL);
	uint8_t file[sizeof n->file];
	size_t file_len = n->file_len;

	memcpy(file, n->file, sizeof file);
	memset(n, 0, sizeof *n);
	n->cluster = c;
	n->id = node_id_of(id);
	n->up = true;
	n->begin = c->count;
	n->memory = memory;
	memcpy(n->file, file, sizeof file);
	n->file_len = file_len;
	n->quorum_fx.drain = n->votequorum_fx.drain = drain;
	n->quorum_fx.host = n->votequorum_fx.host = n;
	pool_init(&n->pool, memory, CLUSTER_POOL);
	map_init(&n->map, &n->pool);
	c->configure(&n->map, n->id);
	sync_init(&n->sync, n->id, services, 2);
	quorum_init(&n->quorum, n->id, true);
	votequorum_init(&n->votequorum, n->id, &n->map, &n->pool);
	votequorum_restore(&n->votequorum, bytes_of(n->file, n->file_len));
	votequorum_to(n, (struct service_event){.type = SERVICE_EVENT_START});
	votequorum_to(n, (struct service_event){.type = SERVICE_EVENT_CONNECT, .client = {1}});
}

void cluster_start(struct cluster *c, const char *ids)
{
	for (; *ids; ids++)
		start(c, node(c, *ids), (uint32_t)(*ids - '0'));
}

void cluster_kill(struct cluster *c, const char *ids)
{
	for (; *ids; ids++)
		node(c, *ids)->up = false;
}

void cluster_leave(struct cluster *c, uint32_t id)
{
	votequorum_to(&c->nodes[id], (struct service_event){.type = SERVICE_EVENT_LEAVE});
	cluster_run(c);
	c->nodes[id].up = false;
}

void cluster_ring(struct cluster *c, const char *ids)
{
	struct view v = {.ring = {node_id_of((uint32_t)(ids[0] - '0')), c->rings += 4}};
	uint64_t olds[CLUSTER_NODES + 1], begin = c->count;

	for (const char *s = ids; *s; s++) {
		node_list_add(&v.members, node_id_of((uint32_t)(*s - '0')));
		olds[*s - '0'] = node(c, *s)->ring;
	}
	for (const char *s = ids; *s; s++) {
		struct cluster_node *n = node(c, *s);

		assert_true(n->up);
		v.trans.count = 0;
		for (const char *t = ids; *t; t++)
			if (olds[*t - '0'] == olds[*s - '0'] && (*t == *s || olds[*t - '0'] != 0))
				node_list_add(&v.trans, node_id_of((uint32_t)(*t - '0')));
		n->ring = v.ring.seq;
		sync_to(n, (struct sync_event){.type = SYNC_EVENT_VIEW, .view = &v});
	}
	for (const char *s = ids; *s; s++)
		node(c, *s)->at = begin;
}

static void deliver(struct cluster_node *n, const struct cluster_message *m)
{
	struct bytes b = bytes_of(m->bytes, m->len);

	if (m->sync)
		sync_to(n, (struct sync_event){.type = SYNC_EVENT_MESSAGE, .from = m->from, .message = b});
	else
		votequorum_to(n,
			      (struct service_event){
				      .type = SERVICE_EVENT_DELIVER, .from = m->from, .fn = m->bytes[0], .message = b});
}

/* One message of each node's ring. */
static bool run_one(struct cluster *c, struct cluster_node *n)
{
	if (n->retry) {
		n->retry = false;
		sync_to(n, (struct sync_event){.type = SYNC_EVENT_RETRY});
	}
	while (n->ring != 0 && n->at < c->count && c->messages[n->at].ring != n->ring)
		n->at++;
	if (n->ring == 0 || n->at == c->count)
		return false;
	deliver(n, &c->messages[n->at++]);
	return true;
}

static void compare(struct cluster *c)
{
	for (int i = 1; i <= CLUSTER_NODES; i++) {
		struct cluster_node *n = &c->nodes[i];

		if (!n->up || n->ring == 0 || sync_in_progress(&n->sync))
			continue;
		assert_int_equal(n->quorum.quorate, n->votequorum.quorate);
		assert_true(node_list_eq(&n->quorum.reported, &n->votequorum.view.members));
		assert_true(node_list_eq(&n->quorum.active, &n->votequorum.view.members));
	}
}

void cluster_run_some(struct cluster *c, uint64_t messages)
{
	for (bool busy = true; busy && messages > 0; messages--) {
		busy = false;
		for (int i = 1; i <= CLUSTER_NODES; i++)
			if (c->nodes[i].up)
				busy |= run_one(c, &c->nodes[i]);
	}
	compare(c);
}

void cluster_run(struct cluster *c)
{
	cluster_run_some(c, UINT64_MAX);
}

void cluster_form(struct cluster *c, const char *ids)
{
	cluster_ring(c, ids);
	cluster_run(c);
}

void cluster_advance(struct cluster *c, uint64_t ms)
{
	c->now_ms += ms;
	for (int i = 1; i <= CLUSTER_NODES; i++) {
		struct cluster_node *n = &c->nodes[i];

		for (int t = 0; t < SERVICE_TIMER_COUNT && n->up; t++) {
			if (n->timers[t] == 0 || n->timers[t] > c->now_ms)
				continue;
			n->timers[t] = 0;
			votequorum_to(n, (struct service_event){.type = SERVICE_EVENT_TIMEOUT,
								.timer = (enum service_timer)t});
		}
	}
	cluster_run(c);
}

void cluster_reconfigure(struct cluster *c, uint32_t id)
{
	votequorum_to(&c->nodes[id], (struct service_event){.type = SERVICE_EVENT_CONFIG});
}

uint32_t cluster_ask(struct cluster *c, uint32_t id, uint16_t fn, const void *body, size_t len)
{
	struct cluster_node *n = &c->nodes[id];
	uint8_t b[600] = {(uint8_t)fn, [8] = (uint8_t)(len + 16), (uint8_t)((len + 16) >> 8)};
	uint32_t replies = n->replies, status;

	assert_true(len + 16 <= sizeof b);
	if (len > 0)
		memcpy(b + 16, body, len);
	votequorum_to(
		n, (struct service_event){
			   .type = SERVICE_EVENT_REQUEST, .client = {1}, .fn = fn, .message = bytes_of(b, len + 16)});
	if (n->replies == replies)
		return 0;
	memcpy(&status, n->reply + 16, sizeof status);
	return status;
}

const char *cluster_quorate(struct cluster *c)
{
	static char ids[CLUSTER_NODES + 1];
	size_t n = 0;

	for (int i = 1; i <= CLUSTER_NODES; i++)
		if (c->nodes[i].up && c->nodes[i].quorum.quorate)
			ids[n++] = (char)('0' + i);
	ids[n] = '\0';
	return ids;
}

struct cluster_info cluster_info(struct cluster *c, uint32_t asked, uint32_t about)
{
	struct cluster_info i = {0};
	uint32_t body[2] = {about};

	assert_int_equal(cluster_ask(c, asked, 0, body, sizeof body), STATUS_OK);
	memcpy(&i, c->nodes[asked].reply + 24, 36);
	memcpy(i.name, c->nodes[asked].reply + 60, sizeof i.name);
	return i;
}
