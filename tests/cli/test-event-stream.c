/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/event-stream.h"
#include "fake-manager.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define CHUNKED "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
#define NODE    "event: node\ndata: {\"kind\": \"node\"}\n\n"
#define LEADER  "event: leader\ndata: {\"kind\": \"leader\"}\n\n"

enum { KINDS_MAX = 3 };

static const struct {
	struct fake_answer answer;
	const char *kinds[KINDS_MAX]; /* of the events that come before it is gone */
} rows[] = {
	/* two, and comments; cut where no event ends */
	{{"", FAKE_RAW,
	  CHUNKED "8\r\n: hale\n\n\r\n10\r\nevent: node\ndata\r\n5e\r\n: {\"kind\": \"node\"}\n\n: more\n\n" LEADER
		  ": 0123456789012345678\n\n\r\n0\r\n\r\n"},
	 {"node", "leader"}},
	{{"", FAKE_SLOW, CHUNKED "26\r\n" NODE "\r\n0\r\n\r\n"}, {"node"}},
	{{"", 200, ": hale\n\n" NODE ": more\n\n" LEADER}, {"node", "leader"}},
	/* what came before it broke counts */
	{{"", FAKE_RAW, CHUNKED "26\r\n" NODE "\r\n2a"}, {"node"}},
	{{"", FAKE_RAW, CHUNKED "26\r\n" NODE "\r\nnoise\r\n"}, {"node"}},
	{{"", FAKE_RAW, CHUNKED "10\r\nevent: node\ndata\r\n0\r\n\r\n"}, {NULL}},
	{{"", FAKE_RAW, "noise\r\n"}, {NULL}},
	{{"", FAKE_CLOSES, ""}, {NULL}},
	{{"", 403, NODE}, {NULL}},
};

static void check(size_t row)
{
	const struct fake_answer talking[] = {rows[row].answer, {NULL}};
	struct fake_manager fake;
	struct event_stream s;
	json_t *event = NULL;
	fake_start(&fake, talking);
	const struct program_io io = {.environment = fake_environment(&fake)};
	const struct client_call call = {.client = "test"};
	assert_true(event_stream_open(&s, &io, &call));
	for (size_t i = 0; i < KINDS_MAX && rows[row].kinds[i] != NULL; i++) {
		assert_int_equal(event_stream_wait(&s, 60000, &event), EVENT_STREAM_EVENT);
		assert_string_equal(json_string_value(json_object_get(event, "kind")), rows[row].kinds[i]);
		json_decref(event);
	}
	assert_int_equal(event_stream_wait(&s, 60000, &event), EVENT_STREAM_GONE);
	event_stream_close(&s);
	fake_stop(&fake);
	assert_string_equal(fake.asked->str, "GET /v1/events \n");
	assert_false(event_stream_open(&s, &io, &call));
	event_stream_close(&s);
	fake_free(&fake);
}

static void test_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
		check(i);
}

static void test_silence(void **state)
{
	static const struct fake_answer silent[] = {{"GET /v1/events", FAKE_SILENT, ""}, {NULL}};
	struct fake_manager fake;
	struct event_stream s = {.read = NULL};
	json_t *event = NULL;
	(void)state;
	event_stream_close(&s);
	fake_start(&fake, silent);
	const struct client_call call = {.socket = fake.path};
	assert_true(event_stream_open(&s, &(struct program_io){0}, &call));
	assert_int_equal(event_stream_wait(&s, 0, &event), EVENT_STREAM_NOTHING);
	assert_int_equal(event_stream_wait(&s, 20, &event), EVENT_STREAM_NOTHING);
	assert_null(event);
	event_stream_close(&s);
	fake_stop(&fake);
	fake_free(&fake);
}

/* An event that does not end is not waited for until there is no memory left. */
static void test_endless(void **state)
{
	struct fake_manager fake;
	struct event_stream s;
	json_t *event = NULL;
	(void)state;
	char *data = g_strnfill(3 * 1024 * 1024, 'x');
	const struct fake_answer endless[] = {{"GET /v1/events", 200, data}, {NULL}};
	fake_start(&fake, endless);
	const struct client_call call = {.socket = fake.path};
	assert_true(event_stream_open(&s, &(struct program_io){0}, &call));
	assert_int_equal(event_stream_wait(&s, 60000, &event), EVENT_STREAM_GONE);
	assert_true(s.read->len < 2 * 1024 * 1024);
	event_stream_close(&s);
	fake_stop(&fake);
	fake_free(&fake);
	g_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_endless),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
