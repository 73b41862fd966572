/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "service/service.h"

#include <stdio.h>

static struct service_effects fx;

/* What the host has seen: of each effect its type, client, and the first byte behind a 24 byte head. */
static struct {
	uint32_t drains, effects;
	uint32_t clients[1024];
	uint8_t first[1024];
	enum service_effect_type types[1024];
} seen;

static void see(void *host, struct service_effects *full)
{
	assert_ptr_equal(host, &seen);
	for (uint32_t i = 0; i < full->count; i++) {
		const struct service_effect *e = &full->items[i];

		assert_true(seen.effects < 1024);
		seen.types[seen.effects] = e->type;
		seen.clients[seen.effects] = e->client.v;
		seen.first[seen.effects] = e->head.len > 24 ? e->head.data[24] : 0;
		seen.effects++;
	}
	seen.drains++;
}

static int setup(void **state)
{
	(void)state;
	memset(&fx, 0, sizeof fx);
	memset(&seen, 0, sizeof seen);
	fx.drain = see;
	fx.host = &seen;
	return 0;
}

static uint32_t u32_at(struct bytes b, size_t at)
{
	struct reader r = reader_of(b);
	uint32_t v;

	read_seek(&r, at);
	v = read_u32(&r);
	assert_false(r.failed);
	return v;
}

static void test_slots(void **state)
{
	(void)state;
	assert_int_equal(client_slot((client_id){7}), 7);
	assert_int_equal(client_slot((client_id){7 + 3 * CLIENTS_MAX}), 7);
}

static void test_push(void **state)
{
	struct service_effect *e;

	(void)state;
	memset(&fx.items[0], 0xee, sizeof fx.items[0]);
	e = service_push(&fx, SERVICE_EFFECT_RELOAD);
	assert_ptr_equal(e, &fx.items[0]);
	assert_int_equal(fx.count, 1);
	assert_int_equal(e->type, SERVICE_EFFECT_RELOAD);
	assert_int_equal(e->client.v, 0);
	assert_int_equal(e->head.len, 0);
	assert_int_equal(e->tail.len, 0);
}

static void test_scratch(void **state)
{
	struct writer w = service_scratch(&fx, 100);
	struct bytes first, second;

	(void)state;
	assert_int_equal(w.size, 100);
	write_u8(&w, 1);
	first = service_keep(&fx, &w);
	assert_int_equal(first.len, 1);
	w = service_scratch(&fx, 100);
	write_u8(&w, 2);
	second = service_keep(&fx, &w);
	assert_int_equal(first.data[0], 1);
	assert_int_equal(second.data[0], 2);
	assert_int_equal((size_t)(second.data - fx.scratch) % 16, 0);
	assert_int_equal(seen.drains, 0);
}

static void test_scratch_drains(void **state)
{
	struct writer w = service_scratch(&fx, SERVICE_SCRATCH);

	(void)state;
	write_zero(&w, SERVICE_SCRATCH - 7);
	(void)service_keep(&fx, &w);
	(void)service_push(&fx, SERVICE_EFFECT_REOPEN);
	w = service_scratch(&fx, 0);
	assert_int_equal(seen.drains, 0);
	w = service_scratch(&fx, 1);
	assert_int_equal(seen.drains, 1);
	assert_int_equal(seen.effects, 1);
	assert_int_equal(fx.count, 0);
	assert_ptr_equal(w.data, fx.scratch);
}

static void test_effects_drain(void **state)
{
	(void)state;
	for (uint32_t i = 1; i <= 1000; i++)
		service_reply_status(&fx, (client_id){i}, 0, STATUS_OK);
	see(&seen, &fx);
	assert_true(seen.drains > 1);
	assert_int_equal(seen.effects, 1000);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(seen.clients[i], i + 1);
}

static void test_multicast(void **state)
{
	static const uint8_t tail[5] = {1, 2, 3, 4, 5};
	struct writer w = service_scratch(&fx, 64);

	(void)state;
	service_message_head(&w, SERVICE_VOTEQUORUM, 3);
	assert_int_equal(w.len, 16);
	write_u64(&w, 9);
	service_multicast(&fx, &w, bytes_of(tail, sizeof tail));
	assert_int_equal(fx.count, 1);
	assert_int_equal(fx.items[0].type, SERVICE_EFFECT_MULTICAST);
	assert_int_equal(fx.items[0].head.len, 24);
	assert_int_equal(u32_at(fx.items[0].head, 0), 0x50003);
	assert_int_equal(u32_at(fx.items[0].head, 4), 0);
	assert_int_equal(u32_at(fx.items[0].head, 8), 29);
	assert_int_equal(u32_at(fx.items[0].head, 12), 0);
	assert_int_equal(u32_at(fx.items[0].head, 16), 9);
	assert_ptr_equal(fx.items[0].tail.data, tail);
	assert_int_equal(fx.items[0].tail.len, 5);
}

static void check_answer(enum service_effect_type type, size_t size)
{
	const struct service_effect *e = &fx.items[0];

	assert_int_equal(fx.count, 1);
	assert_int_equal(e->type, type);
	assert_int_equal(e->client.v, 42);
	assert_int_equal(u32_at(e->head, 0), 11);
	assert_int_equal(u32_at(e->head, 4), 0);
	assert_int_equal(u32_at(e->head, 8), size);
	assert_int_equal(u32_at(e->head, 12), 0);
	assert_int_equal(u32_at(e->head, 16), STATUS_BUSY);
	assert_int_equal(u32_at(e->head, 20), 0);
	assert_int_equal(e->head.len + e->tail.len, size);
}

static void test_reply(void **state)
{
	struct writer w = service_scratch(&fx, 64);

	(void)state;
	service_reply_head(&w, 11, STATUS_BUSY);
	write_u32(&w, 1);
	service_reply(&fx, (client_id){42}, &w, (struct bytes){0});
	check_answer(SERVICE_EFFECT_REPLY, 28);
}

static void test_event(void **state)
{
	struct writer w = service_scratch(&fx, 64);

	(void)state;
	service_reply_head(&w, 11, STATUS_BUSY);
	service_event_to(&fx, (client_id){42}, &w, bytes_of("abc", 3));
	check_answer(SERVICE_EFFECT_EVENT, 27);
}

static void test_reply_status(void **state)
{
	(void)state;
	service_reply_status(&fx, (client_id){42}, 11, STATUS_BUSY);
	check_answer(SERVICE_EFFECT_REPLY, 24);
}

static void test_event_shared(void **state)
{
	struct writer w = service_scratch(&fx, 64);
	struct bytes head;

	(void)state;
	service_reply_head(&w, 11, STATUS_BUSY);
	head = service_event_keep(&fx, &w, 3);
	service_event_shared(&fx, (client_id){42}, &head, bytes_of("abc", 3));
	check_answer(SERVICE_EFFECT_EVENT, 27);
	service_event_shared(&fx, (client_id){43}, &head, bytes_of("abc", 3));
	assert_int_equal(fx.count, 2);
	assert_ptr_equal(fx.items[0].head.data, fx.items[1].head.data);
	assert_int_equal(fx.items[1].client.v, 43);
}

/* The head outlives the drains, wherever it was in the scratch memory, and what comes after does not hit it. */
static void test_event_shared_drains(void **state)
{
	struct writer w = service_scratch(&fx, 4096);
	struct bytes head;

	(void)state;
	write_zero(&w, 20);
	(void)service_keep(&fx, &w);
	w = service_scratch(&fx, 4096);
	service_reply_head(&w, 11, STATUS_OK);
	for (uint32_t i = 0; i < 4000; i++)
		write_u8(&w, 0x5a);
	head = service_event_keep(&fx, &w, 0);
	for (uint32_t i = 1; i <= 1000; i++)
		service_event_shared(&fx, (client_id){i}, &head, (struct bytes){0});
	w = service_scratch(&fx, 4096);
	for (uint32_t i = 0; i < 4096; i++)
		write_u8(&w, 0xa5);
	(void)service_keep(&fx, &w);
	assert_true(seen.drains > 2);
	for (uint32_t i = 0; i < 4000; i++)
		assert_int_equal(head.data[24 + i], 0x5a);
	see(&seen, &fx);
	assert_int_equal(seen.effects, 1000);
	for (uint32_t i = 0; i < 1000; i++) {
		assert_int_equal(seen.clients[i], i + 1);
		assert_int_equal(seen.first[i], 0x5a);
	}
}

static void test_timer(void **state)
{
	(void)state;
	service_timer_set(&fx, SERVICE_TIMER_SHUTDOWN, 5000);
	assert_int_equal(fx.items[0].type, SERVICE_EFFECT_TIMER);
	assert_int_equal(fx.items[0].timer, SERVICE_TIMER_SHUTDOWN);
	assert_int_equal(fx.items[0].delay_ms, 5000);
	for (uint32_t i = 0; i < 600; i++)
		service_timer_set(&fx, SERVICE_TIMER_STATS, i);
	see(&seen, &fx);
	assert_int_equal(seen.effects, 601);
}

static void test_log(void **state)
{
	char many[3000];

	(void)state;
	service_log(&fx, MSG_NODE_LEFT, "node %u has %s", 7, "left");
	assert_int_equal(fx.items[0].type, SERVICE_EFFECT_LOG);
	assert_int_equal(fx.items[0].message, MSG_NODE_LEFT);
	assert_int_equal(fx.items[0].head.len, 15);
	assert_memory_equal(fx.items[0].head.data, "node 7 has left", 16);
	memset(many, 'x', sizeof many);
	many[sizeof many - 1] = '\0';
	service_log(&fx, MSG_NODE_LEFT, "%s", many);
	assert_true(fx.items[1].head.len < 1024);
	assert_int_equal(fx.items[1].head.data[fx.items[1].head.len], '\0');
	for (uint32_t i = 0; i < 600; i++)
		service_log(&fx, MSG_NODE_LEFT, "%u", i);
	see(&seen, &fx);
	assert_int_equal(seen.effects, 602);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup(name, setup)
	const struct CMUnitTest tests[] = {
		CASE(test_slots),
		CASE(test_push),
		CASE(test_scratch),
		CASE(test_scratch_drains),
		CASE(test_effects_drain),
		CASE(test_multicast),
		CASE(test_reply),
		CASE(test_event),
		CASE(test_reply_status),
		CASE(test_event_shared),
		CASE(test_event_shared_drains),
		CASE(test_timer),
		CASE(test_log),
	};
#undef CASE

	return cmocka_run_group_tests(tests, NULL, NULL);
}
