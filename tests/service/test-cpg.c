/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client of cpg may ask and what it is answered, at one node (engine-ipc.md §2). */
#include "cpg-world.h"

static int alone(void **state)
{
	(void)state;
	world_start(1);
	world_ring("1");
	for (uint32_t i = 1; i <= 4; i++)
		world_connect(1, i);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	world_stop();
	return 0;
}

/* Everything that cpg took for clients and processes is given back when they are gone. */
static int stop_empty(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		world_disconnect(1, i);
	world_run();
	assert_int_equal(world_pool(1)->used, 0);
	assert_int_equal(world_cpg(1)->group_count, 0);
	world_stop();
	return 0;
}

static void test_request_ring_flags(void **state)
{
	static const bool needs[14] = {true,  true, true, false, false, false, false,
				       false, true, true, true,  true,  true,  false};

	(void)state;
	for (uint16_t fn = 0; fn < 14; fn++)
		assert_int_equal(cpg_request_needs_ring(fn), needs[fn]);
	assert_false(cpg_request_needs_ring(0xffff));
}

static void test_request_sizes(void **state)
{
	static const struct {
		size_t size;
		int32_t answer;
	} rules[] = {{168, 0}, {160, 1}, {40, -1},  {152, 3}, {16, 7}, {160, 9}, {24, 10},
		     {24, 11}, {16, 12}, {152, 14}, {32, 15}, {24, 2}, {56, 18}};
	static const uint8_t zero[256];

	(void)state;
	for (uint16_t fn = 0; fn < 13; fn++) {
		for (size_t size = 16; size < rules[fn].size; size++) {
			world_request(1, 1, fn, zero, size - 16);
			assert_int_equal(world_reply.count, rules[fn].answer >= 0);
			if (rules[fn].answer < 0)
				continue;
			assert_int_equal(world_reply.id, rules[fn].answer);
			assert_int_equal(world_reply.status, STATUS_INVALID_PARAM);
			assert_int_equal(world_reply.length, 24);
		}
	}
	assert_int_equal(world_waiting(), 0);
}

static void test_request_unknown(void **state)
{
	(void)state;
	world_request(1, 1, 13, NULL, 0);
	assert_int_equal(world_reply.count, 1);
	assert_int_equal(world_reply.id, 0);
	assert_int_equal(world_reply.status, STATUS_INVALID_PARAM);
	world_request(1, 1, 0xffff, NULL, 0);
	assert_int_equal(world_reply.status, STATUS_INVALID_PARAM);
}

static void ask(struct cpg *c, struct service_effects *fx, uint32_t client, uint16_t fn, const uint8_t *b, size_t size)
{
	struct service_event ev = {.type = SERVICE_EVENT_REQUEST, .client = {client}, .fn = fn};

	ev.message = bytes_of(b, size);
	fx->count = 0;
	fx->scratch_used = 0;
	cpg_step(c, &ev, fx);
}

/* The host knows only the low half of the id; -65532 is not LOCAL_GET. */
static void test_request_negative(void **state)
{
	static struct service_effects fx;
	uint32_t client = 1 + CLIENTS_MAX;
	uint8_t b[16] = {0};

	(void)state;
	put_u32(b, 0, 0xffff0004);
	put_u32(b, 8, 16);
	ask(world_cpg(1), &fx, client, 4, b, sizeof b);
	assert_int_equal(fx.count, 1);
	assert_int_equal(u32_at(fx.items[0].head.data, 16), STATUS_INVALID_PARAM);
	put_u32(b, 0, 4);
	ask(world_cpg(1), &fx, client, 4, b, sizeof b);
	assert_int_equal(u32_at(fx.items[0].head.data, 16), STATUS_OK);
	ask(world_cpg(1), &fx, client + CLIENTS_MAX, 4, b, sizeof b);
	assert_int_equal(fx.count, 0);
}

static void test_join_message(void **state)
{
	struct bytes m;

	(void)state;
	assert_int_equal(world_join(1, 1, "web", 4711, 0), STATUS_OK);
	assert_int_equal(world_reply.length, 24);
	assert_int_equal(cpg_client_state(world_cpg(1), (client_id){1 + CLIENTS_MAX}), CPG_JOINING);
	assert_int_equal(world_waiting(), 1);
	assert_int_equal(world_waiting_fn(0), 0);
	m = world_waiting_bytes(0);
	assert_int_equal(m.len, 168);
	assert_int_equal(u32_at(m.data, 0), 0x20000);
	assert_int_equal(u32_at(m.data, 16), 3);
	assert_memory_equal(m.data + 24, "web\0\0\0\0", 8);
	assert_int_equal(u32_at(m.data, 152), 4711);
	assert_int_equal(u32_at(m.data, 160), 1);
	world_run();
	assert_string_equal(world_told(1, 1), "change web: 1:4711 +1:4711/1\n");
	assert_int_equal(cpg_client_state(world_cpg(1), (client_id){1 + CLIENTS_MAX}), CPG_JOINED);
	assert_int_equal(cpg_member_count(world_cpg(1), "web", 3), 1);
}

/* After its own join, not after that of another that came first. */
static void test_join_initial_ring(void **state)
{
	(void)state;
	assert_int_equal(world_join(1, 2, "g", 20, 0), STATUS_OK);
	assert_int_equal(world_join(1, 1, "g", 10, 1), STATUS_OK);
	assert_int_equal(world_join(1, 3, "other", 30, 0), STATUS_OK);
	world_run();
	assert_string_equal(world_told(1, 1), "change g: 1:10 1:20 +1:10/1\nring 1.4: 1\n");
	assert_string_equal(world_told(1, 3), "change other: 1:30 +1:30/1\n");
	world_joined(1, 4, "g", 40);
	assert_string_equal(world_told(1, 1), "change g: 1:10 1:20 1:40 +1:40/1\n");
}

static void test_join_status(void **state)
{
	(void)state;
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_OK);
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_EXIST);
	assert_int_equal(world_join(1, 1, "h", 10, 0), STATUS_EXIST);
	assert_int_equal(world_join(1, 2, "g", 10, 0), STATUS_EXIST);
	world_run();
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_EXIST);
	assert_int_equal(world_join(1, 1, "h", 10, 0), STATUS_EXIST);
	assert_int_equal(world_join(1, 2, "g", 10, 0), STATUS_EXIST);
	assert_int_equal(world_join(1, 2, "g", 11, 0), STATUS_OK);
	world_run();
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_OK);
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_EXIST);
	assert_int_equal(world_join(1, 1, "h", 10, 0), STATUS_BUSY);
	assert_int_equal(world_waiting(), 1);
}

static void test_join_before_leave_delivered(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	world_disconnect(1, 1);
	assert_int_equal(world_join(1, 2, "g", 10, 0), STATUS_TRY_AGAIN);
	assert_int_equal(cpg_client_state(world_cpg(1), (client_id){2 + CLIENTS_MAX}), CPG_UNJOINED);
	world_run();
	assert_int_equal(world_join(1, 2, "g", 10, 0), STATUS_OK);
	world_connect(1, 1);
}

static void join_bytes(uint32_t client, const void *name, size_t length, uint32_t pid, enum status expected)
{
	uint8_t b[152] = {0};

	world_put_name(b, name, length);
	put_u32(b, 136, pid);
	world_request(1, client, 0, b, sizeof b);
	assert_int_equal(world_reply.count, 1);
	assert_int_equal(world_reply.status, expected);
}

static void test_join_names(void **state)
{
	char name[200];

	(void)state;
	memset(name, 'n', sizeof name);
	join_bytes(1, name, 129, 1, STATUS_NAME_TOO_LONG);
	join_bytes(1, name, 0xffffffff, 1, STATUS_NAME_TOO_LONG);
	join_bytes(1, name, 128, 1, STATUS_OK);
	join_bytes(2, name, 0, 2, STATUS_OK);
	join_bytes(3, "a\0b", 3, 3, STATUS_OK);
	join_bytes(4, "a\0c", 3, 3, STATUS_OK);
	world_run();
	assert_int_equal(cpg_member_count(world_cpg(1), name, 128), 1);
	assert_int_equal(cpg_member_count(world_cpg(1), name, 127), 0);
	assert_int_equal(cpg_member_count(world_cpg(1), "", 0), 1);
	assert_int_equal(cpg_member_count(world_cpg(1), "a\0b", 3), 1);
	assert_int_equal(cpg_member_count(world_cpg(1), "a", 1), 0);
	assert_string_equal(world_told(1, 2), "change : 1:2 +1:2/1\n");
}

/* Programs differ in whether they count the NUL; these are different groups. */
static void test_join_nul_counts(void **state)
{
	(void)state;
	join_bytes(1, "abc", 3, 1, STATUS_OK);
	join_bytes(2, "abc\0", 4, 1, STATUS_OK);
	world_run();
	assert_int_equal(cpg_member_count(world_cpg(1), "abc", 3), 1);
	assert_int_equal(cpg_member_count(world_cpg(1), "abc\0", 4), 1);
}

static void test_join_group_full(void **state)
{
	(void)state;
	for (uint32_t i = 5; i < 5 + CPG_EVENT_LIST_MAX; i++) {
		world_connect(1, i);
		world_joined(1, i, "g", i);
	}
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), CPG_EVENT_LIST_MAX);
	assert_int_equal(world_join(1, 1, "g", 1, 0), STATUS_NO_RESOURCES);
	assert_int_equal(world_logs, 1);
	assert_int_equal(world_join(1, 1, "h", 1, 0), STATUS_OK);
	world_disconnect(1, 5);
	world_run();
	assert_int_equal(world_join(1, 2, "g", 1, 0), STATUS_OK);
}

/* Joins that cross pass the door; 260 hearers also are more than the effects hold at once. */
static void test_join_crossing(void **state)
{
	uint32_t first, second;

	(void)state;
	for (uint32_t i = 5; i < 265; i++) {
		world_connect(1, i);
		assert_int_equal(world_join(1, i, "g", i, 1), STATUS_OK);
	}
	world_run();
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), 260);
	assert_int_equal(world_events(), 260 * 261 / 2 + 260);
	for (uint32_t i = 5; i < 265; i++)
		(void)world_told(1, i);
	world_mcast(1, 264, "all of you");
	world_run();
	for (uint32_t i = 5; i < 265; i++)
		assert_string_equal(world_told(1, i), "message g 1:264 all of you\n");
	world_disconnect(1, 264);
	world_run();
	assert_int_equal(sscanf(world_told(1, 5), "change g: 1:%u 1:%u", &first, &second), 2);
	assert_int_equal(first, 5);
	assert_int_equal(second, 6);
}

static void test_join_no_memory(void **state)
{
	static uint8_t memory[64] __attribute__((aligned(16)));
	static struct cpg c;
	static struct service_effects fx;
	struct pool none;
	uint8_t b[168] = {0};
	struct service_event ev = {.type = SERVICE_EVENT_CONNECT, .client = {1}};

	(void)state;
	pool_init(&none, memory, sizeof memory);
	cpg_init(&c, node_id_of(1), &none);
	cpg_step(&c, &ev, &fx);
	put_u32(b, 8, sizeof b);
	put_u32(b, 16, 1);
	b[24] = 'g';
	ask(&c, &fx, 1, 0, b, sizeof b);
	assert_int_equal(fx.count, 1);
	assert_int_equal(u32_at(fx.items[0].head.data, 16), STATUS_NO_MEMORY);
	put_u32(b, 0, 5);
	put_u32(b, 152, 3);
	ask(&c, &fx, 1, 5, b, sizeof b);
	assert_int_equal(u32_at(fx.items[0].head.data, 16), STATUS_NO_MEMORY);
	cpg_check(&c);
}

static void test_leave(void **state)
{
	struct bytes m;

	(void)state;
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_NOT_EXIST);
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_OK);
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_BUSY);
	world_run();
	world_joined(1, 2, "g", 20);
	(void)world_told(1, 1);
	assert_int_equal(world_leave(1, 1, "h", 10), STATUS_NOT_EXIST);
	assert_int_equal(world_leave(1, 1, "g", 99), STATUS_OK);
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_NOT_EXIST);
	assert_int_equal(world_waiting(), 1);
	assert_int_equal(world_waiting_fn(0), 1);
	m = world_waiting_bytes(0);
	assert_int_equal(m.len, 168);
	assert_int_equal(u32_at(m.data, 152), 10);
	assert_int_equal(u32_at(m.data, 160), 2);
	world_run();
	assert_string_equal(world_told(1, 1), "change g: 1:20 -1:10/2\n");
	assert_string_equal(world_told(1, 2), "change g: 1:20 -1:10/2\n");
	world_mcast(1, 2, "gone");
	world_run();
	assert_string_equal(world_told(1, 1), "");
}

static void test_leave_name_too_long(void **state)
{
	uint8_t b[144] = {0};

	(void)state;
	world_joined(1, 1, "g", 10);
	put_u32(b, 0, 129);
	world_request(1, 1, 1, b, sizeof b);
	assert_int_equal(world_reply.status, STATUS_NAME_TOO_LONG);
}

/* The reference answers EXIST or BUSY for ever. */
static void test_join_again(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(world_join(1, 1, "g", 10, 1), STATUS_OK);
		world_run();
		assert_string_equal(world_told(1, 1), "change g: 1:10 +1:10/1\nring 1.4: 1\n");
		assert_int_equal(world_leave(1, 1, "g", 10), STATUS_OK);
		world_run();
		assert_string_equal(world_told(1, 1), "change g: -1:10/2\n");
	}
	world_joined(1, 1, "h", 10);
	assert_int_equal(cpg_member_count(world_cpg(1), "h", 1), 1);
}

static void test_disconnect_joined(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	world_joined(1, 2, "g", 20);
	(void)world_told(1, 1);
	world_disconnect(1, 1);
	assert_int_equal(world_waiting(), 1);
	assert_int_equal(u32_at(world_waiting_bytes(0).data, 160), 5);
	world_mcast(1, 2, "m");
	world_run();
	assert_string_equal(world_told(1, 1), "");
	assert_string_equal(world_told(1, 2), "change g: 1:20 -1:10/5\nmessage g 1:20 m\n");
	world_connect(1, 1);
}

static void test_disconnect_states(void **state)
{
	(void)state;
	world_disconnect(1, 1);
	assert_int_equal(world_waiting(), 0);
	world_connect(1, 1);
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_OK);
	world_disconnect(1, 1);
	assert_int_equal(world_waiting(), 2);
	world_run();
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), 0);
	world_joined(1, 2, "g", 20);
	assert_int_equal(world_leave(1, 2, "g", 20), STATUS_OK);
	world_disconnect(1, 2);
	assert_int_equal(world_waiting(), 1);
	world_run();
	assert_int_equal(cpg_member_count(world_cpg(1), "g", 1), 0);
	world_connect(1, 1);
	world_connect(1, 2);
}

static void test_finalize(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	world_joined(1, 2, "g", 20);
	(void)world_told(1, 1);
	world_request(1, 1, 8, NULL, 0);
	assert_int_equal(world_reply.id, 12);
	assert_int_equal(world_reply.status, STATUS_OK);
	world_request(1, 1, 8, NULL, 0);
	assert_int_equal(world_reply.status, STATUS_OK);
	assert_int_equal(world_waiting(), 0);
	world_mcast(1, 1, "no");
	assert_int_equal(world_waiting(), 0);
	world_mcast(1, 2, "yes");
	world_run();
	world_ring("1");
	assert_string_equal(world_told(1, 1), "");
	assert_string_equal(world_told(1, 2), "message g 1:20 yes\nring 1.8: 1\n");
	assert_int_equal(world_join(1, 1, "h", 10, 0), STATUS_BAD_HANDLE);
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_BAD_HANDLE);
	assert_int_equal(world_partial(1, 1, 1, 9, "x"), STATUS_NOT_EXIST);
	assert_int_equal(world_join(1, 3, "g", 10, 0), STATUS_TRY_AGAIN);
	world_disconnect(1, 1);
	world_run();
	assert_string_equal(world_told(1, 2), "change g: 1:20 -1:10/5\n");
	world_connect(1, 1);
}

static void test_mcast_message(void **state)
{
	struct bytes m;

	(void)state;
	world_joined(1, 1, "g", 10);
	world_mcast(1, 1, "hello");
	assert_int_equal(world_waiting(), 1);
	assert_int_equal(world_waiting_fn(0), 3);
	m = world_waiting_bytes(0);
	assert_int_equal(m.len, 184 + 5);
	assert_int_equal(u32_at(m.data, 0), 0x20003);
	assert_int_equal(u32_at(m.data, 16), 1);
	assert_int_equal(m.data[24], 'g');
	assert_int_equal(u32_at(m.data, 152), 5);
	assert_int_equal(u32_at(m.data, 160), 10);
	assert_int_equal(u32_at(m.data, 168), 1);
	assert_int_equal(u32_at(m.data, 176), 1 + CLIENTS_MAX);
	assert_memory_equal(m.data + 184, "hello", 5);
	world_run();
	assert_string_equal(world_told(1, 1), "message g 1:10 hello\n");
	world_mcast(1, 1, "");
	world_run();
	assert_string_equal(world_told(1, 1), "message g 1:10 \n");
}

static void test_mcast_states(void **state)
{
	(void)state;
	world_mcast(1, 1, "unjoined");
	world_mcast(1, 1, "and again");
	assert_int_equal(world_waiting(), 0);
	assert_int_equal(world_logs, 1);
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_OK);
	world_mcast(1, 1, "joining");
	world_run();
	assert_string_equal(world_told(1, 1), "change g: 1:10 +1:10/1\nmessage g 1:10 joining\n");
	world_joined(1, 2, "g", 20);
	world_mcast(1, 2, "before");
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_OK);
	world_mcast(1, 1, "leaving");
	(void)world_told(1, 1);
	world_run();
	assert_string_equal(world_told(1, 1), "message g 1:20 before\nchange g: 1:20 -1:10/2\n");
}

/* Neither before its own join is ordered, nor of another group. */
static void test_mcast_hearers(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	world_joined(1, 2, "h", 20);
	world_mcast(1, 1, "early");
	assert_int_equal(world_join(1, 3, "g", 30, 0), STATUS_OK);
	world_mcast(1, 1, "late");
	world_run();
	assert_string_equal(world_told(1, 3), "change g: 1:10 1:30 +1:30/1\nmessage g 1:10 late\n");
	assert_string_equal(world_told(1, 2), "");
}

static void test_mcast_lengths(void **state)
{
	uint8_t *b = calloc(1, REQUEST_MAX);
	uint32_t most = REQUEST_MAX - 184;

	(void)state;
	world_joined(1, 1, "g", 10);
	put_u32(b, 16, 8);
	for (size_t n = 0; n < 20; n++) {
		world_request(1, 1, 2, b, 24 + n);
		assert_int_equal(world_reply.count, 0);
		assert_int_equal(world_waiting(), n == 8 || (n > 8 && world_waiting() == 1));
	}
	world_run();
	put_u32(b, 16, 0xffffffff);
	world_request(1, 1, 2, b, 24 + 8);
	put_u32(b, 16, most + 1);
	world_request(1, 1, 2, b, 24 + most + 1);
	assert_int_equal(world_waiting(), 0);
	put_u32(b, 16, most);
	world_request(1, 1, 2, b, 24 + most);
	assert_int_equal(world_waiting(), 1);
	free(b);
}

/* Neither the request nor the delivery copies what the client sent. */
static void test_mcast_borrows(void **state)
{
	static struct service_effects fx;
	uint8_t request[40 + 3] = {2, [8] = 43, [32] = 3, [40] = 'a', 'b', 'c'};
	uint8_t message[184 + 3] = {[16] = 1, [24] = 'g', [152] = 3, [160] = 10, [184] = 'a', 'b', 'c'};
	struct service_event ev = {.type = SERVICE_EVENT_DELIVER, .from = {1}, .fn = 3};

	(void)state;
	world_joined(1, 1, "g", 10);
	world_joined(1, 2, "g", 20);
	ask(world_cpg(1), &fx, 1 + CLIENTS_MAX, 2, request, sizeof request);
	assert_int_equal(fx.count, 1);
	assert_ptr_equal(fx.items[0].tail.data, request + 40);
	assert_int_equal(fx.items[0].tail.len, 3);
	fx.count = 0;
	ev.message = bytes_of(message, sizeof message);
	cpg_step(world_cpg(1), &ev, &fx);
	assert_int_equal(fx.count, 2);
	assert_ptr_equal(fx.items[0].tail.data, message + 184);
	assert_ptr_equal(fx.items[0].head.data, fx.items[1].head.data);
	assert_int_equal(fx.items[0].head.len, 184);
}

static void test_membership(void **state)
{
	uint8_t b[136];

	(void)state;
	world_joined(1, 1, "g", 30);
	world_joined(1, 2, "g", 10);
	assert_int_equal(world_join(1, 3, "g", 20, 0), STATUS_OK); /* not ordered yet */
	world_put_name(b, "g", 1);
	world_request(1, 4, 3, b, sizeof b);
	assert_int_equal(world_reply.id, 3);
	assert_int_equal(world_reply.status, STATUS_OK);
	assert_int_equal(world_reply.length, 9248);
	assert_int_equal(u32_at(world_reply.bytes, 24), 2);
	assert_int_equal(u32_at(world_reply.bytes, 32), 1);
	assert_int_equal(u32_at(world_reply.bytes, 40), 10);
	assert_int_equal(u32_at(world_reply.bytes, 48), 0);
	assert_int_equal(u32_at(world_reply.bytes, 56), 1);
	assert_int_equal(u32_at(world_reply.bytes, 64), 30);
	for (size_t i = 80; i < 9248; i++)
		assert_int_equal(world_reply.bytes[i], 0);
	world_put_name(b, "h", 1);
	world_request(1, 4, 3, b, sizeof b);
	assert_int_equal(world_reply.status, STATUS_OK);
	assert_int_equal(u32_at(world_reply.bytes, 24), 0);
	put_u32(b, 0, 129);
	world_request(1, 4, 3, b, sizeof b);
	assert_int_equal(world_reply.status, STATUS_NAME_TOO_LONG);
	assert_int_equal(world_reply.length, 9248);
	assert_int_equal(u32_at(world_reply.bytes, 24), 0);
}

static void test_local(void **state)
{
	(void)state;
	world_request(1, 1, 4, NULL, 0);
	assert_int_equal(world_reply.id, 7);
	assert_int_equal(world_reply.status, STATUS_OK);
	assert_int_equal(world_reply.length, 32);
	assert_int_equal(u32_at(world_reply.bytes, 24), 1);
}

static void test_zero_copy(void **state)
{
	static const uint8_t zero[136];
	static const struct {
		uint16_t fn;
		size_t size;
		int32_t answer;
	} rules[] = {{9, 136, 14}, {10, 16, 15}, {11, 8, 2}};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		world_request(1, 1, rules[i].fn, zero, rules[i].size);
		assert_int_equal(world_reply.count, 1);
		assert_int_equal(world_reply.id, rules[i].answer);
		assert_int_equal(world_reply.status, STATUS_NOT_SUPPORTED);
		assert_int_equal(world_reply.length, 24);
	}
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, alone, stop_empty)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_ring_flags),
		CASE(test_request_sizes),
		CASE(test_request_unknown),
		CASE(test_request_negative),
		CASE(test_join_message),
		CASE(test_join_initial_ring),
		CASE(test_join_status),
		CASE(test_join_before_leave_delivered),
		CASE(test_join_names),
		CASE(test_join_nul_counts),
		cmocka_unit_test_setup_teardown(test_join_group_full, alone, stop),
		cmocka_unit_test_setup_teardown(test_join_crossing, alone, stop),
		cmocka_unit_test(test_join_no_memory),
		CASE(test_leave),
		CASE(test_leave_name_too_long),
		CASE(test_join_again),
		CASE(test_disconnect_joined),
		CASE(test_disconnect_states),
		CASE(test_finalize),
		CASE(test_mcast_message),
		CASE(test_mcast_states),
		CASE(test_mcast_hearers),
		CASE(test_mcast_lengths),
		CASE(test_mcast_borrows),
		CASE(test_membership),
		CASE(test_local),
		CASE(test_zero_copy),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
