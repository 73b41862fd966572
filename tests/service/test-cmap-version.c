/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmap-world.h"

/* One message with one item as a peer sends it. */
static uint8_t message[1024];

static void sync_step(enum service_event_type type, const char *trans)
{
	struct view v = {.ring = {node_id_of(1), 4}};

	for (; *trans != '\0'; trans++)
		node_list_add(&v.trans, node_id_of((uint32_t)(*trans - '0')));
	node_list_add(&v.members, node_id_of(WORLD_SELF));
	world_step((struct service_event){.type = type, .view = &v});
}

static void assert_version_message(uint8_t reason, uint64_t version)
{
	const struct world_record *r = world_nth(SERVICE_EFFECT_MULTICAST, 0);

	assert_int_equal(world_count_of(SERVICE_EFFECT_MULTICAST), 1);
	assert_int_equal(world_u32_at(r, 0), 0);
	assert_int_equal(world_u32_at(r, 8), r->len);
	assert_int_equal(r->data[16], reason);
	assert_int_equal(r->data[24], 1);
	assert_int_equal(r->data[48], strlen("totem.config_version"));
	assert_string_equal((const char *)r->data + 56, "totem.config_version");
	assert_int_equal(r->data[48 + 264], version != 0 ? MAP_U64 : MAP_NONE);
	assert_int_equal(world_u64_at(r, 48 + 272), version != 0 ? 8 : 0);
	assert_int_equal(r->len, version != 0 ? 336 : 328);
	if (version != 0)
		assert_int_equal(world_u64_at(r, 48 + 280), version);
}

static size_t message_make(uint8_t reason, const char *key, uint8_t type, const void *value, uint64_t len)
{
	uint16_t key_len = (uint16_t)strlen(key);

	memset(message, 0, sizeof message);
	message[16] = reason;
	message[24] = 1;
	memcpy(message + 48, &key_len, 2);
	memcpy(message + 56, key, key_len);
	message[48 + 264] = type;
	memcpy(message + 48 + 272, &len, 8);
	if (len > 0)
		memcpy(message + 48 + 280, value, len);
	return 48 + 280 + (size_t)len;
}

static void deliver(uint32_t from, uint16_t fn, size_t size)
{
	uint8_t exact[sizeof message]; /* reading beyond is seen by the sanitizer */

	memcpy(exact, message, size);
	world_step((struct service_event){
		.type = SERVICE_EVENT_DELIVER, .from = node_id_of(from), .fn = fn, .message = bytes_of(exact, size)});
}

static void deliver_version(uint32_t from, uint8_t reason, uint64_t version)
{
	deliver(from, 0, message_make(reason, "totem.config_version", MAP_U64, &version, 8));
}

static uint64_t version_of(uint32_t node)
{
	char key[64];
	uint64_t version = 999;

	snprintf(key, sizeof key, "runtime.members.%u.config_version", node);
	(void)map_get_u64(&world_map, key, &version);
	return version;
}

static void test_version_messages(void **state)
{
	(void)state;
	sync_step(SERVICE_EVENT_SYNC_INIT, "");
	assert_int_equal(world_record_count, 0);
	sync_step(SERVICE_EVENT_SYNC_PROCESS, "");
	assert_version_message(0, 0);
	world_log_clear();
	map_put_u64(&world_map, "totem.config_version", 5);
	world_collect();
	assert_version_message(1, 5);
	world_log_clear();
	map_put_u64(&world_map, "totem.config_version", 5);
	map_put_u64(&world_stats, "totem.config_version", 6);
	world_collect();
	assert_int_equal(world_record_count, 0);
	sync_step(SERVICE_EVENT_SYNC_PROCESS, "");
	assert_version_message(0, 5);
	world_log_clear();
	map_drop(&world_map, "totem.config_version");
	world_collect();
	assert_version_message(1, 0);

	deliver_version(3, 0, 12);
	deliver_version(WORLD_SELF, 1, 4);
	assert_int_equal(version_of(3), 12);
	assert_int_equal(version_of(WORLD_SELF), 4);
	deliver(3, 0, message_make(1, "totem.config_version", MAP_NONE, NULL, 0));
	assert_int_equal(version_of(3), 0);
	deliver_version(3, 1, 1);
	deliver(3, 0, message_make(0, "totem.config_version.x", MAP_U64, "12345678", 8));
	assert_int_equal(version_of(3), 0);
	deliver_version(3, 1, 1);
	deliver(3, 0, message_make(0, "totem.config_version", MAP_I64, "12345678", 8));
	assert_int_equal(version_of(3), 0);
}

static void test_nothing_is_sent_before_start(void **state)
{
	(void)state;
	cmap_init(&world_c, node_id_of(WORLD_SELF), &world_map, &world_stats, &world_pool);
	world_log_clear();
	map_put_u64(&world_map, "totem.config_version", 5);
	world_collect();
	assert_int_equal(world_record_count, 0);
}

static void test_bad_messages(void **state)
{
	uint64_t one = 1;
	size_t size = message_make(0, "totem.config_version", MAP_U64, &one, 8);

	(void)state;
	for (size_t n = 16; n < size; n++) {
		message_make(0, "totem.config_version", MAP_U64, &one, 8);
		deliver(3, 0, n);
		assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
		assert_int_equal(world_record_count, 1);
	}
	message[24] = 2; /* a second item that is not there */
	deliver(3, 0, size);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	message_make(0, "totem.config_version", MAP_U64, &one, 8);
	memset(message + 48 + 272, 0xff, 8);
	deliver(3, 0, size);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	message_make(0, "totem.config_version", MAP_U64, &one, 8);
	memset(message + 48, 0xff, 2);
	deliver(3, 0, size);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	message_make(2, "totem.config_version", MAP_U64, &one, 8);
	deliver(3, 0, size);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	message_make(0, "totem.config_version", MAP_U64, &one, 8);
	deliver(3, 1, size);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 1);
	assert_int_equal(version_of(3), 999);
}

static void test_several_items(void **state)
{
	uint64_t version = 77;
	uint16_t len = 20;

	(void)state;
	message_make(0, "some.other.key", MAP_STRING, "12345", 5);
	message[24] = 2;
	memcpy(message + 48 + 288, &len, 2);
	memcpy(message + 48 + 288 + 8, "totem.config_version", 20);
	message[48 + 288 + 264] = MAP_U64;
	message[48 + 288 + 272] = 8;
	memcpy(message + 48 + 288 + 280, &version, 8);
	deliver(3, 0, 48 + 288 + 288);
	assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), 0);
	assert_int_equal(version_of(3), 77);
}

/* One row a history: rings by who comes along, and the versions that the others tell. */
static void test_outdated_configuration(void **state)
{
	static const struct {
		uint64_t mine, theirs, mine_echo;
		const char *trans;
		bool goes;
	} rows[] = {
		{5, 5, 5, "7", false}, {5, 6, 5, "7", true},    {5, 4, 5, "7", false},
		{5, 6, 5, "", false},  {0, 6, 0, "7", false},   {5, 0, 5, "7", false},
		{6, 5, 6, "7", false}, {5, 5, 900, "7", false}, {5, 6, 5, "73", true},
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		world_setup(state);
		if (rows[i].mine != 0)
			map_put_u64(&world_map, "totem.config_version", rows[i].mine);
		sync_step(SERVICE_EVENT_SYNC_INIT, rows[i].trans);
		sync_step(SERVICE_EVENT_SYNC_PROCESS, rows[i].trans);
		deliver_version(3, 0, rows[i].theirs);
		deliver_version(WORLD_SELF, 0, rows[i].mine_echo);
		sync_step(SERVICE_EVENT_SYNC_ACTIVATE, rows[i].trans);
		assert_int_equal(world_count_of(SERVICE_EFFECT_SHUTDOWN), rows[i].goes);
		assert_int_equal(world_count_of(SERVICE_EFFECT_LOG), rows[i].goes);
		if (rows[i].goes)
			assert_true(world_nth(SERVICE_EFFECT_SHUTDOWN, 0)->len > 0);
	}
}

static void test_only_the_first_meeting_counts(void **state)
{
	(void)state;
	map_put_u64(&world_map, "totem.config_version", 5);
	sync_step(SERVICE_EVENT_SYNC_INIT, ""); /* alone at the start */
	sync_step(SERVICE_EVENT_SYNC_ACTIVATE, "");
	sync_step(SERVICE_EVENT_SYNC_INIT, "7");
	deliver_version(3, 0, 9);
	world_step((struct service_event){.type = SERVICE_EVENT_SYNC_ABORT}); /* that ring came to nothing */
	sync_step(SERVICE_EVENT_SYNC_INIT, "7");
	deliver_version(3, 0, 5);
	sync_step(SERVICE_EVENT_SYNC_ACTIVATE, "7");
	assert_int_equal(world_record_count, 0);
	sync_step(SERVICE_EVENT_SYNC_INIT, "7");
	deliver_version(3, 0, 9);
	sync_step(SERVICE_EVENT_SYNC_ACTIVATE, "7"); /* versions may differ while a change is rolled out */
	assert_int_equal(world_count_of(SERVICE_EFFECT_SHUTDOWN), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_version_messages, world_setup),
		cmocka_unit_test_setup(test_nothing_is_sent_before_start, world_setup),
		cmocka_unit_test_setup(test_bad_messages, world_setup),
		cmocka_unit_test_setup(test_several_items, world_setup),
		cmocka_unit_test_setup(test_outdated_configuration, world_setup),
		cmocka_unit_test_setup(test_only_the_first_meeting_counts, world_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
