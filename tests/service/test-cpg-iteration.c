/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walking over groups and their processes (engine-ipc.md §2.5). */
#include "cpg-world.h"

enum { NAMES = 1, GROUP = 2, ALL = 3 };

static int three_groups(void **state)
{
	(void)state;
	world_start(1);
	world_ring("1");
	for (uint32_t i = 1; i <= 6; i++)
		world_connect(1, i);
	world_joined(1, 1, "m", 30);
	world_joined(1, 2, "z", 20);
	world_joined(1, 3, "m", 10);
	world_joined(1, 4, "a", 40);
	return 0;
}

static int stop_empty(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 6; i++)
		world_disconnect(1, i);
	world_run();
	assert_int_equal(world_pool(1)->used, 0);
	world_stop();
	return 0;
}

static enum status begin(uint32_t client, uint32_t type, const char *name, uint64_t *ret_handle)
{
	uint8_t b[144];

	memset(b, 0xee, sizeof b);
	if (name != NULL)
		world_put_name(b, name, strlen(name));
	put_u32(b, 136, type);
	world_request(1, client, 5, b, sizeof b);
	assert_int_equal(world_reply.count, 1);
	assert_int_equal(world_reply.id, 9);
	assert_int_equal(world_reply.length, 32);
	memcpy(ret_handle, world_reply.bytes + 24, sizeof *ret_handle);
	return world_reply.status;
}

static enum status next(uint32_t client, uint64_t handle)
{
	world_request(1, client, 6, &handle, sizeof handle);
	assert_int_equal(world_reply.count, 1);
	assert_int_equal(world_reply.id, 10);
	assert_int_equal(world_reply.length, 168);
	return world_reply.status;
}

static enum status end(uint32_t client, uint64_t handle)
{
	world_request(1, client, 7, &handle, sizeof handle);
	assert_int_equal(world_reply.count, 1);
	assert_int_equal(world_reply.id, 11);
	assert_int_equal(world_reply.length, 24);
	return world_reply.status;
}

static void expect_next(uint32_t client, uint64_t handle, const char *name, uint32_t node, uint32_t pid)
{
	assert_int_equal(next(client, handle), STATUS_OK);
	assert_int_equal(u32_at(world_reply.bytes, 24), strlen(name));
	assert_memory_equal(world_reply.bytes + 32, name, strlen(name));
	assert_int_equal(u32_at(world_reply.bytes, 160), node);
	assert_int_equal(u32_at(world_reply.bytes, 164), pid);
}

static void test_iterate_all(void **state)
{
	uint64_t h;

	(void)state;
	assert_int_equal(begin(5, ALL, NULL, &h), STATUS_OK);
	expect_next(5, h, "a", 1, 40);
	expect_next(5, h, "m", 1, 10);
	expect_next(5, h, "m", 1, 30);
	expect_next(5, h, "z", 1, 20);
	assert_int_equal(next(5, h), STATUS_NO_SECTIONS);
	assert_int_equal(next(5, h), STATUS_NO_SECTIONS);
	assert_int_equal(end(5, h), STATUS_OK);
}

static void test_iterate_names(void **state)
{
	uint64_t h;

	(void)state;
	assert_int_equal(begin(5, NAMES, NULL, &h), STATUS_OK);
	expect_next(5, h, "a", 0, 0);
	expect_next(5, h, "m", 0, 0);
	expect_next(5, h, "z", 0, 0);
	assert_int_equal(next(5, h), STATUS_NO_SECTIONS);
}

static void test_iterate_group(void **state)
{
	uint64_t h;

	(void)state;
	assert_int_equal(begin(5, GROUP, "m", &h), STATUS_OK);
	expect_next(5, h, "m", 1, 10);
	expect_next(5, h, "m", 1, 30);
	assert_int_equal(next(5, h), STATUS_NO_SECTIONS);
	assert_int_equal(begin(5, GROUP, "nobody", &h), STATUS_OK);
	assert_int_equal(next(5, h), STATUS_NO_SECTIONS);
}

static void test_iterate_nothing(void **state)
{
	uint64_t h;

	(void)state;
	for (uint32_t i = 1; i <= 4; i++)
		world_disconnect(1, i);
	world_run();
	assert_int_equal(begin(5, ALL, NULL, &h), STATUS_OK);
	assert_int_equal(next(5, h), STATUS_NO_SECTIONS);
	for (uint32_t i = 1; i <= 4; i++)
		world_connect(1, i);
}

static void test_iterate_arguments(void **state)
{
	uint8_t b[144] = {0};
	uint64_t h;

	(void)state;
	assert_int_equal(begin(5, 0, "m", &h), STATUS_INVALID_PARAM);
	assert_int_equal(h, 0);
	assert_int_equal(begin(5, 4, "m", &h), STATUS_INVALID_PARAM);
	put_u32(b, 0, 129);
	put_u32(b, 136, GROUP);
	world_request(1, 5, 5, b, sizeof b);
	assert_int_equal(world_reply.status, STATUS_NAME_TOO_LONG);
}

static void test_iterate_handles(void **state)
{
	uint64_t h, other;

	(void)state;
	assert_int_equal(begin(5, ALL, NULL, &h), STATUS_OK);
	assert_int_equal(begin(6, ALL, NULL, &other), STATUS_OK);
	assert_true(h != other);
	assert_int_equal(next(6, h), STATUS_LIBRARY);
	assert_int_equal(end(6, h), STATUS_LIBRARY);
	assert_int_equal(next(5, h + 1), STATUS_LIBRARY);
	assert_int_equal(next(5, 0), STATUS_LIBRARY);
	assert_int_equal(next(5, UINT64_MAX), STATUS_LIBRARY);
	assert_int_equal(end(5, h), STATUS_OK);
	assert_int_equal(end(5, h), STATUS_LIBRARY);
	assert_int_equal(next(5, h), STATUS_LIBRARY);
	expect_next(6, other, "a", 1, 40);
	world_disconnect(1, 6);
	world_connect(1, 6);
	assert_int_equal(next(6, other), STATUS_LIBRARY);
}

static void test_iterate_many(void **state)
{
	uint64_t h[CPG_ITERATORS_MAX], more;

	(void)state;
	for (uint32_t i = 0; i < CPG_ITERATORS_MAX; i++)
		assert_int_equal(begin(5, ALL, NULL, &h[i]), STATUS_OK);
	assert_int_equal(begin(5, ALL, NULL, &more), STATUS_NO_RESOURCES);
	assert_int_equal(begin(6, ALL, NULL, &more), STATUS_OK);
	assert_int_equal(end(5, h[7]), STATUS_OK);
	assert_int_equal(begin(5, ALL, NULL, &more), STATUS_OK);
	expect_next(5, more, "a", 1, 40);
	expect_next(5, h[8], "a", 1, 40);
	assert_int_equal(next(5, h[7]), STATUS_LIBRARY);
}

/* What stays is seen once, whatever comes and goes around it. */
static void test_iterate_while_changing(void **state)
{
	uint64_t h, names;

	(void)state;
	assert_int_equal(begin(5, ALL, NULL, &h), STATUS_OK);
	assert_int_equal(begin(5, NAMES, NULL, &names), STATUS_OK);
	expect_next(5, h, "a", 1, 40);
	expect_next(5, h, "m", 1, 10);
	expect_next(5, names, "a", 0, 0);
	world_disconnect(1, 3);
	world_disconnect(1, 4);
	world_run();
	world_connect(1, 3);
	world_connect(1, 4);
	world_joined(1, 3, "m", 5);
	world_joined(1, 4, "b", 1);
	expect_next(5, h, "m", 1, 30);
	expect_next(5, h, "z", 1, 20);
	assert_int_equal(next(5, h), STATUS_NO_SECTIONS);
	expect_next(5, names, "b", 0, 0);
	expect_next(5, names, "m", 0, 0);
	expect_next(5, names, "z", 0, 0);
	assert_int_equal(next(5, names), STATUS_NO_SECTIONS);
}

/* Processes that were listed in a synchronisation that is not finished are nobody's business yet. */
static void test_iterate_hides_listed(void **state)
{
	static struct service_effects fx;
	uint8_t list[24 + 144] = {[24] = 9};
	struct service_event ev = {.type = SERVICE_EVENT_DELIVER, .fn = 2, .from = {9}};
	uint64_t h;

	(void)state;
	world_put_name(list + 32, "b", 1);
	world_ring_begin("1");
	ev.message = bytes_of(list, sizeof list);
	cpg_step(world_cpg(1), &ev, &fx);
	cpg_check(world_cpg(1));
	assert_int_equal(world_cpg(1)->process_count, 5);
	assert_int_equal(cpg_member_count(world_cpg(1), "b", 1), 0);
	assert_int_equal(begin(5, NAMES, NULL, &h), STATUS_OK);
	expect_next(5, h, "a", 0, 0);
	expect_next(5, h, "m", 0, 0);
	world_abort("1");
	assert_int_equal(world_cpg(1)->process_count, 4);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, three_groups, stop_empty)
	const struct CMUnitTest tests[] = {
		CASE(test_iterate_all),     CASE(test_iterate_names),          CASE(test_iterate_group),
		CASE(test_iterate_nothing), CASE(test_iterate_arguments),      CASE(test_iterate_handles),
		CASE(test_iterate_many),    CASE(test_iterate_while_changing), CASE(test_iterate_hides_listed),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
