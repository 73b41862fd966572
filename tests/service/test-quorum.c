/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/quorum.h"

static struct quorum q;
static struct service_effects fx;

static void no_drain(void *host, struct service_effects *full)
{
	(void)host;
	(void)full;
	fail_msg("the effects were drained");
}

static void step(struct service_event ev)
{
	fx.count = 0;
	fx.scratch_used = 0;
	quorum_step(&q, &ev, &fx);
	quorum_check(&q);
}

static client_id client(uint32_t v)
{
	return (client_id){v};
}

static void connect(uint32_t v)
{
	step((struct service_event){.type = SERVICE_EVENT_CONNECT, .client = client(v)});
}

static void disconnect(uint32_t v)
{
	step((struct service_event){.type = SERVICE_EVENT_DISCONNECT, .client = client(v)});
}

static void request_sized(uint32_t v, uint16_t fn, uint32_t number, size_t size)
{
	uint8_t b[24] = {(uint8_t)fn, [8] = (uint8_t)size, [20] = 0xee, 0xee, 0xee, 0xee}; /* the padding is garbage */

	memcpy(b + 16, &number, 4);
	step((struct service_event){
		.type = SERVICE_EVENT_REQUEST, .client = client(v), .fn = fn, .message = bytes_of(b, size)});
}

static void request(uint32_t v, uint16_t fn, uint32_t number)
{
	request_sized(v, fn, number, fn == 1 || fn == 4 ? 24 : 16);
}

static struct view view_of(uint32_t rep, uint64_t seq, const char *members, const char *trans)
{
	struct view v = {.ring = {node_id_of(rep), seq}};

	for (; *members; members++)
		node_list_add(&v.members, node_id_of((uint32_t)(*members - '0')));
	for (; *trans; trans++)
		node_list_add(&v.trans, node_id_of((uint32_t)(*trans - '0')));
	return v;
}

static void sync_init_only(uint64_t seq, const char *members, const char *trans)
{
	struct view v = view_of(1, seq, members, trans);

	step((struct service_event){.type = SERVICE_EVENT_SYNC_INIT, .view = &v});
	assert_int_equal(fx.count, 0);
	fx.sync_again = true;
	step((struct service_event){.type = SERVICE_EVENT_SYNC_PROCESS, .view = &v});
	assert_int_equal(fx.count, 0);
	assert_false(fx.sync_again);
}

static void ring(uint64_t seq, const char *members, const char *trans)
{
	struct view v = view_of(1, seq, members, trans);

	sync_init_only(seq, members, trans);
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &v});
}

static void report(uint64_t seq, const char *members, bool quorate)
{
	struct view v = view_of(1, seq, members, "");

	step((struct service_event){.type = SERVICE_EVENT_QUORUM, .view = &v, .quorate = quorate});
}

static void events_are_for(const char *clients)
{
	char got[64] = "";
	size_t n = 0;

	for (uint32_t i = 0; i < fx.count; i++)
		if (fx.items[i].type == SERVICE_EFFECT_EVENT)
			got[n++] = (char)('0' + fx.items[i].client.v);
	assert_string_equal(got, clients);
}

/* The i-th effect that is no log line carries exactly these 32 bit words. */
static void sent(uint32_t i, enum service_effect_type type, uint32_t to, size_t words, const uint32_t *want)
{
	for (uint32_t k = 0; k < fx.count; k++) {
		if (fx.items[k].type == SERVICE_EFFECT_LOG || i-- > 0)
			continue;
		assert_int_equal(fx.items[k].type, type);
		assert_int_equal(fx.items[k].client.v, to);
		assert_int_equal(fx.items[k].head.len, words * 4);
		assert_memory_equal(fx.items[k].head.data, want, words * 4);
		return;
	}
	fail_msg("no such effect");
}

#define SENT(i, type, to, ...) sent(i, type, to, sizeof((uint32_t[]){__VA_ARGS__}) / 4, (const uint32_t[]){__VA_ARGS__})
#define REPLY(i, to, ...)      SENT(i, SERVICE_EFFECT_REPLY, to, __VA_ARGS__)
#define EVENT(i, to, ...)      SENT(i, SERVICE_EFFECT_EVENT, to, __VA_ARGS__)

static bool logged(enum message_id id, const char *text)
{
	for (uint32_t i = 0; i < fx.count; i++)
		if (fx.items[i].type == SERVICE_EFFECT_LOG && fx.items[i].message == id &&
		    bytes_eq(fx.items[i].head, bytes_of(text, strlen(text))))
			return true;
	return false;
}

static int init(void **state)
{
	(void)state;
	fx.drain = no_drain;
	quorum_init(&q, node_id_of(1), true);
	connect(1);
	connect(2);
	connect(3);
	return 0;
}

static void questions_are_answered(void **state)
{
	(void)state;
	request(1, 0, 0);
	REPLY(0, 1, 0, 0, 32, 0, 1, 0, 0, 0);
	report(8, "12", true);
	request(1, 0, 0);
	REPLY(0, 1, 0, 0, 32, 0, 1, 0, 1, 0);
	request(2, 3, 0);
	REPLY(0, 2, 4, 0, 32, 0, 1, 0, 1, 0);
	request(3, 4, 1);
	REPLY(0, 3, 5, 0, 32, 0, 1, 0, 1, 0);
	request(3, 4, 0);
	REPLY(0, 3, 5, 0, 32, 0, 1, 0, 1, 0);
	request(3, 4, 2);
	REPLY(0, 3, 5, 0, 32, 0, 7, 0, 0, 0);
}

static void without_provider_the_partition_is_quorate_and_quiet(void **state)
{
	(void)state;
	quorum_init(&q, node_id_of(1), false);
	connect(1);
	request(1, 0, 0);
	REPLY(0, 1, 0, 0, 32, 0, 1, 0, 1, 0);
	request(1, 3, 0);
	REPLY(0, 1, 4, 0, 32, 0, 1, 0, 0, 0);
	request(1, 1, 3);
	EVENT(0, 1, 3, 0, 52 - 4, 0, 1, 0, 1, 0, 0, 0, 0, 0);
	REPLY(1, 1, 1, 0, 24, 0, 1, 0);
	ring(8, "12", "1");
	events_are_for("");
	request(1, 4, 1);
	ring(12, "1", "1");
	EVENT(0, 1, 7, 0, 72, 0, 1, 0, 1, 0, 12, 0, 1, 0, 0, 0, 1, 1, 2, 0);
}

static void bad_requests_are_refused(void **state)
{
	(void)state;
	for (uint16_t fn = 5; fn < 20; fn++) {
		request(1, fn, 0);
		REPLY(0, 1, 0, 0, 24, 0, 7, 0);
	}
	request(1, 0xffff, 0);
	REPLY(0, 1, 0, 0, 24, 0, 7, 0);
	for (size_t size = 16; size < 20; size++) {
		request_sized(1, 1, 2, size);
		REPLY(0, 1, 0, 0, 24, 0, 7, 0);
		request_sized(1, 4, 1, size);
		REPLY(0, 1, 0, 0, 24, 0, 7, 0);
	}
	assert_int_equal(q.tracker_count, 0);
	request_sized(1, 1, 2, 20);
	assert_int_equal(q.tracker_count, 1);
}

static void model_0_gets_its_event(void **state)
{
	(void)state;
	ring(8, "12", "1");
	report(8, "12", true);
	request(1, 1, 1);
	EVENT(0, 1, 3, 0, 56, 0, 1, 0, 1, 0, 8, 0, 2, 1, 2, 0);
	REPLY(1, 1, 1, 0, 24, 0, 1, 0);
	assert_int_equal(q.tracker_count, 0);
}

static void model_1_gets_nodelist_then_quorum(void **state)
{
	(void)state;
	ring(8, "12", "1");
	report(8, "12", true);
	request(1, 4, 1);
	request(1, 1, 1);
	EVENT(0, 1, 7, 0, 72, 0, 1, 0, 1, 0, 8, 0, 2, 0, 0, 0, 0, 1, 2, 0);
	EVENT(1, 1, 6, 0, 64, 0, 1, 0, 1, 0, 1, 0, 8, 0, 2, 1, 2, 0);
	REPLY(2, 1, 1, 0, 24, 0, 1, 0);
}

static void flags_of_trackstart(void **state)
{
	static const struct {
		uint32_t flags;
		bool event, tracks;
	} cases[] = {{0, false, false}, {1, true, false}, {2, true, true}, {3, true, true},
		     {4, false, true},  {5, true, true},  {6, true, true}, {8, false, false}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		request(1, 1, cases[i].flags);
		assert_int_equal(fx.count, 1 + cases[i].event);
		REPLY(cases[i].event, 1, 1, 0, 24, 0, 1, 0);
		report(8 + i, "1", true);
		events_are_for(cases[i].tracks ? "1" : "");
		request(1, 2, 0);
		REPLY(0, 1, 2, 0, 24, 0, 1, 0);
		report(8 + i, "1", true);
		events_are_for("");
	}
	request(1, 2, 0); /* not tracking: fine as well */
	REPLY(0, 1, 2, 0, 24, 0, 1, 0);
	request(1, 1, 2);
	request(1, 1, 2); /* already: the events come, and then the error */
	EVENT(0, 1, 3, 0, 52, 0, 1, 0, 1, 0, 15, 0, 1, 1, 0);
	REPLY(1, 1, 1, 0, 24, 0, 14, 0);
	request(1, 1, 4);
	REPLY(0, 1, 1, 0, 24, 0, 14, 0);
	assert_int_equal(q.tracker_count, 1);
}

static void trackers_are_served_newest_first(void **state)
{
	(void)state;
	request(2, 1, 4);
	request(1, 1, 4);
	request(3, 1, 4);
	report(8, "1", false);
	events_are_for("312");
	report(8, "1", false); /* also when nothing has changed */
	events_are_for("312");
	disconnect(1);
	report(8, "1", true);
	events_are_for("32");
	request(3, 2, 0);
	connect(1 + CLIENTS_MAX); /* the slot's next user does not inherit */
	report(8, "1", true);
	events_are_for("2");
	disconnect(1); /* late word of the one before: not for the present user */
	request(1 + CLIENTS_MAX, 0, 0);
	REPLY(0, 1 + CLIENTS_MAX, 0, 0, 32, 0, 1, 0, 1, 0);
}

static void a_new_client_starts_with_model_0(void **state)
{
	(void)state;
	request(1, 4, 1);
	disconnect(1);
	connect(1);
	request(1, 1, 1);
	EVENT(0, 1, 3, 0, 48, 0, 1, 0, 0, 0, 0, 0, 0, 0);
}

static void each_model_has_its_events(void **state)
{
	(void)state;
	request(1, 1, 4);
	request(2, 4, 1);
	request(2, 1, 4);
	ring(8, "1", "");
	events_are_for("2");
	EVENT(0, 2, 7, 0, 72, 0, 1, 0, 1, 0, 8, 0, 1, 0, 1, 0, 0, 1, 1, 0);
	report(8, "1", true);
	events_are_for("21");
	EVENT(0, 2, 6, 0, 60, 0, 1, 0, 1, 0, 1, 0, 8, 0, 1, 1, 0);
	EVENT(1, 1, 3, 0, 52, 0, 1, 0, 1, 0, 8, 0, 1, 1, 0);
}

/* members, joined, left of the nodelist event that was sent last */
static void told(const char *members, const char *joined, const char *left)
{
	const char *lists[] = {members, joined, left};
	struct reader r = reader_of(fx.items[fx.count - 1].head);

	read_seek(&r, 40);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(read_u32(&r), strlen(lists[i]));
		if (i < 2)
			read_skip(&r, 4);
	}
	for (int i = 0; i < 3; i++)
		for (const char *c = lists[i]; *c; c++)
			assert_int_equal(read_u32(&r), *c - '0');
	assert_int_equal(reader_left(&r), 4);
	assert_false(r.failed);
}

static void joined_and_left_follow_the_rings(void **state)
{
	(void)state;
	request(1, 4, 1);
	request(1, 1, 4);
	ring(4, "1", "");
	told("1", "1", "");
	ring(8, "123", "1");
	told("123", "23", "");
	ring(12, "123", "123");
	told("123", "", "");
	ring(16, "12", "12");
	told("12", "", "3");
	ring(20, "12", "1"); /* 2 was rebooted quickly */
	told("12", "2", "2");
	ring(24, "13", "1");
	told("13", "3", "2");
}

static void broken_rings_are_told_relative_to_the_last_active_one(void **state)
{
	(void)state;
	request(1, 4, 1);
	request(1, 1, 4);
	ring(4, "123", "1");
	sync_init_only(8, "12", "12");
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ABORT});
	ring(12, "123", "12"); /* 3 was away for a while */
	told("123", "3", "3");
	sync_init_only(16, "1234", "123");
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ABORT});
	ring(20, "1234", "1234"); /* 4 is new, though it comes along from the broken ring */
	told("1234", "4", "");
	sync_init_only(24, "1234", "124");
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ABORT});
	ring(28, "1234", "1234"); /* 3 came back in the broken ring already */
	told("1234", "3", "3");
	sync_init_only(32, "12345", "1234");
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ABORT});
	ring(36, "1234", "1234"); /* 5 was never active */
	told("1234", "", "");
}

static void changes_are_logged(void **state)
{
	(void)state;
	ring(4, "12", "1");
	assert_true(logged(MSG_QUORUM_CHANGE, "joined (2): 1 2"));
	report(4, "12", false);
	assert_true(logged(MSG_QUORUM_MEMBERS, "members, without quorum (2): 1 2"));
	report(4, "12", true);
	assert_true(logged(MSG_QUORUM_GAINED, "this partition has quorum; members (2): 1 2"));
	report(4, "12", true);
	assert_int_equal(fx.count, 0);
	ring(8, "1", "1");
	assert_true(logged(MSG_QUORUM_CHANGE, "left (1): 2"));
	report(8, "1", false);
	assert_true(logged(MSG_QUORUM_LOST, "this partition has no quorum; members (1): 1"));
}

static void largest_lists_fit(void **state)
{
	static struct view v;

	(void)state;
	v.ring = (struct ring_id){node_id_of(1), 4};
	for (uint32_t i = 1; i <= NODES_MAX; i++)
		node_list_add(&v.members, node_id_of(i));
	request(1, 4, 1);
	request(1, 1, 4);
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &v});
	step((struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &v});
	assert_int_equal(fx.items[fx.count - 1].head.len, 64 + 4 * 3 * NODES_MAX);
	step((struct service_event){.type = SERVICE_EVENT_QUORUM, .view = &v, .quorate = true});
	assert_int_equal(fx.items[fx.count - 1].head.len, 56 + 4 * NODES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(questions_are_answered, init),
		cmocka_unit_test_setup(without_provider_the_partition_is_quorate_and_quiet, init),
		cmocka_unit_test_setup(bad_requests_are_refused, init),
		cmocka_unit_test_setup(model_0_gets_its_event, init),
		cmocka_unit_test_setup(model_1_gets_nodelist_then_quorum, init),
		cmocka_unit_test_setup(flags_of_trackstart, init),
		cmocka_unit_test_setup(trackers_are_served_newest_first, init),
		cmocka_unit_test_setup(a_new_client_starts_with_model_0, init),
		cmocka_unit_test_setup(each_model_has_its_events, init),
		cmocka_unit_test_setup(joined_and_left_follow_the_rings, init),
		cmocka_unit_test_setup(broken_rings_are_told_relative_to_the_last_active_one, init),
		cmocka_unit_test_setup(changes_are_logged, init),
		cmocka_unit_test_setup(largest_lists_fit, init),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
