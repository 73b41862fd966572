/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "solo-world.h"

#include "service/pload.h"

enum { SELF = 3, FN_START = 0, FN_MESSAGE = 1 };

static struct pload pload;

static void step(const struct service_event *ev, struct service_effects *fx)
{
	pload_step(&pload, ev, fx);
}

static int set_up(void **state)
{
	(void)state;
	solo_open(step);
	pload_init(&pload, node_id_of(SELF), &solo_map, &solo_pool);
	solo_event(SERVICE_EVENT_START);
	return 0;
}

static void deliver(uint32_t from, uint16_t fn, struct bytes message)
{
	solo_step((struct service_event){
		.type = SERVICE_EVENT_DELIVER, .from = node_id_of(from), .fn = fn, .message = message});
}

static void deliver_start(uint32_t count, uint32_t size)
{
	uint8_t message[24];
	struct writer w = writer_of(message, sizeof message);

	service_message_head(&w, SERVICE_PLOAD, FN_START);
	write_u32(&w, count);
	write_u32(&w, size);
	deliver(1, FN_START, writer_bytes(&w));
}

static void deliver_message(uint32_t from)
{
	static const uint8_t message[16];

	deliver(from, FN_MESSAGE, bytes_of(message, sizeof message));
}

static void test_starts_by_the_long_word_only(void **state)
{
	struct reader r;

	(void)state;
	solo_set("pload.size", "500");
	solo_set("pload.start", "yes");
	assert_int_equal(solo_record_count, 0);
	map_put_u32(&solo_map, "pload.count", 1000);
	solo_set("pload.start", PLOAD_START);
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), 1);
	assert_int_equal(solo_last(SERVICE_EFFECT_MULTICAST)->len, 24);
	r = reader_of(bytes_of(solo_last(SERVICE_EFFECT_MULTICAST)->text, 24));
	assert_int_equal(read_u32(&r), SERVICE_PLOAD << 16 | FN_START);
	read_seek(&r, 16);
	assert_int_equal(read_u32(&r), 1000);
	assert_int_equal(read_u32(&r), 500);
	solo_set("pload.count", "7"); /* it is on its way */
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), 1);
}

static void test_size_is_limited(void **state)
{
	struct reader r;

	(void)state;
	map_put_u32(&solo_map, "pload.size", PLOAD_SIZE_MAX + 1);
	solo_set("pload.start", PLOAD_START);
	r = reader_of(bytes_of(solo_last(SERVICE_EFFECT_MULTICAST)->text, 24));
	read_seek(&r, 16);
	assert_int_equal(read_u32(&r), 1500000);
	assert_int_equal(read_u32(&r), PLOAD_SIZE_MAX);
	assert_int_equal(solo_logged(MSG_PLOAD), 2);
}

/* Three nodes send; each of our own that comes back is followed by another, and the tenth of all ends us. */
static void test_run(void **state)
{
	(void)state;
	deliver_message(1); /* nobody has started */
	deliver_start(600, 2000);
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), PLOAD_FLIGHT_BYTES / 2000);
	assert_int_equal(solo_last(SERVICE_EFFECT_MULTICAST)->len, 16);
	assert_int_equal(solo_last(SERVICE_EFFECT_MULTICAST)->tail_len, 1984);
	deliver_start(600, 2000); /* another node's, too late */
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), PLOAD_FLIGHT_BYTES / 2000);
	solo_forget();
	solo_pass_ms(2000);
	for (uint32_t i = 1; i < 600; i++) {
		deliver_message(1 + i % 3);
		assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), (i + 1) / 3);
		assert_int_equal(solo_count(SERVICE_EFFECT_EXIT), 0);
		if (i % 100 == 0)
			solo_record_count = (i + 1) / 3; /* room for more */
	}
	deliver_message(1);
	assert_int_equal(solo_last(SERVICE_EFFECT_EXIT)->what, PLOAD_EXIT_CODE);
	assert_non_null(
		strstr(solo_last(SERVICE_EFFECT_LOG)->text, "600 messages of 2000 bytes in 2000 ms: 300 a second"));
}

static void test_sends_no_more_than_wanted(void **state)
{
	(void)state;
	deliver_start(5, 0);
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), 5);
	assert_int_equal(solo_last(SERVICE_EFFECT_MULTICAST)->tail_len, 0);
	deliver_message(SELF);
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), 5);
	set_up(state);
	deliver_start(5, PLOAD_SIZE_MAX);
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), 1);
	assert_int_equal(solo_last(SERVICE_EFFECT_MULTICAST)->tail_len, PLOAD_SIZE_MAX - 16);
}

static void test_nonsense_from_the_ring(void **state)
{
	static const uint8_t brief[20];

	(void)state;
	deliver(1, FN_START, bytes_of(brief, sizeof brief));
	deliver_start(0, 300);
	deliver_start(10, PLOAD_SIZE_MAX + 1);
	deliver(1, 2, bytes_of(brief, sizeof brief));
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), 0);
	assert_int_equal(solo_logged(MSG_PLOAD), 3);
}

static void test_no_memory(void **state)
{
	(void)state;
	while (pool_alloc(&solo_pool, 1000) != NULL)
		continue;
	deliver_start(10, 5000);
	assert_int_equal(solo_count(SERVICE_EFFECT_MULTICAST), 0);
	assert_non_null(strstr(solo_last(SERVICE_EFFECT_LOG)->text, "no memory"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_starts_by_the_long_word_only, set_up),
		cmocka_unit_test_setup(test_size_is_limited, set_up),
		cmocka_unit_test_setup(test_run, set_up),
		cmocka_unit_test_setup(test_sends_no_more_than_wanted, set_up),
		cmocka_unit_test_setup(test_nonsense_from_the_ring, set_up),
		cmocka_unit_test_setup(test_no_memory, set_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
