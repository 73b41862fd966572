/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cfg-world.h"

static uint8_t message[512];

static void deliver(uint32_t from, uint16_t fn, size_t size)
{
	uint8_t exact[sizeof message];

	memcpy(exact, message, size);
	world_step((struct service_event){
		.type = SERVICE_EVENT_DELIVER, .from = node_id_of(from), .fn = fn, .message = bytes_of(exact, size)});
}

/* Delivers the n-th message that the last step sent. */
static void deliver_sent(uint32_t from, uint32_t n)
{
	const struct world_record *r = world_nth(SERVICE_EFFECT_MULTICAST, n);
	uint16_t fn = (uint16_t)world_u32_at(r, 0);
	size_t size = r->len;

	assert_int_equal(world_u32_at(r, 0) >> 16, SERVICE_CFG);
	assert_int_equal(world_u32_at(r, 8), size);
	memcpy(message, r->data, size);
	deliver(from, fn, size);
}

static void test_shutdown_delivered(void **state)
{
	(void)state;
	deliver(8, 2, 16);
	assert_int_equal(world_record_count, 1);
	assert_int_equal(world_records[0].type, SERVICE_EFFECT_LOG);
	deliver(WORLD_SELF, 2, 16);
	assert_int_equal(world_count_of(SERVICE_EFFECT_SHUTDOWN), 1);
	assert_true(world_nth(SERVICE_EFFECT_SHUTDOWN, 0)->len > 0);
}

static void kill(uint32_t from, uint32_t node, const char *reason, uint16_t len)
{
	memset(world_request, 0xa5, sizeof world_request);
	memcpy(world_request + 16, &node, 4);
	memcpy(world_request + 24, &len, 2);
	memcpy(world_request + 26, reason, strlen(reason) + 1);
	world_request_send(from, 2, 288);
}

static void test_kill(void **state)
{
	const struct world_record *r;

	(void)state;
	world_connect(1);
	map_put_string(&world_map, "runtime.members.8.status", "left");
	map_put_string(&world_map, "runtime.members.7.status", "joined");
	kill(1, 8, "why", 4);
	assert_int_equal(world_status_for(1, 8), STATUS_NOT_EXIST);
	kill(1, 9, "why", 4);
	assert_int_equal(world_status_for(1, 8), STATUS_NOT_EXIST);
	assert_int_equal(world_record_count, 1);
	kill(1, 7, "why", 257);
	assert_int_equal(world_status_for(1, 8), STATUS_INVALID_PARAM);
	kill(1, 7, "why", UINT16_MAX);
	assert_int_equal(world_status_for(1, 8), STATUS_INVALID_PARAM);
	kill(1, 7, "why\nnot", 8);
	assert_int_equal(world_status_for(1, 8), STATUS_OK);
	r = world_nth(SERVICE_EFFECT_MULTICAST, 0);
	assert_int_equal(world_u32_at(r, 0), 0x10001);
	assert_int_equal(r->len, 288);
	assert_int_equal(world_u32_at(r, 16), 7);
	assert_int_equal(r->data[24], 8);
	assert_string_equal((const char *)r->data + 32, "why\nnot");
	assert_int_equal(r->data[287], 0);
	deliver_sent(9, 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EXIT), 1);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	r = world_nth(SERVICE_EFFECT_EXIT, 0);
	assert_int_equal(r->len, strlen("killed by node 9: why?not"));
	assert_memory_equal(r->data, "killed by node 9: why?not", r->len);
}

static void test_kill_delivered(void **state)
{
	(void)state;
	memset(message, 0xa5, sizeof message);
	memcpy(message + 16, &(uint32_t){8}, 4);
	memcpy(message + 24, &(uint16_t){256}, 2);
	deliver(9, 1, 288);
	assert_int_equal(world_record_count, 0); /* somebody else */
	memcpy(message + 16, &(uint32_t){WORLD_SELF}, 4);
	deliver(9, 1, 288);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EXIT), 1);
	memcpy(message + 24, &(uint16_t){0}, 2);
	deliver(9, 1, 32);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EXIT), 1);
	memcpy(message + 24, &(uint16_t){257}, 2);
	deliver(9, 1, 400);
	assert_int_equal(world_count_of(SERVICE_EFFECT_EXIT), 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	memcpy(message + 24, &(uint16_t){256}, 2);
	for (size_t size = 16; size < 288; size++) {
		deliver(9, 1, size);
		assert_int_equal(world_record_count, 1);
		assert_int_equal(world_records[0].type, SERVICE_EFFECT_LOG);
	}
}

static void test_unknown_messages(void **state)
{
	(void)state;
	memset(message, 0, sizeof message);
	deliver(9, 0, 32);
	assert_int_equal(world_record_count, 0);
	for (uint16_t fn = 5; fn < 70; fn++) {
		deliver(9, fn, 32);
		assert_int_equal(world_record_count, 1);
		assert_int_equal(world_records[0].type, SERVICE_EFFECT_LOG);
	}
	for (size_t size = 16; size < 32; size++) {
		deliver(WORLD_SELF, 3, size);
		assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 0);
		assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	}
	for (size_t size = 16; size < 20; size++) {
		deliver(WORLD_SELF, 4, size);
		assert_int_equal(world_record_count, 1);
		assert_int_equal(world_records[0].type, SERVICE_EFFECT_LOG);
	}
	for (uint32_t phase = 0; phase < 600; phase += phase == 0 ? 3 : 1) {
		memcpy(message + 16, &phase, 4);
		deliver(WORLD_SELF, 4, 24);
		assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
		assert_int_equal(world_record_count, 1);
	}
}

static void reload(uint32_t from)
{
	world_request_u32(from, 7, 0, 16);
	assert_int_equal(world_record_count, 1); /* the reply comes later */
	assert_int_equal(world_u32_at(&world_records[0], 0), 0x10003);
	assert_int_equal(world_u32_at(&world_records[0], 16), WORLD_SELF);
	assert_int_equal(world_records[0].len, 32);
}

static void reloaded(enum status status, bool crypto)
{
	world_step((struct service_event){.type = SERVICE_EVENT_RELOADED, .status = status, .crypto_changed = crypto});
}

static void test_reload(void **state)
{
	(void)state;
	world_connect(1);
	world_connect(2);
	reload(1);
	deliver_sent(WORLD_SELF, 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 1);
	assert_int_equal(world_count_of(SERVICE_EFFECT_REPLY), 0);
	reloaded(STATUS_INVALID_PARAM, false);
	assert_int_equal(world_status_for(1, 14), STATUS_INVALID_PARAM);
	assert_int_equal(world_record_count, 1);
	reload(2);
	deliver_sent(WORLD_SELF, 0);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_status_for(2, 14), STATUS_OK);
	assert_int_equal(world_record_count, 1);
}

static void test_reload_asked_elsewhere(void **state)
{
	(void)state;
	world_connect(1);
	reload(1);
	deliver_sent(8, 0); /* the same token means nothing from another node */
	assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 1);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_record_count, 0);
	deliver(WORLD_SELF, 3, 32); /* our own, at last */
	assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 1);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_status_for(1, 14), STATUS_OK);
	deliver(WORLD_SELF, 3, 32); /* a token is good for one reply */
	reloaded(STATUS_OK, false);
	assert_int_equal(world_record_count, 0);
	memset(message + 24, 0xff, 8);
	deliver(WORLD_SELF, 3, 32);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_record_count, 0);
	memset(message + 24, 0, 8);
	deliver(WORLD_SELF, 3, 32);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_record_count, 0);
}

static void test_reload_initiator_goes(void **state)
{
	uint8_t first[32];

	(void)state;
	world_connect(1);
	reload(1);
	world_disconnect(1);
	world_connect(1 + CLIENTS_MAX);
	deliver(WORLD_SELF, 3, 32);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_record_count, 0);
	reload(1 + CLIENTS_MAX);
	deliver_sent(WORLD_SELF, 0);
	world_disconnect(1 + CLIENTS_MAX); /* between delivery and the end */
	reloaded(STATUS_OK, false);
	assert_int_equal(world_record_count, 0);
	world_connect(1);
	reload(1);
	memcpy(first, world_records[0].data, sizeof first);
	world_disconnect(1);
	world_connect(1 + CLIENTS_MAX); /* who follows in the slot waits for its own */
	reload(1 + CLIENTS_MAX);
	memcpy(message, first, sizeof first);
	deliver(WORLD_SELF, 3, sizeof first);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_record_count, 0);
}

static void test_reloads_pile_up(void **state)
{
	uint8_t second[32], third[32];

	(void)state;
	world_connect(1);
	world_connect(2);
	world_connect(3);
	reload(2);
	memcpy(second, world_records[0].data, 32);
	reload(3);
	memcpy(third, world_records[0].data, 32);
	reload(1);
	deliver_sent(WORLD_SELF, 0);
	assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 1);
	memcpy(message, second, 32);
	deliver(WORLD_SELF, 3, 32);
	assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 0);
	memcpy(message, third, 32);
	deliver(WORLD_SELF, 3, 32);
	assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 0);
	reloaded(STATUS_OK, false);
	assert_int_equal(world_status_for(1, 14), STATUS_OK);
	assert_int_equal(world_count_of(SERVICE_EFFECT_REPLY), 1);
	assert_int_equal(world_count_of(SERVICE_EFFECT_RELOAD), 1);
	reloaded(STATUS_INVALID_PARAM, false);
	assert_int_equal(world_status_for(2, 14), STATUS_INVALID_PARAM);
	assert_int_equal(world_status_for(3, 14), STATUS_INVALID_PARAM);
	assert_int_equal(world_record_count, 2);
}

/* Of a new ring: we and, if set, another one, who came along with us or not. */
static void members_become(node_id other, bool came_along)
{
	static struct view view;

	view.members.count = 0;
	view.trans.count = 0;
	(void)node_list_add(&view.members, node_id_of(WORLD_SELF));
	(void)node_list_add(&view.trans, node_id_of(WORLD_SELF));
	if (node_id_is_set(other))
		(void)node_list_add(&view.members, other);
	if (node_id_is_set(other) && came_along)
		(void)node_list_add(&view.trans, other);
	world_step((struct service_event){.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &view});
}

static void members_are(node_id other)
{
	members_become(other, true);
}

static void assert_phase(uint32_t record, uint8_t phase)
{
	assert_true(record < world_record_count);
	assert_int_equal(world_records[record].type, SERVICE_EFFECT_CRYPTO);
	assert_int_equal(world_records[record].phase, phase);
}

/* We say that we are ready; with the message kept in sent[]. */
static void ready_for_new_keys(void)
{
	deliver(8, 3, 32);
	reloaded(STATUS_OK, true);
	assert_int_equal(world_record_count, 1);
	assert_int_equal(world_u32_at(&world_records[0], 0), 0x10004);
	assert_int_equal(world_u32_at(&world_records[0], 16), 1);
	assert_int_equal(world_records[0].len, 24);
}

static void test_crypto_waits_for_all(void **state)
{
	(void)state;
	members_are(node_id_of(8));
	ready_for_new_keys();
	deliver_sent(WORLD_SELF, 0);
	assert_int_equal(world_record_count, 0); /* 8 cannot read them yet */
	ready_for_new_keys();
	deliver_sent(8, 0);
	assert_int_equal(world_record_count, 2);
	assert_phase(0, 1);
	assert_int_equal(world_u32_at(&world_records[1], 16), 2);
	deliver_sent(WORLD_SELF, 0);
	assert_int_equal(world_record_count, 0); /* 8 writes with the old ones still */
}

static void test_crypto_alone(void **state)
{
	(void)state;
	members_are(node_id_of(0));
	ready_for_new_keys();
	deliver_sent(WORLD_SELF, 0);
	assert_int_equal(world_record_count, 2);
	assert_phase(0, 1);
	deliver_sent(WORLD_SELF, 0);
	assert_int_equal(world_record_count, 1);
	assert_phase(0, 2);
}

static void test_crypto_goes_on_without_who_left(void **state)
{
	(void)state;
	members_are(node_id_of(8));
	ready_for_new_keys();
	deliver_sent(WORLD_SELF, 0);
	assert_int_equal(world_record_count, 0);
	members_are(node_id_of(0));
	assert_int_equal(world_record_count, 3);
	assert_int_equal(world_u32_at(&world_records[0], 16), 1); /* said again in the new ring */
	assert_phase(1, 1);
}

static void say(uint32_t from, uint32_t phase)
{
	struct writer w = writer_of(message, 24);

	service_message_head(&w, SERVICE_CFG, 4);
	write_u32(&w, phase);
	write_pad_to(&w, 24);
	deliver(from, 4, 24);
}

/* Started anew with the new keys: it has nothing to say and is not waited for. */
static void test_crypto_does_not_wait_for_newcomers(void **state)
{
	(void)state;
	members_are(node_id_of(8));
	ready_for_new_keys();
	say(WORLD_SELF, 1);
	say(8, 1);
	assert_phase(0, 1);
	say(WORLD_SELF, 2);
	assert_int_equal(world_record_count, 0);
	members_become(node_id_of(8), false);
	assert_int_equal(world_record_count, 2);
	assert_int_equal(world_u32_at(&world_records[0], 16), 2);
	assert_phase(1, 2);
}

/* It was ready once, but is another process now. */
static void test_crypto_forgets_what_a_dead_process_said(void **state)
{
	(void)state;
	members_are(node_id_of(8));
	say(8, 1);
	members_become(node_id_of(8), false);
	ready_for_new_keys();
	say(WORLD_SELF, 1);
	assert_int_equal(world_record_count, 0);
	say(8, 1);
	assert_phase(0, 1);
}

/* The others changed their keys without us, who had them from the start: that says nothing about the next change. */
static void test_crypto_forgets_changes_of_others(void **state)
{
	(void)state;
	members_are(node_id_of(8));
	say(8, 1);
	say(8, 2);
	assert_int_equal(world_record_count, 0);
	ready_for_new_keys();
	say(WORLD_SELF, 1);
	assert_int_equal(world_record_count, 0);
}

static void test_crypto_unknown_phase(void **state)
{
	(void)state;
	members_are(node_id_of(0));
	memset(message, 0, sizeof message);
	deliver(8, 4, 24); /* phase 0 */
	assert_int_equal(world_records[0].type, SERVICE_EFFECT_LOG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_shutdown_delivered, world_setup),
		cmocka_unit_test_setup(test_kill, world_setup),
		cmocka_unit_test_setup(test_kill_delivered, world_setup),
		cmocka_unit_test_setup(test_unknown_messages, world_setup),
		cmocka_unit_test_setup(test_reload, world_setup),
		cmocka_unit_test_setup(test_reload_asked_elsewhere, world_setup),
		cmocka_unit_test_setup(test_reload_initiator_goes, world_setup),
		cmocka_unit_test_setup(test_reloads_pile_up, world_setup),
		cmocka_unit_test_setup(test_crypto_waits_for_all, world_setup),
		cmocka_unit_test_setup(test_crypto_alone, world_setup),
		cmocka_unit_test_setup(test_crypto_goes_on_without_who_left, world_setup),
		cmocka_unit_test_setup(test_crypto_does_not_wait_for_newcomers, world_setup),
		cmocka_unit_test_setup(test_crypto_forgets_what_a_dead_process_said, world_setup),
		cmocka_unit_test_setup(test_crypto_forgets_changes_of_others, world_setup),
		cmocka_unit_test_setup(test_crypto_unknown_phase, world_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
