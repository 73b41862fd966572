/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpg-world.h"

#include "base/text.h"

enum { POOL_BYTES = 16 * 1024 * 1024, STREAM_MAX = 4096, HEADER = 16 };

struct message {
	uint32_t from;
	uint16_t fn;
	size_t length;
	uint8_t *bytes;
};

struct told {
	char *text;
	size_t length, size;
};

struct node {
	struct cpg cpg;
	struct pool pool;
	uint8_t *memory;
	struct service_effects fx;
	struct node_list ring;
	struct told told[WORLD_CLIENTS];
	uint32_t incarnation[WORLD_CLIENTS];
};

struct world_reply world_reply;
uint32_t world_logs;

static struct node nodes[WORLD_NODES + 1];
static uint32_t node_count;
static struct message stream[STREAM_MAX];
static uint32_t stream_count;
static uint64_t ring_seq;
static uint32_t events;
static uint32_t steps_unchecked; /* with so many processes that the check is slow */

static void append(struct node *n, client_id to, const char *line)
{
	uint32_t i = client_slot(to);
	size_t more = strlen(line) + 1;
	struct told *told;

	assert_true(i < WORLD_CLIENTS);
	assert_int_equal(to.v, i + CLIENTS_MAX * n->incarnation[i]);
	told = &n->told[i];
	if (told->length + more > told->size) {
		told->size = 2 * (told->size + more);
		told->text = realloc(told->text, told->size);
		assert_non_null(told->text);
	}
	memcpy(told->text + told->length, line, more);
	told->length += more - 1;
}

static void add_addresses(struct text *t, const uint8_t **at, uint32_t count, const char *sign, bool reason)
{
	assert_true(count <= CPG_EVENT_LIST_MAX);
	for (uint32_t i = 0; i < count; i++, *at += 24) {
		text_add(t, " %s%u:%u", sign, u32_at(*at, 0), u32_at(*at, 8));
		if (reason)
			text_add(t, "/%u", u32_at(*at, 16));
		else
			assert_int_equal(u32_at(*at, 16), 0);
	}
}

static void add_name(struct text *t, const uint8_t *b)
{
	uint32_t length = u32_at(b, 24);

	assert_true(length <= GROUP_NAME_MAX);
	text_add(t, "%.*s", (int)length, (const char *)b + 32);
	for (uint32_t i = length; i < GROUP_NAME_MAX; i++)
		assert_int_equal(b[32 + i], 0);
}

static void add_change(struct text *t, const uint8_t *b, size_t length)
{
	uint32_t m = u32_at(b, 160), j = u32_at(b, 168), l = u32_at(b, 176);
	const uint8_t *at = b + 184;

	assert_int_equal(length, 184 + 24 * (m + j + l));
	text_add(t, "change ");
	add_name(t, b);
	text_add(t, ":");
	add_addresses(t, &at, m, "", false);
	add_addresses(t, &at, l, "-", true);
	add_addresses(t, &at, j, "+", true);
}

static void add_ring(struct text *t, const uint8_t *b, size_t length)
{
	uint32_t n = u32_at(b, 40);

	assert_true(n <= CPG_EVENT_LIST_MAX);
	assert_int_equal(length, 48 + 4 * n);
	text_add(t, "ring %u.%u:", u32_at(b, 24), u32_at(b, 32));
	for (uint32_t i = 0; i < n; i++)
		text_add(t, " %u", u32_at(b, 44 + 4 * i));
}

static void add_event(struct text *t, const uint8_t *b, size_t length)
{
	switch (u32_at(b, 0)) {
	case 4:
		add_change(t, b, length);
		break;
	case 5:
		assert_int_equal(length, 184 + u32_at(b, 160));
		text_add(t, "message ");
		add_name(t, b);
		text_add(t, " %u:%u %.*s", u32_at(b, 168), u32_at(b, 176), (int)(length - 184), (const char *)b + 184);
		break;
	case 13:
		add_ring(t, b, length);
		break;
	case 17:
		assert_int_equal(length, 200 + u32_at(b, 168));
		text_add(t, "part ");
		add_name(t, b);
		text_add(t, " %u:%u %u %u %.*s", u32_at(b, 176), u32_at(b, 184), u32_at(b, 192), u32_at(b, 160),
			 (int)(length - 200), (const char *)b + 200);
		break;
	default:
		fail_msg("no client knows event %u", u32_at(b, 0));
	}
	text_add(t, "\n");
}

static void take_event(struct node *n, const struct service_effect *e, uint8_t *b, size_t length)
{
	char line[16384];
	struct text t = text_of(line, sizeof line);

	assert_int_equal(u32_at(b, 8), length);
	assert_int_equal(u32_at(b, 16), STATUS_OK);
	add_event(&t, b, length);
	assert_false(t.cut);
	append(n, e->client, line);
	events++;
}

static void take_reply(const uint8_t *b, size_t length)
{
	assert_int_equal(u32_at(b, 8), length);
	assert_true(length <= sizeof world_reply.bytes);
	world_reply.count++;
	world_reply.id = (int32_t)u32_at(b, 0);
	world_reply.status = (enum status)u32_at(b, 16);
	world_reply.length = length;
	memcpy(world_reply.bytes, b, length);
}

static void take_multicast(uint32_t from, const uint8_t *b, size_t length)
{
	assert_int_equal(u32_at(b, 0) >> 16, SERVICE_CPG);
	assert_int_equal(u32_at(b, 8), length);
	world_forge(from, (uint16_t)u32_at(b, 0), b, length);
}

static void carry_out(void *host, struct service_effects *fx)
{
	struct node *n = host;

	for (uint32_t i = 0; i < fx->count; i++) {
		const struct service_effect *e = &fx->items[i];
		size_t length = e->head.len + e->tail.len;
		uint8_t *b = malloc(length + 1);

		memcpy(b, e->head.data, e->head.len);
		if (e->tail.len > 0)
			memcpy(b + e->head.len, e->tail.data, e->tail.len);
		if (e->type == SERVICE_EFFECT_MULTICAST)
			take_multicast(n->cpg.self.v, b, length);
		else if (e->type == SERVICE_EFFECT_EVENT)
			take_event(n, e, b, length);
		else if (e->type == SERVICE_EFFECT_REPLY)
			take_reply(b, length);
		else if (e->type == SERVICE_EFFECT_LOG)
			world_logs++;
		else
			fail_msg("effect %d is none of cpg's", (int)e->type);
		free(b);
	}
	fx->count = 0;
	fx->scratch_used = 0;
}

static void step(uint32_t node, struct service_event ev)
{
	struct node *n = &nodes[node];

	assert_true(node >= 1 && node <= node_count);
	cpg_step(&n->cpg, &ev, &n->fx);
	carry_out(n, &n->fx);
	if (n->cpg.process_count < 1000 || ++steps_unchecked % 512 == 0)
		cpg_check(&n->cpg);
}

void world_start(uint32_t count)
{
	world_stop();
	for (uint32_t i = 1; i <= count; i++) {
		struct node *n = &nodes[i];

		n->memory = malloc(POOL_BYTES);
		pool_init(&n->pool, n->memory, POOL_BYTES);
		cpg_init(&n->cpg, node_id_of(i), &n->pool);
		n->fx.drain = carry_out;
		n->fx.host = n;
	}
	node_count = count;
}

void world_stop(void)
{
	for (uint32_t i = 1; i <= node_count; i++) {
		for (uint32_t k = 0; k < WORLD_CLIENTS; k++)
			free(nodes[i].told[k].text);
		free(nodes[i].memory);
		memset(&nodes[i], 0, sizeof nodes[i]);
	}
	while (stream_count > 0)
		free(stream[--stream_count].bytes);
	node_count = 0;
	ring_seq = 0;
	events = 0;
	world_logs = 0;
}

struct cpg *world_cpg(uint32_t node)
{
	return &nodes[node].cpg;
}

struct pool *world_pool(uint32_t node)
{
	return &nodes[node].pool;
}

static client_id id_of(uint32_t node, uint32_t client)
{
	return (client_id){client + CLIENTS_MAX * nodes[node].incarnation[client]};
}

void world_connect(uint32_t node, uint32_t client)
{
	assert_true(client > 0 && client < WORLD_CLIENTS);
	nodes[node].incarnation[client]++;
	step(node, (struct service_event){.type = SERVICE_EVENT_CONNECT, .client = id_of(node, client), .pid = client});
}

void world_disconnect(uint32_t node, uint32_t client)
{
	step(node, (struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = id_of(node, client)});
}

void world_request(uint32_t node, uint32_t client, uint16_t fn, const void *body, size_t length)
{
	uint8_t *b = malloc(HEADER + length);
	uint32_t id = fn, size = (uint32_t)(HEADER + length);

	memset(b, 0xee, HEADER);
	memcpy(b, &id, sizeof id);
	memcpy(b + 8, &size, sizeof size);
	if (length > 0)
		memcpy(b + HEADER, body, length);
	world_reply = (struct world_reply){0};
	step(node, (struct service_event){.type = SERVICE_EVENT_REQUEST,
					  .client = id_of(node, client),
					  .fn = fn,
					  .message = bytes_of(b, size)});
	free(b);
}

/* What is no part of a name, or padding, is rubbish in requests. */
void world_put_name(uint8_t *at, const void *name, size_t length)
{
	uint32_t n = (uint32_t)length;

	memset(at, 0xee, 136);
	memcpy(at, &n, sizeof n);
	memcpy(at + 8, name, length <= GROUP_NAME_MAX ? length : GROUP_NAME_MAX);
}

static enum status answered(int32_t id)
{
	assert_int_equal(world_reply.count, 1);
	assert_int_equal(world_reply.id, id);
	return world_reply.status;
}

enum status world_join(uint32_t node, uint32_t client, const char *name, uint32_t pid, uint32_t flags)
{
	uint8_t b[152];

	memset(b, 0xee, sizeof b);
	world_put_name(b, name, strlen(name));
	memcpy(b + 136, &pid, sizeof pid);
	memcpy(b + 144, &flags, sizeof flags);
	world_request(node, client, 0, b, sizeof b);
	return answered(0);
}

void world_joined(uint32_t node, uint32_t client, const char *name, uint32_t pid)
{
	assert_int_equal(world_join(node, client, name, pid, 0), STATUS_OK);
	world_run();
	(void)world_told(node, client);
}

enum status world_leave(uint32_t node, uint32_t client, const char *name, uint32_t pid)
{
	uint8_t b[144];

	memset(b, 0xee, sizeof b);
	world_put_name(b, name, strlen(name));
	memcpy(b + 136, &pid, sizeof pid);
	world_request(node, client, 1, b, sizeof b);
	return answered(1);
}

void world_mcast(uint32_t node, uint32_t client, const char *text)
{
	uint32_t n = (uint32_t)strlen(text);
	uint8_t b[24 + 4096];

	memset(b, 0xee, 24);
	memcpy(b + 16, &n, sizeof n);
	memcpy(b + 24, text, n);
	world_request(node, client, 2, b, 24 + n);
	assert_int_equal(world_reply.count, 0);
}

enum status world_partial(uint32_t node, uint32_t client, uint32_t type, uint32_t total, const char *text)
{
	uint32_t n = (uint32_t)strlen(text);
	uint8_t b[40 + 4096];

	memset(b, 0xee, 40);
	memcpy(b + 16, &total, sizeof total);
	memcpy(b + 24, &n, sizeof n);
	memcpy(b + 32, &type, sizeof type);
	memcpy(b + 40, text, n);
	world_request(node, client, 12, b, 40 + n);
	return answered(18);
}

void world_forge(uint32_t from, uint16_t fn, const void *message, size_t length)
{
	struct message *m = &stream[stream_count];

	assert_true(stream_count < STREAM_MAX);
	*m = (struct message){.from = from, .fn = fn, .length = length, .bytes = malloc(length + 1)};
	if (length > 0)
		memcpy(m->bytes, message, length);
	stream_count++;
}

uint32_t world_waiting(void)
{
	return stream_count;
}

uint16_t world_waiting_fn(uint32_t i)
{
	assert_true(i < stream_count);
	return stream[i].fn;
}

struct bytes world_waiting_bytes(uint32_t i)
{
	assert_true(i < stream_count);
	return bytes_of(stream[i].bytes, stream[i].length);
}

static bool together(uint32_t from, uint32_t to)
{
	return from == to || node_list_has(&nodes[to].ring, node_id_of(from));
}

void world_run(void)
{
	while (stream_count > 0) {
		struct message m = stream[0];

		memmove(stream, stream + 1, --stream_count * sizeof m);
		for (uint32_t i = 1; i <= node_count; i++) {
			if (together(m.from, i))
				step(i, (struct service_event){.type = SERVICE_EVENT_DELIVER,
							       .from = node_id_of(m.from),
							       .fn = m.fn,
							       .message = bytes_of(m.bytes, m.length)});
		}
		free(m.bytes);
	}
}

static void members_of(const char *names, struct node_list *ret)
{
	ret->count = 0;
	for (; *names != '\0'; names++)
		assert_true(node_list_add(ret, node_id_of((uint32_t)(*names - '0'))));
	node_list_sort(ret);
}

static void ring_step(const char *names, enum service_event_type type)
{
	struct view view = {0};

	members_of(names, &view.members);
	view.ring = (struct ring_id){view.members.ids[0], ring_seq};
	for (uint32_t i = 0; i < view.members.count; i++) {
		struct node *n = &nodes[view.members.ids[i].v];

		node_list_intersect(&n->ring, &view.members, &view.trans);
		step(view.members.ids[i].v, (struct service_event){.type = type, .view = &view});
		if (type == SERVICE_EVENT_SYNC_INIT)
			n->ring = view.members;
	}
}

void world_ring_begin(const char *names)
{
	ring_seq += 4;
	ring_step(names, SERVICE_EVENT_SYNC_INIT);
	ring_step(names, SERVICE_EVENT_SYNC_PROCESS);
	world_run();
}

void world_ring_end(const char *names)
{
	ring_step(names, SERVICE_EVENT_SYNC_ACTIVATE);
}

void world_ring(const char *names)
{
	world_ring_begin(names);
	world_ring_end(names);
}

void world_abort(const char *names)
{
	ring_step(names, SERVICE_EVENT_SYNC_ABORT);
}

const char *world_told(uint32_t node, uint32_t client)
{
	struct told *told = &nodes[node].told[client];

	if (told->length == 0)
		return "";
	told->length = 0;
	return told->text;
}

uint32_t world_events(void)
{
	return events;
}

int world_three(void **state)
{
	(void)state;
	world_start(3);
	for (uint32_t node = 1; node <= 3; node++) {
		for (uint32_t client = 1; client <= 3; client++)
			world_connect(node, client);
	}
	return 0;
}

int world_end(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

void world_forget(void)
{
	for (uint32_t node = 1; node <= 3; node++) {
		for (uint32_t client = 1; client <= 3; client++)
			(void)world_told(node, client);
	}
}

int world_three_joined(void **state)
{
	world_three(state);
	world_ring("123");
	world_joined(2, 1, "g", 20);
	world_joined(1, 1, "g", 10);
	world_joined(3, 1, "g", 30);
	world_forget();
	return 0;
}
