/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages in fragments, of the sender and of what is delivered (engine-ipc.md §2.6). */
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

static void test_partial_message(void **state)
{
	struct bytes m;

	(void)state;
	world_joined(1, 1, "g", 10);
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_OK);
	m = world_waiting_bytes(0);
	assert_int_equal(world_waiting_fn(0), 6);
	assert_int_equal(m.len, 203);
	assert_int_equal(u32_at(m.data, 0), 0x20006);
	assert_int_equal(u32_at(m.data, 16), 1);
	assert_int_equal(u32_at(m.data, 152), 9);
	assert_int_equal(u32_at(m.data, 160), 3);
	assert_int_equal(u32_at(m.data, 168), 10);
	assert_int_equal(u32_at(m.data, 176), 1);
	assert_int_equal(u32_at(m.data, 184), 1);
	assert_int_equal(world_partial(1, 1, 2, 9, "def"), STATUS_OK);
	assert_int_equal(world_partial(1, 1, 3, 9, "ghi"), STATUS_OK);
	world_run();
	assert_string_equal(world_told(1, 1), "part g 1:10 1 9 abc\npart g 1:10 2 9 def\npart g 1:10 3 9 ghi\n");
}

static void test_partial_states(void **state)
{
	(void)state;
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_NOT_EXIST);
	assert_int_equal(world_join(1, 1, "g", 10, 0), STATUS_OK);
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_OK);
	world_run();
	/* its own join came between */
	assert_int_equal(world_partial(1, 1, 2, 9, "abc"), STATUS_INTERRUPT);
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_OK);
	assert_int_equal(world_leave(1, 1, "g", 10), STATUS_OK);
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_NOT_EXIST);
	world_run();
	assert_int_equal(world_partial(1, 1, 2, 9, "abc"), STATUS_NOT_EXIST);
}

static void test_partial_interrupt(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_OK);
	world_joined(1, 2, "h", 20); /* another group is no change to this client */
	assert_int_equal(world_partial(1, 1, 2, 9, "def"), STATUS_OK);
	world_joined(1, 3, "g", 30);
	assert_int_equal(world_partial(1, 1, 3, 9, "ghi"), STATUS_INTERRUPT);
	assert_int_equal(world_partial(1, 1, 3, 9, "ghi"), STATUS_INTERRUPT);
	assert_int_equal(world_partial(1, 1, 1, 6, "abc"), STATUS_OK);
	assert_int_equal(world_partial(1, 1, 3, 6, "def"), STATUS_OK);
}

static void test_partial_sums(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	assert_int_equal(world_partial(1, 1, 2, 9, "abc"), STATUS_INTERRUPT); /* no FIRST */
	assert_int_equal(world_partial(1, 1, 1, 2, "abc"), STATUS_INVALID_PARAM);
	assert_int_equal(world_partial(1, 1, 1, 5, "abc"), STATUS_OK);
	assert_int_equal(world_partial(1, 1, 2, 5, "def"), STATUS_INVALID_PARAM);
	assert_int_equal(world_partial(1, 1, 2, 5, "d"), STATUS_INTERRUPT);
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_OK);
	assert_int_equal(world_partial(1, 1, 2, 8, "def"), STATUS_INVALID_PARAM); /* another total */
	assert_int_equal(world_partial(1, 1, 1, 9, "abc"), STATUS_OK);
	assert_int_equal(world_partial(1, 1, 3, 9, "def"), STATUS_INVALID_PARAM); /* LAST too early */
	assert_int_equal(world_partial(1, 1, 0, 9, "abc"), STATUS_INVALID_PARAM);
	assert_int_equal(world_partial(1, 1, 4, 9, "abc"), STATUS_INVALID_PARAM);
	assert_int_equal(world_partial(1, 1, 1, 0xffffffff, "abc"), STATUS_OK);
}

static void test_partial_lengths(void **state)
{
	uint8_t *b = calloc(1, REQUEST_MAX);
	uint32_t most = REQUEST_MAX - 200;

	(void)state;
	world_joined(1, 1, "g", 10);
	put_u32(b, 16, 0xffffff);
	put_u32(b, 24, 8);
	put_u32(b, 32, 1);
	for (size_t n = 0; n < 20; n++) {
		world_request(1, 1, 12, b, 40 + n);
		assert_int_equal(world_reply.status, n == 8 ? STATUS_OK : STATUS_INVALID_PARAM);
	}
	put_u32(b, 24, 0xffffffff);
	world_request(1, 1, 12, b, 40 + 8);
	assert_int_equal(world_reply.status, STATUS_INVALID_PARAM);
	put_u32(b, 24, most + 1);
	world_request(1, 1, 12, b, 40 + most + 1);
	assert_int_equal(world_reply.status, STATUS_INVALID_PARAM);
	put_u32(b, 24, most);
	world_request(1, 1, 12, b, 40 + most);
	assert_int_equal(world_reply.status, STATUS_OK);
	free(b);
}

static void forge(uint32_t pid, uint32_t type, uint32_t total, const char *text)
{
	uint32_t n = (uint32_t)strlen(text);
	uint8_t b[200 + 64] = {0};

	world_put_name(b + 16, "g", 1);
	put_u32(b, 152, total);
	put_u32(b, 160, n);
	put_u32(b, 168, pid);
	put_u32(b, 176, type);
	put_u32(b, 184, 77); /* who it claims to be is not looked at */
	memcpy(b + 200, text, n);
	world_forge(1, 6, b, 200 + n);
	world_run();
}

/* libcpg would write over the end of its buffer, or take rubbish for a message. */
static void test_partial_delivered_sums(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	forge(10, 2, 9, "no first");
	forge(10, 1, 2, "abc");
	forge(10, 1, 5, "abc");
	forge(10, 2, 5, "def");
	forge(10, 2, 5, "d");
	assert_string_equal(world_told(1, 1), "part g 1:10 1 5 abc\n");
	forge(10, 1, 5, "abc");
	forge(10, 2, 6, "d");
	forge(10, 2, 5, "d");
	assert_string_equal(world_told(1, 1), "part g 1:10 1 5 abc\n");
	forge(10, 1, 5, "abc");
	forge(10, 3, 5, "d");
	forge(10, 3, 5, "e");
	assert_string_equal(world_told(1, 1), "part g 1:10 1 5 abc\n");
	forge(10, 1, 5, "abc");
	forge(10, 1, 4, "ab"); /* begins anew */
	forge(10, 2, 4, "");
	forge(10, 3, 4, "cd");
	assert_string_equal(world_told(1, 1), "part g 1:10 1 5 abc\npart g 1:10 1 4 ab\npart g 1:10 2 4 \n"
					      "part g 1:10 3 4 cd\n");
	assert_int_equal(world_logs, 0);
}

static void test_partial_delivered_senders(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	world_joined(1, 2, "g", 20);
	(void)world_told(1, 1);
	forge(10, 1, 4, "ab");
	forge(20, 1, 4, "AB");
	forge(20, 3, 4, "CD");
	forge(10, 3, 4, "cd");
	assert_string_equal(world_told(1, 1), "part g 1:10 1 4 ab\npart g 1:20 1 4 AB\n"
					      "part g 1:20 3 4 CD\npart g 1:10 3 4 cd\n");
	forge(30, 1, 4, "ab");
	assert_string_equal(world_told(1, 1), "");
	assert_int_equal(world_logs, 1);
}

/* A process that left and came again has no FIRST any more. */
static void test_partial_delivered_rejoin(void **state)
{
	(void)state;
	world_joined(1, 1, "g", 10);
	world_joined(1, 2, "g", 20);
	forge(20, 1, 4, "AB");
	assert_int_equal(world_leave(1, 2, "g", 20), STATUS_OK);
	world_run();
	world_joined(1, 2, "g", 20);
	(void)world_told(1, 1);
	forge(20, 3, 4, "CD");
	assert_string_equal(world_told(1, 1), "");
}

static void test_partial_delivered_malformed(void **state)
{
	uint8_t b[200 + 8] = {[16] = 1, [24] = 'g', [152] = 8, [160] = 8, [168] = 10, [176] = 1};

	(void)state;
	world_joined(1, 1, "g", 10);
	for (size_t n = 0; n < sizeof b; n++)
		world_forge(1, 6, b, n);
	b[160] = 7;
	world_forge(1, 6, b, sizeof b);
	b[160] = 8;
	b[176] = 0;
	world_forge(1, 6, b, sizeof b);
	b[176] = 4;
	world_forge(1, 6, b, sizeof b);
	b[176] = 1;
	b[16] = 129;
	world_forge(1, 6, b, sizeof b);
	world_run();
	assert_string_equal(world_told(1, 1), "");
	assert_int_equal(world_logs, 1);
	b[16] = 1;
	world_forge(1, 6, b, sizeof b);
	world_run();
	assert_true(strncmp(world_told(1, 1), "part g 1:10 1 8 ", 16) == 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, alone, stop_empty)
	const struct CMUnitTest tests[] = {
		CASE(test_partial_message),
		CASE(test_partial_states),
		CASE(test_partial_interrupt),
		CASE(test_partial_sums),
		CASE(test_partial_lengths),
		CASE(test_partial_delivered_sums),
		CASE(test_partial_delivered_senders),
		CASE(test_partial_delivered_rejoin),
		CASE(test_partial_delivered_malformed),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
